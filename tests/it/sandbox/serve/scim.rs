//! SCIM 2.0 as the sandbox serves it, to any client.

use reqwest::Method;
use seatwise::wire::TokenScope;
use serde_json::json;

use super::*;

const STANDARD: &str = "/scim/v2";

const BENTLEY: &str = "/scim/bentley";

impl ServedSandbox {
    async fn send_scim(&self, method: Method, path: &str, body: Value) -> ServiceAnswer {
        self.ask(method, path, |request| {
            request.header("content-type", "application/scim+json").body(body.to_string())
        })
        .await
    }

    async fn patch(&self, path: &str, operations: Value) -> ServiceAnswer {
        let body =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        self.send_scim(Method::PATCH, path, body).await
    }

    /// Creates a user of the standard profile, and returns the path of the user.
    async fn create_person(&self, name: &str) -> String {
        let body = json!({
            "userName": name, "name": {"givenName": "Ana", "familyName": "Silva"},
            "addresses": [{"type": "work", "country": "PT"}],
        });
        let told = self.send_scim(Method::POST, "/scim/v2/Users", body).await;
        assert_eq!(told.status, 201, "{}", told.body);
        format!("{STANDARD}/Users/{}", told.body["id"].as_str().unwrap())
    }

    async fn create_group(&self, name: &str) -> String {
        let told = self.send_scim(Method::POST, "/scim/v2/Groups", json!({"displayName": name})).await;
        assert_eq!(told.status, 201, "{}", told.body);
        format!("{STANDARD}/Groups/{}", told.body["id"].as_str().unwrap())
    }

