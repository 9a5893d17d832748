//! What a plan leaves alone: things that the policy does not manage, and sections that were not read.

mod catalogues;
mod not_compared;

use seatwise::change::WithheldSubject;
use seatwise::model::{Email, Section, UnreadReason};
use seatwise::policy::{ManageMode, Relation};

use crate::dice::TestDice;
use crate::plain_act::PlainAct;
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
            let (act, groups) = (PlainAct::from(&step.act), &scoped.desired.0.groups);
            let goes_with_its_group =
                matches!(&act, PlainAct::Leave { group, .. } if !groups.contains_key(group));
            for email in users_of(&act) {
                assert!(managed_user(email) || goes_with_its_group, "{:?}", step.act);
            }
            let relation = relation_of(&act);
            let mode = policy.settings.mode(relation);
            let follows = matches!(
                act,
                PlainAct::Leave { .. }
                    | PlainAct::RevokeRole { .. }
                    | PlainAct::SetException { .. }
                    | PlainAct::ReleaseLicence { .. }
            );
            assert!(
                mode != ManageMode::Observe || follows,
                "{:?} although {relation:?} is only observed",
                step.act
            );
        }
    });
}

fn users_of(act: &PlainAct) -> Vec<&Email> {
    match act {
        PlainAct::EndCheckout { user, .. }
        | PlainAct::Approve(user)
        | PlainAct::Unlock(user)
        | PlainAct::Lock { user, .. }
        | PlainAct::Join { user, .. }
        | PlainAct::Leave { user, .. }
        | PlainAct::SwapAllocation { user, .. }
        | PlainAct::GrantRole { user, .. }
        | PlainAct::RevokeRole { user, .. }
        | PlainAct::SetException { user, .. }
        | PlainAct::AssignLicence { user, .. }
        | PlainAct::ReleaseLicence { user, .. } => vec![user],
        PlainAct::Invite(profile) | PlainAct::RemoveUser(profile) => vec![&profile.email],
        PlainAct::UpdateUser { after, .. } => vec![&after.email],
        _ => vec![],
    }
}

fn relation_of(act: &PlainAct) -> Relation {
    match act {
        PlainAct::EndCheckout { .. }
        | PlainAct::Invite(_)
        | PlainAct::Approve(_)
        | PlainAct::Unlock(_)
        | PlainAct::Lock { .. }
        | PlainAct::UpdateUser { .. }
        | PlainAct::RemoveUser(_) => Relation::Users,
        PlainAct::CreateGroup(_)
        | PlainAct::UpdateGroup { .. }
        | PlainAct::SetList { .. }
        | PlainAct::DeleteGroup(_) => Relation::Groups,
        PlainAct::Join { .. } | PlainAct::Leave { .. } | PlainAct::SwapAllocation { .. } => {
            Relation::Memberships
        }
        PlainAct::GrantRole { .. } | PlainAct::RevokeRole { .. } => Relation::Roles,
        PlainAct::SetException { .. } | PlainAct::AssignLicence { .. } | PlainAct::ReleaseLicence { .. } => {
            Relation::Assignments
        }
        PlainAct::SetDefault { .. } | PlainAct::SetRestriction { .. } => Relation::Restrictions,
        PlainAct::SetAlert { .. } => Relation::Alerts,
        PlainAct::AddContact(_) | PlainAct::RemoveContact(_) | PlainAct::ReplaceContact { .. } => {
            Relation::Contacts
        }
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
            let act = PlainAct::from(&step.act);
            let relation = relation_of(&act);
            let touches = match section {
                Section::Users => relation == Relation::Users || !users_of(&act).is_empty(),
                Section::Groups => matches!(relation, Relation::Groups | Relation::Memberships),
                Section::Memberships => relation == Relation::Memberships,
                Section::Roles => relation == Relation::Roles,
                Section::Assignments => relation == Relation::Assignments,
                Section::Restrictions => relation == Relation::Restrictions,
                Section::Alerts => relation == Relation::Alerts,
                Section::Contacts => relation == Relation::Contacts,
                Section::Checkouts => matches!(act, PlainAct::EndCheckout { .. }),
                Section::Contracts => false,
            };
            assert!(!touches, "{section:?} was not read, and yet {:?}", step.act);
        }
    });
}
