//! The portal page, which shows the organization in a browser.

use reqwest::Method;
use seatwise::wire::TokenScope;
use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

impl ServedSandbox {
    fn portal_key(&self) -> String {
        self.service.portal_key().unwrap().expose_secret().to_owned()
    }

    /// Shows a key where the page shows it.
    async fn show_key(&self, key: &str) -> ServiceAnswer {
        ServiceAnswer::send(bare_client().post(format!("{}/portal/token", self.url)).body(key.to_owned()))
            .await
    }

    /// The page as a browser shows it, at its address followed by `behind`.
    async fn portal_page(&self, behind: &str) -> Option<String> {
        let url = format!("{}/#key={}{behind}", self.url, self.portal_key());
        tokio::task::spawn_blocking(move || crate::browser::visit_page(&url)).await.unwrap()
    }
}

#[tokio::test]
async fn link_to_the_page_opens_once_and_for_reading_alone() {
    let served = ServedSandbox::with_firm(5).await;
    let (one, other) = (served.portal_key(), served.portal_key());
    served.show_key(&one[1..]).await.assert_problem(401, "unauthorized");
    served.show_key("").await.assert_problem(401, "unauthorized");
    let shown = served.show_key(&one).await;
    assert_eq!(
        (shown.status, &shown.body["scope"], shown.header("cache-control")),
        (200, &json!("org.read"), "no-store")
    );
    served.show_key(&one).await.assert_problem(401, "unauthorized");
    assert_eq!(served.show_key(&other).await.status, 200, "each link is one of its own");
    let token = shown.body["access_token"].as_str().unwrap();
    let read = bare_client().get(format!("{}/v1/users", served.url)).bearer_auth(token);
    assert_eq!(ServiceAnswer::send(read).await.status, 200);
    let write = bare_client()
        .post(format!("{}/v1/changes", served.url))
        .bearer_auth(token)
        .header("idempotency-key", "k");
    ServiceAnswer::send(write.header("content-type", "application/json").body("{}"))
        .await
        .assert_problem(403, "forbidden");
}

#[tokio::test]
async fn used_link_is_told_of_so_that_another_can_be_shown() {
    let served = ServedSandbox::with_firm(1).await;
    let key = served.portal_key();
    served.show_key("no key").await;
    assert!(tokio::time::timeout(Duration::ZERO, served.service.wait_for_portal()).await.is_err());
    served.show_key(&key).await;
    served.service.wait_for_portal().await;
}

#[tokio::test]
async fn page_has_nothing_from_elsewhere_and_runs_no_script_but_its_own() {
    let served = ServedSandbox::with_firm(1).await;
    for (path, kind) in [("/", "text/html"), ("/portal.js", "text/javascript"), ("/portal.css", "text/css")] {
        let answer = bare_client().get(format!("{}{path}", served.url)).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            (answer.status().as_u16(), header("content-type")),
            (200, format!("{kind}; charset=utf-8")),
            "{path}"
        );
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(
            (header("x-content-type-options"), header("referrer-policy")),
            ("nosniff".to_owned(), "no-referrer".to_owned())
        );
        let text = answer.text().await.unwrap();
        let foreign = [
            "http:",
            "https:",
            "//cdn",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "style=\"",
            "onclick=",
        ];
        assert_eq!(
            foreign.into_iter().filter(|word| text.contains(word)).collect::<Vec<_>>(),
            [""; 0],
            "{path}"
        );
    }
    served.ask(Method::POST, "/portal.js", |request| request).await.assert_problem(405, "method-not-allowed");
    let reading =
        bare_client().get(format!("{}/portal.jsx", served.url)).bearer_auth(served.token(&TokenScope::ALL));
    ServiceAnswer::send(reading).await.assert_problem(404, "not-found");
}

const HOSTILE: &str = "<img src=x onerror=document.title='OWNED'></td>\"'&";

