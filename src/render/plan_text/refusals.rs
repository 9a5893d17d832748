//! Writes what the guards refuse, the contributors, and the policy lines that would approve the refused
//! steps.

use jiff::ToSpan;

use super::{Paint, PlanTextPage};
use crate::model::{Date, Text};
use crate::plan::file::PlanDigest;
use crate::plan::{Plan, Refusal};
use crate::render::clean::clean_text;
use crate::render::columns::Align;
use crate::render::terminal_table::{TerminalRow, TerminalTable};
use crate::render::words::{self, MarkedText};
use crate::render::yaml;

/// The most contributors that are listed.
const CONTRIBUTORS: usize = 10;
/// The most items that are printed with a refusal; [`approvals_yaml`] has all of them.
const ITEMS: usize = 40;
/// How far the contributors are indented.
const CONTRIBUTOR: usize = 8;
/// How long a suggested approval holds, in days: enough to merge and apply, and no more.
const APPROVED_DAYS: i64 = 14;

impl PlanTextPage<'_> {
    /// Writes the refusals of the guards, each with its contributors and a way out.
    pub(super) fn write_refusals(&mut self, digest: PlanDigest) {
        let refusals = &self.plan.verdict.refusals;
        for refusal in refusals {
            let said = words::refusal_words(refusal, &self.plan.impact);
            let said = MarkedText::new(format!("{}: ", words::guard_key(refusal.guard))).append(said);
            self.out.push('\n');
            self.write_labelled(2, Paint::alarm, "Refused", &said);
            self.write_contributors(refusal);
            self.write_way_out(refusal);
        }
        if refusals.iter().any(|refusal| !refusal.approvable.is_empty()) {
            self.out.push('\n');
            let way = format!("Or, for exactly this plan and once: --approve {}", digest.approval_hex());
            self.write_wrapped(2, &way);
        }
    }

    fn write_contributors(&mut self, refusal: &Refusal) {
        let most = if self.options.full { usize::MAX } else { CONTRIBUTORS };
        let rows = refusal.contributors.iter().take(most).map(|contributor| {
            let cause = clean_text(&contributor.cause).into_owned();
            let counted = words::contributor_count(refusal, contributor, &self.plan.impact);
            TerminalRow::plain(CONTRIBUTOR, [counted, cause])
        });
        let aligns = vec![Align::Right, Align::Left];
        let table = TerminalTable { aligns, head: None, rows: rows.collect() };
        self.out += &table.text(self.options.width);
        if let more @ 1.. = refusal.contributors.len().saturating_sub(most) {
            let more = words::count(more, "more cause", "more causes");
            self.write_wrapped(CONTRIBUTOR, &format!("and {more} (--full)"));
        }
    }

    fn write_way_out(&mut self, refusal: &Refusal) {
        if refusal.approvable.is_empty() {
            let said = words::unapprovable_words(refusal.guard).plain_text();
            self.write_wrapped(4, &said);
            return;
        }
        if refusal.approvable.len() > ITEMS && !self.options.full {
            let items = words::count(refusal.approvable.len(), "item", "items");
            let program = self.options.program;
            let way = format!("`{program} plan --approvals` prints the lines for seatwise.yaml.");
            self.write_wrapped(4, &format!("To approve: {items}; {way}"));
            return;
        }
        self.write_wrapped(
            4,
            "To approve exactly these, add under `approvals:` in seatwise.yaml, say why, and have it \
            reviewed:",
        );
        let lines = approval_yaml(refusal, self.plan.as_of);
        self.out.push_str(&lines);
    }
}

/// Returns the complete `approvals:` block that would let the plan pass; empty where nothing can be approved.
pub fn approvals_yaml(plan: &Plan) -> String {
    let entries: String = plan
        .verdict
        .refusals
        .iter()
        .filter(|refusal| !refusal.approvable.is_empty())
        .map(|refusal| approval_yaml(refusal, plan.as_of))
        .collect();
    if entries.is_empty() { entries } else { format!("approvals:\n{entries}") }
}

/// Returns one entry of `approvals:`, indented to stand under it.
fn approval_yaml(refusal: &Refusal, as_of: Date) -> String {
    // Beyond the end of the calendar, nothing is added.
    let until = as_of.checked_add(APPROVED_DAYS.days()).unwrap_or(as_of);
    let guard = refusal.guard.as_str();
    let items: Vec<String> =
        refusal.approvable.iter().map(|item: &Text| yaml::scalar(item).into_owned()).collect();
    let mut out = String::new();
    let flow = format!(
        "  - {{guard: {guard}, items: [{}], reason: \"say why\", until: {until}}}\n",
        items.join(", ")
    );
    if flow.chars().count() <= yaml::WIDTH {
        return flow;
    }
    out += &format!("  - guard: {guard}\n    reason: \"say why\"\n    until: {until}\n    items:\n");
    for item in items {
        out += &format!("      - {item}\n");
    }
    out
}
