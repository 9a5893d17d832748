//! Which attributes a service has: what its schemas tell, and where it tells none, what its resources show.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::scim::{BENTLEY_USER, JsonObject, ResourceKind, get_member};

/// The attributes of a service, as far as it tells.
#[derive(Debug, Clone, Default)]
pub(super) enum ServiceSchemas {
    /// It tells nothing: what RFC 7643 has is believed to be there.
    #[default]
    Untold,
    /// By URN, in lower case.
    Told(BTreeMap<String, ServiceAttributes>),
}

/// Attributes by name, in lower case.
pub(super) type ServiceAttributes = BTreeMap<String, ServiceAttribute>;

/// What is told of one attribute.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceAttribute {
    required: bool,
    writable: bool,
    /// Whether it is ever told.
    returned: bool,
    parts: ServiceAttributes,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttributeSupport {
    /// It is told to be there, and to be written.
    Yes,
    /// It is told not to be there, or not to be written.
    No,
    /// Nothing is told.
    Untold,
}

/// Where a value stands in a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AttributePath {
    /// The extension; none for the core.
    pub(super) urn: Option<&'static str>,
    /// The attribute.
    pub(super) name: &'static str,
    /// A part of it.
    pub(super) part: Option<&'static str>,
}

impl AttributePath {
    /// An attribute of the core.
    pub(super) const fn core(name: &'static str) -> Self {
        Self { urn: None, name, part: None }
    }

    /// A part of an attribute of the core.
    pub(super) const fn part(name: &'static str, part: &'static str) -> Self {
        Self { urn: None, name, part: Some(part) }
    }

    /// An attribute of an extension.
    pub(super) const fn extension(urn: &'static str, name: &'static str) -> Self {
        Self { urn: Some(urn), name, part: None }
    }
}

impl std::fmt::Display for AttributePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.urn.iter().try_for_each(|urn| write!(f, "{urn}:"))?;
        f.write_str(self.name)?;
        self.part.iter().try_for_each(|part| write!(f, ".{part}"))
    }
}

impl ServiceSchemas {
    /// From the rows of `/Schemas`; without the core user among them they tell nothing.
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

    /// The URNs of what is not of the core.
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
            // Services that leave parts out mean those of the RFC.
            Some(part) if !attribute.parts.is_empty() => attribute.parts.get(&part.to_ascii_lowercase()),
            Some(_) | None => Some(attribute),
        }
    }

    /// Whether a resource has the attribute, to be written.
    pub(super) fn attribute_support(&self, resource: ResourceKind, path: AttributePath) -> AttributeSupport {
        match (self, path.urn) {
            // Of extensions nobody is expected to have any.
            (Self::Untold, Some(_)) => AttributeSupport::No,
            (Self::Untold, None) => AttributeSupport::Untold,
            (Self::Told(_), _) if self.find(resource, path).is_some_and(|known| known.writable) => {
                AttributeSupport::Yes
            }
            (Self::Told(_), _) => AttributeSupport::No,
        }
    }

    /// Whether the attribute must be there, beyond what the RFC asks for.
    pub(super) fn requires(&self, resource: ResourceKind, path: AttributePath) -> bool {
        self.find(resource, path).is_some_and(|known| known.required)
    }

    /// Whether the attribute is told to be kept to itself by the service.
    pub(super) fn hides(&self, resource: ResourceKind, path: AttributePath) -> bool {
        self.find(resource, path).is_some_and(|known| !known.returned)
    }

    /// Whether this is Bentley's user provisioning.
    pub(super) fn is_bentley(&self) -> bool {
        self.attributes(ResourceKind::User, Some(BENTLEY_USER)).is_some()
    }

    /// What of `body` the service has attributes for: what it does not know, some services refuse.
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
        other => other,
    }
}

fn fit_parts(known: &ServiceAttributes, inner: &JsonObject) -> JsonObject {
    let fit = |(name, value): (&String, &Value)| {
        known.get(&name.to_ascii_lowercase()).map(|part| (name.clone(), fit_value(part, value.clone())))
    };
    inner.iter().filter_map(fit).collect()
}

/// Deeper than the RFC lets parts be nested.
fn parse_attributes(told: &Value) -> ServiceAttributes {
    let word = |object: &JsonObject, name: &str| {
        get_member(object, name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
    };
    let attribute = |told: &Value| {
        let told = told.as_object()?;
        let name = get_member(told, "name")?.as_str()?.to_ascii_lowercase();
        let known = ServiceAttribute {
            required: get_member(told, "required") == Some(&Value::Bool(true)),
            writable: word(told, "mutability") != "readonly",
            returned: word(told, "returned") != "never",
            parts: get_member(told, "subAttributes").map(parse_attributes).unwrap_or_default(),
        };
        Some((name, known))
    };
    told.as_array().into_iter().flatten().filter_map(attribute).collect()
}
