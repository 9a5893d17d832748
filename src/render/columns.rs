//! Lays out text in columns and wraps it, for a terminal. Widths are counted as terminals count them.

use textwrap::core::Fragment;
use textwrap::wrap_algorithms::wrap_first_fit;
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

/// A word or line as it is shown, the columns that it fills, to which colours do not count, and the spaces
/// that follow it.
#[derive(Debug, Clone, Default)]
pub(super) struct ShownText {
    pub(super) text: String,
    pub(super) width: usize,
    pub(super) spaces: usize,
}

#[expect(clippy::cast_precision_loss, reason = "a terminal has fewer columns")]
impl Fragment for ShownText {
    fn width(&self) -> f64 {
        self.width as f64
    }

    fn whitespace_width(&self) -> f64 {
        self.spaces as f64
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

/// Wraps words into lines so that none is wider than `width`, unless a single word is.
#[expect(clippy::cast_precision_loss, reason = "a terminal has fewer columns")]
pub(super) fn wrap_words(words: &[ShownText], width: usize) -> Vec<ShownText> {
    let lines = wrap_first_fit(words, &[width as f64]);
    lines.into_iter().filter_map(|line| line.iter().cloned().reduce(ShownText::join)).collect()
}

impl ShownText {
    fn join(self, next: Self) -> Self {
        Self {
            text: format!("{}{:spaces$}{}", self.text, "", next.text, spaces = self.spaces),
            width: self.width + self.spaces + next.width,
            spaces: next.spaces,
        }
    }
}
