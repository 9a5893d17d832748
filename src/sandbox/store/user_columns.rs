//! The columns of the users' table that hold profiles, for all statements: one for each field, of the same
//! name.

use rusqlite::{Connection, Row, Statement, ToSql};

use super::schema::{self, ColumnCode, damage_error};
use crate::model::{Interner, Profile, UserState};
use crate::object::profile::{ProfileField, parse_profile};

fn joined(part: impl Fn(ProfileField) -> String) -> String {
    ProfileField::ALL.map(part).join(", ")
}

/// Returns the definitions of the columns except that of the address, by which users are found.
pub(super) fn profile_definitions() -> String {
    let others = ProfileField::ALL.into_iter().filter(|field| *field != ProfileField::Email);
    let definition = |field: ProfileField| {
        format!("{} TEXT{}", field.name(), if field.is_optional() { "" } else { " NOT NULL" })
    };
    others.map(definition).collect::<Vec<_>>().join(", ")
}

/// Returns the names of the columns, in the order in which [`read_profile`] reads them.
pub(in crate::sandbox) fn profile_columns() -> String {
    joined(|field| field.name().to_owned())
}

/// Returns the statement by which [`insert_user`] adds users.
pub(in crate::sandbox) fn insertion() -> String {
    schema::insertion("users", &format!("id, live, state, {}", profile_columns()))
}

/// Adds a user by the [`insertion`]; without a key, the user gets the next one.
pub(in crate::sandbox) fn insert_user(
    insertion: &mut Statement<'_>,
    (key, live): (Option<i64>, &str),
    profile: &Profile,
    state: UserState,
) -> rusqlite::Result<()> {
    let texts = ProfileField::ALL.map(|field| field.text(profile));
    let state = ColumnCode(state);
    let mut row: Vec<&dyn ToSql> = vec![&key, &live, &state];
    row.extend(texts.iter().map(|text| text as &dyn ToSql));
    insertion.execute(&*row).map(drop)
}

/// Changes a user's profile, and counts up the version.
pub(in crate::sandbox) fn update_profile(
    conn: &Connection,
    key: i64,
    after: &Profile,
) -> rusqlite::Result<()> {
    let set = joined(|field| format!("{} = ?", field.name()));
    let sql = format!("UPDATE users SET {set}, version = version + 1 WHERE id = {key}");
    let texts = ProfileField::ALL.map(|field| field.text(after));
    conn.execute(&sql, rusqlite::params_from_iter(texts)).map(drop)
}

/// Reads a profile from the columns that begin at `first`.
pub(in crate::sandbox) fn read_profile(
    row: &Row<'_>,
    first: usize,
    names: &Interner,
) -> rusqlite::Result<Profile> {
    let column = |field: ProfileField| Ok(row.get_ref(first + field as usize)?.as_str_or_null()?);
    parse_profile(names, column, damage_error)
}
