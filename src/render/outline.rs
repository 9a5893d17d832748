//! Groups a plan's steps into the lines that a person counts.
//!
//! Whatever belongs to a user or group that comes or goes is part of that user's or group's line.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{self, ChangeMark, MarkedText, Phrase};
use crate::change::Change;
use crate::model::{Email, GroupName};
use crate::object::{ChangeFacts, LISTED_PRODUCT, ObjectPart, PartNoun};
use crate::plan::{Act, Plan, Step, StepReason};

/// A line of a plan: a step, and the steps that come or go only because of it.
#[derive(Debug, Clone)]
pub struct OutlineEntry<'p> {
    /// The step that names the line.
    pub step: &'p Step,
    /// The steps that come or go with the first one, in the plan's order.
    pub with: Vec<&'p Step>,
}

/// The number of a plan's lines with each mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutlineCounts {
    /// Lines with `+`.
    pub create: usize,
    /// Lines with `~`.
    pub update: usize,
    /// Lines with `-`.
    pub remove: usize,
}

impl OutlineCounts {
    /// Returns the number of all lines.
    pub fn total(&self) -> usize {
        self.create + self.update + self.remove
    }

    /// Returns the numbers in words: `8 to create, 11 to update, 6 to remove`.
    pub(super) fn in_words(self) -> String {
        let [create, update, remove] = [self.create, self.update, self.remove].map(words::number);
        format!("{create} to create, {update} to update, {remove} to remove")
    }
}

/// The lines of a plan, in the order of its steps.
#[derive(Debug, Clone)]
pub struct Outline<'p> {
    pub entries: Vec<OutlineEntry<'p>>,
}

/// The index of the step that creates or removes each user and each group.
#[derive(Default)]
struct LeadSteps<'p> {
    users: BTreeMap<&'p Email, usize>,
    groups: BTreeMap<&'p GroupName, usize>,
}

impl<'p> Outline<'p> {
    /// Gathers the steps of `plan` into lines.
    pub fn new(plan: &'p Plan) -> Self {
        let leads = LeadSteps::from_plan(plan);
        let mut at = BTreeMap::new();
        let mut entries: Vec<OutlineEntry<'p>> = Vec::new();
        let mut later = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            match leads.lead(&step.act).filter(|lead| *lead != index) {
                Some(lead) => later.push((lead, step)),
                None => {
                    at.insert(index, entries.len());
                    entries.push(OutlineEntry { step, with: Vec::new() });
                }
            }
        }
        for (lead, step) in later {
            entries[at[&lead]].with.push(step);
        }
        // Whoever gets another address gets what the person has: a reviewer sees that first.
        let (first, rest): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| plan.readdresses(entry.step));
        Self { entries: first.into_iter().chain(rest).collect() }
    }

    /// Counts the lines with each mark.
    pub fn counts(&self) -> OutlineCounts {
        let mut counts = OutlineCounts::default();
        for entry in &self.entries {
            match words::act_phrase(&entry.step.act).mark {
                ChangeMark::Create => counts.create += 1,
                ChangeMark::Update => counts.update += 1,
                ChangeMark::Remove => counts.remove += 1,
            }
        }
        counts
    }
}

/// The most things of one kind that are named in a line; more are only counted.
const NAMED: usize = 6;

