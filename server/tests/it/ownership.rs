//! A model of who owns a run, searched to its end: every order in which two servers claim, begin, renew, record, recover, crash, freeze and
//! lose answers, for one task with two due instants.
//!
//! It has the rules of `scheduler` and `store` and nothing of their code, so that it shows whether the rules are right; whether the code
//! follows them is for the other tests. Each rule can be left out, and then the search must find what goes wrong: otherwise it would
//! prove nothing.

mod model;
mod search;

use model::{Rule, Rules};
use search::{Found, search};

#[test]
fn nothing_runs_twice_and_nothing_is_stuck() {
    let found = search(Rules::all());
    let Found::Sound { states } = found else { panic!("{found}") };
    assert!(states > 10_000, "too few states to mean anything: {states}");
}

#[test]
fn each_rule_is_needed() {
    for rule in Rule::ALL {
        let found = search(Rules::all().without(rule));
        assert!(!matches!(found, Found::Sound { .. }), "{rule:?} makes no difference");
    }
}
