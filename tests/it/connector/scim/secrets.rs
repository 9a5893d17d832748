//! Where the SCIM connector sends tokens, and where tokens never appear.

use seatwise::wire::TokenScope;

use crate::connector::transport::credentials::{all_bytes_below, contains_secret, run_program};
use crate::folders::repository_path;
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks, opening};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_is_in_no_output_journal_or_plan_at_the_highest_verbosity() {
    let (organization, facts) = seatwise::sandbox::Seed::default()
        .found_organization("scim", &seatwise::model::Organization::default());
    let store = seatwise::sandbox::SandboxStore::in_memory("scim", &organization, &facts, opening()).unwrap();
    let served = ServedSandbox::with_quirks(store, ServiceQuirks::default()).await;
    let folder = tempfile::tempdir().unwrap();
    for file in ["seatwise.yaml", "people.yaml"] {
        std::fs::copy(repository_path("examples/scim").join(file), folder.path().join(file)).unwrap();
    }
    let (url, token) = (format!("{}/scim/v2", served.url), served.token(&TokenScope::ALL));
    let mut said = String::new();
    let mut ask = async |code: i32, args: &[&str], url: &str, token: &str| {
        let (ended, told) = run_program(
            folder.path(),
            &[args, &["-vvv"]].concat(),
            &[("SEATWISE_URL", url), ("SEATWISE_TOKEN", token)],
        )
        .await;
        assert_eq!(ended, code, "{args:?}: {told}");
        said += &told;
    };
    ask(0, &["plan", "--out", "plan.json"], &url, &token).await;
    ask(0, &["apply", "plan.json"], &url, &token).await;
    ask(0, &["plan"], &url, &token).await;
    ask(0, &["drift"], &url, &token).await;
    ask(0, &["import", "--out", ".imported", "--yes"], &url, &token).await;
    ask(1, &["plan"], &url, "a-wrong-t0ken").await;
    ask(1, &["plan"], &format!("{}/elsewhere", served.url), &token).await;
    ask(1, &["plan"], "http://me:pa55@127.0.0.1:1/scim", &token).await;
    assert!(
        said.contains("/scim/v2/Users") && said.contains("Nothing to do"),
        "the requests are told of: {said}"
    );
    let kept = all_bytes_below(folder.path());
    assert!(kept.len() > 10_000, "plan, journal and snapshot are there");
    for secret in [token.as_str(), token.rsplit_once('.').unwrap().1, "a-wrong-t0ken", "pa55"] {
        assert!(!said.contains(secret) && !contains_secret(&kept, secret), "{secret}");
    }
}
