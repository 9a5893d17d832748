//! The inputs of usage reports: the exports that are read, and the filters for their rows.

use std::path::PathBuf;

use clap::Args;

use super::name_filters::{FurtherNames, PoolFilterArgs};
use super::question::{OrganizationSides, read_sides};
use super::shell::shown_path;
use super::usage_filters::UsageFilterArgs;
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::report_format::ReportFormat;
use crate::cli::wait_notice::{WaitForm, WaitNotice};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::exports::store::UsageStore;
use crate::exports::{DamagedLines, FilteredSink, ProductCatalogue, RowSink, UsageExports, UsageReading};
use crate::model::{Date, Section};
use crate::render::clean::clean_text;
use crate::render::product_names::ProductNames;
use crate::render::table_report::TableReport;
use crate::render::usage::UsageReportScope;
use crate::render::words;
use crate::usage::{
    LicenceAssignments, LicenceTerms, LineSelection, NameFilter, NameRegister, TimeSpan, UsageCounter,
    UsageCounts, UsageSettings,
};

/// What is read, and which of it a report is about.
#[derive(Debug, Args)]
pub(super) struct UsageInputArgs {
    /// Usage exports as CSV: Usage Details, sessions, checkouts; each is known by its columns. By default
    /// what was collected
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// End at the first damaged line instead of leaving it out
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    filters: UsageFilterArgs,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// What happens at the first damaged line of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Reading ends with an error.
    Strict,
    /// The line is left out of the figures.
    Lenient,
}

/// Everything that a usage report knows before the first row is read.
pub(super) struct UsageContext {
    pub(super) sides: OrganizationSides,
    pub(super) assigned: LicenceAssignments,
    /// The time span that is asked for, up to now at the latest.
    pub(super) window: TimeSpan,
    /// The organization, the time and the filters, as the report names them.
    pub(super) scope: UsageReportScope,
    catalogue: ProductCatalogue,
    /// The store of collected usage.
    store: UsageStore,
    /// How it is told that the rows are being read.
    wait_form: WaitForm,
}

impl UsageInputArgs {
    /// Reads the policy and the organization. Returns an error where no export is named and none was
    /// collected.
    pub(super) fn require_usage_context(
        &self,
        context: &Context,
    ) -> Result<(UsageContext, NameRegister), CliError> {
        let (known, register) = self.usage_context(context)?;
        if self.files.is_empty() && known.store.is_empty()? {
            return Err(CliError::NoUsage);
        }
        Ok((known, register))
    }

    /// Reads the policy and the organization, whether or not any usage is known. Returns the register with
    /// the names that they have.
    pub(super) fn usage_context(&self, context: &Context) -> Result<(UsageContext, NameRegister), CliError> {
        // An unknown format is reported first.
        self.output.targets()?;
        let sides = read_sides(None, context)?;
        let mut register = NameRegister::default();
        let assigned = LicenceAssignments::from_organization(&sides.scoped.live.0, &mut register);
        let catalogue = ProductCatalogue::new(&sides.scoped.facts.products);
        let store = Workspace::find(context)?.usage_store(&sides.policy.settings)?;
        let scope = UsageReportScope {
            organization: sides.policy.settings.organization.to_string(),
            now: context.now,
            from: self.filters.first_day(context),
            to: self.filters.last_day(context),
            filters: self.filters.typed_words(),
            products: ProductNames::new(&sides.scoped.facts.products),
        };
        let window = self.filters.window(context)?;
        let wait_form = context.wait_form();
        Ok((UsageContext { sides, assigned, window, scope, catalogue, store, wait_form }, register))
    }

    /// Finds the policy's folder.
    pub(super) fn workspace(&self, context: &Context) -> Result<Workspace, CliError> {
        Workspace::find(context)
    }

    /// Returns the inputs for everybody's use of these products and countries in whole periods, which
    /// invoices are checked against.
    pub(super) fn of_everybody(
        files: &[PathBuf],
        strict: Strictness,
        only: &PoolFilterArgs,
        output: &OutputArgs<TableFormats>,
    ) -> Self {
        let strict = strict == Strictness::Strict;
        let filters = UsageFilterArgs::of_everybody(only);
        Self { files: files.to_vec(), strict, filters, output: output.clone() }
    }

