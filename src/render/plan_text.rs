//! Renders the plan as text for a terminal.

mod change_rows;
mod impact_tables;
mod refusals;

use std::collections::BTreeMap;

use owo_colors::Style;

pub(super) use impact_tables::{exposure_text, number_or_unknown};
pub use refusals::approvals_yaml;

use super::clean::clean_text;
use super::columns::{ShownText, hanging_lines, plain_words};
use super::comparison::{ComparisonGaps, withholds_contradictions};
use super::outline::{Outline, OutlineCounts};
use super::words::{self, ChangeMark, MarkedSpan, MarkedText};
use crate::change::{DateConflict, WithheldReason};
use crate::model::Email;
use crate::plan::file::{PlanDigest, plan_digest};
use crate::plan::impact::{AccessCause, AccessFlip};
use crate::plan::{Impact, Plan, Step};
use change_rows::{ChangeRow, change_rows_text, painted_words};

/// Options for the text form of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanTextOptions<'a> {
    /// Whether to use colours; only for terminals.
    pub colour: bool,
    /// The width of the terminal, in columns.
    pub width: usize,
    /// Whether each step has a line of its own, and all people concerned are named.
    pub full: bool,
    /// Whether every withheld difference is listed.
    pub withheld: bool,
    /// What commands that are named begin with, such as `seatwise -C acme`.
    pub program: &'a str,
}

impl Default for PlanTextOptions<'_> {
    fn default() -> Self {
        Self { colour: false, width: 120, full: false, withheld: false, program: "seatwise" }
    }
}

/// The most names in an abridged list.
const NAMES: usize = 10;

/// Adds colours to text, or leaves text plain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    fn paint_text(self, style: Style, text: &str) -> String {
        if self.on { style.style(text).to_string() } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.paint_text(Style::new().bold(), text)
    }

    fn dim(self, text: &str) -> String {
        self.paint_text(Style::new().dimmed(), text)
    }

    fn alarm(self, text: &str) -> String {
        self.paint_text(Style::new().red().bold(), text)
    }

    fn caution(self, text: &str) -> String {
        self.paint_text(Style::new().yellow(), text)
    }

    fn paint_mark(self, mark: ChangeMark) -> String {
        let style = match mark {
            ChangeMark::Create => Style::new().green(),
            ChangeMark::Update => Style::new().yellow(),
            ChangeMark::Remove => Style::new().red(),
        };
        self.paint_text(style, mark.as_str())
    }

    /// Renders a span: changed words in colour, or in brackets where there are no colours.
    fn paint_span(self, span: &MarkedSpan) -> String {
        match (span, self.on) {
            (MarkedSpan::Plain(text) | MarkedSpan::Name(text), _) => text.clone(),
            (MarkedSpan::Old(text), true) => Style::new().red().strikethrough().style(text).to_string(),
            (MarkedSpan::New(text), true) => Style::new().green().style(text).to_string(),
            (MarkedSpan::Old(text), false) => format!("[-{text}-]"),
            (MarkedSpan::New(text), false) => format!("{{+{text}+}}"),
        }
    }
}

/// The text of a plan under construction.
struct PlanTextPage<'p> {
    plan: &'p Plan,
    options: PlanTextOptions<'p>,
    paint: Paint,
    out: String,
}

/// Renders the whole plan.
pub fn plan_text(plan: &Plan, options: PlanTextOptions<'_>) -> String {
    let outline = Outline::new(plan);
    let digest = plan_digest(plan);
    let mut page = PlanTextPage { plan, options, paint: Paint { on: options.colour }, out: String::new() };
    page.write_header();
    page.write_joined_products();
    page.write_conflicts();
    page.write_steps(&outline);
    page.write_flips();
    page.write_access();
    page.write_people_hint();
    page.write_licences();
    page.write_exposure();
    page.write_notes();
    page.write_withheld();
    page.write_refusals(digest);
    page.write_closing(outline.counts(), digest);
    page.out
}

/// Renders only the closing line, which sums up the plan.
pub fn plan_summary(plan: &Plan) -> String {
    closing_line(plan, Outline::new(plan).counts(), plan_digest(plan), PlanTextOptions::default().program)
}

