//! Sightings: whether a step has been carried out, as the live organization shows it.

pub(crate) mod law;

use std::collections::BTreeSet;

use seatwise::model::{
    AccessSetting, Area, DirectoryField, GroupKind, Licence, Live, LiveId, Organization, Profile, Section,
    Snapshot, UnreadReason, User, UserException, UserState,
};
use seatwise::plan::replay::replay_step;
use seatwise::plan::sighting::{StepSighting, step_sightings};
use seatwise::plan::{Identity, Phase, Step, StepNo};

use crate::plain_act::PlainAct;
use crate::plan_builder::{
    alert, checkout, contact, country, email, facts, group, list, product, profile, role,
};
use crate::render::work_order::plan_of;

fn ana() -> Profile {
    profile("ana@firm.example", "Ana Silva", "PT")
}

fn ana_reis() -> Profile {
    profile("ana.reis@firm.example", "Ana Reis", "PT")
}

fn bo() -> Profile {
    profile("bo@firm.example", "Bo Lima", "PT")
}

fn plain_group(name: &str) -> seatwise::model::Group {
    seatwise::model::Group { id: None, facts: facts(name, GroupKind::Entitlement, ""), products: list(&[]) }
}

/// Ana has one of everything that a user can have; Bo has nothing and is locked. There are a group with a
/// list, two groups without, a contact, a default, a restriction and an alert.
fn organization() -> Organization {
    let mut organization = Organization::default();
    let mut her = User::new(ana(), UserState::Active);
    her.roles.add(role("beta"));
    her.groups.add(group("north"));
    her.exceptions.insert(product("cad"), UserException::Allow);
    her.licences.insert(product("staad"), Licence { assigned: None });
    her.checkouts.add(checkout("cad", "ws-1"));
    for user in [
        her,
        User::new(bo(), UserState::Locked),
        User::new(profile("new@firm.example", "New One", "PT"), UserState::Pending),
    ] {
        organization.users.insert(user.profile.email.clone(), user.into());
    }
    for mut group in
        [plain_group("bridges"), plain_group("north"), plain_group("south"), plain_group("empty")]
    {
        if group.facts.name.as_str() == "bridges" {
            group.products = list(&["cad"]);
        }
        organization.groups.insert(group.facts.name.clone(), group);
    }
    organization.contacts.insert(contact("bills@firm.example"));
    organization.defaults.insert(country("PT"), AccessSetting::Nobody);
    organization.alerts.insert((product("cad"), country("PT")), alert(5));
    organization
}

/// One act of each kind that has something to do in [`organization`].
fn acts() -> Vec<PlainAct> {
    let user = || email("ana@firm.example");
    let everywhere = Area::Everywhere;
    vec![
        PlainAct::EndCheckout { user: user(), checkout: checkout("cad", "ws-1") },
        PlainAct::CreateGroup(facts("tunnels", GroupKind::Other, "")),
        PlainAct::Invite(profile("cy@firm.example", "Cy Reis", "PT")),
        PlainAct::Approve(email("new@firm.example")),
        PlainAct::Unlock(email("bo@firm.example")),
        PlainAct::Lock { user: user(), before: UserState::Active },
        PlainAct::UpdateUser { before: ana(), after: ana_reis() },
        PlainAct::UpdateGroup {
            before: facts("bridges", GroupKind::Entitlement, ""),
            after: facts("spans", GroupKind::Entitlement, "All"),
        },
        PlainAct::Join { user: user(), group: group("bridges") },
        PlainAct::Leave { user: user(), group: group("north") },
        PlainAct::SwapAllocation { user: user(), from: group("north"), to: group("south") },
        PlainAct::GrantRole { user: user(), role: role("download") },
        PlainAct::RevokeRole { user: user(), role: role("beta") },
        PlainAct::SetException {
            user: user(),
            product: product("cad"),
            before: Some(UserException::Allow),
            after: None,
        },
        PlainAct::AssignLicence { user: user(), product: product("plant") },
        PlainAct::ReleaseLicence { user: user(), product: product("staad") },
        PlainAct::SetList { group: group("bridges"), before: list(&["cad"]), after: list(&["cad", "geo"]) },
        PlainAct::SetDefault { country: country("PT"), before: Some(AccessSetting::Nobody), after: None },
        PlainAct::SetRestriction {
            product: product("cad"),
            area: everywhere,
            before: None,
            after: Some(AccessSetting::Nobody),
        },
        PlainAct::SetAlert {
            product: product("cad"),
            country: country("PT"),
            before: Some(alert(5)),
            after: Some(alert(9)),
        },
        PlainAct::AddContact(contact("new@firm.example")),
        PlainAct::RemoveContact(contact("bills@firm.example")),
        PlainAct::ReplaceContact { from: contact("bills@firm.example"), to: contact("other@firm.example") },
        PlainAct::RemoveUser(bo()),
        PlainAct::DeleteGroup(facts("empty", GroupKind::Entitlement, "")),
    ]
}

