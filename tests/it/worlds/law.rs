//! What the laws on generated worlds share: running a law on many worlds, planning a world, and replaying its
//! plan.
//!
//! `SEATWISE_WORLDS=200000` sets the number of worlds, in place of the number that each law names;
//! `SEATWISE_SEED=7` sets the first seed. A failure names its seed: `SEATWISE_WORLDS=1 SEATWISE_SEED=n`
//! replays that world alone.

use std::collections::{BTreeMap, BTreeSet};

use seatwise::change::{Change, Edit};
use seatwise::load::load_texts;
use seatwise::model::access::{EffectiveAccess, is_present};
use seatwise::model::{
    Email, GroupKind, GroupName, Interner, Live, MOST_CONTACTS, Organization, ProductId, RoleId, Section,
    Snapshot,
};
use seatwise::plan::file::write_plan;
use seatwise::plan::replay::{ReplayOutcome, replay_step};
use seatwise::plan::{Act, Plan, PlanContext, Step};
use seatwise::policy::Policy;
use seatwise::policy::scope::{ScopeOutcome, scope_policy};

use super::{FEATURES, World, moment};
use crate::plain_act::PlainAct;

pub(crate) fn number_from_env(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs `law` on as many worlds as `SEATWISE_WORLDS` says, or else `otherwise`. Several threads share the
/// worlds, so their order is not fixed.
pub(crate) fn for_each_world(otherwise: u64, law: impl Fn(&World) + Sync) {
    use rayon::prelude::*;
    let first = number_from_env("SEATWISE_SEED", 1);
    let count = number_from_env("SEATWISE_WORLDS", otherwise);
    (first..first + count).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| law(&world)));
        if let Err(panic) = outcome {
            let said = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let files: String =
                world.files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
            panic!("seed {seed}: {}\n{files}\nlive: {:#?}", said.unwrap_or_default(), world.live);
        }
    });
}

pub(crate) fn scope_and_plan(policy: &Policy, snapshot: Snapshot) -> (ScopeOutcome, Plan) {
    let mut policy = policy.clone();
    let scoped = scope_policy(&mut policy, snapshot, moment());
    let plan = Plan::new(&policy, &scoped, moment(), PlanContext::default());
    (scoped, plan)
}

/// Plans a world. `None` where the policy clashes with the organization, or where a guard refuses the plan.
pub(crate) fn approved_plan(world: &World) -> Option<(ScopeOutcome, Plan)> {
    let (scoped, plan) = scope_and_plan(&world.policy(), world.snapshot());
    (scoped.clashes.is_empty() && plan.verdict.refusals.is_empty()).then_some((scoped, plan))
}

/// The organization after all steps of `plan`. Asserts that every step changes something.
pub(crate) fn organization_after(plan: &Plan, live: &Organization) -> Organization {
    let mut organization = live.clone();
    for step in &plan.steps {
        assert_eq!(replay_step(step, &mut organization), ReplayOutcome::Before, "step {step:#?}");
    }
    organization
}

/// The organization without identities, which differ by nature: the service gives them to new objects.
pub(crate) fn without_ids(organization: &Organization) -> Organization {
    let mut organization = organization.clone();
    organization.users_mut().for_each(|user| user.id = None);
    organization.groups.values_mut().for_each(|group| group.id = None);
    organization
}

/// Empties `section`, as a connector does with a section that it could not read.
pub(crate) fn empty_section(section: Section, snapshot: &mut Snapshot) {
    let live = &mut snapshot.live.0;
    let users = live.users.values_mut().map(std::sync::Arc::make_mut);
    match section {
        Section::Users => live.users.clear(),
        Section::Groups => {
            users.for_each(|user| user.groups = Default::default());
            live.groups.clear();
        }
        Section::Memberships => users.for_each(|user| user.groups = Default::default()),
        Section::Roles => users.for_each(|user| user.roles = Default::default()),
        Section::Assignments => users.for_each(|user| (user.exceptions, user.licences) = Default::default()),
        Section::Restrictions => (live.defaults, live.restrictions) = Default::default(),
        Section::Alerts => live.alerts.clear(),
        Section::Contacts => live.contacts.clear(),
        Section::Checkouts => users.for_each(|user| user.checkouts = Default::default()),
        Section::Contracts => snapshot.facts.contracts.clear(),
    }
}

pub(crate) fn assert_invariants(organization: &Organization, world: &World, after: &str) {
    for user in organization.users.values() {
        let allocated = |group: &&GroupName| {
            organization.groups.get(*group).is_some_and(|group| group.facts.kind == GroupKind::Allocation)
        };
        assert!(
            user.groups.keys().filter(allocated).count() <= 1,
            "{} is in two allocation groups after {after}",
            user.profile.email
        );
        let download = user.roles.has(RoleId::DOWNLOAD);
        assert!(
            download || !user.roles.keys().any(RoleId::needs_download),
            "{} lacks download after {after}",
            user.profile.email
        );
        assert!(
            user.groups.keys().all(|group| organization.groups.contains_key(group)),
            "{} is in no group after {after}",
            user.profile.email
        );
    }
    for group in organization.groups.values() {
        assert!(
            group.facts.kind == GroupKind::Entitlement || group.products.is_empty(),
            "{} has a list after {after}",
            group.facts.name
        );
    }
    assert!(
        (1..=MOST_CONTACTS).contains(&organization.contacts.len()),
        "{} contacts after {after}",
        organization.contacts.len()
    );
    assert_eq!(
        organization.users[crate::worlds::OWNER],
        world.live.users[crate::worlds::OWNER],
        "the account administrator after {after}"
    );
}

