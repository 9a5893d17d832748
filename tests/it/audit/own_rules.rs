//! Custom rules of a firm: which findings they give, and which rules are refused.

use expect_test::expect;
use seatwise::audit::finding::{Finding, Severity};
use seatwise::model::{Checkout, CountryCode, Licence, ProductId, RoleId, UserException, UserState};
use seatwise::policy::condition::{ConditionSubject, ConditionValueType};
use seatwise::render::findings;
use seatwise::render::product_names::ProductNames;
use seatwise::usage::LastUseDays;

use super::rules::{AuditedFirm, sarif_value};
use crate::worlds::moment;

/// The firm in order with one more rule, whose tests expect a finding for `yes` and none for `no`.
fn firm_with_rule(over: &str, when: &str, yes: &str, no: &str) -> AuditedFirm {
    let tests = format!("[{{given: {yes}, finds: true}}, {{given: {no}, finds: false}}]");
    let rule = format!(
        "audit:\n  rules:\n    - {{id: own, over: {over}, when: \"{when}\", title: what we mind, tests: \
            {tests}}}\n"
    );
    AuditedFirm::new().edit_settings("audit:\n", &rule)
}

#[test]
fn rule_over_users_finds_each_of_whom_it_holds_at_the_line_that_declares_them() {
    firm_with_rule(
        "users",
        "'designers' in user.groups && user.last_name.startsWith('S')",
        "{groups: [designers], last_name: So}",
        "{}",
    )
    .assert_findings(&["custom/own ana@firm.example p.yaml:7"]);
    firm_with_rule("users", "user.state == 'locked'", "{state: locked}", "{}")
        .edit_user("bo", |bo| bo.state = UserState::Locked)
        .assert_findings(&[
            "administrators-few organization",
            "custom/own bo@firm.example p.yaml:8",
            "locked-but-entitled bo@firm.example p.yaml:8",
        ]);
    let rules = "user.products == ['cad', 'staad'] && !user.outside && user.declared && user.until == '' && \
        user.country == 'PT'";
    let yes = "{products: [cad, staad], declared: true, country: PT}";
    firm_with_rule("users", rules, yes, "{}")
        .assert_findings(&["custom/own ana@firm.example p.yaml:7", "custom/own bo@firm.example p.yaml:8"]);
}

#[test]
fn rule_over_groups_and_products_counts_who_is_there() {
    firm_with_rule(
        "groups",
        "size(group.members) == 2 && 'cad' in group.products",
        "{members: [a, b], products: [cad]}",
        "{}",
    )
    .assert_findings(&["custom/own group designers p.yaml:5"]);
    firm_with_rule("products", "product.users == 2 && product.owned == 10", "{users: 2, owned: 10}", "{}")
        .assert_findings(&["custom/own product cad seatwise.yaml:7"]);
}

#[test]
fn rule_over_findings_sees_those_of_all_other_rules_and_not_the_ignored() {
    let over = |case: AuditedFirm| case.edit_user("bo", |bo| bo.state = UserState::Invited);
    over(firm_with_rule(
        "findings",
        "finding.rule == 'administrators-few'",
        "{rule: administrators-few}",
        "{}",
    ))
    .assert_findings(&["administrators-few organization", "custom/own organization seatwise.yaml:7"]);
    let ignored = "  ignore: [{rule: administrators-few, reason: agreed, until: 2028-01-01}]\n  inside";
    over(firm_with_rule("findings", "finding.severity == 'error'", "{severity: error}", "{}"))
        .edit_settings("  inside", ignored)
        .assert_findings(&[]);
}

