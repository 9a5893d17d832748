//! Resolves documents into one policy: looks up names, adds defaults, expands bundles, flattens includes.

mod access;
mod declarations;
mod directory;
mod former_names;
mod groups;
mod ignored;
mod rule_work;
mod users;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use declarations::Declarations;
pub use declarations::ObscuredFiles;

use super::document::PolicyDocument;
use super::problem::{Problem, ProblemCode};
use super::settings::Settings;
use super::suggest::nearest_name;
use super::{DatedConflicts, DatedProblem, Policy, PolicyFiles, PolicyPlace};
use crate::model::{Date, Product, ProductId, Text};

/// The files that a policy is made of.
#[derive(Debug)]
pub struct PolicyOrigin {
    /// File names and line offsets, for citing places.
    pub sources: PolicyFiles,
    /// Hex digest over all files.
    pub digest: Text,
    /// Files that may declare more than could be read.
    pub obscured: ObscuredFiles,
}

/// Runs work one piece after the other, or in parallel on several threads, as the caller chooses.
pub trait Workers: Sync {
    /// Runs `work` for every item. Results are in the order of the items.
    fn map_each<T: Send, R: Send>(&self, items: &mut [T], work: impl Fn(&mut T) -> R + Sync) -> Vec<R>;

    /// Runs both and returns both results.
    fn run_both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B);
}

/// Makes one policy of all documents, which are in path order. The policy is valid only where there is no
/// problem; it is `None` without `settings`.
///
/// The first list of problems has the products that are used but are not in the policy's catalogue, if the
/// policy has one: whether they are problems depends on the organization. The second list has everything that
/// is wrong in any case.
pub fn resolve_policy(
    documents: Vec<PolicyDocument>,
    settings: Option<Settings>,
    origin: PolicyOrigin,
    as_of: Date,
    workers: &impl Workers,
) -> (Option<Policy>, Vec<Problem>, Vec<Problem>) {
    let PolicyOrigin { sources, digest, obscured } = origin;
    let mut found = FoundProblems::default();
    let mut documents = documents;
    let declarations = Declarations::gather(&mut documents, &obscured, workers, &mut found);
    if let Some(settings) = &settings {
        ignored::report_ignored_declarations(&mut documents, settings, workers, &mut found);
    }
    let groups = groups::resolve_groups(&mut documents, &declarations, workers, &mut found);
    let users = users::resolve_users(&mut documents, &declarations, &groups, as_of, workers, &mut found);
    former_names::judge_former_names(&users, &groups.declared, &mut found);
    let rules = settings.as_ref().map(|settings| settings.audit.rules.as_slice());
    rule_work::judge_rule_work(rules.unwrap_or_default(), &users, &groups.declared, &mut found);
    let people = access::GrantedPeople { users: &users, groups: &groups, as_of };
    let access = access::resolve_access(&mut documents, &declarations, people, settings.as_ref(), &mut found);
    let spelled_out = documents.iter().flat_map(|document| document.spelled_out.iter().copied()).collect();
    let Declarations { catalogue, catalogue_entries, roles, .. } = declarations;
    let conflicts = found.take_conflicts();
    let unknown: Vec<_> = found.unknown_products.into_iter().collect();
    let unknown_products = if catalogue.is_empty() {
        Vec::new()
    } else {
        unknown_product_problems(&unknown, &catalogue, |_| false)
    };
    let policy = settings.map(|settings| Policy {
        settings,
        sources,
        digest,
        users,
        groups: groups.declared,
        catalogue,
        catalogue_entries,
        joined_products: Vec::new(),
        roles,
        defaults: access.defaults,
        restrictions: access.restrictions,
        alerts: access.alerts,
        contacts: access.contacts,
        spelled_out,
        unknown_products: unknown,
        conflicts,
        passed_over: Vec::new(),
    });
    (policy, unknown_products, found.problems)
}

