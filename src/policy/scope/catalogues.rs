//! Joins the policy's catalogue with the organization's: a product is its number and its feature string,
//! whatever it is called.
//!
//! A product of the policy that the organization calls otherwise gets the organization's name, so that both
//! sides can be compared. Where one name stands for two products, or one product is licensed in two ways,
//! nothing is compared: the other product would be assigned, or a restriction opened.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{CatalogueEntry, Policy};
use super::catalogue_clash::{CatalogueClash, ProductKey};
use super::{Clash, ClashKind};
use crate::change::JoinedProduct;
use crate::model::{FlatMap, Organization, OrganizationFacts, Product, ProductId, Section, UnreadReason};

/// Gives the products of `policy` the names that the organization has for them. Where the catalogues
/// contradict each other, nothing is renamed, and the contradictions are returned.
pub fn join_catalogues(policy: &mut Policy, facts: &OrganizationFacts) -> Vec<Clash> {
    let join = CatalogueJoin { policy, live: &facts.products, called: names_by_key(policy, facts) };
    let (mut joined, mut clashes) = (Vec::new(), Vec::new());
    for (id, product) in &policy.catalogue {
        let (Some(entry), Some(key)) = (policy.catalogue_entries.get(id), ProductKey::new(product)) else {
            continue;
        };
        match join.find(id, &key, entry) {
            Ok(None) => {}
            Ok(Some(organization)) => joined.push(JoinedProduct {
                policy: id.clone(),
                organization,
                number: key.number,
                feature: key.feature,
            }),
            Err(clash) => clashes.push(Clash { place: entry.place, kind: ClashKind::Catalogue(clash) }),
        }
    }
    clashes.extend(joined.iter().filter_map(|one| join.second_name(one)));
    if clashes.is_empty() {
        policy.rename_products(joined);
    }
    clashes
}

/// Marks the sections unread whose products cannot be told apart: without the organization's catalogue, a
/// product that only one side names may be one that only the other side names.
pub(super) fn leave_unmatched_products(
    policy: &Policy,
    live: &Organization,
    unread: &mut BTreeMap<Section, UnreadReason>,
) {
    if !unread.get(&Section::Contracts).is_some_and(UnreadReason::is_failure) {
        return;
    }
    let (there, here) = (products_by_section(live), declared_products_by_section(policy));
    let all_there: BTreeSet<&ProductId> = there.values().flatten().copied().collect();
    // A name without an entry in the catalogue is the organization's.
    let is_stranger = |id: &&&ProductId| {
        let mut named = policy.unknown_products.iter();
        !policy.catalogue.contains_key(**id) && !named.any(|(name, _)| name == **id)
    };
    let is_new = |id: &&&ProductId| policy.catalogue.contains_key(**id) && !all_there.contains(**id);
    if !all_there.iter().any(|id| is_stranger(&id)) || !policy.catalogue.keys().any(|id| is_new(&&id)) {
        return;
    }
    for section in [Section::Groups, Section::Assignments, Section::Restrictions, Section::Alerts] {
        let has_stranger = there.get(&section).is_some_and(|named| named.iter().any(|id| is_stranger(&id)));
        if has_stranger || here.get(&section).is_some_and(|named| named.iter().any(|id| is_new(&id))) {
            let why = "the catalogue was not read, and products may have other names there";
            unread.entry(section).or_insert_with(|| UnreadReason::Failed(why.into()));
        }
    }
}

/// Returns the products that an organization names in each section.
fn products_by_section(organization: &Organization) -> BTreeMap<Section, BTreeSet<&ProductId>> {
    let Organization { users, groups, defaults: _, restrictions, alerts, contacts: _ } = organization;
    let assigned = users.values().flat_map(|user| user.exceptions.keys().chain(user.licences.keys()));
    let checkouts = users.values().flat_map(|user| user.checkouts.keys());
    let checked_out = checkouts.map(|checkout| &checkout.product);
    [
        (Section::Groups, groups.values().flat_map(|group| group.products.keys()).collect()),
        (Section::Assignments, assigned.collect()),
        (Section::Restrictions, restrictions.keys().map(|(id, _)| id).collect()),
        (Section::Alerts, alerts.keys().map(|(id, _)| id).collect()),
        (Section::Checkouts, checked_out.collect()),
    ]
    .into()
}

