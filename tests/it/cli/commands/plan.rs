//! `plan`: saved plans, guards, and lists that shrank too much to be believed.

use crate::cli::*;
use seatwise::model::Email;

const LEAVERS: [&str; 4] = ["edite", "filipe", "gil", "helena"];

#[test]
fn saved_plan_is_applied_without_asking() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.run(&["apply", "plan.json"]).assert_exit(0, &["33 done"]);
    quickstart.run(&["plan", "--detailed-exitcode"]).assert_exit(0, &[]);
}

#[test]
fn saved_plan_that_was_edited_aged_or_not_approved_is_not_applied() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json", "--max-age", "2"]).assert_exit(0, &[]);
    quickstart
        .run(&["apply", "plan.json", "--approve", "0123456789"])
        .assert_exit(6, &["`--approve` names 0123456789"]);
    // So few digits can be made equal for two plans.
    let saved: serde_json::Value = serde_json::from_str(&quickstart.read("plan.json")).unwrap();
    let digest = saved["digest"].as_str().unwrap();
    for few in [8, 16, 31] {
        quickstart
            .run(&["apply", "plan.json", "--approve", &digest[..few]])
            .assert_exit(6, &["at least 32 digits", &digest[..32]]);
    }
    quickstart
        .run_at("2026-11-24T11:00:01Z", &["apply", "plan.json"])
        .assert_exit(6, &["too old", "2026-11-24T11:00:00Z"]);
    quickstart.write("edited.json", &quickstart.read("plan.json").replace("Nunes", "Nunez"));
    quickstart.run(&["apply", "edited.json"]).assert_exit(6, &["was edited"]);
    quickstart.write("torn.json", &quickstart.read("plan.json")[..400]);
    quickstart.run(&["apply", "torn.json"]).assert_exit(6, &["not JSON"]);
    quickstart.edit("seatwise.yaml", "organization: quickstart", "organization: other");
    quickstart.run(&["apply", "plan.json"]).assert_exit(6, &["for the organization `quickstart`"]);
    quickstart.run(&["apply", "missing.json"]).assert_exit(1, &["there is no file missing.json"]);
    assert!(!quickstart.path(".seatwise/journal").exists());
}

#[test]
fn touched_object_blocks_its_step_and_the_rest_is_done() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.edit(
        "people.yaml",
        "    first_name: Ana\n    last_name: Silva\n    groups: [designers, roads]",
        "    first_name: Ana\n    last_name: Silva\n    groups: [designers]",
    );
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["0 to create"]);
    let carla = || seatwise::model::Profile {
        email: Email::new("carla.nunes@harbour.example").unwrap(),
        first_name: "Carla".into(),
        last_name: "Nunes".into(),
        country: seatwise::model::CountryCode::new("PT").unwrap(),
        entitlement_country: None,
    };
    quickstart.act_at_portal(PlainAct::UpdateUser {
        before: carla(),
        after: seatwise::model::Profile { last_name: "Lima".into(), ..carla() },
    });
    quickstart.run(&["apply", "plan.json"]).assert_exit(
        5,
        &["1 done, 1 blocked", "carla.nunes@harbour.example", "it has changed since the plan was made"],
    );
}

#[test]
fn guard_refuses_and_the_digest_of_one_plan_lets_it_pass() {
    let quickstart = Quickstart::new_applied();
    quickstart.drop_users(&LEAVERS);
    let came = quickstart.run(&["plan"]).assert_exit(4, &["would go", "--approve"]);
    let digest = came.err.rsplit("--approve ").next().unwrap()[..32].to_owned();
    quickstart.run(&["apply", "--yes"]).assert_exit(4, &[]);
    quickstart.run(&["plan", "--approvals"]).assert_exit(4, &["approvals:", "guard: users"]);
    quickstart.run(&["apply", "--yes", "--approve", "0123abcd"]).assert_exit(6, &["--approve"]);
    quickstart.run(&["apply", "--yes", "--approve", &digest]).assert_exit(0, &["done"]);
    quickstart.run(&["sandbox", "show"]).assert_exit(0, &["7 users"]);
}

