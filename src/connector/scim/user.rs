//! A person as a SCIM resource: which of its values the organization has, and how they are written.

use serde_json::{Value, json};

use super::resource::{FetchedResource, ScimResource, objects, resource_identity, text, value_text, values};
use super::resource_op::ResourceOp;
use super::service::is_true;
use super::service_schemas::{AttributeSupport, ServiceSchemas};
use crate::change::Edit;
use crate::model::{
    CountryCode, Email, Interner, Licence, LiveId, ProductId, Profile, RoleId, Section, Text, Timestamp,
    User, UserException, UserState,
};
use crate::object::profile::ProfileField;
use crate::wire::scim::person::{AttributePath, PersonAttribute};
use crate::wire::scim::{BENTLEY_USER, JsonObject, ResourceKind, SEATWISE_USER, USER, get_member};

/// Whether a user is not locked.
pub(super) const ACTIVE: AttributePath = AttributePath::core("active");
/// Whether a user is locked, in Bentley's user provisioning; a text, and the opposite of [`ACTIVE`].
pub(super) const SOFT_DELETED: AttributePath = AttributePath::extension(BENTLEY_USER, "isSoftDeleted");
/// The full name in one text.
const NAMES_IN_ONE: AttributePath = AttributePath::part("name", "formatted");
/// The type of an entitlement that is a named licence.
const LICENCE: &str = "licence";

/// A user that was read from a resource.
#[derive(Debug)]
pub(super) struct ScimUser {
    pub(super) user: User,
    /// The `userName` exactly as the service writes it.
    pub(super) user_name: Box<str>,
    pub(super) shows: ShownAttributes,
    /// Sections in which a value of the user cannot be understood, each with a lower-case fragment that says
    /// why.
    pub(super) flaws: Vec<(Section, Text)>,
    id: LiveId,
}

/// The attributes that a service without schemas is judged by.
const TELLING: [&str; 6] = ["name", "addresses", "active", "roles", "entitlements", "groups"];

/// Which of the [`TELLING`] attributes a resource shows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ShownAttributes([bool; TELLING.len()]);

impl ShownAttributes {
    /// Returns the attributes that either of the two shows.
    pub(super) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] || other.0[at]))
    }

    /// Whether the attribute called `name` is one of them.
    pub(super) fn has(self, name: &str) -> bool {
        TELLING.into_iter().zip(self.0).any(|(known, shown)| shown && known == name)
    }

    fn from_resource(resource: &JsonObject) -> Self {
        let shows = |name: &str| get_member(resource, name).is_some_and(|value| !value.is_null());
        Self(TELLING.map(|name| match name {
            "active" => shows(name) || get_member(resource, BENTLEY_USER).is_some(),
            "groups" => values(resource, name).next().is_some(),
            _ => shows(name),
        }))
    }
}

impl ScimResource for ScimUser {
    const RESOURCE: ResourceKind = ResourceKind::User;

    fn read(resource: &JsonObject, _: &ServiceSchemas, names: &Interner) -> Result<Self, Text> {
        let id = resource_identity(resource, names)?;
        let email = user_address(resource, names).ok_or_else(|| {
            Text::from(format!("user {} has no name that could be an address", id.as_str()))
        })?;
        let extension = get_member(resource, SEATWISE_USER).and_then(Value::as_object);
        let mut profile = Profile { country: user_country(resource), ..Profile::new(email) };
        for (field, path) in PersonAttribute::texts() {
            // A text that the field cannot have counts as none.
            _ = field.set(&mut profile, path.text(resource).filter(|text| !text.is_empty()), names);
        }
        let mut person = Self {
            user: User { id: Some(id.clone()), ..User::new(profile, user_state(resource, extension)) },
            user_name: text(resource, "userName").unwrap_or_default().into(),
            shows: ShownAttributes::from_resource(resource),
            flaws: Vec::new(),
            id,
        };
        person.read_roles(resource, names);
        person.read_entitlements(resource, extension, names);
        Ok(person)
    }

    fn id(&self) -> &LiveId {
        &self.id
    }

