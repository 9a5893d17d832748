//! Rows of usage, as meters and exports give them: names as numbers, nothing allocated.

use crate::model::{CountryCode, ProductId, Text, Timestamp};
use crate::usage::{MachineId, SourceId, UsageType, UserId};

/// One machine's use of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UseRow {
    /// What was used, where, and as what.
    pub source: SourceId,
    /// On which machine.
    pub machine: MachineId,
    /// By whom; `None` where the meter does not say.
    pub user: Option<UserId>,
    /// When.
    pub used: TimeOfUse,
}

/// When a product was in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOfUse {
    /// From a start to an end.
    Session(TimeSpan),
    /// Continuously, from the checkout to its expiry; it may be given back before.
    Checkout(TimeSpan),
    /// Continuously, from the checkout to the check-in.
    Returned(TimeSpan),
    /// A row of Usage Details: in the export's intervals from the one that begins at `first` to the one that
    /// begins at `last`.
    ///
    /// The first, partial interval is already removed, and times are no longer known.
    Trimmed {
        /// When the first interval begins.
        first: Timestamp,
        /// When the last one begins; the same for a single interval.
        last: Timestamp,
    },
}

/// A time from a start up to, not including, an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    from: Timestamp,
    to: Timestamp,
}

impl TimeSpan {
    /// All time.
    pub const ALWAYS: Self = Self { from: Timestamp::MIN, to: Timestamp::MAX };

    /// `[from, to)`; `None` where the end is before the start.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// When it begins.
    pub fn start(self) -> Timestamp {
        self.from
    }

    /// When it is over.
    pub fn end(self) -> Timestamp {
        self.to
    }
}

/// What was used, where, and as what: what rows have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageSource {
    /// The product.
    pub product: ProductId,
    /// Its feature string.
    pub feature: Option<Text>,
    /// The country that the use belongs to.
    pub country: Option<CountryCode>,
    /// The site that it belongs to.
    pub site: Option<Text>,
    /// Production, or something that is not charged.
    pub usage_type: UsageType,
    /// How the product was started.
    pub through: StartMethod,
}

/// How a product was started. Restrictions bind whoever signs in; use through an old activation key passes
/// them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StartMethod {
    /// By signing in (SES).
    SignIn,
    /// Through an old activation key, or a hosted or deployed server that takes one.
    ActivationKey,
    /// The rows do not say.
    Unknown,
}

/// Whose machines are counted together: one product, one feature string, one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pool {
    /// The product.
    pub product: ProductId,
    /// Its feature string.
    pub feature: Option<Text>,
    /// Where.
    pub place: PoolPlace,
}

/// Where a pool is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PoolPlace {
    /// In a country.
    Country(CountryCode),
    /// At a site.
    Site(Text),
    /// Somewhere: the rows do not say. Counted all the same, and covered by nothing.
    Unknown,
}
