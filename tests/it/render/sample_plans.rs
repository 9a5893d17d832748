//! The sample plans for the tests of the renderers.

use std::collections::BTreeMap;

use seatwise::change::{Change, Edit, LeftAlone, WithheldReason, WithheldSubject};
use seatwise::model::{AccessSetting, Area, Email, GroupKind, LicenceKind, UserException, UserState};
use seatwise::plan::guard::RefusalContributor;
use seatwise::plan::impact::{
    AccessCause, AccessFlip, LicenceLine, NotUndoableCounts, ProductImpact, ProductList,
};
use seatwise::plan::{GuardWarning, Impact, Plan, Refusal, StepReason};
use seatwise::policy::settings::{Guard, RemovalRelation};

use crate::plain_act::PlainAct;
use crate::plan_builder::*;

fn declared_until(place: &str, day: &str, reason: Option<&str>) -> StepReason {
    StepReason::Declared { at: citation(place), until: Some(date(day)), reason: reason.map(Into::into) }
}

fn rui() -> Email {
    email("rui.costa@contractor.example")
}

fn old_user() -> Email {
    email("old.name@acme.example")
}

fn follows_why() -> StepReason {
    StepReason::Follows { at: citation("seatwise.yaml:6") }
}

fn set_exception(
    user: Email,
    id: &str,
    before: Option<UserException>,
    after: Option<UserException>,
) -> PlainAct {
    PlainAct::SetException { user, product: product(id), before, after }
}

