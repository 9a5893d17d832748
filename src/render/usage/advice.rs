//! Renders advice about excess.

use serde::Serialize;

use super::tabular_report::TabularReport;
use super::{UsageReportFormat, UsageReportScope, feature, place, pretty_json, pricing, range_note};
use crate::model::Money;
use crate::render::clean::clean_text;
use crate::render::report_table::{Align, ReportTable};
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

/// Renders a report of advice.
pub fn advice_report(
    counsel: &PatchedAdvice,
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    match form {
        UsageReportFormat::Text => text_report(counsel, settings, scope).text().into(),
        UsageReportFormat::Csv => csv(counsel).into(),
        UsageReportFormat::Json => json(counsel, settings).into(),
        UsageReportFormat::Html => report_with_people(counsel, settings, scope).html(scope).into(),
        UsageReportFormat::Pdf => report_with_people(counsel, settings, scope).pdf(scope),
    }
}

fn text_report(counsel: &PatchedAdvice, settings: &UsageSettings, scope: &UsageReportScope) -> TabularReport {
    use Align::{Left, Right};
    let head = [
        ("product", Left),
        ("feature", Left),
        ("where", Left),
        ("what to do", Left),
        ("people", Right),
        ("once", Right),
        ("in all", Right),
        ("excess", Right),
        ("", Left),
    ];
    let (mut table, mut beneath) = (ReportTable::new(&head), Vec::new());
    for advice in &counsel.advice {
        for (at, choice) in advice.choices.iter().enumerate() {
            let mark = if advice.cheapest == Some(at) { "cheapest" } else { "" };
            let people =
                if choice.people.is_empty() { String::new() } else { words::number(choice.people.len()) };
            table.add_row([
                advice.pool.product.to_string(),
                feature(&advice.pool),
                place(&advice.pool),
                act_words(&choice.act),
                people,
                cost_once(choice),
                choice.cost.as_ref().map_or_else(|| "price unknown".to_owned(), Money::to_string),
                words::number(choice.excess as usize),
                mark.to_owned(),
            ]);
            beneath.push(choice_note(advice, choice));
        }
    }
    TabularReport {
        title: "What to do about excess",
        nothing: "There was no excess: nothing is to be done.".to_owned(),
        table,
        beneath,
        notes: advice_notes(counsel, settings, scope),
        figures: Vec::new(),
    }
}

/// Returns the report with the people in the notes: HTML and paper have nothing below a row.
fn report_with_people(
    counsel: &PatchedAdvice,
    settings: &UsageSettings,
    scope: &UsageReportScope,
) -> TabularReport {
    let mut report = text_report(counsel, settings, scope);
    for advice in &counsel.advice {
        for choice in advice.choices.iter().filter(|choice| !choice.people.is_empty()) {
            let (product, place) = (
                clean_text(advice.pool.product.as_str()).into_owned(),
                clean_text(&place(&advice.pool)).into_owned(),
            );
            report.notes.push(format!(
                "{product} in {place}, to {}: {}.",
                act_words(&choice.act),
                named_people(choice)
            ));
        }
    }
    report
}

/// Names a remedy.
fn act_words(act: &Remedy) -> String {
    match act {
        Remedy::Leave => "leave it".to_owned(),
        Remedy::Release => "release it".to_owned(),
        Remedy::Restrict => "restrict it".to_owned(),
        Remedy::Buy(licences) => format!("buy {}", words::count(*licences as usize, "licence", "licences")),
    }
}

fn cost_once(choice: &RemedyOutcome) -> String {
    match choice.act {
        Remedy::Leave | Remedy::Release | Remedy::Restrict => String::new(),
        Remedy::Buy(_) => choice.once.as_ref().map_or_else(String::new, Money::to_string),
    }
}

