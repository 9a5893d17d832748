//! The organization as SCIM resources: people and groups with what they hold, read and written through the
//! same acts as everything else.
//!
//! What clients say of a resource and the organization has no place for (title, telephone, `externalId`) is
//! kept as they said it. What it has a place for is the organization's: a name that was changed elsewhere
//! shows, whatever was kept.

mod groups;
mod people;
mod search;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde_json::Value;

use super::act::record;
use super::store::Store;
use super::write::{Stop, Write};
use super::{StoreError, schema};
use crate::model::{LiveId, Timestamp};
use crate::plan::Act;
use crate::wire::scim::filter::AttributeResolver;
use crate::wire::scim::project::Projection;
use crate::wire::scim::{JsonObject, ResourceKind, ScimProfile, ScimRefusal, ScimType};

pub(super) use search::{Found, Search};

/// Which resources, and where they are: their addresses begin with `base`.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The attributes.
    pub(super) profile: ScimProfile,
    /// People or groups.
    pub(super) resource: ResourceKind,
    /// `http://127.0.0.1:8700/scim/v2`
    pub(super) base: String,
}

/// A resource at one of its versions.
#[derive(Debug)]
pub(super) struct At {
    /// The version, as `ETag` has it.
    pub(super) version: u32,
    /// All that is to be told.
    pub(super) body: JsonObject,
}

/// What a write is.
#[derive(Debug)]
pub(super) enum Change {
    /// A new resource.
    Create(JsonObject),
    /// All of a resource.
    Replace(LiveId, JsonObject),
    /// Some of a resource: the body of a PATCH.
    Patch(LiveId, Value),
    /// No resource any longer.
    Delete(LiveId),
}

/// A write that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// When.
    pub(super) now: Timestamp,
    /// What.
    pub(super) change: Change,
    /// The version that the resource must be at.
    pub(super) version: Option<u32>,
}

/// Why a request is not carried out.
#[derive(Debug)]
pub(super) enum NotDone {
    /// It is refused.
    Refused(ScimRefusal),
    /// The database failed.
    Failed(StoreError),
}

/// The same before anybody knows which file failed.
enum Halt {
    Refused(ScimRefusal),
    Stop(Stop),
}

impl From<ScimRefusal> for Halt {
    fn from(refusal: ScimRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Stop(Stop::Failed(error))
    }
}

type Done<T> = Result<T, Halt>;

impl Place {
    fn names(&self) -> AttributeResolver {
        AttributeResolver { profile: self.profile, resource: self.resource }
    }

    fn location(&self, resource: ResourceKind, live: &str) -> String {
        format!("{}{}/{live}", self.base, resource.path())
    }

    /// `meta` of a resource.
    fn meta(&self, live: &str, version: u32) -> Value {
        serde_json::json!({
            "resourceType": self.resource.as_str(), "location": self.location(self.resource, live),
            "version": format!("W/\"{version}\""),
        })
    }

    fn nobody(&self, live: &str) -> ScimRefusal {
        ScimRefusal::with_status(
            404,
            format!("there is no {} with the identity {live}", self.resource.as_str()),
        )
    }
}

impl Store {
    /// One resource.
    pub(super) fn scim_get(&self, place: &Place, live: &str, told: &Projection) -> Result<At, NotDone> {
        let read = self.reading(|conn| {
            let tx = conn.transaction()?;
            resource(&tx, place, live, told)
        });
        read.map_err(NotDone::Failed)?.ok_or_else(|| NotDone::Refused(place.nobody(live)))
    }

    /// A page of those that are searched for.
    pub(super) fn scim_search(&self, place: &Place, search: &Search) -> Result<Found, NotDone> {
        let found = self.reading(|conn| {
            let tx = conn.transaction()?;
            search::search(&tx, place, search)
        });
        found.map_err(NotDone::Failed)
    }

    /// Carries out a write, whole or not at all; with the resource after it, where there still is one.
    pub(super) fn scim_write(
        &self,
        place: &Place,
        asked: Asked,
        told: &Projection,
    ) -> Result<Option<At>, NotDone> {
        let mut conn = self.writer();
        let done = (|| -> Done<Option<At>> {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let writing = Writing { write: Write { conn: &tx, now: asked.now, key: "" }, place };
            let live = writing.change(asked.change, asked.version)?;
            let after = live.map(|live| resource(&tx, place, live.as_str(), told)).transpose()?.flatten();
            tx.commit()?;
            Ok(after)
        })();
        done.map_err(|halt| match halt {
            Halt::Refused(refusal) => NotDone::Refused(refusal),
            Halt::Stop(Stop::Changed(why) | Stop::Refused(why)) => {
                NotDone::Refused(ScimRefusal::new(ScimType::InvalidValue, why.to_string()))
            }
            Halt::Stop(Stop::Version(why)) => {
                NotDone::Refused(ScimRefusal::with_status(412, why.to_string()))
            }
            Halt::Stop(Stop::Failed(source)) => NotDone::Failed(self.failed(source)),
        })
    }
}

