//! Renders the steps as one HTML page to tick off on a screen or on paper, without a network.

use askama::Template;

use super::super::clean::clean_text;
use super::super::words::{MarkedSpan, MarkedText};
use super::task_text::{self, TaskText};
use super::{PortalVisit, WorkOrder};

/// The values of the template `work_order/page.html`.
#[derive(Template)]
#[template(path = "work_order/page.html")]
struct WorkOrderHtml {
    organization: String,
    lead: MarkedText,
    beforehand: Vec<MarkedText>,
    flips: Vec<MarkedText>,
    visits: Vec<VisitSection>,
}

/// The section of one visit on the page.
struct VisitSection {
    title: &'static str,
    tasks: Vec<TaskText>,
}

/// Renders `steps.html`.
pub(super) fn steps_html(order: &WorkOrder<'_>) -> String {
    let page = WorkOrderHtml {
        organization: clean_text(&order.plan.organization).into_owned(),
        lead: task_text::lead_text(order),
        beforehand: task_text::opening_notes(order),
        flips: task_text::flip_warnings(order),
        visits: order.visits.iter().map(visit_section).collect(),
    };
    // Only a template can fail, and this one never does.
    page.render().unwrap_or_default()
}

fn visit_section(visit: &PortalVisit<'_>) -> VisitSection {
    VisitSection { title: visit.page.as_str(), tasks: visit.tasks.iter().map(TaskText::from_task).collect() }
}
