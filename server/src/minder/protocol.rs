//! The protocol between server and minder: lines of words separated by spaces.
//!
//! | server → minder (its standard input) | |
//! | --- | --- |
//! | `add N RUN` | program N is about to be started, for this run |
//! | `pid N PID START` | the leader of its process group, and the start time of that process |
//! | `drop N` | it has ended; what it left running is left alone |
//! | `until MS` | the deadline, by [`super::clock`], at which all programs are ended; replaces the one before; 0: none |
//! | `ping K` | answered by `pong K` |
//!
//! | minder → server (its standard output) | |
//! | --- | --- |
//! | `minder 1` | it is up, and speaks this [`VERSION`] |
//! | `pong K` | everything before `ping K` has been processed |
//! | `late N` | the deadline has passed, and program N is being ended |
//!
//! End of file on the standard input means that the server is gone: all programs that were added and not dropped are ended.

use super::processes::Identity;
use std::fmt;

/// Version of the protocol; both sides must have the same.
pub const VERSION: u32 = 1;

/// Server to minder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A program is about to be started, for this run.
    Add(u64, i64),
    /// The leader of its process group.
    Pid(u64, Identity),
    /// It has ended.
    Drop(u64),
    /// The deadline, in milliseconds of [`super::clock`]; 0: none.
    Until(u64),
    /// Answered by [`Report::Pong`].
    Ping(u64),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Add(n, run) => writeln!(f, "add {n} {run}"),
            Order::Pid(n, Identity { pid, start }) => writeln!(f, "pid {n} {pid} {start}"),
            Order::Drop(n) => writeln!(f, "drop {n}"),
            Order::Until(ms) => writeln!(f, "until {ms}"),
            Order::Ping(k) => writeln!(f, "ping {k}"),
        }
    }
}

impl Order {
    /// Reads a line without its end.
    pub fn parse(line: &str) -> Option<Order> {
        let mut words = line.split(' ');
        let kind = words.next()?;
        let n = words.next()?.parse().ok()?;
        let order = match kind {
            "add" => Order::Add(n, words.next()?.parse().ok()?),
            "pid" => Order::Pid(n, Identity { pid: words.next()?.parse().ok()?, start: words.next()?.parse().ok()? }),
            "drop" => Order::Drop(n),
            "until" => Order::Until(n),
            "ping" => Order::Ping(n),
            _ => return None,
        };
        words.next().is_none().then_some(order)
    }
}

/// Minder to server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// It is up, and speaks this version.
    Up(u32),
    /// Everything before this ping has been processed.
    Pong(u64),
    /// The deadline has passed, and this program is being ended.
    Late(u64),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Up(version) => writeln!(f, "minder {version}"),
            Report::Pong(k) => writeln!(f, "pong {k}"),
            Report::Late(n) => writeln!(f, "late {n}"),
        }
    }
}

impl Report {
    /// Reads a line without its end.
    pub fn parse(line: &str) -> Option<Report> {
        let (kind, n) = line.split_once(' ')?;
        match kind {
            "minder" => Some(Report::Up(n.parse().ok()?)),
            "pong" => Some(Report::Pong(n.parse().ok()?)),
            "late" => Some(Report::Late(n.parse().ok()?)),
            _ => None,
        }
    }
}

/// Splits a stream of bytes into lines.
#[derive(Default)]
pub struct Reader {
    begun: Vec<u8>,
}

impl Reader {
    /// Takes the next bytes, returns the lines they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        self.begun.extend_from_slice(bytes);
        let Some(end) = self.begun.iter().rposition(|b| *b == b'\n') else { return vec![] };
        let rest = self.begun.split_off(end + 1);
        let whole = std::mem::replace(&mut self.begun, rest);
        String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_reports_are_read_back() {
        let orders = [
            Order::Add(1, -7),
            Order::Pid(2, Identity { pid: 3, start: 4 }),
            Order::Drop(u64::MAX),
            Order::Until(0),
            Order::Ping(9),
        ];
        let sent: String = orders.iter().map(Order::to_string).collect();
        let mut reader = Reader::default();
        let received: Vec<_> = sent.as_bytes().chunks(3).flat_map(|piece| reader.push(piece)).collect();
        assert_eq!(received.iter().filter_map(|line| Order::parse(line)).collect::<Vec<_>>(), orders);
        for report in [Report::Up(VERSION), Report::Pong(1), Report::Late(2)] {
            assert_eq!(Report::parse(report.to_string().trim_end()), Some(report));
        }
        for wrong in ["", "add", "add x 1", "add 1", "pid 1 2", "drop 1 2", "kill 1"] {
            assert_eq!(Order::parse(wrong), None, "{wrong}");
        }
    }
}
