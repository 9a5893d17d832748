//! Renders overages beside the charges that seatwise computes from usage and contracts.

use serde::Serialize;

use super::json::{BilledMoneyJson, InvoiceLineJson, line_json, money_json};
use super::{minute, sentence, totals};
use crate::model::Money;
use crate::render::clean::clean_text;
use crate::render::report_table::{Align, ReportTable};
use crate::render::usage::tabular_report::TabularReport;
use crate::render::usage::{UsageReportFormat, UsageReportScope, feature, place, pretty_json, pricing};
use crate::render::words;
use crate::usage::{Charge, DifferenceCause, InvoiceCheck, InvoiceVerdict, OwnFigures, UsageSettings};

/// Renders every overage beside the charge that seatwise computes.
pub fn overages_report(
    checks: &[InvoiceCheck],
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let report = || TabularReport {
        title: "Overages",
        nothing: "No overages.".to_owned(),
        table: table_of_checks(checks),
        beneath: checks.iter().map(|check| causes(check).join("; ")).collect(),
        notes: overage_notes(checks, settings),
        figures: Vec::new(),
    };
    // Only a terminal has causes below the rows; HTML and paper have the causes in the notes.
    let report_with_causes = || {
        let mut whole = report();
        whole.notes.extend(checks.iter().filter_map(explain_check));
        whole
    };
    let lines = || checks.iter().map(check_json).collect();
    match form {
        UsageReportFormat::Text => report().text().into(),
        UsageReportFormat::Csv => table_with_causes(checks).csv().into(),
        UsageReportFormat::Json => pretty_json(&OveragesJson {
            format: "seatwise-billing-overages/1",
            rounding: pricing(settings),
            lines: lines(),
        })
        .into(),
        UsageReportFormat::Html => report_with_causes().html(scope).into(),
        UsageReportFormat::Pdf => report_with_causes().pdf(scope),
    }
}

fn explain_check(check: &InvoiceCheck) -> Option<String> {
    let causes = causes(check).join("; ");
    (!causes.is_empty()).then(|| {
        format!("{} {}: {causes}.", invoice_or_period(check), clean_text(check.pool.product.as_str()))
    })
}

/// Returns the table for people, as narrow as paper.
fn table_of_checks(checks: &[InvoiceCheck]) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("invoice", Left),
        ("product", Left),
        ("feature", Left),
        ("where", Left),
        ("used", Right),
        ("owned", Right),
        ("excess", Right),
        ("billed", Right),
        ("ours", Right),
        ("", Left),
    ];
    let mut table = ReportTable::new(&head);
    for check in checks {
        let CheckCells {
            product, feature, place, numbers: [used, owned, excess], billed, ours, verdict, ..
        } = check_cells(check);
        let billed = check.said.as_ref().map_or(billed, |said| said.line.amount.to_string());
        table.add_row([
            invoice_or_period(check),
            product,
            feature,
            place,
            used,
            owned,
            excess,
            billed,
            ours,
            verdict,
        ]);
    }
    table
}

/// Returns the invoice's number or, where no invoice has the charge, the period in brackets.
fn invoice_or_period(check: &InvoiceCheck) -> String {
    check.said.as_ref().map_or_else(|| format!("({})", check.period), |said| said.invoice.to_string())
}

/// Returns the table for spreadsheets: every value in a column of its own.
fn table_with_causes(checks: &[InvoiceCheck]) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("invoice", Left),
        ("product", Left),
        ("feature", Left),
        ("place", Left),
        ("period", Left),
        ("used", Right),
        ("owned", Right),
        ("excess", Right),
        ("billed", Right),
        ("ours", Right),
        ("currency", Left),
        ("checked", Left),
        ("cause", Left),
    ];
    let mut table = ReportTable::new(&head);
    for check in checks {
        let CheckCells {
            invoice,
            product,
            feature,
            place,
            numbers: [used, owned, excess],
            billed,
            ours,
            currency,
            verdict,
        } = check_cells(check);
        let (period, causes) = (check.period.to_string(), causes(check).join("; "));
        table.add_row([
            invoice, product, feature, place, period, used, owned, excess, billed, ours, currency, verdict,
            causes,
        ]);
    }
    table
}

/// The texts of a checked overage.
struct CheckCells {
    invoice: String,
    product: String,
    feature: String,
    place: String,
    /// Used, owned, excess.
    numbers: [String; 3],
    billed: String,
    ours: String,
    currency: String,
    verdict: String,
}

