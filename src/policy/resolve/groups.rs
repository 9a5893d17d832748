//! Resolves groups: flattens includes and collects the members for the users.

use std::collections::BTreeMap;

use super::super::document::{GroupEntry, PolicyDocument};
use super::super::problem::ProblemCode;
use super::super::{DeclaredGroup, Grant, Presence};
use super::declarations::Declarations;
use super::{FoundProblems, PolicyPlace, Workers};
use crate::model::{GroupKind, GroupName};

/// All groups, and the members that the groups' own lines name.
pub(super) struct ResolvedGroups {
    pub(super) declared: BTreeMap<GroupName, DeclaredGroup>,
    /// Names by the group's number.
    pub(super) names: Vec<GroupName>,
    /// Kinds by the group's number.
    pub(super) kinds: Vec<Option<GroupKind>>,
    /// For each group, by number, the groups that include it directly or through others.
    pub(super) above: Vec<Vec<u32>>,
    /// The user's number, the group and the grant of each member, sorted by the user's number.
    pub(super) members: Vec<(u32, GroupName, Grant)>,
}

impl ResolvedGroups {
    /// Whether the group with this number is an allocation group.
    pub(super) fn is_allocation_group(&self, group: u32) -> bool {
        self.kinds[group as usize] == Some(GroupKind::Allocation)
    }
}

/// The most pairs of groups that includes may flatten to. The memberships that includes give to the users of
/// one document have the same limit.
pub(super) const MOST_FLATTENED: usize = 20_000_000;

/// The number of groups that are resolved in one piece of work. Documents are no measure: a few of them may
/// hold all groups.
const CHUNK: usize = 64;

/// Takes the groups out of the documents, looks up the names that they use, and flattens includes.
pub(super) fn resolve_groups(
    documents: &mut [PolicyDocument],
    declarations: &Declarations<'_>,
    workers: &impl Workers,
    found: &mut FoundProblems,
) -> ResolvedGroups {
    let mut entries: Vec<_> =
        documents.iter_mut().flat_map(|document| std::mem::take(&mut document.groups)).collect();
    let mut chunks: Vec<_> = entries.chunks_mut(CHUNK).collect();
    let mut members = Vec::new();
    for (more, numbered) in workers.map_each(&mut chunks, |groups| resolve_chunk(groups, declarations)) {
        found.merge(more);
        members.extend(numbered);
    }
    members.sort_by_key(|(user, _, _)| *user);
    let entries: BTreeMap<GroupName, GroupEntry> = entries.into_iter().collect();
    let mut groups = ResolvedGroups {
        declared: BTreeMap::new(),
        names: Vec::new(),
        kinds: Vec::new(),
        above: Vec::new(),
        members,
    };
    let mut includes = Vec::with_capacity(entries.len());
    for (name, GroupEntry { group, members: _ }) in entries {
        let number =
            |(name, place): &(GroupName, PolicyPlace)| Some((declarations.groups.get(name)?.number, *place));
        includes.push(group.includes.iter().filter_map(number).collect());
        groups.names.push(name.clone());
        groups.kinds.push(group.kind);
        groups.declared.insert(name, group);
    }
    groups.above = including_groups(&groups.names, includes, found);
    groups
}

/// Looks up the names that `groups` use. Returns the problems, and the members by the user's number, in
/// order.
fn resolve_chunk(
    groups: &mut [(GroupName, GroupEntry)],
    declarations: &Declarations<'_>,
) -> (FoundProblems, Vec<(u32, GroupName, Grant)>) {
    let mut found = FoundProblems::default();
    let mut numbered = Vec::new();
    for (name, GroupEntry { group, members }) in groups {
        judge_allow_list(name, group, declarations, &mut found);
        let people =
            group.includes.first().map(|(_, place)| *place).or(members.first().map(|(_, grant)| grant.place));
        judge_removed(name, group, people, &mut found);
        declarations.judge_groups(group.includes.iter().map(|(name, place)| (name, place)), &mut found);
        for (email, grant) in std::mem::take(members) {
            let user = declarations.resolve_member(&email, grant.place, &mut found);
            numbered.extend(user.map(|user| (user.number, name.clone(), grant)));
        }
    }
    // Sorting here happens in parallel; the final sort has only sorted runs to merge.
    numbered.sort_by_key(|(user, _, _)| *user);
    (found, numbered)
}

fn judge_allow_list(
    name: &GroupName,
    group: &DeclaredGroup,
    declarations: &Declarations<'_>,
    found: &mut FoundProblems,
) {
    let Some(products) = &group.products else { return };
    declarations.judge_products(products.iter(), found);
    let Some(place) = products.iter().map(|(_, grant)| grant.place).min() else { return };
    if group.kind != Some(GroupKind::Entitlement) && group.presence == Presence::Present {
        found.add(ProblemCode::ListWithoutEntitlement, place, |problem| {
            let message = format!("the group `{name}` has products and is no entitlement group");
            problem
                .says(message)
                .with_other_place(group.place, "the group")
                .help("write `kind: entitlement`, or remove the products")
        });
    }
}

