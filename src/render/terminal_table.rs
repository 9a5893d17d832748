//! Lays out a table for a terminal. No column is ever dropped: where the columns do not fit beside each
//! other, words are wrapped in their columns, and where even that does not fit, each row is a small record.

use std::iter::zip;

use super::columns::{Align, ShownText, hanging_lines, join_words, plain_words, words_width, wrap_words};

/// The gap between columns.
const GAP: usize = 2;
/// A cell with more words is not wrapped to less than this: it would be hard to read.
const NARROWEST: usize = 24;
/// How much further than a row its record's items are indented.
const DEEPER: usize = 4;
/// Where the second column begins, at the least, if every first cell has a line to itself.
const BESIDE_NOTHING: usize = 6;

/// Rows of cells under a head; the head may be missing.
#[derive(Debug, Default)]
pub(super) struct TerminalTable {
    pub(super) aligns: Vec<Align>,
    pub(super) head: Option<TerminalRow>,
    pub(super) rows: Vec<TerminalRow>,
}

/// A row of a table: the words of each cell.
#[derive(Debug, Default)]
pub(super) struct TerminalRow {
    pub(super) indent: usize,
    pub(super) cells: Vec<Vec<ShownText>>,
    /// A paragraph below the row; empty where there is none.
    pub(super) beneath: Vec<ShownText>,
}

/// The columns' widths, that of the first one with its indent.
type ColumnWidths = Vec<usize>;

impl TerminalRow {
    /// Creates a row of texts without colours.
    pub(super) fn plain(indent: usize, cells: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let cells = cells.into_iter().map(|cell| plain_words(cell.as_ref())).collect();
        Self { indent, cells, beneath: Vec::new() }
    }

    fn cell_width(&self, column: usize) -> usize {
        let indent = if column == 0 { self.indent } else { 0 };
        self.cells.get(column).map_or(0, |words| indent + words_width(words))
    }

    fn longest_word(&self, column: usize) -> usize {
        let words = self.cells.get(column).into_iter().flatten();
        words.map(|word| word.width).max().unwrap_or(0)
    }
}

impl TerminalTable {
    /// Renders the table in `width` columns.
    pub(super) fn text(&self, width: usize) -> String {
        let widest = self.widths(|row, column| row.cell_width(column));
        let widths = Some(widest).filter(|widths| total(widths) <= width);
        match widths.or_else(|| self.narrow_widths(width)) {
            Some(widths) => {
                let rows = self.head.iter().chain(&self.rows);
                rows.map(|row| self.aligned_text(row, &widths, width)).collect()
            }
            None => {
                let records = self.rows.iter().map(|row| self.record_text(row, width));
                self.label_text(width) + &records.collect::<String>()
            }
        }
    }

    /// Returns the largest of what `of` says of each row, for each column.
    fn widths(&self, of: impl Fn(&TerminalRow, usize) -> usize) -> ColumnWidths {
        let rows = || self.head.iter().chain(&self.rows);
        (0..self.aligns.len()).map(|column| rows().map(|row| of(row, column)).max().unwrap_or(0)).collect()
    }

    /// Returns widths that fit, with cells wrapped and first cells that are very wide on lines of their own;
    /// `None` where there are none.
    fn narrow_widths(&self, width: usize) -> Option<ColumnWidths> {
        let widest_first = (width * 2 / 5).clamp(36, 60);
        let is_apart = |row: &TerminalRow| self.unbreakable_width(row, 0) > widest_first;
        let mut widths = self.widths(|row, column| match column {
            0 if is_apart(row) => BESIDE_NOTHING,
            column => row.cell_width(column),
        });
        let least = self.widths(|row, column| match (column, row.cell_width(column)) {
            (0, _) if is_apart(row) => BESIDE_NOTHING,
            (column, cell) => cell.min(self.unbreakable_width(row, column)),
        });
        while total(&widths) > width {
            let (at, _) =
                zip(0.., &widths).filter(|(at, now)| **now > least[*at]).max_by_key(|(_, now)| **now)?;
            widths[at] -= 1;
        }
        Some(widths)
    }

