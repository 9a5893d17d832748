//! Answers about access: who can do what in an organization, why, and which lines of the policy say so.
//!
//! Pure, and never fails: what nobody has said is a value too.

pub mod what;
pub mod who;
pub mod why;

use crate::model::{Desired, Facts, Live, Organization};
use crate::policy::Policy;
use crate::policy::scope::Scoped;

/// One side of an organization, and the policy whose lines are cited.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What is there, objects under the names that the policy calls them by.
    pub organization: &'a Organization,
    /// The contracts and the catalogue.
    pub facts: &'a Facts,
    /// What is declared.
    pub policy: &'a Policy,
}

impl<'a> Picture<'a> {
    /// What the organization reported.
    pub fn live(scoped: &'a Scoped, policy: &'a Policy) -> Self {
        let Live(organization) = &scoped.live;
        Self { organization, facts: &scoped.facts, policy }
    }

    /// What the policy makes of it, what it leaves alone included.
    pub fn desired(scoped: &'a Scoped, policy: &'a Policy) -> Self {
        let Desired(organization) = &scoped.desired;
        Self { organization, facts: &scoped.facts, policy }
    }
}
