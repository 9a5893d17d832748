//! The invariants of a whole organization, checked at once: before an organization is written whole, and as
//! the conditions that hold after every write.

use rustc_hash::FxHashSet;

use crate::model::{
    Checkout, GroupKind, LiveId, MOST_CONTACTS, Organization, OrganizationFacts, ProductId, RoleId, Text,
    Timestamp, User,
};

use super::acts::grants::is_too_long;

/// Returns the first invariant that does not hold, as a lower-case fragment. Checkouts are judged as if they
/// began at `now`.
///
/// A new organization has no fulfilment contact yet, so only the greatest number of contacts is checked, not
/// the least.
pub fn first_broken_invariant(
    organization: &Organization,
    facts: &OrganizationFacts,
    now: Timestamp,
) -> Option<Text> {
    let broken = broken_identity(organization)
        .or_else(|| broken_user(organization, facts, now))
        .or_else(|| broken_group(organization));
    let broken = broken.or_else(|| broken_contacts(organization));
    broken.map(Text::from)
}

fn broken_identity(organization: &Organization) -> Option<String> {
    let (users, groups) = (organization.users.values(), organization.groups.values());
    let twice = first_duplicate(users.filter_map(|user| user.id.as_ref()))
        .or_else(|| first_duplicate(groups.filter_map(|group| group.id.as_ref())));
    twice.map(|id| format!("identity {id} is there twice"))
}

fn first_duplicate<'a>(ids: impl Iterator<Item = &'a LiveId>) -> Option<&'a LiveId> {
    let mut seen = FxHashSet::default();
    ids.into_iter().find(|id| !seen.insert(*id))
}

fn broken_user(organization: &Organization, facts: &OrganizationFacts, now: Timestamp) -> Option<String> {
    organization.users.iter().find_map(|(email, user)| {
        if *email != user.profile.email {
            return Some(format!("{email} stands for a user whose address is {}", user.profile.email));
        }
        let broken = broken_roles(user)
            .or_else(|| broken_memberships(organization, user))
            .or_else(|| broken_licences(facts, user));
        broken.or_else(|| broken_checkouts(user, now)).map(|broken| format!("{email} {broken}"))
    })
}

fn broken_roles(user: &User) -> Option<String> {
    let needing = user.roles.keys().find(|role| role.needs_download())?;
    (!user.roles.has(RoleId::DOWNLOAD))
        .then(|| format!("has role {needing} without role {}", RoleId::DOWNLOAD))
}

fn broken_memberships(organization: &Organization, user: &User) -> Option<String> {
    let mut allocation = 0;
    for name in user.groups.keys() {
        match organization.groups.get(name) {
            None => return Some(format!("is in group {name}, which is not there")),
            Some(group) if group.facts.kind == GroupKind::Allocation => allocation += 1,
            Some(_) => {}
        }
    }
    (allocation > 1).then(|| format!("is in {allocation} allocation groups, and a user is in at most one"))
}

fn broken_licences(facts: &OrganizationFacts, user: &User) -> Option<String> {
    let pooled = |product: &&ProductId| facts.products.contains_key(*product) && !facts.is_named(product);
    user.licences
        .keys()
        .find(pooled)
        .map(|product| format!("holds a named licence of {product}, which is licensed by pool"))
}

fn broken_checkouts(user: &User, now: Timestamp) -> Option<String> {
    let Checkout { product, machine, .. } =
        user.checkouts.keys().find(|checkout| is_too_long(checkout, now))?;
    Some(format!(
        "has {product} checked out on {machine} for longer than {} days",
        crate::model::licences::LONGEST_CHECKOUT_DAYS
    ))
}

fn broken_group(organization: &Organization) -> Option<String> {
    organization.groups.iter().find_map(|(name, group)| {
        if *name != group.facts.name {
            return Some(format!("{name} stands for a group whose name is {}", group.facts.name));
        }
        let listed = group.facts.kind != GroupKind::Entitlement && !group.products.is_empty();
        listed.then(|| format!("group {name} is no entitlement group, so it cannot have a product list"))
    })
}

fn broken_contacts(organization: &Organization) -> Option<String> {
    let count = organization.contacts.len();
    (count > MOST_CONTACTS)
        .then(|| format!("there are {count} fulfilment contacts, and at most {MOST_CONTACTS} are allowed"))
}
