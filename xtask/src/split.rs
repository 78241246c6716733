//! Splits the browser bundle by page: what all pages need, and a part for each that is loaded with it.

use anyhow::{Context, Result, anyhow, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the bundle's WebAssembly takes the loaders of its parts from, as long as they are a file of their own.
const LOADERS: &str = "./__wasm_split.js";

/// What comes of a split.
pub struct Split {
    /// What every page needs, yet to be bound to JavaScript.
    pub main: PathBuf,
    /// The rest, each complete.
    pub files: Vec<PathBuf>,
    /// The names of those files, without ending, that a part needs.
    pub parts: BTreeMap<String, Vec<String>>,
    /// What loads them: JavaScript that begins with importing the bundle's own.
    loaders: String,
}

/// Splits what the compiler made, into files in `work`.
pub fn split(compiled: &[u8], work: &Path) -> Result<Split> {
    let main = work.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(compiled);
    options.output_dir = work;
    options.main_out_path = &main;
    options.link_name = LOADERS;
    options.main_module = "bundle";
    let done = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("cannot split: {error:#}"))?;
    let loaders = fs::read_to_string(work.join(LOADERS)).context("the split left no loaders")?;
    Ok(Split { main, files: done.split_modules, parts: done.prefetch_map.into_iter().collect(), loaders })
}

impl Split {
    /// The bundle's JavaScript with the loaders in it: one file less to wait for, and none that would have to import the other
    /// under an address that depends on its own content. `address` gives that of a file of WebAssembly.
    pub fn joined(&self, script: &str, address: impl Fn(&str) -> Result<String>) -> Result<String> {
        let names = loader_names(&self.loaders);
        ensure!(!names.is_empty(), "the bundle has no parts");
        let (imports, rest): (Vec<&str>, Vec<&str>) = script.lines().partition(|line| is_import(line));
        ensure!(!imports.is_empty(), "the bundle's JavaScript does not import the loaders");
        let mut loaders = String::new();
        for line in self.loaders.lines().filter(|line| !line.starts_with("import ")) {
            loaders += line.strip_prefix("export ").unwrap_or(line);
            loaders.push('\n');
        }
        for file in &self.files {
            let name = stem(file)?;
            let found = format!("\"./{name}.wasm\"");
            ensure!(loaders.contains(&found), "nothing loads {name}");
            loaders = loaders.replace(&found, &format!("\"{}\"", address(&name)?));
        }
        let names = names.join(", ");
        for import in imports {
            let alias = import.strip_prefix("import * as ").and_then(|rest| rest.split_once(" from "));
            let (alias, _) = alias.with_context(|| format!("unexpected: {import}"))?;
            loaders += &format!("const {alias} = {{ {names} }};\n");
        }
        Ok(loaders + &rest.join("\n") + "\n")
    }
}

/// Whether this line of the bundle's JavaScript imports the loaders.
fn is_import(line: &str) -> bool {
    line.starts_with("import ") && line.contains(LOADERS)
}

/// A file's name without its ending.
pub fn stem(file: &Path) -> Result<String> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    Ok(stem.with_context(|| format!("{} has no name", file.display()))?.to_owned())
}

fn loader_names(loaders: &str) -> Vec<&str> {
    let exports = loaders.lines().filter_map(|line| line.strip_prefix("export const "));
    exports.filter_map(|rest| rest.split_once(' ')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn split() -> Split {
        let loaders = "import { initSync } from \"bundle\";\nfunction makeLoad() {}\n\
                       const __chunk_1 = makeLoad(() => fetch(new URL(\"./chunk_1.wasm\", import.meta.url)), []);\n\
                       export const __wasm_split_load_list = wrap(__chunk_1);\n";
        Split {
            main: PathBuf::new(),
            files: vec![PathBuf::from("/work/chunk_1.wasm")],
            parts: BTreeMap::new(),
            loaders: loaders.into(),
        }
    }

    #[test]
    fn the_loaders_become_a_part_of_the_script() {
        let script = "import * as import1 from \"./__wasm_split.js\"\nimport * as import2 from \"./__wasm_split.js\"\nuse(import1);\n";
        let joined = split().joined(script, |name| Ok(format!("./{name}.wasm?v=1"))).unwrap();
        assert_eq!(
            joined,
            "function makeLoad() {}\n\
             const __chunk_1 = makeLoad(() => fetch(new URL(\"./chunk_1.wasm?v=1\", import.meta.url)), []);\n\
             const __wasm_split_load_list = wrap(__chunk_1);\n\
             const import1 = { __wasm_split_load_list };\nconst import2 = { __wasm_split_load_list };\nuse(import1);\n"
        );
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        let nothing = split().joined("use(1);\n", |name| Ok(name.into())).unwrap_err();
        assert!(nothing.to_string().contains("does not import the loaders"), "{nothing}");
        let mut lost = split();
        lost.files.push(PathBuf::from("/work/chunk_2.wasm"));
        let lost = lost.joined("import * as a from \"./__wasm_split.js\"\n", |name| Ok(name.into())).unwrap_err();
        assert!(lost.to_string().contains("nothing loads chunk_2"), "{lost}");
    }
}