    fn name(&self) -> &str {
        self.user.profile.email.as_str()
    }
}

impl ScimUser {
    fn read_roles(&mut self, resource: &JsonObject, names: &Interner) {
        for role in values(resource, "roles") {
            match RoleId::parse(value_text(role).unwrap_or_default(), names) {
                Ok(role) => drop(self.user.roles.add(role)),
                Err(error) => {
                    self.flaws.push((Section::Roles, format!("a role of {} is {error}", self.name()).into()))
                }
            }
        }
    }

    fn read_entitlements(&mut self, resource: &JsonObject, extension: Option<&JsonObject>, names: &Interner) {
        let assigned = |product: &ProductId| {
            let mut licences = objects(extension?, "licences");
            let licence = licences.find(|licence| text(licence, "product") == Some(product.as_str()))?;
            text(licence, "assigned")?.parse::<Timestamp>().ok()
        };
        for entitlement in values(resource, "entitlements") {
            let product = match ProductId::parse(value_text(entitlement).unwrap_or_default(), names) {
                Ok(product) => product,
                Err(error) => {
                    self.flaws.push((
                        Section::Assignments,
                        format!("an entitlement of {} is {error}", self.name()).into(),
                    ));
                    continue;
                }
            };
            let user = &mut self.user;
            match entitlement
                .as_object()
                .and_then(|entitlement| text(entitlement, "type"))
                .map(str::to_ascii_lowercase)
                .as_deref()
            {
                None | Some("allowed") => drop(user.exceptions.insert(product, UserException::Allow)),
                Some("denied") => drop(user.exceptions.insert(product, UserException::Deny)),
                Some(LICENCE) => {
                    let assigned = assigned(&product);
                    user.licences.insert(product, Licence { assigned });
                }
                Some(other) => {
                    let what = format!(
                        "an entitlement of {} is of the type {other}, which is not known",
                        self.user.profile.email
                    );
                    self.flaws.push((Section::Assignments, what.into()));
                }
            }
        }
    }
}

/// Returns the address that identifies a person: the name to sign in by, or else one of the e-mail addresses.
/// A user without any address gets one under the reserved domain `.invalid` (RFC 2606).
fn user_address(resource: &JsonObject, names: &Interner) -> Option<Email> {
    let user_name = text(resource, "userName")?;
    let parsed = |text: &str| Email::parse(text, names).ok();
    let of = |mail: &JsonObject| parsed(text(mail, "value")?);
    let mails = objects(resource, "emails");
    let by_mail =
        || mails.clone().filter(|mail| is_work(mail)).find_map(of).or_else(|| mails.clone().find_map(of));
    parsed(user_name).or_else(by_mail).or_else(|| parsed(&format!("{user_name}@scim.invalid")))
}

