//! Selects the attributes of a resource that an answer contains: `attributes` and `excludedAttributes` (RFC
//! 7644, section 3.9).

use serde_json::Value;

use super::{JsonObject, member_key};

/// The attributes that the client asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection {
    only: Vec<String>,
    without: Vec<String>,
}

/// Attributes that every answer contains.
const ALWAYS: [&str; 2] = ["id", "schemas"];

impl Projection {
    /// Builds the projection from the two query parameters, which are comma-separated lists. `only` takes
    /// precedence over `without`.
    pub(crate) fn new(only: Option<&str>, without: Option<&str>) -> Self {
        let list = |text: Option<&str>| {
            let names = text
                .into_iter()
                .flat_map(|text| text.split(','))
                .map(str::trim)
                .filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        let only: Vec<String> = list(only);
        Self { without: if only.is_empty() { list(without) } else { Vec::new() }, only }
    }

    /// Whether the answer contains the attribute, at least in part.
    pub(crate) fn includes(&self, name: &str) -> bool {
        let names = |path: &String| split_path(path).name.eq_ignore_ascii_case(name);
        let whole = |path: &String| names(path) && split_path(path).part.is_none();
        (self.only.is_empty() || self.only.iter().any(names)) && !self.without.iter().any(whole)
    }

    /// Whether the client asks by name for something of an extension. Attributes that are returned only on
    /// request are returned then.
    pub(crate) fn asks_for(&self, urn: &str) -> bool {
        self.only
            .iter()
            .any(|path| path.get(..urn.len()).is_some_and(|start| start.eq_ignore_ascii_case(urn)))
    }

    /// Removes from `resource` everything that the answer must not contain.
    pub(crate) fn apply(&self, resource: &mut JsonObject) {
        if !self.only.is_empty() {
            let mut kept = JsonObject::new();
            for name in ALWAYS {
                kept.extend(resource.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            self.only.iter().for_each(|path| keep_path(path, resource, &mut kept));
            *resource = kept;
        }
        self.without
            .iter()
            .filter(|path| !ALWAYS.contains(&path.as_str()))
            .for_each(|path| leave_out_path(path, resource));
    }
}

/// The parts of a path.
struct ProjectionPath<'p> {
    /// The URN of the extension that contains the attribute; `None` for the core.
    urn: Option<&'p str>,
    name: &'p str,
    part: Option<&'p str>,
}

fn split_path(path: &str) -> ProjectionPath<'_> {
    let (urn, rest) = path.rsplit_once(':').map_or((None, path), |(urn, rest)| (Some(urn), rest));
    let (name, part) = rest.split_once('.').map_or((rest, None), |(name, part)| (name, Some(part)));
    // A name of the core may be prefixed with the core's URN.
    let is_core = |urn: &&str| {
        super::ResourceKind::ALL.iter().any(|resource| urn.eq_ignore_ascii_case(resource.schema()))
    };
    ProjectionPath { urn: urn.filter(|urn| !is_core(urn)), name, part }
}

fn keep_path(path: &str, from: &JsonObject, kept: &mut JsonObject) {
    // A URN without a name means the whole extension.
    if let Some(urn) = member_key(from, path) {
        kept.insert(urn.to_owned(), from[urn].clone());
        return;
    }
    let ProjectionPath { urn, name, part } = split_path(path);
    let Some(urn) = urn else { return keep_part(name, part, from, kept) };
    let Some((urn, Value::Object(inner))) = member_key(from, urn).map(|urn| (urn, &from[urn])) else {
        return;
    };
    let into = kept.entry(urn).or_insert_with(|| Value::Object(JsonObject::new()));
    into.as_object_mut().into_iter().for_each(|into| keep_part(name, part, inner, into));
}

fn keep_part(name: &str, part: Option<&str>, from: &JsonObject, kept: &mut JsonObject) {
    let Some(name) = member_key(from, name) else { return };
    let Some(part) = part else {
        kept.insert(name.to_owned(), from[name].clone());
        return;
    };
    let only = |value: &Value| -> Value {
        let object = value.as_object();
        let part = object.and_then(|object| member_key(object, part));
        part.map_or(Value::Null, |part| {
            Value::Object(JsonObject::from_iter([(part.to_owned(), value[part].clone())]))
        })
    };
    let value = &from[name];
    let value =
        if let Value::Array(values) = value { values.iter().map(only).collect() } else { only(value) };
    match (kept.get_mut(name), value) {
        // The client asked for several parts of the same attribute.
        (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
        (Some(Value::Array(known)), Value::Array(more)) => {
            for (known, more) in known.iter_mut().zip(more) {
                if let (Value::Object(known), Value::Object(more)) = (known, more) {
                    known.extend(more);
                }
            }
        }
        (_, value) => drop(kept.insert(name.to_owned(), value)),
    }
}

fn leave_out_path(path: &str, resource: &mut JsonObject) {
    if let Some(urn) = member_key(resource, path).map(str::to_owned) {
        resource.remove(&urn);
        return;
    }
    let ProjectionPath { urn, name, part } = split_path(path);
    let Some(urn) = urn else { return leave_part_out(name, part, resource) };
    let Some(urn) = member_key(resource, urn).map(str::to_owned) else { return };
    resource
        .get_mut(&urn)
        .and_then(Value::as_object_mut)
        .into_iter()
        .for_each(|inner| leave_part_out(name, part, inner));
}

fn leave_part_out(name: &str, part: Option<&str>, resource: &mut JsonObject) {
    let Some(name) = member_key(resource, name).map(str::to_owned) else { return };
    let Some(part) = part else {
        resource.remove(&name);
        return;
    };
    let without = |value: &mut Value| {
        let object = value.as_object_mut();
        object.into_iter().for_each(|object| {
            let part = member_key(object, part).map(str::to_owned);
            part.into_iter().for_each(|part| drop(object.remove(&part)));
        });
    };
    match resource.get_mut(&name) {
        Some(Value::Array(values)) => values.iter_mut().for_each(without),
        Some(value) => without(value),
        None => {}
    }
}
