//! Fulfilment contacts, which count against one limit all together.

use super::{ChangeFacts, ObjectKind};
use crate::model::Section;

pub(super) fn contact_facts() -> ChangeFacts<'static> {
    ChangeFacts::new(ObjectKind::Contact, &[Section::Contacts], None)
}
