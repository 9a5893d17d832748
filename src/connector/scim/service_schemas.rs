//! The attributes of a service, as its schemas declare them. Where it declares none, its resources show which
//! attributes it has.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::scim::person::AttributePath;
use crate::wire::scim::{BENTLEY_USER, JsonObject, ResourceKind, get_member};

/// The schemas of a service.
#[derive(Debug, Clone, Default)]
pub(super) enum ServiceSchemas {
    /// The service publishes no schemas, so the attributes of RFC 7643 are assumed to exist.
    #[default]
    Untold,
    /// The attributes of each schema, by URN in lower case.
    Told(BTreeMap<String, ServiceAttributes>),
}

/// Attributes by name, in lower case.
pub(super) type ServiceAttributes = BTreeMap<String, ServiceAttribute>;

/// What a schema declares about one attribute.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceAttribute {
    required: bool,
    writable: bool,
    /// Whether answers ever contain the attribute.
    returned: bool,
    parts: ServiceAttributes,
}

/// Whether a service has an attribute that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttributeSupport {
    /// The service declares the attribute, and it can be written.
    Yes,
    /// The service does not have the attribute, or it cannot be written.
    No,
    /// The service publishes no schemas.
    Untold,
}

impl ServiceSchemas {
    /// Parses the rows of `/Schemas`. Rows without the core user count as no schemas.
    pub(super) fn parse(rows: &[Value]) -> Self {
        let schema = |row: &Value| {
            let row = row.as_object()?;
            Some((
                get_member(row, "id")?.as_str()?.to_ascii_lowercase(),
                parse_attributes(get_member(row, "attributes")?),
            ))
        };
        let told: BTreeMap<String, ServiceAttributes> = rows.iter().filter_map(schema).collect();
        let is_whole =
            told.get(&ResourceKind::User.schema().to_ascii_lowercase()).is_some_and(|core| !core.is_empty());
        if is_whole { Self::Told(told) } else { Self::Untold }
    }

    /// Returns the URNs of all schemas except the core ones.
    pub(super) fn extensions(&self) -> impl Iterator<Item = &str> {
        let told = match self {
            Self::Untold => None,
            Self::Told(told) => Some(told.keys()),
        };
        let is_core =
            |urn: &&str| ResourceKind::ALL.iter().any(|resource| urn.eq_ignore_ascii_case(resource.schema()));
        told.into_iter().flatten().map(String::as_str).filter(move |urn| !is_core(urn))
    }

    fn attributes(&self, resource: ResourceKind, urn: Option<&str>) -> Option<&ServiceAttributes> {
        match self {
            Self::Untold => None,
            Self::Told(told) => told.get(&urn.unwrap_or(resource.schema()).to_ascii_lowercase()),
        }
    }

    fn find(&self, resource: ResourceKind, path: AttributePath) -> Option<&ServiceAttribute> {
        let attribute = self.attributes(resource, path.urn)?.get(&path.name.to_ascii_lowercase())?;
        match path.part {
            // Where a schema declares no parts, the parts of the RFC are assumed.
            Some(part) if !attribute.parts.is_empty() => attribute.parts.get(&part.to_ascii_lowercase()),
            Some(_) | None => Some(attribute),
        }
    }

    /// Whether resources of this kind have the attribute, and it can be written.
    pub(super) fn attribute_support(&self, resource: ResourceKind, path: AttributePath) -> AttributeSupport {
        match (self, path.urn) {
            // Without schemas, no extension is assumed.
            (Self::Untold, Some(_)) => AttributeSupport::No,
            (Self::Untold, None) => AttributeSupport::Untold,
            (Self::Told(_), _) if self.find(resource, path).is_some_and(|known| known.writable) => {
                AttributeSupport::Yes
            }
            (Self::Told(_), _) => AttributeSupport::No,
        }
    }

    /// Whether the service declares the attribute as required, beyond what the RFC requires.
    pub(super) fn requires(&self, resource: ResourceKind, path: AttributePath) -> bool {
        self.find(resource, path).is_some_and(|known| known.required)
    }

    /// Whether the service declares that answers never contain the attribute.
    pub(super) fn hides(&self, resource: ResourceKind, path: AttributePath) -> bool {
        self.find(resource, path).is_some_and(|known| !known.returned)
    }

    /// Whether the service is Bentley's user provisioning.
    pub(super) fn is_bentley(&self) -> bool {
        self.attributes(ResourceKind::User, Some(BENTLEY_USER)).is_some()
    }

    /// Removes from `body` the attributes that the service does not have, because some services refuse
    /// unknown ones.
    pub(super) fn fit_body(&self, resource: ResourceKind, body: JsonObject) -> JsonObject {
        let Some(core) = self.attributes(resource, None) else { return body };
        let fit = |(name, value): (String, Value)| match self.attributes(resource, Some(&name)) {
            Some(extension) => {
                value.as_object().map(|inner| (name, Value::Object(fit_parts(extension, inner))))
            }
            None if name == "schemas" => Some((name, value)),
            None => {
                let known = core.get(&name.to_ascii_lowercase())?;
                Some((name, fit_value(known, value)))
            }
        };
        body.into_iter().filter_map(fit).collect()
    }
}

fn fit_value(known: &ServiceAttribute, value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| fit_value(known, value)).collect(),
        Value::Object(inner) if !known.parts.is_empty() => Value::Object(fit_parts(&known.parts, &inner)),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            other
        }
    }
}

fn fit_parts(known: &ServiceAttributes, inner: &JsonObject) -> JsonObject {
    let fit = |(name, value): (&String, &Value)| {
        known.get(&name.to_ascii_lowercase()).map(|part| (name.clone(), fit_value(part, value.clone())))
    };
    inner.iter().filter_map(fit).collect()
}

/// Parses the attributes of a schema, and their parts to any depth, although the RFC nests them only once.
fn parse_attributes(declared: &Value) -> ServiceAttributes {
    let word = |object: &JsonObject, name: &str| {
        get_member(object, name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
    };
    let attribute = |declared: &Value| {
        let declared = declared.as_object()?;
        let name = get_member(declared, "name")?.as_str()?.to_ascii_lowercase();
        let known = ServiceAttribute {
            required: get_member(declared, "required") == Some(&Value::Bool(true)),
            writable: word(declared, "mutability") != "readonly",
            returned: word(declared, "returned") != "never",
            parts: get_member(declared, "subAttributes").map(parse_attributes).unwrap_or_default(),
        };
        Some((name, known))
    };
    declared.as_array().into_iter().flatten().filter_map(attribute).collect()
}
