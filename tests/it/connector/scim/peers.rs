//! SCIM services of other authors: the connector creates, changes, renames and removes people and groups in
//! each, and each quirk of a service has its own test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use seatwise::policy::settings::Connector;
use seatwise::render::export::export_policy;
use serde_json::{Value, json};

use super::*;
use crate::folders::repository_path;

const TOKEN: &str = "a-token-of-the-peers";

/// A running service of another author.
struct Peer {
    child: Child,
    url: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder in which `tests/ci/scim-peers.sh` installs the services.
fn peers_folder() -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository_path("target"), Into::into);
    target.join("scim-peers")
}

impl Peer {
    /// Starts a service that prints its address first; `None` where the service is not installed.
    fn start(mut command: Command, name: &str) -> Option<Self> {
        let running = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = running else { return report_absent(name) };
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let peer = Self { child, url: url.trim().to_owned() };
        if peer.url.is_empty() { report_absent(name) } else { Some(peer) }
    }

    fn start_scim2() -> Option<Self> {
        let mut python = Command::new(peers_folder().join("venv/bin/python"));
        python.arg(repository_path("tests/peers/scim2.py")).args(["--bearer-token", TOKEN]);
        Self::start(python, "scim2-server")
    }

    fn start_scimmy() -> Option<Self> {
        let folder = peers_folder();
        if !folder.join("node_modules/scimmy").is_dir() {
            return report_absent("scimmy");
        }
        // Node looks for modules beside the file that imports them.
        let program = folder.join("scimmy.mjs");
        std::fs::copy(repository_path("tests/peers/scimmy.mjs"), &program).unwrap();
        let mut node = Command::new("node");
        node.arg(program).arg(TOKEN);
        Self::start(node, "scimmy")
    }

    fn scim(&self) -> ScimConnector {
        connect_scim(&self.url, TOKEN)
    }

    /// Sends a request as any other client does. Returns the status and the body.
    async fn ask(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let request = crate::sandbox::serve::bare_client()
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(TOKEN);
        let request = request.header("content-type", "application/scim+json");
        let response =
            if body.is_null() { request.send().await } else { request.body(body.to_string()).send().await };
        let response = response.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }
}

fn report_absent(name: &str) -> Option<Peer> {
    #[expect(clippy::print_stdout, reason = "whoever looks should see that nothing was looked at")]
    let () = println!("{name} is not installed (tests/ci/scim-peers.sh does it): nothing was asked of it");
    None
}

/// The policy in `document`.
fn policy(document: &str) -> Policy {
    let folder = tempfile::tempdir().unwrap();
    let settings = "version: 1\norganization: peers\nconnector: {kind: scim}\n\
        manage: {users: exact, groups: exact, memberships: exact, roles: exact, assignments: exact}\n";
    std::fs::write(folder.path().join("seatwise.yaml"), settings).unwrap();
    std::fs::write(folder.path().join("people.yaml"), document).unwrap();
    crate::folders::policy(folder.path(), moment(NOW), &Interner::default())
}

const FIRST: &str = "
defaults: {country: PT}
users:
  ana@acme.example: \
      {first_name: Ana, last_name: Silva, groups: [bridges, roads], roles: [co-administrator, download]}
  bo@acme.example: \
      {first_name: Bo, last_name: Costa, groups: [bridges], products: [microstation, staad-pro], deny: [openroads]}
  cy@acme.example: {first_name: Cy, last_name: Dias, state: locked}
  di@acme.example: {first_name: Di, last_name: Faro, groups: [roads], roles: [download]}
groups:
  bridges: {}
  roads: {}
products:
  microstation: {number: 1017, name: MicroStation}
  openroads: {number: 2210, name: OpenRoads Designer}
  staad-pro: {number: 2345, name: STAAD.Pro, licence: named}
";

const THEN: &str = "
users:
  ana.reis@acme.example:
    {formerly: ana@acme.example, first_name: Ana, last_name: Silva Reis, country: DE, groups: [structures], roles: [co-administrator]}
  bo@acme.example: \
      {first_name: Robert, last_name: Costa, country: PT, groups: [structures], products: [openroads], deny: [microstation]}
  cy@acme.example: {first_name: Cy, last_name: Dias, country: PT, state: active, groups: [roads]}
  flo@acme.example: \
      {first_name: Flo, last_name: Hora, country: NO, groups: [roads, structures], products: [staad-pro]}
groups:
  structures: {formerly: bridges}
  roads: {}
products:
  microstation: {number: 1017, name: MicroStation}
  openroads: {number: 2210, name: OpenRoads Designer}
  staad-pro: {number: 2345, name: STAAD.Pro, licence: named}
";

