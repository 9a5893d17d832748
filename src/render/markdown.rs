//! The plan for a pull request: what hurts first, the rest folded away, cut to a size that a forge accepts.
//!
//! Foreign text only ever stands in a code span: there, a forge makes no mention, link, table cell or HTML of
//! it.

use std::collections::BTreeMap;

use super::clean::clean;
use super::outline::{Counts, Entry, Outline};
use super::text::{Causes, affected, approvals_yaml, cause_words, cost, exposure, known};
use super::words::{self, Mark, Span, Words};
use crate::model::{Email, LicenceKind, RoleId};
use crate::plan::file::plan_digest;
use crate::plan::impact::ExposureProjection;
use crate::plan::{Act, Plan};

/// What a forge accepts in one comment, with room to spare.
pub const BUDGET: usize = 60_000;
/// Kept free for what is said of the things left out, and for the last line.
const RESERVE: usize = 1_500;
/// So many contributors of a refusal are listed.
const CONTRIBUTORS: usize = 10;
/// So many people of a flip are named.
const NAMES: usize = 50;
/// So many causes of a product's access are named.
const CAUSES: usize = 3;

/// The plan in Markdown, at most `budget` characters (and never less than its head and last line need).
pub fn plan(plan: &Plan, budget: usize) -> String {
    let outline = Outline::new(plan);
    let mut page = Page { out: String::new(), used: 0, budget: budget.saturating_sub(RESERVE), left_out: 0 };
    page.text(&head(plan, outline.counts()));
    page.refusals(plan);
    let (first, rest): (Vec<&Entry<'_>>, Vec<&Entry<'_>>) =
        outline.entries.iter().partition(|entry| comes_first(&entry.step.act));
    page.lines("Removals and administrators", &first, Fold::Open);
    page.flips(plan);
    page.access(plan);
    page.licences(plan);
    page.notes(plan);
    page.lines("Other changes", &rest, Fold::Closed);
    page.withheld(plan);
    page.people("Who loses access", &plan.impact.losing);
    page.people("Who gains access", &plan.impact.gaining);
    page.end(plan)
}

/// What a reviewer must see whatever else there is: people and groups that go, and who becomes or stops being
/// an administrator.
fn comes_first(act: &Act) -> bool {
    let makes_administrator = matches!(act, Act::GrantRole { role, .. } if role.is(RoleId::CO_ADMINISTRATOR));
    makes_administrator || words::act(act).mark == Mark::Remove
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Open,
    Closed,
}

/// A page that keeps count of its characters.
struct Page {
    out: String,
    used: usize,
    budget: usize,
    left_out: usize,
}

/// A piece of the page: all of its rows that fit, between a beginning and an end.
struct Section {
    begin: String,
    rows: Vec<String>,
    end: String,
}

