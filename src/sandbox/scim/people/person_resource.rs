//! Users as they are read from the tables and shown as SCIM resources.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::super::{ResourceEndpoint, kept_attributes, query_rows};
use super::attributes::{address_of, country_of, set_country};
use super::entitlements::Entitlements;
use crate::model::{Interner, LiveId, ProductId, Profile, RoleId, Timestamp, UserException, UserState};
use crate::sandbox::acts::write_transaction::identity_column;
use crate::sandbox::store::ledger::time_column;
use crate::sandbox::store::schema::code_column;
use crate::sandbox::store::user_columns::{profile_columns, read_profile};
use crate::wire::scim::attributes::schemas;
use crate::wire::scim::person::{AttributePath, PersonAttribute};
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{self, BENTLEY_USER, JsonObject, ResourceKind, SEATWISE_USER};

/// A user with everything that its resource can show.
pub(in crate::sandbox::scim) struct PersonResource {
    pub(super) id: i64,
    live: LiveId,
    pub(in crate::sandbox::scim) version: u32,
    pub(super) profile: Profile,
    pub(super) state: UserState,
    roles: Vec<String>,
    /// The identity and name of each group.
    pub(super) groups: Vec<(String, String)>,
    exceptions: Vec<(String, UserException)>,
    licences: Vec<(String, Timestamp)>,
    kept: Option<JsonObject>,
}

/// Returns the user with this identity.
pub(in crate::sandbox::scim) fn find_person(
    conn: &Connection,
    live: &str,
) -> rusqlite::Result<Option<PersonResource>> {
    let mut sql = conn.prepare_cached(&person_query("WHERE live = ?"))?;
    let found = sql.query_row([live], |row| bare_person(row, &Interner::default())).optional()?;
    found.map(|person| person.with_holdings(conn)).transpose()
}

/// Calls `each` for up to `limit` users in the order of their creation, beginning with the one at `offset`.
pub(in crate::sandbox::scim) fn for_each_person(
    conn: &Connection,
    offset: usize,
    limit: usize,
    mut each: impl FnMut(PersonResource) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut sql = conn.prepare_cached(&person_query("ORDER BY id LIMIT ? OFFSET ?"))?;
    let names = Interner::default();
    let mut rows = sql.query(params![limit as i64, offset as i64])?;
    while let Some(row) = rows.next()? {
        each(bare_person(row, &names)?.with_holdings(conn)?)?;
    }
    Ok(())
}

/// Returns the identity of the user who signs in by this name, or whose address it is.
pub(in crate::sandbox::scim) fn identity_by_name(
    conn: &Connection,
    user_name: &str,
) -> rusqlite::Result<Option<String>> {
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

fn person_query(which: &str) -> String {
    format!("SELECT id, live, version, state, {} FROM users {which}", profile_columns())
}

fn bare_person(row: &rusqlite::Row<'_>, names: &Interner) -> rusqlite::Result<PersonResource> {
    Ok(PersonResource {
        id: row.get(0)?,
        live: identity_column(row, 1)?,
        version: row.get(2)?,
        profile: read_profile(row, 4, names)?,
        state: code_column(row, 3)?,
        roles: Vec::new(),
        groups: Vec::new(),
        exceptions: Vec::new(),
        licences: Vec::new(),
        kept: None,
    })
}

impl PersonResource {
    fn with_holdings(mut self, conn: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT name FROM grants JOIN roles ON roles.id = role_id WHERE user_id = ? ORDER BY name";
        self.roles = query_rows(conn, sql, self.id, |row| row.get(0))?;
        let sql = "SELECT live, name FROM memberships JOIN groups ON groups.id = group_id WHERE user_id = ? \
            ORDER BY group_id";
        self.groups = query_rows(conn, sql, self.id, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sql = "SELECT name, exception FROM exceptions JOIN products ON products.id = product_id WHERE \
            user_id = ? ORDER BY name";
        self.exceptions = query_rows(conn, sql, self.id, |row| Ok((row.get(0)?, code_column(row, 1)?)))?;
        let sql = "SELECT name, assigned_at FROM licences JOIN products ON products.id = product_id WHERE \
            user_id = ? ORDER BY name";
        self.licences = query_rows(conn, sql, self.id, |row| Ok((row.get(0)?, time_column(row, 1)?)))?;
        self.kept = kept_attributes(conn, self.live.as_str())?;
        Ok(self)
    }

    /// Returns the attributes of the user that `told` asks for.
    pub(in crate::sandbox::scim) fn project(
        &self,
        place: &ResourceEndpoint,
        told: &Projection,
    ) -> JsonObject {
        let mut body = self.resource(place);
        if told.asks_for(SEATWISE_USER) && place.profile == scim::ScimProfile::Standard {
            self.add_requested_attributes(&mut body);
        }
        told.apply(&mut body);
        body
    }

    /// Returns all attributes of the user that the profile has, without those that only a request by name
    /// returns.
    pub(in crate::sandbox::scim) fn resource(&self, place: &ResourceEndpoint) -> JsonObject {
        let mut body = JsonObject::new();
        let (core, extensions) = schemas(place.profile, ResourceKind::User);
        let in_use = std::iter::once(&core).chain(extensions).map(|known| known.id);
        body.insert("schemas".into(), in_use.collect());
        body.insert("id".into(), self.live.as_str().into());
        body.extend(self.profile_attributes());
        match place.profile {
            scim::ScimProfile::Standard => self.add_standard_attributes(place, &mut body),
            scim::ScimProfile::Bentley => {
                // The Bentley profile lacks some of the attributes that a client of the standard profile has
                // stored.
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
        // A client that never set `active` does not get it back, unless the user is locked.
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
        self.add_texts(body, |path| path.urn.is_some());
    }

    /// Adds the fields whose paths are wanted, but for those that are not set.
    fn add_texts(&self, body: &mut JsonObject, is_wanted: impl Fn(AttributePath) -> bool) {
        for (field, path) in PersonAttribute::texts().filter(|(_, path)| is_wanted(*path)) {
            if let Some(text) = field.text(&self.profile).filter(|text| !text.is_empty()) {
                path.set_value(body, Some(text.into()));
            }
        }
    }

    /// Adds the attributes that only a request by name returns.
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

    /// Returns the stored attributes, with the values of the organization in place of the stored ones.
    fn profile_attributes(&self) -> JsonObject {
        let Profile { email, country, .. } = &self.profile;
        let mut body = self.kept.clone().unwrap_or_default();
        if address_of(&body).as_ref() != Some(email) {
            body.insert("userName".into(), email.as_str().into());
            body.insert("emails".into(), json!([{"value": email.as_str(), "type": "work", "primary": true}]));
        }
        body.remove("name");
        self.add_texts(&mut body, |path| path.urn.is_none());
        if country_of(&body) != *country {
            set_country(&mut body, *country);
        }
        body
    }

    /// Returns the roles and entitlements that have valid names.
    pub(super) fn roles_and_entitlements(&self) -> (BTreeSet<RoleId>, Entitlements) {
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

/// The type of an entitlement that is a named licence.
pub(super) const LICENCE: &str = "licence";

fn exception_word(exception: UserException) -> &'static str {
    match exception {
        UserException::Allow => "allowed",
        UserException::Deny => "denied",
    }
}
