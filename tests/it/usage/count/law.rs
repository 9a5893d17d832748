//! The fast counter agrees with the slow one on random cases under random settings.
//!
//! `SEATWISE_CASES=1000000` runs that number of cases; `SEATWISE_SEED=7` begins at seed 7. A failure names
//! its seed.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use seatwise::model::{Money, OwnedLicences, Timestamp};
use seatwise::usage::{
    Attendance, BoundaryStart, Charge, ContractKind, FirstInterval, IntervalWidth, LicenceAssignments,
    NameRegister, PeriodKind, Pooling, PriceBook, Share, ShortUse, StartMethod, TimeOfUse, TimeSpan,
    UsageColumnNames, UsageCounter, UsageSettings, UsageSource, UsageType, UseRow, UserName, ValueHistory,
    assess_use,
};

use super::slow_counter::{CountingAnswer, CountingCase, PoolFigures, SlowLicence, SlowRow, SlowRowKind};
use crate::dice::TestDice;
use crate::usage::{country, day, product, time};
use crate::worlds::law::number_from_env;

const USERS: [&str; 4] = ["ana@acme.example", "Ana@Acme.example", "bo@acme.example", "7f3c-99"];

const MACHINES: [&str; 4] = ["WS-1", "WS-2", "WS-3", "WS-4"];

const PRODUCTS: [&str; 2] = ["p", "q"];

/// Moments near the end of a day, a month, a quarter or the day of a price book, and one moment near no
/// boundary.
const AROUND: [&str; 5] =
    ["2026-03-31 23:30", "2026-02-28 23:45", "2026-03-31 11:40", "2026-03-02 09:00", "2025-12-31 22:50"];

fn random_settings(dice: &mut TestDice) -> UsageSettings {
    let usage_types = dice.pick(&[vec!["production"], vec!["production", "evaluation"], vec![]]);
    UsageSettings {
        interval: dice
            .pick(&[10, 10, 10, 5, 6, 15, 60].map(|minutes| IntervalWidth::from_minutes(minutes).unwrap())),
        pool: dice.pick(&[Pooling::Country, Pooling::Site]),
        first_interval: dice.pick(&[FirstInterval::Drop, FirstInterval::Drop, FirstInterval::Count]),
        boundary_start: dice.pick(&[BoundaryStart::Drop, BoundaryStart::Count]),
        short_use: dice.pick(&[ShortUse::Count, ShortUse::Free]),
        usage_types: usage_types.into_iter().map(UsageType::new).chain([UsageType::production()]).collect(),
        period: dice.pick(&[PeriodKind::Quarter, PeriodKind::Month]),
        term_share: Share::TERM_LICENCE,
        discount: Share::NOTHING,
        forgive: dice.pick(&[0, 0, 1, 3]),
        contract: dice.pick(&[ContractKind::Select, ContractKind::E365]),
        price_book: dice.pick(&[PriceBook::Standard, PriceBook::AustraliaNewZealand]),
        store: "nowhere".into(),
        columns: UsageColumnNames::default(),
    }
}

/// A random number of seconds below `bound`, often a whole number of intervals.
fn random_seconds(dice: &mut TestDice, bound: usize) -> i64 {
    let any = i64::try_from(dice.number_below(bound)).unwrap();
    if dice.chance(30) { any - any % 300 } else { any }
}

fn random_row(dice: &mut TestDice, around: i64) -> SlowRow {
    let source = UsageSource {
        product: product(dice.pick(&["p", "p", "p", "q"])),
        feature: dice.chance(20).then(|| "3d".into()),
        country: dice.pick(&[Some(country("DE")), Some(country("DE")), Some(country("FR")), None]),
        site: dice.pick(&[Some("north".into()), None]),
        usage_type: UsageType::new(dice.pick(&["production", "Production", "production", "evaluation"])),
        through: dice.pick(&[StartMethod::SignIn, StartMethod::ActivationKey, StartMethod::Unknown]),
    };
    let kind =
        dice.pick(&[SlowRowKind::Session, SlowRowKind::Session, SlowRowKind::Checkout, SlowRowKind::Trimmed]);
    let from = around + random_seconds(dice, 3600);
    let length = if dice.chance(5) { 7200 } else { dice.pick(&[300, 900, 2400]) };
    let to = from + random_seconds(dice, length);
    let (from, to) = match kind {
        SlowRowKind::Session | SlowRowKind::Checkout => (from, to),
        SlowRowKind::Trimmed => (from - from % 600, to - to % 600 + 600),
    };
    let user = dice.chance(80).then(|| dice.pick(&USERS));
    SlowRow { source, machine: dice.pick(&MACHINES), user, kind, from, to }
}

