//! The impact of a plan: which users gain or lose which products and why, the licences that the plan needs,
//! and what cannot be undone.

mod access;
mod cause;
mod exposure;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::Step;
use super::order::PlanSides;
use crate::change::{Change, Edit};
use crate::model::licences::assignment_counts;
use crate::model::{
    AccessSetting, Area, CountryCode, Date, Email, GroupName, LicenceKind, MergeSide, Money, Organization,
    ProductId, User, merge_by_key,
};
use crate::object::IrreversibleEffect;
use crate::usage::{Overage, Period, UsageOutlook};
use exposure::ExposuresByProduct;

/// Products in order. Users who lose or gain the same products share one list in memory.
pub type ProductList = Arc<[ProductId]>;

/// The impact of a plan on people and licences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Impact {
    /// How many users lose and gain each product, new users and leavers included. Products that nobody loses
    /// or gains are left out.
    pub products: BTreeMap<ProductId, ProductImpact>,
    /// Users who stay and lose access: the lost products by cause.
    pub losing: BTreeMap<Email, BTreeMap<AccessCause, ProductList>>,
    /// Users who existed before and gain access: the gained products by cause.
    pub gaining: BTreeMap<Email, BTreeMap<AccessCause, ProductList>>,
    /// Users who leave and could start at least one product, with the number of those products.
    pub leaving: BTreeMap<Email, usize>,
    /// How many new users can start at least one product; 0 in plans of earlier versions.
    pub arriving: usize,
    /// Licences of the products whose assignments or restrictions change, or whose overage changes.
    pub licences: Vec<LicenceLine>,
    /// The cost of use beyond the owned licences in the running period, over all products.
    pub exposure: ExposureProjection,
    /// Changes that switch access for many users at once.
    pub flips: Vec<AccessFlip>,
    /// Effects that cannot be undone.
    pub not_undoable: NotUndoableCounts,
    /// The number of requests that applying the plan takes.
    pub requests: u32,
    /// Estimated time for applying the plan at the connector's pace; `None` where the pace is unknown.
    pub seconds: Option<f64>,
}

/// How many users lose and gain one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductImpact {
    /// Users who could start the product before and cannot after.
    pub lost: usize,
    /// Of `lost`, the users who leave the organization.
    pub lost_by_leaving: usize,
    /// Users who can start the product after and could not before.
    pub gained: usize,
    /// Of `gained`, the users who are new in the organization.
    pub gained_by_newcomers: usize,
    /// Users who lose and who gain the product, by cause, without leavers and new users.
    pub causes: BTreeMap<AccessCause, (usize, usize)>,
}

/// The cause of a change of a user's access, named as approvals name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessCause {
    /// The user is new, leaves, or has another entitlement country.
    User(Email),
    /// The user joins or leaves the group.
    Membership(GroupName, Email),
    /// An exception or a named licence of the user changes.
    Assignment(Email, ProductId),
    /// The group's product list, kind or country changes, or the group is deleted.
    Group(GroupName),
    /// The product's setting for all countries changes.
    Product(ProductId),
    /// The product's setting in one country changes.
    Restriction(ProductId, CountryCode),
    /// The country's default changes.
    Default(CountryCode),
}

impl AccessCause {
    /// The cause for a changed setting of `product` in `area`.
    pub fn from_setting(product: &ProductId, area: Area) -> Self {
        match area {
            Area::Everywhere => Self::Product(product.clone()),
            Area::Country(country) => Self::Restriction(product.clone(), country),
        }
    }
}

impl fmt::Display for AccessCause {
    /// The name of the cause in approvals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Membership(group, user) => write!(f, "{group}/{user}"),
            Self::Assignment(user, product) => write!(f, "{user}/{product}"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::Product(product) => write!(f, "product {product}"),
            Self::Restriction(product, country) => write!(f, "restriction {product} {country}"),
            Self::Default(country) => write!(f, "default {country}"),
        }
    }
}

/// The licences of one product, before and after a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceLine {
    pub product: ProductId,
    pub licence: LicenceKind,
    /// Owned over all contracts; `None` where no contract states a quantity.
    pub owned: Option<u32>,
    /// Users with an assignment (an allow exception or a named licence) before the plan.
    pub assigned_before: u32,
    /// Users with an assignment after the plan.
    pub assigned_after: u32,
    /// Most machines at once in the last 90 days, summed over countries; `None`, never 0, where usage was not
    /// read or is stale.
    pub peak: Option<u32>,
    /// The cost of use beyond the owned licences in the running period; `None` where usage was not read or is
    /// stale.
    pub exposure: Option<Exposure>,
}