    /// Returns the width that a cell needs at the least, with its words wrapped. Numbers are not wrapped, nor
    /// is the first cell of a table without a head, which names what the row is about.
    fn unbreakable_width(&self, row: &TerminalRow, column: usize) -> usize {
        let is_head = self.head.as_ref().is_some_and(|head| std::ptr::eq(head, row));
        let is_name = column == 0 && self.head.is_none();
        let indent = if column == 0 { row.indent } else { 0 };
        let (whole, word) = (row.cell_width(column), indent + row.longest_word(column));
        match self.aligns[column] {
            Align::Left if is_name => whole,
            Align::Right if !is_head => whole,
            Align::Left if whole > indent + NARROWEST => word.max(indent + NARROWEST),
            Align::Left | Align::Right => word,
        }
    }

    fn aligned_text(&self, row: &TerminalRow, widths: &ColumnWidths, width: usize) -> String {
        let mut columns: Vec<Vec<ShownText>> =
            zip(&row.cells, widths).map(|(cell, width)| wrap_words(cell, *width, 0)).collect();
        let mut out = String::new();
        if row.cell_width(0).min(self.unbreakable_width(row, 0)) > widths[0] {
            out += &hanging_lines(&row.cells[0], row.indent, width);
            columns[0].clear();
        } else {
            let lines = wrap_words(&row.cells[0], widths[0] - row.indent, 0).into_iter();
            columns[0] = lines.map(|line| indent_line(&line, row.indent)).collect();
        }
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let cells = zip(zip(&columns, widths), &self.aligns);
            let cells = cells.map(|((lines, width), align)| {
                align.pad(lines.get(at).unwrap_or(&ShownText::default()), *width)
            });
            let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
            out += &format!("{}\n", line.trim_end());
        }
        out + &hanging_lines(&row.beneath, row.indent + DEEPER, width)
    }

    /// Returns the label of a table of records: the first title, where it stands out from the rows.
    fn label(&self) -> Option<&TerminalRow> {
        let head = self.head.as_ref()?;
        self.rows.first().filter(|row| row.indent > head.indent).map(|_| head)
    }

    fn label_text(&self, width: usize) -> String {
        self.label().map(|head| hanging_lines(&head.cells[0], head.indent, width)).unwrap_or_default()
    }

    /// Renders a row as a record: its first cell, and below it the others, each after its title.
    fn record_text(&self, row: &TerminalRow, width: usize) -> String {
        let mut items = row.cells.iter().enumerate().map(|(column, cell)| self.item_words(column, cell));
        let mut out = hanging_lines(&items.next().unwrap_or_default(), row.indent, width);
        let items: Vec<_> = items.filter(|item| !item.is_empty()).collect();
        let indent = row.indent + DEEPER;
        if self.head.is_none() {
            out.extend(items.iter().map(|item| hanging_lines(item, indent, width)));
        } else {
            out += &packed_items(&items, indent, width);
        }
        out + &hanging_lines(&row.beneath, indent, width)
    }

    /// Returns the words of a cell after those of its title; none where the cell has none.
    fn item_words(&self, column: usize, cell: &[ShownText]) -> Vec<ShownText> {
        let is_titled = !cell.is_empty() && (column > 0 || self.label().is_none());
        let title = self.head.as_ref().and_then(|head| head.cells.get(column)).filter(|_| is_titled);
        let mut words = title.cloned().unwrap_or_default();
        if let Some(last) = words.last_mut() {
            last.text.push(':');
            last.width += 1;
            last.spaces = 1;
        }
        words.extend_from_slice(cell);
        words
    }
}

/// Puts as many items on each line as fit. An item that is wider than a line has lines of its own.
fn packed_items(items: &[Vec<ShownText>], indent: usize, width: usize) -> String {
    let is_wide = |item: &Vec<ShownText>| words_width(item) > width.saturating_sub(indent);
    let mut out = String::new();
    for items in items.chunk_by(|one, next| !is_wide(one) && !is_wide(next)) {
        match items {
            [wide] if is_wide(wide) => out += &hanging_lines(wide, indent, width),
            items => {
                let whole = items.iter().map(|item| ShownText { spaces: GAP, ..join_words(item) });
                let lines = wrap_words(&whole.collect::<Vec<_>>(), width.saturating_sub(indent), 0);
                out.extend(lines.iter().map(|line| format!("{:indent$}{}\n", "", line.text)));
            }
        }
    }
    out
}

fn indent_line(line: &ShownText, indent: usize) -> ShownText {
    ShownText { text: format!("{:indent$}{}", "", line.text), width: indent + line.width, spaces: 0 }
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}
