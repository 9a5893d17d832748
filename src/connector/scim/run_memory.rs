//! What a run knows by itself: a service may show what it was told only a while later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::LiveId;
use crate::wire::scim::ResourceKind;

/// What was done, and what is in doubt.
#[derive(Debug, Default)]
pub(super) struct RunMemory(Mutex<RunMemoryState>);

#[derive(Debug, Default)]
struct RunMemoryState {
    /// Identities of what was created, by name.
    created: FxHashMap<(ResourceKind, Box<str>), LiveId>,
    /// The names that things were given.
    called: FxHashMap<(ResourceKind, LiveId), Box<str>>,
    /// Keys of steps whose answer was lost.
    doubts: FxHashSet<Box<str>>,
    turns: FxHashMap<(ResourceKind, Box<str>), WriteTurn>,
    puts: bool,
    hides_members: bool,
}

/// Whose turn it is to write to an object: two at once would make each other's version a stale one.
pub(super) type WriteTurn = Arc<tokio::sync::Mutex<()>>;

impl RunMemory {
    fn state(&self) -> MutexGuard<'_, RunMemoryState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was created, or has another name now.
    pub(super) fn remember_name(&self, resource: ResourceKind, name: &str, id: &LiveId) {
        let mut state = self.state();
        state.created.insert((resource, name.into()), id.clone());
        state.called.insert((resource, id.clone()), name.into());
    }

    /// The identity of what was created in this run.
    pub(super) fn created_id(&self, resource: ResourceKind, name: &str) -> Option<LiveId> {
        self.state().created.get(&(resource, name.into())).cloned()
    }

    /// Whether this run gave the thing that name.
    pub(super) fn has_named(&self, resource: ResourceKind, id: &LiveId, name: &str) -> bool {
        self.state().called.get(&(resource, id.clone())).is_some_and(|called| &**called == name)
    }

    /// Whether the thing was created in this run, and may not be shown yet.
    pub(super) fn has_created(&self, resource: ResourceKind, id: &LiveId) -> bool {
        self.state().called.contains_key(&(resource, id.clone()))
    }

    /// Something is no longer there.
    pub(super) fn forget_name(&self, resource: ResourceKind, name: &str) {
        let mut state = self.state();
        if let Some(id) = state.created.remove(&(resource, name.into())) {
            state.called.remove(&(resource, id));
        }
    }

    /// The answer to the step of this key was lost.
    pub(super) fn mark_doubtful(&self, key: &str) {
        self.state().doubts.insert(key.into());
    }

    /// Whether it was.
    pub(super) fn is_doubtful(&self, key: &str) -> bool {
        self.state().doubts.contains(key)
    }

    /// The turn of an object.
    pub(super) fn write_turn(&self, resource: ResourceKind, name: &str) -> WriteTurn {
        Arc::clone(self.state().turns.entry((resource, name.into())).or_default())
    }

    /// The service does not change resources in part.
    pub(super) fn prefer_put(&self) {
        self.state().puts = true;
    }

    /// Whether it does not.
    pub(super) fn prefers_put(&self) -> bool {
        self.state().puts
    }

    /// The service took a member and shows none.
    pub(super) fn note_hidden_members(&self) {
        self.state().hides_members = true;
    }

    /// Whether it does.
    pub(super) fn hides_members(&self) -> bool {
        self.state().hides_members
    }
}