/// The cost of one product's use beyond the owned licences in the running period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The overage of the running period so far.
    pub before: Overage,
    /// The overage if the users whom the plan adds to the pool use the product as much as those already in
    /// it.
    pub after: Overage,
}

/// The projected cost of use beyond the owned licences, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExposureProjection {
    /// No usage was read: unknown, which is not 0.
    #[default]
    Unread,
    /// Usage is known only up to this day, longer ago than machines may stay offline: the cost is unknown as
    /// well.
    Stale(Date),
    /// The cost is known, but provisional: machines that are offline report their use days later.
    Known(ExposureTotal),
}

/// The cost of use beyond the owned licences in the running period, over all products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureTotal {
    pub period: Period,
    /// The first day with known usage; `None` where usage is known from the period's first day on.
    pub since: Option<Date>,
    /// The cost so far, one amount for each currency; products without a list price are not included.
    pub before: Vec<Money>,
    /// The cost after the plan, in the same form.
    pub after: Vec<Money>,
}

/// A change that switches access for many users at once. Such a change is dangerous, so reports list the
/// users.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessFlip {
    /// The first product on a group's list denies all other products to the members.
    FirstProduct(GroupName),
    /// An emptied list no longer counts: the members fall back to the settings of their country.
    EmptiedList(GroupName),
    /// A country's default becomes `nobody`.
    DefaultNobody(CountryCode),
}

/// Counts of effects that an undo cannot reverse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotUndoableCounts {
    /// Invitations sent.
    pub invitations: usize,
    /// Checkouts ended.
    pub checkouts: usize,
    /// Named licences assigned, which are locked after 24 hours.
    pub locks: usize,
    /// Users removed: inviting the same address again creates another identity.
    pub identities: usize,
    /// Users approved who had asked to join.
    pub approvals: usize,
}

impl Impact {
    /// Takes over the usage figures of `other`.
    pub(super) fn take_use_of(&mut self, other: &Self) {
        self.exposure = other.exposure.clone();
        for known in &other.licences {
            match self.licences.iter_mut().find(|line| line.product == known.product) {
                Some(line) => (line.peak, line.exposure) = (known.peak, known.exposure.clone()),
                None => self.licences.push(known.clone()),
            }
        }
    }
}

/// Computes the impact of `changes`, which are carried out by `steps`. `outlook` is the known usage, if any,
/// and `per_second` the connector's pace, where a pace is known.
pub fn assess_impact(
    changes: &[Change],
    steps: &[Step],
    sides: PlanSides<'_>,
    outlook: Option<&UsageOutlook<'_>>,
    per_second: Option<u32>,
) -> Impact {
    let mut impact = Impact {
        flips: flips(changes, sides),
        not_undoable: count_not_undoable(steps),
        requests: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        ..Impact::default()
    };
    impact.seconds = per_second.map(|pace| f64::from(impact.requests) / f64::from(pace));
    access::compare_access(changes, sides, &mut impact);
    let exposures = outlook
        .map(|outlook| exposure::project_exposure(changes, sides, outlook, &mut impact))
        .unwrap_or_default();
    let known = outlook.filter(|outlook| outlook.is_current());
    impact.licences = licence_lines(changes, sides, known.map(|outlook| (outlook, &exposures)));
    impact
}

