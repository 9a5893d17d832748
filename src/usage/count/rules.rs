//! Decides in which intervals a row counts: by the settings, the named licences and the time asked for, one
//! row at a time.

use super::grid::{Interval, IntervalRun};
use crate::model::{Organization, ProductId, Timestamp};
use crate::usage::rows::use_row::{Pool, PoolPlace, TimeOfUse, TimeSpan, UsageSource, UseRow};
use crate::usage::settings::{BoundaryStart, FirstInterval, Pooling, ShortUse, UsageSettings};
use crate::usage::{NameRegister, UserId};

/// Which named licences users held, and when: use under a named licence is outside the pool.
#[derive(Debug, Clone, Default)]
pub struct LicenceAssignments {
    /// By the user's number; the licences of each user in order of their start.
    by_user: Vec<Vec<(ProductId, TimeSpan)>>,
}

impl LicenceAssignments {
    /// Collects the named licences that people hold in `organization`, each valid from its assignment on.
    pub fn from_organization(organization: &Organization, register: &mut NameRegister) -> Self {
        let mut assigned = Self::default();
        for (email, user) in &organization.users {
            for (product, licence) in user.licences.iter() {
                let since = licence.assigned.unwrap_or(Timestamp::MIN);
                let held = TimeSpan::new(since, Timestamp::MAX).expect("no time is after the last");
                assigned.add(register.user_id(email.as_str()), product.clone(), held);
            }
        }
        assigned
    }

    /// Adds a licence for `product` that `user` holds during `span`.
    pub fn add(&mut self, user: UserId, product: ProductId, span: TimeSpan) {
        let at = user.0 as usize;
        if self.by_user.len() <= at {
            self.by_user.resize_with(at + 1, Vec::new);
        }
        self.by_user[at].push((product, span));
        self.by_user[at].sort_by_key(|(_, span)| span.start());
    }

    fn licences_of(&self, user: Option<UserId>) -> &[(ProductId, TimeSpan)] {
        user.and_then(|user| self.by_user.get(user.0 as usize)).map_or(&[], Vec::as_slice)
    }
}

/// The rules that decide where and when a row counts.
#[derive(Debug, Clone, Copy)]
pub(in crate::usage) struct CountingRules<'a> {
    pub(in crate::usage) settings: &'a UsageSettings,
    assigned: &'a LicenceAssignments,
    /// The intervals that begin in the time asked for; `None` where none does.
    window: Option<IntervalRun>,
}

impl<'a> CountingRules<'a> {
    /// Builds rules that count only intervals that begin within `window`.
    pub(in crate::usage) fn new(
        settings: &'a UsageSettings,
        assigned: &'a LicenceAssignments,
        window: TimeSpan,
    ) -> Self {
        Self { settings, assigned, window: run_beginning_in(settings, window) }
    }

    /// Returns the pool in which `source` is counted.
    pub(in crate::usage) fn pool(&self, source: &UsageSource) -> Pool {
        let place = match self.settings.pool {
            Pooling::Country => source.country.map(PoolPlace::Country),
            Pooling::Site => source.site.clone().map(PoolPlace::Site),
        };
        Pool {
            product: source.product.clone(),
            feature: source.feature.clone(),
            place: place.unwrap_or(PoolPlace::Unknown),
        }
    }

    /// Returns the intervals in which the machine of `row` is counted, in order.
    pub(in crate::usage) fn counted_runs(
        &self,
        register: &NameRegister,
        row: &UseRow,
    ) -> impl Iterator<Item = IntervalRun> {
        let run = counted_run(self.settings, &row.used).and_then(|run| self.clip_to_window(run));
        self.runs_outside_licences(register, row, run)
    }

    /// Returns all intervals that `row` touches outside named licences, including the first, partial one of a
    /// session.
    pub(in crate::usage) fn touched_runs(
        &self,
        register: &NameRegister,
        row: &UseRow,
    ) -> impl Iterator<Item = IntervalRun> {
        self.runs_outside_licences(register, row, self.extent(row))
    }

