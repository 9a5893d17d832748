//! A write in progress: what the acts look up, count up and record inside its transaction.

use std::str::FromStr;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::model::{
    Area, Contact, CountryCode, Email, GroupFacts, GroupKind, GroupName, Interner, LicenceKind, LiveId,
    ProductId, Profile, RoleId, Text, Timestamp, UserState,
};
use crate::sandbox::store::schema::{ColumnCode, code_column, damage_error, insertion, read_meta};
use crate::sandbox::store::user_columns::{profile_columns, read_profile};

/// A write inside its transaction.
pub(in crate::sandbox) struct WriteTransaction<'t> {
    pub(in crate::sandbox) conn: &'t Connection,
    pub(in crate::sandbox) now: Timestamp,
    pub(in crate::sandbox) key: &'t str,
}

/// Why a write stops. Nothing of the write is kept.
#[derive(Debug, thiserror::Error)]
pub(in crate::sandbox) enum WriteStop {
    /// The live value is not the one that the step expects.
    #[error("{0}")]
    Changed(Text),
    /// An invariant would break.
    #[error("{0}")]
    Refused(Text),
    /// The object is not at the requested version.
    #[error("{0}")]
    Version(Text),
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] rusqlite::Error),
}

/// What an act, or a part of one, returns.
pub(super) type ActResult<T = ActOutcome> = Result<T, WriteStop>;

/// Stops because the live value is not the one that the step expects.
pub(in crate::sandbox) fn stop_changed<T>(what: impl Into<Text>) -> ActResult<T> {
    Err(WriteStop::Changed(what.into()))
}

/// Stops because an invariant would break.
pub(in crate::sandbox) fn stop_refused<T>(why: impl Into<Text>) -> ActResult<T> {
    Err(WriteStop::Refused(why.into()))
}

/// What an act did.
#[derive(Debug)]
pub(in crate::sandbox) enum ActOutcome {
    Done,
    /// The act created an object with this identity.
    Created(LiveId),
    /// There was nothing to write.
    AlreadySo,
}

/// The stored columns of a user that the acts need.
pub(in crate::sandbox) struct StoredUser {
    pub(in crate::sandbox) id: i64,
    pub(in crate::sandbox) live: LiveId,
    pub(in crate::sandbox) profile: Profile,
    pub(in crate::sandbox) state: UserState,
}

/// The stored columns of a group that the acts need.
pub(in crate::sandbox) struct StoredGroup {
    pub(in crate::sandbox) id: i64,
    pub(in crate::sandbox) live: LiveId,
    pub(in crate::sandbox) facts: GroupFacts,
}

impl WriteTransaction<'_> {
    /// Returns what `read` makes of the first row of a query.
    pub(in crate::sandbox) fn first_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.conn.prepare_cached(sql)?.query_row(params, read).optional()
    }

    /// Whether a query has a row.
    pub(in crate::sandbox) fn has_row(&self, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
        self.conn.prepare_cached(sql)?.exists(params)
    }

    /// Returns the number that a counting query gives.
    pub(in crate::sandbox) fn count(&self, sql: &str, params: impl Params) -> rusqlite::Result<u32> {
        self.conn.prepare_cached(sql)?.query_row(params, |row| row.get(0))
    }

    /// Inserts a row with values for `columns`. Returns the row's key, where the table has keys.
    pub(in crate::sandbox) fn insert(
        &self,
        table: &str,
        columns: &str,
        row: impl Params,
    ) -> rusqlite::Result<i64> {
        self.run(&insertion(table, columns), row)?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Runs a statement and returns the number of rows that it touched.
    pub(in crate::sandbox) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.conn.prepare_cached(sql)?.execute(params)
    }

    /// Returns the user with the address, if there is one.
    pub(in crate::sandbox) fn find_user(&self, email: &Email) -> rusqlite::Result<Option<StoredUser>> {
        let sql = format!("SELECT id, live, state, {} FROM users WHERE email = ?", profile_columns());
        self.first_row(&sql, [email.as_str()], |row| {
            Ok(StoredUser {
                id: row.get(0)?,
                live: identity_column(row, 1)?,
                profile: read_profile(row, 3, &Interner::default())?,
                state: code_column(row, 2)?,
            })
        })
    }

    /// Returns the key of the user with the address. Stops the write if there is no such user.
    pub(in crate::sandbox) fn user_key(&self, email: &Email) -> ActResult<i64> {
        let found =
            self.first_row("SELECT id FROM users WHERE email = ?", [email.as_str()], |row| row.get(0))?;
        found.map_or_else(|| stop_changed(format!("user {email} is not there")), Ok)
    }

    /// Returns the group with the name, if there is one.
    pub(in crate::sandbox) fn find_group(&self, name: &GroupName) -> rusqlite::Result<Option<StoredGroup>> {
        let sql = "SELECT id, live, name, kind, country, description FROM groups WHERE name = ?";
        self.first_row(sql, [name.as_str()], |row| {
            Ok(StoredGroup {
                id: row.get(0)?,
                live: identity_column(row, 1)?,
                facts: group_facts_columns(row, 2, &Interner::default())?,
            })
        })
    }

    /// Returns the key and kind of the group with the name. Stops the write if there is no such group.
    pub(in crate::sandbox) fn group_key_and_kind(&self, name: &GroupName) -> ActResult<(i64, GroupKind)> {
        let sql = "SELECT id, kind FROM groups WHERE name = ?";
        let found = self.first_row(sql, [name.as_str()], |row| Ok((row.get(0)?, code_column(row, 1)?)))?;
        found.map_or_else(|| stop_changed(format!("group {name} is not there")), Ok)
    }

    /// Returns the key of a product. A product that the catalogue does not know is added without details,
    /// which `learn_catalogue` completes later.
    pub(in crate::sandbox) fn product_key(&self, product: &ProductId) -> rusqlite::Result<i64> {
        if let Some(known) =
            self.first_row("SELECT id FROM products WHERE name = ?", [product.as_str()], |row| row.get(0))?
        {
            return Ok(known);
        }
        let row = params![product.as_str(), false, "", ColumnCode(LicenceKind::Pooled)];
        self.insert("products", "name, known, title, licence", row)
    }

    /// Returns the key of a role, which is added if it is new.
    pub(in crate::sandbox) fn role_key(&self, role: &RoleId) -> rusqlite::Result<i64> {
        if let Some(known) =
            self.first_row("SELECT id FROM roles WHERE name = ?", [role.as_str()], |row| row.get(0))?
        {
            return Ok(known);
        }
        self.insert("roles", "name", [role.as_str()])
    }

    /// Whether the user has the role with the given id.
    pub(in crate::sandbox) fn has_role(&self, user: i64, role: &str) -> rusqlite::Result<bool> {
        self.has_row(
            "SELECT 1 FROM grants JOIN roles ON roles.id = role_id WHERE user_id = ? AND name = ?",
            params![user, role],
        )
    }

    /// Returns the address of the acting identity, if there is one.
    pub(in crate::sandbox) fn acting_address(&self) -> rusqlite::Result<Option<String>> {
        read_meta(self.conn, "acting")
    }

    /// Whether an identity provider owns the users' names and addresses.
    pub(in crate::sandbox) fn is_federated(&self) -> rusqlite::Result<bool> {
        Ok(read_meta(self.conn, "federated")?.is_some())
    }

    /// Counts up the version of a user.
    pub(in crate::sandbox) fn touch_user(&self, user: i64) -> rusqlite::Result<()> {
        self.run("UPDATE users SET version = version + 1 WHERE id = ?", [user]).map(drop)
    }

    /// Ends an act that has changed a user, whose version it counts up.
    pub(super) fn user_changed(&self, user: i64) -> ActResult {
        self.touch_user(user)?;
        Ok(ActOutcome::Done)
    }

    /// Counts up the version of a group.
    pub(in crate::sandbox) fn touch_group(&self, group: i64) -> rusqlite::Result<()> {
        self.run("UPDATE groups SET version = version + 1 WHERE id = ?", [group]).map(drop)
    }

    /// Appends a record to the audit log.
    pub(in crate::sandbox) fn append_audit(&self, act: &str) -> rusqlite::Result<()> {
        let actor = self.acting_address()?;
        let actor = actor.as_deref().unwrap_or("seatwise");
        let row = params![self.now.as_microsecond(), actor, self.key, act];
        self.insert("audit", "at, actor, key, act", row).map(drop)
    }
}

