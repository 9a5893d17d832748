//! Describes acts in words.

use super::{ChangeMark, MarkedText, Phrase, area_name, minute, role_words};
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Email, FlatSet, GroupFacts, MergeSide,
    ProductId, Profile, UserException,
};
use crate::plan::Act;

/// Puts a phrase together.
pub(super) fn phrase(mark: ChangeMark, kind: &'static str, subject: MarkedText, what: MarkedText) -> Phrase {
    Phrase { mark, kind, subject, what }
}

/// Returns a sentence that is only a name.
pub(super) fn name_words(name: impl std::fmt::Display) -> MarkedText {
    MarkedText::default().name(name)
}

/// Describes what a step does.
pub fn act_phrase(act: &Act) -> Phrase {
    use ChangeMark::{Create, Remove, Update};
    match act {
        Act::EndCheckout { user, checkout } => checkout_phrase(user, checkout),
        Act::CreateGroup(facts) => phrase(Create, "group", name_words(&facts.name), creation_words(facts)),
        Act::Invite(profile) => person_phrase(Create, "invite ", profile),
        Act::Approve(user) => user_phrase(Create, user, "approve the request to join"),
        Act::Unlock(user) => user_phrase(Update, user, "unlock"),
        Act::Lock { user, before: _ } => {
            user_phrase(Update, user, "lock the account (access and usage do not end)")
        }
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
        Act::SwapAllocation { user, from, to } => {
            let what = MarkedText::new("allocation group ").say_change(from, to);
            phrase(Update, "membership", name_words(user), what)
        }
        Act::GrantRole { user, role: id } => phrase(Create, "role", name_words(user), role_words(id)),
        Act::RevokeRole { user, role: id } => phrase(Remove, "role", name_words(user), role_words(id)),
        Act::SetException { user, product, before, after } => {
            exception_phrase(name_words(user), product, *before, *after)
        }
        Act::AssignLicence { user, product } => {
            let what = name_words(product).say(", by name (free to move for 24 h, then locked for 30 days)");
            phrase(Create, "licence", name_words(user), what)
        }
        Act::ReleaseLicence { user, product } => {
            let what = name_words(product).say(", by name (further use goes into the pool)");
            phrase(Remove, "licence", name_words(user), what)
        }
        Act::SetList { group, before, after } => {
            phrase(Update, "group", name_words(group), list_changes(before, after))
        }
        Act::SetDefault { country, before, after } => default_phrase(*country, *before, *after),
        Act::SetRestriction { product, area, before, after } => {
            restriction_phrase(product, *area, *before, *after)
        }
        Act::SetAlert { product, country, before, after } => alert_phrase(product, *country, *before, *after),
        Act::AddContact(contact) => contact_phrase(Create, contact),
        Act::RemoveContact(contact) => contact_phrase(Remove, contact),
        Act::ReplaceContact { from, to } => contact_replacement_phrase(from, to),
        Act::RemoveUser(profile) => person_phrase(Remove, "remove ", profile),
        Act::DeleteGroup(facts) => {
            phrase(Remove, "group", name_words(&facts.name), MarkedText::new("delete"))
        }
    }
}

fn checkout_phrase(user: &Email, checkout: &Checkout) -> Phrase {
    let what = MarkedText::new("end the checkout of ")
        .name(&checkout.product)
        .say(" on ")
        .name(&checkout.machine)
        .say(format!(", which runs to {}", minute(checkout.expires)));
    phrase(ChangeMark::Remove, "checkout", name_words(user), what)
}

/// Describes an act on a user who already has an account, in seatwise's own words.
fn user_phrase(mark: ChangeMark, user: &Email, what: &str) -> Phrase {
    phrase(mark, "user", name_words(user), MarkedText::new(what))
}

/// Describes an invitation or a removal: `verb`, then the person.
fn person_phrase(mark: ChangeMark, verb: &str, profile: &Profile) -> Phrase {
    phrase(mark, "user", name_words(&profile.email), MarkedText::new(verb).say_person(profile))
}

fn default_phrase(
    country: CountryCode,
    before: Option<AccessSetting>,
    after: Option<AccessSetting>,
) -> Phrase {
    // Every country has a default, stated or not, so a default is never created or removed.
    let what =
        setting_change(before, after, "everyone").say(" (for products without a setting of their own)");
    phrase(ChangeMark::Update, "default", MarkedText::new(country.to_string()), what)
}

fn restriction_phrase(
    product: &ProductId,
    area: Area,
    before: Option<AccessSetting>,
    after: Option<AccessSetting>,
) -> Phrase {
    let what = setting_change(before, after, "not set");
    let what = match after {
        Some(AccessSetting::Nobody) => {
            what.say(" (only an assignment or a group list lets somebody start it)")
        }
        Some(AccessSetting::Everyone) | None => what,
    };
    phrase(mark_of(&before, &after), "restriction", restriction_subject(product, area), what)
}

fn alert_phrase(
    product: &ProductId,
    country: CountryCode,
    before: Option<Alert>,
    after: Option<Alert>,
) -> Phrase {
    let subject = name_words(product).say(format!(" in {country}"));
    phrase(mark_of(&before, &after), "alert", subject, alert_change(before, after))
}

fn contact_phrase(mark: ChangeMark, contact: &Contact) -> Phrase {
    phrase(mark, "contact", name_words(&contact.email), contact_words(contact))
}

fn contact_replacement_phrase(from: &Contact, to: &Contact) -> Phrase {
    let what = MarkedText::new("replaced by ").name(&to.email).say(format!(", {}", contact_area(to)));
    phrase(ChangeMark::Update, "contact", name_words(&from.email), what)
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
    let country = |country: Option<CountryCode>| {
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
    let country = |country: Option<CountryCode>| {
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

/// Describes a change of a user's exception for a product.
pub(super) fn exception_phrase(
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
