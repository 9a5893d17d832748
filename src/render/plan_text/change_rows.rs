//! Lays out changes in aligned columns: mark, kind and subject; what happens; the line of the policy.

use unicode_width::UnicodeWidthStr;

use super::Paint;
use crate::render::columns::{self, ShownText};
use crate::render::words::{MarkedSpan, MarkedText, Phrase};

/// Where the middle column begins if every first column is so wide that it has a line to itself.
const BELOW_HEAD: usize = 6;
/// The narrowest useful middle column: below this width, the columns are stacked.
const NARROWEST_WHAT: usize = 24;

/// A change with its place in the policy.
pub(super) struct ChangeRow {
    phrase: Phrase,
    place: String,
    indent: usize,
}

impl ChangeRow {
    /// Creates a row with the usual indent.
    pub(super) fn new(phrase: Phrase, place: String) -> Self {
        Self { phrase, place, indent: 2 }
    }

    /// Indents the row further, for a step that belongs to the row above.
    pub(super) fn with_deeper_indent(self) -> Self {
        Self { indent: 6, ..self }
    }

    fn head_width(&self) -> usize {
        self.indent + 2 + self.phrase.kind.len() + 1 + words_width(&self.phrase.subject)
    }
}

/// Rows that share their column widths.
#[derive(Default)]
pub(super) struct ChangeRows(Vec<ChangeRow>);

/// The positions and widths of the columns.
struct ChangeRowLayout {
    head: usize,
    what: usize,
}

impl ChangeRows {
    /// Adds a row.
    pub(super) fn push(&mut self, row: ChangeRow) {
        self.0.push(row);
    }

    /// Writes all rows into `width` columns.
    pub(super) fn write(&self, out: &mut String, width: usize, paint: Paint) {
        // A first column wider than two fifths of the terminal has a line to itself.
        let widest = (width * 2 / 5).clamp(30, 60);
        let head = self
            .0
            .iter()
            .map(ChangeRow::head_width)
            .filter(|head| *head <= widest)
            .max()
            .unwrap_or(BELOW_HEAD);
        let place = self.0.iter().map(|row| row.place.width()).max().unwrap_or(0).min(40);
        let room = width.saturating_sub(head + 2 + if place == 0 { 0 } else { place + 2 });
        let widest = self.0.iter().map(|row| words_width(&row.phrase.what)).max().unwrap_or(0);
        let columns = ChangeRowLayout { head, what: room.min(widest) };
        for row in &self.0 {
            if room < NARROWEST_WHAT {
                row.write_stacked(out, width, paint)
            } else {
                row.write_aligned(out, &columns, paint)
            }
        }
    }
}

impl ChangeRow {
    fn head(&self, paint: Paint) -> String {
        let Phrase { mark, kind, subject, .. } = &self.phrase;
        format!(
            "{:indent$}{} {kind} {}",
            "",
            paint.paint_mark(*mark),
            paint.paint_words(subject),
            indent = self.indent
        )
    }

    fn write_aligned(&self, out: &mut String, columns: &ChangeRowLayout, paint: Paint) {
        out.push_str(&self.head(paint));
        let mut at = self.head_width();
        if at > columns.head {
            out.push('\n');
            at = 0;
        }
        let lines = wrap_words(&self.phrase.what, columns.what, paint);
        for (number, line) in lines.iter().enumerate() {
            pad_columns(out, columns.head + 2 - at);
            out.push_str(&line.text);
            if number == 0 && !self.place.is_empty() {
                pad_columns(out, columns.what.saturating_sub(line.width) + 2);
                out.push_str(&paint.dim(&self.place));
            }
            out.push('\n');
            at = 0;
        }
        if lines.is_empty() {
            out.push('\n');
        }
    }

    fn write_stacked(&self, out: &mut String, width: usize, paint: Paint) {
        out.push_str(&self.head(paint));
        out.push('\n');
        let indent = self.indent + 4;
        let place = if self.place.is_empty() {
            MarkedText::default()
        } else {
            MarkedText::new(format!(" ({})", self.place))
        };
        let what = MarkedText(self.phrase.what.0.iter().chain(&place.0).cloned().collect());
        for line in wrap_words(&what, width.saturating_sub(indent).max(20), paint) {
            pad_columns(out, indent);
            out.push_str(&line.text);
            out.push('\n');
        }
    }
}

fn pad_columns(out: &mut String, columns: usize) {
    out.extend(std::iter::repeat_n(' ', columns));
}

/// Returns the columns that a sentence fills, including brackets around changed words.
fn words_width(words: &MarkedText) -> usize {
    words.0.iter().map(|span| span_text(span).width()).sum()
}

fn span_text(span: &MarkedSpan) -> String {
    Paint { on: false }.paint_span(span)
}

/// Wraps a sentence at white space so that no line is wider than `width`, unless a single word is.
pub(super) fn wrap_words(words: &MarkedText, width: usize, paint: Paint) -> Vec<ShownText> {
    columns::wrap_words(&split_words(words, paint), width)
}

/// Splits a sentence into coloured words; spans without white space between them form one word.
fn split_words(words: &MarkedText, paint: Paint) -> Vec<ShownText> {
    let mut found: Vec<ShownText> = Vec::new();
    let mut is_open = false;
    for (text, width) in words.0.iter().flat_map(|span| span_pieces(span, paint)) {
        let is_space = text.trim().is_empty();
        match found.last_mut() {
            Some(word) if is_space => word.spaces += width,
            Some(word) if is_open => {
                word.text.push_str(&text);
                word.width += width;
            }
            None if is_space => {}
            Some(_) | None => found.push(ShownText { text, width, spaces: 0 }),
        }
        is_open = !is_space;
    }
    found
}

/// Splits a span into words and white space, each as it is displayed with the columns that it fills.
fn span_pieces(span: &MarkedSpan, paint: Paint) -> Vec<(String, usize)> {
    let coloured = match span {
        MarkedSpan::Old(_) | MarkedSpan::New(_) => paint.on,
        MarkedSpan::Plain(_) | MarkedSpan::Name(_) => false,
    };
    if coloured {
        let shown = |text: &str| (paint.paint_span(&span.with_text(text)), text.width());
        return split_at_spaces(span.text())
            .into_iter()
            .map(|text| if text.trim().is_empty() { (text.to_owned(), text.len()) } else { shown(text) })
            .collect();
    }
    split_at_spaces(&span_text(span)).into_iter().map(|text| (text.to_owned(), text.width())).collect()
}

/// Splits a text into words and runs of spaces, in order.
fn split_at_spaces(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| (c == ' ') != (first == ' ')).unwrap_or(rest.len());
        let (part, more) = rest.split_at(end);
        parts.push(part);
        rest = more;
    }
    parts
}
