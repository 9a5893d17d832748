//! Writes one resource: reads it, sends the change, and reads it again.
//!
//! A change that the resource already shows is not sent. A change that was sent counts as done only when the
//! resource shows it: services accept changes and ignore them, carry out half of a change that they refuse,
//! and show the old state for a while.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, IF_MATCH, LOCATION};
use serde_json::Value;

use super::ScimConnector;
use super::lookup::{TRIES, read_error};
use super::resource::{FetchedResource, ScimResource, resource_identity};
use super::resource_op::{PartUpdate, ResourceOp, ValueNaming, patch_body, replacement_body};
use super::service::ScimService;
use crate::connector::transport::{HostRequest, HttpAnswer, RequestFailure};
use crate::connector::{Receipt, WriteError};
use crate::model::{LiveId, Text};
use crate::plan::Step;
use crate::wire::scim::{JsonObject, ResourceKind};

/// Carries out one step.
#[derive(Clone, Copy)]
pub(super) struct StepWriter<'a> {
    pub(super) scim: &'a ScimConnector,
    pub(super) service: &'a ScimService,
    pub(super) step: &'a Step,
    pub(super) key: &'a str,
}

/// What a part of a step returns; the step itself returns its receipt.
pub(super) type StepResult<T = Receipt> = Result<T, WriteError>;

/// What the state of a resource means for a step.
pub(super) enum StepReadiness {
    /// The resource is as it should be after the step.
    Already,
    /// The resource is as the plan expects it before the step.
    Go,
    /// The resource is in neither state; a lower-case fragment says how.
    Changed(Text),
}

/// How a resource is to be changed: the judgement of its state, and the operations that are still needed.
pub(super) struct ResourceEdit<'e, T> {
    pub(super) judge: &'e (dyn Fn(&T) -> StepReadiness + Sync),
    pub(super) ops: &'e (dyn Fn(&FetchedResource<T>) -> Vec<ResourceOp> + Sync),
}

/// The outcome of a POST.
pub(super) enum PostOutcome {
    /// The resource was created.
    Created(LiveId),
    /// Another resource has the name; a lower-case fragment says which conflict the service reports.
    Taken(Text),
}

/// The outcome of sending operations.
enum SendOutcome {
    /// The resource shows the wanted state.
    Settled,
    /// The service accepted the operations, and the resource is unchanged.
    Ignored,
    /// The resource was changed by another client in between.
    Stale,
    /// The service refuses the operations, perhaps only because of their form.
    Misunderstood(WriteError),
    /// The service refuses the operations, so none or not all of them were carried out.
    Refused(WriteError),
}

/// The most times a resource is read until it shows what was written.
pub(super) const LOOKS: u32 = 5;
/// The most times an edit is repeated because of a changed version. After that the version is left out,
/// because some services report wrong ones.
const STALE: u32 = 2;

/// Turns a failure into a write error, by whether the write can have been carried out.
fn write_error(failure: RequestFailure) -> WriteError {
    match failure {
        RequestFailure::NotSent(why)
        | RequestFailure::Untrusted(why)
        | RequestFailure::NoToken(why)
        | RequestFailure::TokenLater(why) => WriteError::Transient(why),
        RequestFailure::Lost(why) | RequestFailure::Foreign(why) => WriteError::InDoubt(why),
        RequestFailure::Said { status: 401 | 425 | 429, why, .. } => WriteError::Transient(why),
        RequestFailure::Said { status: 404 | 410, why, .. } => WriteError::Changed(why),
        RequestFailure::Said { status: 408 | 500 | 502..=599, why, .. } => WriteError::InDoubt(why),
        RequestFailure::Said { why, .. } => WriteError::Refused(why),
    }
}

