//! The decoded declarations of one file: names are parsed and dates judged, but no name is looked up yet.

use std::collections::BTreeSet;

use super::settings::Relation;
use super::{
    CatalogueEntry, DeclaredGroup, DeclaredUser, DeclaredValue, Grant, PolicyPlace, Presence, Restriction,
};
use crate::model::{
    AccessSetting, Alert, Area, BundleName, Contact, CountryCode, Date, Email, FlatMap, GroupName, LiveId,
    Product, ProductId, RoleId, Text,
};

/// The declarations of one file, in the order of its text.
#[derive(Debug, Clone, Default)]
pub struct PolicyDocument {
    /// What applies to every user of this document.
    pub defaults: Option<Box<UserEntry>>,
    /// Users, in the order of their addresses.
    pub users: Vec<(Email, UserEntry)>,
    /// The heads of `users`, in the same order.
    pub heads: Vec<UserHead>,
    pub groups: Vec<(GroupName, GroupEntry)>,
    /// The catalogue.
    pub products: Vec<(ProductId, Product, CatalogueEntry)>,
    /// Custom roles, with their display names.
    pub roles: Vec<(RoleId, Text, PolicyPlace)>,
    pub bundles: Vec<(BundleName, BundleEntry)>,
    pub country_defaults: Vec<(CountryCode, DeclaredValue<AccessSetting>)>,
    /// Restrictions of products, everywhere or in one country.
    pub restrictions: Vec<((ProductId, Area), DeclaredValue<Restriction>)>,
    pub alerts: Vec<((ProductId, CountryCode), DeclaredValue<Alert>)>,
    /// Fulfilment contacts.
    pub contacts: Vec<(Contact, PolicyPlace)>,
    /// Place of the `contacts` key and the number of its entries, including unreadable ones; `None` where
    /// there is no such key.
    pub contacts_key: Option<(PolicyPlace, usize)>,
    /// Everything that `id` or `formerly` pins.
    pub pins: Vec<(Pin, PolicyPlace)>,
    /// Relations whose key is present, even without entries.
    pub spelled_out: BTreeSet<Relation>,
    /// The names that grants of this document use, each once.
    pub named: GrantedNames,
    /// Words that may have been meant as names, where the text has a list or a single value instead of a
    /// mapping.
    pub lost: Vec<Text>,
    /// Whether a part of the file could not be read, so that it may declare more than is known.
    pub obscured: bool,
}

impl PolicyDocument {
    /// Judges all dated grants again for the day `as_of`: the text of a file stays the same from day to day,
    /// but which of its grants hold changes.
    pub fn judge_grants(&mut self, as_of: Date) {
        for grant in self.grants() {
            grant.judge(as_of);
        }
    }

    /// Returns a copy whose users have no more than an address, a place and a presence: enough for everything
    /// else that names them.
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

    /// Whether the document declares nothing but users, and all of it could be read.
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

/// What lookups need to know of a user.
#[derive(Debug, Clone, Copy)]
pub struct UserHead {
    /// The first bytes of the address.
    pub beginning: AddressPrefix,
    /// Place of the address, which is the user's key.
    pub place: PolicyPlace,
    /// Whether the user is to be removed.
    pub removed: bool,
}

impl UserHead {
    /// Makes the head of one user.
    pub fn from_entry(email: &Email, entry: &UserEntry) -> Self {
        let removed = matches!(entry.user.presence, Presence::Removed(_));
        Self { beginning: AddressPrefix::from_email(email), place: entry.user.place, removed }
    }
}

/// The first 40 bytes of an address, which sort as the address does; nearly always the whole address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressPrefix([u64; WORDS]);

const WORDS: usize = 5;

impl AddressPrefix {
    /// Returns the first bytes of `email`, padded with zeros where it is shorter.
    pub fn from_email(email: &Email) -> Self {
        let bytes = email.as_str().as_bytes();
        let mut padded = [0; 8 * WORDS];
        let len = bytes.len().min(padded.len());
        padded[..len].copy_from_slice(&bytes[..len]);
        let (words, _) = padded.as_chunks();
        Self(std::array::from_fn(|at| u64::from_be_bytes(words[at])))
    }

    /// Whether the prefix is certainly the whole address: it ends with a zero, and no address has a zero in
    /// it.
    pub fn is_whole(&self) -> bool {
        self.0[WORDS - 1] & 0xFF == 0
    }

    /// Returns the bytes of the prefix as text, without the padding.
    pub fn text(&self) -> String {
        let bytes: Vec<u8> =
            self.0.iter().flat_map(|word| word.to_be_bytes()).take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Names that grants use, in no particular order. They are few even where grants are many.
#[derive(Debug, Clone, Default)]
pub struct GrantedNames {
    pub groups: Vec<GroupName>,
    pub roles: Vec<RoleId>,
    pub products: Vec<ProductId>,
}

/// One user, or the `defaults` of a document's users.
#[derive(Debug, Clone)]
pub struct UserEntry {
    /// What the user's own lines declare.
    pub user: Box<DeclaredUser>,
    pub bundles: FlatMap<BundleName, Grant>,
    /// Last day in the organization, and where it is declared.
    pub until: Option<(Date, PolicyPlace)>,
}

impl UserEntry {
    /// Makes a user who is present and about whom nothing else is declared.
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
    /// What the group's own lines declare, except its members.
    pub group: DeclaredGroup,
    /// Members that the group's own lines name.
    pub members: Vec<(Email, Grant)>,
}

/// One bundle.
#[derive(Debug, Clone)]
pub struct BundleEntry {
    /// Place of the name, which is the bundle's key.
    pub place: PolicyPlace,
    /// `None` where there is no `roles` key.
    pub roles: Option<FlatMap<RoleId, Grant>>,
    /// `None` where there is no `groups` key.
    pub groups: Option<FlatMap<GroupName, Grant>>,
    /// `None` where there is no `products` key.
    pub products: Option<FlatMap<ProductId, Grant>>,
}

/// A live object that a declared one is pinned to.
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