    /// Reads all named files, or else the collected usage.
    pub(super) fn read<T: RowSink>(
        &self,
        known: &UsageContext,
        register: &mut NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, CliError> {
        let _waiting = WaitNotice::new("reading the use", known.wait_form);
        Ok(if self.files.is_empty() {
            known.store.read(register, &known.catalogue, take)?
        } else {
            self.exports(known).read(register, take)?
        })
    }

    /// Reads the rows a second time, with all names already in `register`.
    pub(super) fn read_again<T: RowSink>(
        &self,
        known: &UsageContext,
        register: &NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<T, CliError> {
        let _waiting = WaitNotice::new("reading the use once more", known.wait_form);
        let again = if self.files.is_empty() {
            known.store.read_again(register, &known.catalogue, take)?
        } else {
            self.exports(known).read_again(register, take)?
        };
        Ok(again.taken)
    }

    /// Reads the rows a second time, and those that `names` asks for alone go to the sinks.
    pub(super) fn read_rows_of<T: RowSink>(
        &self,
        known: &UsageContext,
        register: &NameRegister,
        names: &NameFilter,
        take: impl Fn() -> T + Sync,
    ) -> Result<T, CliError> {
        let keep = names.row_filter(register);
        Ok(self.read_again(known, register, || FilteredSink::new(&keep, take()))?.inner)
    }

    /// Returns what the filters ask for, when all rows are read and `register` has their names.
    pub(super) fn names(
        &self,
        known: &UsageContext,
        register: &NameRegister,
        further: FurtherNames,
    ) -> Result<NameFilter, CliError> {
        self.filters.names(&known.sides, register, further)
    }

    /// Returns which lines of a report of pools the filters select, when all rows are read.
    pub(super) fn selection(
        &self,
        known: &UsageContext,
        register: &NameRegister,
    ) -> Result<LineSelection, CliError> {
        let names = self.names(known, register, FurtherNames::default())?;
        if !names.asks_for_rows(known.settings().pool) {
            return Ok(LineSelection::Named(names));
        }
        let take = || UsageCounter::new(known.settings(), &known.assigned, known.window);
        Ok(LineSelection::Used(self.read_rows_of(known, register, &names, take)?.finish(register)))
    }

    fn exports<'a>(&'a self, known: &'a UsageContext) -> UsageExports<'a> {
        UsageExports {
            files: &self.files,
            columns: &known.settings().columns,
            catalogue: &known.catalogue,
            strict: self.strict,
        }
    }

    /// Counts the use of all pools.
    pub(super) fn count(
        &self,
        known: &UsageContext,
        register: &mut NameRegister,
    ) -> Result<(UsageCounts, DamagedLines), CliError> {
        let take = || UsageCounter::new(known.settings(), &known.assigned, known.window);
        let reading = self.read(known, register, take)?;
        Ok((reading.taken.finish(register), reading.damages))
    }

    /// Writes the report, warns about the damaged lines, and returns the exit code that says whether there
    /// are any.
    pub(super) fn write(
        &self,
        report: &TableReport<'_>,
        damages: &DamagedLines,
        context: &Context,
    ) -> Result<Exit, CliError> {
        self.output.write(context, |write| write(report, context.width))?;
        Ok(self.report_damages(damages, context))
    }

    /// Returns whether the report is a page, which always names people.
    pub(super) fn is_page(&self) -> Result<bool, CliError> {
        self.output.has_format(ReportFormat::is_page)
    }

    /// Warns about the damaged lines, and returns the exit code that says whether there are any.
    pub(super) fn report_damages(&self, damages: &DamagedLines, context: &Context) -> Exit {
        report_damages(&self.files, damages, context)
    }
}

/// Warns about the damaged lines of `files`, and returns the exit code that says whether there are any.
pub(super) fn report_damages(files: &[PathBuf], damages: &DamagedLines, context: &Context) -> Exit {
    for damage in &damages.first {
        context.note(&format!(
            "warning: {}:{}: {}",
            shown_path(&files[damage.file]),
            damage.line,
            clean_text(&damage.flaw.to_string())
        ));
    }
    let all = usize::try_from(damages.count).unwrap_or(usize::MAX);
    if all > damages.first.len() {
        context.note(&format!(
            "warning: {} in all; the first are listed",
            words::count(all, "damaged line", "damaged lines")
        ));
    }
    if all > 0 {
        context.note(&format!(
            "warning: {} left out of the figures",
            words::count(all, "line was", "lines were")
        ));
    }
    if all == 0 { Exit::Done } else { Exit::Damaged }
}

impl UsageContext {
    /// Returns the settings of how use is counted.
    pub(super) fn settings(&self) -> &UsageSettings {
        &self.sides.policy.settings.usage
    }

    /// Returns the last day (UTC) of the time span.
    pub(super) fn last_day(&self) -> Date {
        // The end is not part of the time span.
        let last = self
            .window
            .end()
            .saturating_sub(jiff::SignedDuration::from_nanos(1))
            .unwrap_or(self.window.end());
        jiff::tz::Offset::UTC.to_datetime(last).date()
    }

    /// Returns the licence terms that use is compared with. `None` where the contracts could not be read:
    /// unread is not empty.
    pub(super) fn terms(&self) -> Option<LicenceTerms<'_>> {
        let is_known = !self.sides.unread.contains_key(&Section::Contracts);
        is_known.then_some(LicenceTerms(&self.sides.scoped.facts))
    }
}
