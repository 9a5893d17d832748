//! Reads the contracts and the catalogue of the organization.

use std::collections::BTreeMap;

use rusqlite::Row;

use super::super::schema::{code_column, damage_error};
use super::{NamesByKey, OrganizationReader};
use crate::model::{Contract, CountryCode, OwnedLicences, Product, ProductId, Section};
use crate::sandbox::acts::write_transaction::{maybe_parsed_column, parsed_column, text_column};

impl OrganizationReader<'_> {
    /// Reads the contracts, the catalogue, and the past of both.
    pub(super) fn read_contracts(&mut self, products: &NamesByKey<ProductId>) -> rusqlite::Result<()> {
        let tables = ["contracts", "owned", "products"];
        let facts = self.section((Section::Contracts, &[], &tables), |reader| {
            let sql = "SELECT id, name, kind, country, revenue, expires FROM contracts ORDER BY id";
            let (mut contracts, came): (Vec<_>, _) =
                reader.collect_rows(sql, |row| Ok((row.get(0)?, reader.contract(row)?)))?;
            let sql = "SELECT contract_id, product_id, quantity FROM owned ORDER BY contract_id";
            let owned = |row: &Row<'_>| {
                let quantity: Option<u32> = row.get(2)?;
                let owned = quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity);
                Ok((products.name_at(row, 1)?, owned))
            };
            let edges = reader.read_edges(sql, &mut contracts, owned, |contract, owned| {
                contract.owned = owned.into_iter().collect()
            })?;
            let sql = "SELECT name, number, feature, title, licence, list_price FROM products";
            let (catalogue, known) = reader.collect_rows(sql, |row| {
                let id = ProductId::parse(text_column(row, 0)?, reader.names).map_err(damage_error)?;
                Ok((id, reader.product(row)?))
            })?;
            Ok(((contracts, catalogue), came + edges + known))
        })?;
        if let Some((contracts, catalogue)) = facts {
            let contracts = contracts.into_iter().map(|(_, contract)| contract).collect();
            (self.snapshot.facts.products, self.snapshot.facts.contracts) = (catalogue, contracts);
            self.snapshot.facts.past = super::super::past_terms::read_past(self.conn, self.names)?;
        }
        Ok(())
    }

    fn contract(&self, row: &Row<'_>) -> rusqlite::Result<Contract> {
        Ok(Contract {
            name: self.text(row, 1)?,
            kind: self.text(row, 2)?,
            country: CountryCode::new(text_column(row, 3)?).map_err(damage_error)?,
            revenue: parsed_column(row, 4)?,
            expires: maybe_parsed_column(row, 5)?,
            owned: BTreeMap::new(),
        })
    }

    fn product(&self, row: &Row<'_>) -> rusqlite::Result<Product> {
        Ok(Product {
            number: row.get(1)?,
            feature: row.get_ref(2)?.as_str_or_null()?.map(|feature| self.names.text(feature)),
            name: self.text(row, 3)?,
            licence: code_column(row, 4)?,
            list_price: maybe_parsed_column(row, 5)?,
        })
    }
}
