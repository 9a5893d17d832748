//! Foreign text in Markdown: words that a forge could take for a mention, a link or markup are in code spans.

use super::columns::Align;
use super::plan_markdown::{BUDGET, code_span_of_clean};
use super::report_table::CleanTable;
use super::words;

/// The shortest run of hex digits that a forge takes for the name of a commit.
const COMMIT_NAME: usize = 7;

/// A table for a pull request, with a note beneath each row in a last column.
pub(super) struct MarkdownTable<'a> {
    pub(super) table: CleanTable,
    /// The note for each row; an empty text is none.
    pub(super) beneath: &'a [String],
}

impl MarkdownTable<'_> {
    /// Renders the rows that a comment of a forge has room for, and counts the others.
    pub(super) fn markdown(&self) -> String {
        let noted = self.beneath.iter().any(|note| !note.is_empty());
        let columns = self.table.columns.iter().map(|column| (column.page_title(), column.align));
        let columns: Vec<_> = columns.chain(noted.then_some(("note", Align::Left))).collect();
        let titles = columns.iter().map(|(title, _)| (*title).to_owned());
        let rules =
            columns.iter().map(|(_, align)| if *align == Align::Right { "--:" } else { "---" }.to_owned());
        let mut out = row_markdown(titles) + &row_markdown(rules);
        let mut used = out.chars().count();
        for (at, row) in self.table.rows.iter().enumerate() {
            let note = noted.then(|| self.beneath.get(at).map_or("", String::as_str));
            let line = row_markdown(row.iter().map(String::as_str).chain(note).map(cell_markdown));
            used += line.chars().count();
            if used > BUDGET {
                let left_out = words::count(self.table.rows.len() - at, "line is", "lines are");
                return out + &format!("\n**{left_out} left out** to keep this short.\n");
            }
            out += &line;
        }
        out
    }
}

fn row_markdown(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Renders the clean text of a cell.
pub(super) fn cell_markdown(text: &str) -> String {
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for word in text.split_whitespace() {
        let is_harmless = is_harmless_word(word);
        match pieces.last_mut() {
            Some((before, piece)) if *before == is_harmless => *piece += &format!(" {word}"),
            _ => pieces.push((is_harmless, word.to_owned())),
        }
    }
    let shown = pieces.into_iter().map(
        |(is_harmless, piece)| {
            if is_harmless { piece } else { code_before_punctuation(&piece) }
        },
    );
    shown.collect::<Vec<_>>().join(" ")
}

/// Renders words as code, and the punctuation after them as it is.
fn code_before_punctuation(words: &str) -> String {
    let bare = words.trim_end_matches([',', ';', '.', ':']);
    format!("{}{}", code_span_of_clean(bare), &words[bare.len()..])
}

/// Renders a clean sentence, in which words between backticks are code.
pub(super) fn sentence_markdown(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out += &code_span_of_clean(piece);
            continue;
        }
        out += if piece.starts_with(' ') { " " } else { "" };
        out += &cell_markdown(piece);
        out += if piece.len() > 1 && piece.ends_with(' ') { " " } else { "" };
    }
    out
}

/// Returns whether Markdown shows a word as it is, and a forge makes nothing of it.
fn is_harmless_word(word: &str) -> bool {
    let bare = word.trim_start_matches('(').trim_end_matches([',', ';', '.', ':', ')', '?']);
    let is_number = |c: char| c.is_ascii_digit() || ".,:-–−%/".contains(c);
    let is_letter = |c: char| c.is_alphabetic() || "-'’…→–".contains(c);
    let is_commit = bare.len() >= COMMIT_NAME && bare.chars().all(|c| c.is_ascii_hexdigit());
    (bare.chars().all(is_number) || bare.chars().all(is_letter)) && !is_commit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_words_stay_as_they_are() {
        for text in [
            "named licence",
            "2026-10-01",
            "1,234.50 EUR",
            "Ana Silva, until 2026-11-24.",
            "12 → 14",
            "(Lisbon)",
        ] {
            assert_eq!(cell_markdown(text), text);
        }
    }

    #[test]
    fn words_that_a_forge_makes_something_of_are_code() {
        for text in [
            "@everyone",
            "a@b.example",
            "www.evil.example",
            "https://evil.example",
            "#12",
            "GH-12",
            "<img>",
            "*bold*",
            "__x__",
            "deadbeef",
            "[x](y)",
        ] {
            assert_eq!(cell_markdown(text), format!("`{text}`"));
        }
        assert_eq!(cell_markdown("access.yaml:3, list"), "`access.yaml:3`, list");
        assert_eq!(cell_markdown("a|b `c` ~~d~~ and e"), "`a\\u{7c}b \\u{60}c\\u{60} ~~d~~` and e");
    }

    #[test]
    fn backticks_of_a_sentence_are_code() {
        assert_eq!(
            sentence_markdown("`never` is from access.yaml:3 on"),
            "`never` is from `access.yaml:3` on"
        );
        assert_eq!(sentence_markdown("as `a b`, and `@c"), "as `a b`, and `@c`");
    }
}
