//! Groups and their members (points 2, 3, 6 and 10 of SCIM in the wild).

use std::collections::BTreeSet;

use seatwise::model::{Section, UnreadReason};

use super::*;

fn bridges_policy(members: &[&str], of: &[&str]) -> Policy {
    let members: Vec<String> = members.iter().map(|name| format!("{name}@acme.example")).collect();
    policy(&format!("{}groups:\n  bridges: {{members: [{}]}}\n", people(of), members.join(", ")))
}

const TWO: [&str; 2] = ["ana", "bo"];

/// The answer without the members of groups.
fn answer_hiding_members(asked: &WildRequest, state: &mut WildState) -> WildAnswer {
    let WildAnswer::Json(status, mut body) = state.answer(asked) else {
        return WildAnswer::Text(204, "", String::new());
    };
    let rows: Vec<&mut Value> = match body.get_mut("Resources") {
        Some(rows) => rows.as_array_mut().unwrap().iter_mut().collect(),
        None => vec![&mut body],
    };
    rows.into_iter().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("members")));
    WildAnswer::Json(status, body)
}

const HIDDEN: &str = "the service does not show who is in a group";

#[tokio::test]
async fn members_that_are_never_shown_are_unknown_and_not_none() {
    let wild = WildService::with_quirk(&TWO, &[("bridges", &["ana"])], |asked, state| {
        asked.path.starts_with("/Groups").then(|| answer_hiding_members(asked, state))
    })
    .await;
    let scim = wild.scim();
    let plan = approve_reviewed(make_plan(&bridges_policy(&TWO, &TWO), read_live(&scim).await));
    assert_eq!(plan.plan().steps.len(), 2);
    let outcome = run_plan(&scim, &plan, "hidden").await;
    for fate in &outcome.fates {
        let StepFate::Failed(why) = fate else { panic!("{:?}", outcome.fates) };
        assert_eq!(&**why, "the service accepts members and shows none: who is in bridges cannot be known");
    }
    assert_eq!(wild.count_requests("PATCH", "/Groups"), 1, "one is tried, and the others are not");
    let unread = read_live(&scim).await.unread;
    assert_eq!(unread.get(&Section::Memberships), Some(&UnreadReason::Failed(HIDDEN.into())));
}

#[tokio::test]
async fn members_that_only_users_speak_of_make_memberships_unread() {
    let wild = WildService::with_quirk(&TWO, &[("bridges", &["ana"])], |asked, state| {
        asked.path.starts_with("/Groups").then(|| answer_hiding_members(asked, state))
    })
    .await;
    wild.state().users[0].insert("groups".into(), json!([{"value": "g3"}]));
    let snapshot = wild.read().await;
    assert_eq!(snapshot.unread.get(&Section::Memberships), Some(&UnreadReason::Failed(HIDDEN.into())));
    assert_eq!(make_plan(&bridges_policy(&[], &TWO), snapshot).steps, []);
}

#[tokio::test]
async fn members_that_a_schema_keeps_to_itself_make_memberships_unread() {
    let wild =
        WildService::with_quirk(&TWO, &[("bridges", &["ana"])], |asked, state| match asked.path.as_str() {
            "/Schemas" => {
                let mut schemas = schemas();
                schemas[1]["attributes"][1]["returned"] = "never".into();
                Some(WildAnswer::Json(200, list_body(schemas)))
            }
            path if path.starts_with("/Groups") => Some(answer_hiding_members(asked, state)),
            _ => None,
        })
        .await;
    assert_eq!(
        wild.read().await.unread.get(&Section::Memberships),
        Some(&UnreadReason::Failed(HIDDEN.into()))
    );
}

#[tokio::test]
async fn members_that_lists_leave_out_are_read_group_by_group() {
    let lists = |asked: &WildRequest, state: &mut WildState| {
        (asked.path == "/Groups" && asked.method == "GET").then(|| answer_hiding_members(asked, state))
    };
    let wild = WildService::with_quirk(&TWO, &[("bridges", &["ana"]), ("roads", &["bo"])], lists).await;
    let snapshot = wild.read().await;
    let groups: Vec<usize> = snapshot.live.0.users.values().map(|user| user.groups.len()).collect();
    assert_eq!((groups, snapshot.unread.get(&Section::Memberships)), (vec![1, 1], None));
}

