//! Users: defaults and bundles added, memberships gathered, what cannot be true together reported.

use super::super::decode::merged;
use super::super::document::{BundleEntry, Document, UserEntry};
use super::super::problem::{Code, Problem};
use super::super::{DeclaredUser, Grant, Presence, Standing, Terms};
use super::declared::Declarations;
use super::groups::{Groups, MOST_FLATTENED, too_many};
use super::{Found, Place, Workers};
use crate::model::{BundleName, Date, Email, FlatMap, GroupName, MergeSide, ProductId, RoleId};

pub(super) fn resolve(
    documents: &mut [Document],
    declarations: &Declarations<'_>,
    groups: &Groups,
    as_of: Date,
    workers: &impl Workers,
    found: &mut Found,
) -> FlatMap<Email, Box<DeclaredUser>> {
    let more = workers.each(documents, |document| resolve_document(document, declarations, groups, as_of));
    more.into_iter().for_each(|more| found.absorb(more));
    let mut runs: Vec<_> =
        documents.iter_mut().map(|document| std::mem::take(&mut document.users).into_iter()).collect();
    let mut users = Vec::with_capacity(declarations.users.order.len());
    users.extend(
        declarations
            .users
            .order
            .iter()
            .filter_map(|document| runs[*document as usize].next())
            .map(|(email, entry)| (email, entry.user)),
    );
    FlatMap::from_sorted(users)
}

fn resolve_document(
    document: &mut Document,
    declarations: &Declarations<'_>,
    groups: &Groups,
    as_of: Date,
) -> Found {
    let names_are_known = declarations.knows_all(&document.named);
    let first = document
        .users
        .first()
        .and_then(|(email, _)| declarations.users.get(email))
        .map_or(0, |user| user.number);
    let members = groups.members.partition_point(|(user, _, _)| *user < first);
    let found = Found::default();
    let mut resolver = Resolver {
        declarations,
        groups,
        as_of,
        found,
        names_are_known,
        next_user: first,
        next_member: members,
        flattened: 0,
    };
    let defaults = document.defaults.take();
    if let Some(defaults) = &defaults {
        resolver.judge_names(defaults);
    }
    for (email, entry) in &mut document.users {
        resolver.user(email, entry, defaults.as_deref());
    }
    resolver.found
}

struct Resolver<'r> {
    declarations: &'r Declarations<'r>,
    groups: &'r Groups,
    as_of: Date,
    found: Found,
    /// Whether every name that this document's grants use is known.
    names_are_known: bool,
    /// The number of the next user.
    next_user: u32,
    /// The first of the groups' members that is not handed out yet.
    next_member: usize,
    /// Memberships that includes have added.
    flattened: usize,
}

/// Grants to add to a user's own.
#[derive(Default)]
struct More {
    roles: Option<Vec<(RoleId, Grant)>>,
    groups: Option<Vec<(GroupName, Grant)>>,
    products: Option<Vec<(ProductId, Grant)>>,
    deny: Option<Vec<(ProductId, Grant)>>,
}

