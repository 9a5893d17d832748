//! The laws of work orders, on generated organizations.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatwise::plan::replay::{ReplayOutcome, replay_step};
use seatwise::plan::{Step, StepNo};
use seatwise::render::work_order::{MOST_ROWS, WorkOrder, WorkOrderTask};

use super::{ordered_steps, records};
use crate::worlds::law::{
    approved_plan, assert_invariants, changes_a_country, first_shut_out, for_each_world, organization_after,
    without_ids,
};

#[test]
fn every_step_is_in_one_task_after_all_that_it_needs() {
    let (uploads, together) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for_each_world(500, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        let order = WorkOrder::new(&plan);
        let mut done: BTreeSet<StepNo> = BTreeSet::new();
        for task in order.tasks() {
            for step in task.steps() {
                assert!(
                    step.needs.iter().all(|need| done.contains(need)),
                    "step {} before what it needs",
                    step.no.0
                );
            }
            for step in task.steps() {
                assert!(done.insert(step.no), "step {} is done twice", step.no.0);
            }
            together.fetch_add(
                usize::from(task.steps().len() > 1 && matches!(task, WorkOrderTask::ByHand(_))),
                Ordering::Relaxed,
            );
        }
        assert_eq!(done.len(), plan.steps.len());
        let visits = &order.visits;
        assert!(
            visits.windows(2).all(|pair| pair[0].page != pair[1].page)
                && visits.iter().all(|visit| !visit.tasks.is_empty())
        );
        uploads.fetch_add(order.uploads().count(), Ordering::Relaxed);
    });
    assert!(
        uploads.into_inner() > 0 && together.into_inner() > 0,
        "there are files, and people of whom the same is done"
    );
}

#[test]
fn steps_done_in_the_order_of_visits_meet_what_the_plan_expects_and_keep_the_invariants() {
    for_each_world(500, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        let mut organization = world.live.clone();
        for step in ordered_steps(&WorkOrder::new(&plan)) {
            assert_eq!(replay_step(step, &mut organization), ReplayOutcome::Before, "step {step:#?}");
            assert_invariants(&organization, world, &format!("{:?}", step.act));
        }
        assert_eq!(without_ids(&organization), without_ids(&organization_after(&plan, &world.live)));
    });
}

#[test]
fn nobody_is_shut_out_in_between_whom_the_plan_keeps_in() {
    let kept_in = AtomicUsize::new(0);
    for_each_world(400, |world| {
        let Some((scoped, plan)) = approved_plan(world) else { return };
        // A change of a country (of a user or a list) has its own phase and its own effect on access.
        if plan.steps.iter().any(|step| changes_a_country(&step.act)) {
            return;
        }
        let shut_out = |steps: &[&Step]| first_shut_out(world, &scoped, &plan, steps);
        if shut_out(&plan.steps.iter().collect::<Vec<_>>()).is_none() {
            assert_eq!(shut_out(&ordered_steps(&WorkOrder::new(&plan))), None);
            kept_in.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(kept_in.into_inner() > 0);
}

#[test]
fn files_are_short_and_have_no_blank_cell() {
    for_each_world(500, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        for upload in WorkOrder::new(&plan).uploads() {
            let records = records(&upload.csv);
            assert!(
                (2..=MOST_ROWS + 1).contains(&records.len()) && records.len() == upload.steps.len() + 1,
                "{}",
                upload.csv
            );
            assert!(records.iter().flatten().all(|cell| !cell.trim().is_empty()), "{}", upload.csv);
            for (record, step) in records[1..].iter().zip(&upload.steps) {
                assert_eq!(record[0], step.act.facts().user.unwrap().as_str());
            }
        }
    });
}

#[test]
fn steps_on_paper_name_every_step_once() {
    for_each_world(500, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        let files = WorkOrder::new(&plan).files();
        let mut named = named_steps(&files["steps.md"]);
        named.sort_unstable();
        assert_eq!(named, (1..=plan.steps.len()).collect::<Vec<_>>(), "{}", files["steps.md"]);
    });
}

/// The step numbers of the lines to tick off: after `(step `, and in the ranges after `(steps `.
fn named_steps(markdown: &str) -> Vec<usize> {
    let mut named = Vec::new();
    for line in markdown.lines().filter(|line| line.trim_start().starts_with("- [ ] ")) {
        let Some((_, numbers)) = line.rsplit_once(" (step") else { continue };
        let numbers = numbers.trim_start_matches('s').trim();
        let end = numbers.find([';', ')']).unwrap();
        for run in numbers[..end].split(", ") {
            let (first, last) = run.split_once('–').unwrap_or((run, run));
            named.extend(first.parse::<usize>().unwrap()..=last.parse().unwrap());
        }
    }
    named
}
