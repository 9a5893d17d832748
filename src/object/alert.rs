//! Alerts: they count the users of a product in a country, and never block.

use super::{ChangeFacts, ObjectKind};
use crate::model::{CountryCode, ProductId, Section};

pub(super) fn alert_facts(product: &ProductId, country: CountryCode) -> ChangeFacts<'_> {
    ChangeFacts {
        product: Some(product),
        country: Some(country),
        ..ChangeFacts::new(ObjectKind::Alert, &[Section::Alerts], None)
    }
}
