//! Renders annotations as SARIF 2.1.0 (OASIS) for code scanning.

use serde_json::{Value, json};

use super::{AnnotationPlace, CodeAnnotation, path_from_root};
use crate::audit::finding::RuleSummary;
use crate::render::report::pretty_json;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Renders the log of one run, which looked for what `rules` say.
///
/// File names are relative to the folder in which seatwise was called; `root` is the policy's folder relative
/// to there.
pub fn sarif_log(root: &str, rules: &[RuleSummary<'_>], annotations: &[CodeAnnotation<'_>]) -> String {
    let results = annotations.iter().map(|annotation| result(root, rules, annotation));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "seatwise",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
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

fn result(root: &str, rules: &[RuleSummary<'_>], annotation: &CodeAnnotation<'_>) -> Value {
    let AnnotationPlace { file, line, column } = annotation.place_or_fallback();
    let mut region = json!({"startLine": line});
    if let Some(column) = column {
        region["startColumn"] = json!(column);
    }
    json!({
        "ruleId": annotation.rule.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == annotation.rule.id),
        "level": annotation.rule.severity.as_str(),
        "message": {"text": annotation.message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&path_from_root(root, file))},
            "region": region,
        }}],
        // An annotation keeps its fingerprint when it moves to another line.
        "partialFingerprints": {"seatwise/v1": annotation.name()},
    })
}

/// Returns a relative reference by RFC 3986, with the characters that a path does not allow percent-encoded.
fn uri(path: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    path.bytes()
        .map(|byte| if allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
