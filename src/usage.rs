//! Use of licences as it is billed: rows of usage in, machines at once, excess and its charge out.
//!
//! A [`Register`] turns names into numbers, a [`Counter`] takes rows in any order and says how many machines
//! of a [`Pool`] were in use in each interval ([`Tally`]), [`assess`] holds that against what is owned and
//! prices it, and an [`Attendance`] finds who was there. All points on which contracts differ are
//! [`Settings`]; one that cannot be applied to some rows is said to be [`Unapplied`]. From the same rows a
//! [`LastUse`] knows when each person last used each product, and a [`Spending`] for how long; a [`Crowd`]
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

pub use advice::{Act, Advice, Choice, Judged, Outlay};
pub use attendance::{Attendance, Moment, Present};
pub use charge::{Assessment, Charge, assess, charge};
pub use columns::{Column, Columns};
pub use counter::{Counted, Counter};
pub use crowd::{Crowd, Stay, Stays};
pub use forecast::{Backtest, Forecast, ForecastLine, HeldForecast, Likely, Total, TotalsTest};
pub use grid::{Interval, Width, midnight};
pub use history::History;
pub use idle::{HeldAs, Idle, IdleReport};
pub use invoice::{Billing, Invoice, InvoiceLine, Payment, invoices, issued_on};
pub use keep::Keep;
pub use last::{LastDays, LastUse, LastUses};
pub use load::{DayLoad, HOURS, Load};
pub use outlook::{Covered, Outlook, Overage, RECENT_DAYS, Standing};
pub use peaks::{Held, OFFLINE_TOLERANCE_DAYS, PeakLine, PeakReport, is_provisional};
pub use period::{Period, PeriodKind};
pub use register::{MachineId, Ranks, Register, SourceId, UserId, UserName};
pub use reported::{Reported, detailed};
pub use row::{Place, Pool, Row, Source, Span, Through, Use};
pub use rules::Assigned;
pub use settings::{
    BoundaryStart, ContractKind, FirstInterval, Pooling, PriceBook, Settings, ShortUse, Unapplied, UsageType,
};
pub use share::Share;
pub use spent::{By, Spending, Spent, Who};
pub use tally::{Excess, Peak, Tally};
pub use terms::Terms;
pub use verify::{Cause, Check, Ours, Said, UseDays, Verdict, verify};