/// A number for each kind of act. A new kind needs a number here and an act in [`acts`].
fn act_kind(act: &PlainAct) -> usize {
    match act {
        PlainAct::EndCheckout { .. } => 0,
        PlainAct::CreateGroup(_) => 1,
        PlainAct::Invite(_) => 2,
        PlainAct::Approve(_) => 3,
        PlainAct::Unlock(_) => 4,
        PlainAct::Lock { .. } => 5,
        PlainAct::UpdateUser { .. } => 6,
        PlainAct::UpdateGroup { .. } => 7,
        PlainAct::Join { .. } => 8,
        PlainAct::Leave { .. } => 9,
        PlainAct::SwapAllocation { .. } => 10,
        PlainAct::GrantRole { .. } => 11,
        PlainAct::RevokeRole { .. } => 12,
        PlainAct::SetException { .. } => 13,
        PlainAct::AssignLicence { .. } => 14,
        PlainAct::ReleaseLicence { .. } => 15,
        PlainAct::SetList { .. } => 16,
        PlainAct::SetDefault { .. } => 17,
        PlainAct::SetRestriction { .. } => 18,
        PlainAct::SetAlert { .. } => 19,
        PlainAct::AddContact(_) => 20,
        PlainAct::RemoveContact(_) => 21,
        PlainAct::ReplaceContact { .. } => 22,
        PlainAct::RemoveUser(_) => 23,
        PlainAct::DeleteGroup(_) => 24,
    }
}

fn steps(acts: impl IntoIterator<Item = PlainAct>) -> Vec<Step> {
    plan_of(acts.into_iter().map(|act| (Phase::Loosen, act))).steps
}

fn look_for_steps(steps: &[Step], organization: Organization) -> Vec<StepSighting> {
    step_sightings(steps, &Snapshot { live: Live(organization), ..Snapshot::default() })
}

#[test]
fn step_of_every_kind_is_open_before_and_done_after() {
    assert_eq!(acts().iter().map(act_kind).collect::<Vec<_>>(), (0..25).collect::<Vec<_>>());
    for act in acts() {
        let steps = steps([act]);
        let mut organization = organization();
        assert_eq!(look_for_steps(&steps, organization.clone()), [StepSighting::Open], "{:?}", steps[0].act);
        replay_step(&steps[0], &mut organization);
        assert_eq!(look_for_steps(&steps, organization), [StepSighting::Done], "{:?}", steps[0].act);
    }
}

/// Gives the object of a step a value that is neither the one before nor the one after.
fn make_something_else(act: &PlainAct, organization: &mut Organization) -> bool {
    let list_of = |names: &[&str]| list(names);
    match act {
        PlainAct::CreateGroup(facts) => {
            drop(organization.groups.insert(facts.name.clone(), plain_group("tunnels")))
        }
        PlainAct::Invite(wanted) => {
            let other = Profile { last_name: "Other".into(), ..wanted.clone() };
            organization.users.insert(wanted.email.clone(), User::new(other, UserState::Active).into());
        }
        PlainAct::UpdateGroup { .. } => {
            organization.groups.get_mut("bridges").unwrap().facts.description = "Other".into()
        }
        PlainAct::SetList { .. } => {
            organization.groups.get_mut("bridges").unwrap().products = list_of(&["road"])
        }
        PlainAct::SetException { .. } => {
            let user = organization.users_mut().find(|user| user.profile == ana()).unwrap();
            user.exceptions.insert(product("cad"), UserException::Deny);
        }
        PlainAct::SetRestriction { .. } => drop(
            organization.restrictions.insert((product("cad"), Area::Everywhere), AccessSetting::Everyone),
        ),
        PlainAct::SetAlert { .. } => {
            organization.alerts.insert((product("cad"), country("PT")), alert(7));
        }
        PlainAct::SwapAllocation { .. } => {
            organization.users_mut().find(|user| user.profile == ana()).unwrap().groups.take("north");
        }
        PlainAct::ReplaceContact { .. } => organization.contacts.clear(),
        PlainAct::UpdateUser { .. } => {
            organization.users_mut().find(|user| user.profile == ana()).unwrap().profile.country =
                country("DE")
        }
        PlainAct::RemoveUser(_) => {
            organization.users_mut().find(|user| user.profile == bo()).unwrap().roles.add(role("beta"));
        }
        PlainAct::DeleteGroup(_) => {
            organization.groups.get_mut("empty").unwrap().products = list_of(&["cad"])
        }
        PlainAct::Approve(_) | PlainAct::Unlock(_) | PlainAct::Lock { .. } => {
            organization.users_mut().for_each(|user| user.state = UserState::Invited)
        }
        // The user whom the step grants something, or takes something from, is gone.
        PlainAct::EndCheckout { .. }
        | PlainAct::Join { .. }
        | PlainAct::Leave { .. }
        | PlainAct::GrantRole { .. }
        | PlainAct::RevokeRole { .. }
        | PlainAct::AssignLicence { .. }
        | PlainAct::ReleaseLicence { .. } => drop(organization.users.remove("ana@firm.example")),
        // These edges are there or not: there is no third value.
        PlainAct::SetDefault { .. } | PlainAct::AddContact(_) | PlainAct::RemoveContact(_) => return false,
    }
    true
}

