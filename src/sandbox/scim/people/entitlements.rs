//! The entitlements of a user, and the changes of them.

use std::collections::BTreeSet;

use crate::change::{Change, Edit};
use crate::model::{Email, ProductId, UserException};

/// Products with an exception that allows or denies them, or with `None` for a named licence.
pub(super) type Entitlements = BTreeSet<(ProductId, Option<UserException>)>;

/// Returns the changes that turn the entitlements `before` into `after`.
pub(super) fn entitlement_changes(user: &Email, before: &Entitlements, after: &Entitlements) -> Vec<Change> {
    let exception = |of: &Entitlements, product: &ProductId| {
        let held = |exception| of.contains(&(product.clone(), Some(exception)));
        [UserException::Deny, UserException::Allow].into_iter().find(|exception| held(*exception))
    };
    let products: BTreeSet<&ProductId> =
        before.symmetric_difference(after).map(|(product, _)| product).collect();
    let mut changes = Vec::new();
    for product in products {
        let licence = (product.clone(), None);
        let (was, will) = (exception(before, product), exception(after, product));
        if let Some(edit) = Edit::from_difference(was.as_ref(), will.as_ref()) {
            changes.push(Change::Exception { user: user.clone(), product: product.clone(), edit });
        }
        let held = |of: &Entitlements| of.contains(&licence).then_some(());
        if let Some(edit) = Edit::from_difference(held(before).as_ref(), held(after).as_ref()) {
            changes.push(Change::Licence { user: user.clone(), product: product.clone(), edit });
        }
    }
    changes
}
