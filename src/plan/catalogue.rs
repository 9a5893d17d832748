//! The products that a plan carries with it, so that a sandbox can add them to its catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use crate::model::{OrganizationFacts, Product, ProductId};

/// The products that `steps` name, with their entries in the catalogue of `facts`.
pub(super) fn named_products(steps: &[Step], facts: &OrganizationFacts) -> BTreeMap<ProductId, Product> {
    let mut named = BTreeSet::new();
    for step in steps {
        named.extend(step.act.facts().product);
        named.extend(step.act.lists().into_iter().flat_map(|(_, after)| after.keys()));
    }
    named
        .into_iter()
        .filter_map(|product| Some((product.clone(), facts.products.get(product)?.clone())))
        .collect()
}
