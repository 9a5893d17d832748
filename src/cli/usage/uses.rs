//! When everything was last used, for commands that look at more than usage.

use std::path::PathBuf;

use clap::Args;

use super::inputs::{assigned, told};
use crate::cli::asking::Sides;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::exports::{Catalogue, Exports};
use crate::model::Timestamp;
use crate::usage::{LastUse, LastUses, Register, Span};

/// What usage is read.
#[derive(Debug, Args)]
pub(in crate::cli) struct UsageFiles {
    /// A usage export as CSV, for what was used and when last; may be given several times
    #[arg(long = "usage", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What was used.
pub(in crate::cli) struct Used {
    pub(in crate::cli) uses: LastUses,
    /// Whether lines of the exports are damaged.
    pub(in crate::cli) exit: Exit,
}

impl UsageFiles {
    /// Reads the files, and tells of lines that are damaged; nothing where no file is given, which is not the same as no use.
    pub(in crate::cli) fn read(&self, sides: &Sides, context: &Context) -> Result<Option<Used>, CliError> {
        if self.files.is_empty() {
            return Ok(None);
        }
        let mut register = Register::default();
        let assigned = assigned(&sides.scoped.live.0, &mut register);
        let settings = &sides.policy.settings.usage;
        let until_now = Span::new(Timestamp::MIN, context.now).expect("no time is before the first");
        let exports =
            Exports { files: &self.files, columns: &settings.columns, catalogue: &Catalogue::new(&sides.scoped.facts.products), strict: false };
        let reading = exports.read(&mut register, || LastUse::new(settings, &assigned, until_now))?;
        let exit = told(&self.files, &reading.damages, context);
        Ok(Some(Used { uses: reading.taken.finish(&register), exit }))
    }
}
