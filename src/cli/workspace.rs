//! A policy folder and what it holds: the policy, the runs, the embedded organization.

use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};

use super::corrections::misplaced_paths::policy_folder_correction;
use super::state_access::StateAccess;
use super::state_error::StateError;
use super::{CliError, Context, Exit};
use crate::apply::{JournalFolder, LockOwner, RunLock};
use crate::connector::FetchError;
use crate::connector::http::{ConnectionPurpose, HttpConnector};
use crate::connector::scim::ScimConnector;
use crate::disk::STATE_FOLDER;
use crate::exports::store::UsageStore;
use crate::git::tracked_file;
use crate::load::{self, LoadOutcome, SETTINGS};
use crate::model::Date;
use crate::policy::own_place::PlaceFlaw;
use crate::policy::settings::Connector;
use crate::policy::{Policy, Settings};
use crate::reach::Connection;
use crate::reach::SandboxConnector;
use crate::sandbox::seed::SEED_FILE;
use crate::sandbox::{Seed, StoreOptions, read_seed};
use crate::state::PolicyFolderSeal;

/// The file of the organization that `seatwise sandbox serve` serves to a policy with an HTTP or SCIM
/// connector, relative to the policy's folder.
const SERVED_DATABASE: &str = ".seatwise/served.db";

/// A policy folder.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    root: Utf8PathBuf,
    state: StateAccess,
}

impl Workspace {
    /// Finds the policy's folder: the one of `-C`, or else the one at or above the current directory.
    pub(super) fn find(context: &Context) -> Result<Self, CliError> {
        let found = match &context.dir {
            Some(dir) => dir.join(SETTINGS).is_file().then(|| dir.clone()),
            None => load::find_root(&context.here).ok(),
        };
        let root = found.ok_or_else(|| {
            let correction = policy_folder_correction(&context.line, context.dir.as_deref());
            CliError::Mistake(Exit::CouldNotRun, correction)
        })?;
        Ok(Self { state: StateAccess::find()?, ..Self::from_root(&root)? })
    }

    /// Returns the policy folder at `root`, whose state is not believed.
    pub(super) fn from_root(root: &Path) -> Result<Self, CliError> {
        let root = Utf8PathBuf::from_path_buf(root.to_owned()).map_err(CliError::PathNotUtf8)?;
        Ok(Self { root, state: StateAccess::default() })
    }

    /// Returns the path of the folder.
    pub(super) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Returns the path of `.seatwise`, where runs are kept.
    pub(super) fn seatwise_folder(&self) -> Utf8PathBuf {
        self.root.join(STATE_FOLDER)
    }

    /// Returns the journals of the runs.
    pub(super) fn journals(&self) -> JournalFolder {
        JournalFolder::new(&self.seatwise_folder(), self.state_seal())
    }

    /// Takes the lock which ensures that one run at most is under way, and makes what seals a run.
    pub(super) fn lock(&self, context: &Context) -> Result<RunLock, CliError> {
        self.require_untracked_state()?;
        let lock = RunLock::take(&self.seatwise_folder(), &LockOwner::this_process(context.now))?;
        self.state.prepare_sealing(self.seatwise_folder().as_std_path())?;
        Ok(lock)
    }

    /// Returns what seals the state of this folder and checks its seals.
    pub(super) fn state_seal(&self) -> PolicyFolderSeal {
        self.state.seal(self.seatwise_folder().as_std_path())
    }

    /// Returns the key that seals state.
    pub(super) fn state(&self) -> &StateAccess {
        &self.state
    }

    /// Returns an error where Git tracks state of this folder: what came with a commit is not believed.
    pub(super) fn require_untracked_state(&self) -> Result<(), CliError> {
        let tracked = tracked_file(self.root.as_std_path(), STATE_FOLDER)?;
        tracked.map_or(Ok(()), |file| Err(StateError::Tracked(file).into()))
    }

    /// Reads the policy with all its problems.
    pub(super) fn load(&self, as_of: Date, context: &Context) -> Result<LoadOutcome, CliError> {
        Ok(load::load_policy(self.root.as_std_path(), as_of, &context.names)?)
    }

