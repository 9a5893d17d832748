//! The organization API on the wire, which the sandbox serves and the `http` connector speaks. Pure.
//!
//! Lists are read page by page. Each page names the revision of the organization at which it was read, so a
//! client knows whether the pages belong together. A write is one change: an act with its before-values and
//! the identities it relies on, which the service checks and carries out in one transaction, once for each
//! idempotency key.

mod ledger;
pub mod openapi;
mod rows;
pub(crate) mod scim;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::mirror::{InvalidValue, Mirror};
use crate::format::scalar_text::ScalarText;
use crate::model::{Email, Interner, LiveId, Text, word_enum};
use crate::plan::file::acts::ActRecord;
use crate::plan::file::objects::IdentityRecord;
use crate::plan::{Phase, Step, StepNo};

pub(crate) use ledger::{InvoiceRow, MachineUseRow, OverageRow, PaymentRow, UseKind, assemble_billing};
pub(crate) use rows::{
    AlertRow, AssignmentRow, CheckedOutLicence, CheckoutRow, ContactRow, ContractRow, ContractWithPast,
    DatedListPrice, DatedQuantity, GroupRow, ListRow, MembershipRow, NamedLicence, OwnedProduct, PerUserRow,
    ProductRow, RestrictionKey, RestrictionRow, RoleRow, UserRow,
};

/// The most rows of one page.
pub const MOST_ROWS: u32 = 1000;
/// The number of rows of a page when the client names none.
pub const DEFAULT_ROWS: u32 = 100;
/// The longest body of a request, in bytes; a list of ten thousand products fits.
pub const LONGEST_REQUEST: usize = 1 << 20;
/// The longest idempotency key, in characters.
pub const LONGEST_KEY: usize = 128;
/// The media type of a problem (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The headers that describe the rate limit: requests allowed a second, requests left at once, whole seconds
/// until more are allowed.
pub const RATE_HEADERS: [&str; 3] = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];

word_enum! {
    /// A list that is read page by page, in reading order. Its word is the last part of its path.
    pub enum ApiList {
        /// Users with their profiles.
        Users = "users",
        /// Groups with their product lists.
        Groups = "groups",
        /// The groups of each user.
        Memberships = "memberships",
        /// The roles of each user.
        Roles = "roles",
        /// User exceptions and named licences.
        Assignments = "assignments",
        /// Country defaults and product settings.
        Restrictions = "restrictions",
        /// Alert thresholds.
        Alerts = "alerts",
        /// Fulfilment contacts.
        Contacts = "contacts",
        /// Contracts with owned quantities.
        Contracts = "contracts",
        /// The catalogue.
        Products = "products",
        /// Checked-out licences.
        Checkouts = "checkouts",
        /// Sessions and checkouts, as far back as they are known.
        Usage = "usage",
        /// Invoices for excess.
        Invoices = "invoices",
        /// The lines of invoices.
        Overages = "overages",
        Payments = "payments",
    }
}

impl ApiList {
    /// Whether the list shows what was billed.
    pub fn is_of_billing(self) -> bool {
        match self {
            Self::Invoices | Self::Overages | Self::Payments => true,
            Self::Users
            | Self::Groups
            | Self::Memberships
            | Self::Roles
            | Self::Assignments
            | Self::Restrictions
            | Self::Alerts
            | Self::Contacts
            | Self::Contracts
            | Self::Products
            | Self::Checkouts
            | Self::Usage => false,
        }
    }

    /// Returns the path of the list.
    pub fn path(self) -> String {
        format!("/v1/{}", self.as_str())
    }
}

/// The organization itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Organization")]
#[schemars(rename = "About")]
pub(crate) struct OrganizationRecord<'a> {
    /// Its name.
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    /// Whether names and addresses belong to an identity provider.
    pub(crate) federated: bool,
    /// The address of the user that the caller acts as, who is never locked or removed by it.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub(crate) acting: Option<Cow<'a, str>>,
    /// Raised by every write.
    pub(crate) revision: u64,
}

/// One page of a list.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Page")]
pub(crate) struct ListPage<R> {
    /// The rows, in an order that does not change while they are listed.
    pub(crate) items: Vec<R>,
    /// The cursor of the next page; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// The rows of the whole list at this revision.
    pub(crate) total: u32,
    /// The revision of the organization that the page was read at.
    pub(crate) revision: u64,
}

/// One write: carried out whole or not at all, once for each idempotency key.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
#[schemars(rename = "Change")]
pub(crate) struct ChangeRequest<'a> {
    /// What to do, with the values before, which must still be so.
    act: ActRecord<'a>,
    /// Users and groups by name, each with the identity that it must lead to.
    #[serde(default)]
    identities: Vec<IdentityRecord<'a>>,
}

impl<'a> ChangeRequest<'a> {
    /// Takes from a step what the organization must know.
    pub(crate) fn from_step(step: &'a Step) -> Self {
        Self { act: Mirror::write(&step.act), identities: Mirror::write(&step.identities) }
    }

    /// Converts the request into a step. Number and phase of the step have no meaning here.
    pub(crate) fn read(self, names: &Interner) -> Result<Step, InvalidValue> {
        let (act, identities) = (self.act.read(names)?, self.identities.read(names)?);
        Ok(Step { no: StepNo(1), phase: Phase::Loosen, act, identities, needs: Vec::new(), why: Vec::new() })
    }
}

