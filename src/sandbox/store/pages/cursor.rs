//! Positions in the lists of the API.

use rusqlite::types::Value;

/// The position of a page in a list: the page begins behind the row with this key, which has at most two
/// parts.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sandbox) struct Cursor(pub(super) Value, pub(super) Value);

/// The text is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct CursorError;

impl Cursor {
    /// Returns the position before the first row.
    pub(in crate::sandbox) fn start() -> Self {
        Self(Value::Integer(i64::MIN), Value::Integer(i64::MIN))
    }

    /// Returns the position behind all rows whose key has the first part `key`.
    pub(super) fn after_key(key: i64) -> Self {
        // SQLite sorts a text behind any number.
        Self(Value::Integer(key), Value::Text(String::new()))
    }

    /// Returns the cursor's text for clients. It is in hexadecimal because clients should not rely on its
    /// content.
    pub(super) fn show(&self) -> String {
        let part = |value: &Value| match value {
            Value::Integer(number) => format!("i{number}"),
            Value::Text(text) => format!("t{text}"),
            Value::Null | Value::Real(_) | Value::Blob(_) => unreachable!("keys are numbers and texts"),
        };
        format!("{}\n{}", part(&self.0), part(&self.1)).bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Parses the text that [`Cursor::show`] wrote.
    pub(in crate::sandbox) fn parse(shown: &str) -> Result<Self, CursorError> {
        let digits = shown.as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> =
            digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(byte).collect()).flatten();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(CursorError)?;
        let part = |part: &str| match part.split_at_checked(1) {
            Some(("i", number)) => number.parse().ok().map(Value::Integer),
            Some(("t", text)) => Some(Value::Text(text.to_owned())),
            Some(_) | None => None,
        };
        let (first, second) = text.split_once('\n').ok_or(CursorError)?;
        Ok(Self(part(first).ok_or(CursorError)?, part(second).ok_or(CursorError)?))
    }
}

/// The position and length of a page.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct PageRange {
    pub(in crate::sandbox) after: Cursor,
    /// The greatest number of rows.
    pub(in crate::sandbox) limit: u32,
}
