//! Paths of the settings, and links in their place: nothing is written where others believe it.

use crate::cli::*;

/// Paths of the settings at which nothing may be written.
const WRONG_PLACES: [&str; 26] = [
    ".git",
    ".git/x",
    ".GIT/x",
    "'.git '",
    ".git./x",
    "a/.git/hooks",
    "git~1/x",
    "\".g\\u200cit/x\"",
    "\"\\u200b.git/x\"",
    "a/../.git/x",
    "../x",
    "/tmp/x",
    "'C:x'",
    "'.git::$INDEX_ALLOCATION/x'",
    "'a\\b'",
    "'.'",
    ".github/workflows/x",
    ".gitlab/x",
    ".circleci/x",
    ".seatwise",
    ".seatwise/journal",
    ".seatwise/journal/../x",
    ".seatwise/lock",
    "seatwise.yaml",
    "users/Lisbon.YML",
    "sandbox-seed.json",
];

#[test]
fn path_of_the_settings_leads_to_nothing_that_others_believe() {
    for place in WRONG_PLACES {
        for settings in [
            format!("connector: {{kind: sandbox, path: {place}}}\n"),
            format!("connector: {{kind: sandbox, path: .seatwise/o.db}}\nusage:\n  store: {place}\n"),
        ] {
            let office = Quickstart::with_settings(&format!("version: 1\norganization: o\n{settings}"));
            let ended = office.run(&["validate", "--format", "short"]);
            assert_eq!(ended.code, 3, "{settings}: {}{}", ended.out, ended.err);
            assert!(ended.out.contains("[connector-path]"), "{settings}: {}", ended.out);
            assert!(ended.out.starts_with("seatwise.yaml:"), "{settings}: {}", ended.out);
        }
    }
    for place in [".seatwise/o.db", ".seatwise/usage-of-old", "kept/use", "o.db", "Übersicht 2026/o.db"] {
        let office = Quickstart::with_settings(&format!(
            "version: 1\norganization: o\nconnector: {{kind: sandbox, path: {place}}}\nusage: {{store: {place}}}\n"
        ));
        office.run(&["validate"]).assert_exit(0, &[]);
    }
}

#[test]
fn link_in_place_of_the_state_leads_to_nothing_that_others_believe() {
    for target in [".git", ".github/workflows", "../elsewhere"] {
        let office = Quickstart::new();
        let target = office.path("").join(target);
        std::fs::create_dir_all(&target).unwrap();
        std::os::unix::fs::symlink(&target, office.path(".seatwise")).unwrap();
        office.write("use.csv", &format!("{HEADER}{GOOD}"));
        for args in [&["sandbox", "init", "--yes"][..], &["usage", "collect", "use.csv"]] {
            let ended = office.run(args);
            assert_eq!(ended.code, 1, "{target:?} {args:?}: {}{}", ended.out, ended.err);
        }
        assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0, "something is written in {target:?}");
    }
}

#[test]
fn link_in_place_of_what_is_written_is_not_followed() {
    let places = [
        ("saved.plan.new", &["plan", "--out", "saved.plan"][..]),
        ("review.csv.new", &["review", "--out", "review.csv"]),
        (".seatwise/lock", &["apply", "--yes"]),
        ("kept/use/.lock", &["usage", "collect", "use.csv"]),
        ("kept/use/.unfinished-2026-11", &["usage", "collect", "use.csv"]),
    ];
    for (place, args) in places {
        let office = Quickstart::new();
        let settings = office.read("seatwise.yaml");
        office.write("seatwise.yaml", &format!("{settings}usage: {{store: kept/use}}\n"));
        office.write("use.csv", &format!("{HEADER}{GOOD}"));
        let victim = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(victim.path(), "what a user keeps\n").unwrap();
        std::fs::create_dir_all(office.path(place).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(victim.path(), office.path(place)).unwrap();
        let ended = office.run(args);
        assert_ne!(ended.code, 101, "{place}: {}{}", ended.out, ended.err);
        assert_eq!(std::fs::read_to_string(victim.path()).unwrap(), "what a user keeps\n", "{place}");
    }
}
