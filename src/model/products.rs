//! Products and money.

use super::word_enum;
use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use super::Text;

/// A product, which the organization sells by number, under the name the policy gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The organization's number; `None` where only a grant has named the product.
    pub number: Option<u32>,
    /// Feature string: usage peaks are per country, product and feature string.
    pub feature: Option<Text>,
    /// The name for people.
    pub name: Text,
    pub licence: LicenceKind,
    /// The perpetual list price for one licence.
    pub list_price: Option<Money>,
}

impl Product {
    /// Whether it is known how the product is licensed. Where only a grant has named the product, it is not,
    /// unless somebody holds a named licence.
    pub fn knows_licence(&self) -> bool {
        self.number.is_some() || self.licence == LicenceKind::Named
    }

    /// Fills in what is unknown here from `other`.
    pub fn fill_unknown_from(&mut self, other: &Self) {
        if !self.knows_licence() {
            self.licence = other.licence;
        }
        self.number = self.number.or(other.number);
        self.feature = self.feature.take().or_else(|| other.feature.clone());
        self.list_price = self.list_price.take().or_else(|| other.list_price.clone());
        if self.name.is_empty() {
            self.name = other.name.clone();
        }
    }
}

word_enum! {
    /// How a product is licensed.
    pub enum LicenceKind {
        /// Pooled per country: any user may run it, the invoice follows the peak.
        Pooled = "pooled",
        /// Belongs to one user (Practitioner, Virtuoso).
        Named = "named",
    }
}

/// An amount with its currency: `6000 EUR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Exact decimal amount, at least 0.
    pub amount: Decimal,
    /// ISO 4217, three upper-case letters.
    pub currency: Text,
}

/// The text is not an amount with a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount with a currency, such as `6000 EUR`")]
pub struct MoneyError;

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.split_once(' ').ok_or(MoneyError)?;
        let amount = Decimal::from_str_exact(amount).map_err(|_| MoneyError)?;
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code && !amount.is_sign_negative() {
            Ok(Self { amount, currency: currency.into() })
        } else {
            Err(MoneyError)
        }
    }
}

impl Money {
    /// Rounds the amount to whole minor units of its currency, half up, written with all their digits:
    /// `1600.00 EUR`.
    pub fn round(self) -> Self {
        let digits = minor_digits(&self.currency);
        // Amounts are at least 0, so away from zero is up.
        let mut amount = self.amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        amount.rescale(digits);
        Self { amount, currency: self.currency }
    }
}

impl Money {
    /// Returns the amount with its currency and thousands separators: `1,920.50 EUR`.
    pub fn words(&self) -> String {
        let amount = self.amount.to_string();
        let (whole, minor) =
            amount.split_once('.').map_or((&*amount, None), |(whole, minor)| (whole, Some(minor)));
        let minor = minor.map(|minor| format!(".{minor}")).unwrap_or_default();
        format!("{}{minor} {}", group_digits(whole), self.currency)
    }
}

/// Separates the thousands of a whole number: `1204` becomes `1,204`.
pub fn group_digits(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let first = digits.len() % 3;
    let (first, rest) = digits.split_at(if first == 0 { 3.min(digits.len()) } else { first });
    let rest = (0..rest.len()).step_by(3).map(|at| format!(",{}", &rest[at..at + 3]));
    format!("{sign}{first}{}", rest.collect::<String>())
}

/// Returns the number of decimal digits of a currency's minor unit, by ISO 4217 (list one of its maintenance
/// agency, edition of 2026-01-01): 2 for all currencies not listed here.
fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}
