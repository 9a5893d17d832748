//! Requests and answers about one resource (points 8, 9, 12, 13 and 14 of SCIM in the wild).

use std::sync::atomic::{AtomicBool, Ordering};

use seatwise::apply::undo::carried_out_steps;

use super::*;

fn policy_renaming_ana(first: &str, last: &str) -> Policy {
    policy(&format!("users:\n  ana@acme.example: {{first_name: {first}, last_name: {last}, country: PT}}\n"))
}

#[tokio::test]
async fn patch_that_is_half_done_is_told_and_the_next_plan_does_the_rest() {
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = Arc::clone(&broken);
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, state| {
        (asked.is_for("PATCH", "/Users/") && is_broken.load(Ordering::Relaxed)).then(|| {
            apply_operation(&mut state.users[0], &asked.body["Operations"][0]).unwrap();
            refusal(400, "the second operation is bad")
        })
    })
    .await;
    let policy = policy_renaming_ana("Ana", "Reis");
    assert_eq!(
        wild.failure_reason(&policy).await,
        "the second operation is bad (400); name.givenName changed all the same"
    );
    broken.store(false, Ordering::Relaxed);
    assert_eq!(wild.assert_converges(&policy).await, 1);
    let state = wild.state();
    let patches = state.log.iter().filter(|(method, ..)| method == "PATCH");
    let operations: Vec<&Value> =
        patches.flat_map(|(_, _, body)| body["Operations"].as_array().unwrap()).collect();
    assert!(
        operations.len() > 2 && operations.iter().all(|operation| operation["path"].is_string()),
        "each operation has a path"
    );
}

#[tokio::test]
async fn patch_that_is_accepted_and_half_done_says_which_half() {
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, state| {
        asked.is_for("PATCH", "/Users/").then(|| {
            apply_operation(&mut state.users[0], &asked.body["Operations"][0]).unwrap();
            WildAnswer::Json(200, Value::Object(state.users[0].clone()))
        })
    })
    .await;
    let policy = policy_renaming_ana("Anna", "Reis");
    let (plan, outcome) = wild.apply(&policy).await;
    let part =
        "the service accepted it, and shows name.familyName as before; name.givenName changed all the same";
    assert_eq!(outcome.fates, [StepFate::FailedInPart(part.into())]);
    let did = carried_out_steps(&plan.plan().steps, &outcome.fates);
    assert_eq!(did.len(), 1, "an undo takes back what changed");
}

#[tokio::test]
async fn write_that_breaks_the_service_after_it_was_done_is_read_before_anything_is_decided() {
    let wild = WildService::with_quirk(&["ana"], &[], |asked, state| {
        asked.is_for("PATCH", "/Users/").then(|| {
            state.answer(asked);
            WildAnswer::Text(500, "text/html", "<h1>Sorry</h1>".to_owned())
        })
    })
    .await;
    assert_eq!(wild.assert_converges(&policy_renaming_ana("Ana", "Reis")).await, 1);
    assert_eq!(wild.count_requests("PATCH", "/Users"), 1);
}

#[tokio::test]
async fn write_that_breaks_the_service_halfway_is_finished() {
    let wild = WildService::with_quirk(&["ana"], &[], |asked, state| {
        let first = state.users[0]["name"]["givenName"] == "First";
        (asked.is_for("PATCH", "/Users/") && first).then(|| {
            apply_operation(&mut state.users[0], &asked.body["Operations"][0]).unwrap();
            WildAnswer::Text(500, "text/plain", String::new())
        })
    })
    .await;
    assert_eq!(wild.assert_converges(&policy_renaming_ana("Ana", "Reis")).await, 1);
}

#[tokio::test]
async fn patch_that_is_accepted_and_ignored_is_told_by_attribute_and_not_repeated() {
    let ignores = |asked: &WildRequest, state: &mut WildState| {
        asked.is_for("PATCH", "/Users/").then(|| WildAnswer::Json(200, state.users[0].clone().into()))
    };
    let wild = WildService::with_quirk(&["ana"], &[], ignores).await;
    assert_eq!(
        wild.failure_reason(&policy_renaming_ana("Ana", "ana")).await,
        "the service accepted it, and shows name.givenName as before"
    );
    assert_eq!(wild.count_requests("PATCH", "/Users"), 1);
}

