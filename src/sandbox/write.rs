//! One write under way: what the acts look up, bump and record inside its transaction.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::schema::{Code, damage};
use crate::model::{
    Area, Contact, CountryCode, Email, GroupFacts, GroupKind, GroupName, LicenceKind, LiveId, ProductId,
    Profile, RoleId, Text, Timestamp, UserState,
};

/// A write inside its transaction.
pub(super) struct Write<'t> {
    pub(super) conn: &'t Connection,
    pub(super) now: Timestamp,
    pub(super) key: &'t str,
}

/// Why a write stops, with nothing kept of it.
#[derive(Debug)]
pub(super) enum Stop {
    /// Live is not as the step says it was.
    Changed(Text),
    /// An invariant would break.
    Refused(Text),
    /// The object is not at the version that was asked for.
    Version(Text),
    /// The database failed.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// Stops because live is not as the step says it was.
pub(super) fn changed<T>(what: impl Into<Text>) -> Result<T, Stop> {
    Err(Stop::Changed(what.into()))
}

/// Stops because an invariant would break.
pub(super) fn refused<T>(why: impl Into<Text>) -> Result<T, Stop> {
    Err(Stop::Refused(why.into()))
}

/// What an act did.
#[derive(Debug)]
pub(super) enum Deed {
    /// It wrote.
    Done,
    /// It created an object with this identity.
    Created(LiveId),
    /// There was nothing to write.
    AlreadySo,
}

/// A user as the acts need one.
pub(super) struct UserRow {
    pub(super) id: i64,
    pub(super) live: LiveId,
    pub(super) profile: Profile,
    pub(super) state: UserState,
}

/// A group as the acts need one.
pub(super) struct GroupRow {
    pub(super) id: i64,
    pub(super) live: LiveId,
    pub(super) facts: GroupFacts,
}

impl Write<'_> {
    /// The first row of a query.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.conn.prepare_cached(sql)?.query_row(params, read).optional()
    }

    /// Whether a query has a row.
    pub(super) fn any(&self, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
        self.conn.prepare_cached(sql)?.exists(params)
    }

    /// The number a counting query gives.
    pub(super) fn count(&self, sql: &str, params: impl Params) -> rusqlite::Result<u32> {
        self.conn.prepare_cached(sql)?.query_row(params, |row| row.get(0))
    }

    /// Runs a statement, returning the rows it touched.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.conn.prepare_cached(sql)?.execute(params)
    }

    /// The user with the address, if there is one.
    pub(super) fn find_user(&self, email: &Email) -> rusqlite::Result<Option<UserRow>> {
        let sql = "SELECT id, live, email, first_name, last_name, country, entitlement_country, state FROM \
            users WHERE email = ?";
        self.one(sql, [email.as_str()], |row| {
            Ok(UserRow {
                id: row.get(0)?,
                live: live(row, 1)?,
                profile: profile(row, 2)?,
                state: row.get::<_, Code<_>>(7)?.0,
            })
        })
    }

    /// The key of the user with the address, who must be there.
    pub(super) fn user(&self, email: &Email) -> Result<i64, Stop> {
        let found = self.one("SELECT id FROM users WHERE email = ?", [email.as_str()], |row| row.get(0))?;
        found.map_or_else(|| changed(format!("user {email} is not there")), Ok)
    }

    /// The group of the name, if there is one.
    pub(super) fn find_group(&self, name: &GroupName) -> rusqlite::Result<Option<GroupRow>> {
        let sql = "SELECT id, live, name, kind, country, description FROM groups WHERE name = ?";
        self.one(sql, [name.as_str()], |row| {
            Ok(GroupRow { id: row.get(0)?, live: live(row, 1)?, facts: facts(row, 2)? })
        })
    }

    /// The key and kind of the group of the name, which must be there.
    pub(super) fn group(&self, name: &GroupName) -> Result<(i64, GroupKind), Stop> {
        let sql = "SELECT id, kind FROM groups WHERE name = ?";
        let found = self.one(sql, [name.as_str()], |row| Ok((row.get(0)?, row.get::<_, Code<_>>(1)?.0)))?;
        found.map_or_else(|| changed(format!("group {name} is not there")), Ok)
    }

    /// The key of a product; one never heard of is sold all the same, and completed when the catalogue is
    /// learnt.
    pub(super) fn product(&self, product: &ProductId) -> rusqlite::Result<i64> {
        if let Some(known) =
            self.one("SELECT id FROM products WHERE name = ?", [product.as_str()], |row| row.get(0))?
        {
            return Ok(known);
        }
        let sql = "INSERT INTO products (name, known, title, licence) VALUES (?, 0, '', ?)";
        self.run(sql, params![product.as_str(), Code(LicenceKind::Pooled)])?;
        Ok(self.conn.last_insert_rowid())
    }

    /// The key of a role.
    pub(super) fn role(&self, role: &RoleId) -> rusqlite::Result<i64> {
        if let Some(known) =
            self.one("SELECT id FROM roles WHERE name = ?", [role.as_str()], |row| row.get(0))?
        {
            return Ok(known);
        }
        self.run("INSERT INTO roles (name) VALUES (?)", [role.as_str()])?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Whether the user holds the role with the given id.
    pub(super) fn holds(&self, user: i64, role: &str) -> rusqlite::Result<bool> {
        self.any(
            "SELECT 1 FROM grants JOIN roles ON roles.id = role_id WHERE user_id = ? AND name = ?",
            params![user, role],
        )
    }

    /// A fact about the organization itself.
    pub(super) fn meta(&self, key: &str) -> rusqlite::Result<Option<String>> {
        self.one("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0))
    }

    /// The address of the acting identity, if there is one.
    pub(super) fn acting(&self) -> rusqlite::Result<Option<String>> {
        self.meta("acting")
    }

    /// Whether names and addresses belong to an identity provider.
    pub(super) fn federated(&self) -> rusqlite::Result<bool> {
        Ok(self.meta("federated")?.is_some())
    }

    /// Marks a user as another version of itself.
    pub(super) fn touch_user(&self, user: i64) -> rusqlite::Result<()> {
        self.run("UPDATE users SET version = version + 1 WHERE id = ?", [user]).map(drop)
    }

    /// Marks a group as another version of itself.
    pub(super) fn touch_group(&self, group: i64) -> rusqlite::Result<()> {
        self.run("UPDATE groups SET version = version + 1 WHERE id = ?", [group]).map(drop)
    }

    /// Appends to the audit log.
    pub(super) fn audit(&self, act: &str) -> rusqlite::Result<()> {
        let actor = self.acting()?;
        let sql = "INSERT INTO audit (at, actor, key, act) VALUES (?, ?, ?, ?)";
        self.run(
            sql,
            params![self.now.as_microsecond(), actor.as_deref().unwrap_or("seatwise"), self.key, act],
        )
        .map(drop)
    }
}

/// The identity in a column.
pub(super) fn live(row: &Row<'_>, at: usize) -> rusqlite::Result<LiveId> {
    LiveId::new(text(row, at)?).map_err(damage)
}

/// A text of a row, without copying it.
pub(super) fn text<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<&'r str> {
    Ok(row.get_ref(at)?.as_str()?)
}

