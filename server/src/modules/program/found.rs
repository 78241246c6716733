//! Finds modules in the folders that have a manifest.

use super::manifest;
use super::{Manifest, Program};
use crate::minder::Minder;
use crate::modules::TaskModule;
use crate::modules::process::GRACE;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a folder is no module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The manifest.
    pub file: PathBuf,
    /// What is wrong, with the line where that helps.
    pub reason: String,
}

/// How many folders are looked at side by side: programs that are asked take their time.
const AT_ONCE: usize = 8;

/// The modules in the folders below `dir`, by name, and what could not be read. A `dir` that does not exist has none.
pub fn find(dir: &Path, minder: &Minder) -> (Vec<Arc<dyn TaskModule>>, Vec<Broken>) {
    let (mut modules, mut broken): (Vec<Arc<dyn TaskModule>>, _) = (vec![], vec![]);
    for (folder, found) in look(dir) {
        match found {
            Ok(manifest) => modules.push(Arc::new(Program { manifest, grace: GRACE, minder: minder.clone() })),
            Err(reason) => broken.push(Broken { file: folder.join(manifest::FILE), reason }),
        }
    }
    (modules, broken)
}

/// Every folder below `dir` that has a manifest, and its module, or why it is none.
pub fn look(dir: &Path) -> Vec<(PathBuf, Result<Manifest, String>)> {
    let mut folders: Vec<PathBuf> = match std::fs::read_dir(dir) {
        Ok(entries) => {
            entries.flatten().map(|entry| entry.path()).filter(|path| path.join(manifest::FILE).is_file()).collect()
        }
        Err(_) => vec![],
    };
    folders.sort();
    let mut names = std::collections::HashSet::new();
    let all = folders.chunks(AT_ONCE).flat_map(open_all).collect::<Vec<_>>().into_iter();
    let unique = all.map(|found| match found {
        Ok(Manifest { spec, .. }) if !names.insert(spec.name.clone()) => {
            Err(format!("name: there is another module {}", spec.name))
        }
        found => found,
    });
    let found: Vec<_> = unique.collect();
    folders.into_iter().zip(found).collect()
}

fn open_all(folders: &[PathBuf]) -> Vec<Result<Manifest, String>> {
    let open = |folder: &PathBuf| Manifest::open(&folder.canonicalize().map_err(|e| e.to_string())?);
    std::thread::scope(|scope| {
        let opened: Vec<_> = folders.iter().map(|folder| scope.spawn(move || open(folder))).collect();
        let gone = |_| Err("the manifest could not be read".to_owned());
        opened.into_iter().map(|opened| opened.join().unwrap_or_else(gone)).collect()
    })
}
