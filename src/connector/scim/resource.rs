//! Values in resources, read as leniently as services write them.

use serde_json::Value;

use crate::model::{Interner, LiveId, Text};
use crate::wire::scim::{JsonObject, ResourceKind, get_member};

use super::service_schemas::ServiceSchemas;

/// A user or a group that is read from a resource.
pub(super) trait ScimResource: Sized + Send + Sync {
    const RESOURCE: ResourceKind;

    /// Reads a resource; the error is a lower-case fragment.
    fn read(resource: &JsonObject, schemas: &ServiceSchemas, names: &Interner) -> Result<Self, Text>;

    /// Returns the identity.
    fn id(&self) -> &LiveId;

    /// Returns the name that the policy knows the resource by: a user's address, a group's name.
    fn name(&self) -> &str;
}

/// A resource as it arrived, and the value that was read from it.
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

    /// Returns the version in the body of the resource. Some services send a different one in the `ETag`
    /// header.
    pub(super) fn version(&self) -> Option<&str> {
        get_member(get_member(&self.raw, "meta")?.as_object()?, "version")?.as_str()
    }
}

/// Returns the identity of a resource; the error is a lower-case fragment.
pub(super) fn resource_identity(resource: &JsonObject, names: &Interner) -> Result<LiveId, Text> {
    let id = match get_member(resource, "id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err("a row has no identity".into()),
    };
    // As part of a path, dots would lead to another address.
    if id == "." || id == ".." {
        return Err("a row has dots for an identity".into());
    }
    LiveId::parse(&id, names).map_err(|error| format!("an identity is {error}").into())
}

/// Returns the text of a member; `None` where the member is missing, empty or no text.
pub(super) fn text<'o>(object: &'o JsonObject, name: &str) -> Option<&'o str> {
    get_member(object, name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Returns the values of a multi-valued attribute. Services may send a single value without a list.
pub(super) fn values<'o>(object: &'o JsonObject, name: &str) -> impl Iterator<Item = &'o Value> + Clone {
    let (list, single) = match get_member(object, name) {
        Some(Value::Array(values)) => (values.as_slice(), None),
        Some(Value::Null) | None => (&[][..], None),
        Some(single) => (&[][..], Some(single)),
    };
    list.iter().chain(single)
}

/// Returns the values of a multi-valued attribute that are objects.
pub(super) fn objects<'o>(
    object: &'o JsonObject,
    name: &str,
) -> impl Iterator<Item = &'o JsonObject> + Clone {
    values(object, name).filter_map(Value::as_object)
}

/// Returns the text that a value of a list stands for: its `value`, or the text itself.
pub(super) fn value_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(object) => text(object, "value"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}
