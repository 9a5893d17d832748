//! Each rule finds what it looks for, and has no finding in a firm that is in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatwise::audit::finding::{Finding, RuleSummary, Severity};
use seatwise::audit::rules::{RULES, RULES_OF_THE_AUDIT};
use seatwise::audit::{AuditInput, AuditReport, AuxiliaryFacts, OrganizationView, audit_organization};
use seatwise::load;
use seatwise::model::{
    AccessSetting, Checkout, Contract, CountryCode, Date, Desired, Email, FlatSet, Group, GroupFacts,
    GroupKind, GroupName, Interner, Licence, Live, Organization, OrganizationFacts, OwnedLicences, ProductId,
    Profile, RoleId, Section, Snapshot, Text, UnreadReason, User, UserException, UserState,
};
use seatwise::policy::Policy;
use seatwise::policy::scope::{ScopeOutcome, scope_policy};
use seatwise::render::product_names::ProductNames;
use seatwise::render::report::Report;
use seatwise::render::table_report::ReportOrigin;
use seatwise::render::{code_annotations, findings};
use seatwise::usage::{LastUseDays, LastUses, UserName};

use crate::worlds::{day, moment, time};

const SETTINGS: &str = "\
version: 1
organization: firm
connector: {kind: sandbox, path: .seatwise/firm.db}
manage: {users: exact}
audit:
  inside: [firm.example]
  separation: [[co-administrator, license-manager]]
";

const POLICY: &str = "\
products:
  cad: {number: 1, name: CAD, licence: pooled, list_price: 1000 EUR}
  staad: {number: 2, name: STAAD, licence: named}
groups:
  designers: {kind: entitlement, products: [cad, staad], members: [ana@firm.example, bo@firm.example]}
users:
  ana@firm.example: {first_name: Ana, last_name: Silva, country: PT, roles: [co-administrator]}
  bo@firm.example: {first_name: Bo, last_name: Berg, country: PT, roles: [co-administrator]}
restrictions:
  - {product: cad, allow: selected}
  - {product: staad, allow: selected}
";

/// A firm in order, with the changes that a test makes to it.
pub(super) struct AuditedFirm {
    settings: String,
    policy: String,
    live: Organization,
    facts: OrganizationFacts,
    uses: Option<LastUses>,
    token_until: Option<Date>,
    unread: Option<BTreeMap<Section, UnreadReason>>,
}

fn email(name: &str) -> Email {
    Email::new(&format!("{name}@firm.example")).unwrap()
}

pub(super) fn product(name: &str) -> ProductId {
    ProductId::new(name).unwrap()
}

fn load_policy(settings: &str, policy: &str) -> Policy {
    let files = [("seatwise.yaml", settings.as_bytes()), ("p.yaml", policy.as_bytes())];
    let loaded = load::load_texts(&files, moment().as_of, &Interner::default());
    loaded.policy.unwrap_or_else(|| panic!("{:?}", loaded.problems))
}

impl AuditedFirm {
    /// A firm whose users have all accepted, and whose contract covers all licences in use.
    pub(super) fn new() -> Self {
        let owned = BTreeMap::from([
            (product("cad"), OwnedLicences::Quantity(10)),
            (product("staad"), OwnedLicences::Quantity(5)),
        ]);
        let contract = Contract {
            name: "c".into(),
            kind: "select".into(),
            country: CountryCode::new("PT").unwrap(),
            revenue: 1.into(),
            expires: None,
            owned,
        };
        let facts = OrganizationFacts { contracts: vec![contract], ..OrganizationFacts::default() };
        let mut policy = load_policy(SETTINGS, POLICY);
        let Desired(mut live) =
            scope_policy(&mut policy, Snapshot { facts: facts.clone(), ..Snapshot::default() }, moment())
                .desired;
        live.users_mut().for_each(|user| user.state = UserState::Active);
        Self {
            settings: SETTINGS.to_owned(),
            policy: POLICY.to_owned(),
            live,
            facts,
            uses: None,
            token_until: None,
            unread: None,
        }
    }

