//! From the lines of a piece to rows of usage.

use memchr::memchr;

use super::catalogue::{Catalogue, country};
use super::flaw::Flaw;
use super::layout::{Kind, Layout};
use super::names::{Names, Seen, utf8};
use super::pieces::Head;
use super::record::Record;
use super::times::{Clock, Time};
use crate::usage::{
    Column, MachineId, Row, Source, SourceId, Span, Through, UsageType, Use, UserId, midnight, written,
};

/// A record ends after so many lines, closed or not: names that go over more are none, and a quote that is
/// never closed must not make every line behind it be read again and again.
const MOST_LINES: usize = 32;

/// Longer than a checkout may be, and than anything is in use.
pub(super) const LONGEST_USE: jiff::SignedDuration = jiff::SignedDuration::from_hours(366 * 24);

/// Makes rows, with what one thread remembers.
#[derive(Debug)]
pub(super) struct Maker<'a> {
    names: Names<'a>,
    catalogue: &'a Catalogue,
    clock: Clock,
    record: Record,
    machines: Seen<MachineId>,
    users: Seen<UserId>,
    sources: Seen<SourceId>,
    /// What tells one source from another, as the columns say it.
    key: Vec<u8>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(names: Names<'a>, catalogue: &'a Catalogue) -> Self {
        Self {
            names,
            catalogue,
            clock: Clock::default(),
            record: Record::default(),
            machines: Seen::default(),
            users: Seen::default(),
            sources: Seen::default(),
            key: Vec::new(),
        }
    }

    /// Makes rows of all `lines`, and tells `damaged` of each line that is none. A damaged record costs its
    /// first line alone.
    pub(super) fn rows(
        &mut self,
        head: &Head,
        mut lines: &[u8],
        rows: &mut Vec<Row>,
        mut damaged: impl FnMut(u64, Flaw),
    ) {
        let has_quotes = memchr(b'"', lines).is_some();
        let mut line = head.line;
        while !lines.is_empty() {
            let end = memchr(b'\n', lines).unwrap_or(lines.len());
            let (record, more) = if has_quotes { record(lines, end) } else { (&lines[..end], 0) };
            let text = record.strip_suffix(b"\r").unwrap_or(record);
            let mut taken = (end, 1);
            if !text.is_empty() {
                match self.row(head, text, has_quotes) {
                    Ok(row) => {
                        rows.extend(row);
                        taken = (record.len(), 1 + more);
                    }
                    Err(flaw) => damaged(line, flaw),
                }
            }
            lines = lines.get(taken.0 + 1..).unwrap_or_default();
            line += taken.1;
        }
    }

    /// The row that `text` says; none where its names are not known.
    fn row(&mut self, head: &Head, text: &[u8], has_quotes: bool) -> Result<Option<Row>, Flaw> {
        let layout = &*head.layout;
        if !has_quotes {
            self.record.split_plain(text, layout.separator);
        } else if !self.record.split(text, layout.separator) {
            return Err(Flaw::Quote);
        }
        if self.record.len() != layout.width {
            return Err(Flaw::Columns { found: self.record.len(), expected: layout.width });
        }
        let used = self.used(head, text)?;
        let source = self.source(layout, text)?;
        let machine = self.record.field(text, layout.machine);
        if machine.is_empty() {
            return Err(Flaw::Missing(Column::Machine));
        }
        let machine = self.machines.machine(machine, self.names)?;
        let user = self.user(layout, text)?;
        Ok(source.zip(machine).map(|(source, machine)| Row { source, machine, user, used }))
    }

    fn user(&mut self, layout: &Layout, text: &[u8]) -> Result<Option<UserId>, Flaw> {
        let said = [layout.email, layout.user]
            .into_iter()
            .flatten()
            .map(|at| self.record.field(text, at))
            .find(|name| !name.is_empty());
        said.map_or(Ok(None), |name| self.users.user(name, self.names))
    }

    fn source(&mut self, layout: &Layout, text: &[u8]) -> Result<Option<SourceId>, Flaw> {
        self.key.clear();
        let columns = [
            layout.feature,
            layout.country,
            layout.site,
            layout.usage_type,
            layout.activation_key,
            layout.server_type,
        ];
        for at in columns.into_iter().chain([Some(layout.product)]).flatten() {
            self.key.extend_from_slice(self.record.field(text, at));
            self.key.push(0);
        }
        let (record, catalogue, names) = (&self.record, self.catalogue, self.names);
        self.sources.get(&self.key, || names.source(&source(record, layout, text, catalogue)?))
    }

    fn used(&mut self, head: &Head, text: &[u8]) -> Result<Use, Flaw> {
        match head.layout.kind {
            Kind::Details { first, last } => {
                let (first, last) = (
                    self.time(head, text, first, Column::First)?,
                    self.time(head, text, last, Column::Last)?,
                );
                let span = span(first, last)?;
                Ok(Use::Trimmed { first: span.from(), last: span.to() })
            }
            Kind::Sessions { start, end, duration } => {
                let start = self.time(head, text, start, Column::Start)?;
                let end = match (self.said(text, end), duration) {
                    (Some(end), _) => self.time(head, text, end, Column::End)?,
                    (None, Some(duration)) => self.after(start, text, duration)?,
                    (None, None) => return Err(Flaw::Missing(Column::End)),
                };
                Ok(Use::Session(span(start, end)?))
            }
            Kind::Checkouts { out, back, expires } => {
                let out = self.time(head, text, out, Column::CheckedOut)?;
                match (self.said(text, back), self.said(text, expires)) {
                    (Some(back), _) => Ok(Use::Returned(span(
                        out,
                        whole_day(self.time(head, text, back, Column::CheckedIn)?),
                    )?)),
                    (None, Some(expires)) => Ok(Use::Checkout(span(
                        out,
                        whole_day(self.time(head, text, expires, Column::Expires)?),
                    )?)),
                    (None, None) => Err(Flaw::Missing(Column::Expires)),
                }
            }
        }
    }

    /// The column, where there is one and it is not empty.
    fn said(&self, text: &[u8], column: Option<usize>) -> Option<usize> {
        column.filter(|at| !self.record.field(text, *at).is_empty())
    }

    fn time(&mut self, head: &Head, text: &[u8], at: usize, column: Column) -> Result<Time, Flaw> {
        let field = self.record.field(text, at);
        if field.is_empty() {
            return Err(Flaw::Missing(column));
        }
        let on_day = |clock: &mut Clock| clock.read_on(self.record.field(text, head.layout.date?), field);
        let time = self
            .clock
            .read(field)
            .or_else(|| on_day(&mut self.clock))
            .ok_or_else(|| unreadable(column, field))?;
        let is_other = time.zoned.zip(head.zoned).is_some_and(|(here, first)| here != first);
        if is_other { Err(Flaw::TwoZones) } else { Ok(time) }
    }

    fn after(&self, start: Time, text: &[u8], at: usize) -> Result<Time, Flaw> {
        let field = self.record.field(text, at);
        let duration = std::str::from_utf8(field)
            .ok()
            .and_then(written::duration)
            .ok_or_else(|| unreadable(Column::Duration, field))?;
        let at = start.at.checked_add(duration).map_err(|_| Flaw::TooMuchTime)?;
        Ok(Time { at, ..start })
    }
}

