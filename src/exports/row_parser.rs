//! Parses the lines of a piece into rows of usage.

use memchr::memchr;

use super::catalogue::{ProductCatalogue, country_by_name};
use super::csv_fields::CsvFields;
use super::damaged_line::LineFlaw;
use super::layout::{ExportKind, ExportLayout};
use super::name_cache::{NameCaches, SharedRegister, parse_utf8};
use super::pieces::PieceHead;
use super::time_parser::{ParsedTime, TimeParser};
use crate::usage::rows::time_text;
use crate::usage::{
    SourceId, StartMethod, TimeOfUse, TimeSpan, UsageColumn, UsageSource, UsageType, UseRow, UserId,
    midnight, utc_day,
};

/// The most further lines of one record. Names do not span more lines, and without the limit an unclosed
/// quote would make all lines after it be read again and again.
const MOST_LINES: usize = 32;

/// The columns that make up a source.
const SOURCE_COLUMNS: [UsageColumn; 7] = [
    UsageColumn::Product,
    UsageColumn::Feature,
    UsageColumn::Country,
    UsageColumn::Site,
    UsageColumn::UsageType,
    UsageColumn::ActivationKey,
    UsageColumn::ServerType,
];

/// The longest use: no checkout may last longer, and nothing else is in use as long.
pub(super) const LONGEST_USE: jiff::SignedDuration = jiff::SignedDuration::from_hours(366 * 24);

/// Parses rows, with the caches of one thread.
#[derive(Debug)]
pub(super) struct RowParser<'a> {
    names: NameCaches<'a>,
    catalogue: &'a ProductCatalogue,
    clock: TimeParser,
    record: CsvFields,
}

impl<'a> RowParser<'a> {
    /// Builds a parser with empty caches.
    pub(super) fn new(names: SharedRegister<'a>, catalogue: &'a ProductCatalogue) -> Self {
        let (clock, record) = (TimeParser::default(), CsvFields::default());
        Self { names: NameCaches::new(names), catalogue, clock, record }
    }