    pub(super) fn edit_settings(mut self, from: &str, to: &str) -> Self {
        assert!(self.settings.contains(from), "{from}");
        self.settings = self.settings.replacen(from, to, 1);
        self
    }

    pub(super) fn edit_policy(mut self, from: &str, to: &str) -> Self {
        assert!(self.policy.contains(from), "{from}");
        self.policy = self.policy.replacen(from, to, 1);
        self
    }

    pub(super) fn edit_live(mut self, edit: impl FnOnce(&mut Organization)) -> Self {
        edit(&mut self.live);
        self
    }

    pub(super) fn edit_facts(mut self, edit: impl FnOnce(&mut OrganizationFacts)) -> Self {
        edit(&mut self.facts);
        self
    }

    pub(super) fn edit_user(self, name: &str, edit: impl FnOnce(&mut User)) -> Self {
        self.edit_live(|live| edit(live.user_mut(&email(name)).unwrap()))
    }

    /// Adds usage rows that go back to `since`, with these last days of use. A name with a `-` is an opaque
    /// user name.
    pub(super) fn with_uses(mut self, since: &str, uses: &[(&str, &str, LastUseDays)]) -> Self {
        let mut all = LastUses { since: Some(day(since)), ..LastUses::default() };
        for (user, used, days) in uses {
            let user = if user.contains('-') {
                UserName::Opaque((*user).into())
            } else {
                UserName::Email(email(user))
            };
            all.users.entry(user).or_default().insert(product(used), *days);
        }
        self.uses = Some(all);
        self
    }

    /// The firm of which this section cannot be read.
    pub(super) fn without_section(mut self, section: Section) -> Self {
        self.unread = Some(BTreeMap::from([(section, UnreadReason::Failed("cut".into()))]));
        self
    }

    /// Audits the firm, and returns what `look` reads from the report.
    pub(super) fn look_at_report<T>(&self, look: impl FnOnce(&AuditReport<'_>) -> T) -> T {
        let mut policy = load_policy(&self.settings, &self.policy);
        let mut live = self.live.clone();
        let unread = self.unread.clone().unwrap_or_default();
        unread.keys().for_each(|section| seatwise::model::clear_section(*section, &mut live));
        let facts = self.facts.clone();
        let snapshot = Snapshot { live: Live(live), facts, unread, ..Snapshot::default() };
        let scoped: ScopeOutcome = scope_policy(&mut policy, snapshot, moment());
        let known = AuxiliaryFacts {
            uses: self.uses.as_ref(),
            token_until: self.token_until,
            unread: self.unread.as_ref(),
        };
        look(&audit_organization(&AuditInput::new(
            OrganizationView::from_live(&scoped, &policy),
            &scoped,
            moment(),
            known,
        )))
    }

    /// Returns the messages of the rule's findings.
    pub(super) fn messages_of(&self, rule: &str) -> Vec<String> {
        self.look_at_report(|report| {
            let of_rule = report.findings.iter().filter(|finding| finding.rule.id == rule);
            of_rule.map(|finding| finding.message.clone()).collect()
        })
    }

    /// Asserts that the audit has exactly these findings, each as `rule item file:line`.
    #[track_caller]
    pub(super) fn assert_findings(self, expected: &[&str]) {
        let shown = |finding: &Finding<'_>| {
            let at = finding.at.as_ref().map_or(String::new(), |at| format!(" {}:{}", at.file, at.line));
            format!("{} {}{at}", finding.rule.id, finding.item)
        };
        let found: Vec<_> = self.look_at_report(|report| report.findings.iter().map(shown).collect());
        assert_eq!(found, expected);
    }
}

pub(super) fn stranger(address: &str, first: &str, last: &str) -> (Email, Arc<User>) {
    let email = Email::new(address).unwrap();
    let profile = Profile {
        email: email.clone(),
        first_name: first.into(),
        last_name: last.into(),
        country: CountryCode::new("PT").unwrap(),
        entitlement_country: None,
    };
    (email, User::new(profile, UserState::Active).into())
}

