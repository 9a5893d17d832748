//! Guards: limits on plans. The limits are judged on the two sides of a plan, the administrator floor on
//! every prefix of its steps.
//!
//! A guard counts what approvals do not cover. Approving the removal of a user covers everything that belongs
//! to that user; approving the removal of a group covers everything that belongs to the group. An approval
//! never raises a limit for other objects.

mod administrators;
mod approved_items;
mod contribution;
mod exposure;

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use super::impact::Impact;
use super::order::PlanSides;
use crate::change::Change;
use crate::model::{Date, LicenceKind, ProductId, Text, licences};
use crate::policy::Relation;
use crate::policy::settings::{Approval, Guard, GuardLimit, Guards, LicenceGuardAction, RemovalRelation};
use approved_items::ApprovedItems;
use contribution::{GuardContribution, contributions};

/// The guards' verdict on a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Limits that the plan exceeds; empty for a plan that may be applied.
    pub refusals: Vec<Refusal>,
    /// What a guard cannot judge, or lets pass because the policy says so.
    pub warnings: Vec<GuardWarning>,
}

/// The refusal of a plan by one guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub guard: Guard,
    /// The number that the guard counts, approved items left out.
    pub number: usize,
    /// The number that the guard lets pass.
    pub limit: usize,
    /// The number of objects before the plan, from which a share is computed; 0 where a share has no meaning.
    pub before: usize,
    /// All contributors, one for each cause, the largest first.
    pub contributors: Vec<RefusalContributor>,
    /// Items that would approve this refusal in the policy, beyond the items of the refusals before this one;
    /// empty where those items are enough, or where no approval can lift the refusal.
    pub approvable: Vec<Text>,
}

impl Refusal {
    /// Returns the currency of the numbers, where the guard counts money. `impact` is that of the refused
    /// plan.
    pub fn currency<'a>(&self, impact: &'a Impact) -> Option<&'a Text> {
        let counts_money = self.guard == Guard::Exposure;
        // What contributes is due in the currency of the limit.
        let cause = &self.contributors.first().filter(|_| counts_money)?.cause;
        let line = impact.licences.iter().find(|line| line.product.as_str() == &**cause)?;
        line.exposure.as_ref()?.after.money_due().map(|due| &due.currency)
    }
}

/// One cause of a refusal, and its part in the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalContributor {
    /// The name of the cause in approvals: a user, a group, `group/user`, `user/role`, `user/product`, `group
    /// NAME`, …
    pub cause: Text,
    /// In the unit of the guard: things counted, or whole units of currency.
    pub count: usize,
}

/// Something that a guard lets pass with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardWarning {
    /// The guard is switched off in the policy.
    Off(Guard),
    /// The plan assigns named licences of a product whose owned quantity is not known.
    OwnedUnknown {
        product: ProductId,
        /// Named licences assigned after the plan.
        assigned: u32,
    },
    /// The plan assigns more named licences than are owned, and the guard only warns.
    BeyondOwned {
        product: ProductId,
        /// Licences owned over all contracts.
        owned: u32,
        /// Named licences assigned after the plan.
        assigned: u32,
    },
    /// Usage was not read, so the projected overage is unknown, which is not 0.
    ExposureUnknown,
    /// Usage is known only up to this day, so the projected overage is unknown.
    UsageEnds(Date),
    /// Usage is known only from this day on, so the overage may be higher.
    UsageBegins(Date),
    /// The excess grows, and the product has no list price in the currency of the limit.
    ExposureUnpriced {
        product: ProductId,
        /// Machines above what is owned, after the plan.
        machines: u32,
    },
}

/// The plan that the guards judge.
#[derive(Debug, Clone, Copy)]
pub struct GuardCase<'a> {
    pub sides: PlanSides<'a>,
    pub changes: &'a [Change],
    /// The steps that carry out the changes.
    pub steps: &'a [Step],
    pub impact: &'a Impact,
    /// `exact` relations of which the policy has no entry.
    pub empty: &'a [Relation],
}

