//! SCIM 2.0 over HTTP (RFC 7644): the paths of one profile, behind the same tokens, limits and faults as the
//! API.

mod search_parameters;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::Value;

use super::super::scim::{
    ResourceChange, ResourceEndpoint, ResourceRequestError, ResourceWriteRequest, ServedResource,
};
use super::answer;
use super::answer::{header_text, media_type, run_blocking};
use super::{ServiceState, SharedState};
use crate::model::LiveId;
use crate::wire::scim::filter::AttributeResolver;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{
    self, JsonObject, ResourceKind, SCIM_JSON, ScimProfile, ScimRefusal, ScimType, discovery,
};
use crate::wire::{LONGEST_REQUEST, MOST_ROWS};
use search_parameters::{SearchParameters, SearchQueryResult, parse_search_query};

/// The answer to a request, or a refusal.
type ScimResult = Result<Response, ApiOrScimRefusal>;

/// A refusal in the form of SCIM or of the API.
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

/// What a profile says of itself, at the address of the profile.
type DiscoveryList = fn(ScimProfile, &str) -> Vec<Value>;

/// Returns the paths of a profile, without its prefix.
pub(super) fn router(profile: ScimProfile) -> Router<Arc<ServiceState>> {
    let mut router = Router::new()
        .route("/ServiceProviderConfig", get(move |headers, query| get_config(profile, headers, query)))
        .route("/Me", any(refuse_endpoint))
        .route("/Bulk", any(refuse_endpoint))
        .route("/.search", any(refuse_endpoint));
    let lists: [(_, DiscoveryList); 2] =
        [("/ResourceTypes", discovery::resource_types), ("/Schemas", discovery::schemas)];
    for (path, list) in lists {
        let list = move |headers: HeaderMap| list(profile, &base_address(profile, &headers));
        router = router
            .route(path, get(move |headers, query| list_discovery(list(headers), query)))
            .route(&format!("{path}/{{id}}"), get(move |headers, id| find_discovery(list(headers), id)));
    }
    for resource in ResourceKind::ALL {
        let at = ResourceRoute { profile, resource };
        let list = get(move |parts| search_by_query(at, parts))
            .post(move |parts, body| create_resource(at, parts, body));
        let one = get(move |parts, id| read_resource(at, parts, id))
            .put(move |parts, id, body| replace_resource(at, parts, id, body))
            .patch(move |parts, id, body| patch_resource(at, parts, id, body))
            .delete(move |parts, id| delete_resource(at, parts, id));
        let searched = post(move |parts, body| search_by_body(at, parts, body));
        router = router.route(&format!("{}/.search", resource.path()), searched);
        router = router.route(resource.path(), list).route(&format!("{}/{{id}}", resource.path()), one);
    }
    router
}

/// Writes the refusals of the layers before the profile (token, limit, faults) in the form of SCIM.
pub(super) fn with_scim_refusals(router: Router<Arc<ServiceState>>) -> Router<Arc<ServiceState>> {
    router.layer(from_fn(|request: Request, next: Next| async {
        let response = next.run(request).await;
        let Some((status, detail)) =
            response.extensions().get::<answer::ApiRefusal>().map(answer::ApiRefusal::status_and_detail)
        else {
            return response;
        };
        // SCIM has no status 422: a broken invariant is a bad value there.
        let status = if status == 422 { 400 } else { status };
        let body = ScimRefusal::with_status(status, detail).body();
        let (mut parts, _) = response.into_parts();
        parts.status = StatusCode::from_u16(status).unwrap_or(parts.status);
        parts.headers.insert(header::CONTENT_TYPE, SCIM_JSON.parse().expect("the media type is a constant"));
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, body.to_string().into())
    }))
}

/// The resources of one kind in one profile.
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

/// Returns the address of the profile, with the host name that the client used in the request.
fn base_address(profile: ScimProfile, headers: &HeaderMap) -> String {
    let host: Option<axum::http::uri::Authority> = header_text(headers, header::HOST).parse().ok();
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
    let config = discovery::provider_config(&base_address(profile, &headers), MOST_ROWS as usize);
    Ok(scim_response(StatusCode::OK, &config))
}

