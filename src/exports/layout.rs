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
    pub(super) product: usize,
    pub(super) machine: usize,
    pub(super) feature: Option<usize>,
    pub(super) country: Option<usize>,
    pub(super) site: Option<usize>,
    pub(super) usage_type: Option<usize>,
    pub(super) email: Option<usize>,
    pub(super) user: Option<usize>,
    pub(super) date: Option<usize>,
    pub(super) activation_key: Option<usize>,
    pub(super) server_type: Option<usize>,
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
        PresentColumns::from_fn(|optional| match optional {
            OptionalColumn::Feature => self.feature.is_some(),
            OptionalColumn::Country => self.country.is_some(),
            OptionalColumn::Site => self.site.is_some(),
            OptionalColumn::UsageType => self.usage_type.is_some(),
            OptionalColumn::Through => self.activation_key.is_some() || self.server_type.is_some(),
            OptionalColumn::User => self.email.is_some() || self.user.is_some(),
        })
    }

    /// Returns the layout that `header` describes; the column names found where the header matches no layout.
    pub(super) fn from_header(header: &[u8], columns: &UsageColumnNames) -> Result<Self, Vec<String>> {
        let separator = separator(header);
        let names = column_names(header, separator);
        let at = |column| columns.find(column, &names);
        let found = export_kind(&at).zip(at(UsageColumn::Product)).zip(at(UsageColumn::Machine));
        let Some(((kind, product), machine)) = found else { return Err(names) };
        Ok(Self {
            separator,
            width: names.len(),
            kind,
            product,
            machine,
            feature: at(UsageColumn::Feature),
            country: at(UsageColumn::Country),
            site: at(UsageColumn::Site),
            usage_type: at(UsageColumn::UsageType),
            email: at(UsageColumn::Email),
            user: at(UsageColumn::User),
            date: at(UsageColumn::Date),
            activation_key: at(UsageColumn::ActivationKey),
            server_type: at(UsageColumn::ServerType),
        })
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
