//! The invariants of `src/lib.rs`, as far as the sources show them: which module may name what.

mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::SourceFile;

/// Modules that are functions from values to values.
const PURE: [&str; 9] = ["model", "policy", "change", "diff", "usage", "plan", "audit", "render", "wire"];

/// Which module may use which others; the one place to allow a new dependency.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("model", &[]),
    ("change", &["model"]),
    ("diff", &["change", "model"]),
    // Scope compares single objects, to list what it withholds; how use is counted is a part of the policy.
    ("policy", &["change", "diff", "model", "usage"]),
    ("usage", &["model"]),
    ("plan", &["change", "diff", "model", "policy", "usage"]),
    ("audit", &["change", "model", "policy", "usage"]),
    ("render", &["audit", "change", "model", "plan", "policy", "usage"]),
    // Names, objects and acts are written in the words of saved plans; rows of use and of invoices are read
    // into those of usage.
    ("wire", &["model", "plan", "usage"]),
    ("load", &["model", "policy"]),
    ("git", &[]),
    ("exports", &["model", "usage"]),
    ("connector", &["model", "plan", "sandbox", "usage", "wire"]), // Its adapter for the sandbox.
    // It answers in the connector's words: `Receipt`, `WriteError`.
    ("sandbox", &["connector", "model", "plan", "usage", "wire"]),
    ("apply", &["connector", "model", "plan"]),
    (
        "cli",
        &[
            "apply",
            "audit",
            "change",
            "connector",
            "diff",
            "exports",
            "git",
            "load",
            "model",
            "plan",
            "policy",
            "render",
            "sandbox",
            "usage",
            "wire",
        ],
    ),
    ("main", &["cli"]),
];

/// Modules that use each other. There should be none.
const CYCLES: [(&str, &str); 1] = [("connector", "sandbox")];

/// The most lines of a file.
const MOST_LINES: usize = 530;

fn sources() -> Vec<SourceFile> {
    let sources = source::all_sources();
    assert!(sources.len() > 50, "the sources are read: {}", sources.len());
    sources
}

fn is_pure(source: &SourceFile) -> bool {
    PURE.contains(&source.module.as_str())
}

fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// The places in `sources` that name one of `forbidden`: a path's beginning, or one word anywhere in it.
fn places_naming<'a>(sources: impl IntoIterator<Item = &'a SourceFile>, forbidden: &[&str]) -> Vec<String> {
    sources.into_iter().flat_map(|source| source.places_naming(forbidden)).collect()
}

#[test]
fn pure_modules_name_no_effect() {
    let effects = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::io",
        "std::os",
        "SystemTime",
        "Instant",
        "now",
        "rand",
        "getrandom",
        "thread",
        "async",
        "await",
        "tokio",
        "rayon",
        "futures_util",
        "rusqlite",
        "Atomic",
        "RwLock",
        "Mutex",
    ];
    let sources = sources();
    let found = places_naming(sources.iter().filter(|source| is_pure(source)), &effects);
    // The clock's time is a field called `now`; asking a clock is a function of a clock's type.
    let found = found.into_iter().filter(|place| !place.ends_with(" now"));
    // One allocation for one text, whoever says it first: no result depends on who does.
    let found = found.filter(|place| !(place.starts_with("src/model/names.rs:") && place.ends_with("Mutex")));
    assert_none(
        found.collect(),
        "pure modules name no file system, network, environment, clock, randomness, thread or async",
    );
}

#[test]
fn modules_use_only_those_they_may() {
    let allowed = BTreeMap::from(MAY_USE);
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.module != "lib") {
        let Some(may) = allowed.get(source.module.as_str()) else {
            found.push(format!("{}: the module `{}` is not in the table", source.path, source.module));
            continue;
        };
        let uses = source
            .used_modules()
            .into_iter()
            .filter(|(used, _)| *used != source.module && !may.contains(&used.as_str()));
        found.extend(
            uses.map(|(used, line)| format!("{}:{line}: {} uses {used}", source.path, source.module)),
        );
    }
    assert_none(found, "who may use whom stands in `MAY_USE`");
}

#[test]
fn modules_use_each_other_in_no_circle_but_the_known_one() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        uses.entry(source.module.clone())
            .or_default()
            .extend(source.used_modules().into_keys().filter(|used| *used != source.module));
    }
    // What can be reached, in as many rounds as there are modules.
    let mut reached = uses.clone();
    for _ in 0..uses.len() {
        let before = reached.clone();
        for modules in reached.values_mut() {
            modules.extend(modules.clone().iter().filter_map(|module| before.get(module)).flatten().cloned());
        }
    }
    let cycles: BTreeSet<(&str, &str)> = reached
        .iter()
        .flat_map(|(module, reached)| reached.iter().map(move |other| (module.as_str(), other.as_str())))
        .filter(|(module, other)| {
            module < other && reached.get(*other).is_some_and(|back| back.contains(*module))
        })
        .collect();
    assert_eq!(cycles, CYCLES.into());
}

