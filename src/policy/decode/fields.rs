//! The fields of a mapping as they stand in the text, each once.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::super::yaml::{ScalarQuoting, YamlChildren, YamlNodeRef, YamlShape};
use super::PolicyDecoder;

/// One key of a mapping with its value.
#[derive(Clone, Copy)]
pub(super) struct MappingField<'a> {
    pub(super) name: &'a str,
    pub(super) key: YamlNodeRef<'a>,
    pub(super) value: YamlNodeRef<'a>,
}

impl<'a> MappingField<'a> {
    /// Makes the field of a mapping's table; `what` is its name as messages show it.
    pub(super) fn known_as(self, what: &'static str) -> KnownField<'a> {
        KnownField { field: self, value: self.value, what }
    }
}

/// A field that the table of its mapping has.
#[derive(Clone, Copy)]
pub(super) struct KnownField<'a> {
    pub(super) field: MappingField<'a>,
    pub(super) value: YamlNodeRef<'a>,
    /// The field's name in backquotes.
    pub(super) what: &'static str,
}

/// Up to this many keys of an unsorted mapping are searched one by one, and more by their hash: a person has
/// a handful of fields, a file thousands of people.
const FEW: usize = 8;

/// Walks the fields of a mapping and finds the keys that are repeated.
pub(super) struct MappingFields<'a> {
    all: YamlChildren<'a>,
    children: YamlChildren<'a>,
    /// Whether the keys so far are sorted: then a comparison with the last key tells whether the next one is
    /// new.
    in_order: bool,
    last: Option<&'a str>,
    few: [Option<(&'a str, YamlNodeRef<'a>)>; FEW],
    count: usize,
    many: FxHashMap<&'a str, YamlNodeRef<'a>>,
}

impl<'a> MappingFields<'a> {
    /// Starts at the first of `children`, which are keys and values in turn.
    pub(super) fn new(children: YamlChildren<'a>) -> Self {
        Self {
            all: children,
            children,
            in_order: true,
            last: None,
            few: [None; FEW],
            count: 0,
            many: FxHashMap::default(),
        }
    }

    pub(super) fn next(&mut self, decoder: &mut PolicyDecoder<'a>) -> Option<MappingField<'a>> {
        loop {
            // The parser sends a value for every key.
            let (key, value) = (self.children.next()?, self.children.next()?);
            let YamlShape::Scalar(name, quoting) = key.shape() else {
                decoder.report_bad_key(key);
                continue;
            };
            if name == "<<" && quoting == ScalarQuoting::Plain {
                decoder.report_bad_key(key);
            } else if let Some(first) = self.earlier_key(name, key) {
                decoder.report_duplicate_key(name, key, first);
            } else {
                return Some(MappingField { name, key, value });
            }
        }
    }

    /// Returns the earlier key with this name, if there is one; else remembers this key.
    fn earlier_key(&mut self, name: &'a str, key: YamlNodeRef<'a>) -> Option<YamlNodeRef<'a>> {
        if self.in_order && self.last < Some(name) {
            self.last = Some(name);
            return None;
        }
        if std::mem::take(&mut self.in_order) {
            let earlier = self.all.step_by(2).take_while(|earlier| !earlier.is_same_node(key));
            for earlier in earlier {
                if let YamlShape::Scalar(name, _) = earlier.shape() {
                    self.remember(name, earlier);
                }
            }
        }
        self.remember(name, key)
    }

    fn remember(&mut self, name: &'a str, key: YamlNodeRef<'a>) -> Option<YamlNodeRef<'a>> {
        let known = self.few[..self.count.min(FEW)].iter().flatten().find(|(known, _)| *known == name);
        if let Some((_, first)) = known {
            return Some(*first);
        }
        match self.few.get_mut(self.count) {
            Some(slot) => *slot = Some((name, key)),
            None => match self.many.entry(name) {
                Entry::Occupied(first) => return Some(*first.get()),
                Entry::Vacant(slot) => {
                    slot.insert(key);
                }
            },
        }
        self.count += 1;
        None
    }

    /// Returns the number of fields that are still to come.
    pub(super) fn remaining_count(&self) -> usize {
        self.children.count() / 2
    }
}
