//! People as resources.

mod entitlements;

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::{ResourceEndpoint, ResourceTransaction, ResourceWriteResult, kept_attributes, query_texts};
use crate::model::{
    CountryCode, Email, LiveId, ProductId, Profile, RoleId, Timestamp, UserException, UserState,
};
use crate::plan::Act;
use crate::sandbox::acts::write_transaction::{country_column, identity_column as identity, text_column};
use crate::sandbox::store::schema::{ColumnCode, damage_error};
use crate::wire::scim::patch::take_attributes;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{
    self, BENTLEY_USER, JsonObject, ResourceKind, SEATWISE_USER, ScimRefusal, ScimType, USER, get_member,
};
use entitlements::{Entitlements, entitlement_acts};

/// A person with all that a resource tells.
pub(super) struct PersonResource {
    id: i64,
    live: LiveId,
    pub(super) version: u32,
    profile: Profile,
    state: UserState,
    roles: Vec<String>,
    /// Identity and name.
    groups: Vec<(String, String)>,
    exceptions: Vec<(String, UserException)>,
    licences: Vec<(String, Timestamp)>,
    kept: Option<JsonObject>,
}

const COLUMNS: &str = "id, live, version, email, first_name, last_name, country, entitlement_country, state";

/// The person with this identity.
pub(super) fn find_person(conn: &Connection, live: &str) -> rusqlite::Result<Option<PersonResource>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE live = ?");
    let mut sql = conn.prepare_cached(&sql)?;
    let found = sql.query_row([live], bare_person).optional()?;
    found.map(|person| person.with_holdings(conn)).transpose()
}

/// People in the order they came, from the one at `offset` on.
pub(super) fn for_each_person(
    conn: &Connection,
    offset: usize,
    limit: usize,
    mut each: impl FnMut(PersonResource) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY id LIMIT ? OFFSET ?");
    let mut sql = conn.prepare_cached(&sql)?;
    let mut rows = sql.query(params![limit as i64, offset as i64])?;
    while let Some(row) = rows.next()? {
        each(bare_person(row)?.with_holdings(conn)?)?;
    }
    Ok(())
}

/// The identity of who signs in by this name.
pub(super) fn identity_by_name(conn: &Connection, user_name: &str) -> rusqlite::Result<Option<String>> {
    let name = user_name.to_lowercase();
    let by_name = conn
        .prepare_cached("SELECT live FROM scim WHERE user_name = ?")?
        .query_row([&name], |row| row.get(0))
        .optional()?;
    if by_name.is_some() {
        return Ok(by_name);
    }
    conn.prepare_cached("SELECT live FROM users WHERE email = ?")?
        .query_row([&name], |row| row.get(0))
        .optional()
}

fn bare_person(row: &rusqlite::Row<'_>) -> rusqlite::Result<PersonResource> {
    let profile = Profile {
        email: Email::new(text_column(row, 3)?).map_err(damage_error)?,
        first_name: text_column(row, 4)?.into(),
        last_name: text_column(row, 5)?.into(),
        country: CountryCode::parse_reported(text_column(row, 6)?).map_err(damage_error)?,
        entitlement_country: country_column(row, 7)?,
    };
    Ok(PersonResource {
        id: row.get(0)?,
        live: identity(row, 1)?,
        version: row.get(2)?,
        profile,
        state: row.get::<_, ColumnCode<_>>(8)?.0,
        roles: Vec::new(),
        groups: Vec::new(),
        exceptions: Vec::new(),
        licences: Vec::new(),
        kept: None,
    })
}

