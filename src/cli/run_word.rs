//! Names a run on the command line: `last`, the beginning of its id, or the id.

use std::str::FromStr;

use super::error::CliError;
use super::question::unknown_name_error;
use crate::apply::{JournalFolder, RunId};

/// What names a run.
#[derive(Debug, Clone)]
pub(super) enum RunWord {
    Last,
    /// The id or its beginning.
    Beginning(String),
}

impl FromStr for RunWord {
    type Err = std::convert::Infallible;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(if word == "last" { Self::Last } else { Self::Beginning(word.to_owned()) })
    }
}

impl RunWord {
    /// Finds the run that is named; an error where there is none, or more than one.
    pub(super) fn find_run(&self, journals: &JournalFolder) -> Result<RunId, CliError> {
        let runs = journals.runs()?;
        match self {
            Self::Last => journals.last_run()?.map_or_else(|| self.find_among(runs), Ok),
            Self::Beginning(_) => self.find_among(runs),
        }
    }

    /// Finds the run that is named among `runs`, oldest first.
    pub(super) fn find_among(&self, mut runs: Vec<RunId>) -> Result<RunId, CliError> {
        let word = match self {
            Self::Last => return runs.pop().ok_or(CliError::NeverApplied),
            Self::Beginning(word) => word,
        };
        let named: Vec<&RunId> = runs.iter().filter(|run| run.as_str().starts_with(word.as_str())).collect();
        match (named[..].iter().find(|run| run.as_str() == word), &named[..]) {
            (Some(run), _) | (None, [run]) => Ok((*run).clone()),
            (None, []) => {
                let last = (!runs.is_empty()).then_some("last");
                Err(unknown_name_error("run", word, runs.iter().map(RunId::as_str).chain(last)))
            }
            (None, several) => {
                let several: Vec<&str> = several.iter().rev().take(5).map(|run| run.as_str()).collect();
                Err(CliError::Usage(format!(
                    "`{word}` is the beginning of several runs: {}",
                    several.join(", ")
                )))
            }
        }
    }
}
