//! A plan as a work order: what a person uploads and clicks, where the organization has no API.
//!
//! The files of users are for the portal's bulk operations; all else is a step by hand. Every step of the
//! plan is in one task, and no task comes before one that it needs: `steps.md` and `steps.html` say them in
//! order, one visit to a page of the portal after another.

mod bulk_file;
mod html;
mod management_page;
mod markdown;
mod task_text;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use bulk_file::{BulkColumn, BulkOperation, HEADERS, MOST_ROWS, UnfitReason};
pub use management_page::ManagementPage;
pub use text::work_order_text;

use super::csv_sheet::CsvSheet;
use super::words;
use crate::plan::order::turn_of;
use crate::plan::{Plan, Step};
use bulk_file::{BulkFit, BulkRow, bulk_fit};

/// The steps for a person.
#[derive(Debug, Clone)]
pub struct WorkOrder<'p> {
    /// What it carries out.
    pub plan: &'p Plan,
    /// Pages of the portal in the order in which they are visited.
    pub visits: Vec<PortalVisit<'p>>,
}

/// What is done on one page of the portal before another is opened.
#[derive(Debug, Clone)]
pub struct PortalVisit<'p> {
    /// Where.
    pub page: ManagementPage,
    /// What, in order.
    pub tasks: Vec<WorkOrderTask<'p>>,
}

/// What is ticked off as one.
#[derive(Debug, Clone)]
pub enum WorkOrderTask<'p> {
    /// A file is uploaded.
    Upload(BulkUpload<'p>),
    /// Somebody clicks.
    ByHand(HandTask<'p>),
}

/// A file for the portal's bulk operations.
#[derive(Debug, Clone)]
pub struct BulkUpload<'p> {
    /// Its name, numbered in the order of uploads: `01-add-users.csv`.
    pub file: String,
    /// What the portal shall do with it.
    pub operation: BulkOperation,
    /// The steps it carries out, a row each.
    pub steps: Vec<&'p Step>,
    /// Its text.
    pub csv: String,
}

/// Clicks on one page that do the same for one person or several.
#[derive(Debug, Clone)]
pub struct HandTask<'p> {
    /// The steps it carries out.
    pub steps: Vec<&'p Step>,
    /// Why a user is not in a file.
    pub unfit: Option<UnfitReason>,
}

impl<'p> WorkOrderTask<'p> {
    /// The steps it carries out, in order.
    pub fn steps(&self) -> &[&'p Step] {
        match self {
            Self::Upload(upload) => &upload.steps,
            Self::ByHand(by_hand) => &by_hand.steps,
        }
    }
}

impl<'p> WorkOrder<'p> {
    /// Makes the work order of `plan`.
    pub fn new(plan: &'p Plan) -> Self {
        let mut visits: Vec<PortalVisit<'p>> = Vec::new();
        let mut files = 0;
        for of_turn in plan.steps.chunk_by(|one, other| turn_of(one) == turn_of(other)) {
            let mut left: Vec<&Step> = of_turn.iter().collect();
            // What can be done on the page that is open is done before another is opened.
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

    /// All tasks in order.
    pub fn tasks(&self) -> impl Iterator<Item = &WorkOrderTask<'p>> {
        self.visits.iter().flat_map(|visit| &visit.tasks)
    }

    /// The files for the portal, in order.
    pub fn uploads(&self) -> impl Iterator<Item = &BulkUpload<'p>> {
        self.tasks().filter_map(|task| match task {
            WorkOrderTask::Upload(upload) => Some(upload),
            WorkOrderTask::ByHand(_) => None,
        })
    }

    /// The files of the folder by name, but for the plan itself.
    pub fn files(&self) -> BTreeMap<String, String> {
        let uploads = self.uploads().map(|upload| (upload.file.clone(), upload.csv.clone()));
        let steps = [
            ("steps.html".to_owned(), html::steps_html(self)),
            ("steps.md".to_owned(), markdown::steps_markdown(self)),
        ];
        uploads.chain(steps).collect()
    }
}

/// Takes out of `left`, the steps of a turn, those of `page` that wait for no step of another page.
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

/// Steps with their rows of one file.
type StepRows<'p> = Vec<(&'p Step, BulkRow)>;

/// What is ticked off for `steps`, which are of one turn and page: the files first.
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

/// The same for several people is ticked off as one: a group's or a role's page is opened once.
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

/// What tasks that do the same for different people have in common; who has something of their own to say has
/// nothing in common.
fn common_phrase(task: &HandTask<'_>) -> Option<(words::ChangeMark, &'static str, String)> {
    let step = task.steps.first().filter(|step| step.act.user().is_some() && task.unfit.is_none())?;
    let phrase = words::act_phrase(&step.act);
    Some((phrase.mark, phrase.kind, phrase.what.plain_text()))
}
