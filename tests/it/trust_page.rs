//! The page on what a pull request cannot do: each promise names tests that are there.

use std::collections::BTreeSet;

use crate::folders::repository_path;

/// Whether `name`, such as `cli/formats::hostile_name`, is a test.
fn is_a_test(name: &str) -> bool {
    let (file, function) = name.split_once("::").unwrap();
    let path = repository_path(&format!("tests/it/{file}.rs"));
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().enumerate().any(|(at, line)| {
        let is_it = line.contains(&format!("fn {function}("));
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        is_it && above.into_iter().any(|line| line.contains("test"))
    })
}

#[test]
fn every_promise_is_shown_by_tests_that_are_there() {
    let page = std::fs::read_to_string(repository_path("docs/reference/trust.md")).unwrap();
    let (_, promises) = page.split_once("## What is promised").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let rows: Vec<&str> = promises.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    let mut seen = BTreeSet::new();
    for row in rows {
        let (_, tests) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test shows it: {row}");
        for name in names {
            assert!(is_a_test(name), "`{name}` is no test: {row}");
            seen.insert(name.to_owned());
        }
    }
    assert!(seen.len() > 40, "{}", seen.len());
}
