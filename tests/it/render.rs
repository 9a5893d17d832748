//! Plans, reports and exports as people read them.

pub(super) mod export;
mod patch;
mod plan_json;
mod plan_markdown;
pub(super) mod plan_text;
mod sample_plans;
pub(super) mod work_order;
mod yaml;
