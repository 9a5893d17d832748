//! Identities for what has none yet.

use rustc_hash::FxHashSet;

use crate::model::LiveId;

/// Gives identities of one kind that are not taken: `u-1`, `u-2`, …
pub(super) struct IdentityIssuer {
    letter: char,
    taken: FxHashSet<LiveId>,
    last: u64,
}

impl IdentityIssuer {
    /// Those of users.
    pub(super) fn for_users<'a>(taken: impl Iterator<Item = &'a LiveId>) -> Self {
        Self { letter: 'u', taken: taken.cloned().collect(), last: 0 }
    }

    /// Those of groups.
    pub(super) fn for_groups<'a>(taken: impl Iterator<Item = &'a LiveId>) -> Self {
        Self { letter: 'g', taken: taken.cloned().collect(), last: 0 }
    }

    /// The next one that is free.
    pub(super) fn next(&mut self) -> LiveId {
        loop {
            self.last += 1;
            let next = LiveId::new(&format!("{}-{}", self.letter, self.last))
                .expect("a letter and a number are a name");
            if !self.taken.contains(&next) {
                return next;
            }
        }
    }
}