#[test]
fn only_apply_writes() {
    // The trait, its adapter and the organization itself carry the name, too.
    let writers = ["apply", "connector", "sandbox"];
    let sources = sources();
    assert_none(
        places_naming(
            sources.iter().filter(|source| !writers.contains(&source.module.as_str())),
            &["carry_out"],
        ),
        "only apply writes",
    );
    let senders: BTreeSet<_> = sources
        .iter()
        .filter(|source| source.module == "apply" && !source.places_naming(&["carry_out"]).is_empty())
        .map(|source| &source.path)
        .collect();
    assert_eq!(senders.len(), 1, "one place sends: {senders:?}");
}

#[test]
fn preview_is_not_a_flag() {
    assert_none(places_naming(&sources(), &["dry_run", "DryRun", "dryrun"]), "preview is not calling apply");
}

#[test]
fn rendering_and_comparing_cannot_fail() {
    let sources = sources();
    let total = sources.iter().filter(|source| ["diff", "render", "usage"].contains(&source.module.as_str()));
    let found = places_naming(total, &["Result", "panic", "todo", "unimplemented"]).into_iter();
    // miette asks for a text, and std for its form, by traits that may fail.
    let forms = ["src/render/problems.rs:", "src/usage/period.rs:"];
    assert_none(
        found.filter(|place| !forms.iter().any(|form| place.starts_with(form))).collect(),
        "problems are values in the result",
    );
}

#[test]
fn core_types_are_not_serialized() {
    let core = ["model", "change", "diff", "usage"];
    let sources = sources();
    let core = sources.iter().filter(|source| {
        core.contains(&source.module.as_str())
            || source.path == "src/plan.rs"
            || source.path == "src/policy.rs"
    });
    assert_none(
        places_naming(core, &["serde", "serde_json", "Serialize", "Deserialize", "clap", "schemars"]),
        "files, wire and JSON have their own types",
    );
    assert_none(
        places_naming(
            sources.iter().filter(|source| !["cli", "main"].contains(&source.module.as_str())),
            &["clap"],
        ),
        "only the command line knows flags",
    );
}

#[test]
fn results_depend_on_no_hash_order() {
    let sources = sources();
    let ordered =
        sources.iter().filter(|source| ["diff", "plan", "render", "usage"].contains(&source.module.as_str()));
    let found = places_naming(ordered, &["HashMap", "HashSet", "FxHashMap", "FxHashSet"]).into_iter();
    // Names are looked up there once for every row, and its tables cannot be listed.
    assert_none(
        found.filter(|place| !place.starts_with("src/usage/register.rs:")).collect(),
        "ordered maps near output",
    );
}

#[test]
fn only_the_command_line_prints() {
    let sources = sources();
    let others = sources.iter().filter(|source| !["cli", "main"].contains(&source.module.as_str()));
    let printing =
        ["println", "eprintln", "print", "eprint", "dbg", "stdout", "stderr", "anstream", "indicatif"];
    let found = places_naming(others, &printing).into_iter();
    // A program that is asked has streams of its own.
    let asking = ["src/git.rs:", "src/connector/transport/credentials.rs:"];
    let found =
        found.filter(|place| !(asking.iter().any(|file| place.starts_with(file)) && place.contains("std")));
    assert_none(
        found.collect(),
        "stdout is the report, stderr progress and diagnostics, and both are the command line's",
    );
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter(|source| source.lines > MOST_LINES);
    assert_none(
        long.map(|source| format!("{}: {} lines", source.path, source.lines)).collect(),
        "look for the missing type",
    );
}

#[test]
fn reading_order_names_every_module() {
    let lib = std::fs::read_to_string(crate::folders::repository_path("src/lib.rs")).unwrap();
    let listed: BTreeSet<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let table: BTreeSet<&str> =
        MAY_USE.iter().map(|(module, _)| *module).filter(|module| *module != "main").collect();
    let missing: Vec<_> = table
        .difference(&listed)
        .filter(|module| crate::folders::repository_path(&format!("src/{module}.rs")).exists())
        .collect();
    assert!(missing.is_empty() && listed.is_subset(&table), "{missing:?} {listed:?}");
}
