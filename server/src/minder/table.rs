//! The server's list of programs, and its end of the pipe to the minder.

use super::notes::Known;
use super::processes::Identity;
use super::protocol::{Order, Report};
use rustix::io::Errno;
use std::collections::{BTreeMap, VecDeque};
use std::os::fd::OwnedFd;

/// See the module.
#[derive(Default)]
pub struct Table {
    /// `None` while there is no minder.
    pipe: Option<OwnedFd>,
    unsent: VecDeque<String>,
    programs: BTreeMap<u64, Entry>,
    until: u64,
    next: u64,
    pings: u64,
    pongs: u64,
    is_closed: bool,
}

struct Entry {
    known: Known,
    is_late: bool,
}

impl Table {
    /// Adds a program that is about to be started. Returns its number.
    pub fn add(&mut self, run: i64) -> u64 {
        let n = self.next;
        self.next += 1;
        self.programs.insert(n, Entry { known: Known { run, leader: None }, is_late: false });
        self.send(Order::Add(n, run));
        n
    }

    /// Sets the leader of its process group.
    pub fn set_leader(&mut self, n: u64, leader: Identity) {
        if let Some(entry) = self.programs.get_mut(&n) {
            entry.known.leader = Some(leader);
            self.send(Order::Pid(n, leader));
        }
    }

    /// Removes a program that has ended.
    pub fn remove(&mut self, n: u64) {
        if self.programs.remove(&n).is_some() {
            self.send(Order::Drop(n));
        }
    }

    /// Sets the deadline, by the minder's clock.
    pub fn set_until(&mut self, ms: u64) {
        self.until = ms;
        self.send(Order::Until(ms));
    }

    /// Sends a ping. Returns its number.
    pub fn ping(&mut self) -> u64 {
        self.pings += 1;
        self.send(Order::Ping(self.pings));
        self.pings
    }

    /// Whether this ping was answered.
    pub fn is_answered(&self, ping: u64) -> bool {
        self.pongs >= ping
    }

    /// Whether the minder ended the program because the deadline had passed.
    pub fn is_late(&self, n: u64) -> bool {
        self.programs.get(&n).is_some_and(|entry| entry.is_late)
    }

    /// Takes a report of the minder.
    pub fn hear(&mut self, report: Report) {
        match report {
            Report::Up(_) => {}
            Report::Pong(k) => self.pongs = self.pongs.max(k),
            Report::Late(n) => {
                if let Some(entry) = self.programs.get_mut(&n) {
                    entry.is_late = true;
                }
            }
        }
    }

    /// Connects a new minder by a pipe that does not block, and sends it everything.
    pub fn connect(&mut self, pipe: OwnedFd) {
        self.unsent.clear();
        // Pings sent to the former minder will never be answered.
        self.pongs = self.pings;
        self.unsent.push_back(Order::Until(self.until).to_string());
        for (n, Entry { known, is_late }) in &self.programs {
            if *is_late {
                continue;
            }
            self.unsent.push_back(Order::Add(*n, known.run).to_string());
            self.unsent.extend(known.leader.map(|leader| Order::Pid(*n, leader).to_string()));
        }
        self.pipe = Some(pipe);
        self.flush();
    }

    /// Whether there is a minder, as far as is known.
    pub fn is_connected(&self) -> bool {
        self.pipe.is_some()
    }

    /// The minder is gone.
    pub fn disconnect(&mut self) {
        self.pipe = None;
        self.unsent.clear();
    }

    /// Closes the pipe for good. The minder ends what is left, and exits.
    pub fn close(&mut self) {
        self.is_closed = true;
        self.disconnect();
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether everything is in the pipe, where the minder finds it even if this process dies now.
    pub fn is_sent(&mut self) -> bool {
        self.flush();
        self.pipe.is_some() && self.unsent.is_empty()
    }

    fn send(&mut self, order: Order) {
        if self.pipe.is_some() {
            self.unsent.push_back(order.to_string());
            self.flush();
        }
    }

    /// Writes as much as the pipe takes. Lines are shorter than PIPE_BUF, so they are written whole or not at all.
    fn flush(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        while let Some(line) = self.unsent.front() {
            match rustix::io::write(pipe, line.as_bytes()) {
                Ok(_) => _ = self.unsent.pop_front(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // The minder is gone; its keeper notices and restarts it.
                Err(_) => return self.disconnect(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};

    fn read(pipe: &OwnedFd) -> String {
        let mut bytes = vec![0; 1 << 20];
        let n = rustix::io::read(pipe, &mut bytes[..]).unwrap_or(0);
        String::from_utf8(bytes[..n].to_vec()).unwrap()
    }

    #[test]
    fn a_new_minder_receives_everything() {
        let mut table = Table::default();
        let (a, b) = (table.add(10), table.add(11));
        table.set_leader(b, Identity { pid: 5, start: 6 });
        table.set_until(99);
        assert!(!table.is_sent());
        let (out, pipe) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).unwrap();
        table.connect(pipe);
        assert!(table.is_sent());
        assert_eq!(read(&out), "until 99\nadd 0 10\nadd 1 11\npid 1 5 6\n");
        table.remove(a);
        table.hear(Report::Late(b));
        assert!(table.is_late(b) && !table.is_late(a));
        assert_eq!(read(&out), "drop 0\n");
        drop(out);
        assert_eq!(table.add(12), 2);
        assert!(!table.is_sent(), "the pipe has no reader");
        let (out, pipe) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).unwrap();
        table.connect(pipe);
        assert_eq!(read(&out), "until 99\nadd 2 12\n", "what the minder ended is not sent again");
    }

    #[test]
    fn a_full_pipe_neither_blocks_nor_loses_orders() {
        let mut table = Table::default();
        let (out, pipe) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).unwrap();
        table.connect(pipe);
        let mut n = 0;
        while table.is_sent() {
            n = table.add(7);
        }
        let mut heard = String::new();
        while !table.is_sent() {
            heard += &read(&out);
        }
        heard += &read(&out);
        assert_eq!(heard.lines().last(), Some(format!("add {n} 7").as_str()));
        assert_eq!(heard.lines().count() as u64, n + 2);
    }
}
