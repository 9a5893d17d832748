//! The pages of the API's lists. Each page is read in one read transaction and contains the organization's
//! revision.

mod billing;
mod contracts;
mod cursor;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rusqlite::types::{FromSql, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::schema::{ColumnCode, code_column, read_meta};
use super::user_columns::profile_columns;
use crate::format::mirror::Mirror;
use crate::format::scalar_text::ScalarText;
use crate::model::{Timestamp, UserException};
use crate::object::profile::build_profile;
use crate::sandbox::acts::write_transaction::{listed_products, text_column};
use crate::wire::{
    AlertRow, ApiList, AssignmentRow, AuditRow, CheckedOutLicence, CheckoutRow, ContactRow, GroupRow,
    InvitationRow, ListPage, MembershipRow, NamedLicence, OrganizationRecord, RestrictionRow, RoleRow,
    UserRow,
};

pub(in crate::sandbox) use cursor::{Cursor, PageRange};

/// The result of reading a page or a part of one.
type PageReadResult<T> = rusqlite::Result<T>;

/// The total lengths of lists, each with the revision at which it was counted. Counting again for every page
/// would take longer than reading the page.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct ListTotals(Mutex<BTreeMap<&'static str, (u64, u32)>>);

impl ListTotals {
    fn total_of(
        &self,
        counted: &'static str,
        revision: u64,
        count: impl FnOnce() -> PageReadResult<u32>,
    ) -> PageReadResult<u32> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(counted) {
            Some((at, total)) if *at == revision => Ok(*total),
            Some(_) | None => {
                let total = count()?;
                known.insert(counted, (revision, total));
                Ok(total)
            }
        }
    }
}

/// Reads the record of the organization itself as JSON.
pub(in crate::sandbox) fn organization_json(conn: &Connection) -> PageReadResult<Vec<u8>> {
    let (name, acting) = (read_meta(conn, "organization")?.unwrap_or_default(), read_meta(conn, "acting")?);
    Ok(to_json(&OrganizationRecord {
        name: name.into(),
        federated: read_meta(conn, "federated")?.is_some(),
        acting: acting.map(Into::into),
        revision: revision(conn)?,
    }))
}

/// Reads the user with this identity: its version, and its record as JSON.
pub(in crate::sandbox) fn user_json(conn: &Connection, id: &str) -> PageReadResult<Option<(u32, Vec<u8>)>> {
    let row =
        conn.prepare_cached(&user_query("WHERE live = ?"))?.query([id])?.next()?.map(user_row).transpose()?;
    Ok(row.map(|row| (row.version, to_json(&row))))
}

/// Reads the group with this identity: its version, and its record as JSON.
pub(in crate::sandbox) fn group_json(conn: &Connection, id: &str) -> PageReadResult<Option<(u32, Vec<u8>)>> {
    let sql = format!("SELECT {GROUP} FROM groups WHERE live = ?");
    let row = conn.prepare_cached(&sql)?.query([id])?.next()?.map(|row| group_row(conn, row)).transpose()?;
    Ok(row.map(|row| (row.version, to_json(&row))))
}

/// Returns the revision of the organization, which every write raises: the last number of the audit log.
pub(in crate::sandbox) fn revision(conn: &Connection) -> PageReadResult<u64> {
    let last: Option<i64> =
        conn.prepare_cached("SELECT max(number) FROM audit")?.query_row([], |row| row.get(0))?;
    Ok(last.and_then(|last| u64::try_from(last).ok()).unwrap_or(0))
}

const GROUP: &str = "id, '', live, version, name, country, description, kind";

/// Reads one page of a list as JSON, inside one transaction.
pub(in crate::sandbox) struct PageReader<'a> {
    pub(super) conn: &'a Connection,
    pub(super) totals: &'a ListTotals,
    pub(super) asked: &'a PageRange,
}

