//! Groups as SCIM resources.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::{ResourceEndpoint, ResourceTransaction, ResourceWriteResult, kept_attributes, query_rows};
use crate::change::{Change, Edit};
use crate::model::{
    CountryCode, Email, FlatSet, GroupFacts, GroupKind, GroupName, Interner, LiveId, ProductId,
};
use crate::plan::Act;
use crate::sandbox::acts::write_transaction::{group_facts_columns, identity_column, listed_products};
use crate::sandbox::store::schema::damage_error;
use crate::wire::scim::patch::take_attributes;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{
    self, BENTLEY_GROUP, GROUP, JsonObject, ResourceKind, SEATWISE_GROUP, ScimRefusal, ScimType, get_member,
};

/// A group, without its members.
pub(super) struct GroupResource {
    id: i64,
    live: LiveId,
    pub(super) version: u32,
    facts: GroupFacts,
    kept: Option<JsonObject>,
}

const COLUMNS: &str = "id, live, version, name, kind, country, description";

/// Returns the group with this identity.
pub(super) fn find_group(conn: &Connection, live: &str) -> rusqlite::Result<Option<GroupResource>> {
    let sql = format!("SELECT {COLUMNS} FROM groups WHERE live = ?");
    conn.prepare_cached(&sql)?.query_row([live], |row| group_of_row(conn, row)).optional()
}

/// Calls `each` for up to `limit` groups in the order of their creation, beginning with the one at `offset`.
pub(super) fn for_each_group(
    conn: &Connection,
    offset: usize,
    limit: usize,
    mut each: impl FnMut(GroupResource) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM groups ORDER BY id LIMIT ? OFFSET ?");
    let mut sql = conn.prepare_cached(&sql)?;
    let mut rows = sql.query(params![limit as i64, offset as i64])?;
    while let Some(row) = rows.next()? {
        each(group_of_row(conn, row)?)?;
    }
    Ok(())
}

/// Returns the identity of the group with this name.
pub(super) fn identity_by_name(conn: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT live FROM groups WHERE name = ?")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn group_of_row(conn: &Connection, row: &Row<'_>) -> rusqlite::Result<GroupResource> {
    let live = identity_column(row, 1)?;
    Ok(GroupResource {
        id: row.get(0)?,
        version: row.get(2)?,
        facts: group_facts_columns(row, 3, &Interner::default())?,
        kept: kept_attributes(conn, live.as_str())?,
        live,
    })
}

/// A member's identity and address.
type ResourceMember = (String, String);

/// The mark among the stored attributes that a client has set the group's kind. Without the mark, a client
/// that never set the kind gets no `other` in the answer.
const KIND_SAID: &str = "kind";

fn group_members(conn: &Connection, group: i64) -> rusqlite::Result<Vec<ResourceMember>> {
    let sql = "SELECT live, email FROM memberships JOIN users ON users.id = user_id WHERE group_id = ? ORDER \
        BY user_id";
    query_rows(conn, sql, group, |row| Ok((row.get(0)?, row.get(1)?)))
}

impl GroupResource {
    /// Returns the attributes of the group that `told` asks for. Members are read only if they are among
    /// them.
    pub(super) fn project(
        &self,
        conn: &Connection,
        place: &ResourceEndpoint,
        told: &Projection,
    ) -> rusqlite::Result<JsonObject> {
        let members = if told.includes("members") { group_members(conn, self.id)? } else { Vec::new() };
        let mut body = self.resource(place, &members);
        told.apply(&mut body);
        Ok(body)
    }

    /// Returns all attributes of the group that the profile has.
    pub(super) fn full_resource(
        &self,
        conn: &Connection,
        place: &ResourceEndpoint,
    ) -> rusqlite::Result<JsonObject> {
        Ok(self.resource(place, &group_members(conn, self.id)?))
    }

