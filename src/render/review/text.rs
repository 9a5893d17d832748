//! The head of the evidence, for the terminal: how much there is to look at, and what first.

use std::fmt::Write;

use super::super::clean::clean;
use super::super::words;
use super::Evidence;
use crate::audit::review::{Held, Person, Standing};
use crate::model::UserState;

/// Where there are more, naming some would help nobody.
const NAMED: usize = 12;

/// Who is in the review, and whom to look at first.
pub fn text(evidence: &Evidence<'_>) -> String {
    let review = evidence.review;
    let commit = evidence.commit.map(|commit| format!(", policy at {commit}")).unwrap_or_default();
    let mut out = format!("Access review of {}, {}, as of {}{commit}\n\n", clean(evidence.organization), evidence.side, review.moment.as_of);
    let mut line = |what: &str, people: Vec<&Person<'_>>| {
        let named: Vec<_> = people.iter().filter(|_| people.len() <= NAMED).map(|person| clean(person.email.as_str())).collect();
        let line = format!("  {what:<28}{:>7}  {}", words::number(people.len()), named.join(", "));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", line.trim_end());
    };
    let those = |is: &dyn Fn(&Person<'_>) -> bool| review.people.iter().filter(|person| is(person)).collect::<Vec<_>>();
    line("declared", those(&|person| person.standing == Standing::Declared));
    line("declared to leave", those(&|person| person.standing == Standing::Leaving));
    line("ignored", those(&|person| person.standing == Standing::Ignored));
    line("not in the policy", those(&|person| person.standing == Standing::Undeclared));
    line("with a role", those(&|person| person.holdings.iter().any(|holding| matches!(holding.held, Held::Role(_)))));
    line("locked", those(&|person| person.user.state == UserState::Locked));
    line("never reviewed", those(&|person| person.reviewed.is_none()));
    let strangers: Vec<_> = review.strangers.iter().map(|email| clean(email.as_str())).collect();
    if !strangers.is_empty() {
        let _ = writeln!(out, "  {:<28}{:>7}  {}", "contacts who are nobody here", words::number(strangers.len()), strangers.join(", "));
    }
    let _ =
        writeln!(out, "\n{}. The evidence itself: `--out review.html`, `.csv` or `.json`.", words::count(review.people.len(), "person", "people"));
    out
}
