//! The lines of a snapshot's file, and the way to and from the model.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SnapshotError;
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, Contract, CountryCode, Date, Email, FlatSet, Group,
    GroupFacts, GroupKind, GroupName, Interner, Licence, LicenceKind, Live, LiveId, NameError, Organization,
    OrganizationFacts, OwnedLicences, PastTerms, Product, ProductId, Profile, RoleId, Section, Snapshot,
    Text, Timestamp, UnreadReason, User, UserException, UserState,
};

/// The version of this format.
pub(super) const FORMAT: u32 = 1;

type Word<'a> = Cow<'a, str>;

fn word<T: AsRef<str> + ?Sized>(text: &T) -> Word<'_> {
    Cow::Borrowed(text.as_ref())
}

/// What is read of the first line before the rest of it is believed.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) format: u32,
}

/// Everything but the users.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head<'a> {
    format: u32,
    pub(super) users: usize,
    requests: u32,
    federated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acting: Option<Word<'a>>,
    /// Why a section was not read; `null` for one that never can be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unread: BTreeMap<Word<'a>, Option<Word<'a>>>,
    products: BTreeMap<Word<'a>, ProductEntry<'a>>,
    contracts: Vec<ContractEntry<'a>>,
    groups: BTreeMap<Word<'a>, GroupEntry<'a>>,
    defaults: BTreeMap<Word<'a>, Word<'a>>,
    /// Product, country (none for everywhere), setting.
    restrictions: Vec<(Word<'a>, Option<Word<'a>>, Word<'a>)>,
    alerts: Vec<AlertEntry<'a>>,
    /// Address, country (none for everywhere).
    contacts: Vec<(Word<'a>, Option<Word<'a>>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductEntry<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feature: Option<Word<'a>>,
    name: Word<'a>,
    licence: Word<'a>,
    /// Amount and currency, as in a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list_price: Option<Word<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractEntry<'a> {
    name: Word<'a>,
    kind: Word<'a>,
    country: Word<'a>,
    /// Exact decimal.
    revenue: Word<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Date>,
    /// A number, or `null` for unlimited but not owned.
    owned: BTreeMap<Word<'a>, Option<u32>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupEntry<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Word<'a>>,
    name: Word<'a>,
    kind: Word<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<Word<'a>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    description: Word<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    products: Vec<Word<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertEntry<'a> {
    product: Word<'a>,
    country: Word<'a>,
    above: u32,
    sign_in_required: bool,
}

/// One user.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserLine<'a> {
    key: Word<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Word<'a>>,
    email: Word<'a>,
    first_name: Word<'a>,
    last_name: Word<'a>,
    country: Word<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entitlement_country: Option<Word<'a>>,
    state: Word<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<Word<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Word<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<Word<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    denied: Vec<Word<'a>>,
    /// Product, time of the assignment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    licences: Vec<(Word<'a>, Option<Timestamp>)>,
    /// Product, machine, expiry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checkouts: Vec<(Word<'a>, Word<'a>, Timestamp)>,
}

impl<'a> Head<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        // Undoing a run looks at no time before it.
        let Snapshot {
            live: Live(live),
            facts: OrganizationFacts { products, contracts, federated, acting, past: _ },
            unread,
            no_place: _,
            requests,
        } = snapshot;
        let Organization { users, groups, defaults, restrictions, alerts, contacts } = live;
        Self {
            format: FORMAT,
            users: users.len(),
            requests: *requests,
            federated: *federated,
            acting: acting.as_ref().map(|acting| word(acting.as_str())),
            unread: unread.iter().map(|(section, why)| (word(section.as_str()), because(why))).collect(),
            products: products
                .iter()
                .map(|(id, product)| (word(id.as_str()), ProductEntry::of(product)))
                .collect(),
            contracts: contracts.iter().map(ContractEntry::of).collect(),
            groups: groups.iter().map(|(key, group)| (word(key.as_str()), GroupEntry::of(group))).collect(),
            defaults: defaults
                .iter()
                .map(|(country, setting)| (word(country.as_str()), word(setting.as_str())))
                .collect(),
            restrictions: restrictions
                .iter()
                .map(|((id, at), setting)| (word(id.as_str()), area(at), word(setting.as_str())))
                .collect(),
            alerts: alerts
                .iter()
                .map(|((product, country), alert)| AlertEntry::of(product, country, *alert))
                .collect(),
            contacts: contacts
                .iter()
                .map(|contact| (word(contact.email.as_str()), area(&contact.area)))
                .collect(),
        }
    }
}