#[test]
fn what_has_become_something_else_is_neither_open_nor_done() {
    for act in acts() {
        let mut organization = organization();
        if make_something_else(&act, &mut organization) {
            assert_eq!(look_for_steps(&steps([act.clone()]), organization), [StepSighting::Other], "{act:?}");
        }
    }
}

#[test]
fn nothing_is_seen_of_a_step_whose_section_was_not_read() {
    let steps = steps(acts());
    let mut seen_by: Vec<BTreeSet<Section>> = vec![BTreeSet::new(); steps.len()];
    for section in Section::ALL {
        let unread = [(section, UnreadReason::Unsupported)].into();
        let found =
            step_sightings(&steps, &Snapshot { live: Live(organization()), unread, ..Snapshot::default() });
        for (sections, found) in seen_by.iter_mut().zip(found) {
            if found == StepSighting::Unread(section, UnreadReason::Unsupported) {
                sections.insert(section);
            }
        }
    }
    assert!(seen_by.iter().all(|sections| !sections.is_empty()), "{seen_by:?}");
    assert_eq!(seen_by[11], [Section::Users, Section::Roles].into());
    assert_eq!(seen_by[16], [Section::Groups].into());
}

/// Three steps of one user: a checkout is ended under the old address, the address changes, and a role is
/// granted under the new address.
fn renaming_steps() -> Vec<Step> {
    let mut steps = steps([
        PlainAct::EndCheckout { user: ana().email, checkout: checkout("cad", "ws-1") },
        PlainAct::UpdateUser { before: ana(), after: ana_reis() },
        PlainAct::GrantRole { user: ana_reis().email, role: role("download") },
    ]);
    steps[2].needs = vec![StepNo(2)];
    steps
}

#[test]
fn steps_before_and_after_a_rename_are_seen_under_either_name() {
    let steps = renaming_steps();
    let mut live = organization();
    assert_eq!(
        look_for_steps(&steps, live.clone()),
        [StepSighting::Open, StepSighting::Open, StepSighting::Open]
    );
    replay_step(&steps[1], &mut live);
    assert_eq!(
        look_for_steps(&steps, live.clone()),
        [StepSighting::Open, StepSighting::Done, StepSighting::Open],
        "only renamed"
    );
    replay_step(&steps[2], &mut live);
    live.users_mut().for_each(|user| user.checkouts = Default::default());
    assert_eq!(look_for_steps(&steps, live), [StepSighting::Done, StepSighting::Done, StepSighting::Done]);
    let mut granted_first = organization();
    granted_first.users_mut().find(|user| user.profile == ana()).unwrap().roles.add(role("download"));
    assert_eq!(
        look_for_steps(&steps, granted_first),
        [StepSighting::Open, StepSighting::Open, StepSighting::Done],
        "the role is hers whatever she is called"
    );
}

