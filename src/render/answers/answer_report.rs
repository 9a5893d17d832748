//! Renders answers to `who`, `what` and `why` as tables, for spreadsheets, pages and pull requests.

use serde::Serialize;

use super::{
    all_facts, all_lines, blamed_rows, chain_text, country_reason, fact_words, product_words,
    statement_verdict,
};
use crate::audit::explanation::{AccessExplanation, ChainLine, RuleStatement};
use crate::audit::holders::{GrantHolder, ProductUser};
use crate::audit::user_holdings::UserHoldings;
use crate::model::{Date, Email, MergeSide, Product, ProductId, UserState, merge_by_key};
use crate::render::line_history::LineHistory;
use crate::render::report_notes::ReportNote;
use crate::render::report_table::{ReportTable, TableOfLines, text_or_empty};
use crate::render::table_report::{ReportOrigin, TableReport};
use crate::render::words::{self, MarkedText};

/// An answer as a table.
pub struct AnswerTable {
    title: String,
    nothing: &'static str,
    table: ReportTable,
    notes: Vec<String>,
}

/// The answer for one side of the organization, with the side in words.
pub type AnswerOfSide<'a, A> = (&'a str, &'a A);

/// A row about a person.
struct PersonAnswer {
    /// What the policy changes; empty where only one side was asked about.
    change: &'static str,
    user: String,
    state: UserState,
    until: Option<Date>,
    because: String,
    lines: String,
}

/// A row about something that one person has.
struct HoldingAnswer<'a> {
    side: &'a str,
    kind: &'static str,
    name: String,
    because: String,
    lines: String,
}

/// An explanation with the commits that last set its lines.
type BlamedExplanation = (LineHistory, AccessExplanation);

/// A row about a fact that has a say in an explanation.
struct StatementAnswer<'a> {
    side: &'a str,
    verdict: &'static str,
    fact: String,
    lines: String,
}

/// Returns a report of the answer about `sides`; `terminal` renders it for a terminal, and `json` for
/// programs.
pub fn answer_report<'a, J: Serialize>(
    answer: AnswerTable,
    sides: &[&str],
    origin: ReportOrigin,
    terminal: impl Fn(usize) -> String + 'a,
    json: impl Fn() -> J + 'a,
) -> TableReport<'a> {
    let AnswerTable { title, nothing, table, notes } = answer;
    let source = format!("Asked about {}, read {}.", sides.join(" and "), words::minute(origin.now));
    TableReport {
        source,
        terminal: Some(Box::new(terminal)),
        notes: notes.into_iter().map(ReportNote::remark).collect(),
        ..TableReport::new(origin, title, nothing, table, json)
    }
}

