//! What is declared anywhere, for looking up what is named.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::Presence;
use super::super::document::{BundleEntry, Document, Named, Pin};
use super::super::problem::{Code, Problem};
use super::super::suggest::near;
use super::directory::{Directory, KnownUser};
use super::{Found, MOST_LOOKS, Place, Workers};
use crate::model::{BundleName, Email, GroupName, Product, ProductId, RoleId, Text};

/// Files in which something could not be read: whatever stands there as a key may be declared.
#[derive(Debug, Default)]
pub struct Obscured {
    /// Texts of such files.
    pub texts: Vec<Text>,
    /// Words that may have been meant as names.
    pub words: FxHashSet<Text>,
    /// A file has no readable text at all, so anything may be declared.
    pub everything: bool,
}

impl Obscured {
    /// Whether a broken file may declare `name`, so that not finding it declared is no problem of its own.
    fn may_declare(&self, name: &str) -> bool {
        self.everything
            || self.words.contains(name)
            || self.texts.iter().any(|text| stands_as_key(text, name))
    }
}

/// Whether `name` stands in `text`, without case, as a key: nothing of a name before it, and a colon after
/// it.
fn stands_as_key(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    text.match_indices(&name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | ','))
            && after.starts_with(':')
    })
}

/// A declared group, as others see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownGroup {
    pub(super) place: Place,
    /// The group's number, in the order of names.
    pub(super) number: u32,
    pub(super) removed: bool,
}

/// Everything that is declared, by name.
#[derive(Debug)]
pub(super) struct Declarations<'o> {
    obscured: &'o Obscured,
    /// How many there are.
    documents: usize,
    pub(super) users: Directory,
    pub(super) groups: FxHashMap<GroupName, KnownGroup>,
    pub(super) catalogue: BTreeMap<ProductId, Product>,
    pub(super) roles: BTreeMap<RoleId, Text>,
    pub(super) bundles: FxHashMap<BundleName, BundleEntry>,
}

impl<'o> Declarations<'o> {
    /// Takes products, roles and bundles out of the documents, and looks over users and groups. Of what is
    /// declared twice the first stays.
    pub(super) fn gather(
        documents: &mut [Document],
        obscured: &'o Obscured,
        workers: &impl Workers,
        found: &mut Found,
    ) -> Self {
        let mut all = Self {
            obscured,
            documents: documents.len(),
            users: Directory::of(documents, workers, found),
            groups: FxHashMap::default(),
            catalogue: BTreeMap::new(),
            roles: BTreeMap::new(),
            bundles: FxHashMap::default(),
        };
        documents.iter_mut().for_each(|document| all.gather_groups(document, found));
        all.number_groups();
        all.gather_products(documents, found);
        all.gather_roles(documents, found);
        all.gather_bundles(documents, found);
        all.judge_pins(documents, found);
        all
    }

    fn gather_groups(&mut self, document: &mut Document, found: &mut Found) {
        document.groups.retain(|(name, entry)| {
            let place = entry.group.place;
            if let Some(first) = self.groups.get(name) {
                found.twice("group", name.as_str(), place, first.place);
                return false;
            }
            let removed = matches!(entry.group.presence, Presence::Removed(_));
            self.groups.insert(name.clone(), KnownGroup { place, number: 0, removed });
            true
        });
    }

    fn number_groups(&mut self) {
        let mut groups: Vec<_> = self.groups.iter_mut().collect();
        groups.sort_by(|a, b| a.0.cmp(b.0));
        for (number, (_, group)) in groups.into_iter().enumerate() {
            group.number = u32::try_from(number).unwrap_or(u32::MAX);
        }
    }

    fn gather_products(&mut self, documents: &mut [Document], found: &mut Found) {
        let mut places: FxHashMap<ProductId, Place> = FxHashMap::default();
        let mut numbers: FxHashMap<(u32, Option<Text>), Place> = FxHashMap::default();
        for (id, product, place) in documents.iter_mut().flat_map(|document| document.products.drain(..)) {
            if let Some(first) = places.get(&id) {
                found.twice("product", id.as_str(), place, *first);
                continue;
            }
            places.insert(id.clone(), place);
            if let Some(number) = product.number {
                let first = *numbers.entry((number, product.feature.clone())).or_insert(place);
                if first != place {
                    found.add(Code::DuplicateNumber, place, || {
                        let message = format!("`{id}` has the number {number} of another product");
                        let problem =
                            Problem::new(Code::DuplicateNumber, place, message).also(first, "the other one");
                        problem.help("two products may share a number only with different `feature` strings")
                    });
                }
            }
            self.catalogue.insert(id, product);
        }
    }