    /// Returns all intervals that `row` touches, under a named licence or not.
    pub(in crate::usage) fn extent(&self, row: &UseRow) -> Option<IntervalRun> {
        touched_run(self.settings, &row.used).and_then(|run| self.clip_to_window(run))
    }

    fn clip_to_window(&self, run: IntervalRun) -> Option<IntervalRun> {
        run.intersection(self.window?)
    }

    /// Returns the parts of `run` whose intervals do not begin under a named licence of the user for the
    /// product.
    fn runs_outside_licences(
        &self,
        register: &NameRegister,
        row: &UseRow,
        run: Option<IntervalRun>,
    ) -> impl Iterator<Item = IntervalRun> {
        let product = &register.source_of(row.source).product;
        let mut held =
            self.assigned.licences_of(row.user).iter().filter(move |(licensed, _)| licensed == product);
        let (mut rest, settings) = (run, self.settings);
        std::iter::from_fn(move || {
            while let Some(run) = rest {
                let Some((_, span)) = held.next() else { return rest.take() };
                let Some(licensed) =
                    run_beginning_in(settings, *span).and_then(|licensed| licensed.intersection(run))
                else {
                    continue;
                };
                rest = IntervalRun::new(licensed.last.shift(1), run.last);
                if let Some(before) = IntervalRun::new(run.first, licensed.first.shift(-1)) {
                    return Some(before);
                }
            }
            None
        })
    }
}

/// Returns the intervals that begin in `span`.
fn run_beginning_in(settings: &UsageSettings, span: TimeSpan) -> Option<IntervalRun> {
    let width = settings.interval;
    IntervalRun::new(
        width.last_interval_before(span.start()).shift(1),
        width.last_interval_before(span.end()),
    )
}

fn touched_run(settings: &UsageSettings, used: &TimeOfUse) -> Option<IntervalRun> {
    let width = settings.interval;
    match used {
        TimeOfUse::Session(span) | TimeOfUse::Checkout(span) | TimeOfUse::Returned(span) => {
            let first = (span.start() < span.end()).then(|| width.interval_at(span.start()))?;
            IntervalRun::new(first, width.last_interval_before(span.end()))
        }
        TimeOfUse::Trimmed { first, last } => {
            let export = crate::usage::IntervalWidth::EXPORT;
            width.run_of_export(export.interval_at(*first), export.interval_at(*last))
        }
    }
}

/// Returns the intervals in which `used` counts by the settings alone; `None` where none does.
pub(in crate::usage) fn counted_run(settings: &UsageSettings, used: &TimeOfUse) -> Option<IntervalRun> {
    let run = touched_run(settings, used)?;
    match used {
        TimeOfUse::Session(span) | TimeOfUse::Checkout(span) | TimeOfUse::Returned(span) => {
            let first =
                (!is_free(settings, *span)).then(|| first_counted_interval(settings, *span, run.first))?;
            IntervalRun::new(first, run.last)
        }
        // The export has trimmed these rows already.
        TimeOfUse::Trimmed { .. } => Some(run),
    }
}

fn is_free(settings: &UsageSettings, span: TimeSpan) -> bool {
    match settings.short_use {
        ShortUse::Count => false,
        ShortUse::Free => {
            span.end().duration_since(span.start())
                < jiff::SignedDuration::from_mins(settings.interval.minutes())
        }
    }
}

fn first_counted_interval(settings: &UsageSettings, span: TimeSpan, first: Interval) -> Interval {
    match (settings.first_interval, settings.boundary_start) {
        (FirstInterval::Count, BoundaryStart::Drop | BoundaryStart::Count) => first,
        (FirstInterval::Drop, BoundaryStart::Count) if settings.interval.is_boundary(span.start()) => first,
        (FirstInterval::Drop, BoundaryStart::Drop | BoundaryStart::Count) => first.shift(1),
    }
}
