//! Words and commands as they are typed in a shell.

use std::borrow::Cow;
use std::path::Path;

/// Quotes a word for a shell, where it needs that.
pub(super) fn shell_word(word: &str) -> String {
    // Only a word with a NUL cannot be quoted, and no argument has one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Cow::into_owned)
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
