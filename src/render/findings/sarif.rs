//! Renders findings as SARIF 2.1.0 (OASIS) for code scanning.

use serde_json::{Value, json};

use super::path_from_root;
use crate::audit::AuditReport;
use crate::audit::finding::{Finding, RuleSummary};
use crate::render::report::pretty_json;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Renders the log of one run.
///
/// File names are relative to the folder in which seatwise was called; `root` is the policy's folder relative
/// to there.
///
/// Code scanning shows only findings with a place, so a finding without a place is put at the settings file.
pub fn sarif_log(root: &str, report: &AuditReport) -> String {
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "seatwise",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": report.rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().map(|finding| result(root, report,
                finding)).collect::<Vec<_>>(),
        }],
    });
    pretty_json(&log)
}

fn rule(rule: &RuleSummary<'_>) -> Value {
    let mut form = json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": rule.severity.as_str()},
    });
    for (field, said) in
        [("fullDescription", rule.why), ("help", rule.fix)].into_iter().filter(|(_, said)| !said.is_empty())
    {
        form[field] = json!({"text": said});
    }
    form
}

fn result(root: &str, report: &AuditReport<'_>, finding: &Finding<'_>) -> Value {
    let (file, line) = finding.at.as_ref().map_or(("seatwise.yaml", 1), |at| (&*at.file, at.line));
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": report.rules.iter().position(|rule| rule.id == finding.rule.id),
        "level": finding.rule.severity.as_str(),
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&path_from_root(root, file))},
            "region": {"startLine": line},
        }}],
        // A finding keeps its fingerprint when it moves to another line.
        "partialFingerprints": {"seatwise/v1": format!("{}/{}", finding.rule.id, finding.item)},
    })
}

/// Returns a relative reference by RFC 3986, with the characters that a path does not allow percent-encoded.
fn uri(path: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    path.bytes()
        .map(|byte| if allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
