//! `work-order`: work orders, and which of their steps are seen to be carried out.

use crate::cli::*;
use std::path::Path;

/// Saves a plan, and writes its work order to `order`.
fn make_work_order(quickstart: &Quickstart) {
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart
        .run(&["work-order", "plan.json", "--out", "order"])
        .assert_exit(0, &["01-add-users.csv (10 rows)", "written to order"]);
}

fn file_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn work_order_is_open_before_apply_and_done_after() {
    let quickstart = Quickstart::new();
    make_work_order(&quickstart);
    assert_eq!(
        file_names(&quickstart.path("order")),
        ["01-add-users.csv", "plan.json", "steps.html", "steps.md"]
    );
    assert_eq!(quickstart.read("order/plan.json"), quickstart.read("plan.json"));
    assert!(!quickstart.path(".seatwise").exists(), "nothing was founded, sent or journalled");
    quickstart
        .run(&["confirm", "order"])
        .assert_exit(2, &["0 of 33 steps done, 33 open", "Not done yet:\n  step 1 + group designers"]);
    quickstart.run(&["apply", "plan.json"]).assert_exit(0, &["33 done"]);
    let came = quickstart.run(&["confirm", "order"]).assert_exit(0, &["33 of 33 steps done.\n"]);
    assert_eq!(came.out.lines().count(), 1, "{}", came.out);
}

#[test]
fn half_of_a_work_order_is_told_from_what_is_open_and_what_is_something_else() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.edit(
        "people.yaml",
        "    last_name: Silva\n    groups: [designers, roads]",
        "    last_name: Silva Pinto\n    groups: [designers]",
    );
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart
        .run(&["work-order", "plan.json", "--out", "order"])
        .assert_exit(0, &["01-update-users.csv (2 rows)", "1 step by hand"]);
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    let profile = |last: &str| {
        crate::plan_builder::profile("carla.nunes@harbour.example", &format!("Carla {last}"), "PT")
    };
    quickstart.act_at_portal(PlainAct::UpdateUser { before: profile("Nunes"), after: profile("Lima") });
    let said = [
        "1 of 3 steps done, 1 open, 1 something else",
        "Neither as before",
        "carla.nunes@harbour.example: last name Nunes → Nunes Reis",
    ];
    quickstart.run(&["confirm", "order"]).assert_exit(2, &said);
    let json =
        quickstart.run(&["confirm", "order", "--format", "json"]).assert_exit(2, &["seatwise-confirm/1"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["counts"], serde_json::json!({"done": 1, "open": 1, "other": 1, "unread": 0}));
    let schema = jsonschema::validator_for(&seatwise::render::confirm::schema()).unwrap();
    assert!(schema.is_valid(&json), "{json}");
    let mut broken = json.clone();
    broken["steps"][0]["seen"] = "perhaps".into();
    assert!(!schema.is_valid(&broken));
}

#[test]
fn section_that_is_not_believed_is_told_as_not_to_be_seen() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.run(&["work-order", "plan.json", "--out", "order"]).assert_exit(0, &[]);
    quickstart.run(&["sandbox", "init", "--users", "3", "--yes"]).assert_exit(0, &[]);
    quickstart
        .run(&["confirm", "order"])
        .assert_exit(9, &["Cannot be seen:", "(users was not read: ", "0 of 1 step done, 1 not to be seen"]);
    let came = quickstart.run(&["confirm", "order", "--accept-shrink", "users"]);
    came.assert_exit(2, &["Neither as before the step nor as after it", "1 something else"]);
}

#[test]
fn whoever_goes_is_in_the_last_file_and_loses_the_rest_first() {
    let quickstart = Quickstart::new_applied();
    quickstart.drop_users(&["rui"]);
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart
        .run(&["work-order", "plan.json", "--out", "order"])
        .assert_exit(0, &["01-delete-users.csv (1 row)"]);
    assert_eq!(quickstart.read("order/01-delete-users.csv"), "Email\r\nrui.costa@contractor.example\r\n");
    let steps = quickstart.read("order/steps.md");
    let at = |what: &str| steps.find(what).unwrap_or_else(|| panic!("{what}: {steps}"));
    assert!(at("leaves group `roads`") < at("Upload `01-delete-users.csv`"), "{steps}");
    quickstart.run(&["apply", "plan.json"]).assert_exit(0, &[]);
    quickstart.run(&["confirm", "order"]).assert_exit(0, &["2 of 2 steps done"]);
}

