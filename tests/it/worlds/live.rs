//! The live side of a world: any organization that keeps the invariants of the service.

use std::collections::{BTreeMap, BTreeSet};

use seatwise::model::{
    AccessSetting, Alert, Area, Checkout, Contact, Contract, CountryCode, Email, FlatSet, Group, GroupFacts,
    GroupKind, GroupName, Licence, LicenceKind, LiveId, Organization, OrganizationFacts, OwnedLicences,
    Product, ProductId, Profile, RoleId, User, UserException, UserState,
};

use super::{COUNTRIES, NAMED, OWNER, PRODUCTS, ROLES, time};
use crate::dice::TestDice;

pub(super) fn organization(
    dice: &mut TestDice,
    features: &mut BTreeSet<&'static str>,
) -> (Organization, OrganizationFacts) {
    let facts = facts(dice, features);
    let mut live = Organization { groups: groups(dice, features), ..Organization::default() };
    let count = 2 + dice.number_below(9);
    for index in 0..count {
        let user = user(dice, index, &live, features);
        live.users.insert(user.profile.email.clone(), user.into());
    }
    live.users.insert(email(OWNER), owner().into());
    features.insert("account administrator");
    add_settings(dice, &mut live, features);
    (live, facts)
}

fn facts(dice: &mut TestDice, features: &mut BTreeSet<&'static str>) -> OrganizationFacts {
    let products = PRODUCTS.iter().zip(1000..).map(|(id, number)| {
        let licence = if NAMED.contains(id) { LicenceKind::Named } else { LicenceKind::Pooled };
        (
            product(id),
            Product {
                number: Some(number),
                feature: None,
                name: id.to_uppercase().into(),
                licence,
                list_price: None,
            },
        )
    });
    let mut contracts = Vec::new();
    for code in COUNTRIES.iter().take(dice.number_below(4)) {
        features.insert("contract");
        let mut owned = BTreeMap::new();
        for id in PRODUCTS {
            match dice.number_below(10) {
                0..4 => {}
                4 => drop(owned.insert(product(id), OwnedLicences::Unlimited)),
                _ => drop(owned.insert(
                    product(id),
                    OwnedLicences::Quantity(u32::try_from(dice.number_below(20)).expect("small")),
                )),
            }
        }
        if owned.values().any(|owned| *owned == OwnedLicences::Unlimited) {
            features.insert("unlimited but not owned");
        }
        let revenue = u32::try_from(dice.number_below(100_000)).expect("small").into();
        contracts.push(Contract {
            name: format!("c-{code}").into(),
            kind: "select".into(),
            country: country(code),
            revenue,
            expires: None,
            owned,
        });
    }
    let federated = dice.chance(10);
    if federated {
        features.insert("federated");
    }
    features.insert("acting identity");
    let acting = if dice.chance(30) { "p1@firm.example" } else { OWNER };
    OrganizationFacts {
        products: products.collect(),
        contracts,
        federated,
        acting: Some(email(acting)),
        ..OrganizationFacts::default()
    }
}

fn groups(dice: &mut TestDice, features: &mut BTreeSet<&'static str>) -> BTreeMap<GroupName, Group> {
    let mut groups = BTreeMap::new();
    for index in 0..1 + dice.number_below(7) {
        let kind = dice.pick(&[
            GroupKind::Entitlement,
            GroupKind::Entitlement,
            GroupKind::Allocation,
            GroupKind::Other,
        ]);
        let bound = dice.chance(25);
        if bound {
            features.insert("country-bound group");
        }
        let listed = kind == GroupKind::Entitlement && dice.chance(60);
        let facts = GroupFacts {
            name: group(&format!("g{index}")),
            kind,
            country: bound.then(|| country(dice.pick(&COUNTRIES))),
            description: if dice.chance(50) { "Bridge designers of the north".into() } else { "".into() },
        };
        let products = if listed {
            PRODUCTS.iter().filter(|_| dice.chance(35)).map(|id| product(id)).collect()
        } else {
            FlatSet::new()
        };
        let id = Some(LiveId::new(&format!("group-{index}")).expect("an id"));
        groups.insert(facts.name.clone(), Group { id, facts, products });
    }
    groups
}

