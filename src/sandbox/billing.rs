//! Invoices of closed periods and their payments, which a real service would issue. The amounts come from the
//! same arithmetic as in `usage`.

use rusqlite::{Connection, params};

use super::SandboxStoreError;
use super::acts::audit_record;
use super::acts::write_transaction::{WriteStop, WriteTransaction, parsed_column, text_column};
use super::store::ledger::time_column;
use super::store::sandbox_store::SandboxStore;
use super::store::schema::damage_error;
use crate::model::{CountryCode, Date, Interner, ProductId, Snapshot, Timestamp};
use crate::usage::{
    Billing, Invoice, InvoiceLine, LicenceAssignments, LicenceTerms, NameRegister, Payment, Period, Pool,
    PoolPlace, ReportedUse, TimeSpan, UsageCounter, UsageSettings, invoices, issue_day, utc_day,
};

impl SandboxStore {
    /// Adds the invoices and payments that are due by `now` and missing.
    pub fn bill(&self, now: Timestamp) -> Result<(), SandboxStoreError> {
        let today = utc_day(now);
        let (periods, payments) =
            self.with_reader(|conn| Ok((unbilled_periods(conn, today)?, new_payments(conn, today)?)))?;
        if periods.is_empty() && payments.is_empty() {
            return Ok(());
        }
        let made = if periods.is_empty() { Vec::new() } else { self.invoices_of(&periods)? };
        self.with_transaction(now, |write| keep_invoices(write, &periods, &made))?;
        // Some of the new invoices may be paid by now as well.
        let payments = self.with_reader(|conn| new_payments(conn, today))?;
        self.with_transaction(now, |write| {
            payments.iter().try_for_each(|payment| keep_payment(write, payment))
        })
    }

    fn invoices_of(&self, periods: &[Period]) -> Result<Vec<Invoice>, SandboxStoreError> {
        let names = Interner::default();
        let (snapshot, uses) = (self.fetch(&names)?, self.usage(&names)?);
        Ok(make_invoices(&snapshot, &uses, periods))
    }

    /// Returns the invoices and payments so far.
    pub fn billing(&self, names: &Interner) -> Result<Billing, SandboxStoreError> {
        self.with_reader(|conn| {
            Ok(Billing { invoices: read_invoices(conn, names)?, payments: read_payments(conn)? })
        })
    }
}

/// Makes the invoices of `periods` under the default usage settings, as no contract of the sandbox has
/// others.
fn make_invoices(snapshot: &Snapshot, uses: &[ReportedUse], periods: &[Period]) -> Vec<Invoice> {
    let (settings, mut register) = (UsageSettings::default(), NameRegister::default());
    let mut assigned = LicenceAssignments::default();
    for (email, user) in &snapshot.live.0.users {
        for (product, licence) in user.licences.iter() {
            let since = licence.assigned.unwrap_or(Timestamp::MIN);
            assigned.add(
                register.user_id(email.as_str()),
                product.clone(),
                TimeSpan::new(since, Timestamp::MAX).expect("no time is after the last"),
            );
        }
    }
    let mut counter = UsageCounter::new(&settings, &assigned, TimeSpan::ALWAYS);
    for one in uses {
        let row = one.row(&mut register);
        counter.add(&register, &row);
    }
    let counted = counter.finish(&register);
    periods
        .iter()
        .flat_map(|period| invoices(&counted, *period, LicenceTerms(&snapshot.facts), &settings))
        .collect()
}

/// Returns the closed periods since the first use that are not billed yet.
fn unbilled_periods(conn: &Connection, today: Date) -> rusqlite::Result<Vec<Period>> {
    let mut first = conn.prepare("SELECT began FROM usage ORDER BY id LIMIT 1")?;
    let Some(first) = first.query_map([], |row| time_column(row, 0))?.next().transpose()? else {
        return Ok(Vec::new());
    };
    let kind = UsageSettings::default().period;
    let mut known = conn.prepare("SELECT 1 FROM billed WHERE period = ?")?;
    let (mut periods, mut period) = (Vec::new(), Period::from_day(kind, utc_day(first)));
    while issue_day(period) <= today {
        if !known.exists([period.to_string()])? {
            periods.push(period);
        }
        let Ok(next) = period.last_day().tomorrow() else { break };
        period = Period::from_day(kind, next);
    }
    Ok(periods)
}

/// Returns the payments that are made by `today` and not recorded yet. The day of payment is 16 to 34 days
/// after the invoice is issued: most firms pay in time, some a little late.
fn new_payments(conn: &Connection, today: Date) -> rusqlite::Result<Vec<Payment>> {
    let sql = "SELECT number, issued, total FROM invoices WHERE id NOT IN (SELECT invoice_id FROM payments) \
        ORDER BY id";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let number = text_column(row, 0)?;
        // The delay follows from the invoice number, so that the same invoice is always paid on the same day.
        let after = 16 + number.bytes().map(i64::from).sum::<i64>() % 19;
        let day = parsed_column::<Date>(row, 1)?.saturating_add(jiff::Span::new().days(after));
        Ok(Payment {
            invoice: number.into(),
            day,
            amount: parsed_column(row, 2)?,
            reference: format!("TR {number}").into(),
        })
    })?;
    let mut payments = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    payments.retain(|payment| payment.day <= today);
    payments.sort_by(|one, other| (one.day, &one.invoice).cmp(&(other.day, &other.invoice)));
    Ok(payments)
}

