//! The tables, and the marks that identify a sandbox file.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, types::FromSql};

use crate::model::{AccessSetting, GroupKind, LicenceKind, UserException, UserState};
use crate::sandbox::SandboxStoreError;
use crate::usage::StartMethod;

/// Marks a file as one of seatwise: the letters `Seat`.
const APPLICATION: i32 = 0x5365_6174;
/// The number of the format, raised whenever the tables change.
const FORMAT: i32 = 3;

/// Objects have integer keys that are never used again. Edges are tables without a rowid, in the order in
/// which they are read.
///
/// Countries are two-letter codes, `''` means everywhere. Times are microseconds since 1970, UTC. `{profile}`
/// stands for the columns of a profile except the address.
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, live TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE,
    {profile},
    state INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1);
CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT, live TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
    kind INTEGER NOT NULL, country TEXT, description TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1);
CREATE TABLE products (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, known INTEGER NOT NULL, number INTEGER, feature TEXT,
    title TEXT NOT NULL, licence INTEGER NOT NULL, list_price TEXT);
CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE memberships (
    user_id INTEGER NOT NULL REFERENCES users, group_id INTEGER NOT NULL REFERENCES groups,
    PRIMARY KEY (user_id, group_id)) WITHOUT ROWID;
CREATE TABLE grants (
    user_id INTEGER NOT NULL REFERENCES users, role_id INTEGER NOT NULL REFERENCES roles,
    PRIMARY KEY (user_id, role_id)) WITHOUT ROWID;
CREATE TABLE exceptions (
    user_id INTEGER NOT NULL REFERENCES users, product_id INTEGER NOT NULL REFERENCES products, exception \
        INTEGER NOT NULL,
    PRIMARY KEY (user_id, product_id)) WITHOUT ROWID;
CREATE TABLE licences (
    user_id INTEGER NOT NULL REFERENCES users, product_id INTEGER NOT NULL REFERENCES products, assigned_at \
        INTEGER NOT NULL,
    PRIMARY KEY (user_id, product_id)) WITHOUT ROWID;
CREATE TABLE locked_licences (
    product_id INTEGER NOT NULL REFERENCES products, email TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (product_id, email)) WITHOUT ROWID;
CREATE TABLE checkouts (
    user_id INTEGER NOT NULL REFERENCES users, product_id INTEGER NOT NULL REFERENCES products, machine TEXT \
        NOT NULL,
    expires INTEGER NOT NULL, PRIMARY KEY (user_id, product_id, machine, expires)) WITHOUT ROWID;
CREATE TABLE lists (
    group_id INTEGER NOT NULL REFERENCES groups, product_id INTEGER NOT NULL REFERENCES products,
    PRIMARY KEY (group_id, product_id)) WITHOUT ROWID;
CREATE TABLE defaults (country TEXT PRIMARY KEY, setting INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE restrictions (
    product_id INTEGER NOT NULL REFERENCES products, country TEXT NOT NULL, setting INTEGER NOT NULL,
    PRIMARY KEY (product_id, country)) WITHOUT ROWID;
CREATE TABLE alerts (
    product_id INTEGER NOT NULL REFERENCES products, country TEXT NOT NULL, above INTEGER NOT NULL, \
        sign_in_required INTEGER NOT NULL,
    PRIMARY KEY (product_id, country)) WITHOUT ROWID;
CREATE TABLE contacts (email TEXT NOT NULL, country TEXT NOT NULL, PRIMARY KEY (email, country)) WITHOUT \
    ROWID;
CREATE TABLE contracts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, country TEXT NOT NULL, revenue TEXT NOT \
        NULL, expires TEXT);
CREATE TABLE owned (
    contract_id INTEGER NOT NULL REFERENCES contracts, product_id INTEGER NOT NULL REFERENCES products, \
        quantity INTEGER,
    PRIMARY KEY (contract_id, product_id)) WITHOUT ROWID;
CREATE TABLE prices (
    product_id INTEGER NOT NULL REFERENCES products, since TEXT NOT NULL, list_price TEXT NOT NULL,
    PRIMARY KEY (product_id, since)) WITHOUT ROWID;
CREATE TABLE owned_since (
    contract_id INTEGER NOT NULL REFERENCES contracts, product_id INTEGER NOT NULL REFERENCES products, \
        since TEXT NOT NULL, quantity INTEGER,
    PRIMARY KEY (contract_id, product_id, since)) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products, feature TEXT, country TEXT NOT \
        NULL, usage_type TEXT NOT NULL,
    through INTEGER NOT NULL);
CREATE TABLE usage (
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL REFERENCES sources, machine TEXT NOT NULL, user TEXT, \
        kind INTEGER NOT NULL,
    began INTEGER NOT NULL, ended INTEGER NOT NULL);
