//! One thing granted by several places: it holds on each day on which one of them does.

use super::{Grant, GrantStanding, GrantTerms, PolicyPlace};
use crate::model::{Date, Text};

/// Days from the first to the last, both of which belong to it. Without a beginning it starts at
/// [`Date::MIN`], without an end it lasts until [`Date::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    pub first: Date,
    pub last: Date,
}

impl DaySpan {
    /// All days.
    pub const ALWAYS: Self = Self { first: Date::MIN, last: Date::MAX };

    /// Whether `day` is one of the days.
    pub fn has(self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    /// Returns the days that both spans have; `None` where there are none.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }

    /// Whether no day lies between the two spans.
    fn touches(self, other: Self) -> bool {
        let follows = |one: Self, next: Self| next.first <= one.last.tomorrow().unwrap_or(Date::MAX);
        follows(self, other) && follows(other, self)
    }
}

/// One place that grants something, with its dates and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSource {
    pub place: PolicyPlace,
    pub days: DaySpan,
    pub reason: Option<Text>,
}

impl Grant {
    /// Whether the grant has a first or a last day.
    pub fn is_dated(&self) -> bool {
        self.terms
            .as_ref()
            .is_some_and(|terms| terms.from.is_some() || terms.until.is_some() || !terms.sources.is_empty())
    }

    /// Whether the grant holds on `day`.
    pub fn holds_on(&self, day: Date) -> bool {
        match self.terms.as_deref() {
            None => true,
            Some(terms) if terms.sources.is_empty() => terms.days().has(day),
            Some(terms) => terms.sources.iter().any(|source| source.days.has(day)),
        }
    }

    /// Whether one of the places that grant it is `place`, and that place's last day is the one of `until`.
    pub fn has_source(&self, place: PolicyPlace, until: Option<Date>) -> bool {
        let last = until.unwrap_or(Date::MAX);
        match self.terms.as_deref() {
            None => self.place == place && last == Date::MAX,
            Some(terms) if terms.sources.is_empty() => self.place == place && terms.days().last == last,
            Some(terms) => {
                terms.sources.iter().any(|source| source.place == place && source.days.last == last)
            }
        }
    }

    /// Returns every place that grants it.
    pub fn sources(&self) -> Vec<GrantSource> {
        match self.terms.as_deref() {
            None => vec![GrantSource { place: self.place, days: DaySpan::ALWAYS, reason: None }],
            Some(terms) if terms.sources.is_empty() => {
                vec![GrantSource { place: self.place, days: terms.days(), reason: terms.reason.clone() }]
            }
            Some(terms) => terms.sources.clone(),
        }
    }

    /// Makes a grant of its sources, in their order, and judges it on the day `as_of`; `None` without any.
    pub(crate) fn from_sources(sources: Vec<GrantSource>, as_of: Date) -> Option<Self> {
        let place = sources.first()?.place;
        let mut kept = Vec::with_capacity(sources.len());
        sources.into_iter().for_each(|source| add_source(&mut kept, source));
        let terms = Some(Box::new(GrantTerms { sources: kept, ..GrantTerms::default() }));
        let mut grant = Self { place, standing: GrantStanding::Holds, terms };
        grant.judge(as_of);
        Some(grant)
    }

    /// Adds the sources of `later`, which comes after this grant in the order of the policy. The grant has to
    /// be judged again afterwards.
    pub(crate) fn join(&mut self, later: &Self) {
        // What always holds needs no other source.
        if !self.is_dated() {
            return;
        }
        let mut sources = self.sources();
        later.sources().into_iter().for_each(|source| add_source(&mut sources, source));
        self.terms = Some(Box::new(GrantTerms { sources, ..GrantTerms::default() }));
    }

    /// Judges the grant on the day `as_of`. Where several places grant it, the dates become those of the
    /// unbroken stay, and place and reason those of the place that ends it.
    pub(crate) fn judge(&mut self, as_of: Date) {
        let Some(terms) = self.terms.as_deref_mut() else { return self.standing = GrantStanding::Holds };
        if terms.sources.is_empty() {
            return self.standing = terms.standing(as_of);
        }
        let GrantStay { days, line, standing } = stay_on(&terms.sources, as_of);
        let GrantSource { place, reason, days: _ } = terms.sources[line].clone();
        (self.place, self.standing) = (place, standing);
        terms.reason = reason;
        (terms.from, terms.until) = days.dates();
        if terms.sources.len() == 1 {
            terms.sources = Vec::new();
        }
    }
}

impl GrantTerms {
    fn days(&self) -> DaySpan {
        DaySpan { first: self.from.unwrap_or(Date::MIN), last: self.until.unwrap_or(Date::MAX) }
    }
}

impl DaySpan {
    /// Returns the first and the last day; `None` where it has no beginning or no end.
    fn dates(self) -> (Option<Date>, Option<Date>) {
        let Self { first, last } = self;
        ((first > Date::MIN).then_some(first), (last < Date::MAX).then_some(last))
    }
}

/// Adds a source, unless an earlier one holds on all of its days. Those of whose days it has all, and that
/// end before it, are dropped: they never matter.
fn add_source(sources: &mut Vec<GrantSource>, new: GrantSource) {
    let covers = |outer: DaySpan, inner: DaySpan| outer.first <= inner.first && outer.last >= inner.last;
    if sources.iter().any(|source| covers(source.days, new.days)) {
        return;
    }
    sources.retain(|source| !covers(new.days, source.days) || source.days.last == new.days.last);
    sources.push(new);
}

/// The unbroken days around a day, and the source whose line is shown for them.
struct GrantStay {
    days: DaySpan,
    /// Index of the source.
    line: usize,
    standing: GrantStanding,
}

/// Returns the stay on the day `as_of`; where there is none, the last one before it, else the first after.
fn stay_on(sources: &[GrantSource], as_of: Date) -> GrantStay {
    let at = |wanted: &dyn Fn(DaySpan) -> bool| sources.iter().position(|source| wanted(source.days));
    if sources.iter().any(|source| source.days.has(as_of)) {
        let days = unbroken_days(sources, as_of);
        let ends = |span: DaySpan| span.last == days.last;
        let line = at(&|span| ends(span) && span.has(as_of)).or_else(|| at(&ends)).unwrap_or_default();
        return GrantStay { days, line, standing: GrantStanding::Holds };
    }
    let before = sources.iter().map(|source| source.days.last).filter(|last| *last < as_of).max();
    if let Some(last) = before {
        let line = at(&|span| span.last == last).unwrap_or_default();
        return GrantStay { days: unbroken_days(sources, last), line, standing: GrantStanding::Ended };
    }
    let first = sources.iter().map(|source| source.days.first).min().unwrap_or(as_of);
    let line = at(&|span| span.first == first).unwrap_or_default();
    GrantStay { days: unbroken_days(sources, first), line, standing: GrantStanding::NotYet }
}

/// Returns the days around `day` without a gap.
fn unbroken_days(sources: &[GrantSource], day: Date) -> DaySpan {
    let mut days = DaySpan { first: day, last: day };
    loop {
        let touching = sources.iter().map(|source| source.days).filter(|span| span.touches(days));
        let wider = touching.fold(days, |days, span| DaySpan {
            first: days.first.min(span.first),
            last: days.last.max(span.last),
        });
        if wider == days {
            return days;
        }
        days = wider;
    }
}
