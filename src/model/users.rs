//! People and groups.

use super::{
    CountryCode, Email, FlatMap, FlatSet, GroupName, LiveId, ProductId, RoleId, Text, Timestamp, word_enum,
};

/// A person in the account, with everything they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The organization's id of the user; `None` for a user who is yet to be invited.
    pub id: Option<LiveId>,
    /// Names and countries.
    pub profile: Profile,
    pub state: UserState,
    /// Roles held.
    pub roles: FlatSet<RoleId>,
    /// Groups the user is in, also through includes.
    pub groups: FlatSet<GroupName>,
    /// Products allowed or denied to this user by name.
    pub exceptions: FlatMap<ProductId, UserException>,
    /// Named licences held.
    pub licences: FlatMap<ProductId, Licence>,
    /// Licences checked out for use offline.
    pub checkouts: FlatSet<Checkout>,
}

impl User {
    /// Builds a user who has nothing yet, as just invited.
    pub fn new(profile: Profile, state: UserState) -> Self {
        Self {
            id: None,
            profile,
            state,
            roles: FlatSet::new(),
            groups: FlatSet::new(),
            exceptions: FlatMap::new(),
            licences: FlatMap::new(),
            checkouts: FlatSet::new(),
        }
    }

    /// Whether the user has nothing left, so that the user can be removed.
    pub fn is_bare(&self) -> bool {
        let Self { id: _, profile: _, state: _, roles, groups, exceptions, licences, checkouts } = self;
        roles.is_empty()
            && groups.is_empty()
            && exceptions.is_empty()
            && licences.is_empty()
            && checkouts.is_empty()
    }
}

/// The single-valued facts about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The address now. It differs from the key only on the live side of a rename.
    pub email: Email,
    /// Given name.
    pub first_name: Text,
    /// Family name.
    pub last_name: Text,
    /// Country of the profile.
    pub country: CountryCode,
    /// The explicit entitlement country, which wins even where no contract is for that country.
    pub entitlement_country: Option<CountryCode>,
}

impl Profile {
    /// Builds the profile of a person of whom only the address is known.
    pub fn new(email: Email) -> Self {
        Self {
            email,
            first_name: Text::default(),
            last_name: Text::default(),
            country: CountryCode::UNKNOWN,
            entitlement_country: None,
        }
    }
}

word_enum! {
    /// The state of a user in the account.
    pub enum UserState {
        /// Asked to join; not yet in the organization.
        Pending = "pending",
        /// Invited; counts as present.
        Invited = "invited",
        /// Signed in at least once.
        Active = "active",
        /// Cannot sign in to the portal. Locking ends neither access nor usage.
        Locked = "locked",
    }
}

/// Whether a user exception allows or denies a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserException {
    /// The product is toggled on for the user.
    Allow,
    /// The product is denied to the user.
    Deny,
}

/// A named licence that a user holds. Two licences for the same product are always equal: the time of
/// assignment is not a difference.
#[derive(Debug, Clone, Copy)]
pub struct Licence {
    /// When the licence was last assigned; `None` for one that is yet to be assigned.
    pub assigned: Option<Timestamp>,
}

impl PartialEq for Licence {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Licence {}

/// A licence taken offline on one machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checkout {
    /// The product.
    pub product: ProductId,
    /// The machine's name.
    pub machine: Text,
    /// The time of expiry, at most [`super::licences::LONGEST_CHECKOUT_DAYS`] after the checkout began.
    pub expires: Timestamp,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The organization's id of the group; `None` for a group that is yet to be created.
    pub id: Option<LiveId>,
    /// Name, kind, country, description.
    pub facts: GroupFacts,
    /// The allow-list of an entitlement group; an empty one does not count.
    pub products: FlatSet<ProductId>,
}

/// The single-valued facts about a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFacts {
    /// The name now. It differs from the key only on the live side of a rename.
    pub name: GroupName,
    pub kind: GroupKind,
    /// The list counts only for members whose entitlement country is this one; `None` for all members.
    pub country: Option<CountryCode>,
    /// A text for people; empty where there is none.
    pub description: Text,
}

word_enum! {
    /// What a group is for.
    pub enum GroupKind {
        /// Holds an allow-list of products.
        Entitlement = "entitlement",
        /// Usage is reported by allocation group; a user is in at most one.
        Allocation = "allocation",
        /// Neither.
        Other = "other",
    }
}
