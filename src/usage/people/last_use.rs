//! Finds when each person and each machine last used each product, and under which licence: to tell whether a
//! licence is needed.

use std::collections::BTreeMap;

use crate::model::{Date, ProductId, Text};
use crate::usage::count::rules::{CountingRules, LicenceAssignments};
use crate::usage::rows::use_row::{StartMethod, TimeSpan, UseRow};
use crate::usage::{NameRegister, SourceId, UsageSettings, UserName};

/// The last UTC days on which a product was in use. Use of any usage type counts, from the first minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastUseDays {
    /// Under a named licence for the product.
    pub licensed: Option<Date>,
    /// In the pool: without a named licence.
    pub pooled: Option<Date>,
    /// Through an old activation key, which restrictions do not bind; `None` also where the exports do not
    /// say.
    pub by_key: Option<Date>,
}

impl LastUseDays {
    /// Returns the last day of any use.
    pub fn last_day(&self) -> Option<Date> {
        self.licensed.max(self.pooled)
    }

    fn add_day(&mut self, used: &DayOfUse, through: StartMethod) {
        let last = match used.under {
            LicenceBasis::Licence => &mut self.licensed,
            LicenceBasis::Pool => &mut self.pooled,
        };
        *last = (*last).max(Some(used.day));
        match through {
            StartMethod::ActivationKey => self.by_key = self.by_key.max(Some(used.day)),
            StartMethod::SignIn | StartMethod::Unknown => {}
        }
    }
}

/// When products were last in use, as far back as the rows go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastUses {
    /// By each person that the rows name.
    pub users: BTreeMap<UserName, BTreeMap<ProductId, LastUseDays>>,
    /// On each machine.
    pub machines: BTreeMap<Text, BTreeMap<ProductId, LastUseDays>>,
    /// The first day of any use; nothing is known of the time before.
    pub since: Option<Date>,
}

impl LastUses {
    /// Returns the last day of any use by `user`; `None` where the rows have none.
    pub fn last_day_of(&self, user: &UserName) -> Option<Date> {
        self.users.get(user)?.values().filter_map(LastUseDays::last_day).max()
    }

    /// Returns when `user` last used `product`; `None` where the rows have no use of it.
    pub fn last_days(&self, user: &UserName, product: &ProductId) -> Option<LastUseDays> {
        self.users.get(user)?.get(product).copied()
    }
}

/// Takes rows, and remembers the last day for each user, machine and product. Memory grows with the distinct
/// combinations, not with the rows.
#[derive(Debug)]
pub struct LastUseCollector<'a> {
    rules: CountingRules<'a>,
    used: Vec<DayOfUse>,
    since: Option<Date>,
}

/// Whether use was under a named licence, or in the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LicenceBasis {
    Licence,
    Pool,
}

/// One day of use; ordered so that entries that differ only in the day are adjacent, the last day last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct DayOfUse {
    source: SourceId,
    user: Option<crate::usage::UserId>,
    machine: crate::usage::MachineId,
    under: LicenceBasis,
    day: Date,
}

/// Fewer entries than this are not worth sorting to make room.
const LEAST_ROOM: usize = 1024;

impl<'a> LastUseCollector<'a> {
    /// Considers only intervals that begin within `window`.
    pub fn new(settings: &'a UsageSettings, assigned: &'a LicenceAssignments, window: TimeSpan) -> Self {
        Self { rules: CountingRules::new(settings, assigned, window), used: Vec::new(), since: None }
    }

    /// Adds one row; `register` gave its numbers.
    pub fn add(&mut self, register: &NameRegister, row: &UseRow) {
        let Some(whole) = self.rules.extent(row) else { return };
        let day = self.rules.settings.interval.day(whole.first);
        self.since = Some(self.since.map_or(day, |since| since.min(day)));
        // The runs outside named licences come in order; the gaps between them lie under a named licence.
        let (mut pooled, mut licensed, mut next) = (None, None, whole.first);
        for run in self.rules.touched_runs(register, row) {
            if next < run.first {
                licensed = Some(run.first.shift(-1));
            }
            (pooled, next) = (Some(run.last), run.last.shift(1));
        }
        if next <= whole.last {
            licensed = Some(whole.last);
        }
        for (under, last) in [(LicenceBasis::Licence, licensed), (LicenceBasis::Pool, pooled)] {
            let Some(last) = last else { continue };
            let day = self.rules.settings.interval.day(last);
            self.push(DayOfUse { source: row.source, user: row.user, machine: row.machine, under, day });
        }
    }

    /// Adds what `other` has seen with the same register.
    pub fn merge(&mut self, other: Self) {
        self.used.extend(other.used);
        self.since = self.since.into_iter().chain(other.since).min();
        self.keep_last();
    }

    /// Returns the last days of use.
    pub fn finish(mut self, register: &NameRegister) -> LastUses {
        self.keep_last();
        let mut uses = LastUses { since: self.since, ..LastUses::default() };
        for used in &self.used {
            let source = register.source_of(used.source);
            let take = |products: &mut BTreeMap<ProductId, LastUseDays>| {
                products.entry(source.product.clone()).or_default().add_day(used, source.through);
            };
            take(uses.machines.entry(register.machine_name(used.machine).clone()).or_default());
            if let Some(user) = used.user {
                take(uses.users.entry(register.user_name(user).clone()).or_default());
            }
        }
        uses
    }

    fn push(&mut self, used: DayOfUse) {
        if self.used.len() == self.used.capacity() && self.used.len() >= LEAST_ROOM {
            self.keep_last();
            // Doubling the room where few entries were equal keeps the cost of sorting in proportion.
            if self.used.len() > self.used.capacity() / 2 {
                self.used.reserve(self.used.len());
            }
        }
        self.used.push(used);
    }

    fn keep_last(&mut self) {
        self.used.sort_unstable();
        self.used.dedup_by(|later, kept| {
            let is_same = DayOfUse { day: kept.day, ..*later } == *kept;
            if is_same {
                kept.day = later.day;
            }
            is_same
        });
    }
}
