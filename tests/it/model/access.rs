//! The shared test vectors: effective access, entitlement country, locks of named licences, limits.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use seatwise::audit::OrganizationView;
use seatwise::audit::user_holdings::known_products;
use seatwise::model::access::{
    AccessRule, EffectiveAccess, decide_access, default_of, entitlement_country, is_present,
};
use seatwise::model::{
    AccessSetting, Area, Contract, CountryCode, Email, FlatMap, FlatSet, Group, GroupFacts, GroupKind,
    GroupName, Licence, Organization, OrganizationFacts, ProductId, Profile, Timestamp, User, UserException,
    UserState, licences,
};
use serde_json::{Map, Value};

use crate::worlds::law::{for_each_world, scope_and_plan};

fn cases(text: &str) -> Vec<Map<String, Value>> {
    serde_saphyr::from_str(text).expect("the vectors are YAML")
}

/// The copies equal the shared vectors, where those are available.
#[test]
fn copies_of_the_vectors_are_whole() {
    let shared = crate::folders::repository_path("../shared/vectors");
    if !shared.is_dir() {
        return println!("no shared vectors at {}: the copies were not compared", shared.display());
    }
    for entry in std::fs::read_dir(shared).unwrap().map(Result::unwrap) {
        let copy = crate::folders::repository_path("tests/vectors").join(entry.file_name());
        assert_eq!(std::fs::read(&copy).ok(), std::fs::read(entry.path()).ok(), "{}", copy.display());
    }
}

fn country(text: &str) -> CountryCode {
    CountryCode::new(text).unwrap()
}

fn setting(value: &Value) -> AccessSetting {
    if value == "everyone" { AccessSetting::Everyone } else { AccessSetting::Nobody }
}

fn product_ids(value: &Value) -> Vec<ProductId> {
    value.as_array().unwrap().iter().map(|name| ProductId::new(name.as_str().unwrap()).unwrap()).collect()
}

fn contracts(case: &Map<String, Value>) -> Vec<Contract> {
    let Some(contracts) = case.get("contracts").and_then(Value::as_object) else { return Vec::new() };
    let contract = |(code, revenue): (&String, &Value)| Contract {
        name: code.as_str().into(),
        kind: "select".into(),
        country: country(code),
        revenue: revenue.as_u64().unwrap().into(),
        expires: None,
        owned: BTreeMap::new(),
    };
    contracts.iter().map(contract).collect()
}

fn user(case: &Map<String, Value>) -> User {
    let text = |key: &str| case.get(key).and_then(Value::as_str);
    let profile = Profile {
        email: Email::new("u@x.example").unwrap(),
        first_name: "U".into(),
        last_name: "X".into(),
        country: country(text("country").unwrap_or("DE")),
        entitlement_country: text("entitlement_country").map(country),
    };
    let exceptions = case.get("user").and_then(Value::as_object).into_iter().flatten();
    let exceptions = exceptions.map(|(name, word)| {
        (
            ProductId::new(name).unwrap(),
            if word == "allow" { UserException::Allow } else { UserException::Deny },
        )
    });
    let licences = case
        .get("named_licence")
        .map(product_ids)
        .unwrap_or_default()
        .into_iter()
        .map(|product| (product, Licence { assigned: None }));
    User {
        id: None,
        profile,
        state: UserState::Active,
        roles: FlatSet::new(),
        groups: FlatSet::new(),
        exceptions: exceptions.collect(),
        licences: licences.collect(),
        checkouts: FlatSet::new(),
    }
}

fn organization(case: &Map<String, Value>, groups: &str) -> Organization {
    let mut organization = Organization::default();
    if let Some(default) = case.get("default") {
        organization.defaults.insert(country("DE"), setting(default));
    }
    for (product, value) in case.get("product").and_then(Value::as_object).into_iter().flatten() {
        organization
            .restrictions
            .insert((ProductId::new(product).unwrap(), Area::Everywhere), setting(value));
    }
    for entry in case.get("restrictions").and_then(Value::as_array).into_iter().flatten() {
        let area = entry
            .get("country")
            .map_or(Area::Everywhere, |code| Area::Country(country(code.as_str().unwrap())));
        organization.restrictions.insert(
            (ProductId::new(entry["product"].as_str().unwrap()).unwrap(), area),
            setting(&entry["allow"]),
        );
    }
    let mut user = user(case);
    for (name, value) in case.get(groups).and_then(Value::as_object).into_iter().flatten() {
        let name = GroupName::new(name).unwrap();
        let (only, list) = match value {
            Value::Object(group) => (
                group.get("country").map(|code| country(code.as_str().unwrap())),
                product_ids(&group["products"]),
            ),
            list => (None, product_ids(list)),
        };
        let facts = GroupFacts {
            name: name.clone(),
            kind: GroupKind::Entitlement,
            country: only,
            description: "".into(),
        };
        organization
            .groups
            .insert(name.clone(), Group { id: None, facts, products: list.into_iter().collect() });
        user.groups.add(name);
    }
    organization.users.insert(user.profile.email.clone(), user.into());
    organization
}

