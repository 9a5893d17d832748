//! Undoing a run: which values come back, and which cannot be restored.

pub(super) mod law;

use seatwise::apply::undo::{UndoTarget, UnrestoredReason, UnrestoredStep, carried_out_steps, undo_target};
use seatwise::model::{
    AccessSetting, Alert, Area, Contact, GroupFacts, GroupKind, Organization, OrganizationFacts, Profile,
    UserException, UserState,
};
use seatwise::plan::{Step, StepNo};

use super::memory_organization::MemoryOrganization;
use super::*;

/// An organization before a run, the run, and the live organization after it.
struct UndoStory {
    before: Organization,
    steps: Vec<Step>,
    fates: Vec<StepFate>,
    live: Organization,
    facts: OrganizationFacts,
}

impl UndoStory {
    /// `set_up` makes the organization, and `acts` are the run.
    async fn new(
        set_up: impl IntoIterator<Item = PlainAct>,
        acts: impl IntoIterator<Item = PlainAct>,
    ) -> Self {
        let memory = MemoryOrganization::one_at_a_time();
        memory.edit(|organization| set_up.into_iter().for_each(|act| apply_act(&act, organization)));
        let before = memory.organization();
        let plan = plan(acts.into_iter().map(|act| (act, [])));
        let outcome = carry_out(&plan, SeatwiseFolder::new().begin(&plan), &memory).await;
        assert!(outcome.summary().is_complete(), "{:?}", fate_words(&outcome));
        Self {
            before,
            steps: plan.plan().steps.clone(),
            fates: outcome.fates,
            live: memory.organization(),
            facts: OrganizationFacts::default(),
        }
    }

    /// Applies `act` after the run, as somebody else.
    fn with_later_act(mut self, act: PlainAct) -> Self {
        apply_act(&act, &mut self.live);
        self
    }

    fn target(&self) -> UndoTarget {
        undo_target(&self.before, &self.live, &self.facts, &carried_out_steps(&self.steps, &self.fates))
    }

    /// Asserts that the undo restores the organization as it was, except for identities, and reports `lost`.
    fn assert_restored(&self, lost: &[(u32, UnrestoredReason)]) -> UndoTarget {
        let target = self.target();
        assert_eq!(without_identities(target.desired.0.clone()), without_identities(self.before.clone()));
        assert_lost(&target, lost);
        target
    }
}

fn assert_lost(target: &UndoTarget, lost: &[(u32, UnrestoredReason)]) {
    let lost: Vec<_> =
        lost.iter().map(|(step, why)| UnrestoredStep { step: StepNo(*step), why: *why }).collect();
    assert_eq!(target.lost, lost);
}

/// The organization without identities, because an object that is created again has another identity.
fn without_identities(mut organization: Organization) -> Organization {
    organization.users_mut().for_each(|user| user.id = None);
    organization.groups.values_mut().for_each(|group| group.id = None);
    organization
}

fn create(name: &str, kind: GroupKind) -> PlainAct {
    PlainAct::CreateGroup(GroupFacts { kind, ..facts(name) })
}

fn relist(name: &str, before: &[&str], after: &[&str]) -> PlainAct {
    let list = |names: &[&str]| names.iter().map(|name| product(name)).collect();
    PlainAct::SetList { group: group(name), before: list(before), after: list(after) }
}

fn exception_act(before: Option<UserException>, after: Option<UserException>) -> PlainAct {
    PlainAct::SetException { user: email("ana"), product: product("cad"), before, after }
}

fn rename(from: &str, to: &str) -> PlainAct {
    PlainAct::UpdateUser { before: profile(from), after: Profile { email: email(to), ..profile(from) } }
}

fn rename_group(from: &str, to: &str) -> PlainAct {
    PlainAct::UpdateGroup { before: facts(from), after: facts(to) }
}

fn contact(name: &str) -> Contact {
    Contact { email: email(name), area: Area::Everywhere }
}

