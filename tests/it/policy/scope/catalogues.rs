//! A product is its number and its feature string, whatever either side calls it.

use std::collections::{BTreeMap, BTreeSet};

use seatwise::change::Change;
use seatwise::model::{Organization, OrganizationFacts, ProductId, Section, Snapshot, UnreadReason};
use seatwise::plan::file::canonical_json;
use seatwise::plan::{Plan, PlanContext};
use seatwise::policy::scope::scope_policy;

use crate::worlds::law::{for_each_world, scope_and_plan};
use crate::worlds::{World, moment};

/// What the organization's names have behind them where they are not the policy's.
const ELSEWHERE: &str = "-elsewhere";

fn elsewhere(id: &ProductId) -> ProductId {
    ProductId::new(&format!("{id}{ELSEWHERE}")).unwrap()
}

/// The organization of a world with other names for every third product, beginning with the seed's.
fn snapshot_with_other_names(world: &World) -> Snapshot {
    let others: BTreeMap<ProductId, ProductId> = world
        .facts
        .products
        .keys()
        .zip(world.seed..)
        .filter(|(_, number)| number % 3 == 0)
        .map(|(id, _)| (id.clone(), elsewhere(id)))
        .collect();
    let name = |id: &ProductId| others.get(id).unwrap_or(id).clone();
    let mut snapshot = world.snapshot();
    let Organization { users, groups, restrictions, alerts, .. } = &mut snapshot.live.0;
    for user in users.values_mut().map(std::sync::Arc::make_mut) {
        user.exceptions = user.exceptions.iter().map(|(id, exception)| (name(id), *exception)).collect();
        user.licences = user.licences.iter().map(|(id, licence)| (name(id), *licence)).collect();
        let checkouts = user.checkouts.keys().cloned();
        user.checkouts = checkouts
            .map(|mut out| {
                out.product = name(&out.product);
                out
            })
            .collect();
    }
    for group in groups.values_mut() {
        group.products = group.products.keys().map(name).collect();
    }
    *restrictions = restrictions.iter().map(|((id, area), set)| ((name(id), *area), *set)).collect();
    *alerts = alerts.iter().map(|((id, country), alert)| ((name(id), *country), *alert)).collect();
    let OrganizationFacts { products, contracts, .. } = &mut snapshot.facts;
    *products = products.iter().map(|(id, product)| (name(id), product.clone())).collect();
    for contract in contracts {
        contract.owned = contract.owned.iter().map(|(id, owned)| (name(id), *owned)).collect();
    }
    snapshot
}

/// Whatever the organization calls its products, the plan is the same but for these names.
#[test]
fn plan_does_not_depend_on_what_the_organization_calls_its_products() {
    for_each_world(400, |world| {
        let policy = world.policy();
        let (scoped, plan) = scope_and_plan(&policy, world.snapshot());
        let (renamed, mut other) = scope_and_plan(&policy, snapshot_with_other_names(world));
        assert_eq!(renamed.clashes.len(), scoped.clashes.len());
        if !scoped.clashes.is_empty() {
            return;
        }
        assert!(!other.joined_products.is_empty());
        other.joined_products.clear();
        assert_eq!(canonical_json(&other).replace(ELSEWHERE, ""), canonical_json(&plan));
    });
}

/// Without the catalogue nobody knows which product is which, and nothing of them is changed on a guess.
#[test]
fn products_that_cannot_be_told_apart_are_left_as_they_are() {
    for_each_world(400, |world| {
        let mut snapshot = snapshot_with_other_names(world);
        let snapshot_names: BTreeSet<ProductId> =
            std::mem::take(&mut snapshot.facts.products).into_keys().collect();
        snapshot.unread.insert(Section::Contracts, UnreadReason::Failed("the list was cut".into()));
        // Where nothing has another name that anybody has met, there is nothing to mistake.
        if !format!("{:?}", snapshot.live).contains(ELSEWHERE) {
            return;
        }
        let mut policy = world.policy();
        let scoped = scope_policy(&mut policy, snapshot, moment());
        let plan = Plan::new(&policy, &scoped, moment(), PlanContext::default());
        let desired = &scoped.desired.0;
        for step in &plan.steps {
            // What goes with a person is not about the product.
            let product = match step.act.change() {
                Some(Change::Exception { user, product, .. } | Change::Licence { user, product, .. }) => {
                    desired.users.contains_key(user).then_some(product)
                }
                Some(
                    Change::Listing { product, .. }
                    | Change::Restriction { product, .. }
                    | Change::Alert { product, .. },
                ) => Some(product),
                _ => None,
            };
            let has_other_name =
                |id: &&ProductId| id.as_str().ends_with(ELSEWHERE) || snapshot_names.contains(&elsewhere(id));
            assert_eq!(product.filter(has_other_name), None, "{step:?}");
            let mut lists =
                step.act.lists().into_iter().flat_map(|(before, after)| before.keys().chain(after.keys()));
            assert_eq!(lists.find(has_other_name), None, "{step:?}");
        }
    });
}
