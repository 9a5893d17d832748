//! What a plan must know of products, so that an organization can learn them from it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Act, Step};
use crate::model::{OrganizationFacts, Product, ProductId};

/// The products that steps name, as the policy and the organization know them.
pub(super) fn named_products(steps: &[Step], facts: &OrganizationFacts) -> BTreeMap<ProductId, Product> {
    let mut named = BTreeSet::new();
    for step in steps {
        match &step.act {
            Act::SetException { product, .. }
            | Act::AssignLicence { product, .. }
            | Act::ReleaseLicence { product, .. }
            | Act::SetRestriction { product, .. }
            | Act::SetAlert { product, .. } => drop(named.insert(product)),
            Act::SetList { after, .. } => named.extend(after.keys()),
            _ => {}
        }
    }
    named
        .into_iter()
        .filter_map(|product| Some((product.clone(), facts.products.get(product)?.clone())))
        .collect()
}
