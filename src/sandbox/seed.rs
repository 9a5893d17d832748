//! `sandbox-seed.json`, the file beside a policy that says what the organization is before the first apply.
//!
//! The file states facts of a live organization that no policy states: contracts, owned quantities, prices,
//! an identity provider, users who are already there.

mod records;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::identity::IdentityIssuer;
use super::invariant;
use crate::disk::read_regular_file;
use crate::model::{
    CountryCode, Email, Organization, OrganizationFacts, Profile, RoleId, Text, Timestamp, User, UserState,
};
use records::SeedRecord;

/// The name of the file in a policy's folder.
pub const SEED_FILE: &str = "sandbox-seed.json";

/// The organization before the first apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seed {
    /// The Account Administrator; `None` stands for one whose address is named after the organization.
    pub administrator: Option<Profile>,
    /// The users, groups and contacts that are already there.
    pub organization: Organization,
    /// Contracts, catalogue, identity provider, and acting identity, which is the Account Administrator if
    /// the file states none.
    pub facts: OrganizationFacts,
}

/// A seed file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file system refused.
    #[error("{} could not be read", .path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The text is not JSON, or has an unknown field or an invalid value.
    #[error("{}:{}:{}: {what}", .path.display(), .line, .column)]
    Parse {
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// A lower-case fragment.
        what: String,
    },
    /// The stated organization breaks an invariant.
    #[error("{}: {what}", .path.display())]
    Broken {
        path: PathBuf,
        /// The broken invariant, as a lower-case fragment.
        what: Text,
    },
}

/// The size of the largest seed that is read, in bytes: enough for an organization of a million people.
const LARGEST_SEED: u64 = 1 << 30;

/// Reads a seed file. A missing file is an empty seed.
pub fn read_seed(path: &Path) -> Result<Seed, SeedError> {
    match read_regular_file(path, LARGEST_SEED) {
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
    // The length of checkouts is judged when the organization is founded, as no time is known here.
    match invariant::first_broken_invariant(&seed.organization, &seed.facts, Timestamp::MAX) {
        Some(what) => Err(broken(what)),
        None => Ok(seed),
    }
}

impl Seed {
    /// Returns the organization `name` at its founding: this seed, an Account Administrator, and the objects
    /// of `people`. An object of `people` takes precedence over one of the same name in the seed.
    ///
    /// Users get identities in the order of their addresses, so that a preview and the founding give the same
    /// identities.
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

    /// Returns the organization before its founding: like [`Seed::found_organization`] with only this seed,
    /// but without an Account Administrator that the seed does not state.
    pub fn preview(&self, name: &str) -> (Organization, OrganizationFacts) {
        let (mut organization, mut facts) = self.found_organization(name, &Organization::default());
        organization.users.retain(|email, _| self.organization.users.contains_key(email));
        facts.acting = facts.acting.filter(|acting| Some(acting) == self.facts.acting.as_ref());
        (organization, facts)
    }

    /// Adds an Account Administrator if there is none. Returns the address of the Account Administrator.
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
            first_name: "Account".into(),
            last_name: "Administrator".into(),
            country,
            ..Profile::new(email)
        }
    }
}

fn add_missing<K: Ord, V>(known: &mut BTreeMap<K, V>, more: BTreeMap<K, V>) {
    for (key, value) in more {
        known.entry(key).or_insert(value);
    }
}

/// Gives an identity to every user and group without one, in the order of names.
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
