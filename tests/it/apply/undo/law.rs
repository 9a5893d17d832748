//! The undo of a run between any two organizations restores every reversible field, and names the others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use seatwise::apply::undo::UndoTarget;
use seatwise::apply::undo::UnrestoredReason;
use seatwise::apply::undo::carried_out_steps;
use seatwise::apply::undo::undo_target;
use seatwise::diff::diff;
use seatwise::model::Desired;
use seatwise::model::Email;
use seatwise::model::GroupName;
use seatwise::model::Live;
use seatwise::model::Organization;
use seatwise::model::OrganizationFacts;
use seatwise::model::UserState;
use seatwise::plan::Step;
use seatwise::plan::StepReason;
use seatwise::plan::order::PlanSides;
use seatwise::plan::order::order_changes;
use seatwise::plan::replay::ReplayOutcome;
use seatwise::plan::replay::file_under_current_names;
use seatwise::plan::replay::replay_step;
use seatwise::sandbox::generate_firm;

use crate::apply::*;
use seatwise::apply::StepFate;

/// Two firms of one size that share some people, some of whom have another address in the second, and some
/// groups.
struct FirmPair {
    before: Organization,
    matched: Organization,
    after: Organization,
    facts: OrganizationFacts,
}

impl FirmPair {
    fn new(seed: u64) -> Self {
        let (mut before, facts) = generate_firm(40, seed);
        // A user who only asked to join has nothing yet.
        before.users_mut().filter(|user| user.state == UserState::Pending).for_each(|user| {
            *user = seatwise::model::User {
                id: user.id.clone(),
                state: UserState::Pending,
                ..step_effect::bare_user(user.profile.clone())
            };
        });
        let (mut after, _) = generate_firm(40, seed + 1_000);
        // No run touches an Account Administrator.
        before
            .users_mut()
            .chain(after.users_mut())
            .for_each(|user| _ = user.roles.take("account-administrator"));
        let facts = OrganizationFacts { acting: None, ..facts };
        let shared = before.users.iter().step_by(2).map(|(key, user)| (key.clone(), user.clone()));
        for (key, mut user) in shared.collect::<Vec<_>>() {
            Arc::make_mut(&mut user).groups.retain(|group, ()| after.groups.contains_key(group));
            after.users.insert(key, user);
        }
        let mut pair = Self { matched: before.clone(), before, after, facts };
        pair.rename_some();
        pair.drop_identities();
        pair
    }

    /// Renames every fourth shared person and every fifth shared group.
    fn rename_some(&mut self) {
        let shared: Vec<Email> = self
            .before
            .users
            .keys()
            .filter(|key| self.after.users.contains_key(*key))
            .step_by(4)
            .cloned()
            .collect();
        for old in shared {
            let new = Email::new(&format!("renamed.{old}")).unwrap();
            let mut user = self.after.users.remove(&old).unwrap();
            Arc::make_mut(&mut user).profile.email = new.clone();
            self.after.users.insert(new.clone(), user);
            let user = self.matched.users.remove(&old).unwrap();
            self.matched.users.insert(new, user);
        }
        let shared: Vec<GroupName> = self
            .before
            .groups
            .keys()
            .filter(|key| self.after.groups.contains_key(*key))
            .step_by(5)
            .cloned()
            .collect();
        for old in shared {
            let new = GroupName::new(&format!("renamed {old}")).unwrap();
            let mut group = self.after.groups.remove(&old).unwrap();
            group.facts.name = new.clone();
            self.after.groups.insert(new.clone(), group);
            let group = self.matched.groups.remove(&old).unwrap();
            self.matched.groups.insert(new.clone(), group);
            for user in
                self.after.users_mut().chain(self.matched.users_mut()).filter(|user| user.groups.has(&old))
            {
                user.groups.take(&old);
                user.groups.add(new.clone());
            }
        }
    }

    /// Drops the second firm's own identities, which are those of another organization, and the states that
    /// no plan leads to.
    fn drop_identities(&mut self) {
        let known: BTreeMap<_, _> =
            self.matched.users.iter().map(|(key, user)| (key.clone(), user.id.clone())).collect();
        self.after
            .users
            .iter_mut()
            .for_each(|(key, user)| Arc::make_mut(user).id = known.get(key).cloned().flatten());
        self.after.groups.values_mut().for_each(|group| group.id = None);
        // No plan leads a user back to `pending` or `invited`, and new users start as invited.
        for (key, user) in &mut self.after.users {
            let before = self.matched.users.get(key).map(|user| user.state);
            let user = Arc::make_mut(user);
            user.state = before.unwrap_or(if user.state == UserState::Locked {
                UserState::Locked
            } else {
                UserState::Invited
            });
        }
    }

