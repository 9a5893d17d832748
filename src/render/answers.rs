//! Renders answers to `who`, `what` and `why` as text for a terminal.

pub mod answer_report;
mod fact_words;
pub mod json;

pub use fact_words::{chain_text, country_reason, fact_words, setting_words};

use super::clean::clean_text;
use super::columns::Align;
use super::line_history::{BlamedLine, LineHistory, SHALLOW_CLONE};
use super::product_names::product_words;
use super::prose::fit_prose;
use super::terminal_table::{TerminalRow, TerminalTable};
use super::words::{self, MarkedText};
use crate::audit::explanation::{AccessExplanation, RuleStatement};
use crate::audit::holders::{GrantHolder, ProductUser};
use crate::audit::user_holdings::UserHoldings;
use crate::change::Citation;
use crate::model::access::AccessRule;
use crate::model::{Date, Email, MergeSide, Product, ProductId, UserState, merge_by_key};

/// A row of an answer: a person or thing, its state, and the policy lines that cause the state.
type AnswerRow = [String; 3];

/// Lays out rows in columns.
fn table(rows: &[AnswerRow], indent: usize, width: usize) -> String {
    // A table without a single line of the policy has no column for them.
    let said: Vec<usize> = (0..3).filter(|column| rows.iter().any(|row| !row[*column].is_empty())).collect();
    let cells = |row: &AnswerRow| TerminalRow::plain(indent, said.iter().map(|column| row[*column].clone()));
    let rows = rows.iter().map(cells).collect();
    TerminalTable { aligns: vec![Align::Left; said.len()], head: None, rows }.text(width)
}

/// Names a user, with any unusual state and the last day of access.
fn person_words(user: &Email, state: UserState, until: Option<Date>) -> String {
    let state = match state {
        UserState::Active => None,
        UserState::Pending => Some("asked to join".to_owned()),
        UserState::Invited => Some("invited".to_owned()),
        UserState::Locked => Some("locked".to_owned()),
    };
    let said: Vec<_> = state.into_iter().chain(until.map(|day| format!("until {day}"))).collect();
    if said.is_empty() {
        clean_text(user.as_str()).into_owned()
    } else {
        format!("{} ({})", clean_text(user.as_str()), said.join(", "))
    }
}

/// Lists the users who can start a product, out of `people` users in total.
pub fn who_can_use_text(
    side: &str,
    id: &ProductId,
    product: Option<&Product>,
    found: &[ProductUser],
    people: usize,
    width: usize,
) -> String {
    let title = format!("Who can use {}, {side}", product_words(id, product));
    people_text(&title, found.iter().map(able_row), people, &rule_counts(found), width)
}

fn people_text<'a>(
    title: &str,
    found: impl Iterator<Item = (&'a Email, AnswerRow)>,
    people: usize,
    rules: &str,
    width: usize,
) -> String {
    let rows: Vec<_> = found.map(|(_, row)| row).collect();
    let (found, people) = (words::number(rows.len()), words::count(people, "person", "people"));
    headed_table(&format!("{title}: {found} of {people}{rules}"), &rows, 2, width)
}

/// Writes the answer in a sentence, and the table below it.
fn headed_table(answer: &str, rows: &[AnswerRow], indent: usize, width: usize) -> String {
    let gap = if rows.is_empty() { "" } else { "\n" };
    fit_prose(&format!("{answer}\n{gap}"), width) + &table(rows, indent, width)
}

fn able_row(one: &ProductUser) -> (&Email, AnswerRow) {
    let person = person_words(&one.user, one.state, one.until);
    (&one.user, [person, all_facts(&one.because), all_lines(&one.because)])
}

fn holder_row(one: &GrantHolder) -> (&Email, AnswerRow) {
    let person = person_words(&one.user, one.state, one.until);
    (&one.user, [person, String::new(), chain_text(&one.lines)])
}

fn all_facts(said: &[RuleStatement]) -> String {
    said.iter().map(|said| fact_words(&said.fact).plain_text()).collect::<Vec<_>>().join("; ")
}

fn all_lines(said: &[RuleStatement]) -> String {
    said.iter().map(|said| chain_text(&said.lines)).collect::<Vec<_>>().join("; ")
}

/// Returns a suffix such as ` (2 by a named licence, 10 by the lists of their groups)`.
fn rule_counts(found: &[ProductUser]) -> String {
    let rules = [
        AccessRule::NamedLicence,
        AccessRule::Exception,
        AccessRule::Groups,
        AccessRule::Product,
        AccessRule::Default,
    ];
    let counted = rules.map(|rule| (rule, found.iter().filter(|one| one.by == rule).count()));
    let said: Vec<_> = counted
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(rule, count)| format!("{} by {}", words::number(*count), rule_words(*rule)))
        .collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}

