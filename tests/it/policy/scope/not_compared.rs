//! What was not read is neither equal nor different: whatever section of whatever organization was read badly
//! and however, no command that compares is green.
//!
//! The commands are run by their libraries here: what `plan`, `drift`, `audit`, `confirm` and `apply` say and
//! how they end is decided by the values that are asked below. `cli::commands::not_compared` ties the program
//! to them. `SEATWISE_WORLDS=2000 cargo test --test it -- policy::scope::not_compared` is the large run.

use std::collections::{BTreeMap, BTreeSet};

use seatwise::audit::{AuditInput, AuditReport, AuxiliaryFacts, OrganizationView, audit_organization};
use seatwise::change::Change;
use seatwise::connector::shrink_check::{drop_shrunk_sections, section_sizes};
use seatwise::model::{Section, Snapshot, UnreadReason, clear_section};
use seatwise::object::ChangeFacts;
use seatwise::plan::sighting::step_sightings;
use seatwise::plan::{Act, Plan, PlanContext};
use seatwise::policy::scope::{LastRunScope, failed_sections, managed_sections, scope_policy};
use seatwise::policy::{ManageMode, Policy, Relation};
use seatwise::render::comparison::{ComparisonGaps, unread_reasons};
use seatwise::render::confirm::{PlanConfirmation, conclusion};
use seatwise::render::drift::{DriftBaseline, OrganizationDrift};
use seatwise::render::plan_markdown::{BUDGET, plan_markdown};
use seatwise::render::plan_text::{PlanTextOptions, plan_text};
use seatwise::render::{findings, product_names::ProductNames, words};

use crate::worlds::law::{empty_section, for_each_world, scope_and_plan};
use crate::worlds::{World, moment};

/// The ways in which a list can come badly.
#[derive(Debug, Clone, Copy, PartialEq)]
enum BadRead {
    /// The service refused, or what came was cut, repeated or of another filter: the connector believes none
    /// of it.
    Failed,
    /// The same, and a part of it is there.
    Partial,
    /// The list came, much smaller than after the last run.
    Shrunk,
}

const BAD_READS: [BadRead; 3] = [BadRead::Failed, BadRead::Partial, BadRead::Shrunk];

/// What no command may say where something managed was not read.
const GREEN: [&str; 4] = ["Nothing to do", "nothing to do", "No drift", "No findings,"];

/// The sections that a relation is compared by, written down once more: the law is not to believe the code.
fn sections_of(relation: Relation) -> &'static [Section] {
    use Section::{Alerts, Assignments, Contacts, Groups, Memberships, Restrictions, Roles, Users};
    match relation {
        Relation::Users => &[Users],
        Relation::Groups => &[Groups],
        Relation::Memberships => &[Users, Groups, Memberships],
        Relation::Roles => &[Users, Roles],
        Relation::Assignments => &[Users, Assignments],
        Relation::Restrictions => &[Restrictions],
        Relation::Alerts => &[Alerts],
        Relation::Contacts => &[Contacts],
    }
}

/// Whether the policy manages the section: it is the whole truth for a relation that is compared by it, or it
/// would plan something else in the section if that were empty.
fn is_managed(policy: &Policy, world: &World, section: Section) -> bool {
    let is_exact = |relation: &Relation| {
        policy.settings.mode(*relation) == ManageMode::Exact && sections_of(*relation).contains(&section)
    };
    if Relation::ALL.iter().any(is_exact) {
        return true;
    }
    // Contracts are facts: they are never managed. Checkouts go with their people.
    if [Section::Contracts, Section::Checkouts].contains(&section) {
        return false;
    }
    let acts = |snapshot: Snapshot| {
        let (_, plan) = scope_and_plan(policy, snapshot);
        // What goes with its person or group is asked for with that one.
        let deleting = plan.steps.iter().filter(|step| step.act.change().is_some_and(Change::deletes_object));
        let gone: Vec<_> = deleting.map(|step| step.act.facts()).collect();
        let goes = |facts: &ChangeFacts<'_>| {
            gone.iter().any(|gone| {
                (gone.user.is_some() && gone.user == facts.user)
                    || (gone.group.is_some() && gone.group == facts.group)
            })
        };
        let deletes = |act: &Act| act.change().is_some_and(Change::deletes_object);
        let acts = plan.steps.iter().map(|step| &step.act).filter(|act| {
            let facts = act.facts();
            facts.sections.contains(&section) && (deletes(act) || !goes(&facts))
        });
        acts.map(|act| format!("{act:?}")).collect::<BTreeSet<String>>()
    };
    let mut empty = world.snapshot();
    empty_section(section, &mut empty);
    is_more_than_observed(policy, section) && acts(empty) != acts(world.snapshot())
}

