//! Names can be searched for: a type's name is clear without its module, and a function's name is a verb with
//! its object or the noun that the function returns. Functions are short, and items that other files use have
//! docs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::assert_none;
use super::definition::{Definition, DefinitionKind, DefinitionVisibility, definitions_of};
use super::source_file::{SourceFile, sources_below};

/// The longest function, in lines.
const MOST_LINES: usize = 60;

/// Names that more than one type may have, each with the reason. The list should be empty.
const SHARED_NAMES: [(&str, &str); 0] = [];

/// Words that end like participles but are nouns, or words of the domain for a state.
const NOUNS: [&str; 10] =
    ["Seed", "Deed", "Feed", "Speed", "Desired", "Undecided", "Approved", "Rejected", "Withheld", "Need"];

/// Participles that do not end in `ed`.
const PARTICIPLES: [&str; 30] = [
    "Said", "Told", "Kept", "Seen", "Given", "Known", "Found", "Held", "Met", "Done", "Left", "Meant",
    "Sent", "Shown", "Taken", "Written", "Wanted", "Read", "Put", "Cut", "Gone", "Come", "Spent", "Made",
    "Got", "Lost", "Set", "Shut", "Bound", "Heard",
];

/// Words that do not describe a type.
const FILLERS: [&str; 24] = [
    "Kind", "Page", "Line", "Row", "Found", "Known", "Item", "Thing", "Part", "Place", "Form", "Fact",
    "Facts", "Why", "Who", "What", "Has", "By", "About", "From", "At", "Again", "Because", "Through",
];

/// Words that cannot name a function, because they describe neither the action nor the result.
const NO_FUNCTIONS: [&str; 38] = [
    "of", "at", "by", "on", "in_", "to", "out", "up", "off", "told", "said", "held", "kept", "seen", "shown",
    "gathered", "taken", "given", "found", "known", "done", "made", "whole", "both", "below", "above",
    "beside", "around", "through", "again", "absorb", "put", "about", "without", "within", "once", "also",
    "already",
];

/// The definitions in each file below a folder of code.
fn definitions_below(folder: &str) -> impl Iterator<Item = &'static (SourceFile, Vec<Definition>)> {
    // The files are read once for all tests.
    static ALL: LazyLock<Vec<(SourceFile, Vec<Definition>)>> = LazyLock::new(|| {
        let sources = ["src", "tests", "benches"].into_iter().flat_map(sources_below);
        sources
            .map(|source| {
                let definitions = definitions_of(&source.text);
                (source, definitions)
            })
            .collect()
    });
    let start = format!("{folder}/");
    ALL.iter().filter(move |(source, _)| source.path.starts_with(&start))
}

/// The places of the `wanted` definitions below the three folders of code.
fn places_of(wanted: impl Fn(&Definition) -> bool) -> Vec<String> {
    let all = ["src", "tests", "benches"].into_iter().flat_map(definitions_below);
    all.flat_map(|(source, definitions)| {
        let places = definitions.iter().filter(|definition| wanted(definition));
        places
            .map(|definition| format!("{}:{}: {}", source.path, definition.line, definition.name))
            .collect::<Vec<_>>()
    })
    .collect()
}

/// Whether a name is a single participle, such as `Cut` or `Covered`.
fn is_participle(name: &str) -> bool {
    let is_one_word = name.chars().skip(1).all(|letter| letter.is_ascii_lowercase());
    is_one_word && !NOUNS.contains(&name) && (name.ends_with("ed") || PARTICIPLES.contains(&name))
}

#[test]
fn no_two_types_have_one_name() {
    for folder in ["src", "tests", "benches"] {
        let mut places = BTreeMap::<String, Vec<String>>::new();
        for (source, definitions) in definitions_below(folder) {
            for definition in definitions.iter().filter(|one| one.kind == DefinitionKind::Type) {
                let place = format!("{}:{}", source.path, definition.line);
                places.entry(definition.name.clone()).or_default().push(place);
            }
        }
        let is_shared = |name: &str| SHARED_NAMES.iter().any(|(shared, _)| *shared == name);
        let found = places.into_iter().filter(|(name, places)| places.len() > 1 && !is_shared(name));
        let found = found.map(|(name, places)| format!("{name}: {}", places.join(", ")));
        assert_none(found.collect(), "a type's name says what it is without its module");
    }
}

#[test]
fn tests_have_one_world() {
    let worlds =
        places_of(|definition| definition.kind == DefinitionKind::Type && definition.name.ends_with("World"));
    assert_eq!(worlds.len(), 1, "{worlds:?}");
}

#[test]
fn no_type_is_a_participle_or_a_filler() {
    let found = places_of(|definition| {
        definition.kind == DefinitionKind::Type
            && (is_participle(&definition.name) || FILLERS.contains(&definition.name.as_str()))
    });
    assert_none(found, "a type is a noun of the domain or of the mechanism");
}

#[test]
fn no_function_is_a_preposition_or_a_participle() {
    let found = places_of(|definition| {
        definition.kind == DefinitionKind::Function && NO_FUNCTIONS.contains(&definition.name.as_str())
    });
    assert_none(found, "a function is a verb with its object, or the noun that it returns");
}

#[test]
fn functions_are_short() {
    let found =
        places_of(|definition| definition.kind == DefinitionKind::Function && definition.lines > MOST_LINES);
    assert_none(found, "a function has at most 60 lines");
}

#[test]
fn modules_and_public_types_and_functions_have_docs() {
    let mut found = Vec::new();
    for (source, definitions) in definitions_below("src") {
        if !source.text.starts_with("//! ") {
            found.push(format!("{}: the module", source.path));
        }
        let is_public = |definition: &&Definition| {
            definition.visibility == DefinitionVisibility::Public && definition.kind != DefinitionKind::Other
        };
        let silent = definitions.iter().filter(is_public).filter(|definition| !definition.has_docs);
        found.extend(silent.map(|silent| format!("{}:{}: {}", source.path, silent.line, silent.name)));
    }
    assert_none(found, "modules, types and public functions say what they are for");
}

#[test]
fn a_participle_is_known_when_it_is_seen() {
    assert!(is_participle("Covered") && is_participle("Cut"));
    assert!(!is_participle("Approved") && !is_participle("CoveredPool") && !is_participle("Plan"));
}
