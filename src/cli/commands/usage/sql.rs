//! `seatwise usage sql`.

use clap::Args;
use serde::Serialize;

use crate::cli::name_filters::FurtherNames;
use crate::cli::option_words::{OptionWord, words_parser};
use crate::cli::output::{FormatOffer, OutputArgs};
use crate::cli::plain_formats::PlainForm;
use crate::cli::question::{OrganizationSides, read_sides};
use crate::cli::report_format::{OfferedFormat, ReportFormat};
use crate::cli::usage_filters::UsageFilterArgs;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::exports::ProductCatalogue;
use crate::exports::store::UsageStore;
use crate::model::{Text, Timestamp};
use crate::render::usage::{EngineDialect, EngineLocation, SqlSelection, StoreQuestion, sql_statements};
use crate::usage::{NameRegister, UseDateRange};

/// Print a usage report as SQL over the store, for who has outgrown one machine
///
/// The same question with the same settings, filters and named licences, for an engine that you run; the
/// figures are the same. Statements end with `;`, and the last one answers. Products are called what the
/// store calls them; what is owned and what it costs is not asked. A filter may name whatever the
/// organization or the store of `usage.store` names.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise usage sql peaks --dialect duckdb | duckdb
  seatwise usage sql daily --dialect spark --store s3a://firm/usage --out d.sql && spark-sql -f d.sql")]
pub(super) struct UsageSqlArgs {
    /// Which report
    #[arg(value_parser = words_parser(&QUESTIONS))]
    question: StoreQuestion,
    /// Whose SQL
    #[arg(long, value_parser = words_parser(&DIALECTS))]
    dialect: EngineDialect,
    /// Where the engine finds the store; by default the folder of `usage.store`
    #[arg(long, value_name = "LOCATION")]
    store: Option<String>,
    #[command(flatten)]
    filters: UsageFilterArgs,
    #[command(flatten)]
    output: OutputArgs<SqlFormats>,
}

/// The formats of SQL. A file of any name but `.json` holds the statements themselves.
#[derive(Debug, Clone)]
struct SqlFormats;

impl FormatOffer for SqlFormats {
    type Writer = PlainForm;
    const FORMATS: &'static [OfferedFormat<PlainForm>] = &[
        ReportFormat::Text.offer("The statements, for an engine", PlainForm::Text),
        ReportFormat::Json.offer("The statements with what they ask, for programs", PlainForm::Json),
    ];
    const OF_OTHER_FILES: Option<ReportFormat> = Some(ReportFormat::Text);
}

/// What `seatwise usage sql --format json` writes.
#[derive(Serialize)]
struct SqlJson<'a> {
    /// `seatwise-usage-sql/1`.
    format: &'static str,
    dialect: &'static str,
    question: &'static str,
    /// The statements in order, as the text has them. The last one answers.
    statements: Vec<&'a str>,
}

const QUESTIONS: [OptionWord<StoreQuestion>; 4] = [
    ("peaks", "The peak of each product and country in each period", StoreQuestion::Peaks),
    ("daily", "The peak of each product and country on each day", StoreQuestion::Daily),
    ("users", "Who used which product for how long", StoreQuestion::Users),
    ("machines", "On which machine which product was used for how long", StoreQuestion::Machines),
];

const DIALECTS: [OptionWord<EngineDialect>; 4] = [
    ("duckdb", "DuckDB", EngineDialect::DuckDb),
    ("datafusion", "Apache DataFusion, and Ballista", EngineDialect::DataFusion),
    ("spark", "Apache Spark", EngineDialect::Spark),
    ("clickhouse", "ClickHouse, and chDB", EngineDialect::ClickHouse),
];

/// Prints a usage report as SQL over the usage store.
pub(super) fn run_usage_sql(args: &UsageSqlArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let sides = read_sides(None, context)?;
    let settings = &sides.policy.settings;
    let workspace = Workspace::find(context)?;
    let location = match &args.store {
        Some(location) => location.clone(),
        None => absolute_path(&workspace.usage_folder(settings)?),
    };
    let unwritable = || {
        CliError::Usage(format!(
            "`{location}` has characters that no engine takes for a place: name another one by `--store`"
        ))
    };
    let place = EngineLocation::new(&location).ok_or_else(unwritable)?;
    let register = register_names(&args.filters, &sides, &workspace.usage_store(settings)?)?;
    let text = sql_statements(
        args.question,
        args.dialect,
        &place,
        &sql_selection(&args.filters, &sides, &register, context)?,
        &settings.usage,
    );
    let json = || SqlJson {
        format: "seatwise-usage-sql/1",
        dialect: dialect_word(args.dialect),
        question: args.question.as_str(),
        statements: statements(&text),
    };
    // Statements are not sentences, and stay as they are.
    args.output.write(context, |form| form.render(|| text.clone(), json))?;
    Ok(Exit::Done)
}

/// Returns the word for a dialect on the command line.
fn dialect_word(dialect: EngineDialect) -> &'static str {
    let found = DIALECTS.iter().find(|(_, _, known)| *known == dialect);
    found.expect("the option takes no other dialects").0
}

/// Splits statements, each of which ends with `;` and a line end.
fn statements(text: &str) -> Vec<&str> {
    text.split_inclusive(";\n").map(str::trim).filter(|statement| !statement.is_empty()).collect()
}

/// Returns the absolute path, because an engine may run in another directory.
fn absolute_path(folder: &std::path::Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).to_string_lossy().into_owned()
}

fn sql_selection(
    filters: &UsageFilterArgs,
    sides: &OrganizationSides,
    register: &NameRegister,
    context: &Context,
) -> Result<SqlSelection, CliError> {
    let window = filters.window(context)?;
    Ok(SqlSelection {
        keep: filters.names(sides, register, FurtherNames::default())?,
        from: filters.from.map(|_| window.start()),
        until: window.end(),
        licensed: named_licences(sides),
    })
}

/// Returns the names in the rows of the store, which filters may use; none where there are no filters.
fn register_names(
    filters: &UsageFilterArgs,
    sides: &OrganizationSides,
    store: &UsageStore,
) -> Result<NameRegister, CliError> {
    let mut register = NameRegister::default();
    if !filters.typed_words().is_empty() {
        let catalogue = ProductCatalogue::new(&sides.scoped.facts.products);
        store.read(&mut register, &catalogue, UseDateRange::default)?;
    }
    Ok(register)
}

/// Returns whose use of which product is under a named licence, and since when.
fn named_licences(sides: &OrganizationSides) -> Vec<(Text, crate::model::ProductId, Timestamp)> {
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
