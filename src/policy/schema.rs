//! JSON Schemas of the policy language, for editors.
//!
//! They are made of the tables that the decoder reads by. A schema is a little stricter than the decoder
//! where an editor should say so (a text is a string).

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::decode::{PolicyDocumentSchema, SettingsSchema};

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaDraft {
    /// 2020-12, the newest.
    Draft202012,
    /// 07, for tools that know nothing newer.
    Draft07,
}

/// Returns the schemas by kind of file: `settings` is `seatwise.yaml`, `policy` is every other document.
pub fn schemas(draft: SchemaDraft) -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("policy", schema_of::<PolicyDocumentSchema>(draft)),
        ("settings", schema_of::<SettingsSchema>(draft)),
    ])
}

fn schema_of<T: JsonSchema>(draft: SchemaDraft) -> Value {
    let mut settings = match draft {
        SchemaDraft::Draft202012 => SchemaSettings::draft2020_12(),
        SchemaDraft::Draft07 => SchemaSettings::draft07(),
    };
    // Inserted first, so that the draft's own transforms see the result.
    settings.transforms.insert(0, Box::new(NullRemover));
    settings.transforms.insert(0, Box::new(DescriptionUnwrapper));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Joins the lines of a description that the sources wrap. A line that ends with a backslash, which is a line
/// break in Markdown, keeps its line break.
#[derive(Debug, Clone)]
struct DescriptionUnwrapper;

impl Transform for DescriptionUnwrapper {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace("\\\n", "\r").replace('\n', " ").replace('\r', "\n");
        }
        transform_subschemas(self, schema);
    }
}

/// Removes `null` from the types of optional fields: a field may be left out, but it is never null.
#[derive(Debug, Clone)]
struct NullRemover;

impl Transform for NullRemover {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        let alternatives = schema.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_null = |alternative: &Value| alternative.get("type").is_some_and(|kind| kind == "null");
        if let [other, null] = alternatives.as_slice()
            && is_null(null)
            && let Value::Object(other) = other
        {
            schema.remove("anyOf");
            for (key, value) in other {
                schema.insert(key.clone(), value.clone());
            }
        }
        transform_subschemas(self, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described_and_no_field_is_nullable() {
        for schema in schemas(SchemaDraft::Draft202012).into_values() {
            let text = schema.to_string();
            assert!(!text.contains("\"null\""), "{text}");
            let definitions = schema["$defs"].as_object().expect("has definitions").values().chain([&schema]);
            for (name, field) in
                definitions.filter_map(|value| value.get("properties")?.as_object()).flatten()
            {
                assert!(field.get("description").is_some(), "`{name}` has no description");
            }
        }
    }
}
