//! People: names that stay taken, that appear twice or that differ in case; values and attributes (points 4,
//! 7, 11, 15 and 16 of SCIM in the wild).

use seatwise::change::WithheldSubject;
use seatwise::model::{Section, UnreadReason, UserState};

use super::*;

/// Switches a user off.
fn switch_off(state: &mut WildState, path: &str) -> WildAnswer {
    let id = path.rsplit('/').next().unwrap();
    let user = state.users.iter_mut().find(|user| user["id"] == id).unwrap();
    user.insert("active".into(), false.into());
    WildAnswer::Text(204, "", String::new())
}

fn policy_with_leaver(name: &str) -> Policy {
    policy(&format!("{}  {name}@acme.example: {{state: removed}}\n", people(&["ana"])))
}

#[tokio::test]
async fn deletion_that_only_switches_off_is_told_and_not_believed() {
    let wild = WildService::with_quirk(&["ana", "bo"], &[], |asked, state| {
        asked.is_for("DELETE", "/Users/").then(|| switch_off(state, &asked.path))
    })
    .await;
    let why = wild.failure_reason(&policy_with_leaver("bo")).await;
    assert_eq!(
        why,
        "the service keeps bo@acme.example, switched off, and says to have removed them: declare `state: \
            locked`"
    );
    assert_eq!(wild.count_requests("DELETE", "/Users"), 1);
    let locked = policy(&format!("{}{}", people(&["ana"]), declared_person("bo", ", state: locked")));
    assert_eq!(make_plan(&locked, wild.read().await).steps, [], "what it advises leaves nothing to do");
}

#[tokio::test]
async fn person_whose_name_stays_taken_after_removal_is_found_and_switched_on_again() {
    // A user who is switched off is in no list, but the filter finds the user by name and the name stays
    // taken.
    let wild = WildService::with_quirk(&["ana", "bo"], &[], |asked, state| {
        if asked.is_for("DELETE", "/Users/") {
            return Some(switch_off(state, &asked.path));
        }
        let on = |user: &&WildObject| user["active"] == true;
        let lists = asked.method == "GET" && asked.path == "/Users" && !asked.query.contains_key("filter");
        if lists {
            let shown: Vec<WildObject> = state.users.iter().filter(on).cloned().collect();
            return Some(page_answer(&shown, asked.query_number("startIndex").unwrap(), 100));
        }
        let is_gone = asked.method == "GET"
            && state.log.iter().rev().nth(1).is_some_and(|(method, ..)| method == "DELETE");
        is_gone.then(|| refusal(404, "gone"))
    })
    .await;
    assert_eq!(wild.assert_converges(&policy_with_leaver("bo")).await, 1, "removed, as far as it shows");
    let again =
        policy(&format!("{}{}", people(&["ana"]), declared_person("bo", "").replace("First", "Robert")));
    assert_eq!(wild.assert_converges(&again).await, 1);
    assert_eq!(wild.count_requests("POST", "/Users"), 0, "nobody is created beside the one who is there");
    let state = wild.state();
    assert_eq!(
        (&state.users[1]["active"], &state.users[1]["name"]["givenName"]),
        (&true.into(), &"Robert".into())
    );
}

#[tokio::test]
async fn name_that_is_taken_by_nobody_who_is_shown_is_told() {
    let wild = WildService::with_quirk(&["ana"], &[], |asked, _| {
        asked.is_for("POST", "/Users").then(|| refusal(409, "taken"))
    })
    .await;
    let why = wild.failure_reason(&policy(&people(&["ana", "bo"]))).await;
    assert_eq!(why, "taken (409); whom it belongs to is not shown");
}

#[tokio::test]
async fn name_that_two_have_makes_users_unread_and_stops_the_step_that_meets_it() {
    let wild = WildService::without_quirk(&["ana", "bo"], &[]).await;
    wild.state().create_user("bo").insert("userName".into(), "BO@acme.example".into());
    let snapshot = wild.read().await;
    let why =
        UnreadReason::Failed("two users are called bo@acme.example, with the identities u2 and u3".into());
    assert_eq!(snapshot.unread.get(&Section::Users), Some(&why));
    assert_eq!(make_plan(&policy(&people(&["ana", "bo"])), snapshot).steps, []);

    let wild = WildService::without_quirk(&["ana"], &[]).await;
    let scim = wild.scim();
    let plan = approve_reviewed(make_plan(&policy(&people(&["ana", "bo"])), read_live(&scim).await));
    wild.state().create_user("bo");
    wild.state().create_user("bo");
    let outcome = run_plan(&scim, &plan, "twice").await;
    let StepFate::Failed(why) = &outcome.fates[0] else { panic!("{:?}", outcome.fates) };
    assert_eq!(&**why, "2 are called bo@acme.example, and which is meant cannot be said");
    assert_eq!(wild.user_names().len(), 3);
}

#[tokio::test]
async fn group_name_that_two_have_makes_groups_unread() {
    let wild = WildService::without_quirk(&["ana"], &[("bridges", &[]), ("bridges", &["ana"])]).await;
    let unread = wild.read().await.unread;
    let why = UnreadReason::Failed("two groups are called bridges, with the identities g2 and g3".into());
    assert_eq!(unread.get(&Section::Groups), Some(&why));
    assert!(unread.contains_key(&Section::Memberships));
}