    /// Reads the policy. Problems are an error.
    pub(super) fn policy(&self, as_of: Date, context: &Context) -> Result<Policy, CliError> {
        let LoadOutcome { policy, problems, .. } = self.load(as_of, context)?;
        policy.ok_or(CliError::Problems(problems))
    }

    /// Reads the settings alone, even where the rest of the policy has problems.
    pub(super) fn settings(&self, context: &Context) -> Result<Settings, CliError> {
        let as_of = context.moment(None).as_of;
        match load::load_settings(self.root.as_std_path(), as_of, &context.names)? {
            Some(settings) => Ok(settings),
            // All problems of the policy are reported, not only those of the settings.
            None => Ok(self.policy(as_of, context)?.settings),
        }
    }

    /// Returns the path of the embedded organization's file. A path that leaves the policy's folder is an
    /// error.
    pub(super) fn sandbox_path(&self, settings: &Settings) -> Result<PathBuf, CliError> {
        let path: &str = match &settings.connector {
            Connector::Sandbox { path } => path,
            Connector::Http | Connector::Scim => SERVED_DATABASE,
        };
        self.path_below(path)
    }

    fn path_below(&self, path: &str) -> Result<PathBuf, CliError> {
        let file = self.root.join(path).into_std_path_buf();
        let is_free = is_own_place(self.root.as_std_path(), &file);
        if is_free { Ok(file) } else { Err(CliError::Outside(path.into())) }
    }

    /// Returns the store of collected usage.
    pub(super) fn usage_store(&self, settings: &Settings) -> Result<UsageStore, CliError> {
        Ok(UsageStore::new(&self.usage_folder(settings)?))
    }

    /// Returns the folder of the usage store. A path that leaves the policy's folder is an error.
    pub(super) fn usage_folder(&self, settings: &Settings) -> Result<PathBuf, CliError> {
        self.path_below(&settings.usage.store)
    }

    /// Reads the seed: what the embedded organization holds before the first apply.
    pub(super) fn seed(&self) -> Result<Seed, CliError> {
        Ok(read_seed(self.root.join(SEED_FILE).as_std_path())?)
    }

    /// Returns the connection to the live organization, with the connector of the settings.
    pub(super) fn connection(
        &self,
        settings: &Settings,
        purpose: ConnectionPurpose,
        context: &Context,
    ) -> Result<Connection, CliError> {
        let target = || context.connecting.target(&settings.organization);
        Ok(match &settings.connector {
            Connector::Sandbox { .. } => Connection::Sandbox(Box::new(self.sandbox(settings, context)?)),
            Connector::Http => {
                let connector = HttpConnector::new(target()?, purpose).map_err(FetchError::Service)?;
                Connection::Http(Box::new(connector))
            }
            Connector::Scim => {
                let connector = ScimConnector::new(target()?, purpose).map_err(FetchError::Service)?;
                Connection::Scim(Box::new(connector))
            }
        })
    }

    /// Returns the connector of the embedded organization.
    pub(super) fn sandbox(
        &self,
        settings: &Settings,
        context: &Context,
    ) -> Result<SandboxConnector, CliError> {
        Ok(SandboxConnector::new(
            &self.sandbox_path(settings)?,
            &settings.organization,
            self.seed()?,
            StoreOptions::new(context.now),
        ))
    }
}

/// Returns whether `file` may be written in the policy folder `root` once links are resolved, as far as the
/// path of `file` exists. True where `root` does not exist.
fn is_own_place(root: &Path, file: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return true };
    let there = file.ancestors().find(|path| path.symlink_metadata().is_ok());
    there.is_none_or(|there| {
        let real = there.canonicalize().unwrap_or_default();
        let rest = file.strip_prefix(there).unwrap_or(Path::new(""));
        let place = real.join(rest);
        let place = place.strip_prefix(&root).ok().and_then(Path::to_str);
        place.is_some_and(|place| PlaceFlaw::of_path(place).is_none())
    })
}
