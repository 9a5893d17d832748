//! Applies a request body to a resource: a PATCH (RFC 7644, section 3.5.2), or the writable attributes of a
//! whole resource.

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, PatchPath, PatchValuePath, ValFilter};
use serde_json::Value;

use super::attributes::{self, AttributeKind, COMMON, Mutability, ScimAttribute, ScimSchema};
use super::filter::{AttributePlace, AttributeResolver, check_parts, matches_within};
use super::{JsonObject, PATCH, ScimOutcome, ScimRefusal, ScimType, get_member, is_unassigned, member_key};

/// The most operations of one PATCH.
const MOST_OPERATIONS: usize = 10_000;

/// The kind of a PATCH operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatchVerb {
    Add,
    Replace,
    Remove,
}

/// Returns `resource` after the operations of `body`. If one operation fails, none takes effect.
pub(crate) fn apply_patch(
    names: AttributeResolver,
    resource: &JsonObject,
    body: &Value,
) -> ScimOutcome<JsonObject> {
    let syntax = |why: &str| ScimRefusal::new(ScimType::InvalidSyntax, why);
    let body = body.as_object().ok_or_else(|| syntax("the body is no object"))?;
    let is_patch = get_member(body, "schemas")
        .and_then(Value::as_array)
        .is_some_and(|schemas| schemas.iter().any(|urn| urn.as_str() == Some(PATCH)));
    let operations = get_member(body, "Operations")
        .and_then(Value::as_array)
        .filter(|operations| is_patch && !operations.is_empty());
    let operations = operations.ok_or_else(|| syntax("the body is no PatchOp with operations"))?;
    if operations.len() > MOST_OPERATIONS {
        return Err(ScimRefusal::with_status(413, format!("at most {MOST_OPERATIONS} operations")));
    }
    let mut patcher = ResourcePatcher { names, resource: resource.clone() };
    operations.iter().try_for_each(|operation| patcher.apply_operation(operation))?;
    Ok(patcher.resource)
}

/// Applies operations to a copy of a resource.
struct ResourcePatcher {
    names: AttributeResolver,
    resource: JsonObject,
}