#[tokio::test]
async fn version_of_the_resource_is_sent_and_one_that_lies_is_left_out_in_the_end() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sent);
    // The service compares a version that appears only in its header.
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, _| {
        if !asked.is_for("PATCH", "/Users/") {
            return None;
        }
        let tag = asked.headers.get("if-match").cloned();
        noted.lock().unwrap().push(tag.clone());
        tag.map(|_| refusal(412, "another version"))
    })
    .await;
    assert_eq!(wild.assert_converges(&policy_renaming_ana("Ana", "Reis")).await, 1);
    assert_eq!(*sent.lock().unwrap(), [Some("W/\"1\"".to_owned()), Some("W/\"1\"".to_owned()), None]);
}

#[tokio::test]
async fn version_is_not_sent_to_a_service_that_does_not_speak_of_them() {
    let wild = WildService::with_quirk(&["ana"], &[], |asked, _| match asked.path.as_str() {
        "/ServiceProviderConfig" => Some(WildAnswer::Json(200, json!({"etag": {"supported": false}}))),
        _ if asked.headers.contains_key("if-match") => Some(refusal(412, "what is that?")),
        _ => None,
    })
    .await;
    assert_eq!(wild.assert_converges(&policy_renaming_ana("Ana", "Reis")).await, 1);
}

#[tokio::test]
async fn version_that_the_service_does_not_look_at_loses_nothing_that_others_wrote() {
    // Another client changes the last name between the plan and the step; the step must not overwrite the
    // change.
    let wild = WildService::without_quirk(&["ana"], &[]).await;
    let scim = wild.scim();
    let plan = approve_reviewed(make_plan(&policy_renaming_ana("Ana", "Reis"), read_live(&scim).await));
    wild.state().users[0].insert("name".into(), json!({"givenName": "First", "familyName": "Costa"}));
    let outcome = run_plan(&scim, &plan, "other").await;
    assert_eq!(outcome.fates, [StepFate::Blocked("the last name of ana@acme.example has changed".into())]);
    assert_eq!(wild.count_requests("PATCH", "/Users"), 0);
}

#[tokio::test]
async fn answers_to_writes_may_have_any_body_or_none() {
    let answers =
        [(204, "", ""), (200, "application/json", "{}"), (200, "", ""), (202, "text/plain", "\"done\"")];
    for (status, kind, text) in answers {
        let wild = WildService::with_quirk(&["ana", "bo"], &[], move |asked, state| {
            let writes = asked.is_for("PATCH", "/Users/") || asked.is_for("DELETE", "/Users/");
            writes.then(|| {
                state.answer(asked);
                WildAnswer::Text(status, kind, text.to_owned())
            })
        })
        .await;
        let document = "users:\n  ana@acme.example: {first_name: Ana, last_name: ana, country: PT}\n  \
            bo@acme.example: {state: removed}\n";
        assert_eq!(wild.assert_converges(&policy(document)).await, 2, "{status} {text}");
    }
}

#[tokio::test]
async fn refusals_in_any_form_are_told_with_their_status() {
    let cases = [
        (WildAnswer::Json(400, json!({"status": 400, "detail": "no"})), "no (400)"),
        (WildAnswer::Text(400, "text/plain", "no".to_owned()), "400 Bad Request"),
        (WildAnswer::Text(403, "text/html", "<html>no</html>".to_owned()), "403 Forbidden"),
        (WildAnswer::Text(422, "", String::new()), "422 Unprocessable Entity"),
        (WildAnswer::Json(409, json!("taken")), "409 Conflict"),
        (WildAnswer::Json(400, json!([{"detail": {"text": "no"}}])), "400 Bad Request"),
    ];
    for (said, told) in cases {
        let said = Mutex::new(Some(said));
        let refuses = move |asked: &WildRequest, _: &mut WildState| {
            if asked.is_for("PATCH", "/Users/") { said.lock().unwrap().take() } else { None }
        };
        let wild = WildService::with_quirk(&["ana"], &[], refuses).await;
        assert_eq!(wild.failure_reason(&policy_renaming_ana("Ana", "ana")).await, told);
    }
}

