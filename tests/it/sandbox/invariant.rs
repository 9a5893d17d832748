//! The organization keeps its invariants itself, whatever a client writes.

use seatwise::connector::Receipt;
use seatwise::model::licences::LONGEST_CHECKOUT_DAYS;
use seatwise::model::{
    Area, Checkout, Contact, Contract, Email, GroupFacts, GroupKind, Licence, LicenceKind, OwnedLicences,
    Product, Profile, UserState,
};
use seatwise::sandbox::{SandboxStoreError, Seed};
use serde::Deserialize;

use super::{
    SandboxOrganization, country, create, email, facts, grant, invite, join, now, opening, product, profile,
    revoke, set_list,
};
use crate::plain_act::PlainAct;

const ANA: &str = "ana@acme.example";

const BO: &str = "bo@acme.example";

const ADMINISTRATOR: &str = "account.administrator@acme.example";

fn contact(n: usize) -> Contact {
    Contact { email: email(&format!("c{n}@acme.example")), area: Area::Everywhere }
}

fn organization_with_contacts(count: usize) -> SandboxOrganization {
    SandboxOrganization::new().with_acts((0..count).map(|n| PlainAct::AddContact(contact(n))))
}

fn checkout(days: i64) -> Checkout {
    Checkout {
        product: product("microstation"),
        machine: "WS-1".into(),
        expires: now() + jiff::SignedDuration::from_hours(24 * days),
    }
}

/// One vector of `charges.yaml` that is about the organization.
#[derive(Deserialize)]
struct LimitVector {
    id: String,
    checkout_days: Option<i64>,
    contacts: Option<usize>,
    allocation_groups: Option<usize>,
    change: Option<String>,
    expect: serde_json::Value,
}

#[test]
fn limits_of_the_vectors_are_refused_by_the_organization() {
    let vectors: Vec<LimitVector> =
        serde_saphyr::from_str(include_str!("../../vectors/charges.yaml")).unwrap();
    let mut seen = Vec::new();
    for vector in vectors.iter().filter(|vector| ["L2", "L3a", "L3b", "L4"].contains(&vector.id.as_str())) {
        let refused =
            match (vector.checkout_days, vector.contacts, vector.allocation_groups, vector.change.as_deref())
            {
                (Some(days), None, None, None) => matches!(
                    SandboxOrganization::new().with_acts([invite(ANA)]).store.check_out(&email(ANA),
                        &checkout(days)),
                    Err(SandboxStoreError::Refused(why)) if why.contains("365 days")
                ),
                (None, Some(count), None, Some("remove")) => organization_with_contacts(count)
                    .refusal(PlainAct::RemoveContact(contact(0)))
                    .contains("last fulfilment contact"),
                (None, Some(count), None, Some("add")) => organization_with_contacts(count)
                    .refusal(PlainAct::AddContact(contact(count)))
                    .contains("at most 10"),
                (None, None, Some(1), Some("add")) => {
                    let world = SandboxOrganization::new().with_acts([
                        invite(ANA),
                        create("a", GroupKind::Allocation),
                        create("b", GroupKind::Allocation),
                        join(ANA, "a"),
                    ]);
                    world.refusal(join(ANA, "b")).contains("at most one")
                }
                _ => panic!("vector {} is of no known shape", vector.id),
            };
        assert_eq!(if refused { "refused" } else { "done" }, vector.expect, "{}", vector.id);
        seen.push(vector.id.as_str());
    }
    assert_eq!(seen, ["L2", "L3a", "L3b", "L4"]);
}

#[test]
fn checkout_of_exactly_a_year_is_allowed_and_can_be_ended_once() {
    let world = SandboxOrganization::new().with_acts([invite(ANA)]);
    world.store.check_out(&email(ANA), &checkout(LONGEST_CHECKOUT_DAYS)).unwrap();
    let end = || PlainAct::EndCheckout { user: email(ANA), checkout: checkout(LONGEST_CHECKOUT_DAYS) };
    assert!(matches!(
        world.carry_out(PlainAct::EndCheckout { user: email(ANA), checkout: checkout(3) }),
        Err(seatwise::connector::WriteError::Changed(_))
    ));
    assert_eq!(world.carry_out(end()).unwrap(), Receipt::Done { created: None });
    assert_eq!(world.carry_out(end()).unwrap(), Receipt::AlreadySo);
}

