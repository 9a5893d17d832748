//! Renders audit findings for people, for pull requests and for machines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clean::clean_text;
use super::code_annotations::{AnnotationPlace, CodeAnnotation};
use super::plan_markdown::code_span;
use super::product_names::ProductNames;
use super::prose::fit_prose;
use super::report::pretty_json;
use super::report_notes::ReportNote;
use super::report_table::{TableOfLines, text_or_empty};
use super::table_report::{ReportOrigin, TableReport};
use super::words;
use crate::audit::AuditReport;
use crate::audit::finding::{Finding, RuleSummary, Severity};
use crate::model::Section;
use crate::policy::condition::ConditionSubject;

fn place(finding: &Finding) -> Option<String> {
    finding.at.as_ref().map(|at| format!("{}:{}", clean_text(&at.file), at.line))
}

/// Renders findings for people: grouped by rule, worst rule first, each rule with its remedy.
pub fn findings_text(side: &str, report: &AuditReport, names: &ProductNames, width: usize) -> String {
    let mut out = counts_line(side, report);
    for of_rule in report.findings.chunk_by(|one, other| one.rule == other.rule) {
        let rule = of_rule[0].rule;
        out += &format!("\n{}[{}]: {}\n", rule.severity.as_str(), rule.id, clean_text(rule.title));
        for finding in of_rule {
            let place = place(finding).map(|place| format!("  {place}")).unwrap_or_default();
            let product = finding.item.product();
            let message = clean_text(&finding.message);
            let message = product.map_or(message.to_string(), |product| names.spell_out(&message, product));
            out += &format!("  {message}{place}\n");
        }
        if !rule.fix.is_empty() {
            out += &format!("  help: {}\n", clean_text(rule.fix));
        }
    }
    fit_prose(&out, width)
}

fn counts_line(side: &str, report: &AuditReport) -> String {
    let ignored = if report.ignored > 0 {
        format!(", {} ignored", words::number(report.ignored))
    } else {
        String::new()
    };
    let blind = blind_sentence(report);
    if report.findings.is_empty() {
        let is_whole = report.blind.is_empty() && report.not_compared.is_empty();
        let what = if is_whole { "No findings" } else { "No findings in what was read" };
        return format!("{what}, {side}{ignored}.{blind}\n");
    }
    let counts: Vec<_> =
        Severity::ALL.iter().rev().filter_map(|severity| severity_count(report, *severity)).collect();
    format!("{}, {side}{ignored}.{blind}\n", counts.join(", "))
}

/// Names the rules that did not run, by the section that was not read, and what else was not read; empty
/// where everything was.
fn blind_sentence(report: &AuditReport) -> String {
    let mut by_section = BTreeMap::<Section, Vec<&str>>::new();
    for (rule, section) in &report.blind {
        by_section.entry(*section).or_default().push(rule);
    }
    let sentence = |(section, rules): (&Section, &Vec<&str>)| {
        format!(" Not looked for, as {} was not read: {}.", section.as_str(), rules.join(", "))
    };
    let others = report.not_compared.iter().filter(|section| !by_section.contains_key(section));
    let others: Vec<&str> = others.map(|section| section.as_str()).collect();
    let rest = if others.is_empty() { String::new() } else { format!(" Not read: {}.", others.join(", ")) };
    by_section.iter().map(sentence).collect::<String>() + &rest
}

fn severity_count(report: &AuditReport, severity: Severity) -> Option<String> {
    let count = report.findings.iter().filter(|finding| finding.rule.severity == severity).count();
    let (one, many) = match severity {
        Severity::Error => ("error", "errors"),
        Severity::Warning => ("warning", "warnings"),
        Severity::Note => ("note", "notes"),
    };
    (count > 0).then(|| words::count(count, one, many))
}

/// Renders findings as a Markdown table for a pull request.
pub fn findings_markdown(side: &str, report: &AuditReport) -> String {
    let mut out = format!("### Audit\n\n{}", counts_line(side, report));
    if report.findings.is_empty() {
        return out;
    }
    out += "\n| Severity | Rule | What | Where |\n|---|---|---|---|\n";
    for finding in &report.findings {
        let place = place(finding).map(|place| code_span(&place)).unwrap_or_default();
        out += &format!(
            "| {} | {} | {} | {place} |\n",
            finding.rule.severity.as_str(),
            code_span(finding.rule.id),
            code_span(&finding.message)
        );
    }
    out
}

