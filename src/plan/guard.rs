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
mod part_limits;

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
    /// The currency of the numbers, where the guard counts money.
    pub currency: Option<Text>,
    /// All contributors, one for each cause, the largest first.
    pub contributors: Vec<RefusalContributor>,
    /// The objects over their own limits, those that lose most first, where the guard judges each object by
    /// itself; `number`, `limit` and `before` are then those of the first.
    pub parts: Vec<RefusalPart>,
    /// Items that would approve this refusal in the policy, beyond the items of the refusals before this one;
    /// empty where those items are enough, or where no approval can lift the refusal.
    pub approvable: Vec<Text>,
}

impl Refusal {
    /// Returns the currency of the numbers, where the guard counts money. `impact` is that of the refused
    /// plan, which plans of earlier versions take the currency from.
    pub fn currency_in<'a>(&'a self, impact: &'a Impact) -> Option<&'a Text> {
        if self.currency.is_some() || !counts_money(self.guard) {
            return self.currency.as_ref();
        }
        // What contributes is due in the currency of the limit.
        let cause = &self.contributors.first()?.cause;
        let line = impact.licences.iter().find(|line| line.product.as_str() == &**cause)?;
        line.exposure.as_ref()?.after.money_due().map(|due| &due.currency)
    }
}

fn counts_money(guard: Guard) -> bool {
    match guard {
        Guard::AddedExposure | Guard::Exposure => true,
        Guard::Removals(_)
        | Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks
        | Guard::Administrators
        | Guard::InvitedAdministrators
        | Guard::Licences
        | Guard::EmptyRelation(_) => false,
    }
}

/// An object over the limit that a guard sets for each object: a group that loses members, or a role that is
/// revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalPart {
    /// `group NAME`, or the id of a role.
    pub name: Text,
    /// How many members or holders it loses, approved items left out.
    pub number: usize,
    /// How many it has before the plan.
    pub before: usize,
    /// How many it may lose.
    pub limit: usize,
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
    /// An approval for the guard, which refuses the plan, names nothing that the guard counts.
    IdleApproval {
        guard: Guard,
        /// As the policy writes it.
        item: Text,
        /// What the guard counts under the most similar name.
        nearest: Option<Text>,
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
    let mut contributions = contributions(case);
    if !approvals.is_empty() {
        // These are judged by other means than counting, and are named by approvals all the same.
        contributions.extend(contribution::new_licence_contributions(case.changes).map(|(_, one)| one));
        contributions.extend(exposure::growth_contributions(case.impact));
    }
    let given = ApprovedItems::new(approvals, as_of, &contributions);
    let mut refusals = limit_refusals(&contributions, guards, &given, case);
    let empty = case.empty.iter().map(|relation| bare_refusal(Guard::EmptyRelation(*relation), 0, 1, 0));
    refusals.extend(empty);
    refusals.extend(administrators::floor_refusal(case, guards.administrators));
    let mut verdict = Verdict { refusals, warnings: Vec::new() };
    judge_licences(case, guards, &given, &mut verdict);
    let off =
        Guard::APPROVABLE.into_iter().chain([Guard::Administrators]).filter(|guard| is_off(*guard, guards));
    verdict.warnings.extend(off.map(GuardWarning::Off));
    if !case.steps.is_empty() {
        exposure::judge_exposure(case.impact, guards, &given, &mut verdict);
    }
    let refused: BTreeSet<Guard> =
        verdict.refusals.iter().map(|refusal| refusal.guard.approval_guard()).collect();
    let idle = refused.into_iter().flat_map(|guard| given.idle_approvals(guard, &contributions));
    verdict.warnings.extend(idle);
    verdict
}

fn bare_refusal(guard: Guard, number: usize, limit: usize, before: usize) -> Refusal {
    let (contributors, parts, approvable) = (Vec::new(), Vec::new(), Vec::new());
    Refusal { guard, number, limit, before, currency: None, contributors, parts, approvable }
}

fn is_off(guard: Guard, guards: &Guards) -> bool {
    match guard {
        Guard::Administrators | Guard::InvitedAdministrators => guards.administrators.is_none(),
        Guard::Licences => guards.licences == LicenceGuardAction::Off,
        Guard::AddedExposure | Guard::Exposure => {
            guards.added_exposure.is_none() && guards.exposure.is_none()
        }
        Guard::EmptyRelation(_) => false,
        Guard::Removals(_)
        | Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks => limit_of(guard, guards).is_none(),
    }
}

