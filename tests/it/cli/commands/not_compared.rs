//! What could not be read is neither equal nor different: commands say so, and none is green.

use std::process::{Command, Output, Stdio};

use seatwise::wire::TokenScope;
use serde_json::json;

use crate::cli::{ProgramOutcome, Quickstart, leave_group};
use crate::plain_act::PlainAct;
use crate::sandbox::profile;
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks, fault_script, opening};
use seatwise::sandbox::{SandboxStore, generate_firm};

/// A policy folder whose organization is served with the faults of a script.
pub(super) struct FaultyOffice {
    pub(super) quickstart: Quickstart,
    pub(super) served: ServedSandbox,
}

impl FaultyOffice {
    /// Serves the organization of `quickstart`, whose policy from now on reaches it over HTTP.
    pub(super) async fn new(quickstart: Quickstart, faults: serde_json::Value) -> Self {
        quickstart.edit(
            "seatwise.yaml",
            "connector: {kind: sandbox, path: .seatwise/quickstart.db}",
            "connector: {kind: http}",
        );
        let store = SandboxStore::open(&quickstart.path(".seatwise/quickstart.db"), opening()).unwrap();
        let odd = ServiceQuirks { faults: fault_script(faults), ..ServiceQuirks::default() };
        Self { quickstart, served: ServedSandbox::with_quirks(store, odd).await }
    }

    /// Calls the program while the service answers.
    pub(super) async fn run(&self, args: &[&str]) -> ProgramOutcome {
        self.run_at(&self.served.url, args).await
    }

    /// The same over SCIM.
    pub(super) async fn run_scim(&self, args: &[&str]) -> ProgramOutcome {
        self.run_at(&format!("{}/scim/v2", self.served.url), args).await
    }