fn group(kind: GroupKind, name: &str, products: &[&str]) -> (GroupName, Group) {
    let name = GroupName::new(name).unwrap();
    let facts = GroupFacts { name: name.clone(), kind, country: None, description: Text::from("") };
    (name, Group { id: None, facts, products: products.iter().map(|name| product(name)).collect() })
}

/// What was not read is empty here, and neither an empty group nor a missing administrator is found in it.
#[test]
fn rules_find_nothing_in_a_section_that_was_not_read() {
    for section in Section::ALL {
        let firm = AuditedFirm::new().edit_settings("inside: [firm.example]", "inside: [else.example]");
        let before: BTreeSet<String> = firm.look_at_report(rules_with_findings);
        assert!(before.contains("outside-without-end"), "{before:?}");
        let firm = firm.without_section(section);
        let reading: BTreeSet<&str> =
            RULES.iter().filter(|rule| rule.reads.contains(&section)).map(|rule| rule.id).collect();
        let blind = |report: &AuditReport<'_>| -> BTreeSet<String> {
            report.blind.iter().map(|(rule, _)| (*rule).to_owned()).collect()
        };
        let blind = firm.look_at_report(blind);
        assert_eq!(blind.iter().map(String::as_str).collect::<BTreeSet<_>>(), reading, "{section:?}");
        let found = firm.look_at_report(rules_with_findings);
        assert!(found.is_subset(&before), "{section:?}: {found:?} where {before:?} were found before");
    }
}

fn rules_with_findings(report: &AuditReport<'_>) -> BTreeSet<String> {
    report.findings.iter().map(|finding| finding.rule.id.to_owned()).collect()
}

#[test]
fn own_rules_run_where_the_fields_that_they_name_were_read() {
    let rule = |id: &str, field: &str| {
        format!(
            "    - {{id: {id}, over: users, when: 'user.{field}.size() == 0', title: t, tests: \
                [{{given: {{{field}: []}}, finds: true}}, {{given: {{{field}: [a]}}, finds: false}}]}}\n"
        )
    };
    let rules = format!("audit:\n  rules:\n{}{}", rule("no-group", "groups"), rule("no-role", "roles"));
    let firm = AuditedFirm::new().edit_settings("audit:\n", &rules).without_section(Section::Memberships);
    let found = firm.look_at_report(rules_with_findings);
    assert!(!found.contains("no-group"), "{found:?}");
    let blind = firm.look_at_report(|report| format!("{:?}", report.blind));
    assert!(blind.contains("no-group") && !blind.contains("no-role"), "{blind}");
}

#[test]
fn firm_in_order_has_no_findings() {
    AuditedFirm::new().assert_findings(&[]);
}

#[test]
fn every_rule_has_a_case_here_and_a_place_in_the_readme() {
    let source = concat!(include_str!("rules.rs"), include_str!("own_rules.rs"));
    let readme = include_str!("../../../README.md");
    for rule in RULES.iter().chain(&RULES_OF_THE_AUDIT) {
        assert!(source.contains(&format!("\"{} ", rule.id)), "no case finds {}", rule.id);
        assert!(readme.contains(&format!("| `{}` |", rule.id)), "{} is not in the README", rule.id);
        assert!(!rule.title.is_empty() && rule.why.ends_with('.') && rule.fix.ends_with('.'), "{}", rule.id);
    }
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
}

#[test]
fn administrators_few() {
    AuditedFirm::new()
        .edit_user("bo", |bo| bo.state = UserState::Invited)
        .assert_findings(&["administrators-few organization"]);
}

