//! A plan's steps as a person counts them: what belongs to somebody who comes or goes is part of that one
//! line.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{self, Mark, Phrase, Words};
use crate::model::{Email, GroupName, RoleId, UserException};
use crate::plan::{Act, Plan, Step, StepReason};

/// One line of a plan: a step, and the steps that only come or go with it.
#[derive(Debug, Clone)]
pub struct Entry<'p> {
    /// The step that gives the line its name.
    pub step: &'p Step,
    /// Steps that go with it, in order.
    pub with: Vec<&'p Step>,
}

/// How many lines of each mark a plan has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines with `+`.
    pub create: usize,
    /// Lines with `~`.
    pub update: usize,
    /// Lines with `-`.
    pub remove: usize,
}

impl Counts {
    /// All lines.
    pub fn total(&self) -> usize {
        self.create + self.update + self.remove
    }
}

/// The lines of a plan, in the order of its steps.
#[derive(Debug, Clone)]
pub struct Outline<'p> {
    /// The lines.
    pub entries: Vec<Entry<'p>>,
}

/// Where the lines of those who come or go stand.
#[derive(Default)]
struct Leads<'p> {
    users: BTreeMap<&'p Email, usize>,
    groups: BTreeMap<&'p GroupName, usize>,
}

impl<'p> Outline<'p> {
    /// Gathers the steps of `plan` into lines.
    pub fn new(plan: &'p Plan) -> Self {
        let leads = Leads::of(plan);
        let mut at = BTreeMap::new();
        let mut entries: Vec<Entry<'p>> = Vec::new();
        let mut later = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            match leads.lead(&step.act).filter(|lead| *lead != index) {
                Some(lead) => later.push((lead, step)),
                None => {
                    at.insert(index, entries.len());
                    entries.push(Entry { step, with: Vec::new() });
                }
            }
        }
        for (lead, step) in later {
            entries[at[&lead]].with.push(step);
        }
        Self { entries }
    }

    /// How many lines of each mark there are.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            match words::act(&entry.step.act).mark {
                Mark::Create => counts.create += 1,
                Mark::Update => counts.update += 1,
                Mark::Remove => counts.remove += 1,
            }
        }
        counts
    }
}

/// So many things of one kind that come with somebody are named; more are counted.
const NAMED: usize = 6;

impl Entry<'_> {
    /// The line in words: what happens, what goes with it, and why.
    pub fn phrase(&self) -> Phrase {
        let mut phrase = words::act(&self.step.act);
        phrase.what = match phrase.mark {
            Mark::Remove => self
                .first()
                .into_iter()
                .fold(phrase.what, |what, first| what.say(format!(" ({first} first)"))),
            Mark::Create | Mark::Update => phrase.what,
        };
        phrase.what = phrase.what.and(reasons(self.step));
        if phrase.mark != Mark::Remove {
            phrase.what = phrase.what.and(self.brought());
        }
        phrase
    }

    /// The policy's lines that ask for it, distinct, in order; those of the steps that go with it last.
    pub fn places(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        let whys = std::iter::once(self.step).chain(self.with.iter().copied()).flat_map(|step| &step.why);
        whys.filter_map(words::place).filter(|place| known.insert(place.clone())).collect()
    }

    /// `2 roles, 1 group`: what has to go before it.
    fn first(&self) -> Option<String> {
        let parts: Vec<_> =
            self.parts().map(|(kind, names)| words::count(names.len(), kind.one, kind.many)).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// `role download; groups bridges, lisbon`: what comes with it.
    fn brought(&self) -> Words {
        self.parts().fold(Words::default(), |words, (kind, names)| {
            if names.len() > NAMED {
                return words.and(Words::new(words::count(names.len(), kind.one, kind.many)));
            }
            let noun = if names.len() == 1 { kind.one } else { kind.many };
            let listed =
                names.into_iter().enumerate().fold(Words::new(format!("{noun} ")), |listed, (at, name)| {
                    let mut listed = if at == 0 { listed } else { listed.say(", ") };
                    listed.0.extend(name.0);
                    listed
                });
            words.and(listed)
        })
    }

    fn parts(&self) -> impl Iterator<Item = (Kind, Vec<Words>)> {
        let mut parts: BTreeMap<Kind, Vec<Words>> = BTreeMap::new();
        for step in &self.with {
            for (kind, name) in
                part(&step.act, matches!(self.step.act, Act::CreateGroup(_) | Act::DeleteGroup(_)))
            {
                parts.entry(kind).or_default().push(self.with_reasons(name, step));
            }
        }
        parts.into_iter()
    }
}

impl Entry<'_> {
    /// A thing that comes with somebody, with the date and reason of its own, where it has any.
    fn with_reasons(&self, name: Words, step: &Step) -> Words {
        let (own, shared) = (reasons(step), reasons(self.step));
        let declares = step.why.iter().any(|why| matches!(why, StepReason::Declared { .. }));
        if !declares || own.0.is_empty() || own == shared {
            return name;
        }
        let mut name = name.say(" (");
        name.0.extend(own.0);
        name.say(")")
    }
}

