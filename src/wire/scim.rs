//! SCIM 2.0 on the wire (RFC 7643, RFC 7644): what the sandbox serves and the `scim` connector speaks. Pure.
//!
//! Resources stay JSON: services have attributes of their own, and what a client does not know must not get
//! lost in its hands. What is known of attributes is one table ([`attributes`]); filters and paths are parsed
//! by `scim_v2`, and mean here what the RFC says.

pub(crate) mod attributes;
pub(crate) mod discovery;
pub(crate) mod filter;
pub(crate) mod patch;
pub(crate) mod projection;

use serde_json::{Map, Value, json};

/// An object of JSON.
pub(crate) type JsonObject = Map<String, Value>;

/// The media type (RFC 7644, section 3.1).
pub(crate) const SCIM_JSON: &str = "application/scim+json";
/// The core user.
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core group.
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// What the organization knows of a user beyond the core.
pub(crate) const SEATWISE_USER: &str = "urn:seatwise:params:scim:schemas:extension:organization:2.0:User";
/// What the organization knows of a group beyond the core.
pub(crate) const SEATWISE_GROUP: &str = "urn:seatwise:params:scim:schemas:extension:organization:2.0:Group";
/// The user extension of Bentley's user provisioning.
pub(crate) const BENTLEY_USER: &str = "urn:ietf:params:scim:schemas:extension:Bentley:2.0:User";
/// The group extension of Bentley's user provisioning.
pub(crate) const BENTLEY_GROUP: &str = "urn:ietf:params:scim:schemas:extension:Bentley:2.0:Group";
/// A page of a list.
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The body of a PATCH.
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The body of a refusal.
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Which attributes a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScimProfile {
    /// What the RFCs have, as far as an organization knows it, with an extension for the rest.
    Standard,
    /// What Bentley's user provisioning has, and nothing else.
    Bentley,
}

impl ScimProfile {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Standard, Self::Bentley];

    /// Where the sandbox serves it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Standard => "/scim/v2",
            Self::Bentley => "/scim/bentley",
        }
    }
}

/// The kinds of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ResourceKind {
    /// People.
    User,
    /// Groups.
    Group,
}

impl ResourceKind {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::User, Self::Group];

    /// Its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Where it is listed.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// Its core schema.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }
}

/// The words of RFC 7644, section 3.12, that say what is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScimType {
    /// The filter cannot be read, or is none of those that are supported.
    InvalidFilter,
    /// The body has not the form that it should.
    InvalidSyntax,
    /// The path of a PATCH cannot be read, or names no attribute.
    InvalidPath,
    /// The path of a `remove` is missing, or a `replace` selects nothing.
    NoTarget,
    /// A value is missing, or not one that the attribute can have.
    InvalidValue,
    /// The attribute cannot be written.
    Mutability,
    /// The value belongs to another resource.
    Uniqueness,
}

impl ScimType {
    /// The word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Mutability => "mutability",
            Self::Uniqueness => "uniqueness",
        }
    }
}

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScimRefusal {
    /// The status of the answer.
    pub(crate) status: u16,
    /// The word of the RFC, where it has one.
    pub(crate) scim_type: Option<ScimType>,
    /// What it is here: a lower-case fragment.
    pub(crate) detail: String,
}

impl ScimRefusal {
    /// A refusal that the RFC has a word for.
    pub(crate) fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let status = if scim_type == ScimType::Uniqueness { 409 } else { 400 };
        Self { status, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// A refusal that it has none for.
    pub(crate) fn with_status(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// The body of the answer.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"schemas": [ERROR], "status": self.status.to_string(), "detail": self.detail});
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.as_str().into();
        }
        body
    }
}

/// One page of a list.
pub(crate) fn list_response(resources: Vec<Value>, total: usize, start: usize) -> Value {
    json!({
        "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// The member of `object` whose name is `name` but for case (RFC 7643, section 2.1), by the name it is there
/// under.
pub(crate) fn member_key<'o>(object: &'o JsonObject, name: &str) -> Option<&'o str> {
    object
        .get_key_value(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
        .map(|(key, _)| key.as_str())
}

/// The value of the member whose name is `name` but for case.
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
