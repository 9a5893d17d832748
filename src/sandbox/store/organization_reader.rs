//! Reads the whole organization at one moment, by sequential scans in key order, which are merged with the
//! users by key.

mod contracts;

use std::collections::BTreeMap;

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

    /// Returns whether a section can be read. If it cannot, the snapshot gets the reason.
    fn begin_section(&mut self, section: Section, needs: &[Section]) -> bool {
        self.snapshot.requests += 1;
        let missing = needs.iter().find(|need| self.snapshot.unread.contains_key(need));
        let failed = match missing {
            Some(missing) => Some(format!("it needs {}, which failed", missing.as_str())),
            None => self.cut.failed.contains(&section).then(|| "the read failed".to_owned()),
        };
        failed.map(|why| self.snapshot.unread.insert(section, UnreadReason::Failed(why.into()))).is_none()
    }

    /// Returns whether a section is complete. If a list has fewer rows than its total, the snapshot says so.
    fn complete_section(&mut self, section: Section, read: u32, tables: &[&str]) -> rusqlite::Result<bool> {
        let mut total = u32::from(self.cut.short.contains(&section));
        for table in tables {
            total += self
                .conn
                .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, u32>(0))?;
        }
        if read != total {
            self.snapshot
                .unread
                .insert(section, UnreadReason::Failed(format!("{read} of {total} rows came").into()));
        }
        Ok(read == total)
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
        let mut users = Vec::new();
        if self.begin_section(Section::Users, &[]) {
            let sql = format!("SELECT id, live, state, {} FROM users ORDER BY id", profile_columns());
            let read = self.for_each_row(&sql, |row| {
                users.push((row.get(0)?, self.user(row)?));
                Ok(())
            })?;
            if !self.complete_section(Section::Users, read, &["users"])? {
                users.clear();
            }
        }
        Ok(users)
    }

    fn user(&self, row: &Row<'_>) -> rusqlite::Result<User> {
        let profile = read_profile(row, 3, self.names)?;
        let state = code_column(row, 2)?;
        Ok(User { id: Some(identity_column(row, 1)?), ..User::new(profile, state) })
    }

    fn read_groups(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        if !self.begin_section(Section::Groups, &[]) {
            return Ok(());
        }
        let mut groups = Vec::new();
        let mut read = self.for_each_row(
            "SELECT id, live, name, kind, country, description FROM groups ORDER BY id",
            |row| {
                let facts = group_facts_columns(row, 2, self.names)?;
                groups.push((
                    row.get(0)?,
                    Group { id: Some(identity_column(row, 1)?), facts, products: FlatMap::new() },
                ));
                Ok(())
            },
        )?;
        let sql = "SELECT group_id, product_id FROM lists ORDER BY group_id, product_id";
        read += self.read_edges(
            sql,
            &mut groups,
            |row| Ok((products.name_at(row, 1)?, ())),
            |group, list| group.products = list,
        )?;
        if self.complete_section(Section::Groups, read, &["groups", "lists"])? {
            self.organization().groups =
                groups.into_iter().map(|(_, group)| (group.facts.name.clone(), group)).collect();
        }
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
        if !self.begin_section(Section::Memberships, &[Section::Users, Section::Groups]) {
            return Ok(());
        }
        let groups = self.read_names("groups", GroupName::parse)?;
        let sql = "SELECT user_id, group_id FROM memberships ORDER BY user_id, group_id";
        let read = self.read_edges(
            sql,
            users,
            |row| Ok((groups.name_at(row, 1)?, ())),
            |user, groups| user.groups = groups,
        )?;
        if !self.complete_section(Section::Memberships, read, &["memberships"])? {
            users.iter_mut().for_each(|(_, user)| user.groups = FlatMap::new());
        }
        Ok(())
    }

    fn read_roles(&mut self, users: &mut UsersByKey) -> rusqlite::Result<()> {
        if !self.begin_section(Section::Roles, &[Section::Users]) {
            return Ok(());
        }
        let roles = self.read_names("roles", RoleId::parse)?;
        let sql = "SELECT user_id, role_id FROM grants ORDER BY user_id, role_id";
        let read = self.read_edges(
            sql,
            users,
            |row| Ok((roles.name_at(row, 1)?, ())),
            |user, roles| user.roles = roles,
        )?;
        if !self.complete_section(Section::Roles, read, &["grants"])? {
            users.iter_mut().for_each(|(_, user)| user.roles = FlatMap::new());
        }
        Ok(())
    }

    fn read_assignments(
        &mut self,
        users: &mut UsersByKey,
        products: &NamesByKey<ProductId>,
    ) -> rusqlite::Result<()> {
        if !self.begin_section(Section::Assignments, &[Section::Users]) {
            return Ok(());
        }
        let sql = "SELECT user_id, product_id, exception FROM exceptions ORDER BY user_id, product_id";
        let exception = |row: &Row<'_>| Ok((products.name_at(row, 1)?, code_column(row, 2)?));
        let mut read =
            self.read_edges(sql, users, exception, |user, exceptions| user.exceptions = exceptions)?;
        let sql = "SELECT user_id, product_id, assigned_at FROM licences ORDER BY user_id, product_id";
        let licence =
            |row: &Row<'_>| Ok((products.name_at(row, 1)?, Licence { assigned: Some(time_column(row, 2)?) }));
        read += self.read_edges(sql, users, licence, |user, licences| user.licences = licences)?;
        if !self.complete_section(Section::Assignments, read, &["exceptions", "licences"])? {
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
        if !self.begin_section(Section::Checkouts, &[Section::Users]) {
            return Ok(());
        }
        let sql = "SELECT user_id, product_id, machine, expires FROM checkouts ORDER BY user_id";
        let checkout = |row: &Row<'_>| {
            Ok((
                Checkout {
                    product: products.name_at(row, 1)?,
                    machine: self.text(row, 2)?,
                    expires: time_column(row, 3)?,
                },
                (),
            ))
        };
        let read = self.read_edges(sql, users, checkout, |user, checkouts| user.checkouts = checkouts)?;
        if !self.complete_section(Section::Checkouts, read, &["checkouts"])? {
            users.iter_mut().for_each(|(_, user)| user.checkouts = FlatMap::new());
        }
        Ok(())
    }

    fn read_settings(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        self.read_restrictions(products)?;
        self.read_alerts(products)?;
        self.read_contacts()
    }

    fn read_restrictions(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        if !self.begin_section(Section::Restrictions, &[]) {
            return Ok(());
        }
        let (mut defaults, mut restrictions) = (BTreeMap::new(), BTreeMap::new());
        let mut read = self.for_each_row("SELECT country, setting FROM defaults", |row| {
            defaults
                .insert(CountryCode::new(text_column(row, 0)?).map_err(damage_error)?, code_column(row, 1)?);
            Ok(())
        })?;
        read += self.for_each_row("SELECT product_id, country, setting FROM restrictions", |row| {
            restrictions.insert((products.name_at(row, 0)?, area_column(row, 1)?), code_column(row, 2)?);
            Ok(())
        })?;
        if self.complete_section(Section::Restrictions, read, &["defaults", "restrictions"])? {
            (self.organization().defaults, self.organization().restrictions) = (defaults, restrictions);
        }
        Ok(())
    }

    fn read_alerts(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        if !self.begin_section(Section::Alerts, &[]) {
            return Ok(());
        }
        let mut alerts = BTreeMap::new();
        let read =
            self.for_each_row("SELECT product_id, country, above, sign_in_required FROM alerts", |row| {
                let country = CountryCode::new(text_column(row, 1)?).map_err(damage_error)?;
                alerts.insert(
                    (products.name_at(row, 0)?, country),
                    Alert { above: row.get(2)?, sign_in_required: row.get(3)? },
                );
                Ok(())
            })?;
        if self.complete_section(Section::Alerts, read, &["alerts"])? {
            self.organization().alerts = alerts;
        }
        Ok(())
    }

    fn read_contacts(&mut self) -> rusqlite::Result<()> {
        if !self.begin_section(Section::Contacts, &[]) {
            return Ok(());
        }
        let mut contacts = std::collections::BTreeSet::new();
        let read = self.for_each_row("SELECT email, country FROM contacts", |row| {
            contacts.insert(Contact {
                email: Email::parse(text_column(row, 0)?, self.names).map_err(damage_error)?,
                area: area_column(row, 1)?,
            });
            Ok(())
        })?;
        if self.complete_section(Section::Contacts, read, &["contacts"])? {
            self.organization().contacts = contacts;
        }
        Ok(())
    }

    fn acting_identity(&self) -> rusqlite::Result<Option<Email>> {
        let acting = read_meta(self.conn, "acting")?;
        acting.map(|email| Email::parse(&email, self.names)).transpose().map_err(damage_error)
    }
}
