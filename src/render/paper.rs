//! Paper: blocks of text and tables, set into A4 pages with page numbers, as PDF.
//!
//! The letters are those of DejaVu Sans (Latin, Greek, Cyrillic and signs), which comes with the program, so
//! that a report looks the same everywhere. What else a name is written in is an empty box, and can still be
//! copied and searched.

mod fonts;
mod pdf;
mod typesetter;

pub(super) use pdf::pdf_bytes;

use super::drawing::Drawing;
use super::report_table::Align;

/// What stands on paper, from top to bottom.
pub(super) enum PaperBlock {
    /// The report's name.
    Title(String),
    /// A heading.
    Heading(String),
    /// A text of one paragraph.
    Text(String),
    /// A table.
    Table(PaperTable),
    /// Drawings below a heading, all on one page where they fit.
    Figure {
        /// What it is of.
        heading: String,
        /// What is to be known of it.
        text: String,
        /// Each as wide as the page allows.
        drawings: Vec<Drawing>,
    },
}

/// A table; its head stands on every page it reaches.
pub(super) struct PaperTable {
    /// What stands in each row.
    pub(super) columns: Vec<PaperColumn>,
    /// Rows; each has a cell for every column.
    pub(super) rows: Vec<Vec<PaperCell>>,
}

/// A column.
pub(super) struct PaperColumn {
    /// Its head.
    pub(super) title: &'static str,
    /// How wide it is.
    pub(super) width: ColumnWidth,
    /// Where its text stands.
    pub(super) align: Align,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ColumnWidth {
    /// As much of the page beside the others.
    Share(f32),
    /// As its widest cell; where the page is too narrow for all, numbers stay whole and words are broken.
    Fitted,
}

/// One cell, line after line; long lines are broken.
pub(super) struct PaperCell(pub(super) Vec<CellLine>);

/// One line of a cell.
pub(super) struct CellLine {
    /// How it is written.
    pub(super) face: TextFace,
    /// What it says.
    pub(super) text: String,
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextFace {
    Plain,
    Bold,
    Soft,
}

impl PaperColumn {
    /// A column of words.
    pub(super) fn text_column(title: &'static str, share: f32) -> Self {
        Self { title, width: ColumnWidth::Share(share), align: Align::Left }
    }
}

impl PaperCell {
    /// A cell of plain text.
    pub(super) fn plain_text(text: impl Into<String>) -> Self {
        Self(vec![CellLine { face: TextFace::Plain, text: text.into() }])
    }
}
