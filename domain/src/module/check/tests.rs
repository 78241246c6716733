use super::super::{SEALED, mask_secrets, open_secrets, reseal_secrets};
use super::*;
use crate::user::{TASK, User};
use crate::{Lang, Timestamp, UserId};

struct Plain;
impl Sealer for Plain {
    fn seal(&self, task: TaskId, pointer: &str, plain: &str) -> String {
        format!("{SEALED}{task}{pointer}={plain}")
    }
}

fn caller(right: &str) -> Caller {
    let at = Timestamp::from_ms(0);
    Caller {
        user: User {
            id: UserId(1),
            generated_displayname: "u".into(),
            login: "u".into(),
            email: String::new(),
            displayname: String::new(),
            language: Lang::En,
            system_rights: vec![right.into()],
            frontend_prefs: Raw::empty_object(),
            created_at: at,
            updated_at: at,
        },
    }
}

fn param(name: &str, kind: ParamType) -> Param {
    Param::new(name, 1, kind, L10n::default(), L10n::default())
}

fn spec(params: Vec<Param>) -> ModuleSpec {
    ModuleSpec {
        name: "m".into(),
        displayname: L10n::default(),
        description: L10n::default(),
        debug: false,
        require_system_right: String::new(),
        params: params.into_iter().map(|p| p.in_group("g")).collect(),
    }
}

fn check(spec: &ModuleSpec, given: &str, stored: Option<&RawMap>) -> Result<RawMap, Error> {
    let given: RawMap = serde_json::from_str(given).unwrap();
    check_params(spec, &given, stored, &caller(TASK), TaskId(7), &Plain, "/task/task_params")
}

