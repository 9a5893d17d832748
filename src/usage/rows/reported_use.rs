//! Use as a meter reports it, with its names.

use crate::model::{Text, Timestamp};
use crate::usage::count::rules::counted_run;
use crate::usage::{NameRegister, TimeOfUse, UsageSettings, UsageSource, UseRow};

/// One machine's use of one product, before its names are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedUse {
    /// What was used, where, and as what.
    pub source: UsageSource,
    /// On which machine.
    pub machine: Text,
    /// By whom: an address, or an opaque id; `None` where the meter does not say.
    pub user: Option<Text>,
    /// When.
    pub used: TimeOfUse,
}

impl ReportedUse {
    /// The same as a row of numbers that `register` gives.
    pub fn row(&self, register: &mut NameRegister) -> UseRow {
        UseRow {
            source: register.source_id(&self.source),
            machine: register.machine_id(&self.machine),
            user: self.user.as_deref().map(|user| register.user_id(user)),
            used: self.used,
        }
    }
}

/// What an export of Usage Details shows of use: when its first interval begins and when its last one does,
/// the first, partial one removed. `None` where nothing is left.
pub fn details_of_use(used: &TimeOfUse) -> Option<(Timestamp, Timestamp)> {
    let settings = UsageSettings::default();
    let run = counted_run(&settings, used)?;
    Some((settings.interval.start_of(run.first), settings.interval.start_of(run.last)))
}