fn limit_of(guard: Guard, guards: &Guards) -> Option<GuardLimit> {
    match guard {
        Guard::Removals(removal) => guards.removals.get(&removal).copied().flatten(),
        Guard::OneGroup => guards.one_group,
        Guard::LosesAccess => guards.loses_access,
        Guard::GainsAccess => guards.gains_access,
        Guard::AccountLocks => guards.account_locks,
        Guard::Administrators
        | Guard::InvitedAdministrators
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure
        | Guard::EmptyRelation(_) => None,
    }
}

/// The number of objects that `guard` limits, before the plan.
fn count_before(guard: Guard, case: GuardCase<'_>) -> usize {
    let live = case.sides.live;
    let users = live.users.values();
    match guard {
        Guard::Removals(RemovalRelation::Users)
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks => live.users.len(),
        Guard::Removals(RemovalRelation::Groups) => live.groups.len(),
        Guard::Removals(RemovalRelation::Memberships) => users.map(|user| user.groups.len()).sum(),
        Guard::Removals(RemovalRelation::Assignments) => {
            users.map(|user| contribution::count_assignments(user)).sum()
        }
        Guard::Removals(RemovalRelation::AllowLists) => {
            live.groups.values().map(|group| group.products.len()).sum()
        }
        // Of these two, each object has a number of its own.
        Guard::Removals(RemovalRelation::Roles) | Guard::OneGroup => 0,
        Guard::Administrators
        | Guard::InvitedAdministrators
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure
        | Guard::EmptyRelation(_) => 0,
    }
}

/// The guards that count contributions against a limit, in the order of the refusals.
const LIMITED: [Guard; 10] = [
    Guard::Removals(RemovalRelation::Users),
    Guard::Removals(RemovalRelation::Groups),
    Guard::Removals(RemovalRelation::Memberships),
    Guard::Removals(RemovalRelation::Roles),
    Guard::Removals(RemovalRelation::Assignments),
    Guard::Removals(RemovalRelation::AllowLists),
    Guard::OneGroup,
    Guard::LosesAccess,
    Guard::GainsAccess,
    Guard::AccountLocks,
];

fn limit_refusals(
    contributions: &[GuardContribution],
    guards: &Guards,
    given: &ApprovedItems,
    case: GuardCase<'_>,
) -> Vec<Refusal> {
    let refuse = |guard: Guard, approvals: &ApprovedItems| {
        let limit = limit_of(guard, guards)?;
        let open = contributions.iter().filter(|one| one.guard == guard && !approvals.covers(one)).collect();
        limit_refusal(guard, limit, open, case)
    };
    let mut refusals: Vec<Refusal> =
        LIMITED.into_iter().filter_map(|guard| Some(refuse(guard, given)?.0)).collect();
    // Items that an earlier refusal asks to approve need not be approved again, so each refusal is judged
    // once more as if the items of the earlier refusals were approved.
    let mut assumed = given.clone();
    for refusal in &mut refusals {
        if let Some((_, refused)) = refuse(refusal.guard, &assumed) {
            refusal.approvable = approvable_items(&refused);
            assumed.add(refusal.guard, &refusal.approvable);
        }
    }
    refusals
}

/// The items that approve `refused`, without those that another one covers: a user covers `user/product`.
fn approvable_items(refused: &[&GuardContribution]) -> Vec<Text> {
    let items: BTreeSet<&str> = refused.iter().map(|one| &*one.item).collect();
    let is_covered = |one: &GuardContribution| {
        one.approvable_names()
            .any(|(guard, name)| guard == one.guard && *name != *one.item && items.contains(&*name))
    };
    let needed = refused.iter().filter(|one| !is_covered(one)).map(|one| &one.item);
    needed.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Refuses the contributions that are over the limit, and returns those of them that are to be approved.
fn limit_refusal<'c>(
    guard: Guard,
    limit: GuardLimit,
    open: Vec<&'c GuardContribution>,
    case: GuardCase<'_>,
) -> Option<(Refusal, Vec<&'c GuardContribution>)> {
    if open.is_empty() {
        return None;
    }
    if part_limits::has_parts(guard) {
        return part_limits::part_refusal(guard, limit, &open, case);
    }
    let (number, before) = (count_distinct(&open), count_before(guard, case));
    let limit = limit.allowed_count(before);
    (number > limit).then(|| {
        let contributors = contributors_by_cause(&open);
        (Refusal { contributors, ..bare_refusal(guard, number, limit, before) }, open)
    })
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
                let new: Vec<_> = contribution::new_licence_contributions(case.changes)
                    .filter_map(|(licensed, one)| (*licensed == product).then_some(one))
                    .collect();
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