/// The last policy: two people are left, and no group.
const LAST: &str = "
defaults: {country: NO}
users:
  ana.reis@acme.example: {first_name: Ana, last_name: Silva Reis, country: DE, roles: [co-administrator]}
  flo@acme.example: {first_name: Flo, last_name: Hora}
groups: {}
";

/// Checks that planning an exported policy gives an empty plan.
async fn assert_exports(scim: &ScimConnector) {
    let folder = export_policy(&read_live(scim).await, "peers", &Connector::Scim);
    let written = tempfile::tempdir().unwrap();
    for (path, text) in &folder {
        let path = written.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let exported = crate::folders::policy(written.path(), moment(NOW), &Interner::default());
    assert!(!exported.users.is_empty());
    assert_eq!(make_plan(&exported, read_live(scim).await).steps, [], "what was exported is what is there");
}

async fn check_life_cycle(peer: &Peer, name: &str) {
    let scim = peer.scim();
    let first = apply_policy(&scim, &policy(FIRST)).await;
    assert_exports(&scim).await;
    let then = apply_policy(&scim, &policy(THEN)).await;
    assert_exports(&scim).await;
    let live = read_live(&peer.scim()).await.live.0;
    let members = |group: &str| {
        live.users.values().filter(|user| user.groups.keys().any(|name| name.as_str() == group)).count()
    };
    assert_eq!((live.users.len(), live.groups.len(), members("structures"), members("roads")), (4, 2, 3, 2));
    let last = apply_policy(&peer.scim(), &policy(LAST)).await;
    let left = read_live(&peer.scim()).await.live.0;
    assert_eq!((left.users.len(), left.groups.len()), (2, 0));
    assert_exports(&scim).await;
    #[expect(clippy::print_stdout, reason = "how much was done belongs to what was shown")]
    let () = println!("{name}: {first} steps, then {then}, then {last}, each with nothing left to do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_groups_live_and_go_in_scim2_server() {
    if let Some(peer) = Peer::start_scim2() {
        check_life_cycle(&peer, "scim2-server").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_groups_live_and_go_in_scimmy() {
    if let Some(peer) = Peer::start_scimmy() {
        check_life_cycle(&peer, "scimmy").await;
    }
}

/// Creates a user and a group that the policies of these tests declare, as another client does. Returns their
/// identities.
async fn create_user_and_group(peer: &Peer, user_name: &str) -> (String, String) {
    let post = async |path: &str, body: Value| {
        let (status, made) = peer.ask(reqwest::Method::POST, path, body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name,
        "name": {"givenName": "Bo", "familyName": "Costa"},
        "addresses": [{"type": "work", "country": "PT"}], "active": true,
    });
    let user = post("/Users", user).await;
    let group = post(
        "/Groups",
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "bridges"}),
    )
    .await;
    (user, group)
}

const BO: &str = "users:\n  bo@acme.example: \
    {first_name: Bo, last_name: Costa, country: PT, groups: [bridges]}\ngroups:\n  bridges: {}\n";

async fn send_patch(peer: &Peer, path: &str, operations: Value) -> (u16, Value) {
    let body =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    peer.ask(reqwest::Method::PATCH, path, body).await
}

/// Another client adds a member to the group that is no user of the service.
async fn check_stranger_is_no_difference(peer: &Peer) {
    let (user, group) = create_user_and_group(peer, "bo@acme.example").await;
    let members = json!([{"op": "add", "path": "members", "value": [{"value": user}, {"value": "nobody"}]}]);
    let (status, said) = send_patch(peer, &format!("/Groups/{group}"), members).await;
    assert!((200..300).contains(&status), "the service takes whoever is named: {said}");
    let (_, shown) = peer.ask(reqwest::Method::GET, &format!("/Groups/{group}"), Value::Null).await;
    assert_eq!(shown["members"].as_array().unwrap().len(), 2, "and shows them");
    assert_eq!(make_plan(&policy(BO), read_live(&peer.scim()).await).steps, []);
}

#[tokio::test]
async fn member_who_is_nobody_in_scim2_server_is_no_difference() {
    if let Some(peer) = Peer::start_scim2() {
        check_stranger_is_no_difference(&peer).await;
    }
}

#[tokio::test]
async fn member_who_is_nobody_in_scimmy_is_no_difference() {
    if let Some(peer) = Peer::start_scimmy() {
        check_stranger_is_no_difference(&peer).await;
    }
}

#[tokio::test]
async fn patch_that_scim2_server_answers_with_nothing_is_read_back() {
    let Some(peer) = Peer::start_scim2() else { return };
    let (user, _) = create_user_and_group(&peer, "bo@acme.example").await;
    let (status, said) = send_patch(
        &peer,
        &format!("/Users/{user}"),
        json!([{"op": "replace", "path": "title", "value": "Lead"}]),
    )
    .await;
    assert_eq!((status, said), (204, Value::Null));
    assert_eq!(
        apply_policy(&peer.scim(), &policy(&BO.replace("first_name: Bo", "first_name: Robert"))).await,
        2
    );
}

#[tokio::test]
async fn version_that_scim2_server_minds_does_not_stop_steps_about_one_group() {
    let Some(peer) = Peer::start_scim2() else { return };
    let (_, group) = create_user_and_group(&peer, "bo@acme.example").await;
    let (_, config) = peer.ask(reqwest::Method::GET, "/ServiceProviderConfig", Value::Null).await;
    assert_eq!(config["etag"]["supported"], true);
    let (_, shown) = peer.ask(reqwest::Method::GET, &format!("/Groups/{group}"), Value::Null).await;
    assert!(shown["meta"]["version"].is_string());
    let more: String = (1..=8)
        .map(|n| {
            format!("  u{n}@acme.example: {{first_name: U, last_name: N, country: PT, groups: [bridges]}}\n")
        })
        .collect();
    assert_eq!(
        apply_policy(
            &peer.scim(),
            &policy(&BO.replace("groups:\n  bridges", &format!("{more}groups:\n  bridges")))
        )
        .await,
        17
    );
}

#[tokio::test]
async fn rows_that_scimmy_gives_again_past_the_end_end_the_list() {
    let Some(peer) = Peer::start_scimmy() else { return };
    create_user_and_group(&peer, "bo@acme.example").await;
    let (_, past) = peer.ask(reqwest::Method::GET, "/Users?startIndex=9&count=3", Value::Null).await;
    assert_eq!(
        (&past["totalResults"], past["Resources"].as_array().unwrap().len()),
        (&json!(1), 1),
        "the first row again"
    );
    let snapshot = read_live(&peer.scim()).await;
    assert_eq!((snapshot.live.0.users.len(), snapshot.unread.len()), (1, 5), "{:?}", snapshot.unread);
}

#[tokio::test]
async fn name_whose_case_scimmy_minds_in_filters_is_not_created_twice() {
    let Some(peer) = Peer::start_scimmy() else { return };
    let scim = peer.scim();
    let plan =
        approve_reviewed(make_plan(&policy(&BO.replace(", groups: [bridges]", "")), read_live(&scim).await));
    create_user_and_group(&peer, "Bo@Acme.example").await;
    let filter = "/Users?filter=userName%20eq%20%22bo@acme.example%22";
    assert_eq!(
        peer.ask(reqwest::Method::GET, filter, Value::Null).await.1["totalResults"],
        0,
        "the filter does not find him"
    );
    let outcome = run_plan(&scim, &plan, "case").await;
    assert_eq!(outcome.fates, [StepFate::Already, StepFate::Already]);
    assert_eq!(make_plan(&policy(&BO.replace(", groups: [bridges]", "")), read_live(&scim).await).steps, []);
}

#[tokio::test]
async fn addresses_that_scimmy_gives_without_a_host_are_understood() {
    let Some(peer) = Peer::start_scimmy() else { return };
    let (_, types) = peer.ask(reqwest::Method::GET, "/ResourceTypes", Value::Null).await;
    assert_eq!(types["Resources"][0]["meta"]["location"], "/scim/ResourceTypes/User");
    assert_eq!(apply_policy(&peer.scim(), &policy(BO)).await, 3);
}

#[tokio::test]
async fn member_whom_scimmy_keeps_after_removal_is_no_difference() {
    let Some(peer) = Peer::start_scimmy() else { return };
    let (user, group) = create_user_and_group(&peer, "bo@acme.example").await;
    let (_, other) = peer
        .ask(
            reqwest::Method::POST,
            "/Users",
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "cy"}),
        )
        .await;
    let members =
        json!([{"op": "add", "path": "members", "value": [{"value": user}, {"value": other["id"]}]}]);
    assert_eq!(send_patch(&peer, &format!("/Groups/{group}"), members).await.0, 200);
    let (status, _) = peer
        .ask(reqwest::Method::DELETE, &format!("/Users/{}", other["id"].as_str().unwrap()), Value::Null)
        .await;
    let (_, shown) = peer.ask(reqwest::Method::GET, &format!("/Groups/{group}"), Value::Null).await;
    assert_eq!(
        (status, shown["members"].as_array().unwrap().len()),
        (204, 2),
        "who is gone is still a member"
    );
    assert_eq!(make_plan(&policy(BO), read_live(&peer.scim()).await).steps, []);
}
