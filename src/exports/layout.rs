//! The layout of a file: its columns, and so the kind of its rows.

use memchr::memchr_iter;

use super::csv_fields;
use super::present_columns::{OptionalColumn, PresentColumns};
use crate::usage::{UsageColumn, UsageColumnNames};

/// The indices of a file's columns.
#[derive(Debug, Clone)]
pub(super) struct ExportLayout {
    pub(super) separator: u8,
    /// The number of columns of a line.
    pub(super) width: usize,
    pub(super) kind: ExportKind,
    pub(super) machine: usize,
    /// All columns, in the order of [`UsageColumn::ALL`].
    columns: [Option<usize>; UsageColumn::ALL.len()],
}

/// The kind of a file's rows, with the columns for their times.
#[derive(Debug, Clone, Copy)]
pub(super) enum ExportKind {
    /// Rows of Usage Details: intervals, with the first interval of a session removed.
    Details { first: usize, last: usize },
    /// Sessions with times.
    Sessions { start: usize, end: Option<usize>, duration: Option<usize> },
    /// Checked-out licences.
    Checkouts { out: usize, back: Option<usize>, expires: Option<usize> },
}

/// The columns that each kind of file must have, in words for an error message.
pub(super) const EXPECTED: &str = "product and machine; and first and last (intervals), or start and end or \
    duration (sessions), or checked_out \
                                   and checked_in or expires (checkouts)";

impl ExportLayout {
    /// Returns which optional columns the file has.
    pub(super) fn present_columns(&self) -> PresentColumns {
        let has = |column| self.index_of(column).is_some();
        PresentColumns::from_fn(|optional| match optional {
            OptionalColumn::Feature => has(UsageColumn::Feature),
            OptionalColumn::Country => has(UsageColumn::Country),
            OptionalColumn::Site => has(UsageColumn::Site),
            OptionalColumn::UsageType => has(UsageColumn::UsageType),
            OptionalColumn::Through => has(UsageColumn::ActivationKey) || has(UsageColumn::ServerType),
            OptionalColumn::User => has(UsageColumn::Email) || has(UsageColumn::User),
        })
    }

    /// Returns the index of `column`, where the file has it.
    pub(super) fn index_of(&self, column: UsageColumn) -> Option<usize> {
        self.columns[column as usize]
    }

    /// Returns the layout that `header` describes; the column names found where the header matches no layout.
    pub(super) fn from_header(header: &[u8], columns: &UsageColumnNames) -> Result<Self, Vec<String>> {
        let separator = separator(header);
        let names = column_names(header, separator);
        let columns = UsageColumn::ALL.map(|column| columns.find(column, &names));
        let at = |column: UsageColumn| columns[column as usize];
        let found = at(UsageColumn::Product).and(export_kind(&at).zip(at(UsageColumn::Machine)));
        let Some((kind, machine)) = found else { return Err(names) };
        Ok(Self { separator, width: names.len(), kind, machine, columns })
    }
}

fn export_kind(at: &impl Fn(UsageColumn) -> Option<usize>) -> Option<ExportKind> {
    if let (Some(first), Some(last)) = (at(UsageColumn::First), at(UsageColumn::Last)) {
        return Some(ExportKind::Details { first, last });
    }
    if let Some(out) = at(UsageColumn::CheckedOut) {
        let (back, expires) = (at(UsageColumn::CheckedIn), at(UsageColumn::Expires));
        return (back.is_some() || expires.is_some()).then_some(ExportKind::Checkouts { out, back, expires });
    }
    let (start, end, duration) = (at(UsageColumn::Start)?, at(UsageColumn::End), at(UsageColumn::Duration));
    (end.is_some() || duration.is_some()).then_some(ExportKind::Sessions { start, end, duration })
}

/// Returns the most frequent of the usual separators; spreadsheets of many countries write `;`.
fn separator(header: &[u8]) -> u8 {
    let count = |separator: &u8| memchr_iter(*separator, header).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn column_names(header: &[u8], separator: u8) -> Vec<String> {
    let mut record = csv_fields::CsvFields::default();
    match record.split(header, separator) {
        true => record.fields(header).map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect(),
        false => vec![String::from_utf8_lossy(header).trim().to_owned()],
    }
}

impl ExportKind {
    /// Returns the column for the time at which use begins.
    pub(super) fn begin_column(self) -> usize {
        match self {
            Self::Details { first, .. } => first,
            Self::Sessions { start, .. } => start,
            Self::Checkouts { out, .. } => out,
        }
    }
}
