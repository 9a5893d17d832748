//! Questions whose words stand in another order, or of which some are missing.

use super::{CommandLine, Correction};

/// The words that every question of `who` has, before what it asks about.
const WHO_FORMS: [(&[&str], &str); 3] =
    [(&["can", "use"], "PRODUCT"), (&["has"], "ROLE"), (&["is", "in"], "GROUP")];

/// Returns the question of `who` that these words are in another order; `None` where they are none.
pub(super) fn reordered_question(line: &CommandLine) -> Option<Correction> {
    let (command, asked) = line.command().split_first()?;
    if command != "who" {
        return None;
    }
    let is_form = |word: &str| WHO_FORMS.iter().any(|(form, _)| form.contains(&word));
    let (named, about): (Vec<&str>, Vec<&str>) =
        asked.iter().map(String::as_str).partition(|word| is_form(word));
    let right =
        WHO_FORMS.iter().filter(|(form, _)| named.is_empty() || form.iter().any(|word| named.contains(word)));
    let right: Vec<CommandLine> = right
        .map(|(form, blank)| {
            let subject =
                if about.first().is_none_or(|word| word.starts_with('-')) { vec![*blank] } else { vec![] };
            line.of_command(&[&["who"], *form, &*subject, &*about].concat())
        })
        .collect();
    let wrong = "a question of `who` is one of `can use`, `has` and `is in`, and then what it is about";
    (right.first() != Some(line)).then(|| Correction::new(wrong, right))
}

/// Returns the correction of a command of which words are missing.
pub(super) fn missing_correction(line: &CommandLine) -> Option<Correction> {
    let words: Vec<&str> = line.command().iter().map(String::as_str).collect();
    let (wrong, right): (&str, &[&[&str]]) = match words[..] {
        ["who", _, ..] => return reordered_question(line),
        ["why", word] if word.contains('@') => {
            ("it is not said which product it is about", &[&["why", word, "PRODUCT"], &["what", word]])
        }
        ["why", word, ..] => {
            ("it is not said whom it is about", &[&["why", "USER", word], &["who", "can", "use", word]])
        }
        ["why"] => ("it is not said whom and what it is about", &[&["why", "USER", "PRODUCT"]]),
        ["what", ..] => ("it is not said whom it is about", &[&["what", "USER"]]),
        ["undo", ..] => ("it is not said which run is undone", &[&["undo", "last"], &["undo", "RUN"]]),
        ["work-order", ..] => (
            "a work order is made of a saved plan, into a new folder",
            &[&["plan", "--out", "plan.json"], &["work-order", "plan.json", "--out", "work-order"]],
        ),
        ["confirm", ..] => ("it is not said which work order", &[&["confirm", "FOLDER"]]),
        ["usage", "collect", ..] => (
            "it is not said what is collected",
            &[&["usage", "collect", "FILES"], &["usage", "collect", "--live"]],
        ),
        ["usage", "sql", ..] => (
            "it is not said what is asked of which engine",
            &[&["usage", "sql", "peaks", "--dialect", "duckdb"]],
        ),
        ["completions", ..] => ("it is not said for which shell", &[&["completions", "bash"]]),
        _ => return None,
    };
    Some(Correction::new(wrong, right.iter().map(|words| line.of_command(words))))
}