/// Names a rule of effective access.
pub fn rule_words(rule: AccessRule) -> &'static str {
    match rule {
        AccessRule::NamedLicence => "a named licence",
        AccessRule::Exception => "an assignment by name",
        AccessRule::Groups => "the lists of their groups",
        AccessRule::Product => "the product's setting",
        AccessRule::Default => "the country's default",
    }
}

/// Lists the users who have a role or are in a group; `asked` is the title that names the role or group, and
/// `id` the identity of the group.
pub fn holders_text(
    asked: &MarkedText,
    side: &str,
    id: Option<&str>,
    found: &[GrantHolder],
    people: usize,
    width: usize,
) -> String {
    let id = id.map(|id| format!(" (identity {})", clean_text(id))).unwrap_or_default();
    let title = format!("{}{id}, {side}", asked.plain_text());
    people_text(&title, found.iter().map(holder_row), people, "", width)
}

/// Compares the users who can start a product, live and desired side by side.
pub fn compare_who_can_use(
    id: &ProductId,
    product: Option<&Product>,
    live: &[ProductUser],
    desired: &[ProductUser],
    width: usize,
) -> String {
    let title = format!("Who can use {}", product_words(id, product));
    compare_sides(&title, live.iter().map(able_row), desired.iter().map(able_row), width)
}

/// Compares the users who have a role or are in a group, live and desired side by side.
pub fn compare_holders(
    asked: &MarkedText,
    live: &[GrantHolder],
    desired: &[GrantHolder],
    width: usize,
) -> String {
    compare_sides(&asked.plain_text(), live.iter().map(holder_row), desired.iter().map(holder_row), width)
}

/// Writes both sides as one table, marking users who gain, users who lose, and users whose reason changes.
fn compare_sides<'a>(
    title: &str,
    live: impl Iterator<Item = (&'a Email, AnswerRow)>,
    desired: impl Iterator<Item = (&'a Email, AnswerRow)>,
    width: usize,
) -> String {
    let (mut rows, mut counts) = (Vec::new(), [0; 3]);
    for (user, side) in merge_by_key(live, desired) {
        let (mark, kind, [_, what, lines]) = match side {
            MergeSide::Left(live) => ("-", 0, live),
            MergeSide::Right(desired) => ("+", 1, desired),
            MergeSide::Both([_, live, _], desired) if live == desired[1] => (" ", 2, desired),
            MergeSide::Both([_, live, _], [person, desired, lines]) => {
                ("~", 2, [person, format!("{live} → {desired}"), lines])
            }
        };
        counts[kind] += 1;
        rows.push([format!("{mark} {}", clean_text(user.as_str())), what, lines]);
    }
    let [lose, gain, keep] = counts.map(words::number);
    let answer = format!("{title}, live → desired: {gain} gained, {lose} lost, {keep} kept");
    headed_table(&answer, &rows, 0, width)
}

/// Explains why a user can or cannot start a product, and which commits last set the deciding lines.
pub fn why_text(
    side: &str,
    user: &str,
    id: &ProductId,
    product: Option<&Product>,
    explanation: &AccessExplanation,
    history: &LineHistory,
    width: usize,
) -> String {
    let can = if explanation.can_start() { "can use" } else { "cannot use" };
    let mut out = format!("{} {can} {}, {side}\n", clean_text(user), product_words(id, product));
    if !explanation.present {
        out += "They only asked to join: until somebody lets them in they can start nothing, whatever \
            follows.\n";
    }
    out += &format!(
        "Entitlement country {}: {}\n\n",
        explanation.country,
        country_reason(explanation.country_by)
    );
    let rows: Vec<_> =
        explanation.said.iter().map(|statement| statement_row(statement, explanation)).collect();
    out = fit_prose(&out, width) + &table(&rows, 0, width);
    out += &fit_prose(
        "\nThe first that has a say decides: a named licence, an assignment by name, group lists, the \
        product's setting, the default.\n",
        width,
    );
    let rows = blamed_rows(history);
    if !rows.is_empty() {
        write_section(&mut out, "Last set by", rows, width);
    }
    if let Some(why) = &history.refusal {
        out += &fit_prose(&format!("\nLast set by: not known: {}\n", clean_text(why)), width);
    }
    out
}

/// Returns the row of a statement: whether the statement decides and what it allows, the fact, and the lines.
fn statement_row(statement: &RuleStatement, explanation: &AccessExplanation) -> AnswerRow {
    let verdict = statement_verdict(statement, explanation);
    [verdict.to_owned(), fact_words(&statement.fact).plain_text(), chain_text(&statement.lines)]
}

/// Returns what a statement of an explanation allows, with a mark where it decides.
fn statement_verdict(statement: &RuleStatement, explanation: &AccessExplanation) -> &'static str {
    let decides = explanation.deciding_statements().any(|other| std::ptr::eq(other, statement));
    match (decides, statement.allows) {
        (true, Some(true)) => "=> allows",
        (true, _) => "=> denies",
        (false, None) => "   no say",
        (false, Some(true)) => "   would allow",
        (false, Some(false)) => "   would deny",
    }
}

