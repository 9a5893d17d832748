//! Resolves users: adds defaults and bundles, gathers memberships, and reports what cannot be true together.

mod every_day;

use super::super::decode::merge_grants;
use super::super::document::{BundleEntry, PolicyDocument, UserEntry};
use super::super::problem::ProblemCode;
use super::super::{DeclaredUser, Grant, GrantSource, GrantStanding, Presence};
use super::declarations::Declarations;
use super::groups::{MOST_FLATTENED, ResolvedGroups, report_too_many_memberships};
use super::{FoundProblems, PolicyPlace, Workers};
use crate::model::{BundleName, Date, Email, FlatMap, GroupName, ProductId, RoleId};

/// Takes the users out of the documents, resolves each, and returns them by address.
pub(super) fn resolve_users(
    documents: &mut [PolicyDocument],
    declarations: &Declarations<'_>,
    groups: &ResolvedGroups,
    as_of: Date,
    workers: &impl Workers,
    found: &mut FoundProblems,
) -> FlatMap<Email, Box<DeclaredUser>> {
    let more =
        workers.map_each(documents, |document| resolve_document(document, declarations, groups, as_of));
    more.into_iter().for_each(|more| found.merge(more));
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
    document: &mut PolicyDocument,
    declarations: &Declarations<'_>,
    groups: &ResolvedGroups,
    as_of: Date,
) -> FoundProblems {
    let names_are_known = declarations.knows_all(&document.named);
    let first = document
        .users
        .first()
        .and_then(|(email, _)| declarations.users.get(email))
        .map_or(0, |user| user.number);
    let members = groups.members.partition_point(|(user, _, _)| *user < first);
    let found = FoundProblems::default();
    let mut resolver = UserResolver {
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
        resolver.resolve_user(email, entry, defaults.as_deref());
    }
    resolver.found
}

/// Resolves the users of one document, in the order of declaration.
struct UserResolver<'r> {
    declarations: &'r Declarations<'r>,
    groups: &'r ResolvedGroups,
    as_of: Date,
    found: FoundProblems,
    /// Whether every name that this document's grants use is known.
    names_are_known: bool,
    /// The number of the next user.
    next_user: u32,
    /// Index of the first of the groups' members that no user has taken yet.
    next_member: usize,
    /// The number of memberships that includes have added.
    flattened: usize,
}

/// Grants that `defaults` and bundles add to a user's own.
#[derive(Default)]
struct AddedGrants {
    roles: Option<Vec<(RoleId, Grant)>>,
    groups: Option<Vec<(GroupName, Grant)>>,
    products: Option<Vec<(ProductId, Grant)>>,
    deny: Option<Vec<(ProductId, Grant)>>,
}

impl UserResolver<'_> {
    fn resolve_user(&mut self, email: &Email, entry: &mut UserEntry, defaults: Option<&UserEntry>) {
        self.judge_names(entry);
        let members = self.take_next_members();
        let UserEntry { user, bundles, until } = entry;
        if let Presence::Removed(place) = user.presence {
            return self.judge_removed(
                email,
                user,
                bundles.iter().map(|(_, grant)| grant.place).min(),
                place,
            );
        }
        let more = self.collect_added_grants(user, bundles, defaults);
        user.roles = combine_grants(user.roles.take(), more.roles, self.as_of);
        user.products = combine_grants(user.products.take(), more.products, self.as_of);
        user.deny = combine_grants(user.deny.take(), more.deny, self.as_of);
        user.groups_spelled_out |= more.groups.is_some();
        let (groups, allocations) =
            self.memberships(std::mem::take(&mut user.groups), more.groups.unwrap_or_default(), members);
        user.groups = groups;
        if let Some((last, place)) = until.or_else(|| defaults.and_then(|defaults| defaults.until)) {
            user.until = Some(last);
            if last < self.as_of {
                user.presence = Presence::Ended(last, place);
                end_grants(user);
            }
        }
        self.judge_exceptions(email, user);
        self.judge_download(email, user);
        if allocations > 1 {
            self.judge_allocation(email, user);
        }
    }

    /// Returns the grants that `defaults` and bundles add, and fills in single values that the user lacks.
    fn collect_added_grants(
        &self,
        user: &mut DeclaredUser,
        bundles: &FlatMap<BundleName, Grant>,
        defaults: Option<&UserEntry>,
    ) -> AddedGrants {
        let mut more = AddedGrants::default();
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

    /// Takes the members' entries of the next user, which are in the order of the users' numbers.
    fn take_next_members(&mut self) -> std::ops::Range<usize> {
        let start = self.next_member;
        let count =
            self.groups.members[start..].iter().take_while(|(user, _, _)| *user == self.next_user).count();
        self.next_member += count;
        self.next_user += 1;
        start..self.next_member
    }

    fn add_bundle(&self, more: &mut AddedGrants, name: &BundleName, grant: &Grant) {
        let Some(BundleEntry { place: _, roles, groups, products }) = self.declarations.bundles.get(name)
        else {
            return;
        };
        add_grants(&mut more.roles, roles.as_ref(), |inner| bundled_grant(grant, inner, self.as_of));
        add_grants(&mut more.groups, groups.as_ref(), |inner| bundled_grant(grant, inner, self.as_of));
        add_grants(&mut more.products, products.as_ref(), |inner| bundled_grant(grant, inner, self.as_of));
    }

    /// Returns all groups of a user: those of the user's own lines, those whose `members` name the user, and
    /// those that include any of these. The second value is the number of allocation groups among them; a
    /// group that is reached twice counts twice.
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
            direct = merge_grants(direct.into_iter().chain(more).chain(named).collect(), self.as_of);
        }
        let mut allocations = 0;
        let mut outer = Vec::new();
        for (group, grant) in direct.iter() {
            let Some(known) = self.declarations.groups.get(group) else { continue };
            let above = &self.groups.above[known.number as usize];
            allocations += std::iter::once(&known.number)
                .chain(above)
                .filter(|group| self.groups.is_allocation_group(**group))
                .count();
            outer.extend(above.iter().map(|group| (*group, grant)));
        }
        if outer.is_empty() {
            return (direct, allocations);
        }
        self.flattened += outer.len();
        if self.flattened > MOST_FLATTENED {
            report_too_many_memberships(outer[0].1.place, &mut self.found);
            return (direct, allocations);
        }
        let outer: Vec<_> = outer
            .into_iter()
            .map(|(group, grant)| (self.groups.names[group as usize].clone(), grant.clone()))
            .collect();
        (merge_grants(direct.into_iter().chain(outer).collect(), self.as_of), allocations)
    }

    /// Reports names in these lines that do not exist or cannot be granted.
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

    fn judge_removed(
        &mut self,
        email: &Email,
        user: &DeclaredUser,
        bundle: Option<PolicyPlace>,
        removed: PolicyPlace,
    ) {
        let roles = user.roles.iter().flat_map(|roles| roles.iter()).map(|(_, grant)| grant.place);
        let products = user
            .products
            .iter()
            .chain(&user.deny)
            .flat_map(|products| products.iter())
            .map(|(_, grant)| grant.place);
        let groups = user.groups.iter().map(|(_, grant)| grant.place);
        if let Some(place) = roles.chain(products).chain(groups).chain(bundle).min() {
            self.found.add(ProblemCode::RemovedUser, place, |problem| {
                let problem =
                    problem.says(format!("{email} is to be removed")).with_other_place(removed, "here");
                problem.help("remove the lists, or the `state`")
            });
        }
    }
}

