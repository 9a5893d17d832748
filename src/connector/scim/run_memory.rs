//! What a run remembers of its own writes, because a service may take a while to show them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::OwnedMutexGuard;

use crate::model::LiveId;
use crate::wire::scim::ResourceKind;

/// What the run created, which steps are in doubt, and what it learnt about the service.
#[derive(Debug, Default)]
pub(super) struct RunMemory(Mutex<RunMemoryState>);

#[derive(Debug, Default)]
struct RunMemoryState {
    /// Identities of the objects that the run created or renamed, by name.
    created: FxHashMap<(ResourceKind, Box<str>), LiveId>,
    /// Names that the run gave to objects, by identity.
    called: FxHashMap<(ResourceKind, LiveId), Box<str>>,
    /// Keys of the steps whose answer was lost.
    doubts: FxHashSet<Box<str>>,
    turns: FxHashMap<(ResourceKind, Box<str>), WriteTurn>,
    puts: bool,
    hides_members: bool,
}

/// The lock of an object: of two writes at the same time, one would have a stale version.
type WriteTurn = Arc<tokio::sync::Mutex<()>>;

impl RunMemory {
    fn state(&self) -> MutexGuard<'_, RunMemoryState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that an object was created or renamed.
    pub(super) fn remember_name(&self, resource: ResourceKind, name: &str, id: &LiveId) {
        let mut state = self.state();
        state.created.insert((resource, name.into()), id.clone());
        // Whoever gets another name leaves the one before to others.
        if let Some(left) =
            state.called.insert((resource, id.clone()), name.into()).filter(|left| **left != *name)
            && state.created.get(&(resource, left.clone())) == Some(id)
        {
            state.created.remove(&(resource, left));
        }
    }

    /// Whether this run gave the object another name than `name`, which the service may still show.
    pub(super) fn has_renamed(&self, resource: ResourceKind, id: &LiveId, name: &str) -> bool {
        self.state().called.get(&(resource, id.clone())).is_some_and(|called| &**called != name)
    }

    /// Returns the identity of the object that this run gave the name.
    pub(super) fn created_id(&self, resource: ResourceKind, name: &str) -> Option<LiveId> {
        self.state().created.get(&(resource, name.into())).cloned()
    }

    /// Whether this run gave the object that name.
    pub(super) fn has_named(&self, resource: ResourceKind, id: &LiveId, name: &str) -> bool {
        self.state().called.get(&(resource, id.clone())).is_some_and(|called| &**called == name)
    }

    /// Whether this run created the object, so that the service may not show it yet.
    pub(super) fn has_created(&self, resource: ResourceKind, id: &LiveId) -> bool {
        self.state().called.contains_key(&(resource, id.clone()))
    }

    /// Forgets an object that was deleted.
    pub(super) fn forget_name(&self, resource: ResourceKind, name: &str) {
        let mut state = self.state();
        if let Some(id) = state.created.remove(&(resource, name.into())) {
            state.called.remove(&(resource, id));
        }
    }

    /// Remembers that the answer to the step with this key was lost.
    pub(super) fn mark_doubtful(&self, key: &str) {
        self.state().doubts.insert(key.into());
    }

    /// Whether the answer to the step with this key was lost.
    pub(super) fn is_doubtful(&self, key: &str) -> bool {
        self.state().doubts.contains(key)
    }

    /// Waits until no other step writes the object, and locks it.
    pub(super) async fn write_turn(&self, resource: ResourceKind, name: &str) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(self.state().turns.entry((resource, name.into())).or_default());
        turn.lock_owned().await
    }

    /// Remembers that the service does not support PATCH.
    pub(super) fn prefer_put(&self) {
        self.state().puts = true;
    }

    /// Whether the service was found not to support PATCH.
    pub(super) fn prefers_put(&self) -> bool {
        self.state().puts
    }

    /// Remembers that the service accepted a member and shows none.
    pub(super) fn note_hidden_members(&self) {
        self.state().hides_members = true;
    }

    /// Whether the service was found to hide members.
    pub(super) fn hides_members(&self) -> bool {
        self.state().hides_members
    }
}
