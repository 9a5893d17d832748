//! Finds use through old activation keys, which no restriction binds.

use std::collections::BTreeMap;

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{Date, ProductId};
use crate::usage::LastUses;

pub(super) const RULE: AuditRule = AuditRule {
    id: "old-activation-key",
    severity: Severity::Warning,
    title: "use of a product through an old activation key",
    why: "Access restrictions bind whoever signs in; an old key passes them by, and what is used with it is \
        charged all the same.",
    fix: "Upgrade the installations that still take a key, or have the key withdrawn.",
    reads: &[],
    find: RuleSearch::Usage(find_old_activation_keys),
};

fn find_old_activation_keys(audited: &AuditInput<'_>, uses: &LastUses) -> Vec<RuleHit> {
    let from = audited.unused_cutoff();
    let people = uses.users.iter().map(|(user, products)| (user.as_str(), products));
    let machines = uses.machines.iter().map(|(machine, products)| (&**machine, products));
    let mut by_product: BTreeMap<&ProductId, (Date, Vec<&str>)> = BTreeMap::new();
    for (who, products) in people.chain(machines) {
        for (product, last) in products
            .iter()
            .filter_map(|(product, days)| Some((product, days.by_key.filter(|last| *last >= from)?)))
        {
            let (latest, known) = by_product.entry(product).or_insert((last, Vec::new()));
            *latest = (*latest).max(last);
            known.push(who);
        }
    }
    let found = by_product.into_iter().map(|(product, (last, who))| {
        let named = super::abbreviated_list(&who);
        RuleHit::of_product(
            product,
            format!("{product} was started with an old activation key, last on {last}: {named}"),
        )
    });
    found.collect()
}
