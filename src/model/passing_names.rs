//! Names in between: where objects exchange their names, one of them steps aside first.

use std::fmt::Display;

use super::{Email, GroupName};

/// A name that objects can exchange.
pub trait PassingName: Ord + Clone + Display {
    /// Returns the name that the object of this name has while another one takes the name over; `None` where
    /// no such name is short enough. The same name always has the same one, so that a later run recognizes an
    /// object that an earlier run left there.
    fn passing_name(&self) -> Option<Self>;
}

/// The most characters of the part of an address before the `@` (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// The most characters of a group's name.
const LONGEST_NAME: usize = 200;

impl PassingName for Email {
    fn passing_name(&self) -> Option<Self> {
        const MARK: &str = ".seatwise-rename";
        let (local, domain) = self.as_str().rsplit_once('@')?;
        let kept = shorten(local, LONGEST_LOCAL_PART - MARK.len()).trim_end_matches('.');
        Self::new(&format!("{kept}{MARK}@{domain}")).ok().filter(|name| name != self)
    }
}

impl PassingName for GroupName {
    fn passing_name(&self) -> Option<Self> {
        const MARK: &str = " (seatwise rename)";
        let kept = shorten(self.as_str(), LONGEST_NAME - MARK.len()).trim_end();
        Self::new(&format!("{kept}{MARK}")).ok().filter(|name| name != self)
    }
}

/// Returns the beginning of `text` that has at most `most` bytes.
fn shorten(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}
