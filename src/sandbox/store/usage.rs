//! The usage data of the organization, and its past prices and owned quantities.

use std::collections::BTreeMap;

use rusqlite::{Row, Statement, params};

use super::ledger;
use super::sandbox_store::SandboxStore;
use super::schema::{ColumnCode, code_column, damage_error, insertion};
use crate::model::{Interner, OwnedLicences, PastTerms, ProductId};
use crate::sandbox::SandboxStoreError;
use crate::sandbox::acts::write_transaction::{WriteStop, WriteTransaction, country_column, text_column};
use crate::usage::{ReportedUse, TimeOfUse, TimeSpan, UsageSource, UsageType};

/// The kinds of a row of use.
const SESSION: u8 = 0;
const CHECKOUT: u8 = 1;
const RETURNED: u8 = 2;

/// The query for rows of use in order. Its first two columns are the key, as the query of a page needs it.
pub(in crate::sandbox) const USES: &str = "
SELECT usage.id, '', name, sources.feature, country, usage_type, through, machine, user, kind, began, ended
FROM usage JOIN sources ON sources.id = source_id JOIN products ON products.id = product_id WHERE usage.id > \
    ?1 ORDER BY usage.id LIMIT ?3";

impl SandboxStore {
    /// Replaces all usage data, past prices and past quantities with `uses` and `past`. All invoices and
    /// payments go.
    pub fn keep_usage(&self, past: &PastTerms, uses: &[ReportedUse]) -> Result<(), SandboxStoreError> {
        self.with_transaction(self.options().now, |write| keep_reported(write, past, uses))
    }

    /// Returns the usage data in order of its beginning.
    pub fn usage(&self, names: &Interner) -> Result<Vec<ReportedUse>, SandboxStoreError> {
        self.with_reader(|conn| {
            let mut statement = conn.prepare(USES)?;
            let rows = statement.query_map(params![0, "", i64::MAX], |row| reported_use(row, names))?;
            rows.collect()
        })
    }
}

fn keep_reported(
    write: &WriteTransaction<'_>,
    past: &PastTerms,
    uses: &[ReportedUse],
) -> Result<(), WriteStop> {
    for table in ["payments", "overages", "invoices", "billed", "usage", "sources", "prices", "owned_since"] {
        write.run(&format!("DELETE FROM {table}"), [])?;
    }
    keep_past(write, past)?;
    let columns = "source_id, machine, user, kind, began, ended";
    let mut insert = write.conn.prepare(&insertion("usage", columns))?;
    let mut sources = BTreeMap::new();
    for one in uses {
        let source = match sources.get(&one.source) {
            Some(known) => *known,
            None => {
                let key = keep_source(write, &one.source)?;
                sources.insert(&one.source, key);
                key
            }
        };
        keep_use(&mut insert, source, one)?;
    }
    Ok(write.append_audit(
        &serde_json::json!({"act": "report use", "rows": uses.len().to_string()}).to_string(),
    )?)
}

fn keep_source(write: &WriteTransaction<'_>, source: &UsageSource) -> Result<i64, WriteStop> {
    let UsageSource { product, feature, country, site: _, usage_type, through } = source;
    let (product, country) = (write.product_key(product)?, country.as_ref().map_or("", |code| code.as_str()));
    let row = params![product, feature, country, usage_type.as_str(), ColumnCode(*through)];
    Ok(write.insert("sources", "product_id, feature, country, usage_type, through", row)?)
}

fn keep_use(insert: &mut Statement<'_>, source: i64, one: &ReportedUse) -> rusqlite::Result<()> {
    let (kind, from, to) = match one.used {
        TimeOfUse::Session(span) => (SESSION, span.start(), span.end()),
        TimeOfUse::Checkout(span) => (CHECKOUT, span.start(), span.end()),
        TimeOfUse::Returned(span) => (RETURNED, span.start(), span.end()),
        // A use that an export has trimmed is not the use that happened, and the sandbox only keeps its own,
        // untrimmed use.
        TimeOfUse::Trimmed { .. } => return Ok(()),
    };
    insert
        .execute(params![source, one.machine, one.user, kind, from.as_microsecond(), to.as_microsecond()])
        .map(drop)
}

fn keep_past(write: &WriteTransaction<'_>, past: &PastTerms) -> Result<(), WriteStop> {
    for (product, prices) in &past.prices {
        for (since, price) in prices {
            let row = params![write.product_key(product)?, since.to_string(), price.to_string()];
            write.insert("prices", "product_id, since, list_price", row)?;
        }
    }
    for ((contract, product), owned) in &past.owned {
        for (since, owned) in owned {
            let quantity = match owned {
                OwnedLicences::Quantity(quantity) => Some(*quantity),
                OwnedLicences::Unlimited => None,
            };
            let sql = "INSERT INTO owned_since (contract_id, product_id, since, quantity) SELECT id, ?, ?, ? \
                FROM contracts WHERE name = ?";
            write.run(sql, params![write.product_key(product)?, since.to_string(), quantity, contract])?;
        }
    }
    Ok(())
}

/// Reads a row of [`USES`].
pub(in crate::sandbox) fn reported_use(row: &Row<'_>, names: &Interner) -> rusqlite::Result<ReportedUse> {
    let maybe =
        |at: usize| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str_or_null()?.map(|text| names.text(text)));
    let source = UsageSource {
        product: ProductId::parse(text_column(row, 2)?, names).map_err(damage_error)?,
        feature: maybe(3)?,
        country: (!text_column(row, 4)?.is_empty()).then(|| country_column(row, 4)).transpose()?.flatten(),
        site: None,
        usage_type: UsageType::new(text_column(row, 5)?),
        through: code_column(row, 6)?,
    };
    Ok(ReportedUse {
        source,
        machine: names.text(text_column(row, 7)?),
        user: maybe(8)?,
        used: use_of_row(row)?,
    })
}

fn use_of_row(row: &Row<'_>) -> rusqlite::Result<TimeOfUse> {
    let kind: u8 = row.get(9)?;
    let span = TimeSpan::new(ledger::time_column(row, 10)?, ledger::time_column(row, 11)?)
        .ok_or_else(|| damage_error(InvalidUse("use ends before it begins")))?;
    match kind {
        SESSION => Ok(TimeOfUse::Session(span)),
        CHECKOUT => Ok(TimeOfUse::Checkout(span)),
        RETURNED => Ok(TimeOfUse::Returned(span)),
        _ => Err(damage_error(InvalidUse("a kind of use that is none"))),
    }
}

/// A row of use has invalid values.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct InvalidUse(&'static str);
