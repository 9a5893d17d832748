//! The question of `who`, `what` and `why`: which side it is about, and how the answer is shown.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use jiff::tz::TimeZone;

use super::days::{DayWord, DayWordError};
use super::output::{OutputArgs, TableFormats};
use super::planning;
use super::workspace::Workspace;
use super::{CliError, Context, Exit};
use crate::audit::OrganizationView;
use crate::audit::explanation::ChainLine;
use crate::connector::http::ConnectionPurpose;
use crate::git::{Commit, GitError, Repository};
use crate::load;
use crate::model::{Date, Email, Live, Organization, Section, Snapshot, UnreadReason, User, UserState};
use crate::policy::scope::{ScopeOutcome, scope_policy};
use crate::policy::{Citation, ManageMode, Moment, Policy, Presence, Relation, nearest_name};
use crate::render::answers::answer_report::{AnswerOfSide, AnswerTable, answer_report};
use crate::render::answers::json;
use crate::render::line_history::{BlamedLine, LineHistory};
use crate::render::product_names::ProductNames;
use crate::render::table_report::ReportOrigin;
use crate::render::words;

/// Which side is asked about, and how.
#[derive(Debug, Args)]
pub(super) struct QuestionArgs {
    /// What the policy makes of the organization, and not what is live
    #[arg(long, conflicts_with = "compare")]
    policy: bool,
    /// Ask about both, live and desired
    #[arg(long)]
    compare: bool,
    /// The policy alone as it was at a commit or on a day (UTC), with the contracts of today: `HEAD~3`, a
    /// tag, `2026-09-30`
    #[arg(long, value_name = "REV|DAY", allow_hyphen_values = true,
        conflicts_with_all = ["policy", "compare"])]
    at: Option<String>,
    /// Judge dated grants and stays as on this day (UTC); today by default
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    as_of: Option<DayWord>,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// The most products with two names that are named beside an answer.
const MOST_PRODUCTS_NAMED: usize = 10;

/// The answer for one side of the organization.
pub(super) struct SideAnswer<'a, 's, F> {
    /// The side in words, such as `live`.
    pub(super) side: &'a str,
    pub(super) picture: OrganizationView<'s>,
    pub(super) found: F,
}

/// The policy, and the live and the desired side of the organization.
pub(super) struct OrganizationSides {
    pub(super) policy: Policy,
    pub(super) scoped: ScopeOutcome,
    /// The day that dates were judged on, and the current time.
    pub(super) moment: Moment,
    /// Sections of the organization that were not read.
    pub(super) unread: BTreeMap<Section, UnreadReason>,
    /// Sections that the answer needs and that could not be read.
    pub(super) not_compared: Vec<Section>,
    /// The commit that the policy was read from; `None` where it was read from the folder.
    pub(super) at: Option<Commit>,
}

impl QuestionArgs {
    /// Reads both sides, as `--at` and `--as-of` ask.
    pub(super) fn sides(&self, context: &Context) -> Result<OrganizationSides, CliError> {
        self.output.targets()?;
        match &self.at {
            Some(revision) => read_sides_at(revision, self.as_of, context),
            None => read_sides(self.as_of, context),
        }
    }

