//! Assignments to users by name: exceptions that allow or deny a product, and named licences.

use super::{ChangeFacts, IrreversibleEffect, ObjectKind, ObjectPart, PartNoun};
use crate::change::Edit;
use crate::model::{Email, ProductId, Section, UserException};

const ASSIGNMENT: PartNoun = PartNoun { rank: 2, one: "assignment", many: "assignments" };
const LICENCE: PartNoun = PartNoun { rank: 3, one: "named licence", many: "named licences" };
const DENY: PartNoun = PartNoun { rank: 4, one: "deny", many: "denies" };

const SECTIONS: &[Section] = &[Section::Users, Section::Assignments];

pub(super) fn exception_facts<'a>(
    user: &'a Email,
    product: &'a ProductId,
    edit: &Edit<UserException>,
) -> ChangeFacts<'a> {
    let noun = match edit.latest() {
        UserException::Deny => DENY,
        UserException::Allow => ASSIGNMENT,
    };
    ChangeFacts {
        part_of_user: Some(ObjectPart { noun, name: product.as_str() }),
        user: Some(user),
        product: Some(product),
        ..ChangeFacts::new(ObjectKind::Exception, SECTIONS, None)
    }
}

pub(super) fn licence_facts<'a>(user: &'a Email, product: &'a ProductId, edit: &Edit<()>) -> ChangeFacts<'a> {
    ChangeFacts {
        part_of_user: Some(ObjectPart { noun: LICENCE, name: product.as_str() }),
        user: Some(user),
        product: Some(product),
        ..ChangeFacts::new(
            ObjectKind::Licence,
            SECTIONS,
            edit.after().map(|()| IrreversibleEffect::LockedLicence),
        )
    }
}