fn is_more_than_observed(policy: &Policy, section: Section) -> bool {
    let mut relations = Relation::ALL.iter().filter(|of| sections_of(**of).contains(&section));
    relations.any(|relation| policy.settings.mode(*relation) != ManageMode::Observe)
}

/// The snapshot of a world of which a section came badly; `None` where the section is too small to shrink
/// beyond reason.
fn read_badly(world: &World, section: Section, how: BadRead) -> Option<Snapshot> {
    let mut snapshot = world.snapshot();
    match how {
        BadRead::Failed => clear_section(section, &mut snapshot.live.0),
        BadRead::Partial => halve_section(section, &mut snapshot),
        BadRead::Shrunk => {
            let before = section_sizes(&snapshot.live.0);
            clear_section(section, &mut snapshot.live.0);
            drop_shrunk_sections(&mut snapshot, &before, "run r", &BTreeSet::new());
            // Small lists vary; of five entries, not all go.
            return (before.get(&section)? >= &5).then_some(snapshot);
        }
    }
    let why = "100 of 130 rows came";
    snapshot.unread.insert(section, UnreadReason::Failed(why.into()));
    // What cannot be given to anybody was not read either.
    let needing: &[Section] = match section {
        Section::Users => &[Section::Memberships, Section::Roles, Section::Assignments, Section::Checkouts],
        Section::Groups => &[Section::Memberships],
        _ => &[],
    };
    for dependent in needing {
        clear_section(*dependent, &mut snapshot.live.0);
        snapshot.unread.insert(*dependent, UnreadReason::Failed("it needs what failed".into()));
    }
    Some(snapshot)
}

/// Leaves about every second entry of a section, as a list does that was cut.
fn halve_section(section: Section, snapshot: &mut Snapshot) {
    let live = &mut snapshot.live.0;
    let mut number = 0;
    let mut is_there = || {
        number += 1;
        number % 2 == 0
    };
    match section {
        Section::Users => live.users.retain(|_, _| is_there()),
        Section::Groups => live.groups.retain(|_, _| is_there()),
        Section::Restrictions => live.restrictions.retain(|_, _| is_there()),
        Section::Alerts => live.alerts.retain(|_, _| is_there()),
        Section::Contacts => live.contacts.retain(|_| is_there()),
        _ => clear_section(section, live),
    }
}