impl OutlineEntry<'_> {
    /// Describes the line in words: what happens, what comes or goes with it, and why.
    pub fn phrase(&self) -> Phrase {
        let mut phrase = words::act_phrase(&self.step.act);
        phrase.what = match phrase.mark {
            ChangeMark::Remove => self
                .preceding_counts()
                .into_iter()
                .fold(phrase.what, |what, first| what.say(format!(" ({first} first)"))),
            ChangeMark::Create | ChangeMark::Update => phrase.what,
        };
        phrase.what = phrase.what.join(step_reasons(self.step));
        if phrase.mark != ChangeMark::Remove {
            phrase.what = phrase.what.join(self.companion_words());
        }
        phrase
    }

    /// Returns the policy's lines that ask for the entry, each once; those of the companion steps come last.
    pub fn places(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        let whys = std::iter::once(self.step).chain(self.with.iter().copied()).flat_map(|step| &step.why);
        whys.filter_map(words::why_place).filter(|place| known.insert(place.clone())).collect()
    }

    /// Returns words such as `2 roles, 1 group` for what must be removed first.
    fn preceding_counts(&self) -> Option<String> {
        let parts: Vec<_> =
            self.companions().map(|(kind, names)| words::count(names.len(), kind.one, kind.many)).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Returns words such as `role download; groups bridges, lisbon` for what comes with the first step.
    fn companion_words(&self) -> MarkedText {
        self.companions().fold(MarkedText::default(), |words, (kind, names)| {
            if names.len() > NAMED {
                return words.join(MarkedText::new(words::count(names.len(), kind.one, kind.many)));
            }
            let noun = if names.len() == 1 { kind.one } else { kind.many };
            let named = names.into_iter().reduce(|named, name| named.say(", ").append(name));
            words.join(MarkedText::new(format!("{noun} ")).append(named.unwrap_or_default()))
        })
    }

    fn companions(&self) -> impl Iterator<Item = (PartNoun, Vec<MarkedText>)> {
        let mut parts: BTreeMap<PartNoun, Vec<MarkedText>> = BTreeMap::new();
        // Only a group that is created or deleted leads steps.
        let of_group = matches!(self.step.act.change(), Some(Change::Group { .. }));
        for step in &self.with {
            for ObjectPart { noun, name } in companion_parts(&step.act, of_group) {
                let name = MarkedText::default().name(name);
                parts.entry(noun).or_default().push(self.with_reasons(name, step));
            }
        }
        parts.into_iter()
    }
}

impl OutlineEntry<'_> {
    /// Adds to the name of a companion its own dates and reason, where they differ from those of the line.
    fn with_reasons(&self, name: MarkedText, step: &Step) -> MarkedText {
        let (own, shared) = (step_reasons(step), step_reasons(self.step));
        let declares = step.why.iter().any(|why| matches!(why, StepReason::Declared { .. }));
        if !declares || own.0.is_empty() || own == shared {
            return name;
        }
        name.say(" (").append(own).say(")")
    }
}

/// The parts of a user, or of a group, that an act brings or takes.
fn companion_parts(act: &Act, of_group: bool) -> Vec<ObjectPart<'_>> {
    let facts = act.facts();
    let part = if of_group { facts.part_of_group } else { facts.part_of_user };
    let products = act.lists().into_iter().flat_map(|(before, after)| before.merge(after));
    let listed = products.map(|(product, _)| ObjectPart { noun: LISTED_PRODUCT, name: product.as_str() });
    part.into_iter().chain(listed).collect()
}

/// Explains why a step is in the plan; each reason appears once.
pub(super) fn step_reasons(step: &Step) -> MarkedText {
    let mut known: Vec<MarkedText> = Vec::new();
    // The user leaves one group because of joining the other, so leaving needs no reason of its own.
    let swaps = matches!(step.act, Act::SwapAllocation { .. })
        && step.why.iter().any(|why| matches!(why, StepReason::Declared { .. }));
    let whys = step.why.iter().filter(|why| !(swaps && matches!(why, StepReason::NotDeclared { .. })));
    for said in whys.map(words::why_words) {
        if !known.contains(&said) {
            known.push(said);
        }
    }
    known.into_iter().fold(MarkedText::default(), MarkedText::join)
}

impl<'p> LeadSteps<'p> {
    fn from_plan(plan: &'p Plan) -> Self {
        let mut leads = Self::default();
        for (index, step) in plan.steps.iter().enumerate() {
            if let Some(Change::User { user, edit }) = step.act.change()
                && !edit.is_update()
            {
                leads.users.insert(user, index);
            }
            if let Some(Change::Group { group, edit }) = step.act.change()
                && !edit.is_update()
            {
                leads.groups.insert(group, index);
            }
        }
        leads
    }

    /// Returns the index of the step whose line `act` belongs to; `None` where the step has a line of its
    /// own.
    fn lead(&self, act: &Act) -> Option<usize> {
        let ChangeFacts { user, group, part_of_user, part_of_group, .. } = act.facts();
        let user = user.filter(|_| part_of_user.is_some()).and_then(|user| self.users.get(user));
        let of_group = part_of_group.is_some() || act.lists().is_some();
        let group = group.filter(|_| of_group).and_then(|group| self.groups.get(group));
        user.or(group).copied()
    }
}
