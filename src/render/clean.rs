//! Makes foreign text harmless: a name must not be able to move the cursor, hide a line or reverse one.

use std::borrow::Cow;
/// The length up to which foreign text is shown whole, in characters.
const LONGEST: usize = 240;

/// Returns `text` in a form that is safe on a terminal.
///
/// Control, direction and invisible characters are spelled out, and the end of a very long text is cut off.
pub fn clean_text(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().min(LONGEST * 4));
    for c in text.chars().take(LONGEST) {
        if is_harmful(c) {
            shown += &format!("\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    let more = text.chars().skip(LONGEST).count();
    if more > 0 {
        shown += &format!("… ({more} more characters)");
    }
    Cow::Owned(shown)
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
