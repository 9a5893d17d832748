//! Runs over SCIM in which one call goes wrong, for every kind of fault and every call: the run finishes, or
//! stops and reports so truthfully, nothing is done twice, nothing is removed because of a bad read, and a
//! new run or `resume` converges.

use std::time::Duration;

use rayon::prelude::*;
use seatwise::apply::{JournalFolder, NewRun, RunOrigin};
use seatwise::connector::Retry;
use seatwise::sandbox::SandboxStore;
use serde_json::json;

use super::round_trip::PROFILES;
use super::*;
use crate::folders::{EmbeddedOrganization, policy};
use crate::plain_act::PlainAct;
use crate::run::block_on_own_thread;
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks, fault_script, opening};

const SETTINGS: &str = "version: 1\norganization: faults\nconnector: \
    {kind: sandbox, path: .seatwise/faults.db}\n\
    manage: {users: exact, groups: exact, memberships: exact, roles: exact, assignments: exact}\n";

const BEFORE: &str = "
defaults: {country: PT, roles: [co-administrator]}
users:
  ana@acme.example: {first_name: Ana, last_name: Silva, groups: [bridges, lisbon]}
  bo@acme.example: {first_name: Bo, last_name: Costa, groups: [bridges, porto], products: [microstation]}
  cy@acme.example: \
      {first_name: Cy, last_name: Dias, groups: [bridges, lisbon], products: [staad-pro], deny: [openroads]}
  di@acme.example: {first_name: Di, last_name: Faro, groups: [roads], roles: [download, beta]}
  eva@acme.example: {first_name: Eva, last_name: Gil, groups: [old], state: locked}
groups:
  bridges: {kind: entitlement}
  roads: {kind: entitlement}
  old: {}
  lisbon: {kind: allocation}
  porto: {kind: allocation}
products:
  microstation: {number: 1017, name: MicroStation}
  openroads: {number: 2210, name: OpenRoads Designer}
  staad-pro: {number: 2345, name: STAAD.Pro, licence: named}
";

const AFTER: &str = "
defaults: {country: PT, roles: [co-administrator]}
users:
  ana.reis@acme.example: \
      {formerly: ana@acme.example, first_name: Ana, last_name: Reis, groups: [bridges, porto], roles: [download]}
  bo@acme.example: \
      {first_name: Bo, last_name: Costa, country: DE, groups: [structures, porto], products: [openroads], deny: [microstation]}
  cy@acme.example: \
      {first_name: Cy, last_name: Dias, groups: [bridges, lisbon], products: [openroads], state: locked}
  di@acme.example: {state: removed}
  eva@acme.example: {first_name: Eva, last_name: Gil, entitlement_country: DE, state: active}
  flo@acme.example: \
      {first_name: Flo, last_name: Hora, groups: [structures], roles: [download, beta], products: [staad-pro]}
  gil@acme.example: {first_name: Gil, last_name: Isla, groups: [bridges], state: locked}
groups:
  bridges: {kind: entitlement, description: Bridge designers}
  structures: {formerly: roads, kind: entitlement}
  old: {state: removed}
  lisbon: {kind: allocation}
  porto: {kind: allocation}
products:
  microstation: {number: 1017, name: MicroStation}
  openroads: {number: 2210, name: OpenRoads Designer}
  staad-pro: {number: 2345, name: STAAD.Pro, licence: named}
";

fn folder(document: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seatwise.yaml"), SETTINGS).unwrap();
    std::fs::write(folder.path().join("people.yaml"), document).unwrap();
    folder
}

/// An organization, a change of many kinds, and the result of the change without a fault.
struct ScimFaultScenario {
    profile: &'static str,
    policy: Policy,
    before: Snapshot,
    plan: Approved,
    /// The acts that the organization notes in a run without a fault.
    noted: Vec<String>,
    writes: usize,
    reads: usize,
}

/// The acts that the organization noted, sorted by their text. Acts on attributes unknown to the organization
/// are left out: such attributes are stored by identities, which depend on the order of creation.
fn noted_acts(store: &SandboxStore) -> Vec<String> {
    let acts = store
        .audit_log(u32::MAX)
        .unwrap()
        .into_iter()
        .map(|entry| entry.act)
        .filter(|act| act["act"] != "set attributes");
    let mut noted: Vec<String> = acts.map(|act| act.to_string()).collect();
    noted.sort();
    noted
}

