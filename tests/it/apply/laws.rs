//! The laws of applying, on generated worlds in the sandbox that users run, with every kind of fault at every
//! call.
//!
//! `SEATWISE_ORGS=5000 cargo test --release --test it apply::laws` runs more than the test run's 200
//! organizations; `SEATWISE_SEED=7` begins at another seed. A failure names its seed.

#![allow(clippy::print_stdout)]

use rayon::prelude::*;
use seatwise::apply::execute::execute_plan;
use seatwise::apply::undo::{UndoTarget, UnrestoredReason, carried_out_steps, undo_target};
use seatwise::apply::{ApplyOptions, OpenRun, RunId, RunOutcome, StepFate, stop_channel};
use seatwise::diff::diff;
use seatwise::model::{Desired, Email, Interner, Live, Organization, Snapshot};
use seatwise::plan::approval::{Approved, approve_plan};
use seatwise::plan::guard::Refusal;
use seatwise::plan::order::{PlanSides, order_changes};
use seatwise::plan::replay::file_under_current_names;
use seatwise::plan::{Identity, Plan, Step, StepReason};
use seatwise::policy::Policy;
use seatwise::policy::settings::Guard;
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::faults::WriteFault;
use seatwise::sandbox::{Faults, SandboxStore, StoreOptions};

use crate::plain_act::PlainAct;
use crate::run::{NullMedium, assert_no_invitation_twice, count_carried_out};
use crate::worlds::law::{self, number_from_env, scope_and_plan};
use crate::worlds::renaming::RenamingFirm;
use crate::worlds::{World, moment};

/// The longest plan that these laws run: a fault at every call makes a hundred runs of each plan.
const STEPS: usize = 12;

/// A world in a sandbox of its own.
struct SandboxedFirm<'a> {
    world: &'a World,
    policy: &'a Policy,
    sandbox: SandboxConnector,
    /// The number of runs so far. Each run has keys of its own.
    runs: u32,
}

impl<'a> SandboxedFirm<'a> {
    fn new(world: &'a World, policy: &'a Policy, faults: Faults) -> Self {
        let store =
            SandboxStore::in_memory("firm", &world.live, &world.facts, StoreOptions::new(moment().now))
                .unwrap();
        Self { world, policy, sandbox: SandboxConnector::from_store(store).with_faults(faults), runs: 0 }
    }

    fn read(&self) -> Snapshot {
        self.sandbox.read(&Interner::default()).unwrap()
    }

    fn plan(&self) -> Option<Approved> {
        self.plan_of(self.policy).ok()
    }

    fn plan_of(&self, policy: &Policy) -> Result<Approved, Vec<Refusal>> {
        let (scoped, plan) = scope_and_plan(policy, self.read());
        assert!(scoped.clashes.is_empty(), "seed {}: {:?}", self.world.seed, scoped.clashes);
        approve_plan(plan).map_err(|plan| plan.verdict.refusals.clone())
    }

    /// Plans after a run that went wrong.
    ///
    /// The guard lets a policy leave fewer administrators than the floor where there were no more before. A
    /// failed run that made an administrator, and stopped before the step that ends another, has raised the
    /// number before, so the guard refuses the rest of the plan. A person then lowers the floor.
    fn plan_after_failure(&self) -> Result<Approved, Vec<Refusal>> {
        self.plan_of(self.policy).or_else(|refusals| {
            let mut lower = self.policy.clone();
            match refusals.as_slice() {
                [Refusal { guard: Guard::Administrators, number, .. }] => {
                    lower.settings.guards.administrators = Some(u32::try_from(*number).unwrap())
                }
                _ => return Err(refusals),
            }
            self.plan_of(&lower)
        })
    }

    fn carry_out(&mut self, plan: &Approved) -> RunOutcome {
        self.runs += 1;
        let id = RunId::new(moment().now, &format!("r{}", self.runs)).unwrap();
        let run = OpenRun::with_medium(id, plan, Box::new(NullMedium));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (_stopper, stop) = stop_channel();
        runtime.block_on(execute_plan(plan, run, &self.sandbox, &ApplyOptions::default(), &(), stop))
    }

