//! The formats of reports, and those that a command offers.
//!
//! A new format is a variant of [`ReportFormat`], a writer in `render`, and an entry in the `FORMATS` of each
//! command that offers it.

use clap::builder::TypedValueParser;

use super::Context;
use super::option_words::words_parser;
use crate::model::word_enum;
use crate::render::inert::TextSyntax;

word_enum! {
    /// How a report is written, with its word on the command line.
    pub(super) enum ReportFormat {
        Text = "text",
        /// One line for each entry.
        Short = "short",
        Csv = "csv",
        Json = "json",
        Html = "html",
        Pdf = "pdf",
        Markdown = "markdown",
        /// SARIF 2.1.0, for code scanning.
        Sarif = "sarif",
        /// Annotations of a GitHub Actions run.
        Github = "github",
        /// A code quality report of GitLab.
        Gitlab = "gitlab",
    }
}

impl ReportFormat {
    /// Offers the format in a command whose help says `about` of it, and whose report `write` writes.
    pub(super) const fn offer<W>(self, about: &'static str, write: W) -> OfferedFormat<W> {
        OfferedFormat { format: self, about, write }
    }

    /// Returns the extensions of files in the format, in lower case.
    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Text | Self::Short | Self::Github => &["txt"],
            Self::Csv => &["csv"],
            Self::Json | Self::Gitlab => &["json"],
            Self::Html => &["html", "htm"],
            Self::Pdf => &["pdf"],
            Self::Markdown => &["md"],
            Self::Sarif => &["sarif"],
        }
    }

    /// Returns what may stand in a report in the format; `None` where it is no text.
    pub(super) fn syntax(self, context: &Context) -> Option<TextSyntax> {
        match self {
            Self::Text | Self::Short => Some(context.report_syntax()),
            Self::Csv => Some(TextSyntax::Csv),
            Self::Json | Self::Sarif | Self::Gitlab => Some(TextSyntax::Json),
            Self::Html | Self::Markdown => Some(TextSyntax::Plain),
            Self::Github => Some(TextSyntax::RunnerCommands),
            Self::Pdf => None,
        }
    }

    /// Returns whether the format is for readers who have more room than a terminal.
    pub(super) fn is_page(self) -> bool {
        match self {
            Self::Html | Self::Pdf => true,
            Self::Text
            | Self::Short
            | Self::Csv
            | Self::Json
            | Self::Markdown
            | Self::Sarif
            | Self::Github
            | Self::Gitlab => false,
        }
    }
}

/// Returns the policy's folder as it was named, which annotations of its lines begin with; empty where it was
/// not named.
pub(super) fn policy_folder(context: &Context) -> String {
    context.dir.as_deref().map(|dir| dir.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A format that a command offers, what its help says of it, and what writes the command's report so.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfferedFormat<W> {
    pub(super) format: ReportFormat,
    about: &'static str,
    pub(super) write: W,
}

impl<W: Copy + Send + Sync + 'static> OfferedFormat<W> {
    /// Returns the parser of `--format`.
    pub(super) fn parser(offered: &[Self]) -> impl TypedValueParser<Value = Self> + use<W> {
        let words: Vec<_> = offered.iter().map(|one| (one.format.as_str(), one.about, *one)).collect();
        words_parser(&words)
    }
}
