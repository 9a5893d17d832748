//! Decodes users, groups, bundles, and the `defaults` of a document's users.

use std::collections::BTreeSet;

use super::super::document::{BundleEntry, GroupEntry, Pin, PolicyDocument, UserEntry, UserHead};
use super::super::problem::ProblemCode;
use super::super::settings::Relation;
use super::super::yaml::YamlNodeRef;
use super::super::{DeclaredGroup, DeclaredState, DeclaredUser, Presence};
use super::{MappingField, PolicyDecoder, PolicyPlace, fields};
use crate::model::{BundleName, Email, GroupKind, GroupName};

/// The words that `state` of a user can be.
#[derive(Clone, Copy)]
enum UserStateWord {
    Active,
    Locked,
    Removed,
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `defaults`.
    pub(super) fn defaults(&mut self, field: MappingField<'a>) -> UserEntry {
        let mut entry = UserEntry::new(self.place(field.key));
        let mut fields = self.fields(field.value, "`defaults`");
        while let Some(field) = fields.next(self) {
            if !self.decode_common_field(field, &mut entry) {
                self.report_unknown_field(field, fields::DEFAULTS);
            }
        }
        entry
    }

    /// Decodes `users` into `document`, in the order of addresses.
    pub(super) fn decode_users(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let mut fields = self.entries(view, "`users`");
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
            self.decode_user(field.value, entry, pins);
            note_spelled_out_relations(&entry.user, spelled_out);
        }
        if !users.is_sorted_by(|a, b| a.0 < b.0) {
            users.sort_by(|a, b| a.0.cmp(&b.0));
        }
        document.heads =
            document.users.iter().map(|(email, entry)| UserHead::from_entry(email, entry)).collect();
    }

    fn decode_user(
        &mut self,
        view: YamlNodeRef<'a>,
        entry: &mut UserEntry,
        pins: &mut Vec<(Pin, PolicyPlace)>,
    ) {
        let mut fields = self.fields(view, "a user");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            match field.name {
                "first_name" => entry.user.first_name = self.one_line_text(value, "`first_name`"),
                "last_name" => entry.user.last_name = self.one_line_text(value, "`last_name`"),
                "state" => self.decode_user_state(value, entry),
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
                _ if self.decode_common_field(field, entry) => {}
                _ => self.report_unknown_field(field, fields::USER),
            }
        }
    }

    /// Decodes a field that users and `defaults` share; returns false where the field is none of these.
    fn decode_common_field(&mut self, field: MappingField<'a>, entry: &mut UserEntry) -> bool {
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

    fn decode_user_state(&mut self, view: YamlNodeRef<'a>, entry: &mut UserEntry) {
        let words = [
            ("active", UserStateWord::Active),
            ("locked", UserStateWord::Locked),
            ("removed", UserStateWord::Removed),
        ];
        match self.word(view, "`state` of a user", ProblemCode::UnknownWord, &words) {
            Some(UserStateWord::Active) => entry.user.state = Some(DeclaredState::Active),
            Some(UserStateWord::Locked) => entry.user.state = Some(DeclaredState::Locked),
            Some(UserStateWord::Removed) => entry.user.presence = Presence::Removed(self.place(view)),
            None => {}
        }
    }

    /// Decodes `groups` into `document`.
    pub(super) fn decode_groups(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let mut fields = self.entries(view, "`groups`");
        while let Some(field) = fields.next(self) {
            let entry = self.group(field, document);
            match GroupName::parse(field.name, self.names) {
                Ok(name) => document.groups.push((name, entry)),
                Err(error) => self.report_bad_name(field.key, field.name, error),
            }
        }
    }

    fn group(&mut self, field: MappingField<'a>, document: &mut PolicyDocument) -> GroupEntry {
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
                        self.word(value, "`state` of a group", ProblemCode::UnknownWord, &[("removed", ())]);
                    group.presence =
                        removed.map_or(Presence::Present, |()| Presence::Removed(self.place(value)));
                }
                "includes" => {
                    group.members_spelled_out = true;
                    group.includes = self.included_groups(value);
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
                _ => self.report_unknown_field(field, fields::GROUP),
            }
        }
        if entry.group.members_spelled_out {
            document.spelled_out.insert(Relation::Memberships);
        }
        entry
    }

    fn group_kind(&mut self, view: YamlNodeRef<'a>) -> Option<GroupKind> {
        let kinds = [GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other];
        self.word(
            view,
            "`kind` of a group",
            ProblemCode::UnknownWord,
            &kinds.map(|kind| (kind.as_str(), kind)),
        )
    }

    fn included_groups(&mut self, view: YamlNodeRef<'a>) -> Vec<(GroupName, PolicyPlace)> {
        let items = self.items(view, "`includes`");
        items
            .into_iter()
            .flatten()
            .filter_map(|item| Some((self.name(item, "an entry of `includes`")?, self.place(item))))
            .collect()
    }

    /// Decodes `bundles` into `document`.
    pub(super) fn decode_bundles(&mut self, view: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let mut fields = self.entries(view, "`bundles`");
        while let Some(field) = fields.next(self) {
            let entry = self.bundle(field);
            match BundleName::parse(field.name, self.names) {
                Ok(name) => document.bundles.push((name, entry)),
                Err(error) => self.report_bad_name(field.key, field.name, error),
            }
        }
    }

    fn bundle(&mut self, field: MappingField<'a>) -> BundleEntry {
        let mut bundle =
            BundleEntry { place: self.place(field.key), roles: None, groups: None, products: None };
        let mut fields = self.fields(field.value, "a bundle");
        while let Some(field) = fields.next(self) {
            match field.name {
                "roles" => bundle.roles = self.grants(field.value, "`roles`"),
                "groups" => bundle.groups = self.grants(field.value, "`groups`"),
                "products" => bundle.products = self.grants(field.value, "`products`"),
                _ => self.report_unknown_field(field, fields::BUNDLE),
            }
        }
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
