//! The export of a live organization as a policy folder.

use std::collections::BTreeMap;

use expect_test::expect;
use seatwise::model::{
    AccessSetting, Alert, Area, Contact, Contract, FlatMap, Group, GroupKind, Licence, LicenceKind, Live,
    Money, Organization, OwnedLicences, Section, Snapshot, UnreadReason, User, UserException, UserState,
};
use seatwise::policy::settings::Connector;
use seatwise::render::export::{ExportFolder, IdentityPins, export_pinned_policy, export_policy};

use crate::plan_builder::*;
use crate::worlds::law::{for_each_world, load_policy, scope_and_plan};

fn user(address: &str, name: &str, of: &str) -> (seatwise::model::Email, User) {
    let user = User {
        id: None,
        profile: profile(address, name, of),
        state: UserState::Active,
        roles: FlatMap::new(),
        groups: FlatMap::new(),
        exceptions: FlatMap::new(),
        licences: FlatMap::new(),
        checkouts: FlatMap::new(),
    };
    (email(address), user)
}

fn live_group(
    name: &str,
    kind: GroupKind,
    description: &str,
    products: &[&str],
) -> (seatwise::model::GroupName, Group) {
    (group(name), Group { id: None, facts: facts(name, kind, description), products: list(products) })
}

/// Adds people of every state, with everything that a person can have.
fn add_users(live: &mut Organization) {
    let (address, mut ana) = user("ana.silva@acme.example", "Ana Silva", "PT");
    ana.roles = [role("co-administrator"), role("download"), role("bim-viewer")].into_iter().collect();
    ana.groups = [group("bridges"), group("yes")].into_iter().collect();
    ana.exceptions.insert(product("microstation"), UserException::Allow);
    ana.exceptions.insert(product("openroads-designer"), UserException::Deny);
    ana.licences.insert(product("staad-pro"), Licence { assigned: None });
    live.users.insert(address, ana.into());
    let (address, mut ola) = user("ola.nordmann@acme.example", "Ola Null", "NO");
    ola.profile.last_name = "Null".into();
    ola.profile.entitlement_country = Some(country("DE"));
    ola.state = UserState::Locked;
    live.users.insert(address, ola.into());
    let (address, mut odd) = user("1e5@acme.example", "x y", "NO");
    (odd.profile.first_name, odd.profile.last_name) = ("".into(), "".into());
    odd.state = UserState::Invited;
    odd.licences.insert(product("microstation"), Licence { assigned: None });
    live.users.insert(address, odd.into());
    let (address, mut account) = user("account@acme.example", "Account Administrator", "PT");
    account.roles = [role("account-administrator")].into_iter().collect();
    live.users.insert(address, account.into());
    let (address, mut asked) = user("asked@acme.example", "Asked First", "PT");
    asked.state = UserState::Pending;
    live.users.insert(address, asked.into());
}

fn small_snapshot() -> Snapshot {
    let mut live = Organization::default();
    add_users(&mut live);
    live.groups = [
        live_group(
            "bridges",
            GroupKind::Entitlement,
            "Bridge designers: Lisbon # and Porto",
            &["microstation", "openbridge-modeler"],
        ),
        live_group("yes", GroupKind::Allocation, "", &[]),
    ]
    .into();
    live.defaults.insert(country("NO"), AccessSetting::Nobody);
    live.restrictions = [
        ((product("openbridge-modeler"), Area::Everywhere), AccessSetting::Nobody),
        ((product("openroads-designer"), Area::Country(country("DE"))), AccessSetting::Nobody),
        ((product("microstation"), Area::Country(country("NO"))), AccessSetting::Everyone),
    ]
    .into();
    live.alerts.insert((product("microstation"), country("DE")), Alert { above: 10, sign_in_required: true });
    live.contacts.insert(Contact { email: email("finance@acme.example"), area: Area::Everywhere });
    live.contacts.insert(Contact { email: email("finans@acme.example"), area: Area::Country(country("NO")) });
    let mut snapshot = Snapshot { live: Live(live), ..Snapshot::default() };
    snapshot.facts.products = [
        catalogue_entry("microstation", 1017, "MicroStation", LicenceKind::Pooled),
        catalogue_entry("staad-pro", 2345, "STAAD.Pro: Practitioner", LicenceKind::Named),
    ]
    .into();
    let priced = snapshot.facts.products.get_mut("microstation").unwrap();
    priced.list_price = Some("6000.50 EUR".parse::<Money>().unwrap());
    priced.feature = Some("1.0".into());
    snapshot.facts.contracts = vec![Contract {
        name: "E365".into(),
        kind: "e365".into(),
        country: country("DE"),
        revenue: 1.into(),
        expires: None,
        owned: [(product("microstation"), OwnedLicences::Quantity(1))].into(),
    }];
    snapshot
}

fn folder_text(folder: &ExportFolder) -> String {
    folder.iter().map(|(path, text)| format!("==> {path}\n{text}\n")).collect()
}

#[test]
fn organization_is_written_as_grouped_readable_files() {
    expect_test::expect_file!["export/small.txt"].assert_eq(&folder_text(&export_policy(
        &small_snapshot(),
        "acme-engineering",
        &Connector::Sandbox { path: ".seatwise/acme.db".into() },
    )));
}

