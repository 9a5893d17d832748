//! Renders problems of a policy for programs, and as annotations of its lines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::code_annotations::{AnnotationPlace, CodeAnnotation};
use super::report::pretty_json;
use crate::audit::finding::{RuleSummary, Severity};
use crate::policy::problem::{Problem, ProblemCode, ProblemLocation};

/// What a policy declares, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PolicyCounts {
    pub files: usize,
    pub users: usize,
    pub groups: usize,
    pub products: usize,
    /// Product settings and country defaults.
    pub restrictions: usize,
}

/// What `seatwise validate --format json` writes.
#[derive(Serialize)]
struct ProblemsJson<'a> {
    /// `seatwise-problems/1`.
    format: &'static str,
    /// The organization that the settings name; `null` where they cannot be read.
    organization: Option<&'a str>,
    /// All problems, in the order of their places.
    problems: Vec<ProblemJson<'a>>,
    /// What the policy declares; `null` where it has problems.
    counts: Option<PolicyCounts>,
}

/// A problem.
#[derive(Serialize)]
struct ProblemJson<'a> {
    /// The stable name of this kind of problem.
    code: &'static str,
    /// What is wrong: a lower-case fragment.
    message: &'a str,
    #[serde(flatten)]
    place: ProblemPlaceJson<'a>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// Related places, each with how it is related.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<RelatedPlaceJson<'a>>,
}

/// The place of a problem.
#[derive(Serialize)]
struct ProblemPlaceJson<'a> {
    /// The path below the policy's folder.
    file: &'a str,
    /// Counted from 1.
    line: u32,
    /// Counted from 1, in characters.
    column: u32,
}

/// A place that a problem is related to.
#[derive(Serialize)]
struct RelatedPlaceJson<'a> {
    /// How it is related.
    says: &'static str,
    #[serde(flatten)]
    place: ProblemPlaceJson<'a>,
}

/// Renders the problems as one JSON object.
pub fn problems_json(
    organization: Option<&str>,
    problems: &[Problem<ProblemLocation>],
    counts: Option<PolicyCounts>,
) -> String {
    let problems = problems.iter().map(|problem| ProblemJson {
        code: problem.code.as_str(),
        message: &problem.message,
        place: place_json(&problem.place),
        hint: problem.help.as_deref(),
        also: problem
            .also
            .iter()
            .map(|(place, says)| RelatedPlaceJson { says, place: place_json(place) })
            .collect(),
    });
    pretty_json(&ProblemsJson {
        format: "seatwise-problems/1",
        organization,
        problems: problems.collect(),
        counts,
    })
}

fn place_json(place: &ProblemLocation) -> ProblemPlaceJson<'_> {
    ProblemPlaceJson { file: &place.file, line: place.line, column: place.column }
}

/// Returns the kinds of problems as rules, for formats that list what was looked for.
pub fn problem_rules() -> Vec<RuleSummary<'static>> {
    ProblemCode::ALL.iter().map(|code| problem_rule(*code)).collect()
}

fn problem_rule(code: ProblemCode) -> RuleSummary<'static> {
    RuleSummary { id: code.as_str(), severity: Severity::Error, title: code.summary(), why: "", fix: "" }
}

/// Returns the problems as annotations of the lines that they stand in.
pub fn problem_annotations(problems: &[Problem<ProblemLocation>]) -> Vec<CodeAnnotation<'_>> {
    // The same fault may stand at several lines of a file, and each has a name of its own.
    let mut times = BTreeMap::<_, usize>::new();
    let annotation = |problem: &'_ Problem<ProblemLocation>| {
        let Problem { code, place, message, .. } = problem;
        let time = times.entry((*code, place.file.clone(), message.clone())).or_default();
        *time += 1;
        format!("{}/{message}/{time}", place.file)
    };
    let subjects: Vec<String> = problems.iter().map(annotation).collect();
    let annotations = problems.iter().zip(subjects).map(|(problem, subject)| {
        let hint = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        CodeAnnotation {
            rule: problem_rule(problem.code),
            message: format!("{}{hint}", problem.message),
            at: Some(AnnotationPlace {
                file: &problem.place.file,
                line: problem.place.line,
                column: Some(problem.place.column),
            }),
            subject,
        }
    });
    annotations.collect()
}
