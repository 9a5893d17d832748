//! Guards: what each guard counts, lets pass and refuses, and which approvals cover a refusal.
//!
//! A case has a firm as it is, the settings of the guard, and the policy that the firm shall follow. What is
//! expected is what a person reads: the refusals with their causes and the items that would approve them, and
//! the warnings.

mod access;
mod account_locks;
mod administrators;
mod approvals;
mod empty_relation;
mod exposure;
mod law;
mod licences;
mod removals;

use std::collections::BTreeMap;
use std::fmt::Write;

use expect_test::Expect;
use seatwise::model::{
    Contract, Live, Organization, OrganizationFacts, OwnedLicences, Snapshot, User, UserState,
};
use seatwise::plan::guard::GuardWarning;
use seatwise::plan::{Plan, PlanContext};
use seatwise::policy::scope::scope_policy;
use seatwise::render::words::{guard_key, refusal_words, warning_words};
use seatwise::usage::{LicenceTerms, TimeOfUse, UsageOutlook, UsageSource, UseDateRange};

use crate::sandbox::{country, product, profile};
use crate::usage::{Meter, session, source};
use crate::worlds::law::load_policy;
use crate::worlds::moment;

/// Every relation is managed as `exact`, so that what the policy leaves out is removed.
const SETTINGS: &str = "\
version: 1
organization: firm
connector: {kind: sandbox, path: .seatwise/firm.db}
manage:
  {users: exact, groups: exact, memberships: exact, roles: exact, assignments: exact, restrictions: exact,
   alerts: exact, contacts: exact}
";

/// One machine more than what is owned costs 160 EUR a quarter; how many licences of `plant` are owned is not
/// known.
const PRODUCTS: &str = "\
products:
  cad: {number: 1, name: CAD, licence: pooled, list_price: 1000 EUR}
  free: {number: 2, name: FREE, licence: pooled}
  staad: {number: 3, name: STAAD, licence: named}
  plant: {number: 4, name: PLANT, licence: named}
";

/// The domain that texts of cases leave out: `ana@` stands for `ana@firm.example`.
const DOMAIN: &str = "firm.example";

/// A firm as it is before the plan.
struct FirmCase {
    live: Organization,
    /// The most machines that used CAD and FREE at once, this quarter and in the last 90 days; `None` where
    /// no usage is known.
    machines: Option<usize>,
}

impl FirmCase {
    /// The firm that `live` describes in the policy language; everybody has accepted their invitation.
    fn new(live: &str) -> Self {
        let mut policy = load_policy(&policy_files("", live));
        let user = |text: &str| User::new(profile(text), UserState::Active).into();
        let users = policy.users.iter().map(|(email, _)| (email.clone(), user(email.as_str()))).collect();
        let bare = Snapshot {
            live: Live(Organization { users, ..Organization::default() }),
            facts: facts(),
            ..Snapshot::default()
        };
        let scoped = scope_policy(&mut policy, bare, moment());
        assert_eq!(scoped.clashes, []);
        Self { live: scoped.desired.0, machines: Some(1) }
    }

    fn with_machines(self, machines: Option<usize>) -> Self {
        Self { machines, ..self }
    }

    fn edit_user(mut self, address: &str, edit: impl FnOnce(&mut User)) -> Self {
        let email = crate::sandbox::email(&with_domain(address));
        edit(self.live.user_mut(&email).expect("a user of the firm"));
        self
    }

    /// Plans `policy` under `settings`, and compares what the guards say.
    #[track_caller]
    fn check(&self, settings: &str, policy: &str, expect: Expect) {
        expect.assert_eq(&verdict_text(&self.plan(settings, policy)).replace(DOMAIN, ""));
    }

    fn plan(&self, settings: &str, policy: &str) -> Plan {
        let mut policy = load_policy(&policy_files(settings, policy));
        let live = Snapshot { live: Live(self.live.clone()), facts: facts(), ..Snapshot::default() };
        let scoped = scope_policy(&mut policy, live, moment());
        assert_eq!(scoped.clashes, []);
        let meter = self.machines.map(metered_use).unwrap_or_else(Meter::new);
        let mut known = UseDateRange::default();
        meter.rows.iter().for_each(|row| known.add(row));
        let (counts, terms) = (meter.count(), LicenceTerms(&scoped.facts));
        let outlook = UsageOutlook::new(&counts, known, terms, &policy.settings.usage, moment().now);
        let context = PlanContext { outlook: outlook.as_ref(), ..PlanContext::default() };
        Plan::new(&policy, &scoped, moment(), context)
    }
}

/// What no contract speaks of is not known.
fn facts() -> OrganizationFacts {
    let owned = BTreeMap::from([
        (product("cad"), OwnedLicences::Quantity(1)),
        (product("free"), OwnedLicences::Quantity(1)),
        (product("staad"), OwnedLicences::Quantity(2)),
    ]);
    let contract = Contract {
        name: "c".into(),
        kind: "select".into(),
        country: country("PT"),
        revenue: 1.into(),
        expires: None,
        owned,
    };
    OrganizationFacts { contracts: vec![contract], ..OrganizationFacts::default() }
}

/// So many machines at once a few days ago, and one before the quarter, so that all of the quarter is known.
fn metered_use(machines: usize) -> Meter {
    let used = |id: &str| UsageSource { product: product(id), country: Some(country("PT")), ..source() };
    let hour = |day: &str| -> TimeOfUse { session(&format!("{day} 09:00"), &format!("{day} 09:30")) };
    let meter = Meter::new().row("m0", None, &used("cad"), hour("2026-09-28"));
    (0..machines).fold(meter, |meter, at| {
        let machine = format!("m{at}");
        meter.row(&machine, None, &used("cad"), hour("2026-11-27")).row(
            &machine,
            None,
            &used("free"),
            hour("2026-11-27"),
        )
    })
}

fn policy_files(settings: &str, policy: &str) -> Vec<(String, String)> {
    vec![
        ("seatwise.yaml".to_owned(), with_domain(&format!("{SETTINGS}{settings}\n"))),
        ("products.yaml".to_owned(), PRODUCTS.to_owned()),
        ("firm.yaml".to_owned(), with_domain(policy)),
    ]
}

fn with_domain(text: &str) -> String {
    text.replace('@', &format!("@{DOMAIN}"))
}

/// The settings with an approval in force.
fn with_approval(settings: &str, guard: &str, item: &str) -> String {
    format!("{settings}\napprovals: [{{guard: {guard}, items: [{item}], reason: why, until: 2027-01-01}}]")
}

/// A refusal: what is over the limit, the causes with their numbers, and what would approve it. That a guard
/// is `off` is left out.
fn verdict_text(plan: &Plan) -> String {
    let verdict = &plan.verdict;
    let mut text = String::new();
    for refusal in &verdict.refusals {
        let words = refusal_words(refusal, &plan.impact).plain_text();
        writeln!(text, "{}: {words}", guard_key(refusal.guard)).unwrap();
        let causes: Vec<_> =
            refusal.contributors.iter().map(|one| format!("{} {}", one.count, one.cause)).collect();
        if !causes.is_empty() {
            writeln!(text, "  causes: {}", causes.join(", ")).unwrap();
        }
        if !refusal.approvable.is_empty() {
            writeln!(text, "  approvable: {}", refusal.approvable.join(", ")).unwrap();
        }
    }
    for warning in verdict.warnings.iter().filter(|warning| !matches!(warning, GuardWarning::Off(_))) {
        writeln!(text, "warning: {}", warning_words(warning).plain_text()).unwrap();
    }
    if text.is_empty() { "passes\n".to_owned() } else { text }
}
