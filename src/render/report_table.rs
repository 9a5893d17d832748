//! A table in two forms: aligned columns for people, CSV for spreadsheets and programs.

use unicode_width::UnicodeWidthStr;

use super::clean::clean_text;
use super::csv_sheet::CsvSheet;

/// The alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Rows under a head. Cells hold raw text; the table makes the text harmless when it is rendered.
#[derive(Debug, Clone)]
pub struct ReportTable {
    head: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
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

impl ReportTable {
    /// Creates a table without rows.
    pub fn new(head: &[(&'static str, Align)]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, which has as many cells as the head.
    pub fn add_row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(cells.len(), self.head.len());
        self.rows.push(cells.into());
    }

    /// Returns whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the table with clean texts and without the columns in which every cell is empty.
    pub(super) fn clean_table(&self) -> CleanTable {
        let said: Vec<usize> = (0..self.head.len())
            .filter(|column| self.rows.iter().any(|row| !row[*column].is_empty()))
            .collect();
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| said.iter().map(|at| clean_text(&row[*at]).into_owned()).collect())
            .collect();
        let columns = said.into_iter().enumerate().map(|(at, column)| {
            let (title, align) = self.head[column];
            let width = rows.iter().map(|row| row[at].width()).chain([title.width()]).max().unwrap_or(0);
            CleanColumn { title, align, width }
        });
        CleanTable { columns: columns.collect(), rows }
    }

    /// Renders each row as a line, followed by the lines that `beneath` returns for the row's index.
    pub fn text(&self, beneath: impl Fn(usize) -> Vec<String>) -> String {
        let CleanTable { columns, rows } = self.clean_table();
        let line = |cells: Vec<&str>| {
            let cells = cells.into_iter().zip(&columns).map(|(cell, column)| {
                let gap = " ".repeat(column.width.saturating_sub(cell.width()));
                match column.align {
                    Align::Left => format!("{cell}{gap}"),
                    Align::Right => format!("{gap}{cell}"),
                }
            });
            format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned() + "\n"
        };
        let mut out = line(columns.iter().map(|column| column.title).collect());
        for (at, row) in rows.iter().enumerate() {
            out += &line(row.iter().map(String::as_str).collect());
            beneath(at).iter().for_each(|below| out += &format!("      {below}\n"));
        }
        out
    }

    /// Renders the table as CSV; no cell is a formula.
    pub fn csv(&self) -> String {
        let head: Vec<&str> = self.head.iter().map(|(title, _)| *title).collect();
        let mut sheet = CsvSheet::new(&head);
        self.rows.iter().for_each(|row| sheet.add_row(&row.iter().map(String::as_str).collect::<Vec<_>>()));
        sheet.into_text()
    }
}
