//! Makes sure that the folder of built web assets exists, and that a change in it, or a new migration, rebuilds the binary
//! that embeds them.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let server = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // Without the bundle the server still builds, and renders every page; the browser does not take it over.
    fs::create_dir_all(server.join("../target/site"))?;
    println!("cargo::rerun-if-changed=../target/site");
    println!("cargo::rerun-if-changed=../public");
    println!("cargo::rerun-if-changed=../migrations");
    Ok(())
}
