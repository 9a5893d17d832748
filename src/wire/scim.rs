//! SCIM 2.0 on the wire (RFC 7643, RFC 7644), which the sandbox serves and the `scim` connector speaks. Pure.
//!
//! Resources stay JSON: services have attributes of their own, and a client must not lose the attributes it
//! does not know. The known attributes are one table ([`attributes`]). Filters and paths are parsed by
//! `scim_v2` and evaluated here as the RFC defines them.

pub(crate) mod attributes;
pub(crate) mod discovery;
pub(crate) mod filter;
pub(crate) mod patch;
pub(crate) mod person;
pub(crate) mod projection;

use serde_json::{Map, Value, json};

use crate::model::word_enum;

/// A JSON object.
pub(crate) type JsonObject = Map<String, Value>;

/// The media type (RFC 7644, section 3.1).
pub(crate) const SCIM_JSON: &str = "application/scim+json";
/// The schema of the core user.
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of the core group.
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The extension with the attributes of a user that the core schema lacks.
pub(crate) const SEATWISE_USER: &str = "urn:seatwise:params:scim:schemas:extension:organization:2.0:User";
/// The extension with the attributes of a group that the core schema lacks.
pub(crate) const SEATWISE_GROUP: &str = "urn:seatwise:params:scim:schemas:extension:organization:2.0:Group";
/// The user extension of Bentley's user provisioning.
pub(crate) const BENTLEY_USER: &str = "urn:ietf:params:scim:schemas:extension:Bentley:2.0:User";
/// The group extension of Bentley's user provisioning.
pub(crate) const BENTLEY_GROUP: &str = "urn:ietf:params:scim:schemas:extension:Bentley:2.0:Group";
/// The schema of one page of a list.
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The schema of the body of a PATCH.
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The schema of the body of a refusal.
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The set of attributes that a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScimProfile {
    /// The attributes of the RFCs that an organization has, with an extension for the rest.
    Standard,
    /// The attributes of Bentley's user provisioning, and nothing else.
    Bentley,
}

impl ScimProfile {
    pub(crate) const ALL: [Self; 2] = [Self::Standard, Self::Bentley];

    /// Returns the path at which the sandbox serves the profile.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Standard => "/scim/v2",
            Self::Bentley => "/scim/bentley",
        }
    }
}

word_enum! {
    /// The kinds of resources. The word of a kind is the name of the resource type.
    pub(crate) enum ResourceKind {
        User = "User",
        Group = "Group",
    }
}

impl ResourceKind {
    /// Returns the path of the list, below the service's address.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// Returns the URN of the core schema.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }
}

word_enum! {
    /// The detail error keywords of RFC 7644, section 3.12.
    pub(crate) enum ScimType {
        /// The filter cannot be parsed or is not supported.
        InvalidFilter = "invalidFilter",
        /// The body does not have the required form.
        InvalidSyntax = "invalidSyntax",
        /// The path of a PATCH cannot be parsed or names no attribute.
        InvalidPath = "invalidPath",
        /// The path of a `remove` is missing, or a `replace` selects nothing.
        NoTarget = "noTarget",
        /// A value is missing, or is not one that the attribute can have.
        InvalidValue = "invalidValue",
        /// The attribute cannot be written.
        Mutability = "mutability",
        /// The value belongs to another resource.
        Uniqueness = "uniqueness",
    }
}

/// The reason why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct ScimRefusal {
    pub(crate) status: u16,
    /// The keyword of the RFC; `None` where the RFC has none.
    pub(crate) scim_type: Option<ScimType>,
    /// A lower-case fragment.
    pub(crate) detail: String,
}

/// A value, or why the request is not carried out.
pub(crate) type ScimOutcome<T> = Result<T, ScimRefusal>;

impl ScimRefusal {
    /// Builds a refusal that the RFC has a keyword for.
    pub(crate) fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let status = if scim_type == ScimType::Uniqueness { 409 } else { 400 };
        Self { status, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// Builds a refusal that the RFC has no keyword for.
    pub(crate) fn with_status(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// Returns the body of the answer.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"schemas": [ERROR], "status": self.status.to_string(), "detail": self.detail});
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.as_str().into();
        }
        body
    }
}

/// Builds one page of a list. `start` is the number of the first row, counted from 1.
pub(crate) fn list_response(resources: Vec<Value>, total: usize, start: usize) -> Value {
    json!({
        "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// Returns the key under which `object` has the member `name`. Names are compared without case (RFC 7643,
/// section 2.1).
pub(crate) fn member_key<'o>(object: &'o JsonObject, name: &str) -> Option<&'o str> {
    object
        .get_key_value(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
        .map(|(key, _)| key.as_str())
}

/// Returns the value of the member `name`. Names are compared without case (RFC 7643, section 2.1).
pub(crate) fn get_member<'o>(object: &'o JsonObject, name: &str) -> Option<&'o Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Whether a value counts as unassigned (RFC 7643, section 2.5).
pub(crate) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.values().all(is_unassigned),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
