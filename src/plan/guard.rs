//! Guards: limits on plans, judged on the end points, and the administrator floor on every prefix.

use crate::model::{ProductId, Text};
use crate::policy::settings::Guard;

use super::Plan;

/// What the guards say of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Limits that the plan is over; empty where it may be carried out.
    pub refusals: Vec<Refusal>,
    /// What a guard cannot judge, or was told to let pass.
    pub warnings: Vec<Warning>,
}

/// A guard refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which guard.
    pub guard: Guard,
    /// How many it counts, approved items left out.
    pub number: usize,
    /// How many it lets pass.
    pub limit: usize,
    /// How many there were before, for the share; 0 where it has no meaning.
    pub before: usize,
    /// What contributes, by cause as approvals name it, largest first, complete.
    pub contributors: Vec<Contributor>,
    /// Items that would approve it in the policy; empty where no approval can.
    pub approvable: Vec<Text>,
}

/// One cause and how much of a refusal it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributor {
    /// As approvals name it: a user, a group, `group/user`, `user/role`, `user/product`, `group NAME`, …
    pub cause: Text,
    /// How many of what the guard counts.
    pub count: usize,
}

/// Something a guard lets pass with a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The guard is switched off in the policy.
    Off(Guard),
    /// Named assignments of a product whose owned quantity is not known.
    OwnedUnknown {
        /// Which product.
        product: ProductId,
        /// Assigned after the plan.
        assigned: u32,
    },
    /// Named assignments beyond what is owned, where the guard only warns.
    BeyondOwned {
        /// Which product.
        product: ProductId,
        /// Owned over all contracts.
        owned: u32,
        /// Assigned after the plan.
        assigned: u32,
    },
    /// Usage was not read, so the projected overage is unknown; it is not 0.
    ExposureUnknown,
}

/// A plan that no guard refuses: the only thing that can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved(Plan);

impl Approved {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Lets a plan pass if no guard refuses it; else gives it back.
pub fn approve(plan: Plan) -> Result<Approved, Box<Plan>> {
    if plan.verdict.refusals.is_empty() { Ok(Approved(plan)) } else { Err(Box::new(plan)) }
}
