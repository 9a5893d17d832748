//! Options that take one of some words, each of which stands for a value.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A word of an option, what help says of it, and the value that it stands for.
pub(super) type OptionWord<T> = (&'static str, &'static str, T);

/// Returns the parser of an option that takes one of `words`; help says nothing of a word whose text is
/// empty.
pub(super) fn words_parser<T: Clone + Send + Sync + 'static>(
    words: &[OptionWord<T>],
) -> impl TypedValueParser<Value = T> + use<T> {
    let words = words.to_vec();
    let possible = words.iter().map(|(word, about, _)| {
        let possible = PossibleValue::new(*word);
        if about.is_empty() { possible } else { possible.help(*about) }
    });
    PossibleValuesParser::new(possible).map(move |chosen| {
        let found = words.iter().find(|(word, ..)| *word == chosen);
        found.expect("only these words are possible").2.clone()
    })
}
