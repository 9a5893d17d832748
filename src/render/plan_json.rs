//! Renders the plan for machines: the frozen document of saved plans, with the counts of its lines.

use std::fmt::Write;

use super::outline::{Outline, OutlineCounts};
use crate::plan::Plan;
use crate::plan::file::{canonical_json, plan_digest};

const FORMAT: &str = "seatwise-plan-report/1";

/// Renders the plan as one line of JSON: `{"counts": …, "created": …, "digest": …, "format": …, "plan": …}`.
///
/// `plan` is the content of a saved plan; `counts` are the numbers of lines as people count them.
pub fn plan_json(plan: &Plan) -> String {
    let OutlineCounts { create, update, remove } = Outline::new(plan).counts();
    let (withheld, refusals) = (plan.withheld.len(), plan.verdict.refusals.len());
    let mut out = format!(
        "{{\"counts\":{{\"create\":{create},\"refusals\":{refusals},\"remove\":{remove},\"steps\":{},\
            \"update\":{update},\"withheld\":{withheld}}}",
        plan.steps.len()
    );
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        r#","created":"{}","digest":"{}","format":"{FORMAT}","plan":{}}}"#,
        plan.created,
        plan_digest(plan),
        canonical_json(plan)
    );
    out
}