#[test]
fn ten_contacts_can_be_replaced_and_the_last_one_too() {
    let swap = |from, to| PlainAct::ReplaceContact { from: contact(from), to: contact(to) };
    let full = organization_with_contacts(10).with_acts([swap(0, 10)]);
    assert_eq!(full.organization().contacts.len(), 10);
    let last = organization_with_contacts(1).with_acts([swap(0, 1)]);
    assert_eq!(last.organization().contacts, [contact(1)].into());
    assert_eq!(last.carry_out(swap(0, 1)).unwrap(), Receipt::AlreadySo);
    assert_eq!(last.change_found(swap(5, 6)), "contact c5@acme.example for everywhere is not there");
}

#[test]
fn replacing_a_contact_by_one_that_is_there_is_no_replacement() {
    let swap = PlainAct::ReplaceContact { from: contact(0), to: contact(0) };
    assert!(organization_with_contacts(1).change_found(swap).contains("is there already"));
}

#[test]
fn default_of_everyone_is_the_same_as_none() {
    use seatwise::model::AccessSetting::{Everyone, Nobody};
    let set = |before, after| PlainAct::SetDefault { country: country("DE"), before, after };
    let world = SandboxOrganization::new();
    assert_eq!(world.carry_out(set(None, Some(Everyone))).unwrap(), Receipt::AlreadySo);
    let world = world.with_acts([
        set(Some(Everyone), Some(Nobody)),
        set(Some(Nobody), Some(Everyone)),
        set(None, Some(Nobody)),
    ]);
    assert_eq!(world.organization().defaults, [(country("DE"), Nobody)].into());
}

#[test]
fn address_belongs_to_one_user_whatever_its_case() {
    let world = SandboxOrganization::new().with_acts([invite(ANA), invite(BO)]);
    let other = Profile { first_name: "Bo".into(), ..profile("ANA@ACME.example") };
    assert!(world.change_found(PlainAct::Invite(other)).contains("belongs to a user"));
    let rename = PlainAct::UpdateUser { before: profile(BO), after: profile("Ana@Acme.Example") };
    assert_eq!(world.refusal(rename), "ana@acme.example is the address of another user");
}

#[test]
fn account_administrator_is_read_only() {
    let world = SandboxOrganization::new().with_acts([invite(ANA), grant(ANA, "co-administrator")]);
    let user = world.user(ADMINISTRATOR);
    let after = Profile { last_name: "Other".into(), ..user.profile.clone() };
    let refusals = [
        grant(ANA, "account-administrator"),
        revoke(ADMINISTRATOR, "account-administrator"),
        PlainAct::Lock { user: email(ADMINISTRATOR), before: UserState::Active },
        PlainAct::UpdateUser { before: user.profile.clone(), after },
        PlainAct::RemoveUser(user.profile.clone()),
    ];
    for act in refusals {
        let why = world.refusal(act);
        assert!(why.contains("account administrator") || why.contains("account-administrator"), "{why}");
    }
    assert_eq!(world.user(ADMINISTRATOR), user);
}

#[test]
fn beta_and_sdk_are_granted_after_download_and_revoked_before_it() {
    for needing in ["beta", "download-sdk"] {
        let world = SandboxOrganization::new().with_acts([invite(ANA)]);
        assert!(world.refusal(grant(ANA, needing)).contains("needs role download"));
        let world = world.with_acts([grant(ANA, "download"), grant(ANA, needing)]);
        assert!(world.refusal(revoke(ANA, "download")).contains(&format!("needed by role {needing}")));
        let world = world.with_acts([revoke(ANA, needing), revoke(ANA, "download")]);
        assert!(world.user(ANA).roles.is_empty());
    }
}

