//! Equality of texts that people cannot tell apart.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Returns `text` with each character composed (Unicode's NFC): `é` is one character, however it was typed.
pub fn compose_text(text: &str) -> Cow<'_, str> {
    // Most texts are ASCII, which is composed already.
    if text.is_ascii() { Cow::Borrowed(text) } else { ComposingNormalizerBorrowed::new_nfc().normalize(text) }
}

/// Whether two texts are the same one: composed or not, with any kind of line end, and with or without white
/// space at the ends.
pub fn is_same_text(one: &str, other: &str) -> bool {
    one == other || comparable_text(one) == comparable_text(other)
}

fn comparable_text(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.contains('\r') {
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        Cow::Owned(compose_text(&lines).into_owned())
    } else {
        compose_text(text)
    }
}
