//! The attributes of each profile, in one table. Schemas are published from the table, and filters and writes
//! are checked against it.

use super::{
    BENTLEY_GROUP, BENTLEY_USER, GROUP, ResourceKind, SEATWISE_GROUP, SEATWISE_USER, ScimProfile, USER,
};
use crate::model::COUNTRIES;

/// The type of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeKind {
    /// Text that is compared without case.
    Text,
    /// Text that is compared as it is written.
    Exact,
    Boolean,
    /// A point in time.
    DateTime,
    /// The address of a resource of one of these types.
    Reference(&'static [&'static str]),
    /// A value that consists of these parts.
    Complex(&'static [ScimAttribute]),
}

/// Who may write a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutability {
    /// Every client with write access.
    ReadWrite,
    /// Only the service; values that clients send are ignored.
    ReadOnly,
    /// The client sets the value once, when it creates the object that contains the value.
    Immutable,
}

/// The values that a schema suggests for an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CanonicalValues {
    /// The schema suggests no values.
    Any,
    Words(&'static [&'static str]),
    /// The codes of ISO 3166-1.
    Countries,
}

impl CanonicalValues {
    /// Returns the suggested values; the list is empty where the schema suggests none.
    pub(crate) fn words(self) -> Vec<&'static str> {
        match self {
            Self::Any => Vec::new(),
            Self::Words(words) => words.to_vec(),
            Self::Countries => COUNTRIES.iter().map(|(code, _)| *code).collect(),
        }
    }
}

/// One attribute, or one part of a complex attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScimAttribute {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) kind: AttributeKind,
    /// Whether the attribute has a list of values.
    pub(crate) many: bool,
    /// Whether a resource must have it.
    pub(crate) required: bool,
    /// Whether no other resource may have the same value.
    pub(crate) unique: bool,
    pub(crate) mutability: Mutability,
    pub(crate) canonical: CanonicalValues,
    /// Whether answers contain the attribute only when the client asks for it.
    pub(crate) on_request: bool,
}

const fn attribute(name: &'static str, kind: AttributeKind, description: &'static str) -> ScimAttribute {
    ScimAttribute {
        name,
        description,
        kind,
        many: false,
        required: false,
        unique: false,
        mutability: Mutability::ReadWrite,
        canonical: CanonicalValues::Any,
        on_request: false,
    }
}

impl ScimAttribute {
    const fn many(self) -> Self {
        Self { many: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn on_request(self) -> Self {
        Self { on_request: true, ..self }
    }

    const fn one_of(self, canonical: CanonicalValues) -> Self {
        Self { canonical, ..self }
    }

    /// Returns the parts of a complex attribute; other attributes have none.
    pub(crate) fn parts(&self) -> &'static [Self] {
        match self.kind {
            AttributeKind::Complex(parts) => parts,
            AttributeKind::Text
            | AttributeKind::Exact
            | AttributeKind::Boolean
            | AttributeKind::DateTime
            | AttributeKind::Reference(_) => &[],
        }
    }

    /// Whether values that differ only in case are different.
    pub(crate) fn is_case_exact(&self) -> bool {
        match self.kind {
            AttributeKind::Exact | AttributeKind::DateTime | AttributeKind::Reference(_) => true,
            AttributeKind::Text | AttributeKind::Boolean | AttributeKind::Complex(_) => false,
        }
    }
}

/// A schema: the core of a resource, or an extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScimSchema {
    /// The URN.
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) attributes: &'static [ScimAttribute],
}

use AttributeKind::{Boolean, Complex, DateTime, Exact, Reference, Text};
use CanonicalValues::{Countries, Words};

const WORK: CanonicalValues = Words(&["work", "home", "other"]);
const VALUE: ScimAttribute = attribute("value", Text, "The value itself");
const TYPE: ScimAttribute = attribute("type", Text, "What it is for").one_of(WORK);
const PRIMARY: ScimAttribute = attribute("primary", Boolean, "Whether it is the one to use first");
const GIVEN: ScimAttribute = attribute("givenName", Text, "First name");
const FAMILY: ScimAttribute = attribute("familyName", Text, "Last name");
const NAME: ScimAttribute = attribute("name", Complex(&[GIVEN, FAMILY]), "The person's name");
const TITLE: ScimAttribute = attribute("title", Text, "Job title");
const LANGUAGE: ScimAttribute = attribute("preferredLanguage", Text, "Language");
const USER_NAME: ScimAttribute =
    attribute("userName", Text, "The address by which the person signs in; one user has it")
        .required()
        .unique();
const EMAILS: ScimAttribute =
    attribute("emails", Complex(&[VALUE, TYPE, PRIMARY]), "E-mail addresses").many();
const PHONES: ScimAttribute =
    attribute("phoneNumbers", Complex(&[VALUE, TYPE, PRIMARY]), "Telephone numbers").many();
const ADDRESSES: ScimAttribute = attribute(
    "addresses",
    Complex(&[
        attribute("streetAddress", Text, "Street and number"),
        attribute("locality", Text, "City"),
        attribute("region", Text, "State or region"),
        attribute("postalCode", Text, "Postal code"),
        attribute("country", Text, "Country, ISO 3166-1 alpha-2; the work address' is the profile country")
            .one_of(Countries),
        TYPE,
        PRIMARY,
    ]),
    "Postal addresses",
)
.many();
const MEMBERS: ScimAttribute = attribute(
    "members",
    Complex(&[
        attribute("value", Exact, "The identity of the user").immutable(),
        attribute("$ref", Reference(&["User"]), "The address of the user").immutable(),
    ]),
    "Who is in the group",
)
.many();
const DISPLAY_NAME: ScimAttribute =
    attribute("displayName", Exact, "The name of the group; one group has it").required().unique();

