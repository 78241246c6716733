//! States and what can happen in them.

/// How many servers there are, and how many instants of the task fall due.
pub const SERVERS: usize = 2;
pub const INSTANTS: usize = 2;
/// Crashes, freezes and lost answers in one course of events.
const FAULTS: u8 = 1;

/// What keeps two servers from running the same, and a run from being nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A write of an execution whose claim was overtaken changes nothing.
    Fence,
    /// A server that cannot renew ends its runs before their leases end.
    GiveUpInTime,
    /// A claim whose answer comes late is not begun.
    LateClaimsAreNotBegun,
    /// Programs end with their server, also when it is frozen.
    Minder,
    /// Only what is here is renewed.
    RenewWhatIsHere,
}

impl Rule {
    pub const ALL: [Rule; 5] =
        [Rule::Fence, Rule::GiveUpInTime, Rule::LateClaimsAreNotBegun, Rule::Minder, Rule::RenewWhatIsHere];
}

/// Which rules hold.
#[derive(Debug, Clone, Copy)]
pub struct Rules(u8);

impl Rules {
    pub fn all() -> Rules {
        Rules(u8::MAX)
    }

    pub fn without(self, rule: Rule) -> Rules {
        Rules(self.0 & !(1 << rule as u8))
    }

    fn hold(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u8) != 0
    }
}

/// What the database says of a due instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// It is not in the ledger yet.
    Absent,
    /// Queued.
    New,
    Running {
        server: usize,
        /// The process: new at every start.
        life: u8,
        token: u8,
        expired: bool,
    },
    Ended,
}

/// What happens, to which server, to which instant.
pub type Step = (&'static str, usize, usize);

/// A claim whose answer has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sent {
    token: u8,
    instant: usize,
    late: bool,
    /// The answer is lost: it has to be read back.
    lost: bool,
}

/// An execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Execution {
    pub instant: usize,
    token: u8,
    /// Its program runs.
    pub works: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Server {
    up: bool,
    frozen: bool,
    life: u8,
    sent: Option<Sent>,
    /// Tokens of claims that this process does not begin, a bit each.
    doubtful: u64,
    pub here: Vec<Execution>,
    /// Programs that an earlier process, or a frozen one, left running.
    pub orphans: Vec<Execution>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub rows: [Row; INSTANTS],
    pub servers: [Server; SERVERS],
    /// How often each instant began to execute.
    pub begun: [u8; INSTANTS],
    faults: u8,
}

impl State {
    pub fn first() -> State {
        let server = Server { up: true, ..Server::default() };
        State { rows: [Row::Absent; INSTANTS], servers: [server.clone(), server], begun: [0; INSTANTS], faults: FAULTS }
    }

    /// Everything is over.
    pub fn is_done(&self) -> bool {
        self.rows.iter().all(|row| *row == Row::Ended)
            && self.servers.iter().all(|s| s.sent.is_none() && s.here.is_empty() && s.orphans.is_empty())
    }

    /// All that can happen next, with its name.
    pub fn next(&self, rules: Rules) -> Vec<(Step, State)> {
        let mut all = vec![];
        for s in 0..SERVERS {
            if self.servers[s].up && !self.servers[s].frozen {
                self.claims(s, &mut all);
                self.answers(s, rules, &mut all);
                self.renews(s, rules, &mut all);
                self.records(s, rules, &mut all);
                self.recovers(s, rules, &mut all);
            }
            self.passes(s, rules, &mut all);
            self.fails(s, rules, &mut all);
        }
        self.expires(rules, &mut all);
        all
    }

    fn with(&self, name: Step, all: &mut Vec<(Step, State)>, change: impl FnOnce(&mut State)) {
        let mut state = self.clone();
        change(&mut state);
        state.tidy();
        if state != *self {
            all.push((name, state));
        }
    }

    /// States that differ in nothing that matters are one: the order of executions, and what is said of tokens that are in no row.
    fn tidy(&mut self) {
        let in_rows = self.rows.iter().fold(0, |bits, row| match row {
            Row::Running { token, .. } => bits | 1 << token,
            _ => bits,
        });
        for server in &mut self.servers {
            server.here.sort();
            server.orphans.sort();
            server.doubtful &= in_rows;
        }
    }

