//! Which columns a file has, and so what its rows are.

use memchr::memchr_iter;

use super::record;
use super::said::{Optional, Said};
use crate::usage::{Column, Columns};

/// Where the columns of one file stand.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) separator: u8,
    /// How many columns a line has.
    pub(super) width: usize,
    pub(super) kind: Kind,
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

/// What the rows of a file are, with the columns that say when.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Rows of Usage Details: intervals, the first one removed.
    Details { first: usize, last: usize },
    /// Sessions with times.
    Sessions { start: usize, end: Option<usize>, duration: Option<usize> },
    /// Checked-out licences.
    Checkouts { out: usize, back: Option<usize>, expires: Option<usize> },
}

/// What columns each kind of file must have, for who reads the message.
pub(super) const EXPECTED: &str = "product and machine; and first and last (intervals), or start and end or \
    duration (sessions), or checked_out \
                                   and checked_in or expires (checkouts)";

impl Layout {
    /// Which of the columns it has that a row can do without.
    pub(super) fn said(&self) -> Said {
        Said::of(|optional| match optional {
            Optional::Feature => self.feature.is_some(),
            Optional::Country => self.country.is_some(),
            Optional::Site => self.site.is_some(),
            Optional::UsageType => self.usage_type.is_some(),
            Optional::Through => self.activation_key.is_some() || self.server_type.is_some(),
            Optional::User => self.email.is_some() || self.user.is_some(),
        })
    }

    /// The layout that `header` describes; the columns found where it describes none.
    pub(super) fn of(header: &[u8], columns: &Columns) -> Result<Self, Vec<String>> {
        let separator = separator(header);
        let names = names(header, separator);
        let at = |column| columns.find(column, &names);
        let found = kind(&at).zip(at(Column::Product)).zip(at(Column::Machine));
        let Some(((kind, product), machine)) = found else { return Err(names) };
        Ok(Self {
            separator,
            width: names.len(),
            kind,
            product,
            machine,
            feature: at(Column::Feature),
            country: at(Column::Country),
            site: at(Column::Site),
            usage_type: at(Column::UsageType),
            email: at(Column::Email),
            user: at(Column::User),
            date: at(Column::Date),
            activation_key: at(Column::ActivationKey),
            server_type: at(Column::ServerType),
        })
    }
}

fn kind(at: &impl Fn(Column) -> Option<usize>) -> Option<Kind> {
    if let (Some(first), Some(last)) = (at(Column::First), at(Column::Last)) {
        return Some(Kind::Details { first, last });
    }
    if let Some(out) = at(Column::CheckedOut) {
        let (back, expires) = (at(Column::CheckedIn), at(Column::Expires));
        return (back.is_some() || expires.is_some()).then_some(Kind::Checkouts { out, back, expires });
    }
    let (start, end, duration) = (at(Column::Start)?, at(Column::End), at(Column::Duration));
    (end.is_some() || duration.is_some()).then_some(Kind::Sessions { start, end, duration })
}

/// The one of the usual separators that the header has most of; spreadsheets of many countries write `;`.
fn separator(header: &[u8]) -> u8 {
    let count = |separator: &u8| memchr_iter(*separator, header).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn names(header: &[u8], separator: u8) -> Vec<String> {
    let mut record = record::Record::default();
    match record.split(header, separator) {
        true => record.fields(header).map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect(),
        false => vec![String::from_utf8_lossy(header).trim().to_owned()],
    }
}

impl Kind {
    /// The column that says when use begins.
    pub(super) fn begins(self) -> usize {
        match self {
            Self::Details { first, .. } => first,
            Self::Sessions { start, .. } => start,
            Self::Checkouts { out, .. } => out,
        }
    }
}
