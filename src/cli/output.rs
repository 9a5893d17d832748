//! The format of a report that is also a file to keep, and the file that it is written to.

use std::path::PathBuf;

use clap::Args;

use super::files;
use super::report_format::{OfferedFormat, ReportFormat};
use super::{CliError, Context};
use crate::render::report::Report;

/// Options of reports that are also files to keep.
#[derive(Debug, Clone, Args)]
pub(super) struct OutputArgs {
    /// How it is written; by default as the name of `--out` says, and else text
    #[arg(long, value_parser = OfferedFormat::parser(&FORMATS))]
    format: Option<OfferedFormat<ReportWriter>>,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

type ReportWriter = fn(&dyn Report) -> Vec<u8>;

const FORMATS: [OfferedFormat<ReportWriter>; 5] = [
    ReportFormat::Text.offer("For the terminal", |report| report.text().into()),
    ReportFormat::Csv.offer("For a spreadsheet; no cell is a formula", |report| report.csv().into()),
    ReportFormat::Json.offer("For programs", |report| report.json().into()),
    ReportFormat::Html
        .offer("One page to search, sort and print, without a network", |report| report.html().into()),
    ReportFormat::Pdf.offer("For paper", |report| report.pdf()),
];

impl OutputArgs {
    /// Returns the format of `--format`, or else the one that the extension of `--out` implies, or else text.
    /// An extension that implies none is an error. Commands ask for it before they read anything, so that
    /// this error comes first.
    pub(super) fn format(&self) -> Result<ReportFormat, CliError> {
        Ok(self.offered_format()?.format)
    }

    fn offered_format(&self) -> Result<OfferedFormat<ReportWriter>, CliError> {
        let (None, Some(out)) = (self.format, &self.out) else {
            return Ok(self.format.unwrap_or(FORMATS[0]));
        };
        let extension = out.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let implied = FORMATS.into_iter().find(|one| one.format.extensions().contains(&&*extension));
        implied.ok_or_else(|| {
            CliError::Usage(format!(
                "how `{}` is to be written is not clear from its name: say it by `--format`",
                out.display()
            ))
        })
    }

    /// Writes the report to the file of `--out`, or else to stdout.
    pub(super) fn write(&self, report: &dyn Report, context: &Context) -> Result<(), CliError> {
        let written = (self.offered_format()?.write)(report);
        let Some(out) = &self.out else { return context.report_bytes(&written) };
        files::write_file(out, written)?;
        context.note(&format!("written to {}", out.display()));
        Ok(())
    }
}
