//! The use of a pool by the days of a period and the hours of its week, for charts.

use crate::model::{Date, OwnedLicences};
use crate::usage::{Tally, ValueHistory};

/// The number of hours in a day.
pub const HOURS: usize = 24;

/// The use of one pool in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolLoad {
    /// Every day of the period, in order.
    pub days: Vec<DayLoad>,
    /// The most machines at once in each hour (UTC) of each weekday, Monday first.
    pub week: [[u32; HOURS]; 7],
}

/// The use of one pool on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLoad {
    /// In UTC.
    pub day: Date,
    /// The most machines at once; 0 where none was counted.
    pub machines: u32,
    /// Licences owned; `None` where nothing says so.
    pub owned: Option<u32>,
}

impl PoolLoad {
    /// Builds the load from what `tally` counted, beside what is owned.
    pub(in crate::usage) fn new(tally: &Tally, owned: Option<&ValueHistory<OwnedLicences>>) -> Self {
        let (period, mut peaks) = (tally.period(), tally.daily_peaks().into_iter().peekable());
        let days =
            period.first_day().series(jiff::Span::new().days(1)).take_while(|day| period.contains(*day));
        let days = days.map(|day| {
            let peak = peaks.next_if(|(of, _)| *of == day);
            DayLoad {
                day,
                machines: peak.map_or(0, |(_, peak)| peak.machines),
                owned: owned.map(|owned| owned.covered_licences_on(day)),
            }
        });
        let days = days.collect();
        let mut week = [[0; HOURS]; 7];
        for (weekday, hour, machines) in tally.hourly_machines() {
            let most: &mut u32 = &mut week[weekday][hour];
            *most = machines.max(*most);
        }
        Self { days, week }
    }

    /// Returns the most machines or licences on any day.
    pub fn highest_count(&self) -> u32 {
        self.days.iter().map(|day| day.machines.max(day.owned.unwrap_or(0))).max().unwrap_or(0)
    }
}
