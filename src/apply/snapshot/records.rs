//! The lines of a snapshot's file, and their conversion from and to the model.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::mirror::{FlatSetRecord, InvalidValue, Mirror, mirror, read_fields};
use crate::format::model_objects::{AreaText, area_text, read_area};
use crate::format::scalar_text::ScalarText;
use crate::model::{
    self, AccessSetting, Alert, Checkout, Contact, CountryCode, Date, Email, FlatMap, Group, GroupFacts,
    GroupKind, GroupName, Interner, Licence, LicenceKind, Live, LiveId, Money, Organization,
    OrganizationFacts, OwnedLicences, PastTerms, ProductId, Profile, RoleId, Section, Snapshot, Text,
    Timestamp, UnreadReason, User, UserException, UserState,
};
use crate::object::profile::map_profile;

/// The version of this format.
pub(super) const FORMAT: u32 = 1;

type ReadResult<T> = Result<T, InvalidValue>;

/// The part of the first line that is read first, to check the format before the rest is parsed.
#[derive(Deserialize)]
pub(super) struct SnapshotFormatRecord {
    pub(super) format: u32,
}

/// The first line: everything but the users.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub(super) struct SnapshotHeadRecord<'a> {
    format: u32,
    pub(super) users: usize,
    requests: u32,
    federated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acting: Option<ScalarText<'a, Email>>,
    /// The reason why a section was not read; `null` for a section that the connector never can read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unread: BTreeMap<ScalarText<'a, Section>, Option<ScalarText<'a, Text>>>,
    products: BTreeMap<ScalarText<'a, ProductId>, SnapshotProductRecord<'a>>,
    contracts: Vec<SnapshotContractRecord<'a>>,
    groups: BTreeMap<ScalarText<'a, GroupName>, SnapshotGroupRecord<'a>>,
    defaults: BTreeMap<ScalarText<'a, CountryCode>, ScalarText<'a, AccessSetting>>,
    /// Product, country (`null` for everywhere), setting.
    restrictions: Vec<(ScalarText<'a, ProductId>, AreaText<'a>, ScalarText<'a, AccessSetting>)>,
    alerts: Vec<SnapshotAlertRecord<'a>>,
    /// Address, country (`null` for everywhere).
    contacts: Vec<(ScalarText<'a, Email>, AreaText<'a>)>,
}

mirror!(
    /// A product of the catalogue.
    struct SnapshotProductRecord<'a> of model::Product {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feature: Option<ScalarText<'a, Text>>,
        name: ScalarText<'a, Text>,
        licence: ScalarText<'a, LicenceKind>,
        /// Amount and currency, written as in a policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list_price: Option<ScalarText<'a, Money>>,
    }
);

mirror!(
    /// A contract and the licences that it covers.
    struct SnapshotContractRecord<'a> of model::Contract {
        name: ScalarText<'a, Text>,
        kind: ScalarText<'a, Text>,
        country: ScalarText<'a, CountryCode>,
        /// An exact decimal.
        revenue: ScalarText<'a, Decimal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        expires: Option<Date>,
        owned: BTreeMap<ScalarText<'a, ProductId>, OwnedLicencesRecord>,
    }
);

/// The owned quantity, or `null` for use that is unlimited but not owned.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct OwnedLicencesRecord(Option<u32>);

impl Mirror<'_> for OwnedLicencesRecord {
    type Core = OwnedLicences;

    fn write(owned: &OwnedLicences) -> Self {
        match owned {
            OwnedLicences::Quantity(quantity) => Self(Some(*quantity)),
            OwnedLicences::Unlimited => Self(None),
        }
    }

    fn read(self, _: &Interner) -> ReadResult<OwnedLicences> {
        Ok(self.0.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity))
    }
}

/// A group with its product list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct SnapshotGroupRecord<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<ScalarText<'a, LiveId>>,
    name: ScalarText<'a, GroupName>,
    kind: ScalarText<'a, GroupKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<ScalarText<'a, CountryCode>>,
    #[serde(default, skip_serializing_if = "ScalarText::is_empty")]
    description: ScalarText<'a, Text>,
    #[serde(default, skip_serializing_if = "FlatSetRecord::is_empty")]
    products: FlatSetRecord<ScalarText<'a, ProductId>>,
}

