//! Makes a plan from a policy folder, for `plan`, `apply` and `drift`.

use std::collections::BTreeSet;

use clap::Args;

use super::days::DayWord;
use super::organization_check::require_own_organization;
use super::past_run;
use super::section_sizes;
use super::workspace::Workspace;
use super::{CliError, Context};
use crate::connector::http::ConnectionPurpose;
use crate::connector::{OrgRead, OrgWrite, shrink_check};
use crate::exports::ProductCatalogue;
use crate::load;
use crate::model::{Date, OrganizationFacts, Section, Snapshot, Timestamp};
use crate::plan::approval::is_lifted_by_digest;
use crate::plan::{Plan, PlanContext, ReadCounts, file};
use crate::policy::scope::{Clash, ScopeOutcome, join_catalogues, scope_policy};
use crate::policy::{Moment, Policy};
use crate::reach::Connection;
use crate::render::plan_text::PlanTextOptions;
use crate::usage::{
    ContractKind, LicenceAssignments, LicenceTerms, NameRegister, Pooling, UsageCounter, UsageOutlook,
    UseDateRange,
};

/// How a plan is made.
#[derive(Debug, Clone, Args)]
pub(super) struct PlanningArgs {
    /// Judge dated grants and stays as on this day (UTC); today by default
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    pub(super) as_of: Option<DayWord>,
    /// Let one plan pass that guards refuse: the one with this digest, of which 32 digits are enough
    ///
    /// Lifts every limit for that plan alone. The administrator floor, and an `exact` relation without one
    /// entry, stay refused.
    #[arg(long, value_name = "DIGEST")]
    pub(super) approve: Option<String>,
    /// Believe a section although it is more than 20 % smaller than after the last run
    ///
    /// Sections: users, groups, memberships, roles, assignments, restrictions, alerts, contacts.
    #[arg(long, value_name = "SECTION", value_parser = section, value_delimiter = ',')]
    pub(super) accept_shrink: Vec<Section>,
}

/// Parses the name of a section, for `--accept-shrink`.
pub(super) fn section(text: &str) -> Result<Section, String> {
    let known = Section::ALL.into_iter().find(|section| section.as_str() == text);
    known.ok_or_else(|| format!("no section; there are {}", Section::ALL.map(Section::as_str).join(", ")))
}

/// Reads the organization of `live`. A section that is much smaller than after the last run that read it
/// counts as unread, unless it is in `accepted`.
pub(super) fn fetch_snapshot(
    connection: &Connection,
    live: &Workspace,
    accepted: &[Section],
    context: &Context,
) -> Result<Snapshot, CliError> {
    live.require_untracked_state()?;
    let _waiting = context.waiting("reading the organization");
    let mut snapshot = context.runtime()?.block_on(connection.fetch(&context.names))?;
    require_own_organization(&snapshot, &live.settings(context)?, live, context)?;
    past_run::warn_of_unresumable_runs(live, context)?;
    let accepted: BTreeSet<Section> = accepted.iter().copied().collect();
    for (run, sizes) in section_sizes::sizes_after_runs(live, context)? {
        shrink_check::drop_shrunk_sections(&mut snapshot, &sizes, &format!("run {run}"), &accepted);
    }
    Ok(snapshot)
}

