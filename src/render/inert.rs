//! The last gate before a text is printed or written: whatever came from outside, no terminal obeys it, and
//! no CI system that reads the log takes a line of it for a command.
//!
//! Renderers spell foreign text out already (see [`clean`](super::clean)). What only the finished text shows
//! is seen here: where lines begin after wrapping, and what stands beside what.

use std::borrow::Cow;

use super::clean::{begins_command, characters, code_point, is_harmful, is_hidden_after, may_be_harmful};

/// What may stand in a finished text, and how a character is written in it that may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSyntax {
    /// Lines for people.
    Plain,
    /// Lines for a terminal, with the colours that renderers set.
    Coloured,
    /// Records whose lines end as spreadsheets write them.
    Csv,
    /// JSON, in which nothing that needs an escape stands outside of a string.
    Json,
    /// Lines that are commands to a GitHub runner because this program makes them so.
    RunnerCommands,
}

/// Returns the finished text with everything spelled out that a terminal or a reader of logs could obey.
pub fn inert_text(text: &str, syntax: TextSyntax) -> Cow<'_, str> {
    if !may_need_care(text, syntax) {
        return Cow::Borrowed(text);
    }
    let mut inert = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        add_inert_line(&mut inert, line, syntax);
    }
    Cow::Owned(inert)
}

/// Whether a text may have something to spell out; most have not, and that is found out fast.
fn may_need_care(text: &str, syntax: TextSyntax) -> bool {
    let is_odd = |byte: u8| byte < b' ' && byte != b'\n' || byte > b'~';
    text.bytes().any(is_odd) || text.contains("##") || (syntax != TextSyntax::Json && text.contains("::"))
}

fn add_inert_line(inert: &mut String, line: &str, syntax: TextSyntax) {
    let ending = if syntax == TextSyntax::Csv && line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let bare = line.strip_suffix(ending).unwrap_or(line);
    let command = match syntax {
        TextSyntax::Plain | TextSyntax::Coloured | TextSyntax::Csv => runner_command(bare),
        TextSyntax::Json | TextSyntax::RunnerCommands => None,
    };
    if command.is_none() && !may_be_harmful(bare) {
        inert.push_str(line);
        return;
    }
    let mut colour_end = 0;
    for (before, c, rest) in characters(bare) {
        let at = bare.len() - rest.len();
        if syntax == TextSyntax::Coloured {
            colour_end = colour_end.max(at + colour_len(rest));
        }
        let is_live =
            is_harmful(c) || is_hidden_after(before, c) || begins_command(rest) || command == Some(at);
        if is_live && at >= colour_end { push_escape(inert, c, syntax) } else { inert.push(c) }
    }
    inert.push_str(&line[bare.len()..]);
}

fn push_escape(inert: &mut String, c: char, syntax: TextSyntax) {
    match syntax {
        TextSyntax::Json => {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| *inert += &format!("\\u{unit:04x}"));
        }
        TextSyntax::Plain | TextSyntax::Coloured | TextSyntax::Csv | TextSyntax::RunnerCommands => {
            *inert += &code_point(c);
        }
    }
}

/// Returns where in the line a command to a GitHub runner begins: it looks for one after white space.
fn runner_command(line: &str) -> Option<usize> {
    let begins = line.find(|c: char| !c.is_whitespace() && !is_harmful(c))?;
    line[begins..].starts_with("::").then_some(begins)
}

/// Returns the length of the colour that is set where `rest` begins; zero where none is.
fn colour_len(rest: &str) -> usize {
    let Some(figures) = rest.strip_prefix("\u{1b}[") else { return 0 };
    let after = figures.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    if after.starts_with('m') { rest.len() - after.len() + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, syntax: TextSyntax, inert: &str) {
        assert_eq!(inert_text(text, syntax), inert);
    }

    #[test]
    fn line_of_a_log_is_no_command() {
        check("a\n  ::error::b\n c ::d", TextSyntax::Plain, "a\n  \\u{3a}:error::b\n c ::d");
        check("\u{a0}::error::\n", TextSyntax::Plain, "\u{a0}\\u{3a}:error::\n");
        check(
            "x ##vso[a] ##[b] ##teamcity[c] ## [d]",
            TextSyntax::Plain,
            "x \\u{23}#vso[a] \\u{23}#[b] \\u{23}#teamcity[c] ## [d]",
        );
        check("::error file=a::##[b]\n", TextSyntax::RunnerCommands, "::error file=a::\\u{23}#[b]\n");
    }

    #[test]
    fn controls_are_spelled_and_colours_only_where_they_are_wanted() {
        check(
            "\u{1b}[1;31ma\u{1b}[0m\u{1b}]0;b\u{7}",
            TextSyntax::Coloured,
            "\u{1b}[1;31ma\u{1b}[0m\\u{1b}]0;b\\u{7}",
        );
        check("\u{1b}[1ma\r\n\u{9b}\u{202e}b", TextSyntax::Plain, "\\u{1b}[1ma\\u{d}\n\\u{9b}\\u{202e}b");
        check("a\rb,c\r\n", TextSyntax::Csv, "a\\u{d}b,c\r\n");
    }

    #[test]
    fn value_of_json_stays() {
        let text = serde_json::to_string(&["\u{9b}##vso[a]\u{202e}\u{e0041}::b"]).expect("texts are JSON");
        let inert = inert_text(&text, TextSyntax::Json);
        assert_eq!(inert, r#"["\u009b\u0023#vso[a]\u202e\udb40\udc41::b"]"#);
        assert_eq!(
            serde_json::from_str::<[String; 1]>(&inert).expect("it is JSON still")[0],
            "\u{9b}##vso[a]\u{202e}\u{e0041}::b"
        );
    }

    #[test]
    fn joiners_of_a_script_stay() {
        for name in ["می\u{200c}خواهم", "ක\u{dca}\u{200d}ර", "葛\u{e0100}", "✓\u{fe0f}"] {
            check(name, TextSyntax::Plain, name);
        }
        check("a\u{200d}b\u{200c}", TextSyntax::Plain, "a\\u{200d}b\\u{200c}");
    }
}
