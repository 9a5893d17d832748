//! Groups, their facts and their product lists.

use super::{ChangeFacts, ObjectKind, ObjectPart, PartNoun};
use crate::model::{GroupName, ProductId, Section};

/// A product on the list of a group that comes or goes.
pub const LISTED_PRODUCT: PartNoun = PartNoun { rank: 7, one: "product", many: "products" };

const SECTIONS: &[Section] = &[Section::Groups];

pub(super) fn group_facts(group: &GroupName) -> ChangeFacts<'_> {
    ChangeFacts { group: Some(group), ..ChangeFacts::new(ObjectKind::Group, SECTIONS, None) }
}

pub(super) fn listing_facts<'a>(group: &'a GroupName, product: &'a ProductId) -> ChangeFacts<'a> {
    ChangeFacts {
        product: Some(product),
        part_of_group: Some(ObjectPart { noun: LISTED_PRODUCT, name: product.as_str() }),
        ..list_facts(group)
    }
}

/// The facts of a change of a group's whole product list.
pub fn list_facts(group: &GroupName) -> ChangeFacts<'_> {
    ChangeFacts { group: Some(group), ..ChangeFacts::new(ObjectKind::ProductList, SECTIONS, None) }
}
