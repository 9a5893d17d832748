//! The columns of the store's files, in order: what writing and reading agree on.

use std::sync::Arc;

use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

use crate::exports::present_columns::OptionalColumn;
use crate::usage::StartMethod;

/// The columns. `start_time` and `end_time` are what use lasted, `[start_time, end_time)`; of `details`,
/// whole intervals of ten minutes, the first of a session removed. A column is null where the export did not
/// have it, and empty where it said nothing in it.
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

/// The columns of text, which come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextColumn {
    Kind,
    Product,
    Machine,
    Optional(OptionalColumn),
}

impl TextColumn {
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

    /// Its place among all columns.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Kind => 0,
            Self::Product => 1,
            Self::Machine => 2,
            Self::Optional(optional) => 3 + optional as usize,
        }
    }
}

/// The places of the times.
pub(super) const START: usize = 9;
pub(super) const END: usize = 10;

/// How a product was started, in the store's words.
pub(super) fn start_method_word(through: StartMethod) -> &'static str {
    match through {
        StartMethod::SignIn => "sign-in",
        StartMethod::ActivationKey => "activation-key",
        StartMethod::Unknown => "",
    }
}

/// The columns, which are always the same.
pub(super) fn schema() -> Arc<Type> {
    Arc::new(parse_message_type(SCHEMA).expect("the schema above is one"))
}
