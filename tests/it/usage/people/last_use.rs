//! When products were last in use.

use seatwise::model::{Date, Email};
use seatwise::usage::{
    LastUseCollector, LastUseDays, LastUses, StartMethod, TimeSpan, UsageSource, UseRow, UserName,
};

use crate::usage::{Meter, day, product, session, source, span};

fn last_uses(meter: &Meter) -> LastUses {
    let mut last = LastUseCollector::new(&meter.settings, &meter.assigned, meter.window);
    meter.rows.iter().for_each(|row| last.add(&meter.register, row));
    last.finish(&meter.register)
}

fn last_days(meter: &Meter, user: &str) -> Option<LastUseDays> {
    let name = Email::new(user).map_or_else(|_| UserName::Opaque(user.into()), UserName::Email);
    last_uses(meter).last_days(&name, &product("p"))
}

fn some_day(text: &str) -> Option<Date> {
    Some(day(text))
}

#[test]
fn last_day_of_each_person_and_machine_is_remembered() {
    let meter = Meter::new()
        .session_of("ana@acme.example", "A", "2026-03-02 09:01", "2026-03-02 09:25")
        .session_of("Ana@acme.example", "B", "2026-03-05 23:01", "2026-03-06 00:05")
        .session_of("7f3c-99", "B", "2026-03-01 09:01", "2026-03-01 09:02")
        .session("C", "2026-03-03 09:01", "2026-03-03 09:25");
    assert_eq!(last_days(&meter, "ana@acme.example").unwrap().last_day(), some_day("2026-03-06"));
    assert_eq!(
        last_days(&meter, "7f3c-99").unwrap().last_day(),
        some_day("2026-03-01"),
        "a minute is use as well"
    );
    assert_eq!(last_days(&meter, "bo@acme.example"), None);
    let machines: Vec<(String, Option<Date>)> = last_uses(&meter)
        .machines
        .iter()
        .map(|(machine, products)| (machine.to_string(), products[&product("p")].last_day()))
        .collect();
    assert_eq!(
        machines,
        [
            ("A".into(), some_day("2026-03-02")),
            ("B".into(), some_day("2026-03-06")),
            ("C".into(), some_day("2026-03-03"))
        ]
    );
}

#[test]
fn use_under_a_named_licence_is_told_from_use_in_the_pool() {
    let mut meter = Meter::new()
        .session_of("ana@acme.example", "A", "2026-03-02 09:01", "2026-03-02 09:25")
        .session_of("ana@acme.example", "A", "2026-03-04 09:01", "2026-03-04 09:25")
        .session_of("ana@acme.example", "A", "2026-03-06 23:01", "2026-03-07 01:00");
    let ana = meter.register.user_id("ana@acme.example");
    meter.assigned.add(ana, product("p"), span("2026-03-03 00:00", "2026-03-07 00:00"));
    let days = last_days(&meter, "ana@acme.example").unwrap();
    assert_eq!(
        (days.licensed, days.pooled),
        (some_day("2026-03-06"), some_day("2026-03-07")),
        "the licence ended in the middle of a session"
    );
    meter.assigned.add(ana, product("p"), TimeSpan::ALWAYS);
    let all = last_uses(&meter)
        .last_days(&UserName::Email(Email::new("ana@acme.example").unwrap()), &product("p"))
        .unwrap();
    assert_eq!((all.licensed, all.pooled), (some_day("2026-03-07"), None));
}

#[test]
fn use_through_an_old_key_is_said() {
    let by_key = UsageSource { through: StartMethod::ActivationKey, ..source() };
    let meter = Meter::new()
        .row("A", Some("ana@acme.example"), &by_key, session("2026-03-02 09:01", "2026-03-02 09:25"))
        .session_of("ana@acme.example", "A", "2026-03-04 09:01", "2026-03-04 09:25");
    assert_eq!(
        last_days(&meter, "ana@acme.example").unwrap(),
        LastUseDays { licensed: None, pooled: some_day("2026-03-04"), by_key: some_day("2026-03-02") }
    );
}

#[test]
fn many_rows_of_the_same_come_to_one_day_however_they_are_divided() {
    let mut meter = Meter::new();
    for at in 0..5_000 {
        let machine = format!("M{}", at % 7);
        let time = |minute: i64| {
            (seatwise::usage::midnight(day("2026-01-01")) + jiff::SignedDuration::from_mins(minute))
                .to_string()
        };
        let span = TimeSpan::new(
            time(at * 13 % 100_000).parse().unwrap(),
            time(at * 13 % 100_000 + 30).parse().unwrap(),
        )
        .unwrap();
        meter = meter.row(
            &machine,
            Some("ana@acme.example"),
            &source(),
            seatwise::usage::TimeOfUse::Session(span),
        );
    }
    let (some, others): (Vec<&UseRow>, Vec<&UseRow>) =
        meter.rows.iter().partition(|row| row.machine == meter.rows[0].machine);
    let mut parts = [some, others].map(|rows| {
        let mut last = LastUseCollector::new(&meter.settings, &meter.assigned, TimeSpan::ALWAYS);
        rows.into_iter().for_each(|row| last.add(&meter.register, row));
        last
    });
    let [one, other] = &mut parts;
    let mut whole =
        std::mem::replace(one, LastUseCollector::new(&meter.settings, &meter.assigned, TimeSpan::ALWAYS));
    whole.merge(std::mem::replace(
        other,
        LastUseCollector::new(&meter.settings, &meter.assigned, TimeSpan::ALWAYS),
    ));
    assert_eq!(whole.finish(&meter.register), last_uses(&meter));
    assert_eq!(last_days(&meter, "ana@acme.example").unwrap().last_day(), some_day("2026-02-15"));
}