impl PlanTextPage<'_> {
    fn write_header(&mut self) {
        let Plan { organization, read, created, as_of, .. } = self.plan;
        let users = words::count(read.users, "user", "users");
        let products = words::count(read.products, "product", "products");
        let requests = words::count(read.requests, "request", "requests");
        let read = format!("{users}, {products}; read in {requests} at {}", words::minute(*created));
        let name = clean_text(organization).into_owned() + ":";
        self.write_labelled(0, Paint::bold, &name, &MarkedText::new(read));
        if jiff::tz::Offset::UTC.to_datetime(*created).date() != *as_of {
            self.write_wrapped(0, &format!("The plan of {as_of} (--as-of)."));
        }
        let gaps = ComparisonGaps::from_plan(self.plan);
        if let Some(reasons) = gaps.reasons() {
            self.write_labelled(0, Paint::alarm, "Could not compare:", &reasons);
        }
        if let Some(places) = gaps.places() {
            let said = MarkedText::new(format!("{places}: the service has no place for them"));
            self.write_labelled(0, Paint::caution, "Not compared:", &said);
        }
    }

    /// Writes which products the policy calls otherwise than the organization.
    fn write_joined_products(&mut self) {
        let joined = &self.plan.joined_products;
        let most = if self.options.full { joined.len() } else { NAMES };
        for one in joined.iter().take(most) {
            self.write_labelled(0, Paint::caution, "Same product:", &words::same_product_words(one));
        }
        if let more @ 1.. = joined.len().saturating_sub(most) {
            self.write_wrapped(
                0,
                &format!("and {} with two names", words::count(more, "more product", "more products")),
            );
        }
    }

    /// Writes what the policy's dates make impossible, and what is withheld for it today.
    fn write_conflicts(&mut self) {
        let conflicts = &self.plan.conflicts;
        let most = if self.options.full { conflicts.len() } else { NAMES };
        if !conflicts.is_empty() {
            self.out.push('\n');
        }
        for DateConflict { at, day: _, says } in conflicts.iter().take(most) {
            let said = format!("{}:{}: ", clean_text(&at.file), at.line);
            self.write_labelled(2, Paint::alarm, "Problem:", &MarkedText::new(said).name(says));
        }
        if let more @ 1.. = conflicts.len().saturating_sub(most) {
            let more = words::count(more, "more problem", "more problems");
            let text = format!("and {more}: `{} validate` shows all", self.options.program);
            self.write_wrapped(2, &text);
        }
        for withheld in &self.plan.withheld {
            let WithheldReason::Conflict(_) = &withheld.reason else { continue };
            self.write_labelled(2, Paint::caution, "Withheld:", &words::withheld_words(withheld));
        }
    }

    fn write_steps(&mut self, outline: &Outline<'_>) {
        if outline.entries.is_empty() {
            return;
        }
        let mut rows = Vec::new();
        for entry in &outline.entries {
            if self.options.full {
                rows.push(self.row(entry.step));
                entry.with.iter().for_each(|step| rows.push(self.row(step).with_deeper_indent()));
            } else {
                rows.push(ChangeRow::new(entry.phrase(), self.cite(&entry.places())));
            }
        }
        self.out += &format!("\n{}", change_rows_text(rows, self.options.width, self.paint));
    }

    /// Creates the row of a single step.
    fn row(&self, step: &Step) -> ChangeRow {
        let mut phrase = words::act_phrase(&step.act);
        phrase.what = phrase.what.join(super::outline::step_reasons(step));
        let places: Vec<_> = step.why.iter().filter_map(words::why_place).collect();
        ChangeRow::new(phrase, self.cite(&places))
    }

    /// Returns the first place and the number of the others; all places where the full plan is requested.
    fn cite(&self, places: &[String]) -> String {
        match places {
            [] => String::new(),
            [only] => only.clone(),
            [first, others @ ..] if !self.options.full => format!("{first} +{}", others.len()),
            all => all.join(", "),
        }
    }

    fn write_flips(&mut self) {
        for flip in &self.plan.impact.flips {
            let (verb, people) = affected_people(&self.plan.impact, flip);
            // The step's own line says what happens; this section only adds the people concerned.
            if people.is_empty() {
                continue;
            }
            self.out.push('\n');
            self.write_labelled(2, Paint::alarm, "!", &words::flip_words(flip));
            let text =
                format!("{} {verb}: {}", words::count(people.len(), "person", "people"), self.names(&people));
            self.write_wrapped(6, &text);
        }
        if self.options.full {
            let impact = &self.plan.impact;
            self.write_people("Loses access", &impact.losing);
            self.write_people("Gains access", &impact.gaining);
        }
    }

    /// Says how to list the people whom the table only counts.
    fn write_people_hint(&mut self) {
        let Impact { losing, gaining, .. } = &self.plan.impact;
        let somebody = !losing.is_empty() || !gaining.is_empty();
        if somebody && !self.options.full {
            let hint = format!("who they are: `{} plan --full`", self.options.program);
            let hint = self.paint_label(&hint, Paint::dim);
            self.write_words(12, &hint);
        }
    }

    fn write_people(&mut self, title: &str, people: &BTreeMap<Email, AccessCauses>) {
        if people.is_empty() {
            return;
        }
        self.out += &format!("\n  {}\n", self.paint.bold(title));
        for (person, causes) in people {
            let said: Vec<String> = causes
                .iter()
                .map(|(cause, products)| {
                    format!(
                        "{} ({})",
                        words::name_list(products.iter()),
                        words::cause_words(cause).plain_text()
                    )
                })
                .collect();
            let text = format!("{}: {}", clean_text(person.as_str()), said.join("; "));
            self.write_wrapped(6, &text);
        }
    }

    /// Joins names with commas, cut to the first ten unless the full plan is requested.
    fn names(&self, names: &[String]) -> String {
        let most = if self.options.full { names.len() } else { NAMES };
        let shown = names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(most) {
            0 => shown,
            more => format!("{shown} and {} more (--full)", words::number(more)),
        }
    }

    /// Writes a sentence after a coloured label.
    fn write_labelled(
        &mut self,
        indent: usize,
        colour: fn(Paint, &str) -> String,
        label: &str,
        said: &MarkedText,
    ) {
        let mut words = self.paint_label(label, colour);
        words.last_mut().into_iter().for_each(|last| last.spaces = 1);
        words.extend(painted_words(said, self.paint));
        self.write_words(indent, &words);
    }

    /// Writes a sentence.
    fn write_wrapped(&mut self, indent: usize, text: &str) {
        self.write_words(indent, &painted_words(&MarkedText::new(text), self.paint));
    }

    /// Writes words into lines that fit, every line after the first indented further.
    fn write_words(&mut self, indent: usize, words: &[ShownText]) {
        self.out += &hanging_lines(words, indent, self.options.width);
    }

    /// Returns the words of a text, each in the colour.
    fn paint_label(&self, text: &str, colour: fn(Paint, &str) -> String) -> Vec<ShownText> {
        let words = plain_words(text).into_iter();
        words.map(|word| ShownText { text: colour(self.paint, &word.text), ..word }).collect()
    }

    fn write_notes(&mut self) {
        let plan = self.plan;
        let not_undoable = words::not_undoable_nouns(&plan.impact.not_undoable);
        if !not_undoable.is_empty() {
            self.out.push('\n');
            self.write_labelled(2, Paint::bold, "Not undoable:", &MarkedText::new(not_undoable.join(", ")));
        }
        let alone = &plan.left_alone;
        let counted = [
            (alone.users, "user that is not declared", "users that are not declared"),
            (alone.groups, "group that is not declared", "groups that are not declared"),
            (alone.ignored_users, "ignored user", "ignored users"),
            (alone.ignored_groups, "ignored group", "ignored groups"),
        ];
        let said: Vec<_> = counted
            .into_iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, one, many)| words::count(number, one, many))
            .collect();
        if !said.is_empty() {
            self.out.push('\n');
            self.write_labelled(2, Paint::bold, "Left alone:", &MarkedText::new(said.join(", ")));
        }
        for text in &alone.idle {
            let said = MarkedText::new("has no effect: ").name(text);
            self.write_labelled(2, Paint::caution, "Idle:", &said);
        }
        for warning in &plan.verdict.warnings {
            self.write_labelled(2, Paint::caution, "Warning:", &words::warning_words(warning));
        }
    }

    fn write_withheld(&mut self) {
        if !self.options.withheld || self.plan.withheld.is_empty() {
            return;
        }
        self.out += &format!("\n  {}\n", self.paint.bold("Withheld"));
        let mut rows = Vec::new();
        for withheld in &self.plan.withheld {
            let mut phrase = words::withheld_phrase(&withheld.what);
            phrase.what = phrase.what.say(": ").append(words::reason_words(&withheld.reason));
            rows.push(ChangeRow::new(phrase, String::new()));
        }
        self.out += &change_rows_text(rows, self.options.width, self.paint);
    }

    fn write_closing(&mut self, counts: OutlineCounts, digest: PlanDigest) {
        let line = closing_line(self.plan, counts, digest, self.options.program);
        let is_refused = !self.plan.verdict.refusals.is_empty();
        let words = self.paint_label(&line, if is_refused { Paint::alarm } else { Paint::bold });
        self.out.push('\n');
        self.write_words(0, &words);
    }
}

