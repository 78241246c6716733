//! Breadth first through all states, then back from those in which everything is over.

use super::model::{Execution, INSTANTS, Rules, State, Step};
use std::collections::{HashMap, VecDeque};
use std::fmt;

/// What the search found.
pub enum Found {
    /// Nothing wrong, in so many states.
    Sound { states: usize },
    /// Two executions side by side, or one instant that began more than once without having been resumed; and how it came to that.
    Twice(Vec<String>),
    /// A state from which the end cannot be reached.
    Stuck(Vec<String>),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Sound { states } => write!(f, "sound in {states} states"),
            Found::Twice(steps) => write!(f, "two at once after: {}", steps.join("; ")),
            Found::Stuck(steps) => write!(f, "stuck after: {}", steps.join("; ")),
        }
    }
}

/// Far more than there are.
const MOST: usize = 3_000_000;

struct Node {
    state: State,
    from: Option<(usize, Step)>,
    /// States that lead here.
    before: Vec<usize>,
}

/// Searches all states under these rules.
pub fn search(rules: Rules) -> Found {
    let mut nodes = vec![Node { state: State::first(), from: None, before: vec![] }];
    let mut known = HashMap::from([(State::first(), 0)]);
    let mut queue = VecDeque::from([0]);
    while let Some(at) = queue.pop_front() {
        for (step, state) in nodes[at].state.next(rules) {
            if let Some(there) = known.get(&state) {
                nodes[*there].before.push(at);
                continue;
            }
            let new = nodes.len();
            let doubled = is_doubled(&state);
            known.insert(state.clone(), new);
            nodes.push(Node { state, from: Some((at, step)), before: vec![at] });
            if doubled {
                return Found::Twice(steps(&nodes, new));
            }
            assert!(new < MOST, "too many states to search");
            queue.push_back(new);
        }
    }
    match stuck(&nodes) {
        Some(at) => Found::Stuck(steps(&nodes, at)),
        None => Found::Sound { states: nodes.len() },
    }
}

/// Two programs of the task at once.
fn is_doubled(state: &State) -> bool {
    let all = state.servers.iter().flat_map(|s| s.here.iter().chain(&s.orphans));
    let working: Vec<&Execution> = all.filter(|e| e.works).collect();
    working.len() > 1 || (0..INSTANTS).any(|instant| state.begun[instant] > 3)
}

/// A state from which no course of events leads to the end.
fn stuck(nodes: &[Node]) -> Option<usize> {
    let mut ends: Vec<usize> = (0..nodes.len()).filter(|at| nodes[*at].state.is_done()).collect();
    let mut leads = vec![false; nodes.len()];
    ends.iter().for_each(|at| leads[*at] = true);
    while let Some(at) = ends.pop() {
        for before in &nodes[at].before {
            if !std::mem::replace(&mut leads[*before], true) {
                ends.push(*before);
            }
        }
    }
    leads.iter().position(|leads| !leads)
}

fn steps(nodes: &[Node], mut at: usize) -> Vec<String> {
    let mut steps = vec![];
    while let Some((from, (what, server, instant))) = nodes[at].from {
        steps.push(format!("server {server}, instant {instant}: {what}"));
        at = from;
    }
    steps.reverse();
    steps
}
