//! Wraps text between words. Widths are counted as terminals count them.

use textwrap::core::Fragment;
use textwrap::wrap_algorithms::wrap_first_fit;
use unicode_width::UnicodeWidthStr;

/// The alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

impl Align {
    /// Fills up a text to `width` columns.
    pub(super) fn pad(self, shown: &ShownText, width: usize) -> String {
        let gap = " ".repeat(width.saturating_sub(shown.width));
        match self {
            Self::Left => format!("{}{gap}", shown.text),
            Self::Right => format!("{gap}{}", shown.text),
        }
    }
}

/// A word or line as it is shown, the columns that it fills, to which colours do not count, and the spaces
/// that follow it.
#[derive(Debug, Clone, Default)]
pub(super) struct ShownText {
    pub(super) text: String,
    pub(super) width: usize,
    pub(super) spaces: usize,
}

#[expect(clippy::cast_precision_loss, reason = "a terminal has fewer columns")]
impl Fragment for ShownText {
    fn width(&self) -> f64 {
        self.width as f64
    }

    fn whitespace_width(&self) -> f64 {
        self.spaces as f64
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

impl ShownText {
    /// Returns a text without colours.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), width: text.width(), spaces: 0 }
    }

    /// Appends a text after the spaces between.
    pub(super) fn join(self, next: Self) -> Self {
        Self {
            text: format!("{}{:spaces$}{}", self.text, "", next.text, spaces = self.spaces),
            width: self.width + self.spaces + next.width,
            spaces: next.spaces,
        }
    }
}

/// Returns the columns that the words fill as one line.
pub(super) fn words_width(words: &[ShownText]) -> usize {
    let after = words.last().map_or(0, |last| last.spaces);
    words.iter().map(|word| word.width + word.spaces).sum::<usize>() - after
}

/// Returns the words as one line.
pub(super) fn join_words(words: &[ShownText]) -> ShownText {
    words.iter().cloned().reduce(ShownText::join).unwrap_or_default()
}

/// Wraps words into lines so that none is wider than `width`, unless a single word is. The lines after the
/// first have `less` columns less.
#[expect(clippy::cast_precision_loss, reason = "a terminal has fewer columns")]
pub(super) fn wrap_words(words: &[ShownText], width: usize, less: usize) -> Vec<ShownText> {
    let lines = wrap_first_fit(words, &[width as f64, width.saturating_sub(less) as f64]);
    lines.into_iter().filter(|line| !line.is_empty()).map(join_words).collect()
}

/// Splits a text into its words. Spaces before the first one follow an empty word.
pub(super) fn plain_words(text: &str) -> Vec<ShownText> {
    let mut words: Vec<ShownText> = Vec::new();
    for part in split_at_spaces(text) {
        match words.last_mut() {
            Some(word) if part.starts_with(' ') => word.spaces += part.len(),
            None if part.starts_with(' ') => {
                words.push(ShownText { spaces: part.len(), ..ShownText::default() })
            }
            Some(_) | None => words.push(ShownText::plain(part)),
        }
    }
    words
}

/// Splits a text into words and runs of spaces, in order. What stands between backticks is there to be copied
/// and belongs to one word, with its spaces.
pub(super) fn split_at_spaces(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, more) = rest.split_at(first_part_len(rest));
        parts.push(part);
        rest = more;
    }
    parts
}

fn first_part_len(text: &str) -> usize {
    if text.starts_with(' ') {
        return text.find(|c| c != ' ').unwrap_or(text.len());
    }
    let mut end = 0;
    while let Some(at) = text[end..].find([' ', '`']) {
        let next = end + at + 1;
        if text[end + at..].starts_with(' ') {
            return end + at;
        }
        end = text[next..].find('`').map_or(next, |close| next + close + 1);
    }
    text.len()
}

/// Wraps words into indented lines that fit `width`, those after the first indented by two more.
pub(super) fn hanging_lines(words: &[ShownText], indent: usize, width: usize) -> String {
    let lines = wrap_words(words, width.saturating_sub(indent), HANGING);
    let indents = std::iter::once(indent).chain(std::iter::repeat(indent + HANGING));
    let lines = lines.iter().zip(indents).map(|(line, indent)| format!("{:indent$}{}\n", "", line.text));
    lines.collect()
}

/// How far further lines of a paragraph are indented.
const HANGING: usize = 2;
