//! Files renamed live objects under their new names, and reports former names that are nobody's.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::rename_claims::{
    Likeness, LiveRenames, RenameClaim, RenameSides, UnmatchedFormerName, judge_renames, name_text,
};
use super::{Clash, ClashKind, Scope};
use crate::model::{
    Email, FlatSet, Group, GroupName, LiveId, Organization, PassingName, Section, Text, User,
};
use crate::policy::settings::IgnoreTarget;
use crate::policy::{DeclaredGroup, DeclaredUser, Policy, Presence, nearest_name};

/// The declared and the live users.
struct UserRenames<'a> {
    policy: &'a Policy,
    live: &'a BTreeMap<Email, Arc<User>>,
}

impl<'a> RenameSides<'a> for UserRenames<'a> {
    type Name = Email;

    fn claims(&self) -> Vec<RenameClaim<'a, Email>> {
        let claim = |name: &'a Email, user: &'a DeclaredUser| {
            let (id, formerly) = (user.id.as_ref(), user.formerly.as_ref());
            let claims = (id.is_some() || formerly.is_some()) && user.presence == Presence::Present;
            claims.then_some(RenameClaim { name, id, formerly, place: user.place })
        };
        self.policy.users.iter().filter_map(|(name, user)| claim(name, user)).collect()
    }

    fn names_by_id(&self) -> FxHashMap<&'a LiveId, &'a Email> {
        self.live.iter().filter_map(|(name, user)| Some((user.id.as_ref()?, name))).collect()
    }

    fn live_name(&self, name: &Email) -> Option<&'a Email> {
        self.live.get_key_value(name).map(|(name, _)| name)
    }

    fn is_declared(&self, name: &Email) -> bool {
        self.policy.users.get(name).is_some_and(|user| user.presence == Presence::Present)
    }

    fn likeness(&self, declared: &Email, live: &Email) -> Likeness {
        let (declared, live) = (self.policy.users.get(declared), self.live.get(live));
        let names = declared.zip(live).into_iter().flat_map(|(declared, live)| {
            let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
            [
                (text(&declared.first_name), live.profile.first_name.to_string()),
                (text(&declared.last_name), live.profile.last_name.to_string()),
            ]
        });
        Likeness::count(names)
    }
}

/// The declared and the live groups.
struct GroupRenames<'a> {
    policy: &'a Policy,
    live: &'a BTreeMap<GroupName, Group>,
}

impl<'a> RenameSides<'a> for GroupRenames<'a> {
    type Name = GroupName;

    fn claims(&self) -> Vec<RenameClaim<'a, GroupName>> {
        let claim = |(name, group): (&'a GroupName, &'a DeclaredGroup)| {
            let (id, formerly) = (group.id.as_ref(), group.formerly.as_ref());
            let claims = (id.is_some() || formerly.is_some()) && group.presence == Presence::Present;
            claims.then_some(RenameClaim { name, id, formerly, place: group.place })
        };
        self.policy.groups.iter().filter_map(claim).collect()
    }

    fn names_by_id(&self) -> FxHashMap<&'a LiveId, &'a GroupName> {
        self.live.iter().filter_map(|(name, group)| Some((group.id.as_ref()?, name))).collect()
    }

    fn live_name(&self, name: &GroupName) -> Option<&'a GroupName> {
        self.live.get_key_value(name).map(|(name, _)| name)
    }

    fn is_declared(&self, name: &GroupName) -> bool {
        self.policy.groups.get(name).is_some_and(|group| group.presence == Presence::Present)
    }

    fn likeness(&self, declared: &GroupName, live: &GroupName) -> Likeness {
        let (declared, live) = (self.policy.groups.get(declared), self.live.get(live));
        let facts = declared.zip(live).into_iter().flat_map(|(declared, live)| {
            let listed = declared.products.as_ref().map(|list| {
                let held = list.iter().filter(|(_, grant)| grant.holds());
                held.map(|(product, _)| product.as_str()).collect::<Vec<_>>().join("\n")
            });
            let live_list: Vec<&str> = live.products.keys().map(|product| product.as_str()).collect();
            [
                (declared.kind.map(|kind| kind.as_str().to_owned()), live.facts.kind.as_str().to_owned()),
                (declared.description.as_ref().map(ToString::to_string), live.facts.description.to_string()),
                (listed, live_list.join("\n")),
            ]
        });
        Likeness::count(facts)
    }
}

/// Former names that no live object has, of objects that are not there either.
#[derive(Default)]
pub(super) struct UnmatchedFormerNames {
    users: Vec<UnmatchedFormerName<Email>>,
    groups: Vec<UnmatchedFormerName<GroupName>>,
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

