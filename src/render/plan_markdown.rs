//! Renders the plan for a pull request: what must not be missed first, long lists last, cut to a size that a
//! forge accepts.
//!
//! Foreign text is always in a code span, where a forge makes no mention, link, table cell or HTML of it.

mod sections;

use std::collections::BTreeMap;

use super::access_rows::{AccessDetail, AccessRow, access_rows};
use super::clean::clean_text;
use super::comparison::{ComparisonGaps, withholds_contradictions};
use super::outline::{Outline, OutlineCounts, OutlineEntry};
use super::plan_text::{
    AccessCauses, affected_people, approvals_yaml, cost, exposure_text, number_or_unknown,
};
use super::words::{self, ChangeMark, MarkedSpan, MarkedText};
use crate::change::{Change, DateConflict, WithheldReason};
use crate::model::{Email, LicenceKind, RoleId};
use crate::plan::file::plan_digest;
use crate::plan::impact::ExposureProjection;
use crate::plan::{GuardWarning, Plan};
use sections::{MarkdownSection, SectionLayout, SectionRank, lay_out_sections, remark_row};

/// The most characters of a comment that a forge accepts, with room to spare.
pub const BUDGET: usize = 60_000;
/// Characters reserved for the note about omitted rows and for the last line.
const RESERVE: usize = 1_500;
/// The most contributors of a refusal that are listed.
const CONTRIBUTORS: usize = 10;
/// The most affected people that are named for each flip.
const NAMES: usize = 50;
/// The most causes that are named in each row of the access table.
const CAUSES: usize = 3;

/// The title of the changed addresses of people who have a role.
const READDRESSED: &str = "New addresses of people with a role";

/// Renders the plan in Markdown, at most `budget` characters, but never less than the head and the last line
/// need.
///
/// What must stay stands first and gets its room first: refusals, administrators, what cannot be undone,
/// access, licences. Long lists come last, and are cut with a count.
pub fn plan_markdown(plan: &Plan, budget: usize) -> String {
    let outline = Outline::new(plan);
    let heading = plan_heading(plan, outline.counts());
    let room = budget.saturating_sub(RESERVE + heading.chars().count());
    let mut page = MarkdownPage { sections: Vec::new() };
    page.add_conflicts(plan);
    page.add_refusals(plan, room);
    let (readdressed, others): (Vec<&OutlineEntry<'_>>, Vec<&OutlineEntry<'_>>) =
        outline.entries.iter().partition(|entry| plan.readdresses(entry.step));
    page.add_entries(SectionRank::Administrators, READDRESSED, &readdressed);
    let (administrators, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|entry| concerns_administrators(entry));
    page.add_entries(SectionRank::Administrators, "Administrators", &administrators);
    page.add_warnings(plan);
    page.add_access(plan);
    page.add_licences(plan);
    page.add_flips(plan);
    page.add_remarks(plan);
    let (removals, rest): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|entry| words::act_phrase(&entry.step.act).mark == ChangeMark::Remove);
    page.add_entries(SectionRank::Lists, "Removals", &removals);
    page.add_entries(SectionRank::Lists, "Other changes", &rest);
    page.add_withheld(plan);
    page.add_people("Who loses access", "people who lose access", &plan.impact.losing);
    page.add_people("Who gains access", "people who gain access", &plan.impact.gaining);
    let SectionLayout { text, left_out, cuts } = lay_out_sections(&page.sections, room);
    heading + &text + &closing_lines(plan, left_out, &cuts)
}

/// Returns whether a line makes somebody a Co-Administrator, or takes the role from somebody.
fn concerns_administrators(entry: &OutlineEntry<'_>) -> bool {
    let mut steps = std::iter::once(entry.step).chain(entry.with.iter().copied());
    steps.any(|step| {
        matches!(step.act.change(), Some(Change::Role { role, .. }) if role.is(RoleId::CO_ADMINISTRATOR))
    })
}

/// Whether a section is open or folded away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SectionFold {
    Open,
    Closed,
}

/// The sections of a page, in the order in which they stand.
struct MarkdownPage {
    sections: Vec<MarkdownSection>,
}

impl MarkdownPage {
    fn add_rows(&mut self, rank: SectionRank, noun: &'static str, rows: Vec<String>) {
        let (begin, end) = (String::new(), "\n".to_owned());
        if !rows.is_empty() {
            self.sections.push(MarkdownSection { rank, noun, begin, rows, end });
        }
    }

    fn add_text(&mut self, rank: SectionRank, begin: String) {
        let (rows, end) = (Vec::new(), String::new());
        self.sections.push(MarkdownSection { rank, noun: "", begin, rows, end });
    }

