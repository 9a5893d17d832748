//! Decodes the catalogue, custom roles, restrictions, alerts and contacts.

use super::super::document::PolicyDocument;
use super::super::problem::ProblemCode;
use super::super::yaml::YamlNodeRef;
use super::super::{DeclaredValue, Restriction};
use super::{MappingField, PolicyDecoder, fields};
use crate::model::{AccessSetting, Alert, Area, Contact, LicenceKind, Product, ProductId, RoleId};

impl<'a> PolicyDecoder<'a> {
    /// Decodes `products`, the catalogue, into `document`.
    pub(super) fn decode_catalogue(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let mut fields = self.entries(view, "`products`");
        while let Some(field) = fields.next(self) {
            let product = self.product(field);
            match ProductId::parse(field.name, self.names) {
                Ok(id) => document.products.push((id, product, self.place(field.key))),
                Err(error) => self.report_bad_name(field.key, field.name, error),
            }
        }
    }

    fn product(&mut self, entry: MappingField<'a>) -> Product {
        let mut product = Product {
            number: None,
            feature: None,
            name: self.names.text(entry.name),
            licence: LicenceKind::Pooled,
            list_price: None,
        };
        let problems = self.problems.len();
        let mut fields = self.fields(entry.value, "a product");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            match field.name {
                "number" => product.number = self.number(value, "`number`", 1),
                "feature" => product.feature = self.one_line_text(value, "`feature`"),
                "name" => product.name = self.one_line_text(value, "`name`").unwrap_or_default(),
                "licence" => {
                    let kinds = [LicenceKind::Pooled, LicenceKind::Named].map(|kind| (kind.as_str(), kind));
                    product.licence = self
                        .word(value, "`licence`", ProblemCode::UnknownWord, &kinds)
                        .unwrap_or(LicenceKind::Pooled);
                }
                "list_price" => product.list_price = self.money(value, "`list_price`"),
                _ => self.report_unknown_field(field, fields::PRODUCT),
            }
        }
        if product.number.is_none() && self.problems.len() == problems {
            self.report_missing_fields(entry.key, "a product", &[("number", false)]);
        }
        product
    }

    /// Decodes `roles`, the custom roles, into `document`.
    pub(super) fn decode_custom_roles(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let mut fields = self.entries(view, "`roles`");
        while let Some(entry) = fields.next(self) {
            let mut name = self.names.text(entry.name);
            let mut fields = self.fields(entry.value, "a role");
            while let Some(field) = fields.next(self) {
                match field.name {
                    "name" => name = self.one_line_text(field.value, "`name`").unwrap_or(name),
                    _ => self.report_unknown_field(field, fields::ROLE),
                }
            }
            match RoleId::parse(entry.name, self.names) {
                Ok(id) => document.roles.push((id, name, self.place(entry.key))),
                Err(error) => self.report_bad_name(entry.key, entry.name, error),
            }
        }
    }

    /// Decodes `restrictions`, those of products and the defaults of countries, into `document`.
    pub(super) fn decode_restrictions(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        for item in self.items(view, "`restrictions`").into_iter().flatten() {
            self.decode_restriction(item, document);
        }
    }

    fn decode_restriction(&mut self, item: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let (mut product, mut country, mut allow, mut default) = (None, None, None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "a restriction");
        while let Some(field) = fields.next(self) {
            match field.name {
                "product" => {
                    product = self
                        .name::<ProductId>(field.value, "`product`")
                        .map(|product| (product, self.place(field.value)))
                }
                "country" => country = self.country(field.value, "`country`"),
                "allow" => {
                    let words = [
                        ("everyone", Restriction::Everyone),
                        ("selected", Restriction::Selected),
                        ("nobody", Restriction::Nobody),
                    ];
                    allow = self.word(field.value, "`allow`", ProblemCode::UnknownWord, &words);
                }
                "default" => {
                    let words = [AccessSetting::Everyone, AccessSetting::Nobody]
                        .map(|setting| (setting.as_str(), setting));
                    default = self.word(field.value, "`default`", ProblemCode::UnknownWord, &words);
                }
                _ => self.report_unknown_field(field, fields::RESTRICTION),
            }
        }
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

    /// Decodes `alerts` into `document`.
    pub(super) fn decode_alerts(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        for item in self.items(view, "`alerts`").into_iter().flatten() {
            self.decode_alert(item, document);
        }
    }

    fn decode_alert(&mut self, item: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let (mut product, mut country, mut above, mut sign_in_required) = (None, None, None, false);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "an alert");
        while let Some(field) = fields.next(self) {
            match field.name {
                "product" => {
                    product = self
                        .name::<ProductId>(field.value, "`product`")
                        .map(|product| (product, self.place(field.value)))
                }
                "country" => country = self.country(field.value, "`country`"),
                "above" => above = self.number(field.value, "`above`", 0),
                "sign_in_required" => {
                    sign_in_required = self.flag(field.value, "`sign_in_required`").unwrap_or(false)
                }
                _ => self.report_unknown_field(field, fields::ALERT),
            }
        }
        match (product, country, above) {
            _ if self.problems.len() > problems => {}
            (Some((product, place)), Some(country), Some(above)) => {
                document.alerts.push((
                    (product, country),
                    DeclaredValue { value: Alert { above, sign_in_required }, place },
                ));
            }
            (product, country, above) => {
                self.report_missing_fields(
                    item,
                    "an alert",
                    &[
                        ("product", product.is_some()),
                        ("country", country.is_some()),
                        ("above", above.is_some()),
                    ],
                );
            }
        }
    }

    /// Decodes `contacts` into `document`, with the place of the key and the number of its entries.
    pub(super) fn decode_contacts(&mut self, field: MappingField<'a>, document: &mut PolicyDocument) {
        let Some(items) = self.items(field.value, "`contacts`") else { return };
        document.contacts_key = Some((self.place(field.key), items.count()));
        for item in items {
            self.decode_contact(item, document);
        }
    }

    fn decode_contact(&mut self, item: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let (mut email, mut area) = (None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "a contact");
        while let Some(field) = fields.next(self) {
            match field.name {
                "email" => {
                    email = self.email(field.value, "`email`").map(|email| (email, self.place(field.value)))
                }
                "country" => area = self.contact_area(field.value),
                _ => self.report_unknown_field(field, fields::CONTACT),
            }
        }
        match (email, area) {
            _ if self.problems.len() > problems => {}
            (Some((email, place)), Some(area)) => document.contacts.push((Contact { email, area }, place)),
            (email, area) => self.report_missing_fields(
                item,
                "a contact",
                &[("email", email.is_some()), ("country", area.is_some())],
            ),
        }
    }

    fn contact_area(&mut self, view: YamlNodeRef<'a>) -> Option<Area> {
        match self.scalar(view, "`country`", "a country code, or `global`")? {
            ("global", _) => Some(Area::Everywhere),
            _ => self.country(view, "`country`").map(Area::Country),
        }
    }
}
