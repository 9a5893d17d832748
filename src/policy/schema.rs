//! JSON Schemas of the policy language, for editors.
//!
//! The types below mirror the language for its documentation only. The decoder decides what a policy means; a
//! test checks that it has the same field names. A schema is a little stricter than the decoder where an
//! editor should say so (a text is a string).

#![expect(dead_code, reason = "the types are there for the schema made of them")]

mod documents;
mod grants;
mod settings;
mod values;

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

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
        ("policy", schema_of::<documents::PolicyDocumentSchema>(draft)),
        ("settings", schema_of::<settings::SettingsSchema>(draft)),
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
    use std::collections::BTreeSet;

    use super::super::decode::fields;
    use super::*;

    /// The field names of every mapping with fixed fields, by definition.
    fn mappings(schema: &Value) -> BTreeMap<String, BTreeSet<String>> {
        let names = |value: &Value| {
            value.get("properties").and_then(Value::as_object).map(|fields| fields.keys().cloned().collect())
        };
        let root = names(schema).map(|fields| (schema["title"].as_str().expect("titled").to_owned(), fields));
        let inner = schema["$defs"]
            .as_object()
            .expect("has definitions")
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), names(value)?)));
        inner.chain(root).collect()
    }

    fn expected(lists: &[(&str, &[&[&str]])]) -> BTreeMap<String, BTreeSet<String>> {
        let set = |lists: &[&[&str]]| {
            lists.iter().flat_map(|list| list.iter()).map(|field| (*field).to_owned()).collect()
        };
        lists.iter().map(|(name, lists)| ((*name).to_owned(), set(lists))).collect()
    }

    #[test]
    fn documents_of_schema_and_decoder_have_the_same_fields() {
        let lists: [(&str, &[&[&str]]); 15] = [
            ("seatwise policy document", &[fields::DOCUMENT]),
            ("Defaults", &[fields::DEFAULTS]),
            ("User", &[fields::USER]),
            ("Group", &[fields::GROUP]),
            ("Product", &[fields::PRODUCT]),
            ("Role", &[fields::ROLE]),
            ("Bundle", &[fields::BUNDLE]),
            ("ProductRestriction", &[&["product", "country", "allow"]]),
            ("CountryDefault", &[&["country", "default"]]),
            ("Alert", &[fields::ALERT]),
            ("Contact", &[fields::CONTACT]),
            ("DatedRole", &[&["role"], fields::TERMS]),
            ("DatedGroup", &[&["group"], fields::TERMS]),
            ("DatedProduct", &[&["product"], fields::TERMS]),
            ("DatedUser", &[&["user"], fields::TERMS]),
        ];
        let bundle: [(&str, &[&[&str]]); 1] = [("DatedBundle", &[&["bundle"], fields::TERMS])];
        let all: Vec<_> = lists.into_iter().chain(bundle).collect();
        assert_eq!(
            mappings(&schema_of::<documents::PolicyDocumentSchema>(SchemaDraft::Draft202012)),
            expected(&all)
        );
        let restriction: BTreeSet<&str> = ["product", "country", "allow", "default"].into();
        assert_eq!(fields::RESTRICTION.iter().copied().collect::<BTreeSet<_>>(), restriction);
    }

    #[test]
    fn settings_of_schema_and_decoder_have_the_same_fields() {
        let lists: [(&str, &[&[&str]]); 19] = [
            ("seatwise settings", &[fields::SETTINGS]),
            ("Sandbox", &[fields::CONNECTOR]),
            ("Http", &[fields::SERVICE_CONNECTOR]),
            ("Scim", &[fields::SERVICE_CONNECTOR]),
            ("Manage", &[fields::MANAGE]),
            ("Ignore", &[fields::IGNORE]),
            ("Guards", &[fields::GUARD]),
            ("Removals", &[fields::REMOVALS]),
            ("Limit", &[fields::LIMIT]),
            ("Administrators", &[&fields::ADMINISTRATORS]),
            ("Exposure", &[&fields::EXPOSURE]),
            ("Approval", &[fields::APPROVAL]),
            ("Audit", &[fields::AUDIT]),
            ("Accepted", &[fields::ACCEPTED]),
            ("OwnRule", &[fields::OWN_RULE]),
            ("Review", &[fields::REVIEW]),
            ("RuleTest", &[fields::RULE_TEST]),
            ("Usage", &[fields::USAGE]),
            ("Columns", &[fields::COLUMNS]),
        ];
        assert_eq!(
            mappings(&schema_of::<settings::SettingsSchema>(SchemaDraft::Draft202012)),
            expected(&lists)
        );
    }

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
