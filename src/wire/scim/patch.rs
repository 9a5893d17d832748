//! What a body does to a resource: a PATCH (RFC 7644, section 3.5.2), and what of a whole resource is taken.

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, PatchPath, PatchValuePath, ValFilter};
use serde_json::Value;

use super::attributes::{self, Attribute, COMMON, Kind, Mutability, Schema};
use super::filter::{Names, Place, check_parts, holds_within};
use super::{Object, PATCH, Refusal, ScimType, get, is_unassigned, key};

/// The most operations of one PATCH.
const MOST_OPERATIONS: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// `resource` after the operations of `body`; nothing is done if one of them cannot be.
pub(crate) fn patched(names: Names, resource: &Object, body: &Value) -> Result<Object, Refusal> {
    let syntax = |why: &str| Refusal::new(ScimType::InvalidSyntax, why);
    let body = body.as_object().ok_or_else(|| syntax("the body is no object"))?;
    let speaks = get(body, "schemas")
        .and_then(Value::as_array)
        .is_some_and(|schemas| schemas.iter().any(|urn| urn.as_str() == Some(PATCH)));
    let operations = get(body, "Operations")
        .and_then(Value::as_array)
        .filter(|operations| speaks && !operations.is_empty());
    let operations = operations.ok_or_else(|| syntax("the body is no PatchOp with operations"))?;
    if operations.len() > MOST_OPERATIONS {
        return Err(Refusal::status(413, format!("at most {MOST_OPERATIONS} operations")));
    }
    let mut patching = Patching { names, resource: resource.clone() };
    operations.iter().try_for_each(|operation| patching.operation(operation))?;
    Ok(patching.resource)
}

struct Patching {
    names: Names,
    resource: Object,
}