#[test]
fn alert_above_owned() {
    let alert = |above| {
        format!(
            "alerts:\n  - {{product: cad, country: PT, above: {above}, sign_in_required: \
                false}}\nrestrictions:"
        )
    };
    let live = |case: AuditedFirm, above| {
        case.edit_live(|live| {
            let key = (product("cad"), CountryCode::new("PT").unwrap());
            live.alerts.insert(key, seatwise::model::Alert { above, sign_in_required: false });
        })
    };
    live(AuditedFirm::new().edit_policy("restrictions:", &alert(10)), 10).assert_findings(&[]);
    live(AuditedFirm::new().edit_policy("restrictions:", &alert(11)), 11)
        .assert_findings(&["alert-above-owned alert cad PT p.yaml:10"]);
}

#[test]
fn assignment_without_effect() {
    let case = AuditedFirm::new()
        .edit_policy("roles: [co-administrator]}\n  bo", "roles: [co-administrator], products: [cad]}\n  bo");
    case.edit_user("ana", |ana| _ = ana.exceptions.insert(product("cad"), UserException::Allow))
        .assert_findings(&["assignment-without-effect ana@firm.example/cad p.yaml:7"]);
    // A denial has an effect where a list names the product.
    AuditedFirm::new()
        .edit_user("ana", |ana| _ = ana.exceptions.insert(product("cad"), UserException::Deny))
        .assert_findings(&[]);
}

#[test]
fn checkout_of_leaver() {
    let checkout = || Checkout {
        product: product("cad"),
        machine: "PC1".into(),
        expires: "2027-01-01T00:00:00Z".parse().unwrap(),
    };
    AuditedFirm::new().edit_user("ana", |ana| _ = ana.checkouts.add(checkout())).assert_findings(&[]);
    let (leaver, mut user) = stranger("eva@firm.example", "Eva", "Lund");
    Arc::make_mut(&mut user).checkouts.add(checkout());
    AuditedFirm::new()
        .edit_live(|live| _ = live.users.insert(leaver, user))
        .assert_findings(&["checkout-of-leaver eva@firm.example/cad"]);
}

#[test]
fn denied_but_licensed() {
    AuditedFirm::new()
        .edit_user("ana", |ana| {
            ana.exceptions.insert(product("staad"), UserException::Deny);
            ana.licences.insert(product("staad"), Licence { assigned: None });
        })
        .assert_findings(&["denied-but-licensed ana@firm.example/staad p.yaml:7"]);
}

#[test]
fn everyone_unlimited() {
    let mut case = AuditedFirm::new().edit_live(|live| {
        live.restrictions.values_mut().for_each(|setting| *setting = AccessSetting::Everyone)
    });
    case.facts.contracts[0].owned.insert(product("staad"), OwnedLicences::Unlimited);
    case.assert_findings(&["everyone-unlimited product staad p.yaml:11"]);
}

#[test]
fn grant_ended() {
    let case = AuditedFirm::new()
        .edit_policy("members: [ana@firm.example,", "members: [{user: ana@firm.example, until: 2026-01-31},");
    case.assert_findings(&["grant-ended designers/ana@firm.example p.yaml:5"]);
}

#[test]
fn grant_ending() {
    let soon = |days: i64| jiff::ToSpan::days(days);
    let day = |days| moment().as_of.checked_add(soon(days)).unwrap();
    let ends = |days| {
        AuditedFirm::new()
            .edit_policy("Silva, country: PT,", &format!("Silva, country: PT, until: {},", day(days)))
    };
    ends(30).assert_findings(&["grant-ending ana@firm.example p.yaml:7"]);
    ends(31).assert_findings(&[]);
    ends(31)
        .edit_settings("  inside", "  ending_days: 60\n  inside")
        .assert_findings(&["grant-ending ana@firm.example p.yaml:7"]);
}

#[test]
fn group_unused() {
    let (name, unused) = group(GroupKind::Other, "old", &[]);
    AuditedFirm::new()
        .edit_live(|live| _ = live.groups.insert(name, unused))
        .assert_findings(&["group-unused group old"]);
}