#[test]
fn digest_does_not_lift_an_exact_relation_without_an_entry() {
    let quickstart = Quickstart::new_applied();
    let people = quickstart.read("access.yaml");
    let without = &people[..people.find("contacts:").unwrap()];
    quickstart.write("access.yaml", without);
    let came = quickstart.run(&["plan", "--format", "json"]).assert_exit(4, &["no approval lifts"]);
    let json: serde_json::Value = serde_json::from_str(&came.out).unwrap();
    quickstart.run(&["apply", "--yes", "--approve", json["digest"].as_str().unwrap()]).assert_exit(4, &[]);
}

#[test]
fn list_that_shrank_beyond_reason_is_unread_until_a_person_says_it_is_right() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["sandbox", "init", "--yes"]).assert_exit(0, &["1 user"]);
    let came = quickstart
        .run(&["plan", "--withheld"])
        .assert_exit(9, &["--accept-shrink users", "smaller than after run"]);
    assert!(
        !came.out.contains("invite "),
        "nothing is done because of a list that is not believed:\n{}",
        came.out
    );
    // The file that remembers the sizes only saves time: the runs themselves give the same sizes.
    std::fs::write(quickstart.path(".seatwise/sizes.json"), "torn").unwrap();
    assert!(quickstart.run(&["plan", "--withheld"]).out.contains("--accept-shrink users"));
    assert!(quickstart.run(&["plan", "--accept-shrink", "users,memberships"]).out.contains("invite "));
    quickstart.run(&["plan", "--accept-shrink", "people"]).assert_exit(64, &["no section"]);
}

/// Whoever gets the new address gets what the person has: that stands before everything else.
#[test]
fn new_address_of_somebody_with_a_role_stands_first_in_every_form() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit(
        "people.yaml",
        "  duarte.pinto@harbour.example:\n",
        "  duarte@elsewhere.example:\n    formerly: duarte.pinto@harbour.example\n",
    );
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart
        .write("more.yaml", "users:\n  aa@harbour.example: {first_name: A, last_name: A, country: PT}\n");
    let text = quickstart.run(&["plan", "--out", "plan.md", "--out", "plan.json"]).assert_exit(0, &[]).out;
    let first = text.lines().find(|line| line.starts_with("  ")).unwrap();
    assert!(first.contains("duarte") && text.contains("elsewhere.example"), "{text}");
    let page = quickstart.read("plan.md");
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part}: {page}"));
    assert!(at("New addresses of people with a role (1)") < at("elsewhere.example"), "{page}");
    assert!(at("elsewhere.example") < at("<details>"), "{page}");
    let saved: serde_json::Value = serde_json::from_str(&quickstart.read("plan.json")).unwrap();
    let steps = saved["plan"]["steps"].as_array().unwrap();
    let no = steps.iter().find(|step| step.to_string().contains("duarte@elsewhere.example")).unwrap()["no"]
        .clone();
    assert_eq!(saved["plan"]["readdressed"], serde_json::json!([no]));
}

