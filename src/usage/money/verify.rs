//! Invoices held against our own arithmetic: each line is counted and priced again, and a difference has its
//! cause where one is known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use rust_decimal::Decimal;

use super::charge::{Assessment, Charge, assess_use, price_excess};
use crate::model::{Date, Money, OwnedLicences, Text, Timestamp};
use crate::usage::rows::use_row::{TimeOfUse, UseRow};
use crate::usage::{
    Billing, Invoice, InvoiceLine, LicenceTerms, Period, Pool, Tally, UsageCounts, UsageSettings,
    ValueHistory, is_provisional,
};

/// The UTC days on which use of anything began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UseDays(BTreeSet<Date>);

/// A longer time without any use is not a long weekend: rows are missing.
const LONGEST_REST_DAYS: usize = 4;

impl UseDays {
    /// Takes one row. Checkouts are not looked at: one goes on while nothing else is known.
    pub fn add(&mut self, row: &UseRow) {
        let began = match row.used {
            TimeOfUse::Session(span) => span.start(),
            TimeOfUse::Trimmed { first, .. } => first,
            TimeOfUse::Checkout(_) | TimeOfUse::Returned(_) => return,
        };
        self.0.insert(jiff::tz::Offset::UTC.to_datetime(began).date());
    }

    /// Takes over what `other` has seen.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether anything is known of `period`.
    fn has_use_in(&self, period: Period) -> bool {
        self.0.range(period.first_day()..=period.last_day()).next().is_some()
    }

    /// The times of `period` of which nothing is known, of more than a few days each: the first day of each
    /// and the last.
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

/// An overage as it was billed, or as it should have been, beside our own figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceCheck {
    /// Whose machines.
    pub pool: Pool,
    /// When.
    pub period: Period,
    /// What was billed; `None` where nothing was.
    pub said: Option<BilledLine>,
    /// What we come to; `None` where no use is known.
    pub ours: Option<OwnFigures>,
    /// Whether both agree.
    pub verdict: InvoiceVerdict,
}

/// A line with the number of its invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// The invoice.
    pub invoice: Text,
    /// The line.
    pub line: InvoiceLine,
}

/// Our own figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFigures {
    /// Machines above what is owned.
    pub excess: u32,
    /// What they cost.
    pub charge: Charge,
}

/// What comes of holding a line against our own figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceVerdict {
    /// To the minor unit of the currency.
    Agrees,
    /// Billed is another amount, for these reasons; none where none is known.
    Differs(Vec<DifferenceCause>),
    /// We come to an excess that no invoice of the period has.
    NotBilled,
    /// No use is known in the period.
    NoUse,
}

/// Why a line is billed with another amount than we come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceCause {
    /// The list price on the first day of the period.
    Price {
        /// As billed.
        said: Money,
        /// As we know it; `None` where no price is known.
        ours: Option<Money>,
    },
    /// Licences owned at the time of the line.
    Owned {
        /// As billed.
        said: u32,
        /// As the contracts say.
        ours: u32,
    },
    /// Machines in use at the time of the line.
    Machines {
        /// As billed.
        said: u32,
        /// As counted.
        ours: u32,
    },
    /// There is more excess at another time.
    OtherTime {
        /// When the interval begins.
        at: Timestamp,
        /// Machines above what is owned.
        excess: u32,
    },
    /// No use of anything is known from the first day to the last.
    MissingDays(Date, Date),
    /// Use may still become known.
    Provisional,
    /// Another share of the list price than the settings say (percent).
    Share(Decimal),
    /// Rounded elsewhere than at the line.
    Rounding,
    /// The settings forgive so few days of overuse.
    Forgiven,
}

/// What lines are held against.
struct InvoiceChecker<'a> {
    counted: BTreeMap<(&'a Pool, Period), &'a Tally>,
    days: &'a UseDays,
    terms: LicenceTerms<'a>,
    settings: &'a UsageSettings,
    now: Timestamp,
}

/// Holds each overage against what `counted` comes to under `terms`; `days` are those of which use is known.
/// What was counted above what is owned and not billed is there as well, for periods that have an invoice.
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
        let verdict = match &assessment {
            _ if !self.days.has_use_in(invoice.period) => InvoiceVerdict::NoUse,
            Some(Assessment { charge: Charge::Due(amount), .. }) if *amount == line.amount => {
                InvoiceVerdict::Agrees
            }
            other => InvoiceVerdict::Differs(self.causes(invoice.period, line, other.as_ref())),
        };
        let ours = match verdict {
            InvoiceVerdict::NoUse => None,
            InvoiceVerdict::Agrees | InvoiceVerdict::Differs(_) | InvoiceVerdict::NotBilled => {
                Some(own_figures(assessment))
            }
        };
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
        Some(assess_use(tally, &self.owned_licences(pool), &self.terms.prices(&pool.product), self.settings))
    }

    fn owned_licences(&self, pool: &Pool) -> ValueHistory<OwnedLicences> {
        self.terms.owned_licences(pool).unwrap_or_default()
    }

    fn causes(&self, period: Period, line: &InvoiceLine, ours: Option<&Assessment>) -> Vec<DifferenceCause> {
        let mut causes = Vec::new();
        if ours.is_some_and(|ours| ours.charge == Charge::Forgiven) {
            causes.push(DifferenceCause::Forgiven);
        }
        let excess = ours.and_then(|ours| ours.excess);
        if excess.map_or(0, |excess| excess.machines) != line.excess {
            causes.extend(self.excess_causes(period, line, ours));
        }
        let price = self.terms.prices(&line.pool.product).value_on(period.first_day()).cloned();
        if price.as_ref() != Some(&line.list_price) {
            causes.push(DifferenceCause::Price { said: line.list_price.clone(), ours: price });
        }
        causes.extend(amount_cause(period, line, self.settings));
        causes
    }

    /// Why there is another excess.
    fn excess_causes(
        &self,
        period: Period,
        line: &InvoiceLine,
        ours: Option<&Assessment>,
    ) -> Vec<DifferenceCause> {
        let day = jiff::tz::Offset::UTC.to_datetime(line.at).date();
        let owned = self.owned_licences(&line.pool).covered_licences_on(day);
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

/// What the line's own excess and price do not come to.
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
    // Rounded for each licence and then added up, every licence can be off by half a minor unit.
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
    assessment.map_or(none, |ours| OwnFigures {
        excess: ours.excess.map_or(0, |excess| excess.machines),
        charge: ours.charge,
    })
}
