//! The paths of the API, and the layers before them: the log, the token, the rate limit, the faults.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rusqlite::Connection;
use serde::Deserialize;
use tower_http::compression::CompressionLayer;

use super::super::SandboxStoreError;
use super::answer::{ApiRefusal, expected_version, header_text, json_response, media_type, run_blocking};
use super::auth::{self, TokenDenial};
use super::connections::bound_body;
use super::fault_script::inject_faults;
use super::log::log_request;
use super::{ServiceState, SharedState};
use super::{portal, scim};
use crate::connector;
use crate::model::{Interner, LiveId};
use crate::sandbox::acts::carry_out::StepRequest;
use crate::sandbox::store::pages::{self, Cursor, PageRange, PageReader};
use crate::wire::scim::ScimProfile;
use crate::wire::{
    ApiList, CatalogueRecord, ChangeRequest, DEFAULT_ROWS, LONGEST_KEY, LONGEST_REQUEST, ListRow, MOST_ROWS,
    ProblemKind, ReceiptRecord, TokenScope,
};

/// The answer to a request, or a refusal.
type ApiResult = Result<Response, ApiRefusal>;

/// Reads a page of what the organization records of itself.
type LedgerRead = fn(&PageReader<'_>) -> rusqlite::Result<Vec<u8>>;

/// Returns all paths of the service with their layers.
pub(super) fn router(shared: Arc<ServiceState>) -> Router {
    let mut v1 = Router::new()
        .route("/v1/organization", get(get_organization))
        .route("/v1/users/{id}", get(|shared, id, headers| get_object(pages::user_json, shared, id, headers)))
        .route(
            "/v1/groups/{id}",
            get(|shared, id, headers| get_object(pages::group_json, shared, id, headers)),
        )
        .route("/v1/changes", post(post_change));
    let ledgers: [(&str, LedgerRead); 2] =
        [("/v1/audit", |reader| reader.audit()), ("/v1/outbox", |reader| reader.outbox())];
    for (path, read) in ledgers {
        let page = move |of: &ServiceState, asked: &PageRange| of.store.page(asked, read);
        v1 = v1.route(path, get(move |shared, query| get_page(page, shared, query)));
    }
    for list in ApiList::ALL {
        let page =
            get(move |shared, query| get_page(move |of, asked| read_list(of, list, asked), shared, query));
        v1 = v1.route(&list.path(), if list == ApiList::Products { page.post(post_products) } else { page });
    }
    let guarded = |router: Router<Arc<ServiceState>>| {
        router
            .fallback(|| async { ApiRefusal::without_detail(ProblemKind::NotFound) })
            .method_not_allowed_fallback(|| async { ApiRefusal::without_detail(ProblemKind::Method) })
            .layer(from_fn_with_state(Arc::clone(&shared), inject_faults))
            .layer(from_fn_with_state(Arc::clone(&shared), admit_request))
    };
    let mut token = Router::new().route("/oauth/token", post(self::post_token));
    let mut router = guarded(v1);
    for profile in ScimProfile::ALL {
        // A client that knows only the address of a profile finds the tokens there.
        token = token.route(&format!("{}/oauth/token", profile.path()), post(self::post_token));
        router = router.nest(profile.path(), scim::with_scim_refusals(guarded(scim::router(profile))));
    }
    let token =
        token.method_not_allowed_fallback(|| async { ApiRefusal::without_detail(ProblemKind::Method) });
    let router = token.merge(router).merge(portal::router()).layer(DefaultBodyLimit::max(LONGEST_REQUEST));
    let receive = shared.connections.receive;
    router
        .layer(map_request(move |request| ready(bound_body(request, receive))))
        .layer(CompressionLayer::new())
        .layer(map_response(forbid_storing))
        .layer(from_fn(log_request))
        .with_state(shared)
}

/// Forbids everybody on the way to keep an answer: all of them are about people, or are their secrets.
async fn forbid_storing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Admits a request if its token has the needed scope and its client stays within the rate limit.
async fn admit_request(State(shared): SharedState, request: Request, next: Next) -> Response {
    // A search by a POST body is a read, too.
    let reads =
        matches!(*request.method(), Method::GET | Method::HEAD) || request.uri().path().ends_with("/.search");
    let wanted = if reads { TokenScope::Read } else { TokenScope::Write };
    let admitted = shared.auth.admit(request.headers(), wanted, (shared.clock)());
    // All clients without a valid token share one bucket.
    let left =
        shared.limit.as_ref().map(|limit| limit.take(admitted.as_ref().map_or("", |caller| &caller.client)));
    let caller = admitted.as_ref().ok().cloned();
    let mut response = match (admitted, left) {
        (_, Some(left)) if !left.passes => {
            ApiRefusal::without_detail(ProblemKind::Throttled).retry_after(left.seconds()).into_response()
        }
        (Ok(_), _) => next.run(request).await,
        (Err(refusal), _) => refusal.into_response(),
    };
    left.into_iter().for_each(|left| left.write_headers(response.headers_mut()));
    caller.into_iter().for_each(|caller| drop(response.extensions_mut().insert(caller)));
    response
}

/// The parameters of a page as the client wrote them.
#[derive(Deserialize)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl PageQuery {
    fn page_range(self) -> Result<PageRange, ApiRefusal> {
        let refusal = |why: String| ApiRefusal::new(ProblemKind::BadRequest, why);
        let limit = self.limit.map_or(Some(DEFAULT_ROWS), |limit| limit.parse().ok());
        let limit = limit
            .filter(|limit| (1..=MOST_ROWS).contains(limit))
            .ok_or_else(|| refusal(format!("`limit` is a number from 1 to {MOST_ROWS}")))?;
        let after = self.cursor.map_or_else(|| Ok(Cursor::start()), |cursor| Cursor::parse(&cursor));
        let after = after.map_err(|_| refusal("`cursor` is none that was given".to_owned()))?;
        Ok(PageRange { after, limit })
    }
}