#[test]
fn guards_that_were_taken_out_of_a_saved_plan_are_those_of_the_policy_here() {
    let quickstart = Quickstart::new_applied();
    let people = quickstart.read("people.yaml");
    let (kept, _) = people.split_once("  carla.nunes@harbour.example:").unwrap();
    quickstart.write("people.yaml", kept);
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(4, &[]);
    let saved = seatwise::plan::file::read_plan(&quickstart.read("plan.json")).unwrap();
    let off = quickstart.read("seatwise.yaml").replace(
        "guard:\n",
        "guard:\n  removals: {users: off, groups: off, memberships: off, roles: off, assignments: off, allow_lists: \
            off}\n  one_group: off\n  loses_access: off\n  gains_access: off\n",
    );
    let forged = Quickstart::with_settings(&off);
    forged.write("people.yaml", kept);
    forged.write("access.yaml", &quickstart.read("access.yaml"));
    std::fs::create_dir(forged.path(".seatwise")).unwrap();
    std::fs::copy(quickstart.path(".seatwise/quickstart.db"), forged.path(".seatwise/quickstart.db"))
        .unwrap();
    forged.run_at("2026-11-24T09:05:00Z", &["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    let (plan, forged) = (saved.plan, forged.read("plan.json"));
    let forged_plan = seatwise::plan::file::read_plan(&forged).unwrap().plan;
    assert_eq!(plan.steps, forged_plan.steps);
    assert!(forged_plan.verdict.refusals.is_empty() && !plan.verdict.refusals.is_empty());
    quickstart.write("forged.json", &forged);
    let refused = quickstart.run_at("2026-11-24T09:06:00Z", &["apply", "forged.json", "--yes"]);
    refused.assert_exit(4, &["removals"]);
    quickstart.run(&["what", "rui.costa@contractor.example"]).assert_exit(0, &["Rui Costa"]);
}

#[test]
fn plan_that_says_that_it_was_made_later_is_refused() {
    let quickstart = Quickstart::new();
    quickstart.run_at("2026-11-24T09:00:00Z", &["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    let text = quickstart.read("plan.json");
    let digest = seatwise::plan::file::read_plan(&text).unwrap().digest.to_string();
    let (unsealed, _) = text.split_once(",\"seal\"").unwrap();
    // When a plan was made is not covered by its digest, but by its seal.
    for (year, why) in [("2099", "later than now"), ("2020", "too old")] {
        let edit = |text: &str| text.replace("\"created\":\"2026", &format!("\"created\":\"{year}"));
        quickstart.write("edited.json", &edit(&text));
        quickstart.write("unsealed.json", &edit(&format!("{unsealed}}}\n")));
        let apply = |words: &[&str]| {
            quickstart.run_at("2026-11-24T09:00:30Z", &[&["apply", "--yes"], words].concat())
        };
        apply(&["edited.json"]).assert_exit(6, &["edited after it was sealed"]);
        apply(&["edited.json", "--approve", &digest]).assert_exit(6, &["edited after it was sealed"]);
        apply(&["unsealed.json"]).assert_exit(6, &["has no seal", &digest[..32]]);
        apply(&["unsealed.json", "--approve", &digest]).assert_exit(6, &[why]);
    }
    // A clock may be a little behind.
    quickstart.run_at("2026-11-24T08:58:30Z", &["apply", "plan.json", "--yes"]).assert_exit(0, &["done"]);
}

#[test]
fn steps_that_the_policy_here_contradicts_are_blocked_with_both_lines() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "first_name: Gil", "first_name: Gilberto");
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["2 to update"]);
    // A comment changes the policy and nothing that it wants.
    quickstart.write("note.yaml", "# nothing\nusers: {}\n");
    quickstart.edit("people.yaml", "first_name: Gilberto", "first_name: Gil");
    quickstart.run(&["work-order", "plan.json", "--out", "order"]).assert_exit(6, &["wants it otherwise"]);
    let applied = quickstart.run(&["apply", "plan.json", "--yes"]);
    let here = "the policy here wants it otherwise (people.yaml:";
    applied.assert_exit(5, &["1 done, 1 blocked", here, "than the one that was planned (people.yaml:"]);
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    // Nothing is left of a plan that the policy contradicts as a whole.
    quickstart.edit("people.yaml", "last_name: Nunes Reis", "last_name: Nunes");
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    let whole = quickstart.run(&["apply", "plan.json", "--yes"]).assert_exit(6, &["contradicts step 1"]);
    assert!(whole.err.contains("make a new plan"), "{}", whole.err);
}

#[test]
fn saved_plan_of_a_policy_that_says_the_same_otherwise_is_carried_out() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "first_name: Gil", "first_name: Gilberto");
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["1 to update"]);
    quickstart.write("note.yaml", "# nothing\nusers: {}\n");
    quickstart.run(&["apply", "plan.json", "--yes"]).assert_exit(0, &["1 done"]);
}
