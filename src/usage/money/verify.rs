//! Checks invoices against our own arithmetic: each line is counted and priced again, and a difference gets
//! its cause where one is known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use rust_decimal::Decimal;

use super::charge::{Assessment, Charge, price_excess};
use crate::model::{Date, Money, Text, Timestamp};
use crate::usage::rows::use_row::UseRow;
use crate::usage::{
    Billing, Invoice, InvoiceLine, LicenceTerms, Period, Pool, Tally, UsageCounts, UsageSettings,
    ValueHistory, is_provisional, utc_day,
};

/// The UTC days on which any use began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UseDays(BTreeSet<Date>);

/// More days than this without any use are not a long weekend: rows are missing.
const LONGEST_REST_DAYS: usize = 4;

impl UseDays {
    /// Adds one row. Checkouts are left out: a checkout goes on while no other use is known.
    pub fn add(&mut self, row: &UseRow) {
        self.0.extend(row.used.first_day());
    }

    /// Adds the days of `other`.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether any use is known in `period`.
    fn has_use_in(&self, period: Period) -> bool {
        self.0.range(period.first_day()..=period.last_day()).next().is_some()
    }

    /// Returns the first and last day of each span of `period` with more than [`LONGEST_REST_DAYS`] days
    /// without known use.
    fn missing_spans(&self, period: Period) -> Vec<(Date, Date)> {
        let (mut missing, mut rest) = (Vec::new(), Vec::new());
        for day in period.first_day().series(Span::new().days(1)).take_while(|day| period.contains(*day)) {
            if self.0.contains(&day) {
                close_gap(&mut rest, &mut missing);
            } else {
                rest.push(day);
            }
        }
        close_gap(&mut rest, &mut missing);
        missing
    }
}

fn close_gap(rest: &mut Vec<Date>, missing: &mut Vec<(Date, Date)>) {
    if let ([first, .., last], true) = (rest.as_slice(), rest.len() > LONGEST_REST_DAYS) {
        missing.push((*first, *last));
    }
    rest.clear();
}

/// A billed line, or an excess that was not billed, beside our own figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceCheck {
    pub pool: Pool,
    pub period: Period,
    /// What was billed; `None` where nothing was.
    pub said: Option<BilledLine>,
    /// Our own figures; `None` where no use is known.
    pub ours: Option<OwnFigures>,
    pub verdict: InvoiceVerdict,
}

/// A billed line with the number of its invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// The number of the invoice.
    pub invoice: Text,
    pub line: InvoiceLine,
}

/// The excess and charge by our own count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFigures {
    /// Machines above owned.
    pub excess: u32,
    pub charge: Charge,
}

/// The result of comparing a billed line with our own figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceVerdict {
    /// The amounts are equal, to the minor unit of the currency.
    Agrees,
    /// Another amount is billed, for these reasons; empty where no reason is known.
    Differs(Vec<DifferenceCause>),
    /// We find an excess that no invoice of the period has.
    NotBilled,
    /// No use is known in the period.
    NoUse,
}

/// Why the billed amount differs from ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceCause {
    /// The list price on the first day of the period differs.
    Price {
        /// As billed.
        said: Money,
        /// As we know it; `None` where no price is known.
        ours: Option<Money>,
    },
    /// The licences owned at the time of the line differ.
    Owned {
        /// As billed.
        said: u32,
        /// As the contracts say.
        ours: u32,
    },
    /// The machines in use at the time of the line differ.
    Machines {
        /// As billed.
        said: u32,
        /// As counted.
        ours: u32,
    },
    /// There is more excess at another time.
    OtherTime {
        /// The start of that interval.
        at: Timestamp,
        /// Machines above owned.
        excess: u32,
    },
    /// No use of anything is known from the first day to the last.
    MissingDays(Date, Date),
    /// More use may still become known.
    Provisional,
    /// Another share of the list price is billed than the settings say (percent).
    Share(Decimal),
    /// The bill is rounded elsewhere than at the line.
    Rounding,
    /// The settings forgive this few days of overuse.
    Forgiven,
}

/// Compares billed lines with our own figures.
struct InvoiceChecker<'a> {
    counted: BTreeMap<(&'a Pool, Period), &'a Tally>,
    days: &'a UseDays,
    terms: LicenceTerms<'a>,
    settings: &'a UsageSettings,
    now: Timestamp,
}

/// Checks each billed line against what `counted` comes to under `terms`; `days` are the days with known use.
/// Excess that was counted and not billed is reported too, for periods that have an invoice.
pub fn verify_invoices(
    billing: &Billing,
    counted: &UsageCounts,
    days: &UseDays,
    terms: LicenceTerms<'_>,
    settings: &UsageSettings,
    now: Timestamp,
) -> Vec<InvoiceCheck> {
    let tallies = counted.tallies.iter().map(|((pool, period), tally)| ((pool, *period), tally));
    let side = InvoiceChecker { counted: tallies.collect(), days, terms, settings, now };
    let mut checks = BTreeMap::new();
    for invoice in &billing.invoices {
        for line in &invoice.lines {
            checks.insert((line.pool.clone(), invoice.period), side.check_line(invoice, line));
        }
    }
    let billed: BTreeSet<Period> = billing.invoices.iter().map(|invoice| invoice.period).collect();
    for (pool, period) in side.counted.keys().filter(|(_, period)| billed.contains(period)) {
        let key = ((*pool).clone(), *period);
        if let Some(check) = side.check_unbilled(pool, *period).filter(|_| !checks.contains_key(&key)) {
            checks.insert(key, check);
        }
    }
    let mut checks: Vec<InvoiceCheck> = checks.into_values().collect();
    checks.sort_by(|one, other| {
        (one.period, &one.pool.place, &one.pool).cmp(&(other.period, &other.pool.place, &other.pool))
    });
    checks
}

