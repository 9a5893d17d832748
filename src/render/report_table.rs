//! A table of a report: aligned columns for people, CSV for spreadsheets and programs.

use std::collections::BTreeSet;
use std::iter::zip;

use unicode_width::UnicodeWidthStr;

use super::clean::clean_text;
use super::columns::{Align, plain_words};
use super::csv_sheet::CsvSheet;
use super::product_names::ProductNames;
use super::terminal_table::{TerminalRow, TerminalTable};
use super::words;

/// How far a table is indented on a terminal.
const INDENT: usize = 2;

/// Rows under a head. Cells hold raw text; the table makes the text harmless when it is rendered.
#[derive(Debug, Clone, Default)]
pub(super) struct ReportTable {
    head: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
    /// The columns whose cells are ids of products.
    products: BTreeSet<usize>,
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
        Self { lines, table: ReportTable { rows, ..ReportTable::default() } }
    }

    /// Adds a column of products, by their ids; a terminal shows their names.
    pub(super) fn product<C: ToString>(mut self, cell: impl Fn(L) -> C) -> Self {
        self.table.products.insert(self.table.head.len());
        self.left("product", cell)
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
    /// The column's position among all columns.
    at: usize,
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

    /// Returns the number of rows.
    pub(super) fn rows_len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the table with clean texts and without the columns in which every cell is empty.
    pub(super) fn clean_table(&self) -> CleanTable {
        let is_empty = |column: &usize| self.rows.iter().all(|row| row[*column].is_empty());
        let said: Vec<usize> = (0..self.head.len()).filter(|column| !is_empty(column)).collect();
        let clean = |row: &Vec<String>| said.iter().map(|at| clean_text(&row[*at]).into_owned()).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(clean).collect();
        let columns = said.iter().enumerate().map(|(at, column)| {
            let (title, align) = self.head[*column];
            let widest = rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
            CleanColumn { title, align, width: widest.max(title.width()), at: *column }
        });
        CleanTable { columns: columns.collect(), rows }
    }

    /// Renders the table in `width` columns, with products by their `names`, and below each row the text that
    /// `beneath` has for it, if it has any.
    pub(super) fn text(&self, names: &ProductNames, beneath: &[String], width: usize) -> String {
        let CleanTable { columns, rows } = self.clean_table();
        let cell = |(column, cell): (&CleanColumn, String)| match column.align {
            Align::Right => words::separate_thousands(&cell),
            Align::Left if self.products.contains(&column.at) => names.words(&cell),
            Align::Left => cell,
        };
        let rows = rows.into_iter().enumerate().map(|(at, row)| TerminalRow {
            beneath: beneath.get(at).map(|below| plain_words(below)).unwrap_or_default(),
            ..TerminalRow::plain(INDENT, zip(&columns, row).map(cell))
        });
        let table = TerminalTable {
            aligns: columns.iter().map(|column| column.align).collect(),
            head: Some(TerminalRow::plain(INDENT, columns.iter().map(|column| column.title))),
            rows: rows.collect(),
        };
        table.text(width)
    }

    /// Renders the table as CSV; no cell is a formula.
    pub(super) fn csv(&self) -> String {
        let mut sheet = CsvSheet::new(self.head.iter().map(|(title, _)| *title));
        self.rows.iter().for_each(|row| sheet.add_row(row));
        sheet.into_text()
    }
}
