//! Sets blocks of text and tables into A4 pages with page numbers, as PDF.
//!
//! The font is DejaVu Sans (Latin, Greek, Cyrillic and signs), which is compiled into the program, so that a
//! report looks the same everywhere. A character of another script appears as an empty box and can still be
//! copied and searched.

mod fonts;
mod pdf;
mod typesetter;

pub(super) use pdf::pdf_bytes;

use super::columns::Align;
use super::drawing::Drawing;

/// A block of content; blocks follow one another from top to bottom.
pub(super) enum PaperBlock {
    /// The title of the report.
    Title(String),
    Heading(String),
    /// A paragraph.
    Text(String),
    Table(PaperTable),
    /// Drawings below a heading, all on one page if they fit.
    Figure {
        heading: String,
        /// A paragraph between the heading and the drawings.
        text: String,
        /// Each drawing is scaled to the width of the page.
        drawings: Vec<Drawing>,
    },
}

/// A table; its head is repeated on every page that the table reaches.
pub(super) struct PaperTable {
    pub(super) columns: Vec<PaperColumn>,
    /// Each row has a cell for every column.
    pub(super) rows: Vec<Vec<PaperCell>>,
}

/// A column of a table on paper.
pub(super) struct PaperColumn {
    pub(super) title: &'static str,
    pub(super) width: ColumnWidth,
    pub(super) align: Align,
}

/// The width of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ColumnWidth {
    /// This share of the page's width, relative to the shares of the other columns.
    Share(f32),
    /// The width of the widest cell. Where the page is too narrow for all columns, numbers stay whole and
    /// words are broken.
    Fitted,
}

/// A cell: its lines in order; long lines are broken.
pub(super) struct PaperCell(pub(super) Vec<CellLine>);

/// A line of a cell.
pub(super) struct CellLine {
    pub(super) face: TextFace,
    pub(super) text: String,
}

/// The typeface and tone of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextFace {
    Plain,
    Bold,
    Soft,
}

impl PaperBlock {
    /// Creates a table whose columns of words have shares of the page's width.
    pub(super) fn table<const N: usize>(
        columns: [(&'static str, f32); N],
        rows: Vec<Vec<PaperCell>>,
    ) -> Self {
        let columns = columns.map(|(title, share)| PaperColumn {
            title,
            width: ColumnWidth::Share(share),
            align: Align::Left,
        });
        Self::Table(PaperTable { columns: columns.into(), rows })
    }

    /// Creates a table of plain text.
    pub(super) fn text_table<const N: usize>(
        columns: [(&'static str, f32); N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        let cells = |row: [String; N]| row.map(PaperCell::plain_text).into();
        Self::table(columns, rows.into_iter().map(cells).collect())
    }
}

impl PaperCell {
    /// Creates a cell of plain text.
    pub(super) fn plain_text(text: impl Into<String>) -> Self {
        Self(vec![CellLine { face: TextFace::Plain, text: text.into() }])
    }
}
