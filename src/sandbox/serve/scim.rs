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

use super::super::scim::{Asked, At, Change, NotDone, Place, Search};
use super::Shared;
use super::answer;
use super::routes::blocking;
use crate::model::LiveId;
use crate::wire::scim::filter::AttributeResolver;
use crate::wire::scim::project::Projection;
use crate::wire::scim::{
    self, JsonObject, ResourceKind, SCIM_JSON, ScimProfile, ScimRefusal, ScimType, discovery,
};
use crate::wire::{DEFAULT_ROWS, LONGEST_REQUEST, MOST_ROWS};

type Answer = Result<Response, Told>;

/// A refusal of either kind.
pub(super) enum Told {
    Scim(ScimRefusal),
    Api(answer::Refusal),
}

impl From<ScimRefusal> for Told {
    fn from(refusal: ScimRefusal) -> Self {
        Self::Scim(refusal)
    }
}

impl From<answer::Refusal> for Told {
    fn from(refusal: answer::Refusal) -> Self {
        Self::Api(refusal)
    }
}

impl From<NotDone> for Told {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::Refused(refusal) => Self::Scim(refusal),
            NotDone::Failed(error) => Self::Api(error.into()),
        }
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        match self {
            Self::Scim(refusal) => {
                said(StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST), &refusal.body())
            }
            Self::Api(refusal) => refusal.into_response(),
        }
    }
}

pub(super) fn router(profile: ScimProfile) -> Router<Arc<Shared>> {
    let mut router = Router::new()
        .route("/ServiceProviderConfig", get(move |headers, query| config(profile, headers, query)))
        .route(
            "/ResourceTypes",
            get(move |headers, query| {
                all(discovery::resource_types(profile, &base(profile, &headers)), query)
            }),
        )
        .route(
            "/ResourceTypes/{id}",
            get(move |headers, id| one_of(discovery::resource_types(profile, &base(profile, &headers)), id)),
        )
        .route(
            "/Schemas",
            get(move |headers, query| all(discovery::schemas(profile, &base(profile, &headers)), query)),
        )
        .route(
            "/Schemas/{id}",
            get(move |headers, id| one_of(discovery::schemas(profile, &base(profile, &headers)), id)),
        )
        .route("/Me", any(not_here))
        .route("/Bulk", any(not_here))
        .route("/.search", any(not_here));
    for resource in ResourceKind::ALL {
        let at = Kept { profile, resource };
        let list = get(move |shared, headers, query| search(at, shared, headers, query))
            .post(move |shared, headers, query, body| create(at, shared, headers, query, body));
        let one = get(move |shared, headers, id, query| read(at, shared, headers, id, query))
            .put(move |shared, headers, id, query, body| replace(at, shared, headers, id, query, body))
            .patch(move |shared, headers, id, query, body| patch(at, shared, headers, id, query, body))
            .delete(move |shared, headers, id| delete(at, shared, headers, id));
        let searched = post(move |shared, headers, body| search_for(at, shared, headers, body));
        router = router.route(&format!("{}/.search", resource.path()), searched);
        router = router.route(resource.path(), list).route(&format!("{}/{{id}}", resource.path()), one);
    }
    router
}

