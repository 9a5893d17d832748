//! The acts that steps perform.

use std::mem::discriminant;

use crate::change::Change;
use crate::model::{Email, FlatSet, GroupName, ProductId};
use crate::object::{ChangeFacts, ObjectKind, list_facts, move_facts};

/// What a step does: one difference in one write, or several that only one write can make. A value before is
/// a precondition: if the live value differs, the step is blocked.
///
/// Users and groups have the name that is in force when the step's turn comes: the old name up to and
/// including the step that renames them, the new name after that step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Make one difference. A difference of a user or group as a whole is filed under the name before it.
    Change(Change),
    /// Move a user from one allocation group to another in one write.
    SwapAllocation { user: Email, from: GroupName, to: GroupName },
    /// Replace a group's product list in one write: changing single products would shut members out in
    /// between.
    SetList { group: GroupName, before: FlatSet<ProductId>, after: FlatSet<ProductId> },
}

impl Act {
    /// What is to be known of the act without its plan.
    pub fn facts(&self) -> ChangeFacts<'_> {
        match self {
            Self::Change(change) => ChangeFacts::from_change(change),
            Self::SwapAllocation { user, from, to } => move_facts(user, from, to),
            Self::SetList { group, before: _, after: _ } => list_facts(group),
        }
    }

    /// The difference that the act makes; `None` where it makes several.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Change(change) => Some(change),
            Self::SwapAllocation { .. } | Self::SetList { .. } => None,
        }
    }

    /// The product lists of a group before and after the act.
    pub fn lists(&self) -> Option<(&FlatSet<ProductId>, &FlatSet<ProductId>)> {
        match self {
            Self::SetList { group: _, before, after } => Some((before, after)),
            Self::Change(_) | Self::SwapAllocation { .. } => None,
        }
    }

    /// Whether the organization no longer shows what `earlier` did once this act, which needs `earlier`, is
    /// done: because the object is gone, or because the same value of the user or group has changed again.
    pub fn takes_over(&self, earlier: &Self) -> bool {
        let kind = |act: &Self| (discriminant(act), act.change().map(discriminant));
        let changes_the_object = match self.facts().kind {
            ObjectKind::User | ObjectKind::Group | ObjectKind::ProductList => true,
            ObjectKind::Role
            | ObjectKind::Membership
            | ObjectKind::Exception
            | ObjectKind::Licence
            | ObjectKind::Checkout
            | ObjectKind::AccessSetting
            | ObjectKind::Alert
            | ObjectKind::Contact => false,
        };
        self.change().is_some_and(Change::deletes_object) || changes_the_object && kind(self) == kind(earlier)
    }
}
