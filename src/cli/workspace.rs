//! A policy folder and what lies in it: the policy, the runs, the embedded organization.

use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};

use super::context::Context;
use super::error::CliError;
use crate::apply::{JournalFolder, LockOwner, RunLock};
use crate::connector::FetchError;
use crate::connector::http::{ConnectionPurpose, HttpConnector};
use crate::connector::scim::ScimConnector;
use crate::exports::store::UsageStore;
use crate::load::{self, LoadOutcome};
use crate::model::{Date, Interner};
use crate::policy::settings::Connector;
use crate::policy::{Policy, Settings};
use crate::reach::Connection;
use crate::reach::SandboxConnector;
use crate::sandbox::seed::SEED_FILE;
use crate::sandbox::{Seed, StoreOptions, read_seed};

/// Where the organization lies that `seatwise sandbox serve` serves to a policy that reaches it over HTTP or
/// SCIM.
const SERVED_DATABASE: &str = ".seatwise/served.db";

/// A policy folder.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    root: Utf8PathBuf,
}

impl Workspace {
    /// The folder that was named, or the one at or above where the command was called.
    pub(super) fn find(dir: Option<&Path>, context: &Context) -> Result<Self, CliError> {
        let root = match dir {
            Some(dir) => dir.to_owned(),
            None => load::find_root(&context.here)?,
        };
        Utf8PathBuf::from_path_buf(root).map(|root| Self { root }).map_err(CliError::PathNotUtf8)
    }

    /// The folder.
    pub(super) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Where runs are kept.
    pub(super) fn seatwise_folder(&self) -> Utf8PathBuf {
        self.root.join(".seatwise")
    }

    /// The runs.
    pub(super) fn journals(&self) -> JournalFolder {
        JournalFolder::new(&self.seatwise_folder())
    }

    /// Takes the lock of the one run that may be under way.
    pub(super) fn lock(&self, context: &Context) -> Result<RunLock, CliError> {
        Ok(RunLock::take(&self.seatwise_folder(), &LockOwner::this_process(context.now))?)
    }

    /// Reads the policy with all that is wrong with it.
    pub(super) fn load(&self, as_of: Date, names: &Interner) -> Result<LoadOutcome, CliError> {
        Ok(load::load_policy(self.root.as_std_path(), as_of, names)?)
    }

    /// Reads the policy, if nothing is wrong with it.
    pub(super) fn policy(&self, as_of: Date, names: &Interner) -> Result<Policy, CliError> {
        let LoadOutcome { policy, problems, .. } = self.load(as_of, names)?;
        policy.ok_or(CliError::Problems(problems))
    }

    /// The settings alone, where the rest of the policy is of no matter and may have problems.
    pub(super) fn settings(&self, context: &Context, names: &Interner) -> Result<Settings, CliError> {
        let as_of = context.moment(None).as_of;
        match load::load_settings(self.root.as_std_path(), as_of, names)? {
            Some(settings) => Ok(settings),
            // All that is wrong is said, not only what is wrong here.
            None => Ok(self.policy(as_of, names)?.settings),
        }
    }

    /// The embedded organization's file.
    pub(super) fn sandbox_path(&self, settings: &Settings) -> Result<PathBuf, CliError> {
        let path: &str = match &settings.connector {
            Connector::Sandbox { path } => path,
            Connector::Http | Connector::Scim => SERVED_DATABASE,
        };
        let file = self.root.join(path).into_std_path_buf();
        if stays_below(self.root.as_std_path(), &file) {
            Ok(file)
        } else {
            Err(CliError::Outside(path.into()))
        }
    }

    /// Where use is kept.
    pub(super) fn usage_store(&self, settings: &Settings) -> Result<UsageStore, CliError> {
        Ok(UsageStore::new(&self.usage_folder(settings)?))
    }

    /// The same as a path.
    pub(super) fn usage_folder(&self, settings: &Settings) -> Result<PathBuf, CliError> {
        let folder = self.root.join(&*settings.usage.store).into_std_path_buf();
        if stays_below(self.root.as_std_path(), &folder) {
            Ok(folder)
        } else {
            Err(CliError::Outside(settings.usage.store.clone()))
        }
    }

    /// What the embedded organization is before the first apply.
    pub(super) fn seed(&self) -> Result<Seed, CliError> {
        Ok(read_seed(self.root.join(SEED_FILE).as_std_path())?)
    }

    /// The way to the live organization.
    pub(super) fn connection(
        &self,
        settings: &Settings,
        purpose: ConnectionPurpose,
        context: &Context,
    ) -> Result<Connection, CliError> {
        match &settings.connector {
            Connector::Sandbox { .. } => Ok(Connection::Sandbox(Box::new(self.sandbox(settings, context)?))),
            Connector::Http => {
                let target = context.connecting.target(&settings.organization)?;
                Ok(Connection::Http(Box::new(
                    HttpConnector::new(target, purpose).map_err(FetchError::Service)?,
                )))
            }
            Connector::Scim => {
                let target = context.connecting.target(&settings.organization)?;
                Ok(Connection::Scim(Box::new(
                    ScimConnector::new(target, purpose).map_err(FetchError::Service)?,
                )))
            }
        }
    }

    /// The embedded organization.
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

/// Whether `file`, or as much of its path as is there, really lies below `root`.
fn stays_below(root: &Path, file: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return true };
    let there = file.ancestors().find(|path| path.symlink_metadata().is_ok());
    there.is_none_or(|path| path.canonicalize().is_ok_and(|real| real.starts_with(&root)))
}
