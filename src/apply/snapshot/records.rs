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

type SnapshotText<'a> = Cow<'a, str>;

fn borrow_text<T: AsRef<str> + ?Sized>(text: &T) -> SnapshotText<'_> {
    Cow::Borrowed(text.as_ref())
}

/// What is read of the first line before the rest of it is believed.
#[derive(Deserialize)]
pub(super) struct SnapshotFormatRecord {
    pub(super) format: u32,
}

/// Everything but the users.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotHeadRecord<'a> {
    format: u32,
    pub(super) users: usize,
    requests: u32,
    federated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acting: Option<SnapshotText<'a>>,
    /// Why a section was not read; `null` for one that never can be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unread: BTreeMap<SnapshotText<'a>, Option<SnapshotText<'a>>>,
    products: BTreeMap<SnapshotText<'a>, SnapshotProductRecord<'a>>,
    contracts: Vec<SnapshotContractRecord<'a>>,
    groups: BTreeMap<SnapshotText<'a>, SnapshotGroupRecord<'a>>,
    defaults: BTreeMap<SnapshotText<'a>, SnapshotText<'a>>,
    /// Product, country (none for everywhere), setting.
    restrictions: Vec<(SnapshotText<'a>, Option<SnapshotText<'a>>, SnapshotText<'a>)>,
    alerts: Vec<SnapshotAlertRecord<'a>>,
    /// Address, country (none for everywhere).
    contacts: Vec<(SnapshotText<'a>, Option<SnapshotText<'a>>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotProductRecord<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feature: Option<SnapshotText<'a>>,
    name: SnapshotText<'a>,
    licence: SnapshotText<'a>,
    /// Amount and currency, as in a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list_price: Option<SnapshotText<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotContractRecord<'a> {
    name: SnapshotText<'a>,
    kind: SnapshotText<'a>,
    country: SnapshotText<'a>,
    /// Exact decimal.
    revenue: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Date>,
    /// A number, or `null` for unlimited but not owned.
    owned: BTreeMap<SnapshotText<'a>, Option<u32>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotGroupRecord<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<SnapshotText<'a>>,
    name: SnapshotText<'a>,
    kind: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<SnapshotText<'a>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    description: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    products: Vec<SnapshotText<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotAlertRecord<'a> {
    product: SnapshotText<'a>,
    country: SnapshotText<'a>,
    above: u32,
    sign_in_required: bool,
}

/// One user.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotUserRecord<'a> {
    key: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<SnapshotText<'a>>,
    email: SnapshotText<'a>,
    first_name: SnapshotText<'a>,
    last_name: SnapshotText<'a>,
    country: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entitlement_country: Option<SnapshotText<'a>>,
    state: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<SnapshotText<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<SnapshotText<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<SnapshotText<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    denied: Vec<SnapshotText<'a>>,
    /// Product, time of the assignment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    licences: Vec<(SnapshotText<'a>, Option<Timestamp>)>,
    /// Product, machine, expiry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checkouts: Vec<(SnapshotText<'a>, SnapshotText<'a>, Timestamp)>,
}

impl<'a> SnapshotHeadRecord<'a> {
    pub(super) fn from_snapshot(snapshot: &'a Snapshot) -> Self {
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
            acting: acting.as_ref().map(|acting| borrow_text(acting.as_str())),
            unread: unread
                .iter()
                .map(|(section, why)| (borrow_text(section.as_str()), failure_text(why)))
                .collect(),
            products: products
                .iter()
                .map(|(id, product)| (borrow_text(id.as_str()), SnapshotProductRecord::from_product(product)))
                .collect(),
            contracts: contracts.iter().map(SnapshotContractRecord::from_contract).collect(),
            groups: groups
                .iter()
                .map(|(key, group)| (borrow_text(key.as_str()), SnapshotGroupRecord::from_group(group)))
                .collect(),
            defaults: defaults
                .iter()
                .map(|(country, setting)| (borrow_text(country.as_str()), borrow_text(setting.as_str())))
                .collect(),
            restrictions: restrictions
                .iter()
                .map(|((id, at), setting)| {
                    (borrow_text(id.as_str()), area_country(at), borrow_text(setting.as_str()))
                })
                .collect(),
            alerts: alerts
                .iter()
                .map(|((product, country), alert)| SnapshotAlertRecord::from_alert(product, country, *alert))
                .collect(),
            contacts: contacts
                .iter()
                .map(|contact| (borrow_text(contact.email.as_str()), area_country(&contact.area)))
                .collect(),
        }
    }
}

