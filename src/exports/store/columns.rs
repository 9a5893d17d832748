//! The columns of the store's files, in order, for both writing and reading.

use std::sync::Arc;

use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

use crate::exports::present_columns::OptionalColumn;
use crate::usage::StartMethod;

/// The schema. Use lasts `[start_time, end_time)`; for `details` these are whole intervals of ten minutes,
/// the first of a session removed. A column is null where the export did not have it, and empty where the
/// export had it without a value.
const SCHEMA: &str = "message usage {
    required binary kind (STRING);
    required binary product (STRING);
    required binary machine (STRING);
    optional binary feature (STRING);
    optional binary country (STRING);
    optional binary site (STRING);
    optional binary usage_type (STRING);
    optional binary through (STRING);
    optional binary user_name (STRING);
    required int64 start_time (TIMESTAMP(MICROS, true));
    required int64 end_time (TIMESTAMP(MICROS, true));
}";

/// A text column; the text columns come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextColumn {
    Kind,
    Product,
    Machine,
    Optional(OptionalColumn),
}

impl TextColumn {
    /// All text columns, in order.
    pub(super) const ALL: [Self; 9] = [
        Self::Kind,
        Self::Product,
        Self::Machine,
        Self::Optional(OptionalColumn::Feature),
        Self::Optional(OptionalColumn::Country),
        Self::Optional(OptionalColumn::Site),
        Self::Optional(OptionalColumn::UsageType),
        Self::Optional(OptionalColumn::Through),
        Self::Optional(OptionalColumn::User),
    ];

    /// Whether the column is a part of the source of a use: what was used, where and how, not who used it on
    /// which machine.
    pub(super) fn is_of_source(self) -> bool {
        match self {
            Self::Product => true,
            Self::Kind | Self::Machine => false,
            Self::Optional(optional) => match optional {
                OptionalColumn::Feature
                | OptionalColumn::Country
                | OptionalColumn::Site
                | OptionalColumn::UsageType
                | OptionalColumn::Through => true,
                OptionalColumn::User => false,
            },
        }
    }

    /// Returns the index of the column among all columns.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Kind => 0,
            Self::Product => 1,
            Self::Machine => 2,
            Self::Optional(optional) => 3 + optional as usize,
        }
    }
}

/// The index of `start_time`.
pub(super) const START: usize = 9;
/// The index of `end_time`.
pub(super) const END: usize = 10;

/// Returns the store's word for how a product was started.
pub(super) fn start_method_word(through: StartMethod) -> &'static str {
    match through {
        StartMethod::SignIn => "sign-in",
        StartMethod::ActivationKey => "activation-key",
        StartMethod::Unknown => "",
    }
}

/// Returns the schema of every file.
pub(super) fn schema() -> Arc<Type> {
    Arc::new(parse_message_type(SCHEMA).expect("the schema above is one"))
}
