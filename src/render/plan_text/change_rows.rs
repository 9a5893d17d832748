//! Lays out changes in aligned columns: mark, kind and subject; what happens; the line of the policy.

use unicode_width::UnicodeWidthStr;

use super::Paint;
use crate::render::columns::{Align, ShownText, split_at_spaces};
use crate::render::terminal_table::{TerminalRow, TerminalTable};
use crate::render::words::{MarkedSpan, MarkedText, Phrase};

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

    fn terminal_row(self, paint: Paint) -> TerminalRow {
        let Phrase { mark, kind, subject, what } = self.phrase;
        let mark = ShownText { text: paint.paint_mark(mark), width: mark.as_str().len(), spaces: 1 };
        let head = MarkedText::new(format!("{kind} ")).append(subject);
        let head = [mark].into_iter().chain(painted_words(&head, paint)).collect();
        let place = MarkedText::new(self.place);
        let place = painted_words(&place, paint).into_iter();
        let place = place.map(|word| ShownText { text: paint.dim(&word.text), ..word }).collect();
        let cells = vec![head, painted_words(&what, paint), place];
        TerminalRow { indent: self.indent, cells, beneath: Vec::new() }
    }
}

/// Renders rows, which share their columns, in `width` columns.
pub(super) fn change_rows_text(rows: Vec<ChangeRow>, width: usize, paint: Paint) -> String {
    let rows = rows.into_iter().map(|row| row.terminal_row(paint)).collect();
    TerminalTable { aligns: vec![Align::Left; 3], head: None, rows }.text(width)
}

/// Splits a sentence into coloured words; spans without white space between them form one word.
pub(super) fn painted_words(words: &MarkedText, paint: Paint) -> Vec<ShownText> {
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
    let plain = Paint { on: false }.paint_span(span);
    split_at_spaces(&plain).into_iter().map(|text| (text.to_owned(), text.width())).collect()
}
