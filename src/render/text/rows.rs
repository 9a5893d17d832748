//! Changes in aligned columns: mark, kind and subject; what happens; the line of the policy.

use unicode_width::UnicodeWidthStr;

use super::Paint;
use crate::render::words::{Phrase, Span, Words};

/// The widest first column; what is longer has a line to itself.
const WIDEST_HEAD: usize = 46;
/// A middle column narrower than this is not worth having: the columns are stacked instead.
const NARROWEST_WHAT: usize = 24;

/// One change with its place.
pub(super) struct Row {
    phrase: Phrase,
    place: String,
    indent: usize,
}

impl Row {
    pub(super) fn new(phrase: Phrase, place: String) -> Self {
        Self { phrase, place, indent: 2 }
    }

    /// A step that goes with the row above it.
    pub(super) fn below(self) -> Self {
        Self { indent: 6, ..self }
    }

    fn head_width(&self) -> usize {
        self.indent + 2 + self.phrase.kind.len() + 1 + width_of(&self.phrase.subject)
    }
}

/// Rows that share their columns.
#[derive(Default)]
pub(super) struct Rows(Vec<Row>);

/// Where the columns begin and how wide they are.
struct Columns {
    head: usize,
    what: usize,
}

impl Rows {
    pub(super) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn write(&self, out: &mut String, width: usize, paint: Paint) {
        let head = self.0.iter().map(Row::head_width).filter(|width| *width <= WIDEST_HEAD).max().unwrap_or(WIDEST_HEAD);
        let place = self.0.iter().map(|row| row.place.width()).max().unwrap_or(0).min(40);
        let room = width.saturating_sub(head + 2 + if place == 0 { 0 } else { place + 2 });
        let widest = self.0.iter().map(|row| width_of(&row.phrase.what)).max().unwrap_or(0);
        let columns = Columns { head, what: room.min(widest) };
        for row in &self.0 {
            if room < NARROWEST_WHAT { row.stacked(out, width, paint) } else { row.aligned(out, &columns, paint) }
        }
    }
}

impl Row {
    fn head(&self, paint: Paint) -> String {
        let Phrase { mark, kind, subject, .. } = &self.phrase;
        format!("{:indent$}{} {kind} {}", "", paint.mark(*mark), paint.words(subject), indent = self.indent)
    }

    fn aligned(&self, out: &mut String, columns: &Columns, paint: Paint) {
        out.push_str(&self.head(paint));
        let mut at = self.head_width();
        if at > columns.head {
            out.push('\n');
            at = 0;
        }
        let lines = wrap(&self.phrase.what, columns.what, paint);
        for (number, line) in lines.iter().enumerate() {
            pad(out, columns.head + 2 - at);
            out.push_str(&line.text);
            if number == 0 && !self.place.is_empty() {
                pad(out, columns.what.saturating_sub(line.width) + 2);
                out.push_str(&paint.dim(&self.place));
            }
            out.push('\n');
            at = 0;
        }
        if lines.is_empty() {
            out.push('\n');
        }
    }

    fn stacked(&self, out: &mut String, width: usize, paint: Paint) {
        out.push_str(&self.head(paint));
        out.push('\n');
        let indent = self.indent + 4;
        let place = if self.place.is_empty() { Words::default() } else { Words::new(format!(" ({})", self.place)) };
        let what = Words(self.phrase.what.0.iter().chain(&place.0).cloned().collect());
        for line in wrap(&what, width.saturating_sub(indent).max(20), paint) {
            pad(out, indent);
            out.push_str(&line.text);
            out.push('\n');
        }
    }
}

fn pad(out: &mut String, columns: usize) {
    out.extend(std::iter::repeat_n(' ', columns));
}

/// The columns that a sentence fills, brackets around changed words included.
fn width_of(words: &Words) -> usize {
    words.0.iter().map(|span| plain(span).width()).sum()
}

fn plain(span: &Span) -> String {
    Paint { on: false }.span(span)
}

/// A line of a broken sentence, coloured, and the columns that it fills.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) width: usize,
}

/// Breaks a sentence at white space so that no line is wider than `width`, unless a single word is.
pub(super) fn wrap(words: &Words, width: usize, paint: Paint) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut spaces = 0;
    let mut glued = false;
    for (shown, word_width) in words.0.iter().flat_map(|span| pieces(span, paint)) {
        if shown.trim().is_empty() {
            spaces += shown.len();
            glued = false;
            continue;
        }
        match lines.last_mut() {
            // Pieces without white space between them are one word.
            Some(line) if glued || line.width + spaces + word_width <= width => {
                pad(&mut line.text, spaces);
                line.text.push_str(&shown);
                line.width += spaces + word_width;
            }
            _ => lines.push(Line { text: shown, width: word_width }),
        }
        spaces = 0;
        glued = true;
    }
    lines
}

/// A span's words and the white space between them, each as it is shown with the columns it fills.
fn pieces(span: &Span, paint: Paint) -> Vec<(String, usize)> {
    // Changed words stay together with their brackets.
    let whole = matches!(span, Span::Old(_) | Span::New(_)) && !paint.on;
    let texts: Vec<&str> = if whole { vec![span.text()] } else { split(span.text()) };
    texts.into_iter().map(|text| shown(span, text, paint)).collect()
}

fn shown(span: &Span, text: &str, paint: Paint) -> (String, usize) {
    let text = text.to_owned();
    let piece = match span {
        Span::Plain(_) => Span::Plain(text),
        Span::Name(_) => Span::Name(text),
        Span::Old(_) => Span::Old(text),
        Span::New(_) => Span::New(text),
    };
    if piece.text().trim().is_empty() && !piece.text().is_empty() && matches!(piece, Span::Plain(_) | Span::Name(_)) {
        return (piece.text().to_owned(), piece.text().len());
    }
    (paint.span(&piece), if paint.on { piece.text().width() } else { plain(&piece).width() })
}

/// Words and runs of spaces, in order.
fn split(text: &str) -> Vec<&str> {
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