    async fn find_names(&self, profile: &str, list: &str, filter: &str) -> Vec<String> {
        let query = serde_urlencoded::to_string([("filter", filter), ("count", "1000")]).unwrap();
        let told = self.get(&format!("{profile}/{list}?{query}")).await;
        assert_eq!(told.status, 200, "{filter}: {}", told.body);
        let name = if list == "Users" { "userName" } else { "displayName" };
        told.body["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[name].as_str().unwrap().to_owned())
            .collect()
    }
}

impl ServiceAnswer {
    #[track_caller]
    fn assert_scim_error(&self, status: u16, scim_type: Option<&str>) {
        assert_eq!(
            (self.status, self.body["status"].as_str()),
            (status, Some(&*status.to_string())),
            "{}",
            self.body
        );
        assert_eq!(
            (self.body["scimType"].as_str(), self.header("content-type")),
            (scim_type, "application/scim+json"),
            "{}",
            self.body
        );
    }
}

fn id_of_path(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn people_of_the_organization_are_resources_in_pages_of_any_size() {
    let served = ServedSandbox::with_firm(60).await;
    let truth: Vec<String> = served.truth().live.0.users.keys().map(ToString::to_string).collect();
    for profile in [STANDARD, BENTLEY] {
        for count in [7, 1000] {
            let (mut names, mut start) = (Vec::new(), 1);
            loop {
                let told = served.get(&format!("{profile}/Users?startIndex={start}&count={count}")).await;
                assert_eq!((told.status, &told.body["totalResults"]), (200, &json!(truth.len())));
                let page = told.body["Resources"].as_array().unwrap();
                if page.is_empty() {
                    break;
                }
                start += page.len();
                names.extend(page.iter().map(|user| user["userName"].as_str().unwrap().to_owned()));
            }
            names.sort();
            assert_eq!(names, truth, "{profile} by {count}");
        }
    }
}

#[tokio::test]
async fn memberships_told_by_groups_are_those_of_the_organization() {
    let served = ServedSandbox::with_firm(60).await;
    let told = served.get("/scim/v2/Groups?count=1000").await;
    let members = |group: &Value| group["members"].as_array().map_or(0, Vec::len);
    let told: usize = told.body["Resources"].as_array().unwrap().iter().map(members).sum();
    let truth: usize = served.truth().live.0.users.values().map(|user| user.groups.len()).sum();
    assert!(told == truth && truth > 0, "{told} of {truth}");
}

#[tokio::test]
async fn filter_means_what_the_rfc_says_and_one_that_cannot_be_read_is_refused() {
    let served = ServedSandbox::with_firm(3).await;
    served.create_person("Ana@acme.example").await;
    let bo = served.create_person("bo@acme.example").await;
    served
        .patch(
            &bo,
            json!([{"op": "replace", "path": "active", "value": false}, {"op": "add",
        "path": "title", "value": "Engineer"}]),
        )
        .await;
    let bo = vec!["bo@acme.example".to_owned()];
    for filter in [
        r#"userName eq "BO@acme.example""#,
        r#"title sw "eng" and active eq false"#,
        "active eq false",
        r#"not (active eq true) and title pr"#,
        r#"addresses[type eq "work" and country eq "pt"] and title co "GINEE""#,
        r#"name.familyName eq "silva" and urn:ietf:params:scim:schemas:core:2.0:User:title ew "r""#,
    ] {
        assert_eq!(served.find_names(STANDARD, "Users", filter).await, bo, "{filter}");
    }
    assert_eq!(served.find_names(STANDARD, "Users", r#"userName eq "nobody""#).await, Vec::<String>::new());
    let deep = format!("{}active eq true{}", "not (".repeat(5000), ")".repeat(5000));
    for filter in [
        "userName",
        "userName eq",
        "unknown eq 1",
        "emails[unknown eq 1]",
        "not (active eq true",
        &deep[..4000],
    ] {
        let query = serde_urlencoded::to_string([("filter", filter)]).unwrap();
        served.get(&format!("{STANDARD}/Users?{query}")).await.assert_scim_error(400, Some("invalidFilter"));
    }
}

#[tokio::test]
async fn patch_changes_what_its_paths_name_or_nothing() {
    let served = ServedSandbox::with_firm(3).await;
    let ana = served.create_person("ana@acme.example").await;
    let told = served
        .patch(
            &ana,
            json!([
                {"op": "Replace", "path": "name.familyName", "value": "Silva Reis"},
                {"op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+351 1"},
                {"op": "add", "path": "roles", "value": [{"value": "beta"}, {"value": "download"}]},
                {"op": "replace", "value": {"title": "Lead"}},
            ]),
        )
        .await;
    assert_eq!((told.status, &told.body["name"]["familyName"]), (200, &json!("Silva Reis")), "{}", told.body);
    assert_eq!(told.body["phoneNumbers"], json!([{"type": "work", "value": "+351 1"}]));
    assert_eq!((told.body["roles"].as_array().unwrap().len(), &told.body["title"]), (2, &json!("Lead")));
    let half = served
        .patch(
            &ana,
            json!([{"op": "replace", "path": "title", "value": "None"}, {"op": "add",
        "path": "shoe", "value": 4}]),
        )
        .await;
    half.assert_scim_error(400, Some("invalidPath"));
    served
        .patch(&ana, json!([{"op": "replace", "path": "id", "value": "x"}]))
        .await
        .assert_scim_error(400, Some("mutability"));
    served.patch(&ana, json!([{"op": "remove"}])).await.assert_scim_error(400, Some("noTarget"));
    // `beta` needs `download`: the organization's invariants hold over SCIM as well.
    served
        .patch(&ana, json!([{"op": "remove", "path": "roles[value eq \"download\"]"}]))
        .await
        .assert_scim_error(400, Some("invalidValue"));
    let after = served.get(&ana).await;
    assert_eq!((&after.body["title"], after.body["roles"].as_array().unwrap().len()), (&json!("Lead"), 2));
}

#[tokio::test]
async fn members_come_and_go_one_by_one_and_a_stranger_is_refused() {
    let served = ServedSandbox::with_firm(3).await;
    let (ana, bo, field) = (
        served.create_person("ana@acme.example").await,
        served.create_person("bo@acme.example").await,
        served.create_group("Field").await,
    );
    let add = |path: &str| json!([{"op": "add", "path": "members", "value": [{"value": id_of_path(path)}]}]);
    for path in [&ana, &bo, &ana] {
        assert_eq!(served.patch(&field, add(path)).await.status, 204);
    }
    let members = async || served.get(&field).await.body["members"].as_array().map_or(0, Vec::len);
    assert_eq!(members().await, 2);
    served.patch(&field, add("u-999")).await.assert_scim_error(400, Some("invalidValue"));
    let gone = format!("members[value eq \"{}\"]", id_of_path(&ana));
    assert_eq!(served.patch(&field, json!([{"op": "remove", "path": gone}])).await.status, 204);
    assert_eq!(members().await, 1);
    assert_eq!(served.get(&bo).await.body["groups"][0]["display"], "Field");
}

#[tokio::test]
async fn name_belongs_to_one_and_who_is_deleted_is_gone_with_all_that_was_theirs() {
    let served = ServedSandbox::with_firm(3).await;
    let (ana, field) = (served.create_person("ana@acme.example").await, served.create_group("Field").await);
    served
        .send_scim(Method::POST, "/scim/v2/Users", json!({"userName": "ANA@acme.example"}))
        .await
        .assert_scim_error(409, Some("uniqueness"));
    served
        .send_scim(Method::POST, "/scim/v2/Groups", json!({"displayName": "Field"}))
        .await
        .assert_scim_error(409, Some("uniqueness"));
    served
        .patch(&field, json!([{"op": "add", "path": "members", "value": [{"value": id_of_path(&ana)}]}]))
        .await;
    let entitled = json!([{"op": "add", "path": "entitlements", "value": [{"value": "microstation",
        "type": "denied"}]}]);
    assert_eq!(served.patch(&ana, entitled).await.status, 200);
    assert_eq!(served.ask(Method::DELETE, &ana, |request| request).await.status, 204);
    served.get(&ana).await.assert_scim_error(404, None);
    assert!(served.get(&field).await.body.get("members").is_none());
    assert_ne!(served.create_person("ana@acme.example").await, ana, "an identity is never used again");
}

#[tokio::test]
async fn version_that_is_not_the_one_asked_for_stops_a_write() {
    let served = ServedSandbox::with_firm(3).await;
    let ana = served.create_person("ana@acme.example").await;
    let tag = served.get(&ana).await.header("etag").to_owned();
    assert_eq!(
        served.ask(Method::GET, &ana, |request| request.header("if-none-match", &tag)).await.status,
        304
    );
    served.patch(&ana, json!([{"op": "add", "path": "title", "value": "Lead"}])).await;
    served
        .ask(Method::DELETE, &ana, |request| request.header("if-match", &tag))
        .await
        .assert_scim_error(412, None);
    let now = served.get(&ana).await;
    assert_eq!(now.body["meta"]["version"], now.header("etag"));
    assert_eq!(
        served
            .ask(Method::DELETE, &ana, |request| request.header("if-match", now.header("etag")))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn person_who_was_made_elsewhere_can_be_changed_over_the_bentley_profile() {
    let served = ServedSandbox::with_firm(3).await;
    let told = served.get(&format!("{BENTLEY}/Users?count=1")).await;
    let id = told.body["Resources"][0]["id"].as_str().unwrap();
    let named = served
        .patch(
            &format!("{BENTLEY}/Users/{id}"),
            json!([{"op": "replace", "path": "name.givenName", "value": "Else"}]),
        )
        .await;
    assert_eq!((named.status, &named.body["name"]["givenName"]), (200, &json!("Else")), "{}", named.body);
}

#[tokio::test]
async fn bentley_profile_has_its_attributes_and_no_others() {
    let served = ServedSandbox::with_firm(20).await;
    let user = json!({
        "userName": "ana@acme.example", "title": "Lead", "preferredLanguage": "pt-PT", "externalId": "x-1",
        "name": {"givenName": "Ana", "familyName": "Silva"}, "emails": [{"type": "work",
            "value": "ana@acme.example"}],
        "phoneNumbers": [{"type": "work", "value": "1"}], "addresses": [{"type": "work", "country": "PT",
            "locality": "Lisboa"}],
    });
    let told = served.send_scim(Method::POST, "/scim/bentley/Users", user.clone()).await;
    assert_eq!(told.status, 201, "{}", told.body);
    for (name, value) in user.as_object().unwrap() {
        assert_eq!(&told.body[name], value, "{name}");
    }
    for missing in ["active", "roles", "entitlements", "groups"] {
        assert!(told.body.get(missing).is_none(), "{missing}");
        let path = format!("{BENTLEY}/Users/{}", told.body["id"].as_str().unwrap());
        let sent = served.patch(&path, json!([{"op": "add", "path": missing, "value": true}]));
        sent.await.assert_scim_error(400, Some("invalidPath"));
    }
    let path = format!("{BENTLEY}/Users/{}", told.body["id"].as_str().unwrap());
    let soft = "urn:ietf:params:scim:schemas:extension:Bentley:2.0:User";
    let off = served
        .patch(&path, json!([{"op": "replace", "path": format!("{soft}:isSoftDeleted"), "value": "True"}]))
        .await;
    assert_eq!((off.status, &off.body[soft]["isSoftDeleted"]), (200, &json!("True")), "{}", off.body);
    assert_eq!(
        served.find_names(BENTLEY, "Users", r#"userName eq "ana@acme.example""#).await,
        ["ana@acme.example"]
    );
    for filter in ["title pr", r#"userName sw "a""#, r#"userName eq "a" or userName eq "b""#] {
        let query = serde_urlencoded::to_string([("filter", filter)]).unwrap();
        served.get(&format!("{BENTLEY}/Users?{query}")).await.assert_scim_error(400, Some("invalidFilter"));
    }
    served
        .send_scim(Method::POST, "/scim/bentley/Users", json!({"userName": "no address"}))
        .await
        .assert_scim_error(400, Some("invalidValue"));
}

#[tokio::test]
async fn tokens_limits_and_faults_stand_before_scim_too_and_are_told_in_its_words() {
    let served = ServedSandbox::with_firm(3).await;
    ServiceAnswer::send(bare_client().get(format!("{}/scim/v2/Users", served.url)))
        .await
        .assert_scim_error(401, None);
    let reading = served.token(&[TokenScope::Read]);
    let write = bare_client()
        .post(format!("{}/scim/v2/Users", served.url))
        .bearer_auth(&reading)
        .header("content-type", "application/scim+json");
    ServiceAnswer::send(write.body("{}")).await.assert_scim_error(403, None);
    let search = bare_client()
        .post(format!("{}/scim/v2/Users/.search", served.url))
        .bearer_auth(&reading)
        .header("content-type", "application/scim+json");
    let found =
        ServiceAnswer::send(search.body(json!({"filter": "active eq true", "count": 1}).to_string())).await;
    assert_eq!((found.status, found.body["Resources"].as_array().unwrap().len()), (200, 1), "{}", found.body);
    served.get("/scim/v2/nothing").await.assert_scim_error(404, None);
    let faults = fault_script(
        json!({"faults": [{"fault": "throttle", "on": "reads", "at": [1]}, {"fault": "ignore_filter",
            "on": "reads", "at": [2]}]}),
    );
    let odd = ServedSandbox::with_quirks(firm(3), ServiceQuirks { faults, ..ServiceQuirks::default() }).await;
    odd.get("/scim/v2/Users").await.assert_scim_error(429, None);
    assert!(
        !odd.find_names(STANDARD, "Users", r#"userName eq "nobody""#).await.is_empty(),
        "everything comes"
    );
}

#[tokio::test]
async fn filters_and_paths_nested_deeper_than_a_stack_are_refused() {
    let served = ServedSandbox::with_firm(3).await;
    let person = served.create_person("deep@acme.example").await;
    let deep = |around: usize| format!("{}userName pr{}", "not (".repeat(around), ")".repeat(around));
    let search = |filter: String| {
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": filter})
    };
    let told = served.send_scim(Method::POST, "/scim/v2/Users/.search", search(deep(8))).await;
    assert_eq!(told.status, 200, "{}", told.body);
    served
        .send_scim(Method::POST, "/scim/v2/Users/.search", search(deep(100_000)))
        .await
        .assert_scim_error(400, Some("invalidFilter"));
    let path = format!("emails[{}type pr{}].value", "not (".repeat(100_000), ")".repeat(100_000));
    served
        .patch(&person, json!([{"op": "replace", "path": path, "value": "a@b.example"}]))
        .await
        .assert_scim_error(400, Some("invalidPath"));
}
