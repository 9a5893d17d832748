//! An apply in a real process that is killed, and then resumed.
//! `SEATWISE_KILLS=200 cargo test --test it apply::killed_process` does that two hundred times.
//!
//! The killed process is this test binary itself, running [`one_process`], which reads from its environment
//! what to do.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use seatwise::apply::{JournalFolder, LockOwner, RunLock};
use seatwise::connector::{OrgWrite, Pace, Receipt, WriteError};
use seatwise::model::{Interner, Organization};
use seatwise::plan::Step;
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::{Seed, StoreOptions};

use super::*;
use crate::dice::TestDice;

const FOLDER: &str = "SEATWISE_TEST_FOLDER";

const DIES: &str = "SEATWISE_TEST_DIES";

const PEOPLE: usize = 99;

/// Three groups and three steps for each person, in phases: 300 steps.
fn three_hundred_steps() -> Approved {
    let people = || (0..PEOPLE).map(|person| (format!("p{person}"), u32::try_from(person).unwrap()));
    let count = u32::try_from(PEOPLE).unwrap();
    let groups =
        (0..3).map(|at| (Phase::CreateGroups, PlainAct::CreateGroup(facts(&format!("g{at}"))), vec![]));
    let invites = people().map(|(name, _)| (Phase::AdmitUsers, invite(&name), vec![]));
    let grants =
        people().map(|(name, person)| (Phase::GrantDownload, grant(&name, "download"), vec![person + 4]));
    let joins = people().map(|(name, person)| {
        (Phase::Loosen, join(&name, &format!("g{}", person % 3)), vec![person + 4, person % 3 + 1])
    });
    let steps = groups.chain(invites).chain(grants).chain(joins).enumerate();
    let plan = approved_plan(
        steps.map(|(at, (phase, act, needs))| Step { phase, ..step(at, act, &needs) }).collect(),
    );
    assert_eq!(plan.plan().steps.len(), 3 + 3 * count as usize);
    plan
}

fn sandbox(folder: &Utf8Path) -> SandboxConnector {
    SandboxConnector::new(
        folder.join("acme.db").as_std_path(),
        "acme",
        Seed::default(),
        StoreOptions::new(time()),
    )
}

/// A sandbox that aborts the process before or after one of its calls.
struct DeadlySandbox {
    sandbox: SandboxConnector,
    calls: AtomicUsize,
    before: usize,
    after: usize,
}

impl OrgWrite for DeadlySandbox {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call == self.before {
            std::process::abort();
        }
        let receipt = self.sandbox.carry_out(step, key).await;
        if call == self.after {
            std::process::abort();
        }
        receipt
    }

    fn pace(&self) -> Pace {
        self.sandbox.pace()
    }
}

/// Begins or resumes the run, as `apply` and `resume` do.
#[test]
#[ignore = "run by the others as a process of its own"]
fn one_process() {
    let folder = std::env::var(FOLDER).unwrap();
    let dies: (usize, usize) = std::env::var(DIES)
        .ok()
        .and_then(|at| at.split_once(' ').map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())))
        .unwrap_or_default();
    let folder = Utf8Path::new(&folder);
    let _lock = RunLock::take(folder, &LockOwner::this_process(time())).unwrap();
    let (plan, journals) = (three_hundred_steps(), JournalFolder::new(folder, plain_seal()));
    let deadly =
        DeadlySandbox { sandbox: sandbox(folder), calls: AtomicUsize::new(0), before: dies.0, after: dies.1 };
    let run = match journals.unfinished_runs().unwrap().pop() {
        Some(run) => journals.resume(&run, &plan, "d1", time()).unwrap(),
        None => journals.begin_run(&new_run("a1"), &plan, b"the plan", &Snapshot::default()).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let outcome = runtime.block_on(execute_plan(&plan, run, &deadly, &options(), &(), nobody_stops()));
    assert!(outcome.summary().is_complete());
}

fn spawn_process(folder: &SeatwiseFolder, dies: (usize, usize)) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["apply::killed_process::one_process", "--exact", "--ignored"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.env(FOLDER, folder.path()).env(DIES, format!("{} {}", dies.0, dies.1)).spawn().unwrap()
}

/// The live organization after a run without a disturbance, and the duration of that run.
fn undisturbed_run() -> (Organization, Duration) {
    let (folder, began) = (SeatwiseFolder::new(), Instant::now());
    assert!(spawn_process(&folder, (0, 0)).wait().unwrap().success());
    (live_organization(&folder), began.elapsed())
}

fn live_organization(folder: &SeatwiseFolder) -> Organization {
    let mut organization = sandbox(folder.path()).read(&Interner::default()).unwrap().live.0;
    organization.users_mut().for_each(|user| user.id = None);
    organization.groups.values_mut().for_each(|group| group.id = None);
    organization
}

/// Cuts the journal back to the lines that were surely on disk, of which the first two always are, and leaves
/// `torn` bytes of the next line.
fn cut_journal(folder: &SeatwiseFolder, torn: usize) {
    let Ok(text) = std::fs::read_to_string(folder.journal_file()) else { return };
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let synced = |line: &str| line.split_once("\"s\":")?.1.split_once(',')?.0.parse::<usize>().ok();
    let surely = lines.iter().rev().find_map(|line| synced(line)).unwrap().max(2);
    let length: usize = lines[..surely].iter().map(|line| line.len()).sum();
    let torn = torn.min(lines.get(surely).map_or(0, |line| line.len() - 1));
    std::fs::write(folder.journal_file(), &text.as_bytes()[..length + torn]).unwrap();
}

fn assert_whole(folder: &SeatwiseFolder, wanted: &Organization, when: &str) {
    assert_eq!(live_organization(folder), *wanted, "{when}");
    let store = sandbox(folder.path()).store().unwrap().unwrap();
    let mut invited: Vec<_> = store.outbox().unwrap().into_iter().map(|mail| mail.email).collect();
    invited.sort();
    let count = invited.len();
    invited.dedup();
    assert_eq!((invited.len(), count), (PEOPLE, PEOPLE), "{when}: an invitation was sent twice or never");
    assert!(folder.journals().history(&run_id("a1")).unwrap().ended, "{when}");
}

#[test]
fn killed_process_is_gone_on_with_to_the_same_end() {
    let kills = std::env::var("SEATWISE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let (wanted, takes) = undisturbed_run();
    let mut dice = TestDice::new(20_261_124);
    for round in 0..kills {
        let folder = SeatwiseFolder::new();
        let call = 1 + dice.number_below(300);
        let when = match round % 4 {
            0 => {
                spawn_process(&folder, (call, 0)).wait().unwrap();
                format!("round {round}: died before call {call}")
            }
            1 => {
                spawn_process(&folder, (0, call)).wait().unwrap();
                format!("round {round}: died after call {call}")
            }
            _ => {
                let wait = takes.mul_f64(dice.number_below(1_000) as f64 / 1_000.0);
                let mut child = spawn_process(&folder, (0, 0));
                std::thread::sleep(wait);
                child.kill().unwrap();
                child.wait().unwrap();
                format!("round {round}: killed after {wait:?}")
            }
        };
        match round % 3 {
            0 => {}
            1 => cut_journal(&folder, 0),
            _ => cut_journal(&folder, 1 + dice.number_below(100)),
        }
        assert!(spawn_process(&folder, (0, 0)).wait().unwrap().success(), "{when}: resume failed");
        assert_whole(&folder, &wanted, &when);
    }
}
