//! Past prices and owned quantities.

use rusqlite::Connection;

use super::schema::damage_error;
use crate::model::{Interner, OwnedLicences, PastTerms, ProductId, Text};
use crate::sandbox::acts::write_transaction::{parsed_column, text_column};

/// Past prices and owned quantities.
pub(super) fn read_past(conn: &Connection, names: &Interner) -> rusqlite::Result<PastTerms> {
    let mut past = PastTerms::default();
    let mut statement = conn.prepare(
        "SELECT name, since, prices.list_price FROM prices JOIN products ON products.id = product_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let product = ProductId::parse(text_column(row, 0)?, names).map_err(damage_error)?;
        past.prices.entry(product).or_default().insert(parsed_column(row, 1)?, parsed_column(row, 2)?);
    }
    let sql = "SELECT contracts.name, products.name, since, quantity FROM owned_since
        JOIN contracts ON contracts.id = contract_id JOIN products ON products.id = product_id";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = (
            Text::from(text_column(row, 0)?),
            ProductId::parse(text_column(row, 1)?, names).map_err(damage_error)?,
        );
        let owned = row.get::<_, Option<u32>>(3)?.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity);
        past.owned.entry(key).or_default().insert(parsed_column(row, 2)?, owned);
    }
    Ok(past)
}