    /// A token that nothing mentions: tokens may be used again once they are forgotten, or there would be no end of states.
    fn free_token(&self) -> u8 {
        let in_rows = self.rows.iter().filter_map(|row| match row {
            Row::Running { token, .. } => Some(*token),
            _ => None,
        });
        let held = |s: &Server| s.here.iter().chain(&s.orphans).map(|e| e.token).collect::<Vec<_>>();
        let sent = self.servers.iter().filter_map(|s| s.sent.map(|sent| sent.token));
        let used: Vec<u8> = in_rows.chain(sent).chain(self.servers.iter().flat_map(held)).collect();
        (0..).find(|token| !used.contains(token)).unwrap_or(u8::MAX)
    }

    /// One run of a task at a time: claimed is the first instant that has not run, if none is active.
    fn claims(&self, s: usize, all: &mut Vec<(Step, State)>) {
        let server = &self.servers[s];
        if server.sent.is_some() || self.rows.iter().any(|row| matches!(row, Row::Running { .. })) {
            return;
        }
        let queued = self.rows.iter().position(|row| *row == Row::New);
        let Some(instant) = queued.or_else(|| self.rows.iter().position(|row| *row == Row::Absent)) else { return };
        self.with(("claims", s, instant), all, |next| {
            let token = next.free_token();
            next.rows[instant] = Row::Running { server: s, life: server.life, token, expired: false };
            next.servers[s].sent = Some(Sent { token, instant, late: false, lost: false });
        });
    }

    /// The answer to a claim comes, or what it did is read back.
    fn answers(&self, s: usize, rules: Rules, all: &mut Vec<(Step, State)>) {
        let Some(sent) = self.servers[s].sent else { return };
        let late = sent.late && rules.hold(Rule::LateClaimsAreNotBegun);
        self.with(("hears of its claim", s, sent.instant), all, |next| {
            next.servers[s].sent = None;
            if late {
                next.servers[s].doubtful |= 1 << sent.token;
                next.hand_back(s, sent.token);
            } else if !sent.lost || next.owns(s, sent.token, sent.instant) {
                next.begin(s, sent);
            }
        });
        if sent.late {
            self.with(("gives up its claim", s, sent.instant), all, |next| {
                next.servers[s].doubtful |= 1 << sent.token;
                next.servers[s].sent = None;
            });
        }
    }

    fn begin(&mut self, s: usize, sent: Sent) {
        self.begun[sent.instant] += 1;
        let here = &mut self.servers[s].here;
        here.push(Execution { instant: sent.instant, token: sent.token, works: true });
    }

    fn hand_back(&mut self, s: usize, token: u8) {
        for instant in 0..INSTANTS {
            if self.owns(s, token, instant) {
                self.rows[instant] = Row::New;
            }
        }
    }

    /// Whether this row is this process's, by this claim.
    fn owns(&self, s: usize, token: u8, instant: usize) -> bool {
        matches!(self.rows[instant], Row::Running { server, life, token: t, .. }
            if server == s && life == self.servers[s].life && t == token)
    }

    /// Leases of what is here are renewed, what is not this server's any more is stopped, strays are settled.
    fn renews(&self, s: usize, rules: Rules, all: &mut Vec<(Step, State)>) {
        self.with(("renews", s, 0), all, |next| {
            let held = next.servers[s].here.clone();
            for instant in 0..INSTANTS {
                let Row::Running { server, life, token, .. } = next.rows[instant] else { continue };
                if server != s || life != next.servers[s].life {
                    continue;
                }
                let here = held.iter().any(|e| e.token == token);
                let claiming = next.servers[s].sent.is_some_and(|sent| sent.token == token);
                if here || !rules.hold(Rule::RenewWhatIsHere) {
                    next.rows[instant] = Row::Running { server, life, token, expired: false };
                } else if !claiming {
                    let unbegun = next.servers[s].doubtful & (1 << token) != 0;
                    next.rows[instant] = if unbegun { Row::New } else { Row::Ended };
                }
            }
            let rows = next.clone();
            next.servers[s].here.retain(|e| rows.owns(s, e.token, e.instant));
        });
    }

    /// Programs end, and their ends are written: once, twice where the answer was lost, or never where the run is another's.
    fn records(&self, s: usize, rules: Rules, all: &mut Vec<(Step, State)>) {
        for (i, e) in self.servers[s].here.iter().enumerate() {
            if e.works {
                self.with(("its program ends", s, e.instant), all, |next| next.servers[s].here[i].works = false);
                continue;
            }
            let written = self.owns(s, e.token, e.instant) || !rules.hold(Rule::Fence);
            self.with(("records", s, e.instant), all, |next| {
                next.servers[s].here.remove(i);
                if written {
                    next.rows[e.instant] = Row::Ended;
                }
            });
            if self.faults > 0 && written {
                self.with(("records and does not hear of it", s, e.instant), all, |next| {
                    next.faults -= 1;
                    next.rows[e.instant] = Row::Ended;
                });
            }
        }
    }

