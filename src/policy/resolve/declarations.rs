//! Everything that any document declares, for looking up the names that are used.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::document::{BundleEntry, GrantedNames, Pin, PolicyDocument};
use super::super::problem::ProblemCode;
use super::super::suggest::nearest_name;
use super::super::{CatalogueEntry, Presence};
use super::directory::{KnownUser, UserDirectory};
use super::{FoundProblems, MOST_LOOKS, PolicyPlace, Workers};
use crate::model::{BundleName, Email, GroupName, Product, ProductId, RoleId, Text};

/// Files of which a part could not be read: each key in them may declare a name.
#[derive(Debug, Default)]
pub struct ObscuredFiles {
    /// Texts of these files.
    pub texts: Vec<Text>,
    /// Words that may have been meant as names.
    pub words: FxHashSet<Text>,
    /// Whether a file has no readable text at all, so that anything may be declared.
    pub everything: bool,
}

impl ObscuredFiles {
    /// Whether a broken file may declare `name`, so that not finding `name` declared is no problem of its
    /// own.
    fn may_declare(&self, name: &str) -> bool {
        self.everything || self.words.contains(name) || self.texts.iter().any(|text| has_key(text, name))
    }
}

/// Whether `text` has the key `name`, in any case: only white space, a quote, `{` or a comma stands directly
/// before it, and a colon follows.
fn has_key(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    text.match_indices(&name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | ','))
            && after.starts_with(':')
    })
}

/// What a lookup tells of a declared group.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownGroup {
    pub(super) place: PolicyPlace,
    /// The group's index in the order of names.
    pub(super) number: u32,
    pub(super) removed: bool,
}

/// Everything that is declared, by name.
#[derive(Debug)]
pub(super) struct Declarations<'o> {
    obscured: &'o ObscuredFiles,
    /// The number of documents.
    documents: usize,
    pub(super) users: UserDirectory,
    pub(super) groups: FxHashMap<GroupName, KnownGroup>,
    pub(super) catalogue: BTreeMap<ProductId, Product>,
    pub(super) catalogue_entries: BTreeMap<ProductId, CatalogueEntry>,
    pub(super) roles: BTreeMap<RoleId, Text>,
    pub(super) bundles: FxHashMap<BundleName, BundleEntry>,
}

impl<'o> Declarations<'o> {
    /// Takes products, roles and bundles out of the documents, and indexes users and groups. Where a name is
    /// declared twice, the first declaration stays and the other one is reported.
    pub(super) fn gather(
        documents: &mut [PolicyDocument],
        obscured: &'o ObscuredFiles,
        workers: &impl Workers,
        found: &mut FoundProblems,
    ) -> Self {
        let mut all = Self {
            obscured,
            documents: documents.len(),
            users: UserDirectory::from_documents(documents, workers, found),
            groups: FxHashMap::default(),
            catalogue: BTreeMap::new(),
            catalogue_entries: BTreeMap::new(),
            roles: BTreeMap::new(),
            bundles: FxHashMap::default(),
        };
        documents.iter_mut().for_each(|document| all.gather_groups(document, found));
        all.number_groups();
        all.gather_products(documents, found);
        all.gather_roles(documents, found);
        all.gather_bundles(documents, found);
        Self::judge_pins(documents, found);
        all
    }

