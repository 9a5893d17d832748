//! The items that approvals cover, and those that match nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::GuardWarning;
use super::contribution::GuardContribution;
use crate::model::{Date, Text};
use crate::policy::nearest_name;
use crate::policy::settings::{Approval, Guard};

/// Approved items by guard.
#[derive(Debug, Clone, Default)]
pub(super) struct ApprovedItems {
    /// As the contributions are named.
    items: BTreeMap<Guard, BTreeSet<Text>>,
    /// Items that are no contribution's name, as the policy writes them.
    unmatched: BTreeMap<Guard, BTreeSet<Text>>,
}

impl ApprovedItems {
    /// Finds what the approvals in force on `as_of` mean among `contributions`. An item that is spelled as
    /// no name is means the names that differ from it by case alone.
    pub(super) fn new(approvals: &[Approval], as_of: Date, contributions: &[GuardContribution]) -> Self {
        let mut given = Self::default();
        for approval in approvals.iter().filter(|approval| approval.until >= as_of) {
            given.unmatched.entry(approval.guard).or_default().extend(approval.items.iter().cloned());
        }
        given.match_names(contributions, |name| Cow::Borrowed(name));
        given.match_names(contributions, |name| Cow::Owned(name.to_lowercase()));
        given
    }

    /// Moves the items that `spell` makes the same as a contribution's name.
    fn match_names(&mut self, contributions: &[GuardContribution], spell: impl Fn(&str) -> Cow<'_, str>) {
        self.unmatched.retain(|_, items| !items.is_empty());
        if self.unmatched.is_empty() {
            return;
        }
        let spelled = |(guard, items): (&Guard, &BTreeSet<Text>)| {
            (*guard, items.iter().map(|item| spell(item).into_owned()).collect::<BTreeSet<_>>())
        };
        let wanted: BTreeMap<Guard, BTreeSet<String>> = self.unmatched.iter().map(spelled).collect();
        let mut met: BTreeSet<(Guard, String)> = BTreeSet::new();
        for one in contributions {
            for (guard, name) in one.approvable_names() {
                let Some(wanted) = wanted.get(&guard) else { continue };
                let spelled = spell(&name);
                if let Some(spelled) = wanted.get(&*spelled) {
                    self.items.entry(guard).or_default().insert(Text::from(&*name));
                    met.insert((guard, spelled.clone()));
                }
            }
        }
        for (guard, items) in &mut self.unmatched {
            items.retain(|item| !met.contains(&(*guard, spell(item).into_owned())));
        }
    }

    /// Adds `items` as approved for `guard`.
    pub(super) fn add(&mut self, guard: Guard, items: &[Text]) {
        self.items.entry(guard).or_default().extend(items.iter().cloned());
    }

    /// Whether an approval covers the contribution, so that no guard counts it.
    pub(super) fn covers(&self, one: &GuardContribution) -> bool {
        !self.items.is_empty()
            && one
                .approvable_names()
                .any(|(guard, name)| self.items.get(&guard).is_some_and(|items| items.contains(&*name)))
    }

    /// One warning for each item of an approval for `guard` that matches nothing of what the guard counts.
    pub(super) fn idle_approvals(&self, guard: Guard, counted: &[GuardContribution]) -> Vec<GuardWarning> {
        let Some(idle) = self.unmatched.get(&guard) else { return Vec::new() };
        let names: BTreeSet<&str> = counted
            .iter()
            .filter(|one| one.guard == guard)
            .flat_map(|one| [Some(&one.item), Some(&one.cause), one.user.as_ref(), one.group.as_ref()])
            .flatten()
            .map(|name| &**name)
            .collect();
        idle.iter()
            .map(|item| GuardWarning::IdleApproval {
                guard,
                item: item.clone(),
                nearest: nearest_name(item, names.iter().copied()).map(Text::from),
            })
            .collect()
    }
}