    fn add_table(&mut self, table: ReviewTable) {
        let ReviewTable { rank, noun, title, header, rows, fold } = table;
        if rows.is_empty() {
            return;
        }
        let number = words::number(rows.len());
        let (begin, end) = match fold {
            SectionFold::Open => (format!("#### {title} ({number})\n\n{header}"), "\n".to_owned()),
            SectionFold::Closed => (
                format!("<details><summary>{title} ({number})</summary>\n\n{header}"),
                "\n</details>\n\n".to_owned(),
            ),
        };
        self.sections.push(MarkdownSection { rank, noun, begin, rows, end });
    }

    /// Adds what the policy's dates make impossible, and what is withheld for it today.
    fn add_conflicts(&mut self, plan: &Plan) {
        let problem = |DateConflict { at, day: _, says }: &DateConflict| {
            format!(
                "> - {}: {}\n",
                code_span(&format!("{}:{}", at.file, at.line)),
                code_span(&says.replace('`', "'"))
            )
        };
        let mut rows: Vec<String> = plan.conflicts.iter().take(CONTRIBUTORS).map(problem).collect();
        if let more @ 1.. = plan.conflicts.len().saturating_sub(CONTRIBUTORS) {
            let more = words::count(more, "more problem", "more problems");
            rows.push(format!("> - and {more}: `seatwise validate` shows all\n"));
        }
        let held = plan.withheld.iter().filter(|held| matches!(held.reason, WithheldReason::Conflict(_)));
        rows.extend(
            held.take(NAMES).map(|held| format!("> - Withheld: {}\n", mark_up(&words::withheld_words(held)))),
        );
        if !rows.is_empty() {
            let begin = "> [!WARNING]\n> **Problems in the policy**\n";
            self.add_text(SectionRank::Refusals, format!("{begin}{}\n", rows.concat()));
        }
    }

    fn add_refusals(&mut self, plan: &Plan, room: usize) {
        let rank = SectionRank::Refusals;
        for refusal in &plan.verdict.refusals {
            let said = mark_up(&words::refusal_words(refusal, &plan.impact));
            let begin =
                format!("> [!CAUTION]\n> **Refused** by `{}`: {said}\n", words::guard_key(refusal.guard));
            let contributors = refusal.contributors.iter().take(CONTRIBUTORS);
            let mut rows: Vec<_> = contributors
                .map(|one| {
                    let counted = words::contributor_count(refusal, one, &plan.impact);
                    format!("> - {}: {counted}\n", code_span(&one.cause))
                })
                .collect();
            if let more @ 1.. = refusal.contributors.len().saturating_sub(CONTRIBUTORS) {
                rows.push(format!("> - and {}\n", words::count(more, "more cause", "more causes")));
            }
            if refusal.approvable.is_empty() {
                rows.push(format!("> \n> {}\n", mark_up(&words::unapprovable_words(refusal.guard))));
            }
            let (noun, end) = ("causes of refusals", "\n".to_owned());
            self.sections.push(MarkdownSection { rank, noun, begin, rows, end });
        }
        let approvals = approvals_yaml(plan);
        if !approvals.is_empty() {
            self.add_text(rank, approvals_block(&approvals, room));
        }
    }

