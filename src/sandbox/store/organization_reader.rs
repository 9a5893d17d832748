//! Reads the whole organization at one moment, by sequential scans in key order, which are merged with the
//! users by key.

mod contracts;

use rusqlite::{Connection, Row};

use super::ledger::time_column;
use super::schema::{code_column, damage_error, read_meta};
use super::user_columns::{profile_columns, read_profile};
use crate::model::{
    Alert, Checkout, Contact, CountryCode, Email, FlatMap, Group, GroupName, Interner, Licence, Live,
    Organization, ProductId, RoleId, Section, Snapshot, Text, UnreadReason, User,
};
use crate::sandbox::acts::write_transaction::{
    area_column, group_facts_columns, identity_column, text_column,
};

/// The sections that a fault spoils.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::sandbox) struct SpoiltSections<'a> {
    /// The sections that fail.
    pub(in crate::sandbox) failed: &'a [Section],
    /// The sections that have fewer rows than their total.
    pub(in crate::sandbox) short: &'a [Section],
}

/// Reads the whole organization in one read transaction.
pub(in crate::sandbox) fn read_snapshot(
    conn: &mut Connection,
    names: &Interner,
    cut: &SpoiltSections<'_>,
) -> rusqlite::Result<Snapshot> {
    let tx = conn.transaction()?;
    let mut reading = OrganizationReader { conn: &tx, names, cut, snapshot: Snapshot::default() };
    let products = reading.read_names("products", ProductId::parse)?;
    let mut users = reading.read_users()?;
    reading.read_groups(&products)?;
    reading.read_memberships(&mut users)?;
    reading.read_roles(&mut users)?;
    reading.read_assignments(&mut users, &products)?;
    reading.read_settings(&products)?;
    reading.read_contracts(&products)?;
    reading.read_checkouts(&mut users, &products)?;
    // These facts are read whichever section failed: they decide which users may be renamed and which are
    // spared.
    reading.snapshot.organization = read_meta(&tx, "organization")?.map(Text::from);
    (reading.snapshot.facts.federated, reading.snapshot.facts.acting) =
        (read_meta(&tx, "federated")?.is_some(), reading.acting_identity()?);
    reading.snapshot.live.0.users =
        users.into_iter().map(|(_, user)| (user.profile.email.clone(), user.into())).collect();
    Ok(reading.snapshot)
}

/// Reads sections of the organization into a snapshot, inside one transaction.
struct OrganizationReader<'a> {
    conn: &'a Connection,
    names: &'a Interner,
    cut: &'a SpoiltSections<'a>,
    snapshot: Snapshot,
}

/// Names of objects by the integer keys of the objects.
struct NamesByKey<T>(Vec<Option<T>>);

impl<T: Clone> NamesByKey<T> {
    /// Returns the name of the object whose key is in a column.
    fn name_at(&self, row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
        let key: i64 = row.get(at)?;
        let name = usize::try_from(key).ok().and_then(|key| self.0.get(key)?.clone());
        name.ok_or_else(|| damage_error(DanglingKey(key)))
    }
}

/// A row has the key of an object that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("a row refers to {0}, which is not there")]
struct DanglingKey(i64);

/// Users with their integer keys, in key order.
type UsersByKey = Vec<(i64, User)>;

