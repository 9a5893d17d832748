//! Invoices, payments, and overages held against our own arithmetic.

mod json;

use std::collections::BTreeMap;

use json::{InvoicesJson, OveragesJson, PaymentsJson, check_json, invoice_json, payment_json};
use rust_decimal::Decimal;

use super::tabular_report::TabularReport;
use super::{UsageReportFormat, UsageReportScope, feature, place, pretty_json, pricing};
use crate::model::{Money, Text};
use crate::render::clean::clean_text;
use crate::render::report_table::{Align, ReportTable};
use crate::render::words;
use crate::usage::{
    Billing, Charge, DifferenceCause, Invoice, InvoiceCheck, InvoiceLine, InvoiceVerdict, OwnFigures,
    Payment, UsageSettings,
};

/// A list of invoices, each with what was paid for it.
pub fn invoices_report(billing: &Billing, scope: &UsageReportScope, form: UsageReportFormat) -> Vec<u8> {
    let told = || TabularReport {
        title: "Invoices",
        nothing: "No invoices.".to_owned(),
        table: table_of_invoices(billing),
        beneath: Vec::new(),
        notes: totals("Billed", billing.invoices.iter().map(|invoice| &invoice.total)),
        figures: Vec::new(),
    };
    let json = || {
        pretty_json(&InvoicesJson {
            format: "seatwise-billing-invoices/1",
            invoices: billing.invoices.iter().map(|one| invoice_json(one, billing)).collect(),
        })
    };
    report_in_format(told, json, scope, form)
}

/// One invoice with its lines, as it is filed.
pub fn invoice_report(
    invoice: &Invoice,
    billing: &Billing,
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let told = || TabularReport {
        title: "Invoice",
        nothing: "The invoice has no lines.".to_owned(),
        table: table_of_lines(invoice),
        beneath: Vec::new(),
        notes: invoice_notes(invoice, billing, settings),
        figures: Vec::new(),
    };
    let json = || {
        pretty_json(&InvoicesJson {
            format: "seatwise-billing-invoices/1",
            invoices: vec![invoice_json(invoice, billing)],
        })
    };
    let scope = UsageReportScope {
        organization: format!("{} of {}", invoice.number, scope.organization),
        ..scope.clone()
    };
    report_in_format(told, json, &scope, form)
}

/// What was paid.
pub fn payments_report(billing: &Billing, scope: &UsageReportScope, form: UsageReportFormat) -> Vec<u8> {
    use Align::{Left, Right};
    let table = || {
        let mut table = ReportTable::new(&[
            ("day", Left),
            ("invoice", Left),
            ("amount", Right),
            ("currency", Left),
            ("reference", Left),
        ]);
        for Payment { invoice, day, amount, reference } in &billing.payments {
            table.add_row([
                day.to_string(),
                invoice.to_string(),
                amount.amount.to_string(),
                amount.currency.to_string(),
                reference.to_string(),
            ]);
        }
        table
    };
    let told = || TabularReport {
        title: "Payments",
        nothing: "No payments.".to_owned(),
        table: table(),
        beneath: Vec::new(),
        notes: totals("Paid", billing.payments.iter().map(|payment| &payment.amount)),
        figures: Vec::new(),
    };
    let json = || {
        pretty_json(&PaymentsJson {
            format: "seatwise-billing-payments/1",
            payments: billing.payments.iter().map(payment_json).collect(),
        })
    };
    report_in_format(told, json, scope, form)
}

/// Every overage beside what we come to.
pub fn overages_report(
    checks: &[InvoiceCheck],
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let told = || TabularReport {
        title: "Overages",
        nothing: "No overages.".to_owned(),
        table: table_of_checks(checks),
        beneath: checks.iter().map(|check| causes(check).join("; ")).collect(),
        notes: overage_notes(checks, settings),
        figures: Vec::new(),
    };
    // Causes stand below the rows of a terminal only.
    let whole = || {
        let mut report = told();
        report.notes.extend(checks.iter().filter_map(explain_check));
        report
    };
    let lines = || checks.iter().map(check_json).collect();
    match form {
        UsageReportFormat::Text => told().text().into(),
        UsageReportFormat::Csv => table_with_causes(checks).csv().into(),
        UsageReportFormat::Json => pretty_json(&OveragesJson {
            format: "seatwise-billing-overages/1",
            rounding: pricing(settings),
            lines: lines(),
        })
        .into(),
        UsageReportFormat::Html => whole().html(scope).into(),
        UsageReportFormat::Pdf => whole().pdf(scope),
    }
}

