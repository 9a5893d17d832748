//! Peaks held against what is owned: one line for each pool and period.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::model::{Date, Money, Text, Timestamp};
use crate::usage::{
    Assessment, Charge, LicenceTerms, Period, Pool, PoolLoad, PoolMoment, PresentMachines, Tally,
    UnappliedSetting, UsageCounts, UsageSettings, UsageType, assess_use,
};

/// How long a machine may work offline before its use is known (days): figures are provisional until then.
pub const OFFLINE_TOLERANCE_DAYS: i64 = 7;

/// What a report says.
#[derive(Debug, Clone, Default)]
pub struct PeakReport {
    /// By pool and period.
    pub lines: Vec<PeakLine>,
    /// Persona-days, where the contract is by them.
    pub persona_days: BTreeMap<(Pool, Period), u64>,
    /// Settings that could not be applied to rows that an export has trimmed, with the number of those rows.
    pub unapplied: BTreeMap<UnappliedSetting, u64>,
    /// Rows that are not charged, by usage type.
    pub uncharged: BTreeMap<UsageType, u64>,
    /// Whether the organization says what was owned at other times than today.
    pub knows_the_past: bool,
}

/// One pool in one period.
#[derive(Debug, Clone)]
pub struct PeakLine {
    /// Whose machines.
    pub pool: Pool,
    /// When.
    pub period: Period,
    /// The most machines at once.
    pub peak: u32,
    /// When the first interval begins that matters: that of the excess, or else of the peak.
    pub at: Timestamp,
    /// What it comes to; `None` where it is not held against what is owned, or nothing says what that is.
    pub held: Option<PeakAssessment>,
    /// How its days and hours were used.
    pub load: PoolLoad,
    /// Whether rows may still come: the period, or the offline tolerance after it, is not over.
    pub is_provisional: bool,
    /// Who was there at that time; empty where nobody asked.
    pub present: PresentMachines,
}

/// A peak held against what is owned.
#[derive(Debug, Clone)]
pub struct PeakAssessment {
    /// Licences owned at that time.
    pub owned: u32,
    /// Machines above it, days of overuse, the charge.
    pub assessment: Assessment,
}

impl PeakReport {
    /// Of what was counted, held against `terms` where there are any, as at `now`.
    pub fn new(
        counted: UsageCounts,
        terms: Option<LicenceTerms<'_>>,
        settings: &UsageSettings,
        now: Timestamp,
    ) -> Self {
        let UsageCounts { tallies, persona_days, unapplied, uncharged } = counted;
        let lines = tallies
            .into_iter()
            .filter_map(|((pool, _), tally)| PeakLine::new(pool, &tally, terms, settings, now));
        let knows_the_past = terms.is_some_and(LicenceTerms::has_past_terms);
        Self { lines: lines.collect(), persona_days, unapplied, uncharged, knows_the_past }
    }

    /// The moments at which one wants to know who was there.
    pub fn moments(&self) -> impl Iterator<Item = PoolMoment> {
        self.lines.iter().map(|line| (line.pool.clone(), line.at))
    }

    /// Notes who was there.
    pub fn set_present(&mut self, mut present: BTreeMap<PoolMoment, PresentMachines>) {
        for line in &mut self.lines {
            line.present = present.remove(&(line.pool.clone(), line.at)).unwrap_or_default();
        }
    }

    /// The charges of each period, by currency.
    pub fn totals(&self) -> BTreeMap<(Period, Text), Decimal> {
        let mut totals = BTreeMap::<(Period, Text), Decimal>::new();
        for line in &self.lines {
            if let Some(Money { amount, currency }) = line.money_due() {
                let total = totals.entry((line.period, currency.clone())).or_default();
                // As many digits as amounts have, added up once a line, do not end what a decimal holds.
                *total = total.saturating_add(*amount);
            }
        }
        totals
    }
}

impl PeakLine {
    fn new(
        pool: Pool,
        tally: &Tally,
        terms: Option<LicenceTerms<'_>>,
        settings: &UsageSettings,
        now: Timestamp,
    ) -> Option<Self> {
        let (peak, period) = (tally.peak()?, tally.period());
        let owned = terms.and_then(|terms| terms.owned_licences(&pool));
        let held = terms.zip(owned.as_ref()).map(|(terms, owned)| {
            let assessment = assess_use(tally, owned, &terms.prices(&pool.product), settings);
            let at_peak =
                owned.covered_licences_on(settings.interval.day(settings.interval.interval_at(peak.at)));
            PeakAssessment { owned: assessment.excess.map_or(at_peak, |excess| excess.owned), assessment }
        });
        let load = PoolLoad::new(tally, owned.as_ref());
        let excess = held.as_ref().and_then(|held| held.assessment.excess);
        let is_provisional = is_provisional(period.last_day(), now);
        let at = excess.map_or(peak.at, |excess| excess.at);
        Some(Self {
            pool,
            period,
            peak: peak.machines,
            at,
            held,
            load,
            is_provisional,
            present: PresentMachines::new(),
        })
    }

    /// What is due for it.
    pub fn money_due(&self) -> Option<&Money> {
        match &self.held.as_ref()?.assessment.charge {
            Charge::Due(money) => Some(money),
            Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown | Charge::TooLarge => None,
        }
    }
}

/// Whether use on `day` may still become known at `now`.
pub fn is_provisional(day: Date, now: Timestamp) -> bool {
    let known = day.checked_add(jiff::Span::new().days(OFFLINE_TOLERANCE_DAYS + 1));
    known.is_ok_and(|known| now < crate::usage::midnight(known))
}
