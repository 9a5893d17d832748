//! Reports former names of objects that are declared once more, as they were before the rename.
//!
//! A name that somebody has left may be taken by somebody else, so a former name that is declared is no
//! problem by itself. But a block that was only forgotten would make one person two.

use std::collections::BTreeMap;

use super::super::problem::ProblemCode;
use super::super::{DeclaredGroup, DeclaredUser, PolicyPlace, Presence};
use super::FoundProblems;
use crate::model::{Email, FlatMap, GroupName, Text};

/// Reports former names under which the same object is declared again.
pub(super) fn judge_former_names(
    users: &FlatMap<Email, Box<DeclaredUser>>,
    groups: &BTreeMap<GroupName, DeclaredGroup>,
    found: &mut FoundProblems,
) {
    for (email, user) in users.iter() {
        let Some(formerly) = &user.formerly else { continue };
        let names = |user: &DeclaredUser| [user.first_name.clone(), user.last_name.clone()];
        let before = users.get(formerly).filter(|before| before.presence == Presence::Present);
        if let Some(before) =
            before.filter(|before| formerly == email || is_same(&names(user), &names(before)))
        {
            report_former_name(user.place, before.place, found);
        }
    }
    for (name, group) in groups {
        let Some(formerly) = &group.formerly else { continue };
        let facts = |group: &DeclaredGroup| {
            let kind = group.kind.map(|kind| Text::from(kind.as_str()));
            [kind, group.description.clone()]
        };
        let before = groups.get(formerly).filter(|before| before.presence == Presence::Present);
        if let Some(before) =
            before.filter(|before| formerly == name || is_same(&facts(group), &facts(before)))
        {
            report_former_name(group.place, before.place, found);
        }
    }
}

/// Whether all texts are declared, and equal in any case.
fn is_same(one: &[Option<Text>; 2], other: &[Option<Text>; 2]) -> bool {
    let is_same = |(one, other): (&Option<Text>, &Option<Text>)| {
        one.as_ref()
            .zip(other.as_ref())
            .is_some_and(|(one, other)| one.to_lowercase() == other.to_lowercase())
    };
    one.iter().zip(other).all(is_same)
}

fn report_former_name(place: PolicyPlace, before: PolicyPlace, found: &mut FoundProblems) {
    found.add(ProblemCode::FormerlyDeclared, place, |problem| {
        let problem = problem.says("`formerly` names what is declared once more, just as it was before");
        problem.with_other_place(before, "declared here").help(
            "remove that block, whose place the rename takes; where it is another one of the same name, \
             apply the rename first, then declare it and take `formerly` away",
        )
    });
}
