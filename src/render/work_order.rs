//! Renders a plan as a work order: what a person uploads and clicks, where the organization has no API.
//!
//! Changes of users are in files for the portal's bulk operations; every other change is a step by hand. Each
//! step of the plan is in exactly one task, and no task precedes one that it needs: `steps.md` and
//! `steps.html` list the tasks in order, one visit to a page of the portal after another.

mod bulk_file;
mod html;
mod json;
mod management_page;
mod markdown;
mod task_text;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use bulk_file::{BulkColumn, BulkOperation, HEADERS, MOST_ROWS, UnfitReason};
pub use json::work_order_document;
pub use management_page::ManagementPage;
pub use text::work_order_text;

use super::csv_sheet::CsvSheet;
use super::words;
use crate::plan::order::turn_of;
use crate::plan::{Plan, Step};
use bulk_file::{BulkFit, BulkRow, bulk_fit};

/// The tasks by which a person carries out a plan.
#[derive(Debug, Clone)]
pub struct WorkOrder<'p> {
    /// The plan that the work order carries out.
    pub plan: &'p Plan,
    /// Visits to pages of the portal, in order.
    pub visits: Vec<PortalVisit<'p>>,
}

/// The tasks on one page of the portal, done before another page is opened.
#[derive(Debug, Clone)]
pub struct PortalVisit<'p> {
    pub page: ManagementPage,
    /// The tasks, in order.
    pub tasks: Vec<WorkOrderTask<'p>>,
}

/// A task that a person ticks off as one.
#[derive(Debug, Clone)]
pub enum WorkOrderTask<'p> {
    /// Upload of a file.
    Upload(BulkUpload<'p>),
    /// Clicks on a page.
    ByHand(HandTask<'p>),
}

/// A file for the portal's bulk operations.
#[derive(Debug, Clone)]
pub struct BulkUpload<'p> {
    /// The name of the file, numbered in the order of uploads: `01-add-users.csv`.
    pub file: String,
    pub operation: BulkOperation,
    /// The steps that the file carries out, one for each row.
    pub steps: Vec<&'p Step>,
    /// The text of the file.
    pub csv: String,
}

/// Clicks on one page that do the same for one or several people.
#[derive(Debug, Clone)]
pub struct HandTask<'p> {
    /// The steps that the task carries out.
    pub steps: Vec<&'p Step>,
    /// The reason why a user is not in a bulk file.
    pub unfit: Option<UnfitReason>,
}

impl<'p> WorkOrderTask<'p> {
    /// Returns the steps that the task carries out, in order.
    pub fn steps(&self) -> &[&'p Step] {
        match self {
            Self::Upload(upload) => &upload.steps,
            Self::ByHand(by_hand) => &by_hand.steps,
        }
    }
}

impl<'p> WorkOrder<'p> {
    /// Creates the work order of `plan`.
    pub fn new(plan: &'p Plan) -> Self {
        let mut visits: Vec<PortalVisit<'p>> = Vec::new();
        let mut files = 0;
        for of_turn in plan.steps.chunk_by(|one, other| turn_of(one) == turn_of(other)) {
            let mut left: Vec<&Step> = of_turn.iter().collect();
            // All that can be done on the open page is done before another page is opened.
            if let Some(open) = visits.last_mut() {
                open.tasks.extend(page_tasks(take_ready(open.page, &mut left), &mut files));
            }
            while let Some(page) = left.first().map(|step| ManagementPage::for_act(&step.act)) {
                let tasks = page_tasks(take_ready(page, &mut left), &mut files);
                visits.push(PortalVisit { page, tasks });
            }
        }
        Self { plan, visits }
    }

