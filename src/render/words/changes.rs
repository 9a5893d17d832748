//! Describes differences and withheld differences in words.

use super::acts::{act_phrase, exception_phrase, name_words, phrase};
use super::{ChangeMark, MarkedText, Phrase};
use crate::change::{Change, Edit, WithheldSubject};
use crate::model::{Contact, Email, GroupFacts, GroupName, Profile, Section, UserState};
use crate::plan::Act;

/// Describes a withheld difference, or the differences of a withheld section.
pub fn withheld_phrase(withheld: &WithheldSubject) -> Phrase {
    match withheld {
        WithheldSubject::Change(difference) => change_phrase(difference),
        WithheldSubject::Section(section) => section_phrase(*section),
    }
}

fn section_phrase(section: Section) -> Phrase {
    phrase(
        ChangeMark::Update,
        "section",
        MarkedText::new(section.as_str()),
        MarkedText::new("all differences"),
    )
}

/// Describes a difference in the words of the act that would end it.
pub fn change_phrase(change: &Change) -> Phrase {
    match change {
        Change::User { user, edit } => user_change_phrase(user, edit),
        Change::State { user, before, after } => state_change_phrase(user, *before, *after),
        Change::Group { group, edit } => group_change_phrase(group, edit),
        Change::Membership { group, user, edit } => {
            let (group, user) = (group.clone(), user.clone());
            act_phrase(&if is_created(edit) { Act::Join { user, group } } else { Act::Leave { user, group } })
        }
        Change::Role { user, role, edit } => {
            let (user, role) = (user.clone(), role.clone());
            act_phrase(&if is_created(edit) {
                Act::GrantRole { user, role }
            } else {
                Act::RevokeRole { user, role }
            })
        }
        Change::Exception { user, product, edit } => {
            exception_phrase(name_words(user), product, edit.before().copied(), edit.after().copied())
        }
        Change::Licence { user, product, edit } => {
            let (user, product) = (user.clone(), product.clone());
            act_phrase(&if is_created(edit) {
                Act::AssignLicence { user, product }
            } else {
                Act::ReleaseLicence { user, product }
            })
        }
        Change::Checkout { user, checkout } => {
            act_phrase(&Act::EndCheckout { user: user.clone(), checkout: checkout.clone() })
        }
        Change::Listing { group, product, edit } => {
            let what =
                MarkedText::new(if is_created(edit) { "list adds " } else { "list drops " }).name(product);
            phrase(ChangeMark::Update, "group", name_words(group), what)
        }
        Change::Default { country, edit } => act_phrase(&Act::SetDefault {
            country: *country,
            before: edit.before().copied(),
            after: edit.after().copied(),
        }),
        Change::Restriction { product, area, edit } => {
            let (before, after) = (edit.before().copied(), edit.after().copied());
            act_phrase(&Act::SetRestriction { product: product.clone(), area: *area, before, after })
        }
        Change::Alert { product, country, edit } => {
            let (before, after) = (edit.before().copied(), edit.after().copied());
            act_phrase(&Act::SetAlert { product: product.clone(), country: *country, before, after })
        }
        Change::Contact { edit } => contact_change_phrase(edit),
    }
}

fn user_change_phrase(user: &Email, edit: &Edit<Profile>) -> Phrase {
    match edit {
        Edit::Create(profile) => act_phrase(&Act::Invite(profile.clone())),
        Edit::Update { before, after } => {
            act_phrase(&Act::UpdateUser { before: before.clone(), after: after.clone() })
        }
        Edit::Delete(profile) => {
            Phrase { subject: name_words(user), ..act_phrase(&Act::RemoveUser(profile.clone())) }
        }
    }
}

fn state_change_phrase(user: &Email, before: UserState, after: UserState) -> Phrase {
    match (before, after) {
        (UserState::Pending, UserState::Active | UserState::Invited) => {
            act_phrase(&Act::Approve(user.clone()))
        }
        (UserState::Locked, UserState::Active) => act_phrase(&Act::Unlock(user.clone())),
        (_, UserState::Locked) => act_phrase(&Act::Lock { user: user.clone(), before }),
        (_, UserState::Pending | UserState::Invited | UserState::Active) => phrase(
            ChangeMark::Update,
            "user",
            name_words(user),
            MarkedText::new(format!("{} → {}", before.as_str(), after.as_str())),
        ),
    }
}

fn group_change_phrase(group: &GroupName, edit: &Edit<GroupFacts>) -> Phrase {
    match edit {
        Edit::Create(facts) => act_phrase(&Act::CreateGroup(facts.clone())),
        Edit::Update { before, after } => {
            act_phrase(&Act::UpdateGroup { before: before.clone(), after: after.clone() })
        }
        Edit::Delete(facts) => {
            Phrase { subject: name_words(group), ..act_phrase(&Act::DeleteGroup(facts.clone())) }
        }
    }
}

fn contact_change_phrase(edit: &Edit<Contact>) -> Phrase {
    match edit {
        Edit::Create(contact) => act_phrase(&Act::AddContact(contact.clone())),
        Edit::Update { before, after } => {
            act_phrase(&Act::ReplaceContact { from: before.clone(), to: after.clone() })
        }
        Edit::Delete(contact) => act_phrase(&Act::RemoveContact(contact.clone())),
    }
}

fn is_created(edit: &Edit<()>) -> bool {
    edit.after().is_some()
}
