//! Users, groups, bundles, and what is common to the users of a document.

use std::collections::BTreeSet;

use super::super::document::{BundleEntry, Document, GroupEntry, Pin, UserEntry, UserHead};
use super::super::problem::Code;
use super::super::settings::Relation;
use super::super::yaml::View;
use super::super::{DeclaredGroup, DeclaredState, DeclaredUser, Presence};
use super::{Decoder, Field, Place, fields};
use crate::model::{BundleName, Email, GroupKind, GroupName};

/// What `state` of a user can say.
#[derive(Clone, Copy)]
enum StateWord {
    Active,
    Locked,
    Removed,
}

impl<'a> Decoder<'a> {
    pub(super) fn defaults(&mut self, field: Field<'a>) -> UserEntry {
        let mut entry = UserEntry::new(self.place(field.key));
        let mut fields = self.fields(field.value, "`defaults`");
        while let Some(field) = fields.next(self) {
            if !self.common(field, &mut entry) {
                self.unknown_field(field, fields::DEFAULTS);
            }
        }
        entry
    }

    pub(super) fn users(&mut self, view: View<'a>, document: &mut Document) {
        let mut fields = self.entries(view, "`users`");
        let Document { users, pins, spelled_out, .. } = document;
        users.reserve_exact(fields.remaining());
        while let Some(field) = fields.next(self) {
            let mut unnamed = UserEntry::new(self.place(field.key));
            // Nobody else says an address as a key, so there is nothing to share.
            let entry = match Email::new(field.name) {
                Ok(email) => &mut users.push_mut((email, unnamed)).1,
                Err(error) => {
                    self.bad_name(field.key, field.name, error);
                    &mut unnamed
                }
            };
            self.user(field.value, entry, pins);
            spell_out(&entry.user, spelled_out);
        }
        if !users.is_sorted_by(|a, b| a.0 < b.0) {
            users.sort_by(|a, b| a.0.cmp(&b.0));
        }
        document.heads = document.users.iter().map(|(email, entry)| UserHead::of(email, entry)).collect();
    }