#[test]
fn group_is_seen_under_its_new_name_with_its_members_and_list() {
    let steps = steps([
        PlainAct::UpdateGroup {
            before: facts("bridges", GroupKind::Entitlement, ""),
            after: facts("spans", GroupKind::Entitlement, ""),
        },
        PlainAct::Join { user: ana().email, group: group("spans") },
        PlainAct::SetList { group: group("spans"), before: list(&["cad"]), after: list(&["cad", "geo"]) },
    ]);
    let mut live = organization();
    assert_eq!(
        look_for_steps(&steps, live.clone()),
        [StepSighting::Open, StepSighting::Open, StepSighting::Open]
    );
    for step in &steps[..2] {
        replay_step(step, &mut live);
    }
    assert_eq!(look_for_steps(&steps, live), [StepSighting::Done, StepSighting::Done, StepSighting::Open]);
}

#[test]
fn list_that_grows_and_shrinks_is_seen_at_each_of_its_values() {
    let grow =
        PlainAct::SetList { group: group("bridges"), before: list(&["cad"]), after: list(&["cad", "geo"]) };
    let shrink =
        PlainAct::SetList { group: group("bridges"), before: list(&["cad", "geo"]), after: list(&["geo"]) };
    let mut steps = steps([grow, shrink]);
    steps[1].needs = vec![StepNo(1)];
    let mut live = organization();
    for expected in [
        [StepSighting::Open, StepSighting::Open],
        [StepSighting::Done, StepSighting::Open],
        [StepSighting::Done, StepSighting::Done],
    ] {
        live.groups.get_mut("bridges").unwrap().products = match expected {
            [StepSighting::Open, _] => list(&["cad"]),
            [_, StepSighting::Open] => list(&["cad", "geo"]),
            _ => list(&["geo"]),
        };
        assert_eq!(look_for_steps(&steps, live.clone()), expected);
    }
    live.groups.get_mut("bridges").unwrap().products = list(&["road"]);
    assert_eq!(look_for_steps(&steps, live), [StepSighting::Other, StepSighting::Other]);
}

#[test]
fn setting_that_another_needs_is_not_seen_as_done_with_it() {
    let (open, closed) = (Some(AccessSetting::Everyone), Some(AccessSetting::Nobody));
    let set = |area, before, after| PlainAct::SetRestriction { product: product("cad"), area, before, after };
    let portugal = Area::Country(country("PT"));
    let mut steps = steps([set(Area::Everywhere, closed, open), set(portugal, None, closed)]);
    steps[1].needs = vec![StepNo(1)];
    let mut live = organization();
    live.restrictions.insert((product("cad"), portugal), AccessSetting::Nobody);
    assert_eq!(look_for_steps(&steps, live), [StepSighting::Other, StepSighting::Done]);
}

#[test]
fn whoever_is_gone_under_another_name_is_not_gone() {
    let mut steps =
        steps([PlainAct::RevokeRole { user: ana().email, role: role("beta") }, PlainAct::RemoveUser(ana())]);
    let id = LiveId::new("user-1").unwrap();
    steps.iter_mut().for_each(|step| step.identities = vec![Identity::User(ana().email, id.clone())]);
    steps[1].needs = vec![StepNo(1)];
    let mut live = organization();
    let mut her = User::clone(&live.users.remove("ana@firm.example").unwrap());
    assert_eq!(
        look_for_steps(&steps, live.clone()),
        [StepSighting::Done, StepSighting::Done],
        "gone with all that was theirs"
    );
    (her.id, her.profile) = (Some(id), ana_reis());
    live.users.insert(her.profile.email.clone(), her.into());
    assert_eq!(
        look_for_steps(&steps, live),
        [StepSighting::Other, StepSighting::Other],
        "renamed by somebody, and still there"
    );
}

#[test]
fn other_person_under_the_name_is_something_else() {
    let mut steps = steps([PlainAct::GrantRole { user: ana().email, role: role("beta") }]);
    steps[0].identities = vec![Identity::User(ana().email, LiveId::new("user-1").unwrap())];
    let mut live = organization();
    live.users_mut().for_each(|user| user.id = Some(LiveId::new("user-2").unwrap()));
    assert_eq!(look_for_steps(&steps, live), [StepSighting::Other], "the role is somebody else's");
}

#[test]
fn kind_of_a_group_that_a_service_cannot_say_is_believed() {
    let steps = steps([PlainAct::CreateGroup(facts("tunnels", GroupKind::Allocation, ""))]);
    let mut live = organization();
    live.groups.insert(group("tunnels"), plain_group("tunnels"));
    assert_eq!(look_for_steps(&steps, live.clone()), [StepSighting::Other]);
    let snapshot =
        Snapshot { live: Live(live), no_place: [DirectoryField::GroupKind].into(), ..Snapshot::default() };
    assert_eq!(step_sightings(&steps, &snapshot), [StepSighting::Done]);
}
