//! How fast the embedded organization is: filled, read, written. `cargo bench --bench sandbox [-- USERS]`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use seatwise::model::{Interner, RoleId, Timestamp};
use seatwise::plan::{Act, Phase, Step, StepNo};
use seatwise::sandbox::{Opening, Store, generate};

fn main() {
    let users = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.db");
    let opening = Opening::at(Timestamp::constant(1_793_606_400, 0));

    let (made, (organization, facts)) = timed(|| generate(users, 1));
    let edges: usize =
        organization.users.values().map(|user| user.roles.len() + user.groups.len() + user.exceptions.len() + user.licences.len()).sum();
    println!("generate  {users} users, {edges} edges: {made:?}");

    let (filled, store) = timed(|| Store::create(&path, "bench", &organization, &facts, opening).unwrap());
    println!("create    {filled:?}, {} MiB", path.metadata().unwrap().len() >> 20);

    let mut times: Vec<_> = (0..7).map(|_| timed(|| store.fetch(&Interner::default()).unwrap()).0).collect();
    times.sort();
    println!("fetch     median {:?}, best {:?}", times[times.len() / 2], times[0]);

    let role = RoleId::new("bim-viewer-2").unwrap();
    let steps: Vec<_> = organization.users.keys().take(20_000).zip(1..).map(|(user, no)| grant(user, &role, no)).collect();
    let (written, ()) = timed(|| steps.iter().for_each(|step| drop(store.carry_out(step, &format!("run/{}", step.no.0)).unwrap())));
    println!("carry out {} steps: {written:?}, {:.0} a second", steps.len(), steps.len() as f64 / written.as_secs_f64());
}

fn grant(user: &seatwise::model::Email, role: &RoleId, no: u32) -> Step {
    let act = Act::GrantRole { user: user.clone(), role: role.clone() };
    Step { no: StepNo(no), phase: Phase::GrantRoles, act, identities: vec![], needs: vec![], why: vec![] }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let made = work();
    (begin.elapsed(), made)
}
