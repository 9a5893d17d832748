//! Access settings: the defaults of countries, and the restrictions of products.

use super::{ChangeFacts, ObjectKind};
use crate::model::{Area, CountryCode, ProductId, Section};

const SETTING: ChangeFacts<'static> =
    ChangeFacts::new(ObjectKind::AccessSetting, &[Section::Restrictions], None);

pub(super) fn default_facts(country: CountryCode) -> ChangeFacts<'static> {
    ChangeFacts { country: Some(country), ..SETTING }
}

pub(super) fn restriction_facts(product: &ProductId, area: Area) -> ChangeFacts<'_> {
    let country = match area {
        Area::Everywhere => None,
        Area::Country(country) => Some(country),
    };
    ChangeFacts { product: Some(product), country, ..SETTING }
}
