//! Writing to one resource: look, send, look again.
//!
//! What is already so is not sent. What was sent is not believed to be done before the resource shows it:
//! services accept what they then ignore, do half of what they refuse, and show for a while what was before.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, IF_MATCH, LOCATION};
use serde_json::Value;

use super::Scim;
use super::look::TRIES;
use super::op::{Naming, Op, Parts, patch, replaced};
use super::resource::{Found, Thing, identity};
use super::service::Service;
use crate::connector::transport::{Answer, Failure, Sending};
use crate::connector::{Receipt, WriteError};
use crate::model::{LiveId, Text};
use crate::plan::{Identity, Step};
use crate::wire::scim::{Object, Resource};

/// A step on its way.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub(super) scim: &'a Scim,
    pub(super) service: &'a Service,
    pub(super) step: &'a Step,
    pub(super) key: &'a str,
}

/// What a look at a thing says of a step.
pub(super) enum Verdict {
    /// It is as the step wants it.
    Already,
    /// It is as the plan has it before the step.
    Go,
    /// It is neither.
    Changed(Text),
}

/// What shall become of a thing.
pub(super) struct Edit<'e, T> {
    pub(super) judge: &'e (dyn Fn(&T) -> Verdict + Sync),
    pub(super) ops: &'e (dyn Fn(&Found<T>) -> Vec<Op> + Sync),
}

/// What came of a POST.
pub(super) enum Posted {
    /// Something was created.
    Created(LiveId),
    /// The name belongs to something.
    Taken(Text),
}

/// What came of sending operations.
enum Sent {
    /// The thing is as it was wanted.
    Settled,
    /// It was accepted, and the thing is as it was.
    Ignored,
    /// Somebody else wrote in between.
    Stale,
    /// It is refused, maybe because of the way in which it was said.
    Misunderstood(WriteError),
    /// It is refused, so that nothing or not all was done.
    Refused(WriteError),
}

/// How often something is looked at until it shows what was written.
const LOOKS: u32 = 5;
/// How often somebody else may have written in between. Afterwards the version is left out: some services
/// tell wrong ones.
const STALE: u32 = 2;

/// Why a read that a step needs failed. Nothing was sent.
pub(super) fn unread(failure: Failure) -> WriteError {
    match failure {
        Failure::Said { status: 400 | 402..=407 | 409..=424 | 501, why, .. } => WriteError::Refused(why),
        Failure::Said { why, .. } | Failure::NoToken(why) | Failure::TokenLater(why) => {
            WriteError::Transient(why)
        }
        Failure::NotSent(why) | Failure::Lost(why) | Failure::Foreign(why) => WriteError::Transient(why),
    }
}

/// What a failure means for a write: whether it can have been carried out.
fn unwritten(failure: Failure) -> WriteError {
    match failure {
        Failure::NotSent(why) | Failure::NoToken(why) | Failure::TokenLater(why) => {
            WriteError::Transient(why)
        }
        Failure::Lost(why) | Failure::Foreign(why) => WriteError::InDoubt(why),
        Failure::Said { status: 401 | 425 | 429, why, .. } => WriteError::Transient(why),
        Failure::Said { status: 404 | 410, why, .. } => WriteError::Changed(why),
        Failure::Said { status: 408 | 500 | 502..=599, why, .. } => WriteError::InDoubt(why),
        Failure::Said { why, .. } => WriteError::Refused(why),
    }
}

/// Whether another way of saying it may help: the service does not know such paths, and not that it does not
/// want to.
fn is_misunderstood(failure: &Failure) -> bool {
    let of_form = ["invalidPath", "invalidFilter", "noTarget", "invalidSyntax"];
    match failure {
        Failure::Said { status: 400 | 404 | 501, kind, .. } => {
            kind.as_deref().is_none_or(|kind| of_form.contains(&kind))
        }
        Failure::Said { .. }
        | Failure::NoToken(_)
        | Failure::TokenLater(_)
        | Failure::NotSent(_)
        | Failure::Lost(_)
        | Failure::Foreign(_) => false,
    }
}