fn because(why: &UnreadReason) -> Option<Word<'_>> {
    match why {
        UnreadReason::Unsupported => None,
        UnreadReason::Failed(how) => Some(word(how)),
    }
}

fn area(area: &Area) -> Option<Word<'_>> {
    match area {
        Area::Everywhere => None,
        Area::Country(country) => Some(word(country.as_str())),
    }
}

impl<'a> ProductEntry<'a> {
    fn of(product: &'a Product) -> Self {
        let Product { number, feature, name, licence, list_price } = product;
        Self {
            number: *number,
            feature: feature.as_ref().map(word),
            name: word(name),
            licence: word(licence.as_str()),
            list_price: list_price.as_ref().map(|price| price.to_string().into()),
        }
    }
}

impl<'a> ContractEntry<'a> {
    fn of(contract: &'a Contract) -> Self {
        let Contract { name, kind, country, revenue, expires, owned } = contract;
        let quantity = |owned: &OwnedLicences| match owned {
            OwnedLicences::Quantity(quantity) => Some(*quantity),
            OwnedLicences::Unlimited => None,
        };
        Self {
            name: word(name),
            kind: word(kind),
            country: word(country.as_str()),
            revenue: revenue.to_string().into(),
            expires: *expires,
            owned: owned.iter().map(|(product, owned)| (word(product.as_str()), quantity(owned))).collect(),
        }
    }
}

impl<'a> GroupEntry<'a> {
    fn of(group: &'a Group) -> Self {
        let Group { id, facts: GroupFacts { name, kind, country, description }, products } = group;
        Self {
            id: id.as_ref().map(|id| word(id.as_str())),
            name: word(name.as_str()),
            kind: word(kind.as_str()),
            country: country.as_ref().map(|country| word(country.as_str())),
            description: word(description),
            products: products.keys().map(|product| word(product.as_str())).collect(),
        }
    }
}

impl<'a> AlertEntry<'a> {
    fn of(product: &'a ProductId, country: &'a CountryCode, alert: Alert) -> Self {
        let Alert { above, sign_in_required } = alert;
        Self { product: word(product.as_str()), country: word(country.as_str()), above, sign_in_required }
    }
}

impl<'a> UserLine<'a> {
    pub(super) fn of(key: &'a Email, user: &'a User) -> Self {
        let User { id, profile, state, roles, groups, exceptions, licences, checkouts } = user;
        let Profile { email, first_name, last_name, country, entitlement_country } = profile;
        let excepted = |as_is| {
            exceptions
                .iter()
                .filter(move |(_, how)| **how == as_is)
                .map(|(product, _)| word(product.as_str()))
                .collect()
        };
        Self {
            key: word(key.as_str()),
            id: id.as_ref().map(|id| word(id.as_str())),
            email: word(email.as_str()),
            first_name: word(first_name),
            last_name: word(last_name),
            country: word(country.as_str()),
            entitlement_country: entitlement_country.as_ref().map(|country| word(country.as_str())),
            state: word(state.as_str()),
            roles: roles.keys().map(|role| word(role.as_str())).collect(),
            groups: groups.keys().map(|group| word(group.as_str())).collect(),
            allowed: excepted(UserException::Allow),
            denied: excepted(UserException::Deny),
            licences: licences
                .iter()
                .map(|(product, licence)| (word(product.as_str()), licence.assigned))
                .collect(),
            checkouts: checkouts
                .keys()
                .map(|Checkout { product, machine, expires }| {
                    (word(product.as_str()), word(machine), *expires)
                })
                .collect(),
        }
    }
}