fn set_up_acts() -> Vec<PlainAct> {
    vec![
        create("g", GroupKind::Entitlement),
        create("h", GroupKind::Entitlement),
        create("a1", GroupKind::Allocation),
        create("a2", GroupKind::Allocation),
        relist("g", &[], &["cad"]),
        invite("ana"),
        grant("ana", "download"),
        join("ana", "g"),
        join("ana", "a1"),
        PlainAct::AssignLicence { user: email("ana"), product: product("staad") },
        PlainAct::AddContact(contact("finance")),
    ]
}

#[tokio::test]
async fn every_value_and_edge_comes_back() {
    let (allow, deny) = (Some(UserException::Allow), Some(UserException::Deny));
    let alert = |above| Some(Alert { above, sign_in_required: false });
    let run = vec![
        PlainAct::UpdateUser {
            before: profile("ana"),
            after: Profile { last_name: "Reis".into(), country: country("DE"), ..profile("ana") },
        },
        PlainAct::UpdateGroup {
            before: GroupFacts { kind: GroupKind::Entitlement, ..facts("h") },
            after: GroupFacts {
                country: Some(country("PT")),
                description: "new".into(),
                kind: GroupKind::Other,
                ..facts("h")
            },
        },
        grant("ana", "beta"),
        join("ana", "h"),
        PlainAct::SwapAllocation { user: email("ana"), from: group("a1"), to: group("a2") },
        exception_act(None, allow),
        exception_act(allow, deny),
        relist("g", &["cad"], &["gis", "map"]),
        PlainAct::SetDefault { country: country("PT"), before: None, after: Some(AccessSetting::Nobody) },
        PlainAct::SetRestriction {
            product: product("cad"),
            area: Area::Everywhere,
            before: None,
            after: Some(AccessSetting::Nobody),
        },
        PlainAct::SetAlert { product: product("cad"), country: country("PT"), before: None, after: alert(3) },
        PlainAct::SetAlert {
            product: product("cad"),
            country: country("PT"),
            before: alert(3),
            after: alert(4),
        },
        PlainAct::ReleaseLicence { user: email("ana"), product: product("staad") },
        PlainAct::Leave { user: email("ana"), group: group("g") },
        PlainAct::RevokeRole { user: email("ana"), role: role("beta") },
        PlainAct::RevokeRole { user: email("ana"), role: role("download") },
        PlainAct::AddContact(contact("kasse")),
        PlainAct::ReplaceContact { from: contact("finance"), to: contact("money") },
    ];
    UndoStory::new(set_up_acts(), run).await.assert_restored(&[]);
}

#[tokio::test]
async fn what_was_created_goes_and_the_mail_is_out() {
    let run = [
        create("new", GroupKind::Entitlement),
        invite("bo"),
        grant("bo", "download"),
        join("bo", "new"),
        relist("new", &[], &["cad"]),
    ];
    let story = UndoStory::new(set_up_acts(), run).await.with_later_act(join("ana", "new"));
    story.assert_restored(&[(2, UnrestoredReason::InvitationSent)]);
}

#[tokio::test]
async fn licence_that_was_assigned_is_released_and_its_lock_has_begun() {
    let run = [PlainAct::AssignLicence { user: email("ana"), product: product("tekla") }];
    UndoStory::new(set_up_acts(), run).await.assert_restored(&[(1, UnrestoredReason::LockStarted)]);
}

#[tokio::test]
async fn removed_person_is_invited_again_with_everything_they_had() {
    let ana = || email("ana");
    let leaves = vec![
        PlainAct::ReleaseLicence { user: ana(), product: product("staad") },
        PlainAct::Leave { user: ana(), group: group("g") },
        PlainAct::Leave { user: ana(), group: group("a1") },
        PlainAct::RevokeRole { user: ana(), role: role("download") },
        PlainAct::RemoveUser(profile("ana")),
        relist("g", &["cad"], &[]),
        PlainAct::DeleteGroup(GroupFacts { kind: GroupKind::Entitlement, ..facts("g") }),
    ];
    let target = UndoStory::new(set_up_acts(), leaves)
        .await
        .assert_restored(&[(5, UnrestoredReason::IdentityRemoved)]);
    assert_eq!(target.desired.0.users[&ana()].id, None);
}

