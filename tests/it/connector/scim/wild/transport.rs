//! Faults of the transport (point 17 of SCIM in the wild).

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// An intermediary before the service, by its treatment of connections.
#[derive(Debug, Clone, Copy)]
enum Intermediary {
    /// Speaks HTTP/1.0, with a connection for each request.
    Old,
    /// Closes connections without announcing that.
    Cutting,
}

/// The length of the first message in `bytes`; `None` where the message is not complete.
fn message_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    (bytes.len() >= head + length).then_some(head + length)
}

async fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(length) = message_length(&bytes) {
            bytes.truncate(length);
            return Some(bytes);
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend(&chunk[..read]),
        }
    }
}

/// Starts an intermediary before the service. Returns its address.
async fn start_intermediary(wild: &WildService, between: Intermediary) -> String {
    let behind = wild.url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/scim", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let behind = behind.clone();
            tokio::spawn(async move {
                let Some(asked) = read_message(&mut stream).await else { return };
                let mut service = TcpStream::connect(behind).await.unwrap();
                service.write_all(&asked).await.unwrap();
                let Some(said) = read_message(&mut service).await else { return };
                let said = match between {
                    Intermediary::Old => [b"HTTP/1.0", &said[8..]].concat(),
                    Intermediary::Cutting => said,
                };
                let _ = stream.write_all(&said).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    url
}

/// A policy with two new people, a group and its two members: five steps.
fn firm_policy() -> Policy {
    policy(&format!(
        "{}groups:\n  bridges: {{members: [ana@acme.example, bo@acme.example]}}\n",
        people(&["ana", "bo", "cy"])
    ))
}

#[tokio::test]
async fn old_protocol_and_connections_that_are_cut_do_no_harm() {
    for between in [Intermediary::Old, Intermediary::Cutting] {
        let wild = WildService::without_quirk(&["ana"], &[]).await;
        let url = start_intermediary(&wild, between).await;
        assert_eq!(apply_policy(&connect_scim(&url, "t0ken"), &firm_policy()).await, 5, "{between:?}");
        assert_eq!(
            (wild.count_requests("POST", "/Users"), wild.count_requests("POST", "/Groups")),
            (2, 1),
            "{between:?}"
        );
    }
}

#[tokio::test]
async fn refusals_that_pass_are_tried_again_however_they_say_when() {
    for status in [429, 503] {
        for after in [Some("0"), Some("Sun, 06 Nov 1994 08:49:37 GMT"), None, Some("soon")] {
            let calls = AtomicU32::new(0);
            let wild = WildService::with_quirk(&["ana"], &[], move |_, _| {
                // Only some requests are refused, because without a `retry-after` each wait lasts half a
                // second.
                let busy = calls.fetch_add(1, Ordering::Relaxed) % 9 == 5;
                let headers = after.map(|after| ("retry-after", after.to_owned())).into_iter().collect();
                busy.then(|| WildAnswer::Headed(status, headers, json!({"status": status.to_string()})))
            })
            .await;
            assert_eq!(wild.assert_converges(&firm_policy()).await, 5, "{status} {after:?}");
            assert_eq!(wild.user_names().len(), 3, "{status} {after:?}");
        }
    }
}

#[tokio::test]
async fn redirect_that_keeps_method_and_body_is_followed_on_the_same_host() {
    let wild = WildService::with_quirk(&["ana"], &[], |asked, state| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&asked.query).finish();
        let Some(path) = asked.path.strip_prefix("/moved") else {
            return Some(WildAnswer::Headed(
                308,
                vec![("location", format!("/scim/moved{}?{query}", asked.path))],
                Value::Null,
            ));
        };
        let (method, query, body) = (asked.method.clone(), asked.query.clone(), asked.body.clone());
        Some(state.answer(&WildRequest {
            path: path.to_owned(),
            method,
            query,
            headers: BTreeMap::new(),
            body,
        }))
    })
    .await;
    assert_eq!(wild.assert_converges(&firm_policy()).await, 5);
}

