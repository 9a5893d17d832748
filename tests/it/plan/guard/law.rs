//! The law of the guards, on generated worlds: every guard counts what the changes show.

use seatwise::change::Change;
use seatwise::diff::diff;
use seatwise::model::access::is_present;
use seatwise::model::{Email, Organization, ProductId};
use seatwise::plan::Plan;
use seatwise::policy::scope::ScopeOutcome;
use seatwise::policy::settings::Guard;

use crate::worlds::law::{for_each_world, load_policy, scope_and_plan};

#[test]
fn every_guard_counts_what_the_changes_show() {
    for_each_world(2000, |world| {
        let strict: Vec<(String, String)> =
            world.files.iter().map(|(path, text)| (path.clone(), with_strict_guards(text))).collect();
        let (scoped, plan) = scope_and_plan(&load_policy(&strict), world.snapshot());
        let changes = diff(&scoped.live, &scoped.desired);
        let gone = |is: fn(&Change) -> bool| changes.iter().filter(|change| is(change)).count();
        let users =
            gone(|change| matches!(change, Change::User { edit: seatwise::change::Edit::Delete(_), .. }));
        let refused = |guard: &str| {
            plan.verdict
                .refusals
                .iter()
                .find(|refusal| refusal.guard.as_str() == guard)
                .map(|refusal| refusal.number)
        };
        assert_eq!(refused("users"), (users > 0).then_some(users));
        let lists =
            gone(|change| matches!(change, Change::Listing { edit: seatwise::change::Edit::Delete(()), .. }));
        assert_eq!(refused("allow_lists"), (lists > 0).then_some(lists));
        let losers = count_losers(&scoped);
        assert_eq!(refused("loses_access"), (losers > 0).then_some(losers));
        // The approvals that the plan asks for cover everything but the administrator floor and empty
        // relations.
        let approved: Vec<(String, String)> = strict
            .iter()
            .map(|(path, text)| {
                (
                    path.clone(),
                    if path == "seatwise.yaml" { with_approvals(text, &plan) } else { text.clone() },
                )
            })
            .collect();
        let (_, plan) = scope_and_plan(&load_policy(&approved), world.snapshot());
        let left: Vec<_> = plan
            .verdict
            .refusals
            .iter()
            .filter(|refusal| !matches!(refusal.guard, Guard::Administrators | Guard::EmptyRelation(_)))
            .collect();
        assert!(left.is_empty(), "{left:#?}");
    });
}

fn with_strict_guards(text: &str) -> String {
    let none = "{count: 0, floor: 0}";
    text.replace(
        "users: off, groups: off, memberships: off, roles: off, assignments: off, allow_lists: off",
        &format!(
            "users: {none}, groups: {none}, memberships: {none}, roles: {none}, assignments: {none}, \
            allow_lists: {none}"
        ),
    )
    .replace("one_group: off", &format!("one_group: {none}"))
    .replace("loses_access: off", &format!("loses_access: {none}"))
    .replace("gains_access: off", &format!("gains_access: {none}"))
    .replace("licences: off", "licences: refuse")
    .split("approvals:\n")
    .next()
    .unwrap()
    .to_owned()
}

fn with_approvals(text: &str, plan: &Plan) -> String {
    let approvals = seatwise::render::plan_text::approvals_yaml(plan);
    if plan.verdict.refusals.iter().all(|refusal| refusal.approvable.is_empty()) {
        text.to_owned()
    } else {
        format!("{text}{approvals}")
    }
}

/// The number of people who lose access to some product, decided product by product.
fn count_losers(scoped: &ScopeOutcome) -> usize {
    let can = |side: &Organization, email: &Email, product: &ProductId| {
        let user = side.users.get(email).filter(|user| is_present(user));
        user.is_some_and(|user| {
            seatwise::model::access::decide_access(side, &scoped.facts, user, product).allowed
        })
    };
    let loses = |email: &&Email| {
        scoped
            .facts
            .products
            .keys()
            .any(|product| can(&scoped.live.0, email, product) && !can(&scoped.desired.0, email, product))
    };
    scoped.live.0.users.keys().filter(loses).count()
}