/// The country in a column that may be empty.
pub(super) fn country(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<CountryCode>> {
    row.get_ref(at)?.as_str_or_null()?.map(CountryCode::new).transpose().map_err(damage)
}

/// The area in a column, empty for everywhere.
pub(super) fn area(row: &Row<'_>, at: usize) -> rusqlite::Result<Area> {
    match text(row, at)? {
        "" => Ok(Area::Everywhere),
        code => CountryCode::new(code).map(Area::Country).map_err(damage),
    }
}

/// How an area is kept.
pub(super) fn area_code(area: &Area) -> &str {
    match area {
        Area::Everywhere => "",
        Area::Country(country) => country.as_str(),
    }
}

/// How a contact is called in messages.
pub(super) fn contact_words(contact: &Contact) -> String {
    match contact.area {
        Area::Everywhere => format!("{} for everywhere", contact.email),
        Area::Country(country) => format!("{} for {country}", contact.email),
    }
}

fn profile(row: &Row<'_>, at: usize) -> rusqlite::Result<Profile> {
    Ok(Profile {
        email: Email::new(text(row, at)?).map_err(damage)?,
        first_name: text(row, at + 1)?.into(),
        last_name: text(row, at + 2)?.into(),
        country: CountryCode::parse_reported(text(row, at + 3)?).map_err(damage)?,
        entitlement_country: country(row, at + 4)?,
    })
}

fn facts(row: &Row<'_>, at: usize) -> rusqlite::Result<GroupFacts> {
    Ok(GroupFacts {
        name: GroupName::new(text(row, at)?).map_err(damage)?,
        kind: row.get::<_, Code<_>>(at + 1)?.0,
        country: country(row, at + 2)?,
        description: text(row, at + 3)?.into(),
    })
}