    /// Undoes a run, and returns what the undo aimed at.
    fn undo_run(&mut self, before: &Snapshot, plan: &Approved, outcome: &RunOutcome) -> UndoTarget {
        let live = self.read();
        let did = carried_out_steps(&plan.plan().steps, &outcome.fates);
        let target = undo_target(&before.live.0, &live.live.0, &live.facts, &did);
        let changes = diff(&target.live, &target.desired);
        let sides = PlanSides { live: &target.live.0, desired: &target.desired.0, facts: &live.facts };
        let steps = order_changes(&changes, sides, &|_| StepReason::Undo);
        let back = approve_plan(Plan { steps, ..plan.plan().clone() }).expect("nothing is refused");
        let outcome = self.carry_out(&back);
        let failed: Vec<_> =
            outcome.fates.iter().zip(&back.plan().steps).filter(|(fate, _)| !fate.is_in_effect()).collect();
        assert!(failed.is_empty(), "seed {}: {failed:#?}", self.world.seed);
        target
    }

    /// Asserts that every invitation was sent once, and that the audit log holds each of the `done` writes
    /// once.
    fn assert_nothing_twice(&self, done: usize) {
        let store = self.sandbox.store().unwrap().unwrap();
        assert_no_invitation_twice(&store, &format!("seed {}", self.world.seed));
        assert_eq!(
            store.audit_log(u32::MAX).unwrap().len(),
            done,
            "seed {}: writes in the audit log",
            self.world.seed
        );
    }
}

/// Runs `law` on as many organizations as `SEATWISE_ORGS` says, by default `otherwise`. Their plans have up
/// to [`STEPS`] steps.
fn for_each_small_organization(otherwise: u64, law: impl Fn(&World, &Policy, &Approved) + Sync) {
    let wanted = usize::try_from(number_from_env("SEATWISE_ORGS", otherwise)).unwrap();
    let first = number_from_env("SEATWISE_SEED", 1);
    let mut seeds = Vec::new();
    let mut seed = first;
    while seeds.len() < wanted {
        let batch: Vec<u64> = (seed..seed + 512).into_par_iter().filter(|seed| is_small(*seed)).collect();
        seeds.extend(batch);
        seed += 512;
    }
    seeds.truncate(wanted);
    seeds.par_iter().for_each(|seed| {
        let world = world_of(*seed);
        let policy = world.policy();
        let plan =
            SandboxedFirm::new(&world, &policy, Faults::default()).plan().expect("a small world has a plan");
        law(&world, &policy, &plan);
    });
    println!("{wanted} organizations from seed {first}");
}

/// Every fourth world is one in which people and groups take each other's names.
fn world_of(seed: u64) -> World {
    if seed.is_multiple_of(4) { RenamingFirm::new(seed).world } else { World::new(seed) }
}

fn is_small(seed: u64) -> bool {
    if seed.is_multiple_of(4) && !RenamingFirm::new(seed).is_decidable {
        return false;
    }
    let world = world_of(seed);
    let (scoped, plan) = scope_and_plan(&world.policy(), world.snapshot());
    scoped.clashes.is_empty() && plan.verdict.refusals.is_empty() && (1..=STEPS).contains(&plan.steps.len())
}

/// The organization filed under current names, without identities.
fn without_ids(organization: Organization) -> Organization {
    law::without_ids(&file_under_current_names(organization))
}

#[test]
fn applied_plan_leaves_nothing_to_plan_and_no_write_was_needless() {
    for_each_small_organization(200, |world, policy, plan| {
        let mut case = SandboxedFirm::new(world, policy, Faults::default());
        let (scoped, _) = scope_and_plan(policy, case.read());
        let outcome = case.carry_out(plan);
        let needless: Vec<_> = outcome
            .fates
            .iter()
            .zip(&plan.plan().steps)
            .filter(|(fate, _)| !matches!(fate, StepFate::Done { .. }))
            .collect();
        assert!(needless.is_empty(), "seed {}: {needless:#?}", world.seed);
        assert_eq!(without_ids(case.read().live.0), without_ids(scoped.desired.0), "seed {}", world.seed);
        let again = case.plan().expect("what could be planned can be planned again");
        assert_eq!(again.plan().steps, [], "seed {}: planned again", world.seed);
        case.assert_nothing_twice(plan.plan().steps.len());
    });
}

