//! Holds the steps of a saved plan against the plan of another state of the policy.

use std::collections::BTreeSet;

use super::replay::{ReplayOutcome, replay_step};
use super::{Plan, StepNo};
use crate::model::Organization;

impl Plan {
    /// The steps after which the organization is not as the policy of `anew` wants it.
    ///
    /// `anew` is the plan of that policy on `live`, so `live` with its steps carried out is what the policy
    /// wants, and a step that it does not contradict is done there already.
    pub fn steps_contradicted_by(&self, anew: &Plan, live: &Organization) -> BTreeSet<StepNo> {
        let mut wanted = live.clone();
        for step in &anew.steps {
            replay_step(step, &mut wanted);
        }
        let contradicted =
            self.steps.iter().filter(|step| replay_step(step, &mut wanted) != ReplayOutcome::After);
        contradicted.map(|step| step.no).collect()
    }
}
