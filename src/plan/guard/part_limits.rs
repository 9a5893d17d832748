//! Limits on what each object may lose by itself: a group of its members, a role of its holders.

use std::collections::BTreeMap;

use super::contribution::GuardContribution;
use super::{GuardCase, Refusal, RefusalPart, bare_refusal, contributors_by_cause};
use crate::model::Text;
use crate::policy::settings::{Guard, GuardLimit, RemovalRelation};

/// Refuses the losses of the objects that lose more than `limit`, and returns those losses. The number is
/// that of the object that loses most.
pub(super) fn part_refusal<'c>(
    guard: Guard,
    limit: GuardLimit,
    open: &[&'c GuardContribution],
    case: GuardCase<'_>,
) -> Option<(Refusal, Vec<&'c GuardContribution>)> {
    let mut lost: BTreeMap<&str, usize> = BTreeMap::new();
    open.iter().filter_map(|one| one.part.as_deref()).for_each(|part| *lost.entry(part).or_default() += 1);
    let limit = |part: &str| if guard == Guard::OneGroup { limit } else { limit.role_limit(part) };
    lost.retain(|part, number| *number > limit(part).floor as usize);
    // Everybody is looked at only where something is above its floor.
    if lost.is_empty() {
        return None;
    }
    let sizes = part_sizes(guard, lost.keys().copied(), case);
    let over = lost.into_iter().filter_map(|(name, number)| {
        let before = sizes.get(name).copied().unwrap_or(0);
        let limit = limit(name).allowed_count(before);
        (number > limit).then(|| RefusalPart { name: name.into(), number, before, limit })
    });
    let mut parts: Vec<RefusalPart> = over.collect();
    parts.sort_by(|a, b| b.number.cmp(&a.number).then_with(|| a.name.cmp(&b.name)));
    let &RefusalPart { number, limit, before, .. } = parts.first()?;
    let is_over = |part: &Text| parts.iter().any(|over| over.name == *part);
    let refused: Vec<_> = open.iter().copied().filter(|one| one.part.as_ref().is_some_and(is_over)).collect();
    let contributors = contributors_by_cause(&refused);
    Some((Refusal { contributors, parts, ..bare_refusal(guard, number, limit, before) }, refused))
}

/// Whether the guard judges each object by itself.
pub(super) fn has_parts(guard: Guard) -> bool {
    match guard {
        Guard::OneGroup | Guard::Removals(RemovalRelation::Roles) => true,
        Guard::Removals(
            RemovalRelation::Users
            | RemovalRelation::Groups
            | RemovalRelation::Memberships
            | RemovalRelation::Assignments
            | RemovalRelation::AllowLists,
        )
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks
        | Guard::Administrators
        | Guard::InvitedAdministrators
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure
        | Guard::EmptyRelation(_) => false,
    }
}

/// The number of members, or of holders, that each of `parts` has before the plan.
fn part_sizes<'n>(
    guard: Guard,
    parts: impl Iterator<Item = &'n str>,
    case: GuardCase<'_>,
) -> BTreeMap<&'n str, usize> {
    let bare = |name: &'n str| name.strip_prefix("group ").filter(|_| guard == Guard::OneGroup);
    let named: BTreeMap<&str, &str> = parts.map(|name| (bare(name).unwrap_or(name), name)).collect();
    let mut sizes = BTreeMap::new();
    let mut count = |held: &str| {
        named.get(held).into_iter().for_each(|name| *sizes.entry(*name).or_default() += 1);
    };
    for user in case.sides.live.users.values() {
        if guard == Guard::OneGroup {
            user.groups.keys().for_each(|group| count(group.as_str()));
        } else {
            user.roles.keys().for_each(|role| count(role.as_str()));
        }
    }
    sizes
}