impl Page {
    /// Adds `text` whether it fits or not.
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.used += text.chars().count();
    }

    fn section(&mut self, section: &Section) {
        let Section { begin, rows, end } = section;
        let frame = begin.chars().count() + end.chars().count();
        let first = rows.first().map_or(0, |row| row.chars().count());
        if rows.is_empty() || self.used + frame + first > self.budget {
            self.left_out += rows.len();
            return;
        }
        self.text(begin);
        let ending = end.chars().count();
        for row in rows {
            // Once a row is left out, so are the ones after it: a gap in the middle would mislead.
            if self.left_out > 0 || self.used + row.chars().count() + ending > self.budget {
                self.left_out += 1;
            } else {
                self.text(row);
            }
        }
        self.text(end);
    }

    fn refusals(&mut self, plan: &Plan) {
        for refusal in &plan.verdict.refusals {
            let said = mark_up(&words::refusal(refusal));
            let begin = format!("> [!CAUTION]\n> **Refused** by `{}`: {said}\n", words::guard(refusal.guard));
            let contributors = refusal.contributors.iter().take(CONTRIBUTORS);
            let mut rows: Vec<_> = contributors
                .map(|one| format!("> - {}: {}\n", code(&one.cause), words::number(one.count)))
                .collect();
            if let more @ 1.. = refusal.contributors.len().saturating_sub(CONTRIBUTORS) {
                rows.push(format!("> - and {}\n", words::count(more, "more cause", "more causes")));
            }
            if refusal.approvable.is_empty() {
                rows.push(format!("> \n> {}\n", mark_up(&words::unapprovable(refusal.guard))));
            }
            self.section(&Section { begin, rows, end: "\n".to_owned() });
        }
        let approvals = approvals_yaml(plan);
        if !approvals.is_empty() {
            self.approvals(&approvals);
        }
    }

    /// All of the lines or none: half an approval is a wrong one.
    fn approvals(&mut self, yaml: &str) {
        let fence = fence(yaml, 3);
        let block = format!("{fence}yaml\n{yaml}{fence}\n");
        let begin = format!(
            "<details><summary>The lines that would approve exactly this, for \
                <code>seatwise.yaml</code></summary>\n\n{block}\n</details>\n\n"
        );
        if self.used + begin.chars().count() > self.budget / 2 {
            self.text(
                "The lines that would approve exactly this are printed by `seatwise plan --approvals`.\n\n",
            );
        } else {
            self.text(&begin);
        }
    }

    fn lines(&mut self, title: &str, entries: &[&Entry<'_>], fold: Fold) {
        let rows = entries.iter().map(|entry| line(entry)).collect();
        self.table(title, entries.len(), "| | What | Change | Where |\n|---|---|---|---|\n", rows, fold);
    }

    fn table(&mut self, title: &str, number: usize, header: &str, rows: Vec<String>, fold: Fold) {
        let number = words::number(number);
        let section = match fold {
            Fold::Open => {
                Section { begin: format!("#### {title} ({number})\n\n{header}"), rows, end: "\n".to_owned() }
            }
            Fold::Closed => Section {
                begin: format!("<details><summary>{title} ({number})</summary>\n\n{header}"),
                rows,
                end: "\n</details>\n\n".to_owned(),
            },
        };
        self.section(&section);
    }

    fn flips(&mut self, plan: &Plan) {
        for flip in &plan.impact.flips {
            let (verb, people) = affected(&plan.impact, flip);
            // The step's own line says what happens; what is added here is whom it concerns.
            if people.is_empty() {
                continue;
            }
            let begin = format!("> [!WARNING]\n> {}\n", mark_up(&words::flip(flip)));
            let named: Vec<_> = people.iter().take(NAMES).map(|name| code(name)).collect();
            let more = match people.len().saturating_sub(NAMES) {
                0 => String::new(),
                more => format!(" and {} more", words::number(more)),
            };
            let count = words::count(people.len(), "person", "people");
            let row = format!("> \n> {count} {verb}: {}{more}\n", named.join(", "));
            self.section(&Section { begin, rows: vec![row], end: "\n".to_owned() });
        }
    }

    fn access(&mut self, plan: &Plan) {
        let mut products: Vec<_> = plan.impact.products.iter().collect();
        // Loss is what a reviewer looks for.
        products.sort_by_key(|(_, impact)| std::cmp::Reverse(impact.lost));
        let rows: Vec<_> = products
            .into_iter()
            .map(|(product, impact)| {
                let (lost, gained) = (words::signed('−', impact.lost), words::signed('+', impact.gained));
                format!(
                    "| {} | {lost} | {gained} | {} |\n",
                    code(product.as_str()),
                    mark_up(&cause_words(impact, CAUSES))
                )
            })
            .collect();
        let header = "| Product | People lose | People gain | Because of |\n|---|--:|--:|---|\n";
        self.table("Access", plan.impact.products.len(), header, rows, Fold::Open);
    }

    fn licences(&mut self, plan: &Plan) {
        let rows = plan.impact.licences.iter().map(|line| {
            let kind = match line.licence {
                LicenceKind::Named => " by name",
                LicenceKind::Pooled => "",
            };
            let (before, after) =
                (words::number(line.assigned_before as usize), words::number(line.assigned_after as usize));
            let product = code(line.product.as_str());
            format!(
                "| {product}{kind} | {} | {} | {before} → {after} | {} |\n",
                known(line.owned),
                known(line.peak),
                exposure(line.exposure.as_ref())
            )
        });
        let header = "| Licences | Owned | Peak 90 d | Assigned | Exposure |\n|---|--:|--:|--:|--:|\n";
        self.table("Licences", plan.impact.licences.len(), header, rows.collect(), Fold::Open);
    }

    fn notes(&mut self, plan: &Plan) {
        let not_undoable = words::not_undoable(&plan.impact.not_undoable);
        let mut rows: Vec<String> = match &plan.impact.exposure {
            ExposureProjection::Unread | ExposureProjection::Stale(_) => Vec::new(),
            ExposureProjection::Known(total) => {
                vec![format!("- **Exposure:** {}\n", mark_up(&words::exposure(total)))]
            }
        };
        let warnings = plan
            .verdict
            .warnings
            .iter()
            .map(|warning| format!("- Warning: {}\n", mark_up(&words::warning(warning))));
        rows.extend(warnings);
        if !not_undoable.is_empty() {
            rows.push(format!("- **Not undoable:** {}\n", not_undoable.join(", ")));
        }
        rows.extend(
            plan.left_alone
                .idle
                .iter()
                .map(|text| format!("- Matches nothing, or has ended: {}\n", code(text))),
        );
        self.section(&Section { begin: String::new(), rows, end: "\n".to_owned() });
    }

    fn withheld(&mut self, plan: &Plan) {
        let rows = plan.withheld.iter().map(|withheld| {
            let phrase = words::held(&withheld.what);
            let thing = format!("{} {}", phrase.kind, mark_up(&phrase.subject));
            format!(
                "| {} | {thing} | {} | {} |\n",
                sign(phrase.mark),
                mark_up(&phrase.what),
                mark_up(&words::reason(&withheld.reason))
            )
        });
        let header = "| | What | Difference | Why it is withheld |\n|---|---|---|---|\n";
        self.table("Withheld", plan.withheld.len(), header, rows.collect(), Fold::Closed);
    }

    /// Last, as it may be long: the tables before it have the numbers and the causes.
    fn people(&mut self, title: &str, people: &BTreeMap<Email, Causes>) {
        let rows = people.iter().map(|(person, causes)| {
            let said = causes.iter().map(|(cause, products)| {
                let products = Words::default().names(products.iter());
                format!("{} ({})", mark_up(&products), mark_up(&words::cause(cause)))
            });
            format!("| {} | {} |\n", code(person.as_str()), said.collect::<Vec<_>>().join("; "))
        });
        self.table(
            title,
            people.len(),
            "| Who | What, and because of what |\n|---|---|\n",
            rows.collect(),
            Fold::Closed,
        );
    }

    fn end(mut self, plan: &Plan) -> String {
        if self.left_out > 0 {
            let left_out = words::count(self.left_out, "line is", "lines are");
            self.text(&format!(
                "**{left_out} left out** to keep this short; `seatwise plan` shows everything.\n\n"
            ));
        }
        let digest = plan_digest(plan);
        self.text(&format!("Plan `{}` (`{digest}`)\n", digest.short_hex()));
        self.out
    }
}