/// Returns a row for each policy line: the place, and the commit that last set the line, where it is known.
fn blamed_rows(history: &LineHistory) -> Vec<AnswerRow> {
    let cut = |at: &Citation| [place_words(at), "not known".to_owned(), SHALLOW_CLONE.to_owned()];
    history.blamed.values().map(blamed_row).chain(history.cut.keys().map(cut)).collect()
}

fn place_words(at: &Citation) -> String {
    format!("{}:{}", clean_text(&at.file), at.line)
}

fn blamed_row(blamed: &BlamedLine) -> AnswerRow {
    [
        place_words(&blamed.at),
        format!(
            "{} {} {}",
            blamed.commit.get(..10).unwrap_or(&blamed.commit),
            blamed.time.strftime("%Y-%m-%d"),
            clean_text(&blamed.author)
        ),
        clean_text(&blamed.summary).into_owned(),
    ]
}

/// Describes everything that one user has.
pub fn portrait_text(
    side: &str,
    portrait: &UserHoldings,
    product: impl Fn(&ProductId) -> Option<Product>,
    width: usize,
) -> String {
    let profile = &portrait.user.profile;
    let name = MarkedText::default().name(&profile.first_name).say(" ").name(&profile.last_name).plain_text();
    let until = portrait.until.map(|day| format!(" until {day}")).unwrap_or_default();
    let mut out = format!(
        "{}, {}, {}{until}, {side}\n",
        clean_text(profile.email.as_str()),
        name.trim(),
        portrait.user.state.as_str()
    );
    let by = portrait.country_by.map(|by| format!(": {}", country_reason(by))).unwrap_or_default();
    let id = portrait.user.id.as_ref().map(|id| format!("Identity {}\n", clean_text(id.as_str())));
    let id = id.unwrap_or_default();
    out = fit_prose(&format!("{out}Entitlement country {}{by}\n{id}", portrait.country), width);
    let roles = portrait
        .roles
        .iter()
        .map(|(role, of)| [words::role_words(role).plain_text(), String::new(), chain_text(of)]);
    write_section(&mut out, "Roles", roles.collect(), width);
    let groups = portrait
        .groups
        .iter()
        .map(|held| [clean_text(held.group.as_str()).into_owned(), String::new(), chain_text(&held.lines)]);
    write_section(&mut out, "Groups", groups.collect(), width);
    for (title, allowed) in [("Can use", true), ("Is denied by name", false)] {
        let products = portrait.products.iter().filter(|(_, explanation)| explanation.can_start() == allowed);
        let rows = products.map(|(id, explanation)| {
            let because: Vec<RuleStatement> = explanation.deciding_statements().cloned().collect();
            [product_words(id, product(id).as_ref()), all_facts(&because), all_lines(&because)]
        });
        let rows: Vec<_> = rows.collect();
        if allowed || !rows.is_empty() {
            write_section(&mut out, title, rows, width);
        }
    }
    let checkouts = portrait.checkouts.iter().map(|checkout| {
        [
            product_words(&checkout.product, product(&checkout.product).as_ref()),
            format!("on {} until {}", clean_text(&checkout.machine), words::minute(checkout.expires)),
            String::new(),
        ]
    });
    let checkouts: Vec<_> = checkouts.collect();
    if !checkouts.is_empty() {
        write_section(&mut out, "Checked out", checkouts, width);
    }
    out
}

fn write_section(out: &mut String, title: &str, rows: Vec<AnswerRow>, width: usize) {
    *out += &format!("\n{title}{}\n", if rows.is_empty() { ": none" } else { "" });
    *out += &table(&rows, 2, width);
}
