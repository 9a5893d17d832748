//! What `sandbox show` prints: the size of the organization, its audit log, its invitations.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::schema::{damage_error, read_meta};
use crate::model::{Email, LiveId, Text, Timestamp};
use crate::sandbox::acts::write_transaction::{identity_column, text_column};

/// The number of objects in the organization, with its name and acting identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxSummary {
    pub organization: Text,
    /// Whether an identity provider owns the users' names and addresses.
    pub federated: bool,
    /// The address of the identity that seatwise acts as.
    pub acting: Option<Text>,
    /// The number of objects of each kind, in the order of the documentation.
    pub counts: Vec<(&'static str, u32)>,
}

/// An invitation in the outbox, which the sandbox does not really send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub at: Timestamp,
    pub email: Email,
    /// The identity of the user that the invitation created.
    pub user: LiveId,
    /// The idempotency key of the request.
    pub key: Text,
}

/// The record of one write.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLogEntry {
    /// Numbers count from 1, without a gap.
    pub number: u32,
    pub at: Timestamp,
    /// The acting identity's address, or `seatwise` where the organization has none.
    pub actor: Text,
    /// The idempotency key; empty where the write had none.
    pub key: Text,
    /// A flat JSON object; its field `act` names the kind of act.
    pub act: Value,
}

impl AuditLogEntry {
    /// Returns the write in a few words, for example `join ana@acme.example bridges`.
    pub fn words(&self) -> String {
        let fields = self.act.as_object().into_iter().flatten();
        let words = fields
            .filter(|(field, _)| !matches!(field.as_str(), "before" | "after"))
            .filter_map(|(_, value)| value.as_str());
        words.collect::<Vec<_>>().join(" ")
    }
}

const COUNTED: [(&str, &str); 17] = [
    ("users", "users"),
    ("groups", "groups"),
    ("memberships", "memberships"),
    ("roles held", "grants"),
    ("exceptions", "exceptions"),
    ("named licences", "licences"),
    ("checkouts", "checkouts"),
    ("products", "products"),
    ("products on lists", "lists"),
    ("contracts", "contracts"),
    ("restrictions", "restrictions"),
    ("alerts", "alerts"),
    ("contacts", "contacts"),
    ("invitations", "outbox"),
    ("rows of use", "usage"),
    ("invoices", "invoices"),
    ("payments", "payments"),
];

/// Counts the objects of the organization.
pub(in crate::sandbox) fn read_summary(conn: &Connection) -> rusqlite::Result<SandboxSummary> {
    let mut counts = Vec::new();
    for (what, table) in COUNTED {
        counts.push((what, conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?));
    }
    Ok(SandboxSummary {
        organization: read_meta(conn, "organization")?.unwrap_or_default().into(),
        federated: read_meta(conn, "federated")?.is_some(),
        acting: read_meta(conn, "acting")?.map(Text::from),
        counts,
    })
}

/// Reads the invitations, oldest first.
pub(in crate::sandbox) fn read_outbox(conn: &Connection) -> rusqlite::Result<Vec<Invitation>> {
    let mut sql = conn.prepare("SELECT at, email, live, key FROM outbox ORDER BY number")?;
    let rows = sql.query_map([], |row| {
        let email = Email::new(text_column(row, 1)?).map_err(damage_error)?;
        Ok(Invitation {
            at: time_column(row, 0)?,
            email,
            user: identity_column(row, 2)?,
            key: text_column(row, 3)?.into(),
        })
    })?;
    rows.collect()
}

/// Reads the last writes, at most `last`, oldest first.
pub(in crate::sandbox) fn read_audit_log(
    conn: &Connection,
    last: u32,
) -> rusqlite::Result<Vec<AuditLogEntry>> {
    let mut sql = conn.prepare(
        "SELECT number, at, actor, coalesce(key, ''), act FROM audit ORDER BY number DESC LIMIT ?",
    )?;
    let rows = sql.query_map([last], |row| {
        let act = serde_json::from_str(text_column(row, 4)?).map_err(damage_error)?;
        Ok(AuditLogEntry {
            number: row.get(0)?,
            at: time_column(row, 1)?,
            actor: text_column(row, 2)?.into(),
            key: text_column(row, 3)?.into(),
            act,
        })
    })?;
    let mut entries = rows.collect::<Result<Vec<_>, _>>()?;
    entries.reverse();
    Ok(entries)
}

/// Returns the time in a column of microseconds since 1970, UTC.
pub(in crate::sandbox) fn time_column(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(row.get(at)?).map_err(damage_error)
}
