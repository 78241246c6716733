use super::*;

fn to(email: &str, problems_only: bool) -> Recipient {
    Recipient { email: email.into(), problems_only }
}

fn rules() -> Rules {
    Rules {
        recipients: vec![to("all@example.org", false), to("bad@example.org", true)],
        problems_to: vec!["ops@example.org".into()],
        after: 1,
        recovery: true,
        ..Rules::default()
    }
}

/// Runs through outcomes (`d`one, `e`rror, `c`anceled); for each, whom it owed what.
fn walk(rules: &Rules, outcomes: &str) -> Vec<String> {
    let mut state = NotifyState::default();
    let mut told = vec![];
    for outcome in outcomes.chars() {
        let status = match outcome {
            'd' => Status::Done,
            'c' => Status::Canceled,
            _ => Status::Error,
        };
        let (next, owed) = rules.owed(state, status);
        state = next;
        let short = |o: &Owed| format!("{}:{}", o.recipient.split('@').next().unwrap_or_default(), o.kind.as_str());
        told.push(owed.iter().map(short).collect::<Vec<_>>().join(" "));
    }
    told
}

#[test]
fn each_hears_what_it_wants() {
    assert_eq!(
        walk(&rules(), "dedc"),
        [
            "all:ok",
            "all:problem bad:problem ops:problem",
            "all:recovery bad:recovery ops:recovery",
            "all:problem bad:problem ops:problem",
        ]
    );
}

#[test]
fn a_few_failures_are_no_problem_yet() {
    let rules = Rules { after: 3, recipients: vec![to("bad@example.org", true)], problems_to: vec![], ..rules() };
    assert_eq!(walk(&rules, "eedeeeed"), ["", "", "", "", "", "bad:problem", "bad:problem", "bad:recovery"]);
}

#[test]
fn without_recoveries_the_end_of_a_problem_is_an_outcome_as_any() {
    let rules = Rules { recovery: false, ..rules() };
    assert_eq!(walk(&rules, "ed")[1], "all:ok");
}

#[test]
fn nobody_hears_it_twice() {
    let rules = Rules { problems_to: vec!["BAD@example.org".into(), "all@example.org".into()], ..rules() };
    assert_eq!(walk(&rules, "e"), ["all:problem bad:problem"]);
}

#[test]
fn a_digest_collects_what_would_have_been_told() {
    let rules = Rules { digest: true, ..rules() };
    assert_eq!(walk(&rules, "de"), ["all:digest", "all:digest bad:digest ops:digest"]);
}

#[test]
fn webhooks_hear_of_what_they_ask_for() {
    use WebhookEvent::{Canceled, Done, Error, Recovery};
    let hook = |name: &str, events: &[WebhookEvent]| Webhook {
        url: format!("{name}@"),
        secret: serde_json::Value::Null,
        events: events.to_vec(),
    };
    let hooks =
        vec![hook("all", &[]), hook("bad", &[Canceled, Error]), hook("done", &[Done]), hook("again", &[Recovery])];
    let hooks =
        Rules { hooks: [hooks, vec![hook("error", &[Error])]].concat(), after: 1, recovery: true, ..Rules::default() };
    assert_eq!(
        walk(&hooks, "decd"),
        [
            "all:ok done:ok",
            "all:problem bad:problem error:problem",
            "all:problem bad:problem",
            "all:recovery done:ok again:recovery",
        ]
    );
    assert!(Rules::default().is_silent() && !hooks.is_silent());
}
