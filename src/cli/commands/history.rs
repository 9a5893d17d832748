//! `seatwise history`.

use std::collections::BTreeSet;

use clap::Args;

use crate::audit::OrganizationView;
use crate::audit::holding_shifts::{HoldingShifts, holding_shifts, holding_shifts_of};
use crate::cli::days::DayWord;
use crate::cli::known_names::NamedOrganization;
use crate::cli::name_filters::{
    FurtherNames, PeopleFilterArgs, PoolFilterArgs, country_of_person, name_filter,
};
use crate::cli::option_words::{OptionWord, words_parser};
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::question::{
    commit_and_day_of, commit_by_day, day_of, fetch_todays_snapshot, needed_unread_sections, repository,
    scope_policy_alone,
};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::git::{BlobReader, ChangedFile, Commit, Repository};
use crate::load::{PolicyFileTree, PolicyHistoryCache, TouchedUsers, is_document};
use crate::model::{Date, Email, Live, Organization, ProductId, Snapshot};
use crate::policy::scope::ScopeOutcome;
use crate::policy::{Moment, Policy};
use crate::render::history::{
    AccessChangeCause, CommitOrder, HistoryEvent, HistorySelection, HistorySubject,
};
use crate::render::history_report::history_report;
use crate::render::product_names::ProductNames;
use crate::render::table_report::ReportOrigin;
use crate::usage::UserName;

/// Tell who came and went, and who gained and lost which products, roles and memberships, by which commit
///
/// From the policy's commits alone, with the contracts of today. Each commit is judged as on its day; what
/// dates in the policy brought or ended between two commits is told apart. A commit at which the policy had
/// problems is named and left out. Groups, roles and countries are those that people have live.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise history --from 2026-10-01
  seatwise history --from v1 --to HEAD --product openroads-designer
  seatwise history --from HEAD~1 --format json
  seatwise history --from 2026-10-01 --only roles     (who became an administrator?)
  seatwise history --from 2026-10-01 --out history.csv     (a row for each person)")]
pub(in crate::cli) struct HistoryArgs {
    /// What came after this commit, or from this day (UTC) on; by default from the first commit on
    #[arg(long, value_name = "REV|DAY", allow_hyphen_values = true)]
    from: Option<String>,
    /// Up to this commit or day (UTC)
    #[arg(long, value_name = "REV|DAY", allow_hyphen_values = true, default_value = "HEAD")]
    to: String,
    /// Only changes of this kind; may be given several times
    #[arg(long, value_name = "KIND", value_parser = words_parser(&SUBJECTS), value_delimiter = ',')]
    only: Vec<HistorySubject>,
    #[command(flatten)]
    pools: PoolFilterArgs,
    #[command(flatten)]
    people: PeopleFilterArgs,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// What may be told alone.
const SUBJECTS: [OptionWord<HistorySubject>; 4] = [
    ("people", "who joins and leaves", HistorySubject::People),
    ("roles", "who gains and loses which roles", HistorySubject::Roles),
    ("memberships", "who joins and leaves which groups", HistorySubject::Memberships),
    ("access", "who gains and loses the use of which products", HistorySubject::Access),
];

/// Reports who gained and lost what, by commit or date.
pub(super) fn run_history(args: &HistoryArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let repository = repository(&workspace)?;
    let (to, last_day) = commit_and_day_of(&repository, &args.to, context)?;
    let from = args.from.as_deref().map(|from| beginning(&repository, from, context)).transpose()?;
    let beginning = from.as_ref().and_then(|(commit, _)| commit.as_ref());
    require_order(&repository, args, beginning.zip(to.as_ref()), context)?;
    let reader = CommitPolicyReader {
        repository: &repository,
        contents: repository.blob_reader()?,
        shelf: PolicyHistoryCache::new(&context.names),
        today: fetch_todays_snapshot(&workspace, context)?,
        context,
    };
    let shallow = repository.shallow_commits()?;
    let mut walker =
        HistoryWalker { reader, tree: PolicyFileTree::new(), state: None, shallow, events: Vec::new() };
    let _waiting = context.waiting("reading the policy's commits");
    if let Some((Some(commit), day)) = &from {
        walker.begin(commit, *day)?;
    }
    if let Some(to) = &to {
        for (commit, changes) in repository.log(beginning, to)? {
            walker.walk_commit(&commit, changes)?;
        }
    }
    walker.pass_days_until(last_day)?;
    let selection = select_changes(args, &walker)?;
    walker.events.retain(|event| selection.is_told(event));
    let origin = ReportOrigin {
        organization: workspace.settings(context)?.organization.to_string(),
        now: context.now,
        products: ProductNames::new(&walker.reader.today.facts.products),
        filters: selection.filter_words(),
    };
    let report = history_report(&walker.events, &selection, origin);
    args.output.write(context, |write| write(&report, context.width))?;
    let is_whole = needed_unread_sections(&walker.reader.today).is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::NotCompared })
}