impl InvoiceChecker<'_> {
    fn check_line(&self, invoice: &Invoice, line: &InvoiceLine) -> InvoiceCheck {
        let assessment = self.assess_pool(&line.pool, invoice.period);
        let has_use = self.days.has_use_in(invoice.period);
        let verdict = match &assessment {
            _ if !has_use => InvoiceVerdict::NoUse,
            Some(Assessment { charge: Charge::Due(amount), .. }) if *amount == line.amount => {
                InvoiceVerdict::Agrees
            }
            other => InvoiceVerdict::Differs(self.causes(invoice.period, line, other.as_ref())),
        };
        let ours = has_use.then(|| own_figures(assessment));
        let said = Some(BilledLine { invoice: invoice.number.clone(), line: line.clone() });
        InvoiceCheck { pool: line.pool.clone(), period: invoice.period, said, ours, verdict }
    }

    fn check_unbilled(&self, pool: &Pool, period: Period) -> Option<InvoiceCheck> {
        let ours = own_figures(self.assess_pool(pool, period));
        let is_due = match ours.charge {
            Charge::Due(_) | Charge::TooLarge => true,
            Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown => false,
        };
        is_due.then(|| InvoiceCheck {
            pool: pool.clone(),
            period,
            said: None,
            ours: Some(ours),
            verdict: InvoiceVerdict::NotBilled,
        })
    }

    fn assess_pool(&self, pool: &Pool, period: Period) -> Option<Assessment> {
        let tally = self.counted.get(&(pool, period))?;
        Some(self.terms.assess(pool, tally, self.settings))
    }

    fn causes(&self, period: Period, line: &InvoiceLine, ours: Option<&Assessment>) -> Vec<DifferenceCause> {
        let mut causes = Vec::new();
        if ours.is_some_and(|ours| ours.charge == Charge::Forgiven) {
            causes.push(DifferenceCause::Forgiven);
        }
        if ours.map_or(0, Assessment::excess_machines) != line.excess {
            causes.extend(self.excess_causes(period, line, ours));
        }
        let price = self.terms.prices(&line.pool.product).value_on(period.first_day()).cloned();
        if price.as_ref() != Some(&line.list_price) {
            causes.push(DifferenceCause::Price { said: line.list_price.clone(), ours: price });
        }
        causes.extend(amount_cause(period, line, self.settings));
        causes
    }

    /// Returns why the billed excess differs from ours.
    fn excess_causes(
        &self,
        period: Period,
        line: &InvoiceLine,
        ours: Option<&Assessment>,
    ) -> Vec<DifferenceCause> {
        let owned = self.terms.owned_licences(&line.pool).unwrap_or_default();
        let owned = owned.covered_licences_on(utc_day(line.at));
        let machines = self.counted.get(&(&line.pool, period)).map_or(0, |tally| tally.machines_at(line.at));
        let mut causes = Vec::new();
        if owned != line.owned {
            causes.push(DifferenceCause::Owned { said: line.owned, ours: owned });
        }
        if machines != line.used {
            causes.push(DifferenceCause::Machines { said: line.used, ours: machines });
        }
        if let (true, Some(excess)) = (causes.is_empty(), ours.and_then(|ours| ours.excess)) {
            causes.push(DifferenceCause::OtherTime { at: excess.at, excess: excess.machines });
        }
        causes.extend(
            self.days
                .missing_spans(period)
                .into_iter()
                .map(|(first, last)| DifferenceCause::MissingDays(first, last)),
        );
        if is_provisional(period.last_day(), self.now) {
            causes.push(DifferenceCause::Provisional);
        }
        causes
    }
}

/// Returns why the line's amount does not follow from its own excess and list price.
fn amount_cause(period: Period, line: &InvoiceLine, settings: &UsageSettings) -> Option<DifferenceCause> {
    let Charge::Due(expected) =
        price_excess(line.excess, period, &ValueHistory::constant(line.list_price.clone()), settings)
    else {
        return None;
    };
    if expected == line.amount {
        return None;
    }
    let apart = (expected.amount - line.amount.amount).abs();
    // If the bill rounds each licence and then adds up, every licence can be off by half a minor unit.
    let unit = Decimal::new(1, expected.amount.scale());
    if expected.currency == line.amount.currency && apart <= unit.checked_mul(line.excess.into())? {
        return Some(DifferenceCause::Rounding);
    }
    let whole = line.list_price.amount.checked_mul(line.excess.into())?;
    let share = line.amount.amount.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)?;
    Some(DifferenceCause::Share(share.round_dp(2).normalize()))
}

fn own_figures(assessment: Option<Assessment>) -> OwnFigures {
    let none = OwnFigures { excess: 0, charge: Charge::Nothing };
    assessment.map_or(none, |ours| OwnFigures { excess: ours.excess_machines(), charge: ours.charge })
}
