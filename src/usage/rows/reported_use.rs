//! Use as a meter reports it, with names.

use crate::model::{Text, Timestamp};
use crate::usage::count::rules::counted_run;
use crate::usage::{NameRegister, TimeOfUse, UsageSettings, UsageSource, UseRow};

/// One machine's use of one product, before its names are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedUse {
    /// The product, the place, and the kind of use.
    pub source: UsageSource,
    pub machine: Text,
    /// An address or an opaque id; `None` where the meter does not report a user.
    pub user: Option<Text>,
    pub used: TimeOfUse,
}

impl ReportedUse {
    /// Converts the use to a row with the numbers that `register` gives.
    pub fn row(&self, register: &mut NameRegister) -> UseRow {
        UseRow {
            source: register.source_id(&self.source),
            machine: register.machine_id(&self.machine),
            user: self.user.as_deref().map(|user| register.user_id(user)),
            used: self.used,
        }
    }
}

/// Returns what an export of Usage Details shows of `used`: the start of its first interval and the start of
/// its last one, after the first, partial interval is removed. `None` where nothing is left.
pub fn details_of_use(used: &TimeOfUse) -> Option<(Timestamp, Timestamp)> {
    let settings = UsageSettings::default();
    let run = counted_run(&settings, used)?;
    Some((settings.interval.start_of(run.first), settings.interval.start_of(run.last)))
}
