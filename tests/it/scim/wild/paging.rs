//! Lists: pages, totals, filters (points 1 and 5 of SCIM in the wild).

use seatwise::model::{Section, UnreadReason};

use super::*;

const MANY: [&str; 7] = ["ana", "bo", "cy", "di", "eva", "flo", "gil"];

fn why(snapshot: &Snapshot, section: Section) -> String {
    match snapshot.unread.get(&section) {
        Some(UnreadReason::Failed(why)) => why.to_string(),
        other => panic!("{}: {other:?}", section.as_str()),
    }
}

/// How many users are read where lists are answered like this.
async fn read_with(quirk: impl Fn(&Asked, &mut State) -> Option<Said> + Send + Sync + 'static) -> usize {
    let snapshot = Wild::with(&MANY, &[], quirk).await.read().await;
    assert!(!snapshot.unread.contains_key(&Section::Users), "{:?}", snapshot.unread);
    snapshot.live.0.users.len()
}

fn users(asked: &Asked) -> bool {
    asked.method == "GET" && asked.path == "/Users"
}

fn start(asked: &Asked) -> usize {
    asked.number("startIndex").unwrap_or(1)
}

/// A page of which the answer is edited.
fn edited(all: &[Object], start: usize, count: usize, edit: impl FnOnce(&mut Value)) -> Said {
    let Said::Json(status, mut body) = page(all, start, count) else { unreachable!("a page is JSON") };
    edit(&mut body);
    Said::Json(status, body)
}

#[tokio::test]
async fn filter_that_is_ignored_is_detected_and_nobody_is_taken_for_the_one_asked_for() {
    let wild = Wild::with(&MANY, &[], |asked, state| {
        let ignores = users(asked) && asked.query.contains_key("filter");
        ignores.then(|| page(&state.users, 1, 100))
    })
    .await;
    let names = [&MANY[..], &["new"]].concat();
    assert_eq!(wild.converges(&policy(&people(&names))).await, 1);
    assert_eq!((wild.count("POST", "/Users"), wild.count("PATCH", "/Users")), (1, 0));
    assert_eq!(wild.names().len(), 8);
}

#[tokio::test]
async fn filter_that_is_refused_is_done_without() {
    let wild = Wild::with(&MANY, &[], |asked, _| {
        asked.query.contains_key("filter").then(|| refused(501, "no filters here"))
    })
    .await;
    assert_eq!(wild.converges(&policy(&people(&[&MANY[..], &["new"]].concat()))).await, 1);
    assert_eq!(wild.names().len(), 8);
}

#[tokio::test]
async fn total_that_is_too_small_makes_the_list_unread() {
    let small = |asked: &Asked, state: &mut State| {
        users(asked).then(|| edited(&state.users, start(asked), 3, |body| body["totalResults"] = 3.into()))
    };
    let wild = Wild::with(&MANY, &[], small).await;
    assert_eq!(why(&wild.read().await, Section::Users), "7 rows came, and its total is 3");
}

#[tokio::test]
async fn page_without_a_total_makes_the_list_unread() {
    let wild = Wild::with(&MANY, &[], |asked, state| {
        users(asked).then(|| Said::Json(200, json!({"Resources": state.users})))
    })
    .await;
    assert_eq!(why(&wild.read().await, Section::Users), "a page does not say how many rows there are in all");
}

#[tokio::test]
async fn rows_that_are_missing_make_the_list_unread_and_nobody_is_invited_again() {
    let short = |asked: &Asked, state: &mut State| {
        users(asked)
            .then(|| edited(&state.users[..4], start(asked), 100, |body| body["totalResults"] = 7.into()))
    };
    let wild = Wild::with(&MANY, &[], short).await;
    let snapshot = wild.read().await;
    assert_eq!(why(&snapshot, Section::Users), "4 rows came, and its total is 7");
    assert_eq!(planned(&policy(&people(&MANY)), snapshot).steps, [], "unread is not empty");
}

#[tokio::test]
async fn start_past_the_end_that_gives_the_first_rows_again_ends_the_list() {
    let read = read_with(|asked, state| {
        users(asked)
            .then(|| page(&state.users, if start(asked) > state.users.len() { 1 } else { start(asked) }, 3))
    });
    assert_eq!(read.await, 7);
}

