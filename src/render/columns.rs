//! Lays out text in columns, for a terminal. Widths are counted as terminals count them.

use unicode_width::UnicodeWidthStr;

/// The alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

impl Align {
    /// Fills up a cell that is `filled` columns wide, to which colours do not count.
    pub(super) fn pad(self, cell: &str, filled: usize, width: usize) -> String {
        let gap = " ".repeat(width.saturating_sub(filled));
        match self {
            Self::Left => format!("{cell}{gap}"),
            Self::Right => format!("{gap}{cell}"),
        }
    }
}

/// Returns the width of each column: that of its widest cell of those that are at most `most` wide, so that
/// one long name does not push the others off the screen.
pub(super) fn column_widths<R: AsRef<[String]>>(rows: &[R], most: usize) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        let row = row.as_ref();
        widths.resize(row.len(), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = Some(cell.width()).filter(|cell| *cell <= most).unwrap_or(0).max(*width);
        }
    }
    widths
}

/// Returns a line of cells, two spaces apart, each in its column.
pub(super) fn aligned_line(
    indent: usize,
    cells: impl IntoIterator<Item: AsRef<str>>,
    columns: &[(Align, usize)],
) -> String {
    let cells = cells.into_iter().zip(columns);
    let padded = cells.map(|(cell, (align, width))| align.pad(cell.as_ref(), cell.as_ref().width(), *width));
    let line = format!("{:indent$}{}", "", padded.collect::<Vec<_>>().join("  "));
    line.trim_end().to_owned() + "\n"
}