impl<'a> Writing<'a> {
    /// It is so; done by this step, if that is what could not be told before.
    pub(super) fn already(&self, created: Option<&LiveId>) -> Receipt {
        if self.scim.memory.doubts(self.key) {
            Receipt::Done { created: created.cloned() }
        } else {
            Receipt::AlreadySo
        }
    }

    /// A failure of a write. One that leaves it in doubt is remembered.
    pub(super) fn failed(&self, failure: Failure) -> WriteError {
        let error = unwritten(failure);
        if matches!(error, WriteError::InDoubt(_)) {
            self.scim.memory.doubt(self.key);
        }
        error
    }

    /// Waits before a look after so many.
    pub(super) async fn wait(&self, looks: u32) {
        let wait: Duration = self.scim.transport.wait(self.step.no.0, looks);
        tokio::time::sleep(wait).await;
    }

    /// The thing of that identity, if there is one.
    pub(super) async fn get<T: Thing>(&self, id: &LiveId) -> Result<Option<Found<T>>, WriteError> {
        let url = self
            .service
            .place(T::RESOURCE, id.as_str())
            .ok_or_else(|| WriteError::Refused("the service has no such list".into()))?;
        match self.scim.transport.get_within(&url, TRIES).await {
            Ok(answer) => {
                let raw = serde_json::from_slice(&answer.body)
                    .map_err(|_| WriteError::Transient("a resource is not of its form".into()))?;
                Found::of(raw, &self.service.schemas, &self.scim.names)
                    .map(Some)
                    .map_err(WriteError::Transient)
            }
            Err(Failure::Said { status: 404 | 410, .. }) => Ok(None),
            Err(failure) => Err(unread(failure)),
        }
    }

    /// The thing of that name and identity. One that was created just now may not be shown yet.
    pub(super) async fn there<T: Thing>(&self, name: &str, id: &LiveId) -> Result<Found<T>, WriteError> {
        let memory = &self.scim.memory;
        for look in 1..=LOOKS {
            if let Some(found) = self.get::<T>(id).await? {
                let is_it = found.thing.name() == name || memory.named(T::RESOURCE, id, name);
                let other =
                    || WriteError::Changed(format!("{name} is called {} now", found.thing.name()).into());
                return if is_it { Ok(found) } else { Err(other()) };
            }
            if !memory.made(T::RESOURCE, id) {
                return Err(WriteError::Changed(format!("{name} is not there").into()));
            }
            self.wait(look).await;
        }
        Err(WriteError::Transient(format!("{name} was created, and is not shown yet").into()))
    }

    /// The identity of the thing of that name: as it was read for the plan, as it was created in this run, or
    /// as it is found.
    pub(super) async fn identity_of<T: Thing>(&self, name: &str) -> Result<LiveId, WriteError> {
        let planned = self.step.identities.iter().find_map(|identity| match (T::RESOURCE, identity) {
            (Resource::User, Identity::User(email, id)) if email.as_str() == name => Some(id.clone()),
            (Resource::Group, Identity::Group(group, id)) if group.as_str() == name => Some(id.clone()),
            (Resource::User | Resource::Group, Identity::User(..) | Identity::Group(..)) => None,
        });
        if let Some(id) = planned.or_else(|| self.scim.memory.id(T::RESOURCE, name)) {
            return Ok(id);
        }
        for look in 1..=LOOKS {
            if let Some(found) = self.only(self.scim.find::<T>(self.service, name).await?)? {
                return Ok(found.thing.id().clone());
            }
            self.wait(look).await;
        }
        Err(WriteError::Changed(format!("{name} is not there").into()))
    }

    /// The one that was found; which of several is meant cannot be said.
    pub(super) fn only<T: Thing>(&self, mut found: Vec<Found<T>>) -> Result<Option<Found<T>>, WriteError> {
        match found.len() {
            0 | 1 => Ok(found.pop()),
            many => Err(WriteError::Refused(
                format!("{many} are called {}, and which is meant cannot be said", found[0].thing.name())
                    .into(),
            )),
        }
    }

