//! The OpenAPI 3.1 document of the organization API, from the types that are sent. Pure.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    About, AlertRow, AssignmentRow, AuditRow, Catalogue, Change, CheckoutRow, ContactRow, ContractRow,
    DEFAULT_ROWS, GroupRow, InvitationRow, InvoiceRow, Kind, LONGEST_KEY, LONGEST_REQUEST, List, MOST_ROWS,
    MembershipRow, OverageRow, PROBLEM_JSON, Page, PaymentRow, Problem, ProductRow, RATE_HEADERS, Receipt,
    RestrictionRow, RoleRow, Scope, Token, TokenError, UsageRow, UserRow,
};

const ABOUT: &str = "\
The people, groups and access settings of one account. Lists are read page by page, by cursor; every page \
says at which revision of the \
organization it was read. A write is one change, with the values before and the identities it relies on: the \
service checks both and carries \
the change out in one transaction, once for each `Idempotency-Key`; the same key again is answered as the \
first time.";

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let paths = paths(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "seatwise organization API",
            "summary": "What the http connector speaks, and `seatwise sandbox serve` serves.",
            "description": ABOUT,
            "version": "1",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{
            "url": "http://127.0.0.1:8700",
            "description": "`seatwise sandbox serve`, unless told otherwise",
        }],
        "security": [{"oauth": [Scope::Read.as_str()]}],
        "paths": paths,
        "components": {
            "schemas": schemas.0.take_definitions(true),
            "headers": headers(),
            "parameters": parameters(),
            "responses": problems(),
            "securitySchemes": {"oauth": {
                "type": "oauth2",
                "description": "RFC 6749, section 4.4: client credentials, by HTTP Basic or in the form.",
                "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {
                    Scope::Read.as_str(): "read the organization", Scope::Write.as_str(): "change it",
                }}},
            }},
        },
    })
}

struct Schemas(SchemaGenerator);

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        Self(settings.into_generator())
    }

    /// A reference to the schema of `T`.
    fn of<T: schemars::JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().to_value()
    }
}