fn is_work(value: &JsonObject) -> bool {
    text(value, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
}

/// Returns the country of the work address, or of another address if the work address has none.
fn user_country(resource: &JsonObject) -> CountryCode {
    let of = |address: &JsonObject| CountryCode::new(&text(address, "country")?.to_ascii_uppercase()).ok();
    let addresses = objects(resource, "addresses");
    let work = addresses.clone().filter(|address| is_work(address)).find_map(of);
    work.or_else(|| addresses.clone().find_map(of)).unwrap_or(CountryCode::UNKNOWN)
}

/// Returns the state of a user. A user who is not declared inactive counts as active. Standard SCIM does not
/// report whether an invitation was accepted; seatwise's extension does.
fn user_state(resource: &JsonObject, extension: Option<&JsonObject>) -> UserState {
    let is_off = get_member(resource, "active").is_some_and(|active| !active.is_null() && !is_true(active));
    let soft = get_member(resource, BENTLEY_USER)
        .and_then(Value::as_object)
        .and_then(|soft| get_member(soft, "isSoftDeleted"));
    let told = extension.and_then(|own| text(own, "state")).map(str::to_ascii_lowercase);
    match told.as_deref() {
        _ if is_off || soft.is_some_and(is_true) => UserState::Locked,
        Some("pending") => UserState::Pending,
        Some("invited") => UserState::Invited,
        Some(_) | None => UserState::Active,
    }
}

/// Builds the resource that creates a person, without the attributes that the service does not have and with
/// those that it requires.
pub(super) fn creation_body(profile: &Profile, schemas: &ServiceSchemas) -> JsonObject {
    let (email, whole) = (profile.email.as_str(), full_name(profile));
    let mut body = JsonObject::from_iter([
        ("schemas".to_owned(), json!([])),
        ("userName".to_owned(), email.into()),
        ("name".to_owned(), json!({})),
        ("emails".to_owned(), json!([{"value": email, "type": "work", "primary": true}])),
        ("active".to_owned(), true.into()),
    ]);
    if schemas.requires(ResourceKind::User, AttributePath::core("displayName")) {
        body.insert("displayName".into(), whole.as_str().into());
    }
    if profile.country != CountryCode::UNKNOWN {
        body.insert("addresses".into(), json!([{"type": "work", "country": profile.country.as_str()}]));
    }
    for (field, path) in PersonAttribute::texts() {
        if let Some(text) = field.text(profile).filter(|text| !text.is_empty()) {
            path.set_value(&mut body, Some(text.into()));
        }
    }
    if !whole.is_empty() && schemas.requires(ResourceKind::User, NAMES_IN_ONE) {
        NAMES_IN_ONE.set_value(&mut body, Some(whole.into()));
    }
    let used = body.keys().filter(|name| name.starts_with("urn:")).map(String::as_str);
    body["schemas"] = std::iter::once(USER).chain(used).collect();
    schemas.fit_body(ResourceKind::User, body)
}

fn full_name(profile: &Profile) -> String {
    format!("{} {}", profile.first_name, profile.last_name).trim().to_owned()
}

impl FetchedResource<ScimUser> {
    /// Returns the operations that change one profile into another.
    pub(super) fn profile_ops(&self, before: &Profile, after: &Profile) -> Vec<ResourceOp> {
        let mut ops = Vec::new();
        for field in ProfileField::ALL {
            match PersonAttribute::from_field(field) {
                PersonAttribute::SignInName if before.email != after.email => {
                    ops.extend(self.rename_ops(before, after));
                }
                PersonAttribute::WorkCountry => {
                    // Names that are composed of others follow them.
                    ops.extend(self.shown_name_ops(before, after));
                    if before.country != after.country {
                        ops.push(self.work_value_op("addresses", "country", after.country.as_str(), is_work));
                    }
                }
                PersonAttribute::Text(path) if field.differs(before, after) => {
                    ops.push(match field.text(after).filter(|text| !text.is_empty()) {
                        Some(text) => ResourceOp::Set(path, text.into()),
                        None => ResourceOp::Clear(path),
                    });
                }
                PersonAttribute::SignInName | PersonAttribute::Text(_) => {}
            }
        }
        ops
    }

    /// Returns the operations that change the name to sign in by, where that is the old address, and the
    /// e-mail address that equals the old address.
    fn rename_ops(&self, before: &Profile, after: &Profile) -> Vec<ResourceOp> {
        let is_old = |text: &str| text.eq_ignore_ascii_case(before.email.as_str());
        let mut ops = Vec::new();
        if is_old(&self.thing.user_name) {
            ops.push(ResourceOp::Set(PersonAttribute::SignInName.path(), after.email.as_str().into()));
        }
        if objects(&self.raw, "emails").any(|mail| text(mail, "value").is_some_and(is_old)) {
            ops.push(self.work_value_op("emails", "value", after.email.as_str(), |mail| {
                text(mail, "value").is_some_and(is_old)
            }));
        }
        ops
    }

    /// Returns the operations that update names which are composed of first and last name.
    fn shown_name_ops(&self, before: &Profile, after: &Profile) -> Vec<ResourceOp> {
        let (old, new) = (full_name(before), full_name(after));
        let formatted =
            get_member(&self.raw, "name").and_then(Value::as_object).and_then(|name| text(name, "formatted"));
        let shown =
            [(AttributePath::core("displayName"), text(&self.raw, "displayName")), (NAMES_IN_ONE, formatted)];
        let stale = |shown: &Option<&str>| old != new && *shown == Some(&*old);
        shown
            .into_iter()
            .filter(|(_, shown)| stale(shown))
            .map(|(path, _)| ResourceOp::Set(path, new.as_str().into()))
            .collect()
    }

    /// Returns the operation that sets one part of a value in a list: of the work value that `is_meant`
    /// selects, or else of another selected value. The other values stay as they are.
    fn work_value_op(
        &self,
        list: &'static str,
        part: &'static str,
        wanted: &str,
        is_meant: impl Fn(&JsonObject) -> bool,
    ) -> ResourceOp {
        let mut whole: Vec<JsonObject> = objects(&self.raw, list).cloned().collect();
        let work = whole
            .iter()
            .position(|value| is_work(value) && is_meant(value))
            .or_else(|| whole.iter().position(&is_meant));
        match work {
            Some(at) => {
                let part = crate::wire::scim::member_key(&whole[at], part).unwrap_or(part).to_owned();
                whole[at].insert(part, wanted.into());
            }
            None => whole.push(JsonObject::from_iter([
                ("type".to_owned(), "work".into()),
                (part.to_owned(), wanted.into()),
            ])),
        }
        let whole = whole.into_iter().map(Value::Object).collect();
        ResourceOp::AtWork { list, part, wanted: wanted.to_owned(), whole }
    }

    /// Returns the operation that locks or unlocks a person.
    pub(super) fn lock_op(&self, schemas: &ServiceSchemas, locked: bool) -> ResourceOp {
        if schemas.attribute_support(ResourceKind::User, SOFT_DELETED) == AttributeSupport::Yes {
            return ResourceOp::Set(SOFT_DELETED, if locked { "True" } else { "False" }.into());
        }
        ResourceOp::Set(ACTIVE, (!locked).into())
    }

    /// Returns the operation that grants or revokes a role.
    pub(super) fn role_op(role: &RoleId, edit: &Edit<()>) -> ResourceOp {
        ResourceOp::from_edit("roles", json!({"value": role.as_str()}), edit)
    }

    /// Returns the operations that replace one exception with another, or remove it.
    pub(super) fn exception_ops(
        &self,
        product: &ProductId,
        before: Option<UserException>,
        after: Option<UserException>,
    ) -> Vec<ResourceOp> {
        let gone = before.map(|_| {
            ResourceOp::Take(
                "entitlements",
                self.entitlement_selector(product, |kind| !kind.eq_ignore_ascii_case(LICENCE)),
            )
        });
        let word = |exception| if exception == UserException::Allow { "allowed" } else { "denied" };
        let new = after.map(|after| {
            ResourceOp::Add("entitlements", json!({"value": product.as_str(), "type": word(after)}))
        });
        gone.into_iter().chain(new).collect()
    }

    /// Returns the operation that assigns or releases a named licence.
    pub(super) fn licence_op(product: &ProductId, edit: &Edit<()>) -> ResourceOp {
        let licence = json!({"value": product.as_str(), "type": LICENCE});
        ResourceOp::from_edit("entitlements", licence, edit)
    }

    /// Returns the parts that select an entitlement as the service has it.
    fn entitlement_selector(&self, product: &ProductId, is_meant: impl Fn(&str) -> bool) -> Value {
        let kind = |entitlement: &JsonObject| text(entitlement, "type").map(str::to_owned);
        let mut entitlements = objects(&self.raw, "entitlements")
            .filter(|entitlement| text(entitlement, "value") == Some(product.as_str()));
        let kind = entitlements
            .find(|entitlement| kind(entitlement).is_none_or(|kind| is_meant(&kind)))
            .and_then(kind);
        kind.map_or_else(
            || json!({"value": product.as_str()}),
            |kind| json!({"value": product.as_str(), "type": kind}),
        )
    }
}
