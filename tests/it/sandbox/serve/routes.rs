//! The organization API, as any client sees it.

use reqwest::Method;
use seatwise::wire::{ApiList, LONGEST_REQUEST, TokenScope};
use serde_json::json;

use super::*;

async fn all_rows(served: &ServedSandbox, list: ApiList, limit: u32) -> (Vec<Value>, u64) {
    let (mut rows, mut path) = (Vec::new(), format!("{}?limit={limit}", list.path()));
    loop {
        let told = served.get(&path).await;
        assert_eq!(told.status, 200, "{path}: {}", told.body);
        let page = told.body["items"].as_array().unwrap();
        assert!(page.len() <= limit as usize);
        rows.extend(page.iter().cloned());
        match told.body["next"].as_str() {
            Some(cursor) => path = format!("{}?limit={limit}&cursor={cursor}", list.path()),
            None => return (rows, told.body["total"].as_u64().unwrap()),
        }
    }
}

#[tokio::test]
async fn lists_are_the_same_in_pages_of_any_size() {
    let served = ServedSandbox::with_quirks(working_firm(), ServiceQuirks::default()).await;
    for list in ApiList::ALL {
        let (whole, total) = all_rows(&served, list, 1000).await;
        assert!(whole.len() as u64 == total && !whole.is_empty(), "{list:?}: {} of {total}", whole.len());
        for limit in [1, 7] {
            assert_eq!(all_rows(&served, list, limit).await.0, whole, "{list:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn token_is_given_for_the_right_secret_and_what_it_may() {
    let served = ServedSandbox::with_firm(5).await;
    let ask = async |id: &str, secret: &str, scope: &str| {
        let form =
            serde_urlencoded::to_string([("grant_type", "client_credentials"), ("scope", scope)]).unwrap();
        let request = bare_client().post(format!("{}/oauth/token", served.url)).basic_auth(id, Some(secret));
        ServiceAnswer::send(request.header("content-type", "application/x-www-form-urlencoded").body(form))
            .await
    };
    let given = ask("reader", SECRET, "org.read").await;
    assert_eq!(
        (given.status, &given.body["token_type"], &given.body["expires_in"]),
        (200, &json!("Bearer"), &json!(900))
    );
    assert_eq!(given.header("cache-control"), "no-store");
    assert_eq!(ask("reader", SECRET, "org.write").await.body["error"], "invalid_scope");
    let wrong = ask("reader", "guessed", "org.read").await;
    assert_eq!((wrong.status, &wrong.body["error"]), (401, &json!("invalid_client")));
    let token = given.body["access_token"].as_str().unwrap().to_owned();
    let get = async |token: &str| {
        ServiceAnswer::send(bare_client().get(format!("{}/v1/users", served.url)).bearer_auth(token)).await
    };
    assert_eq!(get(&token).await.status, 200);
    get(&token.replace(".r.", ".rw.")).await.assert_problem(401, "unauthorized");
    served.ahead.store(901, Ordering::Relaxed);
    let late = get(&token).await;
    late.assert_problem(401, "unauthorized");
    assert_eq!(late.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn read_token_cannot_write_and_no_token_cannot_read() {
    let served = ServedSandbox::with_firm(5).await;
    let reading = served.token(&[TokenScope::Read]);
    let change = bare_client()
        .post(format!("{}/v1/changes", served.url))
        .bearer_auth(&reading)
        .header("idempotency-key", "k");
    ServiceAnswer::send(change.header("content-type", "application/json").body("{}"))
        .await
        .assert_problem(403, "forbidden");
    ServiceAnswer::send(bare_client().get(format!("{}/v1/users", served.url)))
        .await
        .assert_problem(401, "unauthorized");
    ServiceAnswer::send(bare_client().get(format!("{}/v1/nothing", served.url)))
        .await
        .assert_problem(401, "unauthorized");
}

#[tokio::test]
async fn requests_out_of_form_are_told_so() {
    let served = ServedSandbox::with_firm(5).await;
    for query in ["limit=0", "limit=1001", "limit=many", "cursor=zz", "cursor=1"] {
        served.get(&format!("/v1/users?{query}")).await.assert_problem(400, "bad-request");
    }
    served.get("/v1/nothing").await.assert_problem(404, "not-found");
    served.get("/v1/users/u-999").await.assert_problem(404, "not-found");
    served
        .ask(Method::DELETE, "/v1/users", |request| request)
        .await
        .assert_problem(405, "method-not-allowed");
    served.change("k", json!({"act": {"burn": {}}})).await.assert_problem(400, "bad-request");
    served
        .change("k", json!({"act": {"approve": "ana@acme.example"}, "more": 1}))
        .await
        .assert_problem(400, "bad-request");
    served.change("k", json!({"act": {"approve": "no address"}})).await.assert_problem(400, "bad-request");
    served
        .change("", json!({"act": {"approve": "ana@acme.example"}}))
        .await
        .assert_problem(400, "bad-request");
    let typed = |kind: &'static str, body: Vec<u8>| {
        served.ask(Method::POST, "/v1/changes", move |request| {
            request.header("idempotency-key", "k").header("content-type", kind).body(body)
        })
    };
    typed("text/plain", b"{}".to_vec()).await.assert_problem(415, "media-type");
    typed("application/json", vec![b' '; LONGEST_REQUEST + 1]).await.assert_problem(413, "too-large");
}

fn invite(address: &str) -> Value {
    json!({"act": {"invite": {
        "email": address, "first_name": "Ana", "last_name": "Silva", "country": "PT",
        "entitlement_country": null,
    }}})
}

#[tokio::test]
async fn same_key_is_answered_as_the_first_time_and_another_change_under_it_is_refused() {
    let served = ServedSandbox::with_firm(5).await;
    let first = served.change("run-1", invite("new@acme.example")).await;
    assert_eq!((first.status, &first.body["done"]), (200, &json!(true)));
    let again = served.change("run-1", invite("new@acme.example")).await;
    assert_eq!((again.status, &again.body["created"]), (200, &first.body["created"]));
    served.change("run-1", invite("other@acme.example")).await.assert_problem(422, "refused");
    let outbox = served.get("/v1/outbox").await.body;
    assert_eq!(
        (&outbox["total"], &outbox["items"][0]["email"], &outbox["items"][0]["key"]),
        (&json!(1), &json!("new@acme.example"), &json!("run-1"))
    );
    let audit = served.get("/v1/audit").await.body;
    assert_eq!((&audit["total"], &audit["items"][0]["act"]["act"]), (&json!(1), &json!("invite")));
    assert_eq!(again.body["revision"], 1);
}

#[tokio::test]
async fn before_values_identities_and_invariants_are_the_services_to_check() {
    let served = ServedSandbox::with_firm(40).await;
    let user = served.get("/v1/users?limit=1").await.body["items"][0].clone();
    let (email, id) = (user["email"].as_str().unwrap(), user["id"].as_str().unwrap());
    let join = |id: &str| {
        json!({"act": {"join": {"user": email, "group": "nowhere"}},
        "identities": [{"user": [email, id]}]})
    };
    served.change("a", join("u-999")).await.assert_problem(409, "changed");
    served.change("b", join(id)).await.assert_problem(409, "changed");
    let account = json!({"act": {"grant_role": {"user": email, "role": "account-administrator"}}});
    served.change("c", account).await.assert_problem(422, "refused");
    assert_eq!(served.get("/v1/audit").await.body["total"], 0, "nothing of it was done");
}

#[tokio::test]
async fn object_has_a_tag_that_a_change_can_rely_on() {
    let served = ServedSandbox::with_firm(5).await;
    let id =
        served.change("a", invite("new@acme.example")).await.body["created"].as_str().unwrap().to_owned();
    let path = format!("/v1/users/{id}");
    let tag = served.get(&path).await.header("etag").to_owned();
    assert_eq!(tag, "\"1\"");
    assert_eq!(
        served.ask(Method::GET, &path, |request| request.header("if-none-match", &tag)).await.status,
        304
    );
    let rename = json!({"act": {"update_user": {
        "before": invite("new@acme.example")["act"]["invite"], "after": {"email": "new@acme.example",
            "first_name": "Ada", "last_name": "Silva",
        "country": "PT", "entitlement_country": null},
    }}});
    let change = async |key: &'static str, tag: &str| {
        let edit = |request: reqwest::RequestBuilder| {
            request.header("idempotency-key", key).header("if-match", tag).body(rename.to_string())
        };
        served
            .ask(Method::POST, "/v1/changes", |request| {
                edit(request.header("content-type", "application/json"))
            })
            .await
    };
    change("b", "\"2\"").await.assert_problem(412, "precondition-failed");
    assert_eq!(change("c", &tag).await.status, 200);
    assert_eq!(served.get(&path).await.header("etag"), "\"2\"");
    change("d", &tag).await.assert_problem(412, "precondition-failed");
}

#[tokio::test]
async fn client_that_asks_too_fast_is_told_how_long_to_wait() {
    let served = ServedSandbox::with_quirks(
        firm(5),
        ServiceQuirks { per_second: Some(3), ..ServiceQuirks::default() },
    )
    .await;
    let mut last = served.get("/v1/organization").await;
    assert_eq!((last.header("ratelimit-limit"), last.header("ratelimit-remaining")), ("3", "2"));
    for _ in 0..20 {
        last = served.get("/v1/organization").await;
        if last.status == 429 {
            break;
        }
    }
    last.assert_problem(429, "throttled");
    assert_eq!((last.header("retry-after"), last.header("ratelimit-remaining")), ("1", "0"));
}

#[tokio::test]
async fn service_that_is_stopped_answers_what_is_under_way() {
    let slow =
        fault_script(json!({"faults": [{"fault": "delay", "on": "reads", "at": [1], "seconds": 0.2}]}));
    let served =
        ServedSandbox::with_quirks(firm(5), ServiceQuirks { faults: slow, ..ServiceQuirks::default() }).await;
    let request =
        bare_client().get(format!("{}/v1/users", served.url)).bearer_auth(served.token(&TokenScope::ALL));
    let under_way = tokio::spawn(ServiceAnswer::send(request));
    // Once the fault has been counted, the request has arrived; the next request meets no fault.
    while served.get("/v1/organization").await.status != 200 {}
    served.stop().await;
    assert_eq!(under_way.await.unwrap().status, 200);
}