fn paths(schemas: &mut Schemas) -> Value {
    // A problem is in every answer that fails.
    schemas.of::<Problem>();
    let mut paths = Map::new();
    let mut add = |path: &str, item: Value| paths.insert(path.to_owned(), item);
    add("/oauth/token", json!({"post": token(schemas)}));
    add(
        "/v1/organization",
        json!({"get": read("organization", "The organization itself", [], ok(schemas.of::<About<'_>>()),
            &[])}),
    );
    for list in List::ALL {
        let mut item = json!({"get": listed(list, page_of(list, schemas))});
        if list == List::Products {
            item["post"] = learn(schemas);
        }
        add(list.path(), item);
    }
    add("/v1/users/{id}", json!({"get": one("user", schemas.of::<UserRow<'_>>())}));
    add("/v1/groups/{id}", json!({"get": one("group", schemas.of::<GroupRow<'_>>())}));
    add("/v1/changes", json!({"post": change(schemas)}));
    add(
        "/v1/audit",
        json!({"get": ledger("audit", "Every write, oldest first", schemas.of::<Page<AuditRow<'_>>>())}),
    );
    add(
        "/v1/outbox",
        json!({"get": ledger("outbox", "Every invitation that was sent, oldest first",
            schemas.of::<Page<InvitationRow<'_>>>())}),
    );
    Value::Object(paths)
}

fn page_of(list: List, schemas: &mut Schemas) -> Value {
    match list {
        List::Users => schemas.of::<Page<UserRow<'_>>>(),
        List::Groups => schemas.of::<Page<GroupRow<'_>>>(),
        List::Memberships => schemas.of::<Page<MembershipRow<'_>>>(),
        List::Roles => schemas.of::<Page<RoleRow<'_>>>(),
        List::Assignments => schemas.of::<Page<AssignmentRow<'_>>>(),
        List::Restrictions => schemas.of::<Page<RestrictionRow<'_>>>(),
        List::Alerts => schemas.of::<Page<AlertRow<'_>>>(),
        List::Contacts => schemas.of::<Page<ContactRow<'_>>>(),
        List::Contracts => schemas.of::<Page<ContractRow<'_>>>(),
        List::Products => schemas.of::<Page<ProductRow<'_>>>(),
        List::Checkouts => schemas.of::<Page<CheckoutRow<'_>>>(),
        List::Usage => schemas.of::<Page<UsageRow<'_>>>(),
        List::Invoices => schemas.of::<Page<InvoiceRow<'_>>>(),
        List::Overages => schemas.of::<Page<OverageRow<'_>>>(),
        List::Payments => schemas.of::<Page<PaymentRow<'_>>>(),
    }
}

fn summary(list: List) -> &'static str {
    match list {
        List::Users => "People, one row each",
        List::Groups => "Groups with their product lists",
        List::Memberships => "Who is in which group, one row a user who is in any",
        List::Roles => "Who has which role, one row a user who has any",
        List::Assignments => "User exceptions and named licences, one row a user who has any",
        List::Restrictions => "Country defaults and product settings",
        List::Alerts => "Alert thresholds",
        List::Contacts => "Fulfilment contacts",
        List::Contracts => "Contracts with what they pay for",
        List::Products => "The catalogue",
        List::Checkouts => "Checked-out licences, one row a user who has any",
        List::Usage => "Sessions and checkouts, in order of their beginning",
        List::Invoices => "Invoices for excess, of every closed period",
        List::Overages => "The lines of the invoices",
        List::Payments => "What was paid for invoices",
    }
}

fn listed(list: List, page: Value) -> Value {
    read(list.as_str(), summary(list), ["limit", "cursor"], ok(page), &[Kind::BadRequest])
}

fn ledger(name: &str, summary: &str, page: Value) -> Value {
    read(name, summary, ["limit", "cursor"], ok(page), &[Kind::BadRequest])
}

fn one(what: &str, row: Value) -> Value {
    let mut found = ok(row);
    found["headers"]["ETag"] = header("etag");
    let mut operation =
        read(what, &format!("One {what}, by identity"), ["id", "if-none-match"], found, &[Kind::NotFound]);
    operation["responses"]["304"] =
        json!({"description": "It is at that version still.", "headers": {"ETag": header("etag")}});
    operation
}

fn read<const N: usize>(
    name: &str,
    summary: &str,
    parameters: [&str; N],
    ok: Value,
    fails: &[Kind],
) -> Value {
    let mut responses = json!({"200": ok});
    respond(&mut responses, fails);
    json!({
        "operationId": format!("read-{name}"),
        "summary": summary,
        "parameters": parameters.map(parameter).to_vec(),
        "responses": responses,
    })
}

fn change(schemas: &mut Schemas) -> Value {
    let mut responses = json!({"200": ok(schemas.of::<Receipt>())});
    let fails = [
        Kind::BadRequest,
        Kind::NotFound,
        Kind::Changed,
        Kind::Precondition,
        Kind::TooLarge,
        Kind::MediaType,
        Kind::Refused,
        Kind::Busy,
    ];
    respond(&mut responses, &fails);
    let parameters = ["idempotency-key", "if-match"].map(parameter);
    json!({
        "operationId": "change",
        "summary": "One write, carried out whole or not at all",
        "security": [{"oauth": [Scope::Write.as_str()]}],
        "parameters": parameters,
        "requestBody": body(schemas.of::<Change<'_>>()),
        "responses": responses,
    })
}

fn learn(schemas: &mut Schemas) -> Value {
    let mut responses = json!({"204": {"description": "Learnt.", "headers": rate_headers()}});
    respond(&mut responses, &[Kind::BadRequest, Kind::TooLarge, Kind::MediaType, Kind::Busy]);
    json!({
        "operationId": "learn-products",
        "summary": "Say what the products are that a policy names",
        "description": "What the organization knows of a product stays. A service with a catalogue of its \
            own need not have this.",
        "security": [{"oauth": [Scope::Write.as_str()]}],
        "requestBody": body(schemas.of::<Catalogue<'_>>()),
        "responses": responses,
    })
}

fn token(schemas: &mut Schemas) -> Value {
    let failed = json!({"application/json": {"schema": schemas.of::<TokenError>()}});
    let problem = |kind: Kind| json!({"$ref": format!("#/components/responses/{}", kind.told().1)});
    json!({
        "operationId": "token",
        "summary": "An access token for client credentials",
        "security": [],
        "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object",
            "required": ["grant_type"],
            "properties": {
                "grant_type": {"const": "client_credentials"},
                "scope": {"type": "string", "description": "Scopes with spaces between them; all that the \
                    client may have, unless said."},
                "client_id": {"type": "string"},
                "client_secret": {"type": "string", "format": "password"},
            },
        }}}},
        "responses": {
            "200": {"description": "A token.",
                "content": {"application/json": {"schema": schemas.of::<Token>()}}},
            "400": {"description": "No token: the request is not right.", "content": failed},
            "401": {"description": "No token: not these credentials.", "content": failed},
            "405": problem(Kind::Method),
            "413": problem(Kind::TooLarge),
            "415": problem(Kind::MediaType),
            "500": problem(Kind::Broken),
            "503": problem(Kind::Busy),
        },
    })
}

fn ok(schema: Value) -> Value {
    json!({"description": "As asked for.", "headers": rate_headers(),
        "content": {"application/json": {"schema": schema}}})
}

fn body(schema: Value) -> Value {
    json!({
        "required": true,
        "description": format!("At most {LONGEST_REQUEST} bytes."),
        "content": {"application/json": {"schema": schema}},
    })
}

/// Adds the answers of requests that fail: those of every request, and `fails`.
fn respond(responses: &mut Value, fails: &[Kind]) {
    let always =
        [Kind::Unauthorized, Kind::Forbidden, Kind::Method, Kind::Throttled, Kind::Broken, Kind::Busy];
    for kind in always.iter().chain(fails) {
        let (status, name, _) = kind.told();
        responses[status.to_string()] = json!({"$ref": format!("#/components/responses/{name}")});
    }
}

fn problems() -> Value {
    let problem = json!({PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}});
    let response = |kind: Kind| {
        let (_, name, title) = kind.told();
        let mut response = json!({"description": format!("{title}."), "content": problem});
        match kind {
            Kind::Throttled | Kind::Busy => {
                response["headers"] = json!({"Retry-After": header("retry-after")})
            }
            Kind::Unauthorized => {
                response["headers"] = json!({"WWW-Authenticate": header("www-authenticate")})
            }
            Kind::BadRequest
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Method
            | Kind::Changed
            | Kind::Precondition
            | Kind::TooLarge
            | Kind::MediaType
            | Kind::Refused
            | Kind::Broken => {}
        }
        (name.to_owned(), response)
    };
    Value::Object(Kind::ALL.into_iter().map(response).collect())
}

fn parameter(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn rate_headers() -> Value {
    Value::Object(RATE_HEADERS.map(|name| (name.to_owned(), header(name))).into_iter().collect())
}

fn parameters() -> Value {
    json!({
        "limit": {
            "name": "limit", "in": "query", "description": "The most rows of the page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_ROWS},
        },
        "cursor": {"name": "cursor", "in": "query", "description": "`next` of the page before.",
            "schema": {"type": "string"}},
        "id": {"name": "id", "in": "path", "required": true, "description": "The identity.",
            "schema": {"type": "string"}},
        "if-none-match": {
            "name": "If-None-Match", "in": "header",
            "description": "Answer only if it is not at this version.", "schema": {"type": "string"},
        },
        "if-match": {
            "name": "If-Match", "in": "header",
            "description": "Carry the change out only if the user or group that it is about is at this \
                version.",
            "schema": {"type": "string"},
        },
        "idempotency-key": {
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "The same whenever the same write is sent: it is carried out once, and answered \
                the same.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
        },
    })
}

fn headers() -> Value {
    let number = json!({"type": "integer", "minimum": 0});
    json!({
        "etag": {"description": "The version of the object, in quotes.", "schema": {"type": "string"}},
        "retry-after": {"description": "Whole seconds to wait.", "schema": number},
        "www-authenticate": {"description": "`Bearer`, and why.", "schema": {"type": "string"}},
        "ratelimit-limit": {
            "description": "Requests that are allowed in a second; left out where there is no limit.",
            "schema": number},
        "ratelimit-remaining": {"description": "Requests that are left at once.", "schema": number},
        "ratelimit-reset": {"description": "Whole seconds until there are more.", "schema": number},
    })
}