#[test]
fn group_becomes_no_allocation_group_while_a_member_is_in_another() {
    let world = SandboxOrganization::new().with_acts([
        invite(ANA),
        create("a", GroupKind::Allocation),
        create("b", GroupKind::Other),
        join(ANA, "a"),
        join(ANA, "b"),
    ]);
    let turn = || PlainAct::UpdateGroup {
        before: facts("b", GroupKind::Other),
        after: facts("b", GroupKind::Allocation),
    };
    assert_eq!(world.refusal(turn()), "ana@acme.example, a member of b, is in another allocation group");
    world.with_acts([PlainAct::Leave { user: email(ANA), group: super::group("a") }, turn()]);
}

#[test]
fn swap_moves_between_allocation_groups_at_once() {
    let swap = |from, to| PlainAct::SwapAllocation {
        user: email(ANA),
        from: super::group(from),
        to: super::group(to),
    };
    let groups = ["a", "b", "c"].map(|name| create(name, GroupKind::Allocation));
    let world = SandboxOrganization::new()
        .with_acts([invite(ANA)])
        .with_acts(groups)
        .with_acts([join(ANA, "a"), swap("a", "b")]);
    assert_eq!(world.user(ANA).groups.keys().map(ToString::to_string).collect::<Vec<_>>(), ["b"]);
    assert_eq!(world.carry_out(swap("a", "b")).unwrap(), Receipt::AlreadySo);
    assert_eq!(world.change_found(swap("a", "c")), "ana@acme.example is not in a");
}

#[test]
fn only_entitlement_groups_have_a_list() {
    let world = SandboxOrganization::new().with_acts([
        create("plain", GroupKind::Other),
        create("listed", GroupKind::Entitlement),
        set_list("listed", &[], &["x"]),
    ]);
    assert!(world.refusal(set_list("plain", &[], &["x"])).contains("no entitlement group"));
    let turn = || PlainAct::UpdateGroup {
        before: facts("listed", GroupKind::Entitlement),
        after: facts("listed", GroupKind::Other),
    };
    assert!(world.refusal(turn()).contains("product list"));
    world.with_acts([set_list("listed", &["x"], &[]), turn()]);
}

#[test]
fn group_with_members_or_a_list_is_not_deleted() {
    let listed = facts("listed", GroupKind::Entitlement);
    let world = SandboxOrganization::new().with_acts([
        invite(ANA),
        PlainAct::CreateGroup(listed.clone()),
        join(ANA, "listed"),
        set_list("listed", &[], &["x"]),
    ]);
    assert!(world.refusal(PlainAct::DeleteGroup(listed.clone())).contains("still has members"));
    let world = world.with_acts([PlainAct::Leave { user: email(ANA), group: listed.name.clone() }]);
    assert!(world.refusal(PlainAct::DeleteGroup(listed.clone())).contains("still has a product list"));
    let world = world.with_acts([set_list("listed", &["x"], &[]), PlainAct::DeleteGroup(listed.clone())]);
    assert_eq!(world.carry_out(PlainAct::DeleteGroup(listed)).unwrap(), Receipt::AlreadySo);
}

#[test]
fn user_with_anything_left_is_not_removed() {
    let things: [(&str, &[PlainAct], &[PlainAct]); 4] = [
        ("roles (1)", &[grant(ANA, "download")], &[revoke(ANA, "download")]),
        (
            "groups (1)",
            &[create("g", GroupKind::Other), join(ANA, "g")],
            &[PlainAct::Leave { user: email(ANA), group: super::group("g") }],
        ),
        (
            "exceptions (1)",
            &[exception(None, Some(seatwise::model::UserException::Deny))],
            &[exception(Some(seatwise::model::UserException::Deny), None)],
        ),
        (
            "named licences (1)",
            &[PlainAct::AssignLicence { user: email(ANA), product: product("n") }],
            &[PlainAct::ReleaseLicence { user: email(ANA), product: product("n") }],
        ),
    ];
    for (words, give, take) in things {
        let world = SandboxOrganization::new().with_acts([invite(ANA)]).with_acts(give.iter().cloned());
        assert_eq!(
            world.refusal(PlainAct::RemoveUser(profile(ANA))),
            format!("ana@acme.example still has {words}")
        );
        let world = world.with_acts(take.iter().cloned()).with_acts([PlainAct::RemoveUser(profile(ANA))]);
        assert_eq!(world.carry_out(PlainAct::RemoveUser(profile(ANA))).unwrap(), Receipt::AlreadySo);
    }
    let world = SandboxOrganization::new().with_acts([invite(ANA)]);
    world.store.check_out(&email(ANA), &checkout(3)).unwrap();
    assert_eq!(world.refusal(PlainAct::RemoveUser(profile(ANA))), "ana@acme.example still has checkouts (1)");
}

