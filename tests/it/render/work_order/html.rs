//! `steps.html` in a browser.

use seatwise::model::Profile;
use seatwise::plan::Phase;
use seatwise::render::work_order::WorkOrder;

use super::{invite, person, plan_of};
use crate::browser::open_page;
use crate::plain_act::PlainAct;
use crate::plan_builder::{email, group};

const HOSTILE: &str =
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">";

#[test]
fn page_has_a_box_for_every_task_and_person_and_takes_no_name_for_markup() {
    let bridges = || group("bridges & <b>tunnels<&b>");
    let joins = (1..=3).map(|number| {
        (Phase::Loosen, PlainAct::Join { user: email(&format!("p{number}@firm.example")), group: bridges() })
    });
    let hostile = Profile { first_name: HOSTILE.into(), last_name: "\u{202e}gnol".into(), ..person(9) };
    let plan = plan_of([invite(person(1)), invite(hostile)].into_iter().chain(joins));
    let order = WorkOrder::new(&plan);
    let page = &order.files()["steps.html"];
    assert!(!page.contains("http://") && !page.contains("https://"), "no network");
    assert!(!page.contains("<script>document.title = 'taken'") && !page.contains('\u{202e}'));
    let script = "const boxes = document.querySelectorAll('input[type=checkbox]'); boxes[0].click(); \
                  document.body.dataset.found = boxes.length + ' ' + [...boxes].filter(box => \
                  box.checked).length + ' ' + document.images.length;";
    let Some(dom) = open_page(page, script) else { return };
    // The six boxes: a file, a person by hand, a group, and its three members.
    assert!(dom.contains("data-found=\"6 1 0\""), "{dom}");
    assert!(dom.contains("<title>Work order: acme-engineering</title>"), "{dom}");
}

#[test]
fn same_plan_makes_the_same_bytes() {
    let plan = plan_of((0..30).map(|number| invite(person(number))));
    assert_eq!(WorkOrder::new(&plan).files(), WorkOrder::new(&plan.clone()).files());
}

#[test]
fn name_cannot_begin_a_list_or_end_a_code_span_in_the_steps() {
    let sly = Profile { first_name: "=` [x](javascript:1)\n- [ ] delete all".into(), ..person(1) };
    let plan = plan_of([invite(sly)]);
    let steps = &WorkOrder::new(&plan).files()["steps.md"];
    assert_eq!(steps.lines().filter(|line| line.trim_start().starts_with("- [ ]")).count(), 1, "{steps}");
    assert!(steps.contains("=\\u{60} [x](javascript:1)\\u{a}- [ ] delete all Silva`"), "{steps}");
}
