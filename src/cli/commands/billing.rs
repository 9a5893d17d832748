//! `seatwise billing`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::days::DayWord;
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::question::unknown_name_error;
use crate::cli::usage_inputs::{PoolFilterArgs, Strictness, UsageContext, UsageInputArgs};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::render::table_report::TableReport;
use crate::render::usage;
use crate::usage::{
    Billing, InvoiceLine, InvoiceVerdict, NameRegister, Period, Pool, PoolPlace, RowFilter, UsageCounter,
    UseDays, verify_invoices,
};

/// Show invoices and payments, and hold each overage against what was used
///
/// As the organization reports them: the sandbox, or a service that has `/v1/invoices`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BillingArgs {
    #[command(subcommand)]
    command: BillingCommand,
}

#[derive(Debug, Subcommand)]
enum BillingCommand {
    Invoices(BillingInvoicesArgs),
    Payments(BillingPaymentsArgs),
    Overages(BillingOveragesArgs),
}

/// List invoices, or show one to be filed
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise billing invoices --from 2026-01-01
  seatwise billing invoices 2026Q3-DE
  seatwise billing invoices 2026Q3-DE --out 2026Q3-DE.pdf")]
struct BillingInvoicesArgs {
    /// The number of the one to be shown with its lines
    number: Option<String>,
    #[command(flatten)]
    asked: BillingQueryArgs,
}

/// List what was paid
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise billing payments --from 2026-01-01 --format csv > payments.csv")]
struct BillingPaymentsArgs {
    #[command(flatten)]
    asked: BillingQueryArgs,
}

/// Count and price each overage again, and say why another amount was billed
///
/// From the usage exports that are named, or from what was collected, with the settings under `usage` in
/// `seatwise.yaml`, and what was owned and what it cost at the time.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise billing overages
  seatwise billing overages usage-details.csv checkouts.csv --country DE --from 2026-07-01")]
struct BillingOveragesArgs {
    /// Usage exports as CSV; by default what was collected
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// End at the first damaged line instead of leaving it out
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    asked: BillingQueryArgs,
}

/// What is asked for.
#[derive(Debug, Args)]
struct BillingQueryArgs {
    #[command(flatten)]
    only: PoolFilterArgs,
    /// Only periods that end on this day or later (UTC)
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    from: Option<DayWord>,
    /// Only periods that begin on this day or before (UTC)
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    to: Option<DayWord>,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// Runs the subcommand of `seatwise billing`.
pub(super) fn run_billing(args: &BillingArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        BillingCommand::Invoices(args) => run_billing_invoices(args, context),
        BillingCommand::Payments(args) => run_billing_payments(args, context),
        BillingCommand::Overages(args) => run_billing_overages(args, context),
    }
}

fn run_billing_invoices(args: &BillingInvoicesArgs, context: &Context) -> Result<Exit, CliError> {
    let FetchedBilling { known, mut billing, .. } =
        args.asked.fetch_billing(&[], Strictness::Lenient, context)?;
    let Some(number) = &args.number else {
        args.asked.retain_invoices(&mut billing, &known.keep, context);
        return args.asked.write(&usage::invoices_report(&billing, &known.scope), context);
    };
    let found = billing.invoices.iter().find(|invoice| *invoice.number == **number);
    let found = found.ok_or_else(|| {
        unknown_name_error("invoice", number, billing.invoices.iter().map(|invoice| &*invoice.number))
    })?;
    args.asked.write(&usage::invoice_report(found, &billing, known.settings(), &known.scope), context)
}

fn run_billing_payments(args: &BillingPaymentsArgs, context: &Context) -> Result<Exit, CliError> {
    let FetchedBilling { known, mut billing, .. } =
        args.asked.fetch_billing(&[], Strictness::Lenient, context)?;
    args.asked.retain_invoices(&mut billing, &known.keep, context);
    let Billing { invoices, payments } = &mut billing;
    payments.retain(|payment| invoices.iter().any(|invoice| invoice.number == payment.invoice));
    args.asked.write(&usage::payments_report(&billing, &known.scope), context)
}

