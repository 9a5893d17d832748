//! Country defaults, restrictions, alerts, contacts: each once, and in agreement with what is granted.

use std::collections::BTreeMap;

use super::super::document::Document;
use super::super::problem::{Code, Problem};
use super::super::settings::{Mode, Relation, Settings};
use super::super::{Allow, Declared, DeclaredUser, Presence};
use super::declared::Declarations;
use super::groups::Groups;
use super::{Found, Place};
use crate::model::{
    AccessSetting, Alert, Area, Contact, CountryCode, Email, FlatMap, MOST_CONTACTS, ProductId,
};

/// What the documents say beside people, groups and the catalogue.
pub(super) struct Access {
    pub(super) defaults: BTreeMap<CountryCode, Declared<AccessSetting>>,
    pub(super) restrictions: BTreeMap<(ProductId, Area), Declared<Allow>>,
    pub(super) alerts: BTreeMap<(ProductId, CountryCode), Declared<Alert>>,
    pub(super) contacts: BTreeMap<Contact, Place>,
}

pub(super) fn resolve(
    documents: &mut [Document],
    declarations: &Declarations<'_>,
    users: &FlatMap<Email, Box<DeclaredUser>>,
    groups: &Groups,
    settings: Option<&Settings>,
    found: &mut Found,
) -> Access {
    let mut access = Access {
        defaults: BTreeMap::new(),
        restrictions: BTreeMap::new(),
        alerts: BTreeMap::new(),
        contacts: BTreeMap::new(),
    };
    for document in &mut *documents {
        for (country, default) in document.country_defaults.drain(..) {
            once(
                &mut access.defaults,
                country,
                default,
                Code::DuplicateDefault,
                || format!("{country} has a default already"),
                found,
            );
        }
        for (key, allow) in document.restrictions.drain(..) {
            declarations.judge_products(std::iter::once((&key.0, &allow.place)), found);
            let message = format!("`{}` is restricted {} already", key.0, within(key.1));
            once(&mut access.restrictions, key, allow, Code::DuplicateRestriction, || message, found);
        }
        for (key, alert) in document.alerts.drain(..) {
            declarations.judge_products(std::iter::once((&key.0, &alert.place)), found);
            let message = format!("`{}` has an alert in {} already", key.0, key.1);
            once(&mut access.alerts, key, alert, Code::DuplicateAlert, || message, found);
        }
        for (contact, place) in document.contacts.drain(..) {
            let message = format!("{} is a contact {} already", contact.email, within(contact.area));
            match access.contacts.get(&contact) {
                Some(first) => found.repeated(Code::DuplicateContact, place, *first, || message),
                None => {
                    access.contacts.insert(contact, place);
                }
            }
        }
    }
    judge_contacts(documents, &access, settings, found);
    judge_nobody(&access, users, groups, found);
    judge_protected(users, settings, found);
    access
}

fn within(area: Area) -> String {
    match area {
        Area::Everywhere => "everywhere".to_owned(),
        Area::Country(country) => format!("in {country}"),
    }
}

fn once<K: Ord, T>(
    into: &mut BTreeMap<K, Declared<T>>,
    key: K,
    value: Declared<T>,
    code: Code,
    message: impl FnOnce() -> String,
    found: &mut Found,
) {
    match into.get(&key) {
        Some(first) => found.repeated(code, value.place, first.place, message),
        None => {
            into.insert(key, value);
        }
    }
}

fn judge_contacts(documents: &[Document], access: &Access, settings: Option<&Settings>, found: &mut Found) {
    let mut places: Vec<Place> = access.contacts.values().copied().collect();
    places.sort_unstable();
    if let Some(place) = places.get(MOST_CONTACTS).copied() {
        found.add(Code::TooManyContacts, place, || {
            Problem::new(
                Code::TooManyContacts,
                place,
                format!("an account has at most {MOST_CONTACTS} contacts, and this is one more"),
            )
        });
    }
    let exact = settings.is_some_and(|settings| settings.mode(Relation::Contacts) == Mode::Exact);
    let keys: Vec<(Place, usize)> = documents.iter().filter_map(|document| document.contacts_key).collect();
    if let (true, Some((place, _)), true) =
        (exact, keys.first().copied(), keys.iter().all(|(_, entries)| *entries == 0))
    {
        found.add(Code::NoContact, place, || {
            let problem =
                Problem::new(Code::NoContact, place, "an account needs a contact, and contacts are `exact`");
            problem.help("name one, or remove the key")
        });
    }
}

/// `nobody` says that no assignment and no list names the product.
fn judge_nobody(
    access: &Access,
    users: &FlatMap<Email, Box<DeclaredUser>>,
    groups: &Groups,
    found: &mut Found,
) {
    let closed: Vec<_> =
        access.restrictions.iter().filter(|(_, allow)| allow.value == Allow::Nobody).collect();
    if closed.is_empty() {
        return;
    }
    let mut granted: BTreeMap<&ProductId, Place> =
        closed.iter().map(|((product, _), _)| (product, NOWHERE)).collect();
    let assigned = users
        .iter()
        .map(|(_, user)| user)
        .filter(|user| user.presence == Presence::Present)
        .filter_map(|user| user.products.as_ref());
    let listed = groups.declared.values().filter_map(|group| group.products.as_ref());
    for (product, grant) in
        assigned.chain(listed).flat_map(|products| products.iter()).filter(|(_, grant)| grant.holds())
    {
        if let Some(first) = granted.get_mut(product) {
            *first = grant.place.min(*first);
        }
    }
    for ((product, _), allow) in closed {
        let Some(grant) = granted.get(product).copied().filter(|place| *place != NOWHERE) else { continue };
        found.add(Code::NobodyWithGrants, allow.place, || {
            let message = format!("`{product}` is allowed to nobody, and somebody is granted it");
            Problem::new(Code::NobodyWithGrants, allow.place, message)
                .also(grant, "granted here")
                .help("write `allow: selected`, or remove the grants")
        });
    }
}

/// After every place there is.
const NOWHERE: Place = Place { file: u16::MAX, len: 0, start: u32::MAX };

fn judge_protected(
    users: &FlatMap<Email, Box<DeclaredUser>>,
    settings: Option<&Settings>,
    found: &mut Found,
) {
    for email in settings.iter().flat_map(|settings| &settings.guards.protect) {
        if let Some(Presence::Removed(place)) = users.get(email).map(|user| user.presence) {
            found.add(Code::ProtectedAndRemoved, place, || {
                let message = format!("{email} is to be removed and is protected in `seatwise.yaml`");
                Problem::new(Code::ProtectedAndRemoved, place, message)
                    .help("take the address off `guard.protect` first")
            });
        }
    }
}