/// Returns the findings as annotations of lines of the policy.
pub fn finding_annotations<'a>(report: &'a AuditReport<'_>) -> Vec<CodeAnnotation<'a>> {
    let annotation = |finding: &'a Finding<'_>| CodeAnnotation {
        rule: finding.rule,
        message: finding.message.clone(),
        at: finding.at.as_ref().map(|at| AnnotationPlace { file: &at.file, line: at.line, column: None }),
        subject: finding.item.to_string(),
    };
    report.findings.iter().map(annotation).collect()
}

/// Renders findings about `side` of the organization as a table, worst rule first.
pub fn findings_report<'a>(
    side: &'a str,
    report: &'a AuditReport<'_>,
    origin: ReportOrigin,
) -> TableReport<'a> {
    let table = TableOfLines::new(&report.findings)
        .left("severity", |finding| finding.rule.severity.as_str())
        .left("rule", |finding| finding.rule.id)
        .left("item", |finding| &finding.item)
        .left("what", |finding| &finding.message)
        .left("what to do", |finding| finding.rule.fix)
        .left("where", |finding| text_or_empty(place(finding)))
        .table();
    let conclusion = counts_line(side, report).trim_end().to_owned();
    let names = origin.products.clone();
    TableReport {
        terminal: Some(Box::new(move |width| findings_text(side, report, &names, width))),
        notes: if table.is_empty() { Vec::new() } else { vec![ReportNote::remark(conclusion.clone())] },
        ..TableReport::new(origin, "Audit", conclusion, table, move || findings_document(side, report))
    }
}

/// The findings of one audit.
#[derive(Serialize)]
struct FindingsJson<'a> {
    format: &'static str,
    side: &'a str,
    ignored: usize,
    /// The rules that did not run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_looked_for: Vec<BlindRuleJson<'a>>,
    /// The managed sections that were not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_compared: Vec<&'static str>,
    findings: Vec<FindingJson<'a>>,
}

/// A rule that did not run, and a section that it looks at and that was not read.
#[derive(Serialize)]
struct BlindRuleJson<'a> {
    rule: &'a str,
    unread: &'static str,
}

/// A finding of a rule.
#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    severity: &'static str,
    item: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

/// Renders findings as one JSON object.
pub fn findings_json(side: &str, report: &AuditReport) -> String {
    pretty_json(&findings_document(side, report))
}

fn findings_document<'a>(side: &'a str, report: &'a AuditReport<'_>) -> FindingsJson<'a> {
    let findings = report.findings.iter().map(|finding| FindingJson {
        rule: finding.rule.id,
        severity: finding.rule.severity.as_str(),
        item: finding.item.to_string(),
        message: &finding.message,
        file: finding.at.as_ref().map(|at| &*at.file),
        line: finding.at.as_ref().map(|at| at.line),
    });
    let blind = report.blind.iter().map(|(rule, section)| BlindRuleJson { rule, unread: section.as_str() });
    FindingsJson {
        format: "seatwise-audit/1",
        side,
        ignored: report.ignored,
        not_looked_for: blind.collect(),
        not_compared: report.not_compared.iter().map(|section| section.as_str()).collect(),
        findings: findings.collect(),
    }
}

/// Documents the rules: what each rule looks for, why, and what to do.
pub fn rules_markdown<'a>(rules: impl Iterator<Item = RuleSummary<'a>>) -> String {
    let mut out = "| Rule | Severity | Looks for | Why | What to do |\n|---|---|---|---|---|\n".to_owned();
    for rule in rules {
        out += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            rule.id,
            rule.severity.as_str(),
            rule.title,
            rule.why,
            rule.fix
        );
    }
    out
}

/// Documents the fields that conditions of custom rules can refer to.
pub fn fields_markdown() -> String {
    let mut out = "| Field | Type | Says |\n|---|---|---|\n".to_owned();
    for subject in ConditionSubject::ALL {
        for field in subject.fields() {
            out += &format!(
                "| `{}.{}` | {} | {} |\n",
                subject.as_str(),
                field.name,
                field.kind.as_str(),
                field.about
            );
        }
    }
    out
}

/// Explains one rule.
pub fn explain_rule(rule: &RuleSummary<'_>, width: usize) -> String {
    let mut out =
        format!("{} ({})\n\nLooks for: {}\n", rule.id, rule.severity.as_str(), clean_text(rule.title));
    for (label, said) in [("Why:       ", rule.why), ("Do:        ", rule.fix)]
        .into_iter()
        .filter(|(_, said)| !said.is_empty())
    {
        out += &format!("{label}{}\n", clean_text(said));
    }
    fit_prose(&out, width)
}
