//! In which intervals a row counts: the settings, assigned named licences and the time asked for, one row at
//! a time.

use super::grid::{Interval, Run};
use super::row::{Place, Pool, Row, Source, Span, Use};
use super::settings::{BoundaryStart, FirstInterval, Pooling, Settings, ShortUse};
use super::{Register, UserId};
use crate::model::ProductId;

/// Who held a named licence for what, and when: use under one is outside the pool.
#[derive(Debug, Clone, Default)]
pub struct Assigned {
    /// By the user's number; each user's in order of their beginnings.
    by_user: Vec<Vec<(ProductId, Span)>>,
}

impl Assigned {
    /// Adds a licence for `product`, assigned to `user` for the time of `span`.
    pub fn add(&mut self, user: UserId, product: ProductId, span: Span) {
        let at = user.0 as usize;
        if self.by_user.len() <= at {
            self.by_user.resize_with(at + 1, Vec::new);
        }
        self.by_user[at].push((product, span));
        self.by_user[at].sort_by_key(|(_, span)| span.from());
    }

    fn of(&self, user: Option<UserId>) -> &[(ProductId, Span)] {
        user.and_then(|user| self.by_user.get(user.0 as usize)).map_or(&[], Vec::as_slice)
    }
}

/// What decides where a row counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) settings: &'a Settings,
    assigned: &'a Assigned,
    /// The intervals that begin in the time asked for; `None` where none does.
    window: Option<Run>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(settings: &'a Settings, assigned: &'a Assigned, window: Span) -> Self {
        Self { settings, assigned, window: beginning_in(settings, window) }
    }

    /// Where `source` is counted.
    pub(super) fn pool(&self, source: &Source) -> Pool {
        let place = match self.settings.pool {
            Pooling::Country => source.country.map(Place::Country),
            Pooling::Site => source.site.clone().map(Place::Site),
        };
        Pool {
            product: source.product.clone(),
            feature: source.feature.clone(),
            place: place.unwrap_or(Place::Unknown),
        }
    }

    /// The intervals in which the machine of `row` is counted, in order.
    pub(super) fn counted(&self, register: &Register, row: &Row) -> impl Iterator<Item = Run> {
        self.outside_licences(
            register,
            row,
            counted(self.settings, &row.used).and_then(|run| self.asked(run)),
        )
    }

    /// The intervals that `row` touches at all, the first of a session as well.
    pub(super) fn touched(&self, register: &Register, row: &Row) -> impl Iterator<Item = Run> {
        self.outside_licences(
            register,
            row,
            touched(self.settings, &row.used).and_then(|run| self.asked(run)),
        )
    }

    /// All the intervals that `row` touches, under a named licence or not.
    pub(super) fn extent(&self, row: &Row) -> Option<Run> {
        touched(self.settings, &row.used).and_then(|run| self.asked(run))
    }

    fn asked(&self, run: Run) -> Option<Run> {
        run.within(self.window?)
    }

    /// What of `run` does not begin under a named licence of the user for the product.
    fn outside_licences(
        &self,
        register: &Register,
        row: &Row,
        run: Option<Run>,
    ) -> impl Iterator<Item = Run> {
        let product = &register.source_of(row.source).product;
        let mut held = self.assigned.of(row.user).iter().filter(move |(licensed, _)| licensed == product);
        let (mut rest, settings) = (run, self.settings);
        std::iter::from_fn(move || {
            while let Some(run) = rest {
                let Some((_, span)) = held.next() else { return rest.take() };
                let Some(licensed) = beginning_in(settings, *span).and_then(|licensed| licensed.within(run))
                else {
                    continue;
                };
                rest = Run::new(licensed.last.plus(1), run.last);
                if let Some(before) = Run::new(run.first, licensed.first.plus(-1)) {
                    return Some(before);
                }
            }
            None
        })
    }
}

/// The intervals that begin in `span`.
fn beginning_in(settings: &Settings, span: Span) -> Option<Run> {
    let width = settings.interval;
    Run::new(width.before(span.from()).plus(1), width.before(span.to()))
}

fn touched(settings: &Settings, used: &Use) -> Option<Run> {
    let width = settings.interval;
    match used {
        Use::Session(span) | Use::Checkout(span) | Use::Returned(span) if span.from() == span.to() => None,
        Use::Session(span) | Use::Checkout(span) | Use::Returned(span) => {
            Run::new(width.at(span.from()), width.before(span.to()))
        }
        Use::Trimmed { first, last } => {
            let export = super::Width::EXPORT;
            width.of_export(export.at(*first), export.at(*last))
        }
    }
}

pub(super) fn counted(settings: &Settings, used: &Use) -> Option<Run> {
    let run = touched(settings, used)?;
    match used {
        Use::Session(span) | Use::Checkout(span) | Use::Returned(span) if is_free(settings, *span) => None,
        Use::Session(span) | Use::Checkout(span) | Use::Returned(span) => {
            Run::new(first_counted(settings, *span, run.first), run.last)
        }
        // What the export has trimmed stays as it is.
        Use::Trimmed { .. } => Some(run),
    }
}

fn is_free(settings: &Settings, span: Span) -> bool {
    match settings.short_use {
        ShortUse::Count => false,
        ShortUse::Free => {
            span.to().duration_since(span.from())
                < jiff::SignedDuration::from_mins(settings.interval.minutes())
        }
    }
}

fn first_counted(settings: &Settings, span: Span, first: Interval) -> Interval {
    match (settings.first_interval, settings.boundary_start) {
        (FirstInterval::Count, BoundaryStart::Drop | BoundaryStart::Count) => first,
        (FirstInterval::Drop, BoundaryStart::Count) if settings.interval.begins_at(span.from()) => first,
        (FirstInterval::Drop, BoundaryStart::Drop | BoundaryStart::Count) => first.plus(1),
    }
}