#[tokio::test]
async fn name_in_another_case_is_the_same_person_whatever_the_filter_thinks() {
    let exact = |asked: &WildRequest, state: &mut WildState| {
        let wanted = asked.query.get("filter")?.split('"').nth(1).unwrap();
        assert_eq!(wanted, wanted.to_lowercase(), "it is asked for in one case");
        Some(page_answer(
            &state.users.iter().filter(|user| user["userName"] == wanted).cloned().collect::<Vec<_>>(),
            1,
            100,
        ))
    };
    let wild = WildService::with_quirk(&["ana"], &[], exact).await;
    wild.state().users[0].insert("userName".into(), "Ana@ACME.example".into());
    assert_eq!(make_plan(&policy(&people(&["ana"])), wild.read().await).steps, []);

    // Another client creates Bo meanwhile: the filter does not find him, and the service refuses a second
    // user of that name.
    let wild = WildService::with_quirk(&["ana"], &[], exact).await;
    let scim = wild.scim();
    let plan = approve_reviewed(make_plan(&policy(&people(&["ana", "bo"])), read_live(&scim).await));
    wild.state().create_user("bo").insert("userName".into(), "Bo@ACME.example".into());
    let outcome = run_plan(&scim, &plan, "case").await;
    assert_eq!(outcome.fates, [StepFate::Already]);
    assert_eq!(wild.user_names().len(), 2);
}

#[tokio::test]
async fn booleans_that_are_texts_are_understood() {
    let wild = WildService::without_quirk(&["ana", "bo", "cy"], &[]).await;
    for (at, word) in [(0, "True"), (1, "False"), (2, "true")] {
        wild.state().users[at].insert("active".into(), word.into());
    }
    let states: Vec<UserState> = wild.read().await.live.0.users.values().map(|user| user.state).collect();
    assert_eq!(states, [UserState::Active, UserState::Locked, UserState::Active]);
}

/// The schemas, with the given parts of attributes required.
fn schemas_requiring(wanted: [(usize, &str, &str); 2]) -> Vec<Value> {
    let mut schemas = schemas();
    for (schema, name, part) in wanted {
        let attributes = schemas[schema]["attributes"].as_array_mut().unwrap();
        let parts = attributes.iter_mut().find(|known| known["name"] == name).unwrap()["subAttributes"]
            .as_array_mut()
            .unwrap();
        parts.iter_mut().find(|known| known["name"] == part).unwrap()["required"] = true.into();
    }
    schemas
}

#[tokio::test]
async fn null_is_never_sent_and_what_a_service_insists_on_is() {
    let wild = WildService::with_quirk(&[], &[], |asked, state| {
        if asked.path == "/Schemas" {
            return Some(WildAnswer::Json(
                200,
                list_body(schemas_requiring([(0, "name", "formatted"), (1, "members", "$ref")])),
            ));
        }
        let has_null =
            asked.method != "GET" && asked.method != "DELETE" && asked.body.to_string().contains("null");
        let lacks_name =
            asked.is_for("POST", "/Users") && asked.body["name"]["formatted"].as_str() != Some("First ana");
        let member = &asked.body["Operations"][0]["value"][0];
        let lacks_address = asked.is_for("PATCH", "/Groups/")
            && !member["$ref"].as_str().is_some_and(|at| at.ends_with(&state.id_of("ana")));
        (has_null || lacks_name || lacks_address).then(|| refusal(400, "something is missing"))
    })
    .await;
    let steps = wild
        .assert_converges(&policy(&format!(
            "{}groups:\n  bridges: {{members: [ana@acme.example]}}\n",
            people(&["ana"])
        )))
        .await;
    assert_eq!(steps, 3);
}

#[tokio::test]
async fn groups_whose_names_look_the_same_are_not_believed() {
    let (composed, decomposed) = ("Jos\u{e9}", "Jose\u{301}");
    let wild = WildService::without_quirk(&[], &[(composed, &[]), (decomposed, &[])]).await;
    let snapshot = wild.read().await;
    assert!(snapshot.unread.contains_key(&Section::Groups), "{:?}", snapshot.unread);
    let same = policy(&format!("users: {{}}\ngroups:\n  {composed}: {{}}\n"));
    assert_eq!(make_plan(&same, snapshot).steps, []);
}

#[tokio::test]
async fn attribute_that_the_service_does_not_know_is_not_sent_and_its_difference_is_withheld() {
    let wild = WildService::with_quirk(&[], &[], |asked, _| match asked.path.as_str() {
        "/Schemas" => {
            let mut schemas = schemas();
            schemas[0]["attributes"]
                .as_array_mut()
                .unwrap()
                .retain(|known| known["name"] != "addresses" && known["name"] != "emails");
            Some(WildAnswer::Json(200, list_body(schemas)))
        }
        _ if asked.body.get("addresses").is_some() || asked.body.get("emails").is_some() => {
            Some(refusal(400, "no such attribute"))
        }
        _ => None,
    })
    .await;
    let policy = policy(&people(&["ana"]));
    assert_eq!(wild.assert_converges(&policy).await, 1);
    let withheld = make_plan(&policy, wild.read().await).withheld;
    assert!(
        withheld.iter().any(|held| matches!(held.what, WithheldSubject::Change(_))),
        "the country is withheld: {withheld:?}"
    );
}

#[tokio::test]
async fn attribute_that_a_silent_service_drops_is_not_asked_for_again_and_again() {
    let wild = WildService::with_quirk(&[], &[], |asked, state| {
        if asked.path == "/Schemas" {
            return Some(refusal(404, "no schemas"));
        }
        asked.is_for("POST", "/Users").then(|| {
            state.answer(asked);
            let made = state.users.last_mut().unwrap();
            made.remove("addresses");
            WildAnswer::Json(201, made.clone().into())
        })
    })
    .await;
    let policy = policy(&people(&["ana"]));
    assert_eq!(wild.assert_converges(&policy).await, 1);
    assert_eq!(wild.count_requests("PATCH", "/Users"), 0);
}