/// The parameters of a page, or why they cannot be read.
type PageQueryResult = Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>;

fn parse_page_query(query: PageQueryResult) -> Result<PageRange, ApiRefusal> {
    query.map_err(|error| ApiRefusal::new(ProblemKind::BadRequest, error.body_text()))?.0.page_range()
}

async fn get_page(
    read: impl FnOnce(&ServiceState, &PageRange) -> Result<Vec<u8>, SandboxStoreError> + Send + 'static,
    State(shared): SharedState,
    query: PageQueryResult,
) -> ApiResult {
    let asked = parse_page_query(query)?;
    run_blocking(shared, move |shared| Ok(json_response(read(shared, &asked)?))).await
}

fn read_list(shared: &ServiceState, list: ApiList, asked: &PageRange) -> Result<Vec<u8>, SandboxStoreError> {
    // The sandbox bills what is due by now before it shows what is billed.
    if list.is_of_billing() {
        shared.store.bill((shared.clock)())?;
    }
    shared.store.page(asked, |reader| reader.list(list))
}

async fn get_organization(State(shared): SharedState) -> ApiResult {
    run_blocking(shared, |shared| Ok(json_response(shared.store.with_reader(pages::organization_json)?)))
        .await
}

/// An object as JSON with its version; `None` where there is none of the identity.
type VersionedJson = Option<(u32, Vec<u8>)>;

async fn get_object(
    read: fn(&Connection, &str) -> rusqlite::Result<VersionedJson>,
    State(shared): SharedState,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult {
    run_blocking(shared, move |shared| {
        versioned_response(shared.store.with_reader(|conn| read(conn, &id)), &headers)
    })
    .await
}

/// Returns an object with its `ETag`, or 304 if the client has this version already.
fn versioned_response(read: Result<VersionedJson, SandboxStoreError>, headers: &HeaderMap) -> ApiResult {
    let (version, body) =
        read?.ok_or_else(|| ApiRefusal::new(ProblemKind::NotFound, "there is none of this identity"))?;
    let tag = format!("\"{version}\"");
    let is_known = header_text(headers, header::IF_NONE_MATCH)
        .split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*");
    let answer = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { json_response(body) };
    Ok(([(header::ETAG, tag)], answer).into_response())
}

/// The body of a request, or why it cannot be read.
type ApiBody = Result<Bytes, BytesRejection>;

/// Returns the body of a request, which must be declared as JSON and not too long.
fn json_body(headers: &HeaderMap, body: ApiBody) -> Result<Bytes, ApiRefusal> {
    if !media_type(headers).eq_ignore_ascii_case("application/json") {
        return Err(ApiRefusal::new(ProblemKind::MediaType, "the body of this path is application/json"));
    }
    body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiRefusal::new(ProblemKind::TooLarge, format!("at most {LONGEST_REQUEST} bytes"))
        }
        _ => ApiRefusal::new(ProblemKind::BadRequest, error.body_text()),
    })
}

