//! `seatwise billing`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::days::DayWord;
use crate::cli::name_filters::{FurtherNames, PoolFilterArgs};
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::question::unknown_name_error;
use crate::cli::usage_inputs::{Strictness, UsageContext, UsageInputArgs};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::render::table_report::TableReport;
use crate::render::usage;
use crate::usage::{
    Billing, InvoiceVerdict, NameFilter, NameRegister, Period, UsageCounter, UseDays, verify_invoices,
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
    let fetched = args.asked.fetch_billing(&[], Strictness::Lenient, context)?;
    let names = fetched.names()?;
    let FetchedBilling { known, mut billing, .. } = fetched;
    let Some(number) = &args.number else {
        args.asked.retain_invoices(&mut billing, &names, context);
        return args.asked.write(&usage::invoices_report(&billing, &known.scope), context);
    };
    let found = billing.invoices.iter().find(|invoice| *invoice.number == **number);
    let found = found.ok_or_else(|| {
        unknown_name_error("invoice", number, billing.invoices.iter().map(|invoice| &*invoice.number))
    })?;
    args.asked.write(&usage::invoice_report(found, &names, &billing, known.settings(), &known.scope), context)
}

fn run_billing_payments(args: &BillingPaymentsArgs, context: &Context) -> Result<Exit, CliError> {
    let fetched = args.asked.fetch_billing(&[], Strictness::Lenient, context)?;
    let names = fetched.names()?;
    let FetchedBilling { known, mut billing, .. } = fetched;
    args.asked.retain_invoices(&mut billing, &names, context);
    let Billing { invoices, payments } = &mut billing;
    payments.retain(|payment| invoices.iter().any(|invoice| invoice.number == payment.invoice));
    args.asked.write(&usage::payments_report(&billing, &known.scope), context)
}

fn run_billing_overages(args: &BillingOveragesArgs, context: &Context) -> Result<Exit, CliError> {
    let strict = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let mut fetched = args.asked.fetch_billing(&args.files, strict, context)?;
    let FetchedBilling { inputs, known, register, billing } = &mut fetched;
    billing.invoices.retain(|invoice| args.asked.has_period(invoice.period, context));
    let take = || (UsageCounter::new(known.settings(), &known.assigned, known.window), UseDays::default());
    let reading = inputs.read(known, register, take)?;
    let (counter, days) = reading.taken;
    let terms = known.terms().ok_or(CliError::NoTerms)?;
    let mut checks =
        verify_invoices(billing, &counter.finish(register), &days, terms, known.settings(), context.now);
    let damages = reading.damages;
    let names = fetched.names()?;
    checks.retain(|check| names.has_pool(&check.pool));
    let known = &fetched.known;
    let report = usage::overages_report(&checks, known.settings(), &known.scope);
    let differs = checks.iter().any(|check| match check.verdict {
        InvoiceVerdict::Differs(_) | InvoiceVerdict::NotBilled => true,
        InvoiceVerdict::Agrees | InvoiceVerdict::NoUse => false,
    });
    let found = if differs { Exit::Differs } else { Exit::Done };
    Ok(fetched.inputs.write(&report, &damages, context)?.first_of(found))
}

/// The invoices and payments that the organization reports, and what is needed to check them.
struct FetchedBilling {
    inputs: UsageInputArgs,
    known: UsageContext,
    register: NameRegister,
    billing: Billing,
}

impl FetchedBilling {
    /// Returns what the filters ask for. Known are also the products of invoices and of the rows that were
    /// read.
    fn names(&self) -> Result<NameFilter, CliError> {
        let lines = self.billing.invoices.iter().flat_map(|invoice| &invoice.lines);
        let products = lines.map(|line| line.pool.product.clone()).collect();
        let further = FurtherNames { products, ..FurtherNames::default() };
        self.inputs.names(&self.known, &self.register, further)
    }
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

    /// Keeps the invoices, whole, that have a line which is asked for.
    fn retain_invoices(&self, billing: &mut Billing, names: &NameFilter, context: &Context) {
        billing.invoices.retain(|invoice| {
            self.has_period(invoice.period, context)
                && invoice.lines.iter().any(|line| names.has_pool(&line.pool))
        });
    }

    /// Returns whether the period is asked for.
    fn has_period(&self, period: Period, context: &Context) -> bool {
        let today = context.today();
        self.from.is_none_or(|from| from.first_day(today) <= period.last_day())
            && self.to.is_none_or(|to| period.first_day() <= to.last_day(today))
    }

    fn write(&self, report: &TableReport<'_>, context: &Context) -> Result<Exit, CliError> {
        self.output.write(context, |write| write(report, context.width))?;
        Ok(Exit::Done)
    }
}
