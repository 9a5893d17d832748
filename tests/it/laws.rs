//! The laws that planning keeps, on generated worlds.
//!
//! `SEATWISE_WORLDS=200000` runs as many worlds as that instead of the test run's; `SEATWISE_SEED=7` begins
//! at another seed. A failure names its seed: `SEATWISE_WORLDS=1 SEATWISE_SEED=n` replays that world alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatwise::change::{Change, WithheldSubject};
use seatwise::diff::diff;
use seatwise::load::load_texts;
use seatwise::model::access::{EffectiveAccess, is_present};
use seatwise::model::{
    Email, GroupKind, GroupName, Interner, Live, MOST_CONTACTS, Organization, ProductId, RoleId, Section,
    Snapshot, UnreadReason, UserState,
};
use seatwise::plan::replay::{ReplayOutcome, file_under_current_names, replay_step};
use seatwise::plan::{Act, Plan, PlanContext, Step, file};
use seatwise::policy::scope::{ScopeOutcome, scope_policy};
use seatwise::policy::settings::Guard;
use seatwise::policy::{ManageMode, Policy, Relation};

use crate::worlds::{FEATURES, World, WorldDice, moment};

pub(crate) fn number_from_env(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs `law` on every world; several threads, so the order of worlds is free.
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

pub(crate) fn scope_and_plan(policy: &Policy, snapshot: Snapshot) -> (ScopeOutcome, Plan) {
    let scoped = scope_policy(policy, snapshot, moment());
    let plan = Plan::new(policy, &scoped, moment(), PlanContext::default());
    (scoped, plan)
}

/// The plan of a world, if its policy can be so in its organization and no guard refuses it.
pub(crate) fn approved_plan(world: &World) -> Option<(ScopeOutcome, Plan)> {
    let (scoped, plan) = scope_and_plan(&world.policy(), world.snapshot());
    (scoped.clashes.is_empty() && plan.verdict.refusals.is_empty()).then_some((scoped, plan))
}

/// The organization after all steps; every one of them must have had something to do.
pub(crate) fn organization_after(plan: &Plan, live: &Organization) -> Organization {
    let mut organization = live.clone();
    for step in &plan.steps {
        assert_eq!(replay_step(step, &mut organization), ReplayOutcome::Before, "step {step:#?}");
    }
    organization
}

/// Without what differs by nature: new objects get their identity from the organization.
pub(crate) fn without_ids(organization: &Organization) -> Organization {
    let mut organization = organization.clone();
    organization.users_mut().for_each(|user| user.id = None);
    organization.groups.values_mut().for_each(|group| group.id = None);
    organization
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

#[test]
fn organization_compared_with_itself_has_no_changes() {
    for_each_world(2000, |world| {
        let live = Live(world.live.clone());
        assert_eq!(diff(&live, &seatwise::model::Desired(world.live.clone())), []);
    });
}

#[test]
fn plan_leads_to_the_desired_organization_and_planning_again_is_empty() {
    for_each_world(2000, |world| {
        let Some((scoped, plan)) = approved_plan(world) else { return };
        let after = organization_after(&plan, &world.live);
        assert_eq!(without_ids(&after), without_ids(&file_under_current_names(scoped.desired.0)));
        let mut snapshot = Snapshot { live: Live(after), ..world.snapshot() };
        // Whoever seatwise acts as is still that person after a rename.
        snapshot.facts.acting = snapshot.facts.acting.map(|email| new_name_of(&plan, &email).clone());
        let (_, again) = scope_and_plan(&world.policy(), snapshot);
        assert_eq!(again.steps, [], "planned again");
    });
}

#[test]
fn order_of_files_and_lists_does_not_change_a_byte_of_the_plan() {
    for_each_world(2000, |world| {
        let (_, plan) = scope_and_plan(&world.policy(), world.snapshot());
        let mut dice = WorldDice::new(world.seed ^ 0x5eed);
        let mut files = world.files.clone();
        dice.shuffle(&mut files);
        files.iter_mut().for_each(|(_, text)| *text = with_lists_shuffled(text, &mut dice));
        let (_, other) = scope_and_plan(&load_policy(&files), world.snapshot());
        // The digest of the policy is over its bytes, which do differ.
        let other = Plan { policy: plan.policy.clone(), ..other };
        assert_eq!(file::canonical_json(&plan), file::canonical_json(&other));
    });
}

/// Shuffles the flow lists of single lines: `key: [a, {b: c}, d]`.
fn with_lists_shuffled(text: &str, dice: &mut WorldDice) -> String {
    let mut shuffled = String::new();
    for line in text.lines() {
        match line.split_once(": [").and_then(|(head, rest)| Some((head, rest.strip_suffix(']')?))) {
            Some((head, list)) if !list.is_empty() && !head.contains('{') => {
                let mut items = list_items(list);
                dice.shuffle(&mut items);
                shuffled.push_str(&format!("{head}: [{}]\n", items.join(", ")));
            }
            _ => {
                shuffled.push_str(line);
                shuffled.push('\n');
            }
        }
    }
    shuffled
}

fn list_items(list: &str) -> Vec<String> {
    let (mut items, mut item, mut depth) = (Vec::new(), String::new(), 0);
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(std::mem::take(&mut item).trim().to_owned());
                continue;
            }
            _ => {}
        }
        item.push(letter);
    }
    items.push(item.trim().to_owned());
    items
}

