//! `seatwise usage sql`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::filters::Filters;
use crate::cli::asking::{Sides, read_sides};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::workspace::Workspace;
use crate::model::{Interner, Text, Timestamp};
use crate::render::usage::{EngineLocation, SqlSelection, sql_statements};
use crate::usage::{NameRegister, UserName};

/// Print a usage report as SQL over the store, for who has outgrown one machine
///
/// The same question with the same settings, filters and named licences, for an engine that you run; the
/// figures are the same. Statements end with `;`, and the last one answers. Products are called what the
/// store calls them; what is owned and what it costs is not asked.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise usage sql peaks --dialect duckdb | duckdb
  seatwise usage sql daily --dialect spark --store s3a://firm/usage > daily.sql && spark-sql -f daily.sql")]
pub(super) struct Sql {
    /// Which report
    #[arg(value_enum)]
    question: Question,
    /// Whose SQL
    #[arg(long, value_enum)]
    dialect: Dialect,
    /// Where the engine finds the store; by default the folder of `usage.store`
    #[arg(long, value_name = "LOCATION")]
    store: Option<String>,
    /// The policy's folder; by default the one at or above the current directory that has `seatwise.yaml`
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    filters: Filters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Question {
    /// The peak of each product and country in each period
    Peaks,
    /// The peak of each product and country on each day
    Daily,
    /// Who used which product for how long
    Users,
    /// On which machine which product was used for how long
    Machines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Dialect {
    /// DuckDB
    #[value(name = "duckdb")]
    DuckDb,
    /// Apache DataFusion, and Ballista
    #[value(name = "datafusion")]
    DataFusion,
    /// Apache Spark
    Spark,
    /// ClickHouse, and chDB
    #[value(name = "clickhouse")]
    ClickHouse,
}

pub(super) fn run(args: &Sql, context: &Context) -> Result<Exit, CliError> {
    let sides = read_sides(args.dir.as_deref(), None, context, &Interner::default())?;
    let settings = &sides.policy.settings;
    let location = match &args.store {
        Some(location) => location.clone(),
        None => whole(&Workspace::find(args.dir.as_deref(), context)?.usage_folder(settings)?),
    };
    let unwritable = || {
        CliError::Usage(format!(
            "`{location}` has characters that no engine takes for a place: name another one by `--store`"
        ))
    };
    let place = EngineLocation::new(&location).ok_or_else(unwritable)?;
    let text = sql_statements(
        question(args.question),
        dialect(args.dialect),
        &place,
        &asked(&args.filters, &sides, context)?,
        &settings.usage,
    );
    context.report(&text)?;
    Ok(Exit::Done)
}

/// The path from the root: an engine runs elsewhere.
fn whole(folder: &std::path::Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).to_string_lossy().into_owned()
}

fn asked(filters: &Filters, sides: &Sides, context: &Context) -> Result<SqlSelection, CliError> {
    let mut register = NameRegister::default();
    let keep = filters.keep(sides, &mut register)?;
    let window = filters.window(context.now)?;
    let users =
        keep.users.map(|users| users.into_iter().map(|user| written(register.user_name(user))).collect());
    Ok(SqlSelection {
        products: keep.products,
        countries: keep.countries,
        users,
        from: filters.from.map(|_| window.start()),
        until: window.end(),
        licensed: licensed(sides),
    })
}

/// Whose use is under a named licence, since when.
fn licensed(sides: &Sides) -> Vec<(Text, crate::model::ProductId, Timestamp)> {
    let users = sides.scoped.live.0.users.iter();
    let of_each = users.flat_map(|(email, user)| {
        user.licences.iter().map(move |(product, licence)| (email, product, licence))
    });
    of_each
        .map(|(email, product, licence)| {
            (email.as_str().into(), product.clone(), licence.assigned.unwrap_or(Timestamp::MIN))
        })
        .collect()
}

/// A person as the store writes one.
fn written(user: &UserName) -> Text {
    match user {
        UserName::Email(email) => email.as_str().into(),
        UserName::Opaque(id) => id.clone(),
    }
}

fn question(question: Question) -> crate::render::usage::StoreQuestion {
    use crate::render::usage::StoreQuestion as Asked;
    match question {
        Question::Peaks => Asked::Peaks,
        Question::Daily => Asked::Daily,
        Question::Users => Asked::Users,
        Question::Machines => Asked::Machines,
    }
}

fn dialect(dialect: Dialect) -> crate::render::usage::EngineDialect {
    use crate::render::usage::EngineDialect as Spoken;
    match dialect {
        Dialect::DuckDb => Spoken::DuckDb,
        Dialect::DataFusion => Spoken::DataFusion,
        Dialect::Spark => Spoken::Spark,
        Dialect::ClickHouse => Spoken::ClickHouse,
    }
}