#[tokio::test]
async fn redirect_of_a_write_to_another_host_is_not_followed() {
    let thief = WildService::without_quirk(&[], &[]).await;
    let elsewhere = format!("{}/Users", thief.url);
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, _| {
        (asked.method == "POST")
            .then(|| WildAnswer::Headed(308, vec![("location", elsewhere.clone())], Value::Null))
    })
    .await;
    let scim = wild.scim();
    let plan = approve_reviewed(make_plan(&policy(&people(&["ana", "bo"])), read_live(&scim).await));
    let impatient =
        ApplyOptions { retry: seatwise::connector::Retry { within: Duration::ZERO, ..quick_retry() } };
    let outcome = run::run_plan(&scim, &plan, "thief", &impatient).await;
    assert!(!outcome.summary().is_complete());
    assert_eq!(thief.state().log.len(), 0, "the token goes nowhere else");
}

#[tokio::test]
async fn sign_in_page_in_place_of_an_answer_is_no_answer() {
    let portal = || WildAnswer::Text(200, "text/html", "<html>Sign in to the network</html>".to_owned());
    let wild = WildService::with_quirk(&["ana"], &[], move |_, _| Some(portal())).await;
    let failed = wild.scim().fetch(&Interner::default()).await.unwrap_err();
    let why = std::error::Error::source(&failed).unwrap().to_string();
    assert!(why.ends_with("text/html where JSON was asked for"), "{why}");

    // The sign-in page replaces the answer to a write that was not carried out.
    let calls = AtomicU32::new(0);
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, _| {
        let first = asked.method == "POST" && calls.fetch_add(1, Ordering::Relaxed) == 0;
        first.then(portal)
    })
    .await;
    assert_eq!(wild.assert_converges(&firm_policy()).await, 5);
    assert_eq!(wild.user_names().len(), 3);
}

/// The writes that the service received, each with its method and path.
fn writes(wild: &WildService) -> Vec<String> {
    let state = wild.state();
    state
        .log
        .iter()
        .filter(|(method, ..)| method != "GET")
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect()
}

#[tokio::test]
async fn write_whose_answer_is_lost_is_looked_up_and_not_sent_again() {
    let wild = WildService::with_quirk(&["ana"], &[], |asked, state| {
        (asked.method != "GET").then(|| {
            state.answer(asked);
            WildAnswer::Broken
        })
    })
    .await;
    assert_eq!(wild.assert_converges(&firm_policy()).await, 5);
    assert_eq!(
        (writes(&wild).len(), wild.user_names().len()),
        (5, 3),
        "each was sent once: {:?}",
        writes(&wild)
    );
}

#[tokio::test]
async fn write_that_was_lost_before_it_was_done_is_sent_again() {
    let calls = AtomicU32::new(0);
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, _| {
        let first = asked.method != "GET" && calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        first.then_some(WildAnswer::Broken)
    })
    .await;
    assert_eq!(wild.assert_converges(&firm_policy()).await, 5);
    assert_eq!(wild.user_names().len(), 3);
}

#[tokio::test]
async fn stale_reads_after_a_write_cause_no_second_write() {
    // The third read after a write is the first to show the write; the answers to creations are lost as well.
    struct LaggingView {
        state: WildState,
        stale: u32,
    }
    let shown = Mutex::new(LaggingView { state: WildState::default(), stale: 0 });
    let wild = WildService::with_quirk(&["ana"], &[], move |asked, state| {
        let mut shown = shown.lock().unwrap();
        if asked.method != "GET" {
            if shown.stale == 0 {
                shown.state = WildState {
                    users: state.users.clone(),
                    groups: state.groups.clone(),
                    ..WildState::default()
                };
            }
            shown.stale = 2;
            state.answer(asked);
            return Some(if asked.method == "POST" {
                WildAnswer::Broken
            } else {
                WildAnswer::Text(204, "", String::new())
            });
        }
        let lags = asked.path.starts_with("/Users") || asked.path.starts_with("/Groups");
        if shown.stale == 0 || !lags {
            return None;
        }
        shown.stale -= 1;
        Some(shown.state.answer(asked))
    })
    .await;
    assert_eq!(wild.assert_converges(&firm_policy()).await, 5);
    assert_eq!(
        (writes(&wild).len(), wild.user_names().len()),
        (5, 3),
        "nobody was created twice: {:?}",
        writes(&wild)
    );
}