/// Returns the products that a policy names in each section.
fn declared_products_by_section(policy: &Policy) -> BTreeMap<Section, BTreeSet<&ProductId>> {
    let users = policy.users.iter().map(|(_, user)| user);
    let assigned = users.flat_map(|user| user.products.iter().chain(&user.deny)).flat_map(FlatMap::keys);
    let listed = policy.groups.values().filter_map(|group| group.products.as_ref()).flat_map(FlatMap::keys);
    [
        (Section::Groups, listed.collect()),
        (Section::Assignments, assigned.collect()),
        (Section::Restrictions, policy.restrictions.keys().map(|(id, _)| id).collect()),
        (Section::Alerts, policy.alerts.keys().map(|(id, _)| id).collect()),
    ]
    .into()
}

/// Returns the names of the organization's products that the policy does not have, by what they are.
fn names_by_key(policy: &Policy, facts: &OrganizationFacts) -> BTreeMap<ProductKey, Vec<ProductId>> {
    let mut names = BTreeMap::<_, Vec<_>>::new();
    for (id, product) in facts.products.iter().filter(|(id, _)| !policy.catalogue.contains_key(*id)) {
        if let Some(key) = ProductKey::new(product) {
            names.entry(key).or_default().push(id.clone());
        }
    }
    names
}

struct CatalogueJoin<'a> {
    policy: &'a Policy,
    live: &'a BTreeMap<ProductId, Product>,
    /// Names that only the organization has.
    called: BTreeMap<ProductKey, Vec<ProductId>>,
}

impl CatalogueJoin<'_> {
    /// Returns the organization's name for a product of the policy where it is another one.
    fn find(
        &self,
        id: &ProductId,
        key: &ProductKey,
        entry: &CatalogueEntry,
    ) -> Result<Option<ProductId>, CatalogueClash> {
        let called = self.called.get(key).map(Vec::as_slice).unwrap_or_default();
        if let Some(live) = self.live.get(id) {
            return match ProductKey::new(live) {
                Some(there) if !key.agrees_with(&there) => Err(CatalogueClash::OtherProduct {
                    name: id.clone(),
                    here: key.clone(),
                    there,
                    called: self.name_of(key, called),
                }),
                _ => judge_licence(id, id, live, entry).map(|()| None),
            };
        }
        match called {
            [] => Ok(None),
            [name] => judge_licence(id, name, &self.live[name], entry).map(|()| Some(name.clone())),
            names => Err(CatalogueClash::SeveralNames {
                policy: id.clone(),
                key: key.clone(),
                names: names.to_vec(),
            }),
        }
    }

    /// Returns the one name that the organization has for a product, whether the policy has that name for
    /// something else or not.
    fn name_of(&self, key: &ProductKey, called: &[ProductId]) -> Option<ProductId> {
        let shared = self.live.iter().filter(|(id, _)| self.policy.catalogue.contains_key(*id));
        let shared = shared.filter(|(_, live)| ProductKey::new(live).as_ref() == Some(key)).map(|(id, _)| id);
        let mut names = called.iter().chain(shared);
        names.next().filter(|_| names.next().is_none()).cloned()
    }

    /// Returns the contradiction of a policy that uses both names of a product.
    fn second_name(&self, joined: &JoinedProduct) -> Option<Clash> {
        let JoinedProduct { policy, organization, number, feature } = joined;
        let mut named = self.policy.unknown_products.iter();
        let (_, place) = named.find(|(product, _)| product == organization)?;
        let key = ProductKey { number: *number, feature: feature.clone() };
        let clash =
            CatalogueClash::TwoNames { policy: policy.clone(), organization: organization.clone(), key };
        Some(Clash { place: *place, kind: ClashKind::Catalogue(clash) })
    }
}

/// Fails where both sides say how the product is licensed, and differ.
fn judge_licence(
    policy: &ProductId,
    organization: &ProductId,
    live: &Product,
    entry: &CatalogueEntry,
) -> Result<(), CatalogueClash> {
    match entry.licence {
        Some(here) if live.knows_licence() && here != live.licence => Err(CatalogueClash::OtherLicence {
            policy: policy.clone(),
            organization: organization.clone(),
            here,
            there: live.licence,
        }),
        Some(_) | None => Ok(()),
    }
}
