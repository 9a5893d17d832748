//! Which columns a file has, beside those without which it is none.

/// What a row can do without.
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

/// Which of the columns that a row can do without its file has. One that is there and empty says that there
/// is none of it; of one that is not there nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PresentColumns(u8);

impl PresentColumns {
    /// Those for which `is_said` holds.
    pub(super) fn from_fn(is_said: impl Fn(OptionalColumn) -> bool) -> Self {
        Self(OptionalColumn::ALL.into_iter().filter(|optional| is_said(*optional)).map(bit).sum())
    }

    /// Whether it has that column.
    pub(super) fn has(self, optional: OptionalColumn) -> bool {
        self.0 & bit(optional) != 0
    }

    /// Whether it says all that `other` says, and more.
    pub(super) fn says_more_than(self, other: Self) -> bool {
        self != other && self.0 & other.0 == other.0
    }
}

fn bit(optional: OptionalColumn) -> u8 {
    1 << optional as u8
}
