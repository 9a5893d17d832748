//! Generated use: plausible, the same for the same seed, and stored as generated.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::tz::Offset;
use seatwise::model::access::decide_access;
use seatwise::model::{Date, Interner, Organization, OrganizationFacts, OwnedLicences, Timestamp};
use seatwise::sandbox::generate::GenerationWindow;
use seatwise::sandbox::{SandboxStore, generate, generate_firm};
use seatwise::usage::{ReportedUse, TimeOfUse, midnight};

use crate::sandbox::{country, opening};

fn stretch() -> GenerationWindow {
    GenerationWindow { first: "2026-07-01".parse().unwrap(), until: opening().now }
}

fn firm() -> (Organization, OrganizationFacts, Vec<ReportedUse>) {
    let (organization, facts) = generate_firm(120, 5);
    let uses = generate::generate_usage(&organization, &facts, stretch(), 9);
    (organization, facts, uses)
}

fn use_span(used: &TimeOfUse) -> (Timestamp, Timestamp) {
    match used {
        TimeOfUse::Session(span) | TimeOfUse::Checkout(span) | TimeOfUse::Returned(span) => {
            (span.start(), span.end())
        }
        TimeOfUse::Trimmed { first, last } => (*first, *last),
    }
}

fn sessions(uses: &[ReportedUse]) -> impl Iterator<Item = (&ReportedUse, Timestamp, Timestamp)> {
    uses.iter()
        .filter(|one| matches!(one.used, TimeOfUse::Session(_)))
        .map(|one| (one, use_span(&one.used).0, use_span(&one.used).1))
}

fn day(time: Timestamp) -> Date {
    Offset::UTC.to_datetime(time).date()
}

#[test]
fn same_seed_generates_the_same_use_and_past() {
    let (organization, facts, uses) = firm();
    assert!(uses.len() > 5_000, "{}", uses.len());
    assert!(generate::generate_usage(&organization, &facts, stretch(), 9) == uses);
    assert!(generate::generate_usage(&organization, &facts, stretch(), 10) != uses);
    let (first, until) = (stretch().first, day(stretch().until));
    assert_eq!(
        generate::generate_past(&facts, first, until, 9),
        generate::generate_past(&facts, first, until, 9)
    );
}

#[test]
fn people_work_only_with_what_they_may_start_and_within_the_time_asked_for() {
    let (organization, facts, uses) = firm();
    for (one, from, to) in sessions(&uses) {
        assert!(midnight(stretch().first) <= from && from <= to && to <= stretch().until, "{one:?}");
        let Some(user) = organization.users.get(one.user.as_deref().unwrap()) else { continue };
        assert!(decide_access(&organization, &facts, user, &one.source.product).allowed, "{one:?}");
        if let Some(licence) = user.licences.get(&one.source.product) {
            assert!(
                licence.assigned.unwrap() <= from,
                "use of what is licensed by name begins with the licence: {one:?}"
            );
        }
    }
    assert!(uses.iter().any(|one| !one.user.as_deref().unwrap().contains('@')), "somebody is an opaque id");
}

#[test]
fn use_follows_the_week_the_day_and_the_holidays() {
    let (organization, _, uses) = firm();
    let mut days: BTreeMap<Date, usize> = BTreeMap::new();
    sessions(&uses).for_each(|(_, from, _)| *days.entry(day(from)).or_default() += 1);
    let all = |weekday| {
        days.iter().filter(|(day, _)| day.weekday() == weekday).map(|(_, count)| count).sum::<usize>()
    };
    assert!(all(Weekday::Tuesday) > 15 * all(Weekday::Sunday), "{days:?}");
    assert!(all(Weekday::Friday) < all(Weekday::Tuesday));
    // People of countries without a contract count in the pool of the largest contract, and keep the working
    // days of their own country.
    let is_british = |one: &ReportedUse| {
        organization
            .users
            .get(one.user.as_deref().unwrap())
            .is_some_and(|user| user.profile.country == country("GB"))
    };
    let british: Vec<_> = sessions(&uses).filter(|(one, ..)| is_british(one)).collect();
    // In summer, local clocks are an hour ahead of UTC: half past ten, a quarter past twelve, three in the
    // afternoon.
    let running = |clock: &str| {
        let on = |day: i8| format!("2026-09-{day:02}T{clock}:00Z").parse::<Timestamp>().unwrap();
        (1..=30)
            .map(|day| british.iter().filter(|(_, from, to)| *from <= on(day) && on(day) < *to).count())
            .sum::<usize>()
    };
    let (morning, lunch, afternoon, night) =
        (running("09:30"), running("11:20"), running("14:00"), running("01:00"));
    assert!(
        lunch * 10 < morning * 8 && lunch * 10 < afternoon * 8 && night * 10 < morning,
        "{morning} {lunch} {afternoon} {night}"
    );
    let on = |day: &str| british.iter().filter(|(_, from, _)| from.to_string().starts_with(day)).count();
    assert!(on("2026-08-31") * 5 < on("2026-09-01"), "a bank holiday");
}

#[test]
fn use_and_past_are_kept_as_they_were_made() {
    let (organization, facts, uses) = firm();
    let past = generate::generate_past(&facts, stretch().first, day(stretch().until), 9);
    let store = SandboxStore::in_memory("firm", &organization, &facts, opening()).unwrap();
    store.keep_usage(&past, &uses).unwrap();
    let names = Interner::default();
    assert!(store.usage(&names).unwrap() == uses);
    let facts = store.fetch(&names).unwrap().facts;
    assert_eq!(facts.past, past);
    store.keep_usage(&past, &uses[..10]).unwrap();
    assert_eq!(store.usage(&names).unwrap().len(), 10, "what was there is replaced");
}

#[test]
fn past_ends_with_what_holds_today_and_changes_in_the_middle_of_a_quarter() {
    let (_, facts, _) = firm();
    let past =
        generate::generate_past(&facts, "2025-10-01".parse().unwrap(), "2026-11-24".parse().unwrap(), 9);
    for (product, prices) in &past.prices {
        assert_eq!(prices.last_key_value().unwrap().1, facts.products[product].list_price.as_ref().unwrap());
    }
    for ((contract, product), owned) in &past.owned {
        let today = facts.contracts.iter().find(|known| known.name == *contract).unwrap().owned[product];
        assert_eq!(*owned.last_key_value().unwrap().1, today);
        assert!(owned.values().all(|owned| matches!(owned, OwnedLicences::Quantity(_))));
    }
    let is_within = |day: &Date| day.day() != 1 || !matches!(day.month(), 1 | 4 | 7 | 10);
    assert!(past.prices.values().any(|prices| is_within(prices.last_key_value().unwrap().0)));
    assert!(past.owned.values().any(|owned| is_within(owned.last_key_value().unwrap().0)));
}