fn no_body(of: &str, error: impl std::fmt::Display) -> ApiRefusal {
    ApiRefusal::new(ProblemKind::BadRequest, format!("the body is no {of}: {error}"))
}

async fn post_change(State(shared): SharedState, headers: HeaderMap, sent: ApiBody) -> ApiResult {
    let sent = json_body(&headers, sent)?;
    let key = idempotency_key(&headers)?;
    run_blocking(shared, move |shared| {
        let change: ChangeRequest<'_> =
            serde_json::from_slice(&sent).map_err(|error| no_body("change", error))?;
        let step = change.read(&Interner::default()).map_err(|invalid| no_body("change", invalid))?;
        // `If-Match` is read after the body, so that an invalid body is reported whatever version the request
        // names.
        let version = expected_version(&headers, |tag| tag)
            .map_err(|why| ApiRefusal::new(ProblemKind::Precondition, why))?;
        let asked = StepRequest { now: (shared.clock)(), step: &step, key: &key, version };
        let (receipt, revision) = shared
            .store
            .carry_out_request(asked)
            .map_err(|stop| ApiRefusal::from_write_stop(stop, |source| shared.store.store_error(source)))?;
        let (done, created) = match receipt {
            connector::Receipt::Done { created } => (true, created),
            connector::Receipt::AlreadySo => (false, None),
        };
        let receipt = ReceiptRecord {
            done,
            created: created.as_ref().map(LiveId::as_str).map(ToOwned::to_owned),
            revision,
        };
        Ok(Json(receipt).into_response())
    })
    .await
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, ApiRefusal> {
    let key = header_text(headers, "idempotency-key");
    if (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key.to_owned());
    }
    Err(ApiRefusal::new(
        ProblemKind::BadRequest,
        format!("`Idempotency-Key` is 1 to {LONGEST_KEY} visible characters of ASCII"),
    ))
}

async fn post_products(State(shared): SharedState, headers: HeaderMap, sent: ApiBody) -> ApiResult {
    let sent = json_body(&headers, sent)?;
    run_blocking(shared, move |shared| {
        let catalogue: CatalogueRecord<'_> =
            serde_json::from_slice(&sent).map_err(|error| no_body("catalogue", error))?;
        let names = Interner::default();
        let products = catalogue
            .products
            .into_iter()
            .map(|row| row.read(&names).map(|(id, (product, _))| (id, product)))
            .collect::<Result<BTreeMap<_, _>, _>>();
        let products = products.map_err(|invalid| no_body("catalogue", invalid))?;
        shared.store.learn_at((shared.clock)(), &products)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// The form of a token request (RFC 6749, section 4.4.2). The client's name and secret may come by HTTP
/// Basic.
#[derive(Deserialize)]
struct TokenForm {
    grant_type: String,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

async fn post_token(State(shared): SharedState, headers: HeaderMap, sent: ApiBody) -> ApiResult {
    let sent = sent.map_err(|_| ApiRefusal::without_detail(ProblemKind::TooLarge))?;
    let Ok(form) = serde_urlencoded::from_bytes::<TokenForm>(&sent) else {
        let why = "the body is a form with `grant_type`";
        return Ok(TokenDenial { error: "invalid_request", why }.into_response());
    };
    if form.grant_type != "client_credentials" {
        let why = "this service knows `client_credentials` only";
        return Ok(TokenDenial { error: "unsupported_grant_type", why }.into_response());
    }
    let shown = auth::basic_credentials(&headers)
        .unwrap_or_else(|| (form.client_id.unwrap_or_default(), form.client_secret.unwrap_or_default()));
    let granted = shared.auth.grant(&shown.0, &shown.1, form.scope.as_deref(), (shared.clock)());
    Ok(granted.map_or_else(TokenDenial::into_response, |granted| Json(granted).into_response()))
}
