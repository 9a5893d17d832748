//! A policy is judged for today and for each day on which a date in it begins or has ended.

use std::sync::Mutex;

use jiff::ToSpan;
use seatwise::change::WithheldReason;
use seatwise::model::{Date, Email, GroupName, Organization, RoleId, User, UserException};
use seatwise::plan::replay::{ReplayOutcome, replay_step};
use seatwise::plan::{Plan, PlanContext};

use super::dated_policy::{DatedPolicy, GROUPS, PEOPLE, PolicyTemper, for_each_policy, scope_on, today};

const PRODUCTS: [&str; 2] = ["p", "q"];

/// Whether the grants of `person` contradict each other on `day`.
fn is_torn(policy: &DatedPolicy, person: &str, day: Date) -> bool {
    let has = |key, name| policy.has(person, key, name, day);
    let allocations = policy.allocation.iter().filter(|group| has("groups", group)).count();
    let torn = PRODUCTS.iter().any(|product| has("products", product) && has("deny", product));
    torn || allocations > 1 || has("roles", "beta") && !has("roles", "download")
}

/// Whether somebody is granted on `day` what is allowed to nobody.
fn breaks_nobody(policy: &DatedPolicy, day: Date) -> bool {
    policy.closed.is_some_and(|product| {
        let listed = |group: &&str| policy.list_lines(group, product).iter().any(|line| line.holds(day));
        PEOPLE.iter().any(|person| policy.has(person, "products", product, day)) || GROUPS.iter().any(listed)
    })
}

fn first_wrong_day(policy: &DatedPolicy) -> Option<Date> {
    let wrong =
        |day: Date| PEOPLE.iter().any(|person| is_torn(policy, person, day)) || breaks_nobody(policy, day);
    (0..1500_i64).map(|ahead| today().saturating_add(ahead.days())).find(|day| wrong(*day))
}

fn assert_sound(organization: &Organization, policy: &DatedPolicy, when: &str) {
    for (email, user) in &organization.users {
        let allocations = user.groups.keys().filter(|group| policy.allocation.contains(group.as_str()));
        assert!(allocations.count() < 2, "{email} is in two allocation groups {when}");
        let needs = user.roles.keys().any(RoleId::needs_download);
        assert!(!needs || user.roles.has(RoleId::DOWNLOAD), "{email} lacks download {when}");
    }
}

/// Plans and carries out the policy on `day`, and asserts that the organization is sound after every step.
fn apply_on(policy: &DatedPolicy, live: Organization, day: Date) -> (Organization, Plan) {
    let loaded = policy.load(day).unwrap_or_else(|| panic!("no plan can be made on {day}"));
    let (scoped, moment) = scope_on(&loaded, live.clone(), day);
    assert_eq!(scoped.clashes, [], "on {day}");
    let plan = Plan::new(&loaded, &scoped, moment, PlanContext::default());
    let mut organization = live;
    for step in &plan.steps {
        assert_eq!(replay_step(step, &mut organization), ReplayOutcome::Before, "on {day}: {step:?}");
        assert_sound(&organization, policy, &format!("on {day} after {:?}", step.act));
    }
    (organization, plan)
}

fn has_live(user: &User, key: &str, name: &str) -> bool {
    match key {
        "groups" => user.groups.has(&GroupName::new(name).unwrap()),
        "roles" => user.roles.has(name),
        "products" => user.exceptions.get(name) == Some(&UserException::Allow),
        _ => user.exceptions.get(name) == Some(&UserException::Deny),
    }
}

/// Asserts that those whose grants are in order have exactly what the policy grants them.
fn assert_as_declared(policy: &DatedPolicy, organization: &Organization, day: Date) {
    for person in PEOPLE {
        let user = organization.users.get(&Email::new(person).unwrap());
        assert_eq!(user.is_some(), policy.is_there(person, day), "{person} on {day}");
        let Some(user) = user.filter(|_| !is_torn(policy, person, day)) else { continue };
        let names = [("groups", &GROUPS[..]), ("roles", &["download", "beta"]), ("deny", &PRODUCTS)];
        for (key, name) in names.iter().flat_map(|(key, names)| names.iter().map(move |name| (*key, *name))) {
            let granted = policy.has(person, key, name, day);
            assert_eq!(has_live(user, key, name), granted, "{person} {key} {name} on {day}");
        }
        for product in PRODUCTS.iter().filter(|product| policy.closed != Some(**product)) {
            let granted = policy.has(person, "products", product, day);
            assert_eq!(has_live(user, "products", product), granted, "{person} {product} on {day}");
        }
    }
}

#[test]
fn valid_policy_is_applied_on_every_later_day_or_its_first_wrong_day_is_told_today() {
    let told = Mutex::new((0, 0));
    for_each_policy(150, PolicyTemper::Contradictory, |policy| {
        let Some(loaded) = policy.load(today()) else { return };
        let first = loaded.conflicts.problems.iter().map(|dated| dated.day).min();
        assert_eq!(first, first_wrong_day(policy), "{:?}", loaded.conflicts.problems);
        if let Some(first) = first {
            let named = |message: &String| message.ends_with(&format!("on {first}"));
            assert!(loaded.conflicts.problems.iter().any(|dated| named(&dated.problem.message)));
        }
        let mut told = told.lock().unwrap();
        if first.is_some() {
            told.1 += 1
        } else {
            told.0 += 1
        }
        drop(told);
        let (mut live, mut days) = (Organization::default(), policy.turning_days());
        days.extend(policy.turning_days().iter().map(|day| day.tomorrow().unwrap()));
        days.insert(today());
        for day in days.into_iter().filter(|day| *day >= today()) {
            let (after, plan) = apply_on(policy, live, day);
            let held = plan.withheld.iter().filter(|held| matches!(held.reason, WithheldReason::Conflict(_)));
            if first.is_none_or(|first| day < first) {
                assert_eq!(held.count(), 0, "withheld on {day}");
            }
            assert_as_declared(policy, &after, day);
            live = after;
        }
    });
    let (valid, wrong) = told.into_inner().unwrap();
    assert!(valid > 0 && wrong > 0, "{valid} policies are valid on all days, {wrong} not");
}