fn keep_invoices(
    write: &WriteTransaction<'_>,
    periods: &[Period],
    invoices: &[Invoice],
) -> Result<(), WriteStop> {
    let mut new = Vec::new();
    for period in periods {
        // Another process may have billed the period in the meantime, with all its invoices.
        if write.run("INSERT OR IGNORE INTO billed (period) VALUES (?)", [period.to_string()])? > 0 {
            new.push(*period);
        }
    }
    for invoice in invoices.iter().filter(|invoice| new.contains(&invoice.period)) {
        keep_invoice(write, invoice)?;
    }
    if new.is_empty() {
        Ok(())
    } else {
        Ok(write.append_audit(&audit_record::record_invoices(&new).to_string())?)
    }
}

fn keep_invoice(write: &WriteTransaction<'_>, invoice: &Invoice) -> Result<(), WriteStop> {
    let Invoice { number, period, country, contract, issued, due, total, lines } = invoice;
    let (issued, due) = (issued.to_string(), due.to_string());
    let row = params![number, period.to_string(), country.as_str(), contract, issued, due, total.to_string()];
    let key = write.insert("invoices", "number, period, country, contract, issued, due, total", row)?;
    let columns = "invoice_id, product_id, feature, at, used, owned, excess, list_price, amount";
    for line in lines {
        let InvoiceLine { pool, at, used, owned, excess, list_price, amount } = line;
        let (product, at) = (write.product_key(&pool.product)?, at.as_microsecond());
        let (list_price, amount) = (list_price.to_string(), amount.to_string());
        let row = params![key, product, pool.feature, at, used, owned, excess, list_price, amount];
        write.insert("overages", columns, row)?;
    }
    Ok(())
}

fn keep_payment(write: &WriteTransaction<'_>, payment: &Payment) -> Result<(), WriteStop> {
    let Payment { invoice, day, amount, reference } = payment;
    let sql = "INSERT OR IGNORE INTO payments (invoice_id, day, amount, reference) SELECT id, ?, ?, ? FROM \
        invoices WHERE number = ?";
    if write.run(sql, params![day.to_string(), amount.to_string(), reference, invoice])? > 0 {
        write.append_audit(&audit_record::record_payment(invoice).to_string())?;
    }
    Ok(())
}

fn read_invoices(conn: &Connection, names: &Interner) -> rusqlite::Result<Vec<Invoice>> {
    let sql =
        "SELECT id, number, period, country, contract, issued, due, total FROM invoices ORDER BY number";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut invoices = Vec::new();
    while let Some(row) = rows.next()? {
        let country = CountryCode::new(text_column(row, 3)?).map_err(damage_error)?;
        invoices.push(Invoice {
            number: text_column(row, 1)?.into(),
            period: Period::parse(text_column(row, 2)?).ok_or_else(|| damage_error(InvalidPeriod))?,
            country,
            contract: row.get_ref(4)?.as_str_or_null()?.map(Into::into),
            issued: parsed_column(row, 5)?,
            due: parsed_column(row, 6)?,
            total: parsed_column(row, 7)?,
            lines: read_lines(conn, row.get(0)?, country, names)?,
        });
    }
    Ok(invoices)
}

fn read_lines(
    conn: &Connection,
    invoice: i64,
    country: CountryCode,
    names: &Interner,
) -> rusqlite::Result<Vec<InvoiceLine>> {
    let sql = "SELECT name, overages.feature, at, used, owned, excess, overages.list_price, amount
        FROM overages JOIN products ON products.id = product_id WHERE invoice_id = ? ORDER BY overages.id";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([invoice], |row| {
        let feature = row.get_ref(1)?.as_str_or_null()?.map(|feature| names.text(feature));
        Ok(InvoiceLine {
            pool: Pool {
                product: ProductId::parse(text_column(row, 0)?, names).map_err(damage_error)?,
                feature,
                place: PoolPlace::Country(country),
            },
            at: time_column(row, 2)?,
            used: row.get(3)?,
            owned: row.get(4)?,
            excess: row.get(5)?,
            list_price: parsed_column(row, 6)?,
            amount: parsed_column(row, 7)?,
        })
    })?;
    rows.collect()
}

fn read_payments(conn: &Connection) -> rusqlite::Result<Vec<Payment>> {
    let sql = "SELECT number, day, amount, reference FROM payments JOIN invoices ON invoices.id = invoice_id \
        ORDER BY payments.id";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Payment {
            invoice: text_column(row, 0)?.into(),
            day: parsed_column(row, 1)?,
            amount: parsed_column(row, 2)?,
            reference: text_column(row, 3)?.into(),
        })
    })?;
    rows.collect()
}

/// The stored text is not a period.
#[derive(Debug, thiserror::Error)]
#[error("a period that is none")]
struct InvalidPeriod;
