//! Finds who is renamed from one state of the policy to the next.

use std::collections::BTreeMap;

use crate::model::{Email, GroupName, LiveId};
use crate::policy::{Policy, Presence};

/// The renames from one state of the policy to the next: old names by new ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyRenames {
    pub users: BTreeMap<Email, Email>,
    pub groups: BTreeMap<GroupName, GroupName>,
}

/// What identifies a declared object.
struct DeclaredIdentity<'a, K> {
    name: &'a K,
    id: Option<&'a LiveId>,
    formerly: Option<&'a K>,
}

impl PolicyRenames {
    /// Finds the objects that have another name in `after`: those with a pinned identity that another name
    /// had before, and those whose former name is new and was declared before.
    pub(super) fn between(before: &Policy, after: &Policy) -> Self {
        Self {
            users: find_renames(&declared_users(before), &declared_users(after)),
            groups: find_renames(&declared_groups(before), &declared_groups(after)),
        }
    }
}

fn declared_users(policy: &Policy) -> Vec<DeclaredIdentity<'_, Email>> {
    let present = policy.users.iter().filter(|(_, user)| user.presence == Presence::Present);
    present
        .map(|(name, user)| DeclaredIdentity { name, id: user.id.as_ref(), formerly: user.formerly.as_ref() })
        .collect()
}

fn declared_groups(policy: &Policy) -> Vec<DeclaredIdentity<'_, GroupName>> {
    let present = policy.groups.iter().filter(|(_, group)| group.presence == Presence::Present);
    present
        .map(|(name, group)| DeclaredIdentity {
            name,
            id: group.id.as_ref(),
            formerly: group.formerly.as_ref(),
        })
        .collect()
}

/// Both lists are in the order of names.
fn find_renames<K: Ord + Clone>(
    before: &[DeclaredIdentity<'_, K>],
    after: &[DeclaredIdentity<'_, K>],
) -> BTreeMap<K, K> {
    let named = |name: &K| before.binary_search_by(|known| known.name.cmp(name)).ok().map(|at| &before[at]);
    let mut by_id: Option<BTreeMap<&LiveId, &K>> = None;
    let mut renames = BTreeMap::new();
    for now in after.iter().filter(|now| now.id.is_some() || now.formerly.is_some()) {
        let by_id = by_id
            .get_or_insert_with(|| before.iter().filter_map(|known| Some((known.id?, known.name))).collect());
        let pinned = now.id.and_then(|id| by_id.get(id).copied());
        let is_new = |formerly: &&K| named(now.name).is_none_or(|known| known.formerly != Some(*formerly));
        let former = || Some(named(now.formerly.filter(is_new)?)?.name);
        if let Some(old) = pinned.or_else(former).filter(|old| *old != now.name) {
            renames.insert(now.name.clone(), old.clone());
        }
    }
    renames
}