/// Judges a plan by `guards`, leaving out what the `approvals` in force on `as_of` cover.
pub fn judge_plan(case: GuardCase<'_>, guards: &Guards, approvals: &[Approval], as_of: Date) -> Verdict {
    let contributions = contributions(case);
    let given = ApprovedItems::new(approvals, as_of);
    let mut refusals = limit_refusals(&contributions, guards, &given, case);
    // Items that an earlier refusal asks to approve need not be approved again, so each refusal is judged
    // once more as if the items of the earlier refusals were approved.
    let mut assumed = given.clone();
    for refusal in &mut refusals {
        let left = contributions.iter().filter(|one| one.guard == refusal.guard && !assumed.covers(one));
        let left: Vec<&GuardContribution> = left.collect();
        if is_over_limit(&left, refusal.guard, guards, case) {
            refusal.approvable =
                left.iter().map(|one| one.item.clone()).collect::<BTreeSet<_>>().into_iter().collect();
            assumed.add(refusal.guard, &refusal.approvable);
        }
    }
    let empty = case.empty.iter().map(|relation| bare_refusal(Guard::EmptyRelation(*relation), 0, 1, 0));
    refusals.extend(empty);
    refusals.extend(administrators::floor_refusal(case, guards.administrators));
    let mut verdict = Verdict { refusals, warnings: Vec::new() };
    judge_licences(case, guards, &given, &mut verdict);
    let off =
        Guard::APPROVABLE.into_iter().chain([Guard::Administrators]).filter(|guard| is_off(*guard, guards));
    verdict.warnings.extend(off.map(GuardWarning::Off));
    if let Some(limit) = guards.exposure.as_ref().filter(|_| !case.steps.is_empty()) {
        exposure::judge_exposure(case.impact, limit, &given, &mut verdict);
    }
    verdict
}

fn bare_refusal(guard: Guard, number: usize, limit: usize, before: usize) -> Refusal {
    Refusal { guard, number, limit, before, contributors: Vec::new(), approvable: Vec::new() }
}

fn is_off(guard: Guard, guards: &Guards) -> bool {
    match guard {
        Guard::Administrators => guards.administrators.is_none(),
        Guard::Licences => guards.licences == LicenceGuardAction::Off,
        Guard::Exposure => guards.exposure.is_none(),
        Guard::EmptyRelation(_) => false,
        Guard::Removals(_) | Guard::OneGroup | Guard::LosesAccess | Guard::GainsAccess => {
            limit_of(guard, guards).is_none()
        }
    }
}

fn limit_of(guard: Guard, guards: &Guards) -> Option<GuardLimit> {
    match guard {
        Guard::Removals(removal) => guards.removals.get(&removal).copied().flatten(),
        Guard::OneGroup => guards.one_group,
        Guard::LosesAccess => guards.loses_access,
        Guard::GainsAccess => guards.gains_access,
        Guard::Administrators | Guard::Licences | Guard::Exposure | Guard::EmptyRelation(_) => None,
    }
}

/// The number of objects that `guard` limits, before the plan.
fn count_before(guard: Guard, case: GuardCase<'_>) -> usize {
    let live = case.sides.live;
    let users = live.users.values();
    match guard {
        Guard::Removals(RemovalRelation::Users) | Guard::LosesAccess | Guard::GainsAccess => live.users.len(),
        Guard::Removals(RemovalRelation::Groups) => live.groups.len(),
        Guard::Removals(RemovalRelation::Memberships) => users.map(|user| user.groups.len()).sum(),
        Guard::Removals(RemovalRelation::Roles) => users.map(|user| user.roles.len()).sum(),
        Guard::Removals(RemovalRelation::Assignments) => {
            users.map(|user| contribution::count_assignments(user)).sum()
        }
        Guard::Removals(RemovalRelation::AllowLists) => {
            live.groups.values().map(|group| group.products.len()).sum()
        }
        Guard::OneGroup
        | Guard::Administrators
        | Guard::Licences
        | Guard::Exposure
        | Guard::EmptyRelation(_) => 0,
    }
}

/// The guards that count contributions against a limit, in the order of the refusals.
const LIMITED: [Guard; 9] = [
    Guard::Removals(RemovalRelation::Users),
    Guard::Removals(RemovalRelation::Groups),
    Guard::Removals(RemovalRelation::Memberships),
    Guard::Removals(RemovalRelation::Roles),
    Guard::Removals(RemovalRelation::Assignments),
    Guard::Removals(RemovalRelation::AllowLists),
    Guard::OneGroup,
    Guard::LosesAccess,
    Guard::GainsAccess,
];