/// Returns the commit and the day of the state before what is shown: the commit that `word` names, or the
/// last one before the day that it names.
fn beginning(
    repository: &Repository,
    word: &str,
    context: &Context,
) -> Result<(Option<Commit>, Date), CliError> {
    match word.parse::<DayWord>() {
        Ok(days) => {
            let first = days.first_day(context.today());
            commit_by_day(repository, first.yesterday().unwrap_or(Date::MIN))
        }
        Err(_) => commit_and_day_of(repository, word, context),
    }
}

/// Returns an error where the history would end before it begins, or does not lead from one to the other.
fn require_order(
    repository: &Repository,
    args: &HistoryArgs,
    commits: Option<(&Commit, &Commit)>,
    context: &Context,
) -> Result<(), CliError> {
    let Some(from) = &args.from else { return Ok(()) };
    let day = |word: &str| word.parse::<DayWord>().ok();
    let (first, last) = (day(from), day(&args.to));
    let is_backwards = match (first, last) {
        (Some(first), Some(last)) => first.first_day(context.today()) > last.last_day(context.today()),
        (Some(_), None) | (None, Some(_)) | (None, None) => false,
    };
    let relation = match commits {
        _ if is_backwards => "comes after",
        Some((earlier, later)) if repository.contains_commit(earlier, later)? => return Ok(()),
        // A day between two commits names the earlier one.
        Some((later, earlier)) if repository.contains_commit(earlier, later)? => "comes after",
        Some(_) => "does not lead to",
        None => return Ok(()),
    };
    Err(CliError::Usage(format!("`--from {from}` {relation} `--to {}`", args.to)))
}

/// Reads the policy at commits, one after the other.
struct CommitPolicyReader<'a> {
    repository: &'a Repository,
    contents: BlobReader,
    shelf: PolicyHistoryCache<'a>,
    today: Snapshot,
    context: &'a Context,
}

/// The state of the policy on one day: its files, and what they make of an empty organization.
struct PolicyState {
    tree: PolicyFileTree,
    day: Date,
    policy: Policy,
    scoped: ScopeOutcome,
}

impl CommitPolicyReader<'_> {
    fn tree(&self, commit: &Commit) -> Result<PolicyFileTree, CliError> {
        let mut tree = self.repository.tree(commit)?;
        tree.retain(|path, _| is_document(path));
        Ok(tree)
    }

    /// Returns the users that may differ between the last state and this one, with the sides of the policy
    /// for these users alone; `None` where something else may differ.
    fn read_touched_users(
        &mut self,
        tree: &PolicyFileTree,
        day: Date,
    ) -> Result<Option<(TouchedUsers, ScopeOutcome)>, CliError> {
        let contents = &mut self.contents;
        let touched = self.shelf.read_touched_users(tree, day, |content| contents.read(content))?;
        Ok(touched.map(|mut touched| {
            let scoped = self.scope(&mut touched.policy, day);
            (touched, scoped)
        }))
    }

    fn scope(&self, policy: &mut Policy, day: Date) -> ScopeOutcome {
        scope_policy_alone(policy, &self.today, Moment { as_of: day, now: self.context.now })
    }

    /// Returns the state, or inside `Ok` the number of the policy's problems.
    fn read(&mut self, tree: &PolicyFileTree, day: Date) -> Result<Result<PolicyState, usize>, CliError> {
        let contents = &mut self.contents;
        let policy = self.shelf.policy(tree, day, |content| contents.read(content))?;
        Ok(policy.map(|mut policy| {
            let scoped = self.scope(&mut policy, day);
            PolicyState { tree: tree.clone(), day, policy, scoped }
        }))
    }
}

