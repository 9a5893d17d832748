//! The projected overage of a plan, as the program shows it and as its guard judges it.

use expect_test::expect;

use crate::cli::*;

/// The office with use collected from before the quarter up to the day before the plan.
fn used_office() -> Quickstart {
    let office = Quickstart::with_exports();
    office.write(
        "before.csv",
        &format!("{HEADER}1017,PT,HD-01,duarte.pinto@harbour.example,2026-09-28 09:01,2026-09-28 09:25\n"),
    );
    office
        .run(&["usage", "collect", "usage-details.csv", "checkouts.csv", "before.csv"])
        .assert_exit(0, &["100 new"]);
    office
}

#[test]
fn plan_says_what_the_period_costs_beyond_what_is_owned_before_and_after() {
    let office = used_office();
    office.edit(
        "people.yaml",
        "roles: [co-administrator]\n    groups: [designers]",
        "roles: [co-administrator]\n    groups: [designers, roads]",
    );
    office.edit(
        "seatwise.yaml",
        "guard:\n",
        "guard:\n  exposure: {adds_at_most: 3000 EUR, at_most: 5000 EUR}\n",
    );
    let plan = office.run(&["plan"]).assert_exit(4, &[]);
    // Four people can start the product, and six machines used it at the peak: the fifth person counts as two
    // machines.
    expect![[r#"
        plan:
          Licences                      owned  peak 90 d  assigned                     exposure
                    openroads-designer      3          6     0 → 0  4,560.00 EUR → 7,600.00 EUR

          Exposure: 6,032.00 EUR → 9,072.00 EUR in 2026Q4, if people whom this brings to a product use it as others do
            (provisional)

          Refused guard.exposure: 3,040 EUR would be added to the projected overage of 6,032 EUR; the limit is 3,000 EUR
                3,040 EUR  openroads-designer
            To approve exactly these, add under `approvals:` in seatwise.yaml, say why, and have it reviewed:
          - {guard: exposure, items: [openroads-designer], reason: "say why", until: 2026-12-08}

          Refused guard.exposure: the projected overage is 9,072 EUR; the limit is 5,000 EUR
                3,040 EUR  openroads-designer
            It is covered by the above: the lines that approve those refusals lift this one, too.
    "#]]
    .assert_eq(&format!("plan:\n  {}\n",
        &plan.out[plan.out.find("Licences").unwrap()..plan.out.find("\n\n  Or,").unwrap()]));
    let markdown = office
        .run(&["plan", "--format", "markdown"])
        .assert_exit(4, &["| `openroads-designer` | 3 | 6 | 0 → 0 | 4,560.00 EUR → 7,600.00 EUR |"]);
    assert!(
        markdown.out.contains("- **Exposure:** 6,032.00 EUR → 9,072.00 EUR in 2026Q4"),
        "{}",
        markdown.out
    );
    office.run(&["plan", "--format", "json"]).assert_exit(
        4,
        &[
            r#""exposure":{"known":{"after":["9072.00 EUR"],"before":["6032.00 EUR"],"period":"2026Q4","since":null}}"#,
            r#""exposure":{"after":{"charge":{"due":"7600.00 EUR"},"machines":5},"before":{"charge":{"due":"4560.00 EUR"},"machines":3}}"#,
        ],
    );
    office.edit(
        "seatwise.yaml",
        "guard:\n",
        "approvals: \
            [{guard: exposure, items: [openroads-designer], reason: tender, until: 2026-12-31}]\nguard:\n",
    );
    office.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["4,560.00 EUR → 7,600.00 EUR"]);
    office.run(&["apply", "plan.json", "--yes"]).assert_exit(0, &["4,560.00 EUR → 7,600.00 EUR"]);
}

#[test]
fn saved_plan_is_judged_by_the_exposure_it_was_reviewed_with() {
    let office = used_office();
    office.edit(
        "people.yaml",
        "roles: [co-administrator]\n    groups: [designers]",
        "roles: [co-administrator]\n    groups: [designers, roads]",
    );
    office.edit("seatwise.yaml", "guard:\n", "guard:\n  exposure: {at_most: 9000 EUR}\n");
    office
        .run(&["plan", "--out", "plan.json"])
        .assert_exit(4, &["the projected overage is 9,072 EUR; the limit is 9,000 EUR"]);
    std::fs::remove_dir_all(office.path(".seatwise/usage")).unwrap();
    office.run(&["apply", "plan.json", "--yes"]).assert_exit(4, &["guard.exposure"]);
}

#[test]
fn overage_of_before_refuses_no_plan_that_adds_nothing_to_it() {
    let office = used_office();
    office.edit("people.yaml", "groups: [roads]\n  gil", "groups: []\n  gil");
    office.run(&["plan"]).assert_exit(0, &["Exposure: 6,032.00 EUR in 2026Q4 (provisional)"]);
}

#[test]
fn person_without_a_named_licence_any_more_comes_into_the_pool_with_all_others() {
    let office = used_office();
    // Carla, Helena, Inês and the Account Administrator are on no list, so no list keeps them out.
    office.edit(
        "people.yaml",
        "    groups: [designers]\n    products: [staad-pro]             # licensed by \
        name: this licence is hers\n",
        "",
    );
    office.edit(
        "access.yaml",
        "{product: staad-pro, allow: selected}",
        "{product: staad-pro, allow: everyone}",
    );
    // Under the settings before, nobody is in this pool; but one machine used the product in the last 90
    // days: Carla's, before she had the named licence.
    let plan = office.run(&["plan"]).assert_exit(0, &["staad-pro (by name)"]);
    let line = plan.out.lines().find(|line| line.contains("staad-pro (by name)")).unwrap();
    assert!(line.ends_with("512.00 EUR → 2,560.00 EUR"), "{line}");
}

#[test]
fn usage_that_ends_long_ago_or_begins_within_the_period_is_said() {
    let office = Quickstart::with_exports();
    office.edit("people.yaml", "    deny: [openroads-designer]\n", "");
    office.run(&["plan"]).assert_exit(0, &["usage was not read: the projected overage is unknown, not 0"]);
    office.run(&["usage", "collect", "usage-details.csv", "checkouts.csv"]).assert_exit(0, &[]);
    office.run(&["plan"]).assert_exit(
        0,
        &[
            "usage is known from 2026-11-02 on only: the overage of the period may be higher",
            "Exposure: 6,032.00 EUR in",
        ],
    );
    let later = office
        .run_at("2026-12-08T09:00:00Z", &["plan"])
        .assert_exit(0, &["usage is known up to 2026-11-", "the projected overage is unknown, not 0"]);
    assert!(
        !later.out.contains("Exposure:"),
        "a checkout that goes on says nothing of the rest: {}",
        later.out
    );
    office.edit("seatwise.yaml", "version: 1", "version: 1\nusage: {pool: site}");
    office.run(&["plan"]).assert_exit(0, &["usage was not read"]);
}
