//! A compiler for the browser, by one of three ways: what is installed, what rustup can add, what Debian packages.
//! None of them touches the default toolchain.

use crate::sh;
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;
use std::process::Command;

pub const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";
/// 2 % less to load than with what `opt-level = "z"` takes for it. Said to the last crate only: all others are compiled with it.
const INLINE_LESS: &str = "-Cllvm-args=-inline-threshold=0";
/// Compiler, cargo and std's sources; wasm-ld. What a machine that reaches only Debian's packages can have.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const DEBIAN_LINKER: &str = "/usr/lib/llvm-19/bin/wasm-ld";

enum Compiler {
    /// The usual one.
    Own,
    /// Debian's, which builds std as well.
    Debian,
}

/// Compiles the frontend; gives the file that came of it.
pub fn compile() -> Result<PathBuf> {
    let (mut cargo, dir) = match compiler()? {
        Compiler::Own => (sh::cargo(), sh::target()),
        Compiler::Debian => (debian_cargo(), sh::root().join("target-wasm")),
    };
    let args = ["rustc", "--package", "rota-frontend", "--target", TARGET, "--profile", PROFILE];
    cargo.args(args).arg("--target-dir").arg(&dir);
    sh::run(cargo.args(["--", INLINE_LESS]))?;
    Ok(dir.join(TARGET).join(PROFILE).join("frontend.wasm"))
}

fn compiler() -> Result<Compiler> {
    // `ROTA_WASM=debian` takes the third way on a machine that has the first.
    if env::var_os("ROTA_WASM").is_some_and(|way| way == "debian") {
        return debian();
    }
    if has_target() {
        return Ok(Compiler::Own);
    }
    println!("Rust's {TARGET} target is missing, adding it");
    if sh::which("rustup").is_some()
        && sh::run(sh::program("rustup").args(["target", "add", TARGET])).is_ok()
        && has_target()
    {
        return Ok(Compiler::Own);
    }
    println!("rustup cannot add it; taking Debian's compiler for the browser bundle");
    debian()
}

fn has_target() -> bool {
    let libdir = sh::output(sh::program("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    libdir.is_ok_and(|dir| PathBuf::from(dir).is_dir())
}

fn debian() -> Result<Compiler> {
    if !debian_is_there() {
        sh::apt_install(
            "A compiler for the browser bundle (or `rustup target add wasm32-unknown-unknown`)",
            &DEBIAN_PACKAGES,
        )?;
    }
    if !debian_is_there() {
        bail!("{} were installed, but /usr/bin/cargo or {DEBIAN_LINKER} is not there", DEBIAN_PACKAGES.join(", "));
    }
    Ok(Compiler::Debian)
}

fn debian_is_there() -> bool {
    let sources = sh::succeeds(sh::program("dpkg").args(["-s", "rust-web-src"]));
    sources && ["/usr/bin/cargo", "/usr/bin/rustc", DEBIAN_LINKER].iter().all(|path| PathBuf::from(path).exists())
}

fn debian_cargo() -> Command {
    let mut cargo = sh::program("/usr/bin/cargo");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(PathBuf::from("/usr/bin")).chain(env::split_paths(&path)));
    cargo.env("PATH", path.unwrap_or_else(|_| "/usr/bin:/bin".into()));
    for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER"] {
        cargo.env_remove(name);
    }
    // Building std is not stable; a released compiler does it when told that it is one of the project's own.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    cargo.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    cargo
}
