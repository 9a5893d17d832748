//! Options as other tools and earlier versions spell them.

use super::{CommandLine, Correction};

/// What an option is called here.
enum Spelling {
    /// Another option, which takes a value where this one did.
    Option(&'static str),
    /// Several words in its place.
    Words(&'static [&'static str]),
    /// The option that names the policy's folder.
    Folder,
    /// Both ends of a span.
    Span,
    /// Another command, with the words that are left.
    Command(&'static str),
    /// The value stands alone.
    Value,
    /// Another option, whose value is to be filled in: this one's is a secret, and is not printed.
    Secret(&'static str, &'static str),
}

type OptionSpelling = (&'static [&'static str], &'static str, Spelling);

const OPTION_SPELLINGS: &[OptionSpelling] = &[
    (
        &["--dry-run", "--dryrun", "--noop", "--check", "--preview", "--what-if"],
        "what would be done is shown by \
        `plan`",
        Spelling::Command("plan"),
    ),
    (
        &[
            "--auto-approve",
            "-auto-approve",
            "--force",
            "-f",
            "--assume-yes",
            "--non-interactive",
            "--no-confirm",
            "--no-input",
        ],
        "`--yes` answers",
        Spelling::Option("--yes"),
    ),
    (
        &[
            "--live-from",
            "--from",
            "--folder",
            "--chdir",
            "-chdir",
            "--path",
            "--policy-dir",
            "--config",
            "-c",
            "--directory",
        ],
        "the policy's folder is named by `-C`",
        Spelling::Folder,
    ),
    (
        &["--output", "-o", "--outfile", "--output-file", "--file", "--save"],
        "a file is named by `--out`",
        Spelling::Option("--out"),
    ),
    (&["--json"], "a format is named by `--format`", Spelling::Words(&["--format", "json"])),
    (&["--csv"], "a format is named by `--format`", Spelling::Words(&["--format", "csv"])),
    (&["--html"], "a format is named by `--format`", Spelling::Words(&["--format", "html"])),
    (&["--markdown", "--md"], "a format is named by `--format`", Spelling::Words(&["--format", "markdown"])),
    (&["--sarif"], "a format is named by `--format`", Spelling::Words(&["--format", "sarif"])),
    (&["--pdf"], "a PDF is written to a file", Spelling::Words(&["--out", "report.pdf"])),
    (
        &["--since", "--start", "--after", "--begin"],
        "a span begins with `--from`",
        Spelling::Option("--from"),
    ),
    (&["--until", "--end", "--before"], "a span ends with `--to`", Spelling::Option("--to")),
    (&["--date", "--on", "--day", "--asof"], "a day is named by `--as-of`", Spelling::Option("--as-of")),
    (&["--month", "--quarter", "--period", "--during"], "a span is named by its ends", Spelling::Span),
    (
        &["--email", "--person", "--people", "--users"],
        "people are named by `--user`",
        Spelling::Option("--user"),
    ),
    (&["--products", "--application"], "products are named by `--product`", Spelling::Option("--product")),
    (&["--groups", "--team"], "groups are named by `--group`", Spelling::Option("--group")),
    (
        &["--countries", "--site", "--region"],
        "countries are named by `--country`",
        Spelling::Option("--country"),
    ),
    (&["--plan", "--planfile", "--plan-file"], "a saved plan stands alone", Spelling::Value),
    (
        &["--exit-code", "--exitcode"],
        "`--detailed-exitcode` says it",
        Spelling::Option("--detailed-exitcode"),
    ),
    (
        &["--no-color", "--no-colour", "-no-color"],
        "colours are turned off by `--color`",
        Spelling::Words(&["--color", "never"]),
    ),
    (&["--debug", "--trace"], "`-vv` tells more", Spelling::Words(&["-vv"])),
    (
        &["--token", "--password", "--secret", "--client-secret", "--api-key"],
        "a token never stands on the command line: it would be in the list of processes",
        Spelling::Secret("--token-file", "FILE"),
    ),
    (&["--last"], "the last run is named by `last`", Spelling::Words(&["last"])),
];

/// Returns the correction of the option at `at` which is spelt otherwise here.
pub(super) fn known_elsewhere(line: &CommandLine, at: usize, word: &str) -> Option<Correction> {
    let (_, said, spelling) = OPTION_SPELLINGS.iter().find(|(words, ..)| words.contains(&word))?;
    let joined = line.0[at].split_once('=').map(|(_, value)| value.to_owned());
    let next = line.0.get(at + 1).filter(|next| joined.is_none() && !next.starts_with('-'));
    let value = joined.clone().or_else(|| next.cloned());
    let bare = line.drop_word(at);
    let rest = if next.is_some() { bare.drop_word(at) } else { bare.clone() };
    let right = match (spelling, &value) {
        (Spelling::Option(option), _) => {
            let mut words = line.0.clone();
            words[at] = joined.map_or_else(|| (*option).to_owned(), |value| format!("{option}={value}"));
            CommandLine(words)
        }
        (Spelling::Words(words), _) => bare.add_words(words),
        (Spelling::Folder, Some(folder)) => rest.in_folder(folder),
        (Spelling::Span, Some(span)) => rest.add_words(&["--from", span, "--to", span]),
        (Spelling::Secret(option, blank), _) => rest.add_words(&[option, blank]),
        (Spelling::Value, Some(value)) => rest.add_words(&[value]),
        (Spelling::Command(command), _) => {
            let others = bare.command().iter().skip(1).filter(|word| !["--yes", "-y"].contains(&&***word));
            bare.of_command(&[command]).add_words(&others.map(String::as_str).collect::<Vec<_>>())
        }
        (Spelling::Folder | Spelling::Span | Spelling::Value, None) => return None,
    };
    // `--output json` asks for a format.
    let right = match (spelling, &value) {
        (Spelling::Option("--out"), Some(value)) if FORMATS.contains(&&**value) => {
            rest.add_words(&["--format", value])
        }
        _ => right,
    };
    Some(Correction::new(format!("there is no option `{word}` here: {said}"), [right]))
}

/// The words of formats.
const FORMATS: [&str; 10] =
    ["text", "json", "csv", "html", "pdf", "markdown", "short", "sarif", "github", "gitlab"];