    /// Makes a thing another one, at most once, and says whether that was needed.
    pub(super) async fn edit<T: Thing>(
        &self,
        name: &str,
        id: &LiveId,
        edit: Edit<'_, T>,
    ) -> Result<Receipt, WriteError> {
        let (mut naming, mut stale) = (Naming::InPath, 0);
        loop {
            let found = self.there::<T>(name, id).await?;
            match (edit.judge)(&found.thing) {
                Verdict::Already => return Ok(self.already(None)),
                Verdict::Changed(how) => return Err(WriteError::Changed(how)),
                Verdict::Go => {}
            }
            let ops = (edit.ops)(&found);
            let attributes = || ops.iter().map(Op::attribute).collect::<Vec<_>>().join(", ");
            let other_naming = naming == Naming::InPath && ops.iter().any(Op::takes);
            match self.sent(&found, &ops, naming, stale < STALE, &edit).await? {
                Sent::Settled => return Ok(Receipt::Done { created: None }),
                Sent::Stale => stale += 1,
                Sent::Ignored | Sent::Misunderstood(_) if other_naming => naming = Naming::InValue,
                Sent::Ignored => {
                    let what = format!("the service accepted it, and shows {} as before", attributes());
                    return Err(WriteError::Refused(what.into()));
                }
                Sent::Misunderstood(error) | Sent::Refused(error) => return Err(error),
            }
        }
    }

    async fn sent<T: Thing>(
        &self,
        found: &Found<T>,
        ops: &[Op],
        naming: Naming,
        versioned: bool,
        edit: &Edit<'_, T>,
    ) -> Result<Sent, WriteError> {
        let version = found.version().filter(|_| versioned && self.service.versions);
        match self.send_ops(found, ops, naming, version).await {
            Ok(answer) => self.settled(found.thing.id(), &answer, edit).await,
            Err(Failure::Said { status: 412, .. }) if version.is_some() => Ok(Sent::Stale),
            Err(failure) => {
                let sent = if is_misunderstood(&failure) { Sent::Misunderstood } else { Sent::Refused };
                match self.failed(failure) {
                    WriteError::Refused(why) => {
                        Ok(sent(WriteError::Refused(self.half(found, ops, why).await)))
                    }
                    error => Err(error),
                }
            }
        }
    }

    /// Sends operations, or the whole resource where the service takes no operations.
    async fn send_ops<T: Thing>(
        &self,
        found: &Found<T>,
        ops: &[Op],
        naming: Naming,
        version: Option<&str>,
    ) -> Result<Answer, Failure> {
        let id = found.thing.id().as_str();
        if self.service.patches && !self.scim.memory.puts() {
            let parts = if self.service.schemas.is_bentley() { Parts::Selected } else { Parts::Whole };
            match self
                .write(Method::PATCH, T::RESOURCE, Some(id), version, Some(patch(ops, naming, parts)))
                .await
            {
                Err(Failure::Said { status: 405 | 501, .. }) => self.scim.memory.put(),
                answer => return answer,
            }
        }
        self.write(Method::PUT, T::RESOURCE, Some(id), version, Some(replaced(&found.raw, ops))).await
    }

    /// Sends one request.
    pub(super) async fn write(
        &self,
        method: Method,
        resource: Resource,
        id: Option<&str>,
        version: Option<&str>,
        body: Option<Value>,
    ) -> Result<Answer, Failure> {
        let url = match id {
            Some(id) => self.service.place(resource, id),
            None => self.service.list(resource).cloned(),
        };
        let url = url.ok_or_else(|| Failure::of("the service has no such list"))?;
        let version = version.and_then(|version| HeaderValue::from_str(version).ok());
        let headers = HeaderMap::from_iter(version.map(|version| (IF_MATCH, version)));
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.scim.transport.write(Sending { method, url: &url, headers, body: body.as_bytes() }).await
    }