fn exception(
    before: Option<seatwise::model::UserException>,
    after: Option<seatwise::model::UserException>,
) -> PlainAct {
    PlainAct::SetException { user: email(ANA), product: product("p"), before, after }
}

#[test]
fn identity_provider_owns_names_and_addresses_but_not_countries() {
    let mut seed = Seed::default();
    seed.facts.federated = true;
    let world = SandboxOrganization::from_seed(&seed).with_acts([invite(ANA)]);
    let other = Profile { first_name: "Anna".into(), ..profile(ANA) };
    for after in [other, profile(BO)] {
        assert!(
            world.refusal(PlainAct::UpdateUser { before: profile(ANA), after }).contains("identity provider")
        );
    }
    let moved = Profile { country: country("DE"), ..profile(ANA) };
    world.with_acts([PlainAct::UpdateUser { before: profile(ANA), after: moved }]);
}

/// Ana is a Co-Administrator, and the acting identity of seatwise.
fn organization_acting_as_ana() -> SandboxOrganization {
    let mut seed = Seed::default();
    seed.facts.acting = Some(email(ANA));
    SandboxOrganization::from_seed(&seed).with_acts([invite(ANA), grant(ANA, "co-administrator")])
}

#[test]
fn acting_identity_does_not_end_its_own_access() {
    let world = organization_acting_as_ana();
    assert!(world.refusal(revoke(ANA, "co-administrator")).contains("acting identity"));
    assert!(
        world
            .refusal(PlainAct::Lock { user: email(ANA), before: UserState::Invited })
            .contains("acting identity")
    );
    assert!(world.refusal(PlainAct::RemoveUser(profile(ANA))).contains("acting identity"));
}

#[test]
fn acting_identity_stays_the_same_person_under_another_address() {
    let world = organization_acting_as_ana()
        .with_acts([PlainAct::UpdateUser { before: profile(ANA), after: profile(BO) }]);
    assert_eq!(world.snapshot().facts.acting, Some(email(BO)));
    assert!(world.refusal(revoke(BO, "co-administrator")).contains("acting identity"));
}

#[test]
fn last_active_administrator_stays() {
    let (mut organization, facts) = Seed::default().found_organization("acme", &Default::default());
    let one = organization.users_mut().next().unwrap();
    one.roles = [super::role("co-administrator")].into_iter().collect();
    let address: Email = one.profile.email.clone();
    let facts = seatwise::model::OrganizationFacts { acting: None, ..facts };
    let world = SandboxOrganization::from_organization(&organization, &facts)
        .with_acts([invite(ANA), grant(ANA, "co-administrator")]);
    // A user who has not accepted the invitation is no active administrator.
    for act in [
        revoke(address.as_str(), "co-administrator"),
        PlainAct::Lock { user: address, before: UserState::Active },
    ] {
        assert!(world.refusal(act).contains("last active administrator"));
    }
    let world = world.with_acts([revoke(ANA, "co-administrator")]);
    assert!(world.user(ANA).roles.is_empty());
}

/// Ana has the only owned licence of `n`, assigned so many hours ago.
fn organization_where_ana_holds(hours: i64) -> SandboxOrganization {
    let (mut organization, mut facts) = Seed::default().found_organization("acme", &Default::default());
    let mut ana = SandboxOrganization::new().with_acts([invite(ANA)]).user(ANA);
    ana.licences
        .insert(product("n"), Licence { assigned: Some(now() - jiff::SignedDuration::from_hours(hours)) });
    ana.id = None;
    organization.users.insert(email(ANA), ana.into());
    let named = Product {
        number: None,
        feature: None,
        name: "N".into(),
        licence: LicenceKind::Named,
        list_price: None,
    };
    facts.products.insert(product("n"), named);
    facts.contracts.push(Contract {
        name: "1".into(),
        kind: "select".into(),
        country: country("PT"),
        revenue: 1.into(),
        expires: None,
        owned: [(product("n"), OwnedLicences::Quantity(1))].into(),
    });
    SandboxOrganization::from_organization(&organization, &facts).with_acts([invite(BO)])
}

