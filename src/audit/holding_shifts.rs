//! Compares two states of an organization: who came and went, and who gained and lost the use of which
//! products, which roles and which memberships.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::OrganizationView;
use super::policy_renames::PolicyRenames;
use super::user_holdings::known_products;
use crate::model::access::{EffectiveAccess, is_present};
use crate::model::{
    Email, FlatMap, FlatSet, GroupName, MergeSide, Organization, ProductId, RoleId, User, merge_by_key,
};

/// The names of one kind that one person has now and did not have before, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameShift<N> {
    /// Names gained, in order.
    pub gained: Vec<N>,
    /// Names lost, in order.
    pub lost: Vec<N>,
}

/// People by what they gained and lost: a change mostly affects many people in the same way.
pub type NameShifts<N> = BTreeMap<NameShift<N>, BTreeSet<Email>>;

/// All that people gained and lost between two states. Who joins gains all that is theirs, and who leaves
/// loses it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldingShifts {
    /// People who were not in the organization before.
    pub joined: BTreeSet<Email>,
    /// People who are no longer in the organization.
    pub left: BTreeSet<Email>,
    /// People and groups that have another name now, under which all else is told.
    pub renames: PolicyRenames,
    pub roles: NameShifts<RoleId>,
    pub memberships: NameShifts<GroupName>,
    /// The products that people can start.
    pub access: NameShifts<ProductId>,
}

impl HoldingShifts {
    /// Returns everybody who gained or lost something; some of them several times.
    pub fn people(&self) -> impl Iterator<Item = &Email> {
        let Self { joined, left, renames, roles, memberships, access } = self;
        let named = roles.values().chain(memberships.values()).chain(access.values());
        let renamed = renames.users.iter().flat_map(|(new, old)| [new, old]);
        [joined, left].into_iter().chain(named).flatten().chain(renamed)
    }

    /// Whether nobody gained or lost anything.
    pub fn is_empty(&self) -> bool {
        let Self { joined, left, renames, roles, memberships, access } = self;
        joined.is_empty()
            && left.is_empty()
            && *renames == PolicyRenames::default()
            && roles.is_empty()
            && memberships.is_empty()
            && access.is_empty()
    }
}

/// Compares two states over the products that either knows.
pub fn holding_shifts(before: OrganizationView<'_>, after: OrganizationView<'_>) -> HoldingShifts {
    let renames = PolicyRenames::between(before.policy, after.policy);
    if renames.users.is_empty() {
        let sides = merge_by_key(present_users(before.organization), present_users(after.organization));
        return compare_holdings(before, after, sides, renames);
    }
    let were = users_under_new_names(present_users(before.organization), &renames);
    let sides =
        merge_by_key(were.iter().map(|(email, user)| (*email, *user)), present_users(after.organization));
    compare_holdings(before, after, sides, renames.clone())
}

/// Compares two states as [`holding_shifts`] does, for `people` alone.
pub fn holding_shifts_of(
    people: &BTreeSet<Email>,
    before: OrganizationView<'_>,
    after: OrganizationView<'_>,
) -> HoldingShifts {
    let renames = PolicyRenames::between(before.policy, after.policy);
    let were = users_under_new_names(present_users_among(people, before.organization), &renames);
    let sides = merge_by_key(
        were.iter().map(|(email, user)| (*email, *user)),
        present_users_among(people, after.organization),
    );
    compare_holdings(before, after, sides, renames.clone())
}

/// The users under the addresses that they have after `renames`.
fn users_under_new_names<'a>(
    users: impl Iterator<Item = (&'a Email, &'a User)>,
    renames: &'a PolicyRenames,
) -> BTreeMap<&'a Email, &'a User> {
    let new: BTreeMap<&Email, &Email> = renames.users.iter().map(|(new, old)| (old, new)).collect();
    users.map(|(email, user)| (*new.get(email).unwrap_or(&email), user)).collect()
}

fn compare_holdings<'a>(
    before: OrganizationView<'_>,
    after: OrganizationView<'_>,
    sides: impl Iterator<Item = (&'a Email, MergeSide<&'a User, &'a User>)>,
    renames: PolicyRenames,
) -> HoldingShifts {
    let new_groups: BTreeMap<&GroupName, &GroupName> =
        renames.groups.iter().map(|(new, old)| (old, new)).collect();
    let products: Vec<&ProductId> = known_products(before)
        .into_iter()
        .chain(known_products(after))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let (had, has) = (
        EffectiveAccess::new(before.organization, before.facts, &products),
        EffectiveAccess::new(after.organization, after.facts, &products),
    );
    let mut shifts = HoldingShifts::default();
    for (email, side) in sides {
        let (one, other) = match side {
            MergeSide::Left(user) => (Some(user), None),
            MergeSide::Right(user) => (None, Some(user)),
            MergeSide::Both(one, other) => (Some(one), Some(other)),
        };
        match (one, other) {
            (None, Some(_)) => drop(shifts.joined.insert(email.clone())),
            (Some(_), None) => drop(shifts.left.insert(email.clone())),
            (Some(_), Some(_)) | (None, None) => {}
        }
        add_shift(&mut shifts.roles, email, one.map(|user| &user.roles), other.map(|user| &user.roles));
        let were = one.map(|user| groups_under_new_names(&user.groups, &new_groups));
        add_shift(&mut shifts.memberships, email, were.as_deref(), other.map(|user| &user.groups));
        let had = one.map_or_else(|| had.no_products(), |user| had.products_of(user));
        let has = other.map_or_else(|| has.no_products(), |user| has.products_of(user));
        if had != has {
            let named = |indices: Vec<usize>| indices.into_iter().map(|at| products[at].clone()).collect();
            let shift = NameShift {
                gained: named(has.difference(&had).collect()),
                lost: named(had.difference(&has).collect()),
            };
            shifts.access.entry(shift).or_default().insert(email.clone());
        }
    }
    HoldingShifts { renames, ..shifts }
}

fn groups_under_new_names<'a>(
    groups: &'a FlatSet<GroupName>,
    new: &BTreeMap<&GroupName, &GroupName>,
) -> Cow<'a, FlatSet<GroupName>> {
    if new.is_empty() {
        return Cow::Borrowed(groups);
    }
    Cow::Owned(groups.keys().map(|group| (*new.get(group).unwrap_or(&group)).clone()).collect())
}

fn add_shift<N: Ord + Clone>(
    shifts: &mut NameShifts<N>,
    email: &Email,
    before: Option<&FlatSet<N>>,
    after: Option<&FlatSet<N>>,
) {
    let missing = |from: Option<&FlatSet<N>>, of: Option<&FlatSet<N>>| -> Vec<N> {
        let names = of.into_iter().flat_map(FlatMap::keys);
        names.filter(|name| !from.is_some_and(|from| from.has(*name))).cloned().collect()
    };
    let shift = NameShift { gained: missing(before, after), lost: missing(after, before) };
    if !shift.gained.is_empty() || !shift.lost.is_empty() {
        shifts.entry(shift).or_default().insert(email.clone());
    }
}

fn present_users(organization: &Organization) -> impl Iterator<Item = (&Email, &User)> {
    organization.users.iter().map(|(email, user)| (email, &**user)).filter(|(_, user)| is_present(user))
}

fn present_users_among<'a>(
    people: &BTreeSet<Email>,
    organization: &'a Organization,
) -> impl Iterator<Item = (&'a Email, &'a User)> {
    let of = people.iter().filter_map(|email| organization.users.get_key_value(email));
    of.map(|(email, user)| (email, &**user)).filter(|(_, user)| is_present(user))
}