fn failure_text(why: &UnreadReason) -> Option<SnapshotText<'_>> {
    match why {
        UnreadReason::Unsupported => None,
        UnreadReason::Failed(how) => Some(borrow_text(how)),
    }
}

fn area_country(area: &Area) -> Option<SnapshotText<'_>> {
    match area {
        Area::Everywhere => None,
        Area::Country(country) => Some(borrow_text(country.as_str())),
    }
}

impl<'a> SnapshotProductRecord<'a> {
    fn from_product(product: &'a Product) -> Self {
        let Product { number, feature, name, licence, list_price } = product;
        Self {
            number: *number,
            feature: feature.as_ref().map(borrow_text),
            name: borrow_text(name),
            licence: borrow_text(licence.as_str()),
            list_price: list_price.as_ref().map(|price| price.to_string().into()),
        }
    }
}

impl<'a> SnapshotContractRecord<'a> {
    fn from_contract(contract: &'a Contract) -> Self {
        let Contract { name, kind, country, revenue, expires, owned } = contract;
        let quantity = |owned: &OwnedLicences| match owned {
            OwnedLicences::Quantity(quantity) => Some(*quantity),
            OwnedLicences::Unlimited => None,
        };
        Self {
            name: borrow_text(name),
            kind: borrow_text(kind),
            country: borrow_text(country.as_str()),
            revenue: revenue.to_string().into(),
            expires: *expires,
            owned: owned
                .iter()
                .map(|(product, owned)| (borrow_text(product.as_str()), quantity(owned)))
                .collect(),
        }
    }
}

impl<'a> SnapshotGroupRecord<'a> {
    fn from_group(group: &'a Group) -> Self {
        let Group { id, facts: GroupFacts { name, kind, country, description }, products } = group;
        Self {
            id: id.as_ref().map(|id| borrow_text(id.as_str())),
            name: borrow_text(name.as_str()),
            kind: borrow_text(kind.as_str()),
            country: country.as_ref().map(|country| borrow_text(country.as_str())),
            description: borrow_text(description),
            products: products.keys().map(|product| borrow_text(product.as_str())).collect(),
        }
    }
}

impl<'a> SnapshotAlertRecord<'a> {
    fn from_alert(product: &'a ProductId, country: &'a CountryCode, alert: Alert) -> Self {
        let Alert { above, sign_in_required } = alert;
        Self {
            product: borrow_text(product.as_str()),
            country: borrow_text(country.as_str()),
            above,
            sign_in_required,
        }
    }
}

impl<'a> SnapshotUserRecord<'a> {
    pub(super) fn from_user(key: &'a Email, user: &'a User) -> Self {
        let User { id, profile, state, roles, groups, exceptions, licences, checkouts } = user;
        let Profile { email, first_name, last_name, country, entitlement_country } = profile;
        let excepted = |as_is| {
            exceptions
                .iter()
                .filter(move |(_, how)| **how == as_is)
                .map(|(product, _)| borrow_text(product.as_str()))
                .collect()
        };
        Self {
            key: borrow_text(key.as_str()),
            id: id.as_ref().map(|id| borrow_text(id.as_str())),
            email: borrow_text(email.as_str()),
            first_name: borrow_text(first_name),
            last_name: borrow_text(last_name),
            country: borrow_text(country.as_str()),
            entitlement_country: entitlement_country.as_ref().map(|country| borrow_text(country.as_str())),
            state: borrow_text(state.as_str()),
            roles: roles.keys().map(|role| borrow_text(role.as_str())).collect(),
            groups: groups.keys().map(|group| borrow_text(group.as_str())).collect(),
            allowed: excepted(UserException::Allow),
            denied: excepted(UserException::Deny),
            licences: licences
                .iter()
                .map(|(product, licence)| (borrow_text(product.as_str()), licence.assigned))
                .collect(),
            checkouts: checkouts
                .keys()
                .map(|Checkout { product, machine, expires }| {
                    (borrow_text(product.as_str()), borrow_text(machine), *expires)
                })
                .collect(),
        }
    }
}

/// Makes the model of lines, sharing names.
pub(super) struct SnapshotReader<'n>(pub(super) &'n Interner);

type SnapshotResult<T> = Result<T, SnapshotError>;