fn random_case(dice: &mut TestDice, most_lines: usize) -> CountingCase {
    let around = time(dice.pick(&AROUND)).as_second();
    let mut settings = random_settings(dice);
    let discount = dice.pick(&[0, 0, 7, 33]);
    settings.discount = Share::from_percent(discount.into()).unwrap();
    let held = (0..dice.number_below(3)).map(|_| {
        let from = around + random_seconds(dice, 3600);
        SlowLicence {
            user: dice.pick(&USERS),
            product: dice.pick(&PRODUCTS),
            from,
            to: from + random_seconds(dice, 3600),
        }
    });
    let held = held.collect();
    let window = if dice.chance(80) {
        (-1_000_000_000, 10_000_000_000)
    } else {
        (around + random_seconds(dice, 1800), around + 1800 + random_seconds(dice, 3600))
    };
    let days =
        ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01"]
            .map(day);
    let quantity = |dice: &mut TestDice| {
        if dice.chance(10) {
            OwnedLicences::Unlimited
        } else {
            OwnedLicences::Quantity(u32::try_from(dice.number_below(4)).unwrap())
        }
    };
    // Each day has one entry.
    let owned: BTreeMap<_, _> =
        (0..dice.number_below(4)).map(|_| (dice.pick(&days), quantity(dice))).collect();
    let prices: BTreeMap<_, _> = (0..dice.number_below(4))
        .map(|_| (dice.pick(&days), u32::try_from(dice.number_below(1_000_000)).unwrap()))
        .collect();
    CountingCase {
        settings,
        lines: (0..1 + dice.number_below(most_lines)).map(|_| random_row(dice, around)).collect(),
        held,
        window,
        owned: owned.into_iter().collect(),
        prices: prices.into_iter().collect(),
        discount,
    }
}

fn span(from: i64, to: i64) -> TimeSpan {
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    TimeSpan::new(at(from), at(to.max(from))).unwrap()
}

/// The case in the form that the fast counter takes.
struct FastCounter {
    register: NameRegister,
    assigned: LicenceAssignments,
    rows: Vec<UseRow>,
}

impl FastCounter {
    fn new(case: &CountingCase) -> Self {
        let (mut register, mut assigned) = (NameRegister::default(), LicenceAssignments::default());
        for held in &case.held {
            assigned.add(register.user_id(held.user), product(held.product), span(held.from, held.to));
        }
        let rows = case.lines.iter().map(|line| UseRow {
            source: register.source_id(&line.source),
            machine: register.machine_id(line.machine),
            user: line.user.map(|user| register.user_id(user)),
            used: use_of(line),
        });
        let rows = rows.collect();
        Self { register, assigned, rows }
    }

    /// Counts the rows in two parts, in random order, and merges the counts.
    fn answer(&mut self, case: &CountingCase, dice: &mut TestDice) -> CountingAnswer {
        dice.shuffle(&mut self.rows);
        let Self { register, assigned, rows } = self;
        let (one, other) = rows.split_at(dice.number_below(rows.len() + 1));
        let mut counters = [one, other].map(|rows| {
            let mut counter = UsageCounter::new(&case.settings, assigned, span(case.window.0, case.window.1));
            rows.iter().for_each(|row| counter.add(register, row));
            counter
        });
        dice.shuffle(&mut counters);
        let [mut counter, rest] = counters;
        counter.merge(rest);
        let counted = counter.finish(register);
        let peaks = counted.tallies.iter().map(|((pool, _), tally)| (pool.clone(), tally.peak().unwrap().at));
        let mut attendance = Attendance::new(&case.settings, assigned, register, peaks);
        rows.iter().for_each(|row| attendance.add(row));
        let present = attendance.finish();
        let pools = counted.tallies.iter().map(|((pool, period), tally)| {
            let peak = tally.peak().unwrap();
            let owned = case.owned.iter().copied().collect::<ValueHistory<OwnedLicences>>();
            let prices = case.prices.iter().map(|(from, cents)| (*from, euro(*cents))).collect();
            let assessed = assess_use(tally, &owned, &prices, &case.settings);
            let found = PoolFigures {
                intervals: tally.intervals().collect(),
                peak: assessed.peak.map(|peak| (peak.at, peak.machines)),
                days: tally
                    .daily_peaks()
                    .into_iter()
                    .map(|(day, peak)| (day, peak.at, peak.machines))
                    .collect(),
                excess: assessed.excess.map(|excess| (excess.at, excess.machines, excess.used, excess.owned)),
                overuse_days: assessed.overuse_days,
                charge: charge_words(&assessed.charge),
                present: present_names(&present[&(pool.clone(), peak.at)]),
            };
            ((pool.clone(), period.to_string()), found)
        });
        CountingAnswer {
            pools: pools.collect(),
            persona_days: counted
                .persona_days
                .iter()
                .map(|((pool, period), days)| ((pool.clone(), period.to_string()), *days))
                .collect(),
            uncharged: counted.uncharged,
        }
    }
}

