//! Which lists the connector accepts and which ones it rejects.

use seatwise::connector::FetchError;
use seatwise::model::{Live, Section, UnreadReason};
use serde_json::json;

use crate::sandbox::serve::*;
use seatwise::connector::OrgRead;
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::transport::Credentials;
use seatwise::model::{Interner, Snapshot};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn organization_is_read_as_it_is() {
    for people in [0, 1, 300] {
        let served = ServedSandbox::with_firm(people).await;
        let (read, truth) = (served.read().await, served.truth());
        assert_eq!(read.live, truth.live, "{people}");
        assert_eq!(read.facts, truth.facts, "{people}");
        assert_eq!((read.unread.len(), read.requests), (0, 12), "the organization itself, and eleven lists");
    }
}

#[tokio::test]
async fn use_bills_and_the_past_are_read_as_they_are() {
    let served = ServedSandbox::with_quirks(working_firm(), ServiceQuirks::default()).await;
    let (http, names) = (served.http(ConnectionPurpose::Read), Interner::default());
    let billing = http.billing(&names).await.unwrap();
    assert_eq!(billing, served.store.billing(&names).unwrap());
    assert!(!billing.invoices.is_empty() && !billing.payments.is_empty(), "{billing:?}");
    let again = http.billing(&names).await.unwrap();
    assert_eq!(again, billing, "nothing is billed twice");
    assert_eq!(http.usage(&names).await.unwrap(), served.store.usage(&names).unwrap());
    let (read, truth) = (served.read().await, served.truth());
    assert_eq!(read.facts, truth.facts);
    assert!(!truth.facts.past.owned.is_empty() && !truth.facts.past.prices.is_empty());
}

#[tokio::test]
async fn bills_that_do_not_come_whole_are_not_believed() {
    let faults = fault_script(json!({"faults": [{"fault": "truncate", "on": "reads", "per_mille": 1000}]}));
    let served =
        ServedSandbox::with_quirks(working_firm(), ServiceQuirks { faults, ..ServiceQuirks::default() })
            .await;
    let (http, names) = (served.http(ConnectionPurpose::Read), Interner::default());
    assert!(matches!(http.billing(&names).await, Err(FetchError::Service(_))));
    assert!(matches!(http.usage(&names).await, Err(FetchError::Service(_))));
}

/// Checks that every section that the connector read is the same as in `truth`.
#[track_caller]
fn assert_believed_is_true(read: &Snapshot, truth: &Snapshot, when: &str) {
    let mut expected = truth.clone();
    for section in read.unread.keys() {
        seatwise::model::clear_section(*section, &mut expected.live.0);
    }
    let Live(organization) = &read.live;
    assert_eq!(organization, &expected.live.0, "{when}: {:?}", read.unread);
    if !read.unread.contains_key(&Section::Contracts) {
        assert_eq!(read.facts, truth.facts, "{when}");
    }
}

const LIES: [&str; 4] = ["truncate", "shift", "repeat", "stale"];
const FAILURES: [&str; 6] = ["drop_before", "drop_after", "throttle", "busy", "gateway_after", "portal"];

/// Users, memberships and roles each take two pages.
const PEOPLE: usize = 1_100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_that_goes_wrong_at_any_call_is_right_or_not_believed() {
    let (mut reads, mut doubted) = (0, 0);
    for fault in LIES.into_iter().chain(FAILURES) {
        for call in 1..=16 {
            let faults = fault_script(json!({"faults": [{"fault": fault, "on": "reads", "at": [call]}]}));
            let served = ServedSandbox::with_quirks(
                firm(PEOPLE),
                ServiceQuirks { faults, ..ServiceQuirks::default() },
            )
            .await;
            let when = format!("{fault} at read {call}");
            reads += 1;
            match served.http(ConnectionPurpose::Read).fetch(&Interner::default()).await {
                Ok(read) => {
                    assert_believed_is_true(&read, &served.truth(), &when);
                    doubted += usize::from(!read.unread.is_empty());
                    let passes = !LIES.contains(&fault) && fault != "portal";
                    assert!(!passes || read.unread.is_empty(), "{when} is tried again: {:?}", read.unread);
                }
                Err(error) => assert!(fault == "portal" && call == 1, "{when}: {error:?}"),
            }
        }
    }
    #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
    let () = println!(
        "{reads} reads with a fault each: {doubted} left a section unread, none believed something wrong"
    );
    assert!(doubted > 30, "{doubted}");
}

#[tokio::test]
async fn page_short_of_its_total_makes_its_section_unread_and_says_why() {
    let faults = fault_script(json!({"faults": [{"fault": "truncate", "on": "reads", "per_mille": 1000}]}));
    let served =
        ServedSandbox::with_quirks(firm(10), ServiceQuirks { faults, ..ServiceQuirks::default() }).await;
    let read = served.read().await;
    assert_eq!(read.unread[&Section::Users], UnreadReason::Failed("9 of 10 rows came".into()));
    assert_eq!(read.unread[&Section::Roles], UnreadReason::Failed("it needs users, which failed".into()));
    assert_eq!(read.live, Live::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organization_that_changes_while_it_is_read_is_read_again() {
    let served = Arc::new(ServedSandbox::with_firm(PEOPLE).await);
    let writer = {
        let served = Arc::clone(&served);
        tokio::spawn(async move {
            for number in 0..6 {
                let invite = json!({"act": {"invite": {
                    "email": format!("new{number}@acme.example"), "first_name": "A", "last_name": "S",
                    "country": "PT", "entitlement_country": null,
                }}});
                assert_eq!(served.change(&format!("w-{number}"), invite).await.status, 200);
            }
        })
    };
    let during = served.read().await;
    writer.await.unwrap();
    let users = during.live.0.users.len();
    assert!(during.unread.contains_key(&Section::Users) || (PEOPLE..=PEOPLE + 6).contains(&users), "{users}");
    let after = served.read().await;
    assert_eq!((after.live, after.unread.len()), (served.truth().live, 0));
}

#[tokio::test]
async fn service_that_is_away_or_lets_nobody_in_cannot_be_read() {
    let served = ServedSandbox::with_firm(1).await;
    let wrong = Credentials::Token("not-a-token".into());
    let error = HttpConnector::new(target(&served.url, wrong), ConnectionPurpose::Read)
        .unwrap()
        .fetch(&Interner::default())
        .await
        .unwrap_err();
    let FetchError::Service(error) = error else { panic!("{error:?}") };
    assert!(error.to_string().ends_with("answered: the token is not one of this service's (401)"), "{error}");
    let url = served.url.clone();
    served.stop().await;
    let mut away = target(&url, client_credentials());
    away.retry.within = Duration::ZERO;
    let error = HttpConnector::new(away, ConnectionPurpose::Read)
        .unwrap()
        .fetch(&Interner::default())
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Service(_)), "{error:?}");
}

#[tokio::test]
async fn pace_of_the_service_becomes_the_pace_of_the_connector() {
    let served = ServedSandbox::with_quirks(
        firm(5),
        ServiceQuirks { per_second: Some(200), ..ServiceQuirks::default() },
    )
    .await;
    let http = served.http(ConnectionPurpose::Read);
    assert_eq!(seatwise::connector::OrgWrite::pace(&http).per_second, None);
    http.fetch(&Interner::default()).await.unwrap();
    assert_eq!(seatwise::connector::OrgWrite::pace(&http).per_second, Some(200));
}
