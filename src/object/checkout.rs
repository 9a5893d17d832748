//! Checkouts: licences taken offline. A plan only ever ends them, when their user leaves.

use super::{ChangeFacts, IrreversibleEffect, ObjectKind, ObjectPart, PartNoun};
use crate::model::{Checkout, Email, Section};

const CHECKOUT: PartNoun = PartNoun { rank: 5, one: "checkout", many: "checkouts" };

pub(super) fn checkout_facts<'a>(user: &'a Email, checkout: &'a Checkout) -> ChangeFacts<'a> {
    ChangeFacts {
        user: Some(user),
        part_of_user: Some(ObjectPart { noun: CHECKOUT, name: checkout.product.as_str() }),
        ..ChangeFacts::new(
            ObjectKind::Checkout,
            &[Section::Users, Section::Checkouts],
            Some(IrreversibleEffect::EndedCheckout),
        )
    }
}
