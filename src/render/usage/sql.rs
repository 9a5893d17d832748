//! Renders the questions of usage reports as SQL over the usage store, for firms whose data has outgrown one
//! machine and who have a distributed engine.
//!
//! One template serves all engines; their differences are in [`EngineDialect`]. No foreign name is in the
//! text as it is: a name with more than letters, digits and a few signs is written in hexadecimal, so that no
//! name can end a literal.

mod dialect;

use askama::Template;

pub use dialect::EngineDialect;
use dialect::EngineSource;

use crate::model::{CountryCode, ProductId, Text, Timestamp, word_enum};
use crate::usage::{
    BoundaryStart, ContractKind, FirstInterval, NameFilter, PeriodKind, Pooling, ShortUse, UsageSettings,
    UserName,
};

word_enum! {
    /// A question about the usage store, with the name of the report that answers it.
    pub enum StoreQuestion {
        /// The peak of each pool in each period.
        Peaks = "peaks",
        /// The peak of each pool on each day.
        Daily = "daily",
        /// How long each user used which product.
        Users = "users",
        /// How long each machine was used for which product.
        Machines = "machines",
    }
}

/// The location of the store for an engine: a folder, or an address in an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineLocation(String);

impl EngineLocation {
    /// Returns the location of `text`.
    ///
    /// `None` where `text` has characters that engines interpret: quotes, wildcards, a backslash, control
    /// characters.
    pub fn new(text: &str) -> Option<Self> {
        let is_other = |c: char| c.is_control() || "'\"`\\*?[]{};".contains(c);
        let text = text.trim_end_matches('/');
        (!text.is_empty() && !text.contains(is_other)).then(|| Self(text.to_owned()))
    }
}

/// The rows of the store that count, and the lines that are asked for.
#[derive(Debug, Clone)]
pub struct SqlSelection {
    /// Only lines to which a row of these products, countries and users belongs.
    pub keep: NameFilter,
    /// Only intervals that begin at this time or later; all where the value is `None`.
    pub from: Option<Timestamp>,
    /// Only intervals that begin before this time.
    pub until: Timestamp,
    /// The users with a named licence: user, product, and the time since when.
    pub licensed: Vec<(Text, ProductId, Timestamp)>,
}

/// The values of the template `query.sql`, as SQL expressions.
#[derive(Template)]
#[template(path = "usage/query.sql", escape = "none")]
struct SqlQueryTemplate<'a> {
    title: String,
    question: &'a str,
    engine: &'a str,
    notes: Vec<&'a str>,
    before: Vec<String>,
    source: String,
    place: &'a str,
    who: &'a str,
    who_title: &'a str,
    is_of_time: bool,
    begins: String,
    ends: String,
    licensed: Option<String>,
    counts: String,
    asked: Option<String>,
    /// `asked` as a further column; empty where all lines are asked for.
    asked_column: &'a str,
    minutes: i64,
    per_day: i64,
    first: String,
    last: String,
    counting: Vec<String>,
    days: String,
    first_day: String,
    last_day: String,
    when: String,
    when_title: &'a str,
    clock: String,
}

/// Returns the statements that answer `question`.
///
/// Each statement ends with `;` and a line end, and the last one returns the answer.
pub fn sql_statements(
    question: StoreQuestion,
    dialect: EngineDialect,
    location: &EngineLocation,
    asked: &SqlSelection,
    settings: &UsageSettings,
) -> String {
    let grid = SqlGrid {
        dialect,
        micros: settings.interval.minutes() * 60_000_000,
        per_day: settings.interval.intervals_per_day(),
    };
    let EngineSource { before, source } = dialect.store_source(&location.0);
    let (when_title, when) = grid.period_column(question, settings.period);
    let line_condition = line_condition(dialect, &asked.keep);
    let query = SqlQueryTemplate {
        title: title(question, settings.period),
        question: question.as_str(),
        engine: dialect.as_str(),
        notes: notes(dialect, settings),
        before,
        source,
        place: pool_column(settings.pool),
        who: match question {
            StoreQuestion::Peaks | StoreQuestion::Daily | StoreQuestion::Machines => "u.machine",
            StoreQuestion::Users => "coalesce(nullif(u.user_name, ''), '(not named)')",
        },
        who_title: if question == StoreQuestion::Users { "user_name" } else { "machine" },
        is_of_time: question.is_of_time(),
        begins: dialect.micros("u.start_time"),
        ends: dialect.micros("u.end_time"),
        licensed: grid.licence_table(asked),
        counts: dialect.one_of(
            "coalesce(nullif(u.usage_type, ''), 'production')",
            settings.usage_types.iter().map(|one| one.as_str()),
        ),
        asked_column: if line_condition.is_some() { ", asked" } else { "" },
        asked: line_condition,
        minutes: settings.interval.minutes(),
        per_day: grid.per_day,
        first: grid.first_interval(asked, settings),
        last: grid.last_interval(asked),
        counting: grid.counting_conditions(settings),
        days: dialect.number_rows(&grid.day_of("since"), &grid.day_of("until")),
        first_day: dialect.day("min(day)"),
        last_day: dialect.day("max(day)"),
        when,
        when_title,
        clock: grid.clock(settings.interval.minutes()),
    };
    // Only a template can fail, and this one never does.
    query.render().unwrap_or_default()
}

impl StoreQuestion {
    /// Whether the answer counts hours, not machines.
    fn is_of_time(self) -> bool {
        match self {
            Self::Users | Self::Machines => true,
            Self::Peaks | Self::Daily => false,
        }
    }
}

