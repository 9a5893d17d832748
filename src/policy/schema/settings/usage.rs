//! Schema types of `usage` of `seatwise.yaml`.

use schemars::JsonSchema;

use super::super::values::{ShareSchema, TextLineSchema};

/// How use is counted and charged. Every point has a default.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Usage")]
pub(super) struct UsageSettingsSchema {
    /// How long an interval is. `10m` where it is left out.
    interval: Option<IntervalSchema>,
    /// Whose machines are counted together. `country` where it is left out.
    pool: Option<PoolingSchema>,
    /// The first, partial interval of a session. `drop` where it is left out.
    first_interval: Option<FirstIntervalSchema>,
    /// The interval that begins exactly when a session does. `drop` where it is left out.
    boundary_start: Option<BoundaryStartSchema>,
    /// Sessions shorter than an interval. `count` where it is left out.
    short_use: Option<ShortUseSchema>,
    /// The usage types that are charged, compared without case. `[production]` where it is left out.
    #[schemars(length(min = 1))]
    usage_types: Option<Vec<TextLineSchema>>,
    /// What one charge is for. `quarter` where it is left out.
    period: Option<PeriodKindSchema>,
    /// The share of the list price that a term licence costs. `16%` where it is left out.
    term_share: Option<ShareSchema>,
    /// What is taken off the term licence's price. `0%` where it is left out.
    discount: Option<ShareSchema>,
    /// So many days of overuse in a period are free; with more, everything is charged. 0 where it is left
    /// out.
    forgive: Option<u32>,
    /// What is counted. `select` where it is left out.
    contract: Option<ContractKindSchema>,
    /// Where the day of an E365 contract begins. `standard` where it is left out.
    price_book: Option<PriceBookSchema>,
    /// The folder in which `seatwise usage collect` keeps what it has read, below the policy's.
    /// `.seatwise/usage` where it is left out.
    store: Option<TextLineSchema>,
    /// What columns of usage exports are called, where it is not as usual.
    columns: Option<UsageColumnsSchema>,
}

/// Names of columns, compared by letters and digits without case.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Columns")]
struct UsageColumnsSchema {
    /// The product: its number, its name, or both.
    product: Option<TextLineSchema>,
    /// Its feature string.
    feature: Option<TextLineSchema>,
    /// The country that the use belongs to.
    country: Option<TextLineSchema>,
    /// The site that it belongs to.
    site: Option<TextLineSchema>,
    /// Production, trial, evaluation, …
    usage_type: Option<TextLineSchema>,
    /// The machine.
    machine: Option<TextLineSchema>,
    /// The user's address, or an opaque id.
    email: Option<TextLineSchema>,
    /// The user's name on the machine; counts where there is no address.
    user: Option<TextLineSchema>,
    /// The UTC day, where other columns have only clock times.
    date: Option<TextLineSchema>,
    /// The first interval of a row of Usage Details.
    first: Option<TextLineSchema>,
    /// Its last interval.
    last: Option<TextLineSchema>,
    /// The start of a session.
    start: Option<TextLineSchema>,
    /// Its end.
    end: Option<TextLineSchema>,
    /// How long it was: days, hours and minutes as `0 02:30`.
    duration: Option<TextLineSchema>,
    /// When a licence was checked out.
    checked_out: Option<TextLineSchema>,
    /// When it was given back.
    checked_in: Option<TextLineSchema>,
    /// When it expires; counts where it was not given back.
    expires: Option<TextLineSchema>,
    /// The activation key that the product was started with.
    activation_key: Option<TextLineSchema>,
    /// How it was licensed: by signing in (SES), or by a hosted or deployed server of the old kind.
    server_type: Option<TextLineSchema>,
}

/// Minutes that divide the hour, so that every day begins with an interval.
#[derive(JsonSchema)]
#[schemars(rename = "Interval")]
enum IntervalSchema {
    #[schemars(rename = "5m")]
    Five,
    #[schemars(rename = "6m")]
    Six,
    #[schemars(rename = "10m")]
    Ten,
    #[schemars(rename = "12m")]
    Twelve,
    #[schemars(rename = "15m")]
    Fifteen,
    #[schemars(rename = "20m")]
    Twenty,
    #[schemars(rename = "30m")]
    Thirty,
    #[schemars(rename = "60m")]
    Sixty,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Pooling")]
enum PoolingSchema {
    /// Those of one country.
    Country,
    /// Those of one site.
    Site,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "FirstInterval")]
enum FirstIntervalSchema {
    /// It does not count.
    Drop,
    /// It counts.
    Count,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "BoundaryStart")]
enum BoundaryStartSchema {
    /// It is lost like any first interval.
    Drop,
    /// It is not partial, and counts.
    Count,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "ShortUse")]
enum ShortUseSchema {
    /// They count, in what is left of them.
    Count,
    /// They never count.
    Free,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Period")]
enum PeriodKindSchema {
    /// The calendar's quarter.
    Quarter,
    /// The calendar's month: with a cloud services subscription.
    Month,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Contract")]
enum ContractKindSchema {
    /// Machines at once.
    Select,
    /// Persona-days as well.
    E365,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "PriceBook")]
enum PriceBookSchema {
    /// At midnight UTC.
    Standard,
    /// Twelve hours earlier: the day of Australia and New Zealand.
    Anz,
}
