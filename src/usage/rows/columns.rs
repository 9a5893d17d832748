//! The names of the columns in usage exports, in one table.

use std::collections::BTreeMap;

use crate::model::{Text, word_enum};

word_enum! {
    /// A column of a usage export, with its key in `usage.columns` of `seatwise.yaml`.
    pub enum UsageColumn {
        /// The product: its number, its name, or both as in `OpenRoads Designer (2502)`.
        Product = "product",
        /// The feature string of the product.
        Feature = "feature",
        /// The country that the use belongs to: the user's entitlement country.
        Country = "country",
        /// The site that the use belongs to.
        Site = "site",
        /// Production, trial, evaluation, …
        UsageType = "usage_type",
        Machine = "machine",
        /// The user's address, or an opaque id where privacy law forbids it.
        Email = "email",
        /// The user's name on the machine; used where there is no address.
        User = "user",
        /// The UTC day, where other columns have only clock times.
        Date = "date",
        /// The first interval of a row of Usage Details.
        First = "first",
        /// The last interval of a row of Usage Details.
        Last = "last",
        /// The start of a session.
        Start = "start",
        /// The end of a session.
        End = "end",
        /// The length of a session; used where there is no end.
        Duration = "duration",
        /// When a licence was checked out.
        CheckedOut = "checked_out",
        /// When the licence was checked in.
        CheckedIn = "checked_in",
        /// When the checkout expires; used where the licence was not checked in.
        Expires = "expires",
        /// The activation key that the product was started with; empty where the user signed in.
        ActivationKey = "activation_key",
        /// How the use was licensed: by signing in (SES), or by a hosted or deployed server of the old kind.
        ServerType = "server_type",
    }
}

impl UsageColumn {
    /// The names that the column is known under, the most precise first.
    ///
    /// Public help pages of the portal's Subscription Analytics (Usage Details, Daily Usage by User and by
    /// Machine, Activation Key Audit; read 2026-11) name `Country`, `Product`, `Application`, `Feature
    /// String`, `Machine`, `Machine Name`, `User`, `Email`, `Usage Type`, `Usage Date`, `Server Type` and
    /// `Activation Key`. The spelling of the columns of intervals, sessions and checkouts is not published:
    /// their names here are likely ones, and `usage.columns` can replace them.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Product => &["Product ID", "Product Number", "Product", "Application", "Product Name"],
            Self::Feature => &["Feature String", "Feature"],
            Self::Country => &["Country", "Usage Country", "Entitlement Country", "Country Code"],
            Self::Site => &["Site", "Site ID", "Ultimate Site"],
            Self::UsageType => &["Usage Type"],
            Self::Machine => &["Machine Name", "Machine", "Host Name", "Host", "Device", "Computer"],
            Self::Email => &["Email", "E-mail", "User Email", "IMS Email", "IMS ID"],
            Self::User => &["User", "User Name", "Windows User"],
            Self::Date => &["Usage Date", "Date"],
            Self::First => &["First Interval", "Start Interval", "Interval Start", "From Interval"],
            Self::Last => &["Last Interval", "End Interval", "Stop Interval", "Interval End", "To Interval"],
            Self::Start => &["Session Start", "Start Time", "Start", "Started", "Usage Start", "Login Time"],
            Self::End => {
                &["Session End", "End Time", "Stop Time", "End", "Ended", "Usage End", "Logout Time"]
            }
            Self::Duration => &["Duration", "Session Duration"],
            Self::CheckedOut => &["Checked Out", "Checkout Date", "Checkout Start", "Checkout Time"],
            Self::CheckedIn => &["Checked In", "Check-in Date", "Checkin Time", "Returned"],
            Self::Expires => {
                &["Expires", "Expiration Date", "Expiration", "Checkout Expiration", "Expiry", "Checkout End"]
            }
            Self::ActivationKey => &["Activation Key"],
            Self::ServerType => &["Server Type"],
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
