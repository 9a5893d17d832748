//! Reads the bytes of a file as UTF-8: drops a byte order mark, and converts UTF-16.

use std::io::{self, Read};

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextEncoding {
    /// The bytes are passed through.
    Utf8,
    /// Spreadsheets write this as "Unicode text".
    Utf16Little,
    Utf16Big,
}

/// A reader that gives the text of `inner` as UTF-8.
#[derive(Debug)]
pub(super) struct Utf8Reader<R> {
    inner: R,
    encoding: TextEncoding,
    /// Decoded text; the part from `given` on has not been given to the caller.
    ready: Vec<u8>,
    given: usize,
    /// Bytes that do not yet make a complete code unit or surrogate pair.
    rest: Vec<u8>,
}

/// The number of bytes decoded at once.
const PART: usize = 64 * 1024;

impl<R: Read> Utf8Reader<R> {
    /// Detects the encoding from the first bytes of `inner`.
    pub(super) fn new(mut inner: R) -> io::Result<Self> {
        let mut first = Vec::with_capacity(4);
        inner.by_ref().take(4).read_to_end(&mut first)?;
        // Without a mark, the first letter of the header decides: it is ASCII.
        let (encoding, mark) = match first.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => (TextEncoding::Utf8, 3),
            [0xff, 0xfe, ..] => (TextEncoding::Utf16Little, 2),
            [0xfe, 0xff, ..] => (TextEncoding::Utf16Big, 2),
            [letter, 0, ..] if *letter != 0 => (TextEncoding::Utf16Little, 0),
            [0, letter, ..] if *letter != 0 => (TextEncoding::Utf16Big, 0),
            _ => (TextEncoding::Utf8, 0),
        };
        first.drain(..mark);
        let mut utf8 = Self { inner, encoding, ready: Vec::new(), given: 0, rest: Vec::new() };
        match encoding {
            TextEncoding::Utf8 => utf8.ready = first,
            TextEncoding::Utf16Little | TextEncoding::Utf16Big => utf8.rest = first,
        }
        Ok(utf8)
    }

    /// Decodes the next part of UTF-16; nothing is ready afterwards only at the end of the file.
    fn decode_next(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            let before = self.rest.len();
            let read = self.inner.by_ref().take(PART as u64).read_to_end(&mut self.rest)?;
            let is_last = read == 0;
            if is_last && before == 0 {
                return Ok(());
            }
            let whole = self.complete_length(is_last);
            let units: Vec<u16> = self.rest[..whole].chunks(2).map(|unit| self.code_unit(unit)).collect();
            self.rest.drain(..whole);
            let chars = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
            self.ready = chars.collect::<String>().into_bytes();
        }
        Ok(())
    }

    /// Returns how many bytes of the rest make whole characters.
    fn complete_length(&self, is_last: bool) -> usize {
        if is_last {
            return self.rest.len();
        }
        let even = self.rest.len() / 2 * 2;
        let is_split = even >= 2 && (0xd800..0xdc00).contains(&self.code_unit(&self.rest[even - 2..even]));
        if is_split { even - 2 } else { even }
    }

    fn code_unit(&self, bytes: &[u8]) -> u16 {
        match (bytes, self.encoding) {
            ([one, other], TextEncoding::Utf16Big) => u16::from_be_bytes([*one, *other]),
            ([one, other], TextEncoding::Utf16Little | TextEncoding::Utf8) => {
                u16::from_le_bytes([*one, *other])
            }
            // Half a code unit at the end of the file.
            _ => 0xfffd,
        }
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            match self.encoding {
                TextEncoding::Utf8 => return self.inner.read(into),
                TextEncoding::Utf16Little | TextEncoding::Utf16Big => self.decode_next()?,
            }
        }
        let ready = &self.ready[self.given..];
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }
}
