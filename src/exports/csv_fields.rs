//! Splits a record into its fields.
//!
//! This is ours because `csv-core` forgives what is damage here: it reads a quote within a field, text
//! behind a closing quote and a quote that is never closed as text, so that a broken line would be counted
//! as something else without a word. It also looks at every byte in a state machine, which takes 2.3 times
//! the instructions of searching for separators; most exports have no quote at all.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

/// The fields of one record, as ranges of its text. The buffer is reused for every record.
#[derive(Debug, Default)]
pub(super) struct CsvFields {
    fields: Vec<Range<usize>>,
    /// The text without its quotes, where it has any.
    unquoted: Vec<u8>,
    is_unquoted: bool,
}

impl CsvFields {
    /// Splits `text` at `separator`; returns false where a quote stands in a wrong place.
    pub(super) fn split(&mut self, text: &[u8], separator: u8) -> bool {
        self.fields.clear();
        if memchr(b'"', text).is_some() {
            return self.split_quoted(text, separator);
        }
        self.split_plain(text, separator);
        true
    }

    /// Splits `text`, which has no quotes.
    pub(super) fn split_plain(&mut self, text: &[u8], separator: u8) {
        self.fields.clear();
        self.is_unquoted = false;
        let mut from = 0;
        for to in memchr_iter(separator, text) {
            self.fields.push(from..to);
            from = to + 1;
        }
        self.fields.push(from..text.len());
    }

    /// A quote opens a field only at its very beginning, and closes it before a separator or the end; a
    /// doubled quote is one quote within the field.
    fn split_quoted(&mut self, text: &[u8], separator: u8) -> bool {
        self.is_unquoted = true;
        self.unquoted.clear();
        let mut rest = text;
        loop {
            let from = self.unquoted.len();
            rest = match rest.strip_prefix(b"\"") {
                Some(inside) => match self.unquote(inside) {
                    Some(after) => after,
                    None => return false,
                },
                None => {
                    let end = memchr(separator, rest).unwrap_or(rest.len());
                    if memchr(b'"', &rest[..end]).is_some() {
                        return false;
                    }
                    self.unquoted.extend_from_slice(&rest[..end]);
                    &rest[end..]
                }
            };
            self.fields.push(from..self.unquoted.len());
            match rest.split_first() {
                None => return true,
                Some((first, after)) if *first == separator => rest = after,
                Some(_) => return false,
            }
        }
    }

    /// Takes the text up to the closing quote, and returns the text after it; `None` where the quote is never
    /// closed.
    fn unquote<'a>(&mut self, mut inside: &'a [u8]) -> Option<&'a [u8]> {
        loop {
            let end = memchr(b'"', inside)?;
            self.unquoted.extend_from_slice(&inside[..end]);
            inside = &inside[end + 1..];
            match inside.strip_prefix(b"\"") {
                Some(after) => {
                    self.unquoted.push(b'"');
                    inside = after;
                }
                None => return Some(inside),
            }
        }
    }

    /// Returns the number of fields.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns the fields of `text`, the text that was split.
    pub(super) fn fields<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(|at| self.field(text, at))
    }

    /// Returns one field of `text`, the text that was split, without white space around it.
    pub(super) fn field<'a>(&'a self, text: &'a [u8], at: usize) -> &'a [u8] {
        let text = if self.is_unquoted { &self.unquoted } else { text };
        text[self.fields[at].clone()].trim_ascii()
    }
}
