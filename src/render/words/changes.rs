//! Describes differences, withheld differences, and the acts that end them, in words.

use super::{ChangeMark, MarkedText, Phrase, area_name, minute, role_words};
use crate::change::{Change, Edit, WithheldSubject};
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Email, FlatSet, GroupFacts, GroupName,
    MergeSide, PassingName, ProductId, Profile, Section, UserException, UserState,
};
use crate::object::profile::ProfileField;
use crate::plan::Act;

/// Puts a phrase together.
pub(super) fn phrase(mark: ChangeMark, kind: &'static str, subject: MarkedText, what: MarkedText) -> Phrase {
    Phrase { mark, kind, subject, what }
}

/// Returns a sentence that is only a name.
pub(super) fn name_words(name: impl std::fmt::Display) -> MarkedText {
    MarkedText::default().name(name)
}

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

/// Describes what a step does.
pub fn act_phrase(act: &Act) -> Phrase {
    match act {
        Act::Change(change) => change_phrase(change),
        Act::SwapAllocation { user, from, to } => {
            let what = MarkedText::new("allocation group ").say_change(from, to);
            phrase(ChangeMark::Update, "membership", name_words(user), what)
        }
        Act::SetList { group, before, after } => {
            phrase(ChangeMark::Update, "group", name_words(group), list_changes(before, after))
        }
    }
}

/// Describes a difference in the words of the act that would end it.
pub fn change_phrase(change: &Change) -> Phrase {
    match change {
        Change::User { user, edit } => user_change_phrase(user, edit),
        Change::State { user, before, after } => state_change_phrase(user, *before, *after),
        Change::Group { group, edit } => group_change_phrase(group, edit),
        Change::Membership { group, user, edit } => {
            let verb = if edit.after().is_some() { "joins group " } else { "leaves group " };
            phrase(mark_of(edit), "membership", name_words(user), MarkedText::new(verb).name(group))
        }
        Change::Role { user, role: id, edit } => {
            phrase(mark_of(edit), "role", name_words(user), role_words(id))
        }
        Change::Exception { user, product, edit } => exception_phrase(user, product, edit),
        Change::Licence { user, product, edit } => {
            let what = name_words(product).say(match edit.after() {
                Some(()) => ", by name (free to move for 24 h, then locked for 30 days)",
                None => ", by name (further use goes into the pool)",
            });
            phrase(mark_of(edit), "licence", name_words(user), what)
        }
        Change::Checkout { user, checkout } => checkout_phrase(user, checkout),
        Change::Listing { group, product, edit } => {
            let verb = if edit.after().is_some() { "list adds " } else { "list drops " };
            phrase(ChangeMark::Update, "group", name_words(group), MarkedText::new(verb).name(product))
        }
        Change::Default { country, edit } => default_phrase(*country, edit),
        Change::Restriction { product, area, edit } => restriction_phrase(product, *area, edit),
        Change::Alert { product, country, edit } => alert_phrase(product, *country, edit),
        Change::Contact { edit } => contact_change_phrase(edit),
    }
}

fn user_change_phrase(user: &Email, edit: &Edit<Profile>) -> Phrase {
    let (subject, what) = match edit {
        Edit::Create(profile) => (&profile.email, MarkedText::new("invite ").say_person(profile)),
        Edit::Update { before, after } => (&before.email, profile_changes(before, after)),
        Edit::Delete(profile) => (user, MarkedText::new("remove ").say_person(profile)),
    };
    phrase(mark_of(edit), "user", name_words(subject), what)
}

fn state_change_phrase(user: &Email, before: UserState, after: UserState) -> Phrase {
    let (mark, what) = match (before, after) {
        (UserState::Pending, UserState::Active | UserState::Invited) => {
            (ChangeMark::Create, "approve the request to join".to_owned())
        }
        (UserState::Locked, UserState::Active) => (ChangeMark::Update, "unlock".to_owned()),
        (_, UserState::Locked) => {
            (ChangeMark::Update, "lock the account (access and usage do not end)".to_owned())
        }
        (_, UserState::Pending | UserState::Invited | UserState::Active) => {
            (ChangeMark::Update, format!("{} → {}", before.as_str(), after.as_str()))
        }
    };
    phrase(mark, "user", name_words(user), MarkedText::new(what))
}

fn group_change_phrase(group: &GroupName, edit: &Edit<GroupFacts>) -> Phrase {
    let (subject, what) = match edit {
        Edit::Create(facts) => (&facts.name, creation_words(facts)),
        Edit::Update { before, after } => (&before.name, group_changes(before, after)),
        Edit::Delete(_) => (group, MarkedText::new("delete")),
    };
    phrase(mark_of(edit), "group", name_words(subject), what)
}

fn checkout_phrase(user: &Email, checkout: &Checkout) -> Phrase {
    let what = MarkedText::new("end the checkout of ")
        .name(&checkout.product)
        .say(" on ")
        .name(&checkout.machine)
        .say(format!(", which runs to {}", minute(checkout.expires)));
    phrase(ChangeMark::Remove, "checkout", name_words(user), what)
}

fn default_phrase(country: CountryCode, edit: &Edit<AccessSetting>) -> Phrase {
    // Every country has a default, stated or not, so a default is never created or removed.
    let what = setting_change(edit, "everyone").say(" (for products without a setting of their own)");
    phrase(ChangeMark::Update, "default", MarkedText::new(country.to_string()), what)
}

fn restriction_phrase(product: &ProductId, area: Area, edit: &Edit<AccessSetting>) -> Phrase {
    let what = setting_change(edit, "not set");
    let what = match edit.after() {
        Some(AccessSetting::Nobody) => {
            what.say(" (only an assignment or a group list lets somebody start it)")
        }
        Some(AccessSetting::Everyone) | None => what,
    };
    phrase(mark_of(edit), "restriction", restriction_subject(product, area), what)
}