/// The products that a user loses or gains, by cause.
pub(super) type AccessCauses = BTreeMap<AccessCause, crate::plan::impact::ProductList>;

/// Returns the verb and the people whom a flip affects: those who stay and lose access, or gain access where
/// a list is emptied.
pub(super) fn affected_people(impact: &Impact, flip: &AccessFlip) -> (&'static str, Vec<String>) {
    let (people, cause, verb) = match flip {
        AccessFlip::FirstProduct(group) => (&impact.losing, AccessCause::Group(group.clone()), "lose"),
        AccessFlip::EmptiedList(group) => (&impact.gaining, AccessCause::Group(group.clone()), "gain"),
        AccessFlip::DefaultNobody(country) => (&impact.losing, AccessCause::Default(*country), "lose"),
    };
    let names: Vec<String> = people
        .iter()
        .filter(|(_, causes)| causes.contains_key(&cause))
        .map(|(who, _)| clean_text(who.as_str()).into_owned())
        .collect();
    let verb = match (verb, names.len()) {
        ("lose", 1) => "loses access",
        ("lose", _) => "lose access",
        (_, 1) => "gains access",
        (_, _) => "gain access",
    };
    (verb, names)
}

/// Sums up the plan in one line.
fn closing_line(plan: &Plan, counts: OutlineCounts, digest: PlanDigest, program: &str) -> String {
    let withheld = match plan.withheld.len() {
        0 => String::new(),
        number => format!(" Withheld: {} (`{program} plan --withheld`).", words::number(number)),
    };
    let (gaps, name) = (ComparisonGaps::from_plan(plan), clean_text(&plan.organization));
    let said = match (counts.total(), gaps.is_empty()) {
        (0, true) if withholds_contradictions(plan) => {
            "Nothing is planned: what the policy says of this day contradicts itself.".to_owned()
        }
        (0, true) => format!("Nothing to do: {name} is as the policy wants it."),
        (0, false) => {
            format!("Could not compare {}: whether {name} differs there is not known.", gaps.sections())
        }
        (_, compared) => {
            let plan = format!("Plan {}: {}; {}.", digest.short_hex(), counts.in_words(), cost(&plan.impact));
            if compared { plan } else { format!("{plan} Could not compare {}.", gaps.sections()) }
        }
    };
    let refused = match plan.verdict.refusals.len() {
        0 => String::new(),
        number => format!(" Refused by {}.", words::count(number, "guard", "guards")),
    };
    format!("{said}{withheld}{refused}")
}

/// Returns the number of requests and their estimated duration: `9 requests, about 2 s`.
pub(super) fn cost(impact: &Impact) -> String {
    let requests = words::count(impact.requests, "request", "requests");
    impact
        .seconds
        .map_or_else(|| requests.clone(), |seconds| format!("{requests}, about {}", duration(seconds)))
}

fn duration(seconds: f64) -> String {
    // The duration is rounded up, as 0 s would be a false promise. The cast saturates.
    let whole = seconds.ceil().max(1.0) as u64;
    match whole {
        0..=119 => format!("{whole} s"),
        120..=7199 => format!("{} min", whole.div_ceil(60)),
        _ => format!("{} h", whole.div_ceil(3600)),
    }
}
