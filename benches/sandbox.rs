//! The speed of the embedded organization: creating, reading, writing. `cargo bench --bench sandbox [--
//! USERS]`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use seatwise::change::{Change, Edit};
use seatwise::model::{Email, Interner, RoleId, Timestamp};
use seatwise::plan::{Act, Phase, Step, StepNo};
use seatwise::sandbox::{SandboxStore, StoreOptions, generate_firm};

fn main() {
    let users = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.db");
    let opening = StoreOptions::new(Timestamp::constant(1_793_606_400, 0));

    let (made, (organization, facts)) = time_work(|| generate_firm(users, 1));
    let edges: usize = organization
        .users
        .values()
        .map(|user| user.roles.len() + user.groups.len() + user.exceptions.len() + user.licences.len())
        .sum();
    println!("generate   {made}; {users} users, {edges} edges");

    let (filled, store) =
        time_work(|| SandboxStore::create(&path, "bench", &organization, &facts, opening).unwrap());
    println!("create     {filled}; {} MiB", path.metadata().unwrap().len() >> 20);

    let mut times: Vec<_> =
        (0..7).map(|_| time_work(|| drop(store.fetch(&Interner::default()).unwrap())).0).collect();
    times.sort_by_key(|time| time.wall);
    println!("fetch      {}, best {}", times[times.len() / 2], times[0]);

    let role = RoleId::new("bim-viewer-2").unwrap();
    let steps: Vec<_> =
        organization.users.keys().take(20_000).zip(1..).map(|(user, no)| grant(user, &role, no)).collect();
    let (written, ()) = time_work(|| {
        steps.iter().for_each(|step| drop(store.carry_out(step, &format!("run/{}", step.no.0)).unwrap()))
    });
    println!(
        "carry out  {written}; {} steps, {:.0} a second",
        steps.len(),
        steps.len() as f64 / written.wall.as_secs_f64()
    );
}

fn grant(user: &Email, role: &RoleId, no: u32) -> Step {
    let act = Act::Change(Change::Role { user: user.clone(), role: role.clone(), edit: Edit::Create(()) });
    Step { no: StepNo(no), phase: Phase::GrantRoles, act, identities: vec![], needs: vec![], why: vec![] }
}

/// Wall time and processor time; on a busy machine only the second is meaningful.
struct ElapsedTime {
    wall: Duration,
    cpu: Option<Duration>,
}

impl std::fmt::Display for ElapsedTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0?}", self.wall)?;
        self.cpu.map_or(Ok(()), |cpu| write!(f, " ({cpu:.0?} on the processor)"))
    }
}

fn time_work<T>(work: impl FnOnce() -> T) -> (ElapsedTime, T) {
    let (begin, before) = (Instant::now(), processor_time());
    let made = work();
    let cpu = processor_time().zip(before).map(|(after, before)| after - before);
    (ElapsedTime { wall: begin.elapsed(), cpu }, made)
}

/// The processor time of this thread; `None` where the system does not report it (only Linux does).
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