#[test]
fn finding_of_an_own_rule_is_ignored_by_its_name_and_told_in_every_format() {
    let case = || firm_with_rule("users", "user.email.startsWith('bo@')", "{email: bo@x.example}", "{}");
    case()
        .edit_settings(
            "  inside",
            "  ignore: [{rule: custom/own, reason: agreed, until: 2028-01-01}]\n  inside",
        )
        .assert_findings(&[]);
    case().look_at_report(|report| {
        expect![[r#"
            1 warning, live.

            warning[custom/own]: what we mind
              bo@firm.example: what we mind  p.yaml:8
        "#]]
        .assert_eq(&findings::findings_text("live", report, &ProductNames::default(), 120));
        let sarif = sarif_value("", report);
        let run = &sarif["runs"][0];
        let index = usize::try_from(run["results"][0]["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            (&run["results"][0]["ruleId"], &run["tool"]["driver"]["rules"][index]["id"]),
            (&"custom/own".into(), &"custom/own".into())
        );
    });
}

#[test]
fn rule_that_comes_to_no_answer_is_a_finding_and_not_silent() {
    // The rule computes the sum for Bo only, and texts and numbers have no sum.
    let case = firm_with_rule(
        "users",
        "user.first_name == 'Bo' && user.roles + user.groups + ['x'] > 3 || user.state == 'x'",
        "{state: x}",
        "{}",
    );
    case.look_at_report(|report| {
        assert_eq!(report.findings.len(), 1, "{report:?}");
        assert!(
            report.findings[0].message.starts_with("bo@firm.example: the rule comes to no answer: "),
            "{report:?}"
        );
    });
}

#[test]
fn rule_that_takes_too_much_on_the_real_organization_is_not_applied_and_told_as_an_error() {
    let when = "user.roles.exists(a, user.roles.exists(b, a == b + 'x' || a + 'y' == b)) || user.outside";
    let case = firm_with_rule("users", when, "{outside: true}", "{}")
        .edit_settings("audit:\n", "audit:\n  ignore: [{rule: custom/own, reason: a, until: 2028-01-01}]\n")
        .edit_user("bo", |bo| {
            for at in 0..2_000 {
                bo.roles.add(RoleId::new(&format!("role-{at}")).unwrap());
            }
        });
    let found = case.look_at_report(|report| {
        let at = |found: &Finding<'_>| found.at.as_ref().map_or(0, |at| at.line);
        let told = report
            .findings
            .iter()
            .map(|found| format!("{} line {}: {}", found.rule.id, at(found), found.message));
        assert_eq!(report.findings[0].rule.severity, Severity::Error);
        told.collect::<Vec<_>>()
    });
    // The entry of `ignore` is not called needless, as nobody knows.
    assert_eq!(
        found,
        [
            "costly-rule line 8: custom/own was not applied: with it, all rules take 177 million steps, and at most 80 \
            million are allowed"
        ]
    );
}

/// A firm whose user Bo is from outside, has a last day, and holds one of everything.
fn rich_firm(over: &str, when: &str) -> AuditedFirm {
    let [staad, cad] = ["staad", "cad"].map(|name| ProductId::new(name).unwrap());
    let case = firm_with_rule(over, when, "{}", "{}")
        .edit_settings("audit:\n", "audit:\n  inside: [else.example]\n")
        .edit_settings("  inside: [firm.example]\n", "");
    case.edit_policy(
        "bo@firm.example: {first_name: Bo,",
        "bo@firm.example: {until: 2027-06-30, first_name: Bo,",
    )
    .edit_policy("kind: entitlement,", "country: PT, description: d, kind: entitlement,")
    .edit_live(|live| {
        let group = live.groups.values_mut().next().unwrap();
        group.facts.country = CountryCode::new("PT").ok();
        group.facts.description = "d".into();
    })
    .edit_user("bo", |bo| {
        bo.exceptions.insert(staad.clone(), UserException::Deny);
        bo.exceptions.insert(cad.clone(), UserException::Allow);
        bo.licences.insert(staad.clone(), Licence { assigned: None });
        bo.checkouts.add(Checkout { product: cad, machine: "m".into(), expires: moment().now });
    })
    .with_uses(
        "2026-10-01",
        &[("bo", "cad", LastUseDays { pooled: Some(moment().as_of), ..LastUseDays::default() })],
    )
}

#[test]
fn every_field_says_something_of_what_has_everything() {
    for field in ConditionSubject::ALL
        .into_iter()
        .flat_map(|subject| subject.fields().iter().map(move |field| (subject, field)))
    {
        let (subject, field) = field;
        let name = format!("{}.{}", subject.as_str(), field.name);
        let (when, yes) = match field.kind {
            ConditionValueType::Text => (format!("{name} != ''"), "a"),
            ConditionValueType::Number => (format!("{name} > 0"), "1"),
            ConditionValueType::Flag => (name.clone(), "true"),
            ConditionValueType::Texts => (format!("size({name}) > 0"), "[a]"),
        };
        let rule = rich_firm(subject.plural(), &when).edit_settings(
            "given: {}, finds: true",
            &format!("given: {{{}: {yes}}}, finds: true", field.name),
        );
        let found = rule.look_at_report(|report| {
            report.findings.iter().filter(|finding| finding.rule.id == "custom/own").count()
        });
        assert!(found > 0, "{name} says nothing");
    }
}