#[test]
fn plan_that_was_edited_aged_or_not_approved_makes_no_work_order() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json", "--max-age", "2"]).assert_exit(0, &[]);
    let order = |plan: &'static str| ["work-order", plan, "--out", "order"];
    quickstart
        .run(&[&order("plan.json")[..], &["--approve", "0123456789"]].concat())
        .assert_exit(6, &["`--approve` names 0123456789"]);
    quickstart.run_at("2026-11-24T11:00:01Z", &order("plan.json")).assert_exit(6, &["too old"]);
    quickstart.write("edited.json", &quickstart.read("plan.json").replace("Nunes", "Nunez"));
    quickstart.run(&order("edited.json")).assert_exit(6, &["was edited"]);
    quickstart.run(&order("missing.json")).assert_exit(1, &["there is no file missing.json"]);
    quickstart.edit("seatwise.yaml", "organization: quickstart", "organization: other");
    quickstart.run(&order("plan.json")).assert_exit(6, &["for the organization `quickstart`"]);
    assert!(!quickstart.path("order").exists());
}

#[test]
fn plan_that_a_guard_refuses_makes_a_work_order_only_where_it_is_approved() {
    let quickstart = Quickstart::new_applied();
    quickstart.drop_users(&["edite", "filipe", "gil", "helena"]);
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(4, &[]);
    let refused = quickstart
        .run(&["work-order", "plan.json", "--out", "order"])
        .assert_exit(4, &["`seatwise work-order --approve "]);
    assert!(!quickstart.path("order").exists());
    let digest = refused.err.rsplit("--approve ").next().unwrap()[..32].to_owned();
    quickstart
        .run(&["work-order", "plan.json", "--out", "order", "--approve", &digest])
        .assert_exit(0, &["01-delete-users.csv (4 rows)"]);
}

#[test]
fn plan_of_which_nothing_can_be_done_any_more_makes_no_work_order() {
    let quickstart = Quickstart::new_applied();
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.run(&["sandbox", "init", "--users", "3", "--yes"]).assert_exit(0, &[]);
    // People who were not read are not people who have changed.
    let (order, apply) = (["work-order", "plan.json", "--out", "order"], ["apply", "plan.json"]);
    quickstart.run(&order).assert_exit(9, &["could not compare: users ("]);
    quickstart.run(&apply).assert_exit(5, &["could not compare: users ("]);
    let believed = ["--accept-shrink", "users"];
    for args in [&order[..], &apply] {
        let args = [args, &believed].concat();
        quickstart.run(&args).assert_exit(6, &["nothing of the saved plan can be done"]);
    }
}

#[test]
fn work_order_is_not_written_over_anything() {
    let quickstart = Quickstart::new();
    make_work_order(&quickstart);
    let before = quickstart.read("order/steps.md");
    let came = quickstart.run(&["work-order", "plan.json", "--out", "order"]);
    came.assert_exit(1, &["order is there already, and is not an empty folder", "name a new folder"]);
    quickstart.run(&["work-order", "plan.json", "--out", "plan.json"]).assert_exit(1, &["is there already"]);
    assert_eq!(quickstart.read("order/steps.md"), before);
    std::fs::create_dir_all(quickstart.path("empty")).unwrap();
    quickstart.run(&["work-order", "plan.json", "--out", "empty/"]).assert_exit(0, &[]);
    quickstart.run(&["work-order", "plan.json", "--out", "new/folders/order"]).assert_exit(0, &[]);
    assert_eq!(
        quickstart.read("empty/steps.html"),
        quickstart.read("new/folders/order/steps.html"),
        "the same plan, the same bytes"
    );
    assert_eq!(file_names(&quickstart.path("empty")), file_names(&quickstart.path("order")));
    assert!(
        !file_names(quickstart.folder.path()).iter().any(|name| name.ends_with(".new")),
        "nothing is left beside it"
    );
}

#[test]
fn plan_without_steps_needs_no_work_order() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.run(&["work-order", "plan.json", "--out", "order"]).assert_exit(0, &["nothing to do"]);
    assert!(!quickstart.path("order").exists());
}

#[test]
fn folder_that_is_no_work_order_or_was_edited_is_not_confirmed() {
    let quickstart = Quickstart::new();
    make_work_order(&quickstart);
    quickstart.run(&["confirm", "nowhere"]).assert_exit(1, &["is no folder that `work-order` wrote"]);
    quickstart.write("order/plan.json", &quickstart.read("plan.json").replace("Nunes", "Nunez"));
    quickstart.run(&["confirm", "order"]).assert_exit(6, &["was edited"]);
    quickstart.run(&["confirm"]).assert_exit(64, &[]);
    quickstart.run(&["work-order", "plan.json"]).assert_exit(64, &["--out"]);
}
