//! `seatwise drift`.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;

use crate::change::Change;
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::past_run;
use crate::cli::planning;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::connector::shrink_check::clear_section;
use crate::diff::diff;
use crate::model::{
    Desired, DirectoryField, GroupKind, GroupName, Live, Organization, RoleId, Section, Snapshot,
};
use crate::policy::scope::needed_sections;
use crate::policy::settings::IgnoreTarget;
use crate::policy::{ManageMode, Moment, Policy, Relation, Settings};
use crate::render::clean::clean_text;
use crate::render::comparison::ComparisonGaps;
use crate::render::drift::{DriftBaseline, OrganizationDrift, drift_report};
use crate::render::plan_text;
use crate::render::product_names::ProductNames;
use crate::render::prose::fit_prose;
use crate::render::table_report::ReportOrigin;
use crate::render::words::{self, Phrase};

/// Tell whether the organization still is as the policy that was last applied
///
/// While the policy has not changed since, drift is what a plan for the same day would do. When it has, the
/// organization is compared with what the last run left behind. What the policy does not manage is not drift.
/// Exits with 2 when something differs, and with 9 when something could not be compared. Who changed it is
/// not known to seatwise: the organization's own log may say.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise drift || echo \"somebody changed something by hand\"
  seatwise drift --out drift.md                   (for a pull request)
  seatwise drift --format json")]
pub(in crate::cli) struct DriftArgs {
    /// Believe a section although it is more than 20 % smaller than after the last run
    ///
    /// Sections: users, groups, memberships, roles, assignments, restrictions, alerts, contacts.
    #[arg(long, value_name = "SECTION", value_parser = planning::section, value_delimiter = ',')]
    accept_shrink: Vec<Section>,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// Reports what differs from the policy that was last applied, or from what the last run left behind.
pub(super) fn run_drift(args: &DriftArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let journals = workspace.journals();
    if let Some(run) = journals.unfinished_runs()?.into_iter().next() {
        return Err(CliError::OnItsWay(run));
    }
    let Some(run) = journals.runs()?.pop() else { return Err(CliError::NeverApplied) };
    let applied = past_run::plan_of_run(&journals, &run)?.plan;
    let connection = workspace.connection(&settings, ConnectionPurpose::Read, context)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &args.accept_shrink, context)?;
    // Dates that pass are not drift: the policy is read as on the day it was applied.
    let moment = Moment { as_of: applied.as_of, now: context.now };
    let mut policy = workspace.load(moment.as_of, context)?.policy;
    policy.as_mut().map_or(Ok(()), |policy| planning::join_products(&workspace, policy, &live.facts))?;
    let (baseline, differences, shown, not_compared) = match policy {
        Some(mut policy) if policy.digest == applied.policy => {
            let plan =
                planning::plan_policy_without_outlook(&workspace, &mut policy, &connection, live, moment)?;
            let differences = plan.steps.iter().map(|step| words::act_phrase(&step.act)).collect();
            let gap = ComparisonGaps::from_plan(&plan).reasons().map(|reasons| reasons.plain_text());
            (DriftBaseline::Policy, differences, Some(plan), gap)
        }
        changed => {
            let (before, _) = journals.snapshot(&run, &context.names)?;
            let unread = before.unread.clone();
            let left = Snapshot {
                live: Live(past_run::organization_after_run(&journals, &run, before.live.0)?),
                unread,
                ..Snapshot::default()
            };
            let scope = DriftScope { settings: &settings, policy: changed.as_ref() };
            let gap = scope.sections_not_compared(&left, &live);
            let differences = scope.changes_since(left, live).iter().map(words::change_phrase).collect();
            (DriftBaseline::LastRun, differences, None, gap)
        }
    };
    let drift = OrganizationDrift { run: run.to_string(), baseline, differences, not_compared };
    let terminal = |width| {
        let differences = match &shown {
            Some(plan) => plan_text::plan_text(plan, planning::text_options(context)),
            None => fit_prose(&difference_lines(&drift.differences), width),
        };
        let blank = if differences.is_empty() { "" } else { "\n" };
        fit_prose(&format!("{}\n", drift.conclusion()), width) + blank + &differences
    };
    let origin = ReportOrigin {
        organization: settings.organization.to_string(),
        now: context.now,
        products: ProductNames::default(),
        filters: None,
    };
    let report = drift_report(&drift, origin, terminal);
    args.output.write(context, |write| write(&report, context.width))?;
    let found = if drift.differences.is_empty() { Exit::Done } else { Exit::Differs };
    Ok(if drift.not_compared.is_some() { found.first_of(Exit::NotCompared) } else { found })
}

/// What the policy governs: only there a difference between two reads is drift.
struct DriftScope<'a> {
    settings: &'a Settings,
    /// The policy as it is now; `None` where it has problems.
    policy: Option<&'a Policy>,
}

