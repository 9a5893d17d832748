//! What `sandbox show` tells: how big the organization is, what was done to it, whom it invited.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::schema::damage_error;
use crate::model::{Email, LiveId, Text, Timestamp};
use crate::sandbox::acts::write_transaction::{identity_column, text_column};

/// The organization in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxSummary {
    /// Its name.
    pub organization: Text,
    /// Whether names and addresses belong to an identity provider.
    pub federated: bool,
    /// Whom seatwise acts as.
    pub acting: Option<Text>,
    /// What there is of each kind of thing, in the order of the documentation.
    pub counts: Vec<(&'static str, u32)>,
}

/// An invitation that was "sent".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// When.
    pub at: Timestamp,
    /// To which address.
    pub email: Email,
    /// The identity it created.
    pub user: LiveId,
    /// The idempotency key it was asked for with.
    pub key: Text,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLogEntry {
    /// From 1, without a gap.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// The acting identity's address, or `seatwise` where the organization has none.
    pub actor: Text,
    /// The idempotency key; empty where the write had none.
    pub key: Text,
    /// A flat JSON object; `act` says what was done.
    pub act: Value,
}

impl AuditLogEntry {
    /// The write in a few words: `join ana@acme.example bridges`.
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

pub(in crate::sandbox) fn read_summary(conn: &Connection) -> rusqlite::Result<SandboxSummary> {
    let meta = |key: &str| -> rusqlite::Result<Option<Text>> {
        let mut sql = conn.prepare("SELECT value FROM meta WHERE key = ?")?;
        let mut rows = sql.query([key])?;
        rows.next()?.map(|row| text_column(row, 0).map(Text::from)).transpose()
    };
    let mut counts = Vec::new();
    for (what, table) in COUNTED {
        counts.push((what, conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?));
    }
    Ok(SandboxSummary {
        organization: meta("organization")?.unwrap_or_default(),
        federated: meta("federated")?.is_some(),
        acting: meta("acting")?,
        counts,
    })
}

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

/// A time kept in microseconds.
pub(in crate::sandbox) fn time_column(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(row.get(at)?).map_err(damage_error)
}
