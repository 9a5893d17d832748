//! How a report is written, and where to.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::error::CliError;
use super::write;

/// Options of reports that are also files to keep.
#[derive(Debug, Clone, Args)]
pub(super) struct Output {
    /// How it is written; by default as the name of `--out` says, and else text
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
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

impl Output {
    /// The form that is asked for, or that the file's name asks for.
    pub(super) fn format(&self) -> Result<Format, CliError> {
        let (None, Some(out)) = (self.format, &self.out) else {
            return Ok(self.format.unwrap_or(Format::Text));
        };
        let extension = out.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("txt") => Ok(Format::Text),
            Some("csv") => Ok(Format::Csv),
            Some("json") => Ok(Format::Json),
            Some("html" | "htm") => Ok(Format::Html),
            Some("pdf") => Ok(Format::Pdf),
            _ => Err(CliError::Usage(format!(
                "how `{}` is to be written is not clear from its name: say it by `--format`",
                out.display()
            ))),
        }
    }

    /// Writes the report, to the file if there is one.
    pub(super) fn write(&self, report: &[u8], context: &Context) -> Result<(), CliError> {
        let Some(out) = &self.out else { return context.report_bytes(report) };
        write::whole(out, report)?;
        context.note(&format!("written to {}", out.display()));
        Ok(())
    }
}
