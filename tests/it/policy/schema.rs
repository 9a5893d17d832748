//! The generated schemas in `schema/` are fresh, and an independent validator holds every file of their kind
//! against them.
//!
//! `tests/ci/schemas.sh` repeats this from outside, with a validator in another language.

use std::collections::BTreeMap;
use std::path::Path;

use jsonschema::Validator;
use seatwise::load::SETTINGS;
use seatwise::plan::file;
use seatwise::policy::schema::{SchemaDraft, schemas};
use seatwise::render::confirm;
use serde_json::Value;

use crate::folders::{
    EmbeddedOrganization, examples, files_with_ending, moment, overlaid_copy, repository_path,
};
use crate::plan::file::full_plan;

/// All schemas, by the kind of file that they describe.
fn generated_schemas() -> BTreeMap<&'static str, Value> {
    schemas(SchemaDraft::Draft202012)
        .into_iter()
        .chain([("plan", file::plan_schema()), ("confirm", confirm::schema())])
        .collect()
}

fn validator(kind: &str) -> Validator {
    jsonschema::validator_for(&generated_schemas()[kind]).unwrap()
}

fn schema_problems(validator: &Validator, instance: &Value) -> Vec<String> {
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// YAML 1.2, in which `NO` is a country.
fn parse_yaml(text: &str) -> Value {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true })
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The problems that the schemas of settings and documents find in the files of a policy folder.
fn problems_of_folder(folder: &Path) -> Vec<String> {
    let (settings, policy) = (validator("settings"), validator("policy"));
    let said = files_with_ending(folder, "yaml").into_iter().flat_map(|file| {
        let kind = if file == folder.join(SETTINGS) { &settings } else { &policy };
        let problems = schema_problems(kind, &parse_yaml(&std::fs::read_to_string(&file).unwrap()));
        problems.into_iter().map(move |problem| format!("{}{problem}", file.display()))
    });
    said.collect()
}

/// `UPDATE_EXPECT=1 cargo test --test it policy::schema` writes the schemas anew.
#[test]
fn schemas_in_the_repository_are_fresh() {
    for (name, schema) in generated_schemas() {
        let path = repository_path(&format!("schema/{name}.schema.json"));
        let fresh = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            written,
            fresh,
            "{} is stale: run `UPDATE_EXPECT=1 cargo test --test it policy::schema`",
            path.display()
        );
    }
}

#[test]
fn schemas_of_both_drafts_say_which_they_are() {
    for (draft, says) in [
        (SchemaDraft::Draft202012, "https://json-schema.org/draft/2020-12/schema"),
        (SchemaDraft::Draft07, "http://json-schema.org/draft-07/schema#"),
    ] {
        assert!(schemas(draft).values().all(|schema| schema["$schema"] == says));
        assert!(schemas(draft).values().all(jsonschema::meta::is_valid), "{draft:?}");
    }
    assert!(
        jsonschema::meta::is_valid(&file::plan_schema()) && jsonschema::meta::is_valid(&confirm::schema())
    );
}

#[test]
fn examples_fit_the_schemas() {
    for folder in examples() {
        assert_eq!(problems_of_folder(&folder), [""; 0]);
    }
    assert_eq!(problems_of_folder(overlaid_copy("acme-engineering", "tests/acme-change").path()), [""; 0]);
}

#[test]
fn files_of_a_real_shape_fit_the_schemas() {
    let real = repository_path("../shared/data/real-org");
    if !real.is_dir() {
        #[expect(clippy::print_stdout, reason = "whoever looks should see that nothing was looked at")]
        let () = println!("no real-shape data at {}: nothing to hold against the schemas", real.display());
        return;
    }
    for folder in ["2023-08-before", "2023-08-after", "2026"] {
        assert_eq!(problems_of_folder(&real.join(folder)), [""; 0]);
    }
}

/// The test leaves the plans in the target folder for `tests/ci/schemas.sh`.
#[test]
fn saved_plans_fit_their_schema() {
    let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plans");
    std::fs::create_dir_all(&left).unwrap();
    let plan_schema = validator("plan");
    let first = moment("2026-11-20T08:00:00Z");
    let mut plans: Vec<_> = examples()
        .iter()
        .map(|folder| {
            (
                folder.file_name().unwrap().to_owned(),
                EmbeddedOrganization::with_seed_of(folder).plan(folder, first),
            )
        })
        .collect();
    plans.push(("everything".into(), full_plan()));
    for (name, plan) in plans {
        let text = file::write_plan(&plan, 24);
        assert_eq!(schema_problems(&plan_schema, &serde_json::from_str(&text).unwrap()), [""; 0], "{name:?}");
        std::fs::write(left.join(name).with_extension("json"), text).unwrap();
    }
}

