//! Remembers how large each section was after the last run that read it. Later reads are compared with these
//! sizes.
//!
//! The sizes can be computed from the files of the runs, but those are as large as the organization. A small
//! file beside them, `sizes.json`, remembers the sizes; where it is missing, damaged or of another run, the
//! files of the runs are read again. Only a run writes `sizes.json`, at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::error::CliError;
use super::past_run::organization_after_run;
use super::workspace::Workspace;
use crate::connector::shrink_check::{self, SectionSizes};
use crate::disk::{self, Durability, FileAudience, read_regular_file};
use crate::model::{Interner, Section};
use crate::state::{Seal, SealedKind};

/// Section sizes by the id of the run after which they were computed.
pub(super) type SizesByRun = BTreeMap<String, SectionSizes>;

/// The most runs whose files are read: a section that none of the last runs has read is never read.
const MOST_RUNS_READ: usize = 8;

/// The size of the largest `sizes.json` that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The content of `sizes.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionSizesRecord {
    /// The id of the newest run when the file was written.
    last: String,
    runs: BTreeMap<String, BTreeMap<String, usize>>,
    /// Over the record without this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<Seal>,
}

fn sizes_file(workspace: &Workspace) -> Utf8PathBuf {
    workspace.seatwise_folder().join("sizes.json")
}

/// Returns the sizes after the last runs, from `sizes.json` or else from the files of the runs.
///
/// Warns of runs whose files are damaged.
pub(super) fn sizes_after_runs(workspace: &Workspace, context: &Context) -> Result<SizesByRun, CliError> {
    let Some(last) = workspace.journals().last_run()? else { return Ok(SizesByRun::new()) };
    match remembered_sizes(workspace, last.as_str()) {
        Some(sizes) => Ok(sizes),
        None => read_sizes_of_runs(workspace, &context.names, &|warning| context.note(warning)),
    }
}

/// Writes `sizes.json` for later plans. A failure does no harm: the files of the runs can be read again.
pub(super) fn remember_sizes(workspace: &Workspace) -> Result<(), CliError> {
    let Some(last) = workspace.journals().last_run()? else { return Ok(()) };
    let named = |sizes: SectionSizes| {
        sizes.into_iter().map(|(section, size)| (section.as_str().to_owned(), size)).collect()
    };
    let runs = read_sizes_of_runs(workspace, &Interner::default(), &|_| {})?
        .into_iter()
        .map(|(run, sizes)| (run, named(sizes)))
        .collect();
    let record = SectionSizesRecord { last: last.to_string(), runs, seal: None };
    let seal = workspace.state_seal().seal_json(SealedKind::SectionSizes, &record);
    let text = serde_json::to_string(&SectionSizesRecord { seal, ..record })
        .expect("maps of texts and numbers are JSON");
    let path = sizes_file(workspace).into_std_path_buf();
    let beside = disk::path_with_ending(&path, ".new");
    disk::replace_file(&path, &beside, Durability::Cached, FileAudience::Owner, |file| {
        file.write_all(text.as_bytes())
    })
    .map(drop)
    .map_err(|source| CliError::Write { path, source })
}

fn remembered_sizes(workspace: &Workspace, last: &str) -> Option<SizesByRun> {
    let text = read_regular_file(sizes_file(workspace).as_std_path(), LARGEST_FILE).ok()?;
    let mut known: SectionSizesRecord = serde_json::from_slice(&text).ok()?;
    let seal = known.seal.take();
    workspace.state_seal().check_json(SealedKind::SectionSizes, &known, seal.as_ref()).ok()?;
    let section = |name: &str| Section::ALL.into_iter().find(|section| section.as_str() == name);
    let sizes = |named: BTreeMap<String, usize>| {
        named.into_iter().map(|(name, size)| Some((section(&name)?, size))).collect::<Option<SectionSizes>>()
    };
    if known.last != last {
        return None;
    }
    known.runs.into_iter().map(|(run, named)| Some((run, sizes(named)?))).collect()
}

/// Reads the files of finished runs, newest first, until each section has been read by one of the runs. A run
/// whose files are damaged says nothing, of which `warn` tells.
fn read_sizes_of_runs(
    workspace: &Workspace,
    names: &Interner,
    warn: &dyn Fn(&str),
) -> Result<SizesByRun, CliError> {
    let journals = workspace.journals();
    let unfinished = journals.unfinished_runs()?;
    let (mut known, mut found) = (BTreeSet::new(), SizesByRun::new());
    // The last run nearly always tells all; only then is it not asked which others there are.
    let last = journals.last_run()?;
    let earlier = std::iter::once_with(|| journals.runs())
        .flat_map(|runs| {
            runs.map_or_else(|error| vec![Err(error)], |runs| runs.into_iter().rev().map(Ok).collect())
        })
        .filter(|run| run.as_ref().ok() != last.as_ref());
    for run in last.clone().map(Ok).into_iter().chain(earlier).take(MOST_RUNS_READ) {
        let run = run?;
        if unfinished.contains(&run) || journals.seal_fault(&run).is_some() {
            continue;
        }
        let read = || {
            let (before, _) = journals.snapshot(&run, names)?;
            let after = organization_after_run(&journals, &run, before.live.0)?;
            Ok::<_, CliError>((shrink_check::section_sizes(&after), before.unread))
        };
        let (mut sizes, unread) = match read() {
            Ok(sizes) => sizes,
            Err(error) if error.is_damaged_run() => {
                warn(&format!("warning: how large sections were after run {run} is not known: {error}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        let all = sizes.len();
        sizes.retain(|section, _| !unread.contains_key(section) && known.insert(*section));
        if !sizes.is_empty() {
            found.insert(run.to_string(), sizes);
        }
        if known.len() == all {
            break;
        }
    }
    Ok(found)
}