#[test]
fn guard_off() {
    let case = AuditedFirm::new().edit_settings("audit:", "guard: {one_group: off, licences: warn}\naudit:");
    case.assert_findings(&[
        "guard-off guard.licences seatwise.yaml:1",
        "guard-off guard.one_group seatwise.yaml:1",
    ]);
}

#[test]
fn idle_entry() {
    let case = AuditedFirm::new().edit_settings(
        "manage: {users: exact}",
        "manage: {users: exact, ignore: [{users: \"*@nowhere.example\"}]}",
    );
    let found: Vec<_> = case.look_at_report(|report| {
        report.findings.iter().map(|found| format!("{} {}", found.rule.id, found.message)).collect()
    });
    assert!(
        matches!(&*found, [found] if found.starts_with("idle-entry ") && found.contains("*@nowhere.example")),
        "{found:?}"
    );
}

#[test]
fn list_empty() {
    let (name, empty) = group(GroupKind::Entitlement, "new", &[]);
    let case = AuditedFirm::new()
        .edit_live(|live| _ = live.groups.insert(name.clone(), empty))
        .edit_user("ana", |ana| _ = ana.groups.add(name.clone()));
    case.assert_findings(&["list-empty group new"]);
}

#[test]
fn locked_but_entitled() {
    let (away, mut user) = stranger("eva@firm.example", "Eva", "Lund");
    Arc::make_mut(&mut user).state = UserState::Locked;
    let without = AuditedFirm::new().edit_live(|live| _ = live.users.insert(away.clone(), user.clone()));
    without.assert_findings(&[]);
    Arc::make_mut(&mut user).exceptions.insert(product("cad"), UserException::Allow);
    AuditedFirm::new()
        .edit_live(|live| _ = live.users.insert(away, user))
        .assert_findings(&["locked-but-entitled eva@firm.example"]);
}

#[test]
fn open_exposure() {
    let open = |case: AuditedFirm| case.edit_live(|live| live.restrictions.clear());
    open(AuditedFirm::new()).assert_findings(&[]);
    let mut case = open(AuditedFirm::new());
    case.facts.contracts[0].owned.remove(&product("cad"));
    case.assert_findings(&["open-exposure product cad p.yaml:10"]);
    let mut unknown = open(AuditedFirm::new());
    unknown.facts.contracts.clear();
    unknown.assert_findings(&[]);
}

#[test]
fn outside_without_end() {
    let outside = "  cy@partner.example: {first_name: Cy, last_name: Dahl, country: PT";
    let (email, user) = stranger("cy@partner.example", "Cy", "Dahl");
    let with = |more: &str| {
        let case =
            AuditedFirm::new().edit_policy("restrictions:", &format!("{outside}{more}}}\nrestrictions:"));
        case.edit_live(|live| _ = live.users.insert(email.clone(), user.clone()))
    };
    with("").assert_findings(&["outside-without-end cy@partner.example p.yaml:9"]);
    with(", until: 2028-01-31").assert_findings(&[]);
}

#[test]
fn product_unusable() {
    let case = AuditedFirm::new().edit_live(|live| {
        live.groups.values_mut().for_each(|group| _ = group.products.take("staad"));
        assert!(live.restrictions.values().all(|setting| *setting == AccessSetting::Nobody));
    });
    case.assert_findings(&["product-unusable product staad"]);
}

#[test]
fn role_needs_download() {
    let case = AuditedFirm::new().edit_user("ana", |ana| _ = ana.roles.add(RoleId::new("beta").unwrap()));
    case.assert_findings(&["role-needs-download ana@firm.example p.yaml:7"]);
}

#[test]
fn look_alike_name() {
    let (email, user) = stranger("\u{430}na@firm.example", "A.", "Silva");
    AuditedFirm::new()
        .edit_live(|live| _ = live.users.insert(email, user))
        .assert_findings(&["look-alike-name \u{430}na@firm.example"]);
}

#[test]
fn same_name() {
    let (email, user) = stranger("ana.silva@firm.example", "ANA", "Silva");
    AuditedFirm::new()
        .edit_live(|live| _ = live.users.insert(email, user))
        .assert_findings(&["same-name ana@firm.example p.yaml:7"]);
}

