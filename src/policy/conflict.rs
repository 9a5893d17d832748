//! What the dates of a policy make impossible: each alone is right, and on some day two contradict each
//! other.

use std::collections::BTreeSet;

use super::problem::Problem;
use super::{DaySpan, Grant, GrantSource};
use crate::model::{Date, Email, ProductId};

/// The contradictions of dated grants from the day of the plan on.
#[derive(Debug, Clone, Default)]
pub struct DatedConflicts {
    /// In the order of their days.
    pub problems: Vec<DatedProblem>,
    /// Users whose grants contradict each other on the day of the plan.
    pub users: BTreeSet<Email>,
    /// Products that are allowed to nobody, and that somebody is granted on the day of the plan.
    pub products: BTreeSet<ProductId>,
}

/// A problem that begins on a day.
#[derive(Debug, Clone)]
pub struct DatedProblem {
    /// The first day from the day of the plan on that has the problem.
    pub day: Date,
    pub problem: Problem,
}

/// Returns the first of `days` that is `wrong`, where only the beginnings and ends of `grants` can make a day
/// differ from the one before it.
pub(super) fn first_wrong_day<'g>(
    days: DaySpan,
    grants: impl IntoIterator<Item = &'g Grant>,
    wrong: impl Fn(Date) -> bool,
) -> Option<Date> {
    let mut turning = vec![days.first];
    for grant in grants.into_iter().filter(|grant| grant.is_dated()) {
        for GrantSource { days, .. } in grant.sources() {
            turning.push(days.first);
            turning.extend(days.last.tomorrow());
        }
    }
    turning.retain(|day| days.has(*day));
    turning.sort_unstable();
    turning.into_iter().find(|day| wrong(*day))
}
