//! The speed of carrying out a plan on the embedded organization, with its journal synced. `cargo bench
//! --bench apply [-- USERS]`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use seatwise::apply::{ApplyOptions, JournalFolder, NewRun, RunId, RunOrigin, execute_plan, stop_channel};
use seatwise::change::{Change, Edit, LeftAlone};
use seatwise::model::{Email, Interner, RoleId, Timestamp};
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Act, Approved, Impact, Phase, Plan, ReadCounts, Step, StepNo, Verdict};
use seatwise::policy::settings::Guards;
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::{SandboxStore, StoreOptions, generate_firm};
use seatwise::state::{PolicyFolderId, PolicyFolderSeal, StateKey};

const NOW: Timestamp = Timestamp::constant(1_793_606_400, 0);
const STEPS: usize = 20_000;

#[tokio::main]
async fn main() {
    let users = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000);
    // The folder is below the build folder: the measurement needs a disk, and the folder for temporary files
    // often is in memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let seatwise = Utf8Path::from_path(folder.path()).unwrap();
    let (organization, facts) = generate_firm(users, 1);
    let sandbox = SandboxConnector::from_store(
        SandboxStore::create(
            seatwise.join("bench.db").as_std_path(),
            "bench",
            &organization,
            &facts,
            StoreOptions::new(NOW),
        )
        .unwrap(),
    );
    let journals = JournalFolder::new(
        seatwise,
        PolicyFolderSeal::new(Arc::new(StateKey::from_seed(&[7; 32])), PolicyFolderId::from_bytes([3; 16])),
    );
    let snapshot = sandbox.read(&Interner::default()).unwrap();

    let mut rates = Vec::new();
    for round in 0..5 {
        let role = RoleId::new(&format!("role-{round}")).unwrap();
        let plan = plan(
            organization
                .users
                .keys()
                .cycle()
                .take(STEPS)
                .enumerate()
                .map(|(at, user)| grant(user, &role, at))
                .collect(),
        );
        let id = RunId::new(NOW, &format!("r{round}")).unwrap();
        let new = NewRun { id: id.clone(), digest: "d".into(), started: NOW, origin: RunOrigin::default() };
        let (begun, run) = time_work(|| journals.begin_run(&new, &plan, b"{}", &snapshot).unwrap());
        let begin = Instant::now();
        let outcome =
            execute_plan(&plan, run, &sandbox, &ApplyOptions::default(), &(), stop_channel().1).await;
        let took = begin.elapsed();
        assert!(outcome.summary().is_complete(), "{:?}", outcome.summary());
        rates.push(STEPS as f64 / took.as_secs_f64());
        let (told, history) = time_work(|| journals.history(&id).unwrap());
        assert!(history.ended);
        let (read, _) = time_work(|| journals.snapshot(&id, &Interner::default()).unwrap());
        println!(
            "begin {begun:.0?}  apply {took:.2?}, {:.0} writes a second  history {told:.0?}  snapshot read \
                {read:.0?}",
            rates[round]
        );
    }
    rates.sort_by(f64::total_cmp);
    println!("median {:.0} writes a second", rates[rates.len() / 2]);
}

fn grant(user: &Email, role: &RoleId, at: usize) -> Step {
    Step {
        no: StepNo(u32::try_from(at).unwrap() + 1),
        phase: Phase::GrantRoles,
        act: Act::Change(Change::Role { user: user.clone(), role: role.clone(), edit: Edit::Create(()) }),
        identities: vec![],
        needs: vec![],
        why: vec![],
    }
}

fn plan(steps: Vec<Step>) -> Approved {
    let plan = Plan {
        organization: "bench".into(),
        policy: "0".into(),
        as_of: "2026-11-02".parse().unwrap(),
        created: NOW,
        read: ReadCounts::default(),
        steps,
        withheld: vec![],
        readdressed: vec![],
        joined_products: vec![],
        not_compared: vec![],
        no_place: vec![],
        conflicts: vec![],
        left_alone: LeftAlone::default(),
        impact: Impact::default(),
        verdict: Verdict::default(),
        guards: Guards::default(),
        approvals: vec![],
        catalogue: BTreeMap::new(),
    };
    approve_plan(plan).unwrap()
}

fn time_work<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let made = work();
    (begin.elapsed(), made)
}
