//! Where tokens go over SCIM, and where they never do.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use seatwise::wire::Scope;

use super::*;
use crate::folders::repository;
use crate::http::{Odd, Served, opening};

async fn program(folder: &Path, args: &[&str], url: &str, token: &str) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program.env_clear().env("SEATWISE_NOW", now().to_string()).env("SEATWISE_URL", url).env("SEATWISE_TOKEN", token);
    program.current_dir(folder).args(args).arg("-vvv").stdin(Stdio::null());
    let Output { status, stdout, stderr } = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    (status.code().unwrap(), format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap()))
}

/// Every byte below `folder`.
fn everything(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { everything(&path) } else { std::fs::read(path).unwrap() });
    }
    all
}

fn holds(all: &[u8], secret: &str) -> bool {
    all.windows(secret.len()).any(|bytes| bytes == secret.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_is_in_no_output_journal_or_plan_at_the_highest_verbosity() {
    let (organization, facts) = seatwise::sandbox::Seed::default().found("scim", &seatwise::model::Organization::default());
    let store = seatwise::sandbox::Store::in_memory("scim", &organization, &facts, opening()).unwrap();
    let served = Served::odd(store, Odd::default()).await;
    let folder = tempfile::tempdir().unwrap();
    for file in ["seatwise.yaml", "people.yaml"] {
        std::fs::copy(repository("examples/scim").join(file), folder.path().join(file)).unwrap();
    }
    let (url, token) = (format!("{}/scim/v2", served.url), served.token(&Scope::ALL));
    let mut said = String::new();
    let mut ask = async |code: i32, args: &[&str], url: &str, token: &str| {
        let (ended, told) = program(folder.path(), args, url, token).await;
        assert_eq!(ended, code, "{args:?}: {told}");
        said += &told;
    };
    ask(0, &["plan", "--out", "plan.json"], &url, &token).await;
    ask(0, &["apply", "plan.json"], &url, &token).await;
    ask(0, &["plan"], &url, &token).await;
    ask(0, &["drift"], &url, &token).await;
    ask(0, &["export", ".exported", "--yes"], &url, &token).await;
    ask(1, &["plan"], &url, "a-wrong-t0ken").await;
    ask(1, &["plan"], &format!("{}/elsewhere", served.url), &token).await;
    ask(1, &["plan"], "http://me:pa55@127.0.0.1:1/scim", &token).await;
    assert!(said.contains("/scim/v2/Users") && said.contains("Nothing to do"), "the requests are told of: {said}");
    let kept = everything(folder.path());
    assert!(kept.len() > 10_000, "plan, journal and snapshot are there");
    for secret in [token.as_str(), token.rsplit_once('.').unwrap().1, "a-wrong-t0ken", "pa55"] {
        assert!(!said.contains(secret) && !holds(&kept, secret), "{secret}");
    }
}
