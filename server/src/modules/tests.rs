//! What all built-in modules have in common.

use super::*;
use domain::module::{Param, ParamSpec};
use domain::user::ROOT;
use std::collections::BTreeMap;

fn specs() -> Vec<ModuleSpec> {
    Registry::built_in(HttpAllow::default(), &Config::from_flags([]).unwrap(), &Minder::default())
        .specs()
        .iter()
        .map(|spec| ModuleSpec::clone(spec))
        .collect()
}

/// A parameter and those inside it.
fn with_inner(p: &Param) -> Vec<&Param> {
    let inner = p.fields.iter().chain(&p.parameters).flat_map(with_inner);
    std::iter::once(p).chain(inner).collect()
}

#[test]
fn every_text_is_there_in_both_languages() {
    for spec in specs() {
        let params = spec.params.iter().flat_map(|p| with_inner(&p.parameters));
        let texts = params.flat_map(|p| [(&p.name, &p.displayname), (&p.name, &p.description)]);
        for (name, text) in texts.chain([(&spec.name, &spec.displayname), (&spec.name, &spec.description)]) {
            assert!(!text.de.trim().is_empty() && !text.en.trim().is_empty(), "{} {name}", spec.name);
        }
    }
}

#[test]
fn positions_count_from_one_in_each_group() {
    for spec in specs() {
        let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for ParamSpec { group, parameters, name, .. } in &spec.params {
            assert_eq!(*name, parameters.name);
            groups.entry(group).or_default().push(parameters.position);
        }
        for (group, positions) in groups {
            let expected: Vec<u32> = (1..).take(positions.len()).collect();
            assert_eq!(positions, expected, "{} {group}", spec.name);
        }
    }
}

#[test]
fn what_reaches_into_the_server_is_for_root_only() {
    let rights: Vec<_> = specs().into_iter().map(|s| (s.name, s.require_system_right, s.debug)).collect();
    let expected = [
        ("http_request", "", false),
        ("shell_command", ROOT, false),
        ("script", ROOT, false),
        ("sql_query", ROOT, false),
        ("file_cleanup", ROOT, false),
        ("database_backup", ROOT, false),
        ("sleep", "", true),
    ];
    assert_eq!(rights, expected.map(|(name, right, debug)| (name.to_owned(), right.to_owned(), debug)));
}