#[test]
fn separation_of_duties() {
    let case =
        AuditedFirm::new().edit_user("ana", |ana| _ = ana.roles.add(RoleId::new("license-manager").unwrap()));
    case.assert_findings(&["separation-of-duties ana@firm.example p.yaml:7"]);
}

fn days(licensed: Option<&str>, pooled: Option<&str>, by_key: Option<&str>) -> LastUseDays {
    LastUseDays { licensed: licensed.map(day), pooled: pooled.map(day), by_key: by_key.map(day) }
}

#[test]
fn licence_unused() {
    let held = |since: Option<&str>| {
        let licence = Licence { assigned: since.map(time) };
        AuditedFirm::new().edit_user("ana", |ana| _ = ana.licences.insert(product("staad"), licence))
    };
    // Ninety days before 1 December is 2 September.
    let with = |case: AuditedFirm, since: &str, last: Option<&str>| {
        case.with_uses(since, &[("ana", "staad", days(last, Some("2026-11-30"), None))])
    };
    with(held(None), "2026-08-01", Some("2026-09-02")).assert_findings(&[]);
    let found = ["licence-unused ana@firm.example/staad p.yaml:7"];
    with(held(None), "2026-08-01", Some("2026-09-01")).assert_findings(&found);
    with(held(Some("2026-09-01T00:00:00Z")), "2026-08-01", None).assert_findings(&found);
    // Where the licence was assigned later, or the rows do not go back that far, nothing can be said.
    with(held(Some("2026-09-03T00:00:00Z")), "2026-08-01", None).assert_findings(&[]);
    with(held(None), "2026-09-03", None).assert_findings(&[]);
    held(None).assert_findings(&[]);
    with(
        held(None).edit_settings("  inside", "  unused_days: 100\n  inside"),
        "2026-08-01",
        Some("2026-09-01"),
    )
    .assert_findings(&[]);
}

#[test]
fn licence_missing() {
    let uses = |last: &str| {
        [("bo", "staad", days(None, Some(last), None)), ("ana", "cad", days(None, Some(last), None))]
    };
    AuditedFirm::new()
        .with_uses("2026-10-01", &uses("2026-11-30"))
        .assert_findings(&["licence-missing bo@firm.example/staad p.yaml:8"]);
    AuditedFirm::new().with_uses("2026-01-01", &uses("2026-08-01")).assert_findings(&[]);
    let holds = |bo: &mut User| {
        _ = bo.licences.insert(product("staad"), Licence { assigned: Some(time("2026-11-29T08:00:00Z")) })
    };
    AuditedFirm::new()
        .edit_user("bo", holds)
        .with_uses("2026-10-01", &uses("2026-11-28"))
        .assert_findings(&[]);
}

#[test]
fn old_activation_key() {
    let uses = |last: &str| {
        [
            ("bo", "cad", days(None, Some(last), Some(last))),
            ("7f-1", "cad", days(None, Some(last), Some("2026-10-02"))),
        ]
    };
    let case = AuditedFirm::new().with_uses("2026-10-01", &uses("2026-11-30"));
    let message = case.look_at_report(|report| report.findings[0].message.clone());
    assert_eq!(
        message,
        "cad was started with an old activation key, last on 2026-11-30: bo@firm.example, 7f-1"
    );
    case.assert_findings(&["old-activation-key product cad"]);
    AuditedFirm::new()
        .with_uses("2026-01-01", &uses("2026-08-01"))
        .assert_findings(&["old-activation-key product cad"]);
    AuditedFirm::new().with_uses("2026-01-01", &uses("2026-08-01")[..1]).assert_findings(&[]);
}

#[test]
fn token_ending() {
    let ends = |until: &str| AuditedFirm { token_until: Some(day(until)), ..AuditedFirm::new() };
    ends("2026-12-31").assert_findings(&["token-ending organization"]);
    ends("2026-11-30").assert_findings(&["token-ending organization"]);
    ends("2027-01-01").assert_findings(&[]);
}

