//! What one file declares, decoded: names parsed, dates judged, nothing looked up yet.

use std::collections::BTreeSet;

use super::settings::Relation;
use super::{
    DeclaredGroup, DeclaredUser, DeclaredValue, Grant, GrantStanding, PolicyPlace, Presence, Restriction,
};
use crate::model::{
    AccessSetting, Alert, Area, BundleName, Contact, CountryCode, Date, Email, FlatMap, GroupName, LiveId,
    Product, ProductId, RoleId, Text,
};

/// One file's declarations, in the order they stand.
#[derive(Debug, Clone, Default)]
pub struct PolicyDocument {
    /// For the users of this document.
    pub defaults: Option<Box<UserEntry>>,
    /// Users, in the order of their addresses.
    pub users: Vec<(Email, UserEntry)>,
    /// What others look at of them, one for one.
    pub heads: Vec<UserHead>,
    /// Groups.
    pub groups: Vec<(GroupName, GroupEntry)>,
    /// The catalogue.
    pub products: Vec<(ProductId, Product, PolicyPlace)>,
    /// Custom roles.
    pub roles: Vec<(RoleId, Text, PolicyPlace)>,
    /// Bundles.
    pub bundles: Vec<(BundleName, BundleEntry)>,
    /// Country defaults.
    pub country_defaults: Vec<(CountryCode, DeclaredValue<AccessSetting>)>,
    /// Product settings.
    pub restrictions: Vec<((ProductId, Area), DeclaredValue<Restriction>)>,
    /// Alert thresholds.
    pub alerts: Vec<((ProductId, CountryCode), DeclaredValue<Alert>)>,
    /// Fulfilment contacts.
    pub contacts: Vec<(Contact, PolicyPlace)>,
    /// Where `contacts` stands as a key, and how many entries it has, unreadable ones included.
    pub contacts_key: Option<(PolicyPlace, usize)>,
    /// What is pinned by `id` or `formerly`.
    pub pins: Vec<(Pin, PolicyPlace)>,
    /// Relations for which a key stands.
    pub spelled_out: BTreeSet<Relation>,
    /// What the grants of this document name, each name once.
    pub named: GrantedNames,
    /// Words that may have been meant as names, where a list or a single value stands instead of a mapping.
    pub lost: Vec<Text>,
    /// Something stands here that could not be read, so it may declare more than is known.
    pub obscured: bool,
}

impl PolicyDocument {
    /// Judges all dated grants as on the day `as_of`: what a file says does not change from day to day, what
    /// holds of it does.
    pub fn judge_grants(&mut self, as_of: Date) {
        for grant in self.grants() {
            grant.standing = grant.terms.as_ref().map_or(GrantStanding::Holds, |terms| terms.standing(as_of));
        }
    }

    /// The same, of whose users no more is known than who they are: enough for whatever else names them.
    #[must_use]
    pub fn without_grants_of_users(&self) -> Self {
        let stub = |(email, entry): &(Email, UserEntry)| {
            let mut stub = UserEntry::new(entry.user.place);
            stub.user.presence = entry.user.presence;
            (email.clone(), stub)
        };
        let users = self.users.iter().map(stub).collect();
        Self {
            defaults: None,
            users,
            heads: self.heads.clone(),
            groups: self.groups.clone(),
            products: self.products.clone(),
            roles: self.roles.clone(),
            bundles: self.bundles.clone(),
            country_defaults: self.country_defaults.clone(),
            restrictions: self.restrictions.clone(),
            alerts: self.alerts.clone(),
            contacts: self.contacts.clone(),
            contacts_key: self.contacts_key,
            pins: self.pins.clone(),
            spelled_out: self.spelled_out.clone(),
            named: GrantedNames::default(),
            lost: self.lost.clone(),
            obscured: self.obscured,
        }
    }

    /// Whether nothing but users is declared here, all of it readable.
    pub fn is_of_users_alone(&self) -> bool {
        let Self {
            defaults: _,
            users: _,
            heads: _,
            groups,
            products,
            roles,
            bundles,
            country_defaults,
            restrictions,
            alerts,
            contacts,
            contacts_key,
            pins: _,
            spelled_out,
            named: _,
            lost,
            obscured,
        } = self;
        let declares_more = !groups.is_empty()
            || !products.is_empty()
            || !roles.is_empty()
            || !bundles.is_empty()
            || !country_defaults.is_empty()
            || !restrictions.is_empty()
            || !alerts.is_empty()
            || !contacts.is_empty()
            || contacts_key.is_some();
        let of_users = [Relation::Users, Relation::Memberships, Relation::Roles, Relation::Assignments];
        !declares_more
            && lost.is_empty()
            && !obscured
            && spelled_out.iter().all(|relation| of_users.contains(relation))
    }

