//! The names of the columns in usage exports, in one table.

use std::collections::BTreeMap;

use crate::model::Text;

/// A column of a usage export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsageColumn {
    /// The product: its number, its name, or both as in `OpenRoads Designer (2502)`.
    Product,
    /// The feature string of the product.
    Feature,
    /// The country that the use belongs to: the user's entitlement country.
    Country,
    /// The site that the use belongs to.
    Site,
    /// Production, trial, evaluation, …
    UsageType,
    Machine,
    /// The user's address, or an opaque id where privacy law forbids it.
    Email,
    /// The user's name on the machine; used where there is no address.
    User,
    /// The UTC day, where other columns have only clock times.
    Date,
    /// The first interval of a row of Usage Details.
    First,
    /// The last interval of a row of Usage Details.
    Last,
    /// The start of a session.
    Start,
    /// The end of a session.
    End,
    /// The length of a session; used where there is no end.
    Duration,
    /// When a licence was checked out.
    CheckedOut,
    /// When the licence was checked in.
    CheckedIn,
    /// When the checkout expires; used where the licence was not checked in.
    Expires,
    /// The activation key that the product was started with; empty where the user signed in.
    ActivationKey,
    /// How the use was licensed: by signing in (SES), or by a hosted or deployed server of the old kind.
    ServerType,
}

impl UsageColumn {
    /// All columns, in the order in which they are listed.
    pub const ALL: [Self; 19] = [
        Self::Product,
        Self::Feature,
        Self::Country,
        Self::Site,
        Self::UsageType,
        Self::Machine,
        Self::Email,
        Self::User,
        Self::Date,
        Self::First,
        Self::Last,
        Self::Start,
        Self::End,
        Self::Duration,
        Self::CheckedOut,
        Self::CheckedIn,
        Self::Expires,
        Self::ActivationKey,
        Self::ServerType,
    ];

    /// The key of `usage.columns` in `seatwise.yaml`.
    pub fn as_str(self) -> &'static str {
        self.key_and_names().0
    }

    /// The names that the column is known under, the most precise first.
    fn names(self) -> &'static [&'static str] {
        self.key_and_names().1
    }

    /// The column's key and names.
    ///
    /// Public help pages of the portal's Subscription Analytics (Usage Details, Daily Usage by User and by
    /// Machine, Activation Key Audit; read 2026-11) name `Country`, `Product`, `Application`, `Feature
    /// String`, `Machine`, `Machine Name`, `User`, `Email`, `Usage Type`, `Usage Date`, `Server Type` and
    /// `Activation Key`. The spelling of the columns of intervals, sessions and checkouts is not published:
    /// their names here are likely ones, and `usage.columns` can replace them.
    fn key_and_names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Product => {
                ("product", &["Product ID", "Product Number", "Product", "Application", "Product Name"])
            }
            Self::Feature => ("feature", &["Feature String", "Feature"]),
            Self::Country => {
                ("country", &["Country", "Usage Country", "Entitlement Country", "Country Code"])
            }
            Self::Site => ("site", &["Site", "Site ID", "Ultimate Site"]),
            Self::UsageType => ("usage_type", &["Usage Type"]),
            Self::Machine => {
                ("machine", &["Machine Name", "Machine", "Host Name", "Host", "Device", "Computer"])
            }
            Self::Email => ("email", &["Email", "E-mail", "User Email", "IMS Email", "IMS ID"]),
            Self::User => ("user", &["User", "User Name", "Windows User"]),
            Self::Date => ("date", &["Usage Date", "Date"]),
            Self::First => {
                ("first", &["First Interval", "Start Interval", "Interval Start", "From Interval"])
            }
            Self::Last => {
                ("last", &["Last Interval", "End Interval", "Stop Interval", "Interval End", "To Interval"])
            }
            Self::Start => {
                ("start", &["Session Start", "Start Time", "Start", "Started", "Usage Start", "Login Time"])
            }
            Self::End => {
                ("end", &["Session End", "End Time", "Stop Time", "End", "Ended", "Usage End", "Logout Time"])
            }
            Self::Duration => ("duration", &["Duration", "Session Duration"]),
            Self::CheckedOut => {
                ("checked_out", &["Checked Out", "Checkout Date", "Checkout Start", "Checkout Time"])
            }
            Self::CheckedIn => ("checked_in", &["Checked In", "Check-in Date", "Checkin Time", "Returned"]),
            Self::Expires => (
                "expires",
                &[
                    "Expires",
                    "Expiration Date",
                    "Expiration",
                    "Checkout Expiration",
                    "Expiry",
                    "Checkout End",
                ],
            ),
            Self::ActivationKey => ("activation_key", &["Activation Key"]),
            Self::ServerType => ("server_type", &["Server Type"]),
        }
    }
}

/// The column names that the policy gives in place of the known ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageColumnNames(pub BTreeMap<UsageColumn, Text>);

impl UsageColumnNames {
    /// Returns the possible names of `column`, the most precise first.
    pub fn names(&self, column: UsageColumn) -> Vec<&str> {
        match self.0.get(&column) {
            Some(name) => vec![name],
            None => column.names().to_vec(),
        }
    }

    /// Returns the index of `column` in `header`; only letters and digits are compared, without case.
    pub fn find(&self, column: UsageColumn, header: &[String]) -> Option<usize> {
        let header: Vec<String> = header.iter().map(|found| normalize_name(found)).collect();
        self.names(column).into_iter().find_map(|name| {
            let name = normalize_name(name);
            header.iter().position(|found| *found == name)
        })
    }
}

/// Reduces a name to its lower-case letters and digits, so that `Usage Date`, `usage_date` and `usageDate`
/// are equal.
fn normalize_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