fn assign(address: &str) -> PlainAct {
    PlainAct::AssignLicence { user: email(address), product: product("n") }
}

fn release(address: &str) -> PlainAct {
    PlainAct::ReleaseLicence { user: email(address), product: product("n") }
}

#[test]
fn named_licence_moves_within_a_day_and_again_after_thirty_more() {
    for (hours, moves) in
        [(0, true), (23, true), (24, false), (100, false), (24 * 31 - 1, false), (24 * 31, true)]
    {
        let world = organization_where_ana_holds(hours).with_acts([release(ANA)]);
        if moves {
            world.with_acts([assign(BO)]);
        } else {
            assert!(world.refusal(assign(BO)).starts_with("no licence of n is free to move"), "{hours} h");
        }
    }
}

#[test]
fn locked_licence_goes_back_to_whom_it_belonged() {
    let world = organization_where_ana_holds(100).with_acts([release(ANA), assign(ANA), release(ANA)]);
    // The licence was assigned anew just now, so it can be released again.
    world.with_acts([assign(BO)]);
}

#[test]
fn locked_licence_leaves_with_its_holder_and_stays_locked() {
    let world =
        organization_where_ana_holds(100).with_acts([release(ANA), PlainAct::RemoveUser(profile(ANA))]);
    assert!(world.refusal(assign(BO)).contains("locked until"));
}

#[test]
fn licences_beyond_what_is_owned_are_sold() {
    organization_where_ana_holds(100).with_acts([assign(BO)]);
}

#[test]
fn product_licensed_by_pool_is_not_assigned_by_name() {
    let (organization, mut facts) = Seed::default().found_organization("acme", &Default::default());
    let pooled = Product {
        number: None,
        feature: None,
        name: "N".into(),
        licence: LicenceKind::Pooled,
        list_price: None,
    };
    facts.products.insert(product("n"), pooled);
    let world = SandboxOrganization::from_organization(&organization, &facts).with_acts([invite(ANA)]);
    assert!(world.refusal(assign(ANA)).contains("licensed by pool"));
}

#[test]
fn organization_that_breaks_an_invariant_is_not_written() {
    let (sound, facts) = seatwise::sandbox::generate_firm(50, 1);
    type InvariantBreaker = fn(&mut seatwise::model::Organization);
    let breaks: [(&str, InvariantBreaker); 5] = [
        ("without role download", |organization| {
            let user = organization.users_mut().find(|user| !user.roles.has("download")).unwrap();
            user.roles.add(super::role("beta"));
        }),
        ("not there", |organization| {
            organization.users_mut().next().unwrap().groups.add(super::group("nowhere"));
        }),
        ("at most one", |organization| {
            let groups = ["p", "q"].map(|name| GroupFacts {
                kind: GroupKind::Allocation,
                ..super::facts(name, GroupKind::Other)
            });
            for facts in groups {
                organization.users_mut().next().unwrap().groups.add(facts.name.clone());
                organization.groups.insert(
                    facts.name.clone(),
                    seatwise::model::Group { id: None, facts, products: Default::default() },
                );
            }
        }),
        ("no entitlement group", |organization| {
            organization
                .groups
                .values_mut()
                .find(|group| group.facts.kind == GroupKind::Other)
                .unwrap()
                .products
                .add(product("x"));
        }),
        ("at most 10", |organization| organization.contacts.extend((0..11).map(contact))),
    ];
    for (words, break_it) in breaks {
        let mut organization = sound.clone();
        break_it(&mut organization);
        match seatwise::sandbox::SandboxStore::in_memory("acme", &organization, &facts, opening()) {
            Err(SandboxStoreError::Refused(why)) => assert!(why.contains(words), "{why}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}
