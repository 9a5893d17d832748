//! Memberships of users in groups.

use super::{ChangeFacts, ObjectKind, ObjectPart, PartNoun};
use crate::model::{Email, GroupName, Section};

const GROUP: PartNoun = PartNoun { rank: 1, one: "group", many: "groups" };
const MEMBER: PartNoun = PartNoun { rank: 6, one: "member", many: "members" };

const MEMBERSHIP: ChangeFacts<'static> =
    ChangeFacts::new(ObjectKind::Membership, &[Section::Users, Section::Groups, Section::Memberships], None);

pub(super) fn membership_facts<'a>(user: &'a Email, group: &'a GroupName) -> ChangeFacts<'a> {
    ChangeFacts {
        user: Some(user),
        group: Some(group),
        part_of_user: Some(ObjectPart { noun: GROUP, name: group.as_str() }),
        part_of_group: Some(ObjectPart { noun: MEMBER, name: user.as_str() }),
        ..MEMBERSHIP
    }
}

/// The facts of a user's move from the group `from` to the group `to` in one write.
pub fn move_facts<'a>(user: &'a Email, from: &'a GroupName, to: &'a GroupName) -> ChangeFacts<'a> {
    ChangeFacts { user: Some(user), group: Some(to), left_group: Some(from), ..MEMBERSHIP }
}