    /// Runs whose leases ran out end, or are queued again where they can be resumed. Those that a server holds itself are not.
    fn recovers(&self, s: usize, _: Rules, all: &mut Vec<(Step, State)>) {
        for instant in 0..INSTANTS {
            let Row::Running { token, expired: true, .. } = self.rows[instant] else { continue };
            if self.servers[s].here.iter().any(|e| e.token == token) {
                continue;
            }
            for row in [Row::Ended, Row::New] {
                // Resumed once: more would only repeat the same.
                if row == Row::New && self.begun[instant] > 1 {
                    continue;
                }
                self.with((if row == Row::New { "resumes" } else { "recovers" }, s, instant), all, |next| {
                    next.rows[instant] = row
                });
            }
        }
    }

    /// Time passes for a server: its claim gets late, its watchdog fires, its minder ends what it left.
    fn passes(&self, s: usize, rules: Rules, all: &mut Vec<(Step, State)>) {
        if self.servers[s].sent.is_some_and(|sent| !sent.late) {
            self.with(("its claim gets late", s, 0), all, |next| {
                next.servers[s].sent = next.servers[s].sent.map(|sent| Sent { late: true, ..sent });
            });
        }
        let server = &self.servers[s];
        if server.up && !server.frozen && rules.hold(Rule::GiveUpInTime) {
            self.with(("gives up", s, 0), all, |next| {
                next.servers[s].here.iter_mut().for_each(|e| e.works = false);
            });
        }
        if rules.hold(Rule::Minder) || server.orphans.is_empty() {
            self.with(("its minder acts", s, 0), all, |next| {
                next.servers[s].orphans.clear();
                if next.servers[s].frozen {
                    next.servers[s].here.iter_mut().for_each(|e| e.works = false);
                }
            });
        } else {
            self.with(("what it left behind ends", s, 0), all, |next| next.servers[s].orphans.clear());
        }
    }

    fn fails(&self, s: usize, _: Rules, all: &mut Vec<(Step, State)>) {
        let server = &self.servers[s];
        if server.frozen {
            self.with(("goes on", s, 0), all, |next| next.servers[s].frozen = false);
        }
        if !server.up {
            self.with(("starts", s, 0), all, |next| {
                next.servers[s] =
                    Server { up: true, life: server.life + 1, orphans: server.orphans.clone(), ..Server::default() };
            });
        }
        if self.faults == 0 || !server.up || server.frozen {
            return;
        }
        self.with(("crashes", s, 0), all, |next| {
            next.faults -= 1;
            let mut orphans = server.orphans.clone();
            orphans.extend(server.here.iter().filter(|e| e.works));
            next.servers[s] = Server { life: server.life, orphans, ..Server::default() };
        });
        self.with(("freezes", s, 0), all, |next| {
            next.faults -= 1;
            next.servers[s].frozen = true;
        });
        if server.sent.is_some_and(|sent| !sent.lost) {
            self.with(("the answer to its claim is lost", s, 0), all, |next| {
                next.faults -= 1;
                let sent = next.servers[s].sent.map(|sent| Sent { lost: true, ..sent });
                next.servers[s].doubtful |= sent.map_or(0, |sent| 1 << sent.token);
                next.servers[s].sent = sent;
            });
        }
    }

    /// A lease ends. The times of a lease see to it that by then its claim is late, its server has given up, and its minder has acted:
    /// as far as the rules hold.
    fn expires(&self, rules: Rules, all: &mut Vec<(Step, State)>) {
        for instant in 0..INSTANTS {
            let Row::Running { server, life, token, expired: false } = self.rows[instant] else { continue };
            let owner = &self.servers[server];
            let working = |list: &[Execution]| list.iter().any(|e| e.works && e.token == token);
            let claiming = owner.sent.is_some_and(|sent| sent.token == token && !sent.late);
            let watched = if owner.frozen { rules.hold(Rule::Minder) } else { rules.hold(Rule::GiveUpInTime) };
            let minded = rules.hold(Rule::Minder) && working(&owner.orphans);
            // A server that is well and renews whatever bears its name never loses the lease.
            let kept = owner.up && !owner.frozen && owner.life == life && !rules.hold(Rule::RenewWhatIsHere);
            if kept || claiming || minded || (watched && working(&owner.here)) {
                continue;
            }
            self.with(("the lease ends", server, instant), all, |next| {
                next.rows[instant] = Row::Running { server, life, token, expired: true };
            });
        }
    }
}