fn rule(word: &str) -> AccessRule {
    match word {
        "named_licence" => AccessRule::NamedLicence,
        "user" => AccessRule::Exception,
        "groups" => AccessRule::Groups,
        "product" => AccessRule::Product,
        "default" => AccessRule::Default,
        other => panic!("no rule {other}"),
    }
}

fn check_access(case: &Map<String, Value>, groups: &str, expect: &str) {
    let organization = organization(case, groups);
    let product = ProductId::new(case["ask"].as_str().unwrap()).unwrap();
    let user = organization.users.values().next().unwrap();
    let decision = decide_access(&organization, &OrganizationFacts::default(), user, &product);
    assert_eq!(decision.allowed, case[expect] == "allowed", "{case:?}");
    if let Some(by) = case.get("decided_by") {
        assert_eq!(decision.by, rule(by.as_str().unwrap()), "{case:?}");
    }
}

#[test]
fn effective_access_agrees_with_every_vector() {
    let mut seen = BTreeMap::new();
    for case in cases(include_str!("../../vectors/access.yaml")) {
        let id = case["id"].as_str().unwrap();
        *seen.entry(id.chars().next().unwrap()).or_insert(0) += 1;
        match id.chars().next().unwrap() {
            'X' if case.contains_key("groups_before") => {
                check_access(&case, "groups_before", "expect_before");
                check_access(&case, "groups_after", "expect_after");
            }
            'X' => check_access(&case, "groups", "expect"),
            'E' => check_country(&case),
            'V' => check_lock(&case),
            other => panic!("vectors of a new kind: {other}"),
        }
    }
    assert_eq!(seen, BTreeMap::from([('E', 5), ('V', 6), ('X', 14)]));
}

fn check_country(case: &Map<String, Value>) {
    let contracts = contracts(case);
    let user = user(case);
    let found = entitlement_country(&user, &contracts);
    assert_eq!(found.as_str(), case["expect"].as_str().unwrap(), "{case:?}");
    if case.contains_key("owned") {
        let owned = contracts.iter().filter(|contract| contract.country == found).count();
        assert_eq!(owned as u64, case["owned"].as_u64().unwrap(), "{case:?}");
        assert_eq!(default_of(&Organization::default(), found), setting(&case["access"]));
    }
}

fn check_lock(case: &Map<String, Value>) {
    let time = |key: &str| case[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    let locked = licences::unlock_time(time("assigned"), time("reassign"));
    assert_eq!(locked.is_some(), case["expect"] == "refused", "{case:?}");
    if case.contains_key("then") {
        // A new 24 h + 30 days begin with the new assignment.
        let again = time("reassign");
        let hours = |hours| again + jiff::SignedDuration::from_hours(hours);
        assert_eq!(licences::unlock_time(again, hours(23)), None);
        assert_eq!(licences::unlock_time(again, hours(24)), Some(hours(24 + 30 * 24)));
    }
    assert!(FlatMap::<ProductId, Licence>::new().is_empty());
}

#[test]
fn slow_decision_agrees_for_every_person_and_product() {
    for_each_world(2_000, |world| {
        let policy = world.policy();
        let (scoped, _) = scope_and_plan(&policy, world.snapshot());
        for picture in
            [OrganizationView::from_live(&scoped, &policy), OrganizationView::from_desired(&scoped, &policy)]
        {
            let OrganizationView { organization, facts, policy: _ } = picture;
            let products: Vec<_> = known_products(picture).into_iter().collect();
            let reach = EffectiveAccess::new(organization, facts, &products);
            for (email, user) in &organization.users {
                let reached = reach.products_of(user);
                for (at, product) in products.iter().enumerate() {
                    let slow = crate::model::slow_access::decision(organization, facts, user, product);
                    let decision = decide_access(organization, facts, user, product);
                    assert_eq!(
                        (decision.allowed, decision.by),
                        slow,
                        "seed {}: {email} {product}",
                        world.seed
                    );
                    assert_eq!(
                        reached.has(at),
                        slow.0 && is_present(user),
                        "seed {}: {email} {product}",
                        world.seed
                    );
                }
            }
        }
    });
}
