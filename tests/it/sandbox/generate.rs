//! Generated firms: what they have, and that the same seed gives the same firm.

pub(super) mod usage;

use std::collections::BTreeMap;

use seatwise::sandbox::{generate_firm, invariant::first_broken_invariant};

#[test]
fn same_seed_gives_the_same_firm_and_another_seed_another() {
    assert_eq!(generate_firm(500, 3), generate_firm(500, 3));
    assert_ne!(generate_firm(500, 3).0, generate_firm(500, 4).0);
}

#[test]
fn generated_firm_has_something_of_everything() {
    let (organization, facts) = generate_firm(2_000, 1);
    let users: Vec<_> = organization.users.values().collect();
    let states: BTreeMap<_, _> = users.iter().map(|user| (user.state, ())).collect();
    let kinds: BTreeMap<_, _> = organization.groups.values().map(|group| (group.facts.kind, ())).collect();
    assert_eq!((users.len(), states.len(), kinds.len()), (2_000, 4, 3));
    assert!(
        users.iter().any(|user| !user.checkouts.is_empty())
            && users.iter().any(|user| !user.licences.is_empty())
    );
    assert!(users.iter().filter(|user| user.roles.has("co-administrator")).count() >= 3);
    assert_eq!(users.iter().filter(|user| user.roles.has("account-administrator")).count(), 1);
    assert!(
        organization.groups.values().any(|group| group.facts.country.is_some() && !group.products.is_empty())
    );
    assert!(organization.groups.values().any(|group| group.products.is_empty()));
    let settings = [
        organization.defaults.len(),
        organization.restrictions.len(),
        organization.alerts.len(),
        organization.contacts.len(),
    ];
    assert!(settings.iter().all(|count| *count > 0), "{settings:?}");
    assert!(facts.contracts.len() > 5 && facts.products.len() == 36 && facts.acting.is_some());
}

#[test]
fn generated_firm_owns_every_named_licence_that_is_held() {
    let (organization, facts) = generate_firm(3_000, 2);
    for (product, held) in seatwise::model::licences::named_licence_counts(&organization) {
        assert!(facts.owned_licences(product).unwrap() >= held, "{product}");
    }
}

#[test]
fn generated_firms_hold_every_invariant() {
    for seed in 0..20 {
        let (organization, facts) = generate_firm(400, seed);
        assert_eq!(
            first_broken_invariant(&organization, &facts, seatwise::sandbox::generate::READ_AT),
            None,
            "seed {seed}"
        );
    }
}
