//! Shows the difference of two texts that look alike: by the code points in which they differ.

use crate::model::compose_text;

/// Returns both texts, with the characters in which they differ spelled out if the texts look alike; `None`
/// where a reader sees the difference.
pub(super) fn tell_look_alikes_apart(one: &str, other: &str) -> Option<(String, String)> {
    if one == other || (is_spaced_ascii(one) && is_spaced_ascii(other)) || outline(one) != outline(other) {
        return None;
    }
    let (first, second): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let start = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
    let backwards = first[start..].iter().rev().zip(second[start..].iter().rev());
    let end = backwards.take_while(|(a, b)| a == b).count();
    Some((spell_middle(&first, start, end), spell_middle(&second, start, end)))
}

/// Whether a text is ASCII whose white space is single spaces between words, as most texts are: two of these
/// that differ also look different.
fn is_spaced_ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && !text.contains("  ")
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

fn spell_middle(text: &[char], start: usize, end: usize) -> String {
    let middle = start..text.len() - end;
    let spell = |(at, c): (usize, &char)| {
        // Where one side has a letter of ASCII, the other side's look-alike is spelled out; that is enough.
        if middle.contains(&at) && !c.is_ascii_graphic() { code_point(*c) } else { c.to_string() }
    };
    text.iter().enumerate().map(spell).collect()
}

fn code_point(c: char) -> String {
    format!("\\u{{{:x}}}", u32::from(c))
}

/// Returns what a reader sees of a text, roughly: texts that look alike have the same outline.
fn outline(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in compose_text(text).chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            if !seen.ends_with(' ') {
                seen.push(' ');
            }
        } else {
            seen.push(latin_look_alike(c));
        }
    }
    seen.trim().to_owned()
}

/// Whether a character takes no room, so that a text looks the same without it.
fn is_invisible(c: char) -> bool {
    super::clean::is_harmful(c) && !c.is_whitespace()
        || matches!(c, '\u{34f}' | '\u{200c}' | '\u{200d}' | '\u{115f}' | '\u{1160}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Greek and Cyrillic letters, and punctuation, that look like a character of ASCII in most fonts (Unicode
/// Technical Standard 39), with that character.
const LOOK_ALIKES: [(&str, char); 42] = [
    ("АΑ", 'A'),
    ("ВΒ", 'B'),
    ("СϹ", 'C'),
    ("ЕΕ", 'E'),
    ("НΗ", 'H'),
    ("ІΙӀ", 'I'),
    ("ЈͿ", 'J'),
    ("КΚ", 'K'),
    ("МΜ", 'M'),
    ("Ν", 'N'),
    ("ОΟՕ", 'O'),
    ("РΡ", 'P'),
    ("Ѕ", 'S'),
    ("ТΤ", 'T'),
    ("ХΧ", 'X'),
    ("УΥҮ", 'Y'),
    ("Ζ", 'Z'),
    ("аα", 'a'),
    ("с", 'c'),
    ("ԁ", 'd'),
    ("е", 'e'),
    ("һ", 'h'),
    ("іιı", 'i'),
    ("ј", 'j'),
    ("ӏ", 'l'),
    ("оοօ", 'o'),
    ("рρ", 'p'),
    ("ԛ", 'q'),
    ("ѕ", 's'),
    ("υ", 'u'),
    ("ν", 'v'),
    ("ԝ", 'w'),
    ("х", 'x'),
    ("уγ", 'y'),
    ("Ԛ", 'Q'),
    ("Ԝ", 'W'),
    ("‐‑‒–—−", '-'),
    ("’‘ʼ′", '\''),
    ("“”″", '"'),
    ("∕⁄", '/'),
    ("‚", ','),
    ("․", '.'),
];

fn latin_look_alike(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    // Full-width letters and digits are those of ASCII in another width.
    if ('！'..='～').contains(&c) {
        return char::from_u32(u32::from(c) - u32::from('！') + u32::from('!')).unwrap_or(c);
    }
    let found = LOOK_ALIKES.iter().find(|(alike, _)| alike.contains(c));
    found.map_or(c, |(_, latin)| *latin)
}
