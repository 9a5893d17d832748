//! The embedded organization: the acts that it carries out and refuses, and what happens when its file is
//! damaged.

mod act_model;
mod acts;
mod generate;
mod invariant;
mod seed;
pub(super) mod serve;
mod store;

use std::str::FromStr;

use seatwise::connector::{Receipt, WriteError};
use seatwise::model::{
    CountryCode, Email, GroupFacts, GroupKind, GroupName, Interner, Organization, OrganizationFacts,
    ProductId, Profile, RoleId, Snapshot, Timestamp, User,
};
use seatwise::plan::{Phase, Step, StepNo};
use seatwise::sandbox::{SandboxStore, Seed, StoreOptions};

use crate::plain_act::PlainAct;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_str("2026-11-24T09:00:00Z").unwrap()
}

pub(crate) fn opening() -> StoreOptions {
    StoreOptions { now: now(), patience: std::time::Duration::from_millis(1) }
}

pub(crate) fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

pub(crate) fn group(text: &str) -> GroupName {
    GroupName::new(text).unwrap()
}

pub(crate) fn role(text: &str) -> RoleId {
    RoleId::new(text).unwrap()
}

pub(crate) fn product(text: &str) -> ProductId {
    ProductId::new(text).unwrap()
}

pub(crate) fn country(text: &str) -> CountryCode {
    CountryCode::new(text).unwrap()
}

pub(crate) fn profile(address: &str) -> Profile {
    Profile {
        email: email(address),
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        country: country("PT"),
        entitlement_country: None,
    }
}

pub(crate) fn facts(name: &str, kind: GroupKind) -> GroupFacts {
    GroupFacts { name: group(name), kind, country: None, description: "".into() }
}

/// A step of `act`. The store reads nothing else of a step but its identities.
pub(crate) fn step(act: PlainAct) -> Step {
    Step {
        no: StepNo(1),
        phase: Phase::Loosen,
        act: act.into(),
        identities: vec![],
        needs: vec![],
        why: vec![],
    }
}

/// A small organization in memory. Each act is written under a key of its own.
pub(crate) struct SandboxOrganization {
    pub(crate) store: SandboxStore,
    pub(crate) keys: std::cell::Cell<u32>,
}

impl SandboxOrganization {
    /// An organization of nobody but the Account Administrator.
    pub(crate) fn new() -> Self {
        Self::from_seed(&Seed::default())
    }

    pub(crate) fn from_seed(seed: &Seed) -> Self {
        let (organization, facts) = seed.found_organization("acme", &Organization::default());
        Self::from_organization(&organization, &facts)
    }

    pub(crate) fn from_organization(organization: &Organization, facts: &OrganizationFacts) -> Self {
        Self {
            store: SandboxStore::in_memory("acme", organization, facts, opening()).unwrap(),
            keys: std::cell::Cell::new(0),
        }
    }

    pub(crate) fn carry_out(&self, act: PlainAct) -> Result<Receipt, WriteError> {
        self.keys.set(self.keys.get() + 1);
        self.store.carry_out(&step(act), &format!("key {}", self.keys.get()))
    }

    /// Carries out `acts`, and asserts that each of them is done.
    pub(crate) fn with_acts(self, acts: impl IntoIterator<Item = PlainAct>) -> Self {
        for act in acts {
            let receipt = self.carry_out(act.clone());
            assert!(matches!(receipt, Ok(Receipt::Done { .. })), "{act:?}: {receipt:?}");
        }
        self
    }

    /// The reason for which the store refuses `act`.
    pub(crate) fn refusal(&self, act: PlainAct) -> String {
        match self.carry_out(act.clone()) {
            Err(WriteError::Refused(why)) => why.to_string(),
            other => panic!("{act:?} was not refused: {other:?}"),
        }
    }

    /// The value that `act` finds changed.
    pub(crate) fn change_found(&self, act: PlainAct) -> String {
        match self.carry_out(act.clone()) {
            Err(WriteError::Changed(what)) => what.to_string(),
            other => panic!("{act:?} found nothing changed: {other:?}"),
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.store.fetch(&Interner::default()).unwrap()
    }

    pub(crate) fn organization(&self) -> Organization {
        self.snapshot().live.0
    }

    pub(crate) fn user(&self, address: &str) -> User {
        self.organization()
            .users
            .remove(address)
            .map(std::sync::Arc::unwrap_or_clone)
            .unwrap_or_else(|| panic!("{address} is not there"))
    }
}

pub(crate) fn invite(address: &str) -> PlainAct {
    PlainAct::Invite(profile(address))
}

pub(crate) fn grant(address: &str, id: &str) -> PlainAct {
    PlainAct::GrantRole { user: email(address), role: role(id) }
}

pub(crate) fn revoke(address: &str, id: &str) -> PlainAct {
    PlainAct::RevokeRole { user: email(address), role: role(id) }
}

pub(crate) fn create(name: &str, kind: GroupKind) -> PlainAct {
    PlainAct::CreateGroup(facts(name, kind))
}

pub(crate) fn join(address: &str, name: &str) -> PlainAct {
    PlainAct::Join { user: email(address), group: group(name) }
}

pub(crate) fn set_list(name: &str, before: &[&str], after: &[&str]) -> PlainAct {
    let products = |ids: &[&str]| ids.iter().map(|id| product(id)).collect();
    PlainAct::SetList { group: group(name), before: products(before), after: products(after) }
}