    /// Returns all tasks in order.
    pub fn tasks(&self) -> impl Iterator<Item = &WorkOrderTask<'p>> {
        self.visits.iter().flat_map(|visit| &visit.tasks)
    }

    /// Returns the files for the portal, in order.
    pub fn uploads(&self) -> impl Iterator<Item = &BulkUpload<'p>> {
        self.tasks().filter_map(|task| match task {
            WorkOrderTask::Upload(upload) => Some(upload),
            WorkOrderTask::ByHand(_) => None,
        })
    }

    /// Returns the files of the folder by name, except for the plan itself.
    pub fn files(&self) -> BTreeMap<String, String> {
        let uploads = self.uploads().map(|upload| (upload.file.clone(), upload.csv.clone()));
        let steps = [
            ("steps.html".to_owned(), html::steps_html(self)),
            ("steps.md".to_owned(), markdown::steps_markdown(self)),
        ];
        uploads.chain(steps).collect()
    }
}

/// Takes from `left` the steps of `page` that wait for no step of another page.
fn take_ready<'p>(page: ManagementPage, left: &mut Vec<&'p Step>) -> Vec<&'p Step> {
    let mut waiting = BTreeSet::new();
    let (ready, later) = left.drain(..).partition(|step| {
        let is_ready = ManagementPage::for_act(&step.act) == page
            && step.needs.iter().all(|need| !waiting.contains(need));
        if !is_ready {
            waiting.insert(step.no);
        }
        is_ready
    });
    *left = later;
    ready
}

/// Steps with their rows in a bulk file.
type StepRows<'p> = Vec<(&'p Step, BulkRow)>;

/// Returns the tasks for `steps`, which belong to one visit: first the files, then the steps by hand.
fn page_tasks<'p>(steps: Vec<&'p Step>, files: &mut usize) -> Vec<WorkOrderTask<'p>> {
    let mut rows: BTreeMap<(BulkOperation, Vec<BulkColumn>), StepRows<'p>> = BTreeMap::new();
    let mut by_hand = Vec::new();
    for step in steps {
        match bulk_fit(&step.act) {
            BulkFit::Row(operation, row) => {
                rows.entry((operation, row.columns())).or_default().push((step, row))
            }
            BulkFit::Unfit(unfit) => by_hand.push(HandTask { steps: vec![step], unfit: Some(unfit) }),
            BulkFit::NoFile => by_hand.push(HandTask { steps: vec![step], unfit: None }),
        }
    }
    let mut tasks = Vec::new();
    for ((operation, columns), rows) in &rows {
        for rows in rows.chunks(MOST_ROWS) {
            *files += 1;
            tasks.push(WorkOrderTask::Upload(bulk_upload(*files, *operation, columns, rows)));
        }
    }
    tasks.extend(gather_tasks(by_hand).into_iter().map(WorkOrderTask::ByHand));
    tasks
}

fn bulk_upload<'p>(
    number: usize,
    operation: BulkOperation,
    columns: &[BulkColumn],
    rows: &[(&'p Step, BulkRow)],
) -> BulkUpload<'p> {
    let headers: Vec<&str> = columns.iter().map(|column| column.header()).collect();
    let mut sheet = CsvSheet::new(&headers);
    rows.iter().for_each(|(_, row)| sheet.add_row(&row.cells()));
    let file = format!("{number:02}-{}-users.csv", operation.as_str());
    BulkUpload {
        file,
        operation,
        steps: rows.iter().map(|(step, _)| *step).collect(),
        csv: sheet.into_text(),
    }
}

/// Merges tasks that do the same for several people: the page of a group or role is opened once.
fn gather_tasks(tasks: Vec<HandTask<'_>>) -> Vec<HandTask<'_>> {
    let mut gathered: Vec<HandTask<'_>> = Vec::new();
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for task in tasks {
        match common_phrase(&task).map(|key| *known.entry(key).or_insert(gathered.len())) {
            Some(at) if at < gathered.len() => gathered[at].steps.extend(task.steps),
            Some(_) | None => gathered.push(task),
        }
    }
    gathered
}

/// Returns the key by which tasks for different people are merged; `None` where a task has text of its own.
fn common_phrase(task: &HandTask<'_>) -> Option<(words::ChangeMark, &'static str, String)> {
    let step = task.steps.first().filter(|step| step.act.facts().user.is_some() && task.unfit.is_none())?;
    let phrase = words::act_phrase(&step.act);
    Some((phrase.mark, phrase.kind, phrase.what.plain_text()))
}
