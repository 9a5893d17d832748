//! Pages of what was used and billed.

use super::{Read, Reading, maybe, moment, word};
use crate::model::Interner;
use crate::plan::file::word::ScalarText;
use crate::sandbox::usage::{USES, reported};
use crate::usage::{ReportedUse, TimeOfUse};
use crate::wire::{InvoiceRow, MachineUseRow, OverageRow, PaymentRow, UseKind};

impl Reading<'_> {
    pub(super) fn usage(&self) -> Read<Vec<u8>> {
        let names = Interner::default();
        self.rows(USES, "usage", |row| Ok(usage_row(&reported(row, &names)?)))
    }

    pub(super) fn invoices(&self) -> Read<Vec<u8>> {
        let sql = "SELECT id, '', number, period, country, contract, issued, due, total,
            (SELECT count(*) FROM overages WHERE invoice_id = invoices.id) FROM invoices WHERE id > ?1 ORDER \
                BY id LIMIT ?3";
        self.rows(sql, "invoices", |row| {
            Ok(InvoiceRow {
                number: word(row, 2)?,
                period: word(row, 3)?,
                country: word(row, 4)?,
                contract: maybe(row, 5)?,
                issued: word(row, 6)?,
                due: word(row, 7)?,
                total: word(row, 8)?,
                lines: row.get(9)?,
            })
        })
    }

    pub(super) fn overages(&self) -> Read<Vec<u8>> {
        let sql = "SELECT overages.id, '', invoices.number, name, overages.feature, country, at, used, \
            owned, excess, overages.list_price, amount
            FROM overages JOIN invoices ON invoices.id = invoice_id JOIN products ON products.id = product_id
            WHERE overages.id > ?1 ORDER BY overages.id LIMIT ?3";
        self.rows(sql, "overages", |row| {
            Ok(OverageRow {
                invoice: word(row, 2)?,
                product: word(row, 3)?,
                feature: maybe(row, 4)?,
                country: word(row, 5)?,
                at: moment(row, 6)?,
                used: row.get(7)?,
                owned: row.get(8)?,
                excess: row.get(9)?,
                list_price: word(row, 10)?,
                amount: word(row, 11)?,
            })
        })
    }

    pub(super) fn payments(&self) -> Read<Vec<u8>> {
        let sql = "SELECT payments.id, '', number, day, amount, reference FROM payments JOIN invoices ON \
            invoices.id = invoice_id
            WHERE payments.id > ?1 ORDER BY payments.id LIMIT ?3";
        self.rows(sql, "payments", |row| {
            Ok(PaymentRow {
                invoice: word(row, 2)?,
                day: word(row, 3)?,
                amount: word(row, 4)?,
                reference: word(row, 5)?,
            })
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
        product: said(&one.source.product),
        feature: one.source.feature.as_ref().map(said),
        country: one.source.country.as_ref().map_or_else(|| ScalarText::from_spelling(""), said),
        usage_type: ScalarText::from_spelling(one.source.usage_type.as_str().to_owned()),
        through: one.source.through.into(),
        machine: said(&one.machine),
        user: one.user.as_ref().map(said),
        kind,
        from: ScalarText::from_spelling(span.start().to_string()),
        to: ScalarText::from_spelling(span.end().to_string()),
    }
}

/// The one spelling, as a string of its own.
fn said<N: ToString>(name: &N) -> ScalarText<'static, N> {
    ScalarText::from_spelling(name.to_string())
}
