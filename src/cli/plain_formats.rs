//! The formats of reports that are no table: text for people, and JSON for programs.

use clap::Args;
use serde::Serialize;

use super::output::{FormatOffer, OutputArgs, OutputTarget};
use super::report_format::{OfferedFormat, ReportFormat};
use super::{CliError, Context};
use crate::render::prose::fit_prose;
use crate::render::report::pretty_json;

/// A form of a report that is no table.
#[derive(Debug, Clone, Copy)]
pub(super) enum PlainForm {
    Text,
    Json,
}

/// The formats of a report that is no table.
#[derive(Debug, Clone)]
pub(super) struct PlainFormats;

impl FormatOffer for PlainFormats {
    type Writer = PlainForm;
    const FORMATS: &'static [OfferedFormat<PlainForm>] = &[
        ReportFormat::Text.offer("For people", PlainForm::Text),
        ReportFormat::Json.offer("For programs: versioned", PlainForm::Json),
    ];
}

/// How a report is written whose files stand in a folder of their own.
#[derive(Debug, Clone, Args)]
pub(super) struct PlainFormatArgs {
    /// How the report is written
    #[arg(long, value_parser = OfferedFormat::parser(PlainFormats::FORMATS), default_value = "text")]
    format: OfferedFormat<PlainForm>,
}

impl PlainForm {
    /// Renders the report as `text` or `json` has it.
    pub(super) fn render<J: Serialize>(self, text: impl Fn() -> String, json: impl Fn() -> J) -> String {
        match self {
            Self::Text => text(),
            Self::Json => pretty_json(&json()),
        }
    }
}

impl<O: FormatOffer<Writer = PlainForm>> OutputArgs<O> {
    /// Writes the report as `text` or `json` has it to each file, or else to stdout.
    pub(super) fn write_plain<J: Serialize>(
        &self,
        context: &Context,
        text: impl Fn() -> String,
        json: impl Fn() -> J,
    ) -> Result<(), CliError> {
        self.write(context, |form| form.render(|| fit_prose(&text(), context.width), &json))
    }

    /// Returns whether the report is text on stdout, so that more text can stand before it.
    pub(super) fn is_text_on_stdout(&self) -> Result<bool, CliError> {
        let targets = self.targets()?;
        Ok(targets.iter().all(|to| to.file.is_none() && to.offered.format == ReportFormat::Text))
    }
}

impl PlainFormatArgs {
    /// Returns whether the report is text, so that more text can stand before it.
    pub(super) fn is_text(&self) -> bool {
        self.format.format == ReportFormat::Text
    }

    /// Writes the report as `text` or `json` has it to stdout.
    pub(super) fn write_plain<J: Serialize>(
        &self,
        context: &Context,
        text: impl Fn() -> String,
        json: impl Fn() -> J,
    ) -> Result<(), CliError> {
        let report = self.format.write.render(|| fit_prose(&text(), context.width), json);
        OutputTarget { offered: self.format, file: None }.write(report, context)
    }
}
