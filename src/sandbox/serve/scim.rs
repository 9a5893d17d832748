//! SCIM 2.0 over HTTP (RFC 7644): the paths of one profile, behind the same tokens, limits and faults as the
//! organization API.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde::Deserialize;
use serde_json::Value;

use super::super::scim::{
    ResourceChange, ResourceEndpoint, ResourceRequestError, ResourceSearch, ResourceWriteRequest,
    ServedResource,
};
use super::ServiceState;
use super::answer;
use super::answer::run_blocking;
use crate::model::LiveId;
use crate::wire::scim::filter::AttributeResolver;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{
    self, JsonObject, ResourceKind, SCIM_JSON, ScimProfile, ScimRefusal, ScimType, discovery,
};
use crate::wire::{DEFAULT_ROWS, LONGEST_REQUEST, MOST_ROWS};

type ScimResult = Result<Response, ApiOrScimRefusal>;

/// A refusal of either kind.
pub(super) enum ApiOrScimRefusal {
    Scim(ScimRefusal),
    Api(answer::ApiRefusal),
}

impl From<ScimRefusal> for ApiOrScimRefusal {
    fn from(refusal: ScimRefusal) -> Self {
        Self::Scim(refusal)
    }
}

impl From<answer::ApiRefusal> for ApiOrScimRefusal {
    fn from(refusal: answer::ApiRefusal) -> Self {
        Self::Api(refusal)
    }
}

impl From<ResourceRequestError> for ApiOrScimRefusal {
    fn from(not_done: ResourceRequestError) -> Self {
        match not_done {
            ResourceRequestError::Refused(refusal) => Self::Scim(refusal),
            ResourceRequestError::Failed(error) => Self::Api(error.into()),
        }
    }
}

impl IntoResponse for ApiOrScimRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::Scim(refusal) => scim_response(
                StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
                &refusal.body(),
            ),
            Self::Api(refusal) => refusal.into_response(),
        }
    }
}

pub(super) fn router(profile: ScimProfile) -> Router<Arc<ServiceState>> {
    let mut router = Router::new()
        .route("/ServiceProviderConfig", get(move |headers, query| get_config(profile, headers, query)))
        .route(
            "/ResourceTypes",
            get(move |headers, query| {
                list_discovery(discovery::resource_types(profile, &base_address(profile, &headers)), query)
            }),
        )
        .route(
            "/ResourceTypes/{id}",
            get(move |headers, id| {
                find_discovery(discovery::resource_types(profile, &base_address(profile, &headers)), id)
            }),
        )
        .route(
            "/Schemas",
            get(move |headers, query| {
                list_discovery(discovery::schemas(profile, &base_address(profile, &headers)), query)
            }),
        )
        .route(
            "/Schemas/{id}",
            get(move |headers, id| {
                find_discovery(discovery::schemas(profile, &base_address(profile, &headers)), id)
            }),
        )
        .route("/Me", any(refuse_endpoint))
        .route("/Bulk", any(refuse_endpoint))
        .route("/.search", any(refuse_endpoint));
    for resource in ResourceKind::ALL {
        let at = ResourceRoute { profile, resource };
        let list = get(move |shared, headers, query| search_by_query(at, shared, headers, query))
            .post(move |shared, headers, query, body| create_resource(at, shared, headers, query, body));
        let one = get(move |shared, headers, id, query| read_resource(at, shared, headers, id, query))
            .put(move |shared, headers, id, query, body| {
                replace_resource(at, shared, headers, id, query, body)
            })
            .patch(move |shared, headers, id, query, body| {
                patch_resource(at, shared, headers, id, query, body)
            })
            .delete(move |shared, headers, id| delete_resource(at, shared, headers, id));
        let searched = post(move |shared, headers, body| search_by_body(at, shared, headers, body));
        router = router.route(&format!("{}/.search", resource.path()), searched);
        router = router.route(resource.path(), list).route(&format!("{}/{{id}}", resource.path()), one);
    }
    router
}