/// Tells refusals of what stands before the profile in the form of SCIM.
pub(super) fn told(router: Router<Arc<Shared>>) -> Router<Arc<Shared>> {
    router.layer(from_fn(|request: Request, next: Next| async {
        let response = next.run(request).await;
        let Some((status, detail)) =
            response.extensions().get::<answer::Refusal>().map(answer::Refusal::said)
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
struct Kept {
    profile: ScimProfile,
    resource: ResourceKind,
}

impl Kept {
    fn place(self, headers: &HeaderMap) -> Place {
        Place { profile: self.profile, resource: self.resource, base: base(self.profile, headers) }
    }
}

/// Where the client finds the profile: as it called us itself.
fn base(profile: ScimProfile, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host: Option<axum::http::uri::Authority> = host.parse().ok();
    let host = host.map_or_else(|| "localhost".to_owned(), |host| host.to_string());
    format!("http://{host}{}", profile.path())
}

fn said(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, SCIM_JSON)], body.to_string()).into_response()
}

fn shown(status: StatusCode, at: At) -> Response {
    let location =
        at.body.get("meta").and_then(|meta| meta["location"].as_str()).unwrap_or_default().to_owned();
    let headers = [(header::ETAG, tag(at.version)), (header::LOCATION, location)];
    (headers, said(status, &Value::Object(at.body))).into_response()
}

fn tag(version: u32) -> String {
    format!("W/\"{version}\"")
}

async fn not_here() -> Told {
    ScimRefusal::with_status(501, "this service has no such endpoint").into()
}

async fn config(profile: ScimProfile, headers: HeaderMap, query: Asking) -> Answer {
    unfiltered(query)?;
    Ok(said(StatusCode::OK, &discovery::provider_config(&base(profile, &headers), MOST_ROWS as usize)))
}

async fn all(resources: Vec<Value>, query: Asking) -> Answer {
    unfiltered(query)?;
    let total = resources.len();
    Ok(said(StatusCode::OK, &scim::list_response(resources, total, 1)))
}

/// Discovery is not filtered (RFC 7644, section 4).
fn unfiltered(query: Asking) -> Result<(), Told> {
    match asking(query)?.filter {
        Some(_) => {
            Err(ScimRefusal::with_status(403, "what the service says of itself is not filtered").into())
        }
        None => Ok(()),
    }
}

async fn one_of(resources: Vec<Value>, Path(id): Path<String>) -> Answer {
    let known = resources
        .into_iter()
        .find(|resource| resource["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(&id)));
    known
        .map(|known| said(StatusCode::OK, &known))
        .ok_or_else(|| ScimRefusal::with_status(404, format!("there is no {id}")).into())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    filter: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

type Asking = Result<Query<Parameters>, QueryRejection>;

fn asking(query: Asking) -> Result<Parameters, ScimRefusal> {
    Ok(query.map_err(|error| ScimRefusal::new(ScimType::InvalidValue, error.body_text()))?.0)
}

impl Parameters {
    fn told(&self) -> Projection {
        Projection::new(self.attributes.as_deref(), self.excluded_attributes.as_deref())
    }

    /// Numbers below the first are taken as it, and a page is no longer than the service has them (RFC 7644,
    /// section 3.4.2.4).
    fn search(self, kept: Kept) -> Result<Search, ScimRefusal> {
        let number = |text: Option<&str>, name: &str, unsaid: i64| {
            let refused = || ScimRefusal::new(ScimType::InvalidValue, format!("{name} is a number"));
            text.map_or(Ok(unsaid), |text| text.trim().parse::<i64>().map_err(|_| refused()))
        };
        let start = number(self.start_index.as_deref(), "startIndex", 1)?.clamp(1, i64::from(u32::MAX));
        let count = number(self.count.as_deref(), "count", DEFAULT_ROWS.into())?.clamp(0, MOST_ROWS.into());
        let names = AttributeResolver { profile: kept.profile, resource: kept.resource };
        let filter = self.filter.as_deref().map(|text| names.parse(text)).transpose()?;
        let sized = |number: i64| usize::try_from(number).expect("it was made one that fits");
        Ok(Search { filter, start: sized(start), count: sized(count), told: self.told() })
    }
}

async fn search(kept: Kept, State(shared): State<Arc<Shared>>, headers: HeaderMap, query: Asking) -> Answer {
    found(kept, shared, &headers, asking(query)?).await
}

/// The same asked for in a body (RFC 7644, section 3.4.3).
async fn search_for(kept: Kept, State(shared): State<Arc<Shared>>, headers: HeaderMap, sent: Body) -> Answer {
    let sent = object(body(&headers, sent)?)?;
    let list = |name: &str| {
        let names = scim::get_member(&sent, name).and_then(Value::as_array)?;
        Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
    };
    let word = |name: &str| match scim::get_member(&sent, name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let parameters = Parameters {
        filter: word("filter"),
        start_index: word("startIndex"),
        count: word("count"),
        attributes: list("attributes"),
        excluded_attributes: list("excludedAttributes"),
    };
    found(kept, shared, &headers, parameters).await
}

async fn found(kept: Kept, shared: Arc<Shared>, headers: &HeaderMap, parameters: Parameters) -> Answer {
    let search = parameters.search(kept)?;
    let place = kept.place(headers);
    told_blocking(shared, move |shared| {
        let found = shared.store.scim_search(&place, &search)?;
        Ok(said(StatusCode::OK, &scim::list_response(found.resources, found.total, search.start)))
    })
    .await
}

async fn told_blocking(shared: Arc<Shared>, work: impl FnOnce(&Shared) -> Answer + Send + 'static) -> Answer {
    blocking(shared, |shared| Ok(work(shared))).await?
}

fn identity(id: &str) -> Result<LiveId, ScimRefusal> {
    LiveId::new(id).map_err(|_| ScimRefusal::with_status(404, "there is none with this identity"))
}

async fn read(
    kept: Kept,
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Asking,
) -> Answer {
    let (told, place) = (asking(query)?.told(), kept.place(&headers));
    told_blocking(shared, move |shared| {
        let at = shared.store.scim_get(&place, identity(&id)?.as_str(), &told)?;
        let known =
            headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = known.split(',').any(|one| is_at(one, at.version));
        Ok(if known {
            (StatusCode::NOT_MODIFIED, [(header::ETAG, tag(at.version))]).into_response()
        } else {
            shown(StatusCode::OK, at)
        })
    })
    .await
}

fn is_at(tag: &str, version: u32) -> bool {
    let tag = tag.trim();
    tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == version.to_string()
}

type Body = Result<Bytes, BytesRejection>;

/// The JSON body of a request.
fn body(headers: &HeaderMap, body: Body) -> Result<Value, ScimRefusal> {
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

fn object(value: Value) -> Result<JsonObject, ScimRefusal> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(ScimRefusal::new(ScimType::InvalidSyntax, "the body is no object")),
    }
}

/// The version that `If-Match` names; `*` is any.
fn version(headers: &HeaderMap) -> Result<Option<u32>, ScimRefusal> {
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

async fn write(
    shared: Arc<Shared>,
    place: Place,
    change: Change,
    version: Option<u32>,
    told: Projection,
) -> Result<Option<At>, Told> {
    let written = blocking(shared, move |shared| {
        let asked = Asked { now: (shared.clock)(), change, version };
        Ok(shared.store.scim_write(&place, asked, &told))
    });
    Ok(written.await??)
}

async fn create(
    kept: Kept,
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    query: Asking,
    sent: Body,
) -> Answer {
    let (told, place) = (asking(query)?.told(), kept.place(&headers));
    let change = Change::Create(object(body(&headers, sent)?)?);
    let at = write(shared, place, change, None, told).await?;
    Ok(at.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |at| shown(StatusCode::CREATED, at)))
}

type Id = Path<String>;

async fn replace(
    kept: Kept,
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Id,
    query: Asking,
    sent: Body,
) -> Answer {
    let (told, place) = (asking(query)?.told(), kept.place(&headers));
    let change = Change::Replace(identity(&id)?, object(body(&headers, sent)?)?);
    let at = write(shared, place, change, version(&headers)?, told).await?;
    Ok(at.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |at| shown(StatusCode::OK, at)))
}

async fn patch(
    kept: Kept,
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Id,
    query: Asking,
    sent: Body,
) -> Answer {
    let parameters = asking(query)?;
    // A group may have many members: who wants to see them all again says so.
    let is_quiet = kept.resource == ResourceKind::Group && parameters.attributes.is_none();
    let (told, place) = (
        if is_quiet { Projection::new(Some("meta"), None) } else { parameters.told() },
        kept.place(&headers),
    );
    let change = Change::Patch(identity(&id)?, body(&headers, sent)?);
    let at = write(shared, place, change, version(&headers)?, told).await?;
    Ok(match at {
        Some(at) if !is_quiet => shown(StatusCode::OK, at),
        at => (StatusCode::NO_CONTENT, [(header::ETAG, tag(at.map_or(0, |at| at.version)))]).into_response(),
    })
}

async fn delete(kept: Kept, State(shared): State<Arc<Shared>>, headers: HeaderMap, Path(id): Id) -> Answer {
    let (change, version) = (Change::Delete(identity(&id)?), version(&headers)?);
    write(shared, kept.place(&headers), change, version, Projection::default()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
