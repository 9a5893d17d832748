//! Orders renames: a name is left before somebody else takes it, and of objects that exchange their names one
//! steps aside first.

use std::collections::BTreeMap;

use crate::change::{Change, Edit};
use crate::model::{Email, GroupName, PassingName};
use crate::plan::Act;

/// The renames of a plan.
pub(super) struct RenameOrder<'a> {
    pub(super) users: NameOrder<'a, Email>,
    pub(super) groups: NameOrder<'a, GroupName>,
}

impl<'a> RenameOrder<'a> {
    /// Collects the renames among `changes`.
    pub(super) fn new(changes: &'a [Change]) -> Self {
        let (mut users, mut groups) = (BTreeMap::new(), BTreeMap::new());
        for change in changes {
            if let Change::User { edit: Edit::Update { before, after }, .. } = change
                && before.email != after.email
            {
                users.insert(&before.email, &after.email);
            }
            if let Change::Group { edit: Edit::Update { before, after }, .. } = change
                && before.name != after.name
            {
                groups.insert(&before.name, &after.name);
            }
        }
        Self { users: NameOrder::new(users), groups: NameOrder::new(groups) }
    }

    /// The place of an act among those that give names: an act that takes a name comes after the one that
    /// leaves it.
    pub(super) fn place_of(&self, act: &Act) -> usize {
        if let Some(Change::User { edit, .. }) = act.change() {
            edit.after().map_or(0, |after| self.users.place_of(&after.email))
        } else if let Some(Change::Group { edit, .. }) = act.change() {
            edit.after().map_or(0, |after| self.groups.place_of(&after.name))
        } else {
            0
        }
    }
}

/// The renames of one kind of objects.
pub(super) struct NameOrder<'a, K> {
    /// New names by old ones.
    moves: BTreeMap<&'a K, &'a K>,
    /// The names in between of the objects that step aside, by old name.
    asides: BTreeMap<&'a K, K>,
    /// How many renames come before each name is free, where somebody leaves it.
    places: BTreeMap<&'a K, usize>,
}

impl<'a, K: PassingName> NameOrder<'a, K> {
    fn new(moves: BTreeMap<&'a K, &'a K>) -> Self {
        let mut order = Self { moves, asides: BTreeMap::new(), places: BTreeMap::new() };
        let names: Vec<&'a K> = order.moves.keys().copied().collect();
        names.into_iter().for_each(|name| order.find_place(name));
        order
    }

    /// Finds the places of `name` and of those that are left one after the other before it.
    fn find_place(&mut self, name: &'a K) {
        let mut waiting = Vec::new();
        let mut at = name;
        let mut place = loop {
            if let Some(place) = self.places.get(at) {
                break *place;
            }
            let Some(next) = self.moves.get(at) else { break 0 };
            waiting.push(at);
            // Names are visited in their order, so `name` is the first of its ring.
            if *next == name {
                self.asides.extend(name.passing_name().map(|aside| (name, aside)));
                waiting.remove(0);
                self.places.insert(name, 1);
                break 1;
            }
            at = next;
        };
        for name in waiting.into_iter().rev() {
            place += 1;
            self.places.insert(name, place);
        }
    }

    fn place_of(&self, taken: &K) -> usize {
        self.places.get(taken).copied().unwrap_or(0)
    }

    /// The name in between of the object that is called `old`, if it steps aside.
    pub(super) fn aside(&self, old: &K) -> Option<&K> {
        self.asides.get(old)
    }

    /// Whether the plan takes the name from an object.
    pub(super) fn is_left(&self, name: &K) -> bool {
        self.moves.contains_key(name)
    }
}