#[tokio::test]
async fn discovery_that_is_missing_or_behind_something_is_done_without() {
    let cases: [fn() -> WildAnswer; 5] = [
        || refusal(404, "nothing here"),
        || refusal(401, "show a token"),
        || WildAnswer::Text(500, "text/html", "<html>".to_owned()),
        || WildAnswer::Text(200, "text/html", "<html>sign in</html>".to_owned()),
        || WildAnswer::Json(200, json!({"unexpected": [1, 2, 3]})),
    ];
    for said in cases {
        let discovery = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];
        let odd =
            move |asked: &WildRequest, _: &mut WildState| discovery.contains(&asked.path.as_str()).then(said);
        let wild = WildService::with_quirk(&["ana"], &[("bridges", &["ana"])], odd).await;
        let policy = policy(&format!(
            "{}groups:\n  bridges: {{members: [bo@acme.example]}}\n",
            people(&["ana", "bo"])
        ));
        assert_eq!(wild.assert_converges(&policy).await, 3);
    }
}

#[tokio::test]
async fn endpoints_may_be_relative_or_whole_and_are_never_on_another_host() {
    let endpoints = [
        "/Users",
        "Users",
        "/scim/Users",
        "{url}/Users",
        "https://thief.example/Users",
        "//thief.example/Users",
    ];
    for endpoint in endpoints {
        let url = Arc::new(Mutex::new(String::new()));
        let own = Arc::clone(&url);
        let wild = WildService::with_quirk(&["ana"], &[], move |asked, _| {
            let endpoint = endpoint.replace("{url}", &own.lock().unwrap());
            (asked.path == "/ResourceTypes").then(|| {
                WildAnswer::Json(
                    200,
                    json!([resource_type("User", &endpoint), resource_type("Group", "/Groups")]),
                )
            })
        })
        .await;
        wild.url.clone_into(&mut url.lock().unwrap());
        assert_eq!(wild.read().await.live.0.users.len(), 1, "{endpoint}");
    }
}

#[tokio::test]
async fn service_without_groups_says_so_and_the_rest_is_planned() {
    use seatwise::model::{Section, UnreadReason};
    let only = |asked: &WildRequest, _: &mut WildState| {
        (asked.path == "/ResourceTypes")
            .then(|| WildAnswer::Json(200, list_body(vec![resource_type("User", "/Users")])))
    };
    let wild = WildService::with_quirk(&["ana"], &[], only).await;
    assert_eq!(wild.read().await.unread.get(&Section::Groups), Some(&UnreadReason::Unsupported));
    assert_eq!(wild.assert_converges(&policy(&people(&["ana", "bo"]))).await, 1);
    assert_eq!(wild.count_requests("GET", "/Groups"), 0);
}

#[tokio::test]
async fn creation_without_a_location_or_a_body_is_found_by_name() {
    for headed in [true, false] {
        let wild = WildService::with_quirk(&[], &[], move |asked, state| {
            asked.is_for("POST", "/Users").then(|| {
                state.answer(asked);
                let id = state.users.last().unwrap()["id"].as_str().unwrap().to_owned();
                let headers = if headed {
                    vec![("location", format!("https://elsewhere.example/Users/{id}"))]
                } else {
                    Vec::new()
                };
                WildAnswer::Headed(201, headers, Value::Null)
            })
        })
        .await;
        let policy =
            policy(&format!("{}groups:\n  bridges: {{members: [ana@acme.example]}}\n", people(&["ana"])));
        assert_eq!(wild.assert_converges(&policy).await, 3, "{headed}");
    }
}

#[tokio::test]
async fn service_that_changes_nothing_in_part_is_given_the_whole() {
    for says_so in [true, false] {
        let wild = WildService::with_quirk(&["ana", "bo"], &[("bridges", &["ana"])], move |asked, _| {
            match asked.path.as_str() {
                "/ServiceProviderConfig" => {
                    Some(WildAnswer::Json(200, json!({"patch": {"supported": !says_so}})))
                }
                _ => (asked.method == "PATCH").then(|| refusal(501, "no PATCH here")),
            }
        })
        .await;
        wild.state().users[0].insert("title".into(), "Lead".into());
        let document = "users:\n  ana@acme.example: {first_name: Ana, last_name: Reis, country: DE}\n  \
            bo@acme.example: {first_name: First, last_name: bo, country: PT, state: locked}\n\
            groups:\n  bridges: {members: [bo@acme.example]}\n";
        assert_eq!(wild.assert_converges(&policy(document)).await, 4);
        assert_eq!(wild.count_requests("PATCH", "/") > 0, !says_so);
        assert_eq!(wild.state().users[0]["title"], "Lead", "what is not ours stays");
    }
}
