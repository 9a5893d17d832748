//! A plan: ordered steps, what stays withheld, what it means for people, and the guards' verdict.
//!
//! A plan is a value, complete enough that carrying it out needs no further decision. It is made from a
//! policy and one read of the organization, without side effects: the same inputs give the same bytes.

pub mod approval;
mod catalogue;
pub mod file;
pub mod guard;
pub mod impact;
pub mod order;
pub mod replay;
pub mod sighting;

use std::collections::{BTreeMap, BTreeSet};

pub use approval::Approved;
pub use guard::{GuardWarning, Refusal, Verdict};
pub use impact::Impact;
pub use order::Phase;

pub use crate::change::StepReason;

use crate::change::{Change, LeftAlone, Withheld};
use crate::diff::diff;
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Date, Desired, Email, FlatSet, GroupFacts,
    GroupName, Live, LiveId, Product, ProductId, Profile, RoleId, Snapshot, Text, Timestamp, UserException,
};
use crate::policy::scope::ScopeOutcome;
use crate::policy::settings::{Approval, Guards};
use crate::policy::{Moment, Policy, Settings};
use crate::usage::UsageOutlook;
use order::PlanSides;

/// What shall be done, in order, and all that a person needs to judge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The organization's name.
    pub organization: Text,
    /// Hex digest of the policy's files; for an undo, of the snapshot gone back to.
    pub policy: Text,
    /// The day the plan was made for.
    pub as_of: Date,
    /// When it was made.
    pub created: Timestamp,
    /// What was read.
    pub read: ReadCounts,
    /// The steps; a step's number is its index here plus one.
    pub steps: Vec<Step>,
    /// Differences deliberately not planned.
    pub withheld: Vec<Withheld>,
    /// What was left out of the comparison.
    pub left_alone: LeftAlone,
    /// What it means for people and licences.
    pub impact: Impact,
    /// The guards' verdict, approvals considered.
    pub verdict: Verdict,
    /// The limits that were judged by, and will be judged by again.
    pub guards: Guards,
    /// The approvals in force.
    pub approvals: Vec<Approval>,
    /// What the policy calls the products that steps name; a sandbox learns them from here.
    pub catalogue: BTreeMap<ProductId, Product>,
}

/// What one read of the organization brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadCounts {
    /// Users.
    pub users: usize,
    /// Products in the catalogue.
    pub products: usize,
    /// Requests.
    pub requests: u32,
}

impl ReadCounts {
    /// What `snapshot` holds.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self {
            users: snapshot.live.0.users.len(),
            products: snapshot.facts.products.len(),
            requests: snapshot.requests,
        }
    }
}

/// A step's number in its plan, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepNo(pub u32);

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub no: StepNo,
    /// When its turn comes.
    pub phase: Phase,
    /// What it does, with the values before and after.
    pub act: Act,
    /// Objects that must still be the ones that were read, by the name they have when the step's turn comes.
    pub identities: Vec<Identity>,
    /// Steps that must be done first. (Steps of an earlier phase are tried first in any case.)
    pub needs: Vec<StepNo>,
    /// Why, at least one.
    pub why: Vec<StepReason>,
}

/// A name and the identity it must resolve to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// A user.
    User(Email, LiveId),
    /// A group.
    Group(GroupName, LiveId),
}

