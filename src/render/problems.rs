//! Renders problems of a policy: with the source text underlined, or as one line each.

use std::error::Error;
use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use super::clean::{characters, push_spelled, spell_out};
use super::words;
use crate::policy::problem::{DRAWN, Excerpt, Problem, ProblemLocation};

/// Whether the text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourChoice {
    /// Uses escape codes, for a terminal.
    Always,
    Never,
}

/// Counts the problems, and draws the first with their source lines.
pub fn draw_problems(problems: &[Problem<ProblemLocation>], width: usize, colour: ColourChoice) -> String {
    let theme = match colour {
        ColourChoice::Always => GraphicalTheme::unicode(),
        ColourChoice::Never => GraphicalTheme::unicode_nocolor(),
    };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false).with_context_lines(1);
    let mut text = format!("{}\n\n", problem_summary(problems));
    for problem in problems.iter().take(DRAWN).map(clean_problem) {
        handler
            .render_report(&mut text, &ProblemDiagnostic::new(&problem))
            .expect("writing to a string cannot fail");
    }
    if let Some(more) = problems.len().checked_sub(DRAWN).filter(|more| *more > 0) {
        text += &format!("\n… and {} more\n", words::number(more));
    }
    text
}

/// Renders each problem as one line, `file:line:column: message [code]`, which editors and CI parse.
pub fn problem_lines(problems: &[Problem<ProblemLocation>]) -> String {
    let mut text = String::new();
    for Problem { code, place, message, help, also } in problems.iter().map(clean_problem) {
        text += &format!("{}: {}", FileLineColumn(&place), message.replace('\n', " "));
        if let Some(help) = help {
            text += &format!("; {}", help.replace('\n', " "));
        }
        for (spot, how) in &also {
            text += &format!("; {how}: {}", FileLineColumn(spot));
        }
        text += &format!(" [{}]\n", code.as_str());
    }
    text
}

/// Returns the problem with all foreign text in a form that is safe on a terminal and in a log.
fn clean_problem(problem: &Problem<ProblemLocation>) -> Problem<ProblemLocation> {
    let Problem { code, place, message, help, also } = problem;
    // What seatwise itself breaks into lines keeps them.
    let lines = |text: &str| text.lines().map(spell_out).collect::<Vec<_>>().join("\n");
    Problem {
        code: *code,
        place: clean_location(place),
        message: lines(message),
        help: help.as_deref().map(lines),
        also: also.iter().map(|(spot, how)| (clean_location(spot), *how)).collect(),
    }
}

fn clean_location(place: &ProblemLocation) -> ProblemLocation {
    let ProblemLocation { file, line, column, length, excerpt } = place;
    let excerpt = excerpt.as_ref().map(clean_excerpt);
    ProblemLocation {
        file: spell_out(file).as_ref().into(),
        line: *line,
        column: *column,
        length: *length,
        excerpt,
    }
}

/// Returns the lines with their harmful characters spelled out, and the same ones underlined.
fn clean_excerpt(excerpt: &Excerpt) -> Excerpt {
    let Excerpt { first_line, text, start, len } = excerpt;
    let mut shown = String::with_capacity(text.len());
    let (mut new_start, mut new_end) = (None, None);
    for (before, c, rest) in characters(text) {
        let at = text.len() - rest.len();
        new_start = new_start.or((at >= *start).then_some(shown.len()));
        new_end = new_end.or((at >= start + len).then_some(shown.len()));
        if matches!(c, '\n' | '\t') { shown.push(c) } else { push_spelled(&mut shown, before, c, rest) }
    }
    let start = new_start.unwrap_or(shown.len());
    let len = new_end.unwrap_or(shown.len()).saturating_sub(start);
    Excerpt { first_line: *first_line, text: shown, start, len }
}

/// Returns the number of problems and of files that have them.
pub fn problem_summary(problems: &[Problem<ProblemLocation>]) -> String {
    let mut files: Vec<&str> = problems.iter().map(|problem| &*problem.place.file).collect();
    files.dedup();
    let problems = words::count(problems.len(), "problem", "problems");
    format!("{problems} in {}", words::count(files.len(), "file", "files"))
}

/// Displays a location as `file:line:column`.
struct FileLineColumn<'a>(&'a ProblemLocation);

impl fmt::Display for FileLineColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProblemLocation { file, line, column, length: _, excerpt: _ } = self.0;
        write!(f, "{file}:{line}:{column}")
    }
}

/// A problem as miette draws it: only the lines around the problem, with their line numbers in the file.
#[derive(Debug)]
struct ProblemDiagnostic<'a> {
    problem: &'a Problem<ProblemLocation>,
    lines: Option<ExcerptSource<'a>>,
}

/// The source text around a problem, with its line numbers in the file.
#[derive(Debug)]
struct ExcerptSource<'a> {
    spot: &'a ProblemLocation,
    excerpt: &'a Excerpt,
}

impl<'a> ProblemDiagnostic<'a> {
    fn new(problem: &'a Problem<ProblemLocation>) -> Self {
        let spot = &problem.place;
        Self { problem, lines: spot.excerpt.as_ref().map(|excerpt| ExcerptSource { spot, excerpt }) }
    }
}

impl fmt::Display for ProblemDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lines {
            Some(_) => f.write_str(&self.problem.message),
            None => write!(f, "{}: {}", FileLineColumn(&self.problem.place), self.problem.message),
        }
    }
}

impl Error for ProblemDiagnostic<'_> {}

impl Diagnostic for ProblemDiagnostic<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code.as_str()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.problem.help.iter().cloned();
        let also = self.problem.also.iter().map(|(spot, how)| format!("{how}: {}", FileLineColumn(spot)));
        let lines: Vec<String> = help.chain(also).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.lines.as_ref().map(|lines| lines as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let ExcerptSource { excerpt, .. } = self.lines.as_ref()?;
        let label = LabeledSpan::new_primary_with_span(None, (excerpt.start, excerpt.len));
        Some(Box::new(std::iter::once(label)))
    }
}

impl SourceCode for ExcerptSource<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.excerpt.text.as_str().read_span(span, before, after)?;
        let line = self.excerpt.first_line as usize - 1 + contents.line();
        let column = self.spot.column as usize - 1;
        let (data, span, count) = (contents.data(), *contents.span(), contents.line_count());
        Ok(Box::new(MietteSpanContents::new_named(
            self.spot.file.to_string(),
            data,
            span,
            line,
            column,
            count,
        )))
    }
}
