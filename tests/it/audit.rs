//! The audit: who can do what, why, and by which lines of the policy.

mod access_review;
mod look_alike_names;
mod own_rules;
mod rules;

use seatwise::audit::OrganizationView;
use seatwise::audit::explanation::{AccessFact, explain_access};
use seatwise::audit::user_holdings::known_products;

use crate::worlds::law::{for_each_world, number_from_env, scope_and_plan};

#[test]
fn first_fact_with_a_say_is_the_decision() {
    let chained = std::sync::atomic::AtomicUsize::new(0);
    for_each_world(number_from_env("SEATWISE_WORLDS", 300), |world| {
        let policy = world.policy();
        let (scoped, _) = scope_and_plan(&policy, world.snapshot());
        let picture = OrganizationView::from_desired(&scoped, &policy);
        for email in picture.organization.users.keys() {
            for product in known_products(picture) {
                let why = explain_access(picture, email, product).unwrap();
                let first = why.said.iter().find(|said| said.allows.is_some()).unwrap();
                assert_eq!(
                    (first.rule, first.allows),
                    (why.decision.by, Some(why.decision.allowed)),
                    "seed {}: {email} {product}",
                    world.seed
                );
                let deciding: Vec<_> = why.deciding_statements().collect();
                assert!(deciding.contains(&first), "seed {}: {email} {product}: {deciding:?}", world.seed);
                assert!(
                    deciding.len() == 1
                        || deciding.iter().all(|said| matches!(said.fact, AccessFact::List { .. }))
                );
                chained.fetch_max(
                    deciding.iter().map(|said| said.lines.len()).max().unwrap(),
                    std::sync::atomic::Ordering::Relaxed,
                );
            }
        }
    });
    assert!(
        chained.into_inner() >= 3,
        "somewhere a membership comes through an include: member, include, list"
    );
}