    fn resource(&self, place: &ResourceEndpoint, members: &[ResourceMember]) -> JsonObject {
        let GroupFacts { name, kind, country, description } = &self.facts;
        let mut body = self.kept.clone().unwrap_or_default();
        let mut extension = JsonObject::new();
        if !description.is_empty() {
            extension.insert("description".into(), Value::from(&**description));
        }
        let urn = match place.profile {
            scim::ScimProfile::Standard => {
                if self.kept.is_none() || *kind != GroupKind::Other || body.contains_key(KIND_SAID) {
                    extension.insert("kind".into(), kind.as_str().into());
                }
                extension.extend(country.map(|country| ("country".to_owned(), country.as_str().into())));
                SEATWISE_GROUP
            }
            scim::ScimProfile::Bentley => BENTLEY_GROUP,
        };
        body.remove(KIND_SAID);
        body.insert("schemas".into(), json!([GROUP, urn]));
        body.insert("id".into(), self.live.as_str().into());
        body.insert("displayName".into(), name.as_str().into());
        if !members.is_empty() {
            let member = |(live, _): &ResourceMember| {
                let location = place.location(ResourceKind::User, live);
                json!({"value": live, "$ref": location})
            };
            body.insert("members".into(), members.iter().map(member).collect());
        }
        if !extension.is_empty() {
            body.insert(urn.into(), Value::Object(extension));
        }
        body.insert("meta".into(), place.meta(self.live.as_str(), self.version));
        body
    }
}

/// The group that a client's request describes.
struct RequestedGroup {
    facts: GroupFacts,
    /// Identities of users.
    members: BTreeSet<String>,
    kept: JsonObject,
}

fn invalid_value(why: impl Into<String>) -> ScimRefusal {
    ScimRefusal::new(ScimType::InvalidValue, why)
}

impl RequestedGroup {
    fn from_body(
        place: &ResourceEndpoint,
        mut body: JsonObject,
        before: Option<&GroupFacts>,
    ) -> Result<Self, ScimRefusal> {
        let name =
            body.remove("displayName").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        let name = GroupName::new(&name).map_err(|error| invalid_value(format!("displayName: {error}")))?;
        let urn = match place.profile {
            scim::ScimProfile::Standard => SEATWISE_GROUP,
            scim::ScimProfile::Bentley => BENTLEY_GROUP,
        };
        let extension = body.remove(urn).and_then(|value| value.as_object().cloned()).unwrap_or_default();
        let said = |name: &str| get_member(&extension, name).and_then(Value::as_str);
        let description = said("description").unwrap_or_default().into();
        let (kind, country) = match place.profile {
            scim::ScimProfile::Standard => (kind_of(said("kind"))?, country_of(said("country"))?),
            scim::ScimProfile::Bentley => {
                (before.map_or(GroupKind::Other, |facts| facts.kind), before.and_then(|facts| facts.country))
            }
        };
        if said("kind").is_some() {
            body.insert(KIND_SAID.into(), true.into());
        }
        let members = body.remove("members");
        let member = |member: &Value| {
            let value =
                member.as_object().and_then(|member| get_member(member, "value")).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| invalid_value("a member has no value"))
        };
        let members =
            members.iter().filter_map(Value::as_array).flatten().map(member).collect::<Result<_, _>>()?;
        Ok(Self { facts: GroupFacts { name, kind, country, description }, members, kept: body })
    }
}

fn kind_of(word: Option<&str>) -> Result<GroupKind, ScimRefusal> {
    let Some(word) = word else { return Ok(GroupKind::Other) };
    GroupKind::ALL
        .into_iter()
        .find(|kind| kind.as_str().eq_ignore_ascii_case(word))
        .ok_or_else(|| invalid_value(format!("there is no kind of group {word}")))
}

fn country_of(code: Option<&str>) -> Result<Option<CountryCode>, ScimRefusal> {
    code.map(|code| CountryCode::new(code).map_err(|_| invalid_value(format!("`{code}` is no country"))))
        .transpose()
}

