//! The OpenAPI 3.1 document of the organization API, generated from the types that are sent. Pure.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    AccessToken, AlertRow, ApiList, AssignmentRow, AuditRow, CatalogueRecord, ChangeRequest, CheckoutRow,
    ContactRow, ContractRow, DEFAULT_ROWS, GroupRow, HttpProblem, InvitationRow, InvoiceRow, LONGEST_KEY,
    LONGEST_REQUEST, ListPage, MOST_ROWS, MachineUseRow, MembershipRow, OrganizationRecord, OverageRow,
    PROBLEM_JSON, PaymentRow, ProblemKind, ProductRow, RATE_HEADERS, ReceiptRecord, RestrictionRow, RoleRow,
    TokenError, TokenScope, UserRow,
};

const ABOUT: &str = "\
The people, groups and access settings of one account. Lists are read page by page, by cursor; every page \
says at which revision of the \
organization it was read. A write is one change, with the values before and the identities it relies on: the \
service checks both and carries \
the change out in one transaction, once for each `Idempotency-Key`; the same key again is answered as the \
first time.";

/// Builds the document.
pub fn openapi_document() -> Value {
    let mut schemas = OpenApiSchemas::new();
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
        "security": [{"oauth": [TokenScope::Read.as_str()]}],
        "paths": paths,
        "components": {
            "schemas": schemas.0.take_definitions(true),
            "headers": headers(),
            "parameters": parameters(),
            "responses": problem_responses(),
            "securitySchemes": {"oauth": {
                "type": "oauth2",
                "description": "RFC 6749, section 4.4: client credentials, by HTTP Basic or in the form.",
                "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {
                    TokenScope::Read.as_str(): "read the organization",
                    TokenScope::Write.as_str(): "change it",
                }}},
            }},
        },
    })
}

/// Collects the schemas that the document refers to.
struct OpenApiSchemas(SchemaGenerator);

impl OpenApiSchemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        Self(settings.into_generator())
    }

    /// Returns a reference to the schema of `T`, which becomes part of the document.
    fn reference_to<T: schemars::JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().to_value()
    }
}

