//! The formats that every report to be kept can be written in.

/// A report that can be written in every format.
pub trait Report {
    /// Returns the report for a terminal of `width` columns.
    fn text(&self, width: usize) -> String;

    /// Returns the report for spreadsheets; no cell is a formula.
    fn csv(&self) -> String;

    /// Returns the report for programs.
    fn json(&self) -> String;

    /// Returns the report for a pull request; nothing in it mentions a person, links, or ends its table.
    fn markdown(&self) -> String;

    /// Returns the report as one HTML page, which needs no network.
    fn html(&self) -> String;

    /// Returns the report for paper.
    fn pdf(&self) -> Vec<u8>;
}

/// Writes a value whose keys are text as JSON on several lines.
pub fn pretty_json(value: &impl serde::Serialize) -> String {
    // Values with text keys always have a JSON form.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
