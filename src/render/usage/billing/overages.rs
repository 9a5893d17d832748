//! Renders overages beside the charges that seatwise computes from usage and contracts.

use serde::Serialize;

use super::json::{InvoiceLineJson, line_json};
use super::totals;
use crate::model::Money;
use crate::render::clean::clean_text;
use crate::render::report_notes::ReportNote;
use crate::render::report_table::{ReportTable, TableOfLines, text_or_empty};
use crate::render::table_report::TableReport;
use crate::render::usage::{
    MoneyJson, PoolJson, UsageReportScope, charge_words, minute, money_json, pool_json, pricing, sentence,
};
use crate::render::words;
use crate::usage::{
    Charge, DifferenceCause, InvoiceCheck, InvoiceLine, InvoiceVerdict, OwnFigures, UsageSettings,
};

/// Renders every overage beside the charge that seatwise computes.
pub fn overages_report<'a>(
    checks: &'a [InvoiceCheck],
    settings: &'a UsageSettings,
    scope: &UsageReportScope,
) -> TableReport<'a> {
    let json = || OveragesJson {
        format: "seatwise-billing-overages/1",
        rounding: pricing(settings),
        lines: checks.iter().map(check_json).collect(),
    };
    TableReport {
        sheet: Some(table_with_causes(checks)),
        beneath: checks.iter().map(|check| causes(check, FOR_PEOPLE)).collect(),
        notes: overage_notes(checks, settings, scope),
        page_notes: checks.iter().filter_map(explain_check).collect(),
        ..TableReport::new(scope, "Overages", scope.empty_text("No overages."), table_of_checks(checks), json)
    }
}

fn explain_check(check: &InvoiceCheck) -> Option<String> {
    let causes = causes(check, FOR_PEOPLE);
    (!causes.is_empty()).then(|| {
        format!("{} {}: {causes}.", invoice_or_period(check), clean_text(check.pool.product.as_str()))
    })
}

/// Returns the table for people, as narrow as paper.
fn table_of_checks(checks: &[InvoiceCheck]) -> ReportTable {
    let table = TableOfLines::new(checks).left("invoice", invoice_or_period);
    machine_columns(table.pool("where", |check| &check.pool))
        .right("billed", |check| text_or_empty(billed_line(check).map(|line| &line.amount)))
        .right("ours", |check| {
            text_or_empty(check.ours.as_ref().map(|ours| ours_in_words(ours, Money::to_string)))
        })
        .left("", |check| verdict_in_words(&check.verdict))
        .table()
}

/// Returns the table for spreadsheets: every value in a column of its own.
fn table_with_causes(checks: &[InvoiceCheck]) -> ReportTable {
    let table = TableOfLines::new(checks)
        .left("invoice", |check| text_or_empty(check.said.as_ref().map(|said| &said.invoice)))
        .pool("place", |check| &check.pool)
        .left("period", |check| check.period);
    machine_columns(table)
        .right("billed", |check| text_or_empty(billed_line(check).map(|line| line.amount.amount)))
        .right("ours", |check| {
            text_or_empty(check.ours.as_ref().map(|ours| ours_in_words(ours, |due| due.amount.to_string())))
        })
        .left("currency", |check| {
            let ours = || check.ours.as_ref().and_then(|ours| ours.charge.money_due());
            let money = billed_line(check).map(|line| &line.amount).or_else(ours);
            text_or_empty(money.map(|money| &money.currency))
        })
        .left("checked", |check| verdict_in_words(&check.verdict))
        .left("cause", |check| causes(check, FOR_PROGRAMS))
        .table()
}

/// Adds the columns of machines: used, owned, excess.
fn machine_columns(table: TableOfLines<&InvoiceCheck>) -> TableOfLines<&InvoiceCheck> {
    table
        .right("used", |check| text_or_empty(billed_line(check).map(|line| line.used)))
        .right("owned", |check| text_or_empty(billed_line(check).map(|line| line.owned)))
        .right("excess", |check| {
            let billed = billed_line(check).map(|line| line.excess);
            text_or_empty(billed.or_else(|| check.ours.as_ref().map(|ours| ours.excess)))
        })
}

/// Returns the invoice's number or, where no invoice has the charge, the period in brackets.
fn invoice_or_period(check: &InvoiceCheck) -> String {
    check.said.as_ref().map_or_else(|| format!("({})", check.period), |said| said.invoice.to_string())
}

fn billed_line(check: &InvoiceCheck) -> Option<&InvoiceLine> {
    check.said.as_ref().map(|said| &said.line)
}

fn ours_in_words(ours: &OwnFigures, due: fn(&Money) -> String) -> String {
    let amount = charge_words(&ours.charge, due);
    if ours.charge == Charge::Nothing { "0".to_owned() } else { amount }
}

fn verdict_in_words(verdict: &InvoiceVerdict) -> &'static str {
    match verdict {
        InvoiceVerdict::Agrees => "agrees",
        InvoiceVerdict::Differs(_) => "differs",
        InvoiceVerdict::NotBilled => "not billed",
        InvoiceVerdict::NoUse => "no use known",
    }
}

/// Returns the causes of a difference; nothing where there is none.
fn causes(check: &InvoiceCheck, figures: FigureWords) -> String {
    cause_texts(check, figures).join("; ")
}