impl AddedGrants {
    fn add_defaults(&mut self, defaults: &DeclaredUser) {
        add_grants(&mut self.roles, defaults.roles.as_ref(), whole_grant);
        add_grants(&mut self.products, defaults.products.as_ref(), whole_grant);
        add_grants(&mut self.deny, defaults.deny.as_ref(), whole_grant);
        add_grants(&mut self.groups, defaults.groups_spelled_out.then_some(&defaults.groups), whole_grant);
    }
}

/// Adds the grants of `from`. A list counts as present even where it is empty.
fn add_grants<K: Ord + Clone>(
    into: &mut Option<Vec<(K, Grant)>>,
    from: Option<&FlatMap<K, Grant>>,
    grant: impl Fn(&Grant) -> Option<Grant>,
) {
    if let Some(from) = from {
        let granted = from.iter().filter_map(|(key, inner)| Some((key.clone(), grant(inner)?)));
        into.get_or_insert_default().extend(granted);
    }
}

fn combine_grants<K: Ord>(
    own: Option<FlatMap<K, Grant>>,
    more: Option<Vec<(K, Grant)>>,
    as_of: Date,
) -> Option<FlatMap<K, Grant>> {
    match (own, more) {
        (own, None) => own,
        (None, Some(more)) => Some(merge_grants(more, as_of)),
        (Some(own), Some(more)) if more.is_empty() => Some(own),
        (Some(own), Some(more)) => Some(merge_grants(own.into_iter().chain(more).collect(), as_of)),
    }
}

/// Returns the grant as `defaults` gives it to a user.
fn whole_grant(grant: &Grant) -> Option<Grant> {
    Some(grant.clone())
}

/// Combines the grant of a bundle, `outer`, with a grant inside the bundle, `inner`. The result holds while
/// both hold, and its place is where the bundle is granted; `None` where they have no day in common.
fn bundled_grant(outer: &Grant, inner: &Grant, as_of: Date) -> Option<Grant> {
    if !inner.is_dated() {
        let mut grant = outer.clone();
        if let Some(reason) = inner.terms.as_ref().and_then(|terms| terms.reason.as_ref()) {
            let terms = grant.terms.get_or_insert_default();
            let stated = terms.sources.iter_mut().map(|source| &mut source.reason);
            stated.chain([&mut terms.reason]).filter(|stated| stated.is_none()).for_each(|stated| {
                *stated = Some(reason.clone());
            });
        }
        return Some(grant);
    }
    let inner = inner.sources();
    let both = outer.sources().into_iter().flat_map(|outer| {
        let common = |inner: &GrantSource| {
            let reason = outer.reason.clone().or_else(|| inner.reason.clone());
            Some(GrantSource { place: outer.place, days: outer.days.intersect(inner.days)?, reason })
        };
        inner.iter().filter_map(common).collect::<Vec<_>>()
    });
    Grant::from_sources(both.collect(), as_of)
}

/// Marks all grants of a user as ended: none holds after the user's last day.
fn end_grants(user: &mut DeclaredUser) {
    user.roles = user.roles.take().map(ended_grants);
    user.groups = ended_grants(std::mem::take(&mut user.groups));
    user.products = user.products.take().map(ended_grants);
    user.deny = user.deny.take().map(ended_grants);
}

fn ended_grants<K: Ord>(grants: FlatMap<K, Grant>) -> FlatMap<K, Grant> {
    grants.into_iter().map(|(key, grant)| (key, Grant { standing: GrantStanding::Ended, ..grant })).collect()
}
