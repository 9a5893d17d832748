//! Secrets in use are printed nowhere and kept nowhere, even where the service answers with them.

use std::collections::BTreeMap;
use std::path::Path;

use seatwise::wire::TokenScope;
use serde_json::json;

use super::echoing_service::{Echo, EchoingService, call};
use crate::connector::transport::credentials::{founded_store, http_quickstart, scim_quickstart};
use crate::sandbox::serve::*;

const ECHOES: [Echo; 13] = [
    Echo::Problem(400),
    Echo::Problem(401),
    Echo::Problem(403),
    Echo::Problem(404),
    Echo::Problem(409),
    Echo::Problem(422),
    Echo::Problem(501),
    Echo::Redirect(302),
    Echo::Redirect(308),
    Echo::Page,
    Echo::Body,
    Echo::Writes,
    Echo::Token,
];

/// Calls the program, and returns all that it printed.
async fn said_of(folder: &Path, args: &[&str], variables: &BTreeMap<&str, String>) -> String {
    let ended = call(folder, args, variables).await;
    ended.out + &ended.err
}

/// The text of every file below a folder, journals and saved plans included.
fn kept_below(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            all += &kept_below(&entry.path());
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secret_that_a_service_gives_back_is_blank_in_all_that_is_printed_and_kept() {
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let token = served.token(&TokenScope::ALL);
    let mut cases = 0;
    for echo in ECHOES {
        for scim in [false, true] {
            let service = EchoingService::new(&served, echo).await;
            let folder = if scim { scim_quickstart() } else { http_quickstart() };
            let mut variables = BTreeMap::new();
            if echo == Echo::Token {
                variables.insert("SEATWISE_CLIENT_ID", "admin".to_owned());
                variables.insert("SEATWISE_CLIENT_SECRET", SECRET.to_owned());
            } else {
                variables.insert("SEATWISE_TOKEN", format!("{token}\n"));
            }
            variables.insert("SEATWISE_URL", service.url.clone() + if scim { "/scim/v2" } else { "" });
            let mut said = String::new();
            for args in [
                &["plan", "-vvv"][..],
                &["plan", "--format", "json", "-vvv", "--log-format", "json"],
                &["apply", "--yes", "-v"],
                &["apply", "--yes", "--format", "json"],
                &["resume"],
                &["audit", "--format", "sarif"],
                &["runs", "--format", "json"],
            ] {
                said += &said_of(folder.path(), args, &variables).await;
            }
            said += &kept_below(folder.path());
            let echoed = service.echoed.lock().unwrap().join(" ");
            assert!(!echoed.is_empty(), "{echo:?}, SCIM {scim}: nothing was given back: {said}");
            for form in echoed.split_whitespace().filter(|form| form.len() > 8) {
                assert!(!said.contains(form), "{echo:?}, SCIM {scim}: `{form}` in {said}");
                cases += 1;
            }
            assert!(!said.contains(SECRET), "{echo:?}, SCIM {scim}: {said}");
            if matches!(echo, Echo::Problem(403) | Echo::Writes | Echo::Token) {
                assert!(
                    said.contains("[secret]"),
                    "{echo:?}, SCIM {scim}: the echo is told of, blank: {said}"
                );
            }
        }
    }
    assert!(cases > 200, "{cases}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_hold_the_token_are_shown_without_it() {
    let store = founded_store();
    let served = ServedSandbox::with_quirks(store, ServiceQuirks::default()).await;
    let token = served.token(&TokenScope::ALL);
    let invite = json!({"act": {"invite": {"email": "echo@harbour.example", "first_name": token, "last_name": "E",
        "country": "PT", "entitlement_country": null}}});
    assert_eq!(served.change("k", invite).await.status, 200);
    let folder = http_quickstart();
    let variables = BTreeMap::from([("SEATWISE_URL", served.url.clone()), ("SEATWISE_TOKEN", token.clone())]);
    let mut said = String::new();
    for args in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["plan", "--out", "plan.json"],
        &["audit"],
        &["what", "echo@harbour.example"],
        &["import", "--out", "imported"],
        &["review", "--format", "csv"],
    ] {
        said += &said_of(folder.path(), args, &variables).await;
    }
    said += &kept_below(folder.path());
    assert!(said.contains("echo@harbour.example") && said.contains("[secret]"), "{said}");
    assert!(!said.contains(&token), "{said}");
}

/// Addresses that hold a secret, with every command line that could repeat them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_is_told_without_what_could_be_secret_in_it() {
    let folder = http_quickstart();
    const ADDRESSES: [&str; 8] = [
        "http://127.0.0.1:1/?token=t0psecret",
        "http://127.0.0.1:1/api#t0psecret",
        "http://me:t0psecret@127.0.0.1:1/",
        "http://t0psecret@127.0.0.1:1/",
        "https://org.example/?a=b@c&token=t0psecret",
        "https://me:p/t0psecret@org.example/",
        "htps://org.example/?token=t0psecret",
        "http://org.example:port/?token=t0psecret",
    ];
    for address in ADDRESSES {
        let of_line = [
            vec!["plan", "--url", address],
            vec!["plna", "--url", address],
            vec!["plan", address],
            vec!["plan", "--ulr", address],
            vec!["--url", address, "who", "use", "x"],
            vec!["what", "--url", address],
            vec!["validate", address],
            vec!["usage", "peaks", address],
        ];
        let token = || ("SEATWISE_TOKEN", "a-token-of-mine".to_owned());
        for args in &of_line {
            let said = said_of(folder.path(), args, &BTreeMap::from([token()])).await;
            assert!(!said.contains("t0psecret") && !said.is_empty(), "{args:?}: {said}");
        }
        let joined = format!("--url={address}");
        let variables = BTreeMap::from([token()]);
        let said = said_of(folder.path(), &["plan", &joined, "--nothing"], &variables).await;
        assert!(!said.contains("t0psecret"), "{joined}: {said}");
        let variables = BTreeMap::from([token(), ("SEATWISE_URL", address.to_owned())]);
        for args in [&["plan", "-vvv"][..], &["apply", "--yes"], &["audit", "--format", "json"]] {
            let said = said_of(folder.path(), args, &variables).await;
            assert!(!said.contains("t0psecret"), "{address}: {said}");
            assert!(said.contains("cannot be the address"), "{address}: {said}");
        }
    }
}