async fn list_discovery(resources: Vec<Value>, query: SearchQueryResult) -> ScimResult {
    refuse_filter(query)?;
    let total = resources.len();
    Ok(scim_response(StatusCode::OK, &scim::list_response(resources, total, 1)))
}

/// Refuses a filter in discovery requests (RFC 7644, section 4).
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

/// What every request for resources has: the service, the headers, the query.
type RequestParts = (SharedState, HeaderMap, SearchQueryResult);

/// The identity in the path of a request.
type IdPath = Path<String>;

async fn search_by_query(kept: ResourceRoute, (State(shared), headers, query): RequestParts) -> ScimResult {
    answer_search(kept, shared, &headers, parse_search_query(query)?).await
}

/// Answers a search whose parameters are in the body (RFC 7644, section 3.4.3).
async fn search_by_body(
    kept: ResourceRoute,
    (State(shared), headers, _): RequestParts,
    sent: ScimBody,
) -> ScimResult {
    let sent = json_object(json_body(&headers, sent)?)?;
    answer_search(kept, shared, &headers, SearchParameters::from_body(&sent)).await
}

async fn answer_search(
    kept: ResourceRoute,
    shared: Arc<ServiceState>,
    headers: &HeaderMap,
    parameters: SearchParameters,
) -> ScimResult {
    let names = AttributeResolver { profile: kept.profile, resource: kept.resource };
    let search = parameters.search(names)?;
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
    (State(shared), headers, query): RequestParts,
    Path(id): IdPath,
) -> ScimResult {
    let (told, place) = (parse_search_query(query)?.projection(), kept.endpoint(&headers));
    run_scim_blocking(shared, move |shared| {
        let at = shared.store.scim_get(&place, parse_identity(&id)?.as_str(), &told)?;
        let known = header_text(&headers, header::IF_NONE_MATCH);
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

/// The body of a request, or why it cannot be read.
type ScimBody = Result<Bytes, BytesRejection>;

/// Returns the JSON body of a request.
fn json_body(headers: &HeaderMap, body: ScimBody) -> Result<Value, ScimRefusal> {
    let kind = media_type(headers);
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
    if let Value::Object(object) = value {
        Ok(object)
    } else {
        Err(ScimRefusal::new(ScimType::InvalidSyntax, "the body is no object"))
    }
}

fn expected_version(headers: &HeaderMap) -> Result<Option<u32>, ScimRefusal> {
    answer::expected_version(headers, |tag| tag.trim_start_matches("W/"))
        .map_err(|why| ScimRefusal::with_status(412, why))
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

fn written_response(status: StatusCode, at: Option<ServedResource>) -> Response {
    at.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |at| resource_response(status, at))
}

async fn create_resource(
    kept: ResourceRoute,
    (State(shared), headers, query): RequestParts,
    sent: ScimBody,
) -> ScimResult {
    let (told, place) = (parse_search_query(query)?.projection(), kept.endpoint(&headers));
    let change = ResourceChange::Create(json_object(json_body(&headers, sent)?)?);
    let at = write_resource(shared, place, change, None, told).await?;
    Ok(written_response(StatusCode::CREATED, at))
}

async fn replace_resource(
    kept: ResourceRoute,
    (State(shared), headers, query): RequestParts,
    Path(id): IdPath,
    sent: ScimBody,
) -> ScimResult {
    let (told, place) = (parse_search_query(query)?.projection(), kept.endpoint(&headers));
    let change = ResourceChange::Replace(parse_identity(&id)?, json_object(json_body(&headers, sent)?)?);
    let at = write_resource(shared, place, change, expected_version(&headers)?, told).await?;
    Ok(written_response(StatusCode::OK, at))
}

async fn patch_resource(
    kept: ResourceRoute,
    (State(shared), headers, query): RequestParts,
    Path(id): IdPath,
    sent: ScimBody,
) -> ScimResult {
    let parameters = parse_search_query(query)?;
    // A group may have many members, so a patched group comes back only to a client that asks for attributes.
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
    (State(shared), headers, _): RequestParts,
    Path(id): IdPath,
) -> ScimResult {
    let (change, version) = (ResourceChange::Delete(parse_identity(&id)?), expected_version(&headers)?);
    write_resource(shared, kept.endpoint(&headers), change, version, Projection::default()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
