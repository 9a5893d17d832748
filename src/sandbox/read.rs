//! The whole organization at one moment: sequential scans in key order, merged with the users by key.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::ledger::time;
use super::schema::{Code, damage};
use super::write::{area, country, live, text};
use crate::model::{
    Alert, Checkout, Contact, Contract, CountryCode, Email, FlatMap, Group, GroupFacts, GroupName, Interner,
    Licence, Live, Organization, OwnedLicences, Product, ProductId, Profile, RoleId, Section, Snapshot, Text,
    UnreadReason, User,
};

/// Sections that a fault spoils.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cut<'a> {
    /// Those that fail.
    pub(super) failed: &'a [Section],
    /// Those that end before their total.
    pub(super) short: &'a [Section],
}

/// Reads everything in one read transaction.
pub(super) fn read(conn: &mut Connection, names: &Interner, cut: &Cut<'_>) -> rusqlite::Result<Snapshot> {
    let tx = conn.transaction()?;
    let mut reading = Reading { conn: &tx, names, cut, snapshot: Snapshot::default() };
    let products = reading.names_of("products", ProductId::parse)?;
    let mut users = reading.users()?;
    reading.groups(&products)?;
    reading.memberships(&mut users)?;
    reading.roles(&mut users)?;
    reading.assignments(&mut users, &products)?;
    reading.settings(&products)?;
    reading.contracts(&products)?;
    reading.checkouts(&mut users, &products)?;
    // Who may be renamed, and who is spared, must be known whichever section failed.
    (reading.snapshot.facts.federated, reading.snapshot.facts.acting) =
        (reading.meta("federated")?.is_some(), reading.acting()?);
    reading.snapshot.live.0.users =
        users.into_iter().map(|(_, user)| (user.profile.email.clone(), user.into())).collect();
    Ok(reading.snapshot)
}

struct Reading<'a> {
    conn: &'a Connection,
    names: &'a Interner,
    cut: &'a Cut<'a>,
    snapshot: Snapshot,
}

/// Names by the integer key of what they name.
struct Names<T>(Vec<Option<T>>);

