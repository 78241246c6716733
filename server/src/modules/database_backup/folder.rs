//! Backups in their folder: what they are called, and which are too old.

use domain::Timestamp;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const START: &str = "rota-";
/// `20270115T080000000Z`
const STAMP_LEN: usize = 19;

/// A name that sorts by time: `rota-20270115T080000000Z.db`.
pub fn name(at: Timestamp, ending: &str) -> String {
    let stamp: String = at.to_string().chars().filter(|c| !matches!(c, '-' | ':' | '.')).collect();
    format!("{START}{stamp}.{ending}")
}

/// Whether a name is one that [`name`] makes. No other file is ever touched.
fn is_ours(name: &str, ending: &str) -> bool {
    let stamp = name.strip_prefix(START).and_then(|rest| rest.strip_suffix(ending)?.strip_suffix('.'));
    let right = |(i, c): (usize, char)| match i {
        8 => c == 'T',
        i if i == STAMP_LEN - 1 => c == 'Z',
        _ => c.is_ascii_digit(),
    };
    stamp.is_some_and(|stamp| stamp.len() == STAMP_LEN && stamp.chars().enumerate().all(right))
}

/// Makes the folder, if it is missing, for its owner only.
///
/// # Errors
/// The file system's.
pub fn open(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The backups in the folder without the newest `keep`, the oldest first. A folder that is missing has none.
///
/// # Errors
/// The file system's.
pub fn oldest(folder: &Path, ending: &str, keep: usize) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries?,
    };
    let mut names = vec![];
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && is_ours(&name, ending) {
            names.push(name);
        }
    }
    names.sort();
    names.truncate(names.len().saturating_sub(keep));
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_all_others() {
        let made = name(Timestamp::from_secs(1_800_000_000), "db");
        assert_eq!(made, "rota-20270115T080000000Z.db");
        assert!(is_ours(&made, "db") && !is_ours(&made, "dump"));
        for other in [
            "rota.db",
            "rota-.db",
            "rota-20270115.db",
            "rota-20270115T080000000Z.db.part",
            "xrota-20270115T080000000Z.db",
            "rota-2027011ST080000000Z.db",
            "rota-20270115T080000000Zdb",
        ] {
            assert!(!is_ours(other, "db"), "{other}");
        }
    }
}
