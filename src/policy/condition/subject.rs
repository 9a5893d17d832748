//! The kinds of objects that conditions can be about, and the fields of each.

use ConditionValueType::{Flag, Number, Text, Texts};

use crate::model::word_enum;

word_enum! {
    /// The kind of object that a condition is about.
    pub enum ConditionSubject {
        User = "user",
        Group = "group",
        Product = "product",
        /// What another rule has found.
        Finding = "finding",
    }
}

/// A field of an object that an expression can use.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConditionField {
    /// Name in expressions.
    pub name: &'static str,
    pub kind: ConditionValueType,
    /// What the field tells, as the documentation says it.
    pub about: &'static str,
}

word_enum! {
    /// The type of a field.
    pub enum ConditionValueType {
        /// A text; empty where the object has no value.
        Text = "a text",
        /// A whole number.
        Number = "a whole number",
        Flag = "`true` or `false`",
        /// A list of texts, in order.
        Texts = "a list of texts",
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionValue {
    Text(String),
    Number(i64),
    Flag(bool),
    Texts(Vec<String>),
}

impl ConditionValueType {
    /// Returns the value of a field of this type where an object has none.
    pub fn empty_value(self) -> ConditionValue {
        match self {
            Self::Text => ConditionValue::Text(String::new()),
            Self::Number => ConditionValue::Number(0),
            Self::Flag => ConditionValue::Flag(false),
            Self::Texts => ConditionValue::Texts(Vec::new()),
        }
    }
}

const fn field(name: &'static str, kind: ConditionValueType, about: &'static str) -> ConditionField {
    ConditionField { name, kind, about }
}

const USER: &[ConditionField] = &[
    field("email", Text, "address, in lower case"),
    field("first_name", Text, "given name"),
    field("last_name", Text, "family name"),
    field("state", Text, "`pending`, `invited`, `active` or `locked`"),
    field("country", Text, "country of the profile: `PT`"),
    field("entitlement_country", Text, "country whose contract and settings apply"),
    field("roles", Texts, "roles held"),
    field("groups", Texts, "groups, those by `includes` too"),
    field("products", Texts, "products that the person can start"),
    field("assigned", Texts, "products allowed by name"),
    field("denied", Texts, "products denied by name"),
    field("licences", Texts, "products of which a named licence is held"),
    field("checkouts", Texts, "products of which a licence is out on a machine"),
    field("declared", Flag, "whether the policy declares the person"),
    field("outside", Flag, "whether the address is of a domain that `audit.inside` does not name"),
    field(
        "last_used",
        Text,
        "last day on which the person used any product, by `--usage`; empty where no use is known",
    ),
    field("until", Text, "last day in the organization, `2027-03-31`; empty where there is none"),
];

const GROUP: &[ConditionField] = &[
    field("name", Text, "name"),
    field("kind", Text, "`entitlement`, `allocation` or `other`"),
    field("country", Text, "the only country in which the list counts; empty where there is none"),
    field("description", Text, "description"),
    field("products", Texts, "products on the list"),
    field("members", Texts, "addresses of the members, those by `includes` too"),
    field("declared", Flag, "whether the policy declares the group"),
];

const PRODUCT: &[ConditionField] = &[
    field("id", Text, "the short name"),
    field("name", Text, "name in the catalogue"),
    field("licence", Text, "`pooled` or `named`; empty where the catalogue does not have the product"),
    field("owned", Number, "licences owned, in all countries; 0 where that is not known"),
    field("users", Number, "people who can start it"),
    field("assigned", Number, "people to whom it is allowed by name"),
    field("licences", Number, "named licences held"),
];

const FINDING: &[ConditionField] = &[
    field("rule", Text, "the rule that found it"),
    field("severity", Text, "`error`, `warning` or `note`"),
    field("item", Text, "what it is about, as JSON names it"),
    field("message", Text, "what is so"),
    field("file", Text, "the policy's file to look at; empty where there is none"),
];

impl ConditionSubject {
    /// Returns the plural, which `over` of a rule names.
    pub fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
            Self::Product => "products",
            Self::Finding => "findings",
        }
    }

    /// Returns the fields that an expression can use.
    pub fn fields(self) -> &'static [ConditionField] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
            Self::Product => PRODUCT,
            Self::Finding => FINDING,
        }
    }

    /// Returns the field called `name`.
    pub fn field(self, name: &str) -> Option<&'static ConditionField> {
        self.fields().iter().find(|field| field.name == name)
    }
}
