//! `/openapi.json` and `/docs`.

use crate::http_world::World;
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The contract's tables.
const CONTRACT: &[&str] = &[
    "get /task",
    "post /task",
    "put /task",
    "get /task/modules",
    "get /task/{taskId}",
    "delete /task/{taskId}",
    "patch /task/{taskId}",
    "post /task/{taskId}/cancel",
    "get /task/{taskId}/log",
    "post /task/{taskId}/run",
    "get /task/{taskId}/run",
    "get /task/{taskId}/run/{runId}/result",
    "get /task/{taskId}/run/{runId}/file/{n}",
    "post /task/modules/reload",
    "get /task/{taskId}/log/stream",
    "get /task/events",
    "get /task/{taskId}/log/download",
    "get /run",
    "get /task/outcomes",
    "get /schedule/upcoming",
    "post /schedule/preview",
    "post /schedule/cron",
    "post /session",
    "get /session",
    "delete /session",
    "get /user",
    "post /user",
    "get /user/{id}",
    "patch /user/{id}",
    "delete /user/{id}",
    "get /user/{id}/token",
    "post /user/{id}/token",
    "delete /user/{id}/token/{tid}",
    "get /task/{taskId}/hook",
    "post /task/{taskId}/hook",
    "delete /task/{taskId}/hook",
    "post /hook/{token}",
    "get /settings/mail",
    "patch /settings/mail",
    "post /settings/mail/test",
    "get /mail",
    "get /mail/{id}",
    "post /mail/{id}/resend",
    "get /healthz",
    "get /readyz",
    "get /metrics",
    "get /openapi.json",
    "get /docs",
    "get /docs/{file}",
];

async fn document(world: &World) -> Value {
    world.anonymous("GET", "/openapi.json").await.good()
}

#[tokio::test]
async fn the_document_and_the_routes_are_the_same() {
    let world = World::start().await;
    let document = document(&world).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut told: Vec<String> = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api").unwrap();
        for method in METHODS {
            let there = item.get(method).is_some();
            let real = path.replace("{file}", "docs.js").replace(['{', '}'], "");
            let reply = world.anonymous(&method.to_uppercase(), &real).await;
            assert_eq!(reply.status == 405, !there, "{method} {path}: {}", reply.status);
            let nowhere = reply.json()["parameters"]["resource"] == format!("/api{real}");
            assert!(!nowhere, "{method} {path} leads nowhere");
            if there {
                told.push(format!("{method} {path}"));
            }
        }
    }
    let mut contract: Vec<String> = CONTRACT.iter().map(|&route| route.to_owned()).collect();
    told.sort();
    contract.sort();
    assert_eq!(told, contract);
    // Nothing gets into the router but through the table that makes the document.
    let router = include_str!("../../../src/http.rs").split("#[cfg(test)]").next().unwrap();
    assert!(!router.contains(".route(") && !router.contains(".route_service("));
}

#[tokio::test]
async fn every_example_fits_its_schema() {
    let world = World::start().await;
    let document = document(&world).await;
    let mut checked = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            check(&document, &json!({"$ref": format!("#/components/schemas/{name}")}), example, name);
            checked += 1;
        }
    }
    walk(&document["paths"], "", &mut |place, value| {
        if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
            check(&document, schema, example, place);
            checked += 1;
        }
    });
    assert!(checked > 100, "{checked} examples");
}

fn walk(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(place, value);
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| walk(inner, &format!("{place}/{key}"), visit)),
        Value::Array(list) => list.iter().for_each(|inner| walk(inner, place, visit)),
        _ => {}
    }
}

#[track_caller]
fn check(document: &Value, schema: &Value, example: &Value, place: &str) {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(example).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(wrong.is_empty(), "{place}: {wrong:?}");
}

#[tokio::test]
async fn real_answers_fit_their_schemas() {
    let world = World::start().await;
    let (root, document) = (world.root(), document(&world).await);
    let id = root.task(json!({"task_module": "talk", "schedules": [{"hours": [3], "weekdays": ["monday"]}]})).await;
    root.run(id).await;
    let answers = [
        ("/api/task", "/task".to_owned()),
        ("/api/task/{taskId}", format!("/task/{id}")),
        ("/api/task/{taskId}/run", format!("/task/{id}/run")),
        ("/api/task/{taskId}/log", format!("/task/{id}/log")),
        ("/api/run", "/run".to_owned()),
        ("/api/task/outcomes", format!("/task/outcomes?id={id}")),
        ("/api/schedule/upcoming", "/schedule/upcoming".to_owned()),
        ("/api/task/modules", "/task/modules".to_owned()),
        ("/api/user", "/user".to_owned()),
        ("/api/user/{id}", "/user/1".to_owned()),
        ("/api/user/{id}/token", "/user/1/token".to_owned()),
    ];
    for (path, url) in answers {
        let schema = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{path}");
        check(&document, schema, &root.get(&url).await.good(), path);
    }
}

#[tokio::test]
async fn every_operation_tells_of_errors() {
    let world = World::start().await;
    let document = document(&world).await;
    let mut ids = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in METHODS.iter().filter_map(|method| item.get(*method)) {
            let error = &operation["responses"]["default"]["content"]["application/json"];
            assert_eq!(error["schema"]["$ref"], "#/components/schemas/ErrorBody", "{path}");
            assert!(operation["summary"].is_string(), "{path}");
            assert!(ids.insert(operation["operationId"].clone()), "{path}: operation ids are unique");
        }
    }
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let world = World::start().await;
    for base in ["", "/v1"] {
        let page = world.anonymous("GET", &format!("{base}/docs")).await;
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").contains("script-src 'self'"));
        assert!(!page.header("content-security-policy").contains("unsafe"));
        assert!(!page.text.contains("://") && !page.text.contains("style=") && !page.text.contains("<script>"));
        for file in ["docs.js", "docs.css"] {
            assert!(page.text.contains(&format!("docs/{file}")));
            let file = world.anonymous("GET", &format!("{base}/docs/{file}")).await;
            assert_eq!((file.status, file.text.contains("://")), (200, false));
        }
    }
    world.anonymous("GET", "/docs/nothing.js").await.refused(404, "ResourceNotFound");
}