/// A kind of thing that comes or goes with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    rank: u8,
    one: &'static str,
    many: &'static str,
}

const ROLE: Kind = Kind { rank: 0, one: "role", many: "roles" };
const GROUP: Kind = Kind { rank: 1, one: "group", many: "groups" };
const ASSIGNMENT: Kind = Kind { rank: 2, one: "assignment", many: "assignments" };
const LICENCE: Kind = Kind { rank: 3, one: "named licence", many: "named licences" };
const DENY: Kind = Kind { rank: 4, one: "deny", many: "denies" };
const CHECKOUT: Kind = Kind { rank: 5, one: "checkout", many: "checkouts" };
const MEMBER: Kind = Kind { rank: 6, one: "member", many: "members" };
const PRODUCT: Kind = Kind { rank: 7, one: "product", many: "products" };

fn part(act: &Act, of_group: bool) -> Vec<(Kind, Words)> {
    let one = |kind, name: &dyn std::fmt::Display| vec![(kind, Words::default().name(name))];
    match act {
        Act::GrantRole { role, .. } | Act::RevokeRole { role, .. } => one(ROLE, role),
        Act::Join { user, .. } | Act::Leave { user, .. } if of_group => one(MEMBER, user),
        Act::Join { group, .. } | Act::Leave { group, .. } => one(GROUP, group),
        Act::SetException { product, before, after, .. } => {
            let denied = after.or(*before) == Some(UserException::Deny);
            one(if denied { DENY } else { ASSIGNMENT }, product)
        }
        Act::AssignLicence { product, .. } | Act::ReleaseLicence { product, .. } => one(LICENCE, product),
        Act::EndCheckout { checkout, .. } => one(CHECKOUT, &checkout.product),
        Act::SetList { before, after, .. } => {
            before.merge(after).map(|(product, _)| (PRODUCT, Words::default().name(product))).collect()
        }
        Act::CreateGroup(_)
        | Act::Invite(_)
        | Act::Approve(_)
        | Act::Unlock(_)
        | Act::Lock { .. }
        | Act::UpdateUser { .. }
        | Act::UpdateGroup { .. }
        | Act::SwapAllocation { .. }
        | Act::SetDefault { .. }
        | Act::SetRestriction { .. }
        | Act::SetAlert { .. }
        | Act::AddContact(_)
        | Act::RemoveContact(_)
        | Act::ReplaceContact { .. }
        | Act::RemoveUser(_)
        | Act::DeleteGroup(_) => Vec::new(),
    }
}

/// Why a step is there, in words, each reason once.
pub(super) fn reasons(step: &Step) -> Words {
    let mut known: Vec<Words> = Vec::new();
    // Out of one group because of being in the other: the group left needs no reason of its own.
    let swaps = matches!(step.act, Act::SwapAllocation { .. })
        && step.why.iter().any(|why| matches!(why, StepReason::Declared { .. }));
    let whys = step.why.iter().filter(|why| !(swaps && matches!(why, StepReason::NotDeclared { .. })));
    for said in whys.map(words::why) {
        if !known.contains(&said) {
            known.push(said);
        }
    }
    known.into_iter().fold(Words::default(), Words::and)
}

impl<'p> Leads<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut leads = Self::default();
        for (index, step) in plan.steps.iter().enumerate() {
            if let Act::Invite(profile) | Act::RemoveUser(profile) = &step.act {
                leads.users.insert(&profile.email, index);
            }
            if let Act::CreateGroup(facts) | Act::DeleteGroup(facts) = &step.act {
                leads.groups.insert(&facts.name, index);
            }
        }
        leads
    }

    /// The step whose line `act` belongs to, if not its own.
    fn lead(&self, act: &Act) -> Option<usize> {
        match act {
            // Whoever becomes or stops being an administrator has a line of their own.
            Act::GrantRole { role, .. } | Act::RevokeRole { role, .. }
                if role.is(RoleId::CO_ADMINISTRATOR) =>
            {
                None
            }
            Act::GrantRole { user, .. }
            | Act::RevokeRole { user, .. }
            | Act::EndCheckout { user, .. }
            | Act::SetException { user, .. }
            | Act::AssignLicence { user, .. }
            | Act::ReleaseLicence { user, .. } => self.users.get(user).copied(),
            Act::Join { user, group } | Act::Leave { user, group } => {
                self.users.get(user).or_else(|| self.groups.get(group)).copied()
            }
            Act::SetList { group, .. } => self.groups.get(group).copied(),
            Act::CreateGroup(_)
            | Act::Invite(_)
            | Act::Approve(_)
            | Act::Unlock(_)
            | Act::Lock { .. }
            | Act::UpdateUser { .. }
            | Act::UpdateGroup { .. }
            | Act::SwapAllocation { .. }
            | Act::SetDefault { .. }
            | Act::SetRestriction { .. }
            | Act::SetAlert { .. }
            | Act::AddContact(_)
            | Act::RemoveContact(_)
            | Act::ReplaceContact { .. }
            | Act::RemoveUser(_)
            | Act::DeleteGroup(_) => None,
        }
    }
}