fn title(question: StoreQuestion, period: PeriodKind) -> String {
    let period = match period {
        PeriodKind::Quarter => "quarter",
        PeriodKind::Month => "month",
    };
    match question {
        StoreQuestion::Peaks => {
            format!("The most machines at once of each product, feature, place and {period}")
        }
        StoreQuestion::Daily => {
            "The most machines at once of each product, feature and place on each day".to_owned()
        }
        StoreQuestion::Users => "The days and minutes of each person, product, feature and place".to_owned(),
        StoreQuestion::Machines => {
            "The days and minutes of each machine, product, feature and place".to_owned()
        }
    }
}

fn notes(dialect: EngineDialect, settings: &UsageSettings) -> Vec<&'static str> {
    let personas = "Persona-days are not counted here, machines are.";
    let personas = (settings.contract == ContractKind::E365).then_some(personas);
    personas.into_iter().chain(dialect.note()).collect()
}

fn pool_column(pool: Pooling) -> &'static str {
    match pool {
        Pooling::Country => "country",
        Pooling::Site => "site",
    }
}

/// Returns the SQL condition for a row to make its line one that is asked for; `None` where all lines are.
fn line_condition(dialect: EngineDialect, keep: &NameFilter) -> Option<String> {
    let NameFilter { products, countries, users } = keep;
    let mut conditions = Vec::new();
    if !products.is_empty() {
        conditions.push(dialect.one_of("u.product", products.iter().map(ProductId::as_str)));
    }
    if !countries.is_empty() {
        conditions.push(dialect.one_of("u.country", countries.iter().map(CountryCode::as_str)));
    }
    if let Some(users) = users {
        conditions.push(dialect.one_of("u.user_name", users.iter().map(UserName::as_str)));
    }
    (!conditions.is_empty()).then(|| conditions.join(" and "))
}

/// The intervals of time in an engine's SQL.
struct SqlGrid {
    dialect: EngineDialect,
    /// The length of an interval, in microseconds.
    micros: i64,
    per_day: i64,
}

impl SqlGrid {
    /// Returns the SQL expression of the number of the first interval that a row counts in.
    fn first_interval(&self, asked: &SqlSelection, settings: &UsageSettings) -> String {
        let at = self.dialect.divide("begins", self.micros);
        let first = match (settings.first_interval, settings.boundary_start) {
            (FirstInterval::Count, BoundaryStart::Drop | BoundaryStart::Count) => at,
            (FirstInterval::Drop, BoundaryStart::Count) => {
                format!("{at} + case when kind = 'details' or begins % {} = 0 then 0 else 1 end", self.micros)
            }
            (FirstInterval::Drop, BoundaryStart::Drop) => {
                format!("{at} + case when kind = 'details' then 0 else 1 end")
            }
        };
        match asked.from {
            Some(from) => format!("greatest({first}, {})", self.first_interval_from(from)),
            None => first,
        }
    }

    /// Returns the SQL expression of the number of the last interval that a row counts in.
    fn last_interval(&self, asked: &SqlSelection) -> String {
        let last = format!(
            "least({}, {})",
            self.dialect.divide("(ends - 1)", self.micros),
            self.first_interval_from(asked.until) - 1
        );
        if asked.licensed.is_empty() {
            return last;
        }
        format!("case when licensed <= {last} then licensed - 1 else {last} end")
    }

    /// Returns the SQL conditions for a row to count in any interval.
    fn counting_conditions(&self, settings: &UsageSettings) -> Vec<String> {
        let mut counting = vec!["begins < ends".to_owned()];
        match settings.short_use {
            ShortUse::Count => {}
            ShortUse::Free => {
                counting.push(format!("(kind = 'details' or ends - begins >= {})", self.micros))
            }
        }
        counting
    }

    fn licence_table(&self, asked: &SqlSelection) -> Option<String> {
        let rows = asked
            .licensed
            .iter()
            .map(|(user, product, since)| (&**user, product.as_str(), self.first_interval_from(*since)));
        (!asked.licensed.is_empty()).then(|| self.dialect.licence_rows(rows))
    }

    /// Returns the number of the first interval that begins at `time` or later.
    fn first_interval_from(&self, time: Timestamp) -> i64 {
        let width = i128::from(self.micros) * 1000;
        let rounded_down = time.as_nanosecond().div_euclid(width);
        let is_after = time.as_nanosecond().rem_euclid(width) > 0;
        i64::try_from(rounded_down + i128::from(is_after)).unwrap_or(i64::MAX)
    }

    fn day_of(&self, interval: &str) -> String {
        self.dialect.divide(interval, self.per_day)
    }

    /// Returns the column of the period or day of a peak: its name and its SQL expression.
    fn period_column(&self, question: StoreQuestion, period: PeriodKind) -> (&'static str, String) {
        let day = self.dialect.day("day");
        match (question, period) {
            (StoreQuestion::Daily, _) => ("peak_day", day),
            (StoreQuestion::Peaks | StoreQuestion::Users | StoreQuestion::Machines, PeriodKind::Month) => {
                ("period", format!("substring({day}, 1, 7)"))
            }
            (StoreQuestion::Peaks | StoreQuestion::Users | StoreQuestion::Machines, PeriodKind::Quarter) => {
                ("period", format!("substring({day}, 1, 4) || 'Q' || {}", self.dialect.quarter("day")))
            }
        }
    }

    /// Returns the SQL expression of the time at which the interval `moment` of the day `day` begins.
    fn clock(&self, minutes: i64) -> String {
        let minute = format!("(moment - day * {}) * {minutes}", self.per_day);
        let two = |number: &str| format!("lpad({}, 2, '0')", self.dialect.text(number));
        let (hours, minutes) = (two(&self.dialect.divide(&minute, 60)), two(&format!("({minute}) % 60")));
        format!("{} || ' ' || {hours} || ':' || {minutes}", self.dialect.day("day"))
    }
}
