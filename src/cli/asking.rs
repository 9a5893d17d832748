//! What `who`, `what` and `why` have in common: which side is asked about, and how the answer is shown.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::context::Context;
use super::error::CliError;
use super::planning;
use super::workspace::Workspace;
use crate::audit::Picture;
use crate::load;
use crate::model::{Date, Interner, Unread};
use crate::policy::scope::{Scoped, scope};
use crate::policy::{Policy, near};
use crate::render::answers::json;
use crate::render::clean::clean;

/// Which side is asked about, and how.
#[derive(Debug, Args)]
pub(super) struct Asking {
    /// The policy's folder; by default the one at or above the current directory that has `seatwise.yaml`
    dir: Option<PathBuf>,
    /// Ask about what the policy makes of the organization, and not about what is live
    #[arg(long, conflicts_with = "compare")]
    policy: bool,
    /// Ask about both, live and desired
    #[arg(long)]
    compare: bool,
    /// Judge dated grants as on this day (UTC); today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one object, or with `--compare` a list of two
    Json,
}

/// The policy, and the organization on both sides.
pub(super) struct Sides {
    pub(super) policy: Policy,
    pub(super) scoped: Scoped,
}

impl Asking {
    /// Reads both sides.
    pub(super) fn sides(&self, context: &Context, names: &Interner) -> Result<Sides, CliError> {
        read_sides(self.dir.as_deref(), self.as_of, context, names)
    }

    /// Answers for each side that is asked about, and reports it.
    pub(super) fn answer(
        &self,
        sides: &Sides,
        context: &Context,
        text: impl Fn(&'static str, Picture<'_>) -> Result<String, CliError>,
        value: impl Fn(&'static str, Picture<'_>) -> Result<serde_json::Value, CliError>,
    ) -> Result<(), CliError> {
        let (live, desired) = (("live", Picture::live(&sides.scoped, &sides.policy)), ("desired", Picture::desired(&sides.scoped, &sides.policy)));
        let asked = match (self.compare, self.policy) {
            (true, _) => vec![live, desired],
            (false, true) => vec![desired],
            (false, false) => vec![live],
        };
        let report = match self.format {
            Format::Text => asked.into_iter().map(|(side, picture)| text(side, picture)).collect::<Result<Vec<_>, _>>()?.join("\n"),
            Format::Json => json::answers(&asked.into_iter().map(|(side, picture)| value(side, picture)).collect::<Result<Vec<_>, _>>()?),
        };
        context.report(&report)
    }

    /// Whether live and desired are to be put side by side, for people.
    pub(super) fn compares_in_text(&self) -> bool {
        self.compare && self.format == Format::Text
    }
}

/// Reads the policy in `dir` and the organization, as on the day `as_of`.
pub(super) fn read_sides(dir: Option<&Path>, as_of: Option<Date>, context: &Context, names: &Interner) -> Result<Sides, CliError> {
    let workspace = Workspace::find(dir, context)?;
    let moment = context.moment(as_of);
    let ours = (&workspace, &workspace);
    let read = |sandbox: &_| planning::fetch(sandbox, &workspace, &[], names);
    let (policy, _, live) = planning::side_by_side(ours, context, moment.as_of, names, read)?;
    for (section, why) in &live.unread {
        let why = if let Unread::Failed(why) = why { clean(why).into_owned() } else { "the connector cannot read it".to_owned() };
        context.note(&format!("warning: {} was not read, and the answer does not know of it: {why}", section.as_str()));
    }
    let scoped = scope(&policy, live, moment);
    if scoped.clashes.is_empty() {
        return Ok(Sides { policy, scoped });
    }
    let problems = scoped.clashes.iter().map(|clash| clash.problem()).collect();
    Err(CliError::Problems(load::cite(workspace.root().as_std_path(), &policy.sources, problems)))
}

impl Sides {
    /// Both pictures, live first.
    pub(super) fn both(&self) -> (Picture<'_>, Picture<'_>) {
        (Picture::live(&self.scoped, &self.policy), Picture::desired(&self.scoped, &self.policy))
    }
}

/// There is no such thing; perhaps another was meant.
pub(super) fn unknown<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> CliError {
    CliError::Unknown { kind, name: name.to_owned(), near: near(name, known).map(ToOwned::to_owned) }
}