fn check_cells(check: &InvoiceCheck) -> CheckCells {
    let InvoiceCheck { pool, period: _, said, ours, verdict } = check;
    let line = said.as_ref().map(|said| &said.line);
    let number = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
    let excess = line.map(|line| line.excess).or_else(|| ours.as_ref().map(|ours| ours.excess));
    let money = line.map(|line| &line.amount).or_else(|| ours.as_ref().and_then(due_amount));
    CheckCells {
        invoice: said.as_ref().map_or_else(String::new, |said| said.invoice.to_string()),
        product: pool.product.to_string(),
        feature: feature(pool),
        place: place(pool),
        numbers: [line.map(|line| line.used), line.map(|line| line.owned), excess].map(number),
        billed: line.map_or_else(String::new, |line| line.amount.amount.to_string()),
        ours: ours.as_ref().map_or_else(String::new, ours_in_words),
        currency: money.map_or_else(String::new, |money| money.currency.to_string()),
        verdict: verdict_in_words(verdict).to_owned(),
    }
}

fn due_amount(ours: &OwnFigures) -> Option<&Money> {
    match &ours.charge {
        Charge::Due(money) => Some(money),
        Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown | Charge::TooLarge => None,
    }
}

fn ours_in_words(ours: &OwnFigures) -> String {
    match &ours.charge {
        Charge::Due(money) => money.amount.to_string(),
        Charge::Nothing => "0".to_owned(),
        Charge::Forgiven => "forgiven".to_owned(),
        Charge::PriceUnknown => "price unknown".to_owned(),
        Charge::TooLarge => "too large".to_owned(),
    }
}

fn verdict_in_words(verdict: &InvoiceVerdict) -> &'static str {
    match verdict {
        InvoiceVerdict::Agrees => "agrees",
        InvoiceVerdict::Differs(_) => "differs",
        InvoiceVerdict::NotBilled => "not billed",
        InvoiceVerdict::NoUse => "no use known",
    }
}

fn causes(check: &InvoiceCheck) -> Vec<String> {
    match &check.verdict {
        InvoiceVerdict::Agrees | InvoiceVerdict::NotBilled | InvoiceVerdict::NoUse => Vec::new(),
        InvoiceVerdict::Differs(causes) if causes.is_empty() => vec!["the cause is not known".to_owned()],
        InvoiceVerdict::Differs(causes) => causes.iter().map(cause_text).collect(),
    }
}

fn cause_text(cause: &DifferenceCause) -> String {
    match cause {
        DifferenceCause::Price { said, ours: Some(ours) } => {
            format!("billed at a list price of {said}, and it was {ours} on the first day of the period")
        }
        DifferenceCause::Price { said, ours: None } => {
            format!("billed at a list price of {said}, and none is known on the first day of the period")
        }
        DifferenceCause::Owned { said, ours } => {
            format!("billed as if {said} were owned, and the contracts paid for {ours}")
        }
        DifferenceCause::Machines { said, ours } => {
            format!(
                "billed for {} at once, and {ours} are known to have been",
                words::count(*said as usize, "machine", "machines")
            )
        }
        DifferenceCause::OtherTime { at, excess } => {
            format!("at {} there was an excess of {excess}", minute(*at))
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

fn overage_notes(checks: &[InvoiceCheck], settings: &UsageSettings) -> Vec<String> {
    let count = |is: fn(&InvoiceVerdict) -> bool| checks.iter().filter(|check| is(&check.verdict)).count();
    let mut said =
        totals("Billed", checks.iter().filter_map(|check| Some(&check.said.as_ref()?.line.amount)));
    let lines = |number: usize, one: &str, many: &str| {
        let what = if number == 1 { one } else { many };
        (number > 0).then(|| format!("{} {what}.", words::count(number, "line", "lines")))
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
        said.push(sentence(&pricing(settings)));
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
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
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
    amount: Option<BilledMoneyJson<'a>>,
}

fn check_json(check: &InvoiceCheck) -> InvoiceCheckJson<'_> {
    InvoiceCheckJson {
        product: check.pool.product.as_str(),
        feature: check.pool.feature.as_deref(),
        place: place(&check.pool),
        period: check.period.to_string(),
        invoice: check.said.as_ref().map(|said| &*said.invoice),
        billed: check.said.as_ref().map(|said| line_json(&said.line)),
        ours: check
            .ours
            .as_ref()
            .map(|ours| OwnChargeJson { excess: ours.excess, amount: due_amount(ours).map(money_json) }),
        checked: verdict_in_words(&check.verdict),
        causes: causes(check),
    }
}
