//! A SCIM service that follows the standard except for the one quirk of a test.

mod group_steps;
mod list;
mod step_writer;
mod transport;
mod user_steps;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Given};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::*;

type WildObject = Map<String, Value>;

/// A request in its parts.
struct WildRequest {
    method: String,
    /// Such as `/Users` or `/Users/7`.
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl WildRequest {
    fn is_for(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path.starts_with(path)
    }

    fn query_number(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }
}

/// An answer of the service, or a broken connection.
enum WildAnswer {
    Json(u16, Value),
    /// Status, media type, text.
    Text(u16, &'static str, String),
    /// Status, headers, JSON body.
    Headed(u16, Vec<(&'static str, String)>, Value),
    /// The connection breaks.
    Broken,
}

/// The resources of the service, and the requests it has received.
#[derive(Default)]
struct WildState {
    users: Vec<WildObject>,
    groups: Vec<WildObject>,
    made: u32,
    /// Method, path, body.
    log: Vec<(String, String, Value)>,
}

type Quirk = Box<dyn Fn(&WildRequest, &mut WildState) -> Option<WildAnswer> + Send + Sync>;

struct WildService {
    url: String,
    state: Arc<Mutex<WildState>>,
}

struct WildBackend {
    state: Arc<Mutex<WildState>>,
    quirk: Quirk,
}

impl WildService {
    /// A service with people (by userName), groups (by displayName, with the names of their members) and a
    /// quirk.
    async fn with_quirk(
        people: &[&str],
        groups: &[(&str, &[&str])],
        quirk: impl Fn(&WildRequest, &mut WildState) -> Option<WildAnswer> + Send + Sync + 'static,
    ) -> Self {
        let mut state = WildState::default();
        for name in people {
            state.create_user(name);
        }
        for (name, members) in groups {
            let members = members.iter().map(|name| json!({"value": state.id_of(name)})).collect::<Vec<_>>();
            state.made += 1;
            let group = json!({"id": format!("g{}", state.made), "displayName": name, "members": members});
            state.groups.push(group.as_object().unwrap().clone());
        }
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/scim", listener.local_addr().unwrap());
        let kept = Arc::new(WildBackend { state: Arc::clone(&state), quirk: Box::new(quirk) });
        let router = axum::Router::new().fallback(answer_request).with_state(kept);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// A service without a quirk.
    async fn without_quirk(people: &[&str], groups: &[(&str, &[&str])]) -> Self {
        Self::with_quirk(people, groups, |_, _| None).await
    }

    fn scim(&self) -> ScimConnector {
        connect_scim(&self.url, "t0ken")
    }

    fn state(&self) -> MutexGuard<'_, WildState> {
        self.state.lock().unwrap()
    }

    async fn read(&self) -> Snapshot {
        read_live(&self.scim()).await
    }

    /// Plans the policy and carries out the plan. Returns the plan and the outcome of the run.
    async fn apply(&self, policy: &Policy) -> (Approved, RunOutcome) {
        let scim = self.scim();
        let plan = approve_reviewed(make_plan(policy, read_live(&scim).await));
        let outcome = run_plan(&scim, &plan, "wild").await;
        (plan, outcome)
    }

    /// Applies the policy; every step takes effect and a second plan is empty. Returns the number of steps.
    async fn assert_converges(&self, policy: &Policy) -> usize {
        apply_policy(&self.scim(), policy).await
    }

    /// Applies the policy, of which exactly one step fails. Returns the reason of the failure.
    async fn failure_reason(&self, policy: &Policy) -> String {
        let (plan, outcome) = self.apply(policy).await;
        let failed: Vec<_> = outcome
            .fates
            .iter()
            .filter_map(|fate| match fate {
                StepFate::Failed(why) | StepFate::FailedInPart(why) => Some(why.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(failed.len(), 1, "{:?}", plan.plan().steps.iter().zip(&outcome.fates).collect::<Vec<_>>());
        failed.into_iter().next().unwrap()
    }

    /// The number of requests with this method and with a path that begins with `path`.
    fn count_requests(&self, method: &str, path: &str) -> usize {
        self.state().log.iter().filter(|(asked, at, _)| asked == method && at.starts_with(path)).count()
    }

    fn user_names(&self) -> Vec<String> {
        self.state().users.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
    }
}

/// The policy in `document`, with every relation managed exactly.
fn policy(document: &str) -> Policy {
    let folder = tempfile::tempdir().unwrap();
    let settings = "version: 1\norganization: wild\nconnector: {kind: scim}\nmanage: \
        {users: exact, groups: exact, memberships: exact, roles: exact}\n";
    std::fs::write(folder.path().join("seatwise.yaml"), settings).unwrap();
    std::fs::write(folder.path().join("people.yaml"), document).unwrap();
    crate::folders::policy(folder.path(), moment(NOW), &Interner::default())
}

/// A person in a policy, with the same attributes as a user of [`WildState::create_user`].
fn declared_person(name: &str, more: &str) -> String {
    format!("  {name}@acme.example: {{first_name: First, last_name: {name}, country: PT{more}}}\n")
}

fn people(names: &[&str]) -> String {
    format!("users:\n{}", names.iter().map(|name| declared_person(name, "")).collect::<String>())
}

impl WildState {
    /// Creates a user with the attributes that the policy declares.
    fn create_user(&mut self, name: &str) -> &mut WildObject {
        self.made += 1;
        let user = json!({
            "id": format!("u{}", self.made), "userName": format!("{name}@acme.example"), "active": true,
            "name": {"givenName": "First", "familyName": name}, "addresses": [{"type": "work",
                "country": "PT"}],
            "meta": {"resourceType": "User", "version": "W/\"1\""},
        });
        self.users.push(user.as_object().unwrap().clone());
        self.users.last_mut().unwrap()
    }

    fn id_of(&self, name: &str) -> String {
        let user = self.users.iter().find(|user| user["userName"] == format!("{name}@acme.example")).unwrap();
        user["id"].as_str().unwrap().to_owned()
    }

    fn resources(&mut self, path: &str) -> &mut Vec<WildObject> {
        if path.starts_with("/Users") { &mut self.users } else { &mut self.groups }
    }

    /// The answer of a service without a quirk.
    fn answer(&mut self, asked: &WildRequest) -> WildAnswer {
        let at = asked.path.split('/').nth(2).map(str::to_owned);
        let found = at
            .as_ref()
            .and_then(|id| self.resources(&asked.path).iter().position(|one| one["id"] == id.as_str()));
        match (asked.method.as_str(), at, found) {
            ("GET", None, _) if asked.path == "/ServiceProviderConfig" => WildAnswer::Json(
                200,
                json!({"patch": {"supported": true}, "filter": {"supported": true, "maxResults": 1000},
                    "etag": {"supported": true}}),
            ),
            ("GET", None, _) if asked.path == "/ResourceTypes" => WildAnswer::Json(
                200,
                list_body(vec![resource_type("User", "/Users"), resource_type("Group", "/Groups")]),
            ),
            ("GET", None, _) if asked.path == "/Schemas" => WildAnswer::Json(200, list_body(schemas())),
            _ if !asked.path.starts_with("/Users") && !asked.path.starts_with("/Groups") => {
                refusal(404, "no such endpoint")
            }
            ("GET", None, _) => self.search(asked),
            ("POST", None, _) => self.create(asked),
            (_, Some(_), None) => refusal(404, "no such resource"),
            ("GET", Some(_), Some(at)) => {
                WildAnswer::Json(200, self.resources(&asked.path)[at].clone().into())
            }
            ("PUT", Some(id), Some(at)) => {
                let mut body = asked.body.as_object().unwrap().clone();
                body.insert("id".into(), id.into());
                self.resources(&asked.path)[at] = body;
                WildAnswer::Json(200, self.resources(&asked.path)[at].clone().into())
            }
            ("PATCH", Some(_), Some(at)) => {
                let one = &mut self.resources(&asked.path)[at];
                for operation in asked.body["Operations"].as_array().unwrap() {
                    if let Err(why) = apply_operation(one, operation) {
                        return refusal(400, &why);
                    }
                }
                WildAnswer::Json(200, one.clone().into())
            }
            ("DELETE", Some(_), Some(at)) => {
                self.resources(&asked.path).remove(at);
                WildAnswer::Text(204, "", String::new())
            }
            _ => refusal(405, "no such method"),
        }
    }

    /// A page of the resources that match the filter of the request.
    fn search(&mut self, asked: &WildRequest) -> WildAnswer {
        let mut found = self.resources(&asked.path).clone();
        if let Some(filter) = asked.query.get("filter") {
            let (name, wanted) = filter.split_once(" eq ").unwrap();
            let wanted: String = serde_json::from_str(wanted).unwrap();
            found.retain(|one| one[name].as_str().unwrap().eq_ignore_ascii_case(&wanted));
        }
        page_answer(
            &found,
            asked.query_number("startIndex").unwrap_or(1),
            asked.query_number("count").unwrap_or(100),
        )
    }

    fn create(&mut self, asked: &WildRequest) -> WildAnswer {
        let mut body = asked.body.as_object().unwrap().clone();
        let name = if asked.path == "/Users" { "userName" } else { "displayName" };
        let is_same =
            |one: &WildObject| one[name].as_str().unwrap().eq_ignore_ascii_case(body[name].as_str().unwrap());
        if self.resources(&asked.path).iter().any(is_same) {
            let body = json!({"status": "409", "scimType": "uniqueness", "detail": format!("{} is taken",
                body[name])});
            return WildAnswer::Json(409, body);
        }
        self.made += 1;
        body.insert(
            "id".into(),
            format!("{}{}", if name == "userName" { "u" } else { "g" }, self.made).into(),
        );
        self.resources(&asked.path).push(body.clone());
        WildAnswer::Json(201, body.into())
    }
}

fn page_answer(found: &[WildObject], start: usize, count: usize) -> WildAnswer {
    let rows: Vec<Value> = found.iter().skip(start - 1).take(count).cloned().map(Value::from).collect();
    WildAnswer::Json(
        200,
        json!({"totalResults": found.len(), "startIndex": start, "itemsPerPage": rows.len(),
            "Resources": rows}),
    )
}

fn list_body(rows: Vec<Value>) -> Value {
    json!({"totalResults": rows.len(), "Resources": rows})
}

fn resource_type(name: &str, endpoint: &str) -> Value {
    json!({"id": name, "name": name, "endpoint": endpoint,
        "schema": format!("urn:ietf:params:scim:schemas:core:2.0:{name}")})
}

/// The schemas have names, the active flag, addresses and groups, but no roles and no entitlements.
fn schemas() -> Vec<Value> {
    let attribute = |name: &str, parts: &[&str]| {
        let parts: Vec<Value> =
            parts.iter().map(|part| json!({"name": part, "mutability": "readWrite"})).collect();
        json!({"name": name, "mutability": "readWrite", "subAttributes": parts})
    };
    let user = [
        attribute("userName", &[]),
        attribute("name", &["givenName", "familyName", "formatted"]),
        attribute("active", &[]),
        attribute("emails", &["value", "type", "primary"]),
        attribute("addresses", &["country", "type"]),
    ];
    let group = [attribute("displayName", &[]), attribute("members", &["value", "$ref", "type"])];
    let schema = |name: &str, attributes: Value| {
        json!({"id": format!("urn:ietf:params:scim:schemas:core:2.0:{name}"),
        "attributes": attributes})
    };
    vec![schema("User", json!(user)), schema("Group", json!(group))]
}

fn refusal(status: u16, detail: &str) -> WildAnswer {
    WildAnswer::Json(status, json!({"status": status.to_string(), "detail": detail}))
}

/// Applies one operation of a PATCH, which must have a path.
fn apply_operation(one: &mut WildObject, operation: &Value) -> Result<(), String> {
    let (op, value) = (operation["op"].as_str().unwrap(), operation["value"].clone());
    let path = operation["path"].as_str().ok_or("an operation without a path")?;
    if let Some((list, filter)) = path.split_once('[') {
        let wanted: Value =
            serde_json::from_str(filter.trim_end_matches(']').trim_start_matches("value eq "))
                .map_err(|error| error.to_string())?;
        one[list].as_array_mut().ok_or("no such list")?.retain(|known| known["value"] != wanted);
        return Ok(());
    }
    let (name, within) = match path.split_once('.') {
        Some((name, part)) => (part, one.entry(name).or_insert(json!({})).as_object_mut().unwrap()),
        None => (path, one),
    };
    match (op, within.get_mut(name), value) {
        ("add", Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
        ("add" | "replace", _, value) => drop(within.insert(name.to_owned(), value)),
        ("remove", Some(Value::Array(known)), Value::Array(gone)) => {
            known.retain(|one| !gone.iter().any(|gone| gone["value"] == one["value"]))
        }
        ("remove", _, _) => drop(within.remove(name)),
        _ => return Err(format!("no such operation: {op}")),
    }
    Ok(())
}

async fn answer_request(Given(kept): Given<Arc<WildBackend>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let query =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let decoded = url::form_urlencoded::parse(format!("at={}", parts.uri.path()).as_bytes())
        .next()
        .unwrap()
        .1
        .into_owned();
    let path = decoded.strip_prefix("/scim").unwrap_or(&decoded).to_owned();
    let asked = WildRequest {
        method: parts.method.to_string(),
        path,
        query,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let said = {
        let mut state = kept.state.lock().unwrap();
        state.log.push((asked.method.clone(), asked.path.clone(), asked.body.clone()));
        (kept.quirk)(&asked, &mut state).unwrap_or_else(|| state.answer(&asked))
    };
    let with = |status: u16, kind: &str, body: String| {
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        (status, [("content-type", kind.to_owned())], body).into_response()
    };
    match said {
        WildAnswer::Json(status, body) => with(status, "application/scim+json", body.to_string()),
        WildAnswer::Text(status, kind, body) => with(status, kind, body),
        WildAnswer::Headed(status, headers, body) => {
            let mut response = with(
                status,
                "application/scim+json",
                if body.is_null() { String::new() } else { body.to_string() },
            );
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        WildAnswer::Broken => {
            let breaks = futures_util::stream::once(async {
                Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            });
            Body::from_stream(breaks).into_response()
        }
    }
}
