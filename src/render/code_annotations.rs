//! Renders annotations of lines of the policy, for code scanning and for the review pages of forges.

mod sarif;

use serde::Serialize;

pub use sarif::sarif_log;

use super::clean::clean_text;
use super::report::pretty_json;
use crate::audit::finding::{RuleSummary, Severity};

/// The file that an annotation without a place is put at: forges show only those that have one.
const FALLBACK_FILE: &str = "seatwise.yaml";

/// A remark on a line of the policy.
#[derive(Debug, Clone)]
pub struct CodeAnnotation<'a> {
    pub rule: RuleSummary<'a>,
    /// One sentence. It may contain text of the organization, which is not sanitized.
    pub message: String,
    /// The place; `None` where the policy has none.
    pub at: Option<AnnotationPlace<'a>>,
    /// What stays the same when the line moves; together with the rule, it names the annotation.
    pub subject: String,
}

/// The place of an annotation.
#[derive(Debug, Clone, Copy)]
pub struct AnnotationPlace<'a> {
    /// The path below the policy's folder.
    pub file: &'a str,
    pub line: u32,
    /// In characters; `None` where the annotation is on the whole line.
    pub column: Option<u32>,
}

impl CodeAnnotation<'_> {
    /// Returns the name of the annotation, which is the same as long as the fault is.
    fn name(&self) -> String {
        format!("{}/{}", self.rule.id, self.subject)
    }

    fn place_or_fallback(&self) -> AnnotationPlace<'_> {
        self.at.unwrap_or(AnnotationPlace { file: FALLBACK_FILE, line: 1, column: None })
    }
}

/// Renders each annotation as one line, `file:line:column: message [rule]`, which editors and CI parse.
pub fn annotation_lines(annotations: &[CodeAnnotation<'_>]) -> String {
    let line = |annotation: &CodeAnnotation<'_>| {
        let AnnotationPlace { file, line, column } = annotation.place_or_fallback();
        let (file, message) = (clean_text(file), clean_text(&annotation.message));
        format!("{file}:{line}:{}: {message} [{}]\n", column.unwrap_or(1), annotation.rule.id)
    };
    annotations.iter().map(line).collect()
}

/// Renders annotations of a GitHub Actions run, one on each line.
pub fn github_annotations(root: &str, annotations: &[CodeAnnotation<'_>]) -> String {
    let line = |annotation: &CodeAnnotation<'_>| {
        let level = match annotation.rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = annotation.at.map(|AnnotationPlace { file, line, column }| {
            let file = escape_property(&clean_text(&path_from_root(root, file)));
            let column = column.map(|column| format!("col={column},")).unwrap_or_default();
            format!("file={file},line={line},{column}")
        });
        let place = place.unwrap_or_default();
        let message = escape_data(&clean_text(&annotation.message));
        format!("::{level} {place}title={}::{message}\n", annotation.rule.id)
    };
    annotations.iter().map(line).collect()
}

/// A remark as the code quality report of GitLab has it.
#[derive(Serialize)]
struct GitLabRemarkJson<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: GitLabLocationJson,
}

/// The place of a remark.
#[derive(Serialize)]
struct GitLabLocationJson {
    path: String,
    lines: GitLabLinesJson,
}

/// The lines of a remark.
#[derive(Serialize)]
struct GitLabLinesJson {
    begin: u32,
}

/// Renders the code quality report of a GitLab job.
pub fn gitlab_report(root: &str, annotations: &[CodeAnnotation<'_>]) -> String {
    pretty_json(&annotations.iter().map(|annotation| gitlab_remark(root, annotation)).collect::<Vec<_>>())
}

fn gitlab_remark<'a>(root: &str, annotation: &'a CodeAnnotation<'_>) -> GitLabRemarkJson<'a> {
    let AnnotationPlace { file, line, column: _ } = annotation.place_or_fallback();
    GitLabRemarkJson {
        description: clean_text(&annotation.message).into_owned(),
        check_name: annotation.rule.id,
        fingerprint: blake3::hash(annotation.name().as_bytes()).to_hex().to_string(),
        severity: match annotation.rule.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: GitLabLocationJson {
            path: path_from_root(root, file),
            lines: GitLabLinesJson { begin: line },
        },
    }
}

/// Returns the path of a policy file relative to the folder in which seatwise was called.
fn path_from_root(root: &str, file: &str) -> String {
    if root.is_empty() || root == "." {
        file.to_owned()
    } else {
        format!("{}/{file}", root.trim_end_matches('/'))
    }
}

/// Escapes the characters that would end a workflow command; the runner reverses the escape.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}