fn resource(conn: &Connection, place: &Place, live: &str, told: &Projection) -> rusqlite::Result<Option<At>> {
    match place.resource {
        ResourceKind::User => Ok(people::find(conn, live)?
            .map(|person| At { version: person.version, body: person.told(place, told) })),
        ResourceKind::Group => match groups::find(conn, live)? {
            Some(group) => Ok(Some(At { version: group.version, body: group.told(conn, place, told)? })),
            None => Ok(None),
        },
    }
}

/// A write inside its transaction.
struct Writing<'t> {
    write: Write<'t>,
    place: &'t Place,
}

impl Writing<'_> {
    /// The identity of the resource that was written, unless it is gone.
    fn change(&self, change: Change, version: Option<u32>) -> Done<Option<LiveId>> {
        match (self.place.resource, change) {
            (ResourceKind::User, Change::Create(body)) => self.create_person(&body).map(Some),
            (ResourceKind::Group, Change::Create(body)) => self.create_group(&body).map(Some),
            (ResourceKind::User, Change::Delete(live)) => self.delete_person(&live, version).map(|()| None),
            (ResourceKind::Group, Change::Delete(live)) => self.delete_group(&live, version).map(|()| None),
            (ResourceKind::User, Change::Replace(live, body)) => {
                self.replace_person(&live, version, |_| Ok(body)).map(|()| Some(live))
            }
            (ResourceKind::Group, Change::Replace(live, body)) => {
                self.replace_group(&live, version, |_| Ok(body)).map(|()| Some(live))
            }
            (ResourceKind::User, Change::Patch(live, body)) => {
                self.replace_person(&live, version, |before| self.patched(before, &body)).map(|()| Some(live))
            }
            (ResourceKind::Group, Change::Patch(live, body)) => {
                self.replace_group(&live, version, |before| self.patched(before, &body)).map(|()| Some(live))
            }
        }
    }

    fn patched(&self, before: &JsonObject, body: &Value) -> Done<JsonObject> {
        Ok(crate::wire::scim::patch::apply_patch(self.place.names(), before, body)?)
    }

    /// Does an act and notes it in the audit log.
    fn act(&self, act: &Act, identity: Option<&LiveId>) -> Done<Option<LiveId>> {
        use super::write::Deed;
        match self.write.perform(act, identity)? {
            Deed::AlreadySo => Ok(None),
            Deed::Done => {
                self.write.audit(&record(act).to_string())?;
                Ok(None)
            }
            Deed::Created(live) => {
                self.write.audit(&record(act).to_string())?;
                Ok(Some(live))
            }
        }
    }

    fn check_version(&self, live: &LiveId, at: u32, wanted: Option<u32>) -> Done<()> {
        match wanted {
            Some(wanted) if wanted != at => {
                Err(ScimRefusal::with_status(412, format!("{} is at version {at}", live.as_str())).into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps what the organization has no place for; says whether it is other than before.
    fn keep(&self, live: &LiveId, user_name: Option<&str>, attributes: &JsonObject) -> Done<bool> {
        let text = Value::Object(attributes.clone()).to_string();
        let known: Option<(Option<String>, String)> = self.write.one(
            "SELECT user_name, attributes FROM scim WHERE live = ?",
            [live.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if known.as_ref().is_some_and(|(name, known)| name.as_deref() == user_name && *known == text) {
            return Ok(false);
        }
        let sql = "INSERT OR REPLACE INTO scim (live, user_name, attributes) VALUES (?, ?, ?)";
        self.write.run(sql, params![live.as_str(), user_name, text])?;
        Ok(true)
    }

    fn forget(&self, live: &LiveId) -> Done<()> {
        Ok(self.write.run("DELETE FROM scim WHERE live = ?", [live.as_str()]).map(drop)?)
    }

    /// Notes that attributes were set that no act is about.
    fn note(&self, live: &LiveId) -> Done<()> {
        let act = serde_json::json!({"act": "set attributes", "of": live.as_str()});
        Ok(self.write.audit(&act.to_string())?)
    }
}

/// What was kept of a resource, if anything was.
fn kept(conn: &Connection, live: &str) -> rusqlite::Result<Option<JsonObject>> {
    let text: Option<String> = conn
        .prepare_cached("SELECT attributes FROM scim WHERE live = ?")?
        .query_row([live], |row| row.get(0))
        .optional()?;
    text.map(|text| serde_json::from_str(&text).map_err(schema::damage)).transpose()
}

/// A texts' list from a query.
fn texts(conn: &Connection, sql: &str, key: i64) -> rusqlite::Result<Vec<String>> {
    conn.prepare_cached(sql)?.query_map([key], |row| row.get(0))?.collect()
}
