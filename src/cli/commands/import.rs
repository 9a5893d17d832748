//! `seatwise import`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::files;
use crate::cli::plain_formats::PlainFormatArgs;
use crate::cli::planning;
use crate::cli::shell::shown_path;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::disk::read_regular_file;
use crate::load::{SETTINGS, is_document};
use crate::model::UnreadReason;
use crate::policy::Policy;
use crate::policy::yaml::YamlBudget;
use crate::reach::Connection;
use crate::render::clean::clean_text;
use crate::render::export::{ExportFolder, IdentityPins, export_pinned_policy, unified_diff};
use crate::render::words;
use crate::sandbox::{SandboxStore, SandboxStoreError};

/// The most kept files that are named.
const MOST_FILES_NAMED: usize = 20;
/// The deepest nesting of folders that is searched for documents.
const DEEPEST: usize = 32;

/// Write the live organization as a policy
///
/// Grouped, readable files that plan empty. Where some of them are there already, it shows what would change
/// and asks; files it does not write stay as they are, and are named, as they still are part of that policy.
///
/// The organization is that of the policy's folder (`-C`), and so is, without `--out`, the folder that is
/// written to. An embedded organization is copied into another folder, as it belongs to its policy.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise import --out ../acme-policy
  seatwise -C ../acme-policy plan            (nothing to do)
  seatwise import                            (take over what was changed by hand)")]
pub(in crate::cli) struct ImportArgs {
    /// The folder to write to; by default the policy's own
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Pin every person and group by `id`, so that a changed address or name is a rename
    ///
    /// Without it, those that the policy in the folder pins already stay pinned.
    #[arg(long)]
    ids: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: PlainFormatArgs,
}

/// What `seatwise import --format json` writes.
#[derive(Serialize)]
struct ImportJson<'a> {
    /// `seatwise-import/1`.
    format: &'static str,
    organization: &'a str,
    /// The folder that was written to.
    folder: String,
    /// The files that were written, below the folder; empty where the policy is as the organization is.
    written: Vec<&'a str>,
    /// Documents that stay beside them and still are part of the policy there.
    kept: Vec<&'a str>,
    /// The sections that could not be read, and so are not imported.
    unread: Vec<&'static str>,
}

/// Files to write, and what stands in their folder already.
struct PolicyFolderWrite<'a> {
    out: &'a Path,
    folder: &'a ExportFolder,
    existing: ExportFolder,
    /// Documents that stay beside what is written.
    kept: Vec<String>,
}

/// Writes the live organization as a policy folder.
pub(super) fn run_import(args: &ImportArgs, context: &Context) -> Result<Exit, CliError> {
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let connection = workspace.connection(&settings, ConnectionPurpose::Read, context)?;
    let store = match &connection {
        Connection::Sandbox(sandbox) => {
            let missing = || workspace.sandbox_path(&settings).map(SandboxStoreError::Missing);
            Some(sandbox.store()?.map_or_else(|| Err(CliError::Store(missing()?)), Ok)?)
        }
        Connection::Http(_) | Connection::Scim(_) => None,
    };
    let live = planning::fetch_snapshot(&connection, &workspace, &[], context)?;
    for (section, why) in &live.unread {
        let why = words::unread_words(why).plain_text();
        context.note(&format!("{} is not imported: {why}", section.as_str()));
    }
    let own = workspace.root().as_std_path();
    let out = args.out.as_deref().unwrap_or(own);
    let pins = if args.ids { IdentityPins::All } else { pins_of_policy(out, context)? };
    let folder = export_pinned_policy(&live, &settings.organization, &settings.connector, &pins);
    let writing = PolicyFolderWrite::new(out, &folder)?;
    let written = writing.write(args, context)?;
    let is_compared = live.unread.is_empty();
    let text = || match written.len() {
        0 if !is_compared => format!("Nothing to write to {} of what was read.\n", shown_path(out)),
        0 => format!("Nothing to write: {} is as the organization is.\n", shown_path(out)),
        files => format!("{} written to {}.\n", words::count(files, "file", "files"), shown_path(out)),
    };
    let json = || ImportJson {
        format: "seatwise-import/1",
        organization: &settings.organization,
        folder: out.display().to_string(),
        written: written.clone(),
        kept: writing.kept.iter().map(String::as_str).collect(),
        unread: live.unread.keys().map(|section| section.as_str()).collect(),
    };
    args.output.write_plain(context, text, json)?;
    if let (Some(store), false) = (store, is_same_folder(out, own)) {
        copy_sandbox(&store, &Workspace::from_root(out)?.sandbox_path(&settings)?, context)?;
    }
    let is_whole = !live.unread.values().any(UnreadReason::is_failure);
    Ok(if is_whole { Exit::Done } else { Exit::NotCompared })
}

