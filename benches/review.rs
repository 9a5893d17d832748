//! The time that the page of an access review takes to open, to search and to sort in a browser.
//!
//! `cargo bench --bench review -- [USERS] [PRODUCTS] [ROUNDS]`: by default 5,000 people and 200 products, in
//! headless Chromium; medians. The opening lasts from the start of the page to the end of its first layout.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use seatwise::audit::OrganizationView;
use seatwise::audit::access_review::access_review;
use seatwise::load;
use seatwise::model::{Date, Interner, Live, Product, ProductId, Snapshot};
use seatwise::policy::Moment;
use seatwise::policy::scope::scope_policy;
use seatwise::policy::settings::Connector;
use seatwise::render::export::export_policy;
use seatwise::render::report::Report;
use seatwise::render::review::ReviewEvidence;
use seatwise::sandbox::generate_firm;

/// A script that opens, searches and sorts the page, and writes the milliseconds of each on the page.
const READER: &str = r#"
addEventListener("load", () => setTimeout(() => {
  document.body.getBoundingClientRect();
  const times = {open: performance.now()};
  const timed = (name, act) => {
    const begun = performance.now();
    act();
    document.body.getBoundingClientRect();
    times[name] = performance.now() - begun;
  };
  const search = document.querySelector("input[type=search]");
  const find = word => () => { search.value = word; search.dispatchEvent(new Event("input")); };
  timed("search first", find("ana"));
  timed("search next", find("product-1"));
  timed("search none", find("zzzz"));
  timed("search all", find(""));
  timed("sort", () => document.querySelectorAll(".long .head button")[6].click());
  document.body.replaceChildren("TIMES" + JSON.stringify(times) + "TIMES");
}, 0));
"#;

fn main() {
    let arguments: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let argument = |at: usize, otherwise: usize| arguments.get(at).copied().unwrap_or(otherwise);
    let (users, products, rounds) = (argument(0, 5_000), argument(1, 200), argument(2, 5));
    let (organization, mut facts) = generate_firm(users, 1);
    let some = facts.products.values().next().unwrap().clone();
    facts.products.extend((0..products).map(|at| {
        (ProductId::new(&format!("product-{at:03}")).unwrap(), Product { number: None, ..some.clone() })
    }));
    let snapshot = Snapshot { live: Live(organization), facts, ..Snapshot::default() };
    let as_of: Date = "2026-11-24".parse().unwrap();
    let moment = Moment { as_of, now: "2026-11-24T09:00:00Z".parse().unwrap() };
    let folder = export_policy(&snapshot, "firm", &Connector::Sandbox { path: "firm.db".into() });
    let files: Vec<(&str, &[u8])> =
        folder.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    let mut policy = load::load_texts(&files, as_of, &Interner::default()).policy.unwrap();
    let scoped = scope_policy(&mut policy, snapshot, moment);

    let begun = Instant::now();
    let review = access_review(OrganizationView::from_live(&scoped, &policy), moment, None);
    let evidence =
        ReviewEvidence { organization: "firm", side: "live", commit: None, review: &review, history: None };
    let page = evidence.html();
    println!(
        "{users} people, {products} products: page of {} bytes made in {:.0} ms",
        page.len(),
        begun.elapsed().as_secs_f64() * 1e3
    );
    let begun = Instant::now();
    println!("paper of {} bytes made in {:.0} ms", evidence.pdf().len(), begun.elapsed().as_secs_f64() * 1e3);

    open_page(&page, rounds);
}

/// Opens the page `rounds` times in Chromium, and prints the median time of each action of a reader.
fn open_page(page: &str, rounds: usize) {
    let page = page.replace("</body>", &format!("<script>{READER}</script></body>"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("review.html");
    std::fs::write(&file, page).unwrap();
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        let mut chromium = Command::new("chromium");
        chromium
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("file://{}", file.display()));
        let Ok(came) = chromium.stdin(Stdio::null()).output() else {
            return println!("no `chromium` here: the page was not opened");
        };
        let dom = String::from_utf8(came.stdout).unwrap();
        let told: BTreeMap<String, f64> = serde_json::from_str(dom.rsplit("TIMES").nth(1).unwrap()).unwrap();
        told.into_iter().for_each(|(what, time)| times.entry(what).or_default().push(time));
    }
    for (what, mut times) in times {
        times.sort_by(f64::total_cmp);
        println!("{what}: {:.0} ms", times[times.len() / 2]);
    }
}
