//! Writes a whole organization into empty tables, in the order of their keys, so that every database page is
//! written once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::{Connection, Params, Statement, params};

use super::schema::{ColumnCode, insertion};
use super::user_columns;
use crate::model::{
    AccessSetting, Contract, Group, GroupFacts, GroupName, LicenceKind, Organization, OrganizationFacts,
    OwnedLicences, Product, ProductId, RoleId, Timestamp, User,
};
use crate::sandbox::acts::write_transaction::{WriteTransaction, area_code};
use crate::sandbox::identity::IdentityIssuer;

/// The content of a new file.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct InitialOrganization<'a> {
    pub(in crate::sandbox) name: &'a str,
    pub(in crate::sandbox) organization: &'a Organization,
    pub(in crate::sandbox) facts: &'a OrganizationFacts,
    pub(in crate::sandbox) now: Timestamp,
}

/// Fills empty tables. Objects without an identity get one; licences without a time are assigned at `now`.
pub(in crate::sandbox) fn fill_tables(
    conn: &Connection,
    whole: InitialOrganization<'_>,
) -> rusqlite::Result<()> {
    let InitialOrganization { name, organization, facts, now } = whole;
    fill_meta(conn, name, facts)?;
    let products = fill_products(conn, organization, facts)?;
    fill_contracts(conn, &facts.contracts, &products)?;
    let groups = fill_groups(conn, &organization.groups, &products)?;
    let roles = fill_roles(conn, organization.users.values().map(Arc::as_ref))?;
    let keys = RowKeys { products: &products, groups: &groups, roles: &roles, now };
    fill_users(conn, organization.users.values().map(Arc::as_ref))?;
    keys.fill_edges(conn, organization.users.values().map(Arc::as_ref))?;
    fill_settings(conn, organization, &products)?;
    keep_identities_apart(conn)
}

/// Inserts a product, or completes it: known values of a product stay.
const LEARN: &str = "
INSERT INTO products (name, known, number, feature, title, licence, list_price) VALUES (?1, 1, ?2, ?3, ?4, \
    ?5, ?6)
ON CONFLICT (name) DO UPDATE SET
    number = coalesce(number, ?2), feature = coalesce(feature, ?3), title = iif(title = '', ?4, title),
    licence = iif(known, licence, ?5), list_price = coalesce(list_price, ?6), known = 1
WHERE NOT known OR (number IS NULL AND ?2 IS NOT NULL) OR (feature IS NULL AND ?3 IS NOT NULL)
    OR (title = '' AND ?4 <> '') OR (list_price IS NULL AND ?6 IS NOT NULL)";

fn learn_product(sql: &mut Statement<'_>, id: &ProductId, product: &Product) -> rusqlite::Result<usize> {
    let Product { number, feature, name, licence, list_price } = product;
    sql.execute(params![
        id.as_str(),
        number,
        feature,
        name,
        ColumnCode(*licence),
        list_price.as_ref().map(ToString::to_string)
    ])
}

/// Adds the products of a catalogue and completes the known ones. Known values of a product stay.
pub(in crate::sandbox) fn learn_catalogue(
    write: &WriteTransaction<'_>,
    catalogue: &BTreeMap<ProductId, Product>,
) -> rusqlite::Result<()> {
    let mut sql = write.conn.prepare_cached(LEARN)?;
    let mut learnt = 0;
    for (id, product) in catalogue {
        learnt += learn_product(&mut sql, id, product)?;
    }
    if learnt > 0 {
        write.append_audit(
            &serde_json::json!({"act": "learn products", "count": learnt.to_string()}).to_string(),
        )?;
    }
    Ok(())
}

/// The integer keys of the objects that edges refer to.
struct RowKeys<'a> {
    products: &'a BTreeMap<&'a ProductId, i64>,
    groups: &'a BTreeMap<&'a GroupName, i64>,
    roles: &'a BTreeMap<&'a RoleId, i64>,
    now: Timestamp,
}

/// Inserts rows one by one with a prepared statement.
struct RowInserter<'c>(Statement<'c>);

impl<'c> RowInserter<'c> {
    fn new(conn: &'c Connection, table: &str, columns: &str) -> rusqlite::Result<Self> {
        conn.prepare(&insertion(table, columns)).map(Self)
    }

    fn insert(&mut self, row: impl Params) -> rusqlite::Result<()> {
        self.0.execute(row).map(drop)
    }
}

