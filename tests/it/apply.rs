//! Applying a plan: no step is lost and no step is carried out twice, whatever happens.

mod execute;
mod journal;
mod killed_process;
pub(super) mod laws;
mod lock;
mod memory_organization;
mod resume;
mod sealed_state;
mod snapshot;
mod step_effect;
mod undo;

use seatwise::apply::execute::execute_plan;
use seatwise::apply::{
    ApplyOptions, JournalFolder, NewRun, OpenRun, Retry, RunHalt, RunId, RunOrigin, RunOutcome, StepFate,
    StopSignal, stop_channel,
};
use seatwise::change::LeftAlone;
use seatwise::model::{
    CountryCode, Date, Email, GroupFacts, GroupKind, GroupName, ProductId, Profile, RoleId, Snapshot,
    Timestamp,
};
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Approved, Impact, Phase, Plan, ReadCounts, Step, StepNo, Verdict};
use seatwise::policy::settings::Guards;

use crate::plain_act::PlainAct;
use crate::state_home::plain_seal;
use memory_organization::MemoryOrganization;

fn email(name: &str) -> Email {
    Email::new(&format!("{name}@acme.example")).unwrap()
}

fn group(name: &str) -> GroupName {
    GroupName::new(name).unwrap()
}

fn product(name: &str) -> ProductId {
    ProductId::new(name).unwrap()
}

fn role(name: &str) -> RoleId {
    RoleId::new(name).unwrap()
}

fn country(code: &str) -> CountryCode {
    CountryCode::new(code).unwrap()
}

fn profile(name: &str) -> Profile {
    Profile {
        email: email(name),
        first_name: name.into(),
        last_name: "Silva".into(),
        country: country("PT"),
        entitlement_country: None,
    }
}

fn facts(name: &str) -> GroupFacts {
    GroupFacts { name: group(name), kind: GroupKind::Other, country: None, description: "".into() }
}

fn invite(name: &str) -> PlainAct {
    PlainAct::Invite(profile(name))
}

fn grant(user: &str, role_id: &str) -> PlainAct {
    PlainAct::GrantRole { user: email(user), role: role(role_id) }
}

fn join(user: &str, to: &str) -> PlainAct {
    PlainAct::Join { user: email(user), group: group(to) }
}

fn time() -> Timestamp {
    "2026-11-24T09:12:07Z".parse().unwrap()
}

fn step(index: usize, act: PlainAct, needs: &[u32]) -> Step {
    let no = StepNo(u32::try_from(index).unwrap() + 1);
    Step {
        no,
        phase: Phase::EndCheckouts,
        act: act.into(),
        identities: Vec::new(),
        needs: needs.iter().copied().map(StepNo).collect(),
        why: Vec::new(),
    }
}

/// A plan of one phase. Each step is given as its act and the numbers of the steps that it needs.
fn plan<const N: usize>(acts: impl IntoIterator<Item = (PlainAct, [u32; N])>) -> Approved {
    approved_plan(
        acts.into_iter().enumerate().map(|(index, (act, needs))| step(index, act, &needs)).collect(),
    )
}

fn approved_plan(steps: Vec<Step>) -> Approved {
    let plan = Plan {
        organization: "acme".into(),
        policy: "0".into(),
        as_of: "2026-11-24".parse::<Date>().unwrap(),
        created: time(),
        read: ReadCounts::default(),
        steps,
        withheld: Vec::new(),
        readdressed: Vec::new(),
        joined_products: Vec::new(),
        not_compared: Vec::new(),
        no_place: Vec::new(),
        left_alone: LeftAlone::default(),
        impact: Impact::default(),
        verdict: Verdict::default(),
        guards: Guards::default(),
        approvals: Vec::new(),
        catalogue: std::collections::BTreeMap::new(),
        conflicts: Vec::new(),
    };
    approve_plan(plan).unwrap()
}

