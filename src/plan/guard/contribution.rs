//! What each guard counts, thing by thing, with the cause that an approval would name.

use super::Case;
use crate::change::{Change, Edit};
use crate::model::{Email, GroupName, ProductId, Text, User, UserException};
use crate::plan::impact::Cause;
use crate::policy::settings::{Guard, Removal};

/// One thing that a guard counts.
#[derive(Debug, Clone)]
pub(super) struct Contribution {
    pub(super) guard: Guard,
    /// What is counted: two contributions that count the same thing are one.
    pub(super) counts: Text,
    /// What approves exactly this.
    pub(super) item: Text,
    /// What it is shown under.
    pub(super) cause: Text,
    /// The person whose own it is.
    pub(super) user: Option<Text>,
    /// Whether that person leaves.
    pub(super) leaves: bool,
    /// The group it belongs to.
    pub(super) group: Option<Text>,
    /// Whether that group goes.
    pub(super) goes: bool,
}

/// Allowed products and named licences of a user.
pub(super) fn assignments(user: &User) -> usize {
    user.licences.len()
        + user.exceptions.iter().filter(|(_, exception)| **exception == UserException::Allow).count()
}

/// Everything that the limits count.
pub(super) fn contributions(case: Case<'_>) -> Vec<Contribution> {
    let mut all: Vec<Contribution> = case.changes.iter().flat_map(|change| of_change(case, change)).collect();
    access(case, &mut all);
    all
}

/// New named licences of `product`.
pub(super) fn new_licences(changes: &[Change], product: &ProductId) -> Vec<Contribution> {
    let new = changes.iter().filter_map(|change| match change {
        Change::Licence { user, product: licensed, edit: Edit::Create(()) } if licensed == product => {
            Some(user)
        }
        _ => None,
    });
    new.map(|user| edge(Guard::Licences, user, product.as_str(), false)).collect()
}

fn of_change(case: Case<'_>, change: &Change) -> Vec<Contribution> {
    let leaves = |user: &Email| !case.sides.desired.users.contains_key(user);
    match change {
        Change::User { user, edit: Edit::Delete(_) } => {
            let name = text(user);
            let guard = Guard::Removals(Removal::Users);
            vec![Contribution { user: Some(name.clone()), leaves: true, ..plain(guard, name) }]
        }
        Change::Group { group, edit: Edit::Delete(_) } => {
            let name = text(group);
            let guard = Guard::Removals(Removal::Groups);
            vec![Contribution { group: Some(name.clone()), goes: true, ..plain(guard, name) }]
        }
        Change::Membership { group, user, edit: Edit::Delete(()) } => membership(case, group, user),
        Change::Role { user, role, edit: Edit::Delete(()) } => {
            vec![edge(Guard::Removals(Removal::Roles), user, role.as_str(), leaves(user))]
        }
        Change::Exception { user, product, edit } if edit.before() == Some(&UserException::Allow) => {
            vec![edge(Guard::Removals(Removal::Assignments), user, product.as_str(), leaves(user))]
        }
        Change::Licence { user, product, edit: Edit::Delete(()) } => {
            vec![edge(Guard::Removals(Removal::Assignments), user, product.as_str(), leaves(user))]
        }
        Change::Listing { group, product, edit: Edit::Delete(()) } => {
            let cause = Text::from(format!("group {group}"));
            let counts = Text::from(format!("{group}/{product}"));
            let goes = !case.sides.desired.groups.contains_key(group);
            let guard = Guard::Removals(Removal::AllowLists);
            vec![Contribution { counts, group: Some(text(group)), goes, ..plain(guard, cause) }]
        }
        Change::User { .. }
        | Change::State { .. }
        | Change::Group { .. }
        | Change::Membership { .. }
        | Change::Role { .. }
        | Change::Exception { .. }
        | Change::Licence { .. }
        | Change::Checkout { .. }
        | Change::Listing { .. }
        | Change::Default { .. }
        | Change::Restriction { .. }
        | Change::Alert { .. }
        | Change::Contact { .. } => Vec::new(),
    }
}

/// A lost membership counts for the organization and for its group.
fn membership(case: Case<'_>, group: &GroupName, user: &Email) -> Vec<Contribution> {
    let leaves = !case.sides.desired.users.contains_key(user);
    let goes = !case.sides.desired.groups.contains_key(group);
    let of_group = Text::from(format!("group {group}"));
    let (item, cause) = match (leaves, goes) {
        (true, _) => (text(user), text(user)),
        (false, true) => (text(group), text(group)),
        (false, false) => (Text::from(format!("{group}/{user}")), of_group.clone()),
    };
    let counts = Text::from(format!("{group}/{user}"));
    let lost = Contribution {
        counts,
        item,
        user: Some(text(user)),
        leaves,
        group: Some(text(group)),
        goes,
        ..plain(Guard::Removals(Removal::Memberships), cause)
    };
    let of_one_group =
        Contribution { guard: Guard::OneGroup, item: of_group.clone(), cause: of_group, ..lost.clone() };
    vec![lost, of_one_group]
}

fn edge(guard: Guard, user: &Email, other: &str, leaves: bool) -> Contribution {
    let counts = Text::from(format!("{user}/{other}"));
    let item = if leaves { text(user) } else { counts.clone() };
    Contribution { counts, user: Some(text(user)), leaves, ..plain(guard, item) }
}

fn access(case: Case<'_>, all: &mut Vec<Contribution>) {
    for email in case.impact.leaving.keys() {
        let name = text(email);
        all.push(Contribution { user: Some(name.clone()), leaves: true, ..plain(Guard::LosesAccess, name) });
    }
    for (guard, people) in
        [(Guard::LosesAccess, &case.impact.losing), (Guard::GainsAccess, &case.impact.gaining)]
    {
        for (email, causes) in people {
            all.extend(causes.keys().map(|cause| of_cause(case, guard, email, cause)));
        }
    }
}

fn of_cause(case: Case<'_>, guard: Guard, email: &Email, cause: &Cause) -> Contribution {
    let own = match cause {
        Cause::User(user) | Cause::Membership(_, user) | Cause::Assignment(user, _) => Some(text(user)),
        Cause::Group(_) | Cause::Product(_) | Cause::Restriction(..) | Cause::Default(_) => None,
    };
    let (group, goes) = match cause {
        Cause::Group(group) => (Some(text(group)), !case.sides.desired.groups.contains_key(group)),
        _ => (None, false),
    };
    Contribution {
        counts: text(email),
        user: own,
        group,
        goes,
        ..plain(guard, Text::from(cause.to_string()))
    }
}

/// One thing that is counted, shown and approved under one name.
pub(super) fn plain(guard: Guard, item: Text) -> Contribution {
    Contribution {
        guard,
        counts: item.clone(),
        cause: item.clone(),
        item,
        user: None,
        leaves: false,
        group: None,
        goes: false,
    }
}

fn text(name: &impl std::fmt::Display) -> Text {
    Text::from(name.to_string())
}