#[test]
fn fault_of_every_kind_at_every_call_is_followed_by_a_plan_that_converges() {
    for_each_small_organization(200, |world, policy, plan| {
        let mut undisturbed = SandboxedFirm::new(world, policy, Faults::default());
        undisturbed.carry_out(plan);
        let wanted = without_ids(undisturbed.read().live.0);
        let calls = u32::try_from(plan.plan().steps.len()).unwrap();
        for (call, fault) in (1..=calls).flat_map(|call| WriteFault::ALL.map(|fault| (call, fault))) {
            let mut case = SandboxedFirm::new(world, policy, Faults::with_write_fault(call, fault));
            let mut written = count_carried_out(&case.carry_out(plan));
            for _ in 0..3 {
                let again = case.plan_after_failure().unwrap_or_else(|why| {
                    panic!("seed {}: no plan after {fault:?} at call {call}: {why:?}", world.seed)
                });
                if again.plan().steps.is_empty() {
                    break;
                }
                written += count_carried_out(&case.carry_out(&again));
            }
            assert_eq!(
                without_ids(case.read().live.0),
                wanted,
                "seed {}: {fault:?} at call {call}",
                world.seed
            );
            case.assert_nothing_twice(written);
        }
    });
}

#[test]
fn undone_plan_restores_every_reversible_field_and_names_the_others() {
    for_each_small_organization(200, |world, policy, plan| {
        let mut case = SandboxedFirm::new(world, policy, Faults::default());
        let before = case.read();
        let outcome = case.carry_out(plan);
        let mut target = case.undo_run(&before, plan, &outcome);
        // A newcomer's address comes free with the first undo.
        if target.lost.iter().any(|lost| lost.why == UnrestoredReason::NameInUse) {
            target = case.undo_run(&before, plan, &outcome);
        }
        let live = case.read();
        let restored = without_ids(case.read().live.0);
        let acting = live.facts.acting.as_ref().and_then(|email| live.live.0.users.get(email)?.id.as_ref());
        for lost in target.lost.iter().filter(|lost| lost.why == UnrestoredReason::ActingIdentity) {
            let step = &plan.plan().steps[lost.step.0 as usize - 1];
            let of_acting = step
                .identities
                .iter()
                .any(|identity| matches!(identity, Identity::User(_, id) if Some(id) == acting));
            let is_access =
                matches!(PlainAct::from(&step.act), PlainAct::GrantRole { .. } | PlainAct::Unlock(_));
            assert!(
                of_acting && is_access,
                "seed {}: only access of the acting identity stays for its sake: {step:?}",
                world.seed
            );
        }
        let named: Vec<&Step> = target
            .lost
            .iter()
            .filter_map(|lost| plan.plan().steps.iter().find(|step| step.no == lost.step))
            .collect();
        for change in diff(&Live(without_ids(before.live.0.clone())), &Desired(restored)) {
            assert!(
                named.iter().any(|step| concerns(step, &before.live.0, &change)),
                "seed {}: not restored and not named: {change:?}",
                world.seed
            );
        }
    });
}

/// Whether `change` concerns the person of `step`, for whom something cannot be restored.
fn concerns(step: &Step, before: &Organization, change: &seatwise::change::Change) -> bool {
    use seatwise::change::Change;
    let user = match change {
        Change::User { user, .. }
        | Change::State { user, .. }
        | Change::Membership { user, .. }
        | Change::Role { user, .. }
        | Change::Exception { user, .. }
        | Change::Licence { user, .. }
        | Change::Checkout { user, .. } => user,
        Change::Contact { .. } => {
            return matches!(
                PlainAct::from(&step.act),
                PlainAct::AddContact(_) | PlainAct::RemoveContact(_) | PlainAct::ReplaceContact { .. }
            );
        }
        Change::Group { .. }
        | Change::Listing { .. }
        | Change::Default { .. }
        | Change::Restriction { .. }
        | Change::Alert { .. } => return false,
    };
    let kind = match PlainAct::from(&step.act) {
        PlainAct::EndCheckout { .. }
        | PlainAct::Approve(_)
        | PlainAct::AssignLicence { .. }
        | PlainAct::Lock { .. }
        | PlainAct::Invite(_)
        | PlainAct::RemoveUser(_) => true,
        PlainAct::GrantRole { .. } => matches!(change, Change::Role { .. }),
        PlainAct::Unlock(_) => matches!(change, Change::State { .. }),
        _ => false,
    };
    kind && step.act.facts().user.is_some_and(|of| of == user || name_before(step, of, before) == Some(user))
}

/// The address that the person whom the step calls `name` had before the run. The run may have renamed the
/// person.
fn name_before<'b>(step: &Step, name: &Email, before: &'b Organization) -> Option<&'b Email> {
    let identity = step.identities.iter().find_map(|identity| match identity {
        Identity::User(of, id) if of == name => Some(id),
        Identity::User(..) | Identity::Group(..) => None,
    });
    before
        .users
        .iter()
        .find(|(_, user)| user.id.as_ref() == identity && identity.is_some())
        .map(|(email, _)| email)
}