/// What a step does. Before-values are preconditions: where live no longer agrees with one, the step is
/// blocked.
///
/// Users and groups are named as they are called when the step's turn comes: by the old name up to a rename,
/// by the new one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// End a checkout of somebody who leaves.
    EndCheckout {
        /// Whose.
        user: Email,
        /// Which.
        checkout: Checkout,
    },
    /// Create a group with an empty list.
    CreateGroup(GroupFacts),
    /// Invite a person; the state becomes `invited`.
    Invite(Profile),
    /// Let in somebody who asked to join: `pending` becomes `active`.
    Approve(Email),
    /// `locked` becomes `active`.
    Unlock(Email),
    /// `before` becomes `locked`.
    Lock {
        /// Whose.
        user: Email,
        /// `active` or `invited`.
        before: crate::model::UserState,
    },
    /// Rename, names, countries.
    UpdateUser {
        /// Its address is the one the user has before the step.
        before: Profile,
        /// As it shall be.
        after: Profile,
    },
    /// Rename, kind, country, description.
    UpdateGroup {
        /// Its name is the one the group has before the step.
        before: GroupFacts,
        /// As it shall be.
        after: GroupFacts,
    },
    /// Add a member.
    Join {
        /// Who.
        user: Email,
        /// Which group.
        group: GroupName,
    },
    /// Take a member out.
    Leave {
        /// Who.
        user: Email,
        /// Which group.
        group: GroupName,
    },
    /// Move from one allocation group to another, at once.
    SwapAllocation {
        /// Who.
        user: Email,
        /// Out of.
        from: GroupName,
        /// Into.
        to: GroupName,
    },
    /// Grant a role.
    GrantRole {
        /// Whose.
        user: Email,
        /// Which.
        role: RoleId,
    },
    /// Revoke a role.
    RevokeRole {
        /// Whose.
        user: Email,
        /// Which.
        role: RoleId,
    },
    /// Allow or deny a product by name, or neither.
    SetException {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
        /// The live value.
        before: Option<UserException>,
        /// The desired value.
        after: Option<UserException>,
    },
    /// Assign a named licence: from 24 h on it is locked for 30 days.
    AssignLicence {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
    },
    /// Release a named licence: its user's use goes into the pool.
    ReleaseLicence {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
    },
    /// Replace a group's product list, at once: product by product would shut people out in between.
    SetList {
        /// Which group.
        group: GroupName,
        /// The live list.
        before: FlatSet<ProductId>,
        /// The desired list.
        after: FlatSet<ProductId>,
    },
    /// A country's default; `None` is the unstated `everyone`.
    SetDefault {
        /// Which country.
        country: CountryCode,
        /// The live value.
        before: Option<AccessSetting>,
        /// The desired value.
        after: Option<AccessSetting>,
    },
    /// A product's setting; `None` is unstated.
    SetRestriction {
        /// Which product.
        product: ProductId,
        /// Where.
        area: Area,
        /// The live value.
        before: Option<AccessSetting>,
        /// The desired value.
        after: Option<AccessSetting>,
    },
    /// An alert threshold; `None` is no alert.
    SetAlert {
        /// Which product.
        product: ProductId,
        /// Where.
        country: CountryCode,
        /// The live value.
        before: Option<Alert>,
        /// The desired value.
        after: Option<Alert>,
    },
    /// Add a fulfilment contact.
    AddContact(Contact),
    /// Take a fulfilment contact away.
    RemoveContact(Contact),
    /// Replace a contact at once, where the limit of 1 or 10 leaves no room.
    ReplaceContact {
        /// The one that goes.
        from: Contact,
        /// The one that comes.
        to: Contact,
    },
    /// End a person's association with the account; everything they had has gone before.
    RemoveUser(Profile),
    /// Delete an empty group without a list.
    DeleteGroup(GroupFacts),
}

impl Act {
    /// The group that it changes itself, by the name the group has before the step.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::CreateGroup(facts) | Self::DeleteGroup(facts) | Self::UpdateGroup { before: facts, .. } => {
                Some(&facts.name)
            }
            Self::SetList { group, .. } => Some(group),
            Self::EndCheckout { .. }
            | Self::Invite(_)
            | Self::Approve(_)
            | Self::Unlock(_)
            | Self::Lock { .. }
            | Self::UpdateUser { .. }
            | Self::Join { .. }
            | Self::Leave { .. }
            | Self::SwapAllocation { .. }
            | Self::GrantRole { .. }
            | Self::RevokeRole { .. }
            | Self::SetException { .. }
            | Self::AssignLicence { .. }
            | Self::ReleaseLicence { .. }
            | Self::SetDefault { .. }
            | Self::SetRestriction { .. }
            | Self::SetAlert { .. }
            | Self::AddContact(_)
            | Self::RemoveContact(_)
            | Self::ReplaceContact { .. }
            | Self::RemoveUser(_) => None,
        }
    }

    /// The user it is about, by the name the user has before the step.
    pub fn user(&self) -> Option<&Email> {
        match self {
            Self::EndCheckout { user, .. }
            | Self::Approve(user)
            | Self::Unlock(user)
            | Self::Lock { user, .. }
            | Self::Join { user, .. }
            | Self::Leave { user, .. }
            | Self::SwapAllocation { user, .. }
            | Self::GrantRole { user, .. }
            | Self::RevokeRole { user, .. }
            | Self::SetException { user, .. }
            | Self::AssignLicence { user, .. }
            | Self::ReleaseLicence { user, .. } => Some(user),
            Self::Invite(profile) | Self::RemoveUser(profile) => Some(&profile.email),
            Self::UpdateUser { before, .. } => Some(&before.email),
            Self::CreateGroup(_)
            | Self::UpdateGroup { .. }
            | Self::SetList { .. }
            | Self::SetDefault { .. }
            | Self::SetRestriction { .. }
            | Self::SetAlert { .. }
            | Self::AddContact(_)
            | Self::RemoveContact(_)
            | Self::ReplaceContact { .. }
            | Self::DeleteGroup(_) => None,
        }
    }
}

/// What is known beside the two sides of a plan.
#[derive(Debug, Clone, Default)]
pub struct PlanContext<'a> {
    /// What one read brought.
    pub read: ReadCounts,
    /// What is known of use; `None` where none was read, which is not the same as none.
    pub outlook: Option<&'a UsageOutlook<'a>>,
    /// Requests that the connector takes a second, where it has a pace.
    pub per_second: Option<u32>,
    /// Requests that a step takes; one where nothing is said.
    pub requests_a_step: u32,
}