fn head(plan: &Plan, counts: Counts) -> String {
    let name = code(&plan.organization);
    if counts.total() == 0 {
        return format!("### {name}: nothing to do\n\n");
    }
    let Counts { create, update, remove } = counts;
    let numbers = format!(
        "{} to create, {} to update, {} to remove",
        words::number(create),
        words::number(update),
        words::number(remove)
    );
    let withheld = if plan.withheld.is_empty() {
        String::new()
    } else {
        format!("; {} withheld", words::number(plan.withheld.len()))
    };
    format!(
        "### Plan for {name}: {numbers}\n\n{}{withheld}. Made for {}.\n\n",
        cost(&plan.impact),
        plan.as_of
    )
}

fn line(entry: &Entry<'_>) -> String {
    let phrase = entry.phrase();
    let places = entry.places();
    let place = places.first().map_or_else(String::new, |place| code(place));
    let more = if places.len() > 1 { format!(" +{}", places.len() - 1) } else { String::new() };
    let (subject, what) = (mark_up(&phrase.subject), mark_up(&phrase.what));
    format!("| {} | {} {subject} | {what} | {place}{more} |\n", sign(phrase.mark), phrase.kind)
}

fn sign(mark: Mark) -> String {
    format!("`{}`", mark.sign())
}

/// A sentence with its names in code spans.
pub(super) fn mark_up(words: &Words) -> String {
    words
        .0
        .iter()
        .map(|span| match span {
            Span::Plain(text) => text.clone(),
            Span::Name(text) => code(text),
            Span::Old(text) => surround("~~", text),
            Span::New(text) => surround("**", text),
        })
        .collect()
}

/// Strikes out or sets bold, leaving white space at the ends outside: Markdown takes no sign beside a space.
fn surround(sign: &str, text: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start().len();
    format!("{}{sign}{}{sign}{}", &text[..start], code(inner), &text[start + inner.len()..])
}

/// Foreign text in a code span, its white space at the ends kept outside.
pub(super) fn code(text: &str) -> String {
    let text = clean(text);
    let inner = text.trim();
    if inner.is_empty() {
        return text.into_owned();
    }
    let start = text.len() - text.trim_start().len();
    format!("{}`{}`{}", &text[..start], harmless_span(inner), &text[start + inner.len()..])
}

/// What would end a code span or a table cell is spelled out.
fn harmless_span(text: &str) -> String {
    text.replace('`', "\\u{60}").replace('|', "\\u{7c}")
}

/// Backticks longer than any run of them in `text`.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}