fn use_of(line: &SlowRow) -> TimeOfUse {
    match line.kind {
        SlowRowKind::Session => TimeOfUse::Session(span(line.from, line.to)),
        SlowRowKind::Checkout => TimeOfUse::Checkout(span(line.from, line.to)),
        SlowRowKind::Trimmed => {
            let whole = span(line.from, line.to - 600);
            TimeOfUse::Trimmed { first: whole.start(), last: whole.end() }
        }
    }
}

fn euro(cents: u32) -> Money {
    format!("{}.{:02} EUR", cents / 100, cents % 100).parse().unwrap()
}

fn charge_words(charge: &Charge) -> String {
    match charge {
        Charge::Nothing => "nothing".into(),
        Charge::Forgiven => "forgiven".into(),
        Charge::Due(money) => money.to_string(),
        Charge::PriceUnknown => "unknown".into(),
        Charge::TooLarge => "too large".into(),
    }
}

/// The users on each machine, with one entry each; a machine without named users has one entry too.
fn present_names(present: &seatwise::usage::PresentMachines) -> BTreeSet<(String, Option<String>)> {
    let name = |user: &UserName| match user {
        UserName::Email(email) => email.to_string(),
        UserName::Opaque(id) => id.to_string(),
    };
    let entries = present.iter().flat_map(|(machine, users)| {
        let named = users.iter().map(move |user| (machine.to_string(), Some(name(user))));
        named.chain(users.is_empty().then(|| (machine.to_string(), None)))
    });
    entries.collect()
}

/// The answer without unnamed users on machines that have a named user: the slow counter keeps them, but
/// reports show only the names.
fn readable_answer(mut answer: CountingAnswer) -> CountingAnswer {
    for found in answer.pools.values_mut() {
        let named: BTreeSet<String> = found
            .present
            .iter()
            .filter(|(_, user)| user.is_some())
            .map(|(machine, _)| machine.clone())
            .collect();
        found.present.retain(|(machine, user)| user.is_some() || !named.contains(machine));
    }
    answer
}

fn count_cases(
    count: u64,
    most_lines: usize,
    law: impl Fn(&CountingCase, &mut TestDice) -> bool + Sync,
) -> usize {
    let first = number_from_env("SEATWISE_SEED", 1);
    let seeds = (first..first + count).into_par_iter();
    let held = seeds.map(|seed| {
        let mut dice = TestDice::new(seed);
        let case = random_case(&mut dice, most_lines);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| law(&case, &mut dice)));
        // A case with more than eight rows is too long to read and is not shown.
        let shown = if case.lines.len() > 8 { String::new() } else { format!("{case:#?}") };
        outcome.unwrap_or_else(|_| panic!("seed {seed}, of {most_lines} rows at most: {shown}"))
    });
    held.filter(|held| *held).count()
}

fn check_agreement(case: &CountingCase, dice: &mut TestDice) -> bool {
    let slow = readable_answer(case.answer());
    let fast = FastCounter::new(case).answer(case, dice);
    for (key, expected) in &slow.pools {
        assert_eq!(fast.pools.get(key), Some(expected), "{key:?}: fast on the left, slow on the right");
    }
    assert_eq!(
        (fast.pools.len(), fast.persona_days, fast.uncharged),
        (slow.pools.len(), slow.persona_days, slow.uncharged)
    );
    slow.pools.values().any(|found| found.excess.is_some())
}

#[test]
fn fast_counter_agrees_with_the_slow_one_on_every_case() {
    let count = number_from_env("SEATWISE_CASES", 10_000);
    let with_excess = count_cases(count, 8, check_agreement);
    assert!(with_excess as u64 > count / 3, "most cases say something: {with_excess} of {count}");
}

#[test]
fn fast_counter_agrees_with_the_slow_one_on_many_rows() {
    assert!(count_cases(12, 3_000, check_agreement) > 8);
}