fn fill_meta(conn: &Connection, name: &str, facts: &OrganizationFacts) -> rusqlite::Result<()> {
    let mut insert = RowInserter::new(conn, "meta", "key, value")?;
    insert.insert(["organization", name])?;
    if facts.federated {
        insert.insert(["federated", "yes"])?;
    }
    if let Some(acting) = &facts.acting {
        insert.insert(["acting", acting.as_str()])?;
    }
    Ok(())
}

fn fill_products<'a>(
    conn: &Connection,
    organization: &'a Organization,
    facts: &'a OrganizationFacts,
) -> rusqlite::Result<BTreeMap<&'a ProductId, i64>> {
    let mut sql = conn.prepare(LEARN)?;
    for (id, product) in &facts.products {
        learn_product(&mut sql, id, product)?;
    }
    let mut bare = RowInserter::new(conn, "products", "name, known, title, licence")?;
    let named: BTreeSet<_> =
        organization.users.values().map(Arc::as_ref).flat_map(|user| user.licences.keys()).collect();
    let unknown: Vec<_> =
        products_of(organization, facts).into_iter().filter(|id| !facts.products.contains_key(*id)).collect();
    for id in &unknown {
        let licence = if named.contains(id) { LicenceKind::Named } else { LicenceKind::Pooled };
        bare.insert(params![id.as_str(), false, "", ColumnCode(licence)])?;
    }
    Ok(keys_by_name(facts.products.keys().chain(unknown)))
}

fn products_of<'a>(organization: &'a Organization, facts: &'a OrganizationFacts) -> BTreeSet<&'a ProductId> {
    let mut products: BTreeSet<_> =
        facts.contracts.iter().flat_map(|contract| contract.owned.keys()).collect();
    for user in organization.users.values().map(Arc::as_ref) {
        products.extend(
            user.exceptions
                .keys()
                .chain(user.licences.keys())
                .chain(user.checkouts.keys().map(|checkout| &checkout.product)),
        );
    }
    products.extend(organization.groups.values().flat_map(|group| group.products.keys()));
    products.extend(organization.restrictions.keys().map(|(product, _)| product));
    products.extend(organization.alerts.keys().map(|(product, _)| product));
    products
}

fn keys_by_name<'a, K: Ord>(names: impl Iterator<Item = &'a K>) -> BTreeMap<&'a K, i64> {
    names.zip(1..).collect()
}

fn fill_contracts(
    conn: &Connection,
    contracts: &[Contract],
    products: &BTreeMap<&ProductId, i64>,
) -> rusqlite::Result<()> {
    let mut insert = RowInserter::new(conn, "contracts", "id, name, kind, country, revenue, expires")?;
    let mut owns = RowInserter::new(conn, "owned", "contract_id, product_id, quantity")?;
    for (contract, key) in contracts.iter().zip(1_i64..) {
        let Contract { name, kind, country, revenue, expires, owned } = contract;
        insert.insert(params![
            key,
            name,
            kind,
            country.as_str(),
            revenue.to_string(),
            expires.map(|day| day.to_string())
        ])?;
        for (product, owned) in owned {
            let quantity = match owned {
                OwnedLicences::Quantity(quantity) => Some(*quantity),
                OwnedLicences::Unlimited => None,
            };
            owns.insert(params![key, products[product], quantity])?;
        }
    }
    Ok(())
}

fn fill_groups<'a>(
    conn: &Connection,
    groups: &'a BTreeMap<GroupName, Group>,
    products: &BTreeMap<&ProductId, i64>,
) -> rusqlite::Result<BTreeMap<&'a GroupName, i64>> {
    let mut insert = RowInserter::new(conn, "groups", "id, live, name, kind, country, description")?;
    let mut lists = RowInserter::new(conn, "lists", "group_id, product_id")?;
    let mut identities = IdentityIssuer::for_groups(groups.values().filter_map(|group| group.id.as_ref()));
    for (group, key) in groups.values().zip(1_i64..) {
        let Group { id, facts: GroupFacts { name, kind, country, description }, products: list } = group;
        let live = id.clone().unwrap_or_else(|| identities.next());
        insert.insert(params![
            key,
            live.as_str(),
            name.as_str(),
            ColumnCode(*kind),
            country.as_ref().map(|country| country.as_str()),
            description
        ])?;
        let mut list: Vec<_> = list.keys().map(|product| products[product]).collect();
        list.sort_unstable();
        for product in list {
            lists.insert([key, product])?;
        }
    }
    Ok(keys_by_name(groups.keys()))
}

