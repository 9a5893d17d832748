//! What a person reads of a plan.

use std::collections::BTreeMap;

use expect_test::{expect, expect_file};
use seatwise::change::{Change, Edit, LeftAlone, WithheldReason, WithheldSubject};
use seatwise::model::{AccessSetting, Area, GroupKind, LicenceKind, UserException, UserState};
use seatwise::plan::guard::RefusalContributor;
use seatwise::plan::impact::{
    AccessCause, AccessFlip, LicenceLine, NotUndoableCounts, ProductImpact, ProductList,
};
use seatwise::plan::{Act, GuardWarning, Plan, Refusal, StepReason};
use seatwise::policy::settings::{Guard, RemovalRelation};
use seatwise::render::outline::{Outline, OutlineCounts};
use seatwise::render::plan_text::PlanTextOptions;
use seatwise::render::{plan_json, plan_markdown, plan_text};

use crate::plan_builder::*;

fn declared_until(place: &str, day: &str, reason: Option<&str>) -> StepReason {
    StepReason::Declared { at: citation(place), until: Some(date(day)), reason: reason.map(Into::into) }
}

/// A plan as it comes up in practice: one change of each kind.
fn acme_plan() -> Plan {
    let rui = || email("rui.costa@contractor.example");
    let old = || email("old.name@acme.example");
    let follows = || StepReason::Follows { at: citation("seatwise.yaml:6") };
    let allow = |user, id: &str| Act::SetException {
        user,
        product: product(id),
        before: None,
        after: Some(UserException::Allow),
    };
    let drop = |user, id: &str| Act::SetException {
        user,
        product: product(id),
        before: Some(UserException::Allow),
        after: None,
    };
    let mut plan = PlanBuilder::new()
        .step(Act::EndCheckout { user: old(), checkout: checkout("microstation", "PC-041") }, follows())
        .step(
            Act::CreateGroup(facts("signalling", GroupKind::Entitlement, "Railway signalling")),
            declared_why("groups.yaml:40"),
        )
        .step(
            Act::Invite(profile("rui.costa@contractor.example", "Rui Costa", "PT")),
            declared_until("users/lisbon.yaml:14", "2027-06-30", None),
        )
        .step(Act::Approve(email("asked@acme.example")), declared_why("users/lisbon.yaml:20"))
        .step(Act::Unlock(email("li.wu@acme.example")), declared_why("users/singapore.yaml:9"))
        .step(
            Act::UpdateUser {
                before: profile("joao@acme.example", "João Santos", "PT"),
                after: profile("joao.reis@acme.example", "João Santos Reis", "PT"),
            },
            declared_why("users/porto.yaml:31"),
        )
        .step(
            Act::UpdateGroup {
                before: facts("tunnels", GroupKind::Entitlement, "Tunnel designers, Lisbon"),
                after: facts("tunnels", GroupKind::Other, "Tunnel engineers, Lisbon and Porto"),
            },
            declared_why("groups.yaml:12"),
        )
        .step(
            Act::ReleaseLicence { user: email("teresa@acme.example"), product: product("staad-pro") },
            not_declared_why("users/porto.yaml:44"),
        )
        .step(
            Act::GrantRole { user: rui(), role: role("download") },
            declared_until("users/lisbon.yaml:17", "2027-06-30", None),
        )
        .step(
            Act::GrantRole { user: email("ana.silva@acme.example"), role: role("co-administrator") },
            declared_why("users/lisbon.yaml:7"),
        )
        .step(
            Act::GrantRole { user: email("ana.silva@acme.example"), role: role("beta") },
            declared_why("users/lisbon.yaml:7"),
        )
        .step(
            Act::Join { user: rui(), group: group("bridges") },
            declared_until("users/lisbon.yaml:18", "2027-06-30", None),
        )
        .step(
            Act::Join { user: email("kari@acme.example"), group: group("signalling") },
            declared_why("users/oslo.yaml:19"),
        )
        .step(
            Act::Join { user: email("raquel@acme.example"), group: group("bridges") },
            declared_why("users/porto.yaml:52"),
        )
        .step(
            allow(rui(), "microstation"),
            declared_until("users/lisbon.yaml:19", "2027-03-31", Some("Porto bridge")),
        )
        .step(
            Act::AssignLicence { user: email("olga@acme.example"), product: product("staad-pro") },
            declared_why("users/porto.yaml:47"),
        )
        .step(
            Act::SetList {
                group: group("signalling"),
                before: list(&[]),
                after: list(&["openrail-designer"]),
            },
            declared_why("groups.yaml:43"),
        )
        .step(
            Act::SetList {
                group: group("water"),
                before: list(&["openflows-watergems", "sacs"]),
                after: list(&["openflows-watergems", "openground"]),
            },
            declared_why("groups.yaml:30"),
        )
        .step(
            Act::SetList { group: group("bridges"), before: list(&[]), after: list(&["microstation"]) },
            declared_why("groups.yaml:3"),
        )
        .step(
            drop(email("mia@acme.example"), "microstation"),
            StepReason::Ended { at: citation("users/porto.yaml:52"), on: date("2026-10-31") },
        )
        .step(
            Act::SetException {
                user: email("jack@acme.example"),
                product: product("bentley-view"),
                before: None,
                after: Some(UserException::Deny),
            },
            declared_why("users/exton.yaml:50"),
        )
        .step(
            Act::SetDefault { country: country("DE"), before: None, after: Some(AccessSetting::Nobody) },
            declared_why("access.yaml:12"),
        )
        .step(
            Act::SetRestriction {
                product: product("lumenrt"),
                area: Area::Country(country("US")),
                before: Some(AccessSetting::Nobody),
                after: Some(AccessSetting::Everyone),
            },
            declared_why("access.yaml:9"),
        )
        .step(
            Act::SwapAllocation {
                user: email("sofia@acme.example"),
                from: group("cost-lisbon"),
                to: group("cost-porto"),
            },
            declared_why("users/porto.yaml:60"),
        )
        .step(
            Act::Leave { user: email("daniel@acme.example"), group: group("site-reports") },
            not_declared_why("users/exton.yaml:22"),
        )
        .step(Act::Leave { user: old(), group: group("bridges") }, follows())
        .step(drop(old(), "microstation"), follows())
        .step(
            Act::Lock { user: email("klaus@acme.example"), before: UserState::Active },
            declared_why("users/munich.yaml:70"),
        )
        .step(
            Act::RevokeRole { user: email("olivia@acme.example"), role: role("group-administrator") },
            not_declared_why("users/staff.yaml:18"),
        )
        .step(Act::RevokeRole { user: old(), role: role("beta") }, follows())
        .step(Act::RevokeRole { user: old(), role: role("download") }, follows())
        .step(
            Act::SetAlert {
                product: product("microstation"),
                country: country("DE"),
                before: Some(alert(10)),
                after: Some(alert(20)),
            },
            declared_why("access.yaml:20"),
        )
        .step(
            Act::ReplaceContact {
                from: contact("finance@acme.example"),
                to: contact("accounts@acme.example"),
            },
            declared_why("contacts.yaml:4"),
        )
        .step(
            Act::RemoveUser(profile("old.name@acme.example", "Old Name", "DE")),
            not_declared_why("seatwise.yaml:6"),
        )
        .step(
            Act::DeleteGroup(facts("plot-room", GroupKind::Other, "")),
            StepReason::Removed { at: citation("groups.yaml:60") },
        )
        .withhold(
            WithheldSubject::Change(Change::Role {
                user: email("account@acme.example"),
                role: role("account-administrator"),
                edit: Edit::Delete(()),
            }),
            WithheldReason::AccountAdministrator,
        )
        .withhold(
            WithheldSubject::Change(Change::Licence {
                user: email("emil@acme.example"),
                product: product("staad-pro"),
                edit: Edit::Delete(()),
            }),
            WithheldReason::LicenceLocked { until: "2026-12-20T10:00:00Z".parse().unwrap() },
        )
        .withhold(
            WithheldSubject::Change(Change::Listing {
                group: group("reality"),
                product: product("lumenrt"),
                edit: Edit::Create(()),
            }),
            WithheldReason::Observed,
        )
        .with_not_undoable(NotUndoableCounts {
            invitations: 1,
            checkouts: 1,
            locks: 1,
            identities: 1,
            approvals: 1,
        })
        .0;
    let lose = |id: &str, cause: AccessCause| -> BTreeMap<AccessCause, ProductList> {
        [(cause, [product(id)].into())].into()
    };
    let members = (1..=41).map(|number| {
        (
            email(&format!("bridge.designer{number:02}@acme.example")),
            lose("openroads-designer", AccessCause::Group(group("bridges"))),
        )
    });
    plan.impact.losing = members
        .chain([
            (email("nina@acme.example"), lose("microstation", AccessCause::Default(country("DE")))),
            (
                email("mia@acme.example"),
                lose(
                    "microstation",
                    AccessCause::Assignment(email("mia@acme.example"), product("microstation")),
                ),
            ),
        ])
        .collect();
    plan.impact.gaining = [(
        email("raquel@acme.example"),
        lose("microstation", AccessCause::Membership(group("bridges"), email("raquel@acme.example"))),
    )]
    .into();
    plan.impact.leaving = [(old(), 3)].into();
    plan.impact.products = [
        (
            product("openroads-designer"),
            ProductImpact {
                lost: 42,
                lost_by_leaving: 1,
                causes: [(AccessCause::Group(group("bridges")), (41, 0))].into(),
                ..Default::default()
            },
        ),
        (
            product("microstation"),
            ProductImpact {
                lost: 3,
                lost_by_leaving: 1,
                gained: 2,
                gained_by_newcomers: 1,
                causes: [
                    (AccessCause::Default(country("DE")), (1, 0)),
                    (AccessCause::Assignment(email("mia@acme.example"), product("microstation")), (1, 0)),
                    (AccessCause::Membership(group("bridges"), email("raquel@acme.example")), (0, 1)),
                    (AccessCause::Group(group("bridges")), (0, 0)),
                ]
                .into(),
            },
        ),
    ]
    .into();
    let line = |id: &str, licence, owned, before, after| LicenceLine {
        product: product(id),
        licence,
        owned,
        assigned_before: before,
        assigned_after: after,
        peak: None,
        exposure: None,
    };
    plan.impact.licences = vec![
        line("microstation", LicenceKind::Pooled, Some(10), 1031, 1031),
        line("staad-pro", LicenceKind::Named, None, 4, 4),
    ];
    plan.impact.flips = vec![
        AccessFlip::FirstProduct(group("bridges")),
        AccessFlip::DefaultNobody(country("DE")),
        AccessFlip::EmptiedList(group("roads")),
    ];
    plan.left_alone = LeftAlone {
        users: 0,
        groups: 0,
        ignored_users: 12,
        ignored_groups: 1,
        idle: vec!["ignore groups \"old-*\"".into()],
    };
    plan.verdict.warnings = vec![
        GuardWarning::Off(Guard::OneGroup),
        GuardWarning::OwnedUnknown { product: product("staad-pro"), assigned: 4 },
        GuardWarning::BeyondOwned { product: product("synchro-4d"), owned: 1, assigned: 2 },
        GuardWarning::ExposureUnknown,
    ];
    plan
}

