//! An alert that can only come too late.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;

pub(super) const RULE: Rule = Rule {
    id: "alert-above-owned",
    severity: Severity::Warning,
    title: "an alert whose threshold is above what is owned",
    why: "Every use above the owned quantity is charged, so an alert that waits for more tells of money that \
        is spent already.",
    fix: "Set `above` to the owned quantity or less.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let picture = audited.picture;
    let late = picture.organization.alerts.iter().filter_map(|((product, country), alert)| {
        let owned = audited.owned_in(product, *country)?;
        let at = picture
            .policy
            .alerts
            .get(&(product.clone(), *country))
            .map(|declared| picture.policy.sources.cite(declared.place));
        let message = format!(
            "the alert for {product} in {country} waits for more than {} users, and {owned} are owned",
            alert.above
        );
        (alert.above > owned).then(|| Found::new(Item::Alert(product.clone(), *country), message).at(at))
    });
    late.collect()
}
