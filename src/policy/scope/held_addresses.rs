//! Withholds what needs the address of somebody whose own new address is withheld.

use std::sync::Arc;

use super::Scope;
use crate::change::{Change, Edit, WithheldReason};
use crate::model::{Email, Organization, Profile};

impl Scope<'_> {
    /// Leaves everybody as they are who would take an address that its owner keeps.
    pub(super) fn withhold_held_addresses(&mut self, desired: &mut Organization) {
        // Whoever keeps the old address is filed under the new one.
        let held = desired.users.iter().filter(|(key, user)| **key != user.profile.email);
        let mut held: Vec<(Email, Email)> =
            held.map(|(key, user)| (user.profile.email.clone(), key.clone())).collect();
        while let Some((address, owner)) = held.pop() {
            let Some(taker) = desired.users.get_mut(&address) else { continue };
            if taker.profile.email != address || address == owner {
                continue;
            }
            let reason = WithheldReason::AddressHeld(owner);
            match self.live.users.get(&address).map(|live| live.profile.clone()) {
                Some(before) => {
                    held.push((before.email.clone(), address.clone()));
                    Arc::make_mut(taker).profile.email = before.email.clone();
                    let after = Profile { email: address.clone(), ..before.clone() };
                    self.withhold(
                        Change::User { user: address, edit: Edit::Update { before, after } },
                        reason,
                    );
                }
                None => {
                    let after = taker.profile.clone();
                    desired.users.remove(&address);
                    self.withhold(Change::User { user: address, edit: Edit::Create(after) }, reason);
                }
            }
        }
    }
}
