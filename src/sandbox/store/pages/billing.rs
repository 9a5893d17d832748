//! Pages of usage, invoices, overages and payments.

use super::super::usage::{USES, reported_use};
use super::{PageReadResult, PageReader, columns, time_word};
use crate::format::mirror::Mirror;
use crate::format::scalar_text::ScalarText;
use crate::model::Interner;
use crate::usage::{ReportedUse, TimeOfUse};
use crate::wire::{InvoiceRow, MachineUseRow, OverageRow, PaymentRow, UseKind};

impl PageReader<'_> {
    /// Reads a page of rows of use.
    pub(super) fn usage(&self) -> PageReadResult<Vec<u8>> {
        let names = Interner::default();
        self.read_rows(USES, "usage", |row| Ok(usage_row(&reported_use(row, &names)?)))
    }

    /// Reads a page of invoices, each with its number of overages.
    pub(super) fn invoices(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT id, '', number, period, country, contract, issued, due, total,
            (SELECT count(*) FROM overages WHERE invoice_id = invoices.id) FROM invoices WHERE id > ?1 ORDER \
                BY id LIMIT ?3";
        self.read_rows(sql, "invoices", |row| {
            Ok(columns!(row from 2 => InvoiceRow {
                number, period, country, contract, issued, due, total, lines
            }))
        })
    }

    /// Reads a page of overages, the lines of invoices.
    pub(super) fn overages(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT overages.id, '', invoices.number, name, overages.feature, country, used, owned, \
            excess, overages.list_price, amount, at
            FROM overages JOIN invoices ON invoices.id = invoice_id JOIN products ON products.id = product_id
            WHERE overages.id > ?1 ORDER BY overages.id LIMIT ?3";
        self.read_rows(sql, "overages", |row| {
            Ok(columns!(row from 2 => OverageRow {
                invoice, product, feature, country, used, owned, excess, list_price, amount;
                at: time_word(row, 11)?,
            }))
        })
    }

    /// Reads a page of payments.
    pub(super) fn payments(&self) -> PageReadResult<Vec<u8>> {
        let sql = "SELECT payments.id, '', number, day, amount, reference FROM payments JOIN invoices ON \
            invoices.id = invoice_id
            WHERE payments.id > ?1 ORDER BY payments.id LIMIT ?3";
        self.read_rows(sql, "payments", |row| {
            Ok(columns!(row from 2 => PaymentRow { invoice, day, amount, reference }))
        })
    }
}

fn usage_row(one: &ReportedUse) -> MachineUseRow<'static> {
    let (kind, span) = match one.used {
        TimeOfUse::Session(span) => (UseKind::Session, span),
        TimeOfUse::Checkout(span) => (UseKind::Checkout, span),
        TimeOfUse::Returned(span) => (UseKind::Returned, span),
        TimeOfUse::Trimmed { .. } => unreachable!("no trimmed use is kept"),
    };
    MachineUseRow {
        product: owned_word(&one.source.product),
        feature: one.source.feature.as_ref().map(owned_word),
        country: one.source.country.as_ref().map_or_else(|| ScalarText::from_spelling(""), owned_word),
        usage_type: ScalarText::from_spelling(one.source.usage_type.as_str().to_owned()),
        through: Mirror::write(&one.source.through),
        machine: owned_word(&one.machine),
        user: one.user.as_ref().map(owned_word),
        kind,
        from: ScalarText::from_spelling(span.start().to_string()),
        to: ScalarText::from_spelling(span.end().to_string()),
    }
}

/// Returns the name's spelling as an owned text.
fn owned_word<N: ToString>(name: &N) -> ScalarText<'static, N> {
    ScalarText::from_spelling(name.to_string())
}
