//! Packs the files of runs that have ended, so that thousands of runs take little room and no time.
//!
//! The newest run stays as it was written. Of an older one, a [pack](super::pack) takes the place of its
//! files, in a folder of its own that nobody has to list. The snapshot of a run is told by what differs in
//! the next run's, so that the oldest runs can be
//! removed without a look at the others; every so often a whole one stands between, so that damage to one
//! file costs the snapshots of a few runs at most. A run that has a pack has ended: nobody needs to open it
//! to know that.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::line_delta::{line_delta, text_from_delta};
use super::pack::{PackTerms, decode_pack, encode_pack, read_pack_head};
use super::{JournalError, JournalFolder, LARGEST_RUN_FILE, RunId, RunSummary};
use crate::disk::{self, read_regular_file};

/// The most snapshots in a row that are told by their differences.
const MOST_DIFFERENCES: u32 = 31;

/// The kinds of files that a run may have, beside its pack.
pub(super) const KINDS: [&str; 4] = ["jsonl", "plan.json", "snapshot.json", "end.json"];

/// The kinds of files that each run has.
pub(super) type RunFileKinds = BTreeMap<RunId, BTreeSet<&'static str>>;

impl JournalFolder {
    /// Ends the newest run, `run`, for good: notes its end in `head.json`, and packs runs before it, oldest
    /// first, at most `most` of them. The lock of the policy folder must be held.
    ///
    /// A run whose files cannot be packed stays as it is.
    pub fn close_run(&self, run: &RunId, most: usize) -> Result<(), JournalError> {
        self.note_head_of(run)?;
        self.pack_ended_runs(most).map(drop)
    }

    /// Packs runs that have ended, oldest first, at most `most` of them, and returns how many it packed. The
    /// newest run stays as it is. The lock of the policy folder must be held.
    ///
    /// A run whose files cannot be packed stays as it is.
    pub fn pack_ended_runs(&self, most: usize) -> Result<usize, JournalError> {
        self.move_packs()?;
        let files = self.unpacked_runs()?;
        let open = self.unfinished_runs()?;
        let runs: Vec<&RunId> = files.keys().collect();
        let head = self.head_record();
        let mut last = head.as_ref().and_then(|head| head.packed.as_ref()?.parse::<RunId>().ok());
        let mut packed = 0;
        for (run, next) in runs.iter().zip(runs.iter().skip(1)).filter(|(run, _)| !open.contains(run)) {
            if packed == most {
                break;
            }
            if self.pack_run(run, last.as_ref(), next).is_ok() {
                last = Some((*run).clone());
                packed += 1;
            }
        }
        if let Some(head) = head.filter(|_| packed > 0) {
            self.write_head(head.head, last.map(|last| last.to_string()))?;
        }
        Ok(packed)
    }

    /// Moves packs to the folder where they are looked for: for a while they stood among the journals.
    fn move_packs(&self) -> Result<(), JournalError> {
        let mut beside = Vec::new();
        self.visit_files(&self.folder, |name| {
            let run = name.strip_suffix(".pack").and_then(|run| run.parse::<RunId>().ok());
            beside.extend(run);
        })?;
        if beside.is_empty() {
            return Ok(());
        }
        let failed = |source| JournalError::Create { path: self.pack_folder(), source: Arc::new(source) };
        disk::create_durable_folder(self.pack_folder().as_std_path()).map_err(failed)?;
        let move_pack =
            |run: &RunId| std::fs::rename(self.folder.join(format!("{run}.pack")), self.pack_path(run));
        beside.iter().try_for_each(move_pack).map_err(failed)
    }

    fn pack_folder(&self) -> Utf8PathBuf {
        self.folder.join("packed")
    }

    pub(super) fn pack_path(&self, run: &RunId) -> Utf8PathBuf {
        self.pack_folder().join(format!("{run}.pack"))
    }

    /// Whether the run has a pack that is sealed: whoever packed it knew that it had ended.
    pub(super) fn is_packed(&self, run: &RunId) -> bool {
        read_pack_head(&self.pack_path(run), run, &self.seal).is_ok_and(|head| head.fault.is_none())
    }