/// Whose plan it is, and by what it is judged.
#[derive(Debug, Clone, Copy)]
pub struct PlanTerms<'a> {
    /// The organization's name.
    pub organization: &'a Text,
    /// Hex digest of what the plan leads to: the policy's files, or the snapshot gone back to.
    pub origin: &'a Text,
    /// Limits.
    pub guards: &'a Guards,
    /// Exemptions.
    pub approvals: &'a [Approval],
}

impl<'a> PlanTerms<'a> {
    /// As the policy says.
    pub fn from_policy(policy: &'a Policy) -> Self {
        let Settings { organization, guards, approvals, .. } = &policy.settings;
        Self { organization, origin: &policy.digest, guards, approvals }
    }
}

impl Plan {
    /// Plans what `scoped` differs in.
    ///
    /// `given` is what is known beside the two sides.
    pub fn new(policy: &Policy, scoped: &ScopeOutcome, moment: Moment, given: PlanContext<'_>) -> Self {
        Self::from_scoped(
            PlanTerms::from_policy(policy),
            scoped,
            &|change| policy.reason_for_change(change),
            moment,
            given,
        )
    }

    /// Plans the way back from `live` to `desired`, which stand for what a run made and what was before it.
    pub fn undo(
        terms: PlanTerms<'_>,
        live: Live,
        desired: Desired,
        snapshot: &Snapshot,
        moment: Moment,
        per_second: Option<u32>,
    ) -> Self {
        let read = ReadCounts::from_snapshot(snapshot);
        let facts = snapshot.facts.clone();
        let scoped = ScopeOutcome {
            live,
            desired,
            facts,
            withheld: Vec::new(),
            left_alone: LeftAlone::default(),
            empty: Vec::new(),
            clashes: Vec::new(),
        };
        Self::from_scoped(
            terms,
            &scoped,
            &|_| StepReason::Undo,
            moment,
            PlanContext { read, per_second, ..PlanContext::default() },
        )
    }

    fn from_scoped(
        terms: PlanTerms<'_>,
        scoped: &ScopeOutcome,
        why: &dyn Fn(&Change) -> StepReason,
        moment: Moment,
        given: PlanContext<'_>,
    ) -> Self {
        let PlanContext { read, outlook, per_second, requests_a_step } = given;
        let changes = diff(&scoped.live, &scoped.desired);
        let sides = PlanSides { live: &scoped.live.0, desired: &scoped.desired.0, facts: &scoped.facts };
        let steps = order::order_changes(&changes, sides, why);
        let mut impact = impact::assess_impact(&changes, &steps, sides, outlook, per_second);
        impact.requests = impact.requests.saturating_mul(requests_a_step.max(1));
        impact.seconds = impact.seconds.map(|seconds| seconds * f64::from(requests_a_step.max(1)));
        let case = guard::GuardCase {
            sides,
            changes: &changes,
            steps: &steps,
            impact: &impact,
            empty: &scoped.empty,
        };
        let PlanTerms { organization, origin, guards, approvals } = terms;
        let verdict = guard::judge_plan(case, guards, approvals, moment.as_of);
        Self {
            organization: organization.clone(),
            policy: origin.clone(),
            as_of: moment.as_of,
            created: moment.now,
            read,
            catalogue: catalogue::named_products(&steps, sides.facts),
            steps,
            withheld: scoped.withheld.clone(),
            left_alone: scoped.left_alone.clone(),
            impact,
            verdict,
            guards: guards.clone(),
            approvals: approvals.to_vec(),
        }
    }

    /// Judges the plan again on what is live now: what its steps would still do, by the limits and approvals
    /// it carries.
    ///
    /// Steps whose object has changed since, and the steps that need them, count for nothing: they will be
    /// blocked.
    pub fn judge_again(&self, snapshot: &Snapshot, as_of: Date) -> Verdict {
        let mut desired = snapshot.live.0.clone();
        let mut blocked = BTreeSet::new();
        for step in &self.steps {
            let stands = step.needs.iter().all(|needed| !blocked.contains(needed));
            if !stands || replay::replay_step(step, &mut desired) == replay::ReplayOutcome::Other {
                blocked.insert(step.no);
            }
        }
        let live = replay::file_under_new_names(snapshot.live.clone(), &self.steps);
        let facts = snapshot.facts.clone().with_catalogue(&self.catalogue);
        let changes = diff(&live, &Desired(desired.clone()));
        let sides = PlanSides { live: &live.0, desired: &desired, facts: &facts };
        let steps: Vec<Step> =
            self.steps.iter().filter(|step| !blocked.contains(&step.no)).cloned().collect();
        let mut impact = impact::assess_impact(&changes, &steps, sides, None, None);
        // Use is not counted again: what the plan was reviewed with holds.
        impact.take_use_of(&self.impact);
        let case = guard::GuardCase { sides, changes: &changes, steps: &steps, impact: &impact, empty: &[] };
        guard::judge_plan(case, &self.guards, &self.approvals, as_of)
    }
}
