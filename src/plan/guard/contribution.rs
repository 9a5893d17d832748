//! The contributions that each guard counts, with the cause that an approval would name.

use std::borrow::Cow;

use super::GuardCase;
use crate::change::{Change, Edit};
use crate::model::{Email, GroupName, ProductId, Text, User, UserException, UserState};
use crate::plan::impact::AccessCause;
use crate::policy::settings::{Guard, RemovalRelation};

/// One thing that a guard counts.
#[derive(Debug, Clone)]
pub(super) struct GuardContribution {
    pub(super) guard: Guard,
    /// The thing that is counted: contributions with equal `counts` count once.
    pub(super) counts: Text,
    /// The item of an approval that covers exactly this contribution.
    pub(super) item: Text,
    /// The cause under which reports show the contribution.
    pub(super) cause: Text,
    /// The object whose loss the guard judges by itself: one group, or one role.
    pub(super) part: Option<Text>,
    /// The user whom the contribution belongs to; approving the user covers the contribution.
    pub(super) user: Option<Text>,
    /// Whether that user leaves the organization.
    pub(super) leaves: bool,
    /// The group that the contribution belongs to; approving the group covers the contribution.
    pub(super) group: Option<Text>,
    /// Whether that group is deleted.
    pub(super) goes: bool,
}

impl GuardContribution {
    /// The names under which an approval covers the contribution, each with the guard of that approval.
    pub(super) fn approvable_names(&self) -> impl Iterator<Item = (Guard, Cow<'_, str>)> {
        // Approving a user covers that user's own memberships, roles and assignments.
        let own = [Some(&self.item), Some(&self.cause), self.user.as_ref(), self.group.as_ref()];
        let own = own.into_iter().flatten().map(|name| (self.guard, Cow::Borrowed(&**name)));
        let listed = self.group.iter().map(|group| (self.guard, format!("group {group}").into()));
        let removed = [
            (RemovalRelation::Users, self.user.as_ref().filter(|_| self.leaves)),
            (RemovalRelation::Groups, self.group.as_ref().filter(|_| self.goes)),
        ];
        let removed = removed
            .into_iter()
            .filter_map(|(removal, name)| Some((Guard::Removals(removal), Cow::Borrowed(&**name?))));
        own.chain(listed).chain(removed)
    }
}

/// Counts the allowed products and named licences of a user.
pub(super) fn count_assignments(user: &User) -> usize {
    user.licences.len()
        + user.exceptions.iter().filter(|(_, exception)| **exception == UserException::Allow).count()
}

/// All contributions that the limits count.
pub(super) fn contributions(case: GuardCase<'_>) -> Vec<GuardContribution> {
    let mut all: Vec<GuardContribution> =
        case.changes.iter().flat_map(|change| change_contributions(case, change)).collect();
    add_access_contributions(case, &mut all);
    all
}

/// One contribution for each new named licence.
pub(super) fn new_licence_contributions(
    changes: &[Change],
) -> impl Iterator<Item = (&ProductId, GuardContribution)> {
    let new = changes.iter().filter_map(Change::new_licence);
    new.map(|(user, product)| (product, edge_contribution(Guard::Licences, user, product.as_str(), false)))
}

