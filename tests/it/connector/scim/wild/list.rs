//! Lists: pages, totals, filters (points 1 and 5 of SCIM in the wild).

use seatwise::model::{Section, UnreadReason};

use super::*;

const MANY: [&str; 7] = ["ana", "bo", "cy", "di", "eva", "flo", "gil"];

fn unread_reason(snapshot: &Snapshot, section: Section) -> String {
    match snapshot.unread.get(&section) {
        Some(UnreadReason::Failed(why)) => why.to_string(),
        other => panic!("{}: {other:?}", section.as_str()),
    }
}

/// The number of users that the connector reads from a service with this quirk.
async fn count_users_read_with(
    quirk: impl Fn(&WildRequest, &mut WildState) -> Option<WildAnswer> + Send + Sync + 'static,
) -> usize {
    let snapshot = WildService::with_quirk(&MANY, &[], quirk).await.read().await;
    assert!(!snapshot.unread.contains_key(&Section::Users), "{:?}", snapshot.unread);
    snapshot.live.0.users.len()
}

fn is_user_list(asked: &WildRequest) -> bool {
    asked.method == "GET" && asked.path == "/Users"
}

fn start_index(asked: &WildRequest) -> usize {
    asked.query_number("startIndex").unwrap_or(1)
}

/// The answer with one page, after `edit` changed its body.
fn edited_page(all: &[WildObject], start: usize, count: usize, edit: impl FnOnce(&mut Value)) -> WildAnswer {
    let WildAnswer::Json(status, mut body) = page_answer(all, start, count) else {
        unreachable!("a page is JSON")
    };
    edit(&mut body);
    WildAnswer::Json(status, body)
}

#[tokio::test]
async fn filter_that_is_ignored_is_detected_and_nobody_is_taken_for_the_one_asked_for() {
    let wild = WildService::with_quirk(&MANY, &[], |asked, state| {
        let ignores = is_user_list(asked) && asked.query.contains_key("filter");
        ignores.then(|| page_answer(&state.users, 1, 100))
    })
    .await;
    let names = [&MANY[..], &["new"]].concat();
    assert_eq!(wild.assert_converges(&policy(&people(&names))).await, 1);
    assert_eq!((wild.count_requests("POST", "/Users"), wild.count_requests("PATCH", "/Users")), (1, 0));
    assert_eq!(wild.user_names().len(), 8);
}

#[tokio::test]
async fn filter_that_is_refused_is_done_without() {
    let wild = WildService::with_quirk(&MANY, &[], |asked, _| {
        asked.query.contains_key("filter").then(|| refusal(501, "no filters here"))
    })
    .await;
    assert_eq!(wild.assert_converges(&policy(&people(&[&MANY[..], &["new"]].concat()))).await, 1);
    assert_eq!(wild.user_names().len(), 8);
}

#[tokio::test]
async fn total_that_is_too_small_makes_the_list_unread() {
    let small = |asked: &WildRequest, state: &mut WildState| {
        is_user_list(asked)
            .then(|| edited_page(&state.users, start_index(asked), 3, |body| body["totalResults"] = 3.into()))
    };
    let wild = WildService::with_quirk(&MANY, &[], small).await;
    assert_eq!(unread_reason(&wild.read().await, Section::Users), "7 rows came, and its total is 3");
}

#[tokio::test]
async fn page_without_a_total_makes_the_list_unread() {
    let wild = WildService::with_quirk(&MANY, &[], |asked, state| {
        is_user_list(asked).then(|| WildAnswer::Json(200, json!({"Resources": state.users})))
    })
    .await;
    assert_eq!(
        unread_reason(&wild.read().await, Section::Users),
        "a page does not say how many rows there are in all"
    );
}

#[tokio::test]
async fn rows_that_are_missing_make_the_list_unread_and_nobody_is_invited_again() {
    let short = |asked: &WildRequest, state: &mut WildState| {
        is_user_list(asked).then(|| {
            edited_page(&state.users[..4], start_index(asked), 100, |body| body["totalResults"] = 7.into())
        })
    };
    let wild = WildService::with_quirk(&MANY, &[], short).await;
    let snapshot = wild.read().await;
    assert_eq!(unread_reason(&snapshot, Section::Users), "4 rows came, and its total is 7");
    assert_eq!(make_plan(&policy(&people(&MANY)), snapshot).steps, [], "unread is not empty");
}

#[tokio::test]
async fn start_past_the_end_that_gives_the_first_rows_again_ends_the_list() {
    let read = count_users_read_with(|asked, state| {
        is_user_list(asked).then(|| {
            page_answer(
                &state.users,
                if start_index(asked) > state.users.len() { 1 } else { start_index(asked) },
                3,
            )
        })
    });
    assert_eq!(read.await, 7);
}

