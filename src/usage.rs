//! Use of licences as it is billed: rows of usage in, machines at once, excess and its charge out.
//!
//! A [`NameRegister`] turns names into numbers, a [`UsageCounter`] takes rows in any order and says how many machines
//! of a [`Pool`] were in use in each interval ([`Tally`]), [`assess_use`] holds that against what is owned and
//! prices it, and an [`Attendance`] finds who was there. All points on which contracts differ are
//! [`UsageSettings`]; one that cannot be applied to some rows is said to be [`UnappliedSetting`]. From the same rows a
//! [`LastUseCollector`] knows when each person last used each product, and a [`TimeSpentCounter`] for how long; a [`UsageWithoutUsers`]
//! counts again as if some people had done nothing, for an [`Advice`] of what to do about excess.
//!
//! Nothing here reads files or knows the time, and nothing fails: what cannot be decided is a value.

mod advice;
mod attendance;
mod charge;
mod columns;
mod counter;
mod crowd;
mod forecast;
mod grid;
mod history;
mod idle;
mod invoice;
mod keep;
mod last;
mod load;
mod occupancy;
mod outlook;
mod peaks;
mod period;
mod register;
mod reported;
mod row;
mod rules;
mod settings;
mod share;
mod spent;
mod tally;
mod terms;
mod verify;
pub mod written;

pub use advice::{Advice, Adviser, JudgedPeriod, Remedy, RemedyOutcome};
pub use attendance::{Attendance, PoolMoment, PresentMachines};
pub use charge::{Assessment, Charge, assess_use, price_excess};
pub use columns::{UsageColumn, UsageColumnNames};
pub use counter::{UsageCounter, UsageCounts};
pub use crowd::{MachineStay, PoolStays, UsageWithoutUsers};
pub use forecast::{
    Backtest, ExcessForecast, ExposureBacktest, ExposureForecast, Forecast, ForecastLine, ForecastRange,
};
pub use grid::{Interval, IntervalWidth, midnight};
pub use history::ValueHistory;
pub use idle::{HoldingKind, IdleHolding, IdleReport};
pub use invoice::{Billing, Invoice, InvoiceLine, Payment, invoices, issue_day};
pub use keep::RowFilter;
pub use last::{LastUseCollector, LastUseDays, LastUses};
pub use load::{DayLoad, HOURS, PoolLoad};
pub use outlook::{Overage, PoolStanding, RECENT_DAYS, UsageOutlook, UseDateRange};
pub use peaks::{OFFLINE_TOLERANCE_DAYS, PeakAssessment, PeakLine, PeakReport, is_provisional};
pub use period::{Period, PeriodKind};
pub use register::{MachineId, NameRanks, NameRegister, SourceId, UserId, UserName};
pub use reported::{ReportedUse, details_of_use};
pub use row::{Pool, PoolPlace, StartMethod, TimeOfUse, TimeSpan, UsageSource, UseRow};
pub use rules::LicenceAssignments;
pub use settings::{
    BoundaryStart, ContractKind, FirstInterval, Pooling, PriceBook, ShortUse, UnappliedSetting,
    UsageSettings, UsageType,
};
pub use share::Share;
pub use spent::{TimeSpent, TimeSpentCounter, UsageGrouping, UsageSubject};
pub use tally::{Excess, Peak, Tally};
pub use terms::LicenceTerms;
pub use verify::{
    BilledLine, DifferenceCause, InvoiceCheck, InvoiceVerdict, OwnFigures, UseDays, verify_invoices,
};
