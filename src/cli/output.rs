//! The formats that a report is asked for in, and the files that it is written to.

use std::borrow::Cow;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use clap::Args;

use super::files;
use super::report_format::{OfferedFormat, ReportFormat};
use super::shell::shown_path;
use super::{CliError, Context};
use crate::render::inert::{TextSyntax, inert_text};
use crate::render::report::Report;

/// The formats that a command offers its report in. The first is the one of a terminal.
pub(super) trait FormatOffer: Debug + Clone + Send + Sync + 'static {
    /// What writes the report in a format.
    type Writer: Debug + Copy + Send + Sync + 'static;
    /// The formats with their writers.
    const FORMATS: &'static [OfferedFormat<Self::Writer>];
    /// The format of a file whose name ends in none of the known endings; `None` where that is an error.
    const OF_OTHER_FILES: Option<ReportFormat> = None;
}

/// How a report is written, and to which files.
#[derive(Debug, Clone, Args)]
pub(super) struct OutputArgs<O: FormatOffer> {
    /// How it is written; by default as the name of the file says, and else text
    #[arg(long, value_parser = OfferedFormat::parser(O::FORMATS))]
    format: Option<OfferedFormat<O::Writer>>,
    /// Write it to this file, whose ending says the format; may be given several times
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
}

/// One of the formats that a report is written in, and the file for it; `None` for stdout.
pub(super) struct OutputTarget<'a, W> {
    pub(super) offered: OfferedFormat<W>,
    pub(super) file: Option<&'a Path>,
}

impl<O: FormatOffer> OutputArgs<O> {
    /// Returns the formats that are asked for, each with its file. Commands ask for them before they read
    /// anything, so that a file whose format is not clear is reported first.
    pub(super) fn targets(&self) -> Result<Vec<OutputTarget<'_, O::Writer>>, CliError> {
        if self.out.is_empty() {
            let offered = self.format.unwrap_or(O::FORMATS[0]);
            return Ok(vec![OutputTarget { offered, file: None }]);
        }
        self.out.iter().map(|file| self.file_target(file)).collect()
    }

    fn file_target<'a>(&self, file: &'a Path) -> Result<OutputTarget<'a, O::Writer>, CliError> {
        let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let has_ending = |one: &OfferedFormat<_>| one.format.extensions().contains(&&*ending);
        let implied = O::FORMATS.iter().copied().find(has_ending);
        let named = file.display();
        let offered = match (self.format, implied) {
            (Some(asked), None) => asked,
            (Some(asked), Some(_)) if has_ending(&asked) => asked,
            (Some(asked), Some(_)) => {
                let (asked, ending) = (asked.format.as_str(), ending.as_str());
                return Err(CliError::Usage(format!(
                    "`--format {asked}` and the ending of `{named}` contradict each other: leave `--format` \
                        out, or give the file another ending than `.{ending}`"
                )));
            }
            (None, Some(implied)) => implied,
            (None, None) => {
                let other = O::FORMATS.iter().copied().find(|one| Some(one.format) == O::OF_OTHER_FILES);
                other.ok_or_else(|| {
                    let known = O::FORMATS.iter().flat_map(|one| one.format.extensions());
                    let known: Vec<String> = known.map(|ending| format!("`.{ending}`")).collect();
                    CliError::Usage(format!(
                        "how `{named}` is to be written is not clear from its name: give it one of the \
                            endings {}, or say it by `--format`",
                        known.join(", ")
                    ))
                })?
            }
        };
        Ok(OutputTarget { offered, file: Some(file) })
    }

    /// Returns whether a format for which `is_such` is true is asked for.
    pub(super) fn has_format(&self, is_such: impl Fn(ReportFormat) -> bool) -> Result<bool, CliError> {
        Ok(self.targets()?.iter().any(|target| is_such(target.offered.format)))
    }

    /// Writes the report, which `render` renders by the writer of a format, to each file, or else to stdout.
    pub(super) fn write<B: AsRef<[u8]>>(
        &self,
        context: &Context,
        render: impl Fn(O::Writer) -> B,
    ) -> Result<(), CliError> {
        self.targets()?.iter().try_for_each(|target| target.write(render(target.offered.write), context))
    }
}

impl<W> OutputTarget<'_, W> {
    /// Writes the report to the file, or to stdout.
    pub(super) fn write(&self, report: impl AsRef<[u8]>, context: &Context) -> Result<(), CliError> {
        let report = inert_report(report.as_ref(), self.offered.format.syntax(context));
        let Some(file) = self.file else { return context.report_bytes(&report) };
        files::write_file(file, &report)?;
        context.note(&format!("written to {}", shown_path(file)));
        Ok(())
    }
}

/// Returns a report in which nothing from outside is obeyed by who shows it.
fn inert_report(report: &[u8], syntax: Option<TextSyntax>) -> Cow<'_, [u8]> {
    match (syntax, std::str::from_utf8(report)) {
        (Some(syntax), Ok(text)) => match inert_text(text, syntax) {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
        (None, _) | (Some(_), Err(_)) => Cow::Borrowed(report),
    }
}

/// The formats of a report that is a table.
#[derive(Debug, Clone)]
pub(super) struct TableFormats;

/// What writes a table.
pub(super) type TableWriter = fn(&dyn Report, width: usize) -> Vec<u8>;

impl FormatOffer for TableFormats {
    type Writer = TableWriter;
    const FORMATS: &'static [OfferedFormat<TableWriter>] = &[
        ReportFormat::Text.offer("For the terminal", |report, width| report.text(width).into()),
        ReportFormat::Csv.offer("For a spreadsheet; no cell is a formula", |report, _| report.csv().into()),
        ReportFormat::Json.offer("For programs", |report, _| report.json().into()),
        ReportFormat::Markdown.offer("For a pull request", |report, _| report.markdown().into()),
        ReportFormat::Html
            .offer("One page to search, sort and print, without a network", |report, _| report.html().into()),
        ReportFormat::Pdf.offer("For paper", |report, _| report.pdf()),
    ];
}
