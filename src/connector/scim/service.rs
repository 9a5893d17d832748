//! The discovery answers of a service, which are used but not relied upon (RFC 7644, section 4).
//!
//! Any part may be missing, refused or wrong. Then the RFC's default paths apply, and the answers to later
//! requests are checked.

use reqwest::Url;
use serde_json::Value;

use super::service_schemas::{AttributeSupport, ServiceSchemas};
use crate::connector::transport::with_query;
use crate::connector::transport::{RequestFailure, Transport};
use crate::object::profile::ProfileField;
use crate::wire::scim::person::PersonAttribute;
use crate::wire::scim::{JsonObject, ResourceKind, ScimProfile, attributes, discovery, get_member};

/// What is known of a service.
#[derive(Debug)]
pub(super) struct ScimService {
    users: Url,
    /// `None` where the service declares that it has no groups.
    groups: Option<Url>,
    /// Whether the service supports PATCH.
    pub(super) patches: bool,
    /// Whether the service supports `If-Match`.
    pub(super) versions: bool,
    /// The most rows of a page; `None` where the service declares no limit.
    pub(super) most: Option<usize>,
    pub(super) schemas: ServiceSchemas,
}

/// The number of tries of a discovery request.
const TRIES: u32 = 3;

impl ScimService {
    /// Asks the service for its configuration, resource types and schemas. Fails only where the service
    /// cannot be reached at all.
    pub(super) async fn ask(transport: &Transport) -> Result<Self, RequestFailure> {
        let (config, types, schemas) = tokio::join!(
            fetch_discovery(transport, "/ServiceProviderConfig"),
            fetch_discovery(transport, "/ResourceTypes"),
            fetch_discovery(transport, "/Schemas")
        );
        let config = config?.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        let (types, schemas) = (list_rows(types?), ServiceSchemas::parse(&list_rows(schemas?)));
        let supported =
            |name: &str| get_member(get_member(&config, name)?.as_object()?, "supported").map(is_true);
        let most = get_member(&config, "filter")
            .and_then(Value::as_object)
            .and_then(|filter| get_member(filter, "maxResults")?.as_u64());
        let endpoint = |resource: ResourceKind| endpoint_url(transport, &types, resource);
        let mut service = Self {
            users: endpoint(ResourceKind::User).unwrap_or_else(|| transport.url(ResourceKind::User.path())),
            groups: match endpoint(ResourceKind::Group) {
                // A service that declares users only has no groups.
                None if endpoint(ResourceKind::User).is_some() => None,
                declared => Some(declared.unwrap_or_else(|| transport.url(ResourceKind::Group.path()))),
            },
            patches: supported("patch").unwrap_or(true),
            versions: supported("etag").unwrap_or(false),
            most: most.and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0),
            schemas,
        };
        if matches!(service.schemas, ServiceSchemas::Untold) {
            service.schemas = service.infer_schemas(transport).await?;
        }
        Ok(service)
    }

    /// Infers the schemas of a service that does not publish them, where the `schemas` of one of its
    /// resources name a known extension.
    async fn infer_schemas(&self, transport: &Transport) -> Result<ServiceSchemas, RequestFailure> {
        for list in [Some(&self.users), self.groups.as_ref()].into_iter().flatten() {
            let first = with_query(list, &[("startIndex", "1".to_owned()), ("count", "1".to_owned())]);
            let page = fetch_discovery_url(transport, &first).await?;
            let row = page.as_ref().and_then(|page| {
                get_member(page.as_object()?, "Resources")?.as_array()?.first()?.as_object()
            });
            let urns =
                row.and_then(|row| get_member(row, "schemas")?.as_array().cloned()).unwrap_or_default();
            for profile in ScimProfile::ALL {
                let known = ServiceSchemas::parse(&discovery::schemas(profile, ""));
                if known.extensions().any(|urn| {
                    urns.iter().filter_map(Value::as_str).any(|shown| shown.eq_ignore_ascii_case(urn))
                }) {
                    return Ok(known);
                }
            }
        }
        Ok(ServiceSchemas::Untold)
    }

    /// Returns the address of the list of a kind of resources; `None` where the service has no such list.
    pub(super) fn list_url(&self, resource: ResourceKind) -> Option<&Url> {
        match resource {
            ResourceKind::User => Some(&self.users),
            ResourceKind::Group => self.groups.as_ref(),
        }
    }

    /// Returns the address of one resource; `None` where the service has no such list.
    pub(super) fn resource_url(&self, resource: ResourceKind, id: &str) -> Option<Url> {
        let mut url = self.list_url(resource)?.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push(id);
        url.query_pairs_mut().extend_pairs(self.attributes_parameter(resource));
        if url.query() == Some("") {
            url.set_query(None);
        }
        Some(url)
    }

    /// Returns the `attributes` parameter for attributes that answers contain only on request; `None` where
    /// none is needed.
    pub(super) fn attributes_parameter(&self, resource: ResourceKind) -> Option<(&'static str, String)> {
        let own = PersonAttribute::from_field(ProfileField::EntitlementCountry).path();
        if resource != ResourceKind::User
            || self.schemas.attribute_support(resource, own) != AttributeSupport::Yes
        {
            return None;
        }
        let (_, extensions) = attributes::schemas(ScimProfile::Standard, resource);
        let known = extensions
            .iter()
            .filter(|extension| self.schemas.extensions().any(|urn| urn.eq_ignore_ascii_case(extension.id)));
        let own = known.flat_map(|extension| {
            extension.attributes.iter().map(|attribute| format!("{}:{}", extension.id, attribute.name))
        });
        let own = own.collect::<Vec<_>>().join(",");
        Some((
            "attributes",
            format!(
                "userName,externalId,name,displayName,active,emails,addresses,groups,roles,entitlements,meta,\
                {own}"
            ),
        ))
    }
}