impl ResourcePatcher {
    fn apply_operation(&mut self, operation: &Value) -> ScimOutcome<()> {
        let syntax = |why: &str| ScimRefusal::new(ScimType::InvalidSyntax, why);
        let operation = operation.as_object().ok_or_else(|| syntax("an operation is no object"))?;
        let op = match get_member(operation, "op")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "add" => PatchVerb::Add,
            "replace" => PatchVerb::Replace,
            "remove" => PatchVerb::Remove,
            _ => return Err(syntax("`op` is add, replace or remove")),
        };
        let value = get_member(operation, "value").unwrap_or(&Value::Null);
        match get_member(operation, "path") {
            None | Some(Value::Null) if op == PatchVerb::Remove => {
                Err(ScimRefusal::new(ScimType::NoTarget, "a `remove` has a path"))
            }
            None | Some(Value::Null) => {
                let members =
                    value.as_object().ok_or_else(|| syntax("without a path, `value` is an object"))?;
                members.iter().try_for_each(|(path, value)| self.apply_at_path(op, path, value))
            }
            Some(Value::String(path)) => self.apply_at_path(op, path, value),
            Some(_) => Err(syntax("`path` is a text")),
        }
    }

    fn apply_at_path(&mut self, op: PatchVerb, path: &str, value: &Value) -> ScimOutcome<()> {
        let (core, extensions) = attributes::schemas(self.names.profile, self.names.resource);
        let mut known = std::iter::once(&core).chain(extensions);
        if let Some(schema) = known.find(|known| path.eq_ignore_ascii_case(known.id)) {
            return self.apply_to_schema(op, *schema, value);
        }
        let invalid = || {
            ScimRefusal::new(
                ScimType::InvalidPath,
                format!("there is no attribute {}", path.chars().take(80).collect::<String>()),
            )
        };
        match path.parse::<PatchPath>().map_err(|_| invalid())? {
            PatchPath::Attr(path) => {
                let place = self.writable_place(&path)?;
                self.apply_to_attribute(op, place, value)
            }
            PatchPath::Value(PatchValuePath { attr, filter, sub_attr }) => {
                let place = self.writable_place(&attr)?;
                let parts = place.attribute.parts();
                check_parts(parts, &filter).map_err(|path| {
                    ScimRefusal::new(ScimType::InvalidFilter, format!("there is no {path} to select by"))
                })?;
                let part = sub_attr
                    .as_deref()
                    .map(|name| attributes::find_attribute(parts, name).ok_or_else(invalid))
                    .transpose()?;
                self.apply_to_selected(op, place, &filter, part, value)
            }
        }
    }

    /// Applies an operation to a whole core schema or extension at once.
    fn apply_to_schema(&mut self, op: PatchVerb, schema: ScimSchema, value: &Value) -> ScimOutcome<()> {
        if op == PatchVerb::Remove {
            self.resource.remove(schema.id);
            return Ok(());
        }
        let members = value
            .as_object()
            .ok_or_else(|| ScimRefusal::new(ScimType::InvalidValue, format!("{} is an object", schema.id)))?;
        // Some clients put `schemas` into every object that has a schema.
        let mut members = members.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas"));
        members.try_for_each(|(name, value)| self.apply_at_path(op, &format!("{}:{name}", schema.id), value))
    }

    fn writable_place(&self, path: &AttrPath) -> ScimOutcome<AttributePlace> {
        let place = self.names.resolve_path(path).ok_or_else(|| {
            ScimRefusal::new(ScimType::InvalidPath, format!("there is no attribute {path}"))
        })?;
        let is_fixed = [Some(place.attribute), place.part]
            .into_iter()
            .flatten()
            .any(|attribute| attribute.mutability == Mutability::ReadOnly);
        if is_fixed {
            Err(ScimRefusal::new(ScimType::Mutability, format!("{path} is read-only")))
        } else {
            Ok(place)
        }
    }

    /// Returns the object that contains the attribute, and creates an extension that is missing.
    fn enclosing_object(&mut self, place: AttributePlace) -> &mut JsonObject {
        let Some(urn) = place.extension else { return &mut self.resource };
        let inner = self.resource.entry(urn).or_insert_with(|| Value::Object(JsonObject::new()));
        if !inner.is_object() {
            *inner = Value::Object(JsonObject::new());
        }
        inner.as_object_mut().expect("it was made one")
    }

    fn apply_to_attribute(&mut self, op: PatchVerb, place: AttributePlace, value: &Value) -> ScimOutcome<()> {
        let (attribute, part) = (place.attribute, place.part);
        let within = self.enclosing_object(place);
        let name = member_key(within, attribute.name).unwrap_or(attribute.name).to_owned();
        match (op, part) {
            (PatchVerb::Remove, None) if attribute.many && !value.is_null() => {
                let gone: Vec<&Value> = elements(value).collect();
                edit_elements(within, &name, |known| {
                    known.retain(|value| !gone.iter().any(|gone| is_same(attribute, value, gone)))
                });
            }
            (PatchVerb::Remove, None) => drop(within.remove(&name)),
            (PatchVerb::Remove, Some(part)) => match within.get_mut(&name) {
                Some(Value::Array(values)) => values.iter_mut().for_each(|value| remove_part(value, part)),
                Some(value) => remove_part(value, part),
                None => {}
            },
            (PatchVerb::Add, None) if attribute.many => {
                let known = within.entry(&*name).or_insert_with(|| Value::Array(Vec::new()));
                let known = known.as_array_mut().ok_or_else(|| wrong_form_refusal(attribute))?;
                add_missing(attribute, known, elements(value));
            }
            (PatchVerb::Add | PatchVerb::Replace, None) => match (within.get_mut(&name), value) {
                // Parts that the new complex value does not mention stay.
                (Some(Value::Object(known)), Value::Object(more)) => {
                    more.iter().for_each(|(name, value)| put_member(known, name, value))
                }
                (_, value) => drop(within.insert(name, value.clone())),
            },
            (PatchVerb::Add | PatchVerb::Replace, Some(part)) => {
                match within.entry(&*name).or_insert_with(|| empty_value(attribute)) {
                    Value::Object(known) => put_member(known, part.name, value),
                    Value::Array(known) => {
                        if known.is_empty() {
                            known.push(Value::Object(JsonObject::new()));
                        }
                        known
                            .iter_mut()
                            .filter_map(Value::as_object_mut)
                            .for_each(|known| put_member(known, part.name, value));
                    }
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                        return Err(wrong_form_refusal(attribute));
                    }
                }
            }
        }
        Ok(())
    }

    fn apply_to_selected(
        &mut self,
        op: PatchVerb,
        place: AttributePlace,
        filter: &ValFilter,
        part: Option<&'static ScimAttribute>,
        value: &Value,
    ) -> ScimOutcome<()> {
        let attribute = place.attribute;
        let within = self.enclosing_object(place);
        let name = member_key(within, attribute.name).unwrap_or(attribute.name).to_owned();
        let known = within.entry(&*name).or_insert_with(|| Value::Array(Vec::new()));
        let known = known.as_array_mut().ok_or_else(|| wrong_form_refusal(attribute))?;
        let is_meant = |value: &Value| matches_within(attribute.parts(), filter, value);
        match (op, part) {
            (PatchVerb::Remove, None) => known.retain(|value| !is_meant(value)),
            (PatchVerb::Remove, Some(part)) => {
                known.iter_mut().filter(|value| is_meant(value)).for_each(|value| remove_part(value, part))
            }
            (PatchVerb::Add | PatchVerb::Replace, part) => {
                if !known.iter().any(is_meant) {
                    match op {
                        PatchVerb::Replace => {
                            return Err(ScimRefusal::new(
                                ScimType::NoTarget,
                                format!("no value of {name} is meant"),
                            ));
                        }
                        PatchVerb::Add | PatchVerb::Remove => {
                            known.push(Value::Object(value_described_by(filter)))
                        }
                    }
                }
                for meant in known.iter_mut().filter(|value| is_meant(value)).filter_map(Value::as_object_mut)
                {
                    match (part, value) {
                        (Some(part), value) => put_member(meant, part.name, value),
                        (None, Value::Object(more)) => {
                            more.iter().for_each(|(name, value)| put_member(meant, name, value))
                        }
                        (None, _) => return Err(wrong_form_refusal(attribute)),
                    }
                }
            }
        }
        if known.is_empty() {
            within.remove(&name);
        }
        Ok(())
    }
}

