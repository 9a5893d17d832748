//! The one table of the order within a phase: steps that grant access come before steps that take access
//! away.

use super::Phase;
use crate::plan::{Act, Step};

// In the phase that closes access, users join groups before lists and settings close, and leave groups after.
const GRANT: u8 = 0;
const MEMBERSHIP: u8 = 1;
// Lists get their first products before other lists shrink, so that a user who changes from one list to
// another is always covered by one of the two.
const FIRST_LIST: u8 = 2;
const LIST: u8 = 3;
const SETTING: u8 = 4;
const REVOKE: u8 = 5;
const LEAVE: u8 = 6;

/// The rank of an act among the acts of its phase; acts of equal rank keep the order of their changes.
pub(super) fn rank_of(phase: Phase, act: &Act) -> u8 {
    match act {
        Act::Join { .. } | Act::SwapAllocation { .. } => MEMBERSHIP,
        Act::SetList { before, .. } => {
            if before.is_empty() {
                FIRST_LIST
            } else {
                LIST
            }
        }
        Act::SetDefault { .. } | Act::SetRestriction { .. } => SETTING,
        Act::SetException { .. } => {
            if phase == Phase::Loosen {
                GRANT
            } else {
                REVOKE
            }
        }
        Act::AssignLicence { .. } => GRANT,
        Act::ReleaseLicence { .. } => REVOKE,
        Act::Leave { .. } => LEAVE,
        Act::EndCheckout { .. }
        | Act::CreateGroup(_)
        | Act::Invite(_)
        | Act::UpdateUser { .. }
        | Act::Lock { .. }
        | Act::GrantRole { .. }
        | Act::RevokeRole { .. }
        | Act::SetAlert { .. }
        | Act::RemoveUser(_)
        | Act::DeleteGroup(_) => 0,
        // After invitations, and after changes of users' profiles.
        Act::Approve(_) | Act::Unlock(_) | Act::UpdateGroup { .. } => 1,
        // This order keeps the number of contacts between one and ten.
        Act::ReplaceContact { .. } => 0,
        Act::AddContact(_) => 1,
        Act::RemoveContact(_) => 2,
    }
}

/// The turn of a step: its phase, and its rank within the phase.
///
/// Steps of one turn may change places as far as their needs allow; all steps of a turn come before those of
/// the next. Needs alone are not enough: a user who joins a group before its list changes keeps the products
/// that the list opens, and no need expresses that.
pub fn turn_of(step: &Step) -> (Phase, u8) {
    (step.phase, rank_of(step.phase, &step.act))
}