#[test]
fn several_allocation_groups() {
    let (one, other) = (group(GroupKind::Allocation, "a1", &[]), group(GroupKind::Allocation, "a2", &[]));
    let names = [one.0.clone(), other.0.clone()];
    let case = AuditedFirm::new().edit_live(|live| live.groups.extend([one, other]));
    case.edit_user("ana", |ana| ana.groups.put_all(names))
        .assert_findings(&["several-allocation-groups ana@firm.example p.yaml:7"]);
}

trait FlatSetExt {
    fn put_all(&mut self, names: [GroupName; 2]);
}

impl FlatSetExt for FlatSet<GroupName> {
    fn put_all(&mut self, names: [GroupName; 2]) {
        names.into_iter().for_each(|name| _ = self.add(name));
    }
}

#[test]
fn unmanaged_with_role() {
    let (email, mut user) = stranger("eva@firm.example", "Eva", "Lund");
    Arc::make_mut(&mut user).roles.add(RoleId::new("license-manager").unwrap());
    AuditedFirm::new()
        .edit_live(|live| _ = live.users.insert(email, user))
        .assert_findings(&["unmanaged-with-role eva@firm.example"]);
}

#[test]
fn accepted_finding_is_hidden_until_its_end_and_a_needless_entry_is_found() {
    let entry = |rule: &str, item: &str, until: &str| {
        format!("audit:\n  ignore: [{{rule: {rule}, item: {item}, reason: agreed, until: {until}}}]")
    };
    let few = |entry: &str| {
        AuditedFirm::new().edit_user("bo", |bo| bo.state = UserState::Invited).edit_settings("audit:", entry)
    };
    let came = few(&entry("administrators-few", "organization", "2028-01-01"))
        .look_at_report(|report| (report.findings.len(), report.ignored));
    assert_eq!(came, (0, 1));
    few(&entry("administrators-few", "Organization", "2028-01-01")).assert_findings(&[]);
    few(&entry("administrators-few", "organization", "2026-01-01")).assert_findings(&[
        "administrators-few organization",
        "unused-ignore administrators-few seatwise.yaml:6",
    ]);
    few(&entry("same-name", "ana@firm.example", "2028-01-01"))
        .assert_findings(&["administrators-few organization", "unused-ignore same-name seatwise.yaml:6"]);
    let message = AuditedFirm::new()
        .edit_settings("audit:", &entry("no-such-rule", "x", "2028-01-01"))
        .look_at_report(|report| report.findings[0].message.clone());
    assert_eq!(message, "the entry of `audit.ignore` for no-such-rule for `x` names no rule");
}

/// A report with one finding of each severity, and with names that do harm where they are not escaped.
pub(super) fn harmful_report() -> AuditReport<'static> {
    let finding = |rule: RuleSummary<'static>, message: &str, at: Option<(&str, u32)>| Finding {
        rule,
        item: seatwise::audit::finding::FindingSubject::Organization,
        message: message.to_owned(),
        at: at.map(|(file, line)| seatwise::policy::Citation { file: file.into(), line }),
    };
    let rule = |id, severity| RuleSummary { id, severity, title: "\u{1b}[31m a|b", why: "", fix: "" };
    let findings = vec![
        finding(
            rule("open-exposure", Severity::Error),
            "a|b `c` \u{1b}[31m\r\n::error::x % 100",
            Some(("users/a b,c:d é.yaml", 7)),
        ),
        finding(rule("list-empty", Severity::Warning), "plain", None),
        finding(rule("custom/same-name", Severity::Note), "plain", Some(("p.yaml", 1))),
    ];
    AuditReport {
        rules: findings.iter().map(|finding| finding.rule).collect(),
        findings,
        ignored: 2,
        blind: Vec::new(),
        not_compared: Vec::new(),
    }
}