/// Returns the products on a group's list, in order.
pub(in crate::sandbox) fn listed_products<T: FromSql>(
    conn: &Connection,
    group: i64,
) -> rusqlite::Result<Vec<T>> {
    let mut sql = conn.prepare_cached(
        "SELECT name FROM lists JOIN products ON products.id = product_id WHERE group_id = ? ORDER BY name",
    )?;
    sql.query_map([group], |row| row.get(0))?.collect()
}

/// Returns the identity in a column.
pub(in crate::sandbox) fn identity_column(row: &Row<'_>, at: usize) -> rusqlite::Result<LiveId> {
    LiveId::new(text_column(row, at)?).map_err(damage_error)
}

/// Returns the text in a column, without copying it.
pub(in crate::sandbox) fn text_column<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<&'r str> {
    Ok(row.get_ref(at)?.as_str()?)
}

/// Parses the text in a column.
pub(in crate::sandbox) fn parsed_column<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text_column(row, at)?.parse().map_err(damage_error)
}

/// Parses the text in a column, `None` where the column is `NULL`.
pub(in crate::sandbox) fn maybe_parsed_column<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<T>>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get_ref(at)?.as_str_or_null()?.map(str::parse).transpose().map_err(damage_error)
}

/// Returns the country in a column, `None` where the column is `NULL`.
pub(in crate::sandbox) fn country_column(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<CountryCode>> {
    row.get_ref(at)?.as_str_or_null()?.map(CountryCode::new).transpose().map_err(damage_error)
}

/// Returns the area in a column, where the empty text means everywhere.
pub(in crate::sandbox) fn area_column(row: &Row<'_>, at: usize) -> rusqlite::Result<Area> {
    match text_column(row, at)? {
        "" => Ok(Area::Everywhere),
        code => CountryCode::new(code).map(Area::Country).map_err(damage_error),
    }
}

/// Returns how the database stores an area: the country code, or the empty text for everywhere.
pub(in crate::sandbox) fn area_code(area: &Area) -> &str {
    match area {
        Area::Everywhere => "",
        Area::Country(country) => country.as_str(),
    }
}

/// Returns the name of a contact in messages.
pub(in crate::sandbox) fn contact_words(contact: &Contact) -> String {
    match contact.area {
        Area::Everywhere => format!("{} for everywhere", contact.email),
        Area::Country(country) => format!("{} for {country}", contact.email),
    }
}

/// Reads the facts of a group from the columns that begin at `at`.
pub(in crate::sandbox) fn group_facts_columns(
    row: &Row<'_>,
    at: usize,
    names: &Interner,
) -> rusqlite::Result<GroupFacts> {
    Ok(GroupFacts {
        name: GroupName::parse(text_column(row, at)?, names).map_err(damage_error)?,
        kind: code_column(row, at + 1)?,
        country: country_column(row, at + 2)?,
        description: names.text(text_column(row, at + 3)?),
    })
}