CREATE TABLE billed (period TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE invoices (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, period TEXT NOT NULL, country TEXT NOT NULL, \
        contract TEXT, issued TEXT NOT NULL,
    due TEXT NOT NULL, total TEXT NOT NULL);
CREATE TABLE overages (
    id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoices, product_id INTEGER NOT NULL \
        REFERENCES products, feature TEXT,
    at INTEGER NOT NULL, used INTEGER NOT NULL, owned INTEGER NOT NULL, excess INTEGER NOT NULL, list_price \
        TEXT NOT NULL, amount TEXT NOT NULL);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL UNIQUE REFERENCES invoices, day TEXT NOT NULL, \
        amount TEXT NOT NULL,
    reference TEXT NOT NULL);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, key TEXT, act TEXT NOT NULL);
CREATE TABLE outbox (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, live TEXT NOT NULL, email TEXT NOT \
    NULL, key TEXT NOT NULL);
CREATE TABLE scim (live TEXT PRIMARY KEY, user_name TEXT UNIQUE, attributes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answers (key TEXT PRIMARY KEY, act BLOB NOT NULL, done INTEGER NOT NULL, created TEXT) WITHOUT \
    ROWID;
";

/// The one index besides those of the keys: the members of a group.
const INDEX: &str = "CREATE INDEX members ON memberships (group_id)";

/// Creates the tables in an empty database, calls `fill`, and then creates the index: an index on full tables
/// is sorted once, which is many times faster.
pub(in crate::sandbox) fn create_tables(
    conn: &Connection,
    profile_definitions: &str,
    fill: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    conn.execute_batch(&TABLES.replace("{profile}", profile_definitions))?;
    fill()?;
    conn.execute_batch(INDEX)?;
    conn.pragma_update(None, "application_id", APPLICATION)?;
    conn.pragma_update(None, "user_version", FORMAT)
}

/// Refuses a file that seatwise did not write or that has another format.
pub(in crate::sandbox) fn check_format(conn: &Connection, path: &Path) -> Result<(), SandboxStoreError> {
    let read = |pragma| {
        conn.pragma_query_value(None, pragma, |row| row.get(0))
            .map_err(|source| SandboxStoreError::from_sqlite(path, source))
    };
    let application: i32 = read("application_id")?;
    let found: i32 = read("user_version")?;
    if application != APPLICATION {
        return Err(SandboxStoreError::Foreign(path.to_path_buf()));
    }
    if found != FORMAT {
        return Err(SandboxStoreError::Format { path: path.to_path_buf(), found, known: FORMAT });
    }
    Ok(())
}

/// Returns a fact about the organization from the table `meta`.
pub(in crate::sandbox) fn read_meta(conn: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    let mut sql = conn.prepare_cached("SELECT value FROM meta WHERE key = ?")?;
    sql.query_row([key], |row| row.get(0)).optional()
}

/// Returns the statement that inserts a row with values for `columns`.
pub(in crate::sandbox) fn insertion(table: &str, columns: &str) -> String {
    let values = columns.split(", ").map(|_| "?").collect::<Vec<_>>().join(", ");
    format!("INSERT INTO {table} ({columns}) VALUES ({values})")
}

/// A value of one of the model's enums, stored as a small integer.
pub(in crate::sandbox) struct ColumnCode<T>(pub(in crate::sandbox) T);

macro_rules! codes {
    ($($kind:ident { $($variant:ident = $code:literal),* })*) => {$(
        impl ToSql for ColumnCode<$kind> {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(match self.0 { $($kind::$variant => $code,)* }.into())
            }
        }

        impl FromSql for ColumnCode<$kind> {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                match value.as_i64()? {
                    $($code => Ok(Self($kind::$variant)),)*
                    other => Err(rusqlite::types::FromSqlError::OutOfRange(other)),
                }
            }
        }
    )*};
}

codes! {
    UserState { Pending = 0, Invited = 1, Active = 2, Locked = 3 }
    GroupKind { Entitlement = 0, Allocation = 1, Other = 2 }
    LicenceKind { Pooled = 0, Named = 1 }
    AccessSetting { Nobody = 0, Everyone = 1 }
    UserException { Deny = 0, Allow = 1 }
    StartMethod { SignIn = 0, ActivationKey = 1, Unknown = 2 }
}

/// Returns the value of one of the model's enums in a column.
pub(in crate::sandbox) fn code_column<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    ColumnCode<T>: FromSql,
{
    Ok(row.get::<_, ColumnCode<T>>(at)?.0)
}

/// Returns the error for a value in the file that the model does not know: damage of the file, not a mistake
/// of this program.
pub(in crate::sandbox) fn damage_error(
    what: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(what))
}