impl Resolver<'_> {
    fn user(&mut self, email: &Email, entry: &mut UserEntry, defaults: Option<&UserEntry>) {
        self.judge_names(entry);
        let members = self.members();
        let UserEntry { user, bundles, until } = entry;
        if let Presence::Removed(place) = user.presence {
            return self.judge_removed(
                email,
                user,
                bundles.iter().map(|(_, grant)| grant.place).min(),
                place,
            );
        }
        let more = self.more(user, bundles, defaults);
        user.roles = combined(user.roles.take(), more.roles);
        user.products = combined(user.products.take(), more.products);
        user.deny = combined(user.deny.take(), more.deny);
        user.groups_spelled_out |= more.groups.is_some();
        let (groups, allocations) =
            self.memberships(std::mem::take(&mut user.groups), more.groups.unwrap_or_default(), members);
        user.groups = groups;
        if let Some((last, place)) = until.or_else(|| defaults.and_then(|defaults| defaults.until)) {
            user.until = Some(last);
            if last < self.as_of {
                user.presence = Presence::Ended(last, place);
                end(user);
            }
        }
        self.judge_exceptions(email, user);
        self.judge_download(email, user);
        if allocations > 1 {
            self.judge_allocation(email, user);
        }
    }

    /// What defaults and bundles add; single values are filled in.
    fn more(
        &self,
        user: &mut DeclaredUser,
        bundles: &FlatMap<BundleName, Grant>,
        defaults: Option<&UserEntry>,
    ) -> More {
        let mut more = More::default();
        if let Some(defaults) = defaults {
            user.country = user.country.or(defaults.user.country);
            user.entitlement_country = user.entitlement_country.or(defaults.user.entitlement_country);
            more.add_defaults(&defaults.user);
        }
        for (name, grant) in
            bundles.iter().chain(defaults.into_iter().flat_map(|defaults| defaults.bundles.iter()))
        {
            self.add_bundle(&mut more, name, grant);
        }
        more
    }

    /// The members' entries of the next user: they are in the order of the users' numbers.
    fn members(&mut self) -> std::ops::Range<usize> {
        let start = self.next_member;
        let count =
            self.groups.members[start..].iter().take_while(|(user, _, _)| *user == self.next_user).count();
        self.next_member += count;
        self.next_user += 1;
        start..self.next_member
    }

    fn add_bundle(&self, more: &mut More, name: &BundleName, grant: &Grant) {
        let Some(BundleEntry { place: _, roles, groups, products }) = self.declarations.bundles.get(name)
        else {
            return;
        };
        extend(&mut more.roles, roles.as_ref(), |inner| within(grant, inner, self.as_of));
        extend(&mut more.groups, groups.as_ref(), |inner| within(grant, inner, self.as_of));
        extend(&mut more.products, products.as_ref(), |inner| within(grant, inner, self.as_of));
    }

    /// All groups of a user: their own lines', those of the groups that name them, and the groups that
    /// include those. With them the number of allocation groups among them, those counted twice that are
    /// reached twice.
    fn memberships(
        &mut self,
        own: FlatMap<GroupName, Grant>,
        more: Vec<(GroupName, Grant)>,
        members: std::ops::Range<usize>,
    ) -> (FlatMap<GroupName, Grant>, usize) {
        let named =
            self.groups.members[members].iter().map(|(_, group, grant)| (group.clone(), grant.clone()));
        let mut direct = own;
        if !more.is_empty() || named.len() > 0 {
            direct = merged(direct.into_iter().chain(more).chain(named).collect());
        }
        let mut allocations = 0;
        let mut outer = Vec::new();
        for (group, grant) in direct.iter() {
            let Some(known) = self.declarations.groups.get(group) else { continue };
            let above = &self.groups.above[known.number as usize];
            allocations += std::iter::once(&known.number)
                .chain(above)
                .filter(|group| self.groups.allocates(**group))
                .count();
            outer.extend(above.iter().map(|group| (*group, grant)));
        }
        if outer.is_empty() {
            return (direct, allocations);
        }
        self.flattened += outer.len();
        if self.flattened > MOST_FLATTENED {
            too_many(outer[0].1.place, &mut self.found);
            return (direct, allocations);
        }
        let outer: Vec<_> = outer
            .into_iter()
            .map(|(group, grant)| (self.groups.names[group as usize].clone(), grant.clone()))
            .collect();
        (merged(direct.into_iter().chain(outer).collect()), allocations)
    }

    /// Reports names that stand in these lines and mean nothing.
    fn judge_names(&mut self, entry: &UserEntry) {
        let UserEntry { user, bundles, until: _ } = entry;
        self.declarations.judge_bundles(bundles.iter(), &mut self.found);
        if self.names_are_known {
            return;
        }
        self.declarations.judge_roles(user.roles.iter().flat_map(|roles| roles.iter()), &mut self.found);
        self.declarations.judge_groups(user.groups.iter(), &mut self.found);
        self.declarations.judge_products(
            user.products.iter().chain(&user.deny).flat_map(|products| products.iter()),
            &mut self.found,
        );
    }

    fn judge_removed(&mut self, email: &Email, user: &DeclaredUser, bundle: Option<Place>, removed: Place) {
        let roles = user.roles.iter().flat_map(|roles| roles.iter()).map(|(_, grant)| grant.place);
        let products = user
            .products
            .iter()
            .chain(&user.deny)
            .flat_map(|products| products.iter())
            .map(|(_, grant)| grant.place);
        let groups = user.groups.iter().map(|(_, grant)| grant.place);
        if let Some(place) = roles.chain(products).chain(groups).chain(bundle).min() {
            self.found.add(Code::RemovedUser, place, || {
                let problem = Problem::new(Code::RemovedUser, place, format!("{email} is to be removed"))
                    .also(removed, "here");
                problem.help("remove the lists, or the `state`")
            });
        }
    }

    fn judge_exceptions(&mut self, email: &Email, user: &DeclaredUser) {
        let (Some(products), Some(deny)) = (&user.products, &user.deny) else { return };
        for (product, side) in products.merge(deny) {
            let MergeSide::Both(allowed, denied) = side else { continue };
            if overlap(allowed, denied) {
                self.found.add(Code::AllowedAndDenied, denied.place, || {
                    let message = format!("{email} has `{product}` both in `products` and in `deny`");
                    Problem::new(Code::AllowedAndDenied, denied.place, message)
                        .also(allowed.place, "in `products`")
                });
            }
        }
    }

    fn judge_download(&mut self, email: &Email, user: &DeclaredUser) {
        let Some(roles) = &user.roles else { return };
        if roles.get(RoleId::DOWNLOAD).is_some_and(Grant::holds) {
            return;
        }
        for (role, grant) in roles.iter().filter(|(role, grant)| grant.holds() && role.needs_download()) {
            self.found.add(Code::NeedsDownload, grant.place, || {
                let message = format!(
                    "the role `{role}` needs `download`, which {email} does not have on {}",
                    self.as_of
                );
                Problem::new(Code::NeedsDownload, grant.place, message).help("add `download` to the roles")
            });
        }
    }

    fn judge_allocation(&mut self, email: &Email, user: &DeclaredUser) {
        let is_allocation = |group: &GroupName| {
            self.declarations.groups.get(group).is_some_and(|known| self.groups.allocates(known.number))
        };
        let mut held = user.groups.iter().filter(|(group, grant)| grant.holds() && is_allocation(group));
        let (Some(one), Some(other)) = (held.next(), held.next()) else { return };
        let (first, second) = if other.1.place < one.1.place { (other, one) } else { (one, other) };
        self.found.add(Code::SeveralAllocationGroups, second.1.place, || {
            let message = format!("{email} is in the allocation groups `{}` and `{}`", first.0, second.0);
            let problem = Problem::new(Code::SeveralAllocationGroups, second.1.place, message);
            let problem = problem
                .help("a user is in at most one; a group's members count for the groups that include it");
            if first.1.place == second.1.place {
                problem
            } else {
                problem.also(first.1.place, "the other one")
            }
        });
    }
}