    async fn run_at(&self, url: &str, args: &[&str]) -> ProgramOutcome {
        let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
        program
            .env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("SEATWISE_NOW", "2026-11-24T09:30:00Z")
            .env("SEATWISE_URL", url)
            .env("SEATWISE_TOKEN", self.served.token(&TokenScope::ALL))
            .current_dir(self.quickstart.path(""))
            .args(args)
            .stdin(Stdio::null());
        let ended = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
        let Output { status, stdout, stderr } = ended;
        ProgramOutcome {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// The sections that the quickstart's policy manages, by the list of the organization API.
const MANAGED: [&str; 7] =
    ["users", "groups", "memberships", "roles", "assignments", "restrictions", "contacts"];

/// What no command may say where something managed was not read.
const GREEN: [&str; 4] = ["Nothing to do", "nothing to do", "No drift", "No findings,"];

/// Every kind of bad read, at every managed section, under every command that compares.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_is_green_where_a_managed_section_was_not_read() {
    for fault in ["truncate", "shift", "portal", "refuse"] {
        for section in MANAGED {
            let quickstart = Quickstart::new();
            quickstart.run(&["plan", "--out", "first.json"]).assert_exit(0, &[]);
            quickstart.run(&["work-order", "first.json", "--out", "order"]).assert_exit(0, &[]);
            quickstart.run(&["apply", "--yes"]).assert_exit(0, &[]);
            quickstart.run(&["confirm", "order"]).assert_exit(0, &["done."]);
            quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["Nothing to do"]);
            // A plan that does not touch what is not read: what else is managed is not compared all the same.
            let alert = "alerts: [{product: microstation, country: PT, above: 9}]\n";
            quickstart.write("alerts.yaml", alert);
            quickstart.run(&["plan", "--out", "other.json"]).assert_exit(0, &["1 to create"]);
            quickstart.run(&["work-order", "other.json", "--out", "other"]).assert_exit(0, &[]);
            std::fs::remove_file(quickstart.path("alerts.yaml")).unwrap();
            let script = json!({"faults": [
                {"fault": fault, "on": "reads", "per_mille": 1000, "path": format!("/v1/{section}")}
            ]});
            let office = FaultyOffice::new(quickstart, script).await;
            for (args, code) in [
                (&["plan", "--detailed-exitcode"][..], 9),
                (&["plan", "--format", "markdown"], 9),
                (&["drift"], 9),
                (&["audit", "--fail-on", "never"], 9),
                (&["apply", "--yes"], 5),
                (&["apply", "plan.json", "--yes"], 5),
                (&["apply", "other.json", "--yes"], 5),
                (&["confirm", "order"], 9),
                (&["confirm", "other"], 9),
                (&["who", "has", "co-administrator"], 9),
                (&["import", "--out", "elsewhere", "--yes"], 9),
            ] {
                // A step that the policy does not want would be blocked for that.
                if args.contains(&"other.json") {
                    office.quickstart.write("alerts.yaml", alert);
                }
                let ended = office.run(args).await;
                let _ = std::fs::remove_file(office.quickstart.path("alerts.yaml"));
                let all = format!("{}{}", ended.out, ended.err);
                assert_eq!(ended.code, code, "{fault} of {section}, {args:?}: {all}");
                let is_green = GREEN.iter().find(|words| all.contains(**words));
                assert_eq!(is_green, None, "{fault} of {section}, {args:?}: {all}");
                assert!(all.contains(section), "{fault} of {section}, {args:?}: {all}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unread_section_that_the_policy_does_not_manage_is_no_failure() {
    let script = json!({"faults": [
        {"fault": "truncate", "on": "reads", "per_mille": 1000, "path": "/v1/contracts"}
    ]});
    let office = FaultyOffice::new(Quickstart::new_applied(), script).await;
    office.run(&["plan"]).await.assert_exit(0, &["Nothing to do"]);
    office.run(&["drift"]).await.assert_exit(0, &["No drift"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_in_what_was_read_are_shown_beside_what_was_not() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    let script = json!({"faults": [
        {"fault": "truncate", "on": "reads", "per_mille": 1000, "path": "/v1/memberships"}
    ]});
    let office = FaultyOffice::new(quickstart, script).await;
    let reason = "Could not compare: memberships (";
    let planned = office.run(&["plan", "--detailed-exitcode", "--out", "p.json", "--out", "p.md"]).await;
    planned.assert_exit(9, &[reason, "Nunes", "1 to update", "Could not compare memberships."]);
    assert!(office.quickstart.read("p.md").contains("**Could not compare:** memberships ("));
    let saved: serde_json::Value = serde_json::from_str(&office.quickstart.read("p.json")).unwrap();
    assert_eq!(saved["plan"]["not_compared"], json!(["memberships"]));
    let json = office.run(&["drift", "--format", "json"]).await.assert_exit(9, &[]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["not_compared"].as_str().unwrap().starts_with("memberships ("), "{json}");
    let applied = office.run(&["apply", "p.json", "--yes"]).await;
    applied.assert_exit(5, &["1 done", "Could not compare: memberships", "undo"]);
    // What a run did is taken back only where what it did can be seen.
    let users = json!({"faults": [
        {"fault": "truncate", "on": "reads", "per_mille": 1000, "path": "/v1/users"}
    ]});
    let FaultyOffice { quickstart, served } = office;
    served.stop().await;
    quickstart.edit(
        "seatwise.yaml",
        "connector: {kind: http}",
        "connector: {kind: sandbox, path: .seatwise/quickstart.db}",
    );
    let office = FaultyOffice::new(quickstart, users).await;
    office.run(&["undo", "last", "--yes"]).await.assert_exit(9, &["could not compare: users ("]);
}

/// Ten of thirty people removed by hand look like a list that was cut, until somebody says that it is right.
#[test]
fn list_that_shrank_beyond_reason_is_no_green_drift() {
    let quickstart = Quickstart::new();
    let names: Vec<String> = (1..=26).map(|number| format!("u{number}@harbour.example")).collect();
    let people: String = names
        .iter()
        .map(|name| format!("  {name}: {{first_name: Ana, last_name: Silva, country: PT}}\n"))
        .collect();
    quickstart.write("more.yaml", &format!("users:\n{people}"));
    let planned = quickstart.run(&["plan", "--format", "json"]).out;
    let planned: serde_json::Value = serde_json::from_str(&planned).unwrap();
    let digest = planned["digest"].as_str().unwrap();
    quickstart.run(&["apply", "--yes", "--approve", digest]).assert_exit(0, &[]);
    for name in &names[..12] {
        quickstart.act_at_portal(PlainAct::RemoveUser(profile(name)));
    }
    let doubt = "Could not compare: users (";
    let drift = quickstart.run(&["drift"]).assert_exit(9, &[doubt, "`--accept-shrink users`"]);
    assert!(!drift.out.contains("No drift"), "{}", drift.out);
    quickstart.run(&["plan"]).assert_exit(9, &[doubt]);
    quickstart.run(&["drift", "--accept-shrink", "users"]).assert_exit(2, &["Drift: 12 differences"]);
    // The same where the policy has changed since.
    quickstart.edit("more.yaml", "first_name: Ana,", "first_name: Eva,");
    quickstart.run(&["drift"]).assert_exit(9, &[doubt]);
    quickstart.run(&["drift", "--accept-shrink", "users"]).assert_exit(2, &["Drift: 12 differences"]);
}

/// Where the policy has changed since the last run, live is compared with what the run left: in the scope of
/// the policy alone.
#[test]
fn drift_since_a_run_leaves_out_what_the_policy_does_not_manage() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("seatwise.yaml", "memberships: exact", "memberships: observe");
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    quickstart.run(&["drift"]).assert_exit(0, &["No drift"]);
    quickstart.edit("seatwise.yaml", "memberships: observe", "memberships: exact");
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.run(&["drift"]).assert_exit(2, &["ana.silva@harbour.example", "Drift: 1 difference"]);
}

/// Where people are only observed, a list of them that was cut leaves nothing of their memberships to compare.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_since_a_run_is_not_compared_where_the_people_of_managed_edges_were_not_read() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("seatwise.yaml", "users: exact", "users: observe");
    quickstart.edit("seatwise.yaml", "roles: exact", "roles: observe");
    quickstart.edit("seatwise.yaml", "assignments: exact", "assignments: observe");
    let script = json!({"faults": [
        {"fault": "truncate", "on": "reads", "per_mille": 1000, "path": "/v1/users"}
    ]});
    let office = FaultyOffice::new(quickstart, script).await;
    let ended = office.run(&["drift"]).await.assert_exit(9, &["Could not compare: users ("]);
    assert!(!ended.out.contains("No drift"), "{}", ended.out);
}

#[test]
fn another_organization_is_refused_before_anything_is_compared() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("seatwise.yaml", "organization: quickstart", "organization: oak");
    let other = "the service says that it is the organization `quickstart`, and the policy here is for `oak`";
    for args in
        [&["plan"][..], &["apply", "--yes"], &["drift"], &["audit"], &["review"], &["who", "has", "download"]]
    {
        let ended = quickstart.run(args).assert_exit(1, &[other]);
        assert!(!ended.out.contains("invite"), "{}", ended.out);
    }
    quickstart.edit("seatwise.yaml", "organization: oak", "organization: oak\norganization_id: quickstart");
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    quickstart.edit("seatwise.yaml", "organization_id: quickstart", "organization_id: birch");
    quickstart.run(&["plan"]).assert_exit(1, &["`quickstart`, and the policy here is for `birch`"]);
}

/// A SCIM service has no name: who is in it tells whose it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_without_a_name_is_known_by_its_people() {
    let served = |seed| async move {
        let (organization, facts) = generate_firm(20, seed);
        let store = SandboxStore::in_memory("firm", &organization, &facts, opening()).unwrap();
        ServedSandbox::with_quirks(store, ServiceQuirks::default()).await
    };
    let quickstart = Quickstart::with_settings(
        "version: 1\norganization: firm\nconnector: {kind: scim}\nguard: {administrators: off}\n",
    );
    let mut office = FaultyOffice { quickstart, served: served(7).await };
    let people = office.served.truth().live.0;
    let (email, _) = people.users.iter().next().unwrap();
    office.quickstart.write("people.yaml", &format!("users:\n  {email}: {{last_name: Other}}\n"));
    office.run_scim(&["apply", "--yes"]).await.assert_exit(0, &[]);
    office.run_scim(&["plan"]).await.assert_exit(0, &["Nothing to do"]);
    let before = std::mem::replace(&mut office.served, served(8).await);
    before.stop().await;
    for args in [&["plan"][..], &["apply", "--yes"], &["drift"]] {
        office.run_scim(args).await.assert_exit(1, &["this looks like another organization: of the 2"]);
    }
}