/// How the figures in a sentence are written.
#[derive(Clone, Copy)]
struct FigureWords {
    money: fn(&Money) -> String,
    number: fn(u32) -> String,
}

const FOR_PEOPLE: FigureWords = FigureWords { money: words::money, number: words::number };
const FOR_PROGRAMS: FigureWords =
    FigureWords { money: |money| money.to_string(), number: |number| number.to_string() };

fn cause_texts(check: &InvoiceCheck, figures: FigureWords) -> Vec<String> {
    match &check.verdict {
        InvoiceVerdict::Agrees | InvoiceVerdict::NotBilled | InvoiceVerdict::NoUse => Vec::new(),
        InvoiceVerdict::Differs(causes) if causes.is_empty() => vec!["the cause is not known".to_owned()],
        InvoiceVerdict::Differs(causes) => causes.iter().map(|cause| cause_text(cause, figures)).collect(),
    }
}

fn cause_text(cause: &DifferenceCause, FigureWords { money, number }: FigureWords) -> String {
    match cause {
        DifferenceCause::Price { said, ours: Some(ours) } => {
            format!(
                "billed at a list price of {}, and it was {} on the first day of the period",
                money(said),
                money(ours)
            )
        }
        DifferenceCause::Price { said, ours: None } => {
            format!(
                "billed at a list price of {}, and none is known on the first day of the period",
                money(said)
            )
        }
        DifferenceCause::Owned { said, ours } => {
            format!("billed as if {} were owned, and the contracts paid for {}", number(*said), number(*ours))
        }
        DifferenceCause::Machines { said, ours } => {
            format!(
                "billed for {} at once, and {} are known to have been",
                words::count(*said, "machine", "machines"),
                number(*ours)
            )
        }
        DifferenceCause::OtherTime { at, excess } => {
            format!("at {} there was an excess of {}", minute(*at), number(*excess))
        }
        DifferenceCause::MissingDays(first, last) => {
            format!("no use of anything is known from {first} to {last}")
        }
        DifferenceCause::Provisional => "use may still become known".to_owned(),
        DifferenceCause::Share(percent) => format!("billed at {percent} % of the list price"),
        DifferenceCause::Rounding => "rounded elsewhere than at the line".to_owned(),
        DifferenceCause::Forgiven => "so few days of overuse are forgiven, by the settings".to_owned(),
    }
}

fn overage_notes(
    checks: &[InvoiceCheck],
    settings: &UsageSettings,
    scope: &UsageReportScope,
) -> Vec<ReportNote> {
    let count = |is: fn(&InvoiceVerdict) -> bool| checks.iter().filter(|check| is(&check.verdict)).count();
    let billed = checks.iter().filter_map(|check| Some(&check.said.as_ref()?.line.amount));
    let mut said = totals("Billed", scope, billed);
    let lines = |number: usize, one: &str, many: &str| {
        let what = if number == 1 { one } else { many };
        (number > 0).then(|| ReportNote::answer(format!("{} {what}.", words::count(number, "line", "lines"))))
    };
    said.extend(lines(
        count(|of| matches!(of, InvoiceVerdict::Agrees)),
        "agrees with what was used",
        "agree with what was used",
    ));
    said.extend(lines(count(|of| matches!(of, InvoiceVerdict::Differs(_))), "differs", "differ"));
    said.extend(lines(
        count(|of| matches!(of, InvoiceVerdict::NotBilled)),
        "of excess is on no invoice",
        "of excess are on no invoice",
    ));
    let unknown = "is of a period in which no use is known";
    said.extend(lines(
        count(|of| matches!(of, InvoiceVerdict::NoUse)),
        unknown,
        &unknown.replacen("is", "are", 1),
    ));
    if !checks.is_empty() {
        said.push(ReportNote::remark(sentence(&pricing(settings))));
    }
    said
}

/// The list of overages.
#[derive(Serialize)]
struct OveragesJson<'a> {
    format: &'static str,
    rounding: String,
    lines: Vec<InvoiceCheckJson<'a>>,
}

/// An overage with both charges and the result of the comparison.
#[derive(Serialize)]
struct InvoiceCheckJson<'a> {
    #[serde(flatten)]
    pool: PoolJson<'a>,
    period: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billed: Option<InvoiceLineJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<OwnChargeJson<'a>>,
    checked: &'static str,
    causes: Vec<String>,
}

/// The charge that seatwise computes.
#[derive(Serialize)]
struct OwnChargeJson<'a> {
    excess: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<MoneyJson<'a>>,
}

fn check_json(check: &InvoiceCheck) -> InvoiceCheckJson<'_> {
    InvoiceCheckJson {
        pool: pool_json(&check.pool),
        period: check.period.to_string(),
        invoice: check.said.as_ref().map(|said| &*said.invoice),
        billed: check.said.as_ref().map(|said| line_json(&said.line)),
        ours: check.ours.as_ref().map(|ours| OwnChargeJson {
            excess: ours.excess,
            amount: ours.charge.money_due().map(money_json),
        }),
        checked: verdict_in_words(&check.verdict),
        causes: cause_texts(check, FOR_PROGRAMS),
    }
}
