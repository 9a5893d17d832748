//! `seatwise schema`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::cli::files;
use crate::cli::option_words::{OptionWord, words_parser};
use crate::cli::{CliError, Context, Exit};
use crate::plan::file;
use crate::policy::schema::{SchemaDraft, schemas};
use crate::render::confirm;
use crate::render::report::pretty_json;
use crate::wire::openapi;

const ORGANIZATION_API: &str = "organization-api";

/// Print the JSON Schemas of the policy, its settings, saved plans and `confirm`, and the OpenAPI document of
/// the organization API
///
/// For editors, which then complete and check as you type, and for programs that read saved plans or serve an
/// organization.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise schema settings
  seatwise schema --out schema        (settings.schema.json, policy.schema.json, plan.schema.json, …)")]
pub(in crate::cli) struct SchemaArgs {
    /// Which; by default all, as one JSON object by kind
    #[arg(value_parser = words_parser(&SCHEMAS))]
    kind: Option<SchemaName>,
    /// The version of JSON Schema; that of saved plans and `confirm` is always 2020-12
    #[arg(long, value_parser = words_parser(&DRAFTS), default_value = "2020-12")]
    draft: SchemaDraft,
    /// Write one file for each into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// The name under which a schema is printed and written.
type SchemaName = &'static str;

const SCHEMAS: [OptionWord<SchemaName>; 5] = [
    ("policy", "Every document but the settings", "policy"),
    ("settings", "`seatwise.yaml`", "settings"),
    ("plan", "What `plan --out` writes", "plan"),
    ("confirm", "What `confirm --format json` writes", "confirm"),
    (
        ORGANIZATION_API,
        "The OpenAPI 3.1 document of what `connector: {kind: http}` speaks and `sandbox serve` serves",
        ORGANIZATION_API,
    ),
];

const DRAFTS: [OptionWord<SchemaDraft>; 2] =
    [("2020-12", "", SchemaDraft::Draft202012), ("draft-07", "", SchemaDraft::Draft07)];

/// Prints the JSON Schemas and the OpenAPI document, or writes one file for each.
pub(super) fn run_schema(args: &SchemaArgs, context: &Context) -> Result<Exit, CliError> {
    let mut all: BTreeMap<&str, Value> = schemas(args.draft);
    all.insert("plan", file::plan_schema());
    all.insert("confirm", confirm::schema());
    all.insert(ORGANIZATION_API, openapi::openapi_document());
    if let Some(kind) = args.kind {
        all.retain(|name, _| *name == kind);
    }
    match &args.out {
        Some(out) => all.iter().try_for_each(|(name, schema)| {
            files::write_file(&out.join(file_name(name)), pretty_json(schema))
        })?,
        None => match (args.kind, all.values().next()) {
            (Some(_), Some(one)) => context.report(&pretty_json(one))?,
            (Some(_), None) | (None, _) => context.report(&pretty_json(&all))?,
        },
    }
    Ok(Exit::Done)
}

/// Returns the file name of a schema. An OpenAPI document is no JSON Schema, and its file is not named like
/// one.
fn file_name(name: &str) -> String {
    if name == ORGANIZATION_API { format!("{name}.json") } else { format!("{name}.schema.json") }
}
