//! `sandbox-seed.json`, beside a policy: what the organization is before the first apply.
//!
//! Contracts, owned quantities, prices, an identity provider, people who were there before: facts of a live
//! organization, not policy.

mod records;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::identity::IdentityIssuer;
use super::invariant;
use crate::model::{
    CountryCode, Email, Organization, OrganizationFacts, Profile, RoleId, Text, Timestamp, User, UserState,
};
use records::SeedRecord;

/// The name of the file in a policy's folder.
pub const SEED_FILE: &str = "sandbox-seed.json";

/// What the organization is before the first apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seed {
    /// The Account Administrator; by default one named after the organization.
    pub administrator: Option<Profile>,
    /// People, groups and contacts that are there before.
    pub organization: Organization,
    /// Contracts, catalogue, identity provider, acting identity (by default the Account Administrator).
    pub facts: OrganizationFacts,
}

/// A seed file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file system refused.
    #[error("{} could not be read", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// Not JSON, an unknown field, a value that is none.
    #[error("{}:{}:{}: {what}", .path.display(), .line, .column)]
    Parse {
        /// Which file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// What is wrong; a lower-case fragment.
        what: String,
    },
    /// What it states breaks an invariant of the organization.
    #[error("{}: {what}", .path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Which invariant; a lower-case fragment.
        what: Text,
    },
}

/// Reads a seed file. One that is not there is an empty seed.
pub fn read_seed(path: &Path) -> Result<Seed, SeedError> {
    match std::fs::read(path) {
        Ok(bytes) => parse_seed(path, &bytes),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Seed::default()),
        Err(source) => Err(SeedError::Read { path: path.to_path_buf(), source }),
    }
}

fn parse_seed(path: &Path, bytes: &[u8]) -> Result<Seed, SeedError> {
    let wire: SeedRecord = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = error.to_string();
        let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what).to_owned();
        SeedError::Parse { path: path.to_path_buf(), line, column, what }
    })?;
    let broken = |what| SeedError::Broken { path: path.to_path_buf(), what };
    let seed = wire.seed().map_err(broken)?;
    // How long a checkout lasts is judged when the organization is founded; no time is known here.
    match invariant::first_broken_invariant(&seed.organization, &seed.facts, Timestamp::MAX) {
        Some(what) => Err(broken(what)),
        None => Ok(seed),
    }
}

impl Seed {
    /// The organization `name` as it is founded: this seed, an Account Administrator, and `people` besides.
    ///
    /// Everybody gets an identity by place in the order of addresses, so that a preview and the founding give
    /// the same ones.
    pub fn found_organization(&self, name: &str, people: &Organization) -> (Organization, OrganizationFacts) {
        let mut organization = people.clone();
        let Organization { users, groups, defaults, restrictions, alerts, contacts } =
            self.organization.clone();
        add_missing(&mut organization.users, users);
        add_missing(&mut organization.groups, groups);
        add_missing(&mut organization.defaults, defaults);
        add_missing(&mut organization.restrictions, restrictions);
        add_missing(&mut organization.alerts, alerts);
        organization.contacts.extend(contacts);
        let administrator = self.ensure_administrator(name, &mut organization);
        number_identities(&mut organization);
        let mut facts = self.facts.clone();
        facts.acting = facts.acting.or(administrator);
        (organization, facts)
    }

    /// As [`Seed::found_organization`] without people besides, before the founding: the Account Administrator is not there
    /// yet.
    pub fn preview(&self, name: &str) -> (Organization, OrganizationFacts) {
        let (mut organization, mut facts) = self.found_organization(name, &Organization::default());
        organization.users.retain(|email, _| self.organization.users.contains_key(email));
        facts.acting = facts.acting.filter(|acting| Some(acting) == self.facts.acting.as_ref());
        (organization, facts)
    }

    /// Makes sure of an Account Administrator.
    fn ensure_administrator(&self, name: &str, organization: &mut Organization) -> Option<Email> {
        let holds = |user: &&Arc<User>| user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR);
        if let Some(user) = organization.users.values().find(holds) {
            return Some(user.profile.email.clone());
        }
        let profile = self.administrator.clone().unwrap_or_else(|| self.default_administrator(name));
        let email = profile.email.clone();
        let role = RoleId::new(RoleId::ACCOUNT_ADMINISTRATOR).expect("the portal's role is a name");
        let user = organization
            .users
            .entry(email.clone())
            .or_insert_with(|| User::new(profile, UserState::Active).into());
        Arc::make_mut(user).roles.add(role);
        Some(email)
    }

    fn default_administrator(&self, name: &str) -> Profile {
        let label: String = name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(40)
            .collect();
        let label = label.trim_matches('-');
        let label = if label.is_empty() { "organization" } else { label };
        let email = Email::new(&format!("account.administrator@{label}.example"))
            .expect("letters, digits and hyphens are a domain");
        let anywhere = CountryCode::new("US").expect("US is on the list");
        let country = self.facts.contracts.first().map_or(anywhere, |contract| contract.country);
        Profile {
            email,
            first_name: "Account".into(),
            last_name: "Administrator".into(),
            country,
            entitlement_country: None,
        }
    }
}

fn add_missing<K: Ord, V>(known: &mut BTreeMap<K, V>, more: BTreeMap<K, V>) {
    for (key, value) in more {
        known.entry(key).or_insert(value);
    }
}

/// Gives everybody and every group an identity, in the order of names.
pub(super) fn number_identities(organization: &mut Organization) {
    let mut identities =
        IdentityIssuer::for_users(organization.users.values().filter_map(|user| user.id.as_ref()));
    for user in organization.users_mut().filter(|user| user.id.is_none()) {
        user.id = Some(identities.next());
    }
    let mut identities =
        IdentityIssuer::for_groups(organization.groups.values().filter_map(|group| group.id.as_ref()));
    for group in organization.groups.values_mut().filter(|group| group.id.is_none()) {
        group.id = Some(identities.next());
    }
}