/// The first person who, after some step in the order of `steps`, cannot start a product that they can start
/// before and after the plan; and that step.
pub(crate) fn first_shut_out(
    world: &World,
    scoped: &ScopeOutcome,
    plan: &Plan,
    steps: &[&Step],
) -> Option<(Email, Act)> {
    let products: Vec<&ProductId> = scoped.facts.products.keys().collect();
    let after = organization_after(plan, &world.live);
    let (first, last) = (
        EffectiveAccess::new(&world.live, &scoped.facts, &products),
        EffectiveAccess::new(&after, &scoped.facts, &products),
    );
    let mut names: BTreeMap<Email, Email> =
        world.live.users.keys().map(|email| (email.clone(), email.clone())).collect();
    let mut organization = world.live.clone();
    for step in steps {
        replay_step(step, &mut organization);
        if let PlainAct::UpdateUser { before, after } = PlainAct::from(&step.act) {
            let original = names.remove(&before.email).expect("a user who is there");
            names.insert(after.email, original);
        }
        let now = EffectiveAccess::new(&organization, &scoped.facts, &products);
        for (email, user) in organization.users.iter().filter(|(_, user)| is_present(user)) {
            let before = names.get(email).and_then(|name| world.live.users.get(name));
            let (Some(before), Some(after)) = (before, after.users.get(new_name_of(plan, email))) else {
                continue;
            };
            let (had, has, will) =
                (first.products_of(before), now.products_of(user), last.products_of(after));
            if had.difference(&has).any(|product| will.has(product)) {
                return Some((email.clone(), step.act.clone()));
            }
        }
    }
    None
}

/// The address that the user `email` has after `plan`.
pub(crate) fn new_name_of<'a>(plan: &'a Plan, email: &'a Email) -> &'a Email {
    let renamed = plan.steps.iter().find_map(|step| match step.act.change() {
        Some(Change::User { user, edit: Edit::Update { before: _, after } }) if user == email => {
            Some(&after.email)
        }
        _ => None,
    });
    renamed.unwrap_or(email)
}

pub(crate) fn changes_a_country(act: &Act) -> bool {
    match PlainAct::from(act) {
        PlainAct::UpdateUser { before, after } => {
            before.country != after.country || before.entitlement_country != after.entitlement_country
        }
        PlainAct::UpdateGroup { before, after } => before.country != after.country,
        _ => false,
    }
}

impl World {
    pub(crate) fn policy(&self) -> Policy {
        load_policy(&self.files)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            live: Live(self.live.clone()),
            facts: self.facts.clone(),
            requests: 10,
            ..Snapshot::default()
        }
    }
}

pub(crate) fn load_policy(files: &[(String, String)]) -> Policy {
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    let loaded = load_texts(&files, moment().as_of, &Interner::default());
    let problems: Vec<_> = loaded
        .problems
        .iter()
        .map(|problem| format!("{}:{} {}", problem.place.file, problem.place.line, problem.message))
        .collect();
    loaded.policy.unwrap_or_else(|| panic!("the generated policy has problems: {problems:#?}"))
}

#[test]
fn generator_brings_in_every_feature_and_its_worlds_can_mostly_be_planned() {
    let mut seen = BTreeSet::new();
    let mut plannable = 0;
    for seed in 1..=300 {
        let world = World::new(seed);
        plannable += usize::from(approved_plan(&world).is_some_and(|(_, plan)| !plan.steps.is_empty()));
        seen.extend(world.features);
    }
    let missing: Vec<_> = FEATURES.iter().filter(|feature| !seen.contains(*feature)).collect();
    assert!(missing.is_empty(), "never generated: {missing:?}");
    let unknown: Vec<_> = seen.iter().filter(|feature| !FEATURES.contains(feature)).collect();
    assert!(unknown.is_empty(), "not in the list: {unknown:?}");
    assert!(plannable > 200, "only {plannable} of 300 worlds have a plan");
}

/// The kinds of acts that a saved plan can have, by the published schema.
fn act_kinds() -> BTreeSet<String> {
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string("schema/plan.schema.json").unwrap()).unwrap();
    let kinds = schema["$defs"]["Act"]["oneOf"].as_array().unwrap().iter();
    kinds.map(|kind| kind["required"][0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_kind_of_act_comes_up_in_plans() {
    let mut missing = act_kinds();
    for seed in 1..=300 {
        let world = World::new(seed);
        let (_, plan) = scope_and_plan(&world.policy(), world.snapshot());
        let saved: serde_json::Value = serde_json::from_str(&write_plan(&plan, 24)).unwrap();
        let steps = saved["plan"]["steps"].as_array().unwrap().iter();
        steps.flat_map(|step| step["act"].as_object().unwrap().keys()).for_each(|kind| {
            missing.remove(kind);
        });
    }
    assert!(missing.is_empty(), "no plan has a step that does one of these: {missing:?}");
}
