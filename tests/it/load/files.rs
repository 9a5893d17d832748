//! A hostile file system: every folder ends in a clear problem, quickly, in bounded memory.

use std::fs;
use std::path::Path;
use std::time::Instant;

use expect_test::expect;
use seatwise::load::{self, LoadError};
use seatwise::model::Interner;
use seatwise::render::problems::problem_lines;

use super::{QUICK, SETTINGS, day};

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

#[test]
fn documents_are_read_in_any_case_and_what_looks_meant_is_named() {
    let folder = folder();
    let root = folder.path();
    fs::create_dir(root.join("more")).unwrap();
    let user = |name: &str| format!("users: {{{name}@x.example: {{}}}}\n");
    for (file, name) in [("A.YAML", "a"), ("more/b.Yml", "b"), ("c.yaml", "c")] {
        fs::write(root.join(file), user(name)).unwrap();
    }
    let meant =
        ["d.yaml.txt", "more/e.YML.bak", "f.yaml.orig", "g.yamll", "h.ymal", "i.json", "j.yaml ", "k.yml.1"];
    for file in meant {
        fs::write(root.join(file), "{\"users\": {}}\n").unwrap();
    }
    for file in [
        "README.md",
        "notes.txt",
        "yaml",
        "l.yaml~",
        "m.yaml.swp",
        "#n.yaml#",
        ".o.yaml.swp",
        "p.yaml.tmp",
        "q.toml",
        "sandbox-seed.json",
        "yaml.rs",
    ] {
        fs::write(root.join(file), "{\"users\": {}}\n").unwrap();
    }
    fs::write(root.join("plan.json"), "{\"format\": \"seatwise-plan/1\"}").unwrap();
    let loaded = load::load_policy(root, day(), &Interner::default()).unwrap();
    let policy = loaded.policy.unwrap();
    let users: Vec<_> = policy.users.iter().map(|(email, _)| email.as_str()).collect();
    assert_eq!(users, ["a@x.example", "b@x.example", "c@x.example"]);
    let mut meant = meant.map(str::to_owned);
    meant.sort();
    assert_eq!(loaded.passed_over.iter().map(|path| path.to_string()).collect::<Vec<_>>(), meant);
    assert_eq!(policy.passed_over, loaded.passed_over);
}

#[test]
fn second_settings_in_another_case_are_refused() {
    let folder = folder();
    fs::write(folder.path().join("SEATWISE.YAML"), "version: 1\n").unwrap();
    assert!(problems(folder.path()).contains("[second-settings]"), "{}", problems(folder.path()));
}

#[test]
fn settings_are_small() {
    let folder = folder();
    let settings = fs::read_to_string(folder.path().join("seatwise.yaml")).unwrap();
    fs::write(folder.path().join("seatwise.yaml"), settings + &"# A remark.\n".repeat(100_000)).unwrap();
    expect![[r#"
        seatwise.yaml:1:1: the file has more than 1048576 bytes [file-too-large]
    "#]]
    .assert_eq(&problems(folder.path()));
}
