//! The laws of sightings, on generated organizations.

use std::sync::atomic::{AtomicUsize, Ordering};

use seatwise::model::{Live, Organization, Section, Snapshot, UnreadReason};
use seatwise::plan::replay::replay_step;
use seatwise::plan::sighting::{StepSighting, step_sightings};
use seatwise::plan::{Plan, Step};
use seatwise::render::work_order::WorkOrder;

use crate::dice::TestDice;
use crate::render::work_order::ordered_steps;
use crate::worlds::World;
use crate::worlds::law::{approved_plan, empty_section, for_each_world, organization_after};

/// The organization after the first steps in the order of visits, with the sighting of every step at that
/// point.
fn half_done_organization(
    world: &World,
    plan: &Plan,
    dice: &mut TestDice,
) -> (Organization, Vec<StepSighting>) {
    let order = WorkOrder::new(plan);
    let steps: Vec<&Step> = ordered_steps(&order);
    let count = dice.number_below(steps.len() + 1);
    let mut organization = world.live.clone();
    let mut expected = vec![StepSighting::Open; steps.len()];
    for step in &steps[..count] {
        replay_step(step, &mut organization);
        expected[step.no.0 as usize - 1] = StepSighting::Done;
    }
    (organization, expected)
}

#[test]
fn what_was_done_is_seen_to_be_done_and_the_rest_to_be_open() {
    for_each_world(500, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        assert_eq!(
            step_sightings(&plan.steps, &world.snapshot()),
            vec![StepSighting::Open; plan.steps.len()],
            "before"
        );
        let after = Snapshot { live: Live(organization_after(&plan, &world.live)), ..world.snapshot() };
        assert_eq!(step_sightings(&plan.steps, &after), vec![StepSighting::Done; plan.steps.len()], "after");
        let (organization, expected) =
            half_done_organization(world, &plan, &mut TestDice::new(world.seed ^ 0xcafe));
        let found = step_sightings(&plan.steps, &Snapshot { live: Live(organization), ..world.snapshot() });
        for ((step, found), expected) in plan.steps.iter().zip(&found).zip(&expected) {
            assert_eq!(found, expected, "step {step:#?}");
        }
    });
}

#[test]
fn nothing_is_seen_in_a_section_that_was_not_read_and_the_rest_is_as_before() {
    let unseen = AtomicUsize::new(0);
    for_each_world(500, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        let mut dice = TestDice::new(world.seed ^ 0xb0de);
        let (organization, expected) = half_done_organization(world, &plan, &mut dice);
        let mut snapshot = Snapshot { live: Live(organization), ..world.snapshot() };
        let section = dice.pick(&Section::ALL);
        let why = UnreadReason::Failed("short".into());
        snapshot.unread.insert(section, why.clone());
        empty_section(section, &mut snapshot);
        for ((step, found), expected) in
            plan.steps.iter().zip(step_sightings(&plan.steps, &snapshot)).zip(expected)
        {
            let is_unseen = found == StepSighting::Unread(section, why.clone());
            assert!(is_unseen || found == expected, "{section:?}: {found:?}, not {expected:?}: {step:#?}");
            unseen.fetch_add(usize::from(is_unseen), Ordering::Relaxed);
        }
    });
    assert!(unseen.into_inner() > 0);
}