/// The record that begins with the line that ends at `end`: that line, or it and as many as it takes for
/// every quote to be closed. With the number of further lines.
fn record(lines: &[u8], end: usize) -> (&[u8], u64) {
    let (mut end, mut is_open) = (end, is_odd(&lines[..end]));
    let first = &lines[..end];
    for more in 0..MOST_LINES {
        if !is_open {
            return (&lines[..end], more as u64);
        }
        let Some(rest) = lines.get(end + 1..).filter(|rest| !rest.is_empty()) else { break };
        let next = memchr(b'\n', rest).unwrap_or(rest.len());
        is_open ^= is_odd(&rest[..next]);
        end += 1 + next;
    }
    (first, 0)
}

fn is_odd(line: &[u8]) -> bool {
    memchr::memchr_iter(b'"', line).count() % 2 == 1
}

fn span(from: Time, to: Time) -> Result<Span, Flaw> {
    if from.zoned.zip(to.zoned).is_some_and(|(from, to)| from != to) {
        return Err(Flaw::TwoZones);
    }
    let span = Span::new(from.at, to.at).ok_or(Flaw::EndBeforeStart)?;
    if to.at.duration_since(from.at) > LONGEST_USE { Err(Flaw::TooMuchTime) } else { Ok(span) }
}

/// A day as an end is its last moment: what expires on a day may be used on it.
fn whole_day(end: Time) -> Time {
    let next = || jiff::tz::Offset::UTC.to_datetime(end.at).date().tomorrow().ok();
    match end.zoned {
        Some(_) => end,
        None => next().map_or(end, |next| Time { at: midnight(next), ..end }),
    }
}

fn unreadable(column: Column, field: &[u8]) -> Flaw {
    Flaw::Unreadable(column, String::from_utf8_lossy(field).chars().take(60).collect())
}

/// What the row's columns say of what was used.
fn source(record: &Record, layout: &Layout, text: &[u8], catalogue: &Catalogue) -> Result<Source, Flaw> {
    let said = |at: Option<usize>| {
        at.map(|at| record.field(text, at)).filter(|field| !field.is_empty()).map(utf8).transpose()
    };
    let feature = said(layout.feature)?;
    let name = said(Some(layout.product))?.ok_or(Flaw::Missing(Column::Product))?;
    let product =
        catalogue.find(name, feature).ok_or_else(|| unreadable(Column::Product, name.as_bytes()))?;
    let place = |name: &str| country(name).ok_or_else(|| unreadable(Column::Country, name.as_bytes()));
    Ok(Source {
        product,
        feature: feature.map(Into::into),
        country: said(layout.country)?.map(place).transpose()?,
        site: said(layout.site)?.map(Into::into),
        usage_type: said(layout.usage_type)?.map_or_else(UsageType::production, UsageType::new),
        through: through(said(layout.activation_key)?, said(layout.server_type)?),
    })
}

/// A key says more than the kind of server, as it was typed in.
fn through(key: Option<&str>, server: Option<&str>) -> Through {
    let is_key = key.is_some_and(|key| !matches!(key.to_lowercase().as_str(), "0" | "n/a" | "none" | "-"));
    let server = server.map(str::to_lowercase).unwrap_or_default();
    match server.as_str() {
        _ if is_key => Through::ActivationKey,
        "hosted" | "deployed" => Through::ActivationKey,
        server if server.starts_with("ses") || server.contains("subscription entitlement") => Through::SignIn,
        _ => Through::Unknown,
    }
}