    fn gather_roles(&mut self, documents: &mut [Document], found: &mut Found) {
        let mut places: BTreeMap<RoleId, Place> = BTreeMap::new();
        for (id, name, place) in documents.iter_mut().flat_map(|document| document.roles.drain(..)) {
            if let Some((_, portal)) = RoleId::PORTAL.iter().find(|(known, _)| id.is(known)) {
                found.add(Code::PortalRole, place, || {
                    let message = format!("`{id}` is the portal's own role {portal}");
                    Problem::new(Code::PortalRole, place, message)
                        .help("the portal's roles need no entry; give a custom role another id")
                });
            }
            match places.get(&id) {
                Some(first) => found.twice("role", id.as_str(), place, *first),
                None => {
                    places.insert(id.clone(), place);
                    self.roles.insert(id, name);
                }
            }
        }
    }

    fn gather_bundles(&mut self, documents: &mut [Document], found: &mut Found) {
        for (name, bundle) in documents.iter_mut().flat_map(|document| document.bundles.drain(..)) {
            match self.bundles.get(&name) {
                Some(first) => found.twice("bundle", name.as_str(), bundle.place, first.place),
                None => {
                    self.bundles.insert(name, bundle);
                }
            }
        }
        let mut bundles: Vec<_> = self.bundles.values().collect();
        bundles.sort_by_key(|bundle| bundle.place);
        for BundleEntry { place: _, roles, groups, products } in bundles {
            self.judge_roles(roles.iter().flat_map(|roles| roles.iter()), found);
            self.judge_groups(groups.iter().flat_map(|groups| groups.iter()), found);
            self.judge_products(products.iter().flat_map(|products| products.iter()), found);
        }
    }

    fn judge_pins(&self, documents: &mut [Document], found: &mut Found) {
        let mut first: BTreeMap<Pin, Place> = BTreeMap::new();
        for (pin, place) in documents.iter_mut().flat_map(|document| document.pins.drain(..)) {
            let declared = match &pin {
                Pin::UserId(_) | Pin::GroupId(_) => None,
                Pin::UserFormerly(email) => self.users.get(email).map(|user| user.place),
                Pin::GroupFormerly(name) => self.groups.get(name).map(|group| group.place),
            };
            if let Some(declared) = declared {
                found.add(Code::FormerlyDeclared, place, || {
                    let problem = Problem::new(
                        Code::FormerlyDeclared,
                        place,
                        "`formerly` names an object that is itself declared",
                    );
                    problem
                        .also(declared, "declared here")
                        .help("remove that block: the rename takes its place")
                });
            }
            let (code, message) = match &pin {
                Pin::UserId(id) | Pin::GroupId(id) => {
                    (Code::DuplicateId, format!("the identity `{id}` is pinned twice"))
                }
                Pin::UserFormerly(email) => {
                    (Code::DuplicateFormerly, format!("`{email}` is the former address of two users"))
                }
                Pin::GroupFormerly(name) => {
                    (Code::DuplicateFormerly, format!("`{name}` is the former name of two groups"))
                }
            };
            let other = *first.entry(pin).or_insert(place);
            if other != place {
                found.add(code, place, || Problem::new(code, place, message).also(other, "first here"));
            }
        }
    }

    /// Whether every name that grants of this document use may be granted: then none of its many grants needs
    /// a look.
    pub(super) fn knows_all(&self, named: &Named) -> bool {
        let Named { groups, roles, products } = named;
        groups.iter().all(|name| self.groups.get(name).is_some_and(|group| !group.removed))
            && roles.iter().all(|id| self.knows_role(id) && !id.is(RoleId::ACCOUNT_ADMINISTRATOR))
            && products.iter().all(|id| self.catalogue.contains_key(id))
    }

    fn knows_role(&self, id: &RoleId) -> bool {
        RoleId::PORTAL.iter().any(|(known, _)| id.is(known)) || self.roles.contains_key(id)
    }

