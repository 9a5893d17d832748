//! Acts and differences in words.

use super::{Mark, Phrase, Words, area, minute, role};
use crate::change::{Change, Edit, WithheldSubject};
use crate::model::{
    AccessSetting, Alert, Area, Contact, FlatSet, GroupFacts, MergeSide, ProductId, Profile, Section,
    UserException, UserState,
};
use crate::plan::Act;

fn phrase(mark: Mark, kind: &'static str, subject: Words, what: Words) -> Phrase {
    Phrase { mark, kind, subject, what }
}

fn named(name: impl std::fmt::Display) -> Words {
    Words::default().name(name)
}

/// What a step does.
pub fn act(act: &Act) -> Phrase {
    use Mark::{Create, Remove, Update};
    match act {
        Act::EndCheckout { user, checkout } => {
            let what = Words::new("end the checkout of ")
                .name(&checkout.product)
                .say(" on ")
                .name(&checkout.machine);
            phrase(
                Remove,
                "checkout",
                named(user),
                what.say(format!(", which runs to {}", minute(checkout.expires))),
            )
        }
        Act::CreateGroup(facts) => phrase(Create, "group", named(&facts.name), created(facts)),
        Act::Invite(profile) => {
            phrase(Create, "user", named(&profile.email), Words::new("invite ").and_person(profile))
        }
        Act::Approve(user) => phrase(Create, "user", named(user), Words::new("approve the request to join")),
        Act::Unlock(user) => phrase(Update, "user", named(user), Words::new("unlock")),
        Act::Lock { user, before: _ } => {
            phrase(Update, "user", named(user), Words::new("lock the account (access and usage do not end)"))
        }
        Act::UpdateUser { before, after } => {
            phrase(Update, "user", named(&before.email), profile(before, after))
        }
        Act::UpdateGroup { before, after } => {
            phrase(Update, "group", named(&before.name), facts(before, after))
        }
        Act::Join { user, group } => {
            phrase(Create, "membership", named(user), Words::new("joins group ").name(group))
        }
        Act::Leave { user, group } => {
            phrase(Remove, "membership", named(user), Words::new("leaves group ").name(group))
        }
        Act::SwapAllocation { user, from, to } => {
            phrase(Update, "membership", named(user), Words::new("allocation group ").turned(from, to))
        }
        Act::GrantRole { user, role: id } => phrase(Create, "role", named(user), role(id)),
        Act::RevokeRole { user, role: id } => phrase(Remove, "role", named(user), role(id)),
        Act::SetException { user, product, before, after } => {
            exception(named(user), product, *before, *after)
        }
        Act::AssignLicence { user, product } => phrase(
            Create,
            "licence",
            named(user),
            named(product).say(", by name (free to move for 24 h, then locked for 30 days)"),
        ),
        Act::ReleaseLicence { user, product } => phrase(
            Remove,
            "licence",
            named(user),
            named(product).say(", by name (further use goes into the pool)"),
        ),
        Act::SetList { group, before, after } => phrase(Update, "group", named(group), listed(before, after)),
        Act::SetDefault { country, before, after } => {
            // A country has a default whether it is stated or not, so it never comes or goes.
            let what =
                setting(*before, *after, "everyone").say(" (for products without a setting of their own)");
            phrase(Update, "default", Words::new(country.to_string()), what)
        }
        Act::SetRestriction { product, area, before, after } => {
            let what = setting(*before, *after, "not set");
            let what = match after {
                Some(AccessSetting::Nobody) => {
                    what.say(" (only an assignment or a group list lets somebody start it)")
                }
                Some(AccessSetting::Everyone) | None => what,
            };
            phrase(mark_of(before, after), "restriction", restricted(product, *area), what)
        }
        Act::SetAlert { product, country, before, after } => {
            let mark = mark_of(before, after);
            phrase(mark, "alert", named(product).say(format!(" in {country}")), alert(*before, *after))
        }
        Act::AddContact(contact) => phrase(Create, "contact", named(&contact.email), responsible(contact)),
        Act::RemoveContact(contact) => phrase(Remove, "contact", named(&contact.email), responsible(contact)),
        Act::ReplaceContact { from, to } => {
            let what = Words::new("replaced by ").name(&to.email).say(format!(", {}", contact_area(to)));
            phrase(Update, "contact", named(&from.email), what)
        }
        Act::RemoveUser(profile) => {
            phrase(Remove, "user", named(&profile.email), Words::new("remove ").and_person(profile))
        }
        Act::DeleteGroup(facts) => phrase(Remove, "group", named(&facts.name), Words::new("delete")),
    }
}

/// What is withheld.
pub fn held(held: &WithheldSubject) -> Phrase {
    match held {
        WithheldSubject::Change(difference) => change(difference),
        WithheldSubject::Section(section) => section_held(*section),
    }
}