    fn user(&mut self, view: View<'a>, entry: &mut UserEntry, pins: &mut Vec<(Pin, Place)>) {
        let mut fields = self.fields(view, "a user");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            match field.name {
                "first_name" => entry.user.first_name = self.spoken(value, "`first_name`"),
                "last_name" => entry.user.last_name = self.spoken(value, "`last_name`"),
                "state" => self.user_state(value, entry),
                "id" => {
                    entry.user.id = self.identity(value);
                    pins.extend(entry.user.id.clone().map(|id| (Pin::UserId(id), self.place(value))));
                }
                "formerly" => {
                    entry.user.formerly = self.email(value, "`formerly`");
                    pins.extend(
                        entry
                            .user
                            .formerly
                            .clone()
                            .map(|email| (Pin::UserFormerly(email), self.place(value))),
                    );
                }
                _ if self.common(field, entry) => {}
                _ => self.unknown_field(field, fields::USER),
            }
        }
    }

    /// A field that users and `defaults` share; false where it is none.
    fn common(&mut self, field: Field<'a>, entry: &mut UserEntry) -> bool {
        let UserEntry { user, bundles, until } = entry;
        let value = field.value;
        match field.name {
            "country" => user.country = self.country(value, "`country`"),
            "entitlement_country" => user.entitlement_country = self.country(value, "`entitlement_country`"),
            "until" => *until = self.date(value, "`until`").map(|day| (day, self.place(value))),
            "roles" => user.roles = self.grants(value, "`roles`"),
            "groups" => {
                let groups = self.grants(value, "`groups`");
                user.groups_spelled_out = groups.is_some();
                user.groups = groups.unwrap_or_default();
            }
            "products" => user.products = self.grants(value, "`products`"),
            "deny" => user.deny = self.grants(value, "`deny`"),
            "bundles" => *bundles = self.grants(value, "`bundles`").unwrap_or_default(),
            _ => return false,
        }
        true
    }

    fn user_state(&mut self, view: View<'a>, entry: &mut UserEntry) {
        let words =
            [("active", StateWord::Active), ("locked", StateWord::Locked), ("removed", StateWord::Removed)];
        match self.word(view, "`state` of a user", Code::UnknownWord, &words) {
            Some(StateWord::Active) => entry.user.state = Some(DeclaredState::Active),
            Some(StateWord::Locked) => entry.user.state = Some(DeclaredState::Locked),
            Some(StateWord::Removed) => entry.user.presence = Presence::Removed(self.place(view)),
            None => {}
        }
    }

    pub(super) fn groups(&mut self, view: View<'a>, document: &mut Document) {
        let mut fields = self.entries(view, "`groups`");
        while let Some(field) = fields.next(self) {
            let entry = self.group(field, document);
            match GroupName::parse(field.name, self.names) {
                Ok(name) => document.groups.push((name, entry)),
                Err(error) => self.bad_name(field.key, field.name, error),
            }
        }
    }

    fn group(&mut self, field: Field<'a>, document: &mut Document) -> GroupEntry {
        let mut entry = new_group(self.place(field.key));
        let mut fields = self.fields(field.value, "a group");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            let GroupEntry { group, members } = &mut entry;
            match field.name {
                "kind" => group.kind = self.group_kind(value),
                "country" => group.country = self.country(value, "`country`"),
                "description" => group.description = self.text(value, "`description`"),
                "state" => {
                    let removed =
                        self.word(value, "`state` of a group", Code::UnknownWord, &[("removed", ())]);
                    group.presence =
                        removed.map_or(Presence::Present, |()| Presence::Removed(self.place(value)));
                }
                "includes" => {
                    group.members_spelled_out = true;
                    group.includes = self.includes(value);
                }
                "members" => {
                    group.members_spelled_out = true;
                    let items = self.items(value, "`members`");
                    *members = items.map(|items| self.each_grant(items, "`members`")).unwrap_or_default();
                }
                "products" => group.products = self.grants(value, "`products`"),
                "id" => {
                    group.id = self.identity(value);
                    document.pins.extend(group.id.clone().map(|id| (Pin::GroupId(id), self.place(value))));
                }
                "formerly" => {
                    group.formerly = self.name(value, "`formerly`");
                    document.pins.extend(
                        group.formerly.clone().map(|name| (Pin::GroupFormerly(name), self.place(value))),
                    );
                }
                _ => self.unknown_field(field, fields::GROUP),
            }
        }
        if entry.group.members_spelled_out {
            document.spelled_out.insert(Relation::Memberships);
        }
        entry
    }

    fn group_kind(&mut self, view: View<'a>) -> Option<GroupKind> {
        let kinds = [GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other];
        self.word(view, "`kind` of a group", Code::UnknownWord, &kinds.map(|kind| (kind.as_str(), kind)))
    }

    fn includes(&mut self, view: View<'a>) -> Vec<(GroupName, Place)> {
        let items = self.items(view, "`includes`");
        items
            .into_iter()
            .flatten()
            .filter_map(|item| Some((self.name(item, "an entry of `includes`")?, self.place(item))))
            .collect()
    }

    pub(super) fn bundles(&mut self, view: View<'a>, document: &mut Document) {
        let mut fields = self.entries(view, "`bundles`");
        while let Some(field) = fields.next(self) {
            let entry = self.bundle(field);
            match BundleName::parse(field.name, self.names) {
                Ok(name) => document.bundles.push((name, entry)),
                Err(error) => self.bad_name(field.key, field.name, error),
            }
        }
    }

    fn bundle(&mut self, field: Field<'a>) -> BundleEntry {
        let mut bundle =
            BundleEntry { place: self.place(field.key), roles: None, groups: None, products: None };
        let mut fields = self.fields(field.value, "a bundle");
        while let Some(field) = fields.next(self) {
            match field.name {
                "roles" => bundle.roles = self.grants(field.value, "`roles`"),
                "groups" => bundle.groups = self.grants(field.value, "`groups`"),
                "products" => bundle.products = self.grants(field.value, "`products`"),
                _ => self.unknown_field(field, fields::BUNDLE),
            }
        }
        bundle
    }
}

fn new_group(place: Place) -> GroupEntry {
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

fn spell_out(user: &DeclaredUser, spelled_out: &mut BTreeSet<Relation>) {
    let spelled = [
        (user.groups_spelled_out, Relation::Memberships),
        (user.roles.is_some(), Relation::Roles),
        (user.products.is_some() || user.deny.is_some(), Relation::Assignments),
    ];
    spelled_out
        .extend(spelled.into_iter().filter(|(is_spelled, _)| *is_spelled).map(|(_, relation)| relation));
}
