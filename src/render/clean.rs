//! Makes foreign text harmless: a name must not be able to move the cursor, hide a line or reverse one.

use std::borrow::Cow;

pub(super) use crate::model::hidden_characters::{
    characters, code_point, has_hidden, is_harmful, is_hidden_after, is_invisible,
};

/// The length up to which foreign text is shown whole, in characters.
const LONGEST: usize = 240;

/// Returns `text` in a form that is safe on a terminal.
///
/// Control, direction and invisible characters are spelled out, and the end of a very long text is cut off.
pub fn clean_text(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        return spell_out(text);
    }
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
    let mut shown = spell_out(&text[..end]).into_owned();
    let more = text[end..].chars().count();
    if more > 0 {
        shown += &format!("… ({more} more characters)");
    }
    Cow::Owned(shown)
}

/// Returns the whole `text` with its harmful characters spelled out.
pub fn spell_out(text: &str) -> Cow<'_, str> {
    if !may_be_harmful(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() * 2);
    for (before, c, rest) in characters(text) {
        push_spelled(&mut shown, before, c, rest);
    }
    Cow::Owned(shown)
}

/// Whether a text may have something to spell out.
pub(super) fn may_be_harmful(text: &str) -> bool {
    text.contains(|c| is_harmful(c) || is_invisible(c)) || text.contains("##")
}

/// Adds `c`, which stands after `before` and begins `rest`, spelled out where it is harmful.
pub(super) fn push_spelled(shown: &mut String, before: Option<char>, c: char, rest: &str) {
    if is_harmful(c) || is_hidden_after(before, c) || begins_command(rest) {
        shown.push_str(&code_point(c));
    } else {
        shown.push(c);
    }
}

/// Whether a log of Azure Pipelines (`##vso[`, `##[`) or TeamCity (`##teamcity[`) would take what stands here
/// for a command to itself.
pub(super) fn begins_command(rest: &str) -> bool {
    let word =
        rest.strip_prefix("##").map(|after| after.trim_start_matches(|c: char| c.is_ascii_alphabetic()));
    word.is_some_and(|after| after.starts_with('['))
}