    fn add_entries(&mut self, rank: SectionRank, title: &'static str, entries: &[&OutlineEntry<'_>]) {
        let (noun, fold) = match title {
            READDRESSED => ("new addresses", SectionFold::Open),
            "Administrators" => ("lines on administrators", SectionFold::Open),
            "Removals" => ("removals", SectionFold::Open),
            _ => ("other changes", SectionFold::Closed),
        };
        let header = "| | What | Change | Where |\n|---|---|---|---|\n";
        let rows = entries.iter().map(|entry| entry_row(entry)).collect();
        self.add_table(ReviewTable { rank, noun, title, header, rows, fold });
    }

    fn add_flips(&mut self, plan: &Plan) {
        for flip in &plan.impact.flips {
            let (verb, people) = affected_people(&plan.impact, flip);
            // The step's own line says what happens; this section only adds the people concerned.
            if people.is_empty() {
                continue;
            }
            let begin = format!("> [!WARNING]\n> {}\n", mark_up(&words::flip_words(flip)));
            let named: Vec<_> = people.iter().take(NAMES).map(|name| code_span(name)).collect();
            let more = match people.len().saturating_sub(NAMES) {
                0 => String::new(),
                more => format!(" and {} more", words::number(more)),
            };
            let count = words::count(people.len(), "person", "people");
            let rows = vec![format!("> \n> {count} {verb}: {}{more}\n", named.join(", "))];
            let (rank, noun) = (SectionRank::Remarks, "lists of people concerned");
            self.sections.push(MarkdownSection { rank, noun, begin, rows, end: "\n".to_owned() });
        }
    }

    fn add_access(&mut self, plan: &Plan) {
        let mut rows = access_rows(&plan.impact, AccessDetail::Abridged { causes: CAUSES });
        // Reviewers look for losses first.
        rows.sort_by_key(|row| std::cmp::Reverse(row.lost));
        let row = |row: AccessRow| {
            let (lost, gained) = (words::signed_number('−', row.lost), words::signed_number('+', row.gained));
            format!("| {} | {lost} | {gained} | {} |\n", mark_up(&row.subject), mark_up(&row.causes))
        };
        self.add_table(ReviewTable {
            rank: SectionRank::Access,
            noun: "rows of the access table",
            title: "Access",
            header: "| Product | People lose | People gain | Because of |\n|---|--:|--:|---|\n",
            rows: rows.into_iter().map(row).collect(),
            fold: SectionFold::Open,
        });
    }

    fn add_licences(&mut self, plan: &Plan) {
        let rows = plan.impact.licences.iter().map(|line| {
            let kind = match line.licence {
                LicenceKind::Named => " by name",
                LicenceKind::Pooled => "",
            };
            let (before, after) = (words::number(line.assigned_before), words::number(line.assigned_after));
            let product = code_span(line.product.as_str());
            format!(
                "| {product}{kind} | {} | {} | {before} → {after} | {} |\n",
                number_or_unknown(line.owned),
                number_or_unknown(line.peak),
                exposure_text(line.exposure.as_ref())
            )
        });
        self.add_table(ReviewTable {
            rank: SectionRank::Licences,
            noun: "rows of the licence table",
            title: "Licences",
            header: "| Licences | Owned | Peak 90 d | Assigned | Exposure |\n|---|--:|--:|--:|--:|\n",
            rows: rows.collect(),
            fold: SectionFold::Open,
        });
    }

    /// Adds the short lines that must stay: what cannot be undone, the guards that are off, what it costs.
    fn add_warnings(&mut self, plan: &Plan) {
        let not_undoable = words::not_undoable_nouns(&plan.impact.not_undoable);
        let mut rows = Vec::new();
        if !not_undoable.is_empty() {
            rows.push(format!("- **Not undoable:** {}\n", not_undoable.join(", ")));
        }
        let off = plan.verdict.warnings.iter().filter(|warning| matches!(warning, GuardWarning::Off(_)));
        rows.extend(off.map(warning_row));
        match &plan.impact.exposure {
            ExposureProjection::Unread | ExposureProjection::Stale(_) => {}
            ExposureProjection::Known(total) => {
                rows.push(format!("- **Exposure:** {}\n", mark_up(&words::exposure_words(total))));
            }
        }
        self.add_rows(SectionRank::Warnings, "warnings", rows);
    }

    fn add_remarks(&mut self, plan: &Plan) {
        let warnings = plan.verdict.warnings.iter();
        let others = warnings.filter(|warning| !matches!(warning, GuardWarning::Off(_))).map(warning_row);
        let idle = plan.left_alone.idle.iter().map(|text| format!("- Has no effect: {}\n", code_span(text)));
        let joined = plan.joined_products.iter().map(words::same_product_words).map(remark_row);
        self.add_rows(SectionRank::Remarks, "remarks", joined.chain(others).chain(idle).collect());
    }

    fn add_withheld(&mut self, plan: &Plan) {
        let rows = plan.withheld.iter().map(|withheld| {
            let phrase = words::withheld_phrase(&withheld.what);
            let thing = format!("{} {}", phrase.kind, mark_up(&phrase.subject));
            format!(
                "| {} | {thing} | {} | {} |\n",
                mark_cell(phrase.mark),
                mark_up(&phrase.what),
                mark_up(&words::reason_words(&withheld.reason))
            )
        });
        self.add_table(ReviewTable {
            rank: SectionRank::Lists,
            noun: "withheld differences",
            title: "Withheld",
            header: "| | What | Difference | Why it is withheld |\n|---|---|---|---|\n",
            rows: rows.collect(),
            fold: SectionFold::Closed,
        });
    }

    /// Adds the people last, as the list can be long: the tables before it have the numbers and the causes.
    fn add_people(
        &mut self,
        title: &'static str,
        noun: &'static str,
        people: &BTreeMap<Email, AccessCauses>,
    ) {
        let rows = people.iter().map(|(person, causes)| {
            let said = causes.iter().map(|(cause, products)| {
                let products = MarkedText::default().names(products.iter());
                format!("{} ({})", mark_up(&products), mark_up(&words::cause_words(cause)))
            });
            format!("| {} | {} |\n", code_span(person.as_str()), said.collect::<Vec<_>>().join("; "))
        });
        self.add_table(ReviewTable {
            rank: SectionRank::Lists,
            noun,
            title,
            header: "| Who | What, and because of what |\n|---|---|\n",
            rows: rows.collect(),
            fold: SectionFold::Closed,
        });
    }
}

