//! The time that `seatwise history` takes for each commit, compared with reading what the commits changed.
//!
//! `cargo bench --bench history -- [USERS] [COMMITS] [ROUNDS]`: by default a policy of 1,000 people and 500
//! commits, each of which adds a person in one file; medians. For the comparison Git lists the changed files
//! and their contents.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use seatwise::git::Repository;
use seatwise::model::{Live, Snapshot};
use seatwise::policy::settings::Connector;
use seatwise::render::export::export_policy;
use seatwise::sandbox::generate_firm;

fn main() {
    let arguments: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let argument = |at: usize, otherwise: usize| arguments.get(at).copied().unwrap_or(otherwise);
    let (users, commits, rounds) = (argument(0, 1_000), argument(1, 500), argument(2, 5));
    let folder = tempfile::tempdir().unwrap();
    let bytes = firm(folder.path(), users, commits);
    println!("{users} people, {bytes} bytes of policy, {commits} commits, {rounds} rounds");

    let repository = Repository::find(folder.path()).unwrap().unwrap();
    let reading = median(rounds, || {
        let mut contents = repository.blob_reader().unwrap();
        let log = repository
            .log(Some(&repository.commit("begin").unwrap()), &repository.commit("HEAD").unwrap())
            .unwrap();
        assert_eq!(log.len(), commits);
        log.iter()
            .flat_map(|(_, changes)| changes)
            .for_each(|changed| drop(contents.read(changed.content.as_ref().unwrap()).unwrap()));
    });
    let history = median(rounds, || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
        let program = program.args(["history", "--from", "begin"]).arg(folder.path()).stdout(Stdio::null());
        assert!(program.status().unwrap().success());
    });
    println!("reading what changed: {:.2} ms a commit", reading / commits as f64);
    println!(
        "history: {:.2} ms a commit, {:.2} ms beyond reading",
        history / commits as f64,
        (history - reading) / commits as f64
    );
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut program = Command::new("git");
    let program = program
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@firm.example"])
        .args(arguments)
        .current_dir(folder);
    assert!(program.stdout(Stdio::null()).status().unwrap().success(), "{arguments:?}");
}

/// Creates a Git repository with a policy to which each commit adds a person. Returns the size of the policy
/// at first.
fn firm(folder: &Path, users: usize, commits: usize) -> usize {
    let (organization, facts) = generate_firm(users, 1);
    let files = export_policy(
        &Snapshot { live: Live(organization), facts, ..Snapshot::default() },
        "firm",
        &Connector::Sandbox { path: ".seatwise/firm.db".into() },
    );
    for (path, text) in &files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    git(folder, &["init", "-q"]);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "begin"]);
    git(folder, &["tag", "begin"]);
    let people: Vec<&String> = files.keys().filter(|path| path.starts_with("users")).collect();
    for commit in 0..commits {
        let path = folder.join(people[commit % people.len()]);
        let joined =
            format!("  joiner.{commit}@firm.example: {{first_name: Jo, last_name: Iner, country: PT}}\n");
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + &joined).unwrap();
        git(folder, &["commit", "-q", "-a", "-m", &format!("change {commit}")]);
    }
    files.values().map(String::len).sum()
}

fn median(rounds: usize, mut act: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            act();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
