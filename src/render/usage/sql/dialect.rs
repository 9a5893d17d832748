//! The SQL dialects of the supported engines.

use crate::model::word_enum;

word_enum! {
    /// The SQL dialect of an engine, with the engine's name for people.
    pub enum EngineDialect {
        DuckDb = "DuckDB",
        /// Apache DataFusion, and Ballista on many machines.
        DataFusion = "Apache DataFusion",
        Spark = "Apache Spark",
        /// ClickHouse and chDB.
        ClickHouse = "ClickHouse",
    }
}

/// How an engine reads the rows of the store.
pub(super) struct EngineSource {
    /// Statements that precede the query.
    pub(super) before: Vec<String>,
    pub(super) source: String,
}

impl EngineDialect {
    /// Returns what users of the engine must know beside the SQL text.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::DuckDb | Self::DataFusion | Self::Spark => None,
            Self::ClickHouse => {
                Some("Where the store is in an object store, `s3(…)` takes the place of `file(…)`.")
            }
        }
    }

    /// Returns how the engine reads the store at the location `store`.
    pub(super) fn store_source(self, store: &str) -> EngineSource {
        const VIEW: &str = "seatwise_usage";
        match self {
            Self::DuckDb => EngineSource {
                before: Vec::new(),
                source: format!("read_parquet('{store}/*/*/usage.parquet')"),
            },
            Self::DataFusion => {
                let table = format!(
                    "create external table if not exists {VIEW} stored as parquet location \
                        '{store}/**/usage.parquet'"
                );
                EngineSource { before: vec![table], source: VIEW.to_owned() }
            }
            Self::Spark => {
                let view =
                    format!("create or replace temporary view {VIEW} using parquet options (path '{store}')");
                EngineSource { before: vec![view], source: VIEW.to_owned() }
            }
            Self::ClickHouse => EngineSource {
                before: Vec::new(),
                source: format!("file('{store}/*/*/usage.parquet', Parquet)"),
            },
        }
    }

    /// Converts a time to microseconds since 1970.
    pub(super) fn micros(self, time: &str) -> String {
        match self {
            Self::DuckDb => format!("epoch_us({time})"),
            Self::DataFusion => format!("cast({time} as bigint)"),
            Self::Spark => format!("unix_micros({time})"),
            Self::ClickHouse => format!("toUnixTimestamp64Micro({time})"),
        }
    }

    /// Returns the whole part of a quotient.
    pub(super) fn divide(self, number: &str, by: i64) -> String {
        match self {
            Self::DuckDb => format!("{number} // {by}"),
            Self::DataFusion => format!("{number} / {by}"),
            Self::Spark => format!("{number} div {by}"),
            Self::ClickHouse => format!("intDiv({number}, {by})"),
        }
    }

    /// Returns a row for each number of a range, both ends included.
    pub(super) fn number_rows(self, from: &str, to: &str) -> String {
        match self {
            Self::DuckDb | Self::DataFusion => format!("unnest(range({from}, {to} + 1))"),
            Self::Spark => format!("explode(sequence({from}, {to}))"),
            Self::ClickHouse => format!("arrayJoin(range({from}, {to} + 1))"),
        }
    }

    fn date(self, day: &str) -> String {
        match self {
            Self::DuckDb => format!("date '1970-01-01' + cast({day} as integer)"),
            Self::DataFusion => format!("cast(cast({day} as integer) as date)"),
            Self::Spark => format!("date_from_unix_date(cast({day} as int))"),
            Self::ClickHouse => format!("toDate32(toInt32({day}))"),
        }
    }

    /// Converts a value to text.
    pub(super) fn text(self, value: &str) -> String {
        match self {
            Self::DuckDb | Self::DataFusion => format!("cast({value} as varchar)"),
            Self::Spark => format!("cast({value} as string)"),
            Self::ClickHouse => format!("toString({value})"),
        }
    }

    /// Returns the date of a day, which is counted since 1970, as text.
    pub(super) fn day(self, day: &str) -> String {
        self.text(&self.date(day))
    }

    /// Returns the quarter of a day, which is counted since 1970, as text.
    pub(super) fn quarter(self, day: &str) -> String {
        self.text(&format!("extract(quarter from {})", self.date(day)))
    }

    /// Returns the condition that `value` is one of `names`; the condition is never true where there are no
    /// names.
    pub(super) fn one_of<'a>(self, value: &str, names: impl Iterator<Item = &'a str>) -> String {
        let names: Vec<String> = names.map(|name| self.literal(name)).collect();
        if names.is_empty() { "1 = 0".to_owned() } else { format!("{value} in ({})", names.join(", ")) }
    }

    /// Returns named licences as the rows of a table `l`.
    pub(super) fn licence_rows<'a>(self, rows: impl Iterator<Item = (&'a str, &'a str, i64)>) -> String {
        let rows = rows.map(|(user, product, since)| {
            format!("\n        ({}, {}, {since})", self.literal(user), self.literal(product))
        });
        let rows = rows.collect::<Vec<_>>().join(",");
        match self {
            Self::DuckDb | Self::DataFusion | Self::Spark => {
                format!("(values{rows}) as l(user_name, product, since)")
            }
            // Without `Nullable`, a row without a partner would have the number 0.
            Self::ClickHouse => {
                format!("values('user_name String, product String, since Nullable(Int64)',{rows}) as l")
            }
        }
    }

    /// Returns a name as a literal.
    ///
    /// Engines do not agree on the meaning of a backslash, so a name with unusual characters is written in
    /// hexadecimal.
    fn literal(self, name: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " ._@+-".contains(c);
        if name.chars().all(is_plain) {
            return format!("'{name}'");
        }
        let hex = name.bytes().fold(String::new(), |mut hex, byte| {
            hex += &format!("{byte:02x}");
            hex
        });
        match self {
            Self::DuckDb => format!("decode(unhex('{hex}'))"),
            Self::DataFusion => format!("cast(decode('{hex}', 'hex') as varchar)"),
            Self::Spark => format!("decode(unhex('{hex}'), 'utf-8')"),
            Self::ClickHouse => format!("unhex('{hex}')"),
        }
    }
}
