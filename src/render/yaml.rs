//! Writes YAML. A scalar is quoted where, and only where, some reader could take it for something else.

use std::borrow::Cow;

use super::clean::{begins_command, characters, is_harmful, is_hidden_after};

/// The width beyond which lines are broken, in characters.
pub const WIDTH: usize = 100;

/// Words that YAML 1.1 or 1.2 takes for something else, in lower case. `y` and `n` are booleans in 1.1.
const AMBIGUOUS_WORDS: [&str; 14] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity", "nil", "none"];

/// Writes `text` as a YAML scalar that every reader takes for this very string: YAML 1.1 or 1.2, block or
/// flow style, key or value.
pub fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(quote_text(text)) }
}

/// Returns whether a text needs no quotes. Far fewer texts count as plain than YAML allows, so that their
/// position never matters.
///
/// A plain text begins with a letter (so that it is no number, date, time, indicator or directive) and goes
/// on with letters, digits, single spaces and a few signs without a meaning in YAML.
fn is_plain(text: &str) -> bool {
    let starts = text.chars().next().is_some_and(char::is_alphabetic);
    let ends = !text.ends_with(' ') && !text.contains("  ");
    let harmless = text.chars().all(|c| {
        c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '@' | '+' | '/' | '(' | ')' | '\'')
    });
    starts && ends && harmless && !AMBIGUOUS_WORDS.contains(&text.to_lowercase().as_str())
}

fn quote_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for (before, c, rest) in characters(text) {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Invisible characters are spelled out, so that a reviewer sees them.
            c if is_harmful(c) || is_hidden_after(before, c) || c == '\u{a0}' => escape(&mut out, c),
            // Nor does a reader of logs, where the YAML is printed, take the text for a command.
            '#' if begins_command(rest) => escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, c: char) {
    *out += &match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
}

/// Writes a list of scalars after `key:` at `indent`: on one line where it fits, otherwise one item on each
/// line.
pub fn list<'a>(indent: usize, key: &str, items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<_> = items.into_iter().map(scalar).collect();
    let flow = format!("{:indent$}{key}: [{}]\n", "", items.join(", "));
    if flow.chars().count() <= WIDTH {
        return flow;
    }
    let lines: String =
        items.iter().map(|item| format!("{:indent$}- {item}\n", "", indent = indent + 2)).collect();
    format!("{:indent$}{key}:\n{lines}", "")
}

/// Writes a comment at `indent`; each line of `text` becomes a comment line.
pub fn comment(indent: usize, text: &str) -> String {
    text.lines()
        .map(|line| format!("{:indent$}# {}\n", "", super::clean::clean_text(line)).replace(" \n", "\n"))
        .collect()
}
