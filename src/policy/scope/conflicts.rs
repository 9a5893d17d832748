//! Leaves as it is what the dates of a policy make contradictory on the day of the plan.

use super::Scope;
use crate::change::{Change, Edit, WithheldReason};
use crate::diff;
use crate::model::{Email, FlatMap, FlatSet, GroupKind, GroupName, ProductId, RoleId, User, UserException};
use crate::policy::{DeclaredUser, Grant};

impl Scope<'_> {
    /// Takes back those of the `wanted` edges that contradict each other today, and withholds them.
    pub(super) fn withhold_conflicting_edges(
        &mut self,
        email: &Email,
        declared: &DeclaredUser,
        live: &User,
        wanted: &mut User,
    ) {
        let conflicts = &self.policy.conflicts;
        if conflicts.users.contains(email) {
            self.leave_roles(email, live, wanted);
            self.leave_allocation(email, declared, live, wanted);
            let both = |product: &ProductId| {
                let holds = |grant: Option<&Grant>| grant.is_some_and(Grant::holds);
                let denied = declared.deny.as_ref().and_then(|deny| deny.get::<ProductId>(product));
                holds(denied)
                    && holds(declared.products.as_ref().and_then(|list| list.get::<ProductId>(product)))
            };
            self.leave_assignments(email, live, wanted, both, "it is both allowed and denied today");
        }
        if !conflicts.products.is_empty() {
            let asked = wanted.clone();
            let is_allowed = |user: &User, product: &ProductId| {
                user.exceptions.get(product) == Some(&UserException::Allow) || user.licences.has(product)
            };
            // What ends or is denied is carried out: it is no contradiction to a product that nobody may use.
            let closed = |product: &ProductId| {
                conflicts.products.contains(product)
                    && is_allowed(&asked, product)
                    && !is_allowed(live, product)
            };
            let without = User { exceptions: FlatMap::new(), licences: FlatMap::new(), ..live.clone() };
            self.leave_assignments(email, &without, wanted, closed, "the product is allowed to nobody");
        }
    }

    /// Grants no role without the `download` that it needs, and does not revoke `download` before such a
    /// role.
    fn leave_roles(&mut self, email: &Email, live: &User, wanted: &mut User) {
        if wanted.roles.has(RoleId::DOWNLOAD) {
            return;
        }
        let asked = wanted.clone();
        let needing = |role: &&RoleId| role.needs_download();
        let kept = |role: &RoleId| !role.needs_download() || live.roles.has(role);
        wanted.roles = asked.roles.keys().filter(|role| kept(role)).cloned().collect();
        let lasting = wanted.roles.keys().find(needing).cloned();
        if lasting.is_some() && live.roles.has(RoleId::DOWNLOAD) {
            let download = live.roles.keys().filter(|role| role.is(RoleId::DOWNLOAD));
            wanted.roles = wanted.roles.keys().chain(download).cloned().collect();
        }
        for change in differences(email, wanted, &asked, diff::diff_roles) {
            let why = match &lasting {
                Some(role) if change_revokes(&change) => format!("the role {role}, which goes on, needs it"),
                Some(_) | None => "it needs the role download".to_owned(),
            };
            self.withhold(change, WithheldReason::Conflict(why.into()));
        }
    }

    /// Leaves a person in the allocation group that they are in, and puts nobody into a second one.
    fn leave_allocation(&mut self, email: &Email, declared: &DeclaredUser, live: &User, wanted: &mut User) {
        let is_allocation = |group: &&GroupName| {
            let known = self.policy.groups.get(*group);
            known.is_some_and(|known| known.kind == Some(GroupKind::Allocation))
        };
        let mut held: Vec<GroupName> = wanted.groups.keys().filter(is_allocation).cloned().collect();
        if held.len() < 2 {
            return;
        }
        let place = |group: &GroupName| declared.groups.get::<GroupName>(group).map(|grant| grant.place);
        held.sort_by_key(|group| (!live.groups.has(group), place(group)));
        let Some(first) = held.first().cloned() else { return };
        let asked = wanted.clone();
        let left = |group: &GroupName| live.groups.has(group) || *group == first || !held.contains(group);
        wanted.groups = asked.groups.keys().filter(|group| left(group)).cloned().collect();
        for change in differences(email, wanted, &asked, diff::diff_memberships) {
            let why = format!("one allocation group is all that a person can be in, and {first} goes on");
            self.withhold(change, WithheldReason::Conflict(why.into()));
        }
    }

    /// Gives the assignments of these products the values that they have in `live`.
    fn leave_assignments(
        &mut self,
        email: &Email,
        live: &User,
        wanted: &mut User,
        concerned: impl Fn(&ProductId) -> bool,
        why: &str,
    ) {
        let asked = wanted.clone();
        let others = asked.exceptions.iter().filter(|(product, _)| !concerned(product));
        let kept = live.exceptions.iter().filter(|(product, _)| concerned(product));
        wanted.exceptions =
            others.chain(kept).map(|(product, exception)| (product.clone(), *exception)).collect();
        let others = asked.licences.iter().filter(|(product, _)| !concerned(product));
        let kept = live.licences.iter().filter(|(product, _)| concerned(product));
        wanted.licences = others.chain(kept).map(|(product, licence)| (product.clone(), *licence)).collect();
        for change in differences(email, wanted, &asked, diff::diff_assignments) {
            self.withhold(change, WithheldReason::Conflict(why.into()));
        }
    }

    /// Returns the list of a group without products that nobody may use today, unless they are on it already.
    pub(super) fn withhold_conflicting_list(
        &mut self,
        group: &GroupName,
        live: Option<&FlatSet<ProductId>>,
        wanted: FlatSet<ProductId>,
    ) -> FlatSet<ProductId> {
        let closed = &self.policy.conflicts.products;
        let is_new =
            |product: &&ProductId| closed.contains(*product) && !live.is_some_and(|list| list.has(*product));
        if closed.is_empty() || !wanted.keys().any(|product| is_new(&product)) {
            return wanted;
        }
        let left: FlatSet<ProductId> = wanted.keys().filter(|product| !is_new(product)).cloned().collect();
        // A list that loses its last product opens all others, so it stays as it is instead.
        let left = if left.is_empty() { live.cloned().unwrap_or_default() } else { left };
        for (product, edit) in diff::edits(left.iter(), wanted.iter()) {
            let change = Change::Listing { group: group.clone(), product: product.clone(), edit };
            self.withhold(change, WithheldReason::Conflict("the product is allowed to nobody".into()));
        }
        left
    }
}

fn change_revokes(change: &Change) -> bool {
    matches!(change, Change::Role { edit: Edit::Delete(()), .. })
}

/// Returns what was asked for beyond what is wanted now.
fn differences(
    email: &Email,
    wanted: &User,
    asked: &User,
    diff: impl Fn(&Email, Option<&User>, Option<&User>, &mut Vec<Change>),
) -> Vec<Change> {
    let mut changes = Vec::new();
    diff(email, Some(wanted), Some(asked), &mut changes);
    changes
}