    /// Packs a run, and removes its files once the pack reads back as they are.
    fn pack_run(&self, run: &RunId, before: Option<&RunId>, next: &RunId) -> io::Result<()> {
        if !self.is_packed(run) {
            let mut files = Vec::new();
            for kind in KINDS {
                match read_regular_file(self.path(run, kind).as_std_path(), LARGEST_RUN_FILE) {
                    Ok(bytes) => files.push((kind, bytes)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            let pack = self.encode_run(run, before, next, &files);
            self.check_pack(&pack, &files)?;
            disk::create_durable_folder(self.pack_folder().as_std_path())?;
            self.save_file(self.pack_path(run), |file| file.write_all(&pack)).map_err(io::Error::other)?;
        }
        // The journal goes last: a run without one is no run.
        for kind in KINDS.into_iter().rev() {
            match std::fs::remove_file(self.path(run, kind)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn encode_run(
        &self,
        run: &RunId,
        before: Option<&RunId>,
        next: &RunId,
        files: &[(&'static str, Vec<u8>)],
    ) -> Vec<u8> {
        let before =
            before.and_then(|before| read_pack_head(&self.pack_path(before), before, &self.seal).ok());
        let differences = before
            .filter(|before| before.record.base.is_some())
            .map_or(0, |before| before.record.differences_before + 1);
        let base = self.read_run_file(next, "snapshot.json").ok().filter(|_| differences < MOST_DIFFERENCES);
        let mut files = files.to_vec();
        let mut is_difference = false;
        for (_, bytes) in files.iter_mut().filter(|(kind, _)| *kind == "snapshot.json") {
            let Some(delta) = base.as_ref().map(|base| line_delta(base, bytes)) else { continue };
            if delta.len() < bytes.len() / 2 {
                (*bytes, is_difference) = (delta, true);
            }
        }
        let history = self.history(run).ok();
        let summary = history.as_ref().map(|history| RunSummary::from_fates(&history.fates));
        let terms = PackTerms {
            summary: summary.unwrap_or_default(),
            given_up: self.was_given_up(run),
            base: is_difference.then(|| next.clone()),
            differences_before: differences,
            is_sealed: self.seal_fault(run).is_none(),
            origin: history.map(|history| history.origin).unwrap_or_default(),
        };
        encode_pack(run, terms, &files, &self.seal)
    }

    fn check_pack(&self, pack: &[u8], files: &[(&'static str, Vec<u8>)]) -> io::Result<()> {
        let packed = self.unpack(pack)?;
        let is_same = |(kind, bytes): &(&str, Vec<u8>)| packed.get(*kind) == Some(bytes);
        if files.iter().all(is_same) { Ok(()) } else { Err(io::Error::other("the pack is not the files")) }
    }

    /// The files of a pack, with the snapshot whole where its base can be read, and left out otherwise.
    fn unpack(&self, pack: &[u8]) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let (head, mut files) = decode_pack(pack)?;
        if let Some(base) = head.base.and_then(|base| base.parse::<RunId>().ok()) {
            let base = self.read_run_file(&base, "snapshot.json").ok();
            let delta = files.remove("snapshot.json");
            let whole = base.zip(delta).and_then(|(base, delta)| text_from_delta(&base, &delta));
            files.extend(whole.map(|whole| ("snapshot.json".to_owned(), whole)));
        }
        Ok(files)
    }

    /// Reads a file of a run from its pack; `None` where there is no pack.
    pub(super) fn read_packed_file(&self, run: &RunId, kind: &str) -> Option<Result<Vec<u8>, JournalError>> {
        let path = self.pack_path(run);
        let pack = match read_regular_file(path.as_std_path(), LARGEST_RUN_FILE) {
            Ok(pack) => pack,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(source) => return Some(Err(JournalError::Read { path, source: Arc::new(source) })),
        };
        // Only a snapshot needs the files of other runs.
        let files = match kind {
            "snapshot.json" => self.unpack(&pack),
            _ => decode_pack(&pack).map(|(_, files)| files),
        };
        Some(match files {
            Ok(mut files) => files.remove(kind).ok_or_else(|| JournalError::Lost(self.path(run, kind))),
            Err(_) => Err(JournalError::Altered(path)),
        })
    }

    /// The runs that are not packed, by name.
    pub(super) fn unpacked_runs(&self) -> Result<RunFileKinds, JournalError> {
        let mut files = RunFileKinds::new();
        self.visit_files(&self.folder, |name| add_file(&mut files, name))?;
        files.retain(|_, kinds| kinds.contains("jsonl"));
        Ok(files)
    }

    /// The files of all runs. Only what has a journal or a pack is a run.
    pub(super) fn run_files(&self) -> Result<RunFileKinds, JournalError> {
        let mut files = self.unpacked_runs()?;
        self.visit_files(&self.pack_folder(), |name| add_file(&mut files, name))?;
        Ok(files)
    }

    fn visit_files(&self, folder: &Utf8Path, mut visit: impl FnMut(&str)) -> Result<(), JournalError> {
        let unread = |source| JournalError::Read { path: folder.to_owned(), source: Arc::new(source) };
        let entries = match folder.read_dir_utf8() {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(error) => return Err(unread(error)),
        };
        for entry in entries {
            visit(entry.map_err(unread)?.file_name());
        }
        Ok(())
    }
}

/// Adds a file to those of its run, if it is one of a run.
fn add_file(files: &mut RunFileKinds, name: &str) {
    let Some((run, kind)) = name.split_once('.') else { return };
    let kind = KINDS.into_iter().chain(["pack"]).find(|known| *known == kind);
    if let (Some(kind), Ok(run)) = (kind, run.parse::<RunId>()) {
        files.entry(run).or_default().insert(kind);
    }
}