impl ScimFaultScenario {
    fn new(profile: &'static str) -> Self {
        let (old, new) = (folder(BEFORE), folder(AFTER));
        let world = EmbeddedOrganization::with_seed_of(old.path());
        world.apply(old.path(), moment("2026-11-20T08:00:00Z"));
        let before = world.read(old.path(), moment(NOW));
        let policy = policy(new.path(), moment(NOW), &Interner::default());
        let store = Self::store_of(&before, &policy);
        let (plan, noted, writes, reads) = block_on_own_thread(async {
            let served = ServedSandbox::with_quirks(store, ServiceQuirks::default()).await;
            let scim = served.scim_connector(profile);
            let plan = approve_reviewed(make_plan(&policy, read_live(&scim).await));
            let reads = read_live(&scim).await.requests as usize;
            let outcome = run_plan(&scim, &plan, "tame").await;
            assert!(outcome.summary().is_complete(), "{:#?}", failed_steps(plan.plan(), &outcome));
            assert_eq!(make_plan(&policy, read_live(&scim).await).steps, []);
            // A move between allocation groups takes two writes.
            let moves = plan
                .plan()
                .steps
                .iter()
                .filter(|step| matches!(PlainAct::from(&step.act), PlainAct::SwapAllocation { .. }))
                .count();
            let writes = plan.plan().steps.len() + moves;
            (plan, noted_acts(&served.store), writes, reads)
        });
        Self { profile, policy, before, plan, noted, writes, reads }
    }

    fn store_of(before: &Snapshot, policy: &Policy) -> SandboxStore {
        let facts = before.facts.clone().with_catalogue(&policy.catalogue);
        SandboxStore::in_memory("faults", &before.live.0, &facts, opening()).unwrap()
    }

    async fn serve_with_fault(&self, fault: &str, on: &str, call: usize) -> ServedSandbox {
        let faults =
            fault_script(json!({"faults": [{"fault": fault, "on": on, "at": [call], "seconds": 0.0}]}));
        ServedSandbox::with_quirks(
            Self::store_of(&self.before, &self.policy),
            ServiceQuirks { faults, ..ServiceQuirks::default() },
        )
        .await
    }

    /// Plans on the live organization and carries out the plan; checks that every change is done, and none
    /// twice.
    async fn assert_converges(&self, served: &ServedSandbox, when: &str) {
        let scim = served.scim_connector(self.profile);
        let plan = approve_reviewed(make_plan(&self.policy, read_live(&scim).await));
        let outcome = run_plan(&scim, &plan, "again").await;
        assert!(outcome.summary().is_complete(), "{when}: {:#?}", failed_steps(plan.plan(), &outcome));
        let left = make_plan(&self.policy, read_live(&scim).await).steps;
        assert_eq!(left, [], "{when}: nothing is left to do");
        // The name under which a user leaves a group depends on whether the group was renamed before; the
        // number of acts does not.
        let noted = noted_acts(&served.store);
        let twice: Vec<_> = noted.windows(2).filter(|acts| acts[0] == acts[1]).collect();
        assert!(twice.is_empty(), "{when}: done twice: {twice:?}");
        assert_eq!(noted.len(), self.noted.len(), "{when}: each write was done once, and no other");
    }
}

const WRITES: [&str; 8] =
    ["refuse", "delay", "drop_before", "drop_after", "throttle", "busy", "gateway_after", "portal"];
const READS: [&str; 8] =
    ["truncate", "shift", "repeat", "ignore_filter", "stale", "busy", "drop_before", "portal"];

#[test]
fn run_with_a_fault_at_any_write_converges_and_does_nothing_twice() {
    for (profile, faults) in [(PROFILES[0], &WRITES[..]), (PROFILES[1], &WRITES[..4])] {
        let case = ScimFaultScenario::new(profile);
        let runs: Vec<(&str, usize)> =
            faults.iter().flat_map(|fault| (1..=case.writes).map(move |call| (*fault, call))).collect();
        let finished = runs.par_iter().filter(|(fault, call)| {
            block_on_own_thread(async {
                let when = format!("{fault} at write {call} over {profile}");
                let served = case.serve_with_fault(fault, "writes", *call).await;
                let outcome = run_plan(&served.scim_connector(profile), &case.plan, "first").await;
                let summary = outcome.summary();
                assert!(
                    outcome.halt.is_none() && summary.is_finished(),
                    "{when}: {:?} {:?}",
                    outcome.halt,
                    outcome.fates
                );
                // When the service refuses one way to remove a member from a list, the connector tries
                // another way.
                assert!(
                    summary.is_complete() || *fault == "refuse",
                    "{when}: {:#?}",
                    failed_steps(case.plan.plan(), &outcome)
                );
                case.assert_converges(&served, &when).await;
                summary.is_complete()
            })
        });
        let finished = finished.count();
        #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
        let () = println!(
            "{profile}: {} runs of {} writes with one fault each: {finished} finished, the others converged",
            runs.len(),
            case.writes
        );
        let refused = runs.len() - finished;
        assert!((case.writes / 2..=case.writes).contains(&refused), "{refused} were refused");
    }
}

