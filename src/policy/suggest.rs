//! "Did you mean": the known name nearest to one that is not known.

/// Returns the candidate nearest to `name`, if one is near enough; of equally near ones the first in order.
///
/// An organization can have 100,000 addresses, so the distance is computed only where length and letters
/// allow it to be small.
pub(crate) fn nearest_name<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 3);
    let folded = name.to_lowercase();
    let letters = letters(&folded);
    let near_enough = candidates.into_iter().filter_map(|candidate| {
        // One edit changes the length by one character of up to four bytes, and adds or removes at most two
        // letters.
        let differing = (self::letters(candidate) ^ letters).count_ones() as usize;
        if candidate.len().abs_diff(name.len()) > limit * 4 || differing > limit * 2 {
            return None;
        }
        let distance = strsim::osa_distance(&folded, &candidate.to_lowercase());
        (distance <= limit).then_some((distance, candidate))
    });
    near_enough.min().map(|(_, candidate)| candidate)
}

/// Returns the set of letters and digits that a text has, ignoring case, one bit each.
fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |letters, byte| {
        let bit = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            _ => return letters,
        };
        letters | 1 << bit
    })
}