/// Returns the identities that the policy in `folder` pins; none where there is no policy, or a broken one.
fn pins_of_policy(folder: &Path, context: &Context) -> Result<IdentityPins, CliError> {
    if !folder.join(SETTINGS).is_file() {
        return Ok(IdentityPins::Absent);
    }
    let policy = Workspace::from_root(folder)?.load(context.today(), context)?.policy;
    let of_policy = |policy: Policy| {
        let users = policy.users.iter().filter_map(|(_, user)| user.id.clone());
        let groups = policy.groups.values().filter_map(|group| group.id.clone());
        IdentityPins::Of(users.chain(groups).collect())
    };
    Ok(policy.map(of_policy).unwrap_or_default())
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Copies the embedded organization to where the policy that was written looks for it. One that is there
/// already stays as it is.
fn copy_sandbox(store: &SandboxStore, to: &Path, context: &Context) -> Result<(), CliError> {
    if to.symlink_metadata().is_ok() {
        context.note(&format!(
            "{} stays as it is: it may be another organization than the one imported",
            shown_path(to)
        ));
        return Ok(());
    }
    files::create_folder_of(to)?;
    store.copy_to(to)?;
    context.note(&format!("the embedded organization was copied to {}", shown_path(to)));
    Ok(())
}

impl<'a> PolicyFolderWrite<'a> {
    fn new(out: &'a Path, folder: &'a ExportFolder) -> Result<Self, CliError> {
        let existing = existing_files(out, folder)?;
        let kept = documents(out)?.into_iter().filter(|path| !folder.contains_key(path)).collect();
        Ok(Self { out, folder, existing, kept })
    }

    /// Writes the files that are not there as they should be, after asking where some are there, and returns
    /// their paths.
    fn write(&self, args: &ImportArgs, context: &Context) -> Result<Vec<&'a str>, CliError> {
        let Self { out, folder, existing, kept } = self;
        if !kept.is_empty() {
            context.note(&kept_note(out, kept));
        }
        let changed: Vec<_> =
            folder.iter().filter(|(path, text)| existing.get(*path) != Some(*text)).collect();
        let is_new = existing.is_empty() && kept.is_empty();
        if !(changed.is_empty() || is_new) {
            let difference = unified_diff(existing, folder);
            match (args.output.is_text(), args.yes) {
                (true, _) => context.report(&difference)?,
                // Nobody answers a question about what they have not seen.
                (false, _) => context.print_laid_out(&difference),
            }
            if !args.yes {
                let files = words::count(changed.len(), "file", "files");
                context.ask(&format!("Write {files} into {}?", shown_path(out)))?;
            }
        }
        for (path, text) in &changed {
            files::write_file(&out.join(path), text)?;
        }
        Ok(changed.into_iter().map(|(path, _)| path.as_str()).collect())
    }
}

fn kept_note(out: &Path, kept: &[String]) -> String {
    let named: Vec<&str> = kept.iter().take(MOST_FILES_NAMED).map(String::as_str).collect();
    let more = if kept.len() > MOST_FILES_NAMED { ", …" } else { "" };
    let counted = words::count(kept.len(), "document stays", "documents stay");
    format!(
        "{counted} in {} beside what is written, and part of the policy there: {}{more}",
        shown_path(out),
        clean_text(&named.join(", "))
    )
}

/// Returns the files of `folder` that are in `out` already, with the content that they have there.
fn existing_files(out: &Path, folder: &ExportFolder) -> Result<ExportFolder, CliError> {
    let mut existing = ExportFolder::new();
    for path in folder.keys() {
        let file = out.join(path);
        match read_regular_file(&file, YamlBudget::POLICY.file_bytes) {
            Ok(bytes) => drop(existing.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned())),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(CliError::Read { path: file, source }),
        }
    }
    Ok(existing)
}

/// Returns the paths of the documents in a folder, as a policy would count them; empty where there is no
/// folder.
fn documents(out: &Path) -> Result<BTreeSet<String>, CliError> {
    let mut found = BTreeSet::new();
    let mut folders = vec![(out.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let failed = |source| CliError::Read { path: folder.clone(), source };
        let entries = match std::fs::read_dir(&folder) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(failed)?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEEPEST {
                folders.push((entry.path(), format!("{prefix}{name}/"), depth + 1));
            } else if kind.is_file() && is_document(&name) {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }
    Ok(found)
}
