//! Ends an interrupted run without sending what is left, also where its journal or its plan is damaged.

use serde::{Deserialize, Serialize};

use super::record::{JournalRecord, RunBeginRecord};
use super::remains::JournalRemains;
use super::{JournalError, JournalFolder, RunHistory, RunId, RunSummary, StepFate};
use crate::model::Timestamp;

/// The version of the format of `RUN.end.json`.
const FORMAT: u32 = 1;

/// The content of `RUN.end.json`, which ends a run whose journal cannot be appended to.
#[derive(Serialize, Deserialize)]
struct DamagedEndRecord {
    format: u32,
    run: String,
    ended: Timestamp,
    /// How the journal is damaged, in words.
    damage: String,
    /// What is known of the steps.
    summary: RunSummary,
}

impl JournalFolder {
    /// Ends an interrupted run at the time `at` without sending what is left, so that another run can begin.
    ///
    /// `steps` is the number of the run's steps, where its plan can be read. Returns what is known of them. A
    /// damaged journal stays as it is: a file beside it says that the run has ended.
    pub fn give_up(
        &self,
        run: &RunId,
        steps: Option<usize>,
        at: Timestamp,
    ) -> Result<RunHistory, JournalError> {
        let parsed = match self.parse_journal(run) {
            Err(damage) if damage.is_damage() => return self.end_damaged(run, steps, at, &damage),
            parsed => parsed?,
        };
        let history = self.history(run)?;
        if history.ended {
            return Err(JournalError::Ended(run.clone()));
        }
        let end = JournalRecord::End { summary: RunSummary::from_fates(&history.fates), given_up: true };
        self.append_record(run, &parsed, &end)?;
        Ok(RunHistory { ended: true, ..history })
    }

    fn end_damaged(
        &self,
        run: &RunId,
        steps: Option<usize>,
        at: Timestamp,
        damage: &JournalError,
    ) -> Result<RunHistory, JournalError> {
        if self.was_ended_damaged(run) {
            return Err(JournalError::Ended(run.clone()));
        }
        let fates = self.remains(run)?.fates(steps);
        let record = DamagedEndRecord {
            format: FORMAT,
            run: run.to_string(),
            ended: at,
            damage: damage.to_string(),
            summary: RunSummary::from_fates(&fates),
        };
        let text = serde_json::to_vec(&record).expect("a record has string keys");
        self.save_run_file(run, "end.json", |file| file.write_all(&text))?;
        Ok(RunHistory { fates, ..self.remaining_history(run)? })
    }

    /// Whether the run was ended although its journal is damaged.
    pub(super) fn was_ended_damaged(&self, run: &RunId) -> bool {
        match std::fs::metadata(self.path(run, "end.json")) {
            Ok(there) => there.is_file(),
            Err(_) => self.read_packed_file(run, "end.json").is_some_and(|packed| packed.is_ok()),
        }
    }

    /// Whether the sound lines of a damaged journal say what became of every step, so that nothing is left.
    pub(super) fn is_settled_all_the_same(&self, run: &RunId) -> bool {
        let remains = self.remains(run).ok().filter(|remains| remains.begin.is_some());
        remains.is_some_and(|remains| remains.fates(None).iter().all(StepFate::is_final))
    }

    /// The history of a run as far as its damaged journal shows it.
    pub(super) fn remaining_history(&self, run: &RunId) -> Result<RunHistory, JournalError> {
        let remains = self.remains(run)?;
        let fates = remains.fates(None);
        let (organization, digest) =
            remains.begin.map(|begin| (begin.organization, begin.plan)).unwrap_or_default();
        Ok(RunHistory {
            run: run.clone(),
            organization: organization.into(),
            digest: digest.into(),
            started: run.time(),
            fates,
            ended: true,
        })
    }

    /// The journal's first line, also of a journal that is damaged further down.
    pub(super) fn begin_record(&self, run: &RunId) -> Result<RunBeginRecord, JournalError> {
        match self.parse_journal(run) {
            Ok(parsed) => Ok(parsed.begin),
            Err(damage) => self.remains(run)?.begin.ok_or(damage),
        }
    }

    fn remains(&self, run: &RunId) -> Result<JournalRemains, JournalError> {
        Ok(JournalRemains::read(&self.read_run_file(run, "jsonl")?))
    }

    /// Why the run, which is unfinished, cannot be resumed; `None` where it can.
    pub fn obstacle_to_resuming(&self, run: &RunId) -> Option<JournalError> {
        self.parse_journal(run).and_then(|_| self.plan(run)).err()
    }
}