#[tokio::test]
async fn size_of_pages_that_is_capped_is_followed_by_the_rows_that_came() {
    for cap in 1..=8 {
        assert_eq!(
            count_users_read_with(move |asked, state| is_user_list(asked).then(|| page_answer(
                &state.users,
                start_index(asked),
                cap
            )))
            .await,
            7,
            "{cap}"
        );
    }
}

#[tokio::test]
async fn pages_of_different_lengths_are_followed_by_the_rows_that_came() {
    let read = count_users_read_with(|asked, state| {
        is_user_list(asked).then(|| {
            page_answer(&state.users, start_index(asked), if start_index(asked) == 1 { 2 } else { 1 })
        })
    });
    assert_eq!(read.await, 7);
}

#[tokio::test]
async fn size_of_pages_that_is_refused_or_breaks_the_service_is_asked_smaller() {
    for status in [400, 413, 500] {
        let too_many = move |asked: &WildRequest, _: &mut WildState| {
            let too_many = is_user_list(asked) && asked.query_number("count").is_some_and(|count| count > 50);
            too_many.then(|| refusal(status, "too many"))
        };
        assert_eq!(count_users_read_with(too_many).await, 7, "{status}");
        let any = move |asked: &WildRequest, _: &mut WildState| {
            (is_user_list(asked) && asked.query.contains_key("count")).then(|| refusal(status, "no count"))
        };
        assert_eq!(count_users_read_with(any).await, 7, "{status} without any");
    }
}

#[tokio::test]
async fn items_per_page_that_are_null_or_the_asked_number_are_of_no_matter() {
    for told in [Value::Null, 1000.into(), "seven".into()] {
        let told = move |asked: &WildRequest, state: &mut WildState| {
            is_user_list(asked).then(|| {
                edited_page(&state.users, start_index(asked), 2, |body| body["itemsPerPage"] = told.clone())
            })
        };
        assert_eq!(count_users_read_with(told).await, 7);
    }
}

#[tokio::test]
async fn list_that_shifts_while_it_is_read_is_read_again() {
    // A user leaves after the first page was read; the second attempt reads a list that no longer shifts.
    let shifts = |asked: &WildRequest, state: &mut WildState| {
        is_user_list(asked).then(|| {
            let said = page_answer(&state.users, start_index(asked), 3);
            if start_index(asked) == 1 && state.users.len() == 7 {
                state.users.remove(0);
            }
            said
        })
    };
    let snapshot = WildService::with_quirk(&MANY, &[], shifts).await.read().await;
    assert_eq!((snapshot.unread.get(&Section::Users), snapshot.live.0.users.len()), (None, 6));
}

#[tokio::test]
async fn list_whose_pages_overlap_for_ever_is_unread() {
    let overlaps = |asked: &WildRequest, state: &mut WildState| {
        is_user_list(asked).then(|| page_answer(&state.users, (start_index(asked) - 1).max(1), 3))
    };
    let why =
        unread_reason(&WildService::with_quirk(&MANY, &[], overlaps).await.read().await, Section::Users);
    assert!(why.starts_with("its pages overlap"), "{why}");
}

#[tokio::test]
async fn list_that_has_no_end_is_given_up() {
    let endless = |asked: &WildRequest, state: &mut WildState| {
        is_user_list(asked).then(|| {
            let made = state.made;
            let rows: Vec<Value> = (made..made + 500)
                .map(|id| json!({"id": id.to_string(), "userName": format!("u{id}@acme.example")}))
                .collect();
            state.made += 500;
            WildAnswer::Json(200, json!({"totalResults": 500, "Resources": rows}))
        })
    };
    let wild = WildService::with_quirk(&[], &[], endless).await;
    let why = unread_reason(&wild.read().await, Section::Users);
    assert!(why.starts_with("it has no end"), "{why}");
    assert!(wild.count_requests("GET", "/Users") < 10);
}

#[tokio::test]
async fn identity_that_would_lead_to_another_address_makes_the_list_unread() {
    let wild = WildService::without_quirk(&["ana"], &[]).await;
    for (id, told) in [("..", "a row has dots for an identity"), (".", "a row has dots for an identity")] {
        wild.state().users[0].insert("id".into(), id.into());
        assert_eq!(unread_reason(&wild.read().await, Section::Users), told);
    }
    wild.state().users[0].insert("id".into(), "a b?c#d%2e".into());
    assert_eq!(
        wild.assert_converges(&policy(
            "users:\n  ana@acme.example: {first_name: Ana, last_name: ana, country: PT}\n"
        ))
        .await,
        1
    );
}