impl More {
    fn add_defaults(&mut self, defaults: &DeclaredUser) {
        extend(&mut self.roles, defaults.roles.as_ref(), Grant::clone);
        extend(&mut self.products, defaults.products.as_ref(), Grant::clone);
        extend(&mut self.deny, defaults.deny.as_ref(), Grant::clone);
        extend(&mut self.groups, defaults.groups_spelled_out.then_some(&defaults.groups), Grant::clone);
    }
}

/// Adds `from`, whose presence counts even where it is empty.
fn extend<K: Ord + Clone>(
    into: &mut Option<Vec<(K, Grant)>>,
    from: Option<&FlatMap<K, Grant>>,
    grant: impl Fn(&Grant) -> Grant,
) {
    if let Some(from) = from {
        into.get_or_insert_default().extend(from.iter().map(|(key, inner)| (key.clone(), grant(inner))));
    }
}

fn combined<K: Ord>(
    own: Option<FlatMap<K, Grant>>,
    more: Option<Vec<(K, Grant)>>,
) -> Option<FlatMap<K, Grant>> {
    match (own, more) {
        (own, None) => own,
        (None, Some(more)) => Some(merged(more)),
        (Some(own), Some(more)) if more.is_empty() => Some(own),
        (Some(own), Some(more)) => Some(merged(own.into_iter().chain(more).collect())),
    }
}

/// What a bundle granted by `outer` grants by `inner`: it holds while both do, and stands where the bundle is
/// granted.
fn within(outer: &Grant, inner: &Grant, as_of: Date) -> Grant {
    let terms = match (&outer.terms, &inner.terms) {
        (None, None) => None,
        (Some(terms), None) | (None, Some(terms)) => Some(terms.clone()),
        (Some(outer), Some(inner)) => Some(Box::new(Terms {
            from: outer.from.max(inner.from),
            until: outer.until.into_iter().chain(inner.until).min(),
            reason: outer.reason.clone().or_else(|| inner.reason.clone()),
        })),
    };
    let standing = terms.as_ref().map_or(Standing::Holds, |terms| terms.standing(as_of));
    Grant { place: outer.place, standing, terms }
}

/// After the last day no grant holds.
fn end(user: &mut DeclaredUser) {
    user.roles = user.roles.take().map(all_ended);
    user.groups = all_ended(std::mem::take(&mut user.groups));
    user.products = user.products.take().map(all_ended);
    user.deny = user.deny.take().map(all_ended);
}

fn all_ended<K: Ord>(grants: FlatMap<K, Grant>) -> FlatMap<K, Grant> {
    grants.into_iter().map(|(key, grant)| (key, Grant { standing: Standing::Ended, ..grant })).collect()
}

/// Whether there is a day on which both grants hold.
fn overlap(one: &Grant, other: &Grant) -> bool {
    let until = |grant: &Grant| grant.terms.as_ref().and_then(|terms| terms.until).unwrap_or(Date::MAX);
    let from = |grant: &Grant| grant.terms.as_ref().and_then(|terms| terms.from).unwrap_or(Date::MIN);
    from(one).max(from(other)) <= until(one).min(until(other))
}
