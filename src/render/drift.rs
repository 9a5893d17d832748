//! Renders what differs from the policy that was last applied, or from what the last run left behind.

use serde::Serialize;

use super::clean::clean_text;
use super::report_notes::ReportNote;
use super::report_table::TableOfLines;
use super::table_report::{ReportOrigin, TableReport};
use super::words::{self, ChangeMark, Phrase};
use crate::model::word_enum;

word_enum! {
    /// What the live organization is compared with.
    pub enum DriftBaseline {
        /// The policy, which has not changed since it was applied.
        Policy = "policy",
        /// What the last run left behind, since the policy has changed.
        LastRun = "last_run",
    }
}

/// The differences between the organization and what it should still be.
#[derive(Debug, Clone)]
pub struct OrganizationDrift {
    /// The run that was the last one to change the organization.
    pub run: String,
    pub baseline: DriftBaseline,
    /// Each difference, in the words of the act that would end it.
    pub differences: Vec<Phrase>,
    /// The managed sections that could not be compared, with their reasons: `users (31 of 32 rows came)`;
    /// `None` where all were.
    pub not_compared: Option<String>,
}

/// What `seatwise drift --format json` writes.
#[derive(Serialize)]
struct DriftJson<'a> {
    /// `seatwise-drift/1`.
    format: &'static str,
    organization: String,
    /// The last run.
    run: &'a str,
    /// `policy`, or `last_run` where the policy has changed since that run.
    compared_with: &'static str,
    /// Whether anything differs.
    drift: bool,
    /// The managed sections that could not be compared; absent where all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_compared: Option<&'a str>,
    differences: Vec<DifferenceJson>,
}

/// A difference, in the words of the act that would end it.
#[derive(Serialize)]
struct DifferenceJson {
    /// `create`, `update` or `remove`.
    op: &'static str,
    /// What kind of thing differs: `user`, `role`, `assignment`, ….
    kind: &'static str,
    /// Which thing.
    subject: String,
    /// What the act would do.
    what: String,
}

impl OrganizationDrift {
    /// Returns the verdict as a sentence.
    pub fn conclusion(&self) -> String {
        let gap = self.not_compared.as_ref().map(|gap| format!("Could not compare: {}.", clean_text(gap)));
        let counted = words::count(self.differences.len(), "difference", "differences");
        match (self.differences.is_empty(), gap) {
            (true, None) => format!("No drift since run {}.", self.run),
            (true, Some(gap)) => {
                format!("{gap} Whether anything drifted since run {} is not known.", self.run)
            }
            (false, gap) => {
                let gap = gap.map(|gap| format!(" {gap}")).unwrap_or_default();
                format!("Drift: {counted} since run {}; who made them is not known here.{gap}", self.run)
            }
        }
    }
}

/// Renders the drift; `terminal` renders it for a terminal.
pub fn drift_report<'a>(
    drift: &'a OrganizationDrift,
    origin: ReportOrigin,
    terminal: impl Fn(usize) -> String + 'a,
) -> TableReport<'a> {
    let table = TableOfLines::new(&drift.differences)
        .left("act", |phrase| mark_word(phrase.mark))
        .left("kind", |phrase| phrase.kind)
        .left("which", |phrase| phrase.subject.plain_text())
        .left("what", |phrase| phrase.what.plain_text())
        .table();
    let organization = origin.organization.clone();
    let json = move || drift_json(drift, organization.clone());
    let conclusion = drift.conclusion();
    TableReport {
        terminal: Some(Box::new(terminal)),
        notes: if table.is_empty() { Vec::new() } else { vec![ReportNote::remark(conclusion.clone())] },
        ..TableReport::new(origin, "Drift", conclusion, table, json)
    }
}

fn drift_json(drift: &OrganizationDrift, organization: String) -> DriftJson<'_> {
    let differences = drift.differences.iter().map(|phrase| DifferenceJson {
        op: mark_word(phrase.mark),
        kind: phrase.kind,
        subject: phrase.subject.plain_text(),
        what: phrase.what.plain_text(),
    });
    DriftJson {
        format: "seatwise-drift/1",
        organization,
        run: &drift.run,
        compared_with: drift.baseline.as_str(),
        drift: !drift.differences.is_empty(),
        not_compared: drift.not_compared.as_deref(),
        differences: differences.collect(),
    }
}

/// Returns the word for a mark, which spreadsheets would take for the beginning of a formula.
pub fn mark_word(mark: ChangeMark) -> &'static str {
    match mark {
        ChangeMark::Create => "create",
        ChangeMark::Update => "update",
        ChangeMark::Remove => "remove",
    }
}
