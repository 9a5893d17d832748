//! The steps as one page: to tick off on a screen or on paper, without a network.

use askama::Template;

use super::super::clean::clean;
use super::super::words::{Span, Words};
use super::tell::{self, Told};
use super::{Visit, WorkOrder};

#[derive(Template)]
#[template(path = "work_order/page.html")]
struct Page {
    organization: String,
    lead: Words,
    beforehand: Vec<Words>,
    flips: Vec<Words>,
    visits: Vec<Section>,
}

struct Section {
    title: &'static str,
    tasks: Vec<Told>,
}

/// `steps.html`.
pub(super) fn html(order: &WorkOrder<'_>) -> String {
    let page = Page {
        organization: clean(&order.plan.organization).into_owned(),
        lead: tell::lead(order),
        beforehand: tell::beforehand(order),
        flips: tell::flips(order),
        visits: order.visits.iter().map(section).collect(),
    };
    // Only a template of our own could fail, and none does.
    page.render().unwrap_or_default()
}

fn section(visit: &Visit<'_>) -> Section {
    Section { title: visit.page.as_str(), tasks: visit.tasks.iter().map(Told::of).collect() }
}
