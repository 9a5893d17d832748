//! Renders the plan for a pull request: the riskiest changes first, the rest folded away, cut to a size that
//! a forge accepts.
//!
//! Foreign text is always in a code span, where a forge makes no mention, link, table cell or HTML of it.

use std::collections::BTreeMap;

use super::clean::clean_text;
use super::comparison::ComparisonGaps;
use super::outline::{Outline, OutlineCounts, OutlineEntry};
use super::plan_text::{
    AccessCauses, affected_people, approvals_yaml, cost, exposure_text, largest_causes, number_or_unknown,
};
use super::words::{self, ChangeMark, MarkedSpan, MarkedText};
use crate::change::{Change, Edit};
use crate::model::{Email, LicenceKind, RoleId};
use crate::plan::file::plan_digest;
use crate::plan::impact::ExposureProjection;
use crate::plan::{Act, Plan};

/// The most characters of a comment that a forge accepts, with room to spare.
pub const BUDGET: usize = 60_000;
/// Characters reserved for the note about omitted rows and for the last line.
const RESERVE: usize = 1_500;
/// The most contributors of a refusal that are listed.
const CONTRIBUTORS: usize = 10;
/// The most affected people that are named for each flip.
const NAMES: usize = 50;
/// The most causes that are named for each product.
const CAUSES: usize = 3;

/// Renders the plan in Markdown, at most `budget` characters, but never less than the head and the last line
/// need.
pub fn plan_markdown(plan: &Plan, budget: usize) -> String {
    let outline = Outline::new(plan);
    let mut page =
        MarkdownPage { out: String::new(), used: 0, budget: budget.saturating_sub(RESERVE), left_out: 0 };
    page.write_text(&plan_heading(plan, outline.counts()));
    page.write_refusals(plan);
    let (first, rest): (Vec<&OutlineEntry<'_>>, Vec<&OutlineEntry<'_>>) =
        outline.entries.iter().partition(|entry| comes_first(&entry.step.act));
    page.write_entries("Removals and administrators", &first, SectionFold::Open);
    page.write_flips(plan);
    page.write_access(plan);
    page.write_licences(plan);
    page.write_notes(plan);
    page.write_entries("Other changes", &rest, SectionFold::Closed);
    page.write_withheld(plan);
    page.write_people("Who loses access", &plan.impact.losing);
    page.write_people("Who gains access", &plan.impact.gaining);
    page.finish(plan)
}

/// Returns whether a reviewer must see the act in any case: removals of people, groups and grants, and new
/// Co-Administrators.
fn comes_first(act: &Act) -> bool {
    let makes_administrator = matches!(
        act.change(),
        Some(Change::Role { role, edit: Edit::Create(()), .. }) if role.is(RoleId::CO_ADMINISTRATOR)
    );
    makes_administrator || words::act_phrase(act).mark == ChangeMark::Remove
}

/// Whether a section is open or folded away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SectionFold {
    Open,
    Closed,
}

/// A Markdown text that counts its characters.
struct MarkdownPage {
    out: String,
    used: usize,
    budget: usize,
    left_out: usize,
}

/// A section of the page: as many of its rows as fit, between a beginning and an end.
struct MarkdownSection {
    begin: String,
    rows: Vec<String>,
    end: String,
}

impl MarkdownPage {
    /// Adds `text` even where it exceeds the budget.
    fn write_text(&mut self, text: &str) {
        self.out.push_str(text);
        self.used += text.chars().count();
    }

    fn write_section(&mut self, section: &MarkdownSection) {
        let MarkdownSection { begin, rows, end } = section;
        let frame = begin.chars().count() + end.chars().count();
        let first = rows.first().map_or(0, |row| row.chars().count());
        if rows.is_empty() || self.used + frame + first > self.budget {
            self.left_out += rows.len();
            return;
        }
        self.write_text(begin);
        let ending = end.chars().count();
        for row in rows {
            // Once a row is omitted, all later rows are too: a gap in the middle would mislead.
            if self.left_out > 0 || self.used + row.chars().count() + ending > self.budget {
                self.left_out += 1;
            } else {
                self.write_text(row);
            }
        }
        self.write_text(end);
    }

