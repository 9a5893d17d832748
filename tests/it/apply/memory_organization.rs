//! An organization in memory: idempotent, with an outbox of invitations and scripted faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use seatwise::connector::{OrgWrite, Pace, Receipt, WriteError};
use seatwise::model::{Email, Organization};
use seatwise::plan::{Step, StepNo};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::step_effect;
use crate::plain_act::PlainAct;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallFault {
    /// The call is not carried out, and may be tried again.
    Busy,
    /// The call is not carried out, and the answer is lost.
    LostBefore,
    /// The call is carried out, and the answer is lost.
    LostAfter,
    Refused,
    /// The object has changed since the plan was made.
    Changed,
    /// The call never returns, and is not carried out.
    HangsBefore,
    /// The call never returns, and is carried out.
    HangsAfter,
}

impl CallFault {
    pub(super) const ALL: [Self; 5] =
        [Self::Busy, Self::LostBefore, Self::LostAfter, Self::Refused, Self::Changed];
}

#[derive(Default)]
struct MemoryState {
    organization: Organization,
    answers: BTreeMap<String, Receipt>,
    outbox: Vec<Email>,
    calls: Vec<(StepNo, String, Instant)>,
    carried_out: Vec<StepNo>,
    under_way: usize,
    most_under_way: usize,
}

pub(super) struct MemoryOrganization {
    state: Mutex<MemoryState>,
    pace: Pace,
    /// Faults by the number of the call, from 1.
    pub(super) faults: BTreeMap<usize, CallFault>,
    /// Faults by the number of the step, at each of its calls.
    pub(super) always: BTreeMap<u32, CallFault>,
    pub(super) takes: Duration,
    /// Notified whenever a call hangs.
    pub(super) hangs: Notify,
}

impl MemoryOrganization {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            pace: Pace { concurrency: 8, per_second: None },
            faults: BTreeMap::new(),
            always: BTreeMap::new(),
            takes: Duration::ZERO,
            hangs: Notify::new(),
        }
    }

    pub(super) fn one_at_a_time() -> Self {
        Self::new().with_pace(Pace { concurrency: 1, per_second: None })
    }

    pub(super) fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    pub(super) fn with_fault(mut self, call: usize, fault: CallFault) -> Self {
        self.faults.insert(call, fault);
        self
    }

    pub(super) fn with_step_fault(mut self, step: u32, fault: CallFault) -> Self {
        self.always.insert(step, fault);
        self
    }

    pub(super) fn with_delay(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }

    /// The same organization with no further faults.
    pub(super) fn without_faults(self) -> Self {
        Self { faults: BTreeMap::new(), always: BTreeMap::new(), ..self }
    }

    pub(super) fn edit(&self, edit: impl FnOnce(&mut Organization)) {
        edit(&mut self.state.lock().unwrap().organization);
    }

    pub(super) fn organization(&self) -> Organization {
        self.state.lock().unwrap().organization.clone()
    }

    /// The organization without identities, which depend on the order of arrival.
    pub(super) fn organization_without_ids(&self) -> Organization {
        let mut organization = self.organization();
        organization.users_mut().for_each(|user| user.id = None);
        organization.groups.values_mut().for_each(|group| group.id = None);
        organization
    }

    pub(super) fn calls(&self) -> Vec<StepNo> {
        self.state.lock().unwrap().calls.iter().map(|(step, _, _)| *step).collect()
    }

    pub(super) fn keys(&self) -> BTreeMap<StepNo, BTreeSet<String>> {
        let mut keys: BTreeMap<StepNo, BTreeSet<String>> = BTreeMap::new();
        for (step, key, _) in &self.state.lock().unwrap().calls {
            keys.entry(*step).or_default().insert(key.clone());
        }
        keys
    }

    pub(super) fn times(&self) -> Vec<Instant> {
        self.state.lock().unwrap().calls.iter().map(|(_, _, time)| *time).collect()
    }

    pub(super) fn most_under_way(&self) -> usize {
        self.state.lock().unwrap().most_under_way
    }

    /// The steps in the order they were carried out. A step that appears twice shows that the organization is
    /// not idempotent.
    pub(super) fn carried_out_steps(&self) -> Vec<StepNo> {
        self.state.lock().unwrap().carried_out.clone()
    }

    pub(super) fn outbox(&self) -> Vec<Email> {
        let mut outbox = self.state.lock().unwrap().outbox.clone();
        outbox.sort();
        outbox
    }

    fn arrive(&self, step: &Step, key: &str) -> Option<CallFault> {
        let mut state = self.state.lock().unwrap();
        state.calls.push((step.no, key.to_owned(), Instant::now()));
        state.under_way += 1;
        state.most_under_way = state.most_under_way.max(state.under_way);
        self.always.get(&step.no.0).or_else(|| self.faults.get(&state.calls.len())).copied()
    }

    fn write(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let mut state = self.state.lock().unwrap();
        if let Some(receipt) = state.answers.get(key) {
            return Ok(receipt.clone());
        }
        let serial = state.answers.len();
        let receipt = step_effect::carry_out(step, &mut state.organization, serial)?;
        if let PlainAct::Invite(profile) = PlainAct::from(&step.act) {
            state.outbox.push(profile.email);
        }
        state.carried_out.push(step.no);
        state.answers.insert(key.to_owned(), receipt.clone());
        Ok(receipt)
    }

    async fn hang<T>(&self) -> T {
        self.hangs.notify_one();
        std::future::pending().await
    }

    async fn answer(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let fault = self.arrive(step, key);
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        match fault {
            None => self.write(step, key),
            Some(CallFault::Busy) => Err(WriteError::Transient("busy".into())),
            Some(CallFault::LostBefore) => Err(WriteError::InDoubt("the connection broke".into())),
            Some(CallFault::LostAfter) => {
                self.write(step, key).and(Err(WriteError::InDoubt("the connection broke".into())))
            }
            Some(CallFault::Refused) => Err(WriteError::Refused("it is refused".into())),
            Some(CallFault::Changed) => Err(WriteError::Changed("it has changed".into())),
            Some(CallFault::HangsBefore) => self.hang().await,
            Some(CallFault::HangsAfter) => {
                drop(self.write(step, key));
                self.hang().await
            }
        }
    }
}

impl OrgWrite for MemoryOrganization {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let answer = self.answer(step, key).await;
        self.state.lock().unwrap().under_way -= 1;
        answer
    }

    fn pace(&self) -> Pace {
        self.pace
    }
}