impl<'a> Mirror<'a> for SnapshotGroupRecord<'a> {
    type Core = Group;

    fn write(group: &'a Group) -> Self {
        let Group { id, facts: GroupFacts { name, kind, country, description }, products } = group;
        Self {
            id: Mirror::write(id),
            name: Mirror::write(name),
            kind: Mirror::write(kind),
            country: Mirror::write(country),
            description: Mirror::write(description),
            products: Mirror::write(products),
        }
    }

    fn read(self, names: &Interner) -> ReadResult<Group> {
        let facts = read_fields!(self, names => GroupFacts { name, kind, country, description });
        Ok(Group { id: self.id.read(names)?, facts, products: self.products.read(names)? })
    }
}

/// An alert threshold.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct SnapshotAlertRecord<'a> {
    product: ScalarText<'a, ProductId>,
    country: ScalarText<'a, CountryCode>,
    above: u32,
    sign_in_required: bool,
}

impl<'a> SnapshotAlertRecord<'a> {
    fn from_alert(((product, country), alert): (&'a (ProductId, CountryCode), &Alert)) -> Self {
        let Alert { above, sign_in_required } = *alert;
        Self { product: Mirror::write(product), country: Mirror::write(country), above, sign_in_required }
    }

    fn read(self, names: &Interner) -> ReadResult<((ProductId, CountryCode), Alert)> {
        let alert = Alert { above: self.above, sign_in_required: self.sign_in_required };
        Ok(((self.product.read(names)?, self.country.read(names)?), alert))
    }
}

impl<'a> SnapshotHeadRecord<'a> {
    /// Borrows everything but the users from `snapshot`.
    pub(super) fn from_snapshot(snapshot: &'a Snapshot) -> Self {
        // Undoing a run needs no terms from before the run, so `past` is left out.
        let Snapshot {
            organization: _,
            live: Live(live),
            facts: OrganizationFacts { products, contracts, federated, acting, past: _ },
            unread,
            no_place: _,
            requests,
        } = snapshot;
        let Organization { users, groups, defaults, restrictions, alerts, contacts } = live;
        let failure = |why: &'a UnreadReason| match why {
            UnreadReason::Unsupported => None,
            UnreadReason::Failed(how) => Some(Mirror::write(how)),
        };
        Self {
            format: FORMAT,
            users: users.len(),
            requests: *requests,
            federated: *federated,
            acting: Mirror::write(acting),
            unread: unread.iter().map(|(section, why)| (Mirror::write(section), failure(why))).collect(),
            products: Mirror::write(products),
            contracts: Mirror::write(contracts),
            groups: Mirror::write(groups),
            defaults: Mirror::write(defaults),
            restrictions: restrictions
                .iter()
                .map(|((id, area), setting)| (Mirror::write(id), area_text(area), Mirror::write(setting)))
                .collect(),
            alerts: alerts.iter().map(SnapshotAlertRecord::from_alert).collect(),
            contacts: contacts
                .iter()
                .map(|contact| (Mirror::write(&contact.email), area_text(&contact.area)))
                .collect(),
        }
    }

    /// Reads the snapshot of a first line, with no users yet.
    pub(super) fn snapshot_without_users(self, names: &Interner) -> ReadResult<Snapshot> {
        let restrictions = self.restrictions.into_iter().map(|(product, area, setting)| {
            Ok(((product.read(names)?, read_area(area, names)?), setting.read(names)?))
        });
        let contacts = self
            .contacts
            .into_iter()
            .map(|(email, area)| Ok(Contact { email: email.read(names)?, area: read_area(area, names)? }));
        let live = Organization {
            users: BTreeMap::new(),
            groups: self.groups.read(names)?,
            defaults: self.defaults.read(names)?,
            restrictions: restrictions.collect::<ReadResult<_>>()?,
            alerts: self.alerts.into_iter().map(|alert| alert.read(names)).collect::<ReadResult<_>>()?,
            contacts: contacts.collect::<ReadResult<_>>()?,
        };
        let facts = OrganizationFacts {
            products: self.products.read(names)?,
            contracts: self.contracts.read(names)?,
            federated: self.federated,
            acting: self.acting.read(names)?,
            past: PastTerms::default(),
        };
        let unread = self.unread.into_iter().map(|(section, why)| {
            let why = why.read(names)?.map_or(UnreadReason::Unsupported, UnreadReason::Failed);
            Ok((section.read(names)?, why))
        });
        let unread = unread.collect::<ReadResult<_>>()?;
        // Fields for which the service has no place were never planned, so an undo never restores them.
        Ok(Snapshot { live: Live(live), facts, unread, requests: self.requests, ..Snapshot::default() })
    }
}

