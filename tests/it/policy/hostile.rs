//! Hostile text and a hostile file system: each ends in a clear problem, quickly, in bounded memory.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use seatwise::load::{self, LoadError};
use seatwise::model::Interner;
use seatwise::render::problems::problem_lines;

use super::load::{SETTINGS, day};

/// Generous: a debug build on a busy machine, against files that others need minutes for.
const QUICK: Duration = Duration::from_secs(20);

fn check(bytes: impl AsRef<[u8]>, expect: Expect) {
    let start = Instant::now();
    let files = [(SETTINGS.0, SETTINGS.1.as_bytes()), ("p.yaml", bytes.as_ref())];
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert!(loaded.policy.is_none());
    expect.assert_eq(&problem_lines(&loaded.problems));
    assert!(start.elapsed() < QUICK, "took {:?}", start.elapsed());
}

#[test]
fn billion_laughs_are_counted_before_they_are_read() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{below}]").unwrap();
    }
    check(
        text,
        expect![[r#"
        p.yaml:5:10: the aliases of this file stand for more than it may hold; use a bundle, a group or `defaults` [alias-expansion]
    "#]],
    );
}

#[test]
fn one_alias_a_hundred_thousand_times_is_counted_too() {
    let list = vec!["download"; 1_000].join(", ");
    let uses = vec!["*r"; 100_000].join(", ");
    check(
        format!("base: &r [{list}]\nusers: [{uses}]\n"),
        expect![[r#"
        p.yaml:2:1685: the aliases of this file stand for more than it may hold; use a bundle, a group or `defaults` [alias-expansion]
    "#]],
    );
}

#[test]
fn an_alias_inside_its_own_value_is_a_problem() {
    check(
        "users: &u\n  a@x.example: *u\n",
        expect![[r#"
        p.yaml:2:16: this alias stands inside the value it names; write the value out [alias-in-itself]
    "#]],
    );
}

#[test]
fn ten_thousand_levels_end_at_the_limit() {
    check(
        "[".repeat(200_000),
        expect![[r#"
        p.yaml:1:65: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
    check(
        format!("users: {}", "{a: ".repeat(10_000)),
        expect![[r#"
        p.yaml:1:264: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
    let block: String = (0..10_000).fold(String::new(), |mut text, level| {
        writeln!(text, "{}a:", " ".repeat(level.min(300))).unwrap();
        text
    });
    check(
        block,
        expect![[r#"
        p.yaml:65:65: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
    check(
        "- ".repeat(10_000),
        expect![[r#"
        p.yaml:1:129: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
}

#[test]
fn huge_scalars_are_refused() {
    check(
        format!("users:\n  a@x.example: {{first_name: \"{}\"}}\n", "x".repeat(5_000_000)),
        expect![[r#"
        p.yaml:2:29: a text of 5000002 bytes; at most 65535 are allowed; shorten it [scalar-too-long]
    "#]],
    );
    check(
        format!("users:\n  a@x.example:\n    first_name: >\n      {}\n", "x ".repeat(2_000_000)),
        expect![[r#"
        p.yaml:4:7: a text of 4000001 bytes; at most 65535 are allowed; shorten it [scalar-too-long]
    "#]],
    );
    check(
        format!("{}: 1\n", "k".repeat(1_000_000)),
        expect![[r#"
        p.yaml:1:1: a text of 1000000 bytes; at most 65535 are allowed; shorten it [scalar-too-long]
    "#]],
    );
}

#[test]
fn texts_that_are_none_are_named_as_what_they_are() {
    check(
        b"users:\n  a@x.example: {first_name: \"\0\"}\n",
        expect![[r#"
        p.yaml:2:30: a NUL character; is this a text file? [nul-character]
    "#]],
    );
    check(
        b"users:\n  # caf\xe9\n  a@x.example: {}\n",
        expect![[r#"
        p.yaml:2:8: the file is not UTF-8 from here on; save it as UTF-8 [not-utf8]
    "#]],
    );
    let little: Vec<u8> = "users: {}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{FEFF}users: {}\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(
        little,
        expect![[r#"
        p.yaml:1:1: the file is UTF-16; save it as UTF-8 [utf-16]
    "#]],
    );
    check(
        big,
        expect![[r#"
        p.yaml:1:1: the file is UTF-16; save it as UTF-8 [utf-16]
    "#]],
    );
    check(
        "users:\n  a@x.example: {first_name: \"\\0\"}\n",
        expect![[r#"
        p.yaml:2:29: `first_name` has a control character; remove it [bad-name]
    "#]],
    );
}

#[test]
fn empty_files_and_several_documents_are_problems() {
    check(
        "",
        expect![[r#"
        p.yaml:1:1: the file is empty; delete it, or declare something in it [empty-file]
    "#]],
    );
    check(
        "# nothing yet\n",
        expect![[r#"
        p.yaml:1:1: the file is empty; delete it, or declare something in it [empty-file]
    "#]],
    );
    check(
        "---\nusers: {}\n---\ngroups: {}\n",
        expect![[r#"
        p.yaml:3:1: a second YAML document begins here; put it into a file of its own [several-documents]
    "#]],
    );
    check(
        "just a text\n",
        expect![[r#"
        p.yaml:1:1: a policy document must be a mapping, not a single value [wrong-type]
    "#]],
    );
    check(
        "%YAML 1.1\n---\nusers: {}\n",
        expect![[r#"
        p.yaml:1:1: directives are not part of the policy language; remove the line [yaml-directive]
    "#]],
    );
}

#[test]
fn merge_keys_are_refused() {
    check(
        "base: &b {country: PT}\nusers:\n  a@x.example: {<<: *b}\n",
        expect![[r#"
            p.yaml:1:1: unknown field `base`; the fields here are `defaults`, `users`, `groups`, `products`, `roles`, `bundles`, `restrictions`, `alerts`, `contacts` [unknown-field]
            p.yaml:3:17: merge keys are not part of the policy language; use a bundle or `defaults`, or write the keys out [merge-key]
        "#]],
    );
}

#[test]
fn a_hundred_thousand_unknown_names_take_no_time() {
    let mut text = "groups: {known: {}}\nusers:\n".to_owned();
    for at in 0..100_000 {
        writeln!(text, "  u{at}@x.example: {{groups: [knwon{at}]}}").unwrap();
    }
    let start = Instant::now();
    let files = [(SETTINGS.0, SETTINGS.1.as_bytes()), ("p.yaml", text.as_bytes())];
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert_eq!(loaded.problems.len(), 100_000);
    assert!(start.elapsed() < QUICK, "took {:?}", start.elapsed());
}

#[test]
fn includes_do_not_multiply_without_bound() {
    let many = |prefix: &str| (0..6_000).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>();
    let mut text = format!("groups:\n  hub: {{includes: [{}]}}\n", many("c").join(", "));
    for outer in many("p") {
        writeln!(text, "  {outer}: {{includes: [hub]}}").unwrap();
    }
    for inner in many("c") {
        writeln!(text, "  {inner}: {{}}").unwrap();
    }
    check(
        text,
        expect![[r#"
        p.yaml:2:22227: includes stand for more than 20000000 memberships [too-many-memberships]
    "#]],
    );
}

#[test]
fn includes_ten_thousand_deep_need_no_deep_stack() {
    let mut text = "users: {a@x.example: {}}\ngroups:\n".to_owned();
    for at in 0..6_000 {
        writeln!(text, "  g{at}: {{includes: [g{}]}}", at + 1).unwrap();
    }
    text.push_str("  g6000: {members: [a@x.example]}\n");
    let files = [(SETTINGS.0, SETTINGS.1.as_bytes()), ("p.yaml", text.as_bytes())];
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert_eq!(loaded.policy.unwrap().users.get("a@x.example").unwrap().groups.len(), 6_001);
}

/// A policy folder with the smallest settings.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(SETTINGS.0), SETTINGS.1).unwrap();
    folder
}

fn problems(root: &Path) -> String {
    let start = Instant::now();
    let loaded = load::load_policy(root, day(), &Interner::default()).unwrap();
    assert!(start.elapsed() < QUICK, "took {:?}", start.elapsed());
    problem_lines(&loaded.problems)
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_the_folder_or_in_a_loop() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let root = folder.path();
    symlink("/etc", root.join("etc")).unwrap();
    symlink("/etc/hostname", root.join("host.yaml")).unwrap();
    symlink("loop.yaml", root.join("loop.yaml")).unwrap();
    symlink(".", root.join("again")).unwrap();
    symlink("/etc/hostname", root.join("README")).unwrap();
    expect![[r#"
        again:1:1: a symbolic link; links are not followed, since each thing stands once [symbolic-link]
        etc:1:1: a symbolic link; links are not followed, since each thing stands once [symbolic-link]
        host.yaml:1:1: a symbolic link; links are not followed, since each thing stands once [symbolic-link]
        loop.yaml:1:1: a symbolic link; links are not followed, since each thing stands once [symbolic-link]
    "#]]
    .assert_eq(&problems(root));
}

#[cfg(unix)]
#[test]
fn fifos_and_sockets_are_never_opened() {
    let folder = folder();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s.yml")).unwrap();
    expect![[r#"
        pipe.yaml:1:1: not a file: a FIFO, socket or device is never opened [not-a-file]
        s.yml:1:1: not a file: a FIFO, socket or device is never opened [not-a-file]
    "#]]
    .assert_eq(&problems(folder.path()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_a_problem() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.yaml")), "users: {}\n").unwrap();
    expect![[r#"
        caf�.yaml:1:1: the file's name is not UTF-8 [file-name]
    "#]]
    .assert_eq(&problems(folder.path()));
}

#[test]
fn dot_folders_and_dot_files_belong_to_others() {
    let folder = folder();
    for path in [".git/config.yaml", ".seatwise/x.yaml", ".gitlab-ci.yml", "docs/.hidden.yaml", "README.md"] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "nonsense: [").unwrap();
    }
    expect![""].assert_eq(&problems(folder.path()));
}

#[test]
fn settings_further_down_and_folders_too_deep_are_problems() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("inner")).unwrap();
    fs::write(folder.path().join("inner/seatwise.yaml"), SETTINGS.1).unwrap();
    let deep = folder.path().join(vec!["d"; 40].join("/"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("x.yaml"), "users: {}\n").unwrap();
    expect![[r#"
        d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d:1:1: folders are nested too deeply here [folder-too-deep]
        inner/seatwise.yaml:1:1: settings stand in one file, `seatwise.yaml` at the policy's root [second-settings]
    "#]]
    .assert_eq(&problems(folder.path()));
}

#[test]
fn too_many_files_are_refused_without_reading_them() {
    let folder = folder();
    for at in 0..10_050 {
        fs::write(folder.path().join(format!("{at:05}.yaml")), "").unwrap();
    }
    let shown = problems(folder.path());
    assert_eq!(shown.lines().count(), 1, "{}", &shown[..400]);
    assert!(shown.contains("too-many-files"), "{shown}");
}

#[test]
fn a_folder_without_settings_is_no_policy() {
    let empty = tempfile::tempdir().unwrap();
    let read = |root: &Path| load::load_policy(root, day(), &Interner::default()).unwrap_err();
    assert!(matches!(read(empty.path()), LoadError::NoSettings { .. }));
    assert!(read(empty.path()).hint().contains("seatwise.yaml"));
    assert!(matches!(read(&empty.path().join("nowhere")), LoadError::Folder { .. }));
}

#[test]
fn the_root_is_the_nearest_folder_above_with_settings() {
    let folder = folder();
    let inner = folder.path().join("users/europe");
    fs::create_dir_all(&inner).unwrap();
    let root = folder.path().canonicalize().unwrap();
    assert_eq!(load::find_root(&inner).unwrap(), root);
    assert_eq!(load::find_root(folder.path()).unwrap(), root);
    assert!(matches!(load::find_root(Path::new("/proc")), Err(LoadError::NoRoot { .. })));
}
