//! Acts and differences in words.

use super::{ChangeMark, MarkedText, Phrase, area_name, minute, role_words};
use crate::change::{Change, Edit, WithheldSubject};
use crate::model::{
    AccessSetting, Alert, Area, Contact, FlatSet, GroupFacts, MergeSide, ProductId, Profile, Section,
    UserException, UserState,
};
use crate::plan::Act;

fn phrase(mark: ChangeMark, kind: &'static str, subject: MarkedText, what: MarkedText) -> Phrase {
    Phrase { mark, kind, subject, what }
}

fn name_words(name: impl std::fmt::Display) -> MarkedText {
    MarkedText::default().name(name)
}

/// What a step does.
pub fn act_phrase(act: &Act) -> Phrase {
    use ChangeMark::{Create, Remove, Update};
    match act {
        Act::EndCheckout { user, checkout } => {
            let what = MarkedText::new("end the checkout of ")
                .name(&checkout.product)
                .say(" on ")
                .name(&checkout.machine);
            phrase(
                Remove,
                "checkout",
                name_words(user),
                what.say(format!(", which runs to {}", minute(checkout.expires))),
            )
        }
        Act::CreateGroup(facts) => phrase(Create, "group", name_words(&facts.name), creation_words(facts)),
        Act::Invite(profile) => {
            phrase(Create, "user", name_words(&profile.email), MarkedText::new("invite ").say_person(profile))
        }
        Act::Approve(user) => {
            phrase(Create, "user", name_words(user), MarkedText::new("approve the request to join"))
        }
        Act::Unlock(user) => phrase(Update, "user", name_words(user), MarkedText::new("unlock")),
        Act::Lock { user, before: _ } => phrase(
            Update,
            "user",
            name_words(user),
            MarkedText::new("lock the account (access and usage do not end)"),
        ),
        Act::UpdateUser { before, after } => {
            phrase(Update, "user", name_words(&before.email), profile_changes(before, after))
        }
        Act::UpdateGroup { before, after } => {
            phrase(Update, "group", name_words(&before.name), group_changes(before, after))
        }
        Act::Join { user, group } => {
            phrase(Create, "membership", name_words(user), MarkedText::new("joins group ").name(group))
        }
        Act::Leave { user, group } => {
            phrase(Remove, "membership", name_words(user), MarkedText::new("leaves group ").name(group))
        }
        Act::SwapAllocation { user, from, to } => phrase(
            Update,
            "membership",
            name_words(user),
            MarkedText::new("allocation group ").say_change(from, to),
        ),
        Act::GrantRole { user, role: id } => phrase(Create, "role", name_words(user), role_words(id)),
        Act::RevokeRole { user, role: id } => phrase(Remove, "role", name_words(user), role_words(id)),
        Act::SetException { user, product, before, after } => {
            exception_phrase(name_words(user), product, *before, *after)
        }
        Act::AssignLicence { user, product } => phrase(
            Create,
            "licence",
            name_words(user),
            name_words(product).say(", by name (free to move for 24 h, then locked for 30 days)"),
        ),
        Act::ReleaseLicence { user, product } => phrase(
            Remove,
            "licence",
            name_words(user),
            name_words(product).say(", by name (further use goes into the pool)"),
        ),
        Act::SetList { group, before, after } => {
            phrase(Update, "group", name_words(group), list_changes(before, after))
        }
        Act::SetDefault { country, before, after } => {
            // A country has a default whether it is stated or not, so it never comes or goes.
            let what = setting_change(*before, *after, "everyone")
                .say(" (for products without a setting of their own)");
            phrase(Update, "default", MarkedText::new(country.to_string()), what)
        }
        Act::SetRestriction { product, area, before, after } => {
            let what = setting_change(*before, *after, "not set");
            let what = match after {
                Some(AccessSetting::Nobody) => {
                    what.say(" (only an assignment or a group list lets somebody start it)")
                }
                Some(AccessSetting::Everyone) | None => what,
            };
            phrase(mark_of(before, after), "restriction", restriction_subject(product, *area), what)
        }
        Act::SetAlert { product, country, before, after } => {
            let mark = mark_of(before, after);
            phrase(
                mark,
                "alert",
                name_words(product).say(format!(" in {country}")),
                alert_change(*before, *after),
            )
        }
        Act::AddContact(contact) => {
            phrase(Create, "contact", name_words(&contact.email), contact_words(contact))
        }
        Act::RemoveContact(contact) => {
            phrase(Remove, "contact", name_words(&contact.email), contact_words(contact))
        }
        Act::ReplaceContact { from, to } => {
            let what = MarkedText::new("replaced by ").name(&to.email).say(format!(", {}", contact_area(to)));
            phrase(Update, "contact", name_words(&from.email), what)
        }
        Act::RemoveUser(profile) => {
            phrase(Remove, "user", name_words(&profile.email), MarkedText::new("remove ").say_person(profile))
        }
        Act::DeleteGroup(facts) => {
            phrase(Remove, "group", name_words(&facts.name), MarkedText::new("delete"))
        }
    }
}