    fn grants(&mut self) -> impl Iterator<Item = &mut Grant> {
        let Self { defaults, users, groups, bundles, .. } = self;
        let users =
            defaults.iter_mut().map(|defaults| &mut **defaults).chain(users.iter_mut().map(|(_, user)| user));
        let of_users = users.flat_map(|UserEntry { user, bundles, until: _ }| {
            let named = user
                .roles
                .iter_mut()
                .flat_map(FlatMap::values_mut)
                .chain(user.groups.values_mut())
                .chain(bundles.values_mut());
            named.chain(user.products.iter_mut().chain(&mut user.deny).flat_map(FlatMap::values_mut))
        });
        let of_groups = groups.iter_mut().flat_map(|(_, GroupEntry { group, members })| {
            members
                .iter_mut()
                .map(|(_, grant)| grant)
                .chain(group.products.iter_mut().flat_map(FlatMap::values_mut))
        });
        let of_bundles =
            bundles.iter_mut().flat_map(|(_, BundleEntry { roles, groups, products, place: _ })| {
                let roles = roles.iter_mut().flat_map(FlatMap::values_mut);
                roles
                    .chain(groups.iter_mut().flat_map(FlatMap::values_mut))
                    .chain(products.iter_mut().flat_map(FlatMap::values_mut))
            });
        of_users.chain(of_groups).chain(of_bundles)
    }
}

/// What others look at of a user.
#[derive(Debug, Clone, Copy)]
pub struct UserHead {
    /// How the address begins.
    pub beginning: AddressPrefix,
    /// The address as a key.
    pub place: PolicyPlace,
    /// Whether the user is to be removed.
    pub removed: bool,
}

impl UserHead {
    /// The head of one user.
    pub fn from_entry(email: &Email, entry: &UserEntry) -> Self {
        let removed = matches!(entry.user.presence, Presence::Removed(_));
        Self { beginning: AddressPrefix::from_email(email), place: entry.user.place, removed }
    }
}

/// The first 40 bytes of an address, compared as the address is; nearly always the whole of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressPrefix([u64; WORDS]);

const WORDS: usize = 5;

impl AddressPrefix {
    /// How `email` begins; zeros follow one that is shorter.
    pub fn from_email(email: &Email) -> Self {
        let bytes = email.as_str().as_bytes();
        let mut padded = [0; 8 * WORDS];
        let len = bytes.len().min(padded.len());
        padded[..len].copy_from_slice(&bytes[..len]);
        let (words, _) = padded.as_chunks();
        Self(std::array::from_fn(|at| u64::from_be_bytes(words[at])))
    }

    /// Whether this is surely the whole address: none has a zero in it.
    pub fn is_whole(&self) -> bool {
        self.0[WORDS - 1] & 0xFF == 0
    }

    /// What of the address is here.
    pub fn text(&self) -> String {
        let bytes: Vec<u8> =
            self.0.iter().flat_map(|word| word.to_be_bytes()).take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Names that grants use, in no order. They are few where grants are many.
#[derive(Debug, Clone, Default)]
pub struct GrantedNames {
    /// Groups.
    pub groups: Vec<GroupName>,
    /// Roles.
    pub roles: Vec<RoleId>,
    /// Products.
    pub products: Vec<ProductId>,
}

/// One user, or what is common to the users of a document.
#[derive(Debug, Clone)]
pub struct UserEntry {
    /// The user's own lines.
    pub user: Box<DeclaredUser>,
    /// Bundles granted.
    pub bundles: FlatMap<BundleName, Grant>,
    /// The last day in the organization.
    pub until: Option<(Date, PolicyPlace)>,
}

impl UserEntry {
    /// A user of whom nothing is said yet.
    pub fn new(place: PolicyPlace) -> Self {
        let user = DeclaredUser {
            place,
            presence: Presence::Present,
            id: None,
            formerly: None,
            first_name: None,
            last_name: None,
            country: None,
            entitlement_country: None,
            state: None,
            until: None,
            roles: None,
            groups: FlatMap::new(),
            groups_spelled_out: false,
            products: None,
            deny: None,
        };
        Self { user: Box::new(user), bundles: FlatMap::new(), until: None }
    }
}

/// One group.
#[derive(Debug, Clone)]
pub struct GroupEntry {
    /// The group's own lines.
    pub group: DeclaredGroup,
    /// Members named here.
    pub members: Vec<(Email, Grant)>,
}

/// One bundle.
#[derive(Debug, Clone)]
pub struct BundleEntry {
    /// The name as a key.
    pub place: PolicyPlace,
    /// Roles; `None` where no such key stands.
    pub roles: Option<FlatMap<RoleId, Grant>>,
    /// Groups; `None` where no such key stands.
    pub groups: Option<FlatMap<GroupName, Grant>>,
    /// Products; `None` where no such key stands.
    pub products: Option<FlatMap<ProductId, Grant>>,
}

/// What an object is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pin {
    /// A user's identity.
    UserId(LiveId),
    /// A group's identity.
    GroupId(LiveId),
    /// A user's address before a rename.
    UserFormerly(Email),
    /// A group's name before a rename.
    GroupFormerly(GroupName),
}