/// Tells refusals of what stands before the profile in the form of SCIM.
pub(super) fn with_scim_refusals(router: Router<Arc<ServiceState>>) -> Router<Arc<ServiceState>> {
    router.layer(from_fn(|request: Request, next: Next| async {
        let response = next.run(request).await;
        let Some((status, detail)) =
            response.extensions().get::<answer::ApiRefusal>().map(answer::ApiRefusal::status_and_detail)
        else {
            return response;
        };
        // An invariant that would break is a bad value here: 422 is not of SCIM.
        let status = if status == 422 { 400 } else { status };
        let body = ScimRefusal::with_status(status, detail).body();
        let (mut parts, _) = response.into_parts();
        parts.status = StatusCode::from_u16(status).unwrap_or(parts.status);
        parts.headers.insert(header::CONTENT_TYPE, SCIM_JSON.parse().expect("the media type is a constant"));
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, body.to_string().into())
    }))
}

/// Which resources of which profile.
#[derive(Debug, Clone, Copy)]
struct ResourceRoute {
    profile: ScimProfile,
    resource: ResourceKind,
}

impl ResourceRoute {
    fn endpoint(self, headers: &HeaderMap) -> ResourceEndpoint {
        ResourceEndpoint {
            profile: self.profile,
            resource: self.resource,
            base: base_address(self.profile, headers),
        }
    }
}

/// Where the client finds the profile: as it called us itself.
fn base_address(profile: ScimProfile, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host: Option<axum::http::uri::Authority> = host.parse().ok();
    let host = host.map_or_else(|| "localhost".to_owned(), |host| host.to_string());
    format!("http://{host}{}", profile.path())
}

fn scim_response(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, SCIM_JSON)], body.to_string()).into_response()
}

fn resource_response(status: StatusCode, at: ServedResource) -> Response {
    let location =
        at.body.get("meta").and_then(|meta| meta["location"].as_str()).unwrap_or_default().to_owned();
    let headers = [(header::ETAG, entity_tag(at.version)), (header::LOCATION, location)];
    (headers, scim_response(status, &Value::Object(at.body))).into_response()
}

fn entity_tag(version: u32) -> String {
    format!("W/\"{version}\"")
}

async fn refuse_endpoint() -> ApiOrScimRefusal {
    ScimRefusal::with_status(501, "this service has no such endpoint").into()
}

async fn get_config(profile: ScimProfile, headers: HeaderMap, query: SearchQueryResult) -> ScimResult {
    refuse_filter(query)?;
    Ok(scim_response(
        StatusCode::OK,
        &discovery::provider_config(&base_address(profile, &headers), MOST_ROWS as usize),
    ))
}

async fn list_discovery(resources: Vec<Value>, query: SearchQueryResult) -> ScimResult {
    refuse_filter(query)?;
    let total = resources.len();
    Ok(scim_response(StatusCode::OK, &scim::list_response(resources, total, 1)))
}

/// Discovery is not filtered (RFC 7644, section 4).
fn refuse_filter(query: SearchQueryResult) -> Result<(), ApiOrScimRefusal> {
    match parse_search_query(query)?.filter {
        Some(_) => {
            Err(ScimRefusal::with_status(403, "what the service says of itself is not filtered").into())
        }
        None => Ok(()),
    }
}