#[test]
fn unmanaged_things_are_never_in_a_plan() {
    for_each_world(2000, |world| {
        let policy = world.policy();
        let (scoped, plan) = scope_and_plan(&policy, world.snapshot());
        let managed_user = |email: &Email| {
            let ignored = policy.settings.ignore.iter().any(|entry| {
                entry.what == seatwise::policy::settings::IgnoreTarget::Users
                    && entry.pattern.glob.is_match(email.as_str())
            });
            let declared = policy.users.has(email)
                || policy
                    .users
                    .iter()
                    .any(|(_, user)| user.formerly.as_ref() == Some(email) || user.id.is_some());
            !ignored
                && (declared || policy.settings.mode(Relation::Users) == ManageMode::Exact)
                && email.as_str() != crate::worlds::OWNER
        };
        for step in &plan.steps {
            let goes_with_its_group =
                matches!(&step.act, Act::Leave { group, .. } if !scoped.desired.0.groups.contains_key(group));
            for email in users_of(&step.act) {
                assert!(managed_user(email) || goes_with_its_group, "{:?}", step.act);
            }
            let relation = relation_of(&step.act);
            let mode = policy.settings.mode(relation);
            let follows = matches!(
                &step.act,
                Act::Leave { .. }
                    | Act::RevokeRole { .. }
                    | Act::SetException { .. }
                    | Act::ReleaseLicence { .. }
            );
            assert!(
                mode != ManageMode::Observe || follows,
                "{:?} although {relation:?} is only observed",
                step.act
            );
        }
    });
}

fn users_of(act: &Act) -> Vec<&Email> {
    match act {
        Act::EndCheckout { user, .. }
        | Act::Approve(user)
        | Act::Unlock(user)
        | Act::Lock { user, .. }
        | Act::Join { user, .. }
        | Act::Leave { user, .. }
        | Act::SwapAllocation { user, .. }
        | Act::GrantRole { user, .. }
        | Act::RevokeRole { user, .. }
        | Act::SetException { user, .. }
        | Act::AssignLicence { user, .. }
        | Act::ReleaseLicence { user, .. } => vec![user],
        Act::Invite(profile) | Act::RemoveUser(profile) => vec![&profile.email],
        Act::UpdateUser { after, .. } => vec![&after.email],
        _ => vec![],
    }
}

fn relation_of(act: &Act) -> Relation {
    match act {
        Act::EndCheckout { .. }
        | Act::Invite(_)
        | Act::Approve(_)
        | Act::Unlock(_)
        | Act::Lock { .. }
        | Act::UpdateUser { .. }
        | Act::RemoveUser(_) => Relation::Users,
        Act::CreateGroup(_) | Act::UpdateGroup { .. } | Act::SetList { .. } | Act::DeleteGroup(_) => {
            Relation::Groups
        }
        Act::Join { .. } | Act::Leave { .. } | Act::SwapAllocation { .. } => Relation::Memberships,
        Act::GrantRole { .. } | Act::RevokeRole { .. } => Relation::Roles,
        Act::SetException { .. } | Act::AssignLicence { .. } | Act::ReleaseLicence { .. } => {
            Relation::Assignments
        }
        Act::SetDefault { .. } | Act::SetRestriction { .. } => Relation::Restrictions,
        Act::SetAlert { .. } => Relation::Alerts,
        Act::AddContact(_) | Act::RemoveContact(_) | Act::ReplaceContact { .. } => Relation::Contacts,
    }
}

