//! Decodes users, groups, bundles, and the `defaults` of a document's users.

use std::collections::BTreeSet;

use super::super::document::{BundleEntry, GroupEntry, Pin, PolicyDocument, UserEntry, UserHead};
use super::super::settings::Relation;
use super::super::{DeclaredGroup, DeclaredState, DeclaredUser, Presence};
use super::grants::{BundleGrant, GroupGrant, ProductGrant, RoleGrant, UserGrant};
use super::values::{
    CountryCodeSchema, DateSchema, EmailSchema, NameSchema, OptionalCountrySchema, TextLineSchema,
};
use super::{KnownField, MappingField, PolicyDecoder, PolicyPlace};
use crate::model::{Email, GroupKind};

words! {
    UserStateSchema "UserState" of UserStateSchema {
        /// Not locked.
        "active" Active,
        /// Locked: cannot sign in to the portal. Ends neither access nor use.
        "locked" Locked,
        /// Not in the organization.
        "removed" Removed,
    }
    GroupKindSchema "GroupKind" of GroupKind {
        /// Holds an allow-list of products.
        "entitlement" Entitlement,
        /// Usage is reported by it. A user is in at most one.
        "allocation" Allocation,
        /// Neither.
        "other" Other,
    }
    GroupStateSchema "GroupState" of GroupStateSchema {
        /// Not in the organization.
        "removed" Removed,
    }
}