    /// Parses all `lines` into `rows`, and calls `damaged` for each damaged line. Only the first line of a
    /// damaged record is left out; the rest is parsed again.
    pub(super) fn parse_rows(
        &mut self,
        head: &PieceHead,
        mut lines: &[u8],
        rows: &mut Vec<UseRow>,
        mut damaged: impl FnMut(u64, LineFlaw),
    ) {
        let has_quotes = memchr(b'"', lines).is_some();
        let mut line = head.line;
        while !lines.is_empty() {
            let end = memchr(b'\n', lines).unwrap_or(lines.len());
            let (record, more) = if has_quotes { record_at(lines, end) } else { (&lines[..end], 0) };
            let text = record.strip_suffix(b"\r").unwrap_or(record);
            let mut taken = (end, 1);
            if !text.is_empty() {
                match self.parse_row(head, text, has_quotes) {
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

    /// Parses one record; `None` where a fixed register does not have its names.
    fn parse_row(
        &mut self,
        head: &PieceHead,
        text: &[u8],
        has_quotes: bool,
    ) -> Result<Option<UseRow>, LineFlaw> {
        let layout = &*head.layout;
        if !has_quotes {
            self.record.split_plain(text, layout.separator);
        } else if !self.record.split(text, layout.separator) {
            return Err(LineFlaw::Quote);
        }
        if self.record.len() != layout.width {
            return Err(LineFlaw::Columns { found: self.record.len(), expected: layout.width });
        }
        let used = self.time_of_use(head, text)?;
        let source = self.source_id(layout, text)?;
        let machine = self.record.field(text, layout.machine);
        if machine.is_empty() {
            return Err(LineFlaw::Missing(UsageColumn::Machine));
        }
        let machine = self.names.machine_id(machine)?;
        let user = self.user_id(layout, text)?;
        Ok(source.zip(machine).map(|(source, machine)| UseRow { source, machine, user, used }))
    }

    fn user_id(&mut self, layout: &ExportLayout, text: &[u8]) -> Result<Option<UserId>, LineFlaw> {
        let said = [UsageColumn::Email, UsageColumn::User]
            .into_iter()
            .filter_map(|column| layout.index_of(column))
            .map(|at| self.record.field(text, at))
            .find(|name| !name.is_empty());
        said.map_or(Ok(None), |name| self.names.user_id(name))
    }

    fn source_id(&mut self, layout: &ExportLayout, text: &[u8]) -> Result<Option<SourceId>, LineFlaw> {
        let (record, catalogue) = (&self.record, self.catalogue);
        let columns = SOURCE_COLUMNS.into_iter().filter_map(|column| layout.index_of(column));
        let columns = columns.map(|at| record.field(text, at));
        self.names.source_id(columns, || parse_source(record, layout, text, catalogue))
    }

    fn time_of_use(&mut self, head: &PieceHead, text: &[u8]) -> Result<TimeOfUse, LineFlaw> {
        match head.layout.kind {
            ExportKind::Details { first, last } => {
                let first = self.parse_time(head, text, first, UsageColumn::First)?;
                let span = time_span(first, self.parse_time(head, text, last, UsageColumn::Last)?)?;
                Ok(TimeOfUse::Trimmed { first: span.start(), last: span.end() })
            }
            ExportKind::Sessions { start, end, duration } => {
                let start = self.parse_time(head, text, start, UsageColumn::Start)?;
                let end = match (self.filled_column(text, end), duration) {
                    (Some(end), _) => self.parse_time(head, text, end, UsageColumn::End)?,
                    (None, Some(duration)) => self.end_after(start, text, duration)?,
                    (None, None) => return Err(LineFlaw::Missing(UsageColumn::End)),
                };
                Ok(TimeOfUse::Session(time_span(start, end)?))
            }
            ExportKind::Checkouts { out, back, expires } => {
                let out = self.parse_time(head, text, out, UsageColumn::CheckedOut)?;
                let (back, expires) = (self.filled_column(text, back), self.filled_column(text, expires));
                let mut until = |at, column| {
                    let end = self.parse_time(head, text, at, column)?;
                    time_span(out, end_of_day(end))
                };
                match (back, expires) {
                    (Some(back), _) => until(back, UsageColumn::CheckedIn).map(TimeOfUse::Returned),
                    (None, Some(expires)) => until(expires, UsageColumn::Expires).map(TimeOfUse::Checkout),
                    (None, None) => Err(LineFlaw::Missing(UsageColumn::Expires)),
                }
            }
        }
    }

    /// Returns the column if the file has it and it is not empty.
    fn filled_column(&self, text: &[u8], column: Option<usize>) -> Option<usize> {
        column.filter(|at| !self.record.field(text, *at).is_empty())
    }

    fn parse_time(
        &mut self,
        head: &PieceHead,
        text: &[u8],
        at: usize,
        column: UsageColumn,
    ) -> Result<ParsedTime, LineFlaw> {
        let field = self.record.field(text, at);
        if field.is_empty() {
            return Err(LineFlaw::Missing(column));
        }
        let on_day = |clock: &mut TimeParser| {
            clock.parse_on_day(self.record.field(text, head.layout.index_of(UsageColumn::Date)?), field)
        };
        let time = self
            .clock
            .parse(field)
            .or_else(|| on_day(&mut self.clock))
            .ok_or_else(|| unreadable_flaw(column, field))?;
        let is_other = time.zoned.zip(head.zoned).is_some_and(|(here, first)| here != first);
        if is_other { Err(LineFlaw::TwoZones) } else { Ok(time) }
    }

    fn end_after(&self, start: ParsedTime, text: &[u8], at: usize) -> Result<ParsedTime, LineFlaw> {
        let field = self.record.field(text, at);
        let duration = std::str::from_utf8(field)
            .ok()
            .and_then(time_text::parse_duration)
            .ok_or_else(|| unreadable_flaw(UsageColumn::Duration, field))?;
        let at = start.at.checked_add(duration).map_err(|_| LineFlaw::TooMuchTime)?;
        Ok(ParsedTime { at, ..start })
    }
}

/// Returns the record that begins with the line that ends at `end`, and the number of its further lines: as
/// many as it takes to close every quote.
fn record_at(lines: &[u8], end: usize) -> (&[u8], u64) {
    let (mut end, mut is_open) = (end, has_open_quote(&lines[..end]));
    let first = &lines[..end];
    for more in 0..MOST_LINES {
        if !is_open {
            return (&lines[..end], more as u64);
        }
        let Some(rest) = lines.get(end + 1..).filter(|rest| !rest.is_empty()) else { break };
        let next = memchr(b'\n', rest).unwrap_or(rest.len());
        is_open ^= has_open_quote(&rest[..next]);
        end += 1 + next;
    }
    (first, 0)
}

fn has_open_quote(line: &[u8]) -> bool {
    memchr::memchr_iter(b'"', line).count() % 2 == 1
}

fn time_span(from: ParsedTime, to: ParsedTime) -> Result<TimeSpan, LineFlaw> {
    if from.zoned.zip(to.zoned).is_some_and(|(from, to)| from != to) {
        return Err(LineFlaw::TwoZones);
    }
    let span = TimeSpan::new(from.at, to.at).ok_or(LineFlaw::EndBeforeStart)?;
    if to.at.duration_since(from.at) > LONGEST_USE { Err(LineFlaw::TooMuchTime) } else { Ok(span) }
}

/// Turns a day without a time into its last moment when it is an end: what expires on a day may still be used
/// on that day.
fn end_of_day(end: ParsedTime) -> ParsedTime {
    let next = || utc_day(end.at).tomorrow().ok();
    match end.zoned {
        Some(_) => end,
        None => next().map_or(end, |next| ParsedTime { at: midnight(next), ..end }),
    }
}

fn unreadable_flaw(column: UsageColumn, field: &[u8]) -> LineFlaw {
    LineFlaw::Unreadable(column, String::from_utf8_lossy(field).chars().take(60).collect())
}

/// Parses the columns that make up the source.
fn parse_source(
    record: &CsvFields,
    layout: &ExportLayout,
    text: &[u8],
    catalogue: &ProductCatalogue,
) -> Result<UsageSource, LineFlaw> {
    let said = |column: UsageColumn| {
        let field = layout.index_of(column).map(|at| record.field(text, at));
        field.filter(|field| !field.is_empty()).map(parse_utf8).transpose()
    };
    let feature = said(UsageColumn::Feature)?;
    let name = said(UsageColumn::Product)?.ok_or(LineFlaw::Missing(UsageColumn::Product))?;
    let product = catalogue
        .find(name, feature)
        .ok_or_else(|| unreadable_flaw(UsageColumn::Product, name.as_bytes()))?;
    let place = |name: &str| {
        country_by_name(name).ok_or_else(|| unreadable_flaw(UsageColumn::Country, name.as_bytes()))
    };
    Ok(UsageSource {
        product,
        feature: feature.map(Into::into),
        country: said(UsageColumn::Country)?.map(place).transpose()?,
        site: said(UsageColumn::Site)?.map(Into::into),
        usage_type: said(UsageColumn::UsageType)?.map_or_else(UsageType::production, UsageType::new),
        through: start_method(said(UsageColumn::ActivationKey)?, said(UsageColumn::ServerType)?),
    })
}

/// An activation key takes precedence over the kind of server, as somebody entered the key.
fn start_method(key: Option<&str>, server: Option<&str>) -> StartMethod {
    let is_key = key.is_some_and(|key| !matches!(key.to_lowercase().as_str(), "0" | "n/a" | "none" | "-"));
    let server = server.map(str::to_lowercase).unwrap_or_default();
    match server.as_str() {
        _ if is_key => StartMethod::ActivationKey,
        "hosted" | "deployed" => StartMethod::ActivationKey,
        server if server.starts_with("ses") || server.contains("subscription entitlement") => {
            StartMethod::SignIn
        }
        _ => StartMethod::Unknown,
    }
}