fn judge_removed(
    name: &GroupName,
    group: &DeclaredGroup,
    people: Option<PolicyPlace>,
    found: &mut FoundProblems,
) {
    let Presence::Removed(removed) = group.presence else { return };
    let products =
        group.products.iter().flat_map(|products| products.iter()).map(|(_, grant)| grant.place).min();
    if let Some(place) = people.or(products) {
        found.add(ProblemCode::RemovedGroup, place, |problem| {
            problem.says(format!("the group `{name}` is to be removed")).with_other_place(removed, "here")
        });
    }
}

/// How far a walk over includes has come with a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IncludeWalkState {
    New,
    /// On the path from the start of the walk to the current group.
    Open,
    Done,
}

/// Returns, for each group, the groups that include it directly or through others. An include that closes a
/// cycle is reported and not followed.
fn including_groups(
    names: &[GroupName],
    mut includes: Vec<Vec<(u32, PolicyPlace)>>,
    found: &mut FoundProblems,
) -> Vec<Vec<u32>> {
    let order = cut_cycles(names, &mut includes, found);
    let mut above: Vec<Vec<u32>> = vec![Vec::new(); names.len()];
    let mut pairs = 0;
    // In `order`, a group comes after all groups that it includes. In reverse, all groups above a group are
    // known when its turn comes.
    for outer in order.into_iter().rev() {
        above[outer as usize].sort_unstable();
        above[outer as usize].dedup();
        for (inner, place) in &includes[outer as usize] {
            pairs += above[outer as usize].len() + 1;
            if pairs > MOST_FLATTENED {
                report_too_many_memberships(*place, found);
                return above;
            }
            let outers = above[outer as usize].clone();
            above[*inner as usize].extend(outers.into_iter().chain([outer]));
        }
    }
    above
}

/// Reports at `place` that includes add more than [`MOST_FLATTENED`] memberships.
pub(super) fn report_too_many_memberships(place: PolicyPlace, found: &mut FoundProblems) {
    found.add(ProblemCode::TooManyMemberships, place, |problem| {
        problem.says(format!("includes stand for more than {MOST_FLATTENED} memberships"))
    });
}

/// Removes the includes that close a cycle. Returns the groups' numbers, each after all groups that it
/// includes.
fn cut_cycles(
    names: &[GroupName],
    includes: &mut [Vec<(u32, PolicyPlace)>],
    found: &mut FoundProblems,
) -> Vec<u32> {
    let mut marks = vec![IncludeWalkState::New; names.len()];
    let mut order = Vec::with_capacity(names.len());
    for start in 0..u32::try_from(names.len()).unwrap_or(u32::MAX) {
        // The path from the start to the current group, each with the index of its next include. There is no
        // recursion, because includes may be nested deeply.
        let mut way: Vec<(u32, usize)> = Vec::new();
        if marks[start as usize] == IncludeWalkState::New {
            marks[start as usize] = IncludeWalkState::Open;
            way.push((start, 0));
        }
        while let Some((group, next)) = way.pop() {
            let Some((inner, place)) = includes[group as usize].get(next).copied() else {
                marks[group as usize] = IncludeWalkState::Done;
                order.push(group);
                continue;
            };
            match marks[inner as usize] {
                IncludeWalkState::New => {
                    marks[inner as usize] = IncludeWalkState::Open;
                    way.extend([(group, next + 1), (inner, 0)]);
                }
                IncludeWalkState::Done => way.push((group, next + 1)),
                IncludeWalkState::Open => {
                    report_cycle(
                        names,
                        way.iter().map(|(group, _)| *group).chain([group]),
                        inner,
                        place,
                        found,
                    );
                    includes[group as usize].remove(next);
                    way.push((group, next));
                }
            }
        }
    }
    order
}

fn report_cycle(
    names: &[GroupName],
    way: impl Iterator<Item = u32>,
    closes: u32,
    place: PolicyPlace,
    found: &mut FoundProblems,
) {
    found.add(ProblemCode::IncludeCycle, place, |problem| {
        let cycle: Vec<u32> = way.skip_while(|group| *group != closes).chain([closes]).collect();
        let shown: Vec<&str> = cycle.iter().take(8).map(|group| names[*group as usize].as_str()).collect();
        let more = if cycle.len() > 8 { " → …" } else { "" };
        problem
            .says(format!("this include closes a cycle: {}{more}", shown.join(" → ")))
            .help("remove one of these includes")
    });
}