    /// Returns who last set the lines of `chains`; nothing where the policy is not in Git.
    pub(super) fn line_history<'l>(
        &self,
        sides: &OrganizationSides,
        context: &Context,
        chains: impl Iterator<Item = &'l ChainLine>,
    ) -> Result<LineHistory, CliError> {
        let workspace = Workspace::find(context)?;
        let cited = chains.filter_map(|line| line.why.citation()).collect();
        // The answer does not depend on Git: without a repository, no commits are named.
        Ok(match Repository::find(workspace.root().as_std_path()) {
            Ok(None) => LineHistory::default(),
            Ok(Some(repository)) => blame_citations(&repository, cited, sides.at.as_ref()),
            Err(error) => refused_history(&error),
        })
    }

    /// Finds the answer for each side that the question is about, and reports it. With `--compare`, `text`
    /// and `table` receive two answers, live first. Returns how the command ends.
    pub(super) fn answer<'s, F>(
        &self,
        sides: &'s OrganizationSides,
        context: &Context,
        find: impl Fn(OrganizationView<'s>) -> Result<F, CliError>,
        text: impl Fn(&[SideAnswer<'_, 's, F>], usize) -> String,
        table: impl Fn(&[AnswerOfSide<'_, F>]) -> AnswerTable,
        value: impl Fn(&SideAnswer<'_, 's, F>) -> serde_json::Value,
    ) -> Result<Exit, CliError> {
        let (live, desired) = sides.pictures();
        let at = sides
            .at
            .as_ref()
            .map(|commit| format!("at {} of {}", commit.short_id(), commit.time.strftime("%Y-%m-%d")));
        let asked = match (&at, self.compare, self.policy) {
            (Some(at), _, _) => vec![(at.as_str(), desired)],
            (None, true, _) => vec![("live", live), ("desired", desired)],
            (None, false, true) => vec![("desired", desired)],
            (None, false, false) => vec![("live", live)],
        };
        let found = |(side, picture)| Ok(SideAnswer { side, picture, found: find(picture)? });
        let answers: Vec<_> = asked.into_iter().map(found).collect::<Result<_, CliError>>()?;
        let of_sides: Vec<_> = answers.iter().map(|answer| (answer.side, &answer.found)).collect();
        let asked: Vec<&str> = answers.iter().map(|answer| answer.side).collect();
        let origin = sides.origin(context);
        let values = || json::answers_value(answers.iter().map(&value).collect());
        let report = answer_report(table(&of_sides), &asked, origin, |width| text(&answers, width), values);
        self.output.write(context, |write| write(&report, context.width))?;
        Ok(sides.exit())
    }
}

/// Returns the texts of the sides, one below the other.
pub(super) fn text_of_sides<'a, 's, F>(
    answers: &[SideAnswer<'a, 's, F>],
    text: impl Fn(&SideAnswer<'a, 's, F>) -> String,
) -> String {
    answers.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Returns what Git tells of who last set the lines.
pub(super) fn blame_citations(
    repository: &Repository,
    cited: BTreeSet<&Citation>,
    at: Option<&Commit>,
) -> LineHistory {
    let shallow = match repository.shallow_commits() {
        Ok(shallow) => shallow,
        Err(error) => return refused_history(&error),
    };
    let cited: Vec<&Citation> = cited.into_iter().collect();
    let mut history = LineHistory::default();
    for of_file in cited.chunk_by(|a, b| a.file == b.file) {
        let lines: Vec<u32> = of_file.iter().map(|at| at.line).collect();
        let commits = match repository.blame(&of_file[0].file, &lines, at) {
            Ok(commits) => commits,
            Err(error) => return refused_history(&error),
        };
        for at in of_file {
            let Some(commit) = commits.get(&at.line) else { continue };
            let Commit { id, author, time, summary } = commit.clone();
            if shallow.contains(&id) {
                history.cut.insert((*at).clone(), time);
            } else {
                let line = BlamedLine { at: (*at).clone(), commit: id, author, time, summary };
                history.blamed.insert((*at).clone(), line);
            }
        }
    }
    history
}

/// Returns the history of lines of which Git tells nothing.
pub(super) fn refused_history(error: &GitError) -> LineHistory {
    LineHistory { refusal: Some(error_text(error)), ..LineHistory::default() }
}

fn error_text(error: &GitError) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}

/// Returns the commit that `word` names, and the day up to which dates count. Where `word` is a day, the
/// commit is the last one on that day or before it; `None` where there is none.
pub(super) fn commit_and_day_of(
    repository: &Repository,
    word: &str,
    context: &Context,
) -> Result<(Option<Commit>, Date), CliError> {
    match word.parse::<DayWord>() {
        Ok(days) => commit_by_day(repository, days.last_day(context.today())),
        Err(error) => {
            let commit = repository.commit(word).map_err(|git| no_commit_error(repository, &error, git))?;
            let day = day_of(&commit);
            Ok((Some(commit), day))
        }
    }
}

/// Returns the error of a word that is neither a day nor a commit: the day that was probably meant, or else
/// what Git says. In a shallow clone the commit may be one that did not come along.
fn no_commit_error(repository: &Repository, error: &DayWordError, git: GitError) -> CliError {
    if error.meant.is_some() {
        return CliError::Usage(error.to_string());
    }
    if let GitError::NoCommit(name) = &git
        && is_shallow(repository)
    {
        return CliError::ShallowClone(format!("the commit `{name}`"));
    }
    git.into()
}

fn is_shallow(repository: &Repository) -> bool {
    repository.shallow_commits().is_ok_and(|commits| !commits.is_empty())
}

/// Returns the error of a day before the first commit. In a shallow clone the first commit is not known.
fn no_commit_before_error(repository: &Repository, day: Date) -> CliError {
    if is_shallow(repository) {
        CliError::ShallowClone(format!("the policy of {day}"))
    } else {
        CliError::NoCommitBefore(day)
    }
}

/// Returns the last commit on the day or before it, and the day.
pub(super) fn commit_by_day(repository: &Repository, day: Date) -> Result<(Option<Commit>, Date), CliError> {
    Ok((repository.last_commit_by_day(day, &repository.commit("HEAD")?)?, day))
}

/// Returns the day (UTC) on which the commit was written.
pub(super) fn day_of(commit: &Commit) -> Date {
    TimeZone::UTC.to_datetime(commit.time).date()
}

/// Reads the policy as it was at `revision`. Of today's organization only the contracts, the
/// catalogue, and the names and countries of declared people count.
pub(super) fn read_sides_at(
    revision: &str,
    as_of: Option<DayWord>,
    context: &Context,
) -> Result<OrganizationSides, CliError> {
    let workspace = Workspace::find(context)?;
    let repository = repository(&workspace)?;
    let (commit, day) = commit_and_day_of(&repository, revision, context)?;
    let commit = commit.ok_or_else(|| no_commit_before_error(&repository, day))?;
    let moment = Moment { as_of: as_of.map_or(day, |word| word.last_day(context.today())), now: context.now };
    let files = repository.files(&commit, load::is_document)?;
    let texts: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let loaded = load::load_texts(&texts, moment.as_of, &context.names);
    let mut policy = loaded.policy.ok_or(CliError::Problems(loaded.problems))?;
    let today = fetch_todays_snapshot(&workspace, context)?;
    let scoped = scope_policy_alone(&mut policy, &today, moment);
    let unread = needed_unread_sections(&today);
    let not_compared = unread.keys().copied().collect();
    Ok(OrganizationSides { policy, scoped, moment, unread, not_compared, at: Some(commit) })
}

/// Returns the Git repository of the policy; an error where there is none, or where Git does not read it.
pub(super) fn repository(workspace: &Workspace) -> Result<Repository, CliError> {
    let root = workspace.root();
    Repository::find(root.as_std_path())?.ok_or_else(|| CliError::NoRepository(root.to_owned().into()))
}

/// Reads the organization as it is today, for its contracts, its catalogue and the names and countries of
/// people.
pub(super) fn fetch_todays_snapshot(workspace: &Workspace, context: &Context) -> Result<Snapshot, CliError> {
    let connection = workspace.connection(&workspace.settings(context)?, ConnectionPurpose::Read, context)?;
    let today = planning::fetch_snapshot(&connection, workspace, &[], context)?;
    let unread = needed_unread_sections(&today);
    unread.iter().for_each(|(section, why)| warn_of_unread_section(*section, why, context));
    Ok(today)
}

/// Returns the sections of today that answers from the policy alone need and that could not be read.
pub(super) fn needed_unread_sections(today: &Snapshot) -> BTreeMap<Section, UnreadReason> {
    let needed = |section: &Section| [Section::Users, Section::Contracts].contains(section);
    let unread = today.unread.iter().filter(|(section, why)| needed(section) && why.is_failure());
    unread.map(|(section, why)| (*section, why.clone())).collect()
}

fn warn_of_unread_section(section: Section, why: &UnreadReason, context: &Context) {
    let why = words::unread_words(why).plain_text();
    let name = section.as_str();
    context.note(&format!("warning: {name} was not read, and the answer does not know of it: {why}"));
}

/// Returns both sides for the policy alone: every relation counts as fully managed, and nothing is ignored.
/// For people whom the policy declares without a name or country, those of `today` count.
pub(super) fn scope_policy_alone(policy: &mut Policy, today: &Snapshot, moment: Moment) -> ScopeOutcome {
    let manage = std::mem::replace(
        &mut policy.settings.manage,
        Relation::ALL.map(|relation| (relation, ManageMode::Exact)).into(),
    );
    let ignore = std::mem::take(&mut policy.settings.ignore);
    let declared =
        |email: &Email| policy.users.get(email).is_some_and(|user| user.presence == Presence::Present);
    let known = today.live.0.users.iter().filter(|(email, _)| declared(email));
    let users = known
        .map(|(email, user)| (email.clone(), User::new(user.profile.clone(), UserState::Active).into()))
        .collect();
    let live = Live(Organization { users, ..Organization::default() });
    let scoped =
        scope_policy(policy, Snapshot { live, facts: today.facts.clone(), ..Snapshot::default() }, moment);
    (policy.settings.manage, policy.settings.ignore) = (manage, ignore);
    scoped
}

/// Reads the policy and the organization, as on the day `as_of`. Warns about sections that were not
/// read.
pub(super) fn read_sides(as_of: Option<DayWord>, context: &Context) -> Result<OrganizationSides, CliError> {
    let workspace = Workspace::find(context)?;
    let moment = context.moment(as_of);
    let read = |connection: &_| planning::fetch_snapshot(connection, &workspace, &[], context);
    let (mut policy, _, live) = planning::read_policy_and_live(&workspace, context, moment.as_of, read)?;
    live.unread.iter().for_each(|(section, why)| warn_of_unread_section(*section, why, context));
    let unread = live.unread.clone();
    let scoped = planning::scope_without_clashes(&workspace, &mut policy, live, moment)?;
    note_joined_products(&policy, context);
    let not_compared = scoped.not_compared.clone();
    Ok(OrganizationSides { policy, scoped, moment, unread, not_compared, at: None })
}

/// Says which products the policy calls otherwise than the organization, whose names answers have.
fn note_joined_products(policy: &Policy, context: &Context) {
    let joined = &policy.joined_products;
    for one in joined.iter().take(MOST_PRODUCTS_NAMED) {
        context.note(&format!("note: {}", words::same_product_words(one).plain_text()));
    }
    if let more @ 1.. = joined.len().saturating_sub(MOST_PRODUCTS_NAMED) {
        let more = words::count(more, "more product has", "more products have");
        context.note(&format!("note: {more} two names: `{} plan` names them", context.program()));
    }
}

impl OrganizationSides {
    /// Returns what reports say of the organization and of when it was read.
    pub(super) fn origin(&self, context: &Context) -> ReportOrigin {
        ReportOrigin {
            organization: self.policy.settings.organization.to_string(),
            now: context.now,
            products: ProductNames::new(&self.scoped.facts.products),
            filters: None,
        }
    }

    /// Returns how an answer ends: something that was not read may belong to it.
    pub(super) fn exit(&self) -> Exit {
        if self.not_compared.is_empty() { Exit::Done } else { Exit::NotCompared }
    }

    /// Returns the views of both sides, live first.
    pub(super) fn pictures(&self) -> (OrganizationView<'_>, OrganizationView<'_>) {
        (
            OrganizationView::from_live(&self.scoped, &self.policy),
            OrganizationView::from_desired(&self.scoped, &self.policy),
        )
    }
}

/// Returns the name that was probably meant: one that is a slip away, or the only one that has the word in
/// it, or else the most similar one.
pub(super) fn likely_name<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: BTreeSet<&str> = known.into_iter().collect();
    let mut parts = known.iter().filter(|name| word.len() > 2 && name.contains(word));
    let only_part = || parts.next().copied().filter(|_| parts.next().is_none());
    let folded = word.to_lowercase();
    let similarity = |name: &&str| strsim::jaro_winkler(&folded, &name.to_lowercase());
    let similar = || known.iter().copied().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    nearest_name(word, known.iter().copied()).or_else(only_part).or_else(similar)
}

/// Returns the error for a name that does not exist, with the nearest known name as a suggestion.
pub(super) fn unknown_name_error<'a>(
    kind: &'static str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> CliError {
    CliError::Unknown { kind, name: name.to_owned(), near: likely_name(name, known).map(ToOwned::to_owned) }
}