/// Returns which changes the filters ask for. Known are the names of today, of the last state of the policy,
/// and of all that happened.
fn select_changes(args: &HistoryArgs, walker: &HistoryWalker<'_>) -> Result<HistorySelection, CliError> {
    let words = [args.pools.typed_words(), args.people.typed_words()].concat();
    let only = args.only.iter().map(|subject| format!("--only {}", subject.as_str()));
    let all_words = words.iter().cloned().chain(only).collect();
    let subjects = args.only.iter().copied().collect();
    let selection = HistorySelection { subjects, words: all_words, ..HistorySelection::default() };
    let Some(state) = walker.state.as_ref().filter(|_| !words.is_empty()) else {
        return Ok(selection);
    };
    let today = &walker.reader.today;
    let Live(live) = &today.live;
    let organization = NamedOrganization {
        live: OrganizationView { organization: live, facts: &today.facts, policy: &state.policy },
        desired: OrganizationView::from_desired(&state.scoped, &state.policy),
    };
    let shifts = || walker.events.iter().map(|event| &event.shifts);
    let products: BTreeSet<&ProductId> = shifts()
        .flat_map(|shifts| shifts.access.keys())
        .flat_map(|shift| shift.gained.iter().chain(&shift.lost))
        .collect();
    let people: BTreeSet<&Email> = shifts().flat_map(HoldingShifts::people).collect();
    let further = FurtherNames {
        products: products.into_iter().cloned().collect(),
        users: people.iter().map(|email| UserName::Email((*email).clone())).collect(),
    };
    let names = name_filter(&args.pools, &args.people, organization, further)?;
    let is_asked = |email: &Email| {
        names.has_user(&email.clone().into()) && names.has_country(country_of_person(organization, email))
    };
    let has_people = names.users.is_some() || !names.countries.is_empty();
    let users = people.into_iter().filter(|email| is_asked(email)).cloned();
    Ok(HistorySelection {
        users: has_people.then(|| users.collect()),
        products: (!names.products.is_empty()).then_some(names.products),
        ..selection
    })
}

fn commit_cause(commit: &Commit, order: CommitOrder) -> AccessChangeCause {
    AccessChangeCause::Commit {
        id: commit.id.clone(),
        author: commit.author.clone(),
        summary: commit.summary.clone(),
        order,
    }
}

/// Walks from state to state and records the events between them.
struct HistoryWalker<'a> {
    reader: CommitPolicyReader<'a>,
    /// The files at the last commit, even where the policy has problems there.
    tree: PolicyFileTree,
    state: Option<PolicyState>,
    /// The commits with which a shallow clone begins.
    shallow: BTreeSet<String>,
    events: Vec<HistoryEvent>,
}

