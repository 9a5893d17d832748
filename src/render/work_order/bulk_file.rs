//! Builds the rows of the portal's bulk files, and finds the users who cannot be in one.
//!
//! The portal reads the file as data: an apostrophe that protects a spreadsheet from a formula would become
//! part of the name. So a user with a value that no file can carry unchanged and harmless is a step by hand.

use std::borrow::Cow;

use crate::change::{Change, Edit};
use crate::model::{CountryCode, Profile, word_enum};
use crate::plan::Act;
use crate::render::clean::has_hidden;
use crate::render::csv_sheet::begins_like_a_formula;

/// The most rows in one file that the portal accepts (Bentley's help, "Bulk Operations", KB0018964: 1,500
/// users are two files).
pub const MOST_ROWS: usize = 1_000;

word_enum! {
    /// The bulk operation of the portal for the rows of a file.
    pub enum BulkOperation {
        Add = "add",
        Update = "update",
        Delete = "delete",
    }
}

impl BulkOperation {
    /// Returns the portal's title in the menu "Bulk Operations".
    pub fn title(self) -> &'static str {
        match self {
            Self::Add => "Add Users",
            Self::Update => "Update Users",
            Self::Delete => "Delete Users",
        }
    }
}

/// A column of a bulk file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BulkColumn {
    /// The address of a user who is added or deleted.
    Email,
    /// The address of a user before an update.
    CurrentEmail,
    /// The address of a user after an update.
    NewEmail,
    FirstName,
    LastName,
    /// The column "country"; the portal's help does not say which country it means, see [`HEADERS`].
    Country,
    /// The country of the profile.
    ProfileCountry,
    /// The country whose licences the user may use.
    EntitlementCountry,
}

/// The titles of the columns. They could not be confirmed against the portal, which offers a sample file only
/// after sign-in.
///
/// Found in Bentley's public help: an update has the columns "CurrentEmail (required)" and "NewEmail (only
/// required if changing email address)" (KB0113316); adding needs "email, first name, last name, country, and
/// profile country", deleting the e-mail address alone; a blank cell clears the value, and an update may
/// leave columns out (KB0018964); "Entitlement Country" can be updated (KB0019330).
///
/// Not found: how the other columns are spelled, whether countries are written as codes, and which country
/// "country" is beside the one of the profile. So both columns get the profile's country, which the portal
/// also takes for the entitlement country by default; a user with another entitlement country gets that in
/// its own column. The steps say to compare the first line with that of the portal's sample file.
pub const HEADERS: [(BulkColumn, &str); 8] = [
    (BulkColumn::Email, "Email"),
    (BulkColumn::CurrentEmail, "CurrentEmail (required)"),
    (BulkColumn::NewEmail, "NewEmail (only required if changing email address)"),
    (BulkColumn::FirstName, "FirstName"),
    (BulkColumn::LastName, "LastName"),
    (BulkColumn::Country, "Country"),
    (BulkColumn::ProfileCountry, "ProfileCountry"),
    (BulkColumn::EntitlementCountry, "Entitlement Country"),
];

impl BulkColumn {
    /// Returns the column's title in a file.
    pub fn header(self) -> &'static str {
        HEADERS.into_iter().find(|(column, _)| *column == self).map_or("", |(_, header)| header)
    }

    /// Returns a noun for the column's content, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Email | Self::CurrentEmail => "address",
            Self::NewEmail => "new address",
            Self::FirstName => "first name",
            Self::LastName => "last name",
            Self::Country | Self::ProfileCountry => "country",
            Self::EntitlementCountry => "entitlement country",
        }
    }

    fn is_country(self) -> bool {
        match self {
            Self::Country | Self::ProfileCountry | Self::EntitlementCountry => true,
            Self::Email | Self::CurrentEmail | Self::NewEmail | Self::FirstName | Self::LastName => false,
        }
    }
}

/// The reason why a user cannot be in a bulk file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnfitReason {
    /// The value begins like a formula: made harmless for a spreadsheet, the value would be another one for
    /// the portal.
    Formula(BulkColumn),
    /// The value has a line break or another invisible character.
    Unprintable(BulkColumn),
    /// The value is empty or unknown, and a blank cell would clear what the portal has.
    Unknown(BulkColumn),
    /// The value is to be cleared, and no cell of a file may be blank.
    Cleared(BulkColumn),
}

