//! Judges the projected overage of the running period against its limit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::approved_items::ApprovedItems;
use super::contribution::{GuardContribution, plain_contribution};
use super::{GuardWarning, Refusal, RefusalContributor, Verdict, bare_refusal};
use crate::model::{Money, ProductId, Text};
use crate::plan::impact::{Exposure, ExposureProjection, Impact};
use crate::policy::settings::Guard;

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

/// Refuses a plan that adds to the overage and leaves the overage above `limit`. A plan does not answer for
/// the overage that there was before.
pub(super) fn judge_exposure(
    impact: &Impact,
    limit: &Money,
    approvals: &ApprovedItems,
    verdict: &mut Verdict,
) {
    let total = match &impact.exposure {
        ExposureProjection::Unread => return verdict.warnings.push(GuardWarning::ExposureUnknown),
        ExposureProjection::Stale(until) => return verdict.warnings.push(GuardWarning::UsageEnds(*until)),
        ExposureProjection::Known(total) => total,
    };
    verdict.warnings.extend(total.since.map(GuardWarning::UsageBegins));
    let in_currency = |amounts: &[Money]| {
        amounts
            .iter()
            .find(|money| money.currency == limit.currency)
            .map_or(Decimal::ZERO, |money| money.amount)
    };
    let mut open = Vec::new();
    for line in &impact.licences {
        let Some(Exposure { before, after }) = &line.exposure else { continue };
        if after.machines <= before.machines {
            continue;
        }
        match after.money_due().filter(|due| due.currency == limit.currency) {
            Some(due) => {
                let amount = due.amount - before.money_due().map_or(Decimal::ZERO, |due| due.amount);
                open.push(ExposureGrowth { product: &line.product, amount });
            }
            None => verdict.warnings.push(GuardWarning::ExposureUnpriced {
                product: line.product.clone(),
                machines: after.machines,
            }),
        }
    }
    open.retain(|growth| !approvals.covers(&growth.contribution()));
    let number = in_currency(&total.before) + open.iter().map(|growth| growth.amount).sum::<Decimal>();
    if !open.is_empty() && number > limit.amount {
        verdict.refusals.push(Refusal {
            contributors: contributors(&open),
            approvable: open.iter().map(|growth| growth.contribution().item).collect(),
            ..bare_refusal(
                Guard::Exposure,
                whole_units(number.ceil()),
                whole_units(limit.amount.floor()),
                whole_units(in_currency(&total.before).ceil()),
            )
        });
    }
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
