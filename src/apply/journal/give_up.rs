//! Ends an interrupted run without sending what is left, also where its journal or its plan is damaged.

use serde::{Deserialize, Serialize};

use super::record::{JournalRecord, RunBeginRecord};
use super::remains::JournalRemains;
use super::{
    JournalError, JournalFolder, OpenRunState, RunHistory, RunId, RunOrigin, RunSummary, RunsHead, StepFate,
};
use crate::model::Timestamp;
use crate::state::{Seal, SealedKind};

/// The version of the format of `RUN.end.json`.
const FORMAT: u32 = 2;

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
    /// Over the record without this field. Format 1 had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<Seal>,
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
            Err(damage) if damage.is_damage() => {
                return self.end_beside(run, steps, at, damage.to_string());
            }
            parsed => parsed?,
        };
        let history = self.history(run)?;
        if history.ended || self.was_ended_damaged(run) {
            return Err(JournalError::Ended(run.clone()));
        }
        let open = self.open_runs()?.into_iter().find(|open| open.run == *run);
        if let Some(fault) = open.and_then(|open| open.fault) {
            return Err(JournalError::Unsealed { run: run.clone(), fault });
        }
        let end = JournalRecord::End { summary: RunSummary::from_fates(&history.fates), given_up: true };
        self.append_record(run, &parsed, end)?;
        self.note_head_of(run)?;
        Ok(RunHistory { ended: true, ..history })
    }

    /// Notes at the time `at` that somebody has looked at an unfinished run whose journal is not believed, so
    /// that another run can begin. Nothing of it is carried out, and its files stay as they are.
    pub fn dismiss(&self, open: &OpenRunState, at: Timestamp) -> Result<(), JournalError> {
        let run = &open.run;
        let Some(fault) = &open.fault else { return Err(JournalError::Unfinished(run.clone())) };
        let summary = self.history(run).map(|history| RunSummary::from_fates(&history.fates));
        let end = self.new_end_record(run, at, format!("dismissed: {fault}"), summary.unwrap_or_default());
        self.save_end_record(run, &end)?;
        self.end_head_of(run)
    }

    fn end_beside(
        &self,
        run: &RunId,
        steps: Option<usize>,
        at: Timestamp,
        damage: String,
    ) -> Result<RunHistory, JournalError> {
        if self.was_ended_damaged(run) {
            return Err(JournalError::Ended(run.clone()));
        }
        let fates = self.remains(run)?.fates(steps);
        let end = self.new_end_record(run, at, damage, RunSummary::from_fates(&fates));
        self.save_end_record(run, &end)?;
        self.end_head_of(run)?;
        Ok(RunHistory { fates, ..self.remaining_history(run)? })
    }

    fn new_end_record(
        &self,
        run: &RunId,
        ended: Timestamp,
        damage: String,
        summary: RunSummary,
    ) -> DamagedEndRecord {
        let record =
            DamagedEndRecord { format: FORMAT, run: run.to_string(), ended, damage, summary, seal: None };
        let seal = self.seal.seal_json(SealedKind::JournalEnd, &record);
        DamagedEndRecord { seal, ..record }
    }

    fn save_end_record(&self, run: &RunId, end: &DamagedEndRecord) -> Result<(), JournalError> {
        let text = serde_json::to_vec(end).expect("a record has string keys");
        self.save_run_file(run, "end.json", |file| file.write_all(&text)).map(drop)
    }

    /// Notes that the newest run has ended, if it is this one.
    fn end_head_of(&self, run: &RunId) -> Result<(), JournalError> {
        let Some(head) = self.head().filter(|head| head.run == run.as_str()) else { return Ok(()) };
        let packed = self.head_record().and_then(|record| record.packed);
        self.write_head(RunsHead { ended: true, ..head }, packed)
    }

    /// Whether the run was ended although its journal is damaged or not believed.
    ///
    /// A note without a seal is one of an earlier version. It speaks only for a journal of an earlier
    /// version, and not where the run is known to be open.
    pub(super) fn was_ended_damaged(&self, run: &RunId) -> bool {
        let Ok(text) = self.read_run_file(run, "end.json") else { return false };
        let Ok(mut end) = serde_json::from_slice::<DamagedEndRecord>(&text) else { return false };
        let seal = end.seal.take();
        let is_sealed = self.seal.check_json(SealedKind::JournalEnd, &end, seal.as_ref()).is_ok();
        let is_known_open = || self.head().is_some_and(|head| head.run == run.as_str() && !head.ended);
        end.run == run.as_str() && (is_sealed || !self.has_seal(run) && !is_known_open())
    }

    /// Whether the journal of the run has a seal, whether or not the seal holds.
    fn has_seal(&self, run: &RunId) -> bool {
        self.begin_record(run).is_ok_and(|begin| begin.format > 1)
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
            origin: RunOrigin::default(),
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
