//! The people and machines in use at a moment.

use seatwise::usage::{Attendance, Pool, PoolMoment, PoolPlace, PresentMachines, UserName};

use crate::usage::{Meter, country, pool, time};

fn present_at(meter: &Meter, at: PoolMoment) -> PresentMachines {
    let mut attendance = Attendance::new(&meter.settings, &meter.assigned, &meter.register, [at.clone()]);
    meter.rows.iter().for_each(|row| attendance.add(row));
    attendance.finish().remove(&at).unwrap()
}

#[test]
fn those_at_the_peak_are_named_with_their_machines() {
    let meter = Meter::new().session_of("Bo@acme.example", "WS-2", "09:01", "09:25").session_of(
        "ana@acme.example",
        "WS-1",
        "09:05",
        "09:35",
    );
    let meter = meter
        .session_of("7f3c-99", "WS-2", "09:11", "09:40")
        .session("WS-3", "09:15", "09:45")
        .session("WS-4", "09:31", "09:59");
    let peak = meter.tally().peak().unwrap();
    assert_eq!((peak.at, peak.machines), (time("09:20"), 3));
    let present: Vec<(String, Vec<String>)> = present_at(&meter, (pool(), peak.at))
        .into_iter()
        .map(|(machine, users)| {
            let name = |user| match user {
                UserName::Email(email) => email.to_string(),
                UserName::Opaque(id) => format!("id {id}"),
            };
            (machine.to_string(), users.into_iter().map(name).collect())
        })
        .collect();
    let expected = [
        ("WS-1", vec!["ana@acme.example"]),
        ("WS-2", vec!["bo@acme.example", "id 7f3c-99"]),
        ("WS-3", vec![]),
    ];
    assert_eq!(
        present,
        expected.map(|(machine, users)| (machine.to_owned(), users.into_iter().map(str::to_owned).collect()))
    );
}

#[test]
fn moment_of_a_pool_without_use_has_nobody() {
    let meter = Meter::new().session("A", "09:01", "09:25");
    let elsewhere = Pool { place: PoolPlace::Country(country("FR")), ..pool() };
    assert!(present_at(&meter, (elsewhere, time("09:10"))).is_empty());
    assert!(present_at(&meter, (pool(), time("09:30"))).is_empty());
    assert!(!present_at(&meter, (pool(), time("09:19:59"))).is_empty(), "any time of the interval will do");
}
