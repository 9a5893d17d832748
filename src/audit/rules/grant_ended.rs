//! Lines that have had their time.

use super::{Audited, Find, Found, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "grant-ended",
    severity: Severity::Note,
    title: "a line of the policy that has ended",
    why: "It does nothing any more, and whoever reads the file has to find that out.",
    fix: "Remove the line once the plan that takes the grant away has been applied; the history keeps it.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    audited.dated_grants(|until| until < audited.moment.as_of, |what, until| format!("{what} ended {until}"))
}