#[test]
fn every_file_is_yaml_that_others_read_alike() {
    for (path, text) in export_policy(
        &small_snapshot(),
        "acme-engineering",
        &Connector::Sandbox { path: ".seatwise/acme.db".into() },
    ) {
        let value: serde_json::Value =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(value.is_object(), "{path}");
    }
}

#[test]
fn words_that_mean_something_to_yaml_come_back_as_strings() {
    let folder =
        export_policy(&small_snapshot(), "no", &Connector::Sandbox { path: ".seatwise/acme.db".into() });
    let norway: serde_json::Value = serde_saphyr::from_str(&folder["users/no.yaml"]).unwrap();
    assert_eq!(norway["defaults"]["country"], "NO");
    assert_eq!(norway["users"]["ola.nordmann@acme.example"]["last_name"], "Null");
    assert_eq!(norway["users"]["1e5@acme.example"], serde_json::json!({}));
    let settings: serde_json::Value = serde_saphyr::from_str(&folder["seatwise.yaml"]).unwrap();
    assert_eq!(settings["organization"], "no");
    let groups: serde_json::Value = serde_saphyr::from_str(&folder["groups.yaml"]).unwrap();
    assert_eq!(groups["groups"]["yes"]["kind"], "allocation");
    assert_eq!(groups["groups"]["bridges"]["description"], "Bridge designers: Lisbon # and Porto");
}

#[test]
fn closed_product_is_selected_where_somebody_may_and_nobody_where_not() {
    let restrictions = &export_policy(&small_snapshot(), "acme", &Connector::Sandbox { path: "a.db".into() })
        ["restrictions.yaml"];
    assert!(restrictions.contains("{product: openbridge-modeler, allow: selected}"));
    // An entry that denies a product lists no people who may use the product.
    assert!(restrictions.contains("{product: openroads-designer, country: DE, allow: nobody}"));
}

#[test]
fn section_that_was_not_read_is_only_observed() {
    let mut snapshot = small_snapshot();
    snapshot.live.0.alerts.clear();
    snapshot.unread.insert(Section::Alerts, UnreadReason::Unsupported);
    let folder = export_policy(&snapshot, "acme", &Connector::Sandbox { path: "a.db".into() });
    assert!(folder["seatwise.yaml"].contains("  alerts: observe"));
    assert!(!folder.contains_key("alerts.yaml"));
    assert!(folder["seatwise.yaml"].contains("  restrictions: exact"));
}

#[test]
fn empty_organization_is_spelled_out() {
    let folder = export_policy(&Snapshot::default(), "acme", &Connector::Sandbox { path: "a.db".into() });
    assert!(folder["users.yaml"].ends_with("\nusers: {}\n"));
    assert!(folder["groups.yaml"].ends_with("\ngroups: {}\n"));
    assert!(!folder.contains_key("contacts.yaml"));
}

#[test]
fn many_groups_are_split_by_family_and_none_is_lost() {
    let mut snapshot = Snapshot::default();
    let names = (0..450)
        .map(|number| format!("sig-{number}"))
        .chain((0..20).map(|number| format!("sig-node-{number}")))
        .chain((0..9).map(|number| format!("others {number}")))
        .chain((0..30).map(|number| format!("Bridges {number}")))
        .chain((0..3).map(|number| format!("rare{number}")))
        .chain(["ünique".to_owned(), "others".to_owned(), "con".to_owned()]);
    snapshot.live.0.groups = names.map(|name| live_group(&name, GroupKind::Other, "", &[])).collect();
    let folder = export_policy(&snapshot, "acme", &Connector::Sandbox { path: "a.db".into() });
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, text) in folder.iter().filter(|(path, _)| path.starts_with("groups/")) {
        let value: serde_json::Value = serde_saphyr::from_str(text).unwrap();
        files.insert(path, value["groups"].as_object().unwrap().len());
    }
    expect![[r#"
        {
            "groups/bridges.yaml": 30,
            "groups/more-others.yaml": 5,
            "groups/others.yaml": 10,
            "groups/sig-node.yaml": 20,
            "groups/sig-others-part1.yaml": 200,
            "groups/sig-others-part2.yaml": 200,
            "groups/sig-others-part3.yaml": 50,
        }
    "#]]
    .assert_debug_eq(&files);
}

#[test]
fn same_organization_is_written_with_the_same_bytes() {
    assert_eq!(
        export_policy(&small_snapshot(), "acme", &Connector::Sandbox { path: "a.db".into() }),
        export_policy(&small_snapshot(), "acme", &Connector::Sandbox { path: "a.db".into() })
    );
}

#[test]
fn export_of_an_organization_plans_empty_on_it() {
    for_each_world(2000, |world| {
        // Every other world pins people and groups by their identities.
        let pins = if world.seed % 2 == 0 { IdentityPins::All } else { IdentityPins::Absent };
        let folder = export_pinned_policy(
            &world.snapshot(),
            "firm",
            &seatwise::policy::settings::Connector::Sandbox { path: ".seatwise/firm.db".into() },
            &pins,
        );
        let files: Vec<(String, String)> = folder.into_iter().collect();
        let (scoped, plan) = scope_and_plan(&load_policy(&files), world.snapshot());
        assert_eq!(scoped.clashes, []);
        assert_eq!(
            plan.steps,
            [],
            "{}",
            files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect::<String>()
        );
    });
}