fn check_name<T>(text: &str, made: Result<T, NameError>) -> SnapshotResult<T> {
    made.map_err(|source| SnapshotError::Name { text: text.into(), source })
}

fn parse_word<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> SnapshotResult<T> {
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| SnapshotError::Word(text.into()))
}

fn parse_country(text: &str) -> SnapshotResult<CountryCode> {
    check_name(text, CountryCode::parse_reported(text))
}

fn parse_setting(text: &str) -> SnapshotResult<AccessSetting> {
    parse_word(text, &[AccessSetting::Everyone, AccessSetting::Nobody], AccessSetting::as_str)
}

fn read_area(text: Option<&SnapshotText<'_>>) -> SnapshotResult<Area> {
    text.map_or(Ok(Area::Everywhere), |text| parse_country(text).map(Area::Country))
}

fn parse_value<T: std::str::FromStr>(text: &str) -> SnapshotResult<T> {
    text.parse().map_err(|_| SnapshotError::Word(text.into()))
}

impl SnapshotReader<'_> {
    fn email(&self, text: &str) -> SnapshotResult<Email> {
        check_name(text, Email::parse(text, self.0))
    }

    fn product_id(&self, text: &str) -> SnapshotResult<ProductId> {
        check_name(text, ProductId::parse(text, self.0))
    }

    fn group_name(&self, text: &str) -> SnapshotResult<GroupName> {
        check_name(text, GroupName::parse(text, self.0))
    }

    fn live_id(&self, text: Option<&SnapshotText<'_>>) -> SnapshotResult<Option<LiveId>> {
        text.map(|text| check_name(text, LiveId::new(text))).transpose()
    }

    fn text(&self, text: &str) -> Text {
        self.0.text(text)
    }

    fn product_set(&self, list: &[SnapshotText<'_>]) -> SnapshotResult<FlatSet<ProductId>> {
        list.iter().map(|product| self.product_id(product)).collect()
    }

    pub(super) fn snapshot_without_users(&self, head: SnapshotHeadRecord<'_>) -> SnapshotResult<Snapshot> {
        let live = Organization {
            users: BTreeMap::new(),
            groups: head
                .groups
                .iter()
                .map(|(key, entry)| Ok((self.group_name(key)?, self.group(entry)?)))
                .collect::<SnapshotResult<_>>()?,
            defaults: head
                .defaults
                .iter()
                .map(|(key, value)| Ok((parse_country(key)?, parse_setting(value)?)))
                .collect::<SnapshotResult<_>>()?,
            restrictions: head
                .restrictions
                .iter()
                .map(|entry| self.restriction(entry))
                .collect::<SnapshotResult<_>>()?,
            alerts: head.alerts.iter().map(|entry| self.alert(entry)).collect::<SnapshotResult<_>>()?,
            contacts: head
                .contacts
                .iter()
                .map(|(email, at)| self.contact(email, at.as_ref()))
                .collect::<SnapshotResult<_>>()?,
        };
        let facts = OrganizationFacts {
            products: head
                .products
                .iter()
                .map(|(id, entry)| Ok((self.product_id(id)?, self.catalogue_product(entry)?)))
                .collect::<SnapshotResult<_>>()?,
            contracts: head
                .contracts
                .iter()
                .map(|entry| self.contract(entry))
                .collect::<SnapshotResult<_>>()?,
            federated: head.federated,
            acting: head.acting.map(|acting| self.email(&acting)).transpose()?,
            past: PastTerms::default(),
        };
        let unread = head
            .unread
            .iter()
            .map(|(section, why)| self.unread_section(section, why.as_ref()))
            .collect::<SnapshotResult<_>>()?;
        // What there is no place for was never planned, so nothing of it has to be gone back to.
        Ok(Snapshot { live: Live(live), facts, unread, requests: head.requests, ..Snapshot::default() })
    }

    fn unread_section(
        &self,
        section: &str,
        why: Option<&SnapshotText<'_>>,
    ) -> SnapshotResult<(Section, UnreadReason)> {
        let why = why.map_or(UnreadReason::Unsupported, |why| UnreadReason::Failed(self.text(why)));
        Ok((parse_word(section, &Section::ALL, Section::as_str)?, why))
    }

    fn catalogue_product(&self, entry: &SnapshotProductRecord<'_>) -> SnapshotResult<Product> {
        Ok(Product {
            number: entry.number,
            feature: entry.feature.as_ref().map(|feature| self.text(feature)),
            name: self.text(&entry.name),
            licence: parse_word(
                &entry.licence,
                &[LicenceKind::Pooled, LicenceKind::Named],
                LicenceKind::as_str,
            )?,
            list_price: entry.list_price.as_deref().map(parse_value).transpose()?,
        })
    }

    fn contract(&self, entry: &SnapshotContractRecord<'_>) -> SnapshotResult<Contract> {
        let owned = entry.owned.iter().map(|(product, quantity)| {
            Ok((
                self.product_id(product)?,
                quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity),
            ))
        });
        Ok(Contract {
            name: self.text(&entry.name),
            kind: self.text(&entry.kind),
            country: parse_country(&entry.country)?,
            revenue: parse_value(&entry.revenue)?,
            expires: entry.expires,
            owned: owned.collect::<SnapshotResult<_>>()?,
        })
    }

    fn group(&self, entry: &SnapshotGroupRecord<'_>) -> SnapshotResult<Group> {
        let facts = GroupFacts {
            name: self.group_name(&entry.name)?,
            kind: parse_word(
                &entry.kind,
                &[GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other],
                GroupKind::as_str,
            )?,
            country: entry.country.as_deref().map(parse_country).transpose()?,
            description: self.text(&entry.description),
        };
        Ok(Group {
            id: self.live_id(entry.id.as_ref())?,
            facts,
            products: self.product_set(&entry.products)?,
        })
    }

    fn restriction(
        &self,
        (product, at, how): &(SnapshotText<'_>, Option<SnapshotText<'_>>, SnapshotText<'_>),
    ) -> SnapshotResult<((ProductId, Area), AccessSetting)> {
        Ok(((self.product_id(product)?, read_area(at.as_ref())?), parse_setting(how)?))
    }

    fn alert(&self, entry: &SnapshotAlertRecord<'_>) -> SnapshotResult<((ProductId, CountryCode), Alert)> {
        let alert = Alert { above: entry.above, sign_in_required: entry.sign_in_required };
        Ok(((self.product_id(&entry.product)?, parse_country(&entry.country)?), alert))
    }

    fn contact(&self, email: &str, at: Option<&SnapshotText<'_>>) -> SnapshotResult<Contact> {
        Ok(Contact { email: self.email(email)?, area: read_area(at)? })
    }

    pub(super) fn user(&self, line: SnapshotUserRecord<'_>) -> SnapshotResult<(Email, User)> {
        let profile = Profile {
            email: self.email(&line.email)?,
            first_name: self.text(&line.first_name),
            last_name: self.text(&line.last_name),
            country: parse_country(&line.country)?,
            entitlement_country: line.entitlement_country.as_deref().map(parse_country).transpose()?,
        };
        let excepted = |list: &[SnapshotText<'_>], how| {
            list.iter()
                .map(|product| Ok((self.product_id(product)?, how)))
                .collect::<SnapshotResult<Vec<_>>>()
        };
        let exceptions =
            [excepted(&line.allowed, UserException::Allow)?, excepted(&line.denied, UserException::Deny)?];
        let checkout = |(product, machine, expires): &(SnapshotText<'_>, SnapshotText<'_>, Timestamp)| {
            Ok(Checkout {
                product: self.product_id(product)?,
                machine: self.text(machine),
                expires: *expires,
            })
        };
        let user = User {
            id: self.live_id(line.id.as_ref())?,
            profile,
            state: parse_word(
                &line.state,
                &[UserState::Pending, UserState::Invited, UserState::Active, UserState::Locked],
                UserState::as_str,
            )?,
            roles: line
                .roles
                .iter()
                .map(|role| check_name(role, RoleId::parse(role, self.0)))
                .collect::<SnapshotResult<_>>()?,
            groups: line.groups.iter().map(|group| self.group_name(group)).collect::<SnapshotResult<_>>()?,
            exceptions: exceptions.into_iter().flatten().collect(),
            licences: line
                .licences
                .iter()
                .map(|(id, assigned)| Ok((self.product_id(id)?, Licence { assigned: *assigned })))
                .collect::<SnapshotResult<_>>()?,
            checkouts: line.checkouts.iter().map(checkout).collect::<SnapshotResult<_>>()?,
        };
        Ok((self.email(&line.key)?, user))
    }
}
