//! Judges which live objects are declared under another name: by pinned identity, else by former name.
//!
//! A pinned identity always holds. A former name is a hint that stays in the policy after the rename, so it
//! counts only where the live object has not been renamed yet; where names alone leave that open, what the
//! declared and the live object have in common decides, and else nobody is renamed on a guess. All claims are
//! judged together, so that a name may be left by one object and taken by another, or be exchanged.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{Clash, ClashKind};
use crate::model::{LiveId, PassingName, Text};
use crate::policy::PolicyPlace;

/// A declared object's claim on a live one.
pub(super) struct RenameClaim<'a, K> {
    pub(super) name: &'a K,
    pub(super) id: Option<&'a LiveId>,
    pub(super) formerly: Option<&'a K>,
    pub(super) place: PolicyPlace,
}

/// What a declared and a live object have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likeness {
    /// Values that tell objects of the kind apart, and that are declared.
    pub(super) declared: usize,
    /// Those of them that the live object has.
    pub(super) equal: usize,
}

impl Likeness {
    /// Counts the `pairs` of a declared and a live value that are the same text, ignoring case.
    pub(super) fn count(pairs: impl IntoIterator<Item = (Option<String>, String)>) -> Self {
        let mut likeness = Self { declared: 0, equal: 0 };
        for (declared, live) in pairs {
            let Some(declared) = declared else { continue };
            likeness.declared += 1;
            likeness.equal += usize::from(declared.to_lowercase() == live.to_lowercase());
        }
        likeness
    }

    /// Whether nothing that is declared tells the two apart.
    fn may_be_same(self) -> bool {
        self.equal == self.declared
    }
}

/// The declared and the live objects of one kind.
pub(super) trait RenameSides<'a> {
    type Name: PassingName + 'a;

    /// Returns the claims of the declared objects that have a pinned identity or a former name.
    fn claims(&self) -> Vec<RenameClaim<'a, Self::Name>>;

    /// Returns the names of the live objects by identity.
    fn names_by_id(&self) -> FxHashMap<&'a LiveId, &'a Self::Name>;

    /// Returns the name of the live object that is called so, if there is one.
    fn live_name(&self, name: &Self::Name) -> Option<&'a Self::Name>;

    /// Whether the object is declared, and not to be removed.
    fn is_declared(&self, name: &Self::Name) -> bool;

    /// Compares a declared object with a live one.
    fn likeness(&self, declared: &Self::Name, live: &Self::Name) -> Likeness;
}

/// The renames of one kind of objects, and the claims that cannot be met.
pub(super) struct LiveRenames<K> {
    /// New names by old ones.
    pub(super) names: BTreeMap<K, K>,
    pub(super) clashes: Vec<Clash>,
    /// Objects that are not there, with a former name that no live object has.
    pub(super) unmatched: Vec<UnmatchedFormerName<K>>,
}

/// A former name that no live object has.
pub(super) struct UnmatchedFormerName<K> {
    pub(super) name: K,
    pub(super) formerly: K,
    pub(super) place: PolicyPlace,
}

/// Finds the live objects that are declared under another name.
pub(super) fn judge_renames<'a, S: RenameSides<'a>>(sides: &S) -> LiveRenames<S::Name> {
    let claims = sides.claims();
    let mut judge = RenameJudge {
        sides,
        moves: BTreeMap::new(),
        takers: BTreeMap::new(),
        pinned: BTreeSet::new(),
        clashes: Vec::new(),
        unmatched: Vec::new(),
    };
    judge.hold_pinned(&claims);
    judge.hold_former_names(&claims);
    judge.drop_moves_to_held_names();
    judge.settle_chains_and_rings();
    let names = judge.moves.iter().map(|(name, moved)| (moved.old.clone(), (*name).clone())).collect();
    LiveRenames { names, clashes: judge.clashes, unmatched: judge.unmatched }
}

/// A rename that a claim asks for.
struct ClaimedMove<'a, K> {
    old: &'a K,
    is_pinned: bool,
    place: PolicyPlace,
}

