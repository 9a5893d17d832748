//! One table in two forms: aligned columns for people, CSV for spreadsheets and programs.

use unicode_width::UnicodeWidthStr;

use super::clean::clean;
use super::sheet::Sheet;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a head. Cells hold text as it is; what it may do where it is shown is seen to here.
#[derive(Debug, Clone)]
pub struct Table {
    head: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(head: &[(&'static str, Align)]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, which has as many cells as the head.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(cells.len(), self.head.len());
        self.rows.push(cells.into());
    }

    /// Each row as a line, and what `beneath` says of it below.
    pub fn text(&self, beneath: impl Fn(usize) -> Vec<String>) -> String {
        // A column in which nobody says anything is not there.
        let said: Vec<usize> = (0..self.head.len()).filter(|column| self.rows.iter().any(|row| !row[*column].is_empty())).collect();
        let shown: Vec<Vec<String>> = self.rows.iter().map(|row| said.iter().map(|at| clean(&row[*at]).into_owned()).collect()).collect();
        let head: Vec<String> = said.iter().map(|at| self.head[*at].0.to_owned()).collect();
        let widths: Vec<usize> = (0..said.len()).map(|at| shown.iter().chain([&head]).map(|row| row[at].width()).max().unwrap_or(0)).collect();
        let line = |row: &[String]| {
            let cells = row.iter().zip(&widths).zip(&said).map(|((cell, width), at)| {
                let gap = " ".repeat(width.saturating_sub(cell.width()));
                match self.head[*at].1 {
                    Align::Left => format!("{cell}{gap}"),
                    Align::Right => format!("{gap}{cell}"),
                }
            });
            format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned() + "\n"
        };
        let mut out = line(&head);
        for (at, row) in shown.iter().enumerate() {
            out += &line(row);
            beneath(at).iter().for_each(|below| out += &format!("      {below}\n"));
        }
        out
    }

    /// For a spreadsheet; no cell is a formula.
    pub fn csv(&self) -> String {
        let head: Vec<&str> = self.head.iter().map(|(title, _)| *title).collect();
        let mut sheet = Sheet::new(&head);
        self.rows.iter().for_each(|row| sheet.row(&row.iter().map(String::as_str).collect::<Vec<_>>()));
        sheet.written()
    }
}
