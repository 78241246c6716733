//! `cargo xtask` splits the bundle by page; for that the linker has to leave in it what refers to what.

fn main() {
    println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
    println!("cargo::rerun-if-changed=build.rs");
}
