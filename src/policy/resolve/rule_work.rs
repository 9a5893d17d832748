//! Reports own audit rules that would take more work than they may on the people and groups of the policy.
//!
//! How large the organization is, is not known here, so it is taken to have what the policy declares, and an
//! ordinary number of objects at least. The audit counts again, on what it has read.

use std::collections::BTreeMap;

use super::super::condition::{Condition, ConditionField, ConditionSubject, StepBudget, ValueSize};
use super::super::problem::ProblemCode;
use super::super::settings::OwnRule;
use super::super::{DeclaredGroup, DeclaredUser, Grant};
use super::FoundProblems;
use crate::model::{Email, FlatMap, GroupName};

/// The least number of objects of a kind that is reckoned with.
const ORDINARY_OBJECTS: u64 = 1_000;
/// The least length of a list that is reckoned with.
const ORDINARY_LIST: usize = 10;
/// Bytes of a text.
const ORDINARY_TEXT: usize = 32;

/// Reports the first rule with which all rules together take more than they may.
pub(super) fn judge_rule_work(
    rules: &[OwnRule],
    users: &FlatMap<Email, Box<DeclaredUser>>,
    groups: &BTreeMap<GroupName, DeclaredGroup>,
    found: &mut FoundProblems,
) {
    if rules.is_empty() {
        return;
    }
    let people = ObjectSizes::count(users.iter().map(|(_, user)| user_lists(user)));
    let groups = ObjectSizes::count(group_lists(users, groups));
    let others = ObjectSizes::count(std::iter::empty());
    let mut budget = StepBudget::of_audit();
    for rule in rules {
        let sizes = match rule.when.subject() {
            ConditionSubject::User => &people,
            ConditionSubject::Group => &groups,
            ConditionSubject::Product | ConditionSubject::Finding => &others,
        };
        if let Err(error) = budget.charge(sizes.steps(&rule.when)) {
            let message = format!("with this rule, the audit takes {error}");
            found.add(ProblemCode::CostlyRule, rule.place, |problem| {
                problem.says(message).help("go through fewer or shorter lists within other lists")
            });
            return;
        }
    }
}

/// The lengths of an object's lists: roles, groups, products allowed and denied; or members and products.
type ListLengths = [usize; 4];

/// How many objects of one kind have lists of which lengths.
struct ObjectSizes(BTreeMap<ListLengths, u64>);

impl ObjectSizes {
    fn count(lists: impl Iterator<Item = ListLengths>) -> Self {
        let (mut sizes, mut objects) = (BTreeMap::new(), 0);
        for lengths in lists {
            *sizes.entry(lengths.map(|length| length.max(ORDINARY_LIST))).or_default() += 1;
            objects += 1;
        }
        *sizes.entry([ORDINARY_LIST; 4]).or_default() += ORDINARY_OBJECTS.saturating_sub(objects);
        Self(sizes)
    }

    /// Returns the most steps that `condition` takes for all objects.
    fn steps(&self, condition: &Condition) -> u64 {
        let each = self.0.iter().map(|(lengths, objects)| {
            condition.steps(|field| field_size(field, lengths)).saturating_mul(*objects)
        });
        each.fold(0, u64::saturating_add)
    }
}

fn field_size(field: &ConditionField, [first, groups, allowed, denied]: &ListLengths) -> ValueSize {
    let list = |length: usize| ValueSize::texts(length, ORDINARY_TEXT);
    match field.name {
        "roles" | "members" => list(*first),
        "groups" => list(*groups),
        "products" | "assigned" | "licences" | "checkouts" => list(*allowed),
        "denied" => list(*denied),
        _ => ValueSize::text(ORDINARY_TEXT),
    }
}

fn user_lists(user: &DeclaredUser) -> ListLengths {
    let length = |names: Option<usize>| names.unwrap_or_default();
    [
        length(user.roles.as_ref().map(FlatMap::len)),
        user.groups.len(),
        length(user.products.as_ref().map(FlatMap::len)),
        length(user.deny.as_ref().map(FlatMap::len)),
    ]
}

fn group_lists<'a>(
    users: &'a FlatMap<Email, Box<DeclaredUser>>,
    groups: &'a BTreeMap<GroupName, DeclaredGroup>,
) -> impl Iterator<Item = ListLengths> {
    let mut members: BTreeMap<&GroupName, usize> = BTreeMap::new();
    for name in users.iter().flat_map(|(_, user)| user.groups.iter().map(|(name, _)| name)) {
        *members.entry(name).or_default() += 1;
    }
    groups.iter().map(move |(name, group)| {
        let products: Option<&FlatMap<_, Grant>> = group.products.as_ref();
        [members.get(name).copied().unwrap_or_default(), 0, products.map_or(0, FlatMap::len), 0]
    })
}
