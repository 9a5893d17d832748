//! Reports what a document declares and an entry of `ignore` would hide.

use super::super::document::{PolicyDocument, UserEntry};
use super::super::problem::ProblemCode;
use super::super::settings::{IgnoreTarget, Settings};
use super::super::{DeclaredGroup, PolicyPlace};
use super::{FoundProblems, Workers};
use crate::model::Email;

/// Reports users and groups that `ignore` leaves alone although they are declared, also by their former name:
/// whatever the policy says of them would never come to be, and nobody would be told.
pub(super) fn report_ignored_declarations(
    documents: &mut [PolicyDocument],
    settings: &Settings,
    workers: &impl Workers,
    found: &mut FoundProblems,
) {
    if settings.ignore.is_empty() {
        return;
    }
    let more = workers.map_each(documents, |document| {
        let mut search = IgnoredSearch { settings, found: FoundProblems::default() };
        document.users.iter().for_each(|(email, entry)| search.judge_user(email, entry));
        document.groups.iter().for_each(|(name, entry)| search.judge_group(name.as_str(), &entry.group));
        search.found
    });
    more.into_iter().for_each(|more| found.merge(more));
}

struct IgnoredSearch<'s> {
    settings: &'s Settings,
    found: FoundProblems,
}

impl IgnoredSearch<'_> {
    fn judge_user(&mut self, email: &Email, entry: &UserEntry) {
        let names = [Some(email), entry.user.formerly.as_ref()];
        for name in names.into_iter().flatten() {
            self.judge_name(IgnoreTarget::Users, name.as_str(), entry.user.place);
        }
    }

    fn judge_group(&mut self, name: &str, group: &DeclaredGroup) {
        let formerly = group.formerly.as_ref().map(|name| name.as_str());
        for name in std::iter::once(name).chain(formerly) {
            self.judge_name(IgnoreTarget::Groups, name, group.place);
        }
    }

    fn judge_name(&mut self, what: IgnoreTarget, name: &str, place: PolicyPlace) {
        let mut entries = self.settings.ignore.iter();
        let hides = entries.find(|entry| entry.what == what && entry.pattern.glob.is_match(name));
        if let Some(entry) = hides {
            self.found.add(ProblemCode::DeclaredAndIgnored, place, |problem| {
                let message = format!("`{name}` is declared here, and an `ignore` entry leaves it alone");
                let problem = problem.says(message).with_other_place(entry.pattern.place, "ignored here");
                problem.help("take the declaration away, or narrow the entry")
            });
        }
    }
}
