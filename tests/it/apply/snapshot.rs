//! The snapshot of a run: its frozen format, and the refusal of files that are cut or foreign.

use expect_test::expect;
use seatwise::apply::snapshot::{SnapshotError, read_snapshot, write_snapshot};
use seatwise::model::{
    AccessSetting, Alert, Area, Checkout, Contact, Contract, Group, GroupFacts, GroupKind, Interner, Licence,
    LicenceKind, Live, LiveId, Organization, OrganizationFacts, OwnedLicences, Product, Profile, Section,
    Snapshot, UnreadReason, User, UserException, UserState,
};

use super::*;

/// A user with everything that a user can have.
fn full_user() -> User {
    User {
        id: Some(LiveId::new("u-1").unwrap()),
        profile: Profile {
            last_name: "Si\"lva\n".into(),
            entitlement_country: Some(country("DE")),
            ..profile("ana")
        },
        state: UserState::Locked,
        roles: [role("beta"), role("download")].into_iter().collect(),
        groups: [group("bridges")].into_iter().collect(),
        exceptions: [(product("cad"), UserException::Allow), (product("gis"), UserException::Deny)]
            .into_iter()
            .collect(),
        licences: [
            (product("staad"), Licence { assigned: Some(time()) }),
            (product("tekla"), Licence { assigned: None }),
        ]
        .into_iter()
        .collect(),
        checkouts: [Checkout { product: product("cad"), machine: "PC-7".into(), expires: time() }]
            .into_iter()
            .collect(),
    }
}

/// A snapshot with a value in every field.
fn full_snapshot() -> Snapshot {
    let mut live = Organization::default();
    live.users.insert(email("ana"), full_user().into());
    live.users.insert(email("new"), step_effect::bare_user(profile("old")).into());
    let facts = GroupFacts {
        name: group("bridges"),
        kind: GroupKind::Entitlement,
        country: Some(country("DE")),
        description: "Brücken".into(),
    };
    let bridges = Group {
        id: Some(LiveId::new("g-1").unwrap()),
        facts,
        products: [product("cad")].into_iter().collect(),
    };
    live.groups.insert(group("bridges"), bridges);
    live.groups.insert(
        group("plain"),
        Group { id: None, facts: super::facts("plain"), products: Default::default() },
    );
    live.defaults.insert(country("DE"), AccessSetting::Nobody);
    live.restrictions.insert((product("cad"), Area::Everywhere), AccessSetting::Nobody);
    live.restrictions.insert((product("cad"), Area::Country(country("US"))), AccessSetting::Everyone);
    live.alerts.insert((product("cad"), country("DE")), Alert { above: 10, sign_in_required: true });
    live.contacts.insert(Contact { email: email("finance"), area: Area::Everywhere });
    live.contacts.insert(Contact { email: email("kasse"), area: Area::Country(country("DE")) });
    Snapshot {
        live: Live(live),
        facts: sample_facts(),
        unread: [
            (Section::Alerts, UnreadReason::Unsupported),
            (Section::Checkouts, UnreadReason::Failed("a page was short".into())),
        ]
        .into_iter()
        .collect(),
        requests: 4,
        ..Snapshot::default()
    }
}

fn sample_facts() -> OrganizationFacts {
    let cad = Product {
        number: Some(1017),
        feature: Some("advanced".into()),
        name: "CAD".into(),
        licence: LicenceKind::Named,
        list_price: Some("6000.50 EUR".parse().unwrap()),
    };
    let bare = Product {
        number: None,
        feature: None,
        name: "".into(),
        licence: LicenceKind::Pooled,
        list_price: None,
    };
    let contract = Contract {
        name: "C-1".into(),
        kind: "e365".into(),
        country: country("DE"),
        revenue: "1234.5".parse().unwrap(),
        expires: Some("2027-01-31".parse().unwrap()),
        owned: [(product("cad"), OwnedLicences::Quantity(3)), (product("gis"), OwnedLicences::Unlimited)]
            .into_iter()
            .collect(),
    };
    OrganizationFacts {
        products: [(product("cad"), cad), (product("gis"), bare)].into_iter().collect(),
        contracts: vec![contract],
        federated: true,
        acting: Some(email("seatwise")),
        ..OrganizationFacts::default()
    }
}

