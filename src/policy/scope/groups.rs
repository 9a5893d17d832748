//! Decides what happens to each group.

use std::collections::BTreeMap;

use super::{GroupFate, Scope};
use crate::change::{Change, Edit, WithheldReason};
use crate::diff;
use crate::model::{
    FlatSet, Group, GroupFacts, GroupKind, GroupName, MergeSide, Section, Text, UnreadReason, merge_by_key,
};
use crate::policy::{DeclaredGroup, ManageMode, Presence, Relation, take_text};

impl Scope<'_> {
    /// Returns the desired groups, and notes the fate of each for the memberships.
    pub(super) fn groups(&mut self) -> BTreeMap<GroupName, Group> {
        let policy = self.policy;
        let live = std::mem::take(&mut self.live.groups);
        let desired = match self.mode(Relation::Groups) {
            None => live.clone(),
            Some(mode) => merge_by_key(live.iter(), policy.groups.iter())
                .filter_map(|(name, side)| Some((name.clone(), self.group(mode, name, side)?)))
                .collect(),
        };
        self.live.groups = live;
        desired
    }

    fn group(
        &mut self,
        mode: ManageMode,
        name: &GroupName,
        side: MergeSide<&Group, &DeclaredGroup>,
    ) -> Option<Group> {
        let live = match side {
            MergeSide::Left(live) | MergeSide::Both(live, _) => Some(live),
            MergeSide::Right(_) => None,
        };
        if self.ignores_group(name) || live.is_some_and(|group| self.ignores_group(&group.facts.name)) {
            self.left_alone.ignored_groups += usize::from(live.is_some());
            return live.cloned();
        }
        match side {
            MergeSide::Left(group) => match mode {
                ManageMode::Exact | ManageMode::Observe => self.remove_group(mode, name, group),
                ManageMode::Declared => {
                    self.left_alone.groups += 1;
                    Some(group.clone())
                }
            },
            MergeSide::Right(declared) | MergeSide::Both(_, declared) => match (declared.presence, live) {
                (Presence::Removed(_) | Presence::Ended(..), None) => None,
                (Presence::Removed(_) | Presence::Ended(..), Some(group)) => {
                    self.remove_group(mode, name, group)
                }
                (Presence::Present, _) => self.keep_group(mode, name, declared, live),
            },
        }
    }

    fn remove_group(&mut self, mode: ManageMode, name: &GroupName, group: &Group) -> Option<Group> {
        // Deleting a group whose members could not be read would be a guess at what they lose.
        let mut sections = [Section::Users, Section::Memberships].into_iter();
        let blind = sections.find(|section| self.unread.get(section).is_some_and(UnreadReason::is_failure));
        let reason = match mode {
            ManageMode::Observe => Some(WithheldReason::Observed),
            ManageMode::Exact | ManageMode::Declared => blind.map(WithheldReason::DependsOnUnread),
        };
        match reason {
            None => {
                self.fates.insert(name.clone(), GroupFate::Goes);
                None
            }
            Some(reason) => {
                self.withhold(
                    Change::Group { group: name.clone(), edit: Edit::Delete(group.facts.clone()) },
                    reason,
                );
                Some(group.clone())
            }
        }
    }

    fn keep_group(
        &mut self,
        mode: ManageMode,
        name: &GroupName,
        declared: &DeclaredGroup,
        live: Option<&Group>,
    ) -> Option<Group> {
        let mut wanted =
            self.withhold_unsupported_group_fields(name, live, wanted_group(mode, name, declared, live));
        wanted.products =
            self.withhold_conflicting_list(name, live.map(|group| &group.products), wanted.products);
        match (mode, live) {
            (ManageMode::Exact | ManageMode::Declared, _) => {
                self.fates.insert(name.clone(), GroupFate::Stays);
                Some(wanted)
            }
            (ManageMode::Observe, None) => {
                self.withhold(
                    Change::Group { group: name.clone(), edit: Edit::Create(wanted.facts) },
                    WithheldReason::Observed,
                );
                None
            }
            (ManageMode::Observe, Some(group)) => {
                let mut changes = Vec::new();
                diff::diff_group(name, MergeSide::Both(group, &wanted), &mut changes);
                self.withhold_all(changes, &WithheldReason::Observed);
                self.fates.insert(name.clone(), GroupFate::Stays);
                Some(group.clone())
            }
        }
    }
}

fn wanted_group(mode: ManageMode, name: &GroupName, declared: &DeclaredGroup, live: Option<&Group>) -> Group {
    let facts = live.map(|group| &group.facts);
    // A group that is created without a kind can be given one later; `other` gives nobody anything.
    let kind = declared.kind.or(facts.map(|facts| facts.kind)).unwrap_or(GroupKind::Other);
    let list = match (&declared.products, mode, live) {
        // Only entitlement groups have a list: a group that is to be of another kind loses its list, declared
        // or not.
        _ if kind != GroupKind::Entitlement => FlatSet::new(),
        (Some(listed), _, _) => {
            listed.iter().filter(|(_, grant)| grant.holds()).map(|(product, _)| product.clone()).collect()
        }
        (None, ManageMode::Declared, Some(group)) => group.products.clone(),
        (None, ManageMode::Exact | ManageMode::Observe, _) | (None, ManageMode::Declared, None) => {
            FlatSet::new()
        }
    };
    let mut description = facts.map_or_else(Text::default, |facts| facts.description.clone());
    if let Some(declared) = &declared.description {
        take_text(declared, &mut description);
    }
    Group {
        id: live.and_then(|group| group.id.clone()),
        facts: GroupFacts {
            name: name.clone(),
            kind,
            country: declared.country.unwrap_or(facts.and_then(|facts| facts.country)),
            description,
        },
        products: list,
    }
}
