//! The products that a plan carries with it, so that a sandbox can add them to its catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::{Act, Step};
use crate::model::{OrganizationFacts, Product, ProductId};

/// The products that `steps` name, with their entries in the catalogue of `facts`.
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
            Act::EndCheckout { .. }
            | Act::CreateGroup(_)
            | Act::Invite(_)
            | Act::Approve(_)
            | Act::Unlock(_)
            | Act::Lock { .. }
            | Act::UpdateUser { .. }
            | Act::UpdateGroup { .. }
            | Act::Join { .. }
            | Act::Leave { .. }
            | Act::SwapAllocation { .. }
            | Act::GrantRole { .. }
            | Act::RevokeRole { .. }
            | Act::SetDefault { .. }
            | Act::AddContact(_)
            | Act::RemoveContact(_)
            | Act::ReplaceContact { .. }
            | Act::RemoveUser(_)
            | Act::DeleteGroup(_) => {}
        }
    }
    named
        .into_iter()
        .filter_map(|product| Some((product.clone(), facts.products.get(product)?.clone())))
        .collect()
}