fn licence_lines(
    changes: &[Change],
    sides: PlanSides<'_>,
    known: Option<(&UsageOutlook<'_>, &ExposuresByProduct)>,
) -> Vec<LicenceLine> {
    let named = changes.iter().filter_map(|change| match change {
        Change::Exception { product, .. }
        | Change::Licence { product, .. }
        | Change::Restriction { product, .. } => Some(product),
        Change::User { .. }
        | Change::State { .. }
        | Change::Group { .. }
        | Change::Membership { .. }
        | Change::Role { .. }
        | Change::Checkout { .. }
        | Change::Listing { .. }
        | Change::Default { .. }
        | Change::Alert { .. }
        | Change::Contact { .. } => None,
    });
    let dearer = known
        .into_iter()
        .flat_map(|(_, exposures)| exposures)
        .filter(|(_, exposure)| exposure.before != exposure.after);
    let products: BTreeSet<&ProductId> = named.chain(dearer.map(|(product, _)| product)).collect();
    if products.is_empty() {
        return Vec::new();
    }
    let (before, after) = (assignment_counts(sides.live), assignment_counts(sides.desired));
    let count =
        |counts: &BTreeMap<&ProductId, u32>, product: &ProductId| counts.get(product).copied().unwrap_or(0);
    let line = |product: &ProductId| LicenceLine {
        product: product.clone(),
        licence: if sides.facts.is_named(product) { LicenceKind::Named } else { LicenceKind::Pooled },
        owned: sides.facts.owned_licences(product),
        assigned_before: count(&before, product),
        assigned_after: count(&after, product),
        peak: known.map(|(outlook, _)| summed_peak(outlook, product)),
        exposure: known.map(|(_, exposures)| {
            exposures
                .get(product)
                .cloned()
                .unwrap_or(Exposure { before: Overage::NONE, after: Overage::NONE })
        }),
    };
    products.into_iter().map(line).collect()
}

/// The sum of the peaks of the product's pools: each pool has its own peak, and is charged separately.
fn summed_peak(outlook: &UsageOutlook<'_>, product: &ProductId) -> u32 {
    let of_product = outlook.pools.iter().filter(|(pool, _)| pool.product == *product);
    of_product.map(|(_, standing)| standing.recent).fold(0, u32::saturating_add)
}

fn flips(changes: &[Change], sides: PlanSides<'_>) -> Vec<AccessFlip> {
    let is_empty = |side: &Organization, group: &GroupName| {
        side.groups.get(group).is_none_or(|group| group.products.is_empty())
    };
    let flip = |change: &Change| match change {
        Change::Listing { group, .. } => {
            match (is_empty(sides.live, group), is_empty(sides.desired, group)) {
                (true, false) => Some(AccessFlip::FirstProduct(group.clone())),
                (false, true) => Some(AccessFlip::EmptiedList(group.clone())),
                (true, true) | (false, false) => None,
            }
        }
        Change::Default { country, edit } => {
            (edit.after() == Some(&AccessSetting::Nobody)).then_some(AccessFlip::DefaultNobody(*country))
        }
        Change::User { .. }
        | Change::State { .. }
        | Change::Group { .. }
        | Change::Membership { .. }
        | Change::Role { .. }
        | Change::Exception { .. }
        | Change::Licence { .. }
        | Change::Checkout { .. }
        | Change::Restriction { .. }
        | Change::Alert { .. }
        | Change::Contact { .. } => None,
    };
    changes.iter().filter_map(flip).collect::<BTreeSet<_>>().into_iter().collect()
}

fn count_not_undoable(steps: &[Step]) -> NotUndoableCounts {
    let mut counts = NotUndoableCounts::default();
    for effect in steps.iter().filter_map(|step| step.act.facts().irreversible) {
        match effect {
            IrreversibleEffect::SentInvitation => counts.invitations += 1,
            IrreversibleEffect::GivenApproval => counts.approvals += 1,
            IrreversibleEffect::EndedCheckout => counts.checkouts += 1,
            IrreversibleEffect::LockedLicence => counts.locks += 1,
            IrreversibleEffect::LostIdentity => counts.identities += 1,
        }
    }
    counts
}

/// The users whose access `changes` may affect; `None` means all users.
fn touched_users(changes: &[Change], sides: PlanSides<'_>) -> Option<BTreeSet<Email>> {
    let mut users = BTreeSet::new();
    let mut groups = BTreeSet::new();
    for change in changes {
        match change {
            Change::User { user, .. }
            | Change::State { user, .. }
            | Change::Membership { user, .. }
            | Change::Exception { user, .. }
            | Change::Licence { user, .. } => drop(users.insert(user.clone())),
            Change::Group { group, edit: Edit::Update { .. } } | Change::Listing { group, .. } => {
                groups.insert(group);
            }
            Change::Default { .. } | Change::Restriction { .. } => return None,
            // The list and the members of a new or deleted group are changes of their own.
            Change::Group { edit: Edit::Create(_) | Edit::Delete(_), .. } => {}
            Change::Role { .. } | Change::Checkout { .. } | Change::Alert { .. } | Change::Contact { .. } => {
            }
        }
    }
    if !groups.is_empty() {
        let is_member = |user: &Arc<User>| user.groups.keys().any(|group| groups.contains(group));
        let members = merge_by_key(sides.live.users.iter(), sides.desired.users.iter()).filter(
            |(_, side)| match side {
                MergeSide::Both(live, desired) => {
                    is_member(live) || (!Arc::ptr_eq(live, desired) && is_member(desired))
                }
                MergeSide::Left(user) | MergeSide::Right(user) => is_member(user),
            },
        );
        users.extend(members.map(|(email, _)| email.clone()));
    }
    Some(users)
}
