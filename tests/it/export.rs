//! A live organization as a policy folder.

use std::collections::BTreeMap;

use expect_test::expect;
use granit_parser::{Event, Parser};
use seatwise::model::{
    AccessSetting, Alert, Area, Contact, Contract, FlatMap, Group, GroupKind, Licence, LicenceKind, Live,
    Money, Organization, OwnedLicences, ProductId, Section, Snapshot, UnreadReason, User, UserException,
    UserState,
};
use seatwise::policy::settings::Connector;
use seatwise::render::export::{ExportFolder, export_policy, unified_diff};
use seatwise::render::yaml;

use crate::plan_builder::*;

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

fn small_snapshot() -> Snapshot {
    let mut live = Organization::default();
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
    // A deny names nobody who may.
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
fn diff_between_folders_names_files_that_come_and_go() {
    let old: ExportFolder =
        [("a.yaml".to_owned(), "one\ntwo\n".to_owned()), ("gone.yaml".to_owned(), "x\n".to_owned())].into();
    let new: ExportFolder =
        [("a.yaml".to_owned(), "one\n2\n".to_owned()), ("new.yaml".to_owned(), "y\n".to_owned())].into();
    expect![[r#"
        --- a/a.yaml
        +++ b/a.yaml
        @@ -1,2 +1,2 @@
         one
        -two
        +2
        --- a/gone.yaml
        +++ /dev/null
        @@ -1 +0,0 @@
        -x
        --- /dev/null
        +++ b/new.yaml
        @@ -0,0 +1 @@
        +y
    "#]]
    .assert_eq(&unified_diff(&old, &new));
    assert_eq!(unified_diff(&old, &old), "");
}

/// Pieces that texts are put together from: everything that means something somewhere in YAML.
const PIECES: [&str; 64] = [
    "a",
    "Z",
    "é",
    "名",
    "\u{301}",
    "😀",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "\u{202e}",
    "\u{a0}",
    ":",
    ": ",
    " #",
    "#",
    "-",
    "- ",
    "?",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "\\",
    "\\n",
    "~",
    "null",
    "NO",
    "no",
    "on",
    "true",
    "y",
    "1",
    "0x1F",
    "1.0",
    "1e5",
    ".inf",
    "1_000",
    "12:30:45",
    "2026-01-01",
    "---",
    "...",
    "<<",
    "=",
    "/",
    "(x)",
];

/// A small generator, so that a failure can be replayed: the state of a text is printed with it.
struct RandomTexts(u64);

impl RandomTexts {
    fn number_below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn text(&mut self) -> String {
        let length = self.number_below(7);
        (0..length).map(|_| PIECES[self.number_below(PIECES.len())]).collect()
    }
}

#[test]
fn scalar_is_read_back_as_the_same_string_wherever_it_stands() {
    let mut random = RandomTexts(42);
    let singles = PIECES.iter().map(|piece| (*piece).to_owned());
    let texts: Vec<String> = singles.chain((0..20_000).map(|_| random.text())).collect();
    for text in texts {
        let scalar = yaml::scalar(&text);
        let document = format!(
            "k: {scalar}\nflow: [{scalar}, {{k: {scalar}}}]\n? {scalar}\n: block\nitems:\n  - {scalar}\n  - \
                {scalar}: v\n"
        );
        let events = yaml_strings(&document).unwrap_or_else(|error| panic!("{text:?} as {scalar}: {error}"));
        assert_eq!(
            events.iter().filter(|event| **event == text).count()
                - usize::from(text == "k") * 2
                - usize::from(text == "v"),
            6,
            "{text:?} as {scalar}"
        );
        let value: BTreeMap<String, String> = serde_saphyr::from_str(&format!("{scalar}: {scalar}\n"))
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(value, BTreeMap::from([(text.clone(), text.clone())]));
        // As an untyped value, where a reader decides by itself what a scalar is.
        let value: serde_json::Value = serde_saphyr::from_str(&format!("[{scalar}]")).unwrap();
        assert_eq!(value[0], serde_json::Value::String(text));
    }
}

/// The scalars of a document, as the parser that policies are read with sees them.
fn yaml_strings(document: &str) -> Result<Vec<String>, String> {
    Parser::new_from_str(document)
        .filter_map(|event| match event {
            Ok((Event::Scalar(text, ..), _)) => Some(Ok(text.to_string())),
            Ok(_) => None,
            Err(error) => Some(Err(error.to_string())),
        })
        .collect()
}

#[test]
fn ordinary_names_are_not_quoted() {
    for name in [
        "Ana",
        "Santos Reis",
        "O'Neill",
        "João",
        "ana.silva@acme.example",
        "openroads-designer",
        "SIG Node (leads)",
        "de",
    ] {
        assert_eq!(yaml::scalar(name), name);
    }
    for name in [
        "NO",
        "no",
        "Yes",
        "on",
        "null",
        "~",
        "1.0",
        "2026-01-01",
        "a: b",
        "a #b",
        "",
        " a",
        "a ",
        "-a",
        "Null",
        "y",
        "1e5",
        "@a",
    ] {
        assert!(yaml::scalar(name).starts_with('"'), "{name}");
    }
}

#[test]
fn long_lists_stand_an_item_a_line() {
    let short: ProductId = product("microstation");
    assert_eq!(yaml::list(4, "products", [short.as_str()]), "    products: [microstation]\n");
    let many = yaml::list(4, "products", std::iter::repeat_n("openroads-designer", 6));
    assert_eq!(many.lines().count(), 7);
    assert_eq!(many.lines().nth(1), Some("      - openroads-designer"));
}
