//! A headless Chromium in which tests open pages.

#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The names of the program.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn find_chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        println!("no Chromium here: the page was not looked at");
    }
    found
}

/// The DOM of `page` after `script` has run at its end; `None` where Chromium is not installed.
pub(crate) fn open_page(page: &str, script: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let end = page.rfind("</body>").expect("the page has an end");
    std::fs::write(&file, format!("{}<script>{script}</script>{}", &page[..end], &page[end..])).unwrap();
    dump_page(&format!("file://{}", file.display()), &["--host-resolver-rules=MAP * ~NOTFOUND"])
}

/// The DOM of the page at `url`, on this machine, after its own script has finished; `None` where Chromium is
/// not installed.
pub(crate) fn visit_page(url: &str) -> Option<String> {
    dump_page(
        url,
        &["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=20000"],
    )
}

fn dump_page(url: &str, more: &[&str]) -> Option<String> {
    let chromium = find_chromium()?;
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(chromium);
    program
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ])
        .args(more);
    program.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    let came = program.arg("--dump-dom").arg(url).stdin(Stdio::null()).output().unwrap();
    assert!(came.status.success(), "{}", String::from_utf8_lossy(&came.stderr));
    Some(String::from_utf8(came.stdout).unwrap())
}
