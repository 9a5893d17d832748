//! Past prices and owned quantities.

use rusqlite::{Connection, Row};

use super::schema::damage_error;
use crate::model::{Date, Interner, Money, OwnedLicences, PastTerms, ProductId, Text};
use crate::sandbox::acts::write_transaction::text_column;

/// Past prices and owned quantities.
pub(super) fn read_past(conn: &Connection, names: &Interner) -> rusqlite::Result<PastTerms> {
    let mut past = PastTerms::default();
    let mut statement = conn.prepare(
        "SELECT name, since, prices.list_price FROM prices JOIN products ON products.id = product_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let price: Money = text_column(row, 2)?
            .parse()
            .map_err(|error: crate::model::products::MoneyError| damage_error(error))?;
        past.prices
            .entry(ProductId::parse(text_column(row, 0)?, names).map_err(damage_error)?)
            .or_default()
            .insert(day_column(row, 1)?, price);
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
        past.owned.entry(key).or_default().insert(day_column(row, 2)?, owned);
    }
    Ok(past)
}

fn day_column(row: &Row<'_>, at: usize) -> rusqlite::Result<Date> {
    text_column(row, at)?.parse().map_err(|error: jiff::Error| damage_error(error))
}
