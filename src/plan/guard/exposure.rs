//! Judges the projected overage of the running period against its limit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::approved_items::ApprovedItems;
use super::contribution::{GuardContribution, plain_contribution};
use super::{GuardWarning, Refusal, RefusalContributor, Verdict, bare_refusal};
use crate::model::{Money, ProductId, Text};
use crate::plan::impact::{Exposure, ExposureProjection, Impact, LicenceLine};
use crate::policy::settings::{Guard, Guards};

/// A product whose excess costs more after the plan than before.
struct ExposureGrowth<'a> {
    product: &'a ProductId,
    amount: Decimal,
}

impl ExposureGrowth<'_> {
    fn contribution(&self) -> GuardContribution {
        plain_contribution(Guard::Exposure, Text::from(self.product.as_str()))
    }
}

/// One contribution for each product of which more machines are above what is owned after the plan.
pub(super) fn growth_contributions(impact: &Impact) -> Vec<GuardContribution> {
    let grows = |line: &&LicenceLine| {
        line.exposure.as_ref().is_some_and(|exposure| exposure.after.machines > exposure.before.machines)
    };
    let growing = impact.licences.iter().filter(grows);
    growing.map(|line| plain_contribution(Guard::Exposure, Text::from(line.product.as_str()))).collect()
}

/// Judges what a plan adds to the overage, and what the overage comes to where the plan adds to it. A plan
/// does not answer for the overage that there was before.
pub(super) fn judge_exposure(
    impact: &Impact,
    guards: &Guards,
    approvals: &ApprovedItems,
    verdict: &mut Verdict,
) {
    let limits =
        [(Guard::AddedExposure, guards.added_exposure.as_ref()), (Guard::Exposure, guards.exposure.as_ref())];
    let limits: Vec<(Guard, &Money)> =
        limits.into_iter().filter_map(|(guard, limit)| Some((guard, limit?))).collect();
    if limits.is_empty() {
        return;
    }
    let total = match &impact.exposure {
        ExposureProjection::Unread => return verdict.warnings.push(GuardWarning::ExposureUnknown),
        ExposureProjection::Stale(until) => return verdict.warnings.push(GuardWarning::UsageEnds(*until)),
        ExposureProjection::Known(total) => total,
    };
    verdict.warnings.extend(total.since.map(GuardWarning::UsageBegins));
    let mut refusals: Vec<Refusal> = Vec::new();
    for (guard, limit) in limits {
        let so_far = total.before.iter().find(|money| money.currency == limit.currency);
        let so_far = so_far.map_or(Decimal::ZERO, |money| money.amount);
        let mut open = priced_growths(impact, limit, verdict);
        open.retain(|growth| !approvals.covers(&growth.contribution()));
        let added = open.iter().map(|growth| growth.amount).sum::<Decimal>();
        let number = if guard == Guard::AddedExposure { added } else { so_far + added };
        if open.is_empty() || number <= limit.amount {
            continue;
        }
        // What the other refusal asks to approve need not be approved again.
        let mut approvable: Vec<Text> = open.iter().map(|growth| growth.contribution().item).collect();
        approvable.retain(|item| refusals.iter().all(|other| !other.approvable.contains(item)));
        let currency = &limit.currency;
        let (number, limit) = (whole_units(number.ceil()), whole_units(limit.amount.floor()));
        let refusal = bare_refusal(guard, number, limit, whole_units(so_far.ceil()));
        let currency = Some(currency.clone());
        refusals.push(Refusal { currency, contributors: contributors(&open), approvable, ..refusal });
    }
    verdict.refusals.extend(refusals);
}

/// What the excess of each product costs more after the plan, in the currency of the limit. Warns of what has
/// no price in that currency.
fn priced_growths<'a>(impact: &'a Impact, limit: &Money, verdict: &mut Verdict) -> Vec<ExposureGrowth<'a>> {
    let mut priced = Vec::new();
    for line in &impact.licences {
        let Some(Exposure { before, after }) = &line.exposure else { continue };
        if after.machines <= before.machines {
            continue;
        }
        match after.money_due().filter(|due| due.currency == limit.currency) {
            Some(due) => {
                let amount = due.amount - before.money_due().map_or(Decimal::ZERO, |due| due.amount);
                priced.push(ExposureGrowth { product: &line.product, amount });
            }
            None => {
                let (product, machines) = (line.product.clone(), after.machines);
                let warning = GuardWarning::ExposureUnpriced { product, machines };
                if !verdict.warnings.contains(&warning) {
                    verdict.warnings.push(warning);
                }
            }
        }
    }
    priced
}

fn contributors(open: &[ExposureGrowth<'_>]) -> Vec<RefusalContributor> {
    let mut contributors: Vec<RefusalContributor> = open
        .iter()
        .map(|growth| RefusalContributor {
            cause: growth.contribution().cause,
            count: whole_units(growth.amount.ceil()),
        })
        .collect();
    contributors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cause.cmp(&b.cause)));
    contributors
}

/// The amount in whole units of the currency.
fn whole_units(amount: Decimal) -> usize {
    amount.to_usize().unwrap_or(usize::MAX)
}
