//! What a run knows by itself: a service may show what it was told only a while later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::LiveId;
use crate::wire::scim::Resource;

/// What was done, and what is in doubt.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Identities of what was created, by name.
    created: FxHashMap<(Resource, Box<str>), LiveId>,
    /// The names that things were given.
    called: FxHashMap<(Resource, LiveId), Box<str>>,
    /// Keys of steps whose answer was lost.
    doubts: FxHashSet<Box<str>>,
    turns: FxHashMap<(Resource, Box<str>), Turn>,
    puts: bool,
    hides_members: bool,
}

/// Whose turn it is to write to an object: two at once would make each other's version a stale one.
pub(super) type Turn = Arc<tokio::sync::Mutex<()>>;

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was created, or has another name now.
    pub(super) fn is_called(&self, resource: Resource, name: &str, id: &LiveId) {
        let mut state = self.state();
        state.created.insert((resource, name.into()), id.clone());
        state.called.insert((resource, id.clone()), name.into());
    }

    /// The identity of what was created in this run.
    pub(super) fn id(&self, resource: Resource, name: &str) -> Option<LiveId> {
        self.state().created.get(&(resource, name.into())).cloned()
    }

    /// Whether this run gave the thing that name.
    pub(super) fn named(&self, resource: Resource, id: &LiveId, name: &str) -> bool {
        self.state().called.get(&(resource, id.clone())).is_some_and(|called| &**called == name)
    }

    /// Whether the thing was created in this run, and may not be shown yet.
    pub(super) fn made(&self, resource: Resource, id: &LiveId) -> bool {
        self.state().called.contains_key(&(resource, id.clone()))
    }

    /// Something is no longer there.
    pub(super) fn is_gone(&self, resource: Resource, name: &str) {
        let mut state = self.state();
        if let Some(id) = state.created.remove(&(resource, name.into())) {
            state.called.remove(&(resource, id));
        }
    }

    /// The answer to the step of this key was lost.
    pub(super) fn doubt(&self, key: &str) {
        self.state().doubts.insert(key.into());
    }

    /// Whether it was.
    pub(super) fn doubts(&self, key: &str) -> bool {
        self.state().doubts.contains(key)
    }

    /// The turn of an object.
    pub(super) fn turn(&self, resource: Resource, name: &str) -> Turn {
        Arc::clone(self.state().turns.entry((resource, name.into())).or_default())
    }

    /// The service does not change resources in part.
    pub(super) fn put(&self) {
        self.state().puts = true;
    }

    /// Whether it does not.
    pub(super) fn puts(&self) -> bool {
        self.state().puts
    }

    /// The service took a member and shows none.
    pub(super) fn hide_members(&self) {
        self.state().hides_members = true;
    }

    /// Whether it does.
    pub(super) fn hides_members(&self) -> bool {
        self.state().hides_members
    }
}
