//! The connector to any SCIM 2.0 service (RFC 7643, RFC 7644): users, groups, memberships, and roles and
//! assignments where the service has a place for them.
//!
//! Services differ from the RFCs and from what they declare about themselves, so nothing is believed
//! unchecked. Pages are checked before their rows are used, rows are checked against the filter that asked
//! for them, and every write is read back. SCIM has no idempotency keys, so each step reads the resource
//! before it writes, and a step whose answer was lost reads it again before it is sent again.

mod assemble;
mod failed_edit;
mod group;
mod group_steps;
mod list;
mod lookup;
mod name_search;
mod resource;
mod resource_op;
mod run_memory;
mod service;
mod service_schemas;
mod step_writer;
mod user;
mod user_steps;

use tokio::sync::OnceCell;

use super::http::ConnectionPurpose;
use super::transport::{RequestFailure, ServiceDialect, ServiceError, ServiceTarget, Transport};
use super::{FetchError, OrgRead, OrgWrite, Pace, Receipt, WriteError};
use crate::change::{Change, Edit};
use crate::model::{Interner, Snapshot, Text, UserState};
use crate::plan::{Act, Step};
use run_memory::RunMemory;
use service::ScimService;
use step_writer::StepWriter;

/// The connection to a SCIM service.
#[derive(Debug)]
pub struct ScimConnector {
    transport: Transport,
    concurrency: usize,
    service: OnceCell<ScimService>,
    memory: RunMemory,
    names: Interner,
}

/// A read, the write, and a read that confirms the result.
const REQUESTS_PER_WRITE: u32 = 3;

impl ScimConnector {
    /// Connects to the service at `target`, such as `https://org.example/scim/v2`. Nothing is sent yet.
    pub fn new(target: ServiceTarget, purpose: ConnectionPurpose) -> Result<Self, ServiceError> {
        let concurrency = target.concurrency.max(1);
        let transport = Transport::new(target, purpose.scopes(), ServiceDialect::Scim)?;
        Ok(Self {
            transport,
            concurrency,
            service: OnceCell::new(),
            memory: RunMemory::default(),
            names: Interner::default(),
        })
    }

    /// Returns what is known of the service, which is asked only once.
    async fn service(&self) -> Result<&ScimService, RequestFailure> {
        self.service.get_or_try_init(|| ScimService::ask(&self.transport)).await
    }
}

async fn make_change(writer: StepWriter<'_>, change: &Change) -> Result<Receipt, WriteError> {
    match change {
        Change::User { edit, .. } => match edit {
            Edit::Create(profile) => writer.invite(profile).await,
            Edit::Update { before, after } => writer.update_user(before, after).await,
            Edit::Delete(profile) => writer.remove_user(profile).await,
        },
        // SCIM has no requests to join.
        Change::State { before: UserState::Pending, after: UserState::Active, .. } => Err(placeless_error()),
        Change::State { user, after, .. } => writer.lock_or_unlock(user, *after).await,
        Change::Group { edit, .. } => match edit {
            Edit::Create(facts) => writer.create_group(facts).await,
            Edit::Update { before, after } => writer.update_group(before, after).await,
            Edit::Delete(facts) => writer.delete_group(facts).await,
        },
        Change::Membership { user, group, edit } => match edit.after() {
            Some(()) => writer.join(user, group).await,
            None => writer.leave(user, group).await,
        },
        Change::Role { user, role, edit } => writer.edit_role(user, role, edit).await,
        Change::Exception { user, product, edit } => writer.set_exception(user, product, edit).await,
        Change::Licence { user, product, edit } => writer.edit_licence(user, product, edit).await,
        Change::Checkout { .. }
        | Change::Listing { .. }
        | Change::Default { .. }
        | Change::Restriction { .. }
        | Change::Alert { .. }
        | Change::Contact { .. } => Err(placeless_error()),
    }
}

fn placeless_error() -> WriteError {
    WriteError::Refused(Text::from("SCIM has no place for this"))
}

impl OrgRead for ScimConnector {
    async fn fetch(&self, names: &Interner) -> Result<Snapshot, FetchError> {
        let before = self.transport.requests();
        let mut snapshot = self
            .read(names)
            .await
            .map_err(|failure| FetchError::Service(self.transport.service_error(failure)))?;
        snapshot.requests = self.transport.requests() - before;
        Ok(snapshot)
    }
}

impl OrgWrite for ScimConnector {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let service = self.service().await.map_err(lookup::read_error)?;
        let writer = StepWriter { scim: self, service, step, key };
        match &step.act {
            Act::Change(change) => make_change(writer, change).await,
            Act::SwapAllocation { user, from, to } => writer.swap(user, from, to).await,
            Act::SetList { .. } => Err(placeless_error()),
        }
    }

    fn pace(&self) -> Pace {
        Pace { concurrency: self.concurrency, per_second: self.transport.per_second() }
    }

    fn requests_per_write(&self) -> u32 {
        REQUESTS_PER_WRITE
    }
}
