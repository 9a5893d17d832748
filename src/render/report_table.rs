//! A table of a report: aligned columns for people, CSV for spreadsheets and programs.

use std::iter::zip;

use unicode_width::UnicodeWidthStr;

use super::clean::clean_text;
use super::columns::{Align, aligned_line, column_widths};
use super::csv_sheet::CsvSheet;

/// Rows under a head. Cells hold raw text; the table makes the text harmless when it is rendered.
#[derive(Debug, Clone, Default)]
pub(super) struct ReportTable {
    head: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

/// A table whose columns are filled one after the other, with a row for each of `lines`.
pub(super) struct TableOfLines<L> {
    lines: Vec<L>,
    table: ReportTable,
}

impl<L: Copy> TableOfLines<L> {
    /// Creates a table that has no columns yet.
    pub(super) fn new(lines: impl IntoIterator<Item = L>) -> Self {
        let lines: Vec<L> = lines.into_iter().collect();
        let rows = vec![Vec::new(); lines.len()];
        Self { lines, table: ReportTable { head: Vec::new(), rows } }
    }

    /// Adds a column of words.
    pub(super) fn left<C: ToString>(self, title: &'static str, cell: impl Fn(L) -> C) -> Self {
        self.add_column(title, Align::Left, cell)
    }

    /// Adds a column of numbers.
    pub(super) fn right<C: ToString>(self, title: &'static str, cell: impl Fn(L) -> C) -> Self {
        self.add_column(title, Align::Right, cell)
    }

    fn add_column<C: ToString>(mut self, title: &'static str, align: Align, cell: impl Fn(L) -> C) -> Self {
        self.table.head.push((title, align));
        zip(&mut self.table.rows, &self.lines).for_each(|(row, line)| row.push(cell(*line).to_string()));
        self
    }

    /// Returns the table.
    pub(super) fn table(self) -> ReportTable {
        self.table
    }
}

/// Returns the text of a value; nothing where there is none.
pub(super) fn text_or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A table whose texts are clean, ready to be displayed.
pub(super) struct CleanTable {
    pub(super) columns: Vec<CleanColumn>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A column with at least one cell that is not empty.
pub(super) struct CleanColumn {
    pub(super) title: &'static str,
    pub(super) align: Align,
    /// The width of the widest cell or the title, in letters.
    pub(super) width: usize,
}

impl CleanColumn {
    /// Returns the title for a page, where no column is without one.
    pub(super) fn page_title(&self) -> &'static str {
        if self.title.is_empty() { "note" } else { self.title }
    }
}

impl ReportTable {
    /// Returns whether the table has no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the table with clean texts and without the columns in which every cell is empty.
    pub(super) fn clean_table(&self) -> CleanTable {
        let is_empty = |column: &usize| self.rows.iter().all(|row| row[*column].is_empty());
        let said: Vec<usize> = (0..self.head.len()).filter(|column| !is_empty(column)).collect();
        let clean = |row: &Vec<String>| said.iter().map(|at| clean_text(&row[*at]).into_owned()).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(clean).collect();
        let columns = zip(&said, column_widths(&rows, usize::MAX)).map(|(column, width)| {
            let (title, align) = self.head[*column];
            CleanColumn { title, align, width: width.max(title.width()) }
        });
        CleanTable { columns: columns.collect(), rows }
    }

    /// Renders each row as a line, and below it the text that `beneath` has for the row, if it has any.
    pub(super) fn text(&self, beneath: &[String]) -> String {
        let CleanTable { columns, rows } = self.clean_table();
        let layout: Vec<_> = columns.iter().map(|column| (column.align, column.width)).collect();
        let mut out = aligned_line(2, columns.iter().map(|column| column.title), &layout);
        for (at, row) in rows.iter().enumerate() {
            out += &aligned_line(2, row, &layout);
            let below = beneath.get(at).filter(|below| !below.is_empty());
            out += &below.map(|below| format!("      {below}\n")).unwrap_or_default();
        }
        out
    }

    /// Renders the table as CSV; no cell is a formula.
    pub(super) fn csv(&self) -> String {
        let mut sheet = CsvSheet::new(self.head.iter().map(|(title, _)| *title));
        self.rows.iter().for_each(|row| sheet.add_row(row));
        sheet.into_text()
    }
}