impl ResourceTransaction<'_> {
    /// Creates a group from the body of a request. Returns its identity.
    pub(super) fn create_group(&self, body: &JsonObject) -> ResourceWriteResult<LiveId> {
        let wanted = RequestedGroup::from_body(self.place, take_attributes(self.place.names(), body)?, None)?;
        self.check_group_name(&wanted.facts.name, None)?;
        let group = wanted.facts.name.clone();
        let live =
            self.make_change(Change::Group { group, edit: Edit::Create(wanted.facts.clone()) }, None)?;
        let live =
            live.ok_or_else(|| ScimRefusal::new(ScimType::Uniqueness, "there is such a group already"))?;
        self.keep_attributes(&live, None, &wanted.kept)?;
        self.settle_members(&wanted, &BTreeSet::new())?;
        Ok(live)
    }

    fn check_group_name(&self, name: &GroupName, own: Option<&LiveId>) -> ResourceWriteResult<()> {
        let taken = identity_by_name(self.write.conn, name.as_str())?;
        if taken.is_some_and(|taken| own.is_none_or(|own| own.as_str() != taken)) {
            return Err(ScimRefusal::new(
                ScimType::Uniqueness,
                format!("{name} is the name of another group"),
            )
            .into());
        }
        Ok(())
    }

    /// Changes a group to what `body` makes of its current resource.
    pub(super) fn replace_group(
        &self,
        live: &LiveId,
        version: Option<u32>,
        body: impl FnOnce(&JsonObject) -> ResourceWriteResult<JsonObject>,
    ) -> ResourceWriteResult<()> {
        let before =
            find_group(self.write.conn, live.as_str())?.ok_or_else(|| self.place.not_found(live.as_str()))?;
        self.check_version(live, before.version, version)?;
        let resource = before.full_resource(self.write.conn, self.place)?;
        let body = body(&resource)?;
        let wanted = RequestedGroup::from_body(
            self.place,
            take_attributes(self.place.names(), &body)?,
            Some(&before.facts),
        )?;
        self.check_group_name(&wanted.facts.name, Some(live))?;
        if wanted.facts != before.facts {
            let edit = Edit::Update { before: before.facts.clone(), after: wanted.facts.clone() };
            self.make_change(Change::Group { group: before.facts.name.clone(), edit }, Some(live))?;
        }
        let known: BTreeSet<String> =
            group_members(self.write.conn, before.id)?.into_iter().map(|(live, _)| live).collect();
        self.settle_members(&wanted, &known)?;
        if self.keep_attributes(live, None, &wanted.kept)? && wanted.facts == before.facts {
            self.write.touch_group(before.id)?;
            self.audit_attributes(live)?;
        }
        Ok(())
    }

    fn settle_members(&self, wanted: &RequestedGroup, known: &BTreeSet<String>) -> ResourceWriteResult<()> {
        let group = &wanted.facts.name;
        let left = known.difference(&wanted.members).map(|member| (member, Edit::Delete(())));
        let joined = wanted.members.difference(known).map(|member| (member, Edit::Create(())));
        for (member, edit) in left.chain(joined) {
            let (user, group) = (self.address(member)?, group.clone());
            self.make_change(Change::Membership { user, group, edit }, None)?;
        }
        Ok(())
    }

    fn address(&self, live: &str) -> ResourceWriteResult<Email> {
        let email: Option<String> =
            self.write.first_row("SELECT email FROM users WHERE live = ?", [live], |row| row.get(0))?;
        let email =
            email.ok_or_else(|| invalid_value(format!("there is no user with the identity {live}")))?;
        Ok(Email::new(&email).map_err(damage_error)?)
    }

    /// Removes a group's members and product list, and then the group.
    pub(super) fn delete_group(&self, live: &LiveId, version: Option<u32>) -> ResourceWriteResult<()> {
        let group =
            find_group(self.write.conn, live.as_str())?.ok_or_else(|| self.place.not_found(live.as_str()))?;
        self.check_version(live, group.version, version)?;
        for (_, email) in group_members(self.write.conn, group.id)? {
            let (user, group) = (Email::new(&email).map_err(damage_error)?, group.facts.name.clone());
            self.make_change(Change::Membership { user, group, edit: Edit::Delete(()) }, None)?;
        }
        let list: Vec<String> = listed_products(self.write.conn, group.id)?;
        let list: Result<FlatSet<_>, _> = list.iter().map(|name| ProductId::new(name)).collect();
        let list = list.map_err(damage_error)?;
        if !list.is_empty() {
            self.perform_act(
                &Act::SetList { group: group.facts.name.clone(), before: list, after: FlatSet::new() },
                None,
            )?;
        }
        let name = group.facts.name.clone();
        self.make_change(Change::Group { group: name, edit: Edit::Delete(group.facts) }, Some(live))?;
        self.forget_attributes(live)
    }
}
