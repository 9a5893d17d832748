//! Judges what cannot be true together of one person. What holds without dates is judged once; what has dates
//! is judged for today and for every later day on which one of them begins or has ended.

use super::UserResolver;
use crate::model::{Date, Email, GroupName, MergeSide, RoleId};
use crate::policy::conflict::first_wrong_day;
use crate::policy::problem::{Problem, ProblemCode};
use crate::policy::{DaySpan, DeclaredUser, Grant, PolicyPlace, Presence};

impl UserResolver<'_> {
    /// Reports products that are both allowed and denied.
    pub(super) fn judge_exceptions(&mut self, email: &Email, user: &DeclaredUser) {
        let (Some(products), Some(deny)) = (&user.products, &user.deny) else { return };
        for (product, side) in products.merge(deny) {
            let MergeSide::Both(allowed, denied) = side else { continue };
            let day = if allowed.is_dated() || denied.is_dated() {
                let both = |day| allowed.holds_on(day) && denied.holds_on(day);
                let Some(day) = first_wrong_day(self.days_ahead(user), [allowed, denied], both) else {
                    continue;
                };
                Some(day)
            } else {
                None
            };
            let message =
                format!("{email} has `{product}` both in `products` and in `deny`{}", day_words(day));
            self.report(email, (ProblemCode::AllowedAndDenied, denied.place), day, |problem| {
                problem.says(message).with_other_place(allowed.place, "in `products`")
            });
        }
    }

    /// Reports roles that need `download` without it.
    pub(super) fn judge_download(&mut self, email: &Email, user: &DeclaredUser) {
        let Some(roles) = &user.roles else { return };
        let download = roles.get(RoleId::DOWNLOAD);
        if download.is_some_and(|download| !download.is_dated()) {
            return;
        }
        for (role, grant) in roles.iter().filter(|(role, _)| role.needs_download()) {
            let message =
                |day| format!("the role `{role}` needs `download`, which {email} does not have on {day}");
            let place = (ProblemCode::NeedsDownload, grant.place);
            if download.is_none() && !grant.is_dated() {
                if user.presence == Presence::Present {
                    let message = message(self.as_of);
                    self.report(email, place, None, |problem| {
                        problem.says(message).help("add `download` to the roles")
                    });
                }
                continue;
            }
            let alone = |day| grant.holds_on(day) && !download.is_some_and(|download| download.holds_on(day));
            let dated = [Some(grant), download].into_iter().flatten();
            let Some(day) = first_wrong_day(self.days_ahead(user), dated, alone) else { continue };
            self.report(email, place, Some(day), |problem| {
                let problem = problem.says(message(day));
                match download {
                    Some(download) => problem
                        .with_other_place(download.place, "`download` is granted here")
                        .help("let `download` hold on all days of the role"),
                    None => problem.help("add `download` to the roles"),
                }
            });
        }
    }

    /// Reports a person in several allocation groups at once.
    pub(super) fn judge_allocation(&mut self, email: &Email, user: &DeclaredUser) {
        let is_allocation = |group: &GroupName| {
            let known = self.declarations.groups.get(group);
            known.is_some_and(|known| self.groups.is_allocation_group(known.number))
        };
        let allocations: Vec<(&GroupName, &Grant)> =
            user.groups.iter().filter(|(group, _)| is_allocation(group)).collect();
        let held = |day| allocations.iter().filter(move |(_, grant)| grant.holds_on(day));
        let lasting: Vec<_> = allocations.iter().filter(|(_, grant)| !grant.is_dated()).collect();
        let (day, (one, other)) = if let [one, other, ..] = lasting[..] {
            if user.presence != Presence::Present {
                return;
            }
            (None, (one, other))
        } else {
            let days = self.days_ahead(user);
            let grants = allocations.iter().map(|(_, grant)| *grant);
            let wrong = first_wrong_day(days, grants, |day| held(day).nth(1).is_some());
            let Some(day) = wrong else { return };
            let mut both = held(day);
            let (Some(one), Some(other)) = (both.next(), both.next()) else { return };
            (Some(day), (one, other))
        };
        let (first, second) = if other.1.place < one.1.place { (other, one) } else { (one, other) };
        let (first, second) = (*first, *second);
        let message =
            format!("{email} is in the allocation groups `{}` and `{}`{}", first.0, second.0, day_words(day));
        self.report(email, (ProblemCode::SeveralAllocationGroups, second.1.place), day, |problem| {
            let problem = problem
                .says(message)
                .help("a user is in at most one; a group's members count for the groups that include it");
            if first.1.place == second.1.place {
                problem
            } else {
                problem.with_other_place(first.1.place, "the other one")
            }
        });
    }

    /// Returns the days from the day of the plan to the person's last one.
    fn days_ahead(&self, user: &DeclaredUser) -> DaySpan {
        DaySpan { first: self.as_of, last: user.until.unwrap_or(Date::MAX) }
    }

    /// Adds a problem of the user: one that holds on all days or, where dates make it, from `day` on.
    fn report(
        &mut self,
        email: &Email,
        (code, place): (ProblemCode, PolicyPlace),
        day: Option<Date>,
        complete: impl FnOnce(Problem) -> Problem,
    ) {
        match day {
            None => self.found.add(code, place, complete),
            Some(day) => {
                if day == self.as_of {
                    self.found.conflicts.users.insert(email.clone());
                }
                self.found.add_dated(code, place, day, complete);
            }
        }
    }
}

fn day_words(day: Option<Date>) -> String {
    day.map(|day| format!(" on {day}")).unwrap_or_default()
}