/// A plan with three groups and `people` people, each with a group and a role: three steps for each person,
/// one for each group.
fn sizeable_plan(people: usize) -> Approved {
    let groups = (0..3).map(|at| step(at, PlainAct::CreateGroup(facts(&format!("g{at}"))), &[]));
    let mut steps: Vec<_> = groups.collect();
    for person in 0..people {
        let name = format!("p{person}");
        let invited = u32::try_from(steps.len()).unwrap() + 1;
        steps.push(step(steps.len(), invite(&name), &[]));
        steps.push(step(steps.len(), grant(&name, "download"), &[invited]));
        steps.push(step(
            steps.len(),
            join(&name, &format!("g{}", person % 3)),
            &[invited, u32::try_from(person % 3).unwrap() + 1],
        ));
    }
    approved_plan(steps)
}

fn run_id(suffix: &str) -> RunId {
    RunId::new(time(), suffix).unwrap()
}

fn new_run(suffix: &str) -> NewRun {
    NewRun { id: run_id(suffix), digest: "d1".into(), started: time(), origin: RunOrigin::default() }
}

/// The `.seatwise` folder of a policy folder.
struct SeatwiseFolder(tempfile::TempDir);

impl SeatwiseFolder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &camino::Utf8Path {
        camino::Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn journals(&self) -> JournalFolder {
        JournalFolder::new(self.path(), plain_seal())
    }

    fn begin(&self, plan: &Approved) -> OpenRun {
        self.journals().begin_run(&new_run("a1"), plan, b"the plan", &Snapshot::default()).unwrap()
    }

    fn resume(&self, plan: &Approved) -> OpenRun {
        self.journals().resume(&run_id("a1"), plan, "d1", time()).unwrap()
    }

    fn journal_file(&self) -> camino::Utf8PathBuf {
        self.path().join("journal/20261124T091207Z-a1.jsonl")
    }
}

/// Where the first two lines of a journal end: the run begins, and is sealed.
fn sealed_beginning(bytes: &[u8]) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').take(2).map(<[u8]>::len).sum()
}

/// Whether a cut at `at` is worth a test. The ends of lines make a difference. Cuts within a line are alike,
/// so only a sample of them is tested.
fn is_telling_cut(bytes: &[u8], at: usize) -> bool {
    bytes[at - 1] == b'\n' || bytes[at] == b'\n' || at.is_multiple_of(53)
}

fn nobody_stops() -> StopSignal {
    stop_channel().1
}

fn options() -> ApplyOptions {
    ApplyOptions { retry: Retry { seed: 7, ..Retry::default() } }
}

async fn carry_out(plan: &Approved, run: OpenRun, memory: &MemoryOrganization) -> RunOutcome {
    execute_plan(plan, run, memory, &options(), &(), nobody_stops()).await
}

/// Applies `act` to `organization` directly, without a run.
fn apply_act(act: &PlainAct, organization: &mut seatwise::model::Organization) {
    let serial = 1_000 + organization.users.len() + organization.groups.len();
    step_effect::carry_out(&step(0, act.clone(), &[]), organization, serial).unwrap();
}

/// Each fate as a short text, for comparisons.
fn fate_words(outcome: &RunOutcome) -> Vec<String> {
    outcome.fates.iter().map(fate_word).collect()
}

fn fate_word(fate: &StepFate) -> String {
    match fate {
        StepFate::Done { .. } => "done".to_owned(),
        StepFate::Already => "already".to_owned(),
        StepFate::Failed(_) => "failed".to_owned(),
        StepFate::FailedInPart(_) => "failed in part".to_owned(),
        StepFate::Blocked(_) => "blocked".to_owned(),
        StepFate::NotTried(need) => format!("needs {}", need.0),
        StepFate::InDoubt(_) => "in doubt".to_owned(),
        StepFate::Left => "left".to_owned(),
    }
}

fn halt_word(outcome: &RunOutcome) -> &'static str {
    match outcome.halt {
        None => "no",
        Some(RunHalt::Asked) => "asked",
        Some(RunHalt::AtOnce) => "at once",
        Some(RunHalt::Journal(_)) => "journal",
        Some(RunHalt::Obstructed(_)) => "obstructed",
        Some(RunHalt::Unreachable(_)) => "unreachable",
    }
}