fn user(
    dice: &mut TestDice,
    index: usize,
    live: &Organization,
    features: &mut BTreeSet<&'static str>,
) -> User {
    let entitled = dice.chance(20);
    let profile = Profile {
        email: email(&format!("p{index}@firm.example")),
        first_name: (dice.pick(&["Ana", "Bo", "Łucja"])).into(),
        last_name: (dice.pick(&["No", "Null", "Silva", "d'Arcy"])).into(),
        country: country(dice.pick(&COUNTRIES)),
        entitlement_country: entitled.then(|| country(dice.pick(&COUNTRIES))),
    };
    let state = match dice.number_below(12) {
        0 => UserState::Pending,
        1 | 2 => UserState::Invited,
        3 => UserState::Locked,
        _ => UserState::Active,
    };
    features.extend(match state {
        UserState::Pending => Some("pending user"),
        UserState::Invited => Some("invited user"),
        UserState::Locked => Some("locked user"),
        UserState::Active => None,
    });
    let id = Some(LiveId::new(&format!("user-{index}")).expect("an id"));
    let mut user = User { id, ..User::new(profile, state) };
    if state != UserState::Pending {
        give_belongings(dice, &mut user, live, features);
    }
    user
}

fn give_belongings(
    dice: &mut TestDice,
    user: &mut User,
    live: &Organization,
    features: &mut BTreeSet<&'static str>,
) {
    user.roles =
        ROLES.iter().filter(|_| dice.chance(25)).map(|role| RoleId::new(role).expect("a role")).collect();
    if user.roles.keys().any(RoleId::needs_download) {
        user.roles.add(RoleId::new(RoleId::DOWNLOAD).expect("a role"));
    }
    let mut allocated = false;
    for (name, group) in &live.groups {
        let free = group.facts.kind != GroupKind::Allocation || !allocated;
        if free && dice.chance(40) {
            allocated |= group.facts.kind == GroupKind::Allocation;
            user.groups.add(name.clone());
        }
    }
    for id in PRODUCTS.iter().filter(|id| !NAMED.contains(id)) {
        match dice.number_below(10) {
            0 | 1 => drop(user.exceptions.insert(product(id), UserException::Allow)),
            2 => drop(user.exceptions.insert(product(id), UserException::Deny)),
            _ => {}
        }
    }
    for id in NAMED {
        if dice.chance(20) {
            features.insert("named licence");
            let (assigned, locked) = dice.pick(&[
                ("2026-11-30T20:00:00Z", false),
                ("2026-11-20T00:00:00Z", true),
                ("2026-01-01T00:00:00Z", false),
            ]);
            if locked {
                features.insert("locked licence");
            }
            user.licences.insert(product(id), Licence { assigned: Some(time(assigned)) });
        }
    }
    if dice.chance(10) {
        features.insert("checkout");
        user.checkouts.add(Checkout {
            product: product("cad"),
            machine: "ws-1".into(),
            expires: time("2027-01-31T00:00:00Z"),
        });
    }
}

fn owner() -> User {
    let profile = Profile {
        email: email(OWNER),
        first_name: "Account".into(),
        last_name: "Owner".into(),
        country: country("DE"),
        entitlement_country: None,
    };
    let roles = [RoleId::new(RoleId::ACCOUNT_ADMINISTRATOR).expect("a role")].into_iter().collect();
    User { id: Some(LiveId::new("owner").expect("an id")), roles, ..User::new(profile, UserState::Active) }
}

fn add_settings(dice: &mut TestDice, live: &mut Organization, features: &mut BTreeSet<&'static str>) {
    for code in COUNTRIES {
        if dice.chance(15) {
            features.insert("closed default");
            live.defaults.insert(country(code), AccessSetting::Nobody);
        }
    }
    for id in PRODUCTS {
        if dice.chance(15) {
            features.insert("restriction everywhere");
            live.restrictions.insert(
                (product(id), Area::Everywhere),
                dice.pick(&[AccessSetting::Everyone, AccessSetting::Nobody]),
            );
        }
        if dice.chance(15) {
            features.insert("restriction in a country");
            live.restrictions.insert(
                (product(id), Area::Country(country(dice.pick(&COUNTRIES)))),
                dice.pick(&[AccessSetting::Everyone, AccessSetting::Nobody]),
            );
        }
        if dice.chance(15) {
            features.insert("alert");
            let alert = Alert {
                above: u32::try_from(dice.number_below(9)).expect("small"),
                sign_in_required: dice.chance(50),
            };
            live.alerts.insert((product(id), country(dice.pick(&COUNTRIES))), alert);
        }
    }
    for index in 0..1 + dice.number_below(10) {
        features.insert("contact");
        let area =
            if dice.chance(50) { Area::Everywhere } else { Area::Country(country(dice.pick(&COUNTRIES))) };
        live.contacts.insert(Contact { email: email(&format!("bills{index}@firm.example")), area });
    }
}

pub(super) fn email(text: &str) -> Email {
    Email::new(text).expect("an address")
}

pub(super) fn group(text: &str) -> GroupName {
    GroupName::new(text).expect("a name")
}

pub(super) fn product(text: &str) -> ProductId {
    ProductId::new(text).expect("a product")
}

pub(super) fn country(text: &str) -> CountryCode {
    CountryCode::new(text).expect("a country")
}