/// Lists who can start a product. With both sides, the table says who gains and who loses it.
pub fn who_can_use_table(
    id: &ProductId,
    product: Option<&Product>,
    sides: &[AnswerOfSide<'_, Vec<ProductUser>>],
) -> AnswerTable {
    let answer = |one: &ProductUser| PersonAnswer {
        change: "",
        user: one.user.to_string(),
        state: one.state,
        until: one.until,
        because: all_facts(&one.because),
        lines: all_lines(&one.because),
    };
    let title = format!("Who can use {}", product_words(id, product));
    people_table(title, sides, |one| (&one.user, answer(one)))
}

/// Lists who has a role or is in a group; `asked` is the title that names the role or group. With both
/// sides, the table says who gains and who loses it.
pub fn holders_table(asked: &MarkedText, sides: &[AnswerOfSide<'_, Vec<GrantHolder>>]) -> AnswerTable {
    let answer = |one: &GrantHolder| PersonAnswer {
        change: "",
        user: one.user.to_string(),
        state: one.state,
        until: one.until,
        because: String::new(),
        lines: chain_text(&one.lines),
    };
    people_table(asked.plain_text(), sides, |one| (&one.user, answer(one)))
}

fn people_table<'a, P>(
    title: String,
    sides: &[AnswerOfSide<'a, Vec<P>>],
    answer: impl Fn(&'a P) -> (&'a Email, PersonAnswer),
) -> AnswerTable {
    let rows: Vec<PersonAnswer> = match sides {
        [(_, live), (_, desired)] => merge_by_key(live.iter().map(&answer), desired.iter().map(&answer))
            .map(|(_, side)| compared_answer(side))
            .collect(),
        sides => sides.iter().flat_map(|(_, found)| found.iter()).map(|one| answer(one).1).collect(),
    };
    let table = TableOfLines::new(&rows)
        .left("change", |row| row.change)
        .left("user", |row| &row.user)
        .left("state", |row| row.state.as_str())
        .left("until", |row| text_or_empty(row.until))
        .left("because", |row| &row.because)
        .left("policy lines", |row| &row.lines)
        .table();
    let notes = vec![format!("{}.", words::count(rows.len(), "person", "people"))];
    AnswerTable { title, nothing: "Nobody.", notes: if rows.is_empty() { Vec::new() } else { notes }, table }
}

fn compared_answer(side: MergeSide<PersonAnswer, PersonAnswer>) -> PersonAnswer {
    match side {
        MergeSide::Left(live) => PersonAnswer { change: "loses", ..live },
        MergeSide::Right(desired) => PersonAnswer { change: "gains", ..desired },
        MergeSide::Both(live, desired) if live.because == desired.because => {
            PersonAnswer { change: "keeps", ..desired }
        }
        MergeSide::Both(live, desired) => PersonAnswer {
            change: "keeps, by another reason",
            because: format!("{} → {}", live.because, desired.because),
            ..desired
        },
    }
}

/// Lists what one person has, on each side.
pub fn portrait_table(
    email: &Email,
    sides: &[AnswerOfSide<'_, Option<UserHoldings>>],
    product: impl Fn(&ProductId) -> Option<Product>,
) -> AnswerTable {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for (side, holdings) in sides {
        let Some(holdings) = holdings else {
            notes.push(format!(
                "{} is not in the organization, {side}.",
                MarkedText::default().name(email).plain_text()
            ));
            continue;
        };
        let reason = holdings.country_by.map(|by| format!(", {}", country_reason(by))).unwrap_or_default();
        let id = holdings.user.id.as_ref().map(|id| format!("; identity {}", id.as_str()));
        let id = id.unwrap_or_default();
        notes.push(format!(
            "{}, {side}: {}; entitlement country {}{reason}{id}.",
            MarkedText::default().name(email).plain_text(),
            holdings.user.state.as_str(),
            holdings.country
        ));
        rows.extend(holding_answers(side, holdings, &product));
    }
    let table = TableOfLines::new(&rows)
        .left("side", |row| row.side)
        .left("kind", |row| row.kind)
        .left("name", |row| &row.name)
        .left("because", |row| &row.because)
        .left("policy lines", |row| &row.lines)
        .table();
    let title = format!("What {} has", MarkedText::default().name(email).plain_text());
    AnswerTable { title, nothing: "Nothing.", table, notes }
}

fn holding_answers<'a>(
    side: &'a str,
    holdings: &UserHoldings,
    product: impl Fn(&ProductId) -> Option<Product>,
) -> Vec<HoldingAnswer<'a>> {
    let answer = |kind, name, because, lines| HoldingAnswer { side, kind, name, because, lines };
    let granted = |kind, name: String, of: &[ChainLine]| answer(kind, name, String::new(), chain_text(of));
    let roles =
        holdings.roles.iter().map(|(role, of)| granted("role", words::role_words(role).plain_text(), of));
    let groups = holdings.groups.iter().map(|held| granted("group", held.group.to_string(), &held.lines));
    let products = holdings.products.iter().map(|(id, explanation)| {
        let kind = if explanation.can_start() { "can use" } else { "is denied by name" };
        let because: Vec<RuleStatement> = explanation.deciding_statements().cloned().collect();
        answer(kind, product_words(id, product(id).as_ref()), all_facts(&because), all_lines(&because))
    });
    let checkouts = holdings.checkouts.iter().map(|checkout| {
        let until = format!("on {} until {}", checkout.machine, words::minute(checkout.expires));
        answer("checked out", checkout.product.to_string(), until, String::new())
    });
    roles.chain(groups).chain(products).chain(checkouts).collect()
}

/// Lists everything that has a say in whether a person can start a product, on each side.
pub fn explanation_table<'a>(
    user: &Email,
    id: &ProductId,
    product: Option<&Product>,
    sides: &[AnswerOfSide<'a, Option<BlamedExplanation>>],
) -> AnswerTable {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    let user = MarkedText::default().name(user).plain_text();
    for (side, found) in sides {
        let Some((history, explanation)) = found else {
            notes.push(format!("{user} is not in the organization, {side}."));
            continue;
        };
        let can = if explanation.can_start() { "can" } else { "cannot" };
        notes.push(format!(
            "{user} {can} use it, {side}; entitlement country {}, {}.",
            explanation.country,
            country_reason(explanation.country_by)
        ));
        notes.extend(blamed_rows(history).iter().map(|row| row.join(" · ")));
        notes.extend(history.refusal.as_ref().map(|why| format!("Last set by: not known: {why}")));
        rows.extend(explanation.said.iter().map(|statement| StatementAnswer {
            side,
            verdict: statement_verdict(statement, explanation).trim_start_matches(['=', '>', ' ']),
            fact: fact_words(&statement.fact).plain_text(),
            lines: chain_text(&statement.lines),
        }));
    }
    let table = TableOfLines::new(&rows)
        .left("side", |row| row.side)
        .left("verdict", |row| row.verdict)
        .left("what has a say", |row| &row.fact)
        .left("policy lines", |row| &row.lines)
        .table();
    let title = format!("Why {user} can or cannot use {}", product_words(id, product));
    AnswerTable { title, nothing: "Nothing has a say.", table, notes }
}
