//! Makes foreign text harmless: a name must not be able to move the cursor, hide a line or reverse one.

use std::borrow::Cow;
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
pub(super) fn spell_out(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() * 2);
    for (at, c) in text.char_indices() {
        push_spelled(&mut shown, c, &text[at..]);
    }
    Cow::Owned(shown)
}

/// Adds the first character of `rest`, `c`, spelled out where it is harmful.
pub(super) fn push_spelled(shown: &mut String, c: char, rest: &str) {
    if is_harmful(c) || begins_command(rest) {
        shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
    } else {
        shown.push(c);
    }
}

/// Whether a log of Azure Pipelines would take what stands here for a command to itself.
fn begins_command(rest: &str) -> bool {
    rest.starts_with("##vso[") || rest.starts_with("##[")
}

/// Returns whether a character can affect the display beyond its own position.
///
/// Zero-width joiners are harmless: Persian and Indic names are spelled with them.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}