fn pointer(result: Result<RawMap, Error>) -> String {
    match result.unwrap_err() {
        Error::ParamInvalid { pointer, .. } => pointer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_match_their_pattern_as_a_whole() {
    let with = |kind| Param { pattern: Some("[a-z]+|[0-9]+".into()), ..param("x", kind) };
    let said = |kind, given: &str| match check(&spec(vec![with(kind)]), given, None) {
        Ok(_) => String::new(),
        Err(Error::ParamInvalid { pointer, reason }) => format!("{pointer} {}", reason.get(Lang::En)),
        Err(other) => panic!("{other:?}"),
    };
    let wrong = |at: &str| format!("/task/task_params/x{at} does not match the pattern [a-z]+|[0-9]+");
    assert_eq!(said(ParamType::Text, r#"{"x":"abc"}"#), "");
    assert_eq!(said(ParamType::Text, r#"{"x":""}"#), "");
    assert_eq!(said(ParamType::Text, r#"{"x":"abc1"}"#), wrong(""));
    assert_eq!(said(ParamType::TextMultiline, r#"{"x":"abc\n"}"#), wrong(""));
    assert_eq!(said(ParamType::StringList, r#"{"x":["abc","12","a b"]}"#), wrong("/2"));
    // The pattern may be told, what was typed may not.
    assert_eq!(said(ParamType::Secret, r#"{"x":"Top Secret"}"#), wrong(""));
    assert!(crate::module::check_pattern("a)(b").is_err());
    assert!(crate::module::check_pattern("(").is_err());
    assert_eq!(crate::module::check_pattern(r"\w{1,3}"), Ok(()));
}

#[test]
fn what_is_not_asked_for_may_be_left_out_or_be_anything_of_its_type() {
    let user = param("user", ParamType::Text).required().range(3, 9).only_if("login", true);
    let spec = spec(vec![
        param("login", ParamType::Bool),
        user.clone(),
        Param {
            parameters: vec![
                param("on", ParamType::Bool).default(true),
                param("at", ParamType::Text).required().only_if("on", true),
            ],
            ..param("f", ParamType::Form)
        },
    ]);
    let off = r#""f":{"on":false}"#;
    assert_eq!(check(&spec, &format!("{{{off}}}"), None).unwrap()["user"].get(), r#""""#);
    assert_eq!(check(&spec, &format!(r#"{{"user":"x",{off}}}"#), None).unwrap()["user"].get(), r#""x""#);
    assert_eq!(pointer(check(&spec, &format!(r#"{{"user":5,{off}}}"#), None)), "/task/task_params/user");
    assert_eq!(pointer(check(&spec, &format!(r#"{{"login":true,{off}}}"#), None)), "/task/task_params/user");
    assert_eq!(pointer(check(&spec, &format!(r#"{{"login":true,"user":"x",{off}}}"#), None)), "/task/task_params/user");
    // By default the inner condition holds.
    assert_eq!(pointer(check(&spec, r#"{"f":{}}"#, None)), "/task/task_params/f/at");
    assert!(check(&spec, r#"{"f":{"at":"x"}}"#, None).is_ok());
}

#[test]
fn defaults_are_filled_in_and_text_is_kept() {
    let spec = spec(vec![
        param("n", ParamType::Int).default(5).range(1, 10),
        param("j", ParamType::Json),
        param("list", ParamType::StringList),
    ]);
    let out = check(&spec, r#"{"j":{"b": 1.0,"a":1e3}}"#, None).unwrap();
    assert_eq!((out["n"].get(), out["j"].get(), out["list"].get()), ("5", r#"{"b": 1.0,"a":1e3}"#, "[]"));
}

#[test]
fn wrong_values_are_named_by_pointer() {
    let column = param("name", ParamType::Text).required();
    let spec = spec(vec![
        param("n", ParamType::Int).range(1, 10),
        param("t", ParamType::Table).fields(vec![column]),
        param("s", ParamType::StringList),
        param("text", ParamType::Text),
    ]);
    assert_eq!(pointer(check(&spec, r#"{"n":11}"#, None)), "/task/task_params/n");
    assert_eq!(pointer(check(&spec, r#"{"n":"1"}"#, None)), "/task/task_params/n");
    assert_eq!(pointer(check(&spec, r#"{"t":[{"name":"a"},{}]}"#, None)), "/task/task_params/t/1/name");
    assert_eq!(pointer(check(&spec, r#"{"s":["a",1]}"#, None)), "/task/task_params/s/1");
    assert_eq!(pointer(check(&spec, r#"{"text":"a\nb"}"#, None)), "/task/task_params/text");
    assert_eq!(pointer(check(&spec, r#"{"x/y":1}"#, None)), "/task/task_params/x~1y");
}

#[test]
fn secrets_are_sealed_kept_and_masked() {
    let spec = spec(vec![param("key", ParamType::Secret)]);
    let stored = check(&spec, r#"{"key":"hunter2"}"#, None).unwrap();
    assert_eq!(stored["key"].value()["_secret"], "rota1:7/key=hunter2");
    let kept = check(&spec, r#"{"key":{"_secret":true}}"#, Some(&stored)).unwrap();
    assert_eq!(kept, stored);
    assert_eq!(mask_secrets(&stored)["key"].get(), r#"{"_secret":true}"#);
    assert_eq!(pointer(check(&spec, r#"{"key":{"_secret":true}}"#, None)), "/task/task_params/key");
    assert_eq!(pointer(check(&spec, r#"{"key":{"_secret":"rota1:9/key=x"}}"#, None)), "/task/task_params/key");
    let open = |_: &str, sealed: &str| sealed.split_once('=').map(|(_, v)| v.to_owned());
    assert_eq!(open_secrets(&stored, &open).unwrap()["key"], "hunter2");
}

#[test]
fn a_parameter_with_a_right_is_refused_and_survives_an_update_without_it() {
    let mut spec = spec(vec![param("a", ParamType::Text), param("b", ParamType::Text)]);
    spec.params[1].require_system_right = crate::user::ROOT.into();
    assert!(matches!(check(&spec, r#"{"b":"x"}"#, None), Err(Error::SystemRightRequired { .. })));
    let stored: RawMap = serde_json::from_str(r#"{"a":"1","b":"2"}"#).unwrap();
    let out = check(&spec, r#"{"a":"3"}"#, Some(&stored)).unwrap();
    assert_eq!((out["a"].get(), out["b"].get()), (r#""3""#, r#""2""#));
}

#[test]
fn secrets_are_sealed_anew_wherever_they_are_and_all_else_stays_as_written() {
    let stored: RawMap = serde_json::from_str(
        r#"{"n": 1.0, "key":{"_secret":"rota1:a"},"rows":[{"k":{"_secret":"rota1:b"},"t":"rota1:no"}],"lost":{"_secret":"rota1:c"}}"#,
    )
    .unwrap();
    let mut seen = vec![];
    let anew = reseal_secrets(&stored, &mut |pointer, sealed| {
        seen.push(pointer.to_owned());
        (sealed != "rota1:c").then(|| format!("{sealed}+"))
    });
    assert_eq!(seen, ["/key", "/rows/*/k", "/lost"]);
    assert_eq!((anew["n"].get(), anew["key"].get()), ("1.0", r#"{"_secret":"rota1:a+"}"#));
    assert_eq!(anew["rows"].get(), r#"[{"k":{"_secret":"rota1:b+"},"t":"rota1:no"}]"#);
    assert_eq!(anew["lost"].get(), stored["lost"].get());
}

#[test]
fn what_is_required_and_missing_is_called_required_whatever_its_type() {
    let kinds =
        [ParamType::Int, ParamType::Text, ParamType::Bool, ParamType::File, ParamType::StringList, ParamType::Email];
    for kind in kinds {
        let spec = spec(vec![param("x", kind).required()]);
        for given in [r#"{"x":null}"#, r#"{"x":""}"#] {
            match check(&spec, given, None) {
                Err(Error::ParamInvalid { pointer, reason }) => {
                    let told = (pointer.as_str(), reason.get(Lang::En));
                    assert_eq!(told, ("/task/task_params/x", "is required"), "{kind:?} {given}");
                }
                other => panic!("{kind:?} {given}: {other:?}"),
            }
        }
    }
    assert_eq!(pointer(check(&spec(vec![param("n", ParamType::Int).required()]), "{}", None)), "/task/task_params/n");
}