    fn steps(&self) -> Vec<Step> {
        planned_steps(&self.matched, &self.after, &self.facts)
    }
}

fn planned_steps(live: &Organization, desired: &Organization, facts: &OrganizationFacts) -> Vec<Step> {
    let changes = diff(&Live(live.clone()), &Desired(desired.clone()));
    order_changes(&changes, PlanSides { live, desired, facts }, &|_| StepReason::Undo)
}

fn organization_after(steps: &[Step], organization: &Organization) -> Organization {
    let mut organization = organization.clone();
    for step in steps {
        assert_eq!(replay_step(step, &mut organization), ReplayOutcome::Before, "{step:?}");
    }
    organization
}

/// The organization that the undo leads to: `before` without what the undo reports as lost.
fn expected_organization(before: &Organization, steps: &[Step], target: &UndoTarget) -> Organization {
    let mut expected = before.clone();
    let removed: BTreeSet<Email> = steps
        .iter()
        .filter_map(|step| match PlainAct::from(&step.act) {
            PlainAct::RemoveUser(profile) => Some(profile.email),
            _ => None,
        })
        .collect();
    for lost in &target.lost {
        let act = PlainAct::from(&steps[lost.step.0 as usize - 1].act);
        match (lost.why, &act) {
            (UnrestoredReason::CheckoutEnded, PlainAct::EndCheckout { user, checkout }) => {
                _ = expected.user_mut(user).unwrap().checkouts.take(checkout)
            }
            (UnrestoredReason::IdentityRemoved, PlainAct::RemoveUser(profile))
                if removed.contains(&profile.email) =>
            {
                let user = expected.user_mut(&profile.email).unwrap();
                match user.state {
                    UserState::Pending => drop(expected.users.remove(&profile.email)),
                    UserState::Invited | UserState::Locked => {}
                    UserState::Active => user.state = UserState::Invited,
                }
            }
            (UnrestoredReason::InvitationEnded, PlainAct::Lock { user, .. }) => {
                let known = expected.users_mut().find(|known| {
                    known.id.is_some()
                        && known.id
                            == target
                                .live
                                .0
                                .users
                                .values()
                                .find(|live| live.profile.email == *user)
                                .unwrap()
                                .id
                });
                known.unwrap().state = UserState::Active;
            }
            (UnrestoredReason::InvitationSent, PlainAct::Invite(_))
            | (UnrestoredReason::LockStarted, PlainAct::AssignLicence { .. }) => {}
            (why, act) => panic!("nobody has changed anything since, and yet {why:?} of {act:?}"),
        }
    }
    expected.users_mut().for_each(|user| user.id = None);
    expected.groups.values_mut().for_each(|group| group.id = None);
    expected
}

#[test]
fn undone_run_restores_every_reversible_field_and_names_the_others() {
    let mut acts = BTreeSet::new();
    for seed in 1..=200 {
        let pair = FirmPair::new(seed);
        let steps = pair.steps();
        acts.extend(
            steps
                .iter()
                .map(|step| std::mem::discriminant(&PlainAct::from(&step.act)))
                .map(|kind| format!("{kind:?}")),
        );
        let live = organization_after(&steps, &pair.before);
        let fates = vec![StepFate::Done { created: None }; steps.len()];
        let target = undo_target(&pair.before, &live, &pair.facts, &carried_out_steps(&steps, &fates));
        assert_eq!(
            file_under_current_names(target.live.0.clone()),
            live,
            "seed {seed}: live is only relabelled"
        );
        let back = planned_steps(&target.live.0, &target.desired.0, &pair.facts);
        let mut restored = organization_after(&back, &live);
        restored.users_mut().for_each(|user| user.id = None);
        restored.groups.values_mut().for_each(|group| group.id = None);
        let expected = expected_organization(&pair.before, &steps, &target);
        for (key, user) in &expected.users {
            assert_eq!(restored.users.get(key), Some(user), "seed {seed}");
        }
        assert_eq!(restored, expected, "seed {seed}");
    }
    assert!(acts.len() >= 15, "the pairs differ in many ways: {}", acts.len());
}