#[tokio::test]
async fn states_come_back_as_far_as_they_can() {
    let lock = |before| PlainAct::Lock { user: email("ana"), before };
    let story = UndoStory::new(set_up_acts(), [lock(UserState::Invited)]).await;
    let lost = story.target();
    assert_lost(&lost, &[(1, UnrestoredReason::InvitationEnded)]);
    assert_eq!(lost.desired.0.users[&email("ana")].state, UserState::Active);

    let active = set_up_acts().into_iter().chain([lock(UserState::Invited), PlainAct::Unlock(email("ana"))]);
    UndoStory::new(active, [lock(UserState::Active)]).await.assert_restored(&[]);
    let locked = set_up_acts().into_iter().chain([lock(UserState::Invited)]);
    UndoStory::new(locked, [PlainAct::Unlock(email("ana"))]).await.assert_restored(&[]);
}

#[tokio::test]
async fn locked_person_who_was_removed_is_invited_and_locked_again() {
    let lock = PlainAct::Lock { user: email("bo"), before: UserState::Invited };
    let set_up = [invite("bo"), lock];
    UndoStory::new(set_up, [PlainAct::RemoveUser(profile("bo"))])
        .await
        .assert_restored(&[(1, UnrestoredReason::IdentityRemoved)]);
}

#[tokio::test]
async fn renames_are_matched_by_identity_and_taken_back() {
    let set_up = vec![create("old", GroupKind::Other), invite("ana"), join("ana", "old")];
    let run = [rename("ana", "ana.reis"), rename_group("old", "new"), grant("ana.reis", "download")];
    let target = UndoStory::new(set_up, run).await.assert_restored(&[]);
    let (live, desired) = (&target.live.0, &target.desired.0);
    assert_eq!(
        live.users.keys().collect::<Vec<_>>(),
        [&email("ana")],
        "live stands under the name it shall have"
    );
    assert_eq!(live.users[&email("ana")].profile.email, email("ana.reis"), "and says the one it has");
    assert_eq!(
        (desired.users[&email("ana")].id.clone(), live.users[&email("ana")].id.is_some()),
        (live.users[&email("ana")].id.clone(), true)
    );
    assert_eq!(live.groups[&group("old")].facts.name, group("new"));
    assert!(live.users[&email("ana")].groups.has(&group("old")), "memberships follow the group's name");
}

#[tokio::test]
async fn two_people_who_swapped_addresses_swap_back() {
    let set_up = [invite("ana"), invite("bo"), grant("ana", "download")];
    let moves = |who: &str, from: &str, to: &str| PlainAct::UpdateUser {
        before: Profile { email: email(from), ..profile(who) },
        after: Profile { email: email(to), ..profile(who) },
    };
    let run = [moves("ana", "ana", "tmp"), moves("bo", "bo", "ana"), moves("ana", "tmp", "bo")];
    let story = UndoStory::new(set_up, run).await;
    assert!(story.live.users[&email("bo")].roles.has("download"));
    let target = story.assert_restored(&[]);
    assert_eq!(target.live.0.users[&email("ana")].profile.email, email("bo"));
}

