//! Whether a step opens or closes access.

use crate::model::access::EffectiveAccess;
use crate::model::{AccessSetting, CountryCode, Email, GroupName, ProductId, User};

use super::PlanSides;

/// What a step does to effective access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessEffect {
    /// It takes access from nobody.
    Loosens,
    /// It takes access from somebody, taken alone at the beginning or at the end of the plan.
    Tightens,
}

/// The access of both sides, for judging steps that can go either way: joining a group with a list can take
/// access away.
pub(super) struct AccessEffectJudge<'a> {
    sides: PlanSides<'a>,
    live: EffectiveAccess<'a>,
    desired: EffectiveAccess<'a>,
}

impl<'a> AccessEffectJudge<'a> {
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

    /// The effect of `user` leaving `group`. Whoever leaves the organization loses everything.
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

    /// The effect of emptying the list of `group`: its members fall back to their other lists, or to the
    /// country's settings.
    pub(super) fn emptying_effect(&self, group: &GroupName) -> AccessEffect {
        let mut members = self.sides.live.users.values().filter(|user| user.groups.has(group));
        let closes = members.any(|user| {
            products_with_group(&self.live, user, group)
                .exceeds(&products_without_group(&self.live, user, group))
        });
        if closes { AccessEffect::Tightens } else { AccessEffect::Loosens }
    }

    /// The entitlement country of a user who will be there.
    pub(super) fn country(&self, user: &User) -> CountryCode {
        self.desired.country(user)
    }
}

/// The effect of a changed setting: from closed it can only open, to closed it can only close, and an open
/// one that is no longer stated falls back to something that cannot be more open.
pub(super) fn setting_effect(before: Option<AccessSetting>, after: Option<AccessSetting>) -> AccessEffect {
    match (before, after) {
        (_, Some(AccessSetting::Nobody)) | (Some(AccessSetting::Everyone), None) => AccessEffect::Tightens,
        (_, Some(AccessSetting::Everyone)) | (Some(AccessSetting::Nobody) | None, None) => {
            AccessEffect::Loosens
        }
    }
}

fn products_with_group(
    reach: &EffectiveAccess<'_>,
    user: &User,
    group: &GroupName,
) -> crate::model::access::ProductSet {
    let mut groups = user.groups.clone();
    groups.add(group.clone());
    reach.products_as_member(user, groups.keys())
}

fn products_without_group(
    reach: &EffectiveAccess<'_>,
    user: &User,
    group: &GroupName,
) -> crate::model::access::ProductSet {
    reach.products_as_member(user, user.groups.keys().filter(|name| *name != group))
}
