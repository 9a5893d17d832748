//! The law of the guards, on generated worlds: every guard counts what the changes show.

use std::collections::BTreeMap;

use seatwise::change::{Change, Edit};
use seatwise::diff::diff;
use seatwise::model::access::is_present;
use seatwise::model::{Email, Organization, ProductId, UserState};
use seatwise::plan::{Plan, Refusal};
use seatwise::policy::scope::ScopeOutcome;
use seatwise::policy::settings::Guard;
use seatwise::render::plan_text::approvals_yaml;

use crate::worlds::law::{for_each_world, load_policy, scope_and_plan};

#[test]
fn every_guard_counts_what_the_changes_show() {
    for_each_world(2000, |world| {
        let strict: Vec<(String, String)> =
            world.files.iter().map(|(path, text)| (path.clone(), with_strict_guards(text))).collect();
        let (scoped, plan) = scope_and_plan(&load_policy(&strict), world.snapshot());
        let changes = diff(&scoped.live, &scoped.desired);
        let gone = |is: fn(&Change) -> bool| changes.iter().filter(|change| is(change)).count();
        let users = gone(|change| matches!(change, Change::User { edit: Edit::Delete(_), .. }));
        let refused = |guard: &str| {
            plan.verdict
                .refusals
                .iter()
                .find(|refusal| refusal.guard.as_str() == guard)
                .map(|refusal| refusal.number)
        };
        assert_eq!(refused("users"), (users > 0).then_some(users));
        let lists = gone(|change| matches!(change, Change::Listing { edit: Edit::Delete(()), .. }));
        assert_eq!(refused("allow_lists"), (lists > 0).then_some(lists));
        let losers = count_losers(&scoped);
        assert_eq!(refused("loses_access"), (losers > 0).then_some(losers));
        let locks = changes.iter().filter(|change| locks_account(change, &scoped)).count();
        assert_eq!(refused("account_locks"), (locks > 0).then_some(locks));
        assert_eq!(refused_parts(&plan, "one_group"), lost_members(&changes, &scoped));
        assert_eq!(refused_parts(&plan, "roles"), lost_holders(&changes));
        let approved = |approvals: &str| {
            let (_, plan) =
                scope_and_plan(&load_policy(&with_approvals(&strict, approvals)), world.snapshot());
            plan
        };
        // The approvals that the plan asks for cover everything but the administrator floor and empty
        // relations, whatever their case.
        let asked = approvals_yaml(&plan);
        for approvals in [asked.clone(), with_capital_items(&asked)] {
            let plan = approved(&approvals);
            let left = approvable_refusals(&plan);
            assert!(left.is_empty(), "{approvals}{left:#?}");
        }
        // None of them is idle: without any one item, something is refused again. A few are tried.
        let less = without_one_item(&asked);
        for less in less.iter().skip(less.len() % 5).step_by(5) {
            let refused_again = !approvable_refusals(&approved(less)).is_empty();
            assert!(refused_again, "{asked}--- less is enough:\n{less}");
        }
    });
}

/// The refusals that approvals can lift.
fn approvable_refusals(plan: &Plan) -> Vec<&Refusal> {
    let is_approvable = |refusal: &&Refusal| match refusal.guard {
        Guard::Administrators | Guard::InvitedAdministrators | Guard::EmptyRelation(_) => false,
        Guard::Removals(_)
        | Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure => true,
    };
    plan.verdict.refusals.iter().filter(is_approvable).collect()
}

fn refused_parts(plan: &Plan, guard: &str) -> BTreeMap<String, usize> {
    let refusals = plan.verdict.refusals.iter().filter(|refusal| refusal.guard.as_str() == guard);
    refusals.flat_map(|refusal| &refusal.parts).map(|part| (part.name.to_string(), part.number)).collect()
}

/// The number of members that each group loses which stays.
fn lost_members(changes: &[Change], scoped: &ScopeOutcome) -> BTreeMap<String, usize> {
    let mut lost = BTreeMap::new();
    for change in changes {
        if let Change::Membership { group, edit: Edit::Delete(()), .. } = change
            && scoped.desired.0.groups.contains_key(group)
        {
            *lost.entry(format!("group {group}")).or_default() += 1;
        }
    }
    lost
}

fn lost_holders(changes: &[Change]) -> BTreeMap<String, usize> {
    let mut lost = BTreeMap::new();
    for change in changes {
        if let Change::Role { role, edit: Edit::Delete(()), .. } = change {
            *lost.entry(role.to_string()).or_default() += 1;
        }
    }
    lost
}

/// Whether the change locks somebody who is already there.
fn locks_account(change: &Change, scoped: &ScopeOutcome) -> bool {
    matches!(change, Change::State { user, after: UserState::Locked, .. }
        if scoped.live.0.users.contains_key(user))
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
    .replace("account_locks: off", &format!("account_locks: {none}"))
    .replace("licences: off", "licences: refuse")
    .split("approvals:\n")
    .next()
    .unwrap()
    .to_owned()
}

fn with_approvals(files: &[(String, String)], approvals: &str) -> Vec<(String, String)> {
    let more = |path: &str| if path == "seatwise.yaml" { approvals } else { "" };
    files.iter().map(|(path, text)| (path.clone(), format!("{text}{}", more(path)))).collect()
}

/// The approvals with their items in capital letters.
fn with_capital_items(approvals: &str) -> String {
    let capital = |line: &str| match line.split_once("items: [") {
        Some((before, after)) => {
            let (items, after) = after.split_once("], reason").unwrap();
            format!("{before}items: [{}], reason{after}\n", items.to_uppercase())
        }
        None if line.starts_with("      - ") => line.to_uppercase() + "\n",
        None => line.to_owned() + "\n",
    };
    approvals.lines().map(capital).collect()
}

/// The approvals in as many versions as there are items, each without one item.
fn without_one_item(approvals: &str) -> Vec<String> {
    let lines: Vec<&str> = approvals.lines().collect();
    let mut all = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut versions = Vec::new();
        if let Some((before, after)) = line.split_once("items: [") {
            let (items, after) = after.split_once("], reason").unwrap();
            let items: Vec<&str> = items.split(", ").collect();
            for left_out in 0..items.len() {
                let mut left = items.clone();
                left[left_out] = "nothing@nowhere.example";
                versions.push(format!("{before}items: [{}], reason{after}", left.join(", ")));
            }
        } else if line.starts_with("      - ") {
            versions.push("      - nothing@nowhere.example".to_owned());
        }
        all.extend(versions.into_iter().map(|version| {
            let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            lines[at] = version;
            lines.join("\n") + "\n"
        }));
    }
    all
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