fn choice_note(advice: &Advice, choice: &RemedyOutcome) -> String {
    match choice.act {
        Remedy::Leave => {
            let of = |judged: &JudgedPeriod| {
                format!("{} peak {}, excess {}", judged.period, judged.peak, judged.excess)
            };
            format!("owned {}; {}", advice.owned, advice.judged.iter().map(of).collect::<Vec<_>>().join("; "))
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
    let one = |(email, days): &(&crate::model::Email, &u32)| match days {
        0 => format!("{} (no use)", clean_text(email.as_str())),
        days => format!("{} ({})", clean_text(email.as_str()), words::count(**days as usize, "day", "days")),
    };
    people.iter().take(MOST_NAMED).map(one).chain(more).collect::<Vec<_>>().join(", ")
}

fn advice_notes(counsel: &PatchedAdvice, settings: &UsageSettings, scope: &UsageReportScope) -> Vec<String> {
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
    said.extend(range_note(scope));
    said
}

fn period_count(count: u32, settings: &UsageSettings) -> String {
    match settings.period {
        PeriodKind::Quarter => words::count(count as usize, "quarter", "quarters"),
        PeriodKind::Month => words::count(count as usize, "month", "months"),
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

fn csv(counsel: &PatchedAdvice) -> String {
    let titles = [
        "product", "feature", "place", "act", "licences", "people", "users", "once", "cost", "currency",
        "excess", "cheapest",
    ];
    let mut table = ReportTable::new(&titles.map(|title| (title, Align::Left)));
    for advice in &counsel.advice {
        for (at, choice) in advice.choices.iter().enumerate() {
            let amount = |money: &Option<Money>| {
                money.as_ref().map_or_else(String::new, |money| money.amount.to_string())
            };
            table.add_row([
                advice.pool.product.to_string(),
                feature(&advice.pool),
                place(&advice.pool),
                act_key(&choice.act).to_owned(),
                licences(&choice.act).map_or_else(String::new, |licences| licences.to_string()),
                choice.people.len().to_string(),
                choice.people.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "),
                amount(&choice.once),
                amount(&choice.cost),
                choice.cost.as_ref().map_or_else(String::new, |money| money.currency.to_string()),
                choice.excess.to_string(),
                (advice.cheapest == Some(at)).to_string(),
            ]);
        }
    }
    table.csv()
}

fn act_key(act: &Remedy) -> &'static str {
    match act {
        Remedy::Leave => "leave",
        Remedy::Release => "release",
        Remedy::Restrict => "restrict",
        Remedy::Buy(_) => "buy",
    }
}

fn licences(act: &Remedy) -> Option<u32> {
    match act {
        Remedy::Leave | Remedy::Release | Remedy::Restrict => None,
        Remedy::Buy(licences) => Some(*licences),
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
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
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
    once: Option<ChoiceMoneyJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<ChoiceMoneyJson<'a>>,
    people: Vec<AffectedPersonJson<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    patch: &'a str,
}

/// The amounts of a remedy.
#[derive(Serialize)]
struct ChoiceMoneyJson<'a> {
    amount: String,
    currency: &'a str,
}

/// A person who loses the product.
#[derive(Serialize)]
struct AffectedPersonJson<'a> {
    user: &'a str,
    days: u32,
}

fn json(counsel: &PatchedAdvice, settings: &UsageSettings) -> String {
    let pools = counsel.advice.iter().zip(&counsel.patches).map(|(advice, patches)| PoolAdviceJson {
        product: advice.pool.product.as_str(),
        feature: advice.pool.feature.as_deref(),
        place: place(&advice.pool),
        owned: advice.owned,
        judged: advice
            .judged
            .iter()
            .map(|one| JudgedPeriodJson {
                period: one.period.to_string(),
                peak: one.peak,
                excess: one.excess,
            })
            .collect(),
        choices: advice
            .choices
            .iter()
            .zip(patches)
            .enumerate()
            .map(|(at, (choice, patch))| choice_json(choice, patch, advice.cheapest == Some(at)))
            .collect(),
    });
    pretty_json(&AdviceJson {
        format: "seatwise-usage-advice/1",
        periods: counsel.periods,
        break_even_periods: counsel.break_even,
        rounding: pricing(settings),
        pools: pools.collect(),
    })
}

fn choice_json<'a>(choice: &'a RemedyOutcome, patch: &'a str, cheapest: bool) -> AdviceChoiceJson<'a> {
    let money =
        |money: &'a Money| ChoiceMoneyJson { amount: money.amount.to_string(), currency: &money.currency };
    AdviceChoiceJson {
        act: act_key(&choice.act),
        licences: licences(&choice.act),
        cheapest,
        excess: choice.excess,
        once: choice.once.as_ref().map(money),
        cost: choice.cost.as_ref().map(money),
        people: choice
            .people
            .iter()
            .map(|(email, days)| AffectedPersonJson { user: email.as_str(), days: *days })
            .collect(),
        patch,
    }
}
