//! The projected overage of the running period against its limit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::approvals::Approvals;
use super::contribution::{Contribution, plain};
use super::{Contributor, Refusal, Verdict, Warning, refusal};
use crate::model::{Money, ProductId, Text};
use crate::plan::impact::{Exposure, Impact, Projected};
use crate::policy::settings::Guard;

/// One product that costs more than before.
struct Growth<'a> {
    product: &'a ProductId,
    amount: Decimal,
}

impl Growth<'_> {
    fn contribution(&self) -> Contribution {
        plain(Guard::Exposure, Text::from(self.product.as_str()))
    }
}

/// Refuses a plan that adds to the overage and leaves it above `limit`; what it was before is not the plan's
/// doing.
pub(super) fn judge(impact: &Impact, limit: &Money, approvals: &Approvals, verdict: &mut Verdict) {
    let total = match &impact.exposure {
        Projected::Unread => return verdict.warnings.push(Warning::ExposureUnknown),
        Projected::Stale(until) => return verdict.warnings.push(Warning::UsageEnds(*until)),
        Projected::Known(total) => total,
    };
    verdict.warnings.extend(total.since.map(Warning::UsageBegins));
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
                open.push(Growth { product: &line.product, amount });
            }
            None => verdict
                .warnings
                .push(Warning::ExposureUnpriced { product: line.product.clone(), machines: after.machines }),
        }
    }
    open.retain(|growth| !approvals.covers(&growth.contribution()));
    let number = in_currency(&total.before) + open.iter().map(|growth| growth.amount).sum::<Decimal>();
    if !open.is_empty() && number > limit.amount {
        verdict.refusals.push(Refusal {
            contributors: contributors(&open),
            approvable: open.iter().map(|growth| growth.contribution().item).collect(),
            ..refusal(
                Guard::Exposure,
                units(number.ceil()),
                units(limit.amount.floor()),
                units(in_currency(&total.before).ceil()),
            )
        });
    }
}

fn contributors(open: &[Growth<'_>]) -> Vec<Contributor> {
    let mut contributors: Vec<Contributor> = open
        .iter()
        .map(|growth| Contributor { cause: growth.contribution().cause, count: units(growth.amount.ceil()) })
        .collect();
    contributors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cause.cmp(&b.cause)));
    contributors
}

/// Whole units of the currency.
fn units(amount: Decimal) -> usize {
    amount.to_usize().unwrap_or(usize::MAX)
}
