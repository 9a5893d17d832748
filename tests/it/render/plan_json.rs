//! Plans as JSON, for programs.

use seatwise::render::plan_json;

use super::sample_plans::*;

#[test]
fn json_has_the_counts_and_the_plan() {
    let value: serde_json::Value = serde_json::from_str(&plan_json::plan_json(&refused_plan())).unwrap();
    let counts = serde_json::json!({"create": 8, "refusals": 3, "remove": 6, "steps": 35, "update": 11,
        "withheld": 3});
    assert_eq!(value["counts"], counts);
    assert_eq!(value["plan"]["steps"].as_array().unwrap().len(), 35);
    assert_eq!(value["digest"], seatwise::plan::file::plan_digest(&refused_plan()).to_string());
}
