//! The invariants of `src/lib.rs` that the sources show: which module may name what.

mod definition;
mod file_graph;
mod names;
mod source_file;
mod wildcards;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use source_file::{SourceFile, TextLiterals};

/// Modules whose functions are pure: they map values to values.
const PURE: [&str; 11] =
    ["model", "policy", "change", "object", "diff", "usage", "plan", "audit", "render", "format", "wire"];

/// The modules that each module may use; the one place to allow a new dependency.
const MAY_USE: [(&str, &[&str]); 22] = [
    ("disk", &[]),
    ("model", &[]),
    ("change", &["model"]),
    ("object", &["change", "model"]),
    ("diff", &["change", "model"]),
    // Scope compares single objects, to list what is withheld; how use is counted is a part of the policy.
    ("policy", &["change", "diff", "model", "object", "usage"]),
    ("usage", &["model"]),
    // Saved plans are written with the tools that all formats share.
    ("plan", &["change", "diff", "format", "model", "object", "policy", "usage"]),
    ("audit", &["change", "model", "object", "policy", "usage"]),
    ("render", &["audit", "change", "model", "object", "plan", "policy", "usage"]),
    ("format", &["change", "model", "usage"]),
    // Acts are written as in saved plans; rows of use and of invoices are read into the types of usage.
    ("wire", &["format", "model", "object", "plan", "usage"]),
    ("state", &["disk"]),
    ("load", &["disk", "model", "policy"]),
    ("git", &["disk"]),
    ("exports", &["disk", "model", "usage"]),
    ("connector", &["change", "format", "model", "object", "plan", "usage", "wire"]),
    // The sandbox answers with the connectors' `Receipt` and `WriteError`.
    ("sandbox", &["change", "connector", "disk", "format", "model", "object", "plan", "usage", "wire"]),
    ("reach", &["connector", "model", "plan", "sandbox", "usage"]),
    ("apply", &["change", "connector", "disk", "format", "model", "object", "plan", "state"]),
    (
        "cli",
        &[
            "apply",
            "audit",
            "change",
            "connector",
            "diff",
            "disk",
            "exports",
            "git",
            "load",
            "model",
            "plan",
            "policy",
            "reach",
            "render",
            "sandbox",
            "state",
            "usage",
            "wire",
        ],
    ),
    ("main", &["cli"]),
];

/// The longest file, in lines.
const MOST_LINES: usize = 450;

/// The widest line, in characters, so that two versions fit side by side.
const WIDEST_LINE: usize = 110;

/// All files of `src/`, which are read once for all tests.
fn sources() -> &'static [SourceFile] {
    static ALL: LazyLock<Vec<SourceFile>> = LazyLock::new(|| source_file::sources_below("src"));
    assert!(ALL.len() > 50, "the sources are read: {}", ALL.len());
    &ALL
}

fn is_pure(source: &SourceFile) -> bool {
    PURE.contains(&source.module.as_str())
}

fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// The places in `sources` that name one of `forbidden`: the beginning of a path, or one word anywhere in it.
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
    // A field called `now` holds the time of the clock; a function of a clock's type reads the clock.
    let found = found.into_iter().filter(|place| !place.ends_with(" now"));
    // The interner allocates each text once, for the first thread that asks; no result depends on which
    // thread that is.
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
fn modules_use_each_other_in_no_circle() {
    let uses: BTreeMap<&str, &[&str]> = MAY_USE.into();
    let mut found = Vec::new();
    for (module, _) in MAY_USE {
        let (mut reached, mut next) = (BTreeSet::new(), vec![module]);
        while let Some(user) = next.pop() {
            next.extend(uses[user].iter().filter(|used| reached.insert(**used)));
        }
        if reached.contains(module) {
            found.push(format!("{module} uses itself by way of {reached:?}"));
        }
    }
    assert_none(found, "`MAY_USE` has no circle");
}

#[test]
fn files_use_each_other_in_no_circle() {
    let circles = file_graph::FileGraph::new(sources()).circles();
    assert_none(circles, "no two files take names from each other: a helper stands in the wrong one");
}

#[test]
fn only_apply_writes() {
    // The trait, its adapters and the organization itself use the name, too.
    let writers = ["apply", "connector", "reach", "sandbox"];
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
    assert_none(places_naming(sources(), &["dry_run", "DryRun", "dryrun"]), "preview is not calling apply");
}

#[test]
fn rendering_and_comparing_cannot_fail() {
    let sources = sources();
    let total = sources.iter().filter(|source| ["diff", "render", "usage"].contains(&source.module.as_str()));
    let found = places_naming(total, &["Result", "panic", "todo", "unimplemented"]).into_iter();
    // The traits by which miette takes a text and std formats a value may fail.
    let forms = ["src/render/problems.rs:", "src/usage/count/period.rs:", "src/usage/rows/register.rs:"];
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
    // The register looks up names once for every row, and its tables cannot be listed.
    assert_none(
        found.filter(|place| !place.starts_with("src/usage/rows/register.rs:")).collect(),
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
    // A child process has streams of its own.
    let asking = ["src/git.rs:", "src/connector/transport/bounded_command.rs:"];
    let found =
        found.filter(|place| !(asking.iter().any(|file| place.starts_with(file)) && place.contains("std")));
    assert_none(
        found.collect(),
        "stdout is the report, stderr progress and diagnostics, and both are the command line's",
    );
}

#[test]
fn files_are_short() {
    let long = sources().iter().filter(|source| source.text.lines().count() > MOST_LINES);
    let found = long.map(|source| format!("{}: {} lines", source.path, source.text.lines().count()));
    assert_none(found.collect(), "look for the missing type");
}

#[test]
fn lines_are_narrow() {
    let mut found = Vec::new();
    for source in ["src", "tests", "benches"].into_iter().flat_map(source_file::sources_below) {
        // Texts that programs write and read keep their long lines: raw texts in `src/`, and every text in
        // the tests.
        let texts = if source.path.starts_with("src/") { TextLiterals::Raw } else { TextLiterals::All };
        let raw = source.lines_of_texts(texts);
        let lines = source.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let wide = lines.filter(|(number, line)| line.chars().count() > WIDEST_LINE && !raw.contains(number));
        found.extend(wide.map(|(number, _)| format!("{}:{number}", source.path)));
    }
    assert_none(found, "a line has at most 110 characters");
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
