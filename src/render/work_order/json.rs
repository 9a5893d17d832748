//! Renders a work order for programs: which page is visited for what.

use serde::Serialize;

use super::{WorkOrder, WorkOrderTask};
use crate::plan::Step;
use crate::plan::file::plan_digest;

/// What `seatwise work-order --format json` writes.
#[derive(Serialize)]
pub struct WorkOrderJson<'a> {
    /// `seatwise-work-order/1`.
    format: &'static str,
    organization: &'a str,
    /// What names the plan, 64 hex digits.
    digest: String,
    /// The folder that was written; `null` where there was nothing to do.
    folder: Option<String>,
    /// Visits to pages of the portal, in order.
    visits: Vec<VisitJson<'a>>,
}

/// A visit to a page of the portal.
#[derive(Serialize)]
struct VisitJson<'a> {
    /// The page, as the portal's menu names it.
    page: &'static str,
    /// What to do there, in order.
    tasks: Vec<TaskJson<'a>>,
}

/// A task that a person ticks off as one.
#[derive(Serialize)]
struct TaskJson<'a> {
    /// The file to upload; `null` where the task is done by hand.
    upload: Option<&'a str>,
    /// The numbers of the plan's steps that the task carries out.
    steps: Vec<u32>,
}

/// Describes a work order that was written to `folder`.
pub fn work_order_document<'a>(order: &'a WorkOrder<'_>, folder: Option<String>) -> WorkOrderJson<'a> {
    let visits = order.visits.iter().map(|visit| VisitJson {
        page: visit.page.as_str(),
        tasks: visit.tasks.iter().map(task_json).collect(),
    });
    WorkOrderJson {
        format: "seatwise-work-order/1",
        organization: &order.plan.organization,
        digest: plan_digest(order.plan).to_string(),
        folder,
        visits: visits.collect(),
    }
}

fn task_json<'a>(task: &'a WorkOrderTask<'_>) -> TaskJson<'a> {
    let numbers = |steps: &[&Step]| steps.iter().map(|step| step.no.0).collect();
    match task {
        WorkOrderTask::Upload(upload) => {
            TaskJson { upload: Some(&upload.file), steps: numbers(&upload.steps) }
        }
        WorkOrderTask::ByHand(by_hand) => TaskJson { upload: None, steps: numbers(&by_hand.steps) },
    }
}