fn limit_refusals(
    contributions: &[GuardContribution],
    guards: &Guards,
    approvals: &ApprovedItems,
    case: GuardCase<'_>,
) -> Vec<Refusal> {
    let judge = |guard: &Guard| {
        let open: Vec<_> =
            contributions.iter().filter(|one| one.guard == *guard && !approvals.covers(one)).collect();
        let limit = limit_of(*guard, guards)?;
        if open.is_empty() {
            return None;
        }
        if *guard == Guard::OneGroup {
            return one_group_refusal(&open, limit, case);
        }
        let (number, before) = (count_distinct(&open), count_before(*guard, case));
        (number > limit.allowed_count(before)).then(|| Refusal {
            contributors: contributors_by_cause(&open),
            ..bare_refusal(*guard, number, limit.allowed_count(before), before)
        })
    };
    LIMITED.iter().filter_map(judge).collect()
}

/// Whether the contributions that are left still exceed the limit.
fn is_over_limit(open: &[&GuardContribution], guard: Guard, guards: &Guards, case: GuardCase<'_>) -> bool {
    match limit_of(guard, guards) {
        None => false,
        Some(limit) if guard == Guard::OneGroup => one_group_refusal(open, limit, case).is_some(),
        Some(limit) => count_distinct(open) > limit.allowed_count(count_before(guard, case)),
    }
}

/// Counts distinct things: a user who loses access for two causes counts once.
fn count_distinct(open: &[&GuardContribution]) -> usize {
    open.iter().map(|one| &one.counts).collect::<BTreeSet<_>>().len()
}

fn contributors_by_cause(open: &[&GuardContribution]) -> Vec<RefusalContributor> {
    let mut causes: BTreeMap<&Text, usize> = BTreeMap::new();
    open.iter().for_each(|one| *causes.entry(&one.cause).or_default() += 1);
    let mut contributors: Vec<_> =
        causes.into_iter().map(|(cause, count)| RefusalContributor { cause: cause.clone(), count }).collect();
    contributors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cause.cmp(&b.cause)));
    contributors
}

/// Refuses the loss of too many members of one group. The contributors are the groups over the limit, the
/// number is that of the group with the largest loss.
fn one_group_refusal(open: &[&GuardContribution], limit: GuardLimit, case: GuardCase<'_>) -> Option<Refusal> {
    let lost = contributors_by_cause(open);
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    case.sides
        .live
        .users
        .values()
        .flat_map(|user| user.groups.keys())
        .for_each(|group| *members.entry(group.as_str()).or_default() += 1);
    let size = |one: &RefusalContributor| {
        one.cause.strip_prefix("group ").and_then(|name| members.get(name)).copied().unwrap_or(0)
    };
    let over: Vec<_> = lost.into_iter().filter(|one| one.count > limit.allowed_count(size(one))).collect();
    let worst = over.first()?;
    let (number, before) = (worst.count, size(worst));
    Some(Refusal {
        contributors: over,
        ..bare_refusal(Guard::OneGroup, number, limit.allowed_count(before), before)
    })
}

/// Judges named licences that are assigned beyond what is owned, where the plan assigns more than before.
fn judge_licences(case: GuardCase<'_>, guards: &Guards, approvals: &ApprovedItems, verdict: &mut Verdict) {
    if guards.licences == LicenceGuardAction::Off {
        return;
    }
    let mut named = case.impact.licences.iter().filter(|line| line.licence == LicenceKind::Named).peekable();
    if named.peek().is_none() {
        return;
    }
    let (live, desired) =
        (licences::named_licence_counts(case.sides.live), licences::named_licence_counts(case.sides.desired));
    for line in named {
        let count = |counts: &BTreeMap<&ProductId, u32>| counts.get(&line.product).copied().unwrap_or(0);
        let (before, assigned) = (count(&live), count(&desired));
        let product = line.product.clone();
        match line.owned {
            _ if assigned <= before => {}
            None => verdict.warnings.push(GuardWarning::OwnedUnknown { product, assigned }),
            Some(owned) if assigned <= owned => {}
            Some(owned) if guards.licences == LicenceGuardAction::Warn => {
                verdict.warnings.push(GuardWarning::BeyondOwned { product, owned, assigned })
            }
            Some(owned) => {
                let new = contribution::new_licence_contributions(case.changes, &product);
                let open: Vec<_> = new.iter().filter(|one| !approvals.covers(one)).collect();
                let covered = new.len() - open.len();
                let number = (assigned as usize).saturating_sub(covered);
                // A plan does not answer for licences that were already assigned beyond what is owned.
                if number > owned.max(before) as usize {
                    let approvable = open.iter().map(|one| one.item.clone()).collect();
                    verdict.refusals.push(Refusal {
                        contributors: contributors_by_cause(&open),
                        approvable,
                        ..bare_refusal(Guard::Licences, number, owned as usize, before as usize)
                    });
                }
            }
        }
    }
}