async fn service_with_hostile_name() -> ServedSandbox {
    let served = ServedSandbox::with_quirks(
        firm(300),
        ServiceQuirks { per_second: Some(200), ..ServiceQuirks::default() },
    )
    .await;
    let invite = json!({"act": {"invite": {
        "email": "mallory@acme.example", "first_name": HOSTILE, "last_name": "Zzyzx", "country": "PT",
        "entitlement_country": null,
    }}});
    assert_eq!(served.change("hostile", invite).await.status, 200);
    served
}

fn count_rows(page: &str) -> usize {
    page.matches("<tr>").count().saturating_sub(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_shows_and_finds_people_and_writes_hostile_names_as_text() {
    let served = service_with_hostile_name().await;
    let Some(everybody) = served.portal_page("").await else { return };
    assert!(everybody.contains("Revision 1, "), "{everybody}");
    assert_eq!(count_rows(&everybody), 200, "the first, and a button for the rest");
    assert!(everybody.contains("Show more: 101 are left"), "{everybody}");
    let found = served.portal_page("&tab=people&find=zzyzx%20mallory").await.unwrap();
    assert_eq!(count_rows(&found), 1, "{found}");
    assert!(
        found.contains("&lt;img src=x onerror=document.title='OWNED'&gt;&lt;/td&gt;\"'&amp; Zzyzx"),
        "{found}"
    );
    assert!(!found.contains("<img") && found.contains("<title>firm</title>"), "{found}");
    assert!(!found.contains("key="), "the key is in no part of the page: {found}");
    let written = served.portal_page("&tab=audit&find=zzyzx").await.unwrap();
    assert!(
        count_rows(&written) == 1
            && written.contains("<div class=\"\">invite</div>")
            && !written.contains("<img"),
        "{written}"
    );
    let nobody = served.portal_page("&find=nobody-has-this").await.unwrap();
    assert!(count_rows(&nobody) == 0 && nobody.contains("Nothing has all these words."), "{nobody}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_counts_what_is_owned_and_assigned_as_the_core_does() {
    let served = ServedSandbox::with_firm(120).await;
    let truth = served.truth();
    let assigned = seatwise::model::licences::assignment_counts(&truth.live.0);
    for tab in ["groups", "products", "restrictions"] {
        let Some(page) = served.portal_page(&format!("&tab={tab}")).await else { return };
        let count = match tab {
            "groups" => truth.live.0.groups.len(),
            "products" => truth.facts.products.len(),
            _ => truth.live.0.defaults.len() + truth.live.0.restrictions.len(),
        };
        assert!(count > 0 && count_rows(&page) == count, "{tab}: {} of {count}", count_rows(&page));
        if tab != "products" {
            continue;
        }
        for id in truth.facts.products.keys() {
            let row = page
                .split("<tr>")
                .find(|row| row.contains(&format!(">{id}")) && row.contains("data-column=\"Owned\""));
            let row = row.unwrap_or_else(|| panic!("{id} is not in {page}"));
            let number = |column: &str| {
                let cell = row.split(&format!("data-column=\"{column}\">")).nth(1).unwrap();
                cell.split('>').nth(1).unwrap().split('<').next().unwrap().replace(',', "")
            };
            assert_eq!(number("Assigned"), assigned.get(id).copied().unwrap_or(0).to_string(), "{id}");
            assert_eq!(
                number("Owned"),
                truth.facts.owned_licences(id).map_or("no contract".to_owned(), |owned| owned.to_string()),
                "{id}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_says_that_its_link_was_used_and_shows_nothing() {
    let served = ServedSandbox::with_firm(5).await;
    let url = format!("{}/#key=used", served.url);
    let Some(page) = tokio::task::spawn_blocking(move || crate::browser::visit_page(&url)).await.unwrap()
    else {
        return;
    };
    assert!(page.contains("This link has been opened already") && count_rows(&page) == 0, "{page}");
}