fn section_held(section: Section) -> Phrase {
    phrase(Mark::Update, "section", Words::new(section.as_str()), Words::new("all differences"))
}

/// What differs: in the words of the act that would end the difference.
pub fn change(change: &Change) -> Phrase {
    match change {
        Change::User { user, edit } => match edit {
            Edit::Create(profile) => act(&Act::Invite(profile.clone())),
            Edit::Update { before, after } => {
                act(&Act::UpdateUser { before: before.clone(), after: after.clone() })
            }
            Edit::Delete(profile) => {
                Phrase { subject: named(user), ..act(&Act::RemoveUser(profile.clone())) }
            }
        },
        Change::State { user, before, after } => match (before, after) {
            (UserState::Pending, UserState::Active | UserState::Invited) => act(&Act::Approve(user.clone())),
            (UserState::Locked, UserState::Active) => act(&Act::Unlock(user.clone())),
            (_, UserState::Locked) => act(&Act::Lock { user: user.clone(), before: *before }),
            (_, UserState::Pending | UserState::Invited | UserState::Active) => phrase(
                Mark::Update,
                "user",
                named(user),
                Words::new(format!("{} → {}", before.as_str(), after.as_str())),
            ),
        },
        Change::Group { group, edit } => match edit {
            Edit::Create(facts) => act(&Act::CreateGroup(facts.clone())),
            Edit::Update { before, after } => {
                act(&Act::UpdateGroup { before: before.clone(), after: after.clone() })
            }
            Edit::Delete(facts) => Phrase { subject: named(group), ..act(&Act::DeleteGroup(facts.clone())) },
        },
        Change::Membership { group, user, edit } => {
            let (group, user) = (group.clone(), user.clone());
            act(&if comes(edit) { Act::Join { user, group } } else { Act::Leave { user, group } })
        }
        Change::Role { user, role, edit } => {
            let (user, role) = (user.clone(), role.clone());
            act(&if comes(edit) { Act::GrantRole { user, role } } else { Act::RevokeRole { user, role } })
        }
        Change::Exception { user, product, edit } => {
            exception(named(user), product, edit.before().copied(), edit.after().copied())
        }
        Change::Licence { user, product, edit } => {
            let (user, product) = (user.clone(), product.clone());
            act(&if comes(edit) {
                Act::AssignLicence { user, product }
            } else {
                Act::ReleaseLicence { user, product }
            })
        }
        Change::Checkout { user, checkout } => {
            act(&Act::EndCheckout { user: user.clone(), checkout: checkout.clone() })
        }
        Change::Listing { group, product, edit } => {
            let what = Words::new(if comes(edit) { "list adds " } else { "list drops " }).name(product);
            phrase(Mark::Update, "group", named(group), what)
        }
        Change::Default { country, edit } => act(&Act::SetDefault {
            country: *country,
            before: edit.before().copied(),
            after: edit.after().copied(),
        }),
        Change::Restriction { product, area, edit } => {
            let (before, after) = (edit.before().copied(), edit.after().copied());
            act(&Act::SetRestriction { product: product.clone(), area: *area, before, after })
        }
        Change::Alert { product, country, edit } => {
            let (before, after) = (edit.before().copied(), edit.after().copied());
            act(&Act::SetAlert { product: product.clone(), country: *country, before, after })
        }
        Change::Contact { edit } => match edit {
            Edit::Create(contact) => act(&Act::AddContact(contact.clone())),
            Edit::Update { before, after } => {
                act(&Act::ReplaceContact { from: before.clone(), to: after.clone() })
            }
            Edit::Delete(contact) => act(&Act::RemoveContact(contact.clone())),
        },
    }
}

fn comes(edit: &Edit<()>) -> bool {
    edit.after().is_some()
}

fn mark_of<T>(before: &Option<T>, after: &Option<T>) -> Mark {
    match (before, after) {
        (None, _) => Mark::Create,
        (Some(_), Some(_)) => Mark::Update,
        (Some(_), None) => Mark::Remove,
    }
}

impl Words {
    fn and_person(self, profile: &Profile) -> Self {
        let words = self
            .name(format!("{} {}", profile.first_name, profile.last_name).trim())
            .say(format!(" ({})", profile.country));
        match profile.entitlement_country {
            Some(country) if country != profile.country => {
                words.say(format!(", entitlement country {country}"))
            }
            Some(_) | None => words,
        }
    }
}

fn profile(before: &Profile, after: &Profile) -> Words {
    let text = |what: &str, before: &str, after: &str| {
        if before == after { Words::default() } else { Words::new(format!("{what} ")).turned(before, after) }
    };
    let country = |country: Option<crate::model::CountryCode>| {
        country.map_or_else(|| "none".to_owned(), |country| country.to_string())
    };
    text("address", before.email.as_str(), after.email.as_str())
        .and(text("first name", &before.first_name, &after.first_name))
        .and(text("last name", &before.last_name, &after.last_name))
        .and(text("country", before.country.as_str(), after.country.as_str()))
        .and(text(
            "entitlement country",
            &country(before.entitlement_country),
            &country(after.entitlement_country),
        ))
}