/// A part of a text, and its replacement.
type TextEdit = (&'static str, &'static str);

/// Sound texts of a kind, each with edits that break the text.
const BROKEN: [(&str, &str, &[TextEdit]); 8] = [
    (
        "settings",
        "{version: 1, organization: acme, connector: {kind: http}}",
        &[
            ("kind: http", "kind: https"),
            ("kind: http", "kind: http, path: a.db"),
            ("kind: http", "kind: http, url: 'https://org.example'"),
        ],
    ),
    (
        "settings",
        "{version: 1, organization: acme, connector: {kind: sandbox, path: .seatwise/acme.db}, manage: {users: exact}}",
        &[
            ("version: 1, ", ""),
            ("version: 1", "version: 2"),
            ("version: 1", "version: one"),
            ("organization: acme", "organization: acme, token: secret"),
            ("path: .seatwise/acme.db", "url: https://example.org"),
            ("users: exact", "users: everything"),
            ("users: exact", "users: null"),
        ],
    ),
    (
        "settings",
        "{version: 1, organization: acme, connector: {kind: sandbox, path: a.db}, guard: {removals: {users: {count: 10, share: 2%}}}}",
        &[
            ("share: 2%", "share: 2"),
            ("count: 10", "count: -1"),
            ("count: 10", "most: 10"),
            ("removals", "removal"),
        ],
    ),
    (
        "policy",
        "{users: {ana@acme.example: {country: PT, roles: [download], products: [{product: cad, until: 2027-06-30}]}}}",
        &[
            ("users", "version"),
            ("ana@acme.example", "ana"),
            ("country: PT", "country: pt"),
            ("roles", "rolez"),
            ("[download]", "download"),
            ("[download]", "null"),
            ("2027-06-30", "tomorrow"),
            ("product: cad, ", ""),
        ],
    ),
    (
        "policy",
        "{groups: {bridges: {kind: entitlement, products: [cad]}}}",
        &[("entitlement", "team"), ("products", "product")],
    ),
    (
        "policy",
        "{restrictions: [{product: cad, allow: selected}]}",
        &[("selected", "some"), ("product: cad, ", ""), (", allow: selected", "")],
    ),
    (
        "policy",
        "{contacts: [{email: finance@acme.example, country: global}]}",
        &[("global", "world"), ("country", "place")],
    ),
    (
        "policy",
        "{products: {staad-pro: {number: 2345, licence: named}}}",
        &[("named", "personal"), ("2345", "many"), ("licence", "license")],
    ),
];

#[test]
fn broken_files_do_not_fit_the_schemas() {
    for (kind, sound, edits) in BROKEN {
        let validator = validator(kind);
        assert_eq!(schema_problems(&validator, &parse_yaml(sound)), [""; 0], "{sound}");
        for (part, instead) in edits {
            assert!(sound.contains(part), "{part}");
            let broken = sound.replacen(part, instead, 1);
            assert_ne!(schema_problems(&validator, &parse_yaml(&broken)), [""; 0], "{broken}");
        }
    }
}

#[test]
fn broken_plans_do_not_fit_their_schema() {
    let validator = validator("plan");
    let plan: Value = serde_json::from_str(&file::write_plan(&full_plan(), 24)).unwrap();
    let edits = [
        ("format", "seatwise-plan/2".into()),
        ("digest", "7f3c91d2".into()),
        ("plan", Value::Null),
        ("extra", 1.into()),
        ("max_age_hours", "24".into()),
    ];
    for (field, value) in edits {
        let mut broken = plan.clone();
        broken[field] = value;
        assert_ne!(schema_problems(&validator, &broken), [""; 0], "{field}");
    }
    let mut broken = plan;
    broken["plan"]["steps"][0]["act"] = "burn".into();
    assert_ne!(schema_problems(&validator, &broken), [""; 0]);
}
