//! No answer of the service may be kept by anybody on the way.

use reqwest::Method;
use seatwise::wire::{ApiList, TokenScope, openapi};
use serde_json::json;

use super::*;

/// Every path of the service, and some that it has not.
fn all_paths() -> Vec<String> {
    let document = openapi::openapi_document();
    let described = document["paths"].as_object().unwrap().keys().map(|path| path.replace("{id}", "u-1"));
    let mut paths: Vec<String> = described.collect();
    assert!(paths.len() > ApiList::ALL.len(), "{paths:?}");
    let scim = [
        "",
        "/Users",
        "/Users/u-1",
        "/Users/.search",
        "/Groups",
        "/Groups/g-1",
        "/Groups/.search",
        "/Bulk",
        "/Me",
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/oauth/token",
        "/nothing",
    ];
    for profile in ["/scim/v2", "/scim/bentley"] {
        paths.extend(scim.map(|path| format!("{profile}{path}")));
    }
    let others =
        ["/", "/portal.js", "/portal.css", "/portal/token", "/nothing", "/v1/users?limit=0", "/v1/users/no"];
    paths.extend(others.map(str::to_owned));
    paths
}

/// Asks for every path by every method, with every kind of token, and returns the statuses that came.
async fn ask_everywhere(served: &ServedSandbox) -> std::collections::BTreeSet<u16> {
    let tokens = [Some(served.token(&TokenScope::ALL)), Some(served.token(&[TokenScope::Read])), None];
    let mut statuses = std::collections::BTreeSet::new();
    let client = bare_client();
    for path in all_paths() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD] {
            for token in &tokens {
                let mut request = client.request(method.clone(), format!("{}{path}", served.url));
                request = request.header("content-type", "application/json").body("{}");
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                let answer = ServiceAnswer::send(request).await;
                assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}: {}", answer.status);
                statuses.insert(answer.status);
            }
        }
    }
    statuses
}

#[tokio::test]
async fn no_answer_may_be_stored_whatever_is_asked_and_answered() {
    let served = ServedSandbox::with_firm(5).await;
    let statuses = ask_everywhere(&served).await;
    for status in [200, 400, 401, 403, 404, 405] {
        assert!(statuses.contains(&status), "{status} is among {statuses:?}");
    }
    let written = served.change("k", json!({"act": {"approve": "nobody@firm.example"}})).await;
    assert_eq!((written.status, written.header("cache-control")), (409, "no-store"), "{}", written.body);
}

#[tokio::test]
async fn answers_that_are_refused_or_go_wrong_may_not_be_stored_either() {
    let odd = ServiceQuirks { per_second: Some(1), ..ServiceQuirks::default() };
    let statuses = ask_everywhere(&ServedSandbox::with_quirks(firm(2), odd).await).await;
    assert!(statuses.contains(&429), "{statuses:?}");
    for fault in
        ["truncate", "shift", "portal", "refuse", "throttle", "busy", "gateway_after", "stale", "repeat"]
    {
        let faults = fault_script(json!({"faults": [{"fault": fault, "on": "reads", "per_mille": 1000}]}));
        let served =
            ServedSandbox::with_quirks(firm(2), ServiceQuirks { faults, ..ServiceQuirks::default() }).await;
        let answer = served.get("/v1/users").await;
        assert_eq!(answer.header("cache-control"), "no-store", "{fault}: {}", answer.status);
    }
}
