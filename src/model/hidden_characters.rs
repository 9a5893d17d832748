//! Characters that nobody sees, or that move what others see.

/// Returns the characters of a text, each with the one before it and with the text from it on.
pub fn characters(text: &str) -> impl Iterator<Item = (Option<char>, char, &str)> {
    let mut before = None;
    text.char_indices().map(move |(at, c)| (before.replace(c), c, &text[at..]))
}

/// Returns a character as it is spelled out.
pub fn code_point(c: char) -> String {
    format!("\\u{{{:x}}}", u32::from(c))
}

/// Returns whether a character can affect the display beyond its own position, or takes no room where it is
/// alone.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Returns whether a character is invisible and does nothing where it stands.
///
/// Names of scripts whose letters join, such as Persian and Sinhala, are spelled with zero-width joiners, and
/// a variation selector chooses a form of the ideograph or the sign before it.
pub fn is_hidden_after(before: Option<char>, c: char) -> bool {
    match c {
        '\u{200c}' | '\u{200d}' => !before.is_some_and(is_of_joining_script),
        '\u{180b}'..='\u{180d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            before.is_none_or(|before| before.is_ascii_alphabetic() || before <= ' ' || is_invisible(before))
        }
        _ => false,
    }
}

/// Returns whether a character takes no room, so that a text looks the same without it.
pub fn is_invisible(c: char) -> bool {
    is_harmful(c) && !c.is_whitespace()
        || matches!(c, '\u{180b}'..='\u{180d}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}')
}

/// Returns whether a text has harmful or hidden characters.
pub fn has_hidden(text: &str) -> bool {
    characters(text).any(|(before, c, _)| is_harmful(c) || is_hidden_after(before, c))
}

/// Whether a character is a letter or a mark of a script that is written with joiners: Arabic and its kin,
/// the Indic scripts from Devanagari to Sinhala, Myanmar, Khmer and Mongolian, and their extensions.
fn is_of_joining_script(c: char) -> bool {
    matches!(c,
        '\u{620}'..='\u{65f}' | '\u{66e}'..='\u{6d5}' | '\u{6fa}'..='\u{8ff}' | '\u{900}'..='\u{df4}'
        | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17dd}'
        | '\u{1820}'..='\u{18aa}' | '\u{1b00}'..='\u{1cff}' | '\u{a840}'..='\u{aaff}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{11fff}')
}
