//! Roles of users.

use super::{ChangeFacts, ObjectKind, ObjectPart, PartNoun};
use crate::model::{Email, RoleId, Section};

const ROLE: PartNoun = PartNoun { rank: 0, one: "role", many: "roles" };

pub(super) fn role_facts<'a>(user: &'a Email, role: &'a RoleId) -> ChangeFacts<'a> {
    ChangeFacts {
        user: Some(user),
        // A user who becomes or stops being an administrator is news of its own.
        part_of_user: (!role.is(RoleId::CO_ADMINISTRATOR))
            .then_some(ObjectPart { noun: ROLE, name: role.as_str() }),
        ..ChangeFacts::new(ObjectKind::Role, &[Section::Users, Section::Roles], None)
    }
}
