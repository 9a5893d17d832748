//! Looks for what somebody who shows a text could obey. It knows nothing of the code that it checks.

/// What a text is, as its readers take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputForm {
    Text,
    /// Text with the colours of this program.
    Coloured,
    Csv,
    Json,
    Markdown,
    Html,
    /// Lines that are commands to a GitHub runner on purpose.
    Annotations,
}

impl OutputForm {
    pub(super) fn from_format(format: &str) -> Self {
        match format {
            "csv" => Self::Csv,
            "json" | "sarif" | "gitlab" => Self::Json,
            "markdown" => Self::Markdown,
            "html" => Self::Html,
            "github" => Self::Annotations,
            _ => Self::Text,
        }
    }
}

/// Returns what of a text is not inert.
pub(super) fn faults_of(text: &str, form: OutputForm) -> Vec<String> {
    let mut faults = Vec::new();
    let mut add = |what: &str, line: &str| faults.push(shown_fault(what, line));
    for line in text.split('\n') {
        let bare = if form == OutputForm::Csv { line.strip_suffix('\r').unwrap_or(line) } else { line };
        let bare = if form == OutputForm::Coloured { without_colours(bare) } else { bare.to_owned() };
        if let Some(c) = bare.chars().find(|c| is_obeyed(*c)) {
            let from = bare.find(c).unwrap();
            let from = bare[..from].char_indices().rev().nth(20).map_or(0, |(at, _)| at);
            add(&format!("{c:?}"), &bare[from..]);
        }
        if bare.contains("a\u{200d}b") {
            add("a joiner between Latin letters", &bare);
        }
        for command in ["##vso[", "##[", "##teamcity["] {
            if bare.contains(command) {
                add(command, &bare);
            }
        }
        let begins = bare.trim_start();
        let is_own = form == OutputForm::Annotations
            && ["::error ", "::warning ", "::notice "].iter().any(|own| begins.starts_with(own));
        if begins.starts_with("::") && !is_own {
            add("a runner's command", begins);
        }
        if begins.starts_with("FORGED") {
            add("a line of somebody else", begins);
        }
    }
    faults.extend(form_faults(text, form));
    faults
}

/// Returns what of a text its readers could take for more than text.
fn form_faults(text: &str, form: OutputForm) -> Vec<String> {
    let mut faults = Vec::new();
    let mut add = |what: &str, line: &str| faults.push(shown_fault(what, line));
    match form {
        OutputForm::Json => {
            let values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
            for value in values.filter(Result::is_err) {
                add("no JSON", &format!("{value:?}"));
            }
        }
        OutputForm::Csv => {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            for record in reader.records() {
                let record = record.unwrap();
                let formula = |cell: &&str| cell.trim_start().starts_with(['=', '+', '-', '@']);
                record.iter().filter(formula).for_each(|cell| add("a formula", cell));
            }
        }
        OutputForm::Markdown => {
            // What is in code is not markup, and nobody is told of a name in it.
            let outside: String = without_fences(text).split('`').step_by(2).collect();
            for markup in ["@h0st", "<!--", "</td", "<b>", "</details>\u{20}", "![", "](http", "<img", "=cmd"]
            {
                if let Some(at) = outside.find(markup) {
                    add(markup, &outside[at..]);
                }
            }
        }
        OutputForm::Html => {
            for markup in ["<!-- @h0st", "</td></details>", "h0st<b>", "<img src=http"] {
                if let Some(at) = text.find(markup) {
                    add(markup, &text[at..]);
                }
            }
        }
        OutputForm::Text | OutputForm::Coloured | OutputForm::Annotations => {}
    }
    faults
}

fn shown_fault(what: &str, line: &str) -> String {
    let shown: String = line.chars().take(120).flat_map(char::escape_debug).collect();
    format!("{what}: {shown}")
}

/// Takes out the blocks of code between fences.
fn without_fences(text: &str) -> String {
    let (mut fence, mut outside) = (None, String::new());
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(opened) if ticks >= opened && line.trim_end().len() == ticks => fence = None,
            None => outside += &format!("{line}\n"),
            Some(_) => {}
        }
    }
    outside
}

fn is_obeyed(c: char) -> bool {
    let code = u32::from(c);
    code < 0x20
        || (0x7f..0xa0).contains(&code)
        || (0x202a..=0x202e).contains(&code)
        || (0x2066..=0x2069).contains(&code)
        || (0xe_0000..=0xe_007f).contains(&code)
        || [0xad, 0x115f, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x2060, 0xfeff].contains(&code)
}

/// Takes out the colours that this program sets; the hostile texts set one that it never sets.
fn without_colours(line: &str) -> String {
    let mut rest = line;
    let mut bare = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        bare += before;
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(after.len());
        if !after[end..].starts_with('m') || after.starts_with("35;7") {
            bare.push('\u{1b}');
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    bare + rest
}