impl HistoryWalker<'_> {
    /// Sets the state in which the history begins; earlier changes are not reported. Where the policy has
    /// problems at the commit, its nearest ancestor without problems counts.
    fn begin(&mut self, commit: &Commit, day: Date) -> Result<(), CliError> {
        self.tree = self.reader.tree(commit)?;
        let (mut commit, mut tree) = (commit.clone(), self.tree.clone());
        loop {
            self.state = self.reader.read(&tree, day)?.ok();
            match self.reader.repository.commit(&format!("{}~1", commit.id)) {
                Ok(parent) if self.state.is_none() => commit = parent,
                _ => return Ok(()),
            }
            tree = self.reader.tree(&commit)?;
        }
    }

    fn walk_commit(&mut self, commit: &Commit, changes: Vec<ChangedFile>) -> Result<(), CliError> {
        // Days do not go back, even where the clock of a committer did: grants that have ended stay ended.
        let day = self.state.as_ref().map_or_else(|| day_of(commit), |state| state.day.max(day_of(commit)));
        self.pass_days_until(day)?;
        for ChangedFile { path, content } in changes.into_iter().filter(|changed| is_document(&changed.path))
        {
            match content {
                Some(content) => drop(self.tree.insert(path, content)),
                None => drop(self.tree.remove(&path)),
            }
        }
        let id = commit.id.clone();
        if self.advance_touched_users(day, commit)? {
            return Ok(());
        }
        match self.reader.read(&self.tree, day)? {
            Err(problems) => self.events.push(HistoryEvent {
                day,
                through: AccessChangeCause::Problems { id, problems },
                shifts: HoldingShifts::default(),
            }),
            // What a commit changed that has no known state before it cannot be told.
            Ok(state) if self.state.is_none() && self.shallow.contains(&commit.id) => {
                let through = AccessChangeCause::ShallowBeginning { id };
                self.events.push(HistoryEvent { day, through, shifts: HoldingShifts::default() });
                self.state = Some(state);
            }
            Ok(state) => {
                let is_first = self.state.is_none();
                let order = if is_first { CommitOrder::First } else { CommitOrder::Later };
                self.advance_to_state(state, commit_cause(commit, order));
            }
        }
        Ok(())
    }

    /// Advances to `day`, stopping at each day on which something begins or has ended.
    fn pass_days_until(&mut self, day: Date) -> Result<(), CliError> {
        let Some(state) = &self.state else { return Ok(()) };
        let after = state.day.tomorrow().unwrap_or(Date::MAX);
        let turning: Vec<Date> = if after > day {
            Vec::new()
        } else {
            state.policy.turning_days().range(after..=day).copied().collect()
        };
        for turn in turning {
            let Some(state) = &self.state else { return Ok(()) };
            // A policy without problems on one day may have some on another, such as two grants that clash.
            // The state then stays as it was.
            if let Ok(later) = self.reader.read(&state.tree, turn)? {
                self.advance_to_state(later, AccessChangeCause::Dates);
            }
        }
        Ok(())
    }

    /// Advances to the next state by updating only the users that may differ; everybody else stays as they
    /// are. Returns `false` where it is not known who these users are.
    fn advance_touched_users(&mut self, day: Date, commit: &Commit) -> Result<bool, CliError> {
        let Some(state) = self.state.as_mut() else { return Ok(false) };
        let Some((TouchedUsers { people, mut policy }, mut scoped)) =
            self.reader.read_touched_users(&self.tree, day)?
        else {
            return Ok(false);
        };
        let before = OrganizationView::from_desired(&state.scoped, &state.policy);
        let shifts = holding_shifts_of(&people, before, OrganizationView::from_desired(&scoped, &policy));
        for email in &people {
            match scoped.desired.0.users.remove(email) {
                Some(user) => drop(state.scoped.desired.0.users.insert(email.clone(), user)),
                None => drop(state.scoped.desired.0.users.remove(email)),
            }
            match policy.users.take(email) {
                Some(user) => drop(state.policy.users.insert(email.clone(), user)),
                None => drop(state.policy.users.take(email)),
            }
        }
        state.policy.sources = policy.sources;
        (state.tree, state.day) = (self.tree.clone(), day);
        self.record_event(day, commit_cause(commit, CommitOrder::Later), shifts);
        Ok(true)
    }

    fn advance_to_state(&mut self, next: PolicyState, through: AccessChangeCause) {
        let nobody = Organization::default();
        let before = match &self.state {
            Some(state) => OrganizationView::from_desired(&state.scoped, &state.policy),
            None => {
                OrganizationView { organization: &nobody, facts: &next.scoped.facts, policy: &next.policy }
            }
        };
        let shifts = holding_shifts(before, OrganizationView::from_desired(&next.scoped, &next.policy));
        self.record_event(next.day, through, shifts);
        self.state = Some(next);
    }

    fn record_event(&mut self, day: Date, through: AccessChangeCause, shifts: HoldingShifts) {
        if !shifts.is_empty() || matches!(through, AccessChangeCause::Commit { .. }) {
            self.events.push(HistoryEvent { day, through, shifts });
        }
    }
}
