//! Changes of a resource, sent as the operations of a PATCH (RFC 7644, section 3.5.2) or applied to the whole
//! resource for a PUT.
//!
//! Every operation has a path, because some services replace where they should add when the path is missing.
//! Values of lists are added and removed one by one, because some services merge where they should replace
//! and ignore the removal of a whole list.

use serde_json::{Value, json};

use crate::change::Edit;
use crate::wire::scim::person::AttributePath;
use crate::wire::scim::{JsonObject, PATCH, get_member, member_key};

/// One change of a resource.
#[derive(Debug, Clone)]
pub(super) enum ResourceOp {
    /// Sets the value of an attribute.
    Set(AttributePath, Value),
    /// Removes the value of an attribute.
    Clear(AttributePath),
    /// Adds a value to a list.
    Add(&'static str, Value),
    /// Removes the value of a list that these parts select.
    Take(&'static str, Value),
    /// Sets one part of the work value of a list.
    AtWork {
        list: &'static str,
        part: &'static str,
        wanted: String,
        /// The complete list after the change.
        whole: Vec<Value>,
    },
}

impl ResourceOp {
    /// Returns the operation that adds `value` to a list, or takes it from there.
    pub(super) fn from_edit(list: &'static str, value: Value, edit: &Edit<()>) -> Self {
        if edit.after().is_some() { Self::Add(list, value) } else { Self::Take(list, value) }
    }
}

/// How a PATCH names the values that it removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueNaming {
    /// By a filter in the path, as the RFC defines it.
    InPath,
    /// By the operation's value, for services that do not support filters in paths.
    InValue,
}

/// How a PATCH changes a part of a list's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartUpdate {
    /// By sending the whole list, which every service supports.
    Whole,
    /// By a filter in the path, as Bentley documents for its user provisioning.
    Selected,
}

/// Builds the body of a PATCH.
pub(super) fn patch_body(ops: &[ResourceOp], naming: ValueNaming, parts: PartUpdate) -> Value {
    let operations: Vec<Value> = ops.iter().map(|op| op.operation(naming, parts)).collect();
    json!({"schemas": [PATCH], "Operations": operations})
}

impl ResourceOp {
    fn operation(&self, naming: ValueNaming, parts: PartUpdate) -> Value {
        match (self, naming, parts) {
            (Self::Set(path, value), _, _) => {
                json!({"op": "replace", "path": path.to_string(), "value": value})
            }
            (Self::Clear(path), _, _) => json!({"op": "remove", "path": path.to_string()}),
            (Self::Add(list, value), _, _) => json!({"op": "add", "path": list, "value": [value]}),
            (Self::Take(list, value), ValueNaming::InPath, _) => {
                json!({"op": "remove", "path": format!("{list}[{}]", selector_filter(value))})
            }
            (Self::Take(list, value), ValueNaming::InValue, _) => {
                json!({"op": "remove", "path": list, "value": [value]})
            }
            (Self::AtWork { list, whole, .. }, _, PartUpdate::Whole) => {
                json!({"op": "replace", "path": list, "value": whole})
            }
            (Self::AtWork { list, part, wanted, .. }, _, PartUpdate::Selected) => {
                json!({"op": "add", "path": format!("{list}[type eq \"work\"].{part}"), "value": wanted})
            }
        }
    }

    /// Whether the operation removes a value of a list.
    pub(super) fn is_take(&self) -> bool {
        match self {
            Self::Take(..) => true,
            Self::Set(..) | Self::Clear(_) | Self::Add(..) | Self::AtWork { .. } => false,
        }
    }

    /// Returns the attribute, for messages.
    pub(super) fn attribute(&self) -> String {
        match self {
            Self::Set(path, _) | Self::Clear(path) => path.to_string(),
            Self::Add(list, _) | Self::Take(list, _) => (*list).to_owned(),
            Self::AtWork { list, part, .. } => format!("{list}.{part}"),
        }
    }

    /// Whether a resource is as the operation would make it.
    pub(super) fn is_in_effect(&self, resource: &JsonObject) -> bool {
        match self {
            Self::Add(list, value) => {
                let values = get_member(resource, list).and_then(Value::as_array);
                values.is_some_and(|values| values.iter().any(|known| is_selected(known, value)))
            }
            Self::Set(..) | Self::Clear(_) | Self::Take(..) | Self::AtWork { .. } => {
                let mut changed = resource.clone();
                self.apply(&mut changed);
                changed == *resource
            }
        }
    }

    /// Applies the operation to the whole resource.
    pub(super) fn apply(&self, resource: &mut JsonObject) {
        match self {
            Self::Set(path, value) => path.set_value(resource, Some(value.clone())),
            Self::Clear(path) => path.set_value(resource, None),
            Self::Add(list, value) => edit_list(resource, list, |values| values.push(value.clone())),
            Self::Take(list, value) => {
                edit_list(resource, list, |values| values.retain(|known| !is_selected(known, value)))
            }
            Self::AtWork { list, whole, .. } => edit_list(resource, list, |values| values.clone_from(whole)),
        }
    }
}

/// Builds the body of a PUT: the resource after `ops`, without the attributes that only the service writes.
pub(super) fn replacement_body(resource: &JsonObject, ops: &[ResourceOp]) -> Value {
    let mut whole = resource.clone();
    ops.iter().for_each(|op| op.apply(&mut whole));
    for own in ["meta", "groups"] {
        member_key(&whole, own).map(str::to_owned).into_iter().for_each(|own| drop(whole.remove(&own)));
    }
    // Some services refuse the null values that they send themselves.
    whole.retain(|_, value| !value.is_null());
    Value::Object(whole)
}

fn edit_list(resource: &mut JsonObject, list: &str, edit: impl FnOnce(&mut Vec<Value>)) {
    let list = member_key(resource, list).unwrap_or(list).to_owned();
    if let Some(values) = resource.entry(list).or_insert_with(|| json!([])).as_array_mut() {
        edit(values);
    }
}

/// Builds the filter that selects a value: `value eq "u-7" and type eq "denied"`.
fn selector_filter(value: &Value) -> String {
    let quoted = |value: &Value| {
        value.as_str().map_or_else(|| value.to_string(), |text| Value::from(text).to_string())
    };
    let parts =
        value.as_object().into_iter().flatten().map(|(name, value)| format!("{name} eq {}", quoted(value)));
    // The identifying part comes first.
    let (first, rest): (Vec<String>, Vec<String>) = parts.partition(|part| part.starts_with("value "));
    first.into_iter().chain(rest).collect::<Vec<_>>().join(" and ")
}

fn is_selected(known: &Value, value: &Value) -> bool {
    match (known, value.as_object()) {
        (Value::Object(known), Some(parts)) => {
            parts.iter().all(|(name, part)| get_member(known, name) == Some(part))
        }
        (known, Some(parts)) => parts.get("value") == Some(known),
        (_, None) => false,
    }
}
