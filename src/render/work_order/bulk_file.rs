//! Rows of the portal's bulk files, and who cannot be in one.
//!
//! A file is for a machine: what a spreadsheet would be told by an apostrophe would be part of the name
//! there. So whoever has a value that no file can carry unchanged and unharmed is a step by hand.

use std::borrow::Cow;

use crate::model::{CountryCode, Profile};
use crate::plan::Act;
use crate::render::clean::is_harmful;
use crate::render::csv_sheet::begins_like_a_formula;

/// The portal takes no more rows in one file (Bentley's help, "Bulk Operations", KB0018964: 1,500 users are
/// two files).
pub const MOST_ROWS: usize = 1_000;

/// What the portal is asked to do with the rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BulkOperation {
    /// Add users.
    Add,
    /// Update users.
    Update,
    /// Delete users.
    Delete,
}

impl BulkOperation {
    /// The word in names of files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// What the portal calls it, in the menu "Bulk Operations".
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
    /// The address of somebody who comes or goes.
    Email,
    /// The address that somebody has.
    CurrentEmail,
    /// The address that they get.
    NewEmail,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// The country.
    Country,
    /// The country of the profile.
    ProfileCountry,
    /// The country whose licences count.
    EntitlementCountry,
}

/// What the columns are called. They could not be confirmed against the portal, which offers a sample file
/// only after sign-in.
///
/// Found in Bentley's public help: an update has the columns "CurrentEmail (required)" and "NewEmail (only
/// required if changing email address)" (KB0113316); adding needs "email, first name, last name, country, and
/// profile country", deleting the e-mail address alone; a blank cell clears the value, and an update may
/// leave columns out (KB0018964); "Entitlement Country" can be updated (KB0019330).
///
/// Not found: how the other columns are spelled, whether countries are written as codes, and which country
/// "country" is beside the one of the profile. So both get the profile's, which is also what the portal takes
/// for the entitlement country unless told otherwise, and who has one of their own gets it in its own column.
/// The steps say to compare the first line with that of the portal's sample file.
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
    /// What the column is called in a file.
    pub fn header(self) -> &'static str {
        HEADERS.into_iter().find(|(column, _)| *column == self).map_or("", |(_, header)| header)
    }

    /// What it holds, for people.
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
}

/// Why somebody cannot be in a bulk file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnfitReason {
    /// Made harmless for a spreadsheet, the portal would take another value.
    Formula(BulkColumn),
    /// A line break, or another character that cannot be seen.
    Unprintable(BulkColumn),
    /// It is empty or unknown, and a blank cell would clear what the portal has.
    Unknown(BulkColumn),
    /// The value is to be cleared, and no cell of a file is blank.
    Cleared(BulkColumn),
}

/// The cells of one row by their columns.
#[derive(Debug, Clone)]
pub(super) struct BulkRow(Vec<(BulkColumn, String)>);

impl BulkRow {
    pub(super) fn columns(&self) -> Vec<BulkColumn> {
        self.0.iter().map(|(column, _)| *column).collect()
    }

    pub(super) fn cells(&self) -> Vec<&str> {
        self.0.iter().map(|(_, cell)| cell.as_str()).collect()
    }
}

/// How a step stands to bulk files.
pub(super) enum BulkFit {
    /// It is a row.
    Row(BulkOperation, BulkRow),
    /// It would be one, but for what cannot be in a file.
    Unfit(UnfitReason),
    /// There is no file for it.
    NoFile,
}

/// How `act` stands to bulk files.
pub(super) fn bulk_fit(act: &Act) -> BulkFit {
    let Some((operation, cells)) = cells(act) else { return BulkFit::NoFile };
    if let Act::UpdateUser { before, after } = act
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

type BulkCells<'a> = Vec<(BulkColumn, Cow<'a, str>)>;

/// An update says all of the person: a value that is left out could be taken for one to be cleared.
fn cells(act: &Act) -> Option<(BulkOperation, BulkCells<'_>)> {
    match act {
        Act::Invite(profile) => {
            let mut cells = vec![(BulkColumn::Email, profile.email.as_str().into())];
            cells.extend(profile_cells(profile));
            Some((BulkOperation::Add, cells))
        }
        Act::UpdateUser { before, after } => {
            let mut cells: BulkCells<'_> = vec![(BulkColumn::CurrentEmail, before.email.as_str().into())];
            if before.email != after.email {
                cells.push((BulkColumn::NewEmail, after.email.as_str().into()));
            }
            cells.extend(profile_cells(after));
            Some((BulkOperation::Update, cells))
        }
        Act::RemoveUser(profile) => {
            Some((BulkOperation::Delete, vec![(BulkColumn::Email, profile.email.as_str().into())]))
        }
        Act::EndCheckout { .. }
        | Act::CreateGroup(_)
        | Act::Approve(_)
        | Act::Unlock(_)
        | Act::Lock { .. }
        | Act::UpdateGroup { .. }
        | Act::Join { .. }
        | Act::Leave { .. }
        | Act::SwapAllocation { .. }
        | Act::GrantRole { .. }
        | Act::RevokeRole { .. }
        | Act::SetException { .. }
        | Act::AssignLicence { .. }
        | Act::ReleaseLicence { .. }
        | Act::SetList { .. }
        | Act::SetDefault { .. }
        | Act::SetRestriction { .. }
        | Act::SetAlert { .. }
        | Act::AddContact(_)
        | Act::RemoveContact(_)
        | Act::ReplaceContact { .. }
        | Act::DeleteGroup(_) => None,
    }
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
    let is_country =
        matches!(column, BulkColumn::Country | BulkColumn::ProfileCountry | BulkColumn::EntitlementCountry);
    if cell.trim().is_empty() || is_country && cell == CountryCode::UNKNOWN.as_str() {
        Some(UnfitReason::Unknown(column))
    } else if begins_like_a_formula(cell) {
        Some(UnfitReason::Formula(column))
    } else {
        cell.contains(is_harmful).then_some(UnfitReason::Unprintable(column))
    }
}