fn run_billing_overages(args: &BillingOveragesArgs, context: &Context) -> Result<Exit, CliError> {
    let strict = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let FetchedBilling { inputs, mut known, mut register, mut billing } =
        args.asked.fetch_billing(&args.files, strict, context)?;
    // All use is read, whatever the filters ask for: only all rows together show of which days nothing is
    // known.
    let keep = std::mem::take(&mut known.keep);
    billing.invoices.retain_mut(|invoice| {
        let lines = args.asked.matching_lines(invoice.period, &keep, &invoice.lines, context);
        lines.map(|lines| invoice.lines = lines).is_some()
    });
    let take = || (UsageCounter::new(known.settings(), &known.assigned, known.window), UseDays::default());
    let reading = inputs.read(&known, &mut register, take)?;
    let (counter, days) = reading.taken.inner;
    let terms = known.terms().ok_or(CliError::NoTerms)?;
    let mut checks =
        verify_invoices(&billing, &counter.finish(&register), &days, terms, known.settings(), context.now);
    checks.retain(|check| is_pool_wanted(&check.pool, &keep));
    let report = usage::overages_report(&checks, known.settings(), &known.scope);
    let differs = checks.iter().any(|check| match check.verdict {
        InvoiceVerdict::Differs(_) | InvoiceVerdict::NotBilled => true,
        InvoiceVerdict::Agrees | InvoiceVerdict::NoUse => false,
    });
    let found = if differs { Exit::Differs } else { Exit::Done };
    Ok(inputs.write(&report, &reading.damages, context)?.first_of(found))
}

/// The invoices and payments that the organization reports, and what is needed to check them.
struct FetchedBilling {
    inputs: UsageInputArgs,
    known: UsageContext,
    register: NameRegister,
    billing: Billing,
}

impl BillingQueryArgs {
    fn fetch_billing(
        &self,
        files: &[PathBuf],
        strict: Strictness,
        context: &Context,
    ) -> Result<FetchedBilling, CliError> {
        let inputs = UsageInputArgs::of_everybody(files, strict, &self.only, &self.output);
        let (known, register) = inputs.usage_context(context)?;
        let workspace = Workspace::find(context)?;
        let connection =
            workspace.connection(&known.sides.policy.settings, ConnectionPurpose::Read, context)?;
        let billing = context.runtime()?.block_on(connection.billing(&context.names))?;
        Ok(FetchedBilling { inputs, known, register, billing })
    }

    /// Keeps the invoices that have lines which are asked for.
    fn retain_invoices(&self, billing: &mut Billing, keep: &RowFilter, context: &Context) {
        billing.invoices.retain(|invoice| {
            let lines = self.matching_lines(invoice.period, keep, &invoice.lines, context);
            lines.is_some_and(|lines| !lines.is_empty())
        });
    }

    fn write(&self, report: &TableReport<'_>, context: &Context) -> Result<Exit, CliError> {
        self.output.write(context, |write| write(report, context.width))?;
        Ok(Exit::Done)
    }

    /// Returns those of `lines` that are asked for; `None` where the period is not.
    fn matching_lines(
        &self,
        period: Period,
        keep: &RowFilter,
        lines: &[InvoiceLine],
        context: &Context,
    ) -> Option<Vec<InvoiceLine>> {
        let today = context.today();
        let is_asked = self.from.is_none_or(|from| from.first_day(today) <= period.last_day())
            && self.to.is_none_or(|to| period.first_day() <= to.last_day(today));
        is_asked.then(|| lines.iter().filter(|line| is_pool_wanted(&line.pool, keep)).cloned().collect())
    }
}

/// Returns whether the pool is of a product and a country that are asked for.
fn is_pool_wanted(pool: &Pool, keep: &RowFilter) -> bool {
    let of_country = match &pool.place {
        PoolPlace::Country(country) => keep.countries.is_empty() || keep.countries.contains(country),
        PoolPlace::Site(_) | PoolPlace::Unknown => keep.countries.is_empty(),
    };
    of_country && (keep.products.is_empty() || keep.products.contains(&pool.product))
}
