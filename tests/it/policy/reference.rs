//! The page `docs/reference/policy.md` says what the tables of the policy language say:
//! `UPDATE_EXPECT=1 cargo test --test it policy::reference` writes it anew.

use std::collections::BTreeSet;

use seatwise::policy::schema::{SchemaDraft, schemas};
use serde_json::Value;

use crate::folders::repository_path;

#[test]
fn reference_page_is_fresh() {
    let path = repository_path("docs/reference/policy.md");
    let fresh = reference_page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        fresh,
        "{} is stale: run `UPDATE_EXPECT=1 cargo test --test it policy::reference`",
        path.display()
    );
}

fn reference_page() -> String {
    let schemas = schemas(SchemaDraft::Draft202012);
    let parts = [("`seatwise.yaml`", &schemas["settings"]), ("Documents", &schemas["policy"])];
    let mut values = BTreeSet::new();
    let mut page = "# The policy language\n\nEvery field, as seatwise reads it; this page is made of the \
        tables that it reads by. What is left out of a file is left alone.\n"
        .to_owned();
    for (heading, schema) in parts {
        let definitions: Vec<_> = schema["$defs"].as_object().unwrap().iter().collect();
        page += &format!("\n## {heading}\n\n{}\n{}", said_of(schema), field_table(schema, schema));
        for (name, definition) in &definitions {
            let lines = match (definition["properties"].is_object(), words_of(definition)) {
                (true, _) => field_table(schema, definition),
                (false, words) => word_list(&words),
            };
            if !lines.is_empty() {
                let said = Some(said_of(definition)).filter(|said| !said.is_empty());
                let said = said.map(|said| format!("\n{said}\n")).unwrap_or_default();
                page += &format!("\n### {}\n{said}{lines}", heading_of(name));
            } else if definition["type"] == "string" {
                values.insert(value_line(definition));
            }
        }
    }
    page += "\n## Values\n\n";
    page + &values.into_iter().collect::<String>()
}

fn said_of(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// The name of a definition as words: `OwnRule` is "Own rule".
fn heading_of(name: &str) -> String {
    let spaced = |(at, letter): (usize, char)| match letter {
        'A'..='Z' if at > 0 => format!(" {}", letter.to_ascii_lowercase()),
        _ => letter.to_string(),
    };
    name.chars().enumerate().map(spaced).collect()
}

fn field_table(schema: &Value, mapping: &Value) -> String {
    let needed: Vec<&Value> = mapping["required"].as_array().into_iter().flatten().collect();
    let rows = mapping["properties"].as_object().unwrap().iter().map(|(name, field)| {
        let required = if needed.iter().any(|needed| *needed == name) { "yes" } else { "" };
        let (shown, said) = (shown_type(schema, field), said_of(field));
        format!("| `{name}` | {shown} | {required} | {} |\n", said.replace('|', "\\|"))
    });
    format!("\n| Field | Value | Required | What it says |\n|---|---|---|---|\n{}", rows.collect::<String>())
}

/// The words that a value can be, each with what it means.
fn words_of(definition: &Value) -> Vec<(&str, String)> {
    let listed = definition["enum"].as_array().into_iter().flatten();
    let described = definition["oneOf"].as_array().into_iter().flatten();
    listed
        .map(|word| (word.as_str().unwrap(), String::new()))
        .chain(described.map(|word| (word["const"].as_str().unwrap(), said_of(word))))
        .collect()
}

fn word_list(words: &[(&str, String)]) -> String {
    let lines = words.iter().map(|(word, said)| match said.as_str() {
        "" => format!("- `{word}`\n"),
        said => format!("- `{word}`: {said}\n"),
    });
    lines.enumerate().map(|(at, line)| if at == 0 { format!("\n{line}") } else { line }).collect()
}

fn value_line(definition: &Value) -> String {
    let examples = definition["examples"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let said = said_of(definition);
    let new = examples.filter(|example| !said.contains(example)).map(|example| format!("`{example}`"));
    match new.collect::<Vec<_>>().as_slice() {
        [] => format!("- {said}\n"),
        examples => format!("- {said} For example {}.\n", examples.join(", ")),
    }
}

/// One of a few words; many are told in their section.
fn either(words: &[String]) -> String {
    match words {
        [others @ .., last] if (1..4).contains(&others.len()) => format!("{} or {last}", others.join(", ")),
        [only] => only.clone(),
        _ => "one of these words".to_owned(),
    }
}

/// What a value is, in words; mappings and words lead to their section.
fn shown_type(schema: &Value, value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        let definition = &schema["$defs"][name];
        let heading = heading_of(name);
        let anchor = heading.to_lowercase().replace(' ', "-");
        let words: Vec<String> = words_of(definition).iter().map(|(word, _)| format!("`{word}`")).collect();
        return if definition["properties"].is_object() {
            format!("[{}](#{anchor})", heading.to_lowercase())
        } else if !words.is_empty() {
            format!("[{}](#{anchor})", either(&words))
        } else if definition["type"] == "string" {
            let said = said_of(definition).to_lowercase();
            said.split(['.', ':', ',']).next().unwrap().to_owned()
        } else {
            shown_type(schema, definition)
        };
    }
    if !value["const"].is_null() {
        return format!("`{}`", value["const"].to_string().trim_matches('"'));
    }
    if let Some(forms) = value["anyOf"].as_array() {
        return forms.iter().map(|form| shown_type(schema, form)).collect::<Vec<_>>().join(", or ");
    }
    match value["type"].as_str() {
        Some("array") if value["maxItems"] == 2 => {
            format!("a pair, each {}", shown_type(schema, &value["items"]))
        }
        Some("array") => format!("a list, each {}", shown_type(schema, &value["items"])),
        Some("object") => {
            format!("a mapping, each value {}", shown_type(schema, &value["additionalProperties"]))
        }
        Some("integer") if value["minimum"] == 0 => "a whole number".to_owned(),
        Some("integer") => format!("a whole number from {}", value["minimum"]),
        Some("boolean") => "`true` or `false`".to_owned(),
        _ => "a text".to_owned(),
    }
}
