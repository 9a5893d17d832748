//! Renders advice about excess.

use serde::Serialize;

use super::{
    MoneyJson, PoolJson, UsageReportScope, money_json, place, pool_json, pricing, range_note, sum_words,
};
use crate::model::{Email, Money};
use crate::render::clean::clean_text;
use crate::render::report_notes::ReportNote;
use crate::render::report_table::{ReportTable, TableOfLines, text_or_empty};
use crate::render::table_report::TableReport;
use crate::render::words;
use crate::usage::{Advice, JudgedPeriod, PeriodKind, Remedy, RemedyOutcome, UsageSettings};

/// The most people that are named on a terminal.
const MOST_NAMED: usize = 12;

/// Advice about pools, with the policy edits that carry the advice out.
#[derive(Debug, Clone)]
pub struct PatchedAdvice {
    /// One advice for each pool.
    pub advice: Vec<Advice>,
    /// The policy patch for each choice of each advice, in the same order; empty where a choice needs none.
    pub patches: Vec<Vec<String>>,
    /// The number of future periods whose charges the advice adds up.
    pub periods: u32,
    /// The number of periods with excess after which a bought licence has paid for itself.
    pub break_even: Option<u32>,
}

/// A choice of an advice.
#[derive(Clone, Copy)]
struct AdviceChoice<'a> {
    advice: &'a Advice,
    choice: &'a RemedyOutcome,
    cheapest: bool,
}

/// Renders a report of advice.
pub fn advice_report<'a>(
    counsel: &'a PatchedAdvice,
    settings: &'a UsageSettings,
    scope: &UsageReportScope,
) -> TableReport<'a> {
    let choices: Vec<AdviceChoice<'_>> = counsel.advice.iter().flat_map(choices).collect();
    let table = TableOfLines::new(choices.iter().copied())
        .pool("where", |of| &of.advice.pool)
        .left("what to do", |of| act_words(&of.choice.act))
        .right("people", |of| {
            let people = of.choice.people.len();
            if people == 0 { String::new() } else { words::number(people) }
        })
        .right("once", |of| text_or_empty(of.choice.act.licences().and(of.choice.once.as_ref())))
        .right("in all", |of| {
            of.choice.cost.as_ref().map_or_else(|| "price unknown".to_owned(), Money::to_string)
        })
        .right("excess", |of| words::number(of.choice.excess))
        .left("", |of| if of.cheapest { "cheapest" } else { "" })
        .table();
    TableReport {
        sheet: Some(choice_sheet(&choices)),
        beneath: choices.iter().map(|of| choice_note(of.advice, of.choice)).collect(),
        answer: cheapest_in_all(counsel, settings),
        notes: advice_notes(counsel, settings, scope),
        page_notes: choices.iter().filter_map(|of| people_note(of.advice, of.choice)).collect(),
        ..TableReport::new(
            scope,
            "What to do about excess",
            scope.empty_text("There was no excess: nothing is to be done."),
            table,
            || advice_json(counsel, settings),
        )
    }
}

fn choices(advice: &Advice) -> impl Iterator<Item = AdviceChoice<'_>> {
    let choices = advice.choices.iter().enumerate();
    choices.map(|(at, choice)| AdviceChoice { advice, choice, cheapest: advice.cheapest == Some(at) })
}

/// Names the people of a choice for HTML and paper, which have nothing below a row.
fn people_note(advice: &Advice, choice: &RemedyOutcome) -> Option<String> {
    let (product, place) = (advice.pool.product.as_str(), place(&advice.pool));
    (!choice.people.is_empty()).then(|| {
        format!(
            "{} in {}, to {}: {}.",
            clean_text(product),
            clean_text(&place),
            act_words(&choice.act),
            named_people(choice)
        )
    })
}

/// Names a remedy.
fn act_words(act: &Remedy) -> String {
    match act {
        Remedy::Leave => "leave it".to_owned(),
        Remedy::Release => "release it".to_owned(),
        Remedy::Restrict => "restrict it".to_owned(),
        Remedy::Buy(licences) => format!("buy {}", words::count(*licences, "licence", "licences")),
    }
}