/// A table of the page.
struct ReviewTable {
    rank: SectionRank,
    noun: &'static str,
    title: &'static str,
    header: &'static str,
    rows: Vec<String>,
    fold: SectionFold,
}

/// Returns the approvals as a whole or not at all: half an approval is a wrong one.
fn approvals_block(yaml: &str, room: usize) -> String {
    let fence = fence(yaml, 3);
    let block = format!(
        "<details><summary>The lines that would approve exactly this, for \
            <code>seatwise.yaml</code></summary>\n\n{fence}yaml\n{yaml}{fence}\n\n</details>\n\n"
    );
    if block.chars().count() > room / 4 {
        "The lines that would approve exactly this are printed by `seatwise plan --approvals`.\n\n".to_owned()
    } else {
        block
    }
}

fn warning_row(warning: &GuardWarning) -> String {
    format!("- Warning: {}\n", mark_up(&words::warning_words(warning)))
}

/// Says what is left out, and names the plan.
fn closing_lines(plan: &Plan, left_out: usize, cuts: &[String]) -> String {
    let digest = plan_digest(plan);
    let named = format!("Plan `{}` (`{digest}`)\n", digest.short_hex());
    if left_out == 0 {
        return named;
    }
    let lines = words::count(left_out, "line is", "lines are");
    format!(
        "**{lines} left out** to keep this short: {}; `seatwise plan` shows everything.\n\n{named}",
        cuts.join(", ")
    )
}

fn plan_heading(plan: &Plan, counts: OutlineCounts) -> String {
    let name = code_span(&plan.organization);
    let gaps = ComparisonGaps::from_plan(plan);
    let gap = gaps.reasons().map(|reasons| format!("**Could not compare:** {}.\n\n", mark_up(&reasons)));
    let gap = gap.unwrap_or_default();
    if counts.total() == 0 {
        let said = match gaps.is_empty() {
            false => "could not compare everything",
            true if withholds_contradictions(plan) => "nothing is planned",
            true => "nothing to do",
        };
        return format!("### {name}: {said}\n\n{gap}");
    }
    let withheld = if plan.withheld.is_empty() {
        String::new()
    } else {
        format!("; {} withheld", words::number(plan.withheld.len()))
    };
    format!(
        "### Plan for {name}: {}\n\n{gap}{}{withheld}. Made for {}.\n\n",
        counts.in_words(),
        cost(&plan.impact),
        plan.as_of
    )
}

fn entry_row(entry: &OutlineEntry<'_>) -> String {
    let phrase = entry.phrase();
    let places = entry.places();
    let place = places.first().map_or_else(String::new, |place| code_span(place));
    let more = if places.len() > 1 { format!(" +{}", places.len() - 1) } else { String::new() };
    let (subject, what) = (mark_up(&phrase.subject), mark_up(&phrase.what));
    format!("| {} | {} {subject} | {what} | {place}{more} |\n", mark_cell(phrase.mark), phrase.kind)
}

fn mark_cell(mark: ChangeMark) -> String {
    format!("`{}`", mark.as_str())
}

/// Renders a sentence with its names in code spans.
pub(super) fn mark_up(words: &MarkedText) -> String {
    words
        .0
        .iter()
        .map(|span| match span {
            MarkedSpan::Plain(text) => text.clone(),
            MarkedSpan::Name(text) => code_span(text),
            MarkedSpan::Old(text) => surround_text("~~", text),
            MarkedSpan::New(text) => surround_text("**", text),
        })
        .collect()
}

/// Strikes text out or sets it in bold.
fn surround_text(sign: &str, text: &str) -> String {
    mark_inner(text, |inner| format!("{sign}{}{sign}", code_span(inner)))
}

/// Renders foreign text as a code span.
pub(super) fn code_span(text: &str) -> String {
    code_span_of_clean(&clean_text(text))
}

/// Renders clean text as a code span, however long it is.
pub(super) fn code_span_of_clean(text: &str) -> String {
    mark_inner(text, |inner| format!("`{}`", harmless_span(inner)))
}

/// Marks text, with white space at the ends kept outside: Markdown accepts no sign beside a space.
fn mark_inner(text: &str, mark: impl Fn(&str) -> String) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start().len();
    format!("{}{}{}", &text[..start], mark(inner), &text[start + inner.len()..])
}

/// Spells out what would end a code span or a table cell.
fn harmless_span(text: &str) -> String {
    text.replace('`', "\\u{60}").replace('|', "\\u{7c}")
}

/// Returns a run of backticks longer than any run in `text`.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}