/// Builds a row of a list from the columns of a row of the database, in order; the fields behind `;` have
/// values of their own.
macro_rules! columns {
    ($row:ident from $first:literal => $list_row:ident { $($field:ident),* $(; $($more:tt)*)? }) => {{
        let mut columns = $first..;
        let mut next = || columns.next().expect("the range has no end");
        $list_row { $($field: $row.get(next())?,)* $($($more)*)? }
    }};
}
use columns;

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("every key is a string, and no value can fail")
}

/// A text of the database is the spelling of the value that it stands for.
impl<N> FromSql for ScalarText<'static, N> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self::from_spelling(value.as_str()?.to_owned()))
    }
}

/// Returns the country in a column, where `''` means everywhere.
fn country_word<N>(row: &Row<'_>, at: usize) -> PageReadResult<Option<ScalarText<'static, N>>> {
    let country = text_column(row, at)?;
    Ok((!country.is_empty()).then(|| ScalarText::from_spelling(country.to_owned())))
}

fn time_word(row: &Row<'_>, at: usize) -> PageReadResult<ScalarText<'static, Timestamp>> {
    Ok(ScalarText::from_spelling(super::ledger::time_column(row, at)?.to_string()))
}

/// Returns the wire's word for a value of the model that is stored as a small integer.
fn code_word<W: for<'a> Mirror<'a, Core = T>, T: 'static>(row: &Row<'_>, at: usize) -> PageReadResult<W>
where
    ColumnCode<T>: rusqlite::types::FromSql,
{
    Ok(W::write(&code_column(row, at)?))
}

fn user_query(which: &str) -> String {
    format!("SELECT id, '', live, version, state, {} FROM users {which}", profile_columns())
}

fn user_row(row: &Row<'_>) -> PageReadResult<UserRow<'static>> {
    Ok(build_profile!(|field| row.get(5 + field as usize)? => UserRow {
        id: row.get(2)?,
        version: row.get(3)?,
        state: code_word(row, 4)?,
    }))
}

fn group_row(conn: &Connection, row: &Row<'_>) -> PageReadResult<GroupRow<'static>> {
    let products = listed_products(conn, row.get(0)?)?;
    Ok(columns!(row from 2 => GroupRow {
        id, version, name, country, description;
        kind: code_word(row, 7)?,
        products,
    }))
}

impl PageReader<'_> {
    /// Returns the page of `items`. `next` is the key of the last item if there are more rows. The query
    /// `counted` gives the total.
    fn page<R: Serialize>(
        &self,
        items: Vec<R>,
        next: Option<&Cursor>,
        counted: &'static str,
    ) -> PageReadResult<Vec<u8>> {
        let revision = revision(self.conn)?;
        let count = || {
            self.conn
                .prepare_cached(&format!("SELECT count(*) FROM {counted}"))?
                .query_row([], |row| row.get(0))
        };
        let total = self.totals.total_of(counted, revision, count)?;
        Ok(to_json(&ListPage { items, next: next.map(Cursor::show), total, revision }))
    }

    /// Reads a page of rows whose first two columns are their key. `sql` takes the key of the row before as
    /// `?1` and, if the key has two parts, `?2`; `?3` is the page's number of rows plus one.
    fn read_rows<R: Serialize>(
        &self,
        sql: &str,
        counted: &'static str,
        read: impl Fn(&Row<'_>) -> PageReadResult<R>,
    ) -> PageReadResult<Vec<u8>> {
        let PageRange { after: Cursor(first, second), limit } = self.asked;
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![first, second, limit + 1])?;
        let (mut items, mut last, mut next) = (Vec::new(), None, None);
        while let Some(row) = rows.next()? {
            if items.len() == *limit as usize {
                next = last.take();
                break;
            }
            items.push(read(row)?);
            last = Some(Cursor(row.get(0)?, row.get(1)?));
        }
        self.page(items, next.as_ref(), counted)
    }

    /// Reads a page with one item for each user. `sql` returns rows in the order of their first column, the
    /// key of the user, and takes as `?1` the key that the page begins behind.
    fn read_rows_by_user<R: Serialize>(
        &self,
        sql: &str,
        counted: &'static str,
        begin: impl Fn(ScalarText<'static, crate::model::LiveId>) -> R,
        add: impl Fn(&mut R, &Row<'_>) -> PageReadResult<()>,
    ) -> PageReadResult<Vec<u8>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([&self.asked.after.0])?;
        let (mut items, mut user, mut next): (Vec<R>, Option<i64>, _) = (Vec::new(), None, None);
        while let Some(row) = rows.next()? {
            let key = Some(row.get(0)?);
            if key != user {
                if items.len() == self.asked.limit as usize {
                    next = user.map(Cursor::after_key);
                    break;
                }
                items.push(begin(row.get(1)?));
                user = key;
            }
            add(items.last_mut().expect("a row begins an item"), row)?;
        }
        self.page(items, next.as_ref(), counted)
    }

    /// Reads a page of a list of the organization.
    pub(in crate::sandbox) fn list(&self, list: ApiList) -> PageReadResult<Vec<u8>> {
        match list {
            ApiList::Users => self.users(),
            ApiList::Groups => self.groups(),
            ApiList::Memberships => self.memberships(),
            ApiList::Roles => self.roles(),
            ApiList::Assignments => self.assignments(),
            ApiList::Restrictions => self.restrictions(),
            ApiList::Alerts => self.alerts(),
            ApiList::Contacts => self.contacts(),
            ApiList::Contracts => self.contracts(),
            ApiList::Products => self.products(),
            ApiList::Checkouts => self.checkouts(),
            ApiList::Usage => self.usage(),
            ApiList::Invoices => self.invoices(),
            ApiList::Overages => self.overages(),
            ApiList::Payments => self.payments(),
        }
    }

    /// Reads a page of the audit log.
    pub(in crate::sandbox) fn audit(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT number, '', actor, coalesce(key, ''), at, act FROM audit WHERE number > ?1 ORDER \
            BY number LIMIT ?3";
        self.read_rows(sql, "audit", |row| {
            let act = serde_json::from_str(text_column(row, 5)?).map_err(super::schema::damage_error)?;
            let (number, at) = (row.get(0)?, super::ledger::time_column(row, 4)?.to_string());
            Ok(columns!(row from 2 => AuditRow { actor, key; number, at, act }))
        })
    }

    /// Reads a page of the outbox.
    pub(in crate::sandbox) fn outbox(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT number, '', email, live, key, at FROM outbox WHERE number > ?1 ORDER BY number \
            LIMIT ?3";
        self.read_rows(sql, "outbox", |row| {
            let at = super::ledger::time_column(row, 5)?.to_string();
            Ok(columns!(row from 2 => InvitationRow { email, user, key; at }))
        })
    }

    fn users(&self) -> PageReadResult<Vec<u8>> {
        self.read_rows(&user_query("WHERE id > ?1 ORDER BY id LIMIT ?3"), "users", user_row)
    }

    fn groups(&self) -> PageReadResult<Vec<u8>> {
        let sql = format!("SELECT {GROUP} FROM groups WHERE id > ?1 ORDER BY id LIMIT ?3");
        self.read_rows(&sql, "groups", |row| group_row(self.conn, row))
    }

    fn memberships(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT user_id, live_of.live, groups.name FROM memberships
            CROSS JOIN users AS live_of ON live_of.id = user_id CROSS JOIN groups ON groups.id = group_id
            WHERE user_id > ?1 ORDER BY user_id, group_id";
        let begin = |user| MembershipRow { user, groups: Vec::new() };
        self.read_rows_by_user(sql, "(SELECT DISTINCT user_id FROM memberships)", begin, |item, row| {
            item.groups.push(row.get(2)?);
            Ok(())
        })
    }

    fn roles(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT user_id, live_of.live, roles.name FROM grants
            CROSS JOIN users AS live_of ON live_of.id = user_id CROSS JOIN roles ON roles.id = role_id
            WHERE user_id > ?1 ORDER BY user_id, role_id";
        let begin = |user| RoleRow { user, roles: Vec::new() };
        self.read_rows_by_user(sql, "(SELECT DISTINCT user_id FROM grants)", begin, |item, row| {
            item.roles.push(row.get(2)?);
            Ok(())
        })
    }

    fn assignments(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT user_id, live_of.live, products.name, exception, NULL FROM exceptions
            CROSS JOIN users AS live_of ON live_of.id = user_id CROSS JOIN products ON products.id = \
                product_id WHERE user_id > ?1
            UNION ALL SELECT user_id, live_of.live, products.name, NULL, assigned_at FROM licences
            CROSS JOIN users AS live_of ON live_of.id = user_id CROSS JOIN products ON products.id = \
                product_id WHERE user_id > ?1
            ORDER BY 1";
        let begin =
            |user| AssignmentRow { user, allowed: Vec::new(), denied: Vec::new(), licences: Vec::new() };
        let counted = "(SELECT user_id FROM exceptions UNION SELECT user_id FROM licences)";
        self.read_rows_by_user(sql, counted, begin, |item, row| {
            match row.get::<_, Option<ColumnCode<UserException>>>(3)?.map(|code| code.0) {
                Some(UserException::Allow) => item.allowed.push(row.get(2)?),
                Some(UserException::Deny) => item.denied.push(row.get(2)?),
                None => {
                    item.licences.push(NamedLicence { product: row.get(2)?, assigned: time_word(row, 4)? })
                }
            }
            Ok(())
        })
    }

    fn checkouts(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT user_id, live_of.live, products.name, machine, expires FROM checkouts
            CROSS JOIN users AS live_of ON live_of.id = user_id CROSS JOIN products ON products.id = \
                product_id
            WHERE user_id > ?1 ORDER BY user_id";
        let begin = |user| CheckoutRow { user, checkouts: Vec::new() };
        self.read_rows_by_user(sql, "(SELECT DISTINCT user_id FROM checkouts)", begin, |item, row| {
            let expires = time_word(row, 4)?;
            item.checkouts.push(columns!(row from 2 => CheckedOutLicence { product, machine; expires }));
            Ok(())
        })
    }

    fn restrictions(&self) -> PageReadResult<Vec<u8>> {
        // Keys of products count from 1, so the defaults, with key 0, come first.
        let sql =
            "SELECT * FROM (SELECT 0 AS first, country AS second, NULL AS product, setting FROM defaults
            UNION ALL SELECT product_id, country, name, setting FROM restrictions JOIN products ON \
                products.id = product_id)
            WHERE (first, second) > (?1, ?2) ORDER BY first, second LIMIT ?3";
        let counted = "(SELECT 1 FROM defaults UNION ALL SELECT 1 FROM restrictions)";
        self.read_rows(sql, counted, |row| {
            Ok(RestrictionRow {
                product: row.get(2)?,
                country: country_word(row, 1)?,
                setting: code_word(row, 3)?,
            })
        })
    }

    fn alerts(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT product_id, country, name, above, sign_in_required FROM alerts JOIN products ON \
            products.id = product_id
            WHERE (product_id, country) > (?1, ?2) ORDER BY product_id, country LIMIT ?3";
        self.read_rows(sql, "alerts", |row| {
            Ok(columns!(row from 1 => AlertRow { country, product, above, sign_in_required }))
        })
    }

    fn contacts(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT email, country FROM contacts WHERE (email, country) > (?1, ?2) ORDER BY email, \
            country LIMIT ?3";
        self.read_rows(sql, "contacts", |row| {
            Ok(ContactRow { email: row.get(0)?, country: country_word(row, 1)? })
        })
    }
}
