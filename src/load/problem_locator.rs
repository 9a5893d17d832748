//! Turns byte places into the lines and columns that people cite.

use std::collections::BTreeMap;

use super::{ListedPolicyFile, PolicyFileReader};
use crate::model::Text;
use crate::policy::problem::{DRAWN, Excerpt, Problem, ProblemLocation};
use crate::policy::{PolicyFiles, PolicyPlace};

/// Lines shown before and after the one with the problem.
const LINES_AROUND: usize = 2;

/// Bytes of a line that are shown on each side of a problem.
const LINE_SIDE: usize = 160;

/// Finds the lines and columns of problems. It reads the files again, as their texts were dropped.
pub(super) struct ProblemLocator<'a, R> {
    listed: &'a [ListedPolicyFile],
    sources: &'a PolicyFiles,
    /// Hashes of the bytes that were parsed; without them, files are assumed to be unchanged.
    hashes: Option<&'a [blake3::Hash]>,
    read: &'a R,
}

impl<'a, R: PolicyFileReader> ProblemLocator<'a, R> {
    /// `listed`, `sources` and `hashes` are in the same order: a place's file number is the index into each.
    pub(super) fn new(
        listed: &'a [ListedPolicyFile],
        sources: &'a PolicyFiles,
        hashes: Option<&'a [blake3::Hash]>,
        read: &'a R,
    ) -> Self {
        Self { listed, sources, hashes, read }
    }

    /// Sorts problems by place and finds their lines and columns. Each file is read again once.
    pub(super) fn locate(&self, mut problems: Vec<Problem>) -> Vec<Problem<ProblemLocation>> {
        problems.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
        // The value behind an alias is decoded once for each use, so its problems come up repeatedly.
        problems.dedup();
        let mut wanted: BTreeMap<u16, Vec<PolicyPlace>> = BTreeMap::new();
        for place in problems.iter().flat_map(|problem| {
            std::iter::once(problem.place).chain(problem.also.iter().map(|(place, _)| *place))
        }) {
            wanted.entry(place.file).or_default().push(place);
        }
        let drawn = problems.get(DRAWN).map(|problem| problem.place);
        let mut spots: BTreeMap<PolicyPlace, ProblemLocation> = BTreeMap::new();
        for (file, places) in wanted {
            let text = self.text(file);
            for place in places {
                spots.entry(place).or_insert_with(|| {
                    self.locate_place(place, &text, drawn.is_none_or(|first| place < first))
                });
            }
        }
        let spot = |place: PolicyPlace| spots[&place].clone();
        let located = problems.into_iter().map(|Problem { code, place, message, help, also }| {
            let also = also
                .into_iter()
                .map(|(place, how)| (ProblemLocation { excerpt: None, ..spot(place) }, how))
                .collect();
            Problem { code, place: spot(place), message, help, also }
        });
        located.collect()
    }

    /// Returns the text as it was when it was parsed; empty where the file has changed since.
    fn text(&self, file: u16) -> String {
        let at = usize::from(file);
        // A file that was refused in the list (a FIFO, a link) is not opened now either.
        let listed = Some(&self.listed[at]).filter(|listed| listed.unread.is_none());
        let mut bytes = Vec::new();
        let read = listed.and_then(|listed| (self.read)(listed, &mut bytes).ok());
        let same = read.filter(|()| self.hashes.is_none_or(|hashes| hashes[at] == blake3::hash(&bytes)));
        same.map(|()| lossy_text(&bytes)).unwrap_or_default()
    }

    fn locate_place(&self, place: PolicyPlace, text: &str, drawn: bool) -> ProblemLocation {
        let source = &self.sources.files[usize::from(place.file)];
        let line = source.lines.partition_point(|start| *start <= place.start).max(1);
        let begins = source.lines[line - 1] as usize;
        let start = char_boundary_before(text, place.start as usize);
        let before = text.get(begins..start).unwrap_or_default();
        let ends = text[start..].find(['\n', '\r']).map_or(text.len(), |newline| start + newline);
        // The underline ends with the line, and has at least one character.
        let end = char_boundary_before(text, (start + usize::from(place.len)).min(ends).max(start));
        let length = text[start..end].chars().count().max(1);
        ProblemLocation {
            file: Text::clone(&source.path),
            line: saturating_u32(line),
            column: saturating_u32(before.trim_start_matches('\u{FEFF}').chars().count() + 1),
            length: saturating_u32(length),
            excerpt: (drawn && !text.is_empty()).then(|| excerpt(text, &source.lines, line, start, end)),
        }
    }
}

/// Returns the text of `bytes`. Where they are not UTF-8, each byte that is not ASCII becomes `?`, so that
/// offsets stay the same.
fn lossy_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .map(|byte| if byte.is_ascii() && *byte != 0 { char::from(*byte) } else { '?' })
            .collect(),
    }
}

fn saturating_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The nearest character boundary at or before `at`.
fn char_boundary_before(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn excerpt(text: &str, lines: &[u32], line: usize, start: usize, end: usize) -> Excerpt {
    let first = line.saturating_sub(1 + LINES_AROUND);
    let last = (line - 1 + LINES_AROUND).min(lines.len() - 1);
    let mut shown = Excerpt { first_line: saturating_u32(first + 1), text: String::new(), start: 0, len: 0 };
    for at in first..=last {
        let begins = lines[at] as usize;
        let ends = lines.get(at + 1).map_or(text.len(), |next| *next as usize);
        let row = text.get(begins..ends).unwrap_or_default().trim_end_matches(['\n', '\r']);
        // Of a very long line only the part around the problem is shown.
        let (from, to) = if at + 1 == line {
            // The file may have changed since it was parsed.
            let near = start.saturating_sub(begins).min(row.len());
            shown.len = (end - start).min(LINE_SIDE);
            let from = char_boundary_before(row, near.saturating_sub(LINE_SIDE));
            shown.start = shown.text.len() + near - from;
            (from, char_boundary_before(row, near + 2 * LINE_SIDE))
        } else {
            (0, char_boundary_before(row, 2 * LINE_SIDE))
        };
        shown.text.push_str(&row[from..to]);
        shown.text.push('\n');
    }
    shown.len = char_boundary_before(&shown.text, shown.start + shown.len) - shown.start;
    shown
}
