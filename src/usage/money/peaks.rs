//! Peaks compared with what is owned: one line for each pool and period.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::model::{Date, Money, Text, Timestamp};
use crate::usage::{
    Assessment, LicenceTerms, Period, Pool, PoolLoad, PoolMoment, PresentMachines, Tally, UnappliedSetting,
    UsageCounts, UsageSettings, UsageType, assess_use,
};

/// The number of days that a machine may work offline before its use is reported: figures are provisional
/// until then.
pub const OFFLINE_TOLERANCE_DAYS: i64 = 7;

/// The report of peaks and their charges.
#[derive(Debug, Clone, Default)]
pub struct PeakReport {
    /// In order of pool and period.
    pub lines: Vec<PeakLine>,
    /// Persona-days, where the contract counts them.
    pub persona_days: BTreeMap<(Pool, Period), u64>,
    /// Settings that could not be applied to rows that an export has trimmed, with the number of those rows.
    pub unapplied: BTreeMap<UnappliedSetting, u64>,
    /// Rows that are not charged, by usage type.
    pub uncharged: BTreeMap<UsageType, u64>,
    /// Whether the organization reports what was owned at other times than today.
    pub knows_the_past: bool,
}

/// The peak of one pool in one period.
#[derive(Debug, Clone)]
pub struct PeakLine {
    pub pool: Pool,
    pub period: Period,
    /// The most machines at once.
    pub peak: u32,
    /// The start of the first interval that matters: the one of the excess, or else the one of the peak.
    pub at: Timestamp,
    /// `None` where the peak is not compared with what is owned, or nothing says what is owned.
    pub held: Option<PeakAssessment>,
    /// Use by day and by hour of the week.
    pub load: PoolLoad,
    /// Whether rows may still come: the period, or the offline tolerance after it, is not over.
    pub is_provisional: bool,
    /// The machines and users that were there at `at`; empty where nobody asked.
    pub present: PresentMachines,
}

/// A peak compared with what is owned.
#[derive(Debug, Clone)]
pub struct PeakAssessment {
    /// Licences owned at that time.
    pub owned: u32,
    /// Excess, days of overuse, charge.
    pub assessment: Assessment,
}

impl PeakReport {
    /// Builds the report of what was counted, compared with `terms` where there are any, as of `now`.
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

    /// Returns the moment of each line, for an [`Attendance`](crate::usage::Attendance).
    pub fn moments(&self) -> impl Iterator<Item = PoolMoment> {
        self.lines.iter().map(|line| (line.pool.clone(), line.at))
    }

    /// Sets who was there at the moment of each line.
    pub fn set_present(&mut self, mut present: BTreeMap<PoolMoment, PresentMachines>) {
        for line in &mut self.lines {
            line.present = present.remove(&(line.pool.clone(), line.at)).unwrap_or_default();
        }
    }

    /// Returns the sum of charges for each period and currency.
    pub fn totals(&self) -> BTreeMap<(Period, Text), Decimal> {
        let mut totals = BTreeMap::<(Period, Text), Decimal>::new();
        for line in &self.lines {
            if let Some(Money { amount, currency }) = line.money_due() {
                let total = totals.entry((line.period, currency.clone())).or_default();
                // Amounts have far fewer digits than a decimal holds, so a sum over the lines does not
                // overflow.
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

    /// Returns the money that is due, if any.
    pub fn money_due(&self) -> Option<&Money> {
        self.held.as_ref()?.assessment.charge.money_due()
    }
}

/// Whether, at `now`, more use on `day` may still become known.
pub fn is_provisional(day: Date, now: Timestamp) -> bool {
    let known = day.checked_add(jiff::Span::new().days(OFFLINE_TOLERANCE_DAYS + 1));
    known.is_ok_and(|known| now < crate::usage::midnight(known))
}
