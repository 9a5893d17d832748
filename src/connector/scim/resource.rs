//! Values in resources, read as leniently as services write them.

use serde_json::Value;

use crate::model::{Interner, LiveId, Text};
use crate::wire::scim::{JsonObject, ResourceKind, get_member};

use super::service_schemas::ServiceSchemas;

/// A user or a group, as it is read from a resource.
pub(super) trait ScimResource: Sized + Send + Sync {
    /// Which resources.
    const RESOURCE: ResourceKind;

    /// Reads one; a lower-case fragment says why it cannot be one.
    fn read(resource: &JsonObject, schemas: &ServiceSchemas, names: &Interner) -> Result<Self, Text>;

    /// Its identity.
    fn id(&self) -> &LiveId;

    /// The name it is matched by.
    fn name(&self) -> &str;
}

/// A resource, read and as it came.
#[derive(Debug)]
pub(super) struct FetchedResource<T> {
    pub(super) thing: T,
    pub(super) raw: JsonObject,
}

impl<T: ScimResource> FetchedResource<T> {
    /// Reads a resource.
    pub(super) fn parse(raw: JsonObject, schemas: &ServiceSchemas, names: &Interner) -> Result<Self, Text> {
        Ok(Self { thing: T::read(&raw, schemas, names)?, raw })
    }

    /// The version that the resource says it is at. Headers have been seen to say others.
    pub(super) fn version(&self) -> Option<&str> {
        get_member(get_member(&self.raw, "meta")?.as_object()?, "version")?.as_str()
    }
}

/// The identity of a resource.
pub(super) fn resource_identity(resource: &JsonObject, names: &Interner) -> Result<LiveId, Text> {
    let id = match get_member(resource, "id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err("a row has no identity".into()),
    };
    // Those would lead to another address.
    if id == "." || id == ".." {
        return Err("a row has dots for an identity".into());
    }
    LiveId::parse(&id, names).map_err(|error| format!("an identity is {error}").into())
}

/// A text that is there and not empty.
pub(super) fn text<'o>(object: &'o JsonObject, name: &str) -> Option<&'o str> {
    get_member(object, name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The values of an attribute with parts; one alone need not be in a list.
pub(super) fn values<'o>(object: &'o JsonObject, name: &str) -> impl Iterator<Item = &'o Value> + Clone {
    let (list, single) = match get_member(object, name) {
        Some(Value::Array(values)) => (values.as_slice(), None),
        Some(Value::Null) | None => (&[][..], None),
        Some(single) => (&[][..], Some(single)),
    };
    list.iter().chain(single)
}

/// The same as objects.
pub(super) fn objects<'o>(
    object: &'o JsonObject,
    name: &str,
) -> impl Iterator<Item = &'o JsonObject> + Clone {
    values(object, name).filter_map(Value::as_object)
}

/// What a value of a list stands for: its `value`, or itself.
pub(super) fn value_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(object) => text(object, "value"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}