/// Whether another form of the request may help: the service does not understand the path, rather than
/// refusing the change itself.
fn is_misunderstood(failure: &RequestFailure) -> bool {
    let syntax_kinds = ["invalidPath", "invalidFilter", "noTarget", "invalidSyntax"];
    match failure {
        RequestFailure::Said { status: 400 | 404 | 501, kind, .. } => {
            kind.as_deref().is_none_or(|kind| syntax_kinds.contains(&kind))
        }
        RequestFailure::Said { .. }
        | RequestFailure::NoToken(_)
        | RequestFailure::TokenLater(_)
        | RequestFailure::NotSent(_)
        | RequestFailure::Untrusted(_)
        | RequestFailure::Lost(_)
        | RequestFailure::Foreign(_) => false,
    }
}

impl<'a> StepWriter<'a> {
    /// Returns the receipt for a state that is already as wanted. If the answer to an earlier write of this
    /// step was lost, that write counts as the one that did it.
    pub(super) fn already_so_receipt(&self, created: Option<&LiveId>) -> Receipt {
        if self.scim.memory.is_doubtful(self.key) {
            Receipt::Done { created: created.cloned() }
        } else {
            Receipt::AlreadySo
        }
    }

    /// Turns the failure of a write into an error, and remembers a step whose outcome is in doubt.
    pub(super) fn note_failure(&self, failure: RequestFailure) -> WriteError {
        let error = write_error(failure);
        if matches!(error, WriteError::InDoubt(_)) {
            self.scim.memory.mark_doubtful(self.key);
        }
        error
    }

    /// Waits before the next read, after so many `looks`.
    pub(super) async fn wait(&self, looks: u32) {
        let wait: Duration = self.scim.transport.wait_time(self.step.no.0, looks);
        tokio::time::sleep(wait).await;
    }

    /// Reads the resource with that identity; `None` where there is none.
    pub(super) async fn get<T: ScimResource>(&self, id: &LiveId) -> StepResult<Option<FetchedResource<T>>> {
        let url = self
            .service
            .resource_url(T::RESOURCE, id.as_str())
            .ok_or_else(|| WriteError::Refused("the service has no such list".into()))?;
        match self.scim.transport.get_with_tries(&url, TRIES).await {
            Ok(answer) => {
                let raw = serde_json::from_slice(&answer.body)
                    .map_err(|_| WriteError::Transient("a resource is not of its form".into()))?;
                FetchedResource::parse(raw, &self.service.schemas, &self.scim.names)
                    .map(Some)
                    .map_err(WriteError::Transient)
            }
            Err(RequestFailure::Said { status: 404 | 410, .. }) => Ok(None),
            Err(failure) => Err(read_error(failure)),
        }
    }

    /// Reads the resource with that name and identity. A resource that was created just now may not be shown
    /// yet, so the read is repeated for it.
    pub(super) async fn get_named<T: ScimResource>(
        &self,
        name: &str,
        id: &LiveId,
    ) -> StepResult<FetchedResource<T>> {
        let memory = &self.scim.memory;
        for look in 1..=LOOKS {
            if let Some(found) = self.get::<T>(id).await? {
                let is_named = found.thing.name() == name || memory.has_named(T::RESOURCE, id, name);
                let other =
                    || WriteError::Changed(format!("{name} is called {} now", found.thing.name()).into());
                return if is_named { Ok(found) } else { Err(other()) };
            }
            if !memory.has_created(T::RESOURCE, id) {
                return Err(WriteError::Changed(format!("{name} is not there").into()));
            }
            self.wait(look).await;
        }
        Err(WriteError::Transient(format!("{name} was created, and is not shown yet").into()))
    }