    fn gather_groups(&mut self, document: &mut PolicyDocument, found: &mut FoundProblems) {
        document.groups.retain(|(name, entry)| {
            let place = entry.group.place;
            if let Some(first) = self.groups.get(name) {
                found.report_declared_twice("group", name.as_str(), place, first.place);
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

    fn gather_products(&mut self, documents: &mut [PolicyDocument], found: &mut FoundProblems) {
        let mut numbers: FxHashMap<(u32, Option<Text>), PolicyPlace> = FxHashMap::default();
        for (id, product, entry) in documents.iter_mut().flat_map(|document| document.products.drain(..)) {
            let place = entry.place;
            if let Some(first) = self.catalogue_entries.get(&id) {
                found.report_declared_twice("product", id.as_str(), place, first.place);
                continue;
            }
            self.catalogue_entries.insert(id.clone(), entry);
            if let Some(number) = product.number {
                let first = *numbers.entry((number, product.feature.clone())).or_insert(place);
                if first != place {
                    found.add(ProblemCode::DuplicateNumber, place, |problem| {
                        let message = format!("`{id}` has the number {number} of another product");
                        let problem = problem.says(message).with_other_place(first, "the other one");
                        problem.help("two products may share a number only with different `feature` strings")
                    });
                }
            }
            self.catalogue.insert(id, product);
        }
    }

    fn gather_roles(&mut self, documents: &mut [PolicyDocument], found: &mut FoundProblems) {
        let mut places: BTreeMap<RoleId, PolicyPlace> = BTreeMap::new();
        for (id, name, place) in documents.iter_mut().flat_map(|document| document.roles.drain(..)) {
            if let Some((_, portal)) = RoleId::PORTAL.iter().find(|(known, _)| id.is(known)) {
                found.add(ProblemCode::PortalRole, place, |problem| {
                    let message = format!("`{id}` is the portal's own role {portal}");
                    problem
                        .says(message)
                        .help("the portal's roles need no entry; give a custom role another id")
                });
            }
            match places.get(&id) {
                Some(first) => found.report_declared_twice("role", id.as_str(), place, *first),
                None => {
                    places.insert(id.clone(), place);
                    self.roles.insert(id, name);
                }
            }
        }
    }

    fn gather_bundles(&mut self, documents: &mut [PolicyDocument], found: &mut FoundProblems) {
        for (name, bundle) in documents.iter_mut().flat_map(|document| document.bundles.drain(..)) {
            match self.bundles.get(&name) {
                Some(first) => {
                    found.report_declared_twice("bundle", name.as_str(), bundle.place, first.place)
                }
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

    fn judge_pins(documents: &mut [PolicyDocument], found: &mut FoundProblems) {
        let mut first: BTreeMap<Pin, PolicyPlace> = BTreeMap::new();
        for (pin, place) in documents.iter_mut().flat_map(|document| document.pins.drain(..)) {
            let (code, message) = match &pin {
                Pin::UserId(id) | Pin::GroupId(id) => {
                    (ProblemCode::DuplicateId, format!("the identity `{id}` is pinned twice"))
                }
                Pin::UserFormerly(email) => {
                    (ProblemCode::DuplicateFormerly, format!("`{email}` is the former address of two users"))
                }
                Pin::GroupFormerly(name) => {
                    (ProblemCode::DuplicateFormerly, format!("`{name}` is the former name of two groups"))
                }
            };
            let other = *first.entry(pin).or_insert(place);
            if other != place {
                found.add(code, place, |problem| problem.says(message).with_other_place(other, "first here"));
            }
        }
    }

    /// Whether every name in `named`, which the grants of one document use, may be granted: then none of the
    /// document's many grants needs a check.
    pub(super) fn knows_all(&self, named: &GrantedNames) -> bool {
        let GrantedNames { groups, roles, products } = named;
        groups.iter().all(|name| self.groups.get(name).is_some_and(|group| !group.removed))
            && roles.iter().all(|id| self.knows_role(id) && !id.is(RoleId::ACCOUNT_ADMINISTRATOR))
            && products.iter().all(|id| self.catalogue.contains_key(id))
    }

    fn knows_role(&self, id: &RoleId) -> bool {
        RoleId::PORTAL.iter().any(|(known, _)| id.is(known)) || self.roles.contains_key(id)
    }

    /// Reports groups that are not declared, or that are to be removed.
    pub(super) fn judge_groups<'a, V: HasPlace + 'a>(
        &self,
        named: impl Iterator<Item = (&'a GroupName, &'a V)>,
        found: &mut FoundProblems,
    ) {
        for (name, at) in named {
            match self.groups.get(name) {
                Some(group) if group.removed => found.add(ProblemCode::RemovedGroup, at.place(), |problem| {
                    problem
                        .says(format!("the group `{name}` is to be removed"))
                        .with_other_place(group.place, "declared here")
                }),
                Some(_) => {}
                None => self.report_unknown(
                    ProblemCode::UnknownGroup,
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
        found: &mut FoundProblems,
    ) {
        for (id, at) in named {
            if id.is(RoleId::ACCOUNT_ADMINISTRATOR) {
                found.add(ProblemCode::AccountAdministrator, at.place(), |problem| {
                    let message =
                        "`account-administrator` follows the contract and cannot be granted by a policy";
                    problem
                        .says(message)
                        .help("remove it; `co-administrator` is the strongest role a policy grants")
                });
            } else if !self.knows_role(id) {
                let known = RoleId::PORTAL
                    .iter()
                    .map(|(known, _)| *known)
                    .chain(self.roles.keys().map(RoleId::as_str));
                self.report_unknown(ProblemCode::UnknownRole, "role", id.as_str(), at.place(), known, found);
            }
        }
    }

    /// Notes products that are not in the catalogue. Whether that is a problem depends on the organization.
    pub(super) fn judge_products<'a, V: HasPlace + 'a>(
        &self,
        named: impl Iterator<Item = (&'a ProductId, &'a V)>,
        found: &mut FoundProblems,
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
        found: &mut FoundProblems,
    ) {
        for (name, at) in named {
            if !self.bundles.contains_key(name) {
                self.report_unknown(
                    ProblemCode::UnknownBundle,
                    "bundle",
                    name.as_str(),
                    at.place(),
                    self.bundles.keys().map(BundleName::as_str),
                    found,
                );
            }
        }
    }

    /// Returns the declared user with this address. Reports an address that is not declared, and a user who
    /// is to be removed.
    pub(super) fn resolve_member(
        &self,
        email: &Email,
        place: PolicyPlace,
        found: &mut FoundProblems,
    ) -> Option<KnownUser> {
        match self.users.get(email) {
            Some(user) if user.removed => {
                found.add(ProblemCode::RemovedUser, place, |problem| {
                    problem
                        .says(format!("{email} is to be removed"))
                        .with_other_place(user.place, "declared here")
                });
                None
            }
            Some(user) => Some(*user),
            None => {
                self.report_unknown(
                    ProblemCode::UnknownUser,
                    "user",
                    email.as_str(),
                    place,
                    self.users.addresses(),
                    found,
                );
                None
            }
        }
    }

    fn report_unknown<'a>(
        &self,
        code: ProblemCode,
        kind: &str,
        name: &str,
        place: PolicyPlace,
        known: impl Iterator<Item = &'a str>,
        found: &mut FoundProblems,
    ) {
        if self.obscured.may_declare(name) {
            return;
        }
        let suggestion = if found.looks < MOST_LOOKS / self.documents {
            nearest_name(name, found.count_candidates(known))
        } else {
            None
        };
        found.add(code, place, |problem| {
            problem.says(format!("unknown {kind} `{name}`")).did_you_mean(suggestion)
        });
    }
}

/// A value that has a place in the policy.
pub(super) trait HasPlace {
    fn place(&self) -> PolicyPlace;
}

impl HasPlace for super::super::Grant {
    fn place(&self) -> PolicyPlace {
        self.place
    }
}

impl HasPlace for PolicyPlace {
    fn place(&self) -> PolicyPlace {
        *self
    }
}
