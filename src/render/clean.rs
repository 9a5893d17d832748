//! Foreign text made harmless: a name must not be able to move the cursor, hide a line or reverse one.

use std::borrow::Cow;
use std::fmt::Write;

/// The longest foreign text that is shown whole, in characters.
const LONGEST: usize = 240;

/// `text` as it may be shown on a terminal: control, direction and invisible characters spelled out, and the
/// end cut off if it is very long.
pub fn clean_text(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().min(LONGEST * 4));
    for c in text.chars().take(LONGEST) {
        if is_harmful(c) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    let more = text.chars().skip(LONGEST).count();
    if more > 0 {
        let _ = write!(shown, "… ({more} more characters)");
    }
    Cow::Owned(shown)
}

/// Whether a character can do more than stand where it is written.
///
/// Zero-width joiners stay: Persian and Indic names are spelled with them.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}