/// The same, refused.
fn refused_plan() -> Plan {
    let mut plan = acme_plan();
    let refusal = |guard, number, limit, causes: Vec<(String, usize)>| Refusal {
        guard,
        number,
        limit,
        before: 1204,
        contributors: causes
            .iter()
            .map(|(cause, count)| RefusalContributor { cause: cause.as_str().into(), count: *count })
            .collect(),
        approvable: causes.iter().map(|(cause, _)| cause.as_str().into()).collect(),
    };
    let users: Vec<_> = (1..=52).map(|number| (format!("leaver{number:02}@acme.example"), 1)).collect();
    plan.verdict.refusals = vec![
        refusal(
            Guard::LosesAccess,
            43,
            10,
            vec![
                ("group bridges".to_owned(), 41),
                ("default DE".to_owned(), 1),
                ("mia@acme.example/microstation".to_owned(), 1),
            ],
        ),
        refusal(Guard::Removals(RemovalRelation::Users), 52, 10, users),
        Refusal {
            approvable: Vec::new(),
            before: 0,
            ..refusal(Guard::Administrators, 1, 2, vec![("ana.silva@acme.example".to_owned(), 1)])
        },
    ];
    plan
}

fn options(width: usize) -> PlanTextOptions {
    PlanTextOptions { width, ..PlanTextOptions::default() }
}