/// Makes the model of lines, sharing names.
pub(super) struct Reader<'n>(pub(super) &'n Interner);

type Read<T> = Result<T, SnapshotError>;

fn named<T>(text: &str, made: Result<T, NameError>) -> Read<T> {
    made.map_err(|source| SnapshotError::Name { text: text.into(), source })
}

fn one_of<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> Read<T> {
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| SnapshotError::Word(text.into()))
}

fn country(text: &str) -> Read<CountryCode> {
    named(text, CountryCode::parse_reported(text))
}

fn setting(text: &str) -> Read<AccessSetting> {
    one_of(text, &[AccessSetting::Everyone, AccessSetting::Nobody], AccessSetting::as_str)
}

fn read_area(text: Option<&Word<'_>>) -> Read<Area> {
    text.map_or(Ok(Area::Everywhere), |text| country(text).map(Area::Country))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Read<T> {
    text.parse().map_err(|_| SnapshotError::Word(text.into()))
}

impl Reader<'_> {
    fn email(&self, text: &str) -> Read<Email> {
        named(text, Email::parse(text, self.0))
    }

    fn product(&self, text: &str) -> Read<ProductId> {
        named(text, ProductId::parse(text, self.0))
    }

    fn group_name(&self, text: &str) -> Read<GroupName> {
        named(text, GroupName::parse(text, self.0))
    }

    fn id(&self, text: Option<&Word<'_>>) -> Read<Option<LiveId>> {
        text.map(|text| named(text, LiveId::new(text))).transpose()
    }

    fn text(&self, text: &str) -> Text {
        self.0.text(text)
    }

    fn products(&self, list: &[Word<'_>]) -> Read<FlatSet<ProductId>> {
        list.iter().map(|product| self.product(product)).collect()
    }

    pub(super) fn head(&self, head: Head<'_>) -> Read<Snapshot> {
        let live = Organization {
            users: BTreeMap::new(),
            groups: head
                .groups
                .iter()
                .map(|(key, entry)| Ok((self.group_name(key)?, self.group(entry)?)))
                .collect::<Read<_>>()?,
            defaults: head
                .defaults
                .iter()
                .map(|(key, value)| Ok((country(key)?, setting(value)?)))
                .collect::<Read<_>>()?,
            restrictions: head
                .restrictions
                .iter()
                .map(|entry| self.restriction(entry))
                .collect::<Read<_>>()?,
            alerts: head.alerts.iter().map(|entry| self.alert(entry)).collect::<Read<_>>()?,
            contacts: head
                .contacts
                .iter()
                .map(|(email, at)| self.contact(email, at.as_ref()))
                .collect::<Read<_>>()?,
        };
        let facts = OrganizationFacts {
            products: head
                .products
                .iter()
                .map(|(id, entry)| Ok((self.product(id)?, self.catalogued(entry)?)))
                .collect::<Read<_>>()?,
            contracts: head.contracts.iter().map(|entry| self.contract(entry)).collect::<Read<_>>()?,
            federated: head.federated,
            acting: head.acting.map(|acting| self.email(&acting)).transpose()?,
            past: PastTerms::default(),
        };
        let unread = head
            .unread
            .iter()
            .map(|(section, why)| self.unread(section, why.as_ref()))
            .collect::<Read<_>>()?;
        // What there is no place for was never planned, so nothing of it has to be gone back to.
        Ok(Snapshot { live: Live(live), facts, unread, requests: head.requests, ..Snapshot::default() })
    }

    fn unread(&self, section: &str, why: Option<&Word<'_>>) -> Read<(Section, UnreadReason)> {
        let why = why.map_or(UnreadReason::Unsupported, |why| UnreadReason::Failed(self.text(why)));
        Ok((one_of(section, &Section::ALL, Section::as_str)?, why))
    }

    fn catalogued(&self, entry: &ProductEntry<'_>) -> Read<Product> {
        Ok(Product {
            number: entry.number,
            feature: entry.feature.as_ref().map(|feature| self.text(feature)),
            name: self.text(&entry.name),
            licence: one_of(&entry.licence, &[LicenceKind::Pooled, LicenceKind::Named], LicenceKind::as_str)?,
            list_price: entry.list_price.as_deref().map(parsed).transpose()?,
        })
    }

    fn contract(&self, entry: &ContractEntry<'_>) -> Read<Contract> {
        let owned = entry.owned.iter().map(|(product, quantity)| {
            Ok((self.product(product)?, quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity)))
        });
        Ok(Contract {
            name: self.text(&entry.name),
            kind: self.text(&entry.kind),
            country: country(&entry.country)?,
            revenue: parsed(&entry.revenue)?,
            expires: entry.expires,
            owned: owned.collect::<Read<_>>()?,
        })
    }

    fn group(&self, entry: &GroupEntry<'_>) -> Read<Group> {
        let facts = GroupFacts {
            name: self.group_name(&entry.name)?,
            kind: one_of(
                &entry.kind,
                &[GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other],
                GroupKind::as_str,
            )?,
            country: entry.country.as_deref().map(country).transpose()?,
            description: self.text(&entry.description),
        };
        Ok(Group { id: self.id(entry.id.as_ref())?, facts, products: self.products(&entry.products)? })
    }

    fn restriction(
        &self,
        (product, at, how): &(Word<'_>, Option<Word<'_>>, Word<'_>),
    ) -> Read<((ProductId, Area), AccessSetting)> {
        Ok(((self.product(product)?, read_area(at.as_ref())?), setting(how)?))
    }

    fn alert(&self, entry: &AlertEntry<'_>) -> Read<((ProductId, CountryCode), Alert)> {
        let alert = Alert { above: entry.above, sign_in_required: entry.sign_in_required };
        Ok(((self.product(&entry.product)?, country(&entry.country)?), alert))
    }

    fn contact(&self, email: &str, at: Option<&Word<'_>>) -> Read<Contact> {
        Ok(Contact { email: self.email(email)?, area: read_area(at)? })
    }

    pub(super) fn user(&self, line: UserLine<'_>) -> Read<(Email, User)> {
        let profile = Profile {
            email: self.email(&line.email)?,
            first_name: self.text(&line.first_name),
            last_name: self.text(&line.last_name),
            country: country(&line.country)?,
            entitlement_country: line.entitlement_country.as_deref().map(country).transpose()?,
        };
        let excepted = |list: &[Word<'_>], how| {
            list.iter().map(|product| Ok((self.product(product)?, how))).collect::<Read<Vec<_>>>()
        };
        let exceptions =
            [excepted(&line.allowed, UserException::Allow)?, excepted(&line.denied, UserException::Deny)?];
        let checkout = |(product, machine, expires): &(Word<'_>, Word<'_>, Timestamp)| {
            Ok(Checkout { product: self.product(product)?, machine: self.text(machine), expires: *expires })
        };
        let user = User {
            id: self.id(line.id.as_ref())?,
            profile,
            state: one_of(
                &line.state,
                &[UserState::Pending, UserState::Invited, UserState::Active, UserState::Locked],
                UserState::as_str,
            )?,
            roles: line
                .roles
                .iter()
                .map(|role| named(role, RoleId::parse(role, self.0)))
                .collect::<Read<_>>()?,
            groups: line.groups.iter().map(|group| self.group_name(group)).collect::<Read<_>>()?,
            exceptions: exceptions.into_iter().flatten().collect(),
            licences: line
                .licences
                .iter()
                .map(|(id, assigned)| Ok((self.product(id)?, Licence { assigned: *assigned })))
                .collect::<Read<_>>()?,
            checkouts: line.checkouts.iter().map(checkout).collect::<Read<_>>()?,
        };
        Ok((self.email(&line.key)?, user))
    }
}