    /// Whether the thing shows what was written, in the answer or soon after it.
    async fn settled<T: Thing>(
        &self,
        id: &LiveId,
        answer: &Answer,
        edit: &Edit<'_, T>,
    ) -> Result<Sent, WriteError> {
        let told = serde_json::from_slice::<Object>(&answer.body).ok();
        let told = told.and_then(|told| Found::<T>::of(told, &self.service.schemas, &self.scim.names).ok());
        let is_so = |found: &Found<T>| {
            found.thing.id() == id && matches!((edit.judge)(&found.thing), Verdict::Already)
        };
        if told.is_some_and(|told| is_so(&told)) {
            return Ok(Sent::Settled);
        }
        for look in 1..=LOOKS {
            // It was sent: a look that fails leaves it in doubt.
            let found = self.get::<T>(id).await.map_err(|error| self.doubtful(error))?;
            if found.is_some_and(|found| is_so(&found)) {
                return Ok(Sent::Settled);
            }
            if look < LOOKS {
                self.wait(look).await;
            }
        }
        Ok(Sent::Ignored)
    }

    /// A look after a write that failed.
    pub(super) fn doubtful(&self, error: WriteError) -> WriteError {
        self.scim.memory.doubt(self.key);
        match error {
            WriteError::Changed(why)
            | WriteError::Refused(why)
            | WriteError::Transient(why)
            | WriteError::InDoubt(why) => WriteError::InDoubt(why),
        }
    }

    /// A refusal of several operations may come after the first of them was done.
    async fn half<T: Thing>(&self, before: &Found<T>, ops: &[Op], why: Text) -> Text {
        let shown = |raw: &Object| {
            raw.iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("meta"))
                .map(|(_, value)| value.clone())
                .collect::<Vec<_>>()
        };
        let after = if ops.len() > 1 { self.get::<T>(before.thing.id()).await.ok().flatten() } else { None };
        let half = after.is_some_and(|after| shown(&after.raw) != shown(&before.raw));
        if half { format!("{why}; a part of it was done all the same").into() } else { why }
    }

    /// Sends a new resource.
    pub(super) async fn post<T: Thing>(&self, name: &str, body: Object) -> Result<Posted, WriteError> {
        let answer = match self.write(Method::POST, T::RESOURCE, None, None, Some(Value::Object(body))).await
        {
            Ok(answer) => answer,
            Err(Failure::Said { status: 409, why, .. }) => return Ok(Posted::Taken(why)),
            Err(Failure::Said { kind: Some(kind), why, .. }) if kind == "uniqueness" => {
                return Ok(Posted::Taken(why));
            }
            Err(failure) => return Err(self.failed(failure)),
        };
        let told = serde_json::from_slice::<Object>(&answer.body).ok();
        let by_body = told.and_then(|told| identity(&told, &self.scim.names).ok());
        let by_place =
            || LiveId::new(answer.header(LOCATION)?.trim_end_matches('/').rsplit('/').next()?).ok();
        let id = match by_body.or_else(by_place) {
            Some(id) => id,
            None => self.identity_of::<T>(name).await.map_err(|error| self.doubtful(error))?,
        };
        self.scim.memory.is_called(T::RESOURCE, name, &id);
        Ok(Posted::Created(id))
    }

    /// Deletes a thing, and says what is then shown in its place.
    pub(super) async fn delete<T: Thing>(&self, id: &LiveId) -> Result<Option<Found<T>>, WriteError> {
        match self.write(Method::DELETE, T::RESOURCE, Some(id.as_str()), None, None).await {
            // What the answer says is of no matter where nothing is there any more.
            Ok(_) | Err(Failure::Said { status: 404 | 410, .. }) => {}
            Err(failure) => return Err(self.failed(failure)),
        }
        let mut left = None;
        for look in 1..=LOOKS {
            left = self.get::<T>(id).await.map_err(|error| self.doubtful(error))?;
            if left.is_none() {
                break;
            }
            self.wait(look).await;
        }
        Ok(left)
    }

    /// The thing of that name before it is created. One whose creation is in doubt is looked for more than
    /// once.
    pub(super) async fn before_creation<T: Thing>(&self, name: &str) -> Result<Option<Found<T>>, WriteError> {
        let looks = if self.scim.memory.doubts(self.key) { LOOKS } else { 1 };
        for look in 1..=looks {
            if let Some(found) = self.only(self.scim.find::<T>(self.service, name).await?)? {
                return Ok(Some(found));
            }
            if look < looks {
                self.wait(look).await;
            }
        }
        Ok(None)
    }
}
