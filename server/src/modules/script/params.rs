//! The parameters of a script, as people see them.

use crate::modules::shell_command::params::{arguments, environment, stdin, working_folder};
use domain::l10n::L10n;
use domain::module::{ModuleSpec, Param, ParamType};
use domain::user::ROOT;

const SCRIPT: &str = "script";
const SURROUNDINGS: &str = "surroundings";
/// The longest script, in characters.
const LENGTH_MAX: i64 = 1_000_000;

/// What the module tells of itself.
pub fn spec() -> ModuleSpec {
    ModuleSpec {
        name: "script".to_owned(),
        displayname: L10n::fixed("Skript", "Script"),
        description: L10n::fixed(
            "Führt ein Skript, das in der Aufgabe steht, auf dem Server aus, mit den Rechten des Servers. Was es schreibt, \
             steht im Protokoll.",
            "Runs a script that stands in the task on the server, with the server's own rights. What it writes is in the log.",
        ),
        debug: false,
        require_system_right: ROOT.to_owned(),
        params: vec![
            script().in_group(SCRIPT),
            arguments().in_group(SCRIPT),
            stdin().in_group(SCRIPT),
            working_folder().in_group(SURROUNDINGS),
            environment().in_group(SURROUNDINGS),
        ],
    }
}

fn script() -> Param {
    let param = Param::new(
        "script",
        1,
        ParamType::TextMultiline,
        L10n::fixed("Skript", "Script"),
        L10n::fixed(
            "Die erste Zeile sagt, was es ausführt, etwa #!/bin/sh oder #!/usr/bin/env python3.",
            "The first line says what runs it, such as #!/bin/sh or #!/usr/bin/env python3.",
        ),
    );
    let param = Param { pattern: Some(r"(?s)#![ \t]*/.*".to_owned()), ..param };
    param.required().default("#!/bin/sh\nset -eu\n").range(1, LENGTH_MAX)
}
