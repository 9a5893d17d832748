//! Renders edits of files as a patch that `git apply` accepts.

use similar::TextDiff;

/// Returns the change from `before` to `after` of the file at `path`, relative to the top of the repository.
///
/// The patch is empty where the texts are the same.
pub fn file_patch(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let (old, new) = (quote_name(&format!("a/{path}")), quote_name(&format!("b/{path}")));
    let diff = TextDiff::from_lines(before, after);
    let hunks = diff.unified_diff().context_radius(3).header(&old, &new).to_string();
    format!("diff --git {old} {new}\n{hunks}")
}

/// Writes a name as Git does: in quotes where the name has a character that would end it.
fn quote_name(name: &str) -> String {
    if !name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        return name.to_owned();
    }
    let escaped = name.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\{:03o}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