impl PersonResource {
    fn with_holdings(mut self, conn: &Connection) -> rusqlite::Result<Self> {
        self.roles = query_texts(
            conn,
            "SELECT name FROM grants JOIN roles ON roles.id = role_id WHERE user_id = ? ORDER BY name",
            self.id,
        )?;
        let sql = "SELECT live, name FROM memberships JOIN groups ON groups.id = group_id WHERE user_id = ? \
            ORDER BY group_id";
        self.groups = conn
            .prepare_cached(sql)?
            .query_map([self.id], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let sql = "SELECT name, exception FROM exceptions JOIN products ON products.id = product_id WHERE \
            user_id = ? ORDER BY name";
        let exceptions =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, ColumnCode<UserException>>(1)?.0));
        self.exceptions =
            conn.prepare_cached(sql)?.query_map([self.id], exceptions)?.collect::<Result<_, _>>()?;
        let sql = "SELECT name, assigned_at FROM licences JOIN products ON products.id = product_id WHERE \
            user_id = ? ORDER BY name";
        let licences =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, crate::sandbox::store::ledger::time_column(row, 1)?));
        self.licences =
            conn.prepare_cached(sql)?.query_map([self.id], licences)?.collect::<Result<_, _>>()?;
        self.kept = kept_attributes(conn, self.live.as_str())?;
        Ok(self)
    }

    /// What is told of the person.
    pub(super) fn project(&self, place: &ResourceEndpoint, told: &Projection) -> JsonObject {
        let mut body = self.resource(place);
        if told.asks_for(SEATWISE_USER) && place.profile == scim::ScimProfile::Standard {
            self.add_requested_attributes(&mut body);
        }
        told.apply(&mut body);
        body
    }

    /// Everything of the person that the profile has.
    pub(super) fn resource(&self, place: &ResourceEndpoint) -> JsonObject {
        let mut body = JsonObject::new();
        let extension = match place.profile {
            scim::ScimProfile::Standard => SEATWISE_USER,
            scim::ScimProfile::Bentley => BENTLEY_USER,
        };
        body.insert("schemas".into(), json!([USER, extension]));
        body.insert("id".into(), self.live.as_str().into());
        body.extend(self.profile_attributes());
        match place.profile {
            scim::ScimProfile::Standard => self.add_standard_attributes(place, &mut body),
            scim::ScimProfile::Bentley => {
                // What the standard profile kept is not of this one.
                for name in ["displayName", "active"] {
                    body.remove(name);
                }
                for list in ["emails", "phoneNumbers"] {
                    let values = body.get_mut(list).and_then(Value::as_array_mut);
                    values
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_object_mut)
                        .for_each(|value| drop(value.remove("primary")));
                }
                let word = if self.state == UserState::Locked { "True" } else { "False" };
                body.insert(BENTLEY_USER.into(), json!({"isSoftDeleted": word}));
            }
        }
        body.insert("meta".into(), place.meta(self.live.as_str(), self.version));
        body
    }

    fn add_standard_attributes(&self, place: &ResourceEndpoint, body: &mut JsonObject) {
        // Who never said whether somebody is active is not told, unless they are not.
        if self.kept.is_none() || self.state == UserState::Locked || body.contains_key("active") {
            body.insert("active".into(), (self.state != UserState::Locked).into());
        }
        let list = |body: &mut JsonObject, name: &str, values: Vec<Value>| {
            if !values.is_empty() {
                body.insert(name.into(), values.into());
            }
        };
        let of_group = |(live, name): &(String, String)| {
            json!({"value": live,
            "$ref": place.location(ResourceKind::Group, live), "display": name})
        };
        list(body, "groups", self.groups.iter().map(of_group).collect());
        list(body, "roles", self.roles.iter().map(|role| json!({"value": role})).collect());
        list(
            body,
            "entitlements",
            self.entitlements()
                .into_iter()
                .map(|(product, kind)| json!({"value": product, "type": kind}))
                .collect(),
        );
        if let Some(country) = self.profile.entitlement_country {
            body.insert(SEATWISE_USER.into(), json!({"entitlementCountry": country.as_str()}));
        }
    }

    /// What is only told to who asks for it.
    fn add_requested_attributes(&self, body: &mut JsonObject) {
        let extension = body.entry(SEATWISE_USER).or_insert_with(|| json!({}));
        extension["state"] = self.state.as_str().into();
        let licences =
            self.licences.iter().map(|(product, at)| json!({"product": product, "assigned": at.to_string()}));
        extension["licences"] = licences.collect();
    }

    fn entitlements(&self) -> Vec<(String, &'static str)> {
        let exceptions =
            self.exceptions.iter().map(|(product, exception)| (product.clone(), exception_word(*exception)));
        exceptions.chain(self.licences.iter().map(|(product, _)| (product.clone(), LICENCE))).collect()
    }

    /// What was kept, and over it what the organization knows.
    fn profile_attributes(&self) -> JsonObject {
        let Profile { email, first_name, last_name, country, entitlement_country: _ } = &self.profile;
        let mut body = self.kept.clone().unwrap_or_default();
        if address_of(&body).as_ref() != Some(email) {
            body.insert("userName".into(), email.as_str().into());
            body.insert("emails".into(), json!([{"value": email.as_str(), "type": "work", "primary": true}]));
        }
        let names = [("givenName", first_name), ("familyName", last_name)]
            .into_iter()
            .filter(|(_, name)| !name.is_empty());
        let names: JsonObject = names.map(|(part, name)| (part.to_owned(), Value::from(&**name))).collect();
        body.remove("name");
        if !names.is_empty() {
            body.insert("name".into(), Value::Object(names));
        }
        if country_of(&body) != *country {
            set_country(&mut body, *country);
        }
        body
    }
}

