//! A grant from several places lasts as long as the longest, and is explained by its line.

use jiff::ToSpan;
use seatwise::audit::OrganizationView;
use seatwise::audit::access_review::{HeldObject, access_review};
use seatwise::audit::explanation::{AccessFact, ChainLine, ChainLink, explain_access};
use seatwise::audit::user_holdings::{GroupHolding, user_holdings};
use seatwise::change::{Change, Edit, StepReason};
use seatwise::model::{Date, Email, ProductId, RoleId};
use seatwise::plan::{Plan, PlanContext};

use super::dated_policy::{DatedPolicy, GROUPS, GrantLine, PEOPLE, PolicyTemper, for_each_policy, scope_on};
use crate::policy::dated_policy::today;

/// The last day of the unbroken stay around `day`; `None` where it has no end.
fn last_day(lines: &[GrantLine], day: Date) -> Option<Date> {
    let mut last = day;
    for _ in 0..1000 {
        let next = last.tomorrow().unwrap();
        if !lines.iter().any(|line| line.holds(next)) {
            return Some(last);
        }
        last = next;
    }
    None
}

/// Asserts that the first line of a chain is the one that ends the stay, with its last day.
fn assert_ends(what: &str, shown: &[ChainLine], lines: &[GrantLine]) {
    let Some(ChainLine { why: StepReason::Declared { at, until, .. }, .. }) = shown.first() else {
        panic!("{what}: {shown:?} is not a chain that begins with a line of the policy");
    };
    let end = last_day(lines, today());
    assert_eq!(*until, end, "{what}");
    let ending: Vec<u32> = lines.iter().filter(|line| line.until == end).map(|line| line.line).collect();
    assert!(ending.contains(&at.line), "{what}: line {} is none of {ending:?}", at.line);
}

fn assert_membership(policy: &DatedPolicy, person: &str, group: &str, shown: &[ChainLine]) {
    let what = format!("{person} in {group}");
    assert_ends(&what, shown, &policy.lines(person, "groups", group));
    let (ChainLink::Member(named), StepReason::Declared { at, until, .. }) = (&shown[0].link, &shown[0].why)
    else {
        panic!("{what}: {shown:?}");
    };
    let direct = policy.direct_lines(person, "groups", named.as_str());
    let is_there = direct.iter().any(|line| line.line == at.line && line.until == *until);
    assert!(is_there, "{what}: line {} makes nobody a member of {named} until {until:?}", at.line);
    let mut reached = named.as_str();
    for line in shown[1..].iter() {
        let ChainLink::Includes { inner, outer } = &line.link else { continue };
        assert_eq!(inner.as_str(), reached, "{what}");
        assert!(policy.includes[outer.as_str()].contains(&inner.as_str()), "{what}");
        reached = outer.as_str();
    }
    assert_eq!(reached, group, "{what}");
}

fn holds_today(lines: &[GrantLine]) -> bool {
    lines.iter().any(|line| line.holds(today()))
}

#[test]
fn ends_and_lines_are_those_of_the_slow_expansion_of_the_policy() {
    for_each_policy(150, PolicyTemper::Tame, |policy| {
        let loaded = policy.load(today()).expect("a policy without problems");
        let (scoped, moment) = scope_on(&loaded, Default::default(), today());
        let picture = OrganizationView::from_desired(&scoped, &loaded);
        let review = access_review(picture, moment, None);
        for person in PEOPLE.into_iter().filter(|person| policy.is_there(person, today())) {
            let email = Email::new(person).unwrap();
            let holdings = user_holdings(picture, &email).expect("a person of the policy");
            let names: Vec<_> = holdings.groups.iter().map(|held| held.group.as_str()).collect();
            let expected: Vec<_> = GROUPS
                .into_iter()
                .filter(|group| holds_today(&policy.lines(person, "groups", group)))
                .collect();
            assert_eq!(names, expected, "{person}");
            for GroupHolding { group, lines: shown, .. } in &holdings.groups {
                assert_membership(policy, person, group.as_str(), shown);
            }
            for (role, shown) in &holdings.roles {
                let lines = policy.lines(person, "roles", role.as_str());
                assert_ends(&format!("{person} has {role}"), shown, &lines);
            }
            for product in ["p", "q"] {
                assert_why(policy, picture, person, product);
            }
            let reviewed = review.people.iter().find(|reviewed| *reviewed.email == email).unwrap();
            for holding in &reviewed.holdings {
                match holding.held {
                    HeldObject::Group(group) => {
                        assert_membership(policy, person, group.as_str(), &holding.lines);
                    }
                    HeldObject::Role(role) => {
                        let lines = policy.lines(person, "roles", role.as_str());
                        assert_ends(&format!("{person} has {role}"), &holding.lines, &lines);
                    }
                    HeldObject::Exception(product, _) => {
                        let lines = policy.lines(person, "products", product.as_str());
                        assert_ends(&format!("{person} may use {product}"), &holding.lines, &lines);
                    }
                    HeldObject::Licence(..) | HeldObject::Checkout(_) => {}
                }
            }
        }
    });
}

