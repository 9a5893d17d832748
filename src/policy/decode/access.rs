//! Decodes the catalogue, custom roles, restrictions, alerts and contacts.

use super::super::document::PolicyDocument;
use super::super::problem::ProblemCode;
use super::super::yaml::YamlNodeRef;
use super::super::{CatalogueEntry, DeclaredValue, Restriction};
use super::values::{CountryCodeSchema, EmailSchema, MoneySchema, NameSchema, TextLineSchema};
use super::{KnownField, MappingField, PolicyDecoder, PolicyPlace};
use crate::model::{AccessSetting, Alert, Area, Contact, CountryCode, LicenceKind, Product, ProductId, Text};

words! {
    LicenceKindSchema "Licence" of LicenceKind {
        /// Pooled per country: any user may run it, the invoice follows the peak.
        "pooled" Pooled,
        /// Belongs to one user (Practitioner, Virtuoso).
        "named" Named,
    }
    AllowSchema "Allow" of Restriction {
        /// Open.
        "everyone" Everyone,
        /// Closed but for those with an assignment or a group list.
        "selected" Selected,
        /// Closed, and no assignment or list names the product.
        "nobody" Nobody,
    }
    SettingSchema "Setting" of AccessSetting {
        /// Open.
        "everyone" Everyone,
        /// Closed.
        "nobody" Nobody,
    }
}

/// A product of the catalogue, decoded so far.
struct ProductDraft {
    product: Product,
    licence: Option<LicenceKind>,
}

mapping! {
    /// One product of the catalogue.
    ProductSchema "Product", fn product_field(self, field, draft: &mut ProductDraft) {
        /// The organization's number of the product.
        #[schemars(range(min = 1))]
        required number: u32 => draft.product.number = self.number(field.value, field.what, 1),
        /// The feature string, where one number stands for several products.
        optional feature: TextLineSchema =>
            draft.product.feature = self.one_line_text(field.value, field.what),
        /// What people read; the id where it is left out.
        optional name: TextLineSchema =>
            draft.product.name = self.one_line_text(field.value, field.what).unwrap_or_default(),
        /// `pooled` licences serve any user of a country, a `named` one belongs to one user. Where it is left
        /// out, what the organization says of the product, or else `pooled`.
        optional licence: LicenceKindSchema =>
            draft.licence = self.word(field.value, field.what, LicenceKindSchema::WORDS),
        /// Perpetual list price of one licence. The organization's own price wins.
        optional list_price: MoneySchema => draft.product.list_price = self.money(field.value, field.what),
    }
}

mapping! {
    /// A custom enterprise role.
    RoleSchema "Role", fn role_field(self, field, shown_name: &mut Text) {
        /// What people read; the id where it is left out.
        optional name: TextLineSchema => if let Some(shown) = self.one_line_text(field.value, field.what) {
            *shown_name = shown;
        },
    }
}

/// The fields of a restriction or of a country's default that are decoded so far.
#[derive(Default)]
struct RestrictionDraft {
    product: Option<(ProductId, PolicyPlace)>,
    country: Option<CountryCode>,
    allow: Option<Restriction>,
    default: Option<AccessSetting>,
}

one_of! {
    /// Who may use a product, or what a country's default is.
    RestrictionSchema "Restriction" {
        "Product" Product(ProductRestrictionSchema),
        "Country default" Default(CountryDefaultSchema),
    }
}

mapping! {
    /// Who may use a product. The entry for a country wins over the one without.
    ProductRestrictionSchema "ProductRestriction", fn restriction_field(
        self, field, draft: &mut RestrictionDraft
    ) {
        /// The product, by its id in `products`.
        required product: NameSchema => draft.product = self.placed_product(field),
        /// The country; left out, every contract country.
        optional country: CountryCodeSchema => draft.country = self.country(field.value, field.what),
        /// Who may use the product.
        required allow: AllowSchema => draft.allow = self.word(field.value, field.what, AllowSchema::WORDS),
        _ => self.country_default_field(field, draft),
    }
}

mapping! {
    /// What holds in a country for products without a restriction.
    CountryDefaultSchema "CountryDefault", fn country_default_field(
        self, field, draft: &mut RestrictionDraft
    ) {
        /// The country.
        required country: CountryCodeSchema => draft.country = self.country(field.value, field.what),
        /// Who may use a product without a restriction. `nobody` takes access from everyone whom nothing else
        /// allows it.
        required default: SettingSchema =>
            draft.default = self.word(field.value, field.what, SettingSchema::WORDS),
        _ => {
            let of_product = ProductRestrictionSchema::FIELDS;
            let of_default = CountryDefaultSchema::FIELDS.iter().filter(|name| !of_product.contains(name));
            let known: Vec<&str> = of_product.iter().chain(of_default).copied().collect();
            self.report_unknown_field(field, &known)
        },
    }
}

