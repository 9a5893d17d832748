//! What a command line that is not understood was meant to be: what is wrong with it, and what to type.
//!
//! Every correction that is shown is a command line that is understood.

mod command_words;
pub(super) mod misplaced_paths;
mod option_spellings;
mod question_order;

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::days::DayWord;
use super::shell::shell_word;
use crate::load::SETTINGS;
use crate::render::clean::clean_text;

/// The words of a command line, the program first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandLine(Vec<String>);

/// What is wrong with a command line, and what to type instead; words in capitals are to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Correction {
    wrong: String,
    right: Vec<CommandLine>,
}

/// The global options that take a value.
const GLOBAL_VALUES: [&str; 8] =
    ["-C", "--dir", "--color", "--log-format", "--url", "--token-file", "--ca-file", "--now"];

impl Correction {
    fn new(wrong: impl Into<String>, right: impl IntoIterator<Item = CommandLine>) -> Self {
        Self { wrong: wrong.into(), right: right.into_iter().collect() }
    }

    /// Returns what is wrong.
    pub(super) fn wrong(&self) -> &str {
        &self.wrong
    }

    /// Returns the correction as lines for stderr.
    pub(super) fn message(&self) -> String {
        let typed = self.right.iter().map(|line| format!("\n  type: {}", clean_text(&line.shell_text())));
        format!("error: {}{}", clean_text(&self.wrong), typed.collect::<String>())
    }
}

/// Returns the words of the one question that `words`, which stand in another order, can only mean.
pub(super) fn understood_question(
    words: &[OsString],
    is_understood: impl Fn(&[String]) -> bool,
) -> Option<Vec<OsString>> {
    let meant = question_order::reordered_question(&CommandLine::new(words))?.right;
    let [only] = &*meant else { return None };
    let is_clear = !only.has_blanks() && is_understood(&only.0);
    is_clear.then(|| only.0.iter().map(OsString::from).collect())
}

/// Returns the correction of the command line `words`, for which clap found `error`; `None` where nothing
/// more is known than clap says. `is_understood` says whether words are a command line.
pub(super) fn correction(
    words: &[OsString],
    error: &clap::Error,
    is_understood: impl Fn(&[String]) -> bool,
) -> Option<Correction> {
    let line = CommandLine::new(words);
    const MISSING: [ErrorKind; 3] = [
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
    ];
    let kind = error.kind();
    let mut found = if kind == ErrorKind::InvalidSubcommand {
        command_correction(&line, error)
    } else if kind == ErrorKind::UnknownArgument {
        argument_correction(&line, error)
    } else if MISSING.contains(&kind) {
        question_order::missing_correction(&line)
    } else {
        suggested_correction(&line, error)
    }?;
    found.right.retain(|right| right.has_blanks() || is_understood(&right.0));
    (!found.right.is_empty()).then_some(found)
}

/// The correction of a command that is not known.
fn command_correction(line: &CommandLine, error: &clap::Error) -> Option<Correction> {
    let word = context_word(error, ContextKind::InvalidSubcommand)?;
    question_order::reordered_question(line)
        .or_else(|| command_words::known_elsewhere(line, &word))
        .or_else(|| suggested_correction(line, error))
}

/// The correction of an option or an argument that the command does not take.
fn argument_correction(line: &CommandLine, error: &clap::Error) -> Option<Correction> {
    let word = context_word(error, ContextKind::InvalidArg)?;
    // clap names an option without its value, and of letters behind one dash the first.
    let is_meant = |typed: &String| *typed == word || typed.starts_with(&format!("{word}="));
    let is_short = |typed: &String| word.len() == 2 && typed.starts_with(&word) && word != "--";
    let at = line.0.iter().position(is_meant).or_else(|| line.0.iter().position(is_short))?;
    let word = line.0[at].split_once('=').map_or(line.0[at].clone(), |(option, _)| option.to_owned());
    if word.starts_with('-') && word.len() > 1 {
        let ago = word.parse::<DayWord>().is_ok();
        return if ago { None } else { option_spellings::known_elsewhere(line, at, &word) }
            .or_else(|| suggested_correction(line, error));
    }
    folder_correction(line, at)
        .or_else(|| question_order::reordered_question(line))
        .or_else(|| loose_word_correction(line, at))
}

/// The correction of a folder that stands where no folder belongs.
fn folder_correction(line: &CommandLine, at: usize) -> Option<Correction> {
    let word = &line.0[at];
    let path = Path::new(word);
    let is_settings = path.file_name().is_some_and(|name| name == SETTINGS);
    let folder = if is_settings { path.parent()?.to_string_lossy().into_owned() } else { word.clone() };
    let folder = if folder.is_empty() { ".".to_owned() } else { folder };
    let is_folder = is_settings || path.is_dir() || word.contains('/');
    is_folder.then(|| {
        let wrong = format!("`{word}` is one word too many: the policy's folder is named by `-C`");
        Correction::new(wrong, [line.drop_word(at).in_folder(&folder)])
    })
}

