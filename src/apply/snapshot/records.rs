//! The lines of a snapshot's file, and their construction from the model. [`reader`] turns them back into the
//! model.

pub(super) mod reader;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    Alert, Area, Checkout, Contract, CountryCode, Date, Email, Group, GroupFacts, Live, Organization,
    OrganizationFacts, OwnedLicences, Product, ProductId, Profile, Snapshot, Timestamp, UnreadReason, User,
    UserException,
};

/// The version of this format.
pub(super) const FORMAT: u32 = 1;

type SnapshotText<'a> = Cow<'a, str>;

fn borrow_text<T: AsRef<str> + ?Sized>(text: &T) -> SnapshotText<'_> {
    Cow::Borrowed(text.as_ref())
}

/// The part of the first line that is read first, to check the format before the rest is parsed.
#[derive(Deserialize)]
pub(super) struct SnapshotFormatRecord {
    pub(super) format: u32,
}

/// The first line: everything but the users.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotHeadRecord<'a> {
    format: u32,
    pub(super) users: usize,
    requests: u32,
    federated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acting: Option<SnapshotText<'a>>,
    /// The reason why a section was not read; `null` for a section that the connector never can read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unread: BTreeMap<SnapshotText<'a>, Option<SnapshotText<'a>>>,
    products: BTreeMap<SnapshotText<'a>, SnapshotProductRecord<'a>>,
    contracts: Vec<SnapshotContractRecord<'a>>,
    groups: BTreeMap<SnapshotText<'a>, SnapshotGroupRecord<'a>>,
    defaults: BTreeMap<SnapshotText<'a>, SnapshotText<'a>>,
    /// Product, country (`null` for everywhere), setting.
    restrictions: Vec<(SnapshotText<'a>, Option<SnapshotText<'a>>, SnapshotText<'a>)>,
    alerts: Vec<SnapshotAlertRecord<'a>>,
    /// Address, country (`null` for everywhere).
    contacts: Vec<(SnapshotText<'a>, Option<SnapshotText<'a>>)>,
}

/// A product of the catalogue.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotProductRecord<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feature: Option<SnapshotText<'a>>,
    name: SnapshotText<'a>,
    licence: SnapshotText<'a>,
    /// Amount and currency, written as in a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list_price: Option<SnapshotText<'a>>,
}

/// A contract and the licences that it covers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotContractRecord<'a> {
    name: SnapshotText<'a>,
    kind: SnapshotText<'a>,
    country: SnapshotText<'a>,
    /// An exact decimal.
    revenue: SnapshotText<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Date>,
    /// By product: the owned quantity, or `null` for use that is unlimited but not owned.
    owned: BTreeMap<SnapshotText<'a>, Option<u32>>,
}

/// A group with its product list.
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

/// An alert threshold.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotAlertRecord<'a> {
    product: SnapshotText<'a>,
    country: SnapshotText<'a>,
    above: u32,
    sign_in_required: bool,
}

/// Each line after the first: one user.
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
    /// Product, time of the assignment (`null` where the time is unknown).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    licences: Vec<(SnapshotText<'a>, Option<Timestamp>)>,
    /// Product, machine, expiry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checkouts: Vec<(SnapshotText<'a>, SnapshotText<'a>, Timestamp)>,
}

impl<'a> SnapshotHeadRecord<'a> {
    /// Borrows everything but the users from `snapshot`.
    pub(super) fn from_snapshot(snapshot: &'a Snapshot) -> Self {
        // Undoing a run needs no terms from before the run, so `past` is left out.
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
    /// Borrows one user, who is filed under `key`.
    pub(super) fn from_user(key: &'a Email, user: &'a User) -> Self {
        let User { id, profile, state, roles, groups, exceptions, licences, checkouts } = user;
        let Profile { email, first_name, last_name, country, entitlement_country } = profile;
        let excepted_products = |exception| {
            exceptions
                .iter()
                .filter(move |(_, known)| **known == exception)
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
            allowed: excepted_products(UserException::Allow),
            denied: excepted_products(UserException::Deny),
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
