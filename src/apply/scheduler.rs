//! Schedules the steps within one phase.
//!
//! The plan's order is kept wherever the order can matter: a step waits for the steps it needs, and for
//! earlier steps that touch the same object.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use rustc_hash::FxBuildHasher;

use crate::change::{Change, Edit};
use crate::model::{CountryCode, Email, GroupName, ProductId};
use crate::object::ChangeFacts;
use crate::plan::{Act, Step};

/// An object that a step touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum TouchedObject<'a> {
    User(&'a Email),
    Group(&'a GroupName),
    Product(&'a ProductId),
    Country(CountryCode),
    /// What has no name of its own: all contacts together, because they count against one limit.
    Contacts,
}

/// The way in which a step touches an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TouchMode {
    /// The step changes the object itself, so no other step may touch the object at the same time.
    Alone,
    /// The step adds to the object or takes from it, as other steps may at the same time: a hundred users can
    /// join one group together.
    Together,
}

/// The first object that a step names changes itself, and others are added to or taken from; a user or group
/// that is renamed changes under both names.
fn touched_objects(act: &Act) -> Vec<(TouchedObject<'_>, TouchMode)> {
    let ChangeFacts { user, group, left_group, product, country, .. } = act.facts();
    let named = user
        .map(TouchedObject::User)
        .into_iter()
        .chain(group.map(TouchedObject::Group))
        .chain(left_group.map(TouchedObject::Group))
        .chain(product.map(TouchedObject::Product))
        .chain(country.map(TouchedObject::Country));
    let modes = std::iter::once(TouchMode::Alone).chain(std::iter::repeat(TouchMode::Together));
    let mut touched: Vec<_> = named.zip(modes).collect();
    if let Some(Change::User { edit: Edit::Update { after, .. }, .. }) = act.change() {
        touched.push((TouchedObject::User(&after.email), TouchMode::Alone));
    }
    if let Some(Change::Group { edit: Edit::Update { after, .. }, .. }) = act.change() {
        touched.push((TouchedObject::Group(&after.name), TouchMode::Alone));
    }
    if touched.is_empty() {
        touched.push((TouchedObject::Contacts, TouchMode::Alone));
    }
    touched
}

/// The steps that touched an object last.
#[derive(Default)]
struct LastTouches {
    alone: Option<usize>,
    together: Vec<usize>,
}

impl LastTouches {
    /// The steps that a step must wait for if it touches the object in mode `touch`.
    fn steps_before(&self, touch: TouchMode) -> impl Iterator<Item = usize> {
        let together: &[usize] = if touch == TouchMode::Alone { &self.together } else { &[] };
        self.alone.into_iter().chain(together.iter().copied())
    }

    fn add(&mut self, step: usize, touch: TouchMode) {
        match touch {
            TouchMode::Together => self.together.push(step),
            TouchMode::Alone => *self = Self { alone: Some(step), together: Vec::new() },
        }
    }
}

/// Hands out the steps of one phase, each when its turn has come. Steps are identified by their index in the
/// phase.
pub(super) struct StepScheduler {
    waits: Vec<u32>,
    followers: Vec<Vec<usize>>,
    ready: BinaryHeap<Reverse<usize>>,
}

impl StepScheduler {
    /// Finds the dependencies between the steps of `phase`, consecutive steps of a plan.
    pub(super) fn new(phase: &[Step]) -> Self {
        let mut scheduler = Self {
            waits: vec![0; phase.len()],
            followers: vec![Vec::new(); phase.len()],
            ready: BinaryHeap::new(),
        };
        let first = phase.first().map_or(0, |step| step.no.0);
        let mut last: HashMap<TouchedObject<'_>, LastTouches, FxBuildHasher> = HashMap::default();
        for (at, step) in phase.iter().enumerate() {
            let needs =
                step.needs.iter().filter_map(|need| need.0.checked_sub(first)).map(|need| need as usize);
            // A step waits only for earlier steps. A need that comes later cannot be met, which the executor
            // finds when the step's turn comes.
            needs.filter(|need| *need < at).for_each(|need| scheduler.add_dependency(need, at));
            for (object, touch) in touched_objects(&step.act) {
                let known = last.entry(object).or_default();
                known
                    .steps_before(touch)
                    .filter(|earlier| *earlier != at)
                    .for_each(|earlier| scheduler.add_dependency(earlier, at));
                known.add(at, touch);
            }
        }
        scheduler.ready = scheduler
            .waits
            .iter()
            .enumerate()
            .filter(|(_, waits)| **waits == 0)
            .map(|(at, _)| Reverse(at))
            .collect();
        scheduler
    }

    fn add_dependency(&mut self, earlier: usize, later: usize) {
        self.followers[earlier].push(later);
        self.waits[later] += 1;
    }

    /// Takes the first step, in plan order, whose turn has come.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop().map(|Reverse(at)| at)
    }

    /// Notes that the step at `at` is settled, whatever its fate, and releases the steps that waited for it.
    pub(super) fn finish_step(&mut self, at: usize) {
        for later in std::mem::take(&mut self.followers[at]) {
            self.waits[later] -= 1;
            if self.waits[later] == 0 {
                self.ready.push(Reverse(later));
            }
        }
    }
}
