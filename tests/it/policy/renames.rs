//! Renames: who has been renamed is told from who goes and who comes, whatever names are exchanged, left and
//! taken.
//!
//! `SEATWISE_WORLDS=2000 cargo test --test it policy::renames` runs as many organizations.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use seatwise::change::{Change, Edit};
use seatwise::model::{Email, GroupName, Live, LiveId, Organization, RoleId, Snapshot, UserState};
use seatwise::plan::replay::{ReplayOutcome, replay_step};
use seatwise::plan::sighting::{StepSighting, step_sightings};
use seatwise::plan::{Plan, Step};
use seatwise::policy::scope::ClashKind;

use crate::dice::TestDice;
use crate::worlds::law::{number_from_env, scope_and_plan};
use crate::worlds::renaming::RenamingFirm;

fn for_each_renaming_firm(otherwise: u64, law: impl Fn(&RenamingFirm) + Sync) {
    let first = number_from_env("SEATWISE_SEED", 1);
    let count = number_from_env("SEATWISE_WORLDS", otherwise);
    (first..first + count).into_par_iter().for_each(|seed| {
        let case = RenamingFirm::new(seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| law(&case)));
        if let Err(panic) = outcome {
            let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            panic!("seed {seed}: {said}\n{}", case.world.files[1].1);
        }
    });
}

fn snapshot_of(live: &Organization) -> Snapshot {
    Snapshot { live: Live(live.clone()), requests: 1, ..Snapshot::default() }
}

/// Plans from `live`; `None` where names do not tell whether a ring has been renamed, or a guard refuses.
fn plan_from(case: &RenamingFirm, live: &Organization) -> Option<Plan> {
    let (scoped, plan) = scope_and_plan(&case.world.policy(), snapshot_of(live));
    let undecided = |kind: &ClashKind| matches!(kind, ClashKind::UndecidedRename(_));
    let clashes: Vec<_> = scoped.clashes.iter().map(|clash| &clash.kind).collect();
    assert!(clashes.iter().all(|kind| undecided(kind) && !case.is_decidable), "clashes: {clashes:?}");
    (clashes.is_empty() && plan.verdict.refusals.is_empty()).then_some(plan)
}

/// Carries out `steps`, and gives newcomers identities, as a service does.
fn carry_out(steps: &[&Step], live: &Organization) -> Organization {
    let mut organization = live.clone();
    for step in steps {
        assert_eq!(replay_step(step, &mut organization), ReplayOutcome::Before, "{step:#?}");
    }
    for (email, user) in &mut organization.users {
        assert_eq!(*email, user.profile.email);
        let user = std::sync::Arc::make_mut(user);
        user.id.get_or_insert_with(|| LiveId::new(&format!("new-{email}")).unwrap());
    }
    for (name, group) in &mut organization.groups {
        group.id.get_or_insert_with(|| LiveId::new(&format!("new-{name}")).unwrap());
    }
    organization
}

fn assert_everybody_has_their_name(case: &RenamingFirm, after: &Organization) {
    let users = after.users.iter().map(|(email, user)| (user.id.clone().unwrap(), email.clone()));
    let newcomers = case.newcomers.iter().map(|email| (new_id(email), email.clone()));
    let wanted: BTreeMap<LiveId, Email> = case.users.clone().into_iter().chain(newcomers).collect();
    assert_eq!(users.collect::<BTreeMap<_, _>>(), wanted);
    let groups = after.groups.iter().map(|(name, group)| (group.id.clone().unwrap(), name.clone()));
    let new_groups = case.new_groups.iter().map(|name| (new_id(name), name.clone()));
    let wanted: BTreeMap<LiveId, GroupName> = case.groups.clone().into_iter().chain(new_groups).collect();
    assert_eq!(groups.collect::<BTreeMap<_, _>>(), wanted);
}

fn new_id(name: &impl std::fmt::Display) -> LiveId {
    LiveId::new(&format!("new-{name}")).unwrap()
}

fn administrators(organization: &Organization) -> usize {
    let administers = |user: &&std::sync::Arc<seatwise::model::User>| {
        user.state == UserState::Active && user.roles.has(RoleId::CO_ADMINISTRATOR)
    };
    organization.users.values().filter(administers).count()
}