/// What a write brought.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Receipt")]
#[schemars(rename = "Receipt")]
pub(crate) struct ReceiptRecord {
    /// Whether something was written; `false` where all was so already.
    pub(crate) done: bool,
    /// The identity of what was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<String>,
    /// The revision of the organization after it.
    pub(crate) revision: u64,
}

/// What the products are that a policy names; what the organization knows of one stays.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
#[schemars(rename = "Catalogue")]
pub(crate) struct CatalogueRecord<'a> {
    /// One entry a product.
    pub(crate) products: Vec<ProductRow<'a>>,
}

/// An invitation that was sent.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Invitation")]
pub(crate) struct InvitationRow<'a> {
    /// When, RFC 3339.
    pub(crate) at: String,
    /// To which address.
    pub(crate) email: ScalarText<'a, Email>,
    /// The identity it created.
    pub(crate) user: ScalarText<'a, LiveId>,
    /// The idempotency key of the write that sent it.
    pub(crate) key: ScalarText<'a, Text>,
}

/// One entry of the audit log.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Audit entry")]
pub(crate) struct AuditRow<'a> {
    /// From 1, without a gap.
    pub(crate) number: u32,
    /// When, RFC 3339.
    pub(crate) at: String,
    /// Who.
    pub(crate) actor: ScalarText<'a, Text>,
    /// The idempotency key of the write; empty where it had none.
    pub(crate) key: ScalarText<'a, Text>,
    /// A flat object; `act` says what was done.
    pub(crate) act: serde_json::Value,
}

/// An access token (RFC 6749, section 5.1).
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Token")]
#[schemars(rename = "Token")]
pub(crate) struct AccessToken {
    /// The bearer token.
    pub(crate) access_token: String,
    /// `Bearer`.
    pub(crate) token_type: String,
    /// How long it holds, in seconds.
    #[serde(default)]
    pub(crate) expires_in: Option<u64>,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
}

/// Why no access token is given (RFC 6749, section 5.2).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Token error")]
pub(crate) struct TokenError {
    /// One of the words of the standard: `invalid_client`, `invalid_scope`.
    pub(crate) error: String,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error_description: Option<String>,
}

/// Why a request was not carried out (RFC 9457).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Problem")]
#[schemars(rename = "Problem")]
pub(crate) struct HttpProblem {
    /// What kind of problem, as a URI.
    #[serde(rename = "type", default = "about_blank")]
    pub(crate) kind: String,
    /// The kind in words.
    #[serde(default)]
    pub(crate) title: String,
    /// The status of the answer.
    #[serde(default)]
    pub(crate) status: u16,
    /// What it is here: a lower-case fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

word_enum! {
    /// The kinds of problems. The word of a kind is the last part of its URI.
    pub(crate) enum ProblemKind {
        /// The request does not have the form that the API requires.
        BadRequest = "bad-request",
        /// The request has no token, or one that is not or no longer valid.
        Unauthorized = "unauthorized",
        /// The token's scope does not cover the request.
        Forbidden = "forbidden",
        /// The path or the object does not exist.
        NotFound = "not-found",
        /// The path does not support the method.
        Method = "method-not-allowed",
        /// The live organization no longer agrees with a before-value or an identity.
        Changed = "changed",
        /// The object is not at the version that `If-Match` names.
        Precondition = "precondition-failed",
        /// The body is longer than allowed.
        TooLarge = "too-large",
        /// The body is not in the media type of the path.
        MediaType = "media-type",
        /// An invariant of the organization would break.
        Refused = "refused",
        /// The client sends too many requests.
        Throttled = "throttled",
        /// Something broke in the service.
        Broken = "broken",
        /// The service cannot carry out the request now; nothing was carried out.
        Busy = "busy",
    }
}

impl ProblemKind {
    /// Returns the status and the title.
    pub(crate) fn status_and_title(self) -> (u16, &'static str) {
        match self {
            Self::BadRequest => (400, "The request has not the form of the API"),
            Self::Unauthorized => (401, "There is no token, or one that does not hold"),
            Self::Forbidden => (403, "The token is not good for this"),
            Self::NotFound => (404, "There is no such thing"),
            Self::Method => (405, "The path knows no such method"),
            Self::Changed => (409, "The organization is not as the change says it was"),
            Self::Precondition => (412, "The object is not at that version"),
            Self::TooLarge => (413, "The body is longer than it may be"),
            Self::MediaType => (415, "The body is not in the media type of the path"),
            Self::Refused => (422, "An invariant of the organization would break"),
            Self::Throttled => (429, "Too many requests"),
            Self::Broken => (500, "Something broke in the service"),
            Self::Busy => (503, "Not now; nothing was carried out"),
        }
    }

    /// Returns the URI of the kind.
    pub(crate) fn uri(self) -> String {
        format!("urn:seatwise:problem:{}", self.as_str())
    }

    /// Builds a problem of this kind; `detail` is a lower-case fragment.
    pub(crate) fn problem(self, detail: Option<String>) -> HttpProblem {
        let (status, title) = self.status_and_title();
        HttpProblem { kind: self.uri(), title: title.to_owned(), status, detail }
    }
}

word_enum! {
    /// The permission that a token gives. Its word is the scope's name in OAuth.
    pub enum TokenScope {
        Read = "org.read",
        Write = "org.write",
    }
}
