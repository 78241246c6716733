//! The minder's list in a file, so that after server and minder were killed together the next server can end what they left.
//!
//! `DATA/running/INSTANCE` consists of records of [`RECORD`] bytes, each a line padded with spaces. The first holds version, boot id,
//! session, group and start of the server, and the number of the next program. Each other record is a program (number, run, leader
//! and the leader's start, or zeros) or blank. A change writes one record, and the file only grows with the number of programs that run
//! at once. Nothing is synced: no process survives an event that loses the page cache.

use super::processes::{Home, Identity, Mark, boot_id};
use super::tree::Target;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes of a record: room for a boot id and five numbers of 64 bits.
const RECORD: usize = 192;
/// Version of the file format.
const VERSION: u32 = 1;

/// A program in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its run.
    pub run: i64,
    /// The leader of its process group, once known.
    pub leader: Option<Identity>,
}

impl Known {
    /// How to find its processes.
    pub fn target(&self, instance: &str, n: u64) -> Target {
        Target { mark: Mark { instance: instance.to_owned(), run: self.run, n }, leader: self.leader }
    }
}

/// The file, for its writer.
pub struct Notes {
    file: File,
    home: Home,
    next: u64,
    slots: HashMap<u64, u64>,
    free: Vec<u64>,
    len: u64,
}

impl Notes {
    /// Starts with an empty list.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(file: File, home: Home) -> io::Result<Notes> {
        file.set_len(0)?;
        let notes = Notes { file, home, next: 0, slots: HashMap::new(), free: vec![], len: 1 };
        notes.write_head()?;
        Ok(notes)
    }

    /// Brings the records of these programs up to date with `all`; `next` is the number of the next program.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn update(&mut self, changed: &[u64], all: &BTreeMap<u64, Known>, next: u64) -> io::Result<()> {
        for n in changed {
            match all.get(n) {
                Some(known) => self.put(*n, known)?,
                None => self.remove(*n)?,
            }
        }
        if self.next != next {
            self.next = next;
            self.write_head()?;
        }
        Ok(())
    }

    fn put(&mut self, n: u64, known: &Known) -> io::Result<()> {
        let slot = match self.slots.get(&n) {
            Some(slot) => *slot,
            None => self.free.pop().unwrap_or_else(|| {
                self.len += 1;
                self.len - 1
            }),
        };
        self.slots.insert(n, slot);
        let leader = known.leader.unwrap_or(Identity { pid: 0, start: 0 });
        self.write(slot, &format!("{n} {} {} {}", known.run, leader.pid, leader.start))
    }

    fn remove(&mut self, n: u64) -> io::Result<()> {
        let Some(slot) = self.slots.remove(&n) else { return Ok(()) };
        self.free.push(slot);
        self.write(slot, "")
    }

    fn write_head(&self) -> io::Result<()> {
        let Home { session, group, since } = self.home;
        self.write(0, &format!("{VERSION} {} {session} {group} {since} {}", boot_id(), self.next))
    }

    fn write(&self, slot: u64, text: &str) -> io::Result<()> {
        let record = format!("{text:width$}\n", width = RECORD - 1);
        self.file.write_all_at(record.as_bytes(), slot * RECORD as u64)
    }
}

/// The contents of such a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// The machine's boot id when it was written.
    pub boot: String,
    /// The server that wrote it.
    pub home: Home,
    /// Programs from this number on are not in the list.
    pub next: u64,
    /// The programs that were running.
    pub programs: BTreeMap<u64, Known>,
}

/// Reads the file. `None` if it is empty or of another version.
///
/// # Errors
/// Those of the file system.
pub fn read(path: &Path) -> io::Result<Option<Read>> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut lines = text.lines();
    let Some(mut read) = lines.next().and_then(head) else { return Ok(None) };
    read.programs = lines.filter_map(program).collect();
    Ok(Some(read))
}

fn head(line: &str) -> Option<Read> {
    let [version, boot, session, group, since, next] = words(line)?;
    if version.parse() != Ok(VERSION) {
        return None;
    }
    let home = Home { session: session.parse().ok()?, group: group.parse().ok()?, since: since.parse().ok()? };
    Some(Read { boot: boot.to_owned(), home, next: next.parse().ok()?, programs: BTreeMap::new() })
}

fn program(line: &str) -> Option<(u64, Known)> {
    let [n, run, pid, start] = words(line)?;
    let leader = Identity { pid: pid.parse().ok()?, start: start.parse().ok()? };
    Some((n.parse().ok()?, Known { run: run.parse().ok()?, leader: (leader.pid != 0).then_some(leader) }))
}

fn words<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.split_ascii_whitespace().collect::<Vec<_>>().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_updated_and_reused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let home = Home { session: 1, group: 2, since: 3 };
        let mut notes = Notes::begin(File::create(&path).unwrap(), home).unwrap();
        let leader = Some(Identity { pid: i32::MAX, start: u64::MAX });
        let mut all = BTreeMap::from([(1, Known { run: i64::MIN, leader: None }), (2, Known { run: 5, leader })]);
        notes.update(&[1, 2], &all, 3).unwrap();
        let found = read(&path).unwrap().unwrap();
        assert_eq!((found.home, found.next, &found.programs, found.boot), (home, 3, &all, boot_id()));
        let len = std::fs::metadata(&path).unwrap().len();
        all.remove(&1);
        all.insert(7, Known { run: 6, leader });
        notes.update(&[1, 6, 7], &all, u64::MAX).unwrap();
        assert_eq!((read(&path).unwrap().unwrap().programs, std::fs::metadata(&path).unwrap().len()), (all, len));
        std::fs::write(&path, "").unwrap();
        assert_eq!(read(&path).unwrap(), None);
    }
}