fn assert_why(policy: &DatedPolicy, picture: OrganizationView<'_>, person: &str, product: &str) {
    let id = ProductId::new(product).unwrap();
    let explanation = explain_access(picture, &Email::new(person).unwrap(), &id).unwrap();
    let by_name = policy.lines(person, "products", product);
    let exception = explanation.said.iter().find(|said| matches!(said.fact, AccessFact::Exception(_)));
    assert_eq!(exception.is_some(), holds_today(&by_name), "{person} {product}");
    if let Some(said) = exception {
        assert_ends(&format!("why {person} {product}"), &said.lines, &by_name);
    }
    for said in &explanation.said {
        let AccessFact::List { group, .. } = &said.fact else { continue };
        let listed = said.lines.iter().position(|line| matches!(line.link, ChainLink::Listed(_)));
        let lines = policy.list_lines(group.as_str(), product);
        assert_eq!(listed.is_some(), holds_today(&lines), "{product} on the list of {group}");
        let (member, list) = said.lines.split_at(listed.unwrap_or(said.lines.len()));
        assert_membership(policy, person, group.as_str(), member);
        if !list.is_empty() {
            assert_ends(&format!("{product} on the list of {group}"), list, &lines);
        }
    }
}

/// The person and the lines of a grant that a change takes away.
fn revoked_lines(policy: &DatedPolicy, change: &Change) -> Option<Vec<GrantLine>> {
    let of = |user: &Email, key, name: &str| policy.lines(user.as_str(), key, name);
    match change {
        Change::Membership { group, user, edit: Edit::Delete(()) } => {
            Some(of(user, "groups", group.as_str()))
        }
        Change::Role { user, role, edit: Edit::Delete(()) } => Some(of(user, "roles", RoleId::as_str(role))),
        Change::Exception { user, product, edit: Edit::Delete(_) } => {
            Some(of(user, "products", product.as_str()))
        }
        Change::Listing { group, product, edit: Edit::Delete(()) } => {
            Some(policy.list_lines(group.as_str(), product.as_str()))
        }
        _ => None,
    }
}

#[test]
fn removals_are_explained_by_the_line_that_ended_last() {
    for_each_policy(100, PolicyTemper::Tame, |policy| {
        let before = policy.load(today()).expect("a policy without problems");
        let live = scope_on(&before, Default::default(), today()).0.desired.0;
        for days in [1, 2, 5, 9, 14, 40] {
            let day = today().saturating_add(days.days());
            let loaded = policy.load(day).expect("a policy without problems");
            let (scoped, moment) = scope_on(&loaded, live.clone(), day);
            let plan = Plan::new(&loaded, &scoped, moment, PlanContext::default());
            for step in &plan.steps {
                let Some(change) = step.act.change() else { continue };
                let mut change = change.clone();
                let leaves = |user: &Email| !policy.is_there(user.as_str(), day);
                if change.names_mut().0.is_some_and(|user| leaves(user)) {
                    continue;
                }
                let Some(lines) = revoked_lines(policy, &change) else { continue };
                let held = |day: &Date| lines.iter().any(|line| line.holds(*day));
                let ago = (1..1000_i64).map(|ago| day.saturating_sub(ago.days()));
                let on = ago.into_iter().find(held).expect("a day on which it held");
                let [StepReason::Ended { at, on: said }] = &step.why[..] else {
                    panic!("{change:?} on {day}: {:?}", step.why)
                };
                assert_eq!(*said, on, "{change:?} on {day}");
                let ended = lines.iter().any(|line| line.line == at.line && line.until == Some(on));
                assert!(ended, "{change:?} on {day}: line {} did not end on {on}", at.line);
            }
        }
    });
}