    /// Reports groups that are not declared or to be removed.
    pub(super) fn judge_groups<'a, V: HasPlace + 'a>(
        &self,
        named: impl Iterator<Item = (&'a GroupName, &'a V)>,
        found: &mut Found,
    ) {
        for (name, at) in named {
            match self.groups.get(name) {
                Some(group) if group.removed => found.add(Code::RemovedGroup, at.place(), || {
                    Problem::new(
                        Code::RemovedGroup,
                        at.place(),
                        format!("the group `{name}` is to be removed"),
                    )
                    .also(group.place, "declared here")
                }),
                Some(_) => {}
                None => self.unknown(
                    Code::UnknownGroup,
                    "group",
                    name.as_str(),
                    at.place(),
                    self.groups.keys().map(GroupName::as_str),
                    found,
                ),
            }
        }
    }

    /// Reports roles that do not exist or cannot be granted.
    pub(super) fn judge_roles<'a, V: HasPlace + 'a>(
        &self,
        named: impl Iterator<Item = (&'a RoleId, &'a V)>,
        found: &mut Found,
    ) {
        for (id, at) in named {
            if id.is(RoleId::ACCOUNT_ADMINISTRATOR) {
                found.add(Code::AccountAdministrator, at.place(), || {
                    let message =
                        "`account-administrator` follows the contract and cannot be granted by a policy";
                    Problem::new(Code::AccountAdministrator, at.place(), message)
                        .help("remove it; `co-administrator` is the strongest role a policy grants")
                });
            } else if !self.knows_role(id) {
                let known = RoleId::PORTAL
                    .iter()
                    .map(|(known, _)| *known)
                    .chain(self.roles.keys().map(RoleId::as_str));
                self.unknown(Code::UnknownRole, "role", id.as_str(), at.place(), known, found);
            }
        }
    }

    /// Notes products that are not in the catalogue: whether that is a problem is for the organization to
    /// say.
    pub(super) fn judge_products<'a, V: HasPlace + 'a>(
        &self,
        named: impl Iterator<Item = (&'a ProductId, &'a V)>,
        found: &mut Found,
    ) {
        for (id, at) in named {
            if !self.catalogue.contains_key(id) && !self.obscured.may_declare(id.as_str()) {
                let first = found.unknown_products.entry(id.clone()).or_insert(at.place());
                *first = at.place().min(*first);
            }
        }
    }

    /// Reports bundles that are not declared.
    pub(super) fn judge_bundles<'a, V: HasPlace + 'a>(
        &self,
        named: impl Iterator<Item = (&'a BundleName, &'a V)>,
        found: &mut Found,
    ) {
        for (name, at) in named {
            if !self.bundles.contains_key(name) {
                self.unknown(
                    Code::UnknownBundle,
                    "bundle",
                    name.as_str(),
                    at.place(),
                    self.bundles.keys().map(BundleName::as_str),
                    found,
                );
            }
        }
    }

    /// The declared user of this address, who is not to be removed; else reports it.
    pub(super) fn member(&self, email: &Email, place: Place, found: &mut Found) -> Option<KnownUser> {
        match self.users.get(email) {
            Some(user) if user.removed => {
                found.add(Code::RemovedUser, place, || {
                    Problem::new(Code::RemovedUser, place, format!("{email} is to be removed"))
                        .also(user.place, "declared here")
                });
                None
            }
            Some(user) => Some(*user),
            None => {
                self.unknown(Code::UnknownUser, "user", email.as_str(), place, self.users.addresses(), found);
                None
            }
        }
    }

    fn unknown<'a>(
        &self,
        code: Code,
        kind: &str,
        name: &str,
        place: Place,
        known: impl Iterator<Item = &'a str>,
        found: &mut Found,
    ) {
        if self.obscured.may_declare(name) {
            return;
        }
        let suggestion =
            if found.looks < MOST_LOOKS / self.documents { near(name, found.looking(known)) } else { None };
        found.add(code, place, || {
            Problem::new(code, place, format!("unknown {kind} `{name}`")).did_you_mean(suggestion)
        });
    }
}

/// Something that stands somewhere.
pub(super) trait HasPlace {
    fn place(&self) -> Place;
}

impl HasPlace for super::super::Grant {
    fn place(&self) -> Place {
        self.place
    }
}

impl HasPlace for Place {
    fn place(&self) -> Place {
        *self
    }
}