mapping! {
    /// Tells when more than `above` users of a country have a product open. It counts users, not machines,
    /// and caps nothing.
    AlertSchema "Alert", fn alert(self, item, field) -> ((ProductId, CountryCode), DeclaredValue<Alert>),
        "an alert"
    {
        /// The product, by its id in `products`.
        required product: NameSchema => self.placed_product(field),
        /// The country.
        required country: CountryCodeSchema => self.country(field.value, field.what),
        /// Users.
        required above: u32 => self.number(field.value, field.what, 0),
        /// Whether a user must sign in to be counted; `false` where it is left out.
        optional sign_in_required: bool => self.flag(field.value, field.what),
    } => {
        let (product, place) = product;
        let value = Alert { above, sign_in_required: sign_in_required.unwrap_or(false) };
        ((product, country), DeclaredValue { value, place })
    }
}

mapping! {
    /// A fulfilment contact: gets renewals and invoices.
    ContactSchema "Contact", fn contact(self, item, field) -> (Contact, PolicyPlace), "a contact" {
        /// Where the mail goes.
        required email: EmailSchema =>
            self.email(field.value, field.what).map(|email| (email, self.place(field.value))),
        /// `global`, or the country whose mail it gets.
        required country: ContactAreaSchema => self.contact_area(field.value),
    } => (Contact { email: email.0, area: country }, email.1)
}

/// `global`, or a country.
#[derive(schemars::JsonSchema)]
#[schemars(extend("pattern" = "^(global|[A-Z]{2})$", "examples" = ["global", "DE"]))]
#[schemars(rename = "ContactArea")]
#[expect(dead_code, reason = "the type is there for the schema made of it")]
pub(crate) struct ContactAreaSchema(String);

impl<'a> PolicyDecoder<'a> {
    /// Decodes one product of the catalogue.
    pub(super) fn product(&mut self, entry: MappingField<'a>) -> (Product, CatalogueEntry) {
        let product = Product {
            number: None,
            feature: None,
            name: self.names.text(entry.name),
            licence: LicenceKind::Pooled,
            list_price: None,
        };
        let mut draft = ProductDraft { product, licence: None };
        let problems = self.problems.len();
        self.each_field(entry.value, "a product", |decoder, field| decoder.product_field(field, &mut draft));
        let ProductDraft { mut product, licence } = draft;
        product.licence = licence.unwrap_or(product.licence);
        if product.number.is_none() && self.problems.len() == problems {
            self.report_missing_fields(entry.key, "a product", &[("number", false)]);
        }
        (product, CatalogueEntry { place: self.place(entry.key), licence })
    }

    /// Decodes one custom role: the name that people read.
    pub(super) fn custom_role(&mut self, entry: MappingField<'a>) -> (Text, PolicyPlace) {
        let mut name = self.names.text(entry.name);
        self.each_field(entry.value, "a role", |decoder, field| decoder.role_field(field, &mut name));
        (name, self.place(entry.key))
    }

    fn placed_product(&mut self, field: KnownField<'a>) -> Option<(ProductId, PolicyPlace)> {
        Some((self.name(field.value, field.what)?, self.place(field.value)))
    }

    /// Decodes a restriction of a product or the default of a country into `document`.
    pub(super) fn decode_restriction(&mut self, item: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let problems = self.problems.len();
        let mut draft = RestrictionDraft::default();
        self.each_field(item, "a restriction", |decoder, field| decoder.restriction_field(field, &mut draft));
        let RestrictionDraft { product, country, allow, default } = draft;
        let area = country.map_or(Area::Everywhere, Area::Country);
        match (product, allow, country, default) {
            _ if self.problems.len() > problems => {}
            (Some((product, place)), Some(value), _, None) => {
                document.restrictions.push(((product, area), DeclaredValue { value, place }))
            }
            (None, None, Some(country), Some(value)) => {
                document.country_defaults.push((country, DeclaredValue { value, place: self.place(item) }))
            }
            (Some(_), None, _, _) => {
                self.report_missing_fields(item, "a restriction of a product", &[("allow", false)])
            }
            (None, None, None, Some(_)) => {
                self.report_missing_fields(item, "a default", &[("country", false)])
            }
            (None, Some(_), _, _) => self.report_missing_fields(item, "a restriction", &[("product", false)]),
            (None, None, _, None) | (Some(_), Some(_), _, Some(_)) => {
                let help = "write `{product: …, allow: …}`, with a `country` or without one, or \
                    `{country: …, default: …}`";
                self.report_problem(
                    ProblemCode::MissingField,
                    item,
                    "a restriction is for a product or sets a country's default",
                    help,
                );
            }
        }
    }

    fn contact_area(&mut self, view: YamlNodeRef<'a>) -> Option<Area> {
        match self.scalar(view, "`country`", "a country code, or `global`")? {
            ("global", _) => Some(Area::Everywhere),
            _ => self.country(view, "`country`").map(Area::Country),
        }
    }
}
