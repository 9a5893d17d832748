//! A plan as a work order: what a person uploads and clicks, where the organization has no API.
//!
//! The files of users are for the portal's bulk operations; all else is a step by hand. Every step of the
//! plan is in one task, and no task comes before one that it needs: `steps.md` and `steps.html` say them in
//! order, one visit to a page of the portal after another.

mod bulk;
mod html;
mod markdown;
mod pages;
mod tell;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use bulk::{Column, HEADERS, MOST_ROWS, Operation, Unfit};
pub use pages::Page;
pub use text::text;

use super::sheet::Sheet;
use super::words;
use crate::plan::order::turn_of;
use crate::plan::{Plan, Step};
use bulk::{Fit, Row, fit};

/// The steps for a person.
#[derive(Debug, Clone)]
pub struct WorkOrder<'p> {
    /// What it carries out.
    pub plan: &'p Plan,
    /// Pages of the portal in the order in which they are visited.
    pub visits: Vec<Visit<'p>>,
}

/// What is done on one page of the portal before another is opened.
#[derive(Debug, Clone)]
pub struct Visit<'p> {
    /// Where.
    pub page: Page,
    /// What, in order.
    pub tasks: Vec<Task<'p>>,
}

/// What is ticked off as one.
#[derive(Debug, Clone)]
pub enum Task<'p> {
    /// A file is uploaded.
    Upload(Upload<'p>),
    /// Somebody clicks.
    ByHand(ByHand<'p>),
}

/// A file for the portal's bulk operations.
#[derive(Debug, Clone)]
pub struct Upload<'p> {
    /// Its name, numbered in the order of uploads: `01-add-users.csv`.
    pub file: String,
    /// What the portal shall do with it.
    pub operation: Operation,
    /// The steps it carries out, a row each.
    pub steps: Vec<&'p Step>,
    /// Its text.
    pub csv: String,
}

/// Clicks on one page that do the same for one person or several.
#[derive(Debug, Clone)]
pub struct ByHand<'p> {
    /// The steps it carries out.
    pub steps: Vec<&'p Step>,
    /// Why a user is not in a file.
    pub unfit: Option<Unfit>,
}

impl<'p> Task<'p> {
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
        let mut visits: Vec<Visit<'p>> = Vec::new();
        let mut files = 0;
        for of_turn in plan.steps.chunk_by(|one, other| turn_of(one) == turn_of(other)) {
            let mut left: Vec<&Step> = of_turn.iter().collect();
            // What can be done on the page that is open is done before another is opened.
            if let Some(open) = visits.last_mut() {
                open.tasks.extend(tasks(ready_on(open.page, &mut left), &mut files));
            }
            while let Some(page) = left.first().map(|step| Page::of(&step.act)) {
                let tasks = tasks(ready_on(page, &mut left), &mut files);
                visits.push(Visit { page, tasks });
            }
        }
        Self { plan, visits }
    }

    /// All tasks in order.
    pub fn tasks(&self) -> impl Iterator<Item = &Task<'p>> {
        self.visits.iter().flat_map(|visit| &visit.tasks)
    }

    /// The files for the portal, in order.
    pub fn uploads(&self) -> impl Iterator<Item = &Upload<'p>> {
        self.tasks().filter_map(|task| match task {
            Task::Upload(upload) => Some(upload),
            Task::ByHand(_) => None,
        })
    }

    /// The files of the folder by name, but for the plan itself.
    pub fn files(&self) -> BTreeMap<String, String> {
        let uploads = self.uploads().map(|upload| (upload.file.clone(), upload.csv.clone()));
        let steps =
            [("steps.html".to_owned(), html::html(self)), ("steps.md".to_owned(), markdown::markdown(self))];
        uploads.chain(steps).collect()
    }
}

/// Takes out of `left`, the steps of a turn, those of `page` that wait for no step of another page.
fn ready_on<'p>(page: Page, left: &mut Vec<&'p Step>) -> Vec<&'p Step> {
    let mut waiting = BTreeSet::new();
    let (ready, later) = left.drain(..).partition(|step| {
        let is_ready = Page::of(&step.act) == page && step.needs.iter().all(|need| !waiting.contains(need));
        if !is_ready {
            waiting.insert(step.no);
        }
        is_ready
    });
    *left = later;
    ready
}

/// Steps with their rows of one file.
type Rows<'p> = Vec<(&'p Step, Row)>;

/// What is ticked off for `steps`, which are of one turn and page: the files first.
fn tasks<'p>(steps: Vec<&'p Step>, files: &mut usize) -> Vec<Task<'p>> {
    let mut rows: BTreeMap<(Operation, Vec<Column>), Rows<'p>> = BTreeMap::new();
    let mut by_hand = Vec::new();
    for step in steps {
        match fit(&step.act) {
            Fit::Row(operation, row) => rows.entry((operation, row.columns())).or_default().push((step, row)),
            Fit::Unfit(unfit) => by_hand.push(ByHand { steps: vec![step], unfit: Some(unfit) }),
            Fit::NoFile => by_hand.push(ByHand { steps: vec![step], unfit: None }),
        }
    }
    let mut tasks = Vec::new();
    for ((operation, columns), rows) in &rows {
        for rows in rows.chunks(MOST_ROWS) {
            *files += 1;
            tasks.push(Task::Upload(upload(*files, *operation, columns, rows)));
        }
    }
    tasks.extend(gathered(by_hand).into_iter().map(Task::ByHand));
    tasks
}

fn upload<'p>(
    number: usize,
    operation: Operation,
    columns: &[Column],
    rows: &[(&'p Step, Row)],
) -> Upload<'p> {
    let headers: Vec<&str> = columns.iter().map(|column| column.header()).collect();
    let mut sheet = Sheet::new(&headers);
    rows.iter().for_each(|(_, row)| sheet.row(&row.cells()));
    let file = format!("{number:02}-{}-users.csv", operation.as_str());
    Upload { file, operation, steps: rows.iter().map(|(step, _)| *step).collect(), csv: sheet.written() }
}

/// The same for several people is ticked off as one: a group's or a role's page is opened once.
fn gathered(tasks: Vec<ByHand<'_>>) -> Vec<ByHand<'_>> {
    let mut gathered: Vec<ByHand<'_>> = Vec::new();
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for task in tasks {
        match alike(&task).map(|key| *known.entry(key).or_insert(gathered.len())) {
            Some(at) if at < gathered.len() => gathered[at].steps.extend(task.steps),
            Some(_) | None => gathered.push(task),
        }
    }
    gathered
}

/// What tasks that do the same for different people have in common; who has something of their own to say has
/// nothing in common.
fn alike(task: &ByHand<'_>) -> Option<(words::Mark, &'static str, String)> {
    let step = task.steps.first().filter(|step| step.act.user().is_some() && task.unfit.is_none())?;
    let phrase = words::act(&step.act);
    Some((phrase.mark, phrase.kind, phrase.what.plain()))
}
