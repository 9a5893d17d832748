//! Decoder and schema know the same fields of every mapping and the same words, wherever they stand.
//!
//! Both come from one table, but the table of a mapping that is one of several, such as a connector's, is
//! read by another's, and a few words are those of a type of the core.

use std::collections::BTreeSet;

use seatwise::load;
use seatwise::model::Interner;
use seatwise::policy::schema::{SchemaDraft, schemas};
use seatwise::render::problems::problem_lines;
use serde_json::Value;

use crate::load::{SETTINGS, day};

/// Stands in a text for the value that is tried.
const HOLE: &str = "HOLE";

/// No field and no word, and near to none.
const NOTHING: &str = "zzqq";

/// A place of the language at which one of several names stands.
struct NamesInPlace {
    kind: &'static str,
    /// The text of a file around the place.
    around: String,
    names: Vec<String>,
}

impl NamesInPlace {
    /// What is said of the file with `value` at the place.
    fn problems_with(&self, value: &str) -> String {
        let text = self.around.replace(HOLE, value);
        let document = [SETTINGS, ("p.yaml", text.as_str())];
        let settings = [(SETTINGS.0, text.as_str())];
        let files: &[(&str, &str)] = if self.kind == "settings" { &settings } else { &document };
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        problem_lines(&load::load_texts(&files, day(), &Interner::default()).problems)
    }

    /// The names that a problem lists where `value` is at the place.
    fn listed_names(&self, value: &str) -> BTreeSet<String> {
        let problems = self.problems_with(value);
        let of_nothing = problems.lines().find(|line| line.contains(&format!("`{NOTHING}`")));
        let line = of_nothing.unwrap_or_else(|| panic!("{}: {problems}", self.around));
        let (_, list) = line.split_once(&format!("`{NOTHING}`")).unwrap();
        list.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
    }

    fn expected_names(&self) -> BTreeSet<String> {
        self.names.iter().cloned().collect()
    }
}

/// Every place at which a mapping with fixed fields stands, and every place of a word.
struct LanguagePlaces<'a> {
    kind: &'static str,
    schema: &'a Value,
    mappings: Vec<NamesInPlace>,
    words: Vec<NamesInPlace>,
}

impl<'a> LanguagePlaces<'a> {
    fn find_places(kind: &'static str, schema: &'a Value) -> Self {
        let mut places = Self { kind, schema, mappings: Vec::new(), words: Vec::new() };
        places.visit(schema, HOLE);
        places
    }

    fn resolved(&self, value: &'a Value) -> &'a Value {
        let name = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
        name.map_or(value, |name| &self.schema["$defs"][name])
    }

    fn visit(&mut self, value: &'a Value, around: &str) {
        let value = self.resolved(value);
        let forms = value["anyOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        let forms: Vec<&Value> = forms.iter().map(|form| self.resolved(form)).chain([value]).collect();
        let fields: Vec<(&String, &Value)> =
            forms.iter().filter_map(|form| form["properties"].as_object()).flatten().collect();
        let names_in = |names| NamesInPlace { kind: self.kind, around: around.to_owned(), names };
        if !fields.is_empty() {
            self.mappings.push(names_in(fields.iter().map(|(name, _)| (*name).clone()).collect()));
        }
        for (name, field) in fields {
            self.visit(field, &around.replace(HOLE, &text_with_field(name)));
        }
        let listed = value["enum"].as_array().into_iter().flatten();
        let described = value["oneOf"].as_array().into_iter().flatten().map(|word| &word["const"]);
        let words: Vec<String> =
            listed.chain(described).map(|word| word.as_str().unwrap().to_owned()).collect();
        if !words.is_empty() {
            self.words.push(NamesInPlace { kind: self.kind, around: around.to_owned(), names: words });
        }
        if value["items"].is_object() {
            self.visit(&value["items"], &around.replace(HOLE, &format!("[{HOLE}]")));
        }
        if value["additionalProperties"].is_object() {
            let by_address = value["propertyNames"]["pattern"].as_str().is_some();
            let key = if by_address { "ana@acme.example" } else { "x" };
            self.visit(&value["additionalProperties"], &around.replace(HOLE, &format!("{{{key}: {HOLE}}}")));
        }
    }
}

/// A mapping with one field. The tests of a rule are read only where the rule could be.
fn text_with_field(name: &str) -> String {
    match name {
        "tests" => format!("{{id: x, over: users, when: 'user.email == \"\"', title: t, tests: {HOLE}}}"),
        _ => format!("{{{name}: {HOLE}}}"),
    }
}

fn check_places(check: impl Fn(&LanguagePlaces<'_>)) {
    for (kind, schema) in schemas(SchemaDraft::Draft202012) {
        check(&LanguagePlaces::find_places(kind, &schema));
    }
}

#[test]
fn unknown_field_is_answered_with_the_fields_of_the_schema() {
    check_places(|places| {
        assert!(places.mappings.len() > 10, "{}", places.mappings.len());
        for mapping in &places.mappings {
            let mut expected = mapping.expected_names();
            if mapping.around == format!("{{manage: {HOLE}}}") {
                // The answer lists the relations, of which `ignore` is none.
                expected.remove("ignore");
            }
            let listed = mapping.listed_names(&format!("{{{NOTHING}: 1}}"));
            assert_eq!(listed, expected, "{}", mapping.around);
        }
    });
}

#[test]
fn every_field_of_the_schema_is_known_where_it_stands() {
    check_places(|places| {
        for mapping in &places.mappings {
            for name in &mapping.names {
                let problems = mapping.problems_with(&format!("{{{name}: ~}}"));
                let denied = [format!("unknown field `{name}`"), format!("no relation `{name}`")];
                assert!(
                    !denied.iter().any(|denied| problems.contains(denied)),
                    "{}: {problems}",
                    mapping.around
                );
            }
        }
    });
}

#[test]
fn unknown_word_is_answered_with_the_words_of_the_schema() {
    check_places(|places| {
        assert!(places.words.len() > 5, "{}", places.words.len());
        for words in &places.words {
            assert_eq!(words.listed_names(NOTHING), words.expected_names(), "{}", words.around);
        }
    });
}
