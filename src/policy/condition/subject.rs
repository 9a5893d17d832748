//! What conditions can be about, and what they can ask of it.

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A person.
    User,
    /// A group.
    Group,
    /// A product.
    Product,
    /// What another rule has found.
    Finding,
}

/// One thing that a condition can ask of an object.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Its name in expressions.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// What it says.
    pub about: &'static str,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A text; empty where there is nothing to say.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// A list of texts, in order.
    Texts,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Of a [`Kind::Text`].
    Text(String),
    /// Of a [`Kind::Number`].
    Number(i64),
    /// Of a [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Texts`].
    Texts(Vec<String>),
}

impl Fact {
    /// The items of a list, the bytes of a text.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Texts(texts) => texts.len(),
            Self::Number(_) | Self::Flag(_) => 1,
        }
    }
}

impl Kind {
    /// What a field of this type says where there is nothing to say.
    pub fn nothing(self) -> Fact {
        match self {
            Self::Text => Fact::Text(String::new()),
            Self::Number => Fact::Number(0),
            Self::Flag => Fact::Flag(false),
            Self::Texts => Fact::Texts(Vec::new()),
        }
    }

    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a whole number",
            Self::Flag => "`true` or `false`",
            Self::Texts => "a list of texts",
        }
    }
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about }
}

const USER: &[Field] = &[
    field("email", Kind::Text, "address, in lower case"),
    field("first_name", Kind::Text, "given name"),
    field("last_name", Kind::Text, "family name"),
    field("state", Kind::Text, "`pending`, `invited`, `active` or `locked`"),
    field("country", Kind::Text, "country of the profile: `PT`"),
    field("entitlement_country", Kind::Text, "country whose contract and settings apply"),
    field("roles", Kind::Texts, "roles held"),
    field("groups", Kind::Texts, "groups, those by `includes` too"),
    field("products", Kind::Texts, "products that the person can start"),
    field("assigned", Kind::Texts, "products allowed by name"),
    field("denied", Kind::Texts, "products denied by name"),
    field("licences", Kind::Texts, "products of which a named licence is held"),
    field("checkouts", Kind::Texts, "products of which a licence is out on a machine"),
    field("declared", Kind::Flag, "whether the policy declares the person"),
    field("outside", Kind::Flag, "whether the address is of a domain that `audit.inside` does not name"),
    field(
        "last_used",
        Kind::Text,
        "last day on which the person used any product, by `--usage`; empty where no use is known",
    ),
    field("until", Kind::Text, "last day in the organization, `2027-03-31`; empty where there is none"),
];

const GROUP: &[Field] = &[
    field("name", Kind::Text, "name"),
    field("kind", Kind::Text, "`entitlement`, `allocation` or `other`"),
    field("country", Kind::Text, "the only country in which the list counts; empty where there is none"),
    field("description", Kind::Text, "description"),
    field("products", Kind::Texts, "products on the list"),
    field("members", Kind::Texts, "addresses of the members, those by `includes` too"),
    field("declared", Kind::Flag, "whether the policy declares the group"),
];

const PRODUCT: &[Field] = &[
    field("id", Kind::Text, "the short name"),
    field("name", Kind::Text, "name in the catalogue"),
    field("licence", Kind::Text, "`pooled` or `named`; empty where the catalogue does not have the product"),
    field("owned", Kind::Number, "licences owned, in all countries; 0 where that is not known"),
    field("users", Kind::Number, "people who can start it"),
    field("assigned", Kind::Number, "people to whom it is allowed by name"),
    field("licences", Kind::Number, "named licences held"),
];

const FINDING: &[Field] = &[
    field("rule", Kind::Text, "the rule that found it"),
    field("severity", Kind::Text, "`error`, `warning` or `note`"),
    field("item", Kind::Text, "what it is about, as JSON names it"),
    field("message", Kind::Text, "what is so"),
    field("file", Kind::Text, "the policy's file to look at; empty where there is none"),
];

impl Subject {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Product, Self::Finding];

    /// What an object is called in an expression.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Product => "product",
            Self::Finding => "finding",
        }
    }

    /// What all objects of it are called.
    pub fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
            Self::Product => "products",
            Self::Finding => "findings",
        }
    }

    /// What an expression can ask of it.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
            Self::Product => PRODUCT,
            Self::Finding => FINDING,
        }
    }

    /// The field called `name`.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}