#[tokio::test]
async fn size_of_pages_that_is_capped_is_followed_by_the_rows_that_came() {
    for cap in 1..=8 {
        assert_eq!(
            read_with(move |asked, state| users(asked).then(|| page(&state.users, start(asked), cap))).await,
            7,
            "{cap}"
        );
    }
}

#[tokio::test]
async fn pages_of_different_lengths_are_followed_by_the_rows_that_came() {
    let read = read_with(|asked, state| {
        users(asked).then(|| page(&state.users, start(asked), if start(asked) == 1 { 2 } else { 1 }))
    });
    assert_eq!(read.await, 7);
}

#[tokio::test]
async fn size_of_pages_that_is_refused_or_breaks_the_service_is_asked_smaller() {
    for status in [400, 413, 500] {
        let too_many = move |asked: &Asked, _: &mut State| {
            let too_many = users(asked) && asked.number("count").is_some_and(|count| count > 50);
            too_many.then(|| refused(status, "too many"))
        };
        assert_eq!(read_with(too_many).await, 7, "{status}");
        let any = move |asked: &Asked, _: &mut State| {
            (users(asked) && asked.query.contains_key("count")).then(|| refused(status, "no count"))
        };
        assert_eq!(read_with(any).await, 7, "{status} without any");
    }
}

#[tokio::test]
async fn items_per_page_that_are_null_or_the_asked_number_are_of_no_matter() {
    for told in [Value::Null, 1000.into(), "seven".into()] {
        let told = move |asked: &Asked, state: &mut State| {
            users(asked)
                .then(|| edited(&state.users, start(asked), 2, |body| body["itemsPerPage"] = told.clone()))
        };
        assert_eq!(read_with(told).await, 7);
    }
}

#[tokio::test]
async fn list_that_shifts_while_it_is_read_is_read_again() {
    // Somebody leaves after the first page was read; that is over when it is read again.
    let shifts = |asked: &Asked, state: &mut State| {
        users(asked).then(|| {
            let said = page(&state.users, start(asked), 3);
            if start(asked) == 1 && state.users.len() == 7 {
                state.users.remove(0);
            }
            said
        })
    };
    let snapshot = Wild::with(&MANY, &[], shifts).await.read().await;
    assert_eq!((snapshot.unread.get(&Section::Users), snapshot.live.0.users.len()), (None, 6));
}

#[tokio::test]
async fn list_whose_pages_overlap_for_ever_is_unread() {
    let overlaps = |asked: &Asked, state: &mut State| {
        users(asked).then(|| page(&state.users, (start(asked) - 1).max(1), 3))
    };
    let why = why(&Wild::with(&MANY, &[], overlaps).await.read().await, Section::Users);
    assert!(why.starts_with("its pages overlap"), "{why}");
}

#[tokio::test]
async fn list_that_has_no_end_is_given_up() {
    let endless = |asked: &Asked, state: &mut State| {
        users(asked).then(|| {
            let made = state.made;
            let rows: Vec<Value> = (made..made + 500)
                .map(|id| json!({"id": id.to_string(), "userName": format!("u{id}@acme.example")}))
                .collect();
            state.made += 500;
            Said::Json(200, json!({"totalResults": 500, "Resources": rows}))
        })
    };
    let wild = Wild::with(&[], &[], endless).await;
    let why = why(&wild.read().await, Section::Users);
    assert!(why.starts_with("it has no end"), "{why}");
    assert!(wild.count("GET", "/Users") < 10);
}

#[tokio::test]
async fn identity_that_would_lead_to_another_address_makes_the_list_unread() {
    let wild = Wild::tame(&["ana"], &[]).await;
    for (id, told) in [("..", "a row has dots for an identity"), (".", "a row has dots for an identity")] {
        wild.state().users[0].insert("id".into(), id.into());
        assert_eq!(why(&wild.read().await, Section::Users), told);
    }
    wild.state().users[0].insert("id".into(), "a b?c#d%2e".into());
    assert_eq!(
        wild.converges(&policy(
            "users:\n  ana@acme.example: {first_name: Ana, last_name: ana, country: PT}\n"
        ))
        .await,
        1
    );
}
