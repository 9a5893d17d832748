//! The discovery answers of a service: its configuration, resource types and schemas (RFC 7644, section 4).

use serde_json::{Value, json};

use super::attributes::{self, AttributeKind, Mutability, ScimAttribute, ScimSchema};
use super::{ResourceKind, ScimProfile};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Describes what the service supports. `base` is the service's address, `most` the most rows of a page.
pub(crate) fn provider_config(base: &str, most: usize) -> Value {
    let no = json!({"supported": false});
    json!({
        "schemas": [CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": most},
        "changePassword": no,
        "sort": no,
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "OAuth bearer token",
            "description": "Client credentials (RFC 6749, section 4.4)",
            "specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig")},
    })
}

/// Describes the kinds of resources.
pub(crate) fn resource_types(profile: ScimProfile, base: &str) -> Vec<Value> {
    ResourceKind::ALL.into_iter().map(|resource| resource_type(profile, resource, base)).collect()
}

fn resource_type(profile: ScimProfile, resource: ResourceKind, base: &str) -> Value {
    let (core, extensions) = attributes::schemas(profile, resource);
    let name = resource.as_str();
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "description": core.description,
        "endpoint": resource.path(),
        "schema": core.id,
        "schemaExtensions": extensions
            .iter()
            .map(|extension| json!({"schema": extension.id, "required": false}))
            .collect::<Vec<_>>(),
        "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}")},
    })
}

/// Describes all schemas.
pub(crate) fn schemas(profile: ScimProfile, base: &str) -> Vec<Value> {
    ResourceKind::ALL
        .into_iter()
        .map(|resource| attributes::schemas(profile, resource))
        .flat_map(|(core, extensions)| std::iter::once(core).chain(extensions.iter().copied()))
        .map(|known| schema_json(&known, base))
        .collect()
}

fn schema_json(schema: &ScimSchema, base: &str) -> Value {
    let ScimSchema { id, name, description, attributes } = schema;
    json!({
        "schemas": [SCHEMA],
        "id": id,
        "name": name,
        "description": description,
        "attributes": attributes.iter().map(attribute_json).collect::<Vec<_>>(),
        "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{id}")},
    })
}

fn attribute_json(attribute: &ScimAttribute) -> Value {
    let ScimAttribute { name, description, kind, many, required, unique, mutability, canonical, on_request } =
        attribute;
    let mut value = json!({
        "name": name,
        "description": description,
        "type": match kind {
            AttributeKind::Text | AttributeKind::Exact => "string",
            AttributeKind::Boolean => "boolean",
            AttributeKind::DateTime => "dateTime",
            AttributeKind::Reference(_) => "reference",
            AttributeKind::Complex(_) => "complex",
        },
        "multiValued": many,
        "required": required,
        "caseExact": attribute.is_case_exact(),
        "mutability": match mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::ReadOnly => "readOnly",
            Mutability::Immutable => "immutable",
        },
        "returned": if *on_request { "request" } else { "default" },
        "uniqueness": if *unique { "server" } else { "none" },
    });
    match kind {
        AttributeKind::Complex(parts) => value["subAttributes"] = parts.iter().map(attribute_json).collect(),
        AttributeKind::Reference(types) => value["referenceTypes"] = (*types).into(),
        AttributeKind::Text | AttributeKind::Exact | AttributeKind::Boolean | AttributeKind::DateTime => {}
    }
    let words = canonical.words();
    if !words.is_empty() {
        value["canonicalValues"] = words.into();
    }
    value
}
