//! Seals saved plans, and checks their seals.

use super::state_access::StateAccess;
use crate::plan::file::{PlanSeal, SavedPlan, sealed_text};
use crate::state::{Seal, SealFault, SealedKind, StateKey};

/// Returns the seal over `text`; `None` where there is no key and none can be made, or only a public half.
pub(super) fn make_plan_seal(state: &StateAccess, text: &str) -> Option<PlanSeal> {
    let key = state.key_or_make().ok()?;
    let (key, signature) = key.seal(SealedKind::Plan, &blake3::hash(text.as_bytes()))?.into_parts();
    Some(PlanSeal { key, signature })
}

/// Returns why the seal of a saved plan is not believed; `None` where it is.
pub(super) fn plan_seal_fault(state: &StateAccess, saved: &SavedPlan) -> Option<SealFault> {
    let Some(PlanSeal { key, signature }) = saved.seal.clone() else { return Some(SealFault::Unsealed) };
    let text = sealed_text(saved.plan.created, saved.max_age_hours, saved.digest);
    let (digest, seal) = (blake3::hash(text.as_bytes()), Seal::from_parts(key, signature));
    let check = |key: &StateKey| key.check(SealedKind::Plan, &digest, &seal).err();
    state.key().map_or(Some(SealFault::NoKey), |key| check(&key))
}
