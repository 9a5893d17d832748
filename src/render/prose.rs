//! Fits sentences and lists into the width of a terminal.

use unicode_width::UnicodeWidthStr;

use super::columns::{hanging_lines, plain_words};

/// Returns the text with each line that is wider than `width` wrapped between its words, and the further
/// lines of it indented by two more. What stands between backticks is there to be copied: it stays whole.
pub fn fit_prose(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| fit_line(line, width)).collect()
}

fn fit_line(line: &str, width: usize) -> String {
    let bare = line.trim_end_matches('\n');
    if bare.width() <= width {
        return line.to_owned();
    }
    let words = bare.trim_start_matches(' ');
    let mut lines = hanging_lines(&plain_words(words), bare.len() - words.len(), width);
    lines.truncate(lines.len() - usize::from(bare.len() == line.len()));
    lines
}
