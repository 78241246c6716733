//! Takes files out of a folder in which anything may be.

use super::{FILES_MAX, Kept, KeptFile, RunFiles, name};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use rustix::fs::OFlags;
use serde_json::Value;
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt as _};
use std::path::Path;

/// Copies what is named, in its order.
pub fn all(files: &RunFiles, from: &Path, wanted: &Value) -> Kept {
    let mut kept = Kept::default();
    let Value::Array(wanted) = wanted else {
        kept.problems.push("files is not kept: it must be an array".to_owned());
        return kept;
    };
    let dir = match Dir::open_ambient_dir(from, ambient_authority()) {
        Ok(dir) => dir,
        Err(e) => {
            kept.problems.push(format!("files: {e}"));
            return kept;
        }
    };
    if wanted.len() > FILES_MAX {
        let problem = format!("{} of {} files are kept: there may be no more", FILES_MAX, wanted.len());
        kept.problems.push(problem);
    }
    let mut left = files.limit;
    for one in wanted.iter().take(FILES_MAX) {
        let n = kept.files.len() as u64 + 1;
        match take(files, &dir, from, one, n, left) {
            Ok(file) => {
                left -= file.size;
                kept.files.push(file);
            }
            Err(problem) => kept.problems.push(problem),
        }
    }
    kept
}

fn take(files: &RunFiles, dir: &Dir, from: &Path, one: &Value, n: u64, left: u64) -> Result<KeptFile, String> {
    let path = one.as_str().or_else(|| one["path"].as_str()).filter(|path| !path.is_empty());
    let path = path.ok_or("a file is not kept: it has no path")?;
    // Programs name files by their full path, too.
    let inside = Path::new(path).strip_prefix(from).unwrap_or(Path::new(path));
    let refused = |why: &dyn std::fmt::Display| format!("the file {path} is not kept: {why}");
    let source = open(dir, inside).map_err(|e| refused(&e))?;
    let size = copy(source, files, n, left).map_err(|e| refused(&e))?;
    let size = size.ok_or_else(|| refused(&format!("the files of a run have {} bytes at most", files.limit)))?;
    let name = name::safe(one["filename"].as_str().unwrap_or(path));
    Ok(KeptFile { n, kind: name::content_type(&name).to_owned(), name, size })
}

/// Opens a regular file; nothing outside of the folder, and never waiting, as a pipe would have it.
fn open(dir: &Dir, path: &Path) -> io::Result<cap_std::fs::File> {
    let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
    let file = dir.open_with(path, OpenOptions::new().read(true).custom_flags(nonblock))?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}

/// The bytes that were copied; `None`, and nothing left behind, if there are more than `left`.
fn copy(source: cap_std::fs::File, files: &RunFiles, n: u64, left: u64) -> io::Result<Option<u64>> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&files.folder)?;
    let path = files.path(n);
    let copied = write(source, &path, left);
    if !matches!(copied, Ok(Some(_))) {
        _ = std::fs::remove_file(&path);
    }
    copied
}

fn write(source: cap_std::fs::File, path: &Path, left: u64) -> io::Result<Option<u64>> {
    let mut target = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let copied = io::copy(&mut source.take(left.saturating_add(1)), &mut target)?;
    Ok((copied <= left).then_some(copied))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::fs::symlink;

    fn kept(limit: u64, fill: impl Fn(&Path), wanted: &Value) -> (Kept, Vec<String>) {
        let (work, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fill(work.path());
        let files = RunFiles::at(target.path().join("7/12"), limit);
        let kept = all(&files, work.path(), wanted);
        let text = |file: &KeptFile| std::fs::read_to_string(files.path(file.n)).unwrap();
        let texts = kept.files.iter().map(text).collect();
        let there = std::fs::read_dir(&files.folder).map_or(0, Iterator::count);
        assert_eq!(there, kept.files.len(), "nothing else is left");
        (kept, texts)
    }

    #[test]
    fn paths_and_objects_name_files_of_the_folder() {
        let fill = |work: &Path| {
            std::fs::create_dir(work.join("out")).unwrap();
            std::fs::write(work.join("out/a.csv"), "a;b").unwrap();
            symlink("out/a.csv", work.join("link")).unwrap();
        };
        let (kept, texts) = kept(1000, fill, &json!(["out/a.csv", {"path": "./link", "filename": "../x/B ä.PDF"}, {}]));
        let about: Vec<_> = kept.files.iter().map(|f| (f.n, f.name.as_str(), f.size, f.kind.as_str())).collect();
        assert_eq!(about, [(1, "a.csv", 3, "text/csv; charset=utf-8"), (2, "B ä.PDF", 3, "application/pdf")]);
        assert_eq!(texts, ["a;b", "a;b"]);
        assert_eq!(kept.problems, ["a file is not kept: it has no path"]);
    }

    #[test]
    fn nothing_outside_of_the_folder_is_taken_and_nothing_that_is_no_file() {
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "secret").unwrap();
        let fill = |work: &Path| {
            symlink(secret.path(), work.join("link")).unwrap();
            symlink("/etc", work.join("etc")).unwrap();
            rustix::fs::mknodat(
                rustix::fs::CWD,
                work.join("pipe"),
                rustix::fs::FileType::Fifo,
                rustix::fs::Mode::RUSR,
                0,
            )
            .unwrap();
        };
        let wanted =
            json!(["link", "etc/passwd", "/etc/passwd", "../../etc/passwd", secret.path(), "pipe", ".", "no", 7]);
        let (kept, _) = kept(1000, fill, &wanted);
        assert_eq!((kept.files.len(), kept.problems.len()), (0, 9), "{kept:?}");
        assert!(kept.problems[5].ends_with("it is no regular file"), "{kept:?}");
    }

    #[test]
    fn number_and_size_have_a_limit() {
        let fill = |work: &Path| {
            std::fs::write(work.join("six"), "123456").unwrap();
            std::fs::write(work.join("four"), "1234").unwrap();
        };
        let (few, _) = kept(10, fill, &json!(["six", "six", "four", "four"]));
        let sizes: Vec<u64> = few.files.iter().map(|f| f.size).collect();
        assert_eq!((sizes, few.problems.len()), (vec![6, 4], 2), "{few:?}");
        assert_eq!(few.problems[0], "the file six is not kept: the files of a run have 10 bytes at most");
        let (many, _) = kept(10_000, fill, &json!(vec!["four"; 101]));
        assert_eq!((many.files.len(), many.problems.len()), (100, 1));
        assert_eq!(kept(10, fill, &json!("six")).0.problems, ["files is not kept: it must be an array"]);
    }
}