fn alert_phrase(product: &ProductId, country: CountryCode, edit: &Edit<Alert>) -> Phrase {
    let subject = name_words(product).say(format!(" in {country}"));
    phrase(mark_of(edit), "alert", subject, alert_change(edit))
}

fn contact_change_phrase(edit: &Edit<Contact>) -> Phrase {
    let (subject, what) = match edit {
        Edit::Create(contact) | Edit::Delete(contact) => {
            (contact, MarkedText::new(format!("gets renewals and invoices, {}", contact_area(contact))))
        }
        Edit::Update { before, after } => {
            let what = MarkedText::new("replaced by ").name(&after.email);
            (before, what.say(format!(", {}", contact_area(after))))
        }
    };
    phrase(mark_of(edit), "contact", name_words(&subject.email), what)
}

fn mark_of<T>(edit: &Edit<T>) -> ChangeMark {
    match edit {
        Edit::Create(_) => ChangeMark::Create,
        Edit::Update { .. } => ChangeMark::Update,
        Edit::Delete(_) => ChangeMark::Remove,
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
    let changed = ProfileField::ALL.into_iter().filter(|field| field.differs(before, after));
    let said = changed.map(|field| {
        let text = |profile| field.text(profile).unwrap_or("none");
        MarkedText::new(format!("{} ", field.noun())).say_change(text(before), text(after))
    });
    let steps_aside = before.email.passing_name().is_some_and(|aside| aside == after.email);
    let aside = steps_aside.then(|| MarkedText::new("for a moment, as addresses are exchanged"));
    said.chain(aside).fold(MarkedText::default(), MarkedText::join)
}

fn group_changes(before: &GroupFacts, after: &GroupFacts) -> MarkedText {
    let country = |country: Option<CountryCode>| {
        country.map_or_else(|| "none".to_owned(), |country| country.to_string())
    };
    let said = [
        (before.name != after.name).then(|| MarkedText::new("name ").say_change(&before.name, &after.name)),
        (before.kind != after.kind)
            .then(|| MarkedText::new(format!("kind {} → {}", before.kind.as_str(), after.kind.as_str()))),
        (before.country != after.country).then(|| {
            MarkedText::new(format!("country {} → {}", country(before.country), country(after.country)))
        }),
        (before.description != after.description)
            .then(|| description_change(&before.description, &after.description)),
        before
            .name
            .passing_name()
            .is_some_and(|aside| aside == after.name)
            .then(|| MarkedText::new("for a moment, as names are exchanged")),
    ];
    said.into_iter().flatten().fold(MarkedText::default(), MarkedText::join)
}

fn description_change(before: &str, after: &str) -> MarkedText {
    let words = MarkedText::new("description ");
    if after.is_empty() { words.name(before).say(" → none") } else { words.say_rewording(before, after) }
}

fn creation_words(facts: &GroupFacts) -> MarkedText {
    let words = MarkedText::new(format!("create, {}", facts.kind.as_str()));
    let words = facts
        .country
        .map_or_else(|| words.clone(), |country| words.clone().say(format!(", only for {country}")));
    if facts.description.is_empty() { words } else { words.say(": ").name(&facts.description) }
}

fn list_changes(before: &FlatSet<ProductId>, after: &FlatSet<ProductId>) -> MarkedText {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for (product, side) in before.merge(after) {
        match side {
            MergeSide::Left(_) => gone.push(product),
            MergeSide::Right(_) => come.push(product),
            MergeSide::Both(..) => {}
        }
    }
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

fn exception_phrase(user: &Email, product: &ProductId, edit: &Edit<UserException>) -> Phrase {
    let what = name_words(product);
    let (kind, what) = match edit {
        Edit::Create(UserException::Allow) | Edit::Delete(UserException::Allow) => ("assignment", what),
        Edit::Create(UserException::Deny) | Edit::Delete(UserException::Deny) => ("deny", what),
        Edit::Update { after: UserException::Allow, .. } => ("assignment", what.say(": denied → assigned")),
        Edit::Update { after: UserException::Deny, .. } => ("assignment", what.say(": assigned → denied")),
    };
    phrase(mark_of(edit), kind, name_words(user), what)
}

fn setting_change(edit: &Edit<AccessSetting>, unset: &str) -> MarkedText {
    let say = |setting: Option<&AccessSetting>| match setting {
        None => unset.to_owned(),
        Some(AccessSetting::Everyone) => "everyone".to_owned(),
        Some(AccessSetting::Nobody) => "closed".to_owned(),
    };
    MarkedText::new(format!("{} → {}", say(edit.before()), say(edit.after())))
}

fn restriction_subject(product: &ProductId, place: Area) -> MarkedText {
    match place {
        Area::Everywhere => name_words(product),
        Area::Country(country) => name_words(product).say(format!(" in {country}")),
    }
}

fn alert_change(edit: &Edit<Alert>) -> MarkedText {
    let say = |alert: Option<&Alert>| match alert {
        None => "none".to_owned(),
        Some(Alert { above, sign_in_required: true }) => format!("above {above} users, sign-in required"),
        Some(Alert { above, sign_in_required: false }) => format!("above {above} users"),
    };
    MarkedText::new(format!("{} → {} (it tells, and never blocks)", say(edit.before()), say(edit.after())))
}

fn contact_area(contact: &Contact) -> String {
    match contact.area {
        Area::Everywhere => "global".to_owned(),
        Area::Country(_) => format!("for {}", area_name(contact.area)),
    }
}