#[tokio::test]
async fn what_others_changed_since_stays() {
    let (allow, deny) = (Some(UserException::Allow), Some(UserException::Deny));
    let story = UndoStory::new(
        set_up_acts(),
        [exception_act(None, allow), relist("g", &["cad"], &["gis"]), grant("ana", "beta")],
    )
    .await;
    let story = story
        .with_later_act(exception_act(allow, deny))
        .with_later_act(relist("g", &["gis"], &["gis", "map"]))
        .with_later_act(grant("ana", "co-administrator"));
    let target = story.target();
    assert_lost(&target, &[(1, UnrestoredReason::ChangedSince)]);
    let ana = &target.desired.0.users[&email("ana")];
    assert_eq!(ana.exceptions.get("cad"), Some(&UserException::Deny));
    assert!(ana.roles.has("co-administrator") && !ana.roles.has("beta"));
    let list: Vec<_> =
        target.desired.0.groups[&group("g")].products.keys().map(|product| product.as_str()).collect();
    assert_eq!(list, ["cad", "map"]);
}

#[tokio::test]
async fn person_renamed_since_is_still_found() {
    let story = UndoStory::new(set_up_acts(), [grant("ana", "beta"), rename("ana", "ana.reis")]).await;
    let before = Profile { email: email("ana.reis"), ..profile("ana") };
    let story = story.with_later_act(PlainAct::UpdateUser {
        before: before.clone(),
        after: Profile { email: email("ana.costa"), ..before },
    });
    let target = story.target();
    assert_lost(&target, &[(2, UnrestoredReason::ChangedSince)]);
    assert_eq!(target.live.0.users.keys().collect::<Vec<_>>(), [&email("ana.costa")]);
    assert!(!target.desired.0.users[&email("ana.costa")].roles.has("beta"));
    assert!(target.desired.0.users[&email("ana.costa")].roles.has("download"));
}

#[tokio::test]
async fn somebody_else_under_the_same_address_is_left_alone() {
    let story = UndoStory::new(set_up_acts(), [grant("ana", "beta")]).await;
    let mut story = story.with_later_act(invite("bo"));
    story.live.users.remove(&email("ana"));
    let story = story.with_later_act(invite("ana")).with_later_act(grant("ana", "beta"));
    let target = story.target();
    assert_lost(&target, &[(1, UnrestoredReason::Gone)]);
    assert_eq!(target.desired.0, target.live.0);
}

#[tokio::test]
async fn somebody_who_was_invited_again_since_stays_and_is_not_said_to_go() {
    let mut story = UndoStory::new(set_up_acts(), [invite("bo")]).await.with_later_act(invite("cy"));
    story.live.users.remove(&email("bo"));
    let gone = story.target();
    assert_lost(&gone, &[(1, UnrestoredReason::Gone)]);
    let target = story.with_later_act(invite("bo")).target();
    assert_lost(&target, &[(1, UnrestoredReason::InvitedAgain)]);
    assert_eq!(target.desired.0, target.live.0);
}

#[tokio::test]
async fn part_of_a_step_that_failed_is_taken_back() {
    let after = Profile { first_name: "Anna".into(), last_name: "Reis".into(), ..profile("ana") };
    let swap = PlainAct::SwapAllocation { user: email("ana"), from: group("a1"), to: group("a2") };
    let rename = PlainAct::UpdateUser { before: profile("ana"), after };
    let mut story = UndoStory::new(set_up_acts(), [rename, swap]).await;
    story.fates = vec![StepFate::FailedInPart("half".into()); 2];
    let ana = std::sync::Arc::make_mut(story.live.users.get_mut(&email("ana")).unwrap());
    ana.profile.last_name = profile("ana").last_name;
    ana.groups.take(&group("a2"));
    story.assert_restored(&[]);
}

#[tokio::test]
async fn old_name_that_is_taken_since_stays_with_its_new_owner() {
    let story = UndoStory::new(set_up_acts(), [grant("ana", "beta"), rename("ana", "ana.reis")])
        .await
        .with_later_act(invite("ana"));
    let target = story.target();
    assert_lost(&target, &[(1, UnrestoredReason::Gone), (2, UnrestoredReason::NameTaken)]);
    assert_eq!(target.desired.0, target.live.0);
}

