//! The items that approvals cover.

use std::collections::{BTreeMap, BTreeSet};

use super::contribution::GuardContribution;
use crate::model::{Date, Text};
use crate::policy::settings::{Approval, Guard, RemovalRelation};

/// Approved items by guard.
#[derive(Debug, Clone, Default)]
pub(super) struct ApprovedItems {
    items: BTreeMap<Guard, BTreeSet<Text>>,
}

impl ApprovedItems {
    /// The items of the approvals that are in force on `as_of`.
    pub(super) fn new(approvals: &[Approval], as_of: Date) -> Self {
        let mut given = Self::default();
        for approval in approvals.iter().filter(|approval| approval.until >= as_of) {
            given.items.entry(approval.guard).or_default().extend(approval.items.iter().cloned());
        }
        given
    }

    /// Adds `items` as approved for `guard`.
    pub(super) fn add(&mut self, guard: Guard, items: &[Text]) {
        self.items.entry(guard).or_default().extend(items.iter().cloned());
    }

    fn has_item(&self, guard: Guard, item: &str) -> bool {
        self.items.get(&guard).is_some_and(|items| items.contains(item))
    }

    /// Whether an approval covers the contribution, so that no guard counts it.
    pub(super) fn covers(&self, one: &GuardContribution) -> bool {
        let user = one.user.as_deref();
        let group = one.group.as_deref();
        let by_item = self.has_item(one.guard, &one.item) || self.has_item(one.guard, &one.cause);
        // Approving a user covers that user's own memberships, roles and assignments.
        let by_user = user.is_some_and(|user| {
            self.has_item(one.guard, user)
                || (one.leaves && self.has_item(Guard::Removals(RemovalRelation::Users), user))
        });
        let by_group = group.is_some_and(|group| {
            self.has_item(one.guard, group)
                || self.has_item(one.guard, &format!("group {group}"))
                || (one.goes && self.has_item(Guard::Removals(RemovalRelation::Groups), group))
        });
        by_item || by_user || by_group
    }
}