/// Each line after the first: one user.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub(super) struct SnapshotUserRecord<'a> {
    key: ScalarText<'a, Email>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<ScalarText<'a, LiveId>>,
    email: ScalarText<'a, Email>,
    first_name: ScalarText<'a, Text>,
    last_name: ScalarText<'a, Text>,
    country: ScalarText<'a, CountryCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entitlement_country: Option<ScalarText<'a, CountryCode>>,
    state: ScalarText<'a, UserState>,
    #[serde(default, skip_serializing_if = "FlatSetRecord::is_empty")]
    roles: FlatSetRecord<ScalarText<'a, RoleId>>,
    #[serde(default, skip_serializing_if = "FlatSetRecord::is_empty")]
    groups: FlatSetRecord<ScalarText<'a, GroupName>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<ScalarText<'a, ProductId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    denied: Vec<ScalarText<'a, ProductId>>,
    /// Product, time of the assignment (`null` where the time is unknown).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    licences: Vec<(ScalarText<'a, ProductId>, Option<Timestamp>)>,
    /// Product, machine, expiry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checkouts: Vec<(ScalarText<'a, ProductId>, ScalarText<'a, Text>, Timestamp)>,
}

impl<'a> SnapshotUserRecord<'a> {
    /// Borrows one user, who is filed under `key`.
    pub(super) fn from_user(key: &'a Email, user: &'a User) -> Self {
        let User { id, profile, state, roles, groups, exceptions, licences, checkouts } = user;
        let excepted_products = |exception| {
            exceptions
                .iter()
                .filter(move |(_, known)| **known == exception)
                .map(|(product, _)| Mirror::write(product))
                .collect()
        };
        map_profile!(Profile profile, |field| Mirror::write(field) => Self {
            key: Mirror::write(key),
            id: Mirror::write(id),
            state: Mirror::write(state),
            roles: Mirror::write(roles),
            groups: Mirror::write(groups),
            allowed: excepted_products(UserException::Allow),
            denied: excepted_products(UserException::Deny),
            licences: licences
                .iter()
                .map(|(product, licence)| (Mirror::write(product), licence.assigned))
                .collect(),
            checkouts: checkouts
                .keys()
                .map(|Checkout { product, machine, expires }| {
                    (Mirror::write(product), Mirror::write(machine), *expires)
                })
                .collect(),
        })
    }

    /// Reads the user of a line, with the key that the user is filed under.
    pub(super) fn read(self, names: &Interner) -> ReadResult<(Email, User)> {
        let profile = map_profile!(Self self, |field| field.read(names)? => Profile {});
        let allowed = self.allowed.into_iter().map(|product| (product, UserException::Allow));
        let denied = self.denied.into_iter().map(|product| (product, UserException::Deny));
        let exceptions: ReadResult<FlatMap<_, _>> =
            allowed.chain(denied).map(|(product, exception)| Ok((product.read(names)?, exception))).collect();
        let licences = self
            .licences
            .into_iter()
            .map(|(product, assigned)| Ok((product.read(names)?, Licence { assigned })));
        let checkouts = self.checkouts.into_iter().map(|(product, machine, expires)| {
            Ok(Checkout { product: product.read(names)?, machine: machine.read(names)?, expires })
        });
        let user = User {
            id: self.id.read(names)?,
            profile,
            state: self.state.read(names)?,
            roles: self.roles.read(names)?,
            groups: self.groups.read(names)?,
            exceptions: exceptions?,
            licences: licences.collect::<ReadResult<_>>()?,
            checkouts: checkouts.collect::<ReadResult<_>>()?,
        };
        Ok((self.key.read(names)?, user))
    }
}
