//! The access review: what each person can start, by the rule that decides it.

use std::collections::BTreeMap;

use seatwise::audit::OrganizationView;
use seatwise::audit::access_review::{HeldObject, access_review};
use seatwise::audit::user_holdings::known_products;
use seatwise::model::access::{AccessRule, is_present};
use seatwise::model::{ProductId, UserException};

use crate::model::slow_access;
use crate::worlds::law::{for_each_world, number_from_env, scope_and_plan};
use crate::worlds::moment;

#[test]
fn review_lists_what_each_person_can_start_by_the_rule_that_decides() {
    for_each_world(number_from_env("SEATWISE_WORLDS", 500), |world| {
        let policy = world.policy();
        let (scoped, _) = scope_and_plan(&policy, world.snapshot());
        for picture in
            [OrganizationView::from_live(&scoped, &policy), OrganizationView::from_desired(&scoped, &policy)]
        {
            let review = access_review(picture, moment(), None);
            assert!(
                review.people.iter().map(|person| person.email).eq(picture.organization.users.keys()),
                "seed {}",
                world.seed
            );
            for person in &review.people {
                let mut told: BTreeMap<&ProductId, AccessRule> = BTreeMap::new();
                for access in &person.access {
                    told.extend(
                        review.sets[access.products].iter().map(|product| (*product, access.because.rule())),
                    );
                }
                for holding in &person.holdings {
                    match holding.held {
                        HeldObject::Licence(product, _) => {
                            told.insert(product, AccessRule::NamedLicence);
                        }
                        HeldObject::Exception(product, UserException::Allow) => {
                            told.entry(product).or_insert(AccessRule::Exception);
                        }
                        _ => {}
                    }
                }
                let slow = known_products(picture).into_iter().filter_map(|product| {
                    let (allowed, rule) =
                        slow_access::decision(picture.organization, picture.facts, person.user, product);
                    (allowed && is_present(person.user)).then_some((product, rule))
                });
                let slow: BTreeMap<_, _> = slow.collect();
                assert_eq!(person.usable, slow.len(), "seed {}: {}", world.seed, person.email);
                if is_present(person.user) {
                    told.retain(|product, _| known_products(picture).contains(product));
                    assert_eq!(told, slow, "seed {}: {}", world.seed, person.email);
                } else {
                    assert!(person.access.is_empty(), "seed {}: {}", world.seed, person.email);
                }
            }
        }
    });
}
