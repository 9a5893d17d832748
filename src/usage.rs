//! Counts the use of licences the way it is billed: rows of usage go in; machines in use at once, excess and
//! its charge come out.
//!
//! A [`NameRegister`] turns names into numbers. A [`UsageCounter`] takes rows in any order and counts how
//! many machines of a [`Pool`] were in use in each interval ([`Tally`]). [`assess_use`] compares that count
//! with the owned licences and prices the excess. An [`Attendance`] finds who was there. [`UsageSettings`]
//! holds every point on which contracts differ; a setting that cannot be applied to some rows is reported as
//! an [`UnappliedSetting`]. From the same rows, a [`LastUseCollector`] finds when each person last used each
//! product, a [`TimeSpentCounter`] finds for how long, and a [`UsageWithoutUsers`] counts again as if some
//! people had used nothing, for an [`Advice`] on what to do about excess.
//!
//! This module reads no files and no clock, and nothing in it fails: what cannot be decided is a value.

mod ahead;
mod count;
mod money;
mod people;
pub mod rows;
mod settings;

pub use ahead::advice::{Advice, Adviser, JudgedPeriod, Remedy, RemedyOutcome};
pub use ahead::forecast::{
    Backtest, ExcessForecast, ExposureBacktest, ExposureForecast, Forecast, ForecastLine, ForecastRange,
};
pub use ahead::outlook::{Overage, PoolStanding, RECENT_DAYS, UsageOutlook, UseDateRange};
pub use count::counter::{UsageCounter, UsageCounts};
pub use count::grid::{Interval, IntervalWidth, days_between, midnight, utc_day};
pub use count::line_selection::LineSelection;
pub use count::period::{Period, PeriodKind};
pub use count::rules::LicenceAssignments;
pub use count::tally::{Excess, Peak, Tally};
pub use money::charge::{Assessment, Charge, assess_use, price_excess};
pub use money::history::ValueHistory;
pub use money::invoice::{Billing, Invoice, InvoiceLine, Payment, invoices, issue_day};
pub use money::peaks::{OFFLINE_TOLERANCE_DAYS, PeakAssessment, PeakLine, PeakReport, is_provisional};
pub use money::share::Share;
pub use money::terms::LicenceTerms;
pub use money::verify::{
    BilledLine, DifferenceCause, InvoiceCheck, InvoiceVerdict, OwnFigures, UseDays, verify_invoices,
};
pub use people::attendance::{Attendance, PoolMoment, PresentMachines};
pub use people::idle::{HoldingKind, IdleHolding, IdleReport};
pub use people::last_use::{LastUseCollector, LastUseDays, LastUses};
pub use people::pool_load::{DayLoad, HOURS, PoolLoad};
pub use people::time_spent::{TimeSpent, TimeSpentCounter, UsageGrouping, UsageSubject};
pub use people::without_users::{MachineStay, PoolStays, UsageWithoutUsers};
pub use rows::columns::{UsageColumn, UsageColumnNames};
pub use rows::filter::{NameFilter, RowFilter};
pub use rows::register::{NameRanks, NameRegister, UserName};
pub use rows::reported_use::{ReportedUse, details_of_use};
pub use rows::use_row::{
    MachineId, Pool, PoolPlace, SourceId, StartMethod, TimeOfUse, TimeSpan, UsageSource, UseRow, UserId,
};
pub use settings::{
    BoundaryStart, ContractKind, FirstInterval, Pooling, PriceBook, ShortUse, UnappliedSetting,
    UsageSettings, UsageType,
};
