//! Rota.
fn main() {}