const LICENCE: &str = "licence";

fn exception_word(exception: UserException) -> &'static str {
    match exception {
        UserException::Allow => "allowed",
        UserException::Deny => "denied",
    }
}

fn object_values<'o>(body: &'o JsonObject, name: &str) -> impl Iterator<Item = &'o JsonObject> + Clone {
    get_member(body, name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn text_attribute<'o>(object: &'o JsonObject, name: &str) -> Option<&'o str> {
    get_member(object, name).and_then(Value::as_str)
}

/// The address that the organization knows the person by: the name they sign in by, or an e-mail address of
/// theirs. Who has neither gets one at a domain that there is not (RFC 2606).
fn address_of(body: &JsonObject) -> Option<Email> {
    let name = text_attribute(body, "userName")?;
    let by_name = Email::new(name).ok();
    let by_mail =
        || object_values(body, "emails").find_map(|mail| Email::new(text_attribute(mail, "value")?).ok());
    by_name.or_else(by_mail).or_else(|| Email::new(&format!("{name}@scim.invalid")).ok())
}

/// The country of the work address; of another one if that has none.
fn country_of(body: &JsonObject) -> CountryCode {
    let of = |address: &JsonObject| CountryCode::new(text_attribute(address, "country")?).ok();
    let is_work = |address: &&JsonObject| {
        text_attribute(address, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let addresses = object_values(body, "addresses");
    addresses
        .clone()
        .filter(is_work)
        .find_map(of)
        .or_else(|| addresses.clone().find_map(of))
        .unwrap_or(CountryCode::UNKNOWN)
}

fn set_country(body: &mut JsonObject, country: CountryCode) {
    let mut addresses: Vec<Value> =
        get_member(body, "addresses").and_then(Value::as_array).cloned().unwrap_or_default();
    for address in addresses.iter_mut().filter_map(Value::as_object_mut) {
        address.remove("country");
    }
    if country != CountryCode::UNKNOWN {
        let work = addresses.iter_mut().find(|address| address["type"] == "work");
        match work {
            Some(address) => address["country"] = country.as_str().into(),
            None => addresses.push(json!({"type": "work", "country": country.as_str()})),
        }
    }
    body.insert("addresses".into(), addresses.into());
}

/// A person as a client wants them.
struct RequestedPerson {
    profile: Profile,
    locked: bool,
    roles: BTreeSet<RoleId>,
    /// Product and kind: an exception, or a licence.
    entitlements: Entitlements,
    /// What the organization has no place for.
    kept: JsonObject,
    /// The name, in lower case, where it is no address.
    user_name: Option<String>,
}

fn invalid_value(why: impl Into<String>) -> ScimRefusal {
    ScimRefusal::new(ScimType::InvalidValue, why)
}

impl RequestedPerson {
    fn from_body(
        place: &ResourceEndpoint,
        mut body: JsonObject,
        before: Option<&PersonResource>,
    ) -> Result<Self, ScimRefusal> {
        let user_name = text_attribute(&body, "userName").unwrap_or_default().trim().to_owned();
        let is_address = Email::new(&user_name).is_ok();
        if user_name.is_empty() || (place.profile == scim::ScimProfile::Bentley && !is_address) {
            return Err(invalid_value(format!("userName `{user_name}` is no e-mail address")));
        }
        let email = address_of(&body)
            .ok_or_else(|| invalid_value(format!("userName `{user_name}` cannot be the name of a user")))?;
        let name = get_member(&body, "name").and_then(Value::as_object).cloned().unwrap_or_default();
        let extension =
            body.remove(SEATWISE_USER).and_then(|value| value.as_object().cloned()).unwrap_or_default();
        let soft = body.remove(BENTLEY_USER).and_then(|value| value.as_object().cloned()).unwrap_or_default();
        let entitlement_country = match (place.profile, text_attribute(&extension, "entitlementCountry")) {
            (scim::ScimProfile::Bentley, _) => before.and_then(|person| person.profile.entitlement_country),
            (scim::ScimProfile::Standard, None) => None,
            (scim::ScimProfile::Standard, Some(code)) => Some(
                CountryCode::new(code)
                    .map_err(|_| invalid_value(format!("entitlementCountry `{code}` is no country")))?,
            ),
        };
        let profile = Profile {
            email,
            first_name: text_attribute(&name, "givenName").unwrap_or_default().into(),
            last_name: text_attribute(&name, "familyName").unwrap_or_default().into(),
            country: country_of(&body),
            entitlement_country,
        };
        let locked = match place.profile {
            scim::ScimProfile::Standard => get_member(&body, "active") == Some(&Value::Bool(false)),
            scim::ScimProfile::Bentley => {
                text_attribute(&soft, "isSoftDeleted").is_some_and(|word| word.eq_ignore_ascii_case("true"))
            }
        };
        let (roles, entitlements) = match place.profile {
            scim::ScimProfile::Standard => (roles_of(&body)?, entitlements_of(&body)?),
            scim::ScimProfile::Bentley => {
                before.map(PersonResource::roles_and_entitlements).unwrap_or_default()
            }
        };
        for managed in ["roles", "entitlements", "name"] {
            body.remove(managed);
        }
        Ok(Self {
            profile,
            locked,
            roles,
            entitlements,
            kept: body,
            user_name: (!is_address).then(|| user_name.to_lowercase()),
        })
    }
}

fn roles_of(body: &JsonObject) -> Result<BTreeSet<RoleId>, ScimRefusal> {
    let role = |role: &JsonObject| {
        RoleId::new(text_attribute(role, "value").unwrap_or_default())
            .map_err(|error| invalid_value(format!("a role is no name: {error}")))
    };
    object_values(body, "roles").map(role).collect()
}

fn entitlements_of(body: &JsonObject) -> Result<Entitlements, ScimRefusal> {
    let one = |entitlement: &JsonObject| {
        let product = ProductId::new(text_attribute(entitlement, "value").unwrap_or_default())
            .map_err(|error| invalid_value(format!("a product is no name: {error}")))?;
        let kind = match text_attribute(entitlement, "type") {
            None | Some("allowed") => Some(UserException::Allow),
            Some("denied") => Some(UserException::Deny),
            Some(LICENCE) => None,
            Some(other) => {
                return Err(invalid_value(format!(
                    "the type of an entitlement is allowed, denied or licence, not {other}"
                )));
            }
        };
        Ok((product, kind))
    };
    object_values(body, "entitlements").map(one).collect()
}

impl PersonResource {
    fn roles_and_entitlements(&self) -> (BTreeSet<RoleId>, Entitlements) {
        let product = |name: &str| ProductId::new(name).ok();
        let roles = self.roles.iter().filter_map(|role| RoleId::new(role).ok()).collect();
        let exceptions =
            self.exceptions.iter().filter_map(|(name, exception)| Some((product(name)?, Some(*exception))));
        (
            roles,
            exceptions
                .chain(self.licences.iter().filter_map(|(name, _)| Some((product(name)?, None))))
                .collect(),
        )
    }
}

impl ResourceTransaction<'_> {
    pub(super) fn create_person(&self, body: &JsonObject) -> ResourceWriteResult<LiveId> {
        let wanted =
            RequestedPerson::from_body(self.place, take_attributes(self.place.names(), body)?, None)?;
        self.check_names(&wanted, None)?;
        let live = self.perform_act(&Act::Invite(wanted.profile.clone()), None)?;
        let live =
            live.ok_or_else(|| ScimRefusal::new(ScimType::Uniqueness, "there is such a user already"))?;
        self.keep_attributes(&live, wanted.user_name.as_deref(), &wanted.kept)?;
        self.settle(&live, UserState::Invited, &wanted, Default::default())?;
        Ok(live)
    }

    /// One name and one address belong to one user.
    fn check_names(&self, wanted: &RequestedPerson, own: Option<&LiveId>) -> ResourceWriteResult<()> {
        let names = [Some(wanted.profile.email.as_str()), wanted.user_name.as_deref()];
        for name in names.into_iter().flatten() {
            let taken = identity_by_name(self.write.conn, name)?;
            if taken.is_some_and(|taken| own.is_none_or(|own| own.as_str() != taken)) {
                return Err(ScimRefusal::new(
                    ScimType::Uniqueness,
                    format!("{name} belongs to another user"),
                )
                .into());
            }
        }
        Ok(())
    }

    pub(super) fn replace_person(
        &self,
        live: &LiveId,
        version: Option<u32>,
        body: impl FnOnce(&JsonObject) -> ResourceWriteResult<JsonObject>,
    ) -> ResourceWriteResult<()> {
        let before = find_person(self.write.conn, live.as_str())?
            .ok_or_else(|| self.place.not_found(live.as_str()))?;
        self.check_version(live, before.version, version)?;
        let body = body(&before.resource(self.place))?;
        let wanted = RequestedPerson::from_body(
            self.place,
            take_attributes(self.place.names(), &body)?,
            Some(&before),
        )?;
        self.check_names(&wanted, Some(live))?;
        if wanted.profile != before.profile {
            self.perform_act(
                &Act::UpdateUser { before: before.profile.clone(), after: wanted.profile.clone() },
                Some(live),
            )?;
        }
        self.settle(live, before.state, &wanted, before.roles_and_entitlements())?;
        if self.keep_attributes(live, wanted.user_name.as_deref(), &wanted.kept)?
            && wanted.profile == before.profile
        {
            self.write.touch_user(before.id)?;
            self.audit_attributes(live)?;
        }
        Ok(())
    }

    /// State, roles and products, in the order that the invariants ask for.
    fn settle(
        &self,
        live: &LiveId,
        state: UserState,
        wanted: &RequestedPerson,
        (roles, entitlements): (BTreeSet<RoleId>, Entitlements),
    ) -> ResourceWriteResult<()> {
        let user = &wanted.profile.email;
        let mut acts = Vec::new();
        match (state, wanted.locked) {
            (UserState::Locked, false) => acts.push(Act::Unlock(user.clone())),
            (UserState::Pending, false)
            | (UserState::Invited | UserState::Active, false)
            | (UserState::Locked, true) => {}
            (UserState::Pending | UserState::Invited | UserState::Active, true) => {
                acts.push(Act::Lock { user: user.clone(), before: state })
            }
        }
        let is_download = |role: &&RoleId| role.is(RoleId::DOWNLOAD);
        let granted: Vec<&RoleId> = wanted.roles.difference(&roles).collect();
        let revoked: Vec<&RoleId> = roles.difference(&wanted.roles).collect();
        // `download` is there before what needs it, and goes after it.
        let (first, then): (Vec<&RoleId>, Vec<&RoleId>) = granted.into_iter().partition(is_download);
        acts.extend(
            first
                .into_iter()
                .chain(then)
                .map(|role| Act::GrantRole { user: user.clone(), role: role.clone() }),
        );
        let (last, before): (Vec<&RoleId>, Vec<&RoleId>) = revoked.into_iter().partition(is_download);
        acts.extend(
            before
                .into_iter()
                .chain(last)
                .map(|role| Act::RevokeRole { user: user.clone(), role: role.clone() }),
        );
        acts.extend(entitlement_acts(user, &entitlements, &wanted.entitlements));
        acts.iter().try_for_each(|act| self.perform_act(act, Some(live)).map(drop))
    }

    pub(super) fn delete_person(&self, live: &LiveId, version: Option<u32>) -> ResourceWriteResult<()> {
        let person = find_person(self.write.conn, live.as_str())?
            .ok_or_else(|| self.place.not_found(live.as_str()))?;
        self.check_version(live, person.version, version)?;
        self.end_checkouts(&person)?;
        let (roles, entitlements) = person.roles_and_entitlements();
        let bare = RequestedPerson {
            profile: person.profile.clone(),
            locked: person.state == UserState::Locked,
            roles: BTreeSet::new(),
            entitlements: BTreeSet::new(),
            kept: JsonObject::new(),
            user_name: None,
        };
        self.settle(live, person.state, &bare, (roles, entitlements))?;
        for (_, group) in &person.groups {
            let group = crate::model::GroupName::new(group).map_err(damage_error)?;
            self.perform_act(&Act::Leave { user: person.profile.email.clone(), group }, None)?;
        }
        self.perform_act(&Act::RemoveUser(person.profile), Some(live))?;
        self.forget_attributes(live)
    }

    fn end_checkouts(&self, person: &PersonResource) -> ResourceWriteResult<()> {
        let sql = "SELECT name, machine, expires FROM checkouts JOIN products ON products.id = product_id \
            WHERE user_id = ?";
        let mut sql = self.write.conn.prepare_cached(sql)?;
        let checkouts = sql.query_map([person.id], |row| {
            let product = ProductId::new(text_column(row, 0)?).map_err(damage_error)?;
            Ok(crate::model::Checkout {
                product,
                machine: text_column(row, 1)?.into(),
                expires: crate::sandbox::store::ledger::time_column(row, 2)?,
            })
        })?;
        let checkouts: Vec<_> = checkouts.collect::<Result<_, _>>()?;
        let user = &person.profile.email;
        checkouts.into_iter().try_for_each(|checkout| {
            self.perform_act(&Act::EndCheckout { user: user.clone(), checkout }, None).map(drop)
        })
    }
}