/// Returns a problem for each of the `unknown` products, which are not in the `catalogue`, that `is_known`
/// does not know either.
pub fn unknown_product_problems(
    unknown: &[(ProductId, PolicyPlace)],
    catalogue: &BTreeMap<ProductId, Product>,
    is_known: impl Fn(&ProductId) -> bool,
) -> Vec<Problem> {
    let unknown = unknown.iter().filter(|(id, _)| !is_known(id)).enumerate();
    let problems = unknown.map(|(at, (id, place))| {
        let near = if at * catalogue.len() < MOST_LOOKS {
            nearest_name(id.as_str(), catalogue.keys().map(ProductId::as_str))
        } else {
            None
        };
        let problem = Problem::new(ProblemCode::UnknownProduct, *place, format!("unknown product `{id}`"));
        match near {
            Some(_) => problem.did_you_mean(near),
            None => problem.help("declare it under `products`"),
        }
    });
    problems.collect()
}

/// The most names that are compared for suggestions, over all documents together. A text that needs more has
/// other problems.
const MOST_LOOKS: usize = 10_000_000;

/// Problems found so far, each kind once for each place: one line of `defaults` or of a bundle can be wrong
/// for thousands of users.
#[derive(Debug, Default)]
pub struct FoundProblems {
    problems: Vec<Problem>,
    known: FxHashSet<(ProblemCode, PolicyPlace)>,
    /// The number of names compared for suggestions.
    looks: usize,
    unknown_products: BTreeMap<ProductId, PolicyPlace>,
    /// What is in conflict on the day of the plan. The problems are in `dated` until all are known.
    conflicts: DatedConflicts,
    /// Problems that begin on a day, each kind once for each place: that of the earliest day.
    dated: BTreeMap<(PolicyPlace, ProblemCode), DatedProblem>,
}

impl FoundProblems {
    fn merge(&mut self, more: Self) {
        for problem in more.problems {
            self.add(problem.code, problem.place, |_| problem);
        }
        self.looks += more.looks;
        self.conflicts.users.extend(more.conflicts.users);
        more.dated.into_values().for_each(|dated| self.keep_earliest(dated));
        for (product, place) in more.unknown_products {
            let first = self.unknown_products.entry(product).or_insert(place);
            *first = place.min(*first);
        }
    }

    /// Adds a problem, completed by `complete`, unless this code is known at this place.
    fn add(&mut self, code: ProblemCode, place: PolicyPlace, complete: impl FnOnce(Problem) -> Problem) {
        if self.known.insert((code, place)) {
            self.problems.push(complete(Problem::new(code, place, "")));
        }
    }

    /// Adds a problem that begins on `day`, completed by `complete`.
    fn add_dated(
        &mut self,
        code: ProblemCode,
        place: PolicyPlace,
        day: Date,
        complete: impl FnOnce(Problem) -> Problem,
    ) {
        if self.dated.get(&(place, code)).is_none_or(|known| day < known.day) {
            self.keep_earliest(DatedProblem { day, problem: complete(Problem::new(code, place, "")) });
        }
    }

    fn keep_earliest(&mut self, dated: DatedProblem) {
        let key = (dated.problem.place, dated.problem.code);
        if self.dated.get(&key).is_none_or(|known| dated.day < known.day) {
            self.dated.insert(key, dated);
        }
    }

    /// Returns the conflicts of dates, but for those at a place that has the same problem without dates.
    fn take_conflicts(&mut self) -> DatedConflicts {
        let known = &self.known;
        let dated = std::mem::take(&mut self.dated).into_iter();
        let dated = dated.filter(|((place, code), _)| !known.contains(&(*code, *place)));
        let mut problems: Vec<_> = dated.map(|(_, dated)| dated).collect();
        problems.sort_by_key(|dated| dated.day);
        DatedConflicts { problems, ..std::mem::take(&mut self.conflicts) }
    }

    /// Counts the candidates of a suggestion, and returns them.
    fn count_candidates<'a, I: Iterator<Item = &'a str>>(&mut self, candidates: I) -> I {
        self.looks += candidates.size_hint().0 + 1;
        candidates
    }

    fn report_declared_twice(&mut self, kind: &str, name: &str, place: PolicyPlace, first: PolicyPlace) {
        self.report_repeated(ProblemCode::DeclaredTwice, place, first, || {
            format!("the {kind} `{name}` is declared twice")
        });
    }

    fn report_repeated(
        &mut self,
        code: ProblemCode,
        place: PolicyPlace,
        first: PolicyPlace,
        message: impl FnOnce() -> String,
    ) {
        self.add(code, place, |problem| problem.says(message()).with_other_place(first, "first here"));
    }
}
