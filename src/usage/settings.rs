//! How use is counted and charged: every point on which contracts differ or sources are silent, with its
//! default.

use std::collections::BTreeSet;

use super::{IntervalWidth, PeriodKind, Share, UsageColumnNames};
use crate::model::Text;

/// The settings under `usage` in `seatwise.yaml`; [`UsageSettings::default`] is what holds where the policy says
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSettings {
    /// How long an interval is.
    pub interval: IntervalWidth,
    /// Whose machines are counted together.
    pub pool: Pooling,
    /// Whether the first, partial interval of a session counts.
    pub first_interval: FirstInterval,
    /// Whether the interval counts that begins exactly when a session does.
    pub boundary_start: BoundaryStart,
    /// Whether sessions shorter than an interval count.
    pub short_use: ShortUse,
    /// The usage types that are charged.
    pub usage_types: BTreeSet<UsageType>,
    /// What one charge is for.
    pub period: PeriodKind,
    /// The share of the list price that a term licence costs.
    pub term_share: Share,
    /// What is taken off the term licence's price.
    pub discount: Share,
    /// So many days of overuse in a period are free; with more, everything is charged.
    pub forgive: u32,
    /// What is counted.
    pub contract: ContractKind,
    /// Where the day of an E365 contract begins.
    pub price_book: PriceBook,
    /// The folder in which use is kept, below the policy's.
    pub store: Text,
    /// What the columns of exports are called, where they are not called as usual.
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

/// Whose machines are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pooling {
    /// Those of one country.
    Country,
    /// Those of one site.
    Site,
}

/// Whether the first, partial interval of a session counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstInterval {
    /// It does not: a hand-over within an interval is one use.
    Drop,
    /// It does.
    Count,
}

/// Whether the interval counts that begins exactly when a session does; no source decides it.
///
/// Without meaning where the first interval counts anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundaryStart {
    /// It is the session's first interval, and is lost like any other.
    Drop,
    /// It is not partial, and counts.
    Count,
}

/// Whether sessions shorter than an interval count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShortUse {
    /// They do, in what is left of them.
    Count,
    /// They never do, whatever boundary they cross.
    Free,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractKind {
    /// Machines at once.
    Select,
    /// Persona-days as well: each person, or machine where the person is unknown, once a day.
    E365,
}

/// Where the day of an E365 contract begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceBook {
    /// At midnight UTC.
    Standard,
    /// Twelve hours earlier: the day of Australia and New Zealand.
    AustraliaNewZealand,
}

impl PriceBook {
    /// By how much a day begins before midnight UTC, in hours.
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
    /// The type of that name.
    pub fn new(name: &str) -> Self {
        Self(name.trim().to_lowercase().into())
    }

    /// What is charged by default, and what use is where nothing else is said of it.
    pub fn production() -> Self {
        Self::new("production")
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A setting that needs times, and so cannot be applied to rows that an export has already trimmed to
/// intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnappliedSetting {
    /// The rows are on the export's own grid of ten minutes.
    Interval,
    /// The first interval is no longer there to be counted.
    FirstInterval,
    /// Nobody knows what the export did with a start on a boundary.
    BoundaryStart,
    /// How long a session was is not known.
    ShortUse,
    /// The first intervals, which make persona-days too, are missing.
    PersonaDays,
}

impl UnappliedSetting {
    /// The setting's name in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::FirstInterval => "first_interval",
            Self::BoundaryStart => "boundary_start",
            Self::ShortUse => "short_use",
            Self::PersonaDays => "contract",
        }
    }
}

impl UsageSettings {
    /// What of these settings cannot be applied to trimmed rows: those that ask for something else than the
    /// export has done.
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
