//! Decodes single values: texts, names, words, dates, numbers.

use super::super::problem::{Problem, ProblemCode};
use super::super::suggest::nearest_name;
use super::super::yaml::{ScalarQuoting, YamlNodeRef, YamlShape};
use super::super::{is_declarable_line, is_declarable_text};
use super::{PolicyDecoder, quoted_list};
use crate::model::{COUNTRIES, CountryCode, Date, Email, LiveId, Money, NameError, Text};

/// The word that takes a value away.
const NONE: &str = "none";

impl<'a> PolicyDecoder<'a> {
    /// Returns a single value as written, and whether it is quoted; reports anything else.
    pub(super) fn scalar(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
        wanted: &str,
    ) -> Option<(&'a str, ScalarQuoting)> {
        match view.shape() {
            YamlShape::Scalar(word, quoting) => Some((word, quoting)),
            YamlShape::Null | YamlShape::Sequence(_) | YamlShape::Mapping(_) | YamlShape::Broken => {
                self.report_wrong_type(view, what, wanted);
                None
            }
        }
    }

    /// Decodes a text without control characters; line breaks and tabs are allowed.
    pub(super) fn text(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Text> {
        let (word, _) = self.scalar(view, what, "a text")?;
        if !is_declarable_text(word) {
            self.report_problem(
                ProblemCode::BadName,
                view,
                format!("{what} has a control character"),
                "remove it",
            );
            return None;
        }
        let names = self.names;
        Some(Text::clone(self.texts.entry(word).or_insert_with(|| names.text(word))))
    }

    /// Decodes a text of one line that is not blank, of at most 400 bytes.
    pub(super) fn one_line_text(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Text> {
        let text = self.text(view, what)?;
        if !is_declarable_line(&text) {
            self.report_problem(
                ProblemCode::BadName,
                view,
                format!("{what} must be one line of 1 to 400 bytes"),
                "write it out, or leave the key out",
            );
            return None;
        }
        Some(text)
    }

    /// Reports that `word` is not a valid name of its kind.
    pub(super) fn report_bad_name(&mut self, view: YamlNodeRef<'a>, word: &str, error: NameError) {
        let code = match error {
            NameError::Email => ProblemCode::BadEmail,
            NameError::Country => ProblemCode::BadCountry,
            NameError::Name => ProblemCode::BadName,
        };
        let shown: String = word.chars().take(60).collect();
        let place = self.place(view);
        self.report(Problem::new(code, place, format!("`{}` is {error}", shown.escape_debug())));
    }

    /// Decodes an e-mail address.
    pub(super) fn email(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Email> {
        let (word, _) = self.scalar(view, what, "an e-mail address")?;
        Email::parse(word, self.names).map_err(|error| self.report_bad_name(view, word, error)).ok()
    }

    /// Decodes `id`, the identity that the organization gave an object.
    pub(super) fn identity(&mut self, view: YamlNodeRef<'a>) -> Option<LiveId> {
        let (word, _) = self.scalar(view, "`id`", "a text")?;
        LiveId::parse(word, self.names).map_err(|error| self.report_bad_name(view, word, error)).ok()
    }

    /// Decodes a country code. For the name of a country, the problem suggests its code.
    pub(super) fn country(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<CountryCode> {
        let (word, _) = self.scalar(view, what, "a country code")?;
        CountryCode::new(word).map_err(|error| self.report_bad_country(view, word, error)).ok()
    }

    /// Decodes a country code, or `none`, which takes the country away.
    pub(super) fn optional_country(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
    ) -> Option<Option<CountryCode>> {
        match view.shape() {
            YamlShape::Scalar(NONE, _) => Some(None),
            YamlShape::Scalar(..)
            | YamlShape::Null
            | YamlShape::Sequence(_)
            | YamlShape::Mapping(_)
            | YamlShape::Broken => self.country(view, what).map(Some),
        }
    }

    /// Decodes a text, or `none` without quotes, which is the empty text.
    pub(super) fn optional_text(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Text> {
        match view.shape() {
            YamlShape::Scalar(NONE, ScalarQuoting::Plain) => Some(Text::default()),
            YamlShape::Scalar(..)
            | YamlShape::Null
            | YamlShape::Sequence(_)
            | YamlShape::Mapping(_)
            | YamlShape::Broken => self.text(view, what),
        }
    }

    fn report_bad_country(&mut self, view: YamlNodeRef<'a>, word: &str, error: NameError) {
        let upper = word.to_uppercase();
        let by_name = || {
            let name = nearest_name(word, COUNTRIES.iter().map(|(_, name)| *name))?;
            COUNTRIES.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
        };
        let code = COUNTRIES
            .iter()
            .find(|(code, _)| *code == upper || (upper == "UK" && *code == "GB"))
            .map(|(code, _)| *code)
            .or_else(by_name);
        let problem = Problem::new(ProblemCode::BadCountry, self.place(view), format!("`{word}` is {error}"));
        let problem = match code {
            Some(_) => problem.did_you_mean(code),
            None => problem.help("two upper-case letters, such as `PT`"),
        };
        self.report(problem);
    }

    /// Decodes a day, such as `2027-03-31`.
    pub(super) fn date(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Date> {
        let (word, _) = self.scalar(view, what, "a date")?;
        let shaped = word.len() == 10
            && word
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        let date = shaped.then(|| word.parse().ok()).flatten();
        if date.is_none() {
            self.report_problem(
                ProblemCode::BadDate,
                view,
                format!("`{word}` is not a date"),
                "a day is written as `2027-03-31`",
            );
        }
        date
    }

    /// Decodes a whole number of at least `least`.
    pub(super) fn number(&mut self, view: YamlNodeRef<'a>, what: &str, least: u32) -> Option<u32> {
        let (word, quoting) = self.scalar(view, what, "a number")?;
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if quoting == ScalarQuoting::Quoted || !digits {
            let place = self.place(view);
            self.report(Problem::new(
                ProblemCode::WrongType,
                place,
                format!("{what} must be a whole number"),
            ));
            return None;
        }
        let number = word.parse().ok().filter(|number| *number >= least);
        if number.is_none() {
            let help = format!("a whole number from {least} to {}", u32::MAX);
            self.report_problem(ProblemCode::BadNumber, view, format!("{what} is out of range"), &help);
        }
        number
    }

    /// Decodes `true` or `false`, without quotes.
    pub(super) fn flag(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<bool> {
        let (word, quoting) = self.scalar(view, what, "`true` or `false`")?;
        match (word, quoting) {
            ("true", ScalarQuoting::Plain) => Some(true),
            ("false", ScalarQuoting::Plain) => Some(false),
            _ => {
                let place = self.place(view);
                self.report(Problem::new(
                    ProblemCode::WrongType,
                    place,
                    format!("{what} must be `true` or `false`"),
                ));
                None
            }
        }
    }

    /// Decodes an amount with its currency.
    pub(super) fn money(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Money> {
        let (word, _) = self.scalar(view, what, "an amount")?;
        word.parse()
            .map_err(|error| {
                self.report(Problem::new(
                    ProblemCode::BadMoney,
                    self.place(view),
                    format!("`{word}` is {error}"),
                ))
            })
            .ok()
    }

    /// Decodes a share, such as `0.5%`, into hundredths of a percent.
    pub(super) fn share(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<u32> {
        let (word, _) = self.scalar(view, what, "a share")?;
        let share = parse_share(word);
        if share.is_none() {
            self.report_problem(
                ProblemCode::BadShare,
                view,
                format!("`{word}` is not a share"),
                "a share is written as `2%` or `0.5%`, at most `100%`",
            );
        }
        share
    }

    /// Decodes one of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.word_or(ProblemCode::UnknownWord, view, what, words)
    }

    /// Decodes one of a few words; any other is reported under `code`.
    pub(super) fn word_or<T: Copy>(
        &mut self,
        code: ProblemCode,
        view: YamlNodeRef<'a>,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let (word, _) = self.scalar(view, what, "a word")?;
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value);
        if found.is_none() {
            let problem = Problem::new(code, self.place(view), format!("{what} cannot be `{word}`"));
            self.report_none_of(problem, word, &known, format!("one of {}", quoted_list(&known)));
        }
        found
    }
}

fn parse_share(word: &str) -> Option<u32> {
    let number = word.strip_suffix('%')?;
    let (whole, hundredths) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 3) || !digits(hundredths, 2) {
        return None;
    }
    let scale = if hundredths.len() == 1 { 10 } else { 1 };
    let share = whole.parse::<u32>().ok()? * 100 + hundredths.parse::<u32>().ok()? * scale;
    (share <= 10_000).then_some(share)
}