    fn write_refusals(&mut self, plan: &Plan) {
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
            self.write_section(&MarkdownSection { begin, rows, end: "\n".to_owned() });
        }
        let approvals = approvals_yaml(plan);
        if !approvals.is_empty() {
            self.write_approvals(&approvals);
        }
    }

    /// Writes the approvals as a whole or not at all: half an approval is a wrong one.
    fn write_approvals(&mut self, yaml: &str) {
        let fence = fence(yaml, 3);
        let block = format!("{fence}yaml\n{yaml}{fence}\n");
        let begin = format!(
            "<details><summary>The lines that would approve exactly this, for \
                <code>seatwise.yaml</code></summary>\n\n{block}\n</details>\n\n"
        );
        if self.used + begin.chars().count() > self.budget / 2 {
            self.write_text(
                "The lines that would approve exactly this are printed by `seatwise plan --approvals`.\n\n",
            );
        } else {
            self.write_text(&begin);
        }
    }

    fn write_entries(&mut self, title: &str, entries: &[&OutlineEntry<'_>], fold: SectionFold) {
        let rows = entries.iter().map(|entry| entry_row(entry)).collect();
        self.write_table(title, "| | What | Change | Where |\n|---|---|---|---|\n", rows, fold);
    }

    fn write_table(&mut self, title: &str, header: &str, rows: Vec<String>, fold: SectionFold) {
        let number = words::number(rows.len());
        let section = match fold {
            SectionFold::Open => MarkdownSection {
                begin: format!("#### {title} ({number})\n\n{header}"),
                rows,
                end: "\n".to_owned(),
            },
            SectionFold::Closed => MarkdownSection {
                begin: format!("<details><summary>{title} ({number})</summary>\n\n{header}"),
                rows,
                end: "\n</details>\n\n".to_owned(),
            },
        };
        self.write_section(&section);
    }

    fn write_flips(&mut self, plan: &Plan) {
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
            let row = format!("> \n> {count} {verb}: {}{more}\n", named.join(", "));
            self.write_section(&MarkdownSection { begin, rows: vec![row], end: "\n".to_owned() });
        }
    }

    fn write_access(&mut self, plan: &Plan) {
        let mut products: Vec<_> = plan.impact.products.iter().collect();
        // Reviewers look for losses first.
        products.sort_by_key(|(_, impact)| std::cmp::Reverse(impact.lost));
        let rows: Vec<_> = products
            .into_iter()
            .map(|(product, impact)| {
                let (lost, gained) =
                    (words::signed_number('−', impact.lost), words::signed_number('+', impact.gained));
                format!(
                    "| {} | {lost} | {gained} | {} |\n",
                    code_span(product.as_str()),
                    mark_up(&largest_causes(impact, CAUSES))
                )
            })
            .collect();
        let header = "| Product | People lose | People gain | Because of |\n|---|--:|--:|---|\n";
        self.write_table("Access", header, rows, SectionFold::Open);
    }

    fn write_licences(&mut self, plan: &Plan) {
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
        let header = "| Licences | Owned | Peak 90 d | Assigned | Exposure |\n|---|--:|--:|--:|--:|\n";
        self.write_table("Licences", header, rows.collect(), SectionFold::Open);
    }

    fn write_notes(&mut self, plan: &Plan) {
        let not_undoable = words::not_undoable_nouns(&plan.impact.not_undoable);
        let mut rows: Vec<String> = match &plan.impact.exposure {
            ExposureProjection::Unread | ExposureProjection::Stale(_) => Vec::new(),
            ExposureProjection::Known(total) => {
                vec![format!("- **Exposure:** {}\n", mark_up(&words::exposure_words(total)))]
            }
        };
        let warnings = plan
            .verdict
            .warnings
            .iter()
            .map(|warning| format!("- Warning: {}\n", mark_up(&words::warning_words(warning))));
        rows.extend(warnings);
        if !not_undoable.is_empty() {
            rows.push(format!("- **Not undoable:** {}\n", not_undoable.join(", ")));
        }
        rows.extend(
            plan.left_alone
                .idle
                .iter()
                .map(|text| format!("- Matches nothing, or has ended: {}\n", code_span(text))),
        );
        self.write_section(&MarkdownSection { begin: String::new(), rows, end: "\n".to_owned() });
    }

    fn write_withheld(&mut self, plan: &Plan) {
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
        let header = "| | What | Difference | Why it is withheld |\n|---|---|---|---|\n";
        self.write_table("Withheld", header, rows.collect(), SectionFold::Closed);
    }

    /// Writes the people last, as the list can be long: the tables before it have the numbers and the causes.
    fn write_people(&mut self, title: &str, people: &BTreeMap<Email, AccessCauses>) {
        let rows = people.iter().map(|(person, causes)| {
            let said = causes.iter().map(|(cause, products)| {
                let products = MarkedText::default().names(products.iter());
                format!("{} ({})", mark_up(&products), mark_up(&words::cause_words(cause)))
            });
            format!("| {} | {} |\n", code_span(person.as_str()), said.collect::<Vec<_>>().join("; "))
        });
        let header = "| Who | What, and because of what |\n|---|---|\n";
        self.write_table(title, header, rows.collect(), SectionFold::Closed);
    }

    fn finish(mut self, plan: &Plan) -> String {
        if self.left_out > 0 {
            let left_out = words::count(self.left_out, "line is", "lines are");
            self.write_text(&format!(
                "**{left_out} left out** to keep this short; `seatwise plan` shows everything.\n\n"
            ));
        }
        let digest = plan_digest(plan);
        self.write_text(&format!("Plan `{}` (`{digest}`)\n", digest.short_hex()));
        self.out
    }
}

fn plan_heading(plan: &Plan, counts: OutlineCounts) -> String {
    let name = code_span(&plan.organization);
    let gaps = ComparisonGaps::from_plan(plan);
    let gap = gaps.reasons().map(|reasons| format!("**Could not compare:** {}.\n\n", mark_up(&reasons)));
    let gap = gap.unwrap_or_default();
    if counts.total() == 0 {
        let said = if gaps.is_empty() { "nothing to do" } else { "could not compare everything" };
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
