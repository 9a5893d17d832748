//! Identities for users and groups that have none yet.

use rustc_hash::FxHashSet;

use crate::model::LiveId;

/// Issues identities of one kind that are not taken: `u-1`, `u-2`, `u-3`.
pub(super) struct IdentityIssuer {
    letter: char,
    taken: FxHashSet<LiveId>,
    last: u64,
}

impl IdentityIssuer {
    /// Returns an issuer of identities for users, `u-1` and so on, which leaves out those in `taken`.
    pub(super) fn for_users<'a>(taken: impl Iterator<Item = &'a LiveId>) -> Self {
        Self { letter: 'u', taken: taken.cloned().collect(), last: 0 }
    }

    /// Returns an issuer of identities for groups, `g-1` and so on, which leaves out those in `taken`.
    pub(super) fn for_groups<'a>(taken: impl Iterator<Item = &'a LiveId>) -> Self {
        Self { letter: 'g', taken: taken.cloned().collect(), last: 0 }
    }

    /// Returns the next free identity.
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