/// Reads the policy and, at the same time, its organization with `read`. Problems of the policy are reported
/// before errors of the connection.
pub(super) fn read_policy_and_live<T: Send>(
    workspace: &Workspace,
    context: &Context,
    as_of: Date,
    read: impl FnOnce(&Connection) -> Result<T, CliError> + Send,
) -> Result<(Policy, Connection, T), CliError> {
    let settings = workspace.settings(context)?;
    let (policy, reached) = std::thread::scope(|threads| {
        let reached = threads.spawn(|| {
            let connection = workspace.connection(&settings, ConnectionPurpose::Read, context)?;
            let snapshot = read(&connection)?;
            Ok::<_, CliError>((connection, snapshot))
        });
        let policy = workspace.policy(as_of, context);
        (policy, reached.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let policy = policy?;
    let (connection, snapshot) = reached?;
    Ok((policy, connection, snapshot))
}

/// Plans `policy`, which was read from `workspace`, against `live`. The collected usage shows what the plan
/// may cost.
pub(super) fn plan_policy(
    workspace: &Workspace,
    policy: &mut Policy,
    connection: &Connection,
    live: Snapshot,
    moment: Moment,
) -> Result<Plan, CliError> {
    let (read, owned_is_known) =
        (ReadCounts::from_snapshot(&live), !live.unread.contains_key(&Section::Contracts));
    let scoped = scope_without_clashes(workspace, policy, live, moment)?;
    let outlook = if owned_is_known { outlook(workspace, policy, &scoped, moment.now)? } else { None };
    let given = PlanContext { outlook: outlook.as_ref(), ..plan_context(connection, read) };
    Ok(Plan::new(policy, &scoped, moment, given))
}

/// Plans `policy` like [`plan_policy`], but reads no usage: for callers that do not show what the plan may
/// cost.
pub(super) fn plan_policy_without_outlook(
    workspace: &Workspace,
    policy: &mut Policy,
    connection: &Connection,
    live: Snapshot,
    moment: Moment,
) -> Result<Plan, CliError> {
    let read = ReadCounts::from_snapshot(&live);
    let scoped = scope_without_clashes(workspace, policy, live, moment)?;
    Ok(Plan::new(policy, &scoped, moment, plan_context(connection, read)))
}

/// Returns what a plan must know of the connection, without an outlook.
fn plan_context<'a>(connection: &Connection, read: ReadCounts) -> PlanContext<'a> {
    let (per_second, requests_a_step) = (connection.pace().per_second, connection.requests_per_write());
    PlanContext { read, outlook: None, per_second, requests_a_step }
}

/// Returns the collected usage that matters at `now`. `None` where pools are sites, since no source states
/// what contracts own at a site, and for E365 contracts, since persona-days are not machines.
fn outlook<'a>(
    workspace: &Workspace,
    policy: &'a Policy,
    scoped: &'a ScopeOutcome,
    now: Timestamp,
) -> Result<Option<UsageOutlook<'a>>, CliError> {
    let settings = &policy.settings.usage;
    if settings.pool == Pooling::Site || settings.contract == ContractKind::E365 {
        return Ok(None);
    }
    let window = UsageOutlook::window(settings, now);
    let store = workspace.usage_store(&policy.settings)?.with_use_since(window.start());
    let mut register = NameRegister::default();
    let (assigned, catalogue) = (
        LicenceAssignments::from_organization(&scoped.live.0, &mut register),
        ProductCatalogue::new(&scoped.facts.products),
    );
    let take = || (UsageCounter::new(settings, &assigned, window), UseDateRange::default());
    let (counter, covered) = store.read(&mut register, &catalogue, take)?.taken;
    Ok(UsageOutlook::new(&counter.finish(&register), covered, LicenceTerms(&scoped.facts), settings, now))
}

/// Returns the live and the desired side of `policy`, which was read from `workspace`. Where the policy
/// declares something that cannot be so in this organization, the clashes are returned as problems.
pub(super) fn scope_without_clashes(
    workspace: &Workspace,
    policy: &mut Policy,
    live: Snapshot,
    moment: Moment,
) -> Result<ScopeOutcome, CliError> {
    let scoped = scope_policy(policy, live, moment);
    if scoped.clashes.is_empty() {
        return Ok(scoped);
    }
    Err(clash_error(workspace, policy, &scoped.clashes))
}

/// Calls the products of `policy`, which was read from `workspace`, as the organization does.
pub(super) fn join_products(
    workspace: &Workspace,
    policy: &mut Policy,
    facts: &OrganizationFacts,
) -> Result<(), CliError> {
    let clashes = join_catalogues(policy, facts);
    if clashes.is_empty() { Ok(()) } else { Err(clash_error(workspace, policy, &clashes)) }
}

/// Returns what `policy` declares and cannot be so in this organization.
fn clash_error(workspace: &Workspace, policy: &Policy, clashes: &[Clash]) -> CliError {
    let problems = clashes.iter().map(Clash::problem).collect();
    CliError::Problems(load::locate_problems(workspace.root().as_std_path(), &policy.sources, problems))
}

/// Returns the options with which `context` shows a plan.
pub(super) fn text_options(context: &Context) -> PlanTextOptions<'_> {
    PlanTextOptions {
        colour: context.colours_report(),
        width: context.width,
        program: context.program(),
        ..PlanTextOptions::default()
    }
}

/// Returns what the user can still do with a plan that the guards refuse.
pub(super) fn refused_hint(plan: &Plan, command: &str, context: &Context) -> String {
    if plan.verdict.refusals.iter().all(|refusal| is_lifted_by_digest(refusal.guard)) {
        let digest = file::plan_digest(plan).approval_hex();
        format!(
            "refused: approve items in the policy as shown, or this one plan with `{} {command} --approve \
                {digest}`",
            context.program()
        )
    } else {
        "refused: no approval lifts every one of these guards; change the policy".to_owned()
    }
}
