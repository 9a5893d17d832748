//! Rows of usage, as meters and exports give them: with numbers for names, and nothing allocated.

use crate::model::{CountryCode, Date, ProductId, Text, Timestamp};
use crate::usage::{UsageType, utc_day};

/// A machine's number in a [`NameRegister`](crate::usage::NameRegister).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub(in crate::usage) u32);

/// A user's number in a [`NameRegister`](crate::usage::NameRegister).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub(in crate::usage) u32);

/// A [`UsageSource`]'s number in a [`NameRegister`](crate::usage::NameRegister).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(in crate::usage) u32);

/// One machine's use of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UseRow {
    /// The product, the place, and the kind of use.
    pub source: SourceId,
    pub machine: MachineId,
    /// `None` where the meter does not report a user.
    pub user: Option<UserId>,
    pub used: TimeOfUse,
}

/// When a product was in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOfUse {
    /// A session from a start to an end.
    Session(TimeSpan),
    /// Continuous use from the checkout to its expiry; the licence may be checked in before.
    Checkout(TimeSpan),
    /// Continuous use from the checkout to the check-in.
    Returned(TimeSpan),
    /// A row of Usage Details: use in the export's intervals from the one that begins at `first` to the one
    /// that begins at `last`.
    ///
    /// The export has removed the first, partial interval, and the exact times are no longer known.
    Trimmed {
        /// The start of the first interval.
        first: Timestamp,
        /// The start of the last interval; the same as `first` for a single interval.
        last: Timestamp,
    },
}

impl TimeOfUse {
    /// Returns when use began; for a row of Usage Details, the start of its first interval.
    pub fn start(self) -> Timestamp {
        match self {
            Self::Session(span) | Self::Checkout(span) | Self::Returned(span) => span.start(),
            Self::Trimmed { first, .. } => first,
        }
    }

    /// Returns the UTC day on which use began; `None` for a checkout, which may have begun long before all
    /// other known use and go on after it.
    pub(in crate::usage) fn first_day(self) -> Option<Date> {
        match self {
            Self::Session(_) | Self::Trimmed { .. } => Some(utc_day(self.start())),
            Self::Checkout(_) | Self::Returned(_) => None,
        }
    }
}

/// A span of time from a start up to, not including, an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    from: Timestamp,
    to: Timestamp,
}

impl TimeSpan {
    /// All time.
    pub const ALWAYS: Self = Self { from: Timestamp::MIN, to: Timestamp::MAX };

    /// Builds `[from, to)`; `None` where `to` is before `from`.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// Returns the start.
    pub fn start(self) -> Timestamp {
        self.from
    }

    /// Returns the end, which is not part of the span.
    pub fn end(self) -> Timestamp {
        self.to
    }
}

/// What rows have in common: the product, the place, and the kind of use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageSource {
    pub product: ProductId,
    pub feature: Option<Text>,
    /// The country that the use belongs to.
    pub country: Option<CountryCode>,
    /// The site that the use belongs to.
    pub site: Option<Text>,
    /// Production, or a type that is not charged.
    pub usage_type: UsageType,
    pub through: StartMethod,
}

/// How a product was started. Restrictions bind people who sign in; use through an old activation key is not
/// restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StartMethod {
    /// By signing in (SES).
    SignIn,
    /// Through an old activation key, or a hosted or deployed server that takes one.
    ActivationKey,
    /// The rows do not say.
    Unknown,
}

/// A pool: the machines that are counted together, of one product, one feature string and one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pool {
    pub product: ProductId,
    pub feature: Option<Text>,
    pub place: PoolPlace,
}

/// The place that a pool is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PoolPlace {
    Country(CountryCode),
    Site(Text),
    /// The rows do not say. The use is counted all the same, and covered by nothing.
    Unknown,
}