#[test]
fn everybody_who_is_renamed_keeps_their_identity_and_the_next_plan_is_empty() {
    for_each_renaming_firm(300, |case| {
        let live = &case.world.live;
        let Some(plan) = plan_from(case, live) else { return };
        let invited = plan.steps.iter().filter_map(|step| match step.act.change() {
            Some(Change::User { edit: Edit::Create(profile), .. }) => Some(profile.email.clone()),
            _ => None,
        });
        assert_eq!(invited.collect::<BTreeSet<_>>(), case.newcomers);
        let steps: Vec<&Step> = plan.steps.iter().collect();
        let after = carry_out(&steps, live);
        assert_everybody_has_their_name(case, &after);
        let again = plan_from(case, &after).expect("what is done can be planned again");
        assert_eq!(again.steps, []);
        assert!(again.left_alone.idle.is_empty(), "{:?}", again.left_alone.idle);
    });
}

#[test]
fn every_prefix_of_renames_keeps_the_guards_and_can_be_planned_on() {
    for_each_renaming_firm(100, |case| {
        let live = &case.world.live;
        let Some(plan) = plan_from(case, live) else { return };
        let floor = plan.guards.administrators.unwrap_or(0) as usize;
        let floor = floor.min(administrators(live));
        for done in 0..plan.steps.len() {
            let prefix: Vec<&Step> = plan.steps[..done].iter().collect();
            let between = carry_out(&prefix, live);
            assert!(administrators(&between) >= floor, "{} administrators", administrators(&between));
            let Some(rest) = plan_from(case, &between) else {
                assert!(!case.is_decidable || administrators(&between) < 2, "no plan after {done} steps");
                continue;
            };
            let after = carry_out(&rest.steps.iter().collect::<Vec<_>>(), &between);
            assert_everybody_has_their_name(case, &after);
        }
    });
}

#[test]
fn steps_that_were_carried_out_are_seen_whatever_names_have_changed_hands() {
    for_each_renaming_firm(100, |case| {
        let Some(plan) = plan_from(case, &case.world.live) else { return };
        for done in 0..=plan.steps.len() {
            let prefix: Vec<&Step> = plan.steps[..done].iter().collect();
            let between = carry_out(&prefix, &case.world.live);
            let seen = step_sightings(&plan.steps, &snapshot_of(&between));
            for (at, seen) in seen.iter().enumerate() {
                let is_done = *seen == StepSighting::Done;
                assert_eq!(is_done, at < done, "{seen:?} after {done} steps: {:#?}", plan.steps[at]);
            }
        }
    });
}

#[test]
fn steps_of_one_turn_may_change_places_as_far_as_their_needs_allow() {
    for_each_renaming_firm(200, |case| {
        let Some(plan) = plan_from(case, &case.world.live) else { return };
        let mut dice = TestDice::new(case.world.seed);
        let (mut open, mut done): (Vec<&Step>, Vec<&Step>) = (plan.steps.iter().collect(), Vec::new());
        while !open.is_empty() {
            let turn = open.iter().map(|step| seatwise::plan::order::turn_of(step)).min();
            let ready = |step: &&Step| {
                Some(seatwise::plan::order::turn_of(step)) == turn
                    && step.needs.iter().all(|need| done.iter().any(|done| done.no == *need))
            };
            let ready: Vec<usize> = (0..open.len()).filter(|at| ready(&open[*at])).collect();
            done.push(open.remove(dice.pick(&ready)));
        }
        assert_everybody_has_their_name(case, &carry_out(&done, &case.world.live));
    });
}

#[test]
fn generated_worlds_exchange_names_and_can_mostly_be_planned() {
    let (mut planned, mut aside, mut retaken) = (0, 0, 0);
    for seed in 1..=200 {
        let case = RenamingFirm::new(seed);
        let Some(plan) = plan_from(&case, &case.world.live) else { continue };
        planned += 1;
        let text = seatwise::plan::file::write_plan(&plan, 24);
        aside += usize::from(text.contains("seatwise-rename") || text.contains("seatwise rename"));
        retaken += usize::from(!case.newcomers.is_empty() || !case.new_groups.is_empty());
    }
    assert!(
        planned > 150 && aside > 60 && retaken > 60,
        "{planned} plans, {aside} rings, {retaken} newcomers"
    );
}