fn bytes(snapshot: &Snapshot) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_snapshot(snapshot, &mut bytes).unwrap();
    bytes
}

#[test]
fn snapshot_is_read_as_it_was_written() {
    let snapshot = full_snapshot();
    let again = read_snapshot(&bytes(&snapshot), &Interner::default()).unwrap();
    assert_eq!(
        (&again.live, &again.facts, &again.unread, again.requests),
        (&snapshot.live, &snapshot.facts, &snapshot.unread, 4)
    );
    let assigned = |snapshot: &Snapshot| {
        snapshot.live.0.users[&email("ana")]
            .licences
            .iter()
            .map(|(_, held)| held.assigned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        assigned(&again),
        assigned(&snapshot),
        "licences are equal whenever assigned, so this is compared apart"
    );
}

#[test]
fn snapshot_format_is_frozen() {
    let text = String::from_utf8(bytes(&full_snapshot())).unwrap();
    expect![[r#"
        {"format":1,"users":2,"requests":4,"federated":true,"acting":"seatwise@acme.example","unread":{"alerts":null,"checkouts":"a page was short"},"products":{"cad":{"number":1017,"feature":"advanced","name":"CAD","licence":"named","list_price":"6000.50 EUR"},"gis":{"name":"","licence":"pooled"}},"contracts":[{"name":"C-1","kind":"e365","country":"DE","revenue":"1234.5","expires":"2027-01-31","owned":{"cad":3,"gis":null}}],"groups":{"bridges":{"id":"g-1","name":"bridges","kind":"entitlement","country":"DE","description":"Brücken","products":["cad"]},"plain":{"name":"plain","kind":"other"}},"defaults":{"DE":"nobody"},"restrictions":[["cad",null,"nobody"],["cad","US","everyone"]],"alerts":[{"product":"cad","country":"DE","above":10,"sign_in_required":true}],"contacts":[["finance@acme.example",null],["kasse@acme.example","DE"]]}
        {"key":"ana@acme.example","id":"u-1","email":"ana@acme.example","first_name":"ana","last_name":"Si\"lva\n","country":"PT","entitlement_country":"DE","state":"locked","roles":["beta","download"],"groups":["bridges"],"allowed":["cad"],"denied":["gis"],"licences":[["staad","2026-11-24T09:12:07Z"],["tekla",null]],"checkouts":[["cad","PC-7","2026-11-24T09:12:07Z"]]}
        {"key":"new@acme.example","email":"old@acme.example","first_name":"old","last_name":"Silva","country":"PT","state":"invited"}
    "#]]
    .assert_eq(&text);
}

#[test]
fn snapshot_that_is_cut_or_foreign_is_refused() {
    let text = String::from_utf8(bytes(&full_snapshot())).unwrap();
    let refused = |text: &str| read_snapshot(text.as_bytes(), &Interner::default()).unwrap_err();
    let without_last = text.lines().take(2).collect::<Vec<_>>().join("\n");
    assert!(matches!(refused(&without_last), SnapshotError::Users { said: 2, found: 1 }));
    assert!(matches!(refused(&text.replacen("\"format\":1", "\"format\":2", 1)), SnapshotError::Format(2)));
    assert!(matches!(refused(&text.replace("\"locked\"", "\"asleep\"")),
            SnapshotError::Word(word) if &*word == "asleep"));
    assert!(matches!(refused(&text.replace("\"PT\"", "\"XX\"")), SnapshotError::Name { text,
            .. } if &*text == "XX"));
    assert!(matches!(refused(""), SnapshotError::Json(_)));
    assert!(matches!(refused(&text[..text.len() - 20]), SnapshotError::Json(_)));
}