fn facts(before: &GroupFacts, after: &GroupFacts) -> Words {
    let country = |country: Option<crate::model::CountryCode>| {
        country.map_or_else(|| "all".to_owned(), |country| country.to_string())
    };
    let mut words = Words::default();
    if before.name != after.name {
        words = words.and(Words::new("name ").turned(&before.name, &after.name));
    }
    if before.kind != after.kind {
        words = words.and(Words::new(format!("kind {} → {}", before.kind.as_str(), after.kind.as_str())));
    }
    if before.country != after.country {
        words = words.and(Words::new(format!(
            "country {} → {}",
            country(before.country),
            country(after.country)
        )));
    }
    if before.description != after.description {
        words = words.and(Words::new("description ").reworded(&before.description, &after.description));
    }
    words
}

fn created(facts: &GroupFacts) -> Words {
    let words = Words::new(format!("create, {}", facts.kind.as_str()));
    let words = facts
        .country
        .map_or_else(|| words.clone(), |country| words.clone().say(format!(", only for {country}")));
    if facts.description.is_empty() { words } else { words.say(": ").name(&facts.description) }
}

fn listed(before: &FlatSet<ProductId>, after: &FlatSet<ProductId>) -> Words {
    let only_left = before
        .merge(after)
        .filter(|(_, side)| matches!(side, MergeSide::Left(_)))
        .map(|(product, _)| product);
    let only_right = before
        .merge(after)
        .filter(|(_, side)| matches!(side, MergeSide::Right(_)))
        .map(|(product, _)| product);
    let (gone, come): (Vec<_>, Vec<_>) = (only_left.collect(), only_right.collect());
    let mut words = Words::default();
    if !come.is_empty() {
        words = words.and(Words::new("list adds ").names(come));
    }
    if !gone.is_empty() {
        words = words.and(Words::new("list drops ").names(gone));
    }
    match (before.is_empty(), after.is_empty()) {
        (true, false) => words.and(Words::new("first product on the list: all others are denied")),
        (false, true) => words.and(Words::new("the list is empty now and no longer counts")),
        (true, true) | (false, false) => words,
    }
}

fn exception(
    subject: Words,
    product: &ProductId,
    before: Option<UserException>,
    after: Option<UserException>,
) -> Phrase {
    let (mark, kind) = match (before, after) {
        (None | Some(UserException::Allow), Some(UserException::Allow)) => (Mark::Create, "assignment"),
        (None | Some(UserException::Deny), Some(UserException::Deny)) => (Mark::Create, "deny"),
        (Some(UserException::Allow), None) => (Mark::Remove, "assignment"),
        (Some(UserException::Deny), None) => (Mark::Remove, "deny"),
        (None, None) => (Mark::Update, "assignment"),
        (Some(UserException::Deny), Some(UserException::Allow)) => {
            return phrase(Mark::Update, "assignment", subject, named(product).say(": denied → assigned"));
        }
        (Some(UserException::Allow), Some(UserException::Deny)) => {
            return phrase(Mark::Update, "assignment", subject, named(product).say(": assigned → denied"));
        }
    };
    phrase(mark, kind, subject, named(product))
}

fn setting(before: Option<AccessSetting>, after: Option<AccessSetting>, unset: &str) -> Words {
    let say = |setting: Option<AccessSetting>| match setting {
        None => unset.to_owned(),
        Some(AccessSetting::Everyone) => "everyone".to_owned(),
        Some(AccessSetting::Nobody) => "closed".to_owned(),
    };
    Words::new(format!("{} → {}", say(before), say(after)))
}

fn restricted(product: &ProductId, place: Area) -> Words {
    match place {
        Area::Everywhere => named(product),
        Area::Country(country) => named(product).say(format!(" in {country}")),
    }
}

fn alert(before: Option<Alert>, after: Option<Alert>) -> Words {
    let say = |alert: Option<Alert>| {
        alert.map_or_else(
            || "none".to_owned(),
            |alert| {
                format!(
                    "above {} users{}",
                    alert.above,
                    if alert.sign_in_required { ", sign-in required" } else { "" }
                )
            },
        )
    };
    Words::new(format!("{} → {} (it tells, and never blocks)", say(before), say(after)))
}

fn contact_area(contact: &Contact) -> String {
    match contact.area {
        Area::Everywhere => "global".to_owned(),
        Area::Country(_) => format!("for {}", area(contact.area)),
    }
}

fn responsible(contact: &Contact) -> Words {
    Words::new(format!("gets renewals and invoices, {}", contact_area(contact)))
}