    /// Changes a resource, at most once, and reports whether the change was needed.
    pub(super) async fn edit<T: ScimResource>(
        &self,
        name: &str,
        id: &LiveId,
        edit: ResourceEdit<'_, T>,
    ) -> StepResult {
        let (mut naming, mut stale) = (ValueNaming::InPath, 0);
        loop {
            let found = self.get_named::<T>(name, id).await?;
            match (edit.judge)(&found.thing) {
                StepReadiness::Already => return Ok(self.already_so_receipt(None)),
                StepReadiness::Changed(how) => return Err(WriteError::Changed(how)),
                StepReadiness::Go => {}
            }
            let ops = (edit.ops)(&found);
            let other_naming = naming == ValueNaming::InPath && ops.iter().any(ResourceOp::is_take);
            match self.send_edit(&found, &ops, naming, stale < STALE, &edit).await? {
                SendOutcome::Settled => return Ok(Receipt::Done { created: None }),
                SendOutcome::Stale => stale += 1,
                SendOutcome::Ignored | SendOutcome::Misunderstood(_) if other_naming => {
                    naming = ValueNaming::InValue
                }
                SendOutcome::Ignored => {
                    return Err(self.ignored_edit(&found, &ops).await);
                }
                SendOutcome::Misunderstood(error) | SendOutcome::Refused(error) => return Err(error),
            }
        }
    }

    async fn send_edit<T: ScimResource>(
        &self,
        found: &FetchedResource<T>,
        ops: &[ResourceOp],
        naming: ValueNaming,
        versioned: bool,
        edit: &ResourceEdit<'_, T>,
    ) -> StepResult<SendOutcome> {
        let version = found.version().filter(|_| versioned && self.service.versions);
        match self.send_ops(found, ops, naming, version).await {
            Ok(answer) => self.confirm_settled(found.thing.id(), &answer, edit).await,
            Err(RequestFailure::Said { status: 412, .. }) if version.is_some() => Ok(SendOutcome::Stale),
            Err(failure) => {
                let sent = if is_misunderstood(&failure) {
                    SendOutcome::Misunderstood
                } else {
                    SendOutcome::Refused
                };
                match self.note_failure(failure) {
                    WriteError::Refused(why) => Ok(sent(self.failed_edit(found, ops, &why).await)),
                    error @ (WriteError::Changed(_)
                    | WriteError::InPart(_)
                    | WriteError::Transient(_)
                    | WriteError::Obstructed(_)
                    | WriteError::InDoubt(_)) => Err(error),
                }
            }
        }
    }

    /// Sends operations, or the whole resource where the service does not support operations.
    async fn send_ops<T: ScimResource>(
        &self,
        found: &FetchedResource<T>,
        ops: &[ResourceOp],
        naming: ValueNaming,
        version: Option<&str>,
    ) -> Result<HttpAnswer, RequestFailure> {
        let id = found.thing.id().as_str();
        if self.service.patches && !self.scim.memory.prefers_put() {
            let parts =
                if self.service.schemas.is_bentley() { PartUpdate::Selected } else { PartUpdate::Whole };
            match self
                .write(Method::PATCH, T::RESOURCE, Some(id), version, Some(patch_body(ops, naming, parts)))
                .await
            {
                Err(RequestFailure::Said { status: 405 | 501, .. }) => self.scim.memory.prefer_put(),
                answer => return answer,
            }
        }
        self.write(Method::PUT, T::RESOURCE, Some(id), version, Some(replacement_body(&found.raw, ops))).await
    }

    /// Sends one request.
    pub(super) async fn write(
        &self,
        method: Method,
        resource: ResourceKind,
        id: Option<&str>,
        version: Option<&str>,
        body: Option<Value>,
    ) -> Result<HttpAnswer, RequestFailure> {
        let url = match id {
            Some(id) => self.service.resource_url(resource, id),
            None => self.service.list_url(resource).cloned(),
        };
        let url = url.ok_or_else(|| RequestFailure::foreign_answer("the service has no such list"))?;
        let version = version.and_then(|version| HeaderValue::from_str(version).ok());
        let headers = HeaderMap::from_iter(version.map(|version| (IF_MATCH, version)));
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let (method, headers, body) = (&method, &headers, body.as_bytes());
        self.scim.transport.follow_redirects(HostRequest { method, url: &url, headers, body }).await
    }

