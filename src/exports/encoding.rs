//! Reads the bytes of a file as UTF-8: drops a byte order mark, and converts UTF-16, which spreadsheets write
//! as "Unicode text". Other bytes pass through, so that a line that is not UTF-8 is reported as damaged.
//!
//! `encoding_rs` converts. Only the look at files without a mark is ours: it finds one by its mark alone, and
//! guessing at encodings of one byte would turn damage into wrong names.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};

use encoding_rs::{UTF_16BE, UTF_16LE};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

/// A reader that gives the text of a file as UTF-8.
pub(super) type Utf8Reader = DecodeReaderBytes<Chain<Cursor<Vec<u8>>, File>, Vec<u8>>;

/// Detects the encoding from the first bytes of `file`.
pub(super) fn read_as_utf8(mut file: File) -> io::Result<Utf8Reader> {
    let mut first = Vec::with_capacity(2);
    file.by_ref().take(2).read_to_end(&mut first)?;
    // Without a mark, the first letter of the header decides: it is ASCII.
    let unmarked = match first[..] {
        [1..=255, 0] => Some(UTF_16LE),
        [0, 1..=255] => Some(UTF_16BE),
        _ => None,
    };
    let mut decoder = DecodeReaderBytesBuilder::new();
    decoder.encoding(unmarked).utf8_passthru(true).strip_bom(true);
    Ok(decoder.build(Cursor::new(first).chain(file)))
}