#[test]
fn unread_sections_are_never_deleted_from() {
    for_each_world(2000, |world| {
        let policy = world.policy();
        let mut dice = WorldDice::new(world.seed ^ 0xb11d);
        let section = dice.pick(&Section::ALL);
        let mut snapshot = world.snapshot();
        snapshot.unread.insert(
            section,
            if dice.chance(50) { UnreadReason::Unsupported } else { UnreadReason::Failed("short".into()) },
        );
        empty_section(section, &mut snapshot);
        let (_, plan) = scope_and_plan(&policy, snapshot);
        assert!(
            plan.withheld.iter().any(|held| held.what == WithheldSubject::Section(section)),
            "{section:?} is not said to be unread"
        );
        for step in &plan.steps {
            let touches = match section {
                Section::Users => {
                    relation_of(&step.act) == Relation::Users || !users_of(&step.act).is_empty()
                }
                Section::Groups => matches!(relation_of(&step.act), Relation::Groups | Relation::Memberships),
                Section::Memberships => relation_of(&step.act) == Relation::Memberships,
                Section::Roles => relation_of(&step.act) == Relation::Roles,
                Section::Assignments => relation_of(&step.act) == Relation::Assignments,
                Section::Restrictions => relation_of(&step.act) == Relation::Restrictions,
                Section::Alerts => relation_of(&step.act) == Relation::Alerts,
                Section::Contacts => relation_of(&step.act) == Relation::Contacts,
                Section::Checkouts => matches!(step.act, Act::EndCheckout { .. }),
                Section::Contracts => false,
            };
            assert!(!touches, "{section:?} was not read, and yet {:?}", step.act);
        }
    });
}

/// What a connector hands over for a section it could not read.
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

#[test]
fn export_of_an_organization_plans_empty_on_it() {
    for_each_world(2000, |world| {
        let folder = seatwise::render::export::export_policy(
            &world.snapshot(),
            "firm",
            &seatwise::policy::settings::Connector::Sandbox { path: ".seatwise/firm.db".into() },
        );
        let files: Vec<(String, String)> = folder.into_iter().collect();
        let (scoped, plan) = scope_and_plan(&load_policy(&files), world.snapshot());
        assert_eq!(scoped.clashes, []);
        assert_eq!(
            plan.steps,
            [],
            "{}",
            files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect::<String>()
        );
    });
}

#[test]
fn every_prefix_of_a_plan_keeps_the_invariants_and_the_administrator_floor() {
    for_each_world(2000, |world| {
        let Some((_, plan)) = approved_plan(world) else { return };
        let floor = count_administrators(&world.live).min(plan.guards.administrators.unwrap_or(0) as usize);
        let mut organization = world.live.clone();
        for step in &plan.steps {
            replay_step(step, &mut organization);
            assert!(
                count_administrators(&organization) >= floor,
                "too few administrators after {:?}",
                step.act
            );
            assert_invariants(&organization, world, &format!("{:?}", step.act));
        }
    });
}