/// Returns the value that a filter of equalities describes, so that `emails[type eq "work"].value` can be set
/// where there is no such value yet.
fn value_described_by(filter: &ValFilter) -> JsonObject {
    match filter {
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(text))) => {
            JsonObject::from_iter([(path.name.clone(), Value::from(text.as_str()))])
        }
        ValFilter::And(filters) => filters.iter().flat_map(value_described_by).collect(),
        ValFilter::Attr(_) | ValFilter::Not(_) | ValFilter::Or(_) => JsonObject::new(),
    }
}

fn empty_value(attribute: &ScimAttribute) -> Value {
    if attribute.many { Value::Array(Vec::new()) } else { Value::Object(JsonObject::new()) }
}

fn elements(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(values) => values.iter(),
        Value::Null => [].iter(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(value).iter()
        }
    }
}

fn edit_elements(within: &mut JsonObject, name: &str, edit: impl FnOnce(&mut Vec<Value>)) {
    if let Some(Value::Array(values)) = within.get_mut(name) {
        edit(values);
        if values.is_empty() {
            within.remove(name);
        }
    }
}

/// Adds the values that are missing. A new primary value replaces the old one as primary.
fn add_missing<'v>(attribute: &ScimAttribute, known: &mut Vec<Value>, more: impl Iterator<Item = &'v Value>) {
    // Values are looked up instead of being compared pairwise, because a group has many members.
    let mut there: std::collections::BTreeSet<String> =
        known.iter().map(|value| value_identity(attribute, value)).collect();
    for value in more {
        if there.insert(value_identity(attribute, value)) {
            if value.get("primary") == Some(&Value::Bool(true)) {
                known
                    .iter_mut()
                    .filter_map(|known| known.get_mut("primary"))
                    .for_each(|primary| *primary = Value::Bool(false));
            }
            known.push(value.clone());
        }
    }
}

/// Returns the key by which two values of an attribute are the same: a member's identity, or else the whole
/// value.
fn value_identity(attribute: &ScimAttribute, value: &Value) -> String {
    let is_member =
        attribute.parts().iter().any(|part| part.name == "value" && part.mutability == Mutability::Immutable);
    let by = value.as_object().filter(|_| is_member).and_then(|value| get_member(value, "value"));
    by.unwrap_or(value).to_string()
}

/// Whether `known` is the value that `described` names: all parts in `described` are equal. Read-only parts
/// and `$ref` are not compared.
fn is_same(attribute: &ScimAttribute, known: &Value, described: &Value) -> bool {
    match (known, described) {
        (Value::Object(known), Value::Object(described)) => {
            let is_compared = |name: &str| {
                attributes::find_attribute(attribute.parts(), name)
                    .is_none_or(|part| part.mutability != Mutability::ReadOnly)
            };
            described
                .iter()
                .filter(|(name, _)| is_compared(name))
                .all(|(name, value)| name == "$ref" || get_member(known, name) == Some(value))
        }
        (Value::Object(known), value) => get_member(known, "value") == Some(value),
        (known, value) => known == value,
    }
}

