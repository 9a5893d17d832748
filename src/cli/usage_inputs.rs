//! What the usage reports have in common: what is read, and which of it they are about.

use std::path::{Path, PathBuf};

use clap::Args;

use super::question::{OrganizationSides, read_sides};
use super::usage_filters::UsageFilterArgs;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::output::{OutputArgs, ReportFormat};
use crate::cli::workspace::Workspace;
use crate::exports::store::UsageStore;
use crate::exports::{DamagedLines, FilteredSink, ProductCatalogue, RowSink, UsageExports, UsageReading};
use crate::model::{Date, Interner, Section};
use crate::render::clean::clean_text;
use crate::render::usage::{UsageReportFormat, UsageReportScope};
use crate::render::words;
use crate::usage::{LicenceAssignments, LicenceTerms, NameRegister, RowFilter, TimeSpan, UsageSettings};

/// What is read, and which of it a report is about.
#[derive(Debug, Args)]
pub(super) struct UsageInputArgs {
    /// Usage exports as CSV: Usage Details, sessions, checkouts; each is known by its columns. By default
    /// what was collected
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The policy's folder; by default the one at or above the current directory that has `seatwise.yaml`
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// End at the first damaged line instead of leaving it out
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    filters: UsageFilterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Whether the first damaged line ends it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// It does.
    Strict,
    /// It is left out.
    Lenient,
}

/// What invoices can be asked for by.
#[derive(Debug, Clone, Args)]
pub(super) struct PoolFilterArgs {
    /// Only this product, by its id in the catalogue; may be given several times
    #[arg(long, value_name = "PRODUCT")]
    pub(super) product: Vec<String>,
    /// Only this country; may be given several times
    #[arg(long, value_name = "CODE")]
    pub(super) country: Vec<String>,
}

/// Everything that is known before a row is read.
pub(super) struct UsageContext {
    pub(super) sides: OrganizationSides,
    pub(super) register: NameRegister,
    pub(super) assigned: LicenceAssignments,
    pub(super) keep: RowFilter,
    /// What has passed, and is asked for.
    pub(super) window: TimeSpan,
    catalogue: ProductCatalogue,
    /// What was collected.
    store: UsageStore,
}

impl UsageInputArgs {
    /// Reads the policy and the organization.
    pub(super) fn require_usage_context(&self, context: &Context) -> Result<UsageContext, CliError> {
        let known = self.usage_context(context)?;
        if self.files.is_empty() && known.store.is_empty()? {
            return Err(CliError::NoUsage);
        }
        Ok(known)
    }

    /// The same, where it does not matter whether any use is known.
    pub(super) fn usage_context(&self, context: &Context) -> Result<UsageContext, CliError> {
        let sides = read_sides(self.dir.as_deref(), None, context, &Interner::default())?;
        let mut register = NameRegister::default();
        let assigned = LicenceAssignments::from_organization(&sides.scoped.live.0, &mut register);
        let keep = self.filters.row_filter(&sides, &mut register)?;
        let catalogue = ProductCatalogue::new(&sides.scoped.facts.products);
        let store = Workspace::find(self.dir.as_deref(), context)?.usage_store(&sides.policy.settings)?;
        Ok(UsageContext {
            sides,
            register,
            assigned,
            keep,
            window: self.filters.window(context.now)?,
            catalogue,
            store,
        })
    }

    /// Where the policy is.
    pub(super) fn workspace(&self, context: &Context) -> Result<Workspace, CliError> {
        Workspace::find(self.dir.as_deref(), context)
    }

    /// Whole periods of everybody, of these products and countries: what invoices are held against.
    pub(super) fn of_everybody(
        files: &[PathBuf],
        dir: Option<&Path>,
        strict: Strictness,
        only: &PoolFilterArgs,
        output: &OutputArgs,
    ) -> Self {
        let strict = strict == Strictness::Strict;
        let filters = UsageFilterArgs::of_everybody(&only.product, &only.country);
        Self { files: files.to_vec(), dir: dir.map(Path::to_owned), strict, filters, output: output.clone() }
    }

    /// Reads all files, or what was collected; what `take` makes takes the rows that are asked for.
    pub(super) fn read<'a, T: RowSink>(
        &'a self,
        known: &'a UsageContext,
        register: &mut NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<FilteredSink<'a, T>>, CliError> {
        let take = || FilteredSink::new(&known.keep, take());
        Ok(if self.files.is_empty() {
            known.store.read(register, &known.catalogue, take)?
        } else {
            self.exports(known).read(register, take)?
        })
    }

    /// The same once more, for names that are in `register`.
    pub(super) fn read_again<'a, T: RowSink>(
        &'a self,
        known: &'a UsageContext,
        register: &NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<T, CliError> {
        let take = || FilteredSink::new(&known.keep, take());
        let again = if self.files.is_empty() {
            known.store.read_again(register, &known.catalogue, take)?
        } else {
            self.exports(known).read_again(register, take)?
        };
        Ok(again.taken.inner)
    }

    fn exports<'a>(&'a self, known: &'a UsageContext) -> UsageExports<'a> {
        UsageExports {
            files: &self.files,
            columns: &known.settings().columns,
            catalogue: &known.catalogue,
            strict: self.strict,
        }
    }

    /// The form of the report; known before anything is read, as a form that nobody knows is to be said
    /// first.
    pub(super) fn form(&self) -> Result<UsageReportFormat, CliError> {
        Ok(match self.output.format()? {
            ReportFormat::Text => UsageReportFormat::Text,
            ReportFormat::Csv => UsageReportFormat::Csv,
            ReportFormat::Json => UsageReportFormat::Json,
            ReportFormat::Html => UsageReportFormat::Html,
            ReportFormat::Pdf => UsageReportFormat::Pdf,
        })
    }

    /// Writes the report.
    pub(super) fn write(&self, report: &[u8], context: &Context) -> Result<(), CliError> {
        self.output.write(report, context)
    }

    pub(super) fn scope(&self, known: &UsageContext, context: &Context) -> UsageReportScope {
        let organization = known.sides.policy.settings.organization.to_string();
        UsageReportScope {
            organization,
            now: context.now,
            from: self.filters.from,
            to: self.filters.to,
            of_some: self.filters.has_people(),
        }
    }

    /// Tells of each damaged line, and of all in the exit code.
    pub(super) fn report_damages(&self, damages: &DamagedLines, context: &Context) -> Exit {
        report_damages(&self.files, damages, context)
    }
}

/// Tells of each damaged line of `files`, and of all in the exit code.
pub(super) fn report_damages(files: &[PathBuf], damages: &DamagedLines, context: &Context) -> Exit {
    for damage in &damages.first {
        context.note(&format!(
            "warning: {}:{}: {}",
            files[damage.file].display(),
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
    /// How use is counted.
    pub(super) fn settings(&self) -> &UsageSettings {
        &self.sides.policy.settings.usage
    }

    /// The last day (UTC) that is looked at.
    pub(super) fn last_day(&self) -> Date {
        // The end is not in it.
        let last = self
            .window
            .end()
            .saturating_sub(jiff::SignedDuration::from_nanos(1))
            .unwrap_or(self.window.end());
        jiff::tz::Offset::UTC.to_datetime(last).date()
    }

    /// What use is held against; nothing where only that of some people is counted, or where it could not be
    /// read: unread is not empty.
    pub(super) fn terms(&self) -> Option<LicenceTerms<'_>> {
        let is_known = !self.sides.unread.contains_key(&Section::Contracts);
        (is_known && self.keep.users.is_none()).then_some(LicenceTerms(&self.sides.scoped.facts))
    }
}