impl DriftScope<'_> {
    /// Returns the changes between two reads, in what both of them know.
    fn changes_since(&self, left: Snapshot, live: Snapshot) -> Vec<Change> {
        let (mut before, mut after) = (left.live.0, live.live.0);
        if live.no_place.contains(&DirectoryField::GroupKind) {
            // The run took the kinds of groups from the policy; the service does not report them.
            before
                .groups
                .values_mut()
                .chain(after.groups.values_mut())
                .for_each(|group| group.facts.kind = GroupKind::Other);
        }
        for side in [&mut before, &mut after] {
            left.unread.keys().chain(live.unread.keys()).for_each(|section| clear_section(*section, side));
            self.keep_managed_objects(side);
            self.keep_managed_settings(side);
        }
        self.equate_observed_objects(&mut before, &mut after);
        diff(&Live(before), &Desired(after))
    }

    /// Makes people and groups alike where the policy only observes them, so that their edges can still be
    /// compared.
    fn equate_observed_objects(&self, before: &mut Organization, after: &mut Organization) {
        let is_observed = |relation| self.settings.mode(relation) == ManageMode::Observe;
        if is_observed(Relation::Users) {
            before.users.retain(|email, _| after.users.contains_key(email));
            after.users.retain(|email, _| before.users.contains_key(email));
            for (email, user) in &mut after.users {
                let was = &before.users[email];
                if (&user.profile, user.state) != (&was.profile, was.state) {
                    let user = Arc::make_mut(user);
                    (user.profile, user.state) = (was.profile.clone(), was.state);
                }
            }
        }
        if is_observed(Relation::Groups) {
            before.groups.retain(|name, _| after.groups.contains_key(name));
            after.groups.clone_from(&before.groups);
        }
    }

    /// Removes settings, alerts and contacts that the policy neither declares nor is the whole truth for.
    fn keep_managed_settings(&self, organization: &mut Organization) {
        let Organization { users: _, groups: _, defaults, restrictions, alerts, contacts } = organization;
        let is_kept = |relation, declares: &dyn Fn(&Policy) -> bool| match self.settings.mode(relation) {
            ManageMode::Exact => true,
            ManageMode::Observe => false,
            ManageMode::Declared => self.policy.is_none_or(declares),
        };
        defaults.retain(|country, _| {
            is_kept(Relation::Restrictions, &|policy| policy.defaults.contains_key(country))
        });
        restrictions.retain(|key, _| {
            is_kept(Relation::Restrictions, &|policy| policy.restrictions.contains_key(key))
        });
        alerts.retain(|key, _| is_kept(Relation::Alerts, &|policy| policy.alerts.contains_key(key)));
        contacts
            .retain(|contact| is_kept(Relation::Contacts, &|policy| policy.contacts.contains_key(contact)));
    }

    /// Removes what the policy does not govern: what it ignores, edges that it only observes, objects that it
    /// neither declares nor is the whole truth for, and the Account Administrators, who follow the contract.
    fn keep_managed_objects(&self, organization: &mut Organization) {
        let settings = self.settings;
        for (relation, section) in [
            (Relation::Memberships, Section::Memberships),
            (Relation::Roles, Section::Roles),
            (Relation::Assignments, Section::Assignments),
        ] {
            if settings.mode(relation) == ManageMode::Observe {
                clear_section(section, organization);
            }
        }
        let is_exact = |relation| settings.mode(relation) == ManageMode::Exact;
        organization.users.retain(|email, user| {
            let declared = || self.policy.is_none_or(|policy| policy.users.has(email));
            !user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR)
                && !settings.ignores(IgnoreTarget::Users, email.as_str())
                && (is_exact(Relation::Users) || declared())
        });
        let is_managed_group = |name: &GroupName| {
            let declared = || self.policy.is_none_or(|policy| policy.groups.contains_key(name));
            !settings.ignores(IgnoreTarget::Groups, name.as_str())
                && (is_exact(Relation::Groups) || declared())
        };
        organization.groups.retain(|name, _| is_managed_group(name));
        for user in organization.users.values_mut() {
            if !user.groups.keys().all(is_managed_group) {
                Arc::make_mut(user).groups.retain(|name, ()| is_managed_group(name));
            }
        }
    }

    /// Returns the managed sections that could not be read now or at the last run, with their reasons.
    fn sections_not_compared(&self, left: &Snapshot, live: &Snapshot) -> Option<String> {
        let is_managed = |section: &Section| {
            let mut relations = Relation::ALL.iter().filter(|of| needed_sections(**of).contains(section));
            relations.any(|relation| self.settings.mode(*relation) != ManageMode::Observe)
        };
        let failed = live.unread.iter().chain(&left.unread).filter(|(_, why)| why.is_failure());
        let failed: BTreeMap<_, _> = failed.filter(|(section, _)| is_managed(section)).collect();
        let texts = failed.into_iter().map(|(section, why)| {
            format!("{} ({})", section.as_str(), words::unread_words(why).plain_text())
        });
        let texts: Vec<String> = texts.collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

fn difference_lines(differences: &[Phrase]) -> String {
    let mut text = String::new();
    for phrase in differences {
        text += &format!(
            "  {} {} {}  {}\n",
            phrase.mark.as_str(),
            phrase.kind,
            clean_text(&phrase.subject.plain_text()),
            clean_text(&phrase.what.plain_text())
        );
    }
    text
}
