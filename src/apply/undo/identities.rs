//! Determines which object a name means: names change during a run and after it, identities do not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::CarriedOutStep;
use crate::change::{Change, Edit};
use crate::model::{Email, FlatSet, GroupName, LiveId, Organization};
use crate::object::ChangeFacts;

/// The identities of the objects that a run's steps name, by the names at the end of the run; `None` where an
/// identity is not known.
pub(super) struct RunIdentities {
    pub(super) users: BTreeMap<Email, Option<LiveId>>,
    pub(super) groups: BTreeMap<GroupName, Option<LiveId>>,
}

impl RunIdentities {
    /// Follows the names through the steps of the run.
    pub(super) fn follow_run(before: &Organization, did: &[CarriedOutStep<'_>]) -> Self {
        let mut known = Self { users: BTreeMap::new(), groups: BTreeMap::new() };
        did.iter().for_each(|did| known.follow_step(before, did));
        known
    }

    fn follow_step(&mut self, before: &Organization, did: &CarriedOutStep<'_>) {
        let change = did.step.act.change();
        if let Some(Change::User { user, edit }) = change {
            let id = match edit {
                Edit::Create(_) => did.created.cloned(),
                Edit::Update { .. } => self.user_id(before, user),
                Edit::Delete(_) => None,
            };
            self.users.remove(user);
            self.users.insert(edit.after().map_or(user, |after| &after.email).clone(), id);
        } else if let Some(Change::Group { group, edit }) = change {
            let id = match edit {
                Edit::Create(_) => did.created.cloned(),
                Edit::Update { .. } => self.group_id(before, group),
                Edit::Delete(_) => None,
            };
            self.groups.remove(group);
            self.groups.insert(edit.after().map_or(group, |after| &after.name).clone(), id);
        } else {
            let ChangeFacts { user, group, left_group, .. } = did.step.act.facts();
            user.into_iter().for_each(|user| drop(self.user_id(before, user)));
            group.into_iter().chain(left_group).for_each(|group| drop(self.group_id(before, group)));
        }
    }

    // An object that no step has renamed yet has the name that it had before the run.
    fn user_id(&mut self, before: &Organization, name: &Email) -> Option<LiveId> {
        self.users
            .entry(name.clone())
            .or_insert_with(|| before.users.get(name).and_then(|user| user.id.clone()))
            .clone()
    }

    fn group_id(&mut self, before: &Organization, name: &GroupName) -> Option<LiveId> {
        self.groups
            .entry(name.clone())
            .or_insert_with(|| before.groups.get(name).and_then(|group| group.id.clone()))
            .clone()
    }
}

/// New keys for some objects, all assigned at once: old key to new key.
pub(super) type KeyRenames<K> = BTreeMap<K, K>;

/// Files users and groups under new keys; the names in profiles and facts stay as they are.
pub(super) fn relabel_objects(
    organization: &mut Organization,
    users: &KeyRenames<Email>,
    groups: &KeyRenames<GroupName>,
) {
    rekey_map(&mut organization.users, users);
    rekey_map(&mut organization.groups, groups);
    if groups.is_empty() {
        return;
    }
    for user in organization
        .users
        .values_mut()
        .filter(|user| user.groups.keys().any(|group| groups.contains_key(group)))
        .map(Arc::make_mut)
    {
        let renamed: FlatSet<_> =
            user.groups.keys().map(|group| groups.get(group).unwrap_or(group).clone()).collect();
        user.groups = renamed;
    }
}

fn rekey_map<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, renames: &KeyRenames<K>) {
    let moved: Vec<_> =
        renames.iter().filter_map(|(old, new)| map.remove(old).map(|value| (new.clone(), value))).collect();
    map.extend(moved);
}

/// The renames that file the live objects under the names they had at the end of the run, and the names that
/// mean another object now.
pub(super) fn renames_since_run<'a, K: Ord + Clone + 'a>(
    known: &BTreeMap<K, Option<LiveId>>,
    live: impl Iterator<Item = (&'a K, Option<&'a LiveId>)>,
) -> (KeyRenames<K>, Vec<K>) {
    let live: BTreeMap<&K, Option<&LiveId>> = live.collect();
    let by_id: BTreeMap<&LiveId, &K> =
        live.iter().filter_map(|(name, id)| id.map(|id| (id, *name))).collect();
    let (mut renames, mut strangers) = (KeyRenames::new(), Vec::new());
    for (name, id) in known {
        let Some(id) = id else { continue };
        match (by_id.get(id), live.get(name)) {
            (Some(now), _) if *now == name => {}
            (Some(now), None) => drop(renames.insert((*now).clone(), name.clone())),
            // Another object has the name by now; the known object has another name, or is gone.
            (Some(_), Some(_)) | (None, Some(Some(_))) => strangers.push(name.clone()),
            (None, Some(None) | None) => {}
        }
    }
    (renames, strangers)
}

/// The keys of one kind of objects in the live organization and in the one in which steps are undone.
pub(super) struct LiveKeys<K> {
    /// From the key while steps are undone to the key in live, where the two differ.
    pub(super) origins: KeyRenames<K>,
    /// Names that earlier steps use for an object, and that mean another object now.
    pub(super) strangers: BTreeSet<K>,
    /// Names that do not come free before the end of the undo: those of objects that it removes, and of
    /// objects that wait for such a name.
    pub(super) in_use: BTreeSet<K>,
}

impl<K: Ord + Clone> LiveKeys<K> {
    pub(super) fn from_renames((renames, strangers): (KeyRenames<K>, Vec<K>)) -> (KeyRenames<K>, Self) {
        let origins = renames.iter().map(|(live, now)| (now.clone(), live.clone())).collect();
        let (strangers, in_use) = (strangers.into_iter().collect(), BTreeSet::new());
        (renames, Self { origins, strangers, in_use })
    }

    /// Whether the name `old` is not free yet, so that an object has to stay under the name `new`.
    pub(super) fn is_in_use(&mut self, old: &K, new: &K) -> bool {
        let is_in_use = self.in_use.contains(old);
        if is_in_use {
            self.in_use.insert(new.clone());
        }
        is_in_use
    }

    pub(super) fn move_key(&mut self, from: &K, to: &K) {
        let origin = self.origins.remove(from).unwrap_or_else(|| from.clone());
        self.origins.insert(to.clone(), origin);
    }
}