/// A plan as in practice, with one change of each kind.
pub(crate) fn acme_plan() -> Plan {
    let steps = take_access(change_settings(grant_access(add_users_and_groups(PlanBuilder::new()))));
    let mut plan = withhold_differences(steps).0;
    set_people(&mut plan.impact);
    set_products(&mut plan.impact);
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

/// Adds steps that end checkouts and create or change objects.
fn add_users_and_groups(plan: PlanBuilder) -> PlanBuilder {
    plan.step(
        PlainAct::EndCheckout { user: old_user(), checkout: checkout("microstation", "PC-041") },
        follows_why(),
    )
    .step(
        PlainAct::CreateGroup(facts("signalling", GroupKind::Entitlement, "Railway signalling")),
        declared_why("groups.yaml:40"),
    )
    .step(
        PlainAct::Invite(profile("rui.costa@contractor.example", "Rui Costa", "PT")),
        declared_until("users/lisbon.yaml:14", "2027-06-30", None),
    )
    .step(PlainAct::Approve(email("asked@acme.example")), declared_why("users/lisbon.yaml:20"))
    .step(PlainAct::Unlock(email("li.wu@acme.example")), declared_why("users/singapore.yaml:9"))
    .step(
        PlainAct::UpdateUser {
            before: profile("joao@acme.example", "João Santos", "PT"),
            after: profile("joao.reis@acme.example", "João Santos Reis", "PT"),
        },
        declared_why("users/porto.yaml:31"),
    )
    .step(
        PlainAct::UpdateGroup {
            before: facts("tunnels", GroupKind::Entitlement, "Tunnel designers, Lisbon"),
            after: facts("tunnels", GroupKind::Other, "Tunnel engineers, Lisbon and Porto"),
        },
        declared_why("groups.yaml:12"),
    )
}

/// Adds steps that release licences and grant roles, memberships and products.
fn grant_access(plan: PlanBuilder) -> PlanBuilder {
    plan.step(
        PlainAct::ReleaseLicence { user: email("teresa@acme.example"), product: product("staad-pro") },
        not_declared_why("users/porto.yaml:44"),
    )
    .step(
        PlainAct::GrantRole { user: rui(), role: role("download") },
        declared_until("users/lisbon.yaml:17", "2027-06-30", None),
    )
    .step(
        PlainAct::GrantRole { user: email("ana.silva@acme.example"), role: role("co-administrator") },
        declared_why("users/lisbon.yaml:7"),
    )
    .step(
        PlainAct::GrantRole { user: email("ana.silva@acme.example"), role: role("beta") },
        declared_why("users/lisbon.yaml:7"),
    )
    .step(
        PlainAct::Join { user: rui(), group: group("bridges") },
        declared_until("users/lisbon.yaml:18", "2027-06-30", None),
    )
    .step(
        PlainAct::Join { user: email("kari@acme.example"), group: group("signalling") },
        declared_why("users/oslo.yaml:19"),
    )
    .step(
        PlainAct::Join { user: email("raquel@acme.example"), group: group("bridges") },
        declared_why("users/porto.yaml:52"),
    )
    .step(
        set_exception(rui(), "microstation", None, Some(UserException::Allow)),
        declared_until("users/lisbon.yaml:19", "2027-03-31", Some("Porto bridge")),
    )
    .step(
        PlainAct::AssignLicence { user: email("olga@acme.example"), product: product("staad-pro") },
        declared_why("users/porto.yaml:47"),
    )
}

/// Adds steps that change lists, exceptions and settings.
fn change_settings(plan: PlanBuilder) -> PlanBuilder {
    plan.step(
        PlainAct::SetList {
            group: group("signalling"),
            before: list(&[]),
            after: list(&["openrail-designer"]),
        },
        declared_why("groups.yaml:43"),
    )
    .step(
        PlainAct::SetList {
            group: group("water"),
            before: list(&["openflows-watergems", "sacs"]),
            after: list(&["openflows-watergems", "openground"]),
        },
        declared_why("groups.yaml:30"),
    )
    .step(
        PlainAct::SetList { group: group("bridges"), before: list(&[]), after: list(&["microstation"]) },
        declared_why("groups.yaml:3"),
    )
    .step(
        set_exception(email("mia@acme.example"), "microstation", Some(UserException::Allow), None),
        StepReason::Ended { at: citation("users/porto.yaml:52"), on: date("2026-10-31") },
    )
    .step(
        PlainAct::SetException {
            user: email("jack@acme.example"),
            product: product("bentley-view"),
            before: None,
            after: Some(UserException::Deny),
        },
        declared_why("users/exton.yaml:50"),
    )
    .step(
        PlainAct::SetDefault { country: country("DE"), before: None, after: Some(AccessSetting::Nobody) },
        declared_why("access.yaml:12"),
    )
    .step(
        PlainAct::SetRestriction {
            product: product("lumenrt"),
            area: Area::Country(country("US")),
            before: Some(AccessSetting::Nobody),
            after: Some(AccessSetting::Everyone),
        },
        declared_why("access.yaml:9"),
    )
}

/// Adds steps that take access away, change alerts and contacts, and remove objects.
fn take_access(plan: PlanBuilder) -> PlanBuilder {
    plan.step(
        PlainAct::SwapAllocation {
            user: email("sofia@acme.example"),
            from: group("cost-lisbon"),
            to: group("cost-porto"),
        },
        declared_why("users/porto.yaml:60"),
    )
    .step(
        PlainAct::Leave { user: email("daniel@acme.example"), group: group("site-reports") },
        not_declared_why("users/exton.yaml:22"),
    )
    .step(PlainAct::Leave { user: old_user(), group: group("bridges") }, follows_why())
    .step(set_exception(old_user(), "microstation", Some(UserException::Allow), None), follows_why())
    .step(
        PlainAct::Lock { user: email("klaus@acme.example"), before: UserState::Active },
        declared_why("users/munich.yaml:70"),
    )
    .step(
        PlainAct::RevokeRole { user: email("olivia@acme.example"), role: role("group-administrator") },
        not_declared_why("users/staff.yaml:18"),
    )
    .step(PlainAct::RevokeRole { user: old_user(), role: role("beta") }, follows_why())
    .step(PlainAct::RevokeRole { user: old_user(), role: role("download") }, follows_why())
    .step(
        PlainAct::SetAlert {
            product: product("microstation"),
            country: country("DE"),
            before: Some(alert(10)),
            after: Some(alert(20)),
        },
        declared_why("access.yaml:20"),
    )
    .step(
        PlainAct::ReplaceContact {
            from: contact("finance@acme.example"),
            to: contact("accounts@acme.example"),
        },
        declared_why("contacts.yaml:4"),
    )
    .step(
        PlainAct::RemoveUser(profile("old.name@acme.example", "Old Name", "DE")),
        not_declared_why("seatwise.yaml:6"),
    )
    .step(
        PlainAct::DeleteGroup(facts("plot-room", GroupKind::Other, "")),
        StepReason::Removed { at: citation("groups.yaml:60") },
    )
}

/// Adds differences that are withheld.
fn withhold_differences(plan: PlanBuilder) -> PlanBuilder {
    plan.withhold(
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
}

/// Sets the people who lose and gain access.
fn set_people(impact: &mut Impact) {
    let lose = |id: &str, cause: AccessCause| -> BTreeMap<AccessCause, ProductList> {
        [(cause, [product(id)].into())].into()
    };
    let members = (1..=41).map(|number| {
        (
            email(&format!("bridge.designer{number:02}@acme.example")),
            lose("openroads-designer", AccessCause::Group(group("bridges"))),
        )
    });
    impact.losing = members
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
    impact.gaining = [(
        email("raquel@acme.example"),
        lose("microstation", AccessCause::Membership(group("bridges"), email("raquel@acme.example"))),
    )]
    .into();
    impact.leaving = [(old_user(), 3)].into();
}

/// Sets how many people lose and gain each product.
fn set_products(impact: &mut Impact) {
    impact.products = [
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
}

/// The plan of `acme_plan`, refused by guards.
pub(crate) fn refused_plan() -> Plan {
    let mut plan = acme_plan();
    let refusal = |guard, number, limit, causes: Vec<(String, usize)>| Refusal {
        guard,
        number,
        limit,
        before: 1204,
        currency: None,
        parts: Vec::new(),
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

/// Texts that try to break out of every format in which they appear.
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

pub(crate) fn hostile_plan() -> Plan {
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
                .step(PlainAct::Invite(person), why.clone())
                .step(PlainAct::UpdateGroup { before, after }, why.clone())
                .step(
                    PlainAct::EndCheckout { user: email("b@acme.example"), checkout: checkout_on(bad) },
                    why,
                );
            build.0.organization = bad.into();
            build.0.left_alone.idle.push(bad.into());
            build.0.verdict.refusals.push(Refusal {
                guard: Guard::LosesAccess,
                number: 9,
                limit: 3,
                before: 10,
                currency: None,
                parts: Vec::new(),
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

pub(crate) fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}' | '\u{feff}'))
}
