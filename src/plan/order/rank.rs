//! Order within a phase, one table: who may comes before who may not.

use super::Phase;
use crate::plan::{Act, Step};

// Where access closes, joining comes before lists and settings close, and leaving after them.
const GRANT: u8 = 0;
const MEMBERSHIP: u8 = 1;
// First products come before other products go: whoever changes from one list to another is on one of them.
const FIRST_LIST: u8 = 2;
const LIST: u8 = 3;
const SETTING: u8 = 4;
const REVOKE: u8 = 5;
const LEAVE: u8 = 6;

/// The place of an act among those of its phase; acts of one rank stay in the order of the changes.
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
        // After those who are invited, and after people's profiles.
        Act::Approve(_) | Act::Unlock(_) | Act::UpdateGroup { .. } => 1,
        // There is at least one contact, and there are at most ten.
        Act::ReplaceContact { .. } => 0,
        Act::AddContact(_) => 1,
        Act::RemoveContact(_) => 2,
    }
}

/// Steps of one turn may change places as far as their needs allow; all steps of a turn come before those of
/// the next.
///
/// A turn is a rank of a phase: who joins before a list changes keeps what the list opens, and no need says
/// so.
pub fn turn_of(step: &Step) -> (Phase, u8) {
    (step.phase, rank_of(step.phase, &step.act))
}
