//! Calls the products of a policy by the names that the organization has for them.

use std::collections::BTreeMap;

use super::{Grant, Policy};
use crate::change::JoinedProduct;
use crate::model::{FlatMap, ProductId, Text};

/// New names of products by the old ones.
type NewNames<'a> = BTreeMap<&'a ProductId, &'a ProductId>;

impl Policy {
    /// Calls products by the organization's names, wherever the policy names them. The new names must be of
    /// products that the policy does not name yet.
    pub(super) fn rename_products(&mut self, joined: Vec<JoinedProduct>) {
        if joined.is_empty() {
            return;
        }
        let names: NewNames<'_> = joined.iter().map(|one| (&one.policy, &one.organization)).collect();
        for user in self.users.values_mut() {
            rename_grants(&mut user.products, &names);
            rename_grants(&mut user.deny, &names);
        }
        self.groups.values_mut().for_each(|group| rename_grants(&mut group.products, &names));
        rename_keys(&mut self.catalogue, |id| new_name(id, &names));
        rename_keys(&mut self.catalogue_entries, |id| new_name(id, &names));
        rename_keys(&mut self.restrictions, |(id, area)| (new_name(id, &names), *area));
        rename_keys(&mut self.alerts, |(id, country)| (new_name(id, &names), *country));
        self.conflicts.products = self.conflicts.products.iter().map(|id| new_name(id, &names)).collect();
        for approval in &mut self.settings.approvals {
            approval.items = approval.items.iter().map(|item| rename_in_item(item, &names)).collect();
        }
        for item in self.settings.audit.accepted.iter_mut().filter_map(|accepted| accepted.item.as_mut()) {
            *item = rename_in_item(item, &names);
        }
        self.joined_products.extend(joined);
    }

    /// Returns the name that the policy's files have for a product of the organization.
    pub fn own_name_of_product<'a>(&'a self, product: &'a ProductId) -> &'a ProductId {
        let mut joined = self.joined_products.iter();
        joined.find(|one| one.organization == *product).map_or(product, |one| &one.policy)
    }
}

fn new_name(id: &ProductId, names: &NewNames<'_>) -> ProductId {
    names.get(id).copied().unwrap_or(id).clone()
}

fn rename_grants(grants: &mut Option<FlatMap<ProductId, Grant>>, names: &NewNames<'_>) {
    let is_named = |grants: &FlatMap<ProductId, Grant>| grants.keys().any(|id| names.contains_key(id));
    if grants.as_ref().is_some_and(is_named) {
        *grants = grants
            .take()
            .map(|grants| grants.into_iter().map(|(id, grant)| (new_name(&id, names), grant)).collect());
    }
}

fn rename_keys<K: Ord, V>(map: &mut BTreeMap<K, V>, rename: impl Fn(&K) -> K) {
    *map = std::mem::take(map).into_iter().map(|(key, value)| (rename(&key), value)).collect();
}

/// Renames the product in an item of an approval or of an accepted finding: a product alone,
/// `user/product`, `group/product`, `product NAME` or `restriction NAME COUNTRY`.
fn rename_in_item(item: &Text, names: &NewNames<'_>) -> Text {
    let (before, rest) = match (item.rfind('/'), item.split_once(' ')) {
        (Some(at), _) => item.split_at(at + 1),
        (None, Some(("product" | "restriction", rest))) => item.split_at(item.len() - rest.len()),
        (None, _) => ("", &**item),
    };
    for (old, new) in names {
        let len = old.as_str().len();
        let is_old = rest.get(..len).is_some_and(|name| name.to_lowercase() == old.as_str().to_lowercase());
        if is_old && (rest.len() == len || rest[len..].starts_with(' ')) {
            return format!("{before}{new}{}", &rest[len..]).into();
        }
    }
    item.clone()
}