    /// Files renamed live objects under their new names. Returns the former names that are nobody's.
    pub(super) fn rename_live_objects(&mut self) -> UnmatchedFormerNames {
        let policy = self.policy;
        let mut unmatched = UnmatchedFormerNames::default();
        if !self.unread.contains_key(&Section::Users) {
            let renames = judge_renames(&UserRenames { policy, live: &self.live.users });
            let place = |name: &Email| policy.users.get(name).map(|user| user.place);
            let LiveRenames { mut names, clashes, unmatched: users } = renames;
            self.clashes.extend(clashes);
            unmatched.users = users;
            names.retain(|old, new| {
                let kind = if policy.settings.ignores(IgnoreTarget::Users, old.as_str()) {
                    Some(ClashKind::Ignored(name_text(old)))
                } else {
                    policy
                        .settings
                        .guards
                        .protect
                        .contains(old)
                        .then(|| ClashKind::ProtectedRename(name_text(old)))
                };
                let clash = kind.clone().and_then(|kind| Some(Clash { place: place(new)?, kind }));
                self.clashes.extend(clash);
                kind.is_none()
            });
            rename_keys(&mut self.live.users, &names);
        }
        if !self.unread.contains_key(&Section::Groups) {
            let renames = judge_renames(&GroupRenames { policy, live: &self.live.groups });
            let LiveRenames { mut names, clashes, unmatched: groups } = renames;
            self.clashes.extend(clashes);
            unmatched.groups = groups;
            names.retain(|old, new| {
                let ignored = policy.settings.ignores(IgnoreTarget::Groups, old.as_str());
                let place = policy.groups.get(new).filter(|_| ignored).map(|group| group.place);
                let clash = place.map(|place| Clash { place, kind: ClashKind::Ignored(name_text(old)) });
                self.clashes.extend(clash);
                !ignored
            });
            rename_live_groups(&mut self.live, &names);
        }
        unmatched
    }

    /// Reports former names that are nobody's: as a problem where the plan also removes an object that may
    /// have been meant, else as an entry without effect.
    pub(super) fn report_unmatched_former_names(
        &mut self,
        unmatched: UnmatchedFormerNames,
        desired: &Organization,
    ) {
        let UnmatchedFormerNames { users, groups } = unmatched;
        for UnmatchedFormerName { name, formerly, place } in users {
            let strangers = self.live.users.iter().filter(|(email, _)| !self.policy.users.has(*email));
            let (going, staying): (Vec<_>, Vec<_>) =
                strangers.partition(|(email, _)| !desired.users.contains_key(*email));
            let find = |among: &[(&Email, &Arc<User>)]| self.find_namesake(&name, &formerly, among);
            match find(&going) {
                Some(meant) => {
                    let kind = ClashKind::UnmatchedFormerly(name_text(&formerly), meant);
                    self.clashes.push(Clash { place, kind });
                }
                None => self.left_alone.idle.push(unmatched_words(&name, &formerly, find(&staying))),
            }
        }
        for UnmatchedFormerName { name, formerly, place } in groups {
            let strangers = self.live.groups.keys().filter(|group| !self.policy.groups.contains_key(*group));
            let (going, staying): (Vec<_>, Vec<_>) =
                strangers.partition(|group| !desired.groups.contains_key(*group));
            let near = |among: &[&GroupName]| {
                nearest_name(formerly.as_str(), among.iter().map(|group| group.as_str())).map(Text::from)
            };
            match near(&going) {
                Some(meant) => {
                    let kind = ClashKind::UnmatchedFormerly(name_text(&formerly), meant);
                    self.clashes.push(Clash { place, kind });
                }
                None => self.left_alone.idle.push(unmatched_words(&name, &formerly, near(&staying))),
            }
        }
    }

    /// The live user `among` those who may have been meant by a former address that nobody has: one with the
    /// same names, else one of a near address.
    fn find_namesake(&self, name: &Email, formerly: &Email, among: &[(&Email, &Arc<User>)]) -> Option<Text> {
        let sides = UserRenames { policy: self.policy, live: &self.live.users };
        let same = among.iter().map(|(email, _)| *email).find(|email| {
            let likeness = sides.likeness(name, email);
            likeness.declared == 2 && likeness.equal == 2
        });
        let near = || nearest_name(formerly.as_str(), among.iter().map(|(email, _)| email.as_str()));
        same.map(|email| email.as_str()).or_else(near).map(Text::from)
    }
}

fn unmatched_words(name: &impl PassingName, formerly: &impl PassingName, near: Option<Text>) -> Text {
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("`formerly: {formerly}` of `{name}` matches nothing{near}").into()
}

/// Files objects under new names, all at once: a name may be left by one and taken by another.
fn rename_keys<K: Ord + Clone, V>(objects: &mut BTreeMap<K, V>, names: &BTreeMap<K, K>) {
    let moved: Vec<(K, V)> =
        names.iter().filter_map(|(old, new)| Some((new.clone(), objects.remove(old)?))).collect();
    objects.extend(moved);
}

fn rename_live_groups(live: &mut Organization, names: &BTreeMap<GroupName, GroupName>) {
    if names.is_empty() {
        return;
    }
    rename_keys(&mut live.groups, names);
    let is_renamed = |user: &&mut Arc<User>| user.groups.keys().any(|name| names.contains_key(name));
    for user in live.users.values_mut().filter(is_renamed).map(Arc::make_mut) {
        let renamed = user.groups.keys().map(|name| names.get(name).unwrap_or(name).clone());
        user.groups = renamed.collect::<FlatSet<_>>();
    }
}