/// The correction of a word that is left over: a day, a person, a saved plan.
fn loose_word_correction(line: &CommandLine, at: usize) -> Option<Correction> {
    let word = &line.0[at];
    let rest = line.drop_word(at);
    let with = |option: &str| rest.add_words(&[option, word]);
    let asks = line.command().first().is_some_and(|command| ["who", "what", "why"].contains(&&**command));
    let before = line.0.get(at.wrapping_sub(1)).filter(|before| asks && !before.starts_with('-'));
    let person = before.filter(|before| before.contains('@') != word.contains('@'));
    let right = if let Some(person) = person {
        // A person and something else: `why` asks about both.
        let (user, product) = if person.contains('@') { (person, word) } else { (word, person) };
        vec![line.of_command(&["why", user, product])]
    } else if let Some(before) = before {
        let mut words = rest.0.clone();
        words[at - 1] = format!("{before} {word}");
        vec![CommandLine(words)]
    } else if word.parse::<DayWord>().is_ok() {
        vec![with("--as-of"), rest.add_words(&["--from", word, "--to", word])]
    } else if word.contains('@') {
        vec![with("--user"), line.of_command(&["what", word])]
    } else if Path::new(word).extension().is_some_and(|ending| ending == "json") {
        vec![line.of_command(&["apply", word]), with("--out")]
    } else {
        vec![with("--format"), with("--product"), with("--group")]
    };
    Some(Correction::new(format!("`{word}` is one word too many"), right))
}

/// The correction that clap suggests, as a whole command line.
fn suggested_correction(line: &CommandLine, error: &clap::Error) -> Option<Correction> {
    let pairs = [
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand, "command"),
        (ContextKind::InvalidArg, ContextKind::SuggestedArg, "option"),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue, "value"),
    ];
    pairs.into_iter().find_map(|(wrong, right, kind)| {
        let (wrong, right) = (context_word(error, wrong)?, context_word(error, right)?);
        let replaced = line.replaced(&wrong, &right)?;
        Some(Correction::new(format!("there is no {kind} `{wrong}`"), [replaced]))
    })
}

/// Returns the best word that clap's error has of this kind.
fn context_word(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let value = error.get(kind)?;
    if let ContextValue::String(word) = value {
        return Some(word.clone());
    }
    // The likeliest stands last.
    if let ContextValue::Strings(words) = value { words.last().cloned() } else { None }
}

impl CommandLine {
    /// Returns the words as text, as far as they are.
    pub(super) fn new(words: &[OsString]) -> Self {
        Self(words.iter().map(|word| word.to_string_lossy().into_owned()).collect())
    }

    /// Returns where the words of the command begin, after the global options before it.
    fn command_at(&self) -> usize {
        let mut at = 1;
        while let Some(word) = self.0.get(at).filter(|word| word.starts_with('-')) {
            at += if GLOBAL_VALUES.contains(&&**word) { 2 } else { 1 };
        }
        at.min(self.0.len())
    }

    /// Returns the words of the command.
    fn command(&self) -> &[String] {
        &self.0[self.command_at()..]
    }

    /// Returns the line with another command after the global options.
    fn of_command(&self, command: &[&str]) -> Self {
        let mut words = self.0[..self.command_at()].to_vec();
        words.extend(command.iter().map(|word| (*word).to_owned()));
        Self(words)
    }

    /// Returns the line without the last word that is `word`.
    fn drop_last(&self, word: &str) -> Self {
        self.0.iter().rposition(|typed| typed == word).map_or_else(|| self.clone(), |at| self.drop_word(at))
    }

    fn drop_word(&self, at: usize) -> Self {
        let mut words = self.0.clone();
        words.remove(at);
        Self(words)
    }

    fn add_words(&self, more: &[&str]) -> Self {
        let more = more.iter().map(|word| (*word).to_owned());
        Self(self.0.iter().cloned().chain(more).collect())
    }

    /// Returns the line with `wrong`, or the value or option that is `wrong`, replaced.
    fn replaced(&self, wrong: &str, right: &str) -> Option<Self> {
        let mut words = self.0.clone();
        let (at, word) = words.iter().enumerate().skip(1).find_map(|(at, word)| {
            let as_option = || word.strip_prefix(wrong).filter(|rest| rest.starts_with('='));
            let as_value =
                || word.strip_suffix(wrong).filter(|rest| rest.starts_with("--") && rest.ends_with('='));
            let whole = (word == wrong).then(|| right.to_owned());
            let new = whole
                .or_else(|| as_option().map(|rest| format!("{right}{rest}")))
                .or_else(|| as_value().map(|rest| format!("{rest}{right}")));
            new.map(|new| (at, new))
        })?;
        words[at] = word;
        Some(Self(words))
    }

    /// Returns the line with `folder` as the policy's, in place of one that it names already.
    fn in_folder(&self, folder: &str) -> Self {
        let mut words = vec![self.0[0].clone(), "-C".to_owned(), folder.to_owned()];
        let mut rest = self.0.iter().skip(1);
        while let Some(word) = rest.next() {
            let is_joined = word.starts_with("--dir=") || (word.starts_with("-C") && word.len() > 2);
            if ["-C", "--dir"].contains(&&**word) {
                rest.next();
            } else if !is_joined {
                words.push(word.clone());
            }
        }
        Self(words)
    }

    /// Returns whether a word is to be filled in.
    fn has_blanks(&self) -> bool {
        let is_blank = |word: &String| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        self.0.iter().any(is_blank)
    }

    /// Returns the line as it is typed in a shell. An address with a password or a query is to be filled in.
    fn shell_text(&self) -> String {
        let has_password = |word: &String| word.contains("://") && word.contains(['@', '?', '#']);
        let words = self.0.iter().skip(1);
        let words = words.map(|word| if has_password(word) { "URL".to_owned() } else { shell_word(word) });
        std::iter::once("seatwise".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    }
}
