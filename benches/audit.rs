//! The time of computing effective access for a whole organization, and of an audit of it, also by as many own
//! rules as are applied.
//!
//! `cargo bench --bench audit -- [USERS] [PRODUCTS] [ROUNDS]`: by default 100,000 people and 500 products,
//! all pairs; medians.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use seatwise::audit::{AuditInput, AuxiliaryFacts, OrganizationView, audit_organization};
use seatwise::load;
use seatwise::model::access::EffectiveAccess;
use seatwise::model::{Date, Interner, Organization, OrganizationFacts, Product, ProductId, Snapshot};
use seatwise::policy::Moment;
use seatwise::policy::scope::scope_policy;
use seatwise::sandbox::generate_firm;

const SETTINGS: &str = "version: 1\norganization: firm\nconnector: {kind: sandbox, path: x.db}\n";

fn main() {
    let arguments: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let argument = |at: usize, otherwise: usize| arguments.get(at).copied().unwrap_or(otherwise);
    let (users, products, rounds) = (argument(0, 100_000), argument(1, 500), argument(2, 5));
    let (organization, facts) = firm(users, products);
    let known: Vec<&ProductId> = facts.products.keys().collect();
    println!(
        "{users} people, {} products, {} groups, {rounds} rounds",
        known.len(),
        organization.groups.len()
    );

    let mut allowed = 0;
    let access = median(rounds, || {
        let reach = EffectiveAccess::new(&organization, &facts, &known);
        allowed = organization
            .users
            .values()
            .map(|user| count(&reach.products_of(user), known.len()))
            .sum::<usize>();
    });
    let pairs = users * known.len();
    println!(
        "effective access of all {pairs} pairs, one thread: {access:.0} ms, {allowed} allowed, {:.0} million \
            pairs a second",
        pairs as f64 / access / 1e3
    );

    let snapshot = Snapshot { live: seatwise::model::Live(organization), facts, ..Snapshot::default() };
    let (audited, findings) = audit(&snapshot, SETTINGS, rounds);
    println!("audit by all rules: {audited:.0} ms, {} findings", findings.len());
    for when in OWN_RULES {
        let settings = |rules| format!("{SETTINGS}{}", own_rules(when, rules));
        let is_applied =
            |rules: &usize| !audit(&snapshot, &settings(*rules), 1).1.contains(&"costly-rule".to_owned());
        let most = (1..=64).take_while(is_applied).last().unwrap_or(0);
        let own = audit(&snapshot, &settings(most), rounds).0 - audited;
        println!("{most} own rules `{when}`, the most that are applied: {own:.0} ms");
    }
}

/// Conditions that hold for nobody.
const OWN_RULES: [&str; 5] = [
    "user.country == 'none'",
    "user.country == 'PT' && 'none' in user.roles",
    "user.groups.exists(g, g.startsWith('none'))",
    "user.products.exists(p, p == 'none')",
    "user.groups.exists(g, user.groups.exists(h, g == h + 'none'))",
];

fn own_rules(when: &str, count: usize) -> String {
    let rule = |at| {
        format!(
            "    - {{id: r{at}, over: users, title: t, when: \"{when} || user.outside\", tests: [{{given: \
                {{outside: true}}, finds: true}}, {{given: {{}}, finds: false}}]}}\n"
        )
    };
    format!("audit:\n  rules:\n{}", (0..count).map(rule).collect::<String>())
}

/// Audits by the rules of `settings`, and returns the median of the milliseconds and the rules that find
/// something.
fn audit(snapshot: &Snapshot, settings: &str, rounds: usize) -> (f64, Vec<String>) {
    let files = [("seatwise.yaml", settings.as_bytes())];
    let as_of: Date = "2026-11-24".parse().unwrap();
    let mut policy = load::load_texts(&files, as_of, &Interner::default()).policy.unwrap();
    let moment = Moment { as_of, now: "2026-11-24T09:00:00Z".parse().unwrap() };
    let scoped = scope_policy(&mut policy, snapshot.clone(), moment);
    let mut findings = Vec::new();
    let time = median(rounds, || {
        let picture = OrganizationView::from_live(&scoped, &policy);
        let input = AuditInput::new(picture, &scoped, moment, AuxiliaryFacts::default());
        let report = audit_organization(&input);
        findings = report.findings.iter().map(|finding| finding.rule.id.to_owned()).collect();
    });
    (time, findings)
}

fn count(products: &seatwise::model::access::ProductSet, of: usize) -> usize {
    (0..of).filter(|at| products.has(*at)).count()
}

/// A generated organization in which each list of products names a tenth of `products` products.
fn firm(users: usize, products: usize) -> (Organization, OrganizationFacts) {
    let (mut organization, mut facts) = generate_firm(users, 1);
    let some = facts.products.values().next().unwrap().clone();
    let ids: Vec<ProductId> =
        (0..products).map(|at| ProductId::new(&format!("product-{at:03}")).unwrap()).collect();
    facts.products = ids.iter().map(|id| (id.clone(), Product { number: None, ..some.clone() })).collect();
    for (at, group) in organization.groups.values_mut().filter(|group| !group.products.is_empty()).enumerate()
    {
        group.products = ids.iter().skip(at % 10).step_by(10).cloned().collect();
    }
    (organization, facts)
}

/// The median of the milliseconds that `work` takes in `rounds` rounds.
fn median(rounds: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