#[tokio::test]
async fn last_contact_stays() {
    let target = UndoStory::new([], [PlainAct::AddContact(contact("finance"))]).await.target();
    assert_lost(&target, &[(1, UnrestoredReason::LastContact)]);
    assert_eq!(target.desired.0.contacts.len(), 1);
}

#[tokio::test]
async fn acting_identity_keeps_its_own_access_under_whatever_address() {
    let set_up =
        set_up_acts().into_iter().chain([PlainAct::Lock { user: email("ana"), before: UserState::Invited }]);
    let run = [
        PlainAct::Unlock(email("ana")),
        grant("ana", "beta"),
        join("ana", "h"),
        rename("ana", "ana.reis"),
        invite("bo"),
        grant("bo", "beta"),
    ];
    let mut story = UndoStory::new(set_up, run).await;
    story.facts.acting = Some(email("ana.reis"));
    let target = story.target();
    assert_lost(
        &target,
        &[
            (1, UnrestoredReason::ActingIdentity),
            (2, UnrestoredReason::ActingIdentity),
            (5, UnrestoredReason::InvitationSent),
        ],
    );
    let ana = &target.desired.0.users[&email("ana")];
    assert!(ana.state == UserState::Active && ana.roles.has("beta") && !ana.groups.has("h"), "{ana:?}");
    story.facts.acting = Some(email("bo"));
    let target = story.target();
    assert_lost(&target, &[(5, UnrestoredReason::ActingIdentity), (6, UnrestoredReason::ActingIdentity)]);
    assert!(target.desired.0.users[&email("bo")].roles.has("beta"));
}

#[tokio::test]
async fn whoever_became_account_administrator_since_is_left_alone() {
    let story = UndoStory::new(set_up_acts(), [grant("ana", "beta"), join("ana", "h")])
        .await
        .with_later_act(grant("ana", "account-administrator"));
    let target = story.target();
    assert_lost(
        &target,
        &[(1, UnrestoredReason::AccountAdministrator), (2, UnrestoredReason::AccountAdministrator)],
    );
    assert_eq!(target.desired.0, target.live.0);
}

#[tokio::test]
async fn names_stay_that_belong_to_the_identity_provider_by_now() {
    let after = Profile {
        email: email("ana.reis"),
        last_name: "Reis".into(),
        country: country("DE"),
        ..profile("ana")
    };
    let run = [grant("ana", "beta"), PlainAct::UpdateUser { before: profile("ana"), after: after.clone() }];
    let mut story = UndoStory::new(set_up_acts(), run).await;
    story.facts.federated = true;
    let target = story.target();
    assert_lost(&target, &[(2, UnrestoredReason::Federated)]);
    let ana = &target.desired.0.users[&email("ana.reis")];
    assert_eq!(ana.profile, Profile { country: profile("ana").country, ..after });
    assert!(!ana.roles.has("beta"), "what was done before the rename is undone all the same");
}

#[tokio::test]
async fn only_steps_that_were_carried_out_are_undone() {
    let mut story = UndoStory::new(
        set_up_acts(),
        [grant("ana", "beta"), exception_act(None, Some(UserException::Allow)), join("ana", "h")],
    )
    .await;
    story.fates[0] = StepFate::Failed("no".into());
    story.fates[1] = StepFate::Already;
    story.fates[2] = StepFate::InDoubt("lost".into());
    let target = story.target();
    let ana = &target.desired.0.users[&email("ana")];
    assert!(ana.roles.has("beta") && ana.exceptions.has("cad") && !ana.groups.has(&group("h")));
}

#[tokio::test]
async fn step_in_doubt_that_never_happened_changes_nothing() {
    let mut story = UndoStory::new(
        set_up_acts(),
        [invite("bo"), exception_act(None, Some(UserException::Allow)), rename("ana", "ana.reis")],
    )
    .await;
    story.live = story.before.clone();
    story.fates = vec![StepFate::InDoubt("lost".into()); 3];
    let target = story.target();
    assert_eq!((&target.live.0, &target.desired.0), (&story.before, &story.before));
}
