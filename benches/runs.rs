//! The room that many runs take, and whether a run after thousands of others is slower. `cargo bench --bench
//! runs [-- RUNS]`.
//!
//! Each run changes one in a hundred of 1,500 people. The organization does what it is told at once, so the
//! time is that of the plan's file, the snapshot, the journal with its syncs, and the packing.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use jiff::ToSpan;
use seatwise::apply::{ApplyOptions, JournalFolder, NewRun, RunId, RunOrigin, execute_plan, stop_channel};
use seatwise::change::{Change, Edit, LeftAlone};
use seatwise::connector::{OrgWrite, Pace, Receipt, WriteError};
use seatwise::model::{Interner, Snapshot, Timestamp};
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Act, Approved, Impact, Phase, Plan, ReadCounts, Step, StepNo, Verdict, file};
use seatwise::policy::settings::Guards;
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::{SandboxStore, StoreOptions, generate_firm};
use seatwise::state::{PolicyFolderId, PolicyFolderSeal, StateKey};

const START: Timestamp = Timestamp::constant(1_793_606_400, 0);
const PEOPLE: usize = 1_500;
const CHANGED: usize = PEOPLE / 100;
/// How many runs are timed together.
const TIMED: usize = 10;

struct Obedient;

impl OrgWrite for Obedient {
    async fn carry_out(&self, _: &Step, _: &str) -> Result<Receipt, WriteError> {
        Ok(Receipt::Done { created: None })
    }

    fn pace(&self) -> Pace {
        Pace { concurrency: 64, per_second: None }
    }
}

#[tokio::main]
async fn main() {
    let runs = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(3_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let seatwise = Utf8Path::from_path(folder.path()).unwrap();
    let (organization, facts) = generate_firm(PEOPLE, 1);
    let store = SandboxStore::in_memory("bench", &organization, &facts, StoreOptions::new(START)).unwrap();
    let mut live = SandboxConnector::from_store(store).read(&Interner::default()).unwrap();
    let journals = JournalFolder::new(
        seatwise,
        PolicyFolderSeal::new(Arc::new(StateKey::from_seed(&[7; 32])), PolicyFolderId::from_bytes([3; 16])),
    );
    let mut times = Vec::new();
    for at in 0..runs {
        let begin = Instant::now();
        one_run(&journals, &mut live, at).await;
        times.push(begin.elapsed());
        if at + 1 == 2 * TIMED || at + 1 == runs {
            let (bytes, blocks) = sizes(&seatwise.join("journal"));
            println!(
                "after {} runs: a run takes {:.1?}; {:.1} MB, {:.1} MB on disk",
                at + 1,
                median(&times[times.len().saturating_sub(TIMED)..]),
                bytes as f64 / 1e6,
                blocks as f64 / 1e6
            );
        }
    }
    let (oldest, newest) = (journals.runs().unwrap().remove(0), journals.runs().unwrap().pop().unwrap());
    for (name, run) in [("oldest", oldest), ("newest", newest)] {
        let begin = Instant::now();
        let users = journals.snapshot(&run, &Interner::default()).unwrap().0.live.0.users.len();
        println!("snapshot of the {name} run, {users} users: read in {:.1?}", begin.elapsed());
    }
}

/// A run that gives some people another last name, as `apply` carries it out.
async fn one_run(journals: &JournalFolder, live: &mut Snapshot, at: usize) {
    let before = live.clone();
    let keys: Vec<_> = live.live.0.users.keys().cloned().collect();
    let mut steps = Vec::new();
    for number in 0..CHANGED {
        let user = live.live.0.users.get_mut(&keys[(at * 37 + number * 101) % keys.len()]).unwrap();
        let profile = user.profile.clone();
        Arc::make_mut(user).profile.last_name = format!("Name{at}").as_str().into();
        steps.push(update(
            number,
            Change::User {
                user: profile.email.clone(),
                edit: Edit::Update { before: profile, after: user.profile.clone() },
            },
        ));
    }
    let plan = plan(steps);
    let started = START + (i64::try_from(at).unwrap() * 60).seconds();
    let id = RunId::new(started, "bench").unwrap();
    let new = NewRun {
        id: id.clone(),
        digest: file::plan_digest(plan.plan()).to_string().into(),
        started,
        origin: RunOrigin::default(),
    };
    let saved = file::write_plan(plan.plan(), 24);
    let run = journals.begin_run(&new, &plan, saved.as_bytes(), &before).unwrap();
    let outcome = execute_plan(&plan, run, &Obedient, &ApplyOptions::default(), &(), stop_channel().1).await;
    assert!(outcome.summary().is_complete());
    journals.close_run(&id, 16).unwrap();
}

fn update(at: usize, change: Change) -> Step {
    Step {
        no: StepNo(u32::try_from(at).unwrap() + 1),
        phase: Phase::UpdateProfiles,
        act: Act::Change(change),
        identities: vec![],
        needs: vec![],
        why: vec![],
    }
}

fn plan(steps: Vec<Step>) -> Approved {
    approve_plan(Plan {
        organization: "bench".into(),
        policy: "0".into(),
        as_of: "2026-11-02".parse().unwrap(),
        created: START,
        read: ReadCounts::default(),
        steps,
        withheld: vec![],
        readdressed: vec![],
        not_compared: vec![],
        no_place: vec![],
        conflicts: vec![],
        joined_products: vec![],
        left_alone: LeftAlone::default(),
        impact: Impact::default(),
        verdict: Verdict::default(),
        guards: Guards::default(),
        approvals: vec![],
        catalogue: BTreeMap::new(),
    })
    .unwrap()
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

/// The bytes of the files in a folder, and of the blocks of 4 KiB that hold them.
fn sizes(folder: &Utf8Path) -> (u64, u64) {
    let lengths = folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    lengths.fold((0, 0), |(bytes, blocks), length| (bytes + length, blocks + length.next_multiple_of(4096)))
}
