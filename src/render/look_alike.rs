//! Shows the difference of two texts that look alike: by the code points in which they differ.

use super::clean::code_point;
use crate::model::look_alikes::{OutlineDrawer, is_spaced_ascii};

/// Returns both texts, with the characters in which they differ spelled out if the texts look alike; `None`
/// where a reader sees the difference.
pub(super) fn tell_look_alikes_apart(one: &str, other: &str) -> Option<(String, String)> {
    if one == other || (is_spaced_ascii(one) && is_spaced_ascii(other)) {
        return None;
    }
    let mut drawer = OutlineDrawer::default();
    if drawer.outline(one) != drawer.outline(other) {
        return None;
    }
    let (first, second): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let start = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
    let backwards = first[start..].iter().rev().zip(second[start..].iter().rev());
    let end = backwards.take_while(|(a, b)| a == b).count();
    Some((spell_middle(&first, start, end), spell_middle(&second, start, end)))
}

fn spell_middle(text: &[char], start: usize, end: usize) -> String {
    let middle = start..text.len() - end;
    let spell = |(at, c): (usize, &char)| {
        // Where one side has a letter of ASCII, the other side's look-alike is spelled out; that is enough.
        if middle.contains(&at) && !c.is_ascii_graphic() { code_point(*c) } else { c.to_string() }
    };
    text.iter().enumerate().map(spell).collect()
}
