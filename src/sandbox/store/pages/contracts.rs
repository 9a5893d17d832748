//! Pages of contracts and of the catalogue.

use super::{PageReadResult, PageReader, code_word, columns};
use crate::wire::{ContractRow, DatedListPrice, DatedQuantity, OwnedProduct, ProductRow};

impl PageReader<'_> {
    /// Reads a page of contracts, each with its owned quantities of today and before.
    pub(super) fn contracts(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT id, '', name, kind, country, revenue, expires FROM contracts WHERE id > ?1 ORDER \
            BY id LIMIT ?3";
        let owned = "SELECT name, quantity FROM owned JOIN products ON products.id = product_id WHERE \
            contract_id = ? ORDER BY name";
        let past = "SELECT name, since, quantity FROM owned_since JOIN products ON products.id = product_id \
            WHERE contract_id = ? ORDER BY name, since";
        self.read_rows(sql, "contracts", |row| {
            let mut owned = self.conn.prepare_cached(owned)?;
            let key: i64 = row.get(0)?;
            let owned = owned
                .query_map([key], |row| Ok(columns!(row from 0 => OwnedProduct { product, quantity })))?;
            let mut past = self.conn.prepare_cached(past)?;
            let past = past.query_map([key], |row| {
                Ok(columns!(row from 0 => DatedQuantity { product, since, quantity }))
            })?;
            Ok(columns!(row from 2 => ContractRow {
                name, kind, country, revenue, expires;
                owned: owned.collect::<PageReadResult<_>>()?,
                past: past.collect::<PageReadResult<_>>()?,
            }))
        })
    }

    /// Reads a page of products, each with its list prices before.
    pub(super) fn products(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT id, '', name, number, feature, title, list_price, licence FROM products
            WHERE id > ?1 ORDER BY id LIMIT ?3";
        let past = "SELECT since, list_price FROM prices WHERE product_id = ? ORDER BY since";
        self.read_rows(sql, "products", |row| {
            let mut past = self.conn.prepare_cached(past)?;
            let past = past.query_map([row.get::<_, i64>(0)?], |row| {
                Ok(DatedListPrice { since: row.get(0)?, list_price: row.get(1)? })
            })?;
            Ok(columns!(row from 2 => ProductRow {
                id, number, feature, name, list_price;
                licence: code_word(row, 7)?,
                past: past.collect::<PageReadResult<_>>()?,
            }))
        })
    }
}