fn change_contributions(case: GuardCase<'_>, change: &Change) -> Vec<GuardContribution> {
    let revoked = |relation, user: &Email, other: &str| {
        let leaves = !case.sides.desired.users.contains_key(user);
        edge_contribution(Guard::Removals(relation), user, other, leaves)
    };
    match change {
        Change::User { user, edit: Edit::Delete(_) } => {
            vec![leaver_contribution(Guard::Removals(RemovalRelation::Users), user)]
        }
        Change::Group { group, edit: Edit::Delete(_) } => vec![deleted_group_contribution(group)],
        Change::Membership { group, user, edit: Edit::Delete(()) } => {
            lost_membership_contributions(case, group, user)
        }
        Change::Role { user, role, edit: Edit::Delete(()) } => {
            let revoked = revoked(RemovalRelation::Roles, user, role.as_str());
            vec![GuardContribution { part: Some(to_text(role)), ..revoked }]
        }
        Change::State { user, after: UserState::Locked, .. } if case.sides.live.users.contains_key(user) => {
            let name = to_text(user);
            let own = Some(name.clone());
            vec![GuardContribution { user: own, ..plain_contribution(Guard::AccountLocks, name) }]
        }
        Change::Exception { user, product, edit } if edit.before() == Some(&UserException::Allow) => {
            vec![revoked(RemovalRelation::Assignments, user, product.as_str())]
        }
        Change::Licence { user, product, edit: Edit::Delete(()) } => {
            vec![revoked(RemovalRelation::Assignments, user, product.as_str())]
        }
        Change::Listing { group, product, edit: Edit::Delete(()) } => {
            vec![unlisted_product_contribution(case, group, product)]
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

/// A user who leaves the organization.
fn leaver_contribution(guard: Guard, user: &Email) -> GuardContribution {
    let name = to_text(user);
    GuardContribution { user: Some(name.clone()), leaves: true, ..plain_contribution(guard, name) }
}

fn deleted_group_contribution(group: &GroupName) -> GuardContribution {
    let name = to_text(group);
    let guard = Guard::Removals(RemovalRelation::Groups);
    GuardContribution { group: Some(name.clone()), goes: true, ..plain_contribution(guard, name) }
}

/// A product that a group's list loses.
fn unlisted_product_contribution(
    case: GuardCase<'_>,
    group: &GroupName,
    product: &ProductId,
) -> GuardContribution {
    let cause = Text::from(format!("group {group}"));
    GuardContribution {
        counts: Text::from(format!("{group}/{product}")),
        group: Some(to_text(group)),
        goes: !case.sides.desired.groups.contains_key(group),
        ..plain_contribution(Guard::Removals(RemovalRelation::AllowLists), cause)
    }
}

/// A lost membership counts twice: for the organization, and for its group. A group that is deleted is the
/// business of the guard on removed groups.
fn lost_membership_contributions(
    case: GuardCase<'_>,
    group: &GroupName,
    user: &Email,
) -> Vec<GuardContribution> {
    let leaves = !case.sides.desired.users.contains_key(user);
    let goes = !case.sides.desired.groups.contains_key(group);
    let of_group = Text::from(format!("group {group}"));
    let (item, cause) = match (leaves, goes) {
        (true, _) => (to_text(user), to_text(user)),
        (false, true) => (to_text(group), to_text(group)),
        (false, false) => (Text::from(format!("{group}/{user}")), of_group.clone()),
    };
    let counts = Text::from(format!("{group}/{user}"));
    let lost = GuardContribution {
        counts,
        item,
        user: Some(to_text(user)),
        leaves,
        group: Some(to_text(group)),
        goes,
        ..plain_contribution(Guard::Removals(RemovalRelation::Memberships), cause)
    };
    if goes {
        return vec![lost];
    }
    let of_one_group = GuardContribution {
        guard: Guard::OneGroup,
        item: of_group.clone(),
        cause: of_group.clone(),
        part: Some(of_group),
        ..lost.clone()
    };
    vec![lost, of_one_group]
}

/// A role or assignment of a user; `other` is the role or product.
fn edge_contribution(guard: Guard, user: &Email, other: &str, leaves: bool) -> GuardContribution {
    let counts = Text::from(format!("{user}/{other}"));
    let item = if leaves { to_text(user) } else { counts.clone() };
    GuardContribution { counts, user: Some(to_text(user)), leaves, ..plain_contribution(guard, item) }
}

fn add_access_contributions(case: GuardCase<'_>, all: &mut Vec<GuardContribution>) {
    for email in case.impact.leaving.keys() {
        all.push(leaver_contribution(Guard::LosesAccess, email));
    }
    for (guard, people) in
        [(Guard::LosesAccess, &case.impact.losing), (Guard::GainsAccess, &case.impact.gaining)]
    {
        for (email, causes) in people {
            all.extend(causes.keys().map(|cause| cause_contribution(case, guard, email, cause)));
        }
    }
}

fn cause_contribution(
    case: GuardCase<'_>,
    guard: Guard,
    email: &Email,
    cause: &AccessCause,
) -> GuardContribution {
    let (own, group, goes) = match cause {
        AccessCause::User(user) | AccessCause::Membership(_, user) | AccessCause::Assignment(user, _) => {
            (Some(to_text(user)), None, false)
        }
        AccessCause::Group(group) => {
            (None, Some(to_text(group)), !case.sides.desired.groups.contains_key(group))
        }
        AccessCause::Product(_) | AccessCause::Restriction(..) | AccessCause::Default(_) => {
            (None, None, false)
        }
    };
    GuardContribution {
        counts: to_text(email),
        user: own,
        group,
        goes,
        ..plain_contribution(guard, Text::from(cause.to_string()))
    }
}

/// A contribution that is counted, shown and approved under one name.
pub(super) fn plain_contribution(guard: Guard, item: Text) -> GuardContribution {
    GuardContribution {
        guard,
        counts: item.clone(),
        cause: item.clone(),
        item,
        part: None,
        user: None,
        leaves: false,
        group: None,
        goes: false,
    }
}

fn to_text(name: &impl std::fmt::Display) -> Text {
    Text::from(name.to_string())
}