async fn find_discovery(resources: Vec<Value>, Path(id): Path<String>) -> ScimResult {
    let known = resources
        .into_iter()
        .find(|resource| resource["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(&id)));
    known
        .map(|known| scim_response(StatusCode::OK, &known))
        .ok_or_else(|| ScimRefusal::with_status(404, format!("there is no {id}")).into())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SearchParameters {
    filter: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

type SearchQueryResult = Result<Query<SearchParameters>, QueryRejection>;

fn parse_search_query(query: SearchQueryResult) -> Result<SearchParameters, ScimRefusal> {
    Ok(query.map_err(|error| ScimRefusal::new(ScimType::InvalidValue, error.body_text()))?.0)
}

impl SearchParameters {
    fn projection(&self) -> Projection {
        Projection::new(self.attributes.as_deref(), self.excluded_attributes.as_deref())
    }

    /// Numbers below the first are taken as it, and a page is no longer than the service has them (RFC 7644,
    /// section 3.4.2.4).
    fn search(self, kept: ResourceRoute) -> Result<ResourceSearch, ScimRefusal> {
        let number = |text: Option<&str>, name: &str, unsaid: i64| {
            let refused = || ScimRefusal::new(ScimType::InvalidValue, format!("{name} is a number"));
            text.map_or(Ok(unsaid), |text| text.trim().parse::<i64>().map_err(|_| refused()))
        };
        let start = number(self.start_index.as_deref(), "startIndex", 1)?.clamp(1, i64::from(u32::MAX));
        let count = number(self.count.as_deref(), "count", DEFAULT_ROWS.into())?.clamp(0, MOST_ROWS.into());
        let names = AttributeResolver { profile: kept.profile, resource: kept.resource };
        let filter = self.filter.as_deref().map(|text| names.parse(text)).transpose()?;
        let sized = |number: i64| usize::try_from(number).expect("it was made one that fits");
        Ok(ResourceSearch { filter, start: sized(start), count: sized(count), told: self.projection() })
    }
}

async fn search_by_query(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    query: SearchQueryResult,
) -> ScimResult {
    answer_search(kept, shared, &headers, parse_search_query(query)?).await
}

/// The same asked for in a body (RFC 7644, section 3.4.3).
async fn search_by_body(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    sent: ScimBody,
) -> ScimResult {
    let sent = json_object(json_body(&headers, sent)?)?;
    let list = |name: &str| {
        let names = scim::get_member(&sent, name).and_then(Value::as_array)?;
        Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
    };
    let word = |name: &str| match scim::get_member(&sent, name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let parameters = SearchParameters {
        filter: word("filter"),
        start_index: word("startIndex"),
        count: word("count"),
        attributes: list("attributes"),
        excluded_attributes: list("excludedAttributes"),
    };
    answer_search(kept, shared, &headers, parameters).await
}

async fn answer_search(
    kept: ResourceRoute,
    shared: Arc<ServiceState>,
    headers: &HeaderMap,
    parameters: SearchParameters,
) -> ScimResult {
    let search = parameters.search(kept)?;
    let place = kept.endpoint(headers);
    run_scim_blocking(shared, move |shared| {
        let found = shared.store.scim_search(&place, &search)?;
        Ok(scim_response(StatusCode::OK, &scim::list_response(found.resources, found.total, search.start)))
    })
    .await
}

async fn run_scim_blocking(
    shared: Arc<ServiceState>,
    work: impl FnOnce(&ServiceState) -> ScimResult + Send + 'static,
) -> ScimResult {
    run_blocking(shared, |shared| Ok(work(shared))).await?
}

fn parse_identity(id: &str) -> Result<LiveId, ScimRefusal> {
    LiveId::new(id).map_err(|_| ScimRefusal::with_status(404, "there is none with this identity"))
}

async fn read_resource(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: SearchQueryResult,
) -> ScimResult {
    let (told, place) = (parse_search_query(query)?.projection(), kept.endpoint(&headers));
    run_scim_blocking(shared, move |shared| {
        let at = shared.store.scim_get(&place, parse_identity(&id)?.as_str(), &told)?;
        let known =
            headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = known.split(',').any(|one| is_tag_of_version(one, at.version));
        Ok(if known {
            (StatusCode::NOT_MODIFIED, [(header::ETAG, entity_tag(at.version))]).into_response()
        } else {
            resource_response(StatusCode::OK, at)
        })
    })
    .await
}

fn is_tag_of_version(tag: &str, version: u32) -> bool {
    let tag = tag.trim();
    tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == version.to_string()
}

type ScimBody = Result<Bytes, BytesRejection>;

/// The JSON body of a request.
fn json_body(headers: &HeaderMap, body: ScimBody) -> Result<Value, ScimRefusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if ![SCIM_JSON, "application/json"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(ScimRefusal::with_status(415, format!("the body of this path is {SCIM_JSON}")));
    }
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ScimRefusal::with_status(413, format!("at most {LONGEST_REQUEST} bytes"))
        }
        _ => ScimRefusal::new(ScimType::InvalidSyntax, error.body_text()),
    })?;
    serde_json::from_slice(&body)
        .map_err(|error| ScimRefusal::new(ScimType::InvalidSyntax, format!("the body is no JSON: {error}")))
}

fn json_object(value: Value) -> Result<JsonObject, ScimRefusal> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(ScimRefusal::new(ScimType::InvalidSyntax, "the body is no object")),
    }
}