fn paths(schemas: &mut OpenApiSchemas) -> Value {
    // Every failed request is answered with a problem.
    schemas.reference_to::<HttpProblem>();
    let mut paths = Map::new();
    let mut add = |path: &str, item: Value| paths.insert(path.to_owned(), item);
    add("/oauth/token", json!({"post": token_operation(schemas)}));
    let organization = ok_response(schemas.reference_to::<OrganizationRecord<'_>>());
    add(
        "/v1/organization",
        json!({"get": read_operation("organization", "The organization itself", [], organization, &[])}),
    );
    for list in ApiList::ALL {
        let mut item =
            json!({"get": page_operation(list.as_str(), list_summary(list), page_schema(list, schemas))});
        if list == ApiList::Products {
            item["post"] = learn_operation(schemas);
        }
        add(&list.path(), item);
    }
    add("/v1/users/{id}", json!({"get": object_operation("user", schemas.reference_to::<UserRow<'_>>())}));
    add("/v1/groups/{id}", json!({"get": object_operation("group", schemas.reference_to::<GroupRow<'_>>())}));
    add("/v1/changes", json!({"post": change_operation(schemas)}));
    add(
        "/v1/audit",
        json!({"get": page_operation("audit", "Every write, oldest first",
            schemas.reference_to::<ListPage<AuditRow<'_>>>())}),
    );
    add(
        "/v1/outbox",
        json!({"get": page_operation("outbox", "Every invitation that was sent, oldest first",
            schemas.reference_to::<ListPage<InvitationRow<'_>>>())}),
    );
    Value::Object(paths)
}

fn page_schema(list: ApiList, schemas: &mut OpenApiSchemas) -> Value {
    match list {
        ApiList::Users => schemas.reference_to::<ListPage<UserRow<'_>>>(),
        ApiList::Groups => schemas.reference_to::<ListPage<GroupRow<'_>>>(),
        ApiList::Memberships => schemas.reference_to::<ListPage<MembershipRow<'_>>>(),
        ApiList::Roles => schemas.reference_to::<ListPage<RoleRow<'_>>>(),
        ApiList::Assignments => schemas.reference_to::<ListPage<AssignmentRow<'_>>>(),
        ApiList::Restrictions => schemas.reference_to::<ListPage<RestrictionRow<'_>>>(),
        ApiList::Alerts => schemas.reference_to::<ListPage<AlertRow<'_>>>(),
        ApiList::Contacts => schemas.reference_to::<ListPage<ContactRow<'_>>>(),
        ApiList::Contracts => schemas.reference_to::<ListPage<ContractRow<'_>>>(),
        ApiList::Products => schemas.reference_to::<ListPage<ProductRow<'_>>>(),
        ApiList::Checkouts => schemas.reference_to::<ListPage<CheckoutRow<'_>>>(),
        ApiList::Usage => schemas.reference_to::<ListPage<MachineUseRow<'_>>>(),
        ApiList::Invoices => schemas.reference_to::<ListPage<InvoiceRow<'_>>>(),
        ApiList::Overages => schemas.reference_to::<ListPage<OverageRow<'_>>>(),
        ApiList::Payments => schemas.reference_to::<ListPage<PaymentRow<'_>>>(),
    }
}

fn list_summary(list: ApiList) -> &'static str {
    match list {
        ApiList::Users => "People, one row each",
        ApiList::Groups => "Groups with their product lists",
        ApiList::Memberships => "Who is in which group, one row a user who is in any",
        ApiList::Roles => "Who has which role, one row a user who has any",
        ApiList::Assignments => "User exceptions and named licences, one row a user who has any",
        ApiList::Restrictions => "Country defaults and product settings",
        ApiList::Alerts => "Alert thresholds",
        ApiList::Contacts => "Fulfilment contacts",
        ApiList::Contracts => "Contracts with what they pay for",
        ApiList::Products => "The catalogue",
        ApiList::Checkouts => "Checked-out licences, one row a user who has any",
        ApiList::Usage => "Sessions and checkouts, in order of their beginning",
        ApiList::Invoices => "Invoices for excess, of every closed period",
        ApiList::Overages => "The lines of the invoices",
        ApiList::Payments => "What was paid for invoices",
    }
}

fn page_operation(name: &str, summary: &str, page: Value) -> Value {
    read_operation(name, summary, ["limit", "cursor"], ok_response(page), &[ProblemKind::BadRequest])
}

fn object_operation(what: &str, row: Value) -> Value {
    let mut found = ok_response(row);
    found["headers"]["ETag"] = header_reference("etag");
    let mut operation = read_operation(
        what,
        &format!("One {what}, by identity"),
        ["id", "if-none-match"],
        found,
        &[ProblemKind::NotFound],
    );
    operation["responses"]["304"] =
        json!({"description": "It is at that version still.", "headers": {"ETag": header_reference("etag")}});
    operation
}

fn read_operation<const N: usize>(
    name: &str,
    summary: &str,
    parameters: [&str; N],
    ok: Value,
    fails: &[ProblemKind],
) -> Value {
    let mut responses = json!({"200": ok});
    add_failure_responses(&mut responses, fails);
    json!({
        "operationId": format!("read-{name}"),
        "summary": summary,
        "parameters": parameters.map(parameter_reference).to_vec(),
        "responses": responses,
    })
}

fn change_operation(schemas: &mut OpenApiSchemas) -> Value {
    let mut responses = json!({"200": ok_response(schemas.reference_to::<ReceiptRecord>())});
    let fails = [
        ProblemKind::BadRequest,
        ProblemKind::NotFound,
        ProblemKind::Changed,
        ProblemKind::Precondition,
        ProblemKind::TooLarge,
        ProblemKind::MediaType,
        ProblemKind::Refused,
        ProblemKind::Busy,
    ];
    add_failure_responses(&mut responses, &fails);
    let parameters = ["idempotency-key", "if-match"].map(parameter_reference);
    json!({
        "operationId": "change",
        "summary": "One write, carried out whole or not at all",
        "security": [{"oauth": [TokenScope::Write.as_str()]}],
        "parameters": parameters,
        "requestBody": request_body(schemas.reference_to::<ChangeRequest<'_>>()),
        "responses": responses,
    })
}

fn learn_operation(schemas: &mut OpenApiSchemas) -> Value {
    let mut responses = json!({"204": {"description": "Learnt.", "headers": rate_headers()}});
    add_failure_responses(
        &mut responses,
        &[ProblemKind::BadRequest, ProblemKind::TooLarge, ProblemKind::MediaType, ProblemKind::Busy],
    );
    json!({
        "operationId": "learn-products",
        "summary": "Say what the products are that a policy names",
        "description": "What the organization knows of a product stays. A service with a catalogue of its \
            own need not have this.",
        "security": [{"oauth": [TokenScope::Write.as_str()]}],
        "requestBody": request_body(schemas.reference_to::<CatalogueRecord<'_>>()),
        "responses": responses,
    })
}

fn token_operation(schemas: &mut OpenApiSchemas) -> Value {
    let failed = json!({"application/json": {"schema": schemas.reference_to::<TokenError>()}});
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
                "content": {"application/json": {"schema": schemas.reference_to::<AccessToken>()}}},
            "400": {"description": "No token: the request is not right.", "content": failed},
            "401": {"description": "No token: not these credentials.", "content": failed},
            "405": problem_reference(ProblemKind::Method),
            "413": problem_reference(ProblemKind::TooLarge),
            "415": problem_reference(ProblemKind::MediaType),
            "500": problem_reference(ProblemKind::Broken),
            "503": problem_reference(ProblemKind::Busy),
        },
    })
}

fn ok_response(schema: Value) -> Value {
    json!({"description": "As asked for.", "headers": rate_headers(),
        "content": {"application/json": {"schema": schema}}})
}

fn request_body(schema: Value) -> Value {
    json!({
        "required": true,
        "description": format!("At most {LONGEST_REQUEST} bytes."),
        "content": {"application/json": {"schema": schema}},
    })
}

/// Adds the responses of failed requests: those of every request, and `fails`.
fn add_failure_responses(responses: &mut Value, fails: &[ProblemKind]) {
    let always = [
        ProblemKind::Unauthorized,
        ProblemKind::Forbidden,
        ProblemKind::Method,
        ProblemKind::Throttled,
        ProblemKind::Broken,
        ProblemKind::Busy,
    ];
    for kind in always.iter().chain(fails) {
        responses[kind.status_and_title().0.to_string()] = problem_reference(*kind);
    }
}

fn problem_responses() -> Value {
    let problem = json!({PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}});
    let response = |kind: ProblemKind| {
        let (_, title) = kind.status_and_title();
        let mut response = json!({"description": format!("{title}."), "content": problem});
        match kind {
            ProblemKind::Throttled | ProblemKind::Busy => {
                response["headers"] = json!({"Retry-After": header_reference("retry-after")})
            }
            ProblemKind::Unauthorized => {
                response["headers"] = json!({"WWW-Authenticate": header_reference("www-authenticate")})
            }
            ProblemKind::BadRequest
            | ProblemKind::Forbidden
            | ProblemKind::NotFound
            | ProblemKind::Method
            | ProblemKind::Changed
            | ProblemKind::Precondition
            | ProblemKind::TooLarge
            | ProblemKind::MediaType
            | ProblemKind::Refused
            | ProblemKind::Broken => {}
        }
        (kind.as_str().to_owned(), response)
    };
    Value::Object(ProblemKind::ALL.into_iter().map(response).collect())
}

fn problem_reference(kind: ProblemKind) -> Value {
    json!({"$ref": format!("#/components/responses/{}", kind.as_str())})
}

fn parameter_reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

fn header_reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn rate_headers() -> Value {
    Value::Object(RATE_HEADERS.map(|name| (name.to_owned(), header_reference(name))).into_iter().collect())
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