fn choice_note(advice: &Advice, choice: &RemedyOutcome) -> String {
    match choice.act {
        Remedy::Leave => {
            let of = |judged: &JudgedPeriod| {
                let [peak, excess] = [judged.peak, judged.excess].map(words::number);
                format!("{} peak {peak}, excess {excess}", judged.period)
            };
            let owned = words::number(advice.owned);
            format!("owned {owned}; {}", advice.judged.iter().map(of).collect::<Vec<_>>().join("; "))
        }
        Remedy::Release | Remedy::Restrict => named_people(choice),
        Remedy::Buy(licences) => {
            let with = advice.judged.iter().filter(|judged| judged.excess >= licences).count();
            let nth = if licences == 1 { "it".to_owned() } else { "the last of them".to_owned() };
            format!(
                "{nth} would have been used in {with} of {}",
                words::count(advice.judged.len(), "period", "periods")
            )
        }
    }
}

/// Names the people who lose the product, ordered by days of use, most first.
fn named_people(choice: &RemedyOutcome) -> String {
    let mut people: Vec<_> = choice.people.iter().collect();
    people.sort_by_key(|(email, days)| (std::cmp::Reverse(**days), (*email).clone()));
    let more = people.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("and {} more", words::number(more)));
    let one = |(email, days): &(&Email, &u32)| match days {
        0 => format!("{} (no use)", clean_text(email.as_str())),
        days => format!("{} ({})", clean_text(email.as_str()), words::count(**days, "day", "days")),
    };
    people.iter().take(MOST_NAMED).map(one).chain(more).collect::<Vec<_>>().join(", ")
}

fn advice_notes(
    counsel: &PatchedAdvice,
    settings: &UsageSettings,
    scope: &UsageReportScope,
) -> Vec<ReportNote> {
    let mut said = Vec::new();
    let Some(advice) = counsel.advice.first() else { return range_note(scope).into_iter().collect() };
    said.push(format!(
        "In all: what it costs once, and the charges of the next {} if they are like those of {}.",
        period_count(counsel.periods, settings),
        judged_range(advice, scope)
    ));
    said.push(
        "Cheapest is in money alone: what it costs those who lose the product is not in it.".to_owned(),
    );
    said.push("Excess: the most that would have been above what is owned today.".to_owned());
    if let Some(periods) = counsel.break_even {
        said.push(format!(
            "A licence that is bought costs the list price, and has paid for itself after {} with excess.",
            period_count(periods, settings)
        ));
    }
    let acts = |wanted: fn(&Remedy) -> bool| {
        counsel.advice.iter().flat_map(|advice| &advice.choices).any(|choice| wanted(&choice.act))
    };
    if acts(|act| *act == Remedy::Release) {
        said.push(
            "To release is to take the product from those who were there when too many were and used \
            it on the fewest days."
                .to_owned(),
        );
    }
    if acts(|act| *act == Remedy::Restrict) {
        said.push(
            "To restrict is to close the product in that country to all but those with an assignment \
            or a group list."
                .to_owned(),
        );
    }
    said.push(format!("Here {}.", pricing(settings)));
    if counsel.patches.iter().flatten().any(|patch| !patch.is_empty()) {
        said.push(
            "`--patch release` and `--patch restrict` print the edit of the policy, for `git apply`."
                .to_owned(),
        );
    }
    said.into_iter().map(ReportNote::remark).chain(range_note(scope)).collect()
}

/// Returns what the cheapest choices come to together.
fn cheapest_in_all(counsel: &PatchedAdvice, settings: &UsageSettings) -> Option<String> {
    let cheapest = counsel.advice.iter().filter_map(|advice| advice.choices.get(advice.cheapest?));
    let sum = sum_words(cheapest.filter_map(|choice| choice.cost.as_ref()))?;
    let periods = period_count(counsel.periods, settings);
    Some(format!("The cheapest choices come to {sum} together, over the next {periods}."))
}

fn period_count(count: u32, settings: &UsageSettings) -> String {
    match settings.period {
        PeriodKind::Quarter => words::count(count, "quarter", "quarters"),
        PeriodKind::Month => words::count(count, "month", "months"),
    }
}

