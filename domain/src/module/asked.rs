//! Which parameters are asked for: some only while another one has a certain value.

use super::Param;
use serde_json::Value;
use std::borrow::Cow;

/// Whether `param`, one of `siblings`, is asked for. `value` tells what a sibling is set to. Conditions that go round in a circle are
/// never met.
pub fn is_asked_for<'a>(param: &Param, siblings: &[&'a Param], value: &dyn Fn(&'a Param) -> Value) -> bool {
    holds(param, siblings, value, siblings.len())
}

/// `left`: how many further conditions a chain can have.
fn holds<'a>(param: &Param, siblings: &[&'a Param], value: &dyn Fn(&'a Param) -> Value, left: usize) -> bool {
    let Some(condition) = &param.depends_on else { return true };
    let found = siblings.iter().find(|other| other.name == condition.param);
    left > 0 && found.is_some_and(|other| value(other) == condition.equals && holds(other, siblings, value, left - 1))
}

/// The parameter as it is checked: what is not asked for may have any value of its type, or none.
pub(super) fn as_asked<'a, 'b>(
    param: &'a Param,
    siblings: &[&'b Param],
    value: &dyn Fn(&'b Param) -> Value,
) -> Cow<'a, Param> {
    if is_asked_for(param, siblings, value) {
        return Cow::Borrowed(param);
    }
    Cow::Owned(Param { required: false, min: None, max: None, pattern: None, ..param.clone() })
}

#[cfg(test)]
mod tests {
    use super::super::ParamType;
    use super::*;
    use crate::l10n::L10n;
    use serde_json::json;

    fn param(name: &str, kind: ParamType) -> Param {
        Param::new(name, 1, kind, L10n::default(), L10n::default())
    }

    #[test]
    fn a_chain_holds_only_as_a_whole_and_never_in_a_circle() {
        let all = [
            param("proxy", ParamType::Bool),
            param("login", ParamType::Bool).only_if("proxy", true),
            param("user", ParamType::Text).only_if("login", true),
            param("hen", ParamType::Bool).only_if("egg", true),
            param("egg", ParamType::Bool).only_if("hen", true),
            param("self", ParamType::Bool).only_if("self", true),
            param("lost", ParamType::Text).only_if("nowhere", true),
        ];
        let all: Vec<&Param> = all.iter().collect();
        let asked = |proxy: bool, login: bool| {
            let value = move |p: &Param| match p.name.as_str() {
                "proxy" => json!(proxy),
                "login" => json!(login),
                _ => json!(true),
            };
            all.iter().filter(|p| is_asked_for(p, &all, &value)).map(|p| p.name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(asked(true, true), ["proxy", "login", "user"]);
        assert_eq!(asked(true, false), ["proxy", "login"]);
        assert_eq!(asked(false, true), ["proxy"]);
    }
}
