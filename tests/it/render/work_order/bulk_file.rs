//! The files for the portal's bulk operations.

use seatwise::model::{CountryCode, Profile, UserException};
use seatwise::plan::{Phase, StepNo};
use seatwise::render::work_order::{
    BulkColumn, BulkUpload, HEADERS, MOST_ROWS, UnfitReason, WorkOrder, WorkOrderTask,
};
use serde::Deserialize;

use super::{invite, ordered_steps, person, plan_of, records, update, users};
use crate::plain_act::PlainAct;
use crate::plan_builder::{checkout, country, email, group, product, profile, role};

/// The vector `L1` of `charges.yaml`, on bulk files; the other limits belong to the organization, and the
/// tests of the sandbox check them.
#[derive(Deserialize)]
struct BulkLimitVector {
    id: String,
    users: Option<usize>,
    expect: serde_json::Value,
}

#[test]
fn bulk_files_hold_as_many_rows_as_the_vector_says() {
    let vectors: Vec<BulkLimitVector> =
        serde_saphyr::from_str(include_str!("../../../vectors/charges.yaml")).unwrap();
    let vector = vectors.iter().find(|vector| vector.id == "L1").unwrap();
    let plan = plan_of((0..vector.users.unwrap()).map(|number| invite(person(number))));
    let order = WorkOrder::new(&plan);
    let rows: Vec<usize> = order.uploads().map(|upload| records(&upload.csv).len() - 1).collect();
    assert_eq!(serde_json::json!({ "files": rows }), vector.expect);
    assert_eq!(
        order.uploads().map(|upload| upload.file.as_str()).collect::<Vec<_>>(),
        ["01-add-users.csv", "02-add-users.csv"]
    );
}

#[test]
fn changed_names_are_whole_rows_of_two_files() {
    let renamed = |number| Profile { last_name: "Silva, \"Reis\"".into(), ..person(number) };
    let plan = plan_of((0..1_500).map(|number| update(person(number), renamed(number))));
    let order = WorkOrder::new(&plan);
    let files: Vec<Vec<Vec<String>>> = order.uploads().map(|upload| records(&upload.csv)).collect();
    assert_eq!(files.iter().map(Vec::len).collect::<Vec<_>>(), [MOST_ROWS + 1, 501]);
    assert_eq!(
        files[0][0],
        ["CurrentEmail (required)", "FirstName", "LastName", "Country", "ProfileCountry"]
    );
    assert_eq!(files[1][1], ["p1000@firm.example", "Ana", "Silva, \"Reis\"", "PT", "PT"]);
    assert_eq!(ordered_steps(&order).len(), 1_500);
    assert!(
        order.files()["steps.md"].contains("(steps 1–1000)")
            && order.files()["steps.md"].contains("and 488 more, all in the file")
    );
}

#[test]
fn column_is_there_only_for_those_who_have_its_value() {
    let german = Profile { entitlement_country: Some(country("DE")), ..person(2) };
    let plan = plan_of([
        update(person(1), profile("new@firm.example", "Ana Reis", "PT")),
        update(person(2), german.clone()),
        update(person(3), profile("p3@firm.example", "Bo Silva", "PT")),
        update(german, profile("other@firm.example", "Ana Silva", "PT")),
    ]);
    let order = WorkOrder::new(&plan);
    let headers: Vec<Vec<String>> = order.uploads().map(|upload| records(&upload.csv)[0].clone()).collect();
    assert_eq!(headers.len(), 3, "{headers:?}");
    assert!(
        headers.iter().filter(|header| header.iter().any(|title| title.starts_with("NewEmail"))).count() == 1
    );
    assert!(headers.iter().filter(|header| header.contains(&"Entitlement Country".to_owned())).count() == 1);
    let by_hand: Vec<_> = order.tasks().filter_map(unfit_by_hand).collect();
    assert_eq!(
        by_hand,
        [("p2@firm.example".to_owned(), UnfitReason::Cleared(BulkColumn::EntitlementCountry))],
        "nothing is cleared by a file"
    );
}

fn unfit_by_hand(task: &WorkOrderTask<'_>) -> Option<(String, UnfitReason)> {
    match task {
        WorkOrderTask::Upload(_) => None,
        WorkOrderTask::ByHand(task) => Some((users(&task.steps)[0].to_string(), task.unfit?)),
    }
}