#[test]
fn plan_is_read_at_a_wide_terminal() {
    expect_file!["render/wide.txt"].assert_eq(&plan_text::plan_text(&acme_plan(), options(140)));
}

#[test]
fn plan_is_read_at_a_narrow_terminal() {
    let shown = plan_text::plan_text(&acme_plan(), options(80));
    expect_file!["render/narrow.txt"].assert_eq(&shown);
    expect_file!["render/narrowest.txt"].assert_eq(&plan_text::plan_text(&acme_plan(), options(48)));
}

#[test]
fn places_stand_in_one_column() {
    let shown = plan_text::plan_text(&acme_plan(), options(140));
    let column = |line: &str| {
        let before = line[..line.find(".yaml:")?].rfind("  ")? + 2;
        Some(line[..before].chars().count())
    };
    let columns: std::collections::BTreeSet<usize> = shown.lines().filter_map(column).collect();
    assert_eq!(columns.len(), 1, "{columns:?}");
}

#[test]
fn full_plan_hides_nothing() {
    let shown =
        plan_text::plan_text(&acme_plan(), PlanTextOptions { full: true, withheld: true, ..options(140) });
    expect_file!["render/full.txt"].assert_eq(&shown);
    assert!(shown.contains("bridge.designer41@acme.example"));
    assert!(!shown.contains("(--full)"));
    for step in &acme_plan().steps {
        for place in step.why.iter().filter_map(seatwise::render::words::why_place) {
            assert!(shown.contains(&place), "{place}");
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    // So wide that nothing is broken: brackets around changed words, which stand in for colour, move the
    // breaks.
    let coloured = plan_text::plan_text(&acme_plan(), PlanTextOptions { colour: true, ..options(1000) });
    let plain = plan_text::plan_text(&acme_plan(), options(1000));
    assert!(coloured.contains("\u{1b}["));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped += before;
        rest = after.split_once('m').unwrap().1;
    }
    stripped += rest;
    let words = |text: &str| {
        text.replace(char::is_whitespace, "")
            .replace("[-", "")
            .replace("-]", "")
            .replace("{+", "")
            .replace("+}", "")
    };
    assert_eq!(words(&stripped), words(&plain));
}

#[test]
fn refusals_say_what_would_approve_them() {
    expect_file!["render/refused.txt"].assert_eq(&plan_text::plan_text(&refused_plan(), options(120)));
}

#[test]
fn approvals_are_yaml_for_exactly_the_items() {
    #[derive(serde::Deserialize)]
    struct ApprovalsYaml {
        approvals: Vec<ApprovalYaml>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ApprovalYaml {
        guard: String,
        items: Vec<String>,
        reason: String,
        until: String,
    }
    let plan = refused_plan();
    let ApprovalsYaml { approvals } = serde_saphyr::from_str(&plan_text::approvals_yaml(&plan)).unwrap();
    assert_eq!(approvals.len(), 2);
    for (approval, refusal) in approvals.iter().zip(&plan.verdict.refusals) {
        assert_eq!(approval.guard, refusal.guard.as_str());
        assert_eq!(
            approval.items,
            refusal.approvable.iter().map(|item| item.to_string()).collect::<Vec<_>>()
        );
        assert!(!approval.reason.is_empty());
        assert_eq!(approval.until, "2026-12-08");
    }
}

#[test]
fn plan_without_refusals_has_no_approvals_to_print() {
    assert_eq!(plan_text::approvals_yaml(&acme_plan()), "");
}

#[test]
fn empty_plan_says_that_there_is_nothing_to_do() {
    expect![[r#"
        acme-engineering: 1,204 users, 37 products; read in 4 requests at 2026-11-24 09:12 UTC

        Nothing to do: acme-engineering is as the policy wants it.
    "#]]
    .assert_eq(&plan_text::plan_text(&empty_plan(), options(80)));
    let mut withheld = empty_plan();
    withheld.withheld = acme_plan().withheld;
    expect![
        "Nothing to do: acme-engineering is as the policy wants it. Withheld: 3 (seatwise plan --withheld)."
    ]
    .assert_eq(&plan_text::plan_summary(&withheld));
}

#[test]
fn plan_of_another_day_says_so() {
    let mut plan = empty_plan();
    plan.as_of = date("2027-01-01");
    assert!(plan_text::plan_text(&plan, options(80)).contains("The plan of 2027-01-01 (--as-of)."));
}

#[test]
fn what_comes_or_goes_with_somebody_is_one_line() {
    let plan = acme_plan();
    let outline = Outline::new(&plan);
    assert_eq!(
        outline.entries.len() + outline.entries.iter().map(|entry| entry.with.len()).sum::<usize>(),
        plan.steps.len()
    );
    assert_eq!(outline.counts(), OutlineCounts { create: 8, update: 11, remove: 6 });
}

#[test]
fn administrator_is_never_folded_into_another_line() {
    let plan = PlanBuilder::new()
        .step(Act::Invite(profile("new@acme.example", "New Boss", "PT")), declared_why("users.yaml:1"))
        .step(
            Act::GrantRole { user: email("new@acme.example"), role: role("download") },
            declared_why("users.yaml:2"),
        )
        .step(
            Act::GrantRole { user: email("new@acme.example"), role: role("co-administrator") },
            declared_why("users.yaml:2"),
        )
        .0;
    assert_eq!(Outline::new(&plan).entries.len(), 2);
}

#[test]
fn markdown_is_read_in_a_pull_request() {
    expect_file!["render/plan.md"]
        .assert_eq(&plan_markdown::plan_markdown(&acme_plan(), plan_markdown::BUDGET));
    expect_file!["render/refused.md"]
        .assert_eq(&plan_markdown::plan_markdown(&refused_plan(), plan_markdown::BUDGET));
}

#[test]
fn markdown_puts_what_hurts_first() {
    let shown = plan_markdown::plan_markdown(&refused_plan(), plan_markdown::BUDGET);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("**Refused**") < at("#### Removals and administrators"));
    assert!(at("#### Removals and administrators") < at("#### Access"));
    assert!(at("#### Access") < at("Other changes"));
    assert!(
        at("#### Removals and administrators") < at("co-administrator")
            && at("co-administrator") < at("#### Access")
    );
}

#[test]
fn markdown_stays_within_its_budget_and_counts_what_it_leaves_out() {
    let invite = |build: PlanBuilder, number: usize| {
        build.step(
            Act::Invite(profile(&format!("user{number}@acme.example"), "Some Body", "PT")),
            declared_why(&format!("users.yaml:{number}")),
        )
    };
    let plan = (1..=3000).fold(PlanBuilder::new(), invite).0;
    for budget in [3_000, 20_000, plan_markdown::BUDGET] {
        let shown = plan_markdown::plan_markdown(&plan, budget);
        assert!(shown.chars().count() <= budget, "{}", shown.chars().count());
        let rows = shown.lines().filter(|line| line.contains("@acme.example")).count();
        let left_out = seatwise::render::words::number(3000 - rows);
        assert!(
            rows > 0 && shown.contains(&format!("**{left_out} lines are left out**")),
            "{budget}: {rows}"
        );
        assert!(
            shown.ends_with(")\n") && shown.contains(&seatwise::plan::file::plan_digest(&plan).short_hex())
        );
    }
    let all = plan_markdown::plan_markdown(&plan, 10_000_000);
    assert!(!all.contains("left out"));
}

#[test]
fn json_has_the_counts_and_the_plan() {
    let value: serde_json::Value = serde_json::from_str(&plan_json::plan_json(&refused_plan())).unwrap();
    let counts = serde_json::json!({"create": 8, "refusals": 3, "remove": 6, "steps": 35, "update": 11,
        "withheld": 3});
    assert_eq!(value["counts"], counts);
    assert_eq!(value["plan"]["steps"].as_array().unwrap().len(), 35);
    assert_eq!(value["digest"], seatwise::plan::file::plan_digest(&refused_plan()).to_string());
}

/// Texts made to break out of wherever they stand.
const HOSTILE: [&str; 10] = [
    "\u{1b}[2J\u{1b}[31mred",
    "two\nlines\r\n- user ceo@acme.example  remove",
    "\u{202e}desrever",
    "zero\u{200b}width\u{feff}",
    "a | b || c",
    "`code` ``` fence",
    "<img src=x onerror=alert(1)> <!-- ",
    "@everyone #1 https://evil.example www.evil.example",
    "\u{9b}31m\u{7f}\u{0}",
    "[link](javascript:x) ![](x) **bold** </details>",
];

fn hostile_plan() -> Plan {
    let long = "x".repeat(10_000);
    HOSTILE
        .iter()
        .copied()
        .chain([long.as_str()])
        .fold(PlanBuilder::new(), |build, bad| {
            let mut person = profile("a@acme.example", "First Last", "PT");
            person.first_name = bad.into();
            let why = StepReason::Declared {
                at: citation(&format!("{bad}.yaml:1")),
                until: None,
                reason: Some(bad.into()),
            };
            let before = facts("g", GroupKind::Other, "plain words");
            let mut after = before.clone();
            after.description = bad.into();
            let mut build = build
                .step(Act::Invite(person), why.clone())
                .step(Act::UpdateGroup { before, after }, why.clone())
                .step(Act::EndCheckout { user: email("b@acme.example"), checkout: checkout_on(bad) }, why);
            build.0.organization = bad.into();
            build.0.left_alone.idle.push(bad.into());
            build.0.verdict.refusals.push(Refusal {
                guard: Guard::LosesAccess,
                number: 9,
                limit: 3,
                before: 10,
                contributors: vec![RefusalContributor { cause: bad.into(), count: 9 }],
                approvable: vec![bad.into()],
            });
            build
        })
        .0
}

fn checkout_on(machine: &str) -> seatwise::model::Checkout {
    seatwise::model::Checkout { machine: machine.into(), ..checkout("microstation", "") }
}

fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}' | '\u{feff}'))
}

#[test]
fn hostile_text_cannot_move_the_cursor_or_make_a_line() {
    let plan = hostile_plan();
    for full in [false, true] {
        let shown = plan_text::plan_text(&plan, PlanTextOptions { full, ..options(120) });
        assert!(is_harmless(&shown));
        assert!(!shown.lines().any(|line| line.starts_with("- user ceo")), "{shown}");
        // An approval's item has to be there as it is.
        let item = |line: &&str| line.starts_with("      - ");
        assert!(shown.lines().filter(|line| !item(line)).all(|line| line.chars().count() < 800));
    }
    assert!(is_harmless(&plan_text::approvals_yaml(&plan)));
    let approvals = plan_text::approvals_yaml(&plan);
    assert_eq!(
        serde_saphyr::from_str::<serde_json::Value>(&approvals).unwrap()["approvals"]
            .as_array()
            .unwrap()
            .len(),
        11
    );
}

#[test]
fn hostile_text_stays_inside_its_code_span() {
    let shown = plan_markdown::plan_markdown(&hostile_plan(), 1_000_000);
    assert!(is_harmless(&shown));
    let mut in_fence = false;
    for line in shown.lines() {
        if line.starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        // Every other piece between backticks is code; what is left is seatwise's own.
        let pieces: Vec<&str> = line.split('`').collect();
        assert!(pieces.len() % 2 == 1, "odd number of backticks: {line}");
        let own: String = pieces.iter().step_by(2).copied().collect();
        for bad in ["@", "<img", "<!--", "javascript", "evil", "#1", "desrever"] {
            assert!(!own.contains(bad), "{bad}: {line}");
        }
        let code: String = pieces.iter().skip(1).step_by(2).copied().collect();
        assert!(!line.starts_with("| ") || !code.contains('|'), "{line}");
        if line.starts_with("| `") {
            assert_eq!(line.matches('|').count(), 5, "{line}");
        }
    }
    assert!(!in_fence);
}
