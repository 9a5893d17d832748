//! The embedded organization for programs.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::cli::CliError;
use crate::sandbox::{AuditLogEntry, SandboxStore};

/// What `seatwise sandbox init` and `seatwise sandbox show` write with `--format json`.
#[derive(Serialize)]
pub(super) struct SandboxJson {
    /// `seatwise-sandbox/1`.
    format: &'static str,
    organization: String,
    /// The file that the organization is in.
    path: String,
    /// The address that seatwise acts as.
    acting: Option<String>,
    /// Whether names and addresses belong to an identity provider.
    federated: bool,
    /// The number of objects of each kind.
    counts: BTreeMap<&'static str, u32>,
    /// The invitations it "sent"; with `--outbox` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<Vec<InvitationJson>>,
    /// The last writes, oldest first; with `--audit` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<Vec<AuditLogEntryJson>>,
}

/// An invitation in the outbox.
#[derive(Serialize)]
struct InvitationJson {
    at: String,
    email: String,
    /// The key of the request, which the same request has again.
    key: String,
}

/// A write.
#[derive(Serialize)]
struct AuditLogEntryJson {
    /// Counted from 1.
    number: u32,
    at: String,
    actor: String,
    /// What was written.
    act: serde_json::Value,
}

impl SandboxJson {
    /// Describes the organization in the file `path`.
    pub(super) fn new(store: &SandboxStore, path: &Path) -> Result<Self, CliError> {
        let summary = store.summary()?;
        Ok(Self {
            format: "seatwise-sandbox/1",
            organization: summary.organization.to_string(),
            path: path.display().to_string(),
            acting: summary.acting.map(|acting| acting.to_string()),
            federated: summary.federated,
            counts: summary.counts.into_iter().collect(),
            outbox: None,
            audit: None,
        })
    }

    /// Adds the invitations.
    pub(super) fn with_outbox(mut self, store: &SandboxStore) -> Result<Self, CliError> {
        let invitations = store.outbox()?.into_iter().map(|sent| InvitationJson {
            at: format!("{:.0}", sent.at),
            email: sent.email.to_string(),
            key: sent.key.to_string(),
        });
        self.outbox = Some(invitations.collect());
        Ok(self)
    }

    /// Adds the last `count` writes.
    pub(super) fn with_audit_log(mut self, store: &SandboxStore, count: u32) -> Result<Self, CliError> {
        let entries = store.audit_log(count)?.into_iter().map(|entry| {
            let AuditLogEntry { number, at, actor, key: _, act } = entry;
            AuditLogEntryJson { number, at: format!("{at:.0}"), actor: actor.to_string(), act }
        });
        self.audit = Some(entries.collect());
        Ok(self)
    }
}