/// The PATCH operations that were sent to groups.
fn operations(wild: &WildService) -> Vec<Value> {
    let state = wild.state();
    let patches =
        state.log.iter().filter(|(method, path, _)| method == "PATCH" && path.starts_with("/Groups"));
    patches.flat_map(|(_, _, body)| body["Operations"].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn members_come_and_go_by_name_so_that_a_service_that_merges_does_no_harm() {
    // In this service `replace` adds, and `remove` without a filter does nothing; the service answers 204 to
    // both.
    let wild =
        WildService::with_quirk(&["ana", "bo", "cy"], &[("bridges", &["ana", "bo"])], |asked, state| {
            let is_named = |operation: &Value| {
                operation["op"] == "add" || operation["path"].as_str().unwrap().contains('[')
            };
            asked.is_for("PATCH", "/Groups/").then(|| {
                if asked.body["Operations"].as_array().unwrap().iter().all(is_named) {
                    state.answer(asked);
                }
                WildAnswer::Text(204, "", String::new())
            })
        })
        .await;
    assert_eq!(wild.assert_converges(&bridges_policy(&["bo", "cy"], &["ana", "bo", "cy"])).await, 2);
    assert!(
        operations(&wild).iter().all(|operation| operation["op"] != "replace"),
        "{:?}",
        operations(&wild)
    );
}

#[tokio::test]
async fn member_who_does_not_go_by_a_filter_goes_by_value() {
    for said in [204, 400, 501] {
        let wild = WildService::with_quirk(&TWO, &[("bridges", &TWO)], move |asked, _| {
            let by_filter = asked.is_for("PATCH", "/Groups/")
                && asked.body["Operations"][0]["path"].as_str().unwrap().contains('[');
            by_filter.then(|| {
                if said == 204 {
                    WildAnswer::Text(204, "", String::new())
                } else {
                    refusal(said, "no such path")
                }
            })
        })
        .await;
        assert_eq!(wild.assert_converges(&bridges_policy(&["ana"], &TWO)).await, 1, "{said}");
    }
}

#[tokio::test]
async fn member_who_does_not_go_at_all_is_told() {
    let stays = |asked: &WildRequest, _: &mut WildState| {
        asked.is_for("PATCH", "/Groups/").then(|| WildAnswer::Text(204, "", String::new()))
    };
    let wild = WildService::with_quirk(&TWO, &[("bridges", &TWO)], stays).await;
    assert_eq!(
        wild.failure_reason(&bridges_policy(&["ana"], &TWO)).await,
        "the service accepted it, and shows members as before"
    );
    assert_eq!(wild.count_requests("PATCH", "/Groups"), 2, "each way is tried once");
}

/// The names of the users whom the connector reads as members of the one group.
async fn read_members(member: impl Fn(&WildState) -> Value) -> BTreeSet<String> {
    let wild = WildService::without_quirk(&TWO, &[("bridges", &[])]).await;
    let member = member(&wild.state());
    wild.state().groups[0].insert("members".into(), member);
    let snapshot = wild.read().await;
    assert!(!snapshot.unread.contains_key(&Section::Memberships));
    let users = snapshot.live.0.users.values().filter(|user| !user.groups.is_empty());
    users.map(|user| user.profile.email.as_str().split('@').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn member_is_joined_by_address_then_identity_then_name() {
    let ana = BTreeSet::from(["ana".to_owned()]);
    assert_eq!(read_members(|_| json!([{"value": "Ana@acme.example"}])).await, ana, "a name");
    assert_eq!(read_members(|state| json!([{"value": state.id_of("ana")}])).await, ana, "an identity");
    assert_eq!(read_members(|state| json!([state.id_of("ana")])).await, ana, "an identity alone");
    let both = |state: &WildState| {
        json!([{"value": "bo@acme.example",
        "$ref": format!("https://x.example/Users/{}", state.id_of("ana"))}])
    };
    assert_eq!(read_members(both).await, ana, "an address comes first");
    assert_eq!(read_members(|_| json!({"value": "ana@acme.example"})).await, ana, "one that is in no list");
}

#[tokio::test]
async fn member_who_is_called_by_name_is_taken_out_by_that_name() {
    let wild = WildService::without_quirk(&TWO, &[("bridges", &[])]).await;
    wild.state().groups[0]
        .insert("members".into(), json!([{"value": "ana@acme.example"}, {"value": "bo@acme.example"}]));
    assert_eq!(wild.assert_converges(&bridges_policy(&["ana"], &TWO)).await, 1);
    assert_eq!(wild.state().groups[0]["members"], json!([{"value": "ana@acme.example"}]));
}

#[tokio::test]
async fn identity_that_stays_the_old_name_after_a_rename_is_still_the_identity() {
    let wild = WildService::without_quirk(&["ana"], &[("bridges", &[])]).await;
    wild.state().users[0].insert("id".into(), "ana@acme.example".into());
    wild.state().groups[0].insert("members".into(), json!([{"value": "ana@acme.example"}]));
    let renamed = "users:\n  ana.reis@acme.example: \
        {formerly: ana@acme.example, first_name: First, last_name: ana, country: PT}\n\
         groups:\n  bridges: {members: [ana.reis@acme.example]}\n";
    assert_eq!(wild.assert_converges(&policy(renamed)).await, 1);
    assert_eq!(wild.state().users[0]["id"], "ana@acme.example");
    assert_eq!(wild.assert_converges(&policy(&renamed.replace("[ana.reis@acme.example]", "[]"))).await, 1);
    assert_eq!(wild.state().groups[0]["members"], json!([]));
}

#[tokio::test]
async fn members_who_are_nobody_or_come_twice_are_no_error_and_no_difference() {
    let wild = WildService::without_quirk(&TWO, &[("bridges", &[])]).await;
    let odd =
        json!([{"value": "u1"}, {"value": "u1"}, {"value": "u99"}, {"value": "g7", "type": "Group"}, {}]);
    wild.state().groups[0].insert("members".into(), odd);
    assert_eq!(make_plan(&bridges_policy(&["ana"], &TWO), wild.read().await).steps, []);
    assert_eq!(wild.assert_converges(&bridges_policy(&[], &TWO)).await, 1);
}
