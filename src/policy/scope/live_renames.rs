//! Finds the live object that each declared one is, and files renamed live objects under their new names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Clash, ClashKind, Scope};
use crate::model::{Email, GroupName, LiveId, Text};
use crate::policy::settings::IgnoreTarget;
use crate::policy::{PolicyPlace, Presence};

/// A declared object's claim on a live one.
struct LiveClaim<'a, K> {
    name: &'a K,
    id: Option<&'a LiveId>,
    formerly: Option<&'a K>,
    place: PolicyPlace,
}

impl Scope<'_> {
    /// Whether an entry of `manage.ignore` leaves the user alone.
    pub(super) fn ignores_user(&self, email: &Email) -> bool {
        self.ignores(IgnoreTarget::Users, email.as_str())
    }

    /// Whether an entry of `manage.ignore` leaves the group alone.
    pub(super) fn ignores_group(&self, name: &GroupName) -> bool {
        self.ignores(IgnoreTarget::Groups, name.as_str())
    }

    fn ignores(&self, what: IgnoreTarget, name: &str) -> bool {
        self.policy.settings.ignores(what, name)
    }

    /// Files renamed live objects under their new names.
    pub(super) fn rename_live_objects(&mut self) {
        let policy = self.policy;
        let claims = policy.users.iter().filter(|(_, user)| user.presence == Presence::Present);
        let claims = claims.map(|(name, user)| LiveClaim {
            name,
            id: user.id.as_ref(),
            formerly: user.formerly.as_ref(),
            place: user.place,
        });
        let ids = |wanted: bool| {
            self.live
                .users
                .iter()
                .filter(move |_| wanted)
                .filter_map(|(name, user)| Some((user.id.as_ref()?, name)))
                .collect()
        };
        let users = find_renames(
            claims,
            ids,
            |name| self.live.users.get(name).map(|user| user.id.as_ref()),
            |name| policy.users.has(name),
        );
        let claims = policy.groups.iter().filter(|(_, group)| group.presence == Presence::Present);
        let claims = claims.map(|(name, group)| LiveClaim {
            name,
            id: group.id.as_ref(),
            formerly: group.formerly.as_ref(),
            place: group.place,
        });
        let ids = |wanted: bool| {
            self.live
                .groups
                .iter()
                .filter(move |_| wanted)
                .filter_map(|(name, group)| Some((group.id.as_ref()?, name)))
                .collect()
        };
        let groups = find_renames(
            claims,
            ids,
            |name| self.live.groups.get(name).map(|group| group.id.as_ref()),
            |name| policy.groups.contains_key(name),
        );
        let ignored_users = users.names.iter().filter(|(old, _)| self.ignores_user(old));
        let ignored_users = ignored_users.filter_map(|(old, new)| Some((old, policy.users.get(new)?.place)));
        let ignored_groups = groups.names.iter().filter(|(old, _)| self.ignores_group(old));
        let ignored_groups =
            ignored_groups.filter_map(|(old, new)| Some((old, policy.groups.get(new)?.place)));
        let ignored = (ignored_users.map(|(old, place)| (name_text(old), place)))
            .chain(ignored_groups.map(|(old, place)| (name_text(old), place)));
        let hidden = ignored.map(|(old, place)| Clash { place, kind: ClashKind::Ignored(old) });
        let hidden: Vec<Clash> = hidden.collect();
        self.clashes.extend(hidden);
        self.rename_live_users(users);
        self.rename_live_groups(groups);
    }

    fn rename_live_users(&mut self, renames: LiveRenames<Email>) {
        if !self.unread.contains_key(&crate::model::Section::Users) {
            self.clashes.extend(renames.clashes);
        }
        for (old, new) in renames.names {
            if !self.ignores_user(&old)
                && let Some(user) = self.live.users.remove(&old)
            {
                self.live.users.insert(new, user);
            }
        }
    }

    fn rename_live_groups(&mut self, mut renames: LiveRenames<GroupName>) {
        if !self.unread.contains_key(&crate::model::Section::Groups) {
            self.clashes.append(&mut renames.clashes);
        }
        renames.names.retain(|old, _| !self.ignores_group(old));
        for (old, new) in &renames.names {
            if let Some(group) = self.live.groups.remove(old) {
                self.live.groups.insert(new.clone(), group);
            }
        }
        if renames.names.is_empty() {
            return;
        }
        for user in self
            .live
            .users
            .values_mut()
            .filter(|user| user.groups.keys().any(|name| renames.names.contains_key(name)))
            .map(Arc::make_mut)
        {
            user.groups =
                user.groups.keys().map(|name| renames.names.get(name).unwrap_or(name).clone()).collect();
        }
    }
}

/// The renames of one kind of object, and the claims that cannot be met.
struct LiveRenames<K> {
    /// New names by old ones.
    names: BTreeMap<K, K>,
    clashes: Vec<Clash>,
}

/// Finds the live objects that are declared under another name.
///
/// `ids` returns the names of live objects by identity; its argument is false where no claim pins an
/// identity, so that none need be collected. `id_of` returns `None` where no live object has the name, else
/// the identity of the object, if it has one.
fn find_renames<'a, K: Ord + Clone + std::fmt::Display + 'a>(
    claims: impl Iterator<Item = LiveClaim<'a, K>>,
    ids: impl Fn(bool) -> BTreeMap<&'a LiveId, &'a K>,
    id_of: impl Fn(&K) -> Option<Option<&'a LiveId>>,
    is_declared: impl Fn(&K) -> bool,
) -> LiveRenames<K> {
    let claims: Vec<_> = claims.filter(|claim| claim.id.is_some() || claim.formerly.is_some()).collect();
    let by_id = ids(claims.iter().any(|claim| claim.id.is_some()));
    let mut found = LiveRenames { names: BTreeMap::new(), clashes: Vec::new() };
    for claim in claims {
        let mut clash = |kind| found.clashes.push(Clash { place: claim.place, kind });
        let old = match (claim.id, claim.formerly) {
            (Some(id), _) => match by_id.get(id) {
                Some(old) => *old,
                None if id_of(claim.name).is_some() => {
                    clash(ClashKind::NameTaken(name_text(claim.name)));
                    continue;
                }
                None => {
                    clash(ClashKind::UnknownId(Text::from(id.as_str())));
                    continue;
                }
            },
            (None, Some(old)) if id_of(claim.name).is_none() && id_of(old).is_some() => old,
            // The rename is done already, or there is no live object to rename.
            (None, _) => continue,
        };
        if old == claim.name {
            continue;
        }
        if id_of(claim.name).is_some() {
            clash(ClashKind::NameTaken(name_text(claim.name)));
        } else if is_declared(old) || found.names.contains_key(old) {
            clash(ClashKind::SameObject(name_text(old)));
        } else {
            found.names.insert(old.clone(), claim.name.clone());
        }
    }
    found
}

fn name_text(name: &impl std::fmt::Display) -> Text {
    name.to_string().into()
}
