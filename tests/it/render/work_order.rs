//! Work orders: files for the portal, steps for a person, and the check of what was done.

mod bulk_file;
mod html;
mod law;

use seatwise::model::{Email, Profile};
use seatwise::plan::{Phase, Plan, Step, StepNo};
use seatwise::render::work_order::{WorkOrder, WorkOrderTask};

use crate::plain_act::PlainAct;
use crate::plan_builder::{declared_why, empty_plan, profile};

/// A plan with these acts, each in its phase.
pub(crate) fn plan_of(acts: impl IntoIterator<Item = (Phase, PlainAct)>) -> Plan {
    let step = |((phase, act), no): ((Phase, PlainAct), u32)| Step {
        no: StepNo(no),
        phase,
        act: act.into(),
        identities: Vec::new(),
        needs: Vec::new(),
        why: vec![declared_why("people.yaml:3")],
    };
    Plan { steps: acts.into_iter().zip(1..).map(step).collect(), ..empty_plan() }
}

pub(crate) fn invite(profile: Profile) -> (Phase, PlainAct) {
    (Phase::AdmitUsers, PlainAct::Invite(profile))
}

pub(crate) fn update(before: Profile, after: Profile) -> (Phase, PlainAct) {
    (Phase::UpdateProfiles, PlainAct::UpdateUser { before, after })
}

pub(crate) fn person(number: usize) -> Profile {
    profile(&format!("p{number}@firm.example"), "Ana Silva", "PT")
}

/// The records of a CSV file, the header first.
pub(crate) fn records(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The steps in the order in which a person carries them out.
pub(crate) fn ordered_steps<'p>(order: &WorkOrder<'p>) -> Vec<&'p Step> {
    order.tasks().flat_map(WorkOrderTask::steps).copied().collect()
}

pub(crate) fn users(steps: &[&Step]) -> Vec<Email> {
    steps.iter().filter_map(|step| step.act.facts().user.cloned()).collect()
}
