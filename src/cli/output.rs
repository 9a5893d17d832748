//! The format of a report, and the file that it is written to.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::error::CliError;
use super::files;

/// Options of reports that are also files to keep.
#[derive(Debug, Clone, Args)]
pub(super) struct OutputArgs {
    /// How it is written; by default as the name of `--out` says, and else text
    #[arg(long, value_enum)]
    format: Option<ReportFormat>,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For the terminal
    Text,
    /// For a spreadsheet; no cell is a formula
    Csv,
    /// For programs
    Json,
    /// One page to search, sort and print, without a network
    Html,
    /// For paper
    Pdf,
}

impl OutputArgs {
    /// Returns the format of `--format`, or else the one that the extension of `--out` implies, or else text.
    /// An extension that implies none is an error.
    pub(super) fn format(&self) -> Result<ReportFormat, CliError> {
        let (None, Some(out)) = (self.format, &self.out) else {
            return Ok(self.format.unwrap_or(ReportFormat::Text));
        };
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("txt") => Ok(ReportFormat::Text),
            Some("csv") => Ok(ReportFormat::Csv),
            Some("json") => Ok(ReportFormat::Json),
            Some("html" | "htm") => Ok(ReportFormat::Html),
            Some("pdf") => Ok(ReportFormat::Pdf),
            _ => Err(CliError::Usage(format!(
                "how `{}` is to be written is not clear from its name: say it by `--format`",
                out.display()
            ))),
        }
    }

    /// Writes the report to the file of `--out`, or else to stdout.
    pub(super) fn write(&self, report: &[u8], context: &Context) -> Result<(), CliError> {
        let Some(out) = &self.out else { return context.report_bytes(report) };
        files::write_file(out, report)?;
        context.note(&format!("written to {}", out.display()));
        Ok(())
    }
}