fn judged_range(advice: &Advice, scope: &UsageReportScope) -> String {
    match advice.judged.as_slice() {
        [] => "none".to_owned(),
        [one] if one.period.contains(jiff::tz::Offset::UTC.to_datetime(scope.now).date()) => {
            format!("{}, which is not over", one.period)
        }
        [one] => one.period.to_string(),
        [first, .., last] => format!("{} to {}", first.period, last.period),
    }
}

fn choice_sheet(choices: &[AdviceChoice<'_>]) -> ReportTable {
    let amount = |money: &Option<Money>| text_or_empty(money.as_ref().map(|money| money.amount));
    TableOfLines::new(choices.iter().copied())
        .pool("place", |of| &of.advice.pool)
        .left("act", |of| act_key(&of.choice.act))
        .left("licences", |of| text_or_empty(of.choice.act.licences()))
        .left("people", |of| of.choice.people.len())
        .left("users", |of| of.choice.people.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        .left("once", |of| amount(&of.choice.once))
        .left("cost", |of| amount(&of.choice.cost))
        .left("currency", |of| text_or_empty(of.choice.cost.as_ref().map(|money| &money.currency)))
        .left("excess", |of| of.choice.excess)
        .left("cheapest", |of| of.cheapest)
        .table()
}

fn act_key(act: &Remedy) -> &'static str {
    match act {
        Remedy::Leave => "leave",
        Remedy::Release => "release",
        Remedy::Restrict => "restrict",
        Remedy::Buy(_) => "buy",
    }
}

/// Advice about all pools.
#[derive(Serialize)]
struct AdviceJson<'a> {
    format: &'static str,
    periods: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    break_even_periods: Option<u32>,
    rounding: String,
    pools: Vec<PoolAdviceJson<'a>>,
}

/// Advice about one pool.
#[derive(Serialize)]
struct PoolAdviceJson<'a> {
    #[serde(flatten)]
    pool: PoolJson<'a>,
    owned: u32,
    judged: Vec<JudgedPeriodJson>,
    choices: Vec<AdviceChoiceJson<'a>>,
}

/// A past period that the advice is based on.
#[derive(Serialize)]
struct JudgedPeriodJson {
    period: String,
    peak: u32,
    excess: u32,
}

/// A remedy with its outcome.
#[derive(Serialize)]
struct AdviceChoiceJson<'a> {
    act: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    licences: Option<u32>,
    cheapest: bool,
    excess: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    once: Option<MoneyJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<MoneyJson<'a>>,
    people: Vec<AffectedPersonJson<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    patch: &'a str,
}

/// A person who loses the product.
#[derive(Serialize)]
struct AffectedPersonJson<'a> {
    user: &'a str,
    days: u32,
}

fn advice_json<'a>(counsel: &'a PatchedAdvice, settings: &UsageSettings) -> AdviceJson<'a> {
    let judged = |one: &JudgedPeriod| JudgedPeriodJson {
        period: one.period.to_string(),
        peak: one.peak,
        excess: one.excess,
    };
    let pools = counsel.advice.iter().zip(&counsel.patches).map(|(advice, patches)| PoolAdviceJson {
        pool: pool_json(&advice.pool),
        owned: advice.owned,
        judged: advice.judged.iter().map(judged).collect(),
        choices: choices(advice).zip(patches).map(|(of, patch)| choice_json(of, patch)).collect(),
    });
    AdviceJson {
        format: "seatwise-usage-advice/1",
        periods: counsel.periods,
        break_even_periods: counsel.break_even,
        rounding: pricing(settings),
        pools: pools.collect(),
    }
}

fn choice_json<'a>(
    AdviceChoice { advice: _, choice, cheapest }: AdviceChoice<'a>,
    patch: &'a str,
) -> AdviceChoiceJson<'a> {
    let person = |(email, days): (&'a Email, &u32)| AffectedPersonJson { user: email.as_str(), days: *days };
    AdviceChoiceJson {
        act: act_key(&choice.act),
        licences: choice.act.licences(),
        cheapest,
        excess: choice.excess,
        once: choice.once.as_ref().map(money_json),
        cost: choice.cost.as_ref().map(money_json),
        people: choice.people.iter().map(person).collect(),
        patch,
    }
}
