//! The organization as SCIM resources: users and groups with their roles, members and entitlements. They are
//! read from the same tables and written through the same acts as everywhere else.
//!
//! The store keeps, as the client wrote them, the attributes that the organization has no place for (title,
//! telephone, `externalId`). All other attributes come from the organization: a name that was changed
//! elsewhere shows, whatever the client wrote before.

mod groups;
mod people;
mod search;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde_json::Value;

use super::SandboxStoreError;
use super::acts::audit_record::record_act;
use super::acts::write_transaction::{WriteStop, WriteTransaction};
use super::store::sandbox_store::SandboxStore;
use super::store::schema;
use crate::change::Change;
use crate::model::{LiveId, Timestamp};
use crate::plan::Act;
use crate::wire::scim::filter::AttributeResolver;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{JsonObject, ResourceKind, ScimProfile, ScimRefusal, ScimType};

pub(super) use search::{ResourceSearch, SearchPage};

/// The resources of one kind in one profile. Their addresses begin with `base`.
#[derive(Debug, Clone)]
pub(super) struct ResourceEndpoint {
    pub(super) profile: ScimProfile,
    /// Users or groups.
    pub(super) resource: ResourceKind,
    /// The address of the profile, for example `http://127.0.0.1:8700/scim/v2`.
    pub(super) base: String,
}

/// A resource at one of its versions.
#[derive(Debug)]
pub(super) struct ServedResource {
    /// The version in the `ETag`.
    pub(super) version: u32,
    /// The attributes that the request asks for.
    pub(super) body: JsonObject,
}

/// The change of one resource.
#[derive(Debug)]
pub(super) enum ResourceChange {
    /// Creates a resource.
    Create(JsonObject),
    /// Replaces all attributes of a resource.
    Replace(LiveId, JsonObject),
    /// Changes some attributes of a resource; the value is the body of the PATCH request.
    Patch(LiveId, Value),
    /// Deletes a resource.
    Delete(LiveId),
}

/// A write that a client requests.
#[derive(Debug)]
pub(super) struct ResourceWriteRequest {
    pub(super) now: Timestamp,
    pub(super) change: ResourceChange,
    /// The version that the resource must be at; `None` accepts any.
    pub(super) version: Option<u32>,
}

/// Why a request is not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResourceRequestError {
    #[error(transparent)]
    Refused(#[from] ScimRefusal),
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] SandboxStoreError),
}

/// Why a write of a resource stops. It becomes a [`ResourceRequestError`], which names the failed file,
/// outside the transaction.
#[derive(Debug, thiserror::Error)]
enum ResourceWriteStop {
    #[error(transparent)]
    Refused(#[from] ScimRefusal),
    #[error(transparent)]
    Stop(#[from] WriteStop),
}

impl From<rusqlite::Error> for ResourceWriteStop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Stop(WriteStop::Failed(error))
    }
}

/// The result of a step of a write of a resource.
type ResourceWriteResult<T> = Result<T, ResourceWriteStop>;

impl ResourceEndpoint {
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

    fn not_found(&self, live: &str) -> ScimRefusal {
        ScimRefusal::with_status(
            404,
            format!("there is no {} with the identity {live}", self.resource.as_str()),
        )
    }
}

impl SandboxStore {
    /// Returns one resource.
    pub(super) fn scim_get(
        &self,
        place: &ResourceEndpoint,
        live: &str,
        told: &Projection,
    ) -> Result<ServedResource, ResourceRequestError> {
        let read = self.with_reader(|conn| read_resource(conn, place, live, told))?;
        Ok(read.ok_or_else(|| place.not_found(live))?)
    }

    /// Returns a page of the resources that a search finds.
    pub(super) fn scim_search(
        &self,
        place: &ResourceEndpoint,
        search: &ResourceSearch,
    ) -> Result<SearchPage, ResourceRequestError> {
        Ok(self.with_reader(|conn| search::search_resources(conn, place, search))?)
    }

    /// Carries out a write, whole or not at all. Returns the resource after the write, `None` if it was
    /// deleted.
    pub(super) fn scim_write(
        &self,
        place: &ResourceEndpoint,
        asked: ResourceWriteRequest,
        told: &Projection,
    ) -> Result<Option<ServedResource>, ResourceRequestError> {
        let mut conn = self.writer();
        let done = (|| -> ResourceWriteResult<Option<ServedResource>> {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let writing =
                ResourceTransaction { write: WriteTransaction { conn: &tx, now: asked.now, key: "" }, place };
            let live = writing.apply_change(asked.change, asked.version)?;
            let after =
                live.map(|live| read_resource(&tx, place, live.as_str(), told)).transpose()?.flatten();
            tx.commit()?;
            Ok(after)
        })();
        done.map_err(|halt| match halt {
            ResourceWriteStop::Refused(refusal) => ResourceRequestError::Refused(refusal),
            ResourceWriteStop::Stop(WriteStop::Changed(why) | WriteStop::Refused(why)) => {
                ResourceRequestError::Refused(ScimRefusal::new(ScimType::InvalidValue, why.to_string()))
            }
            ResourceWriteStop::Stop(WriteStop::Version(why)) => {
                ResourceRequestError::Refused(ScimRefusal::with_status(412, why.to_string()))
            }
            ResourceWriteStop::Stop(WriteStop::Failed(source)) => {
                ResourceRequestError::Failed(self.store_error(source))
            }
        })
    }
}