#[track_caller]
fn assert_not_green(text: &str, section: Section, when: &str) {
    let green = GREEN.iter().find(|words| text.contains(**words));
    assert_eq!(green, None, "{when} says so:\n{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(section.as_str()), "{when} does not name the section:\n{text}");
}

#[test]
fn no_command_is_green_where_a_managed_section_was_read_badly() {
    let counted = std::sync::Mutex::new(BTreeMap::<(Section, &'static str), usize>::new());
    for_each_world(60, |world| {
        let policy = world.policy();
        for section in Section::ALL.into_iter().filter(|section| is_managed(&policy, world, *section)) {
            for how in BAD_READS {
                let Some(snapshot) = read_badly(world, section, how) else { continue };
                let when = format!("{} {how:?}", section.as_str());
                assert_plan_is_not_green(&policy, snapshot.clone(), section, &when);
                assert_audit_is_not_green(&policy, snapshot.clone(), section, &when);
                assert_drift_is_not_green(&policy, world, &snapshot, section, &when);
                assert_confirmation_is_not_green(&policy, world, &snapshot, section, &when);
                *counted.lock().unwrap().entry((section, how_words(how))).or_default() += 1;
            }
        }
    });
    // Each section comes up in each way, or the law says nothing of it. (One world replays a failure.)
    let counted = counted.into_inner().unwrap();
    if crate::worlds::law::number_from_env("SEATWISE_WORLDS", 60) >= 60 {
        for relation in Relation::ALL {
            for section in sections_of(relation) {
                assert!(counted.contains_key(&(*section, "failed")), "{counted:?} lacks {section:?}");
            }
        }
        assert!(counted.keys().filter(|(_, how)| *how == "shrunk").count() >= 4, "{counted:?}");
    }
}

fn how_words(how: BadRead) -> &'static str {
    match how {
        BadRead::Failed => "failed",
        BadRead::Partial => "partial",
        BadRead::Shrunk => "shrunk",
    }
}

/// `plan` and `apply`: both end as the gaps of the plan say, and show its text.
fn assert_plan_is_not_green(policy: &Policy, snapshot: Snapshot, section: Section, when: &str) {
    let mut policy = policy.clone();
    let scoped = scope_policy(&mut policy, snapshot, moment());
    let plan = Plan::new(&policy, &scoped, moment(), PlanContext::default());
    let gaps = ComparisonGaps::from_plan(&plan);
    assert!(!gaps.is_empty() && plan.not_compared.contains(&section), "the plan of {when} ends green");
    assert!(gaps.reasons().is_some_and(|why| why.plain_text().contains(section.as_str())));
    assert_not_green(&plan_text(&plan, PlanTextOptions::default()), section, &format!("the plan of {when}"));
    assert_not_green(&plan_markdown(&plan, BUDGET), section, &format!("the Markdown of {when}"));
}

/// `audit`: ends as what was not compared says, and its rules find nothing in what was not read.
fn assert_audit_is_not_green(policy: &Policy, snapshot: Snapshot, section: Section, when: &str) {
    let mut policy = policy.clone();
    let unread = snapshot.unread.clone();
    let scoped = scope_policy(&mut policy, snapshot, moment());
    let known = AuxiliaryFacts { unread: Some(&unread), ..AuxiliaryFacts::default() };
    let live = OrganizationView::from_live(&scoped, &policy);
    let report = audit_organization(&AuditInput::new(live, &scoped, moment(), known));
    assert!(scoped.not_compared.contains(&section), "the audit of {when} ends green");
    // Other findings must not be what makes the headline sound right.
    let report = AuditReport { findings: Vec::new(), ..report };
    let text = findings::findings_text("live", &report, &ProductNames::default(), 100);
    assert_not_green(&text, section, &format!("the audit of {when}"));
}

/// `drift`, where the policy is the one of the last run and where it has changed since: the run left the
/// organization as the world has it.
fn assert_drift_is_not_green(
    policy: &Policy,
    world: &World,
    snapshot: &Snapshot,
    section: Section,
    when: &str,
) {
    // Of a policy with problems only the settings are known.
    for known in [Some(policy), None] {
        let scope = LastRunScope { settings: &policy.settings, policy: known };
        let left = world.snapshot();
        let gap = unread_reasons(&scope.sections_not_compared(&left, snapshot));
        let changes = scope.changes_since(left, snapshot.clone());
        let drift = OrganizationDrift {
            run: "r".to_owned(),
            baseline: DriftBaseline::LastRun,
            differences: changes.iter().map(words::change_phrase).collect(),
            not_compared: gap,
        };
        assert!(drift.not_compared.is_some(), "the drift of {when} ends green");
        assert_not_green(&drift.conclusion(), section, &format!("the drift of {when}"));
    }
}

/// `confirm`, and `apply` of a saved plan, which was made when everything could be read.
fn assert_confirmation_is_not_green(
    policy: &Policy,
    world: &World,
    snapshot: &Snapshot,
    section: Section,
    when: &str,
) {
    let (_, plan) = scope_and_plan(policy, world.snapshot());
    let managed = managed_sections(&policy.settings, Some(policy));
    let confirmed = PlanConfirmation {
        plan: &plan,
        seen: step_sightings(&plan.steps, snapshot),
        not_compared: unread_reasons(&failed_sections(&snapshot.unread, &managed)),
    };
    assert!(confirmed.is_blind(), "the confirmation of {when} ends green");
    assert_not_green(&conclusion(&confirmed), section, &format!("the confirmation of {when}"));
}