/// Fetches one of the discovery answers; `None` where the service refuses it or sends something else.
async fn fetch_discovery(transport: &Transport, path: &str) -> Result<Option<Value>, RequestFailure> {
    fetch_discovery_url(transport, &transport.url(path)).await
}

async fn fetch_discovery_url(transport: &Transport, url: &Url) -> Result<Option<Value>, RequestFailure> {
    match transport.get_with_tries(url, TRIES).await {
        Ok(answer) => Ok(serde_json::from_slice(&answer.body).ok()),
        Err(RequestFailure::Said { .. } | RequestFailure::Foreign(_)) => Ok(None),
        Err(
            failure @ (RequestFailure::NoToken(_)
            | RequestFailure::TokenLater(_)
            | RequestFailure::NotSent(_)
            | RequestFailure::Untrusted(_)
            | RequestFailure::Lost(_)),
        ) => Err(failure),
    }
}

/// Returns the rows of a list, which some services send without its envelope. A list that is shorter than its
/// total is treated as empty.
fn list_rows(answer: Option<Value>) -> Vec<Value> {
    match answer {
        Some(Value::Array(rows)) => rows,
        Some(Value::Object(page)) => {
            let rows = get_member(&page, "Resources").and_then(Value::as_array).cloned().unwrap_or_default();
            let total = get_member(&page, "totalResults").and_then(Value::as_u64);
            if total.is_none_or(|total| total <= rows.len() as u64) { rows } else { Vec::new() }
        }
        Some(_) | None => Vec::new(),
    }
}

fn endpoint_url(transport: &Transport, types: &[Value], resource: ResourceKind) -> Option<Url> {
    let is_wanted = |declared: &&JsonObject| {
        let same = |name: &str, word: &str| {
            get_member(declared, name)
                .and_then(Value::as_str)
                .is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        same("schema", resource.schema()) || same("name", resource.as_str()) || same("id", resource.as_str())
    };
    let declared = types.iter().filter_map(Value::as_object).find(is_wanted)?;
    let endpoint = get_member(declared, "endpoint")?.as_str()?.trim_end_matches('/');
    // The token must not be sent to an address on another host.
    Some(transport.resolve_url(endpoint).unwrap_or_else(|| transport.url(resource.path())))
}

/// Whether a value is true; some services send booleans as text.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::String(word) => word.eq_ignore_ascii_case("true"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}
