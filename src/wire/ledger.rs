//! The rows of usage and billing, and their conversion to the model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ApiList;
use super::rows::{list_rows, rows};
use crate::format::mirror::{InvalidValue, Mirror, mirror, read_fields};
use crate::format::scalar_text::ScalarText;
use crate::model::{CountryCode, Date, Interner, Money, ProductId, Text, Timestamp};
use crate::usage::{self, Period, Pool, PoolPlace, ReportedUse, TimeOfUse, TimeSpan, UsageSource, UsageType};

rows! {
    /// One machine's use of one product.
    #[schemars(rename = "UsageRow")]
    struct MachineUseRow<'a> {
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// The feature string it ran with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feature: Option<ScalarText<'a, Text>>,
        /// The country that the use belongs to.
        country: ScalarText<'a, CountryCode>,
        /// `production`, or something that is not charged.
        usage_type: ScalarText<'a, Text>,
        /// How the product was started.
        through: StartMethodRecord,
        /// The machine.
        machine: ScalarText<'a, Text>,
        /// An address, or an opaque id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<ScalarText<'a, Text>>,
        /// Whether it was at work or taken offline.
        kind: UseKind,
        /// When it began, RFC 3339.
        from: ScalarText<'a, Timestamp>,
        /// When it was over; of a checkout that was not given back, when it expires.
        to: ScalarText<'a, Timestamp>,
    }

    /// The excess of one country in one period.
    struct InvoiceRow<'a> {
        /// The number.
        number: ScalarText<'a, Text>,
        /// What it is for: `2026Q1`, or `2026-01`.
        period: ScalarText<'a, Period>,
        /// Where.
        country: ScalarText<'a, CountryCode>,
        /// The contract that it is made under.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contract: Option<ScalarText<'a, Text>>,
        /// When it was made.
        issued: ScalarText<'a, Date>,
        /// Until when it is to be paid.
        due: ScalarText<'a, Date>,
        /// The sum of its lines: `1600.00 EUR`.
        total: ScalarText<'a, Money>,
        /// How many overages it has.
        lines: u32,
    }

    /// One line of an invoice.
    struct OverageRow<'a> {
        /// The invoice's number.
        invoice: ScalarText<'a, Text>,
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// Its feature string.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feature: Option<ScalarText<'a, Text>>,
        /// Where.
        country: ScalarText<'a, CountryCode>,
        /// When the interval begins that it comes from, RFC 3339.
        at: ScalarText<'a, Timestamp>,
        /// Machines in use in it.
        used: u32,
        /// Licences owned.
        owned: u32,
        /// Machines above that.
        excess: u32,
        /// The list price on the first day of the period.
        list_price: ScalarText<'a, Money>,
        /// What is charged.
        amount: ScalarText<'a, Money>,
    }

    /// Money that was paid.
    struct PaymentRow<'a> {
        /// The invoice's number.
        invoice: ScalarText<'a, Text>,
        /// When.
        day: ScalarText<'a, Date>,
        /// How much.
        amount: ScalarText<'a, Money>,
        /// What the bank calls it.
        reference: ScalarText<'a, Text>,
    }
}

mirror!(
    /// How a product was started.
    #[schemars(rename = "Through")]
    enum StartMethodRecord of usage::StartMethod {
        /// By signing in.
        SignIn,
        /// Through an old activation key.
        ActivationKey,
        /// Not known.
        Unknown,
    }
);

/// What kind of use it was.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UseKind {
    /// A session.
    Session,
    /// A checkout up to its expiry.
    Checkout,
    /// A checkout up to the check-in.
    Returned,
}

/// An invoice whose lines are still missing, and the number of lines it should have.
pub(crate) type InvoiceWithoutLines = (usage::Invoice, u32);

list_rows! {
    MachineUseRow of Usage as ReportedUse => |row, names| {
        let source = UsageSource {
            product: row.product.read(names)?,
            feature: row.feature.read(names)?,
            country: Some(row.country.read(names)?),
            site: None,
            usage_type: UsageType::new(&row.usage_type.read(names)?),
            through: row.through.read(names)?,
        };
        let (from, to) = (row.from.read(names)?, row.to.read(names)?);
        let span = TimeSpan::new(from, to)
            .ok_or_else(|| InvalidValue::new("after its beginning", to.to_string()))?;
        let used = match row.kind {
            UseKind::Session => TimeOfUse::Session(span),
            UseKind::Checkout => TimeOfUse::Checkout(span),
            UseKind::Returned => TimeOfUse::Returned(span),
        };
        ReportedUse { source, machine: row.machine.read(names)?, user: row.user.read(names)?, used }
    };
    InvoiceRow of Invoices as InvoiceWithoutLines => |row, names| {
        let invoice = read_fields!(row, names => usage::Invoice {
            number, period, country, contract, issued, due, total; lines: Vec::new()
        });
        (invoice, row.lines)
    };
    /// An invoice line with the number of its invoice.
    OverageRow of Overages as (Text, usage::InvoiceLine) => |row, names| {
        let place = PoolPlace::Country(row.country.read(names)?);
        let pool = Pool { product: row.product.read(names)?, feature: row.feature.read(names)?, place };
        let line = read_fields!(row, names => usage::InvoiceLine {
            at, used, owned, excess, list_price, amount; pool
        });
        (row.invoice.read(names)?, line)
    };
    PaymentRow of Payments as usage::Payment => |row, names| {
        read_fields!(row, names => usage::Payment { invoice, day, amount, reference })
    };
}

/// Puts the lines into their invoices. Where lines and invoices do not belong together, the error is a
/// lower-case fragment.
pub(crate) fn assemble_billing(
    invoices: Vec<InvoiceWithoutLines>,
    lines: Vec<(Text, usage::InvoiceLine)>,
    payments: Vec<usage::Payment>,
) -> Result<usage::Billing, Text> {
    let mut by_number: std::collections::BTreeMap<Text, InvoiceWithoutLines> =
        std::collections::BTreeMap::new();
    for (invoice, count) in invoices {
        if let Some((twice, _)) = by_number.insert(invoice.number.clone(), (invoice, count)) {
            return Err(format!("invoice {} came twice", twice.number).into());
        }
    }
    for (number, line) in lines {
        let (invoice, _) = by_number
            .get_mut(&number)
            .ok_or_else(|| Text::from(format!("an overage is of {number}, which is no invoice")))?;
        invoice.lines.push(line);
    }
    let odd = by_number.values().find(|(invoice, count)| invoice.lines.len() != *count as usize);
    match odd {
        Some((invoice, count)) => {
            Err(format!("{} of {count} overages of {} came", invoice.lines.len(), invoice.number).into())
        }
        None => Ok(usage::Billing {
            invoices: by_number.into_values().map(|(invoice, _)| invoice).collect(),
            payments,
        }),
    }
}
