//! What a plan means: who can start what, before and after, and why; licences; what cannot be undone.

mod access;
mod cause;
mod exposure;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::order::PlanSides;
use super::{Act, Step};
use crate::change::{Change, Edit};
use crate::model::licences::assignment_counts;
use crate::model::{
    AccessSetting, Area, CountryCode, Date, Email, GroupName, LicenceKind, MergeSide, Money, Organization,
    ProductId, User, merge_by_key,
};
use crate::usage::{Overage, Period, UsageOutlook};
use exposure::ExposuresByProduct;

/// Products in order; people who lose the same products share one list.
pub type ProductList = Arc<[ProductId]>;

/// What a plan means for people and licences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Impact {
    /// By product: how many people lose and gain it, newcomers and leavers included. Products that nothing
    /// happens to are left out.
    pub products: BTreeMap<ProductId, ProductImpact>,
    /// People who stay and lose access to a product: the products by cause.
    pub losing: BTreeMap<Email, BTreeMap<AccessCause, ProductList>>,
    /// People who were already there and gain access to a product: the products by cause.
    pub gaining: BTreeMap<Email, BTreeMap<AccessCause, ProductList>>,
    /// People who leave, with how many products they could start.
    pub leaving: BTreeMap<Email, usize>,
    /// Licences of products whose assignments change, that a step names, or that will cost more.
    pub licences: Vec<LicenceLine>,
    /// What use beyond what is owned costs in the running period, all products together.
    pub exposure: ExposureProjection,
    /// Steps that switch something for everybody at once.
    pub flips: Vec<AccessFlip>,
    /// What cannot be undone.
    pub not_undoable: NotUndoableCounts,
    /// Requests that carrying it out takes.
    pub requests: u32,
    /// About how long it takes, at the connector's pace; `None` where the pace is unknown.
    pub seconds: Option<f64>,
}

/// How many people lose and gain one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductImpact {
    /// People who could start it and no longer can.
    pub lost: usize,
    /// Of those, people who leave.
    pub lost_by_leaving: usize,
    /// People who can start it now.
    pub gained: usize,
    /// Of those, newcomers.
    pub gained_by_newcomers: usize,
    /// People who lose and gain it, by cause, leavers and newcomers left out.
    pub causes: BTreeMap<AccessCause, (usize, usize)>,
}

/// What made somebody's access change, named as approvals name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessCause {
    /// The person: comes, goes, or has another country.
    User(Email),
    /// The person joined or left the group.
    Membership(GroupName, Email),
    /// An exception or a named licence.
    Assignment(Email, ProductId),
    /// The group: its list, kind or country.
    Group(GroupName),
    /// The product's setting for everywhere.
    Product(ProductId),
    /// The product's setting in a country.
    Restriction(ProductId, CountryCode),
    /// The country's default.
    Default(CountryCode),
}

impl AccessCause {
    /// The cause of a changed setting.
    pub fn from_setting(product: &ProductId, area: Area) -> Self {
        match area {
            Area::Everywhere => Self::Product(product.clone()),
            Area::Country(country) => Self::Restriction(product.clone(), country),
        }
    }
}

impl fmt::Display for AccessCause {
    /// As approvals name it.
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

/// Licences of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceLine {
    /// Which product.
    pub product: ProductId,
    /// Pooled or named.
    pub licence: LicenceKind,
    /// Owned over all contracts; `None` where no contract says.
    pub owned: Option<u32>,
    /// People with an assignment (an allow exception or a named licence) before.
    pub assigned_before: u32,
    /// The same after.
    pub assigned_after: u32,
    /// Most machines at once in the last 90 days, the sum over countries; `None` where usage was not read.
    /// Never 0 for unknown.
    pub peak: Option<u32>,
    /// What the running period costs beyond what is owned; `None` where usage was not read.
    pub exposure: Option<Exposure>,
}

/// What use of one product costs in the running period beyond what is owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// So far.
    pub before: Overage,
    /// If people whom the plan brings into the pool use it as those do who are in it.
    pub after: Overage,
}

/// Whether it is known what use costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExposureProjection {
    /// No usage was read: unknown, which is not 0.
    #[default]
    Unread,
    /// Usage is known up to that day only, longer ago than machines are offline: unknown as well.
    Stale(Date),
    /// It is known, though provisional: use becomes known days later where machines are offline.
    Known(ExposureTotal),
}

/// What use costs in the running period beyond what is owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureTotal {
    /// The running period.
    pub period: Period,
    /// Since when use is known, where that is after the period's first day.
    pub since: Option<Date>,
    /// So far, by currency; products without a list price are not in it.
    pub before: Vec<Money>,
    /// After the plan.
    pub after: Vec<Money>,
}

/// A step that switches something for everybody at once: dangerous, so that its people are listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessFlip {
    /// The first product on a list denies everything else to the members.
    FirstProduct(GroupName),
    /// An emptied list no longer counts: the members fall back to the country's settings.
    EmptiedList(GroupName),
    /// A country's default becomes `nobody`.
    DefaultNobody(CountryCode),
}

/// What an undo will not bring back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotUndoableCounts {
    /// Invitations sent.
    pub invitations: usize,
    /// Checkouts ended.
    pub checkouts: usize,
    /// Named licences whose 24 h and lock begin.
    pub locks: usize,
    /// People removed: the same address comes back as another identity.
    pub identities: usize,
    /// People let in who had asked to join.
    pub approvals: usize,
}

impl Impact {
    /// Takes over what `other` knows of use.
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

/// What `changes`, carried out as `steps`, mean. `outlook` is what is known of use, and `per_second` the
/// connector's pace, where it is known.
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
        _ => None,
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

/// The sum over pools: each has its own peak, and is paid for by itself.
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
        _ => None,
    };
    changes.iter().filter_map(flip).collect::<BTreeSet<_>>().into_iter().collect()
}

fn count_not_undoable(steps: &[Step]) -> NotUndoableCounts {
    let mut counts = NotUndoableCounts::default();
    for step in steps {
        match &step.act {
            Act::Invite(_) => counts.invitations += 1,
            Act::Approve(_) => counts.approvals += 1,
            Act::EndCheckout { .. } => counts.checkouts += 1,
            Act::AssignLicence { .. } => counts.locks += 1,
            Act::RemoveUser(_) => counts.identities += 1,
            _ => {}
        }
    }
    counts
}

/// Users whom `changes` may touch; `None` is everybody.
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
            // A new group has no list yet, and one that goes takes its list off first.
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
