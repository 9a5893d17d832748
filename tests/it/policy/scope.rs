//! What a plan leaves alone: things that the policy does not manage, and sections that were not read.

use seatwise::change::WithheldSubject;
use seatwise::model::{Email, Section, UnreadReason};
use seatwise::plan::Act;
use seatwise::policy::{ManageMode, Relation};

use crate::dice::TestDice;
use crate::worlds::law::{empty_section, for_each_world, scope_and_plan};

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
        let mut dice = TestDice::new(world.seed ^ 0xb11d);
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