fn fill_roles<'a>(
    conn: &Connection,
    users: impl Iterator<Item = &'a User>,
) -> rusqlite::Result<BTreeMap<&'a RoleId, i64>> {
    let roles: BTreeSet<_> = users.flat_map(|user| user.roles.keys()).collect();
    let mut insert = RowInserter::new(conn, "roles", "name")?;
    for role in &roles {
        insert.insert([role.as_str()])?;
    }
    Ok(keys_by_name(roles.into_iter()))
}

fn fill_users<'a>(conn: &Connection, users: impl Iterator<Item = &'a User> + Clone) -> rusqlite::Result<()> {
    let mut insertion = conn.prepare(&user_columns::insertion())?;
    let mut identities = IdentityIssuer::for_users(users.clone().filter_map(|user| user.id.as_ref()));
    for (user, key) in users.zip(1_i64..) {
        let live = user.id.clone().unwrap_or_else(|| identities.next());
        user_columns::insert_user(&mut insertion, (Some(key), live.as_str()), &user.profile, user.state)?;
    }
    Ok(())
}

impl RowKeys<'_> {
    fn fill_edges<'a>(
        &self,
        conn: &Connection,
        users: impl Iterator<Item = &'a User>,
    ) -> rusqlite::Result<()> {
        let mut members = RowInserter::new(conn, "memberships", "user_id, group_id")?;
        let mut grants = RowInserter::new(conn, "grants", "user_id, role_id")?;
        let mut exceptions = RowInserter::new(conn, "exceptions", "user_id, product_id, exception")?;
        let mut licences = RowInserter::new(conn, "licences", "user_id, product_id, assigned_at")?;
        let mut checkouts = RowInserter::new(conn, "checkouts", "user_id, product_id, machine, expires")?;
        for (user, key) in users.zip(1_i64..) {
            for group in user.groups.keys() {
                members.insert([key, self.groups[group]])?;
            }
            for role in user.roles.keys() {
                grants.insert([key, self.roles[role]])?;
            }
            for (product, exception) in user.exceptions.iter() {
                exceptions.insert(params![key, self.products[product], ColumnCode(*exception)])?;
            }
            for (product, licence) in user.licences.iter() {
                licences.insert(params![
                    key,
                    self.products[product],
                    licence.assigned.unwrap_or(self.now).as_microsecond()
                ])?;
            }
            for checkout in user.checkouts.keys() {
                checkouts.insert(params![
                    key,
                    self.products[&checkout.product],
                    checkout.machine,
                    checkout.expires.as_microsecond()
                ])?;
            }
        }
        Ok(())
    }
}

fn fill_settings(
    conn: &Connection,
    organization: &Organization,
    products: &BTreeMap<&ProductId, i64>,
) -> rusqlite::Result<()> {
    let Organization { users: _, groups: _, defaults, restrictions, alerts, contacts } = organization;
    let mut insert = RowInserter::new(conn, "defaults", "country, setting")?;
    // A default of `everyone` means the same as no default.
    for (country, setting) in defaults.iter().filter(|(_, setting)| **setting == AccessSetting::Nobody) {
        insert.insert(params![country.as_str(), ColumnCode(*setting)])?;
    }
    let mut insert = RowInserter::new(conn, "restrictions", "product_id, country, setting")?;
    for ((product, area), setting) in restrictions {
        insert.insert(params![products[product], area_code(area), ColumnCode(*setting)])?;
    }
    let mut insert = RowInserter::new(conn, "alerts", "product_id, country, above, sign_in_required")?;
    for ((product, country), alert) in alerts {
        insert.insert(params![products[product], country.as_str(), alert.above, alert.sign_in_required])?;
    }
    let mut insert = RowInserter::new(conn, "contacts", "email, country")?;
    for contact in contacts {
        insert.insert([contact.email.as_str(), area_code(&contact.area)])?;
    }
    Ok(())
}

/// Makes new identities count on from the highest one, because identities from elsewhere may look like those
/// of the sandbox.
fn keep_identities_apart(conn: &Connection) -> rusqlite::Result<()> {
    for (table, pattern) in [("users", "u-[0-9]*"), ("groups", "g-[0-9]*")] {
        // Counting never reaches an identity of more than 15 digits.
        let highest = format!(
            "SELECT coalesce(max(CAST(substr(live, 3) AS INTEGER)), 0) FROM {table} WHERE live GLOB ? AND \
                length(live) < 18"
        );
        conn.execute(
            &format!("UPDATE sqlite_sequence SET seq = max(seq, ({highest})) WHERE name = ?"),
            [pattern, table],
        )?;
    }
    Ok(())
}
