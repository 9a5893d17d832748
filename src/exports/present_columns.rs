//! The optional columns that a file has.

/// A column that a row can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionalColumn {
    Feature,
    Country,
    Site,
    UsageType,
    Through,
    User,
}

impl OptionalColumn {
    const ALL: [Self; 6] =
        [Self::Feature, Self::Country, Self::Site, Self::UsageType, Self::Through, Self::User];
}

/// The set of optional columns that a file has. An empty column says that the row has no such value; a
/// missing one says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PresentColumns(u8);

impl PresentColumns {
    /// Builds the set of columns for which `is_said` holds.
    pub(super) fn from_fn(is_said: impl Fn(OptionalColumn) -> bool) -> Self {
        Self(OptionalColumn::ALL.into_iter().filter(|optional| is_said(*optional)).map(bit).sum())
    }

    /// Whether the file has that column.
    pub(super) fn has(self, optional: OptionalColumn) -> bool {
        self.0 & bit(optional) != 0
    }

    /// Whether this set has all columns of `other`, and more.
    pub(super) fn says_more_than(self, other: Self) -> bool {
        self != other && self.0 & other.0 == other.0
    }
}

fn bit(optional: OptionalColumn) -> u8 {
    1 << optional as u8
}