struct RenameJudge<'s, 'a, S: RenameSides<'a>> {
    sides: &'s S,
    /// The renames that hold so far, by new name.
    moves: BTreeMap<&'a S::Name, ClaimedMove<'a, S::Name>>,
    /// The new names of [`Self::moves`] by the old ones.
    takers: BTreeMap<&'a S::Name, &'a S::Name>,
    /// The live objects that a pinned identity names, renamed or not.
    pinned: BTreeSet<&'a S::Name>,
    clashes: Vec<Clash>,
    unmatched: Vec<UnmatchedFormerName<S::Name>>,
}

impl<'a, S: RenameSides<'a>> RenameJudge<'_, 'a, S> {
    fn clash(&mut self, place: PolicyPlace, kind: ClashKind) {
        self.clashes.push(Clash { place, kind });
    }

    fn is_live(&self, name: &S::Name) -> bool {
        self.sides.live_name(name).is_some()
    }

    fn hold(&mut self, name: &'a S::Name, moved: ClaimedMove<'a, S::Name>) {
        self.takers.insert(moved.old, name);
        self.moves.insert(name, moved);
    }

    fn drop_move(&mut self, name: &S::Name) -> Option<ClaimedMove<'a, S::Name>> {
        let moved = self.moves.remove(name)?;
        self.takers.remove(moved.old);
        Some(moved)
    }

    fn drop_moves(&mut self, names: &[&'a S::Name]) {
        for name in names {
            self.drop_move(name);
        }
    }

    fn hold_pinned(&mut self, claims: &[RenameClaim<'a, S::Name>]) {
        let pins = claims.iter().filter_map(|claim| Some((claim, claim.id?)));
        if pins.clone().next().is_none() {
            return;
        }
        let by_id = self.sides.names_by_id();
        for (claim, id) in pins {
            match by_id.get(id) {
                Some(old) => {
                    self.pinned.insert(old);
                    if *old != claim.name {
                        self.hold(claim.name, ClaimedMove { old, is_pinned: true, place: claim.place });
                    }
                }
                None if self.is_live(claim.name) => {
                    self.clash(claim.place, ClashKind::NameTaken(name_text(claim.name)));
                }
                None => self.clash(claim.place, ClashKind::UnknownId(Text::from(id.as_str()))),
            }
        }
    }

    fn hold_former_names(&mut self, claims: &[RenameClaim<'a, S::Name>]) {
        for claim in claims.iter().filter(|claim| claim.id.is_none()) {
            let Some(formerly) = claim.formerly else { continue };
            // Whoever has stepped aside for an exchange of names has left the former name already.
            let aside = formerly.passing_name().and_then(|aside| self.sides.live_name(&aside));
            let Some(old) = aside.or_else(|| self.sides.live_name(formerly)) else {
                if !self.is_live(claim.name) {
                    let (name, formerly, place) = (claim.name.clone(), formerly.clone(), claim.place);
                    self.unmatched.push(UnmatchedFormerName { name, formerly, place });
                }
                continue;
            };
            if old == claim.name {
                continue;
            }
            if self.pinned.contains(old) || self.takers.contains_key(old) {
                if !self.is_live(claim.name) {
                    self.clash(claim.place, ClashKind::SameObject(name_text(old)));
                }
                continue;
            }
            self.hold(claim.name, ClaimedMove { old, is_pinned: false, place: claim.place });
        }
    }

    /// Drops the renames to names that other objects keep. By a former name alone, such a rename is done
    /// already.
    fn drop_moves_to_held_names(&mut self) {
        let mut open: Vec<&'a S::Name> = self.moves.keys().copied().collect();
        while let Some(name) = open.pop() {
            if !self.is_live(name) || self.takers.contains_key(name) {
                continue;
            }
            let Some(moved) = self.drop_move(name) else { continue };
            if moved.is_pinned {
                self.clash(moved.place, ClashKind::NameTaken(name_text(name)));
            }
            // The object keeps its old name, which others may have counted on.
            open.extend(self.moves.get_key_value(moved.old).map(|(name, _)| *name));
        }
    }

    fn settle_chains_and_rings(&mut self) {
        let mut open: BTreeSet<&'a S::Name> = self.moves.keys().copied().collect();
        while let Some(start) = open.first().copied() {
            let (links, is_ring) = self.connected_moves(start);
            for name in &links {
                open.remove(name);
            }
            if is_ring {
                self.settle_ring(&links);
            } else {
                self.settle_chain(&links);
            }
        }
    }

    /// Returns the renames that `start` is connected with, each before the one that leaves its new name free;
    /// and whether the last one leaves its new name to the first.
    fn connected_moves(&self, start: &'a S::Name) -> (Vec<&'a S::Name>, bool) {
        let mut first = start;
        while let Some((before, _)) = self.moves.get_key_value(self.moves[first].old) {
            if *before == start {
                break;
            }
            first = before;
        }
        let mut links = vec![first];
        while let Some(next) = links.last().and_then(|last| self.takers.get(*last)) {
            if *next == first {
                return (links, true);
            }
            links.push(next);
        }
        (links, false)
    }

    /// Judges renames of which the last one is to a free name.
    fn settle_chain(&mut self, links: &[&'a S::Name]) {
        let first = links[0];
        let ClaimedMove { old, is_pinned, place } = self.moves[first];
        if self.sides.is_declared(old) {
            // The name that is left is declared once more: for a newcomer, or because a block was forgotten.
            let (theirs, ours) = (self.sides.likeness(old, old), self.sides.likeness(first, old));
            let is_forgotten = if is_pinned {
                theirs.declared > 0 && theirs.may_be_same()
            } else {
                theirs.may_be_same() || theirs.equal > ours.equal
            };
            if is_forgotten {
                self.clash(place, ClashKind::SameObject(name_text(old)));
                self.drop_move(first);
                return;
            }
        }
        let undecided = links.windows(2).find(|pair| {
            let (moved, next) = (&self.moves[pair[0]], &self.moves[pair[1]]);
            !moved.is_pinned && !next.is_pinned && self.is_done(pair[0], moved.old) == Some(true)
        });
        if let Some(pair) = undecided {
            self.leave_undecided(pair[0], links);
        }
    }

    /// Judges renames by which objects exchange their names. By former names alone, the policy says the same
    /// before and after.
    fn settle_ring(&mut self, links: &[&'a S::Name]) {
        let is_pinned = links.iter().any(|name| self.moves[name].is_pinned);
        let votes: Vec<bool> =
            links.iter().filter_map(|name| self.is_done(name, self.moves[name].old)).collect();
        if !is_pinned && !votes.is_empty() && votes.iter().all(|is_done| *is_done) {
            self.drop_moves(links);
            return;
        }
        if !is_pinned && (votes.is_empty() || votes.contains(&true)) {
            return self.leave_undecided(links[0], links);
        }
        // The one with the first of the old names steps aside.
        let aside = links.iter().map(|name| self.moves[name].old).min().and_then(PassingName::passing_name);
        let aside = aside.filter(|name| self.is_live(name) || self.sides.is_declared(name));
        if let Some(aside) = aside {
            self.clash(self.moves[links[0]].place, ClashKind::NameTaken(name_text(&aside)));
        }
    }

    /// Whether the object of that name looks as if it had been called `old` before, or the other way round as
    /// if it were still called so; `None` where nothing tells.
    fn is_done(&self, name: &S::Name, old: &S::Name) -> Option<bool> {
        let (now, before) = (self.sides.likeness(name, name), self.sides.likeness(name, old));
        (now.equal != before.equal).then_some(now.equal > before.equal)
    }

    fn leave_undecided(&mut self, name: &S::Name, links: &[&'a S::Name]) {
        let ClaimedMove { old, place, .. } = self.moves[name];
        self.clash(place, ClashKind::UndecidedRename(name_text(old)));
        self.drop_moves(links);
    }
}

pub(super) fn name_text(name: &impl std::fmt::Display) -> Text {
    name.to_string().into()
}
