//! Turns advice into edits of the policy's files.

use std::collections::BTreeMap;

use crate::cli::error::CliError;
use crate::cli::question::OrganizationSides;
use crate::cli::workspace::Workspace;
use crate::git::Repository;
use crate::load;
use crate::model::access::decide_access;
use crate::model::{CountryCode, Date, Email, Interner, ProductId};
use crate::policy::Policy;
use crate::policy::amend::{Amendment, amend_document};
use crate::render::patch::file_patch;
use crate::usage::{Advice, PoolPlace, Remedy, RemedyOutcome};

/// The policy's files as they are, from which edits are made.
pub(super) struct PolicyEdits<'a> {
    sides: &'a OrganizationSides,
    /// Texts by path below the policy's folder.
    files: BTreeMap<String, String>,
    /// Path of the policy's folder below the top of the repository: empty, or ending with `/`.
    prefix: String,
    today: Date,
}

impl<'a> PolicyEdits<'a> {
    /// Reads the policy's files.
    pub(super) fn new(
        workspace: &Workspace,
        sides: &'a OrganizationSides,
        today: Date,
    ) -> Result<Self, CliError> {
        let root = workspace.root().as_std_path();
        let paths = sides.policy.sources.files.iter().map(|source| source.path.to_string());
        // A file that no longer exists, or is no text, cannot be edited.
        let files = paths
            .filter_map(|path| Some((path.clone(), std::fs::read_to_string(root.join(&path)).ok()?)))
            .collect();
        let prefix =
            Repository::find(root)?.map_or_else(|| Ok(String::new()), |repository| repository.prefix())?;
        Ok(Self { sides, files, prefix, today })
    }

    /// Returns the patch that does all of `chosen`; empty where nothing is chosen, or where one part cannot
    /// be done.
    pub(super) fn patch(&self, chosen: &[(&Advice, &RemedyOutcome)]) -> String {
        let amendments = chosen.iter().flat_map(|(advice, choice)| self.amendments(advice, choice));
        let Some(amended) = self.amend_files(amendments) else { return String::new() };
        amended
            .iter()
            .map(|(path, text)| file_patch(&format!("{}{path}", self.prefix), &self.files[path], text))
            .collect()
    }

    /// Returns the files that change; `None` where one part cannot be done, or where the policy would have
    /// problems afterwards.
    fn amend_files(
        &self,
        amendments: impl Iterator<Item = Vec<Amendment>>,
    ) -> Option<BTreeMap<String, String>> {
        let mut files = self.files.clone();
        for together in amendments {
            let done = together.iter().filter(|amendment| self.apply(amendment, &mut files)).count();
            if done == 0 {
                return None;
            }
        }
        let texts: Vec<(&str, &[u8])> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        let loaded = load::load_texts(&texts, self.today, &Interner::default());
        loaded.policy.filter(|_| loaded.problems.is_empty())?;
        files.retain(|path, text| self.files[path] != *text);
        Some(files)
    }

    /// Applies the amendment to the first file that can take it. Returns whether there was one.
    fn apply(&self, amendment: &Amendment, files: &mut BTreeMap<String, String>) -> bool {
        for path in self.places(amendment) {
            let Some(text) = files.get_mut(&path) else { continue };
            if let Some(amended) = amend_document(text, amendment) {
                *text = amended;
                return true;
            }
        }
        false
    }

    /// Returns the paths of the files in which the amendment may be written, the best first.
    fn places(&self, amendment: &Amendment) -> Vec<String> {
        let policy = &self.sides.policy;
        let path = |file: u16| policy.sources.files[usize::from(file)].path.to_string();
        match amendment {
            Amendment::Revoke(user, _) | Amendment::Deny(user, _) => {
                policy.users.get(user).map(|user| path(user.place.file)).into_iter().collect()
            }
            Amendment::Restrict(product, country) => {
                let of_product = policy.restrictions.iter().filter(|((restricted, area), _)| {
                    policy.own_name_of_product(restricted) == product
                        && *area == crate::model::Area::Country(*country)
                });
                let others = policy.restrictions.values().map(|declared| declared.place.file);
                let groups = policy.groups.values().map(|group| group.place.file);
                let users = policy.users.iter().map(|(_, user)| user.place.file);
                let all = of_product
                    .map(|(_, declared)| declared.place.file)
                    .chain(others)
                    .chain(groups)
                    .chain(users);
                all.map(path).take(3).collect()
            }
        }
    }

    /// Returns the amendments of a choice: a list for each person, or one list. Of each list at least one
    /// amendment must be possible.
    fn amendments(&self, advice: &Advice, choice: &RemedyOutcome) -> Vec<Vec<Amendment>> {
        let product = &advice.pool.product;
        // The files are edited, and they may have another name for the product than the organization.
        let written = self.sides.policy.own_name_of_product(product);
        match (&choice.act, &advice.pool.place) {
            (Remedy::Release, _) => {
                choice.people.keys().map(|email| self.release_amendments(email, product, written)).collect()
            }
            (Remedy::Restrict, PoolPlace::Country(country)) => {
                vec![vec![restriction_amendment(written, *country)]]
            }
            (Remedy::Leave | Remedy::Buy(_) | Remedy::Restrict, _) => vec![Vec::new()],
        }
    }

    /// Returns the amendments that revoke a grant by name, and deny the product where the person could still
    /// start it; `written` is its name in the files.
    fn release_amendments(&self, email: &Email, product: &ProductId, written: &ProductId) -> Vec<Amendment> {
        let is_granted = is_granted(&self.sides.policy, email, product);
        let mut amendments = Vec::new();
        if is_granted {
            amendments.push(Amendment::Revoke(email.clone(), written.clone()));
        }
        if !is_granted || self.is_let_in(email, product) {
            amendments.push(Amendment::Deny(email.clone(), written.clone()));
        }
        amendments
    }

    /// Returns whether the person could still start the product without an exception.
    fn is_let_in(&self, email: &Email, product: &ProductId) -> bool {
        let scoped = &self.sides.scoped;
        let Some(user) = scoped.live.0.users.get(email) else { return true };
        let mut user = crate::model::User::clone(user);
        user.exceptions.take(product);
        decide_access(&scoped.live.0, &scoped.facts, &user, product).allowed
    }
}

fn is_granted(policy: &Policy, email: &Email, product: &ProductId) -> bool {
    policy
        .users
        .get(email)
        .and_then(|user| user.products.as_ref())
        .is_some_and(|products| products.has(product))
}

fn restriction_amendment(product: &ProductId, country: CountryCode) -> Amendment {
    Amendment::Restrict(product.clone(), country)
}
