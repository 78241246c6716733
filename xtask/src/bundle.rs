//! The browser bundle, `target/site/pkg/rota.{js,wasm}`, named as cargo-leptos names it; and the binary that embeds it.

use crate::{npm, sh, snip, split, wasm};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, fs};
use wasm_bindgen_cli_support::Bindgen;

/// Of the bundle's files.
pub const NAME: &str = "rota";
/// Which of the bundle's files belong to which pages, for the server.
const PARTS: &str = "pkg/parts.json";
/// What Leptos keeps ready and this app does not use: to take over a page that is not whole yet (`app::take_over` waits until it is), and
/// to list all routes, as the server does. Nothing that does what something else does, too: the compiler folds such functions into one.
const UNUSED: [&str; 2] = ["hydrate_async", "generate_routes"];

/// What rustc's browser target relies on; wasm-opt takes nothing for granted.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

#[derive(clap::Args)]
pub struct Args {
    /// Fail where the bundle cannot be made as small as it should be (no wasm-opt)
    #[arg(long)]
    strict: bool,
}

/// How much time goes into a small bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As it comes from the compiler.
    Plain,
    /// wasm-opt and brotli, where wasm-opt can be had.
    Small,
    /// Both, or an error.
    Smallest,
}

/// The release binary: one file, bundle inside.
pub fn build(args: &Args) -> Result<()> {
    bundle(if args.strict { Size::Smallest } else { Size::Small })?;
    binary(true)?;
    Ok(())
}

/// Builds the server; gives its path.
pub fn binary(release: bool) -> Result<PathBuf> {
    let mut cargo = sh::cargo();
    cargo.args(["build", "--package", "rota", "--bin", "rota"]);
    if release {
        cargo.arg("--release");
    }
    sh::run(&mut cargo)?;
    Ok(sh::target().join(if release { "release" } else { "debug" }).join("rota"))
}

/// Builds the bundle. What comes out as it was is left alone, so that the server is not built again for nothing.
pub fn bundle(size: Size) -> Result<()> {
    let compiled = wasm::compile()?;
    // The server reads it from here whatever `CARGO_TARGET_DIR` says.
    let site = sh::root().join("target/site");
    let style = fs::read(sh::root().join("public/rota.css")).context("public/rota.css is missing: cargo xtask css")?;
    put_brotli(&site, "rota.css", &style, size)?;
    let stamp = site.with_extension("stamp");
    let made_by = fs::metadata(std::env::current_exe()?)?.modified()?;
    let made_from = format!("{size:?} {} {made_by:?}", tag(&fs::read(&compiled)?));
    let is_there =
        site.join("pkg/rota.js").is_file() && site.join("pkg/rota.wasm").is_file() && site.join(PARTS).is_file();
    if is_there && fs::read_to_string(&stamp).is_ok_and(|old| old == made_from) {
        println!("Browser bundle: as it was");
        return Ok(());
    }
    pack(&compiled, &site, size)?;
    Ok(fs::write(stamp, made_from)?)
}

fn pack(compiled: &Path, site: &Path, size: Size) -> Result<()> {
    let work = tempfile::tempdir_in(sh::root().join("target")).context("no temporary folder")?;
    let split = split::split(&snip::snip(&fs::read(compiled)?, &UNUSED)?, work.path())?;
    bind(&split.main, work.path())?;
    let bound = work.path().join(format!("{NAME}_bg.wasm"));
    let mut new = vec!["rota.js".to_owned(), "rota.wasm".to_owned(), "parts.json".to_owned()];
    let mut report = Report::new(kilobytes(compiled)?);
    for file in split.files.iter().chain([&bound]) {
        if size != Size::Plain {
            optimise(file, size)?;
        }
        let content = fs::read(file)?;
        let name = if *file == bound { "rota.wasm".to_owned() } else { format!("{}.wasm", split::stem(file)?) };
        put(site, &format!("pkg/{name}"), &content, size)?;
        report.add(site, &name, &content);
        new.push(name);
    }
    let script = fs::read_to_string(work.path().join(format!("{NAME}.js")))?;
    let address =
        |name: &str| Ok(format!("./{name}.wasm?v={}", tag(&fs::read(site.join(format!("pkg/{name}.wasm")))?)));
    put(site, "pkg/rota.js", split.joined(&script, address)?.as_bytes(), size)?;
    write_if_changed(&site.join(PARTS), &serde_json::to_vec_pretty(&split.parts)?)?;
    remove_others(&site.join("pkg"), &new)?;
    println!("Browser bundle: {report}");
    Ok(())
}

