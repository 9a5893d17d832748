//! Texts that look alike although they differ, by the data of Unicode Technical Standard 39.

use rustc_hash::FxHashMap;
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton;

use super::compose_text;
use super::hidden_characters::{code_point, is_invisible};

/// Draws outlines, and remembers how each character looks.
#[derive(Debug, Default)]
pub struct OutlineDrawer(FxHashMap<char, Box<str>>);

impl OutlineDrawer {
    /// Returns what a reader sees of a text, roughly: texts that look alike have the same outline.
    pub fn outline(&mut self, text: &str) -> String {
        let mut seen = String::with_capacity(text.len());
        for c in compose_text(text).chars().filter(|c| !is_invisible(*c)) {
            if !c.is_whitespace() {
                seen += self.look(c);
            } else if !seen.ends_with(' ') {
                seen.push(' ');
            }
        }
        seen.trim().to_owned()
    }

    fn look(&mut self, c: char) -> &str {
        self.0.entry(c).or_insert_with(|| skeleton(c.encode_utf8(&mut [0; 4])).collect::<String>().into())
    }
}

/// Whether a text is ASCII whose white space is single spaces between words, as most texts are: two of these
/// that differ also look different.
pub fn is_spaced_ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && !text.contains("  ")
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

/// Returns the first word in which letters of another alphabet stand among Latin ones; `None` where there is
/// none.
pub fn mixed_word(text: &str) -> Option<&str> {
    words(text).find(|word| word.chars().any(is_latin) && word.chars().any(is_of_other_alphabet))
}

/// Returns the first word of an address that is of another alphabet and could be Latin to the eye, letter by
/// letter, where other words are Latin; `None` where there is none.
pub fn posing_word(address: &str) -> Option<&str> {
    let is_posing = |word: &&str| word.chars().all(|c| is_of_other_alphabet(c) && looks_latin(c));
    let has_latin_word = || words(address).any(|word| word.chars().all(is_latin));
    words(address).find(is_posing).filter(|_| has_latin_word())
}

/// Returns the words of a text, as far as any of its letters is not of ASCII.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let text = if text.is_ascii() { "" } else { text };
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

fn is_latin(c: char) -> bool {
    c.script() == Script::Latin
}

/// Whether a letter is of a script that is not written together with Latin letters, as those of Japan, China
/// and Korea are.
fn is_of_other_alphabet(c: char) -> bool {
    !matches!(
        c.script(),
        Script::Latin
            | Script::Common
            | Script::Inherited
            | Script::Unknown
            | Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Hangul
            | Script::Bopomofo
    )
}

/// Whether a letter of another script looks like one of ASCII.
fn looks_latin(c: char) -> bool {
    skeleton(c.encode_utf8(&mut [0; 4])).all(|c| c.is_ascii_alphabetic())
}

/// Returns a text with everything spelled out that is not ASCII.
pub fn spell_beyond_ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { code_point(c) }).collect()
}
