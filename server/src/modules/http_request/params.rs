//! The parameters of an HTTP request, as people see them.

use super::expected;
use domain::l10n::L10n;
use domain::module::{Choice, ModuleSpec, Param, ParamSpec, ParamType};

/// The methods to choose from.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const REQUEST: &str = "request";
const ANSWER: &str = "answer";
const CONNECTION: &str = "connection";

/// What the module tells of itself.
pub fn spec() -> ModuleSpec {
    ModuleSpec {
        name: "http_request".to_owned(),
        displayname: L10n::fixed("HTTP-Anfrage", "HTTP request"),
        description: L10n::fixed(
            "Ruft eine Adresse auf und prüft die Antwort. Status, Dauer, Größe und der Anfang der Antwort stehen im Protokoll.",
            "Calls a URL and checks the answer. Status, time, size and the beginning of the answer are in the log.",
        ),
        debug: false,
        require_system_right: String::new(),
        params: [request(), answer(), connection()].concat(),
    }
}

fn request() -> Vec<ParamSpec> {
    [method(), url(), headers(), bearer(), body()].map(|p| p.in_group(REQUEST)).into()
}

fn answer() -> Vec<ParamSpec> {
    [expected_status(), must_contain()].map(|p| p.in_group(ANSWER)).into()
}

fn connection() -> Vec<ParamSpec> {
    [follow_redirects(), verify_tls()].map(|p| p.in_group(CONNECTION)).into()
}

fn method() -> Param {
    let choice = |m: &&'static str| Choice { value: (*m).to_owned(), displayname: L10n::fixed(m, m) };
    Param::new(
        "method",
        1,
        ParamType::Select,
        L10n::fixed("Methode", "Method"),
        L10n::fixed("Was mit der Adresse geschehen soll.", "What to do with the URL."),
    )
    .required()
    .default("GET")
    .options(METHODS.iter().map(choice).collect())
}

fn url() -> Param {
    Param::new(
        "url",
        2,
        ParamType::Text,
        L10n::fixed("Adresse", "URL"),
        L10n::fixed("Beginnt mit http:// oder https://.", "Starts with http:// or https://."),
    )
    .required()
    .range(1, 8192)
}

fn headers() -> Param {
    let name = Param::new(
        "name",
        1,
        ParamType::Text,
        L10n::fixed("Name", "Name"),
        L10n::fixed("Etwa Accept.", "Such as Accept."),
    );
    let value = Param::new(
        "value",
        2,
        ParamType::Text,
        L10n::fixed("Wert", "Value"),
        L10n::fixed("Etwa application/json.", "Such as application/json."),
    );
    Param::new(
        "headers",
        3,
        ParamType::Table,
        L10n::fixed("Kopfzeilen", "Headers"),
        L10n::fixed("Werden mitgeschickt.", "Are sent along."),
    )
    .fields(vec![name.required(), value])
    .range(0, 100)
}

fn bearer() -> Param {
    Param::new(
        "bearer",
        4,
        ParamType::Secret,
        L10n::fixed("Token", "Bearer token"),
        L10n::fixed(
            "Wird als „Authorization: Bearer …“ mitgeschickt, verschlüsselt gespeichert und nie angezeigt.",
            "Is sent as “Authorization: Bearer …”, stored encrypted and never shown.",
        ),
    )
}

fn body() -> Param {
    Param::new(
        "body",
        5,
        ParamType::TextMultiline,
        L10n::fixed("Inhalt", "Body"),
        L10n::fixed(
            "Gilt als JSON, wenn er das ist, sonst als Text; eine Kopfzeile Content-Type geht vor.",
            "Counts as JSON if it is that, else as text; a Content-Type header takes precedence.",
        ),
    )
}

fn expected_status() -> Param {
    Param::new(
        "expected_status",
        1,
        ParamType::Text,
        L10n::fixed("Erwarteter Status", "Expected status"),
        L10n::fixed(
            "Codes und Bereiche, etwa 200-299,304. Bei jedem anderen scheitert der Lauf.",
            "Codes and ranges, such as 200-299,304. With any other, the run fails.",
        ),
    )
    .default(expected::DEFAULT)
    .range(1, 200)
}

fn must_contain() -> Param {
    Param::new(
        "must_contain",
        2,
        ParamType::Text,
        L10n::fixed("Muss enthalten", "Must contain"),
        L10n::fixed(
            "Fehlt dieser Text in der Antwort (in ihren ersten 10 MB), scheitert der Lauf.",
            "If this text is not in the answer (in its first 10 MB), the run fails.",
        ),
    )
}

fn follow_redirects() -> Param {
    Param::new(
        "follow_redirects",
        1,
        ParamType::Bool,
        L10n::fixed("Weiterleitungen folgen", "Follow redirects"),
        L10n::fixed(
            "Höchstens zehn. Zugangsdaten gehen nicht an andere Server mit.",
            "At most ten. Credentials are not passed on to other servers.",
        ),
    )
    .default(true)
}

fn verify_tls() -> Param {
    Param::new(
        "verify_tls",
        2,
        ParamType::Bool,
        L10n::fixed("Zertifikat prüfen", "Verify the certificate"),
        L10n::fixed(
            "Nur für Server mit selbst gemachtem Zertifikat ausschalten.",
            "Switch off for servers with a certificate of their own making only.",
        ),
    )
    .default(true)
}