#[test]
fn run_that_gives_up_at_any_write_is_finished_by_resume() {
    let case = ScimFaultScenario::new("/scim/v2");
    let saved = file::write_plan(case.plan.plan(), 24);
    let digest = file::plan_digest(case.plan.plan()).to_string();
    let faults = ["drop_before", "drop_after"];
    let runs: Vec<(&str, usize)> =
        faults.into_iter().flat_map(|fault| (1..=case.writes).map(move |call| (fault, call))).collect();
    let resumed = runs.par_iter().filter(|(fault, call)| {
        block_on_own_thread(async {
            let when = format!("{fault} at write {call}");
            let served = case.serve_with_fault(fault, "writes", *call).await;
            let folder = tempfile::tempdir().unwrap();
            let journals = JournalFolder::new(
                &camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap(),
                crate::state_home::plain_seal(),
            );
            let new = NewRun {
                id: RunId::new(now(), "once").unwrap(),
                digest: digest.as_str().into(),
                started: now(),
                origin: RunOrigin::default(),
            };
            let begun = journals.begin_run(&new, &case.plan, saved.as_bytes(), &case.before).unwrap();
            let impatient = ApplyOptions { retry: Retry { within: Duration::ZERO, ..quick_retry() } };
            let (_stopper, stop) = stop_channel();
            let first =
                execute_plan(&case.plan, begun, &served.scim_connector(case.profile), &impatient, &(), stop)
                    .await;
            let left = !first.summary().is_finished();
            if left {
                let again = journals.resume(&new.id, &case.plan, &digest, now()).unwrap();
                let (_stopper, stop) = stop_channel();
                let outcome = execute_plan(
                    &case.plan,
                    again,
                    &served.scim_connector(case.profile),
                    &ApplyOptions { retry: quick_retry() },
                    &(),
                    stop,
                )
                .await;
                assert!(
                    outcome.summary().is_complete(),
                    "{when}: {:#?}",
                    failed_steps(case.plan.plan(), &outcome)
                );
            }
            case.assert_converges(&served, &when).await;
            left
        })
    });
    let resumed = resumed.count();
    #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
    let () = println!(
        "{} runs that would not try again: {resumed} were finished by `resume`, the others by a new run",
        runs.len()
    );
    assert!(resumed >= 2 * case.writes, "{resumed}");
}

/// The acts of a plan that take something away.
fn removals(plan: &Plan) -> Vec<String> {
    let takes = |act: PlainAct| {
        matches!(
            act,
            PlainAct::RemoveUser(_)
                | PlainAct::DeleteGroup(_)
                | PlainAct::Leave { .. }
                | PlainAct::RevokeRole { .. }
                | PlainAct::ReleaseLicence { .. }
        ) || matches!(act, PlainAct::SetException { after: None, .. })
    };
    plan.steps
        .iter()
        .filter(|step| takes(PlainAct::from(&step.act)))
        .map(|step| format!("{:?}", step.act))
        .collect()
}

#[test]
fn bad_read_at_any_call_removes_nothing_and_a_new_run_converges() {
    for profile in PROFILES {
        let case = ScimFaultScenario::new(profile);
        let wanted = removals(case.plan.plan());
        // The calls of planning, and the first calls of the run.
        let calls = case.reads + 8;
        let runs: Vec<(&str, usize)> =
            READS.into_iter().flat_map(|fault| (1..=calls).map(move |call| (fault, call))).collect();
        let tried = runs.par_iter().filter(|(fault, call)| {
            block_on_own_thread(async {
                let when = format!("{fault} at read {call} over {profile}");
                let served = case.serve_with_fault(fault, "reads", *call).await;
                let scim = served.scim_connector(profile);
                let Ok(live) = scim.fetch(&Interner::default()).await else {
                    case.assert_converges(&served, &when).await;
                    return false;
                };
                let plan = make_plan(&case.policy, live);
                let unwanted: Vec<_> =
                    removals(&plan).into_iter().filter(|act| !wanted.contains(act)).collect();
                assert_eq!(unwanted, [""; 0], "{when}");
                let outcome = run_plan(&scim, &approve_reviewed(plan), "first").await;
                assert!(
                    outcome.halt.is_none() && outcome.summary().is_finished(),
                    "{when}: {:?}",
                    outcome.fates
                );
                case.assert_converges(&served, &when).await;
                true
            })
        });
        let tried = tried.count();
        #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
        let () = println!(
            "{profile}: {} runs with one bad read each: {tried} were planned, all converged",
            runs.len()
        );
        assert!(tried > runs.len() / 2, "{tried}");
    }
}
