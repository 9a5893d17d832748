//! Use as a meter reports it, with its names.

use super::rules::counted;
use super::{Register, Row, Settings, Source, Use};
use crate::model::{Text, Timestamp};

/// One machine's use of one product, before its names are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// What was used, where, and as what.
    pub source: Source,
    /// On which machine.
    pub machine: Text,
    /// By whom: an address, or an opaque id; `None` where the meter does not say.
    pub user: Option<Text>,
    /// When.
    pub used: Use,
}

impl Reported {
    /// The same as a row of numbers that `register` gives.
    pub fn row(&self, register: &mut Register) -> Row {
        Row {
            source: register.source(&self.source),
            machine: register.machine(&self.machine),
            user: self.user.as_deref().map(|user| register.user(user)),
            used: self.used,
        }
    }
}

/// What an export of Usage Details shows of use: when its first interval begins and when its last one does,
/// the first, partial one removed. `None` where nothing is left.
pub fn detailed(used: &Use) -> Option<(Timestamp, Timestamp)> {
    let settings = Settings::default();
    let run = counted(&settings, used)?;
    Some((settings.interval.start(run.first), settings.interval.start(run.last)))
}