/// First names, each with the reason why a bulk file cannot hold the person; `None` where it can.
const NAMES: [(&str, Option<UnfitReason>); 16] = [
    ("Ana", None),
    ("Ana \"Nana\", née Silva", None),
    ("'Ana", None),
    ("a=b", None),
    ("=1+1", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    ("+351", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    ("-Ana", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    ("@SUM(A1)", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    (" =HYPERLINK(1)", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    ("\"=1", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    ("\tAna", Some(UnfitReason::Formula(BulkColumn::FirstName))),
    ("Ana\tMaria", Some(UnfitReason::Unprintable(BulkColumn::FirstName))),
    ("Ana\r\nMaria", Some(UnfitReason::Unprintable(BulkColumn::FirstName))),
    ("\u{202e}anA", Some(UnfitReason::Unprintable(BulkColumn::FirstName))),
    ("", Some(UnfitReason::Unknown(BulkColumn::FirstName))),
    (" ", Some(UnfitReason::Unknown(BulkColumn::FirstName))),
];

#[test]
fn name_that_no_file_can_carry_unharmed_is_a_step_by_hand_with_the_reason() {
    let named = |(number, (name, _)): (usize, &(&str, Option<UnfitReason>))| {
        invite(Profile { first_name: (*name).into(), ..person(number) })
    };
    let plan = plan_of(NAMES.iter().enumerate().map(named));
    let order = WorkOrder::new(&plan);
    let found: Vec<UnfitReason> = order.tasks().filter_map(unfit_by_hand).map(|(_, unfit)| unfit).collect();
    assert_eq!(found, NAMES.iter().filter_map(|(_, unfit)| *unfit).collect::<Vec<_>>());
    let uploads: Vec<&BulkUpload<'_>> = order.uploads().collect();
    let rows = records(&uploads[0].csv);
    let carried: Vec<&str> = rows.iter().skip(1).map(|row| row[1].as_str()).collect();
    assert_eq!(
        carried,
        ["Ana", "Ana \"Nana\", née Silva", "'Ana", "a=b"],
        "word for word, without an apostrophe of ours"
    );
    let said = &order.files()["steps.md"];
    for why in [
        "the first name begins like a formula",
        "the first name holds a line break",
        "the first name is empty or not known",
    ] {
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn address_that_begins_like_a_formula_and_a_country_nobody_knows_are_by_hand() {
    let odd = profile("=x@firm.example", "Ana Silva", "PT");
    let nowhere = Profile { country: CountryCode::UNKNOWN, ..person(1) };
    let plan = plan_of([
        invite(odd.clone()),
        update(nowhere.clone(), Profile { last_name: "Reis".into(), ..nowhere }),
        (Phase::RemoveUsers, PlainAct::RemoveUser(odd)),
        (Phase::RemoveUsers, PlainAct::RemoveUser(person(2))),
    ]);
    let order = WorkOrder::new(&plan);
    let found: Vec<UnfitReason> = order.tasks().filter_map(unfit_by_hand).map(|(_, unfit)| unfit).collect();
    assert_eq!(
        found,
        [
            UnfitReason::Formula(BulkColumn::Email),
            UnfitReason::Unknown(BulkColumn::Country),
            UnfitReason::Formula(BulkColumn::Email)
        ]
    );
    assert_eq!(
        order.uploads().map(|upload| upload.csv.as_str()).collect::<Vec<_>>(),
        ["Email\r\np2@firm.example\r\n"]
    );
}

#[test]
fn whoever_goes_has_everything_taken_away_first() {
    let ana = || email("p1@firm.example");
    let plan = plan_of([
        (Phase::EndCheckouts, PlainAct::EndCheckout { user: ana(), checkout: checkout("cad", "ws-1") }),
        (
            Phase::Tighten,
            PlainAct::SetException {
                user: ana(),
                product: product("cad"),
                before: Some(UserException::Allow),
                after: None,
            },
        ),
        (Phase::Tighten, PlainAct::ReleaseLicence { user: ana(), product: product("staad") }),
        (Phase::Tighten, PlainAct::Leave { user: ana(), group: group("bridges") }),
        (Phase::RevokeRoles, PlainAct::RevokeRole { user: ana(), role: role("beta") }),
        (Phase::RevokeDownload, PlainAct::RevokeRole { user: ana(), role: role("download") }),
        (Phase::RemoveUsers, PlainAct::RemoveUser(person(1))),
    ]);
    let order = WorkOrder::new(&plan);
    assert_eq!(ordered_steps(&order).iter().map(|step| step.no.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    let pages: Vec<&str> = order.visits.iter().map(|visit| visit.page.as_str()).collect();
    assert_eq!(
        pages.iter().filter(|page| page.contains("roles")).count(),
        1,
        "both roles in one visit: {pages:?}"
    );
    assert!(matches!(order.tasks().last(),
            Some(WorkOrderTask::Upload(upload)) if upload.file == "01-delete-users.csv"));
}

#[test]
fn every_column_has_one_title() {
    let titles: std::collections::BTreeSet<&str> = HEADERS.iter().map(|(_, title)| *title).collect();
    assert_eq!(titles.len(), HEADERS.len());
    assert!(HEADERS.iter().all(|(column, title)| column.header() == *title && !title.is_empty()));
}

#[test]
fn page_is_opened_again_where_a_step_needs_one_of_another_page() {
    let user = || email("p1@firm.example");
    let licence =
        |name: &str| (Phase::Loosen, PlainAct::AssignLicence { user: user(), product: product(name) });
    let allow = |name: &str| PlainAct::SetException {
        user: user(),
        product: product(name),
        before: None,
        after: Some(UserException::Allow),
    };
    let mut plan = plan_of([
        licence("staad"),
        (Phase::Loosen, allow("cad")),
        licence("plant"),
        (Phase::Loosen, allow("geo")),
        licence("rail"),
    ]);
    plan.steps[2].needs = vec![StepNo(2)];
    let order = WorkOrder::new(&plan);
    let visits: Vec<Vec<u32>> = order
        .visits
        .iter()
        .map(|visit| visit.tasks.iter().flat_map(WorkOrderTask::steps).map(|step| step.no.0).collect())
        .collect();
    assert_eq!(visits, [vec![1, 5], vec![2, 4], vec![3]]);
}
