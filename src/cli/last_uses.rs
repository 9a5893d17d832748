//! Reads when each product was last used, for commands that are not about usage alone.

use std::path::PathBuf;

use clap::Args;

use super::question::OrganizationSides;
use super::usage_inputs::report_damages;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::exports::{ProductCatalogue, UsageExports};
use crate::model::Timestamp;
use crate::usage::{LastUseCollector, LastUses, LicenceAssignments, NameRegister, TimeSpan};

/// What usage is read.
#[derive(Debug, Args)]
pub(super) struct UsageFileArgs {
    /// A usage export as CSV, for what was used and when last; may be given several times. By default what
    /// `usage collect` has kept
    #[arg(long = "usage", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The last uses that were read.
pub(super) struct LastUsesOutcome {
    pub(super) uses: LastUses,
    /// `Damaged` where lines of the exports are damaged, `Done` otherwise.
    pub(super) exit: Exit,
}

impl UsageFileArgs {
    /// Reads the named files, or else the collected usage, and warns about damaged lines. Returns `None`
    /// where there is neither, which is not the same as no use.
    pub(super) fn read(
        &self,
        sides: &OrganizationSides,
        context: &Context,
    ) -> Result<Option<LastUsesOutcome>, CliError> {
        let settings = &sides.policy.settings;
        let store = Workspace::find(context)?.usage_store(settings)?;
        if self.files.is_empty() && store.is_empty()? {
            return Ok(None);
        }
        let mut register = NameRegister::default();
        let assigned = LicenceAssignments::from_organization(&sides.scoped.live.0, &mut register);
        let until_now = TimeSpan::new(Timestamp::MIN, context.now).expect("no time is before the first");
        let catalogue = ProductCatalogue::new(&sides.scoped.facts.products);
        let take = || LastUseCollector::new(&settings.usage, &assigned, until_now);
        let reading = if self.files.is_empty() {
            store.read(&mut register, &catalogue, take)?
        } else {
            let exports = UsageExports {
                files: &self.files,
                columns: &settings.usage.columns,
                catalogue: &catalogue,
                strict: false,
            };
            exports.read(&mut register, take)?
        };
        let exit = report_damages(&self.files, &reading.damages, context);
        Ok(Some(LastUsesOutcome { uses: reading.taken.finish(&register), exit }))
    }
}
