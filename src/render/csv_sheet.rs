//! Writes CSV tables for spreadsheets, in which no cell is a formula.

/// A CSV table under construction.
pub(super) struct CsvSheet(csv::Writer<Vec<u8>>);

impl CsvSheet {
    /// Creates a table with these column titles.
    pub(super) fn new(columns: impl IntoIterator<Item: AsRef<str>>) -> Self {
        // Spreadsheets write CRLF themselves. Where only `\n` ends a record, they take the lines of a quoted
        // text for records.
        let mut sheet =
            Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()));
        sheet.add_row(columns);
        sheet
    }

    /// Adds a row.
    pub(super) fn add_row(&mut self, cells: impl IntoIterator<Item: AsRef<str>>) {
        // Writing to memory cannot fail, and every row has as many cells as the head.
        let _ = self.0.write_record(cells.into_iter().map(|cell| harmless_cell(cell.as_ref())));
    }

    /// Returns the whole table as text.
    pub(super) fn into_text(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_default();
        String::from_utf8(bytes).expect("cells are text")
    }
}

/// Prefixes a cell that begins like a formula with an apostrophe, which spreadsheets read as "this is text".
///
/// Spreadsheets look at the first character after spaces, some of them after a quote (OWASP, CSV injection).
fn harmless_cell(cell: &str) -> String {
    if begins_like_a_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Returns whether a spreadsheet could take the cell for a formula.
pub(super) fn begins_like_a_formula(cell: &str) -> bool {
    let begins = cell
        .trim_start_matches([' ', '"', '\'', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    begins || cell.starts_with(['\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_that_begins_like_a_formula_is_text() {
        let mut sheet = CsvSheet::new(["name", "what"]);
        sheet.add_row(["=1+1", " @SUM(A1)"]);
        sheet.add_row(["\t=x", "\"=HYPERLINK(1)"]);
        sheet.add_row(["a-b", "1, \"2\""]);
        assert_eq!(
            sheet.into_text(),
            "name,what\r\n'=1+1,' @SUM(A1)\r\n'\t=x,\"'\"\"=HYPERLINK(1)\"\r\na-b,\"1, \"\"2\"\"\"\r\n"
        );
    }
}