fn count_administrators(organization: &Organization) -> usize {
    organization
        .users
        .values()
        .filter(|user| user.state == UserState::Active && user.roles.has(RoleId::CO_ADMINISTRATOR))
        .count()
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

/// Two lists that trade products or get their first cannot be written at once, and a named licence is
/// released before it is assigned anew. In these worlds, where nearly everything changes at once, that
/// concerns one plan in sixteen.
#[test]
fn in_nine_plans_of_ten_nobody_is_shut_out_in_between_of_what_they_have_before_and_after() {
    let (worlds, shut_out) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    for_each_world(2000, |world| {
        let Some((scoped, plan)) = approved_plan(world) else { return };
        // A change of country, of a person or a list, has its own phase and its own effect on access.
        if !plan.steps.iter().any(|step| changes_a_country(&step.act)) {
            worlds.fetch_add(1, Ordering::Relaxed);
            let found = first_shut_out(world, &scoped, &plan, &plan.steps.iter().collect::<Vec<_>>())
                .map(|(email, act)| format!("seed {}: {email} after {act:?}", world.seed));
            shut_out.lock().unwrap().extend(found);
        }
    });
    let (worlds, shut_out) = (worlds.into_inner(), shut_out.into_inner().unwrap());
    assert!(
        shut_out.len() * 10 <= worlds,
        "somebody is shut out in {} of {worlds} worlds: {shut_out:#?}",
        shut_out.len()
    );
}

/// The first person, with the step, who for a while, in this order of steps, cannot start what they can
/// before and after the plan.
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
        if let Act::UpdateUser { before, after } = &step.act {
            let original = names.remove(&before.email).expect("a user who is there");
            names.insert(after.email.clone(), original);
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

/// What `plan` makes of the name of a user.
fn new_name_of<'a>(plan: &'a Plan, email: &'a Email) -> &'a Email {
    let renamed = plan.steps.iter().find_map(|step| match &step.act {
        Act::UpdateUser { before, after } if before.email == *email => Some(&after.email),
        _ => None,
    });
    renamed.unwrap_or(email)
}

pub(crate) fn changes_a_country(act: &Act) -> bool {
    match act {
        Act::UpdateUser { before, after } => {
            before.country != after.country || before.entitlement_country != after.entitlement_country
        }
        Act::UpdateGroup { before, after } => before.country != after.country,
        _ => false,
    }
}

#[test]
fn every_guard_counts_what_the_changes_show() {
    for_each_world(2000, |world| {
        let strict: Vec<(String, String)> =
            world.files.iter().map(|(path, text)| (path.clone(), with_strict_guards(text))).collect();
        let (scoped, plan) = scope_and_plan(&load_policy(&strict), world.snapshot());
        let changes = diff(&scoped.live, &scoped.desired);
        let gone = |is: fn(&Change) -> bool| changes.iter().filter(|change| is(change)).count();
        let users =
            gone(|change| matches!(change, Change::User { edit: seatwise::change::Edit::Delete(_), .. }));
        let refused = |guard: &str| {
            plan.verdict
                .refusals
                .iter()
                .find(|refusal| refusal.guard.as_str() == guard)
                .map(|refusal| refusal.number)
        };
        assert_eq!(refused("users"), (users > 0).then_some(users));
        let lists =
            gone(|change| matches!(change, Change::Listing { edit: seatwise::change::Edit::Delete(()), .. }));
        assert_eq!(refused("allow_lists"), (lists > 0).then_some(lists));
        let losers = count_losers(&scoped);
        assert_eq!(refused("loses_access"), (losers > 0).then_some(losers));
        // With the approvals it asks for, nothing but the floor is left to refuse.
        let approved: Vec<(String, String)> = strict
            .iter()
            .map(|(path, text)| {
                (
                    path.clone(),
                    if path == "seatwise.yaml" { with_approvals(text, &plan) } else { text.clone() },
                )
            })
            .collect();
        let (_, plan) = scope_and_plan(&load_policy(&approved), world.snapshot());
        let left: Vec<_> = plan
            .verdict
            .refusals
            .iter()
            .filter(|refusal| !matches!(refusal.guard, Guard::Administrators | Guard::EmptyRelation(_)))
            .collect();
        assert!(left.is_empty(), "{left:#?}");
    });
}

fn with_strict_guards(text: &str) -> String {
    let none = "{count: 0, floor: 0}";
    text.replace(
        "users: off, groups: off, memberships: off, roles: off, assignments: off, allow_lists: off",
        &format!(
            "users: {none}, groups: {none}, memberships: {none}, roles: {none}, assignments: {none}, \
            allow_lists: {none}"
        ),
    )
    .replace("one_group: off", &format!("one_group: {none}"))
    .replace("loses_access: off", &format!("loses_access: {none}"))
    .replace("gains_access: off", &format!("gains_access: {none}"))
    .replace("licences: off", "licences: refuse")
    .split("approvals:\n")
    .next()
    .unwrap()
    .to_owned()
}

fn with_approvals(text: &str, plan: &Plan) -> String {
    let approvals = seatwise::render::plan_text::approvals_yaml(plan);
    if plan.verdict.refusals.iter().all(|refusal| refusal.approvable.is_empty()) {
        text.to_owned()
    } else {
        format!("{text}{approvals}")
    }
}

/// People who can start something before and not after, decided product by product by the slow rule.
fn count_losers(scoped: &ScopeOutcome) -> usize {
    let can = |side: &Organization, email: &Email, product: &ProductId| {
        let user = side.users.get(email).filter(|user| is_present(user));
        user.is_some_and(|user| {
            seatwise::model::access::decide_access(side, &scoped.facts, user, product).allowed
        })
    };
    let loses = |email: &&Email| {
        scoped
            .facts
            .products
            .keys()
            .any(|product| can(&scoped.live.0, email, product) && !can(&scoped.desired.0, email, product))
    };
    scoped.live.0.users.keys().filter(loses).count()
}
