//! The embedded organization: what it keeps, what it refuses, what happens when its file is not what it
//! should be.

mod acts;
mod connect;
mod files;
mod invariants;
mod model;
mod round_trip;
mod seeds;
mod usage;

use std::str::FromStr;

use seatwise::connector::{Receipt, WriteError};
use seatwise::model::{
    CountryCode, Email, GroupFacts, GroupKind, GroupName, Interner, Organization, OrganizationFacts,
    ProductId, Profile, RoleId, Snapshot, Timestamp, User,
};
use seatwise::plan::{Act, Phase, Step, StepNo};
use seatwise::sandbox::{SandboxStore, Seed, StoreOptions};

fn now() -> Timestamp {
    Timestamp::from_str("2026-11-24T09:00:00Z").unwrap()
}

fn opening() -> StoreOptions {
    StoreOptions { now: now(), patience: std::time::Duration::from_millis(1) }
}

fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

fn group(text: &str) -> GroupName {
    GroupName::new(text).unwrap()
}

fn role(text: &str) -> RoleId {
    RoleId::new(text).unwrap()
}

fn product(text: &str) -> ProductId {
    ProductId::new(text).unwrap()
}

fn country(text: &str) -> CountryCode {
    CountryCode::new(text).unwrap()
}

fn profile(address: &str) -> Profile {
    Profile {
        email: email(address),
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        country: country("PT"),
        entitlement_country: None,
    }
}

fn facts(name: &str, kind: GroupKind) -> GroupFacts {
    GroupFacts { name: group(name), kind, country: None, description: "".into() }
}

/// A step that does `act`; the store looks at nothing else but identities.
fn step(act: Act) -> Step {
    Step { no: StepNo(1), phase: Phase::Loosen, act, identities: vec![], needs: vec![], why: vec![] }
}

/// A small organization in memory, written to by acts, each under a key of its own.
struct SandboxOrganization {
    store: SandboxStore,
    keys: std::cell::Cell<u32>,
}

impl SandboxOrganization {
    /// Nobody but the Account Administrator.
    fn new() -> Self {
        Self::from_seed(&Seed::default())
    }

    fn from_seed(seed: &Seed) -> Self {
        let (organization, facts) = seed.found_organization("acme", &Organization::default());
        Self::from_organization(&organization, &facts)
    }

    fn from_organization(organization: &Organization, facts: &OrganizationFacts) -> Self {
        Self {
            store: SandboxStore::in_memory("acme", organization, facts, opening()).unwrap(),
            keys: std::cell::Cell::new(0),
        }
    }

    fn carry_out(&self, act: Act) -> Result<Receipt, WriteError> {
        self.keys.set(self.keys.get() + 1);
        self.store.carry_out(&step(act), &format!("key {}", self.keys.get()))
    }

    /// Does acts that must work.
    fn with_acts(self, acts: impl IntoIterator<Item = Act>) -> Self {
        for act in acts {
            let receipt = self.carry_out(act.clone());
            assert!(matches!(receipt, Ok(Receipt::Done { .. })), "{act:?}: {receipt:?}");
        }
        self
    }

    /// Why an act is refused.
    fn refusal(&self, act: Act) -> String {
        match self.carry_out(act.clone()) {
            Err(WriteError::Refused(why)) => why.to_string(),
            other => panic!("{act:?} was not refused: {other:?}"),
        }
    }

    /// What an act finds changed.
    fn change_found(&self, act: Act) -> String {
        match self.carry_out(act.clone()) {
            Err(WriteError::Changed(what)) => what.to_string(),
            other => panic!("{act:?} found nothing changed: {other:?}"),
        }
    }

    fn snapshot(&self) -> Snapshot {
        self.store.fetch(&Interner::default()).unwrap()
    }

    fn organization(&self) -> Organization {
        self.snapshot().live.0
    }

    fn user(&self, address: &str) -> User {
        self.organization()
            .users
            .remove(address)
            .map(std::sync::Arc::unwrap_or_clone)
            .unwrap_or_else(|| panic!("{address} is not there"))
    }
}

fn invite(address: &str) -> Act {
    Act::Invite(profile(address))
}

fn grant(address: &str, id: &str) -> Act {
    Act::GrantRole { user: email(address), role: role(id) }
}

fn revoke(address: &str, id: &str) -> Act {
    Act::RevokeRole { user: email(address), role: role(id) }
}

fn create(name: &str, kind: GroupKind) -> Act {
    Act::CreateGroup(facts(name, kind))
}

fn join(address: &str, name: &str) -> Act {
    Act::Join { user: email(address), group: group(name) }
}

fn set_list(name: &str, before: &[&str], after: &[&str]) -> Act {
    let products = |ids: &[&str]| ids.iter().map(|id| product(id)).collect();
    Act::SetList { group: group(name), before: products(before), after: products(after) }
}