const STANDARD_USER: &[ScimAttribute] = &[
    USER_NAME,
    NAME,
    attribute("displayName", Text, "The name as it is shown"),
    TITLE,
    LANGUAGE,
    attribute("active", Boolean, "Whether the user is not locked; locking ends neither access nor usage"),
    EMAILS,
    PHONES,
    ADDRESSES,
    attribute(
        "groups",
        Complex(&[
            attribute("value", Exact, "The identity of the group").read_only(),
            attribute("$ref", Reference(&["Group"]), "The address of the group").read_only(),
            attribute("display", Text, "The name of the group").read_only(),
        ]),
        "The groups that the user is in",
    )
    .many()
    .read_only(),
    attribute(
        "entitlements",
        Complex(&[attribute("value", Exact, "The product"), ENTITLEMENT]),
        "Products by name: exceptions and licences",
    )
    .many(),
    attribute("roles", Complex(&[attribute("value", Exact, "The role")]), "Roles held").many(),
];
const ENTITLEMENT: ScimAttribute =
    attribute("type", Text, "`allowed` and `denied` are exceptions, `licence` is a named licence")
        .one_of(Words(&["allowed", "denied"]));
const STANDARD_USER_EXTENSION: &[ScimAttribute] = &[
    attribute("state", Text, "pending, invited, active or locked").read_only().on_request(),
    attribute("entitlementCountry", Exact, "Explicit entitlement country, ISO 3166-1 alpha-2")
        .one_of(Countries),
    attribute(
        "licences",
        Complex(&[
            attribute("product", Exact, "The product").read_only(),
            attribute("assigned", DateTime, "When the licence was last assigned").read_only(),
        ]),
        "Named licences, each with the time from which its lock counts",
    )
    .many()
    .read_only()
    .on_request(),
];
const STANDARD_GROUP: &[ScimAttribute] = &[DISPLAY_NAME, MEMBERS];
const STANDARD_GROUP_EXTENSION: &[ScimAttribute] = &[
    attribute("kind", Text, "What the group is for").one_of(Words(&["entitlement", "allocation", "other"])),
    attribute("country", Exact, "The list counts only for members whose entitlement country is this one")
        .one_of(Countries),
    DESCRIPTION,
];
const DESCRIPTION: ScimAttribute = attribute("description", Text, "What people read of the group");

// Exactly the attributes that Bentley documents for its user provisioning: no `active`, no roles, no
// entitlements.
const BENTLEY_USER_CORE: &[ScimAttribute] = &[
    USER_NAME,
    NAME,
    TITLE,
    LANGUAGE,
    attribute("emails", Complex(&[VALUE, TYPE]), "The work address").many(),
    attribute("phoneNumbers", Complex(&[VALUE, TYPE]), "The work telephone").many(),
    ADDRESSES,
];
const BENTLEY_USER_EXTENSION: &[ScimAttribute] =
    &[attribute("isSoftDeleted", Text, "`True` for somebody who is switched off; a text")];
const BENTLEY_GROUP_EXTENSION: &[ScimAttribute] = &[DESCRIPTION];

const fn user(id: &'static str, name: &'static str, attributes: &'static [ScimAttribute]) -> ScimSchema {
    ScimSchema { id, name, description: "A person in the organization", attributes }
}

const fn group(id: &'static str, name: &'static str, attributes: &'static [ScimAttribute]) -> ScimSchema {
    ScimSchema { id, name, description: "A group of users", attributes }
}

/// Returns the schemas of a resource: its core, and its extensions.
pub(crate) const fn schemas(
    profile: ScimProfile,
    resource: ResourceKind,
) -> (ScimSchema, &'static [ScimSchema]) {
    const STANDARD_USERS: &[ScimSchema] = &[user(SEATWISE_USER, "OrganizationUser", STANDARD_USER_EXTENSION)];
    const STANDARD_GROUPS: &[ScimSchema] =
        &[group(SEATWISE_GROUP, "OrganizationGroup", STANDARD_GROUP_EXTENSION)];
    const BENTLEY_USERS: &[ScimSchema] = &[user(BENTLEY_USER, "OrganizationUser", BENTLEY_USER_EXTENSION)];
    const BENTLEY_GROUPS: &[ScimSchema] =
        &[group(BENTLEY_GROUP, "OrganizationGroup", BENTLEY_GROUP_EXTENSION)];
    match (profile, resource) {
        (ScimProfile::Standard, ResourceKind::User) => (user(USER, "User", STANDARD_USER), STANDARD_USERS),
        (ScimProfile::Standard, ResourceKind::Group) => {
            (group(GROUP, "Group", STANDARD_GROUP), STANDARD_GROUPS)
        }
        (ScimProfile::Bentley, ResourceKind::User) => (user(USER, "User", BENTLEY_USER_CORE), BENTLEY_USERS),
        (ScimProfile::Bentley, ResourceKind::Group) => {
            (group(GROUP, "Group", STANDARD_GROUP), BENTLEY_GROUPS)
        }
    }
}

/// Returns the attribute with that name. Names are compared without case.
pub(crate) fn find_attribute(
    attributes: &'static [ScimAttribute],
    name: &str,
) -> Option<&'static ScimAttribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// The attributes that every resource has in addition to its schemas (RFC 7643, section 3.1).
pub(crate) const COMMON: &[ScimAttribute] = &[
    attribute("id", Exact, "The identity").read_only(),
    attribute("externalId", Exact, "The identity that the client knows"),
    attribute("schemas", Exact, "The schemas in use").many().read_only(),
    attribute(
        "meta",
        Complex(&[
            attribute("resourceType", Exact, "").read_only(),
            attribute("version", Exact, "").read_only(),
        ]),
        "",
    )
    .read_only(),
];
