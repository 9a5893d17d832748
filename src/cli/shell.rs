//! Words and commands as they are typed in a shell.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;

use crate::connector::transport::shown_address;
use crate::render::clean::spell_out;

/// Quotes a word for a shell, where it needs that, and spells out what a terminal would obey.
pub(super) fn shell_word(word: &str) -> String {
    // Only a word with a NUL cannot be quoted, and no argument has one.
    spell_out(&shlex::try_quote(word).unwrap_or(Cow::Borrowed(word))).into_owned()
}

/// Returns a path for a sentence.
pub(super) fn shown_path(path: &Path) -> String {
    spell_out(&path.to_string_lossy()).into_owned()
}

/// Returns the words of a command line as they may be shown: with what a terminal would obey spelled out, and
/// addresses without a name, a password and a query, in which tokens come.
pub(super) fn shown_words(words: &[OsString]) -> Vec<OsString> {
    let shown = |word: &OsString| {
        let Some(text) = word.to_str() else { return word.clone() };
        let address = text.contains("://").then(|| shown_address(text));
        spell_out(address.as_deref().unwrap_or(text)).as_ref().into()
    };
    words.iter().map(shown).collect()
}

/// Returns what a command that is printed begins with, so that it can be copied and works from the same
/// directory: the program, and the policy's folder where it was named.
pub(super) fn program_words(dir: Option<&Path>) -> String {
    let folder = dir.map(|dir| format!(" -C {}", shell_word(&dir.to_string_lossy())));
    format!("seatwise{}", folder.unwrap_or_default())
}

/// Returns a sentence of our own with `program` in its commands.
pub(super) fn name_program(sentence: &str, program: &str) -> String {
    sentence.replace("`seatwise ", &format!("`{program} "))
}
