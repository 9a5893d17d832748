//! The key that seals state: given by the environment, or the user's own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use etcetera::BaseStrategy;

use super::CliError;
use super::connection_args::environment_variable;
use super::state_error::StateError;
use crate::state::{PolicyFolderSeal, StateKey, StateKeyError};

/// The variable with a key that people or runners who share a store have in common: 64 hex digits, or
/// `public:` and those of its public half, which only checks.
const KEY_VARIABLE: &str = "SEATWISE_STATE_KEY";

/// The key that seals state, and where the user's own one is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct StateAccess {
    key: Arc<OnceLock<Arc<StateKey>>>,
    /// The user's state folder; `None` where the environment gives the key, or there is no such folder.
    home: Option<PathBuf>,
}

impl StateAccess {
    /// Reads the key, if there is one.
    pub(super) fn find() -> Result<Self, CliError> {
        if let Some(given) = environment_variable(KEY_VARIABLE) {
            let key = StateKey::parse(given.trim()).map_err(StateError::GivenKey)?;
            return Ok(Self { key: Arc::new(OnceLock::from(Arc::new(key))), home: None });
        }
        let strategy = etcetera::choose_base_strategy().ok();
        let folder = strategy.map(|strategy| strategy.state_dir().unwrap_or_else(|| strategy.data_dir()));
        let access = Self { home: folder.map(|folder| folder.join("seatwise")), ..Self::default() };
        // Whoever only reads goes on without a key; nothing that is sealed is believed then.
        let key = access.home.as_deref().map(StateKey::read).transpose().ok().flatten();
        key.flatten().into_iter().for_each(|key| drop(access.key.set(Arc::new(key))));
        Ok(access)
    }

    /// The key; `None` where none was made yet.
    pub(super) fn key(&self) -> Option<Arc<StateKey>> {
        self.key.get().cloned()
    }

    /// The key, which is made where there is none.
    pub(super) fn key_or_make(&self) -> Result<Arc<StateKey>, CliError> {
        if let Some(key) = self.key() {
            return Ok(key);
        }
        let home = self.home.as_deref().ok_or(StateError::Key(StateKeyError::NoFolder))?;
        let made = Arc::new(StateKey::read_or_make(home).map_err(StateError::Key)?);
        Ok(Arc::clone(self.key.get_or_init(|| made)))
    }

    /// The seal of the policy folder with this `.seatwise`.
    pub(super) fn seal(&self, seatwise: &Path) -> PolicyFolderSeal {
        PolicyFolderSeal::open(seatwise, self.key(), self.home.as_deref())
    }

    /// Makes what is needed to seal state of the policy folder with this `.seatwise`.
    pub(super) fn prepare_sealing(&self, seatwise: &Path) -> Result<(), CliError> {
        let failed = |source| CliError::Write { path: seatwise.to_owned(), source };
        PolicyFolderSeal::open_for_writing(seatwise, self.key_or_make()?, self.home.as_deref())
            .map(drop)
            .map_err(failed)
    }
}
