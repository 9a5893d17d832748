//! Resolves country defaults, restrictions, alerts and contacts: each is declared once and agrees with the
//! grants.

use std::collections::BTreeMap;

use super::super::conflict::first_wrong_day;
use super::super::document::PolicyDocument;
use super::super::problem::{Problem, ProblemCode};
use super::super::settings::{ManageMode, Relation, Settings};
use super::super::{DaySpan, DeclaredUser, DeclaredValue, Grant, Presence, Restriction};
use super::declarations::Declarations;
use super::groups::ResolvedGroups;
use super::{FoundProblems, PolicyPlace};
use crate::model::{
    AccessSetting, Alert, Area, Contact, CountryCode, Date, Email, FlatMap, MOST_CONTACTS, ProductId,
};

/// What the documents declare beside people, groups and the catalogue.
pub(super) struct DeclaredAccess {
    pub(super) defaults: BTreeMap<CountryCode, DeclaredValue<AccessSetting>>,
    pub(super) restrictions: BTreeMap<(ProductId, Area), DeclaredValue<Restriction>>,
    pub(super) alerts: BTreeMap<(ProductId, CountryCode), DeclaredValue<Alert>>,
    pub(super) contacts: BTreeMap<Contact, PolicyPlace>,
}

/// The people and groups of the policy, whose grants are judged from the day `as_of` on.
#[derive(Clone, Copy)]
pub(super) struct GrantedPeople<'a> {
    pub(super) users: &'a FlatMap<Email, Box<DeclaredUser>>,
    pub(super) groups: &'a ResolvedGroups,
    pub(super) as_of: Date,
}

/// Takes country defaults, restrictions, alerts and contacts out of the documents, and reports those that are
/// repeated or contradict the rest of the policy.
pub(super) fn resolve_access(
    documents: &mut [PolicyDocument],
    declarations: &Declarations<'_>,
    people: GrantedPeople<'_>,
    settings: Option<&Settings>,
    found: &mut FoundProblems,
) -> DeclaredAccess {
    let mut access = DeclaredAccess {
        defaults: BTreeMap::new(),
        restrictions: BTreeMap::new(),
        alerts: BTreeMap::new(),
        contacts: BTreeMap::new(),
    };
    for document in &mut *documents {
        for (country, default) in document.country_defaults.drain(..) {
            insert_once(
                &mut access.defaults,
                country,
                default,
                ProblemCode::DuplicateDefault,
                || format!("{country} has a default already"),
                found,
            );
        }
        for (key, allow) in document.restrictions.drain(..) {
            declarations.judge_products(std::iter::once((&key.0, &allow.place)), found);
            let message = format!("`{}` is restricted {} already", key.0, area_phrase(key.1));
            insert_once(
                &mut access.restrictions,
                key,
                allow,
                ProblemCode::DuplicateRestriction,
                || message,
                found,
            );
        }
        for (key, alert) in document.alerts.drain(..) {
            declarations.judge_products(std::iter::once((&key.0, &alert.place)), found);
            let message = format!("`{}` has an alert in {} already", key.0, key.1);
            insert_once(&mut access.alerts, key, alert, ProblemCode::DuplicateAlert, || message, found);
        }
        for (contact, place) in document.contacts.drain(..) {
            let message = format!("{} is a contact {} already", contact.email, area_phrase(contact.area));
            match access.contacts.get(&contact) {
                Some(first) => {
                    found.report_repeated(ProblemCode::DuplicateContact, place, *first, || message)
                }
                None => {
                    access.contacts.insert(contact, place);
                }
            }
        }
    }
    judge_contacts(documents, &access, settings, found);
    judge_nobody(&access, people, found);
    judge_protected(people.users, settings, found);
    access
}

fn area_phrase(area: Area) -> String {
    match area {
        Area::Everywhere => "everywhere".to_owned(),
        Area::Country(country) => format!("in {country}"),
    }
}

fn insert_once<K: Ord, T>(
    into: &mut BTreeMap<K, DeclaredValue<T>>,
    key: K,
    value: DeclaredValue<T>,
    code: ProblemCode,
    message: impl FnOnce() -> String,
    found: &mut FoundProblems,
) {
    match into.get(&key) {
        Some(first) => found.report_repeated(code, value.place, first.place, message),
        None => {
            into.insert(key, value);
        }
    }
}

