//! The seed file: facts of the organization before the first apply.

use std::str::FromStr;

use seatwise::model::{Organization, OwnedLicences, Timestamp, UserState};
use seatwise::sandbox::{Seed, read_seed};

use super::{email, product};

const SEED: &str = r#"{
  "federated": true,
  "acting": "robot@acme.example",
  "administrator": {"email": "boss@acme.example", "first_name": "Bo", "last_name": "Ss", "country": "GB"},
  "contracts": [
    {"name": "70001", "kind": "select", "country": "PT", "revenue": "120000.50", "expires": "2027-12-31",
     "owned": {"microstation": 10, "openroads-designer": "unlimited"}}
  ],
  "products": {"microstation": {"number": 1017, "name": "MicroStation", "list_price": "6000 EUR"}, "staad-pro": {"licence": "named"}},
  "groups": {"bridges": {"kind": "entitlement", "products": ["microstation"]}},
  "contacts": [{"email": "finance@acme.example"}],
  "users": [
    {"email": "Old.Name@acme.example", "first_name": "Old", "last_name": "Name", "country": "PT", "state": "locked", "roles": ["download"],
     "groups": ["bridges"], "exceptions": {"microstation": "deny"}, "licences": {"staad-pro": "2026-11-20T08:00:00Z"},
     "checkouts": [{"product": "microstation", "machine": "WS-7", "expires": "2026-12-24T00:00:00Z"}]}
  ]
}"#;

fn read_seed_text(text: &str) -> Result<Seed, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox-seed.json");
    std::fs::write(&path, text).unwrap();
    read_seed(&path).map_err(|error| error.to_string().replace(folder.path().to_str().unwrap(), ""))
}

#[test]
fn every_fact_of_a_seed_is_read() {
    let seed = read_seed_text(SEED).unwrap();
    let (organization, facts) = seed.found_organization("acme", &Organization::default());
    assert!(facts.federated);
    assert_eq!(facts.acting, Some(email("robot@acme.example")));
    let contract = &facts.contracts[0];
    assert_eq!(
        (contract.revenue.to_string().as_str(), contract.expires.unwrap().to_string().as_str()),
        ("120000.50", "2027-12-31")
    );
    assert_eq!(contract.owned[&product("microstation")], OwnedLicences::Quantity(10));
    assert_eq!(contract.owned[&product("openroads-designer")], OwnedLicences::Unlimited);
    assert_eq!(facts.products[&product("microstation")].list_price.as_ref().unwrap().to_string(), "6000 EUR");
    assert!(facts.is_named(&product("staad-pro")));
    assert_eq!(organization.contacts.len(), 1);
    let old = &organization.users["old.name@acme.example"];
    assert_eq!(
        (old.state, old.roles.len(), old.groups.len(), old.exceptions.len(), old.checkouts.len()),
        (UserState::Locked, 1, 1, 1, 1)
    );
    assert_eq!(
        old.licences.get("staad-pro").unwrap().assigned,
        Some(Timestamp::from_str("2026-11-20T08:00:00Z").unwrap())
    );
    assert!(organization.users["boss@acme.example"].roles.has("account-administrator"));
    assert_eq!(organization.users.len(), 2);
}

#[test]
fn preview_hides_the_administrator_who_is_not_there_yet() {
    let (organization, facts) = read_seed_text(SEED).unwrap().preview("acme");
    assert_eq!(
        organization.users.keys().map(|email| email.as_str()).collect::<Vec<_>>(),
        ["old.name@acme.example"]
    );
    assert_eq!(facts.contracts.len(), 1);
}

#[test]
fn seed_that_is_not_there_is_empty() {
    assert_eq!(read_seed(std::path::Path::new("/nowhere/sandbox-seed.json")).unwrap(), Seed::default());
    assert_eq!(read_seed_text("{}").unwrap(), Seed::default());
}

#[test]
fn mistakes_in_a_seed_are_told_with_their_place() {
    let mistakes = [
        ("{", "/sandbox-seed.json:1:1: EOF while parsing an object"),
        ("{\n  \"federatd\": true}", "/sandbox-seed.json:2:12: unknown field `federatd`"),
        ("{\"acting\": \"nobody\"}", "/sandbox-seed.json:1:20: `nobody`: not an e-mail address"),
        (
            "{\"contracts\": [{\"name\": \"1\", \"kind\": \"s\", \"country\": \"pt\", \"revenue\": \"1\"}]}",
            "/sandbox-seed.json:1:57: `pt`: not a country code of ISO 3166-1 alpha-2",
        ),
        (
            "{\"contracts\": [{\"name\": \"1\", \"kind\": \"s\", \"country\": \"PT\", \"revenue\": \"1\", \"owned\": {\"m\": \"many\"}}]}",
            "expected a number of licences or \"unlimited\"",
        ),
        (
            "{\"contracts\": [{\"name\": \"1\", \"kind\": \"s\", \"country\": \"PT\", \"revenue\": \"1\", \"owned\": {\"m\": -1}}]}",
            "expected a number of licences",
        ),
        (
            "{\"users\": [{\"email\": \"a@b.example\", \"first_name\": \"A\", \"last_name\": \"B\", \"country\": \"PT\", \"groups\": [\"g\"]}]}",
            "group g, which is not there",
        ),
        (
            "{\"users\": [{\"email\": \"a@b.example\", \"first_name\": \"A\", \"last_name\": \"B\", \"country\": \"PT\"}, {\"email\": \"A@b.example\", \"first_name\": \"A\", \"last_name\": \"B\", \"country\": \"PT\"}]}",
            "a@b.example is there twice",
        ),
    ];
    for (text, wanted) in mistakes {
        let error = read_seed_text(text).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn administrator_of_an_unpronounceable_organization_has_an_address() {
    for (name, address) in [
        ("Acme Engineering", "account.administrator@acme-engineering.example"),
        ("---", "account.administrator@organization.example"),
        ("Østfold Vei AS", "account.administrator@stfold-vei-as.example"),
    ] {
        let (organization, facts) = Seed::default().found_organization(name, &Organization::default());
        assert_eq!(organization.users.keys().map(|email| email.as_str()).collect::<Vec<_>>(), [address]);
        assert_eq!(facts.acting, Some(email(address)));
    }
}