/// States the fields of a user, and, with their documentation there, those that a document's `defaults` have
/// too.
macro_rules! user_fields {
    ($self:ident, $field:ident, $entry:ident, $pins:ident: $(
        $(#[$doc:meta])*
        $name:ident: $type:ty $(, of defaults: $of_defaults:literal)? => $act:expr,
    )+) => {
        mapping! {
            /// One person. What is left out is left alone, or, where the relation is `exact`, means none.
            UserSchema "User", fn user_field(
                $self, $field, $entry: &mut UserEntry, $pins: &mut Vec<(Pin, PolicyPlace)>
            ) {
                $($(#[$doc])* optional $name: $type => $act,)+
            }
        }
        mapping! {
            /// What is common to the users of one document.
            DefaultsSchema "Defaults", fn defaults_field($self, $field, $entry: &mut UserEntry) {
                $($(#[doc = $of_defaults] optional $name: $type => $act,)?)+
            }
        }
    };
}

user_fields! { self, field, entry, pins:
    /// The identity the organization gave the user. With it, a changed address is a rename and not a removal
    /// and an invitation.
    id: NameSchema => {
        entry.user.id = self.identity(field.value);
        pins.extend(entry.user.id.clone().map(|id| (Pin::UserId(id), self.place(field.value))));
    },
    /// The address before a rename, where there is no `id`. It may stay once the rename is done.
    formerly: EmailSchema => {
        let formerly = self.email(field.value, field.what);
        pins.extend(formerly.clone().map(|email| (Pin::UserFormerly(email), self.place(field.value))));
        entry.user.formerly = formerly;
    },
    /// Given name.
    first_name: TextLineSchema => entry.user.first_name = self.one_line_text(field.value, field.what),
    /// Family name.
    last_name: TextLineSchema => entry.user.last_name = self.one_line_text(field.value, field.what),
    /// Country of the profile.
    country: CountryCodeSchema, of defaults: "Profile country of users without one." =>
        entry.user.country = self.country(field.value, field.what),
    /// The country whose contract and settings apply, where it is not the profile's. `none` takes it away.
    entitlement_country: OptionalCountrySchema, of defaults: "Entitlement country of users without one." =>
        entry.user.entitlement_country = self.optional_country(field.value, field.what),
    /// `active` unlocks, `locked` locks (which ends neither access nor use), `removed` removes the user from
    /// the organization.
    state: UserStateSchema => match self.word(field.value, "`state` of a user", UserStateSchema::WORDS) {
        Some(UserStateSchema::Active) => entry.user.state = Some(DeclaredState::Active),
        Some(UserStateSchema::Locked) => entry.user.state = Some(DeclaredState::Locked),
        Some(UserStateSchema::Removed) => entry.user.presence = Presence::Removed(self.place(field.value)),
        None => {}
    },
    /// Roles.
    roles: Vec<RoleGrant>, of defaults: "Roles of every user of this document." =>
        entry.user.roles = self.grants(field),
    /// Groups. A group's `members` say the same from the other side.
    groups: Vec<GroupGrant>, of defaults: "Groups of every user of this document." => {
        let groups = self.grants(field);
        entry.user.groups_spelled_out = groups.is_some();
        entry.user.groups = groups.unwrap_or_default();
    },
    /// Products allowed to this user by name; a named licence where the product is licensed by name.
    products: Vec<ProductGrant>, of defaults: "Products of every user of this document." =>
        entry.user.products = self.grants(field),
    /// Products denied to this user by name.
    deny: Vec<ProductGrant>, of defaults: "Products denied to every user of this document." =>
        entry.user.deny = self.grants(field),
    /// Bundles: each stands for what it grants.
    bundles: Vec<BundleGrant>, of defaults: "Bundles of every user of this document." =>
        entry.bundles = self.grants(field).unwrap_or_default(),
    /// The last day in the organization (UTC): after it every grant ends and the user is removed.
    until: DateSchema, of defaults: "Last day of users without one." =>
        entry.until = self.date(field.value, field.what).map(|day| (day, self.place(field.value))),
}

mapping! {
    /// One group.
    GroupSchema "Group", fn group_field(
        self, field, entry: &mut GroupEntry, document: &mut PolicyDocument
    ) {
        /// The identity the organization gave the group. With it, a changed name is a rename.
        optional id: NameSchema => {
            entry.group.id = self.identity(field.value);
            let pin = entry.group.id.clone().map(|id| (Pin::GroupId(id), self.place(field.value)));
            document.pins.extend(pin);
        },
        /// The name before a rename, where there is no `id`. It may stay once the rename is done.
        optional formerly: NameSchema => {
            let formerly = self.name(field.value, field.what);
            let pin = formerly.clone().map(|name| (Pin::GroupFormerly(name), self.place(field.value)));
            document.pins.extend(pin);
            entry.group.formerly = formerly;
        },
        /// What the group is for. Only an entitlement group may have `products`.
        optional kind: GroupKindSchema =>
            entry.group.kind = self.word(field.value, "`kind` of a group", GroupKindSchema::WORDS),
        /// The list counts only for members whose entitlement country is this one. `none` takes it away.
        optional country: OptionalCountrySchema =>
            entry.group.country = self.optional_country(field.value, field.what),
        /// What people read. `none` takes it away; `"none"` in quotes is the word.
        optional description: String => entry.group.description = self.optional_text(field.value, field.what),
        /// `removed` deletes the group.
        optional state: GroupStateSchema => {
            let removed = self.word(field.value, "`state` of a group", GroupStateSchema::WORDS);
            entry.group.presence =
                removed.map_or(Presence::Present, |_| Presence::Removed(self.place(field.value)));
        },
        /// Groups whose members are members of this one.
        optional includes: Vec<NameSchema> => {
            entry.group.members_spelled_out = true;
            entry.group.includes = self.list(field, |decoder, item| {
                Some((decoder.name(item, "an entry of `includes`")?, decoder.place(item)))
            });
        },
        /// Members. A user's `groups` say the same from the other side; both together are one set.
        optional members: Vec<UserGrant> => {
            entry.group.members_spelled_out = true;
            let items = self.items(field.value, field.what);
            entry.members = items.map(|items| self.each_grant(items, field.what)).unwrap_or_default();
        },
        /// The allow-list: members may use these products and no others. An empty list does not count.
        optional products: Vec<ProductGrant> => entry.group.products = self.grants(field),
    }
}

mapping! {
    /// A job in one word.
    BundleSchema "Bundle", fn bundle_field(self, field, bundle: &mut BundleEntry) {
        /// Roles it grants.
        optional roles: Vec<RoleGrant> => bundle.roles = self.grants(field),
        /// Products it grants.
        optional products: Vec<ProductGrant> => bundle.products = self.grants(field),
        /// Groups it grants.
        optional groups: Vec<GroupGrant> => bundle.groups = self.grants(field),
    }
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `defaults`.
    pub(super) fn defaults(&mut self, field: KnownField<'a>) -> UserEntry {
        let mut entry = UserEntry::new(self.place(field.field.key));
        self.each_field(field.value, field.what, |decoder, field| decoder.defaults_field(field, &mut entry));
        entry
    }

    /// Decodes `users` into `document`, in the order of addresses.
    pub(super) fn decode_users(&mut self, field: KnownField<'a>, document: &mut PolicyDocument) {
        let mut fields = self.entries(field.value, field.what);
        let PolicyDocument { users, pins, spelled_out, .. } = document;
        users.reserve_exact(fields.remaining_count());
        while let Some(field) = fields.next(self) {
            let mut unnamed = UserEntry::new(self.place(field.key));
            // An address is a key only once, so there is nothing to share.
            let entry = match Email::new(field.name) {
                Ok(email) => &mut users.push_mut((email, unnamed)).1,
                Err(error) => {
                    self.report_bad_name(field.key, field.name, error);
                    &mut unnamed
                }
            };
            self.each_field(field.value, "a user", |decoder, field| decoder.user_field(field, entry, pins));
            note_spelled_out_relations(&entry.user, spelled_out);
        }
        if !users.is_sorted_by(|a, b| a.0 < b.0) {
            users.sort_by(|a, b| a.0.cmp(&b.0));
        }
        document.heads =
            document.users.iter().map(|(email, entry)| UserHead::from_entry(email, entry)).collect();
    }

    /// Decodes one entry of `groups`; its pins, and whether it says who its members are, go into `document`.
    pub(super) fn group(&mut self, field: MappingField<'a>, document: &mut PolicyDocument) -> GroupEntry {
        let mut entry = new_group(self.place(field.key));
        self.each_field(field.value, "a group", |decoder, field| {
            decoder.group_field(field, &mut entry, document)
        });
        if entry.group.members_spelled_out {
            document.spelled_out.insert(Relation::Memberships);
        }
        entry
    }

    /// Decodes one entry of `bundles`.
    pub(super) fn bundle(&mut self, field: MappingField<'a>) -> BundleEntry {
        let mut bundle =
            BundleEntry { place: self.place(field.key), roles: None, groups: None, products: None };
        self.each_field(field.value, "a bundle", |decoder, field| decoder.bundle_field(field, &mut bundle));
        bundle
    }
}

fn new_group(place: PolicyPlace) -> GroupEntry {
    let group = DeclaredGroup {
        place,
        presence: Presence::Present,
        id: None,
        formerly: None,
        kind: None,
        country: None,
        description: None,
        members_spelled_out: false,
        includes: Vec::new(),
        products: None,
    };
    GroupEntry { group, members: Vec::new() }
}

fn note_spelled_out_relations(user: &DeclaredUser, spelled_out: &mut BTreeSet<Relation>) {
    let spelled = [
        (user.groups_spelled_out, Relation::Memberships),
        (user.roles.is_some(), Relation::Roles),
        (user.products.is_some() || user.deny.is_some(), Relation::Assignments),
    ];
    spelled_out
        .extend(spelled.into_iter().filter(|(is_spelled, _)| *is_spelled).map(|(_, relation)| relation));
}