fn read_resource(
    conn: &Connection,
    place: &ResourceEndpoint,
    live: &str,
    told: &Projection,
) -> rusqlite::Result<Option<ServedResource>> {
    match place.resource {
        ResourceKind::User => Ok(people::find_person(conn, live)?
            .map(|person| ServedResource { version: person.version, body: person.project(place, told) })),
        ResourceKind::Group => match groups::find_group(conn, live)? {
            Some(group) => {
                Ok(Some(ServedResource { version: group.version, body: group.project(conn, place, told)? }))
            }
            None => Ok(None),
        },
    }
}

/// A write of a resource inside its transaction.
struct ResourceTransaction<'t> {
    write: WriteTransaction<'t>,
    place: &'t ResourceEndpoint,
}

impl ResourceTransaction<'_> {
    /// Carries out the change. Returns the identity of the resource, `None` if it was deleted.
    fn apply_change(
        &self,
        change: ResourceChange,
        version: Option<u32>,
    ) -> ResourceWriteResult<Option<LiveId>> {
        match (self.place.resource, change) {
            (ResourceKind::User, ResourceChange::Create(body)) => self.create_person(&body).map(Some),
            (ResourceKind::Group, ResourceChange::Create(body)) => self.create_group(&body).map(Some),
            (ResourceKind::User, ResourceChange::Delete(live)) => {
                self.delete_person(&live, version).map(|()| None)
            }
            (ResourceKind::Group, ResourceChange::Delete(live)) => {
                self.delete_group(&live, version).map(|()| None)
            }
            (ResourceKind::User, ResourceChange::Replace(live, body)) => {
                self.replace_person(&live, version, |_| Ok(body)).map(|()| Some(live))
            }
            (ResourceKind::Group, ResourceChange::Replace(live, body)) => {
                self.replace_group(&live, version, |_| Ok(body)).map(|()| Some(live))
            }
            (ResourceKind::User, ResourceChange::Patch(live, body)) => self
                .replace_person(&live, version, |before| self.apply_patch(before, &body))
                .map(|()| Some(live)),
            (ResourceKind::Group, ResourceChange::Patch(live, body)) => self
                .replace_group(&live, version, |before| self.apply_patch(before, &body))
                .map(|()| Some(live)),
        }
    }

    fn apply_patch(&self, before: &JsonObject, body: &Value) -> ResourceWriteResult<JsonObject> {
        Ok(crate::wire::scim::patch::apply_patch(self.place.names(), before, body)?)
    }

    /// Performs an act and records it in the audit log. Returns the identity of the object that the act
    /// created, if it created one.
    fn perform_act(&self, act: &Act, identity: Option<&LiveId>) -> ResourceWriteResult<Option<LiveId>> {
        use super::acts::write_transaction::ActOutcome;
        let created = match self.write.perform(act, identity)? {
            ActOutcome::AlreadySo => return Ok(None),
            ActOutcome::Done => None,
            ActOutcome::Created(live) => Some(live),
        };
        self.write.append_audit(&record_act(act).to_string())?;
        Ok(created)
    }

    /// Makes one change, like [`perform_act`](Self::perform_act).
    fn make_change(&self, change: Change, identity: Option<&LiveId>) -> ResourceWriteResult<Option<LiveId>> {
        self.perform_act(&Act::Change(change), identity)
    }

    fn check_version(&self, live: &LiveId, at: u32, wanted: Option<u32>) -> ResourceWriteResult<()> {
        match wanted {
            Some(wanted) if wanted != at => {
                Err(ScimRefusal::with_status(412, format!("{} is at version {at}", live.as_str())).into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Stores the attributes that the organization has no place for. Returns whether they differ from before.
    fn keep_attributes(
        &self,
        live: &LiveId,
        user_name: Option<&str>,
        attributes: &JsonObject,
    ) -> ResourceWriteResult<bool> {
        let text = Value::Object(attributes.clone()).to_string();
        let known: Option<(Option<String>, String)> = self.write.first_row(
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

    fn forget_attributes(&self, live: &LiveId) -> ResourceWriteResult<()> {
        Ok(self.write.run("DELETE FROM scim WHERE live = ?", [live.as_str()]).map(drop)?)
    }

    /// Records in the audit log that stored attributes were set, for which there is no act.
    fn audit_attributes(&self, live: &LiveId) -> ResourceWriteResult<()> {
        let act = serde_json::json!({"act": "set attributes", "of": live.as_str()});
        Ok(self.write.append_audit(&act.to_string())?)
    }
}

/// Returns the stored attributes of a resource, if there are any.
fn kept_attributes(conn: &Connection, live: &str) -> rusqlite::Result<Option<JsonObject>> {
    let text: Option<String> = conn
        .prepare_cached("SELECT attributes FROM scim WHERE live = ?")?
        .query_row([live], |row| row.get(0))
        .optional()?;
    text.map(|text| serde_json::from_str(&text).map_err(schema::damage_error)).transpose()
}

/// Returns what `read` makes of the rows of a query for a user or a group.
fn query_rows<T, C: FromIterator<T>>(
    conn: &Connection,
    sql: &str,
    key: i64,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<C> {
    conn.prepare_cached(sql)?.query_map([key], read)?.collect()
}