fn judge_contacts(
    documents: &[PolicyDocument],
    access: &DeclaredAccess,
    settings: Option<&Settings>,
    found: &mut FoundProblems,
) {
    let mut places: Vec<PolicyPlace> = access.contacts.values().copied().collect();
    places.sort_unstable();
    if let Some(place) = places.get(MOST_CONTACTS).copied() {
        found.add(ProblemCode::TooManyContacts, place, |problem| {
            problem.says(format!("an account has at most {MOST_CONTACTS} contacts, and this is one more"))
        });
    }
    let exact = settings.is_some_and(|settings| settings.mode(Relation::Contacts) == ManageMode::Exact);
    let keys: Vec<(PolicyPlace, usize)> =
        documents.iter().filter_map(|document| document.contacts_key).collect();
    if let (true, Some((place, _)), true) =
        (exact, keys.first().copied(), keys.iter().all(|(_, entries)| *entries == 0))
    {
        found.add(ProblemCode::NoContact, place, |problem| {
            let problem = problem.says("an account needs a contact, and contacts are `exact`");
            problem.help("name one, or remove the key")
        });
    }
}

/// Reports restrictions to `nobody` of products that an assignment or a group list names.
fn judge_nobody(access: &DeclaredAccess, people: GrantedPeople<'_>, found: &mut FoundProblems) {
    let closed: Vec<_> =
        access.restrictions.iter().filter(|(_, allow)| allow.value == Restriction::Nobody).collect();
    if closed.is_empty() {
        return;
    }
    let mut granted: BTreeMap<&ProductId, FirstGrant> =
        closed.iter().map(|((product, _), _)| (product, FirstGrant::default())).collect();
    let present = people.users.iter().map(|(_, user)| user);
    let present = present.filter(|user| user.presence == Presence::Present);
    let assigned = present.filter_map(|user| Some((user.until, user.products.as_ref()?)));
    let listed = people.groups.declared.values().filter_map(|group| Some((None, group.products.as_ref()?)));
    for (until, products) in assigned.chain(listed) {
        let days = DaySpan { first: people.as_of, last: until.unwrap_or(Date::MAX) };
        for (product, grant) in products.iter() {
            if let Some(first) = granted.get_mut(product) {
                first.add(grant, days);
            }
        }
    }
    for ((product, _), allow) in closed {
        let Some(first) = granted.get(product) else { continue };
        let says = |place, words: &str| {
            let message = format!("`{product}` is allowed to nobody, and somebody is granted it{words}");
            move |problem: Problem| {
                problem
                    .says(message)
                    .with_other_place(place, "granted here")
                    .help("write `allow: selected`, or remove the grants")
            }
        };
        let code = ProblemCode::NobodyWithGrants;
        if let Some(place) = first.lasting {
            found.add(code, allow.place, says(place, ""));
        } else if let Some((day, place)) = first.dated {
            found.add_dated(code, allow.place, day, says(place, &format!(" on {day}")));
            if day == people.as_of {
                found.conflicts.products.insert(product.clone());
            }
        }
    }
}

/// The first places that grant a product.
#[derive(Debug, Clone, Copy, Default)]
struct FirstGrant {
    /// The first place without dates.
    lasting: Option<PolicyPlace>,
    /// The place with dates that grants it first, and the day.
    dated: Option<(Date, PolicyPlace)>,
}

impl FirstGrant {
    fn add(&mut self, grant: &Grant, days: DaySpan) {
        let earlier = |place: &Option<PolicyPlace>| place.is_none_or(|first| grant.place < first);
        if !grant.is_dated() {
            if earlier(&self.lasting) {
                self.lasting = Some(grant.place);
            }
        } else if let Some(day) = first_wrong_day(days, [grant], |day| grant.holds_on(day)) {
            let first = (day, grant.place);
            self.dated = Some(self.dated.map_or(first, |known| known.min(first)));
        }
    }
}

fn judge_protected(
    users: &FlatMap<Email, Box<DeclaredUser>>,
    settings: Option<&Settings>,
    found: &mut FoundProblems,
) {
    for email in settings.iter().flat_map(|settings| &settings.guards.protect) {
        if let Some(Presence::Removed(place)) = users.get(email).map(|user| user.presence) {
            found.add(ProblemCode::ProtectedAndRemoved, place, |problem| {
                let message = format!("{email} is to be removed and is protected in `seatwise.yaml`");
                problem.says(message).help("take the address off `guard.protect` first")
            });
        }
    }
}
