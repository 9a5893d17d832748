//! A text as the difference from another one: which of its lines stand there, and which do not.
//!
//! The difference is itself lines: `=START COUNT` for lines of the base, from 0, and `+` before a line that
//! the base does not have.

use std::collections::HashMap;
use std::io::Write;

use rustc_hash::FxBuildHasher;

fn lines_of(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Returns the lines that make `text` out of `base`.
pub(super) fn line_delta(base: &[u8], text: &[u8]) -> Vec<u8> {
    let base = lines_of(base);
    let places: HashMap<&[u8], usize, FxBuildHasher> =
        base.iter().enumerate().map(|(at, line)| (*line, at)).collect();
    let (mut delta, mut copied) = (Vec::new(), 0..0);
    let end_copy = |copied: &std::ops::Range<usize>, delta: &mut Vec<u8>| {
        if !copied.is_empty() {
            writeln!(delta, "={} {}", copied.start, copied.len()).expect("a vector takes all bytes");
        }
    };
    for line in lines_of(text) {
        // The line after the last copied one comes first: equal lines then make one run.
        if base.get(copied.end) == Some(&line) && !copied.is_empty() {
            copied.end += 1;
            continue;
        }
        end_copy(&copied, &mut delta);
        copied = match places.get(line) {
            Some(at) => *at..at + 1,
            None => {
                delta.push(b'+');
                delta.extend_from_slice(line);
                0..0
            }
        };
    }
    end_copy(&copied, &mut delta);
    delta
}

/// Returns the text that `delta` makes out of `base`; `None` where it is not a difference from `base`.
pub(super) fn text_from_delta(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let base = lines_of(base);
    let mut text = Vec::new();
    for line in lines_of(delta) {
        match line.split_first()? {
            (b'+', added) => text.extend_from_slice(added),
            (b'=', copied) => {
                let (start, count) = std::str::from_utf8(copied).ok()?.trim_end().split_once(' ')?;
                let start: usize = start.parse().ok()?;
                let end = start.checked_add(count.parse().ok()?)?;
                base.get(start..end)?.iter().for_each(|line| text.extend_from_slice(line));
            }
            _ => return None,
        }
    }
    Some(text)
}
