//! Determines whether a step opens or closes access.

use crate::change::Edit;
use crate::model::access::{EffectiveAccess, ProductSet};
use crate::model::{AccessSetting, CountryCode, Email, GroupName, ProductId, User, UserException};

use super::PlanSides;

/// The effect of a step on effective access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessEffect {
    /// The step takes access from nobody.
    Loosens,
    /// The step, considered alone at the beginning or at the end of the plan, takes access from somebody.
    Tightens,
}

/// Judges steps that can open or close access by the access of both sides: even joining a group can take
/// access away, if the group has a product list.
pub(super) struct AccessEffectJudge<'a> {
    sides: PlanSides<'a>,
    live: EffectiveAccess<'a>,
    desired: EffectiveAccess<'a>,
}

impl<'a> AccessEffectJudge<'a> {
    /// Prepares the effective access of both sides.
    pub(super) fn new(sides: PlanSides<'a>) -> Self {
        let products: Vec<&ProductId> = sides.facts.products.keys().collect();
        Self {
            sides,
            live: EffectiveAccess::new(sides.live, sides.facts, &products),
            desired: EffectiveAccess::new(sides.desired, sides.facts, &products),
        }
    }

    /// The effect of `user` joining `group`.
    pub(super) fn join_effect(&self, user: &Email, group: &GroupName) -> AccessEffect {
        let Some(desired) = self.sides.desired.users.get(user) else { return AccessEffect::Loosens };
        let closes = |reach: &EffectiveAccess<'_>, user: &User| {
            products_without_group(reach, user, group).exceeds(&products_with_group(reach, user, group))
        };
        self.judge(group, || match self.sides.live.users.get(user) {
            Some(live) => closes(&self.live, live) || closes(&self.desired, desired),
            None => {
                closes(&self.live, &User::new(desired.profile.clone(), desired.state))
                    || closes(&self.desired, desired)
            }
        })
    }

    /// The effect of `user` leaving `group`. A user who leaves the organization loses all access.
    pub(super) fn leave_effect(&self, user: &Email, group: &GroupName) -> AccessEffect {
        let (Some(live), Some(desired)) =
            (self.sides.live.users.get(user), self.sides.desired.users.get(user))
        else {
            return AccessEffect::Tightens;
        };
        let closes = |reach: &EffectiveAccess<'_>, user: &User| {
            products_with_group(reach, user, group).exceeds(&products_without_group(reach, user, group))
        };
        self.judge(group, || closes(&self.live, live) || closes(&self.desired, desired))
    }

    fn judge(&self, group: &GroupName, closes: impl Fn() -> bool) -> AccessEffect {
        let has_list = self.live.has_list(group) || self.desired.has_list(group);
        if has_list && closes() { AccessEffect::Tightens } else { AccessEffect::Loosens }
    }

    /// The effect of emptying the list of `group`: the members fall back to their other groups' lists, or to
    /// the country's settings.
    pub(super) fn emptying_effect(&self, group: &GroupName) -> AccessEffect {
        let mut members = self.sides.live.users.values().filter(|user| user.groups.has(group));
        let closes = members.any(|user| {
            products_with_group(&self.live, user, group)
                .exceeds(&products_without_group(&self.live, user, group))
        });
        if closes { AccessEffect::Tightens } else { AccessEffect::Loosens }
    }

    /// The entitlement country of a user of the desired side.
    pub(super) fn country(&self, user: &User) -> CountryCode {
        self.desired.country(user)
    }
}

/// The effect of a changed setting. A closed setting can only open access, and a change to closed can only
/// close access. An open setting that is no longer stated falls back to a setting that cannot be more open.
pub(super) fn setting_effect(edit: &Edit<AccessSetting>) -> AccessEffect {
    match (edit.before(), edit.after()) {
        (_, Some(AccessSetting::Nobody)) | (Some(AccessSetting::Everyone), None) => AccessEffect::Tightens,
        (_, Some(AccessSetting::Everyone)) | (Some(AccessSetting::Nobody) | None, None) => {
            AccessEffect::Loosens
        }
    }
}

/// The effect of a changed exception: only a product that is allowed, or no longer denied, takes access from
/// nobody.
pub(super) fn exception_effect(edit: &Edit<UserException>) -> AccessEffect {
    match (edit.before(), edit.after()) {
        (_, Some(UserException::Allow)) | (Some(UserException::Deny), None) => AccessEffect::Loosens,
        (_, Some(UserException::Deny)) | (Some(UserException::Allow) | None, None) => AccessEffect::Tightens,
    }
}

fn products_with_group(reach: &EffectiveAccess<'_>, user: &User, group: &GroupName) -> ProductSet {
    let mut groups = user.groups.clone();
    groups.add(group.clone());
    reach.products_as_member(user, groups.keys())
}

fn products_without_group(reach: &EffectiveAccess<'_>, user: &User, group: &GroupName) -> ProductSet {
    reach.products_as_member(user, user.groups.keys().filter(|name| *name != group))
}