fn put_member(object: &mut JsonObject, name: &str, value: &Value) {
    let name = member_key(object, name).unwrap_or(name).to_owned();
    object.insert(name, value.clone());
}

fn remove_part(value: &mut Value, part: &ScimAttribute) {
    if let Some(object) = value.as_object_mut()
        && let Some(name) = member_key(object, part.name).map(str::to_owned)
    {
        object.remove(&name);
    }
}

fn wrong_form_refusal(attribute: &ScimAttribute) -> ScimRefusal {
    ScimRefusal::new(ScimType::InvalidValue, format!("{} has not the form it should", attribute.name))
}

/// Takes the writable attributes of a resource that a client sends, under their canonical names and checked
/// for their form. Read-only attributes are ignored, as the RFC requires; unknown attributes are refused, so
/// that no client believes they were stored.
pub(crate) fn take_attributes(names: AttributeResolver, sent: &JsonObject) -> ScimOutcome<JsonObject> {
    let (core, extensions) = attributes::schemas(names.profile, names.resource);
    let mut taken = JsonObject::new();
    for (name, value) in sent {
        if let Some(extension) = extensions.iter().find(|known| name.eq_ignore_ascii_case(known.id)) {
            let inner = value
                .as_object()
                .ok_or_else(|| ScimRefusal::new(ScimType::InvalidValue, format!("{name} is an object")))?;
            let inner = take_parts(extension.attributes, inner, name)?;
            if !inner.is_empty() {
                taken.insert(extension.id.to_owned(), Value::Object(inner));
            }
            continue;
        }
        let attribute = attributes::find_attribute(core.attributes, name)
            .or_else(|| attributes::find_attribute(COMMON, name));
        let attribute = attribute.ok_or_else(|| unknown_attribute_refusal(name))?;
        if attribute.mutability != Mutability::ReadOnly && !is_unassigned(value) {
            taken.insert(attribute.name.to_owned(), check_form(attribute, value)?);
        }
    }
    match core.attributes.iter().find(|attribute| attribute.required && !taken.contains_key(attribute.name)) {
        Some(missing) => {
            Err(ScimRefusal::new(ScimType::InvalidValue, format!("{} is missing", missing.name)))
        }
        None => Ok(taken),
    }
}

fn unknown_attribute_refusal(name: &str) -> ScimRefusal {
    ScimRefusal::new(ScimType::InvalidSyntax, format!("there is no attribute {name}"))
}

fn take_parts(known: &'static [ScimAttribute], sent: &JsonObject, within: &str) -> ScimOutcome<JsonObject> {
    let mut taken = JsonObject::new();
    for (name, value) in sent {
        let attribute = attributes::find_attribute(known, name)
            .ok_or_else(|| unknown_attribute_refusal(&format!("{within}.{name}")))?;
        if attribute.mutability != Mutability::ReadOnly && !is_unassigned(value) {
            taken.insert(attribute.name.to_owned(), check_form(attribute, value)?);
        }
    }
    Ok(taken)
}

fn check_form(attribute: &ScimAttribute, value: &Value) -> ScimOutcome<Value> {
    match (attribute.many, value) {
        (true, Value::Array(values)) => {
            values.iter().map(|value| check_single_value(attribute, value)).collect()
        }
        (true, _) => Err(wrong_form_refusal(attribute)),
        (false, value) => check_single_value(attribute, value),
    }
}

fn check_single_value(attribute: &ScimAttribute, value: &Value) -> ScimOutcome<Value> {
    let fitting = match attribute.kind {
        AttributeKind::Text
        | AttributeKind::Exact
        | AttributeKind::DateTime
        | AttributeKind::Reference(_) => value.is_string().then(|| value.clone()),
        AttributeKind::Boolean => {
            // Some clients send booleans as text.
            let says = |word: &str| value.as_str().is_some_and(|sent| sent.eq_ignore_ascii_case(word));
            let worded = if says("true") { Some(true) } else { says("false").then_some(false) };
            value.as_bool().or(worded).map(Value::Bool)
        }
        AttributeKind::Complex(known) => match value.as_object() {
            Some(sent) => Some(Value::Object(take_parts(known, sent, attribute.name)?)),
            None => None,
        },
    };
    fitting.ok_or_else(|| wrong_form_refusal(attribute))
}