/// Files of earlier splits.
fn remove_others(folder: &Path, new: &[String]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        if !new.iter().any(|name| file == *name || file.starts_with(&format!("{name}."))) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// What came of it, in bytes.
struct Report {
    compiled: String,
    optimised: usize,
    files: Vec<(String, u64)>,
}

impl Report {
    fn new(compiled: String) -> Self {
        Report { compiled, optimised: 0, files: Vec::new() }
    }

    fn add(&mut self, site: &Path, name: &str, content: &[u8]) {
        self.optimised += content.len();
        let brotli = fs::metadata(brotli_path(site, &format!("pkg/{name}"), content));
        self.files.push((name.to_owned(), brotli.map_or(content.len() as u64, |file| file.len())));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} from the compiler, {} kB in {} files: ",
            self.compiled,
            self.optimised.div_ceil(1000),
            self.files.len()
        )?;
        let files: Vec<String> =
            self.files.iter().map(|(name, size)| format!("{name} {}", size.div_ceil(1000))).collect();
        write!(f, "{}", files.join(", "))
    }
}

/// What `wasm-bindgen --target web` does.
fn bind(compiled: &Path, out: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(NAME).typescript(false).omit_default_module_path(true);
    // The parts use what the linker exports.
    bindgen.keep_lld_exports(true).demangle(false);
    bindgen.remove_name_section(true).remove_producers_section(true).web(true)?.generate(out)
}

/// Makes the file smaller in place; whether that could be done.
fn optimise(wasm: &Path, size: Size) -> Result<bool> {
    let tool = match npm::tool("xtask", "binaryen", "wasm-opt") {
        Ok(tool) => tool,
        Err(error) => match sh::which("wasm-opt") {
            Some(tool) => tool,
            None if size == Size::Smallest => {
                bail!("wasm-opt is missing: {error:#}. On Debian: apt-get install -y binaryen")
            }
            None => {
                println!("wasm-opt is missing, so the browser bundle stays larger than it could be: {error:#}");
                return Ok(false);
            }
        },
    };
    sh::run(Command::new(tool).arg("-Oz").args(WASM_FEATURES).arg(wasm).arg("-o").arg(wasm))?;
    Ok(true)
}

fn put(site: &Path, name: &str, content: &[u8], size: Size) -> Result<()> {
    write_if_changed(&site.join(name), content)?;
    put_brotli(site, name, content, size)
}

/// `name.TAG.br` for those who take it compressed, none in a quick build. The tag names the content it was made from, so
/// that the server never sends one of an earlier content.
fn put_brotli(site: &Path, name: &str, content: &[u8], size: Size) -> Result<()> {
    let path = brotli_path(site, name, content);
    remove_old_brotli(&path, name)?;
    if size == Size::Plain || path.is_file() {
        return Ok(());
    }
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &params)?;
    write_if_changed(&path, &compressed)
}

fn brotli_path(site: &Path, name: &str, content: &[u8]) -> PathBuf {
    site.join(format!("{name}.{}.br", tag(content)))
}

/// 64 bits of SHA-256, as the server names contents too.
fn tag(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn remove_old_brotli(current: &Path, name: &str) -> Result<()> {
    let (Some(folder), Some(name)) = (current.parent(), Path::new(name).file_name()) else { return Ok(()) };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.starts_with(&format!("{}.", name.display())) && file.ends_with(".br") && entry.path() != current {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

fn kilobytes(path: &Path) -> Result<String> {
    Ok(format!("{} kB", fs::metadata(path)?.len().div_ceil(1000)))
}