impl OrganizationReader<'_> {
    fn organization(&mut self) -> &mut Organization {
        let Live(organization) = &mut self.snapshot.live;
        organization
    }

    /// Reads a section with `read`, which also returns how many rows came. Returns `None`, and says so in the
    /// snapshot, where the section cannot be read or has fewer rows than its `tables`.
    fn section<T>(
        &mut self,
        (section, needs, tables): (Section, &[Section], &[&str]),
        read: impl FnOnce(&Self) -> rusqlite::Result<(T, u32)>,
    ) -> rusqlite::Result<Option<T>> {
        self.snapshot.requests += 1;
        let missing = needs.iter().find(|need| self.snapshot.unread.contains_key(need));
        let failed = match missing {
            Some(missing) => Some(format!("it needs {}, which failed", missing.as_str())),
            None => self.cut.failed.contains(&section).then(|| "the read failed".to_owned()),
        };
        if let Some(why) = failed {
            self.snapshot.unread.insert(section, UnreadReason::Failed(why.into()));
            return Ok(None);
        }
        let (value, came) = read(self)?;
        let mut total = u32::from(self.cut.short.contains(&section));
        for table in tables {
            let sql = format!("SELECT count(*) FROM {table}");
            total += self.conn.query_row(&sql, [], |row| row.get::<_, u32>(0))?;
        }
        if came != total {
            let why = format!("{came} of {total} rows came").into();
            self.snapshot.unread.insert(section, UnreadReason::Failed(why));
        }
        Ok((came == total).then_some(value))
    }

    /// Returns what `read` makes of the rows of a query, and the number of rows.
    fn collect_rows<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(C, u32)> {
        let (mut sql, mut count) = (self.conn.prepare(sql)?, 0);
        let rows = sql.query_map([], |row| {
            count += 1;
            read(row)
        })?;
        let rows = rows.collect::<rusqlite::Result<C>>()?;
        Ok((rows, count))
    }

    /// Calls `each` for every row. Returns the number of rows.
    fn for_each_row(
        &self,
        sql: &str,
        mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<u32> {
        let mut sql = self.conn.prepare(sql)?;
        let mut rows = sql.query([])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            each(row)?;
            count += 1;
        }
        Ok(count)
    }

    fn read_names<T, E: std::error::Error + Send + Sync + 'static>(
        &self,
        table: &str,
        parse: impl Fn(&str, &Interner) -> Result<T, E>,
    ) -> rusqlite::Result<NamesByKey<T>> {
        let mut names = Vec::new();
        self.for_each_row(&format!("SELECT id, name FROM {table} ORDER BY id"), |row| {
            let key = row.get::<_, u32>(0)? as usize;
            names.resize_with(key.max(names.len()), || None);
            names.push(Some(parse(text_column(row, 1)?, self.names).map_err(damage_error)?));
            Ok(())
        })?;
        Ok(NamesByKey(names))
    }

    fn text(&self, row: &Row<'_>, at: usize) -> rusqlite::Result<Text> {
        Ok(self.names.text(text_column(row, at)?))
    }

    fn read_users(&mut self) -> rusqlite::Result<UsersByKey> {
        let sql = format!("SELECT id, live, state, {} FROM users ORDER BY id", profile_columns());
        let users = self.section((Section::Users, &[], &["users"]), |reader| {
            reader.collect_rows(&sql, |row| Ok((row.get(0)?, reader.user(row)?)))
        })?;
        Ok(users.unwrap_or_default())
    }

    fn user(&self, row: &Row<'_>) -> rusqlite::Result<User> {
        let profile = read_profile(row, 3, self.names)?;
        let state = code_column(row, 2)?;
        Ok(User { id: Some(identity_column(row, 1)?), ..User::new(profile, state) })
    }

    fn read_groups(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        let groups = self.section((Section::Groups, &[], &["groups", "lists"]), |reader| {
            let sql = "SELECT id, live, name, kind, country, description FROM groups ORDER BY id";
            let (mut groups, came): (Vec<_>, _) = reader.collect_rows(sql, |row| {
                let facts = group_facts_columns(row, 2, reader.names)?;
                let group = Group { id: Some(identity_column(row, 1)?), facts, products: FlatMap::new() };
                Ok((row.get(0)?, group))
            })?;
            let sql = "SELECT group_id, product_id FROM lists ORDER BY group_id, product_id";
            let listed = |row: &Row<'_>| Ok((products.name_at(row, 1)?, ()));
            let edges = reader.read_edges(sql, &mut groups, listed, |group, list| group.products = list)?;
            Ok((groups, came + edges))
        })?;
        let groups = groups.into_iter().flatten();
        self.organization().groups = groups.map(|(_, group)| (group.facts.name.clone(), group)).collect();
        Ok(())
    }

    /// Gives each object its edges. Objects and edges are both in key order. Returns the number of edges.
    fn read_edges<O, K: Ord, V>(
        &self,
        sql: &str,
        objects: &mut [(i64, O)],
        read: impl Fn(&Row<'_>) -> rusqlite::Result<(K, V)>,
        give: impl Fn(&mut O, FlatMap<K, V>),
    ) -> rusqlite::Result<u32> {
        let mut objects = objects.iter_mut().peekable();
        let mut edges = Vec::new();
        let mut owner = None;
        let mut hand_over = |owner: Option<i64>, edges: &mut Vec<(K, V)>| {
            let Some(key) = owner else { return Ok(()) };
            while objects.next_if(|(known, _)| *known < key).is_some() {}
            let (_, object) =
                objects.next_if(|(known, _)| *known == key).ok_or_else(|| damage_error(DanglingKey(key)))?;
            give(object, edges.drain(..).collect());
            Ok::<_, rusqlite::Error>(())
        };
        let count = self.for_each_row(sql, |row| {
            let key = Some(row.get(0)?);
            if key != owner {
                hand_over(owner, &mut edges)?;
                owner = key;
            }
            edges.push(read(row)?);
            Ok(())
        })?;
        hand_over(owner, &mut edges)?;
        Ok(count)
    }

    fn read_memberships(&mut self, users: &mut UsersByKey) -> rusqlite::Result<()> {
        let needs = [Section::Users, Section::Groups];
        let read = self.section((Section::Memberships, &needs, &["memberships"]), |reader| {
            let groups = reader.read_names("groups", GroupName::parse)?;
            let sql = "SELECT user_id, group_id FROM memberships ORDER BY user_id, group_id";
            let group = |row: &Row<'_>| Ok((groups.name_at(row, 1)?, ()));
            Ok(((), reader.read_edges(sql, users, group, |user, groups| user.groups = groups)?))
        })?;
        if read.is_none() {
            users.iter_mut().for_each(|(_, user)| user.groups = FlatMap::new());
        }
        Ok(())
    }

    fn read_roles(&mut self, users: &mut UsersByKey) -> rusqlite::Result<()> {
        let read = self.section((Section::Roles, &[Section::Users], &["grants"]), |reader| {
            let roles = reader.read_names("roles", RoleId::parse)?;
            let sql = "SELECT user_id, role_id FROM grants ORDER BY user_id, role_id";
            let role = |row: &Row<'_>| Ok((roles.name_at(row, 1)?, ()));
            Ok(((), reader.read_edges(sql, users, role, |user, roles| user.roles = roles)?))
        })?;
        if read.is_none() {
            users.iter_mut().for_each(|(_, user)| user.roles = FlatMap::new());
        }
        Ok(())
    }

    fn read_assignments(
        &mut self,
        users: &mut UsersByKey,
        products: &NamesByKey<ProductId>,
    ) -> rusqlite::Result<()> {
        let tables = ["exceptions", "licences"];
        let read = self.section((Section::Assignments, &[Section::Users], &tables), |reader| {
            let sql = "SELECT user_id, product_id, exception FROM exceptions ORDER BY user_id, product_id";
            let exception = |row: &Row<'_>| Ok((products.name_at(row, 1)?, code_column(row, 2)?));
            let came = reader.read_edges(sql, users, exception, |user, held| user.exceptions = held)?;
            let sql = "SELECT user_id, product_id, assigned_at FROM licences ORDER BY user_id, product_id";
            let licence = |row: &Row<'_>| {
                Ok((products.name_at(row, 1)?, Licence { assigned: Some(time_column(row, 2)?) }))
            };
            Ok(((), came + reader.read_edges(sql, users, licence, |user, held| user.licences = held)?))
        })?;
        if read.is_none() {
            for (_, user) in users {
                (user.exceptions, user.licences) = (FlatMap::new(), FlatMap::new());
            }
        }
        Ok(())
    }

    fn read_checkouts(
        &mut self,
        users: &mut UsersByKey,
        products: &NamesByKey<ProductId>,
    ) -> rusqlite::Result<()> {
        let read = self.section((Section::Checkouts, &[Section::Users], &["checkouts"]), |reader| {
            let sql = "SELECT user_id, product_id, machine, expires FROM checkouts ORDER BY user_id";
            let checkout = |row: &Row<'_>| {
                let (product, machine) = (products.name_at(row, 1)?, reader.text(row, 2)?);
                Ok((Checkout { product, machine, expires: time_column(row, 3)? }, ()))
            };
            Ok(((), reader.read_edges(sql, users, checkout, |user, held| user.checkouts = held)?))
        })?;
        if read.is_none() {
            users.iter_mut().for_each(|(_, user)| user.checkouts = FlatMap::new());
        }
        Ok(())
    }

    fn read_settings(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        let tables = ["defaults", "restrictions"];
        let settings = self.section((Section::Restrictions, &[], &tables), |reader| {
            let (defaults, came) = reader.collect_rows("SELECT country, setting FROM defaults", |row| {
                let country = CountryCode::new(text_column(row, 0)?).map_err(damage_error)?;
                Ok((country, code_column(row, 1)?))
            })?;
            let sql = "SELECT product_id, country, setting FROM restrictions";
            let (restrictions, more) = reader.collect_rows(sql, |row| {
                Ok(((products.name_at(row, 0)?, area_column(row, 1)?), code_column(row, 2)?))
            })?;
            Ok(((defaults, restrictions), came + more))
        })?;
        let alerts = self.section((Section::Alerts, &[], &["alerts"]), |reader| {
            let sql = "SELECT product_id, country, above, sign_in_required FROM alerts";
            reader.collect_rows(sql, |row| {
                let country = CountryCode::new(text_column(row, 1)?).map_err(damage_error)?;
                let alert = Alert { above: row.get(2)?, sign_in_required: row.get(3)? };
                Ok(((products.name_at(row, 0)?, country), alert))
            })
        })?;
        let contacts = self.section((Section::Contacts, &[], &["contacts"]), |reader| {
            reader.collect_rows("SELECT email, country FROM contacts", |row| {
                let email = Email::parse(text_column(row, 0)?, reader.names).map_err(damage_error)?;
                Ok(Contact { email, area: area_column(row, 1)? })
            })
        })?;
        let organization = self.organization();
        (organization.defaults, organization.restrictions) = settings.unwrap_or_default();
        organization.alerts = alerts.unwrap_or_default();
        organization.contacts = contacts.unwrap_or_default();
        Ok(())
    }

    fn acting_identity(&self) -> rusqlite::Result<Option<Email>> {
        let acting = read_meta(self.conn, "acting")?;
        acting.map(|email| Email::parse(&email, self.names)).transpose().map_err(damage_error)
    }
}