/// What is withheld.
pub fn withheld_phrase(held: &WithheldSubject) -> Phrase {
    match held {
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

/// What differs: in the words of the act that would end the difference.
pub fn change_phrase(change: &Change) -> Phrase {
    match change {
        Change::User { user, edit } => match edit {
            Edit::Create(profile) => act_phrase(&Act::Invite(profile.clone())),
            Edit::Update { before, after } => {
                act_phrase(&Act::UpdateUser { before: before.clone(), after: after.clone() })
            }
            Edit::Delete(profile) => {
                Phrase { subject: name_words(user), ..act_phrase(&Act::RemoveUser(profile.clone())) }
            }
        },
        Change::State { user, before, after } => match (before, after) {
            (UserState::Pending, UserState::Active | UserState::Invited) => {
                act_phrase(&Act::Approve(user.clone()))
            }
            (UserState::Locked, UserState::Active) => act_phrase(&Act::Unlock(user.clone())),
            (_, UserState::Locked) => act_phrase(&Act::Lock { user: user.clone(), before: *before }),
            (_, UserState::Pending | UserState::Invited | UserState::Active) => phrase(
                ChangeMark::Update,
                "user",
                name_words(user),
                MarkedText::new(format!("{} → {}", before.as_str(), after.as_str())),
            ),
        },
        Change::Group { group, edit } => match edit {
            Edit::Create(facts) => act_phrase(&Act::CreateGroup(facts.clone())),
            Edit::Update { before, after } => {
                act_phrase(&Act::UpdateGroup { before: before.clone(), after: after.clone() })
            }
            Edit::Delete(facts) => {
                Phrase { subject: name_words(group), ..act_phrase(&Act::DeleteGroup(facts.clone())) }
            }
        },
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
        Change::Contact { edit } => match edit {
            Edit::Create(contact) => act_phrase(&Act::AddContact(contact.clone())),
            Edit::Update { before, after } => {
                act_phrase(&Act::ReplaceContact { from: before.clone(), to: after.clone() })
            }
            Edit::Delete(contact) => act_phrase(&Act::RemoveContact(contact.clone())),
        },
    }
}

fn is_created(edit: &Edit<()>) -> bool {
    edit.after().is_some()
}

fn mark_of<T>(before: &Option<T>, after: &Option<T>) -> ChangeMark {
    match (before, after) {
        (None, _) => ChangeMark::Create,
        (Some(_), Some(_)) => ChangeMark::Update,
        (Some(_), None) => ChangeMark::Remove,
    }
}

impl MarkedText {
    fn say_person(self, profile: &Profile) -> Self {
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

fn profile_changes(before: &Profile, after: &Profile) -> MarkedText {
    let text = |what: &str, before: &str, after: &str| {
        if before == after {
            MarkedText::default()
        } else {
            MarkedText::new(format!("{what} ")).say_change(before, after)
        }
    };
    let country = |country: Option<crate::model::CountryCode>| {
        country.map_or_else(|| "none".to_owned(), |country| country.to_string())
    };
    text("address", before.email.as_str(), after.email.as_str())
        .join(text("first name", &before.first_name, &after.first_name))
        .join(text("last name", &before.last_name, &after.last_name))
        .join(text("country", before.country.as_str(), after.country.as_str()))
        .join(text(
            "entitlement country",
            &country(before.entitlement_country),
            &country(after.entitlement_country),
        ))
}

fn group_changes(before: &GroupFacts, after: &GroupFacts) -> MarkedText {
    let country = |country: Option<crate::model::CountryCode>| {
        country.map_or_else(|| "all".to_owned(), |country| country.to_string())
    };
    let mut words = MarkedText::default();
    if before.name != after.name {
        words = words.join(MarkedText::new("name ").say_change(&before.name, &after.name));
    }
    if before.kind != after.kind {
        words =
            words.join(MarkedText::new(format!("kind {} → {}", before.kind.as_str(), after.kind.as_str())));
    }
    if before.country != after.country {
        words = words.join(MarkedText::new(format!(
            "country {} → {}",
            country(before.country),
            country(after.country)
        )));
    }
    if before.description != after.description {
        words = words
            .join(MarkedText::new("description ").say_rewording(&before.description, &after.description));
    }
    words
}

fn creation_words(facts: &GroupFacts) -> MarkedText {
    let words = MarkedText::new(format!("create, {}", facts.kind.as_str()));
    let words = facts
        .country
        .map_or_else(|| words.clone(), |country| words.clone().say(format!(", only for {country}")));
    if facts.description.is_empty() { words } else { words.say(": ").name(&facts.description) }
}

fn list_changes(before: &FlatSet<ProductId>, after: &FlatSet<ProductId>) -> MarkedText {
    let only_left = before
        .merge(after)
        .filter(|(_, side)| matches!(side, MergeSide::Left(_)))
        .map(|(product, _)| product);
    let only_right = before
        .merge(after)
        .filter(|(_, side)| matches!(side, MergeSide::Right(_)))
        .map(|(product, _)| product);
    let (gone, come): (Vec<_>, Vec<_>) = (only_left.collect(), only_right.collect());
    let mut words = MarkedText::default();
    if !come.is_empty() {
        words = words.join(MarkedText::new("list adds ").names(come));
    }
    if !gone.is_empty() {
        words = words.join(MarkedText::new("list drops ").names(gone));
    }
    match (before.is_empty(), after.is_empty()) {
        (true, false) => words.join(MarkedText::new("first product on the list: all others are denied")),
        (false, true) => words.join(MarkedText::new("the list is empty now and no longer counts")),
        (true, true) | (false, false) => words,
    }
}

fn exception_phrase(
    subject: MarkedText,
    product: &ProductId,
    before: Option<UserException>,
    after: Option<UserException>,
) -> Phrase {
    let (mark, kind) = match (before, after) {
        (None | Some(UserException::Allow), Some(UserException::Allow)) => (ChangeMark::Create, "assignment"),
        (None | Some(UserException::Deny), Some(UserException::Deny)) => (ChangeMark::Create, "deny"),
        (Some(UserException::Allow), None) => (ChangeMark::Remove, "assignment"),
        (Some(UserException::Deny), None) => (ChangeMark::Remove, "deny"),
        (None, None) => (ChangeMark::Update, "assignment"),
        (Some(UserException::Deny), Some(UserException::Allow)) => {
            return phrase(
                ChangeMark::Update,
                "assignment",
                subject,
                name_words(product).say(": denied → assigned"),
            );
        }
        (Some(UserException::Allow), Some(UserException::Deny)) => {
            return phrase(
                ChangeMark::Update,
                "assignment",
                subject,
                name_words(product).say(": assigned → denied"),
            );
        }
    };
    phrase(mark, kind, subject, name_words(product))
}

fn setting_change(before: Option<AccessSetting>, after: Option<AccessSetting>, unset: &str) -> MarkedText {
    let say = |setting: Option<AccessSetting>| match setting {
        None => unset.to_owned(),
        Some(AccessSetting::Everyone) => "everyone".to_owned(),
        Some(AccessSetting::Nobody) => "closed".to_owned(),
    };
    MarkedText::new(format!("{} → {}", say(before), say(after)))
}

fn restriction_subject(product: &ProductId, place: Area) -> MarkedText {
    match place {
        Area::Everywhere => name_words(product),
        Area::Country(country) => name_words(product).say(format!(" in {country}")),
    }
}

fn alert_change(before: Option<Alert>, after: Option<Alert>) -> MarkedText {
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
    MarkedText::new(format!("{} → {} (it tells, and never blocks)", say(before), say(after)))
}

fn contact_area(contact: &Contact) -> String {
    match contact.area {
        Area::Everywhere => "global".to_owned(),
        Area::Country(_) => format!("for {}", area_name(contact.area)),
    }
}

fn contact_words(contact: &Contact) -> MarkedText {
    MarkedText::new(format!("gets renewals and invoices, {}", contact_area(contact)))
}
