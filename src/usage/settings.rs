//! The settings of counting and charging: every point on which contracts differ or sources are silent, with
//! its default.

use std::collections::BTreeSet;

use super::{IntervalWidth, PeriodKind, Share, UsageColumnNames};
use crate::model::{Text, word_enum};

/// The settings under `usage` in `seatwise.yaml`. [`UsageSettings::default`] holds where the policy says
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSettings {
    pub interval: IntervalWidth,
    pub pool: Pooling,
    pub first_interval: FirstInterval,
    /// Whether an interval counts that begins exactly when a session does.
    pub boundary_start: BoundaryStart,
    pub short_use: ShortUse,
    /// The usage types that are charged.
    pub usage_types: BTreeSet<UsageType>,
    /// What is charged at once.
    pub period: PeriodKind,
    /// The share of the list price that a term licence costs.
    pub term_share: Share,
    /// The discount on the term licence's price.
    pub discount: Share,
    /// The number of days of overuse in a period that are free; with more, everything is charged.
    pub forgive: u32,
    pub contract: ContractKind,
    pub price_book: PriceBook,
    /// The folder of the usage store, relative to the policy's.
    pub store: Text,
    /// The names of export columns, where they differ from the usual ones.
    pub columns: UsageColumnNames,
}

impl Default for UsageSettings {
    fn default() -> Self {
        Self {
            interval: IntervalWidth::TEN_MINUTES,
            pool: Pooling::Country,
            first_interval: FirstInterval::Drop,
            boundary_start: BoundaryStart::Drop,
            short_use: ShortUse::Count,
            usage_types: BTreeSet::from([UsageType::production()]),
            period: PeriodKind::Quarter,
            term_share: Share::TERM_LICENCE,
            discount: Share::NOTHING,
            forgive: 0,
            contract: ContractKind::Select,
            price_book: PriceBook::Standard,
            store: ".seatwise/usage".into(),
            columns: UsageColumnNames::default(),
        }
    }
}

/// Which machines are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pooling {
    /// The machines of one country.
    Country,
    /// The machines of one site.
    Site,
}

/// Whether the first, partial interval of a session counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstInterval {
    /// It does not count, so a hand-over within an interval is one use.
    Drop,
    /// It counts.
    Count,
}

/// Whether an interval counts that begins exactly when a session does; no source decides it.
///
/// The setting has no effect where the first interval counts anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundaryStart {
    /// The interval is the session's first, and is dropped like any other first interval.
    Drop,
    /// The interval is not partial, and counts.
    Count,
}

/// Whether sessions shorter than an interval count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShortUse {
    /// They count, in the intervals that are left of them.
    Count,
    /// They never count, whatever boundary they cross.
    Free,
}

/// What a contract counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractKind {
    /// Machines at once.
    Select,
    /// Machines at once, and persona-days: each person, or machine where the person is unknown, once a day.
    E365,
}

/// When the day of an E365 contract begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceBook {
    /// At midnight UTC.
    Standard,
    /// Twelve hours before midnight UTC: the day of Australia and New Zealand.
    AustraliaNewZealand,
}

impl PriceBook {
    /// Returns how many hours before midnight UTC a day begins.
    pub(super) fn hours_ahead(self) -> i64 {
        match self {
            Self::Standard => 0,
            Self::AustraliaNewZealand => 12,
        }
    }
}

/// A usage type, such as `production`, compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageType(Text);

impl UsageType {
    /// Builds the usage type called `name`.
    pub fn new(name: &str) -> Self {
        Self(name.trim().to_lowercase().into())
    }

    /// The type that is charged by default, and the type of use whose rows name none.
    pub fn production() -> Self {
        Self::new("production")
    }

    /// Returns the name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

word_enum! {
    /// A setting that needs exact times, so that it cannot be applied to rows that an export has already
    /// trimmed to intervals.
    pub enum UnappliedSetting {
        /// The rows are on the export's own grid of ten minutes.
        Interval = "interval",
        /// The rows no longer have the first interval.
        FirstInterval = "first_interval",
        /// It is unknown how the export treated a start on a boundary.
        BoundaryStart = "boundary_start",
        /// The length of a session is not known.
        ShortUse = "short_use",
        /// The rows no longer have the first intervals, which count for persona-days.
        PersonaDays = "contract",
    }
}

impl UsageSettings {
    /// Returns the settings that cannot be applied to trimmed rows: those that ask for something else than
    /// the export has done.
    pub fn unapplied_settings(&self) -> Vec<UnappliedSetting> {
        let asked = [
            (UnappliedSetting::Interval, self.interval != IntervalWidth::EXPORT),
            (UnappliedSetting::FirstInterval, self.first_interval == FirstInterval::Count),
            (UnappliedSetting::BoundaryStart, self.boundary_start == BoundaryStart::Count),
            (UnappliedSetting::ShortUse, self.short_use == ShortUse::Free),
            (UnappliedSetting::PersonaDays, self.contract == ContractKind::E365),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).map(|(setting, _)| setting).collect()
    }
}