#[test]
fn each_format_escapes_what_would_do_harm_in_it() {
    let report = harmful_report();
    let text = findings::findings_text("live", &report, &ProductNames::default(), 120);
    assert!(
        !text.contains('\u{1b}') && text.starts_with("1 error, 1 warning, 1 note, live, 2 ignored.\n"),
        "{text}"
    );
    let github = code_annotations::github_annotations("policy", &findings::finding_annotations(&report));
    assert_eq!(github.lines().count(), 3, "{github}");
    assert!(github.contains("file=policy/users/a b%2Cc%3Ad é.yaml,line=7"), "{github}");
    assert!(github.contains("%25 100"), "{github}");
    let markdown = findings::findings_markdown("live", &report);
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| error")).count(), 1, "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&findings::findings_json("live", &report)).unwrap();
    assert_eq!((json["findings"].as_array().unwrap().len(), &json["findings"][0]["line"]), (3, &7.into()));
}

/// The SARIF log of a report on a policy in the folder `root`.
pub(super) fn sarif_value(root: &str, report: &AuditReport<'_>) -> serde_json::Value {
    let annotations = findings::finding_annotations(report);
    serde_json::from_str(&code_annotations::sarif_log(root, &report.rules, &annotations)).unwrap()
}

#[test]
fn gitlab_and_lines_name_a_place_for_each_finding_and_hold_nothing_harmful() {
    let report = harmful_report();
    let annotations = findings::finding_annotations(&report);
    let lines = code_annotations::annotation_lines(&annotations);
    assert_eq!(lines.lines().count(), report.findings.len(), "{lines}");
    assert!(!lines.contains('\u{1b}') && lines.contains("seatwise.yaml:1:1: plain [list-empty]"), "{lines}");
    let remarks: serde_json::Value =
        serde_json::from_str(&code_annotations::gitlab_report("policy", &annotations)).unwrap();
    let first = &remarks[0];
    assert_eq!(first["location"]["path"], "policy/users/a b,c:d é.yaml");
    assert_eq!((&first["location"]["lines"]["begin"], &first["severity"]), (&7.into(), &"major".into()));
    assert!(!first["description"].as_str().unwrap().contains(char::is_control), "{first}");
    let fingerprints: std::collections::BTreeSet<_> =
        remarks.as_array().unwrap().iter().map(|remark| remark["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(fingerprints.len(), report.findings.len());
}

#[test]
fn table_of_findings_holds_nothing_harmful_on_any_page() {
    let report = harmful_report();
    let origin = ReportOrigin {
        organization: "a|b <i>".to_owned(),
        now: "2026-11-24T09:00:00Z".parse().unwrap(),
        products: ProductNames::default(),
        filters: None,
    };
    let table = findings::findings_report("live", &report, origin);
    let (page, rows) = (table.html(), table.markdown());
    assert!(!page.contains('\u{1b}') && !page.contains("<i>"), "{page}");
    let outside_code: String = rows.split('`').step_by(2).collect();
    assert!(!rows.contains('\u{1b}') && !outside_code.contains("<i>"), "{rows}");
    assert_eq!(rows.lines().filter(|line| line.starts_with("| error")).count(), 1, "{rows}");
    assert!(table.pdf().starts_with(b"%PDF"));
}

#[test]
fn sarif_holds_against_the_published_schema() {
    // One pattern of the published schema has an unescaped `]`, which only lenient engines read as a literal.
    let schema =
        include_str!("../../schemas/sarif-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}\\\\]?$");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in
        [harmful_report(), AuditReport { rules: Vec::new(), findings: Vec::new(), ..harmful_report() }]
    {
        let log = sarif_value("policy", &report);
        let problems: Vec<_> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{problems:?}");
    }
    let log = sarif_value("policy", &harmful_report());
    let first = &log["runs"][0]["results"][0];
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    let index = usize::try_from(first["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], first["ruleId"]);
    assert_eq!(
        first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "policy/users/a%20b,c%3Ad%20%C3%A9.yaml"
    );
}
