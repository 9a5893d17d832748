//! The sentences of a report, each with its place on a terminal.

use super::columns::{hanging_lines, plain_words};

/// Where a sentence stands on a terminal. Pages have all sentences below the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotePlace {
    /// In the first lines, which say what the report comes to.
    Answer,
    /// After the answer, where it is said what was read, and what is missing from it.
    Source,
    /// Below the table.
    Below,
}

/// A sentence of a report.
#[derive(Debug, Clone)]
pub(super) struct ReportNote {
    pub(super) place: NotePlace,
    pub(super) text: String,
}

impl ReportNote {
    /// Creates a sentence that says what the report comes to.
    pub(super) fn answer(text: impl Into<String>) -> Self {
        Self { place: NotePlace::Answer, text: text.into() }
    }

    /// Creates a sentence that says what was read.
    pub(super) fn source(text: impl Into<String>) -> Self {
        Self { place: NotePlace::Source, text: text.into() }
    }

    /// Creates a sentence below the table.
    pub(super) fn remark(text: impl Into<String>) -> Self {
        Self { place: NotePlace::Below, text: text.into() }
    }
}

/// Renders sentences as one paragraph.
pub(super) fn sentences_text<'a>(sentences: impl IntoIterator<Item = &'a str>, width: usize) -> String {
    let ended = sentences.into_iter().map(|text| {
        let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
        format!("{text}{end}")
    });
    hanging_lines(&plain_words(&ended.collect::<Vec<_>>().join(" ")), 0, width)
}

/// Renders the sentences below a table, each as a paragraph.
pub(super) fn notes_text<'a>(notes: impl IntoIterator<Item = &'a str>, width: usize) -> String {
    let lines = notes.into_iter().map(|note| hanging_lines(&plain_words(note), 2, width));
    let text: String = lines.collect();
    if text.is_empty() { text } else { format!("\n{text}") }
}
