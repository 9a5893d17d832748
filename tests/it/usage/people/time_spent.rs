//! How long people and machines used products.

use std::collections::BTreeMap;

use seatwise::usage::{TimeSpentCounter, UsageGrouping, UsageSource, UsageSubject, UsageType};

use crate::usage::{Meter, session, source};

fn spent_times(meter: &Meter, by: UsageGrouping) -> BTreeMap<String, (u64, u32, String)> {
    let mut spending = TimeSpentCounter::new(&meter.settings, &meter.assigned, meter.window, by);
    meter.rows.iter().for_each(|row| spending.add(&meter.register, row));
    let who = |who: &UsageSubject| match who {
        UsageSubject::User(user) => format!("{user:?}"),
        UsageSubject::Machine(machine) => machine.to_string(),
        UsageSubject::Nobody => "nobody".to_owned(),
    };
    let spent = spending.finish(&meter.register).into_iter();
    spent
        .map(|((one, _), spent)| {
            (who(&one), (spent.intervals, spent.days, format!("{}..{}", spent.first, spent.last)))
        })
        .collect()
}

#[test]
fn time_is_added_up_by_machines_and_by_people() {
    let evaluation = UsageSource { usage_type: UsageType::new("evaluation"), ..source() };
    let meter = Meter::new()
        .session_of("ana@acme.example", "A", "2026-03-31 23:45", "2026-04-01 00:15")
        .session_of("ana@acme.example", "B", "2026-03-31 23:45", "2026-04-01 00:05")
        .session_of("ana@acme.example", "A", "2026-04-03 09:01", "2026-04-03 09:25")
        .session("C", "2026-03-02 09:01", "2026-03-02 09:25")
        .row("C", None, &evaluation, session("2026-03-05 09:01", "2026-03-05 09:25"));
    let by_machine = [
        ("A".into(), (5, 3, "2026-03-31..2026-04-03".into())),
        ("B".into(), (2, 2, "2026-03-31..2026-04-01".into())),
        ("C".into(), (2, 1, "2026-03-02..2026-03-02".into())),
    ];
    assert_eq!(spent_times(&meter, UsageGrouping::Machines), by_machine.into());
    let by_user = [
        ("Email(\"ana@acme.example\")".into(), (5, 3, "2026-03-31..2026-04-03".into())),
        ("nobody".into(), (2, 1, "2026-03-02..2026-03-02".into())),
    ];
    assert_eq!(spent_times(&meter, UsageGrouping::Users), by_user.into());
}

#[test]
fn two_stays_of_a_day_are_one_day() {
    let meter = Meter::new().session("A", "09:01", "09:25").session("A", "11:01", "11:25").session(
        "A",
        "2026-03-03 00:01",
        "2026-03-04 00:15",
    );
    assert_eq!(spent_times(&meter, UsageGrouping::Machines)["A"].1, 3);
}
