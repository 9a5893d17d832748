//! Finds licences checked out on machines of people who are leaving or locked.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{Section, UserState};

pub(super) const RULE: AuditRule = AuditRule {
    id: "checkout-of-leaver",
    severity: Severity::Error,
    title: "a checkout of somebody who was locked, or is to leave",
    why: "A checkout is continuous use until it is checked in or expires, at most a year later, and is \
        charged as such.",
    fix: "Have the licence checked in on the machine, or let the removal end the checkout: apply the policy.",
    reads: &[Section::Users, Section::Checkouts],
    find: RuleSearch::Organization(find_checkouts_of_leavers),
};

fn find_checkouts_of_leavers(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for (email, user) in audited.users().filter(|(_, user)| !user.checkouts.is_empty()) {
        let why = if user.state == UserState::Locked {
            "is locked"
        } else if audited.is_to_leave(email) {
            "is to leave"
        } else {
            continue;
        };
        for checkout in user.checkouts.keys() {
            let expires = checkout.expires.strftime("%Y-%m-%d");
            let message = format!(
                "{email} {why} and has {} checked out on {} until {expires}",
                checkout.product, checkout.machine
            );
            found.push(
                RuleHit::of_assignment(email, &checkout.product, message)
                    .with_citation(audited.user_line(email)),
            );
        }
    }
    found
}