fn explain_check(check: &InvoiceCheck) -> Option<String> {
    let causes = causes(check).join("; ");
    (!causes.is_empty()).then(|| {
        format!("{} {}: {causes}.", invoice_or_period(check), clean_text(check.pool.product.as_str()))
    })
}

fn report_in_format(
    told: impl Fn() -> TabularReport,
    json: impl FnOnce() -> String,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    match form {
        UsageReportFormat::Text => told().text().into(),
        UsageReportFormat::Csv => told().table.csv().into(),
        UsageReportFormat::Json => json().into(),
        UsageReportFormat::Html => told().html(scope).into(),
        UsageReportFormat::Pdf => told().pdf(scope),
    }
}

fn table_of_invoices(billing: &Billing) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("invoice", Left),
        ("period", Left),
        ("country", Left),
        ("contract", Left),
        ("issued", Left),
        ("due", Left),
        ("lines", Right),
        ("total", Right),
        ("currency", Left),
        ("paid", Left),
    ];
    let mut table = ReportTable::new(&head);
    for invoice in &billing.invoices {
        let Invoice { number, period, country, contract, issued, due, total, lines } = invoice;
        let paid = payment_of(invoice, billing).map_or_else(String::new, |payment| payment.day.to_string());
        let contract = contract.as_deref().unwrap_or_default().to_owned();
        let (amount, currency) = (total.amount.to_string(), total.currency.to_string());
        let (lines, number) = (lines.len().to_string(), number.to_string());
        table.add_row([
            number,
            period.to_string(),
            country.to_string(),
            contract,
            issued.to_string(),
            due.to_string(),
            lines,
            amount,
            currency,
            paid,
        ]);
    }
    table
}

fn payment_of<'a>(invoice: &Invoice, billing: &'a Billing) -> Option<&'a Payment> {
    billing.payments.iter().find(|payment| payment.invoice == invoice.number)
}

fn table_of_lines(invoice: &Invoice) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("product", Left),
        ("feature", Left),
        ("at (UTC)", Left),
        ("used", Right),
        ("owned", Right),
        ("excess", Right),
        ("list price", Right),
        ("amount", Right),
        ("currency", Left),
    ];
    let mut table = ReportTable::new(&head);
    for InvoiceLine { pool, at, used, owned, excess, list_price, amount } in &invoice.lines {
        let numbers = [used, owned, excess].map(ToString::to_string);
        let [used, owned, excess] = numbers;
        let (price, due, currency) =
            (list_price.amount.to_string(), amount.amount.to_string(), amount.currency.to_string());
        table.add_row([
            pool.product.to_string(),
            feature(pool),
            minute(*at),
            used,
            owned,
            excess,
            price,
            due,
            currency,
        ]);
    }
    table
}

fn minute(at: crate::model::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn invoice_notes(invoice: &Invoice, billing: &Billing, settings: &UsageSettings) -> Vec<String> {
    let Invoice { number: _, period, country, contract, issued, due, total, lines: _ } = invoice;
    let contract = contract
        .as_ref()
        .map_or_else(|| "without a contract there".to_owned(), |contract| format!("contract {contract}"));
    let paid = payment_of(invoice, billing).map_or_else(
        || "Not paid yet.".to_owned(),
        |Payment { day, amount, reference, .. }| format!("Paid on {day}: {amount} ({reference})."),
    );
    vec![
        format!("Total: {total}"),
        format!("For excess of {period} in {country}, {contract}; made on {issued}, to be paid until {due}."),
        paid,
        sentence(&pricing(settings)),
    ]
}

fn sentence(words: &str) -> String {
    format!("{}{}.", words[..1].to_uppercase(), &words[1..])
}

/// The sum of each currency.
fn totals<'a>(what: &str, amounts: impl Iterator<Item = &'a Money>) -> Vec<String> {
    let mut totals = BTreeMap::<&Text, Decimal>::new();
    for Money { amount, currency } in amounts {
        let total = totals.entry(currency).or_default();
        *total = total.saturating_add(*amount);
    }
    totals.into_iter().map(|(currency, amount)| format!("{what} in all: {amount} {currency}")).collect()
}

/// For people: as narrow as paper.
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

/// The invoice's number, or the period that has no line for it.
fn invoice_or_period(check: &InvoiceCheck) -> String {
    check.said.as_ref().map_or_else(|| format!("({})", check.period), |said| said.invoice.to_string())
}

/// For spreadsheets: everything, each in a column of its own.
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