impl<T: Clone> Names<T> {
    /// The name behind a key in a column.
    fn of(&self, row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
        let key: i64 = row.get(at)?;
        let name = usize::try_from(key).ok().and_then(|key| self.0.get(key)?.clone());
        name.ok_or_else(|| damage(Dangling(key)))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a row refers to {0}, which is not there")]
struct Dangling(i64);

/// Users with their keys, in key order.
type Users = Vec<(i64, User)>;

impl Reading<'_> {
    fn organization(&mut self) -> &mut Organization {
        let Live(organization) = &mut self.snapshot.live;
        organization
    }

    /// Whether a section is to be read at all; if not, says why.
    fn begin(&mut self, section: Section, needs: &[Section]) -> bool {
        self.snapshot.requests += 1;
        let missing = needs.iter().find(|need| self.snapshot.unread.contains_key(need));
        let failed = match missing {
            Some(missing) => Some(format!("it needs {}, which failed", missing.as_str())),
            None => self.cut.failed.contains(&section).then(|| "the read failed".to_owned()),
        };
        failed.map(|why| self.snapshot.unread.insert(section, UnreadReason::Failed(why.into()))).is_none()
    }

    /// Whether a section came whole: a list that ends before its total is not believed.
    fn complete(&mut self, section: Section, read: u32, tables: &[&str]) -> rusqlite::Result<bool> {
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

    /// Calls `each` for every row.
    fn rows(
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

    fn names_of<T, E: std::error::Error + Send + Sync + 'static>(
        &self,
        table: &str,
        parse: impl Fn(&str, &Interner) -> Result<T, E>,
    ) -> rusqlite::Result<Names<T>> {
        let mut names = Vec::new();
        self.rows(&format!("SELECT id, name FROM {table} ORDER BY id"), |row| {
            let key = row.get::<_, u32>(0)? as usize;
            names.resize_with(key.max(names.len()), || None);
            names.push(Some(parse(text(row, 1)?, self.names).map_err(damage)?));
            Ok(())
        })?;
        Ok(Names(names))
    }

    fn text(&self, row: &Row<'_>, at: usize) -> rusqlite::Result<Text> {
        Ok(self.names.text(text(row, at)?))
    }

    fn users(&mut self) -> rusqlite::Result<Users> {
        let mut users = Vec::new();
        if self.begin(Section::Users, &[]) {
            let sql = "SELECT id, live, email, first_name, last_name, country, entitlement_country, state \
                FROM users ORDER BY id";
            let read = self.rows(sql, |row| {
                users.push((row.get(0)?, self.user(row)?));
                Ok(())
            })?;
            if !self.complete(Section::Users, read, &["users"])? {
                users.clear();
            }
        }
        Ok(users)
    }

    fn user(&self, row: &Row<'_>) -> rusqlite::Result<User> {
        let profile = Profile {
            email: Email::parse(text(row, 2)?, self.names).map_err(damage)?,
            first_name: self.text(row, 3)?,
            last_name: self.text(row, 4)?,
            country: CountryCode::parse_reported(text(row, 5)?).map_err(damage)?,
            entitlement_country: country(row, 6)?,
        };
        let state = row.get::<_, Code<_>>(7)?.0;
        Ok(User { id: Some(live(row, 1)?), ..User::new(profile, state) })
    }

    fn groups(&mut self, products: &Names<ProductId>) -> rusqlite::Result<()> {
        if !self.begin(Section::Groups, &[]) {
            return Ok(());
        }
        let mut groups = Vec::new();
        let mut read =
            self.rows("SELECT id, live, name, kind, country, description FROM groups ORDER BY id", |row| {
                let facts = GroupFacts {
                    name: GroupName::parse(text(row, 2)?, self.names).map_err(damage)?,
                    kind: row.get::<_, Code<_>>(3)?.0,
                    country: country(row, 4)?,
                    description: self.text(row, 5)?,
                };
                groups
                    .push((row.get(0)?, Group { id: Some(live(row, 1)?), facts, products: FlatMap::new() }));
                Ok(())
            })?;
        let sql = "SELECT group_id, product_id FROM lists ORDER BY group_id, product_id";
        read += self.edges(
            sql,
            &mut groups,
            |row| Ok((products.of(row, 1)?, ())),
            |group, list| group.products = list,
        )?;
        if self.complete(Section::Groups, read, &["groups", "lists"])? {
            self.organization().groups =
                groups.into_iter().map(|(_, group)| (group.facts.name.clone(), group)).collect();
        }
        Ok(())
    }

    /// Gives each object its edges: both come in key order.
    fn edges<O, K: Ord, V>(
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
                objects.next_if(|(known, _)| *known == key).ok_or_else(|| damage(Dangling(key)))?;
            give(object, edges.drain(..).collect());
            Ok::<_, rusqlite::Error>(())
        };
        let count = self.rows(sql, |row| {
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

    fn memberships(&mut self, users: &mut Users) -> rusqlite::Result<()> {
        if !self.begin(Section::Memberships, &[Section::Users, Section::Groups]) {
            return Ok(());
        }
        let groups = self.names_of("groups", GroupName::parse)?;
        let sql = "SELECT user_id, group_id FROM memberships ORDER BY user_id, group_id";
        let read =
            self.edges(sql, users, |row| Ok((groups.of(row, 1)?, ())), |user, groups| user.groups = groups)?;
        if !self.complete(Section::Memberships, read, &["memberships"])? {
            users.iter_mut().for_each(|(_, user)| user.groups = FlatMap::new());
        }
        Ok(())
    }

    fn roles(&mut self, users: &mut Users) -> rusqlite::Result<()> {
        if !self.begin(Section::Roles, &[Section::Users]) {
            return Ok(());
        }
        let roles = self.names_of("roles", RoleId::parse)?;
        let sql = "SELECT user_id, role_id FROM grants ORDER BY user_id, role_id";
        let read =
            self.edges(sql, users, |row| Ok((roles.of(row, 1)?, ())), |user, roles| user.roles = roles)?;
        if !self.complete(Section::Roles, read, &["grants"])? {
            users.iter_mut().for_each(|(_, user)| user.roles = FlatMap::new());
        }
        Ok(())
    }

    fn assignments(&mut self, users: &mut Users, products: &Names<ProductId>) -> rusqlite::Result<()> {
        if !self.begin(Section::Assignments, &[Section::Users]) {
            return Ok(());
        }
        let sql = "SELECT user_id, product_id, exception FROM exceptions ORDER BY user_id, product_id";
        let exception = |row: &Row<'_>| Ok((products.of(row, 1)?, row.get::<_, Code<_>>(2)?.0));
        let mut read = self.edges(sql, users, exception, |user, exceptions| user.exceptions = exceptions)?;
        let sql = "SELECT user_id, product_id, assigned_at FROM licences ORDER BY user_id, product_id";
        let licence = |row: &Row<'_>| Ok((products.of(row, 1)?, Licence { assigned: Some(time(row, 2)?) }));
        read += self.edges(sql, users, licence, |user, licences| user.licences = licences)?;
        if !self.complete(Section::Assignments, read, &["exceptions", "licences"])? {
            for (_, user) in users {
                (user.exceptions, user.licences) = (FlatMap::new(), FlatMap::new());
            }
        }
        Ok(())
    }

    fn checkouts(&mut self, users: &mut Users, products: &Names<ProductId>) -> rusqlite::Result<()> {
        if !self.begin(Section::Checkouts, &[Section::Users]) {
            return Ok(());
        }
        let sql = "SELECT user_id, product_id, machine, expires FROM checkouts ORDER BY user_id";
        let checkout = |row: &Row<'_>| {
            Ok((
                Checkout {
                    product: products.of(row, 1)?,
                    machine: self.text(row, 2)?,
                    expires: time(row, 3)?,
                },
                (),
            ))
        };
        let read = self.edges(sql, users, checkout, |user, checkouts| user.checkouts = checkouts)?;
        if !self.complete(Section::Checkouts, read, &["checkouts"])? {
            users.iter_mut().for_each(|(_, user)| user.checkouts = FlatMap::new());
        }
        Ok(())
    }

    fn settings(&mut self, products: &Names<ProductId>) -> rusqlite::Result<()> {
        self.restrictions(products)?;
        self.alerts(products)?;
        self.contacts()
    }

    fn restrictions(&mut self, products: &Names<ProductId>) -> rusqlite::Result<()> {
        if !self.begin(Section::Restrictions, &[]) {
            return Ok(());
        }
        let (mut defaults, mut restrictions) = (BTreeMap::new(), BTreeMap::new());
        let mut read = self.rows("SELECT country, setting FROM defaults", |row| {
            defaults.insert(CountryCode::new(text(row, 0)?).map_err(damage)?, row.get::<_, Code<_>>(1)?.0);
            Ok(())
        })?;
        read += self.rows("SELECT product_id, country, setting FROM restrictions", |row| {
            restrictions.insert((products.of(row, 0)?, area(row, 1)?), row.get::<_, Code<_>>(2)?.0);
            Ok(())
        })?;
        if self.complete(Section::Restrictions, read, &["defaults", "restrictions"])? {
            (self.organization().defaults, self.organization().restrictions) = (defaults, restrictions);
        }
        Ok(())
    }

    fn alerts(&mut self, products: &Names<ProductId>) -> rusqlite::Result<()> {
        if !self.begin(Section::Alerts, &[]) {
            return Ok(());
        }
        let mut alerts = BTreeMap::new();
        let read = self.rows("SELECT product_id, country, above, sign_in_required FROM alerts", |row| {
            let country = CountryCode::new(text(row, 1)?).map_err(damage)?;
            alerts.insert(
                (products.of(row, 0)?, country),
                Alert { above: row.get(2)?, sign_in_required: row.get(3)? },
            );
            Ok(())
        })?;
        if self.complete(Section::Alerts, read, &["alerts"])? {
            self.organization().alerts = alerts;
        }
        Ok(())
    }

    fn contacts(&mut self) -> rusqlite::Result<()> {
        if !self.begin(Section::Contacts, &[]) {
            return Ok(());
        }
        let mut contacts = std::collections::BTreeSet::new();
        let read = self.rows("SELECT email, country FROM contacts", |row| {
            contacts.insert(Contact {
                email: Email::parse(text(row, 0)?, self.names).map_err(damage)?,
                area: area(row, 1)?,
            });
            Ok(())
        })?;
        if self.complete(Section::Contacts, read, &["contacts"])? {
            self.organization().contacts = contacts;
        }
        Ok(())
    }

    fn contracts(&mut self, products: &Names<ProductId>) -> rusqlite::Result<()> {
        if !self.begin(Section::Contracts, &[]) {
            return Ok(());
        }
        let mut contracts = Vec::new();
        let mut read = self.rows(
            "SELECT id, name, kind, country, revenue, expires FROM contracts ORDER BY id",
            |row| {
                contracts.push((row.get(0)?, self.contract(row)?));
                Ok(())
            },
        )?;
        let sql = "SELECT contract_id, product_id, quantity FROM owned ORDER BY contract_id";
        let owned = |row: &Row<'_>| {
            Ok((
                products.of(row, 1)?,
                row.get::<_, Option<u32>>(2)?.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity),
            ))
        };
        read += self.edges(sql, &mut contracts, owned, |contract, owned| {
            contract.owned = owned.into_iter().collect()
        })?;
        let mut catalogue = BTreeMap::new();
        read +=
            self.rows("SELECT name, number, feature, title, licence, list_price FROM products", |row| {
                catalogue
                    .insert(ProductId::parse(text(row, 0)?, self.names).map_err(damage)?, self.product(row)?);
                Ok(())
            })?;
        if self.complete(Section::Contracts, read, &["contracts", "owned", "products"])? {
            let contracts = contracts.into_iter().map(|(_, contract)| contract).collect();
            (self.snapshot.facts.products, self.snapshot.facts.contracts) = (catalogue, contracts);
            self.snapshot.facts.past = super::usage::past(self.conn, self.names)?;
        }
        Ok(())
    }

    fn contract(&self, row: &Row<'_>) -> rusqlite::Result<Contract> {
        Ok(Contract {
            name: self.text(row, 1)?,
            kind: self.text(row, 2)?,
            country: CountryCode::new(text(row, 3)?).map_err(damage)?,
            revenue: text(row, 4)?.parse().map_err(|error: rust_decimal::Error| damage(error))?,
            expires: row
                .get_ref(5)?
                .as_str_or_null()?
                .map(str::parse)
                .transpose()
                .map_err(|error: jiff::Error| damage(error))?,
            owned: BTreeMap::new(),
        })
    }

    fn product(&self, row: &Row<'_>) -> rusqlite::Result<Product> {
        Ok(Product {
            number: row.get(1)?,
            feature: match row.get_ref(2)? {
                ValueRef::Null => None,
                value => Some(self.names.text(value.as_str()?)),
            },
            name: self.text(row, 3)?,
            licence: row.get::<_, Code<_>>(4)?.0,
            list_price: row
                .get_ref(5)?
                .as_str_or_null()?
                .map(str::parse)
                .transpose()
                .map_err(|error: crate::model::products::MoneyError| damage(error))?,
        })
    }

    fn meta(&self, key: &str) -> rusqlite::Result<Option<Text>> {
        let mut sql = self.conn.prepare("SELECT value FROM meta WHERE key = ?")?;
        let mut rows = sql.query([key])?;
        rows.next()?.map(|row| self.text(row, 0)).transpose()
    }

    fn acting(&self) -> rusqlite::Result<Option<Email>> {
        self.meta("acting")?.map(|email| Email::parse(&email, self.names)).transpose().map_err(damage)
    }
}