/// The version that `If-Match` names; `*` is any.
fn expected_version(headers: &HeaderMap) -> Result<Option<u32>, ScimRefusal> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = tag.to_str().unwrap_or_default().trim();
    let version =
        tag.trim_start_matches("W/").strip_prefix('"').and_then(|tag| tag.strip_suffix('"')?.parse().ok());
    match version {
        None if tag == "*" => Ok(None),
        None => Err(ScimRefusal::with_status(412, "`If-Match` names no version of this service")),
        Some(version) => Ok(Some(version)),
    }
}

async fn write_resource(
    shared: Arc<ServiceState>,
    place: ResourceEndpoint,
    change: ResourceChange,
    version: Option<u32>,
    told: Projection,
) -> Result<Option<ServedResource>, ApiOrScimRefusal> {
    let written = run_blocking(shared, move |shared| {
        let asked = ResourceWriteRequest { now: (shared.clock)(), change, version };
        Ok(shared.store.scim_write(&place, asked, &told))
    });
    Ok(written.await??)
}

async fn create_resource(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    query: SearchQueryResult,
    sent: ScimBody,
) -> ScimResult {
    let (told, place) = (parse_search_query(query)?.projection(), kept.endpoint(&headers));
    let change = ResourceChange::Create(json_object(json_body(&headers, sent)?)?);
    let at = write_resource(shared, place, change, None, told).await?;
    Ok(at.map_or_else(
        || StatusCode::NO_CONTENT.into_response(),
        |at| resource_response(StatusCode::CREATED, at),
    ))
}

type IdPath = Path<String>;

async fn replace_resource(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    Path(id): IdPath,
    query: SearchQueryResult,
    sent: ScimBody,
) -> ScimResult {
    let (told, place) = (parse_search_query(query)?.projection(), kept.endpoint(&headers));
    let change = ResourceChange::Replace(parse_identity(&id)?, json_object(json_body(&headers, sent)?)?);
    let at = write_resource(shared, place, change, expected_version(&headers)?, told).await?;
    Ok(at.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |at| resource_response(StatusCode::OK, at)))
}

async fn patch_resource(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    Path(id): IdPath,
    query: SearchQueryResult,
    sent: ScimBody,
) -> ScimResult {
    let parameters = parse_search_query(query)?;
    // A group may have many members: who wants to see them all again says so.
    let is_quiet = kept.resource == ResourceKind::Group && parameters.attributes.is_none();
    let (told, place) = (
        if is_quiet { Projection::new(Some("meta"), None) } else { parameters.projection() },
        kept.endpoint(&headers),
    );
    let change = ResourceChange::Patch(parse_identity(&id)?, json_body(&headers, sent)?);
    let at = write_resource(shared, place, change, expected_version(&headers)?, told).await?;
    Ok(match at {
        Some(at) if !is_quiet => resource_response(StatusCode::OK, at),
        at => (StatusCode::NO_CONTENT, [(header::ETAG, entity_tag(at.map_or(0, |at| at.version)))])
            .into_response(),
    })
}

async fn delete_resource(
    kept: ResourceRoute,
    State(shared): State<Arc<ServiceState>>,
    headers: HeaderMap,
    Path(id): IdPath,
) -> ScimResult {
    let (change, version) = (ResourceChange::Delete(parse_identity(&id)?), expected_version(&headers)?);
    write_resource(shared, kept.endpoint(&headers), change, version, Projection::default()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
