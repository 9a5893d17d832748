//! What a service says of itself, which is looked at and not relied upon (RFC 7644, section 4).
//!
//! Any part may be missing, refused, or wrong: then the RFC's own names are taken, and what is asked for is
//! checked when it comes.

use reqwest::Url;
use serde_json::Value;

use super::list::with;
use super::schema::{Has, Path, Schemas};
use crate::connector::transport::{Failure, Transport};
use crate::wire::scim::{Object, Profile, Resource, SEATWISE_USER, discovery, get};

/// What is known of a service.
#[derive(Debug)]
pub(super) struct Service {
    users: Url,
    /// None where it says that it has no groups.
    groups: Option<Url>,
    /// Whether resources are changed in part.
    pub(super) patches: bool,
    /// Whether `If-Match` means something.
    pub(super) versions: bool,
    /// The most rows of a page.
    pub(super) most: Option<usize>,
    /// Its attributes.
    pub(super) schemas: Schemas,
}

/// How often is asked before it is done without.
const TRIES: u32 = 3;

impl Service {
    /// Asks the service. Fails only where it cannot be spoken with at all.
    pub(super) async fn ask(transport: &Transport) -> Result<Self, Failure> {
        let (config, types, schemas) = tokio::join!(
            told(transport, "/ServiceProviderConfig"),
            told(transport, "/ResourceTypes"),
            told(transport, "/Schemas")
        );
        let config = config?.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        let (types, schemas) = (rows(types?), Schemas::of(&rows(schemas?)));
        let supported = |name: &str| get(get(&config, name)?.as_object()?, "supported").map(is_true);
        let most = get(&config, "filter")
            .and_then(Value::as_object)
            .and_then(|filter| get(filter, "maxResults")?.as_u64());
        let endpoint = |resource: Resource| endpoint(transport, &types, resource);
        let mut service = Self {
            users: endpoint(Resource::User).unwrap_or_else(|| transport.url(Resource::User.path())),
            groups: match endpoint(Resource::Group) {
                // Who tells of users alone has no groups.
                None if endpoint(Resource::User).is_some() => None,
                told => Some(told.unwrap_or_else(|| transport.url(Resource::Group.path()))),
            },
            patches: supported("patch").unwrap_or(true),
            versions: supported("etag").unwrap_or(false),
            most: most.and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0),
            schemas,
        };
        if matches!(service.schemas, Schemas::Untold) {
            service.schemas = service.shown(transport).await?;
        }
        Ok(service)
    }

    /// The schemas of a service that does not tell them, where one of its resources says whose it is.
    async fn shown(&self, transport: &Transport) -> Result<Schemas, Failure> {
        for list in [Some(&self.users), self.groups.as_ref()].into_iter().flatten() {
            let one = with(list, &[("startIndex", "1".to_owned()), ("count", "1".to_owned())]);
            let said = told_at(transport, &one).await?;
            let row = said
                .as_ref()
                .and_then(|page| get(page.as_object()?, "Resources")?.as_array()?.first()?.as_object());
            let urns = row.and_then(|row| get(row, "schemas")?.as_array().cloned()).unwrap_or_default();
            for profile in Profile::ALL {
                let known = Schemas::of(&discovery::schemas(profile, ""));
                if known.extensions().any(|urn| {
                    urns.iter().filter_map(Value::as_str).any(|shown| shown.eq_ignore_ascii_case(urn))
                }) {
                    return Ok(known);
                }
            }
        }
        Ok(Schemas::Untold)
    }

    /// Where a kind of resources is listed.
    pub(super) fn list(&self, resource: Resource) -> Option<&Url> {
        match resource {
            Resource::User => Some(&self.users),
            Resource::Group => self.groups.as_ref(),
        }
    }

    /// Where one resource is.
    pub(super) fn place(&self, resource: Resource, id: &str) -> Option<Url> {
        let mut url = self.list(resource)?.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push(id);
        url.query_pairs_mut().extend_pairs(self.told(resource));
        if url.query() == Some("") {
            url.set_query(None);
        }
        Some(url)
    }

    /// What must be asked for by name, as it is not told otherwise.
    pub(super) fn told(&self, resource: Resource) -> Option<(&'static str, String)> {
        let state = Path::of(SEATWISE_USER, "entitlementCountry");
        if resource != Resource::User || self.schemas.has(resource, state) != Has::Yes {
            return None;
        }
        let own = ["state", "entitlementCountry", "licences"]
            .map(|name| format!("{SEATWISE_USER}:{name}"))
            .join(",");
        Some((
            "attributes",
            format!(
                "userName,externalId,name,displayName,active,emails,addresses,groups,roles,entitlements,meta,\
                {own}"
            ),
        ))
    }
}

/// A part of what the service says of itself, if it says it.
async fn told(transport: &Transport, path: &str) -> Result<Option<Value>, Failure> {
    told_at(transport, &transport.url(path)).await
}

async fn told_at(transport: &Transport, url: &Url) -> Result<Option<Value>, Failure> {
    match transport.get_within(url, TRIES).await {
        Ok(answer) => Ok(serde_json::from_slice(&answer.body).ok()),
        Err(Failure::Said { .. } | Failure::Foreign(_)) => Ok(None),
        Err(
            failure @ (Failure::NoToken(_) | Failure::TokenLater(_) | Failure::NotSent(_) | Failure::Lost(_)),
        ) => Err(failure),
    }
}

/// The rows of a list, which some services forget to wrap. A list that is shorter than it says tells nothing.
fn rows(said: Option<Value>) -> Vec<Value> {
    match said {
        Some(Value::Array(rows)) => rows,
        Some(Value::Object(page)) => {
            let rows = get(&page, "Resources").and_then(Value::as_array).cloned().unwrap_or_default();
            let total = get(&page, "totalResults").and_then(Value::as_u64);
            if total.is_none_or(|total| total <= rows.len() as u64) { rows } else { Vec::new() }
        }
        Some(_) | None => Vec::new(),
    }
}

fn endpoint(transport: &Transport, types: &[Value], resource: Resource) -> Option<Url> {
    let is_it = |told: &&Object| {
        let same = |name: &str, word: &str| {
            get(told, name).and_then(Value::as_str).is_some_and(|said| said.eq_ignore_ascii_case(word))
        };
        same("schema", resource.schema()) || same("name", resource.as_str()) || same("id", resource.as_str())
    };
    let told = types.iter().filter_map(Value::as_object).find(is_it)?;
    let endpoint = get(told, "endpoint")?.as_str()?.trim_end_matches('/');
    // An address on another host would have the token sent there.
    Some(transport.named(endpoint).unwrap_or_else(|| transport.url(resource.path())))
}

/// Whether a value says yes: some services write their booleans as text.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::String(word) => word.eq_ignore_ascii_case("true"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}