    /// Checks whether the resource shows what was written, in the answer or soon after it.
    async fn confirm_settled<T: ScimResource>(
        &self,
        id: &LiveId,
        answer: &HttpAnswer,
        edit: &ResourceEdit<'_, T>,
    ) -> StepResult<SendOutcome> {
        let answered = serde_json::from_slice::<JsonObject>(&answer.body).ok();
        let answered = answered
            .and_then(|body| FetchedResource::<T>::parse(body, &self.service.schemas, &self.scim.names).ok());
        let is_so = |found: &FetchedResource<T>| {
            found.thing.id() == id && matches!((edit.judge)(&found.thing), StepReadiness::Already)
        };
        if answered.is_some_and(|found| is_so(&found)) {
            return Ok(SendOutcome::Settled);
        }
        for look in 1..=LOOKS {
            // The change was sent, so a read that fails leaves the step in doubt.
            let found = self.get::<T>(id).await.map_err(|error| self.note_doubt(error))?;
            if found.is_some_and(|found| is_so(&found)) {
                return Ok(SendOutcome::Settled);
            }
            if look < LOOKS {
                self.wait(look).await;
            }
        }
        Ok(SendOutcome::Ignored)
    }

    /// Turns the failure of a read after a write into an error that leaves the step in doubt.
    pub(super) fn note_doubt(&self, error: WriteError) -> WriteError {
        self.scim.memory.mark_doubtful(self.key);
        match error {
            WriteError::Changed(why)
            | WriteError::Refused(why)
            | WriteError::InPart(why)
            | WriteError::Transient(why)
            | WriteError::Obstructed(why)
            | WriteError::InDoubt(why) => WriteError::InDoubt(why),
        }
    }

    /// Sends a new resource.
    pub(super) async fn post<T: ScimResource>(
        &self,
        name: &str,
        body: JsonObject,
    ) -> StepResult<PostOutcome> {
        let answer = match self.write(Method::POST, T::RESOURCE, None, None, Some(Value::Object(body))).await
        {
            Ok(answer) => answer,
            Err(RequestFailure::Said { status: 409, why, .. }) => return Ok(PostOutcome::Taken(why)),
            Err(RequestFailure::Said { kind: Some(kind), why, .. }) if kind == "uniqueness" => {
                return Ok(PostOutcome::Taken(why));
            }
            Err(failure) => return Err(self.note_failure(failure)),
        };
        let created = serde_json::from_slice::<JsonObject>(&answer.body).ok();
        let by_body = created.and_then(|body| resource_identity(&body, &self.scim.names).ok());
        let by_place =
            || LiveId::new(answer.header(LOCATION)?.trim_end_matches('/').rsplit('/').next()?).ok();
        let id = match by_body.or_else(by_place) {
            Some(id) => id,
            None => self.identity_of::<T>(name).await.map_err(|error| self.note_doubt(error))?,
        };
        self.scim.memory.remember_name(T::RESOURCE, name, &id);
        Ok(PostOutcome::Created(id))
    }

    /// Deletes a resource, and returns what the service still shows under its identity.
    pub(super) async fn delete<T: ScimResource>(
        &self,
        id: &LiveId,
    ) -> StepResult<Option<FetchedResource<T>>> {
        match self.write(Method::DELETE, T::RESOURCE, Some(id.as_str()), None, None).await {
            // The body of the answer does not matter; the reads below show whether the resource is gone.
            Ok(_) | Err(RequestFailure::Said { status: 404 | 410, .. }) => {}
            Err(failure) => return Err(self.note_failure(failure)),
        }
        let mut left = None;
        for look in 1..=LOOKS {
            left = self.get::<T>(id).await.map_err(|error| self.note_doubt(error))?;
            if left.is_none() {
                break;
            }
            self.wait(look).await;
        }
        Ok(left)
    }
}
