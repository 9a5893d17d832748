//! Days and spans are written in the same ways wherever one is asked for.

use super::*;

const WORDS: [&str; 6] = ["2026-11-20", "2026-11", "2026Q4", "today", "yesterday", "-30d"];

/// Words that are no day, with what the answer proposes.
const NEAR_MISSES: [(&str, &str); 12] = [
    ("20.11.2026", "`2026-11-20`"),
    ("2026/11/20", "`2026-11-20`"),
    ("20/11/2026", "`2026-11-20`"),
    ("2026-2-3", "`2026-02-03`"),
    ("2026-02-30", "`2026-02-28`"),
    ("2026-Q4", "`2026Q4`"),
    ("Q4 2026", "`2026Q4`"),
    ("30 days ago", "`-30d`"),
    ("2w", "`-14d`"),
    // Two days could be meant, or none.
    ("02/11/2026", "write a day as"),
    ("2026-13", "write a day as"),
    ("soon", "write a day as"),
];

/// The quickstart, applied and collected.
fn office_with_use() -> Quickstart {
    let office = Quickstart::with_exports();
    office.run(&["usage", "collect", "usage-details.csv", "checkouts.csv"]).assert_exit(0, &[]);
    office
}

#[test]
fn every_command_takes_every_form_of_a_day() {
    let office = office_with_use();
    for word in WORDS {
        for command in [
            &["validate"][..],
            &["plan"],
            &["audit", "--fail-on", "never"],
            &["review"],
            &["who", "has", "download"],
            &["what", "ana.silva@harbour.example"],
            &["why", "ana.silva@harbour.example", "microstation"],
        ] {
            office.run_at(NOW, &[command, &["--as-of", word]].concat()).assert_exit(0, &[]);
        }
        for command in [
            &["usage", "peaks"][..],
            &["usage", "daily"],
            &["usage", "users"],
            &["usage", "machines"],
            &["usage", "inactive"],
            &["usage", "sql", "peaks", "--dialect", "duckdb"],
            &["billing", "invoices"],
            &["billing", "payments"],
        ] {
            office.run_at(NOW, &[command, &["--from", word, "--to", word]].concat()).assert_exit(0, &[]);
        }
    }
}

const NOW: &str = "2026-11-24T09:12:00Z";

#[test]
fn first_and_last_day_of_a_span_belong_to_it() {
    let office = office_with_use();
    let daily = |from: &str, to: &str| {
        let said = office.run_at(NOW, &["usage", "daily", "--format", "csv", "--from", from, "--to", to]);
        said.assert_exit(0, &[]).out
    };
    assert_eq!(daily("2026-11", "2026-11"), daily("2026-11-01", "2026-11-30"));
    assert_eq!(daily("2026Q4", "2026q4"), daily("2026-10-01", "2026-12-31"));
    assert_eq!(daily("-7d", "yesterday"), daily("2026-11-17", "2026-11-23"));
    assert_eq!(daily("today", "today"), daily("2026-11-24", "2026-11-24"));
    let one = daily("2026-11-17", "2026-11-17");
    assert!(
        one.lines().skip(1).all(|line| line.starts_with("2026-11-17")) && one.lines().count() > 1,
        "{one}"
    );
}

#[test]
fn word_that_is_no_day_is_answered_with_the_day_that_was_meant() {
    let office = Quickstart::new();
    for (word, answer) in NEAR_MISSES {
        for option in
            [&["plan", "--as-of"][..], &["usage", "peaks", "--from"], &["billing", "payments", "--to"]]
        {
            let said = office.run_at(NOW, &[option, &[word]].concat());
            said.assert_exit(
                64,
                &[answer, "`2026-11-30`, `2026-11`, `2026Q4`, `today`, `yesterday` or `-30d`"],
            );
        }
    }
}
