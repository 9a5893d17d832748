//! The OpenAPI document is up to date and well-formed, and the answers of the service match the document.

use seatwise::wire::{ApiList, openapi};

use crate::folders::repository_path;
use crate::sandbox::serve::*;
use serde_json::Value;

/// `UPDATE_EXPECT=1 cargo test --test it wire::openapi` rewrites the document.
#[test]
fn document_in_the_repository_is_fresh() {
    let path = repository_path("schema/organization-api.json");
    let fresh = format!("{}\n", serde_json::to_string_pretty(&openapi::openapi_document()).unwrap());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written,
        fresh,
        "{} is stale: run `UPDATE_EXPECT=1 cargo test --test it wire::openapi`",
        path.display()
    );
}

fn schema_problems(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(schema).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn document_fits_the_published_schema_of_openapi() {
    let schema: Value =
        serde_json::from_slice(&std::fs::read(repository_path("tests/schemas/openapi-3.1.json")).unwrap())
            .unwrap();
    assert_eq!(schema_problems(&schema, &openapi::openapi_document()), [""; 0]);
    let mut broken = openapi::openapi_document();
    broken["paths"]["/v1/users"]["get"]["responses"]["200"] = Value::Null;
    assert_ne!(schema_problems(&schema, &broken), [""; 0], "the schema says something");
}

/// The schema of an answer, with the schemas that it refers to.
fn schema_of(path: &str, method: &str, status: &str) -> Value {
    let document = openapi::openapi_document();
    let mut response = document["paths"][path][method]["responses"][status].clone();
    if let Some(place) = response["$ref"].as_str() {
        response = document.pointer(place.trim_start_matches('#')).unwrap().clone();
    }
    let content = response["content"]
        .as_object()
        .unwrap_or_else(|| panic!("{method} {path} says {status} with a body"));
    let mut schema = content.values().next().unwrap()["schema"].clone();
    schema["components"] = document["components"].clone();
    schema
}

#[tokio::test]
async fn service_answers_as_the_document_says() {
    let served = ServedSandbox::with_quirks(working_firm(), ServiceQuirks::default()).await;
    let mut asked = 0;
    let others = ["/v1/organization", "/v1/audit", "/v1/outbox"].map(str::to_owned);
    for path in &ApiList::ALL.map(ApiList::path).into_iter().chain(others).collect::<Vec<_>>() {
        let told = served.get(path).await;
        assert_eq!(told.status, 200, "{path}: {}", told.body);
        assert_eq!(schema_problems(&schema_of(path, "get", "200"), &told.body), [""; 0], "{path}");
        asked += 1;
    }
    let invite = serde_json::json!({"act": {"invite": {
        "email": "new@acme.example", "first_name": "A", "last_name": "S", "country": "PT",
        "entitlement_country": null,
    }}});
    let receipt = served.change("a", invite).await;
    assert_eq!(schema_problems(&schema_of("/v1/changes", "post", "200"), &receipt.body), [""; 0]);
    let refused = served.change("a", serde_json::json!({"act": {"approve": "ana@acme.example"}})).await;
    assert_eq!(schema_problems(&schema_of("/v1/changes", "post", "422"), &refused.body), [""; 0]);
    for (path, one) in [("/v1/users", "/v1/users/{id}"), ("/v1/groups", "/v1/groups/{id}")] {
        let id = served.get(path).await.body["items"][0]["id"].as_str().unwrap().to_owned();
        let told = served.get(&one.replace("{id}", &id)).await;
        assert_eq!(schema_problems(&schema_of(one, "get", "200"), &told.body), [""; 0], "{one}");
    }
    assert_eq!(asked, ApiList::ALL.len() + 3);
    let paths = openapi::openapi_document()["paths"].as_object().unwrap().len();
    assert_eq!(paths, asked + 4, "every path but the token's was asked");
}