/// The cells of a row with their columns.
#[derive(Debug, Clone)]
pub(super) struct BulkRow(Vec<(BulkColumn, String)>);

impl BulkRow {
    /// Returns the columns of the row, in order.
    pub(super) fn columns(&self) -> Vec<BulkColumn> {
        self.0.iter().map(|(column, _)| *column).collect()
    }

    /// Returns the cells of the row, in the order of its columns.
    pub(super) fn cells(&self) -> Vec<&str> {
        self.0.iter().map(|(_, cell)| cell.as_str()).collect()
    }
}

/// Whether a step can be a row of a bulk file.
pub(super) enum BulkFit {
    /// The step is a row of a file.
    Row(BulkOperation, BulkRow),
    /// The step would be a row, but for a value that cannot be in a file.
    Unfit(UnfitReason),
    /// No bulk operation carries out the step.
    NoFile,
}

/// Returns whether `act` can be a row of a bulk file.
pub(super) fn bulk_fit(act: &Act) -> BulkFit {
    let Some((operation, cells)) = cells(act) else { return BulkFit::NoFile };
    if let Some(Change::User { edit: Edit::Update { before, after }, .. }) = act.change()
        && before.entitlement_country.is_some()
        && after.entitlement_country.is_none()
    {
        return BulkFit::Unfit(UnfitReason::Cleared(BulkColumn::EntitlementCountry));
    }
    match cells.iter().find_map(|(column, cell)| unfit_reason(*column, cell)) {
        Some(unfit) => BulkFit::Unfit(unfit),
        None => BulkFit::Row(
            operation,
            BulkRow(cells.into_iter().map(|(column, cell)| (column, cell.into_owned())).collect()),
        ),
    }
}

/// Cells with their columns, in order.
type BulkCells<'a> = Vec<(BulkColumn, Cow<'a, str>)>;

/// Returns the operation and the cells of an act.
///
/// An update has all values of the user: an omitted value could be taken for one to be cleared.
fn cells(act: &Act) -> Option<(BulkOperation, BulkCells<'_>)> {
    let Some(Change::User { user, edit }) = act.change() else { return None };
    Some(match edit {
        Edit::Create(profile) => {
            let email = (BulkColumn::Email, user.as_str().into());
            (BulkOperation::Add, std::iter::once(email).chain(profile_cells(profile)).collect())
        }
        Edit::Update { before, after } => {
            let mut cells = vec![(BulkColumn::CurrentEmail, user.as_str().into())];
            if before.email != after.email {
                cells.push((BulkColumn::NewEmail, after.email.as_str().into()));
            }
            cells.extend(profile_cells(after));
            (BulkOperation::Update, cells)
        }
        Edit::Delete(_) => (BulkOperation::Delete, vec![(BulkColumn::Email, user.as_str().into())]),
    })
}

fn profile_cells(profile: &Profile) -> BulkCells<'_> {
    let Profile { email: _, first_name, last_name, country, entitlement_country } = profile;
    let mut cells: BulkCells<'_> = vec![
        (BulkColumn::FirstName, (&**first_name).into()),
        (BulkColumn::LastName, (&**last_name).into()),
        (BulkColumn::Country, country.as_str().into()),
        (BulkColumn::ProfileCountry, country.as_str().into()),
    ];
    cells.extend(
        entitlement_country.as_ref().map(|country| (BulkColumn::EntitlementCountry, country.as_str().into())),
    );
    cells
}

fn unfit_reason(column: BulkColumn, cell: &str) -> Option<UnfitReason> {
    if cell.trim().is_empty() || column.is_country() && cell == CountryCode::UNKNOWN.as_str() {
        Some(UnfitReason::Unknown(column))
    } else if begins_like_a_formula(cell) {
        Some(UnfitReason::Formula(column))
    } else {
        has_hidden(cell).then_some(UnfitReason::Unprintable(column))
    }
}