impl Patching {
    fn operation(&mut self, operation: &Value) -> Result<(), Refusal> {
        let syntax = |why: &str| Refusal::new(ScimType::InvalidSyntax, why);
        let operation = operation.as_object().ok_or_else(|| syntax("an operation is no object"))?;
        let op = match get(operation, "op")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "add" => Op::Add,
            "replace" => Op::Replace,
            "remove" => Op::Remove,
            _ => return Err(syntax("`op` is add, replace or remove")),
        };
        let value = get(operation, "value").unwrap_or(&Value::Null);
        match get(operation, "path") {
            None | Some(Value::Null) if op == Op::Remove => {
                Err(Refusal::new(ScimType::NoTarget, "a `remove` has a path"))
            }
            None | Some(Value::Null) => {
                let members =
                    value.as_object().ok_or_else(|| syntax("without a path, `value` is an object"))?;
                members.iter().try_for_each(|(path, value)| self.at(op, path, value))
            }
            Some(Value::String(path)) => self.at(op, path, value),
            Some(_) => Err(syntax("`path` is a text")),
        }
    }

    fn at(&mut self, op: Op, path: &str, value: &Value) -> Result<(), Refusal> {
        let [core, extension] = attributes::schemas(self.names.profile, self.names.resource);
        if path.eq_ignore_ascii_case(core.id) || path.eq_ignore_ascii_case(extension.id) {
            return self.schema(op, if path.eq_ignore_ascii_case(core.id) { core } else { extension }, value);
        }
        let invalid = || {
            Refusal::new(
                ScimType::InvalidPath,
                format!("there is no attribute {}", path.chars().take(80).collect::<String>()),
            )
        };
        match path.parse::<PatchPath>().map_err(|_| invalid())? {
            PatchPath::Attr(path) => {
                let place = self.writable(&path)?;
                self.attribute(op, place, value)
            }
            PatchPath::Value(PatchValuePath { attr, filter, sub_attr }) => {
                let place = self.writable(&attr)?;
                let parts = place.attribute.parts();
                check_parts(parts, &filter).map_err(|path| {
                    Refusal::new(ScimType::InvalidFilter, format!("there is no {path} to select by"))
                })?;
                let part = sub_attr
                    .as_deref()
                    .map(|name| attributes::find(parts, name).ok_or_else(invalid))
                    .transpose()?;
                self.selected(op, place, &filter, part, value)
            }
        }
    }

    /// All of an extension at once.
    fn schema(&mut self, op: Op, schema: Schema, value: &Value) -> Result<(), Refusal> {
        if op == Op::Remove {
            self.resource.remove(schema.id);
            return Ok(());
        }
        let members = value
            .as_object()
            .ok_or_else(|| Refusal::new(ScimType::InvalidValue, format!("{} is an object", schema.id)))?;
        // Some clients put `schemas` into whatever has a schema.
        let mut members = members.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas"));
        members.try_for_each(|(name, value)| self.at(op, &format!("{}:{name}", schema.id), value))
    }

    fn writable(&self, path: &AttrPath) -> Result<Place, Refusal> {
        let place = self
            .names
            .place(path)
            .ok_or_else(|| Refusal::new(ScimType::InvalidPath, format!("there is no attribute {path}")))?;
        let is_fixed = [Some(place.attribute), place.part]
            .into_iter()
            .flatten()
            .any(|attribute| attribute.mutability == Mutability::ReadOnly);
        if is_fixed {
            Err(Refusal::new(ScimType::Mutability, format!("{path} is read-only")))
        } else {
            Ok(place)
        }
    }

    /// The object that the attribute stands in.
    fn within(&mut self, place: Place) -> &mut Object {
        let Some(urn) = place.extension else { return &mut self.resource };
        let inner = self.resource.entry(urn).or_insert_with(|| Value::Object(Object::new()));
        if !inner.is_object() {
            *inner = Value::Object(Object::new());
        }
        inner.as_object_mut().expect("it was made one")
    }

    fn attribute(&mut self, op: Op, place: Place, value: &Value) -> Result<(), Refusal> {
        let (attribute, part) = (place.attribute, place.part);
        let within = self.within(place);
        let name = key(within, attribute.name).unwrap_or(attribute.name).to_owned();
        match (op, part) {
            (Op::Remove, None) if attribute.many && !value.is_null() => {
                let gone: Vec<&Value> = elements(value).collect();
                edit_elements(within, &name, |known| {
                    known.retain(|one| !gone.iter().any(|gone| is_same(attribute, one, gone)))
                });
            }
            (Op::Remove, None) => drop(within.remove(&name)),
            (Op::Remove, Some(part)) => match within.get_mut(&name) {
                Some(Value::Array(values)) => values.iter_mut().for_each(|value| forget(value, part)),
                Some(value) => forget(value, part),
                None => {}
            },
            (Op::Add, None) if attribute.many => {
                let known = within.entry(&*name).or_insert_with(|| Value::Array(Vec::new()));
                let known = known.as_array_mut().ok_or_else(|| not_of_form(attribute))?;
                add_all(attribute, known, elements(value));
            }
            (Op::Add | Op::Replace, None) => match (within.get_mut(&name), value) {
                // What a complex value does not speak of stays.
                (Some(Value::Object(known)), Value::Object(more)) => {
                    more.iter().for_each(|(name, value)| put(known, name, value))
                }
                (_, value) => drop(within.insert(name, value.clone())),
            },
            (Op::Add | Op::Replace, Some(part)) => {
                match within.entry(&*name).or_insert_with(|| empty(attribute)) {
                    Value::Object(known) => put(known, part.name, value),
                    Value::Array(known) => {
                        if known.is_empty() {
                            known.push(Value::Object(Object::new()));
                        }
                        known
                            .iter_mut()
                            .filter_map(Value::as_object_mut)
                            .for_each(|known| put(known, part.name, value));
                    }
                    _ => return Err(not_of_form(attribute)),
                }
            }
        }
        Ok(())
    }

    fn selected(
        &mut self,
        op: Op,
        place: Place,
        filter: &ValFilter,
        part: Option<&'static Attribute>,
        value: &Value,
    ) -> Result<(), Refusal> {
        let attribute = place.attribute;
        let within = self.within(place);
        let name = key(within, attribute.name).unwrap_or(attribute.name).to_owned();
        let known = within.entry(&*name).or_insert_with(|| Value::Array(Vec::new()));
        let known = known.as_array_mut().ok_or_else(|| not_of_form(attribute))?;
        let is_meant = |value: &Value| holds_within(attribute.parts(), filter, value);
        match (op, part) {
            (Op::Remove, None) => known.retain(|value| !is_meant(value)),
            (Op::Remove, Some(part)) => {
                known.iter_mut().filter(|value| is_meant(value)).for_each(|value| forget(value, part))
            }
            (Op::Add | Op::Replace, part) => {
                if !known.iter().any(is_meant) {
                    match op {
                        Op::Replace => {
                            return Err(Refusal::new(
                                ScimType::NoTarget,
                                format!("no value of {name} is meant"),
                            ));
                        }
                        Op::Add | Op::Remove => known.push(Value::Object(meant_by(filter))),
                    }
                }
                for meant in known.iter_mut().filter(|value| is_meant(value)).filter_map(Value::as_object_mut)
                {
                    match (part, value) {
                        (Some(part), value) => put(meant, part.name, value),
                        (None, Value::Object(more)) => {
                            more.iter().for_each(|(name, value)| put(meant, name, value))
                        }
                        (None, _) => return Err(not_of_form(attribute)),
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

/// The value that a filter of equalities describes: `emails[type eq "work"].value` can be given where there
/// is none yet.
fn meant_by(filter: &ValFilter) -> Object {
    match filter {
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(text))) => {
            Object::from_iter([(path.name.clone(), Value::from(text.as_str()))])
        }
        ValFilter::And(filters) => filters.iter().flat_map(meant_by).collect(),
        ValFilter::Attr(_) | ValFilter::Not(_) | ValFilter::Or(_) => Object::new(),
    }
}

fn empty(attribute: &Attribute) -> Value {
    if attribute.many { Value::Array(Vec::new()) } else { Value::Object(Object::new()) }
}

fn elements(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(values) => values.iter(),
        Value::Null => [].iter(),
        single => std::slice::from_ref(single).iter(),
    }
}

fn edit_elements(within: &mut Object, name: &str, edit: impl FnOnce(&mut Vec<Value>)) {
    if let Some(Value::Array(values)) = within.get_mut(name) {
        edit(values);
        if values.is_empty() {
            within.remove(name);
        }
    }
}

/// Adds what is not there; there is one primary value.
fn add_all<'v>(attribute: &Attribute, known: &mut Vec<Value>, more: impl Iterator<Item = &'v Value>) {
    // Values are looked up, not compared each with each: a group has many members.
    let mut there: std::collections::BTreeSet<String> =
        known.iter().map(|value| identity(attribute, value)).collect();
    for value in more {
        if there.insert(identity(attribute, value)) {
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

/// By what two values of an attribute are the same: a member by its identity, others whole.
fn identity(attribute: &Attribute, value: &Value) -> String {
    let is_member =
        attribute.parts().iter().any(|part| part.name == "value" && part.mutability == Mutability::Immutable);
    let by = value.as_object().filter(|_| is_member).and_then(|value| get(value, "value"));
    by.unwrap_or(value).to_string()
}

/// Whether `one` is the value that `described` names: all parts that it names are the same.
fn is_same(attribute: &Attribute, one: &Value, described: &Value) -> bool {
    match (one, described) {
        (Value::Object(one), Value::Object(described)) => {
            let told = |name: &str| {
                attributes::find(attribute.parts(), name)
                    .is_none_or(|part| part.mutability != Mutability::ReadOnly)
            };
            described
                .iter()
                .filter(|(name, _)| told(name))
                .all(|(name, value)| name == "$ref" || get(one, name) == Some(value))
        }
        (Value::Object(one), value) => get(one, "value") == Some(value),
        (one, value) => one == value,
    }
}

fn put(object: &mut Object, name: &str, value: &Value) {
    let name = key(object, name).unwrap_or(name).to_owned();
    object.insert(name, value.clone());
}

fn forget(value: &mut Value, part: &Attribute) {
    if let Some(object) = value.as_object_mut()
        && let Some(name) = key(object, part.name).map(str::to_owned)
    {
        object.remove(&name);
    }
}

fn not_of_form(attribute: &Attribute) -> Refusal {
    Refusal::new(ScimType::InvalidValue, format!("{} has not the form it should", attribute.name))
}

/// What of a resource that a client sends is taken: attributes that may be written, under their right names
/// and in their form. What is read-only is left out, as the RFC has it; what nobody knows is refused, so that
/// no client believes it kept.
pub(crate) fn taken(names: Names, sent: &Object) -> Result<Object, Refusal> {
    let [core, extension] = attributes::schemas(names.profile, names.resource);
    let mut taken = Object::new();
    for (name, value) in sent {
        if name.eq_ignore_ascii_case(extension.id) {
            let inner = value
                .as_object()
                .ok_or_else(|| Refusal::new(ScimType::InvalidValue, format!("{name} is an object")))?;
            let inner = parts(extension.attributes, inner, name)?;
            if !inner.is_empty() {
                taken.insert(extension.id.to_owned(), Value::Object(inner));
            }
            continue;
        }
        let attribute = attributes::find(core.attributes, name).or_else(|| attributes::find(COMMON, name));
        let attribute = attribute.ok_or_else(|| unknown(name))?;
        if attribute.mutability != Mutability::ReadOnly && !is_unassigned(value) {
            taken.insert(attribute.name.to_owned(), of_form(attribute, value)?);
        }
    }
    match core.attributes.iter().find(|attribute| attribute.required && !taken.contains_key(attribute.name)) {
        Some(missing) => Err(Refusal::new(ScimType::InvalidValue, format!("{} is missing", missing.name))),
        None => Ok(taken),
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(ScimType::InvalidSyntax, format!("there is no attribute {name}"))
}

fn parts(known: &'static [Attribute], sent: &Object, within: &str) -> Result<Object, Refusal> {
    let mut taken = Object::new();
    for (name, value) in sent {
        let attribute = attributes::find(known, name).ok_or_else(|| unknown(&format!("{within}.{name}")))?;
        if attribute.mutability != Mutability::ReadOnly && !is_unassigned(value) {
            taken.insert(attribute.name.to_owned(), of_form(attribute, value)?);
        }
    }
    Ok(taken)
}

fn of_form(attribute: &Attribute, value: &Value) -> Result<Value, Refusal> {
    match (attribute.many, value) {
        (true, Value::Array(values)) => values.iter().map(|value| single(attribute, value)).collect(),
        (true, _) => Err(not_of_form(attribute)),
        (false, value) => single(attribute, value),
    }
}

fn single(attribute: &Attribute, value: &Value) -> Result<Value, Refusal> {
    match (attribute.kind, value) {
        (Kind::Text | Kind::Exact | Kind::DateTime | Kind::Reference(_), Value::String(_))
        | (Kind::Boolean, Value::Bool(_)) => Ok(value.clone()),
        // Some clients write their booleans as text.
        (Kind::Boolean, Value::String(word)) if word.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        (Kind::Boolean, Value::String(word)) if word.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        (Kind::Complex(known), Value::Object(sent)) => parts(known, sent, attribute.name).map(Value::Object),
        _ => Err(not_of_form(attribute)),
    }
}
