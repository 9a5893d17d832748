//! The entitlements of a user, and the acts that change them.

use std::collections::BTreeSet;

use crate::model::{Email, ProductId, UserException};
use crate::plan::Act;

/// Products with an exception that allows or denies them, or with `None` for a named licence.
pub(super) type Entitlements = BTreeSet<(ProductId, Option<UserException>)>;

/// Returns the acts that change the entitlements `before` into `after`.
pub(super) fn entitlement_acts(user: &Email, before: &Entitlements, after: &Entitlements) -> Vec<Act> {
    let exception = |of: &Entitlements, product: &ProductId| {
        let held = |exception| of.contains(&(product.clone(), Some(exception)));
        [UserException::Deny, UserException::Allow].into_iter().find(|exception| held(*exception))
    };
    let products: BTreeSet<&ProductId> =
        before.symmetric_difference(after).map(|(product, _)| product).collect();
    let mut acts = Vec::new();
    for product in products {
        let (user, licence) = (user.clone(), (product.clone(), None));
        let (was, will) = (exception(before, product), exception(after, product));
        if was != will {
            acts.push(Act::SetException {
                user: user.clone(),
                product: product.clone(),
                before: was,
                after: will,
            });
        }
        match (before.contains(&licence), after.contains(&licence)) {
            (false, true) => acts.push(Act::AssignLicence { user, product: product.clone() }),
            (true, false) => acts.push(Act::ReleaseLicence { user, product: product.clone() }),
            (true, true) | (false, false) => {}
        }
    }
    acts
}
