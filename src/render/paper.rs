//! Paper: blocks of text and tables, set into A4 pages with page numbers, as PDF.
//!
//! The letters are those of DejaVu Sans (Latin, Greek, Cyrillic and signs), which comes with the program, so that a report looks the same
//! everywhere. What else a name is written in is an empty box, and can still be copied and searched.

mod letters;
mod setting;
mod written;

pub(super) use written::pdf;

/// What stands on paper, from top to bottom.
pub(super) enum Block {
    /// The report's name.
    Title(String),
    /// A heading.
    Heading(String),
    /// A text of one paragraph.
    Text(String),
    /// A table.
    Table(Table),
}

/// A table; its head stands on every page it reaches.
pub(super) struct Table {
    /// Heads, and how wide each is beside the others.
    pub(super) columns: Vec<(&'static str, f32)>,
    /// Rows; each has a cell for every column.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// One cell, line after line; long lines are broken.
pub(super) struct Cell(pub(super) Vec<Line>);

/// One line of a cell.
pub(super) struct Line {
    /// How it is written.
    pub(super) face: Face,
    /// What it says.
    pub(super) text: String,
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Plain,
    Bold,
    Soft,
}

impl Cell {
    /// A cell of plain text.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self(vec![Line { face: Face::Plain, text: text.into() }])
    }
}
