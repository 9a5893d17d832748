//! A real browser, to look at pages with: Chromium without a window.

#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Names that it goes by.
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

/// What `page` is after it was opened and `script` ran at its end; `None` where there is no browser.
pub(crate) fn open_page(page: &str, script: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let end = page.rfind("</body>").expect("the page has an end");
    std::fs::write(&file, format!("{}<script>{script}</script>{}", &page[..end], &page[end..])).unwrap();
    dump_page(&format!("file://{}", file.display()), &["--host-resolver-rules=MAP * ~NOTFOUND"])
}

/// What the page at `url`, on this machine, is when its own script has nothing more to do; `None` where there
/// is no browser.
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
