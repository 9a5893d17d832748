//! Every act changes what it names and nothing else: long random walks, compared with the model after each
//! act.

use std::collections::BTreeMap;

use seatwise::connector::{Receipt, WriteError};
use seatwise::model::{
    AccessSetting, Alert, Area, Checkout, Contact, Email, FlatSet, Group, GroupFacts, GroupKind, GroupName,
    Organization, ProductId, Profile, RoleId, User, UserException, UserState,
};
use seatwise::plan::replay::{ReplayOutcome, replay_step};
use seatwise::sandbox::generate::Dice;
use seatwise::sandbox::{generate_firm, invariant::first_broken_invariant};

use super::act_model::{ModelOutcome, carry_out_on_model};
use super::{
    SandboxOrganization, country, create, email, facts, group, invite, now, product, profile, role, step,
};
use crate::plain_act::PlainAct;

/// A random walk over a firm: acts that fit the organization, and some that do not.
struct RandomWalk {
    dice: Dice,
    organization: Organization,
    products: Vec<ProductId>,
}

impl RandomWalk {
    fn user(&mut self) -> User {
        let users: Vec<&User> = self.organization.users.values().map(|user| &**user).collect();
        (*self.dice.pick(&users)).clone()
    }

    /// A user with a checkout; any user where nobody has one.
    fn holder(&mut self) -> User {
        let holders: Vec<_> = self
            .organization
            .users
            .values()
            .filter(|user| !user.checkouts.is_empty())
            .map(|user| User::clone(user))
            .collect();
        let anybody = self.user();
        self.pick_or(holders, anybody)
    }

    /// The address of a user, or in three of a hundred throws of nobody.
    fn pick_email(&mut self) -> Email {
        if self.dice.chance(3) { email("nobody@firm.example") } else { self.user().profile.email }
    }

    fn group(&mut self) -> Group {
        let groups: Vec<_> = self.organization.groups.values().collect();
        (*self.dice.pick(&groups)).clone()
    }

    fn pick_group_name(&mut self) -> GroupName {
        if self.dice.chance(3) { group("nowhere") } else { self.group().facts.name }
    }

    fn pick_or<T: Clone>(&mut self, from: impl IntoIterator<Item = T>, or: T) -> T {
        let from: Vec<_> = from.into_iter().collect();
        if from.is_empty() || self.dice.chance(15) { or } else { self.dice.pick(&from).clone() }
    }

    fn role(&mut self) -> RoleId {
        let ids = [
            "download",
            "beta",
            "download-sdk",
            "co-administrator",
            "account-administrator",
            "group-administrator",
            "bim-viewer",
        ];
        role(self.dice.pick::<&str>(&ids))
    }

    fn product(&mut self) -> ProductId {
        if self.dice.chance(2) { product("brand-new") } else { self.dice.pick(&self.products).clone() }
    }

    fn profile(&mut self) -> Profile {
        let number = self.dice.number_below(30);
        let country = country(self.dice.pick::<&str>(&["PT", "DE", "NO"]));
        let entitlement_country = self.dice.chance(20).then_some(country);
        Profile { country, entitlement_country, ..profile(&format!("new{number}@firm.example")) }
    }

    fn facts(&mut self) -> GroupFacts {
        let name = group(&format!("new-{}", self.dice.number_below(8)));
        let kind = *self.dice.pick(&[GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other]);
        let country = self.dice.chance(20).then(|| country("DE"));
        GroupFacts { name, kind, country, description: "made in a walk".into() }
    }

    fn setting(&mut self) -> Option<AccessSetting> {
        *self.dice.pick(&[None, Some(AccessSetting::Everyone), Some(AccessSetting::Nobody)])
    }

    fn contact(&mut self) -> Contact {
        Contact {
            email: email(&format!("c{}@firm.example", self.dice.number_below(14))),
            area: *self.dice.pick(&[Area::Everywhere, Area::Country(country("PT"))]),
        }
    }

    /// The live value, or seldom another one.
    fn before_value<T: Clone>(&mut self, live: T, other: T) -> T {
        if self.dice.chance(12) { other } else { live }
    }

    fn act(&mut self) -> PlainAct {
        match self.dice.number_below(27) {
            kind @ 0..8 => self.object_act(kind),
            kind @ 8..19 => self.edge_act(kind),
            kind => self.setting_act(kind),
        }
    }

    /// One of the acts on users and groups as a whole.
    fn object_act(&mut self, kind: u64) -> PlainAct {
        match kind {
            0 => {
                let user = self.holder();
                let other = Checkout { product: self.product(), machine: "none".into(), expires: now() };
                let checkout = self.pick_or(user.checkouts.keys().cloned(), other);
                let longer = Checkout { expires: now(), ..checkout.clone() };
                PlainAct::EndCheckout {
                    checkout: self.before_value(checkout, longer),
                    user: user.profile.email,
                }
            }
            1 => PlainAct::CreateGroup(self.facts()),
            2 => PlainAct::Invite(self.profile()),
            3 => PlainAct::Approve(self.pick_email()),
            4 => PlainAct::Unlock(self.pick_email()),
            5 => PlainAct::Lock {
                user: self.pick_email(),
                before: *self.dice.pick(&[UserState::Active, UserState::Invited]),
            },
            6 => {
                let (user, new) = (self.user(), self.profile());
                let wrong = Profile { last_name: "Wrong".into(), ..user.profile.clone() };
                let before = self.before_value(user.profile.clone(), wrong);
                let email = if self.dice.chance(30) { new.email.clone() } else { before.email.clone() };
                PlainAct::UpdateUser { before, after: Profile { email, ..new } }
            }
            _ => {
                let (live, new) = (self.group().facts, self.facts());
                let wrong = GroupFacts { description: "wrong".into(), ..live.clone() };
                let before = self.before_value(live, wrong);
                let name = if self.dice.chance(30) { new.name.clone() } else { before.name.clone() };
                PlainAct::UpdateGroup { before, after: GroupFacts { name, ..new } }
            }
        }
    }

    /// One of the acts on memberships, roles and assignments.
    fn edge_act(&mut self, kind: u64) -> PlainAct {
        match kind {
            8 | 9 => PlainAct::Join { user: self.pick_email(), group: self.pick_group_name() },
            10 | 11 => {
                let user = self.user();
                let (who, other) = (self.pick_email(), self.pick_group_name());
                PlainAct::Leave {
                    group: self.pick_or(user.groups.keys().cloned(), other),
                    user: self.before_value(user.profile.email, who),
                }
            }
            12 => {
                let user = self.user();
                let from = self.group().facts.name;
                let allocation =
                    |name: &&GroupName| self.organization.groups[*name].facts.kind == GroupKind::Allocation;
                let from = user.groups.keys().find(allocation).cloned().unwrap_or(from);
                let others: Vec<_> =
                    self.organization.groups.keys().filter(|name| **name != from).cloned().collect();
                PlainAct::SwapAllocation {
                    user: user.profile.email,
                    to: self.dice.pick(&others).clone(),
                    from,
                }
            }
            13 | 14 => PlainAct::GrantRole { user: self.pick_email(), role: self.role() },
            15 => {
                let user = self.user();
                let (who, other) = (self.pick_email(), self.role());
                PlainAct::RevokeRole {
                    role: self.pick_or(user.roles.keys().cloned(), other),
                    user: self.before_value(user.profile.email, who),
                }
            }
            16 => {
                let (user, product) = (self.user(), self.product());
                let before =
                    self.before_value(user.exceptions.get(&product).copied(), Some(UserException::Deny));
                let after = *self.dice.pick(&[None, Some(UserException::Allow), Some(UserException::Deny)]);
                let after = or_if_nothing(&before, after, UserException::Allow);
                PlainAct::SetException { user: user.profile.email, product, before, after }
            }
            17 => PlainAct::AssignLicence { user: self.pick_email(), product: self.product() },
            _ => {
                let user = self.user();
                let (who, other) = (self.pick_email(), self.product());
                PlainAct::ReleaseLicence {
                    product: self.pick_or(user.licences.keys().cloned(), other),
                    user: self.before_value(user.profile.email, who),
                }
            }
        }
    }

    /// One of the acts on lists, settings, alerts and contacts, or a removal.
    fn setting_act(&mut self, kind: u64) -> PlainAct {
        match kind {
            19 => {
                let group = self.group();
                let wrong = [product("wrong")].into_iter().collect();
                let before = self.before_value(group.products, wrong);
                let after: FlatSet<_> = (0..self.dice.number_below(3)).map(|_| self.product()).collect();
                PlainAct::SetList { group: group.facts.name, before, after }
            }
            20 => {
                let country = country(self.dice.pick::<&str>(&["PT", "IN"]));
                let before = self.before_value(
                    self.organization.defaults.get(&country).copied(),
                    Some(AccessSetting::Everyone),
                );
                let after = or_if_nothing(&before, self.setting(), AccessSetting::Nobody);
                PlainAct::SetDefault { country, before, after }
            }
            21 => {
                let (product, area) =
                    (self.product(), *self.dice.pick(&[Area::Everywhere, Area::Country(country("PT"))]));
                let before = self.before_value(
                    self.organization.restrictions.get(&(product.clone(), area)).copied(),
                    Some(AccessSetting::Everyone),
                );
                let after = or_if_nothing(&before, self.setting(), AccessSetting::Nobody);
                PlainAct::SetRestriction { product, area, before, after }
            }
            22 => {
                let (product, country) = (self.product(), country("PT"));
                let alert =
                    Alert { above: self.dice.number_below(3) as u32, sign_in_required: self.dice.chance(50) };
                let live = self.organization.alerts.get(&(product.clone(), country)).copied();
                let before = self.before_value(live, Some(alert));
                let after = if self.dice.chance(30) { None } else { Some(alert) };
                let after = or_if_nothing(&before, after, alert);
                PlainAct::SetAlert { product, country, before, after }
            }
            23 => PlainAct::AddContact(self.contact()),
            24 => {
                let other = self.contact();
                PlainAct::RemoveContact(self.pick_or(self.organization.contacts.clone(), other))
            }
            25 => {
                let (other, to) = (self.contact(), self.contact());
                let from = self.pick_or(self.organization.contacts.clone(), other);
                PlainAct::ReplaceContact {
                    to: if from == to { Contact { email: email("else@firm.example"), ..to } } else { to },
                    from,
                }
            }
            _ => self.removal(),
        }
    }

    fn removal(&mut self) -> PlainAct {
        if self.dice.chance(50) {
            let facts = self.group().facts;
            let wrong = GroupFacts { description: "wrong".into(), ..facts.clone() };
            let gone = self.facts();
            let facts = self.before_value(facts, wrong);
            return PlainAct::DeleteGroup(self.before_value(facts, gone));
        }
        let newcomers: Vec<_> = self
            .organization
            .users
            .values()
            .filter(|user| user.profile.last_name.as_ref() == "Silva")
            .map(|user| user.profile.clone())
            .collect();
        let profile = self.user().profile;
        let profile = self.pick_or(newcomers, profile);
        let wrong = Profile { last_name: "Wrong".into(), ..profile.clone() };
        let gone = self.profile();
        let profile = self.before_value(profile, wrong);
        PlainAct::RemoveUser(self.before_value(profile, gone))
    }
}

/// The value `after` an act, or `other` where there is nothing before and after: no act makes nothing of
/// nothing.
fn or_if_nothing<T>(before: &Option<T>, after: Option<T>, other: T) -> Option<T> {
    after.or_else(|| before.is_none().then_some(other))
}

/// The organization without the identities that the model does not give.
fn without_identities(mut organization: Organization) -> Organization {
    organization.users_mut().for_each(|user| user.id = None);
    organization.groups.values_mut().for_each(|group| group.id = None);
    organization
}

/// Shows only the lines that differ: an organization is long.
fn assert_same(left: &Organization, right: &Organization, context: &str) {
    if left != right {
        let (left, right) = (format!("{left:#?}"), format!("{right:#?}"));
        let diff = similar::TextDiff::from_lines(&left, &right);
        panic!("{context}\n{}", diff.unified_diff().context_radius(6));
    }
}

/// Whether the replay of `act` can agree with the organization. The replay does not compare the profile of a
/// removed user; without an identity it takes another object of the new name for the renamed one; and it
/// takes a prolonged checkout for an ended one.
fn is_told_apart(act: &PlainAct) -> bool {
    match act {
        PlainAct::RemoveUser(_) | PlainAct::DeleteGroup(_) | PlainAct::EndCheckout { .. } => false,
        PlainAct::UpdateUser { before, after } => before.email == after.email,
        PlainAct::UpdateGroup { before, after } => before.name == after.name,
        _ => true,
    }
}

fn act_kind(act: &PlainAct) -> String {
    format!("{act:?}").split([' ', '(', '{']).next().unwrap().to_owned()
}

#[test]
fn store_and_model_agree_after_every_act_and_every_invariant_holds() {
    let mut seen: BTreeMap<String, [u32; 4]> = BTreeMap::new();
    for seed in 0..30 {
        let (mut organization, facts) = generate_firm(30, seed);
        let plain = organization
            .users_mut()
            .filter(|user| !user.roles.keys().any(|role| role.as_str().ends_with("administrator")));
        plain.step_by(4).for_each(|user| user.state = UserState::Pending);
        let world = SandboxOrganization::from_organization(&organization, &facts);
        let mut walk = RandomWalk {
            dice: Dice::new(seed),
            organization: without_identities(organization),
            products: facts.products.keys().cloned().collect(),
        };
        for at in 0..400 {
            let act = walk.act();
            let mut after = walk.organization.clone();
            let made = carry_out_on_model(&mut after, &act);
            let context = format!("seed {seed}, act {at}: {act:?}");
            let mut replayed = walk.organization.clone();
            let met = replay_step(&step(act.clone()), &mut replayed);
            let outcome = match (world.carry_out(act.clone()), made) {
                (Ok(Receipt::Done { .. }), ModelOutcome::Done) => 0,
                (Ok(Receipt::AlreadySo), ModelOutcome::AlreadySo) => 1,
                (Err(WriteError::Changed(_)), ModelOutcome::Changed) => 2,
                // The store may check an invariant before or after it compares values.
                (Err(WriteError::Refused(_)), ModelOutcome::Done | ModelOutcome::Changed) => 3,
                other => panic!("{context}: {other:?}"),
            };
            seen.entry(act_kind(&act)).or_default()[outcome] += 1;
            if outcome != 3 && is_told_apart(&act) {
                // The replay does not tell a step that changes nothing from one that is done already.
                assert_eq!(
                    (met == ReplayOutcome::Other, replayed == after),
                    (outcome == 2, true),
                    "the plan's own replay differs: {context}"
                );
            }
            if outcome == 0 {
                walk.organization = after;
            }
            if at % 8 == 0 || outcome == 3 {
                let live = world.organization();
                assert_eq!(first_broken_invariant(&live, &facts, now()), None, "{context}");
                assert_same(&without_identities(live), &walk.organization, &context);
            }
        }
    }
    assert_every_outcome_was_met(&seen);
}

/// Every kind of act was carried out, found already so, found changed and refused, as far as it can be.
fn assert_every_outcome_was_met(seen: &BTreeMap<String, [u32; 4]>) {
    assert_eq!(seen.len(), 25, "{:?}", seen.keys());
    for (kind, [done, already, changed, refused]) in seen {
        assert!(*done > 0 && *already > 0, "{kind}: {done} done, {already} already so");
        let is_edge = matches!(kind.as_str(), "AddContact" | "RemoveContact");
        assert!(*changed > 0 || is_edge, "{kind} never found anything changed");
        let can_refuse = !matches!(
            kind.as_str(),
            "EndCheckout"
                | "CreateGroup"
                | "Invite"
                | "Approve"
                | "Unlock"
                | "Leave"
                | "SetException"
                | "ReleaseLicence"
                | "SetDefault"
                | "SetRestriction"
                | "SetAlert"
                | "ReplaceContact"
                | "SwapAllocation"
        );
        assert!(*refused > 0 || !can_refuse, "{kind} was never refused");
    }
}

#[test]
fn every_write_is_audited_once_and_nothing_else_is() {
    let world = SandboxOrganization::new()
        .with_acts([invite("ana@acme.example"), super::grant("ana@acme.example", "download")]);
    world.carry_out(super::grant("ana@acme.example", "download")).unwrap();
    world.refusal(super::grant("ana@acme.example", "account-administrator"));
    let audit = world.store.audit_log(10).unwrap();
    let words: Vec<_> =
        audit.iter().map(|entry| (entry.number, entry.words(), entry.key.to_string())).collect();
    assert_eq!(
        words,
        [
            (1, "invite ana@acme.example".to_owned(), "key 1".to_owned()),
            (2, "grant role ana@acme.example download".to_owned(), "key 2".to_owned())
        ]
    );
    assert!(
        audit.iter().all(|entry| entry.at == now() && &*entry.actor == "account.administrator@acme.example")
    );
    assert_eq!(audit[0].act["after"]["country"], "PT");
    assert_eq!(world.store.audit_log(1).unwrap(), audit[1..]);
}

#[test]
fn step_says_what_has_changed_under_it() {
    let world =
        SandboxOrganization::new().with_acts([invite("ana@acme.example"), create("g", GroupKind::Other)]);
    let (read, moved) =
        (profile("ana@acme.example"), Profile { country: country("DE"), ..profile("ana@acme.example") });
    let world = world.with_acts([PlainAct::UpdateUser { before: read.clone(), after: moved }]);
    let renamed = Profile { last_name: "Reis".into(), ..read.clone() };
    assert_eq!(
        world.change_found(PlainAct::UpdateUser { before: read.clone(), after: renamed }),
        "the country of ana@acme.example has changed"
    );
    assert_eq!(world.change_found(PlainAct::RemoveUser(read)), "the country of ana@acme.example has changed");
    let other = GroupFacts { description: "other".into(), ..facts("g", GroupKind::Other) };
    assert_eq!(world.change_found(PlainAct::DeleteGroup(other)), "the description of group g has changed");
    assert_eq!(
        world.change_found(PlainAct::Approve(email("ana@acme.example"))),
        "ana@acme.example is invited now"
    );
    assert_eq!(world.change_found(super::set_list("g", &["x"], &["y"])), "the list of g is empty now");
}

#[test]
fn removed_person_comes_back_as_another_identity() {
    let world = SandboxOrganization::new().with_acts([invite("ana@acme.example")]);
    let first = world.user("ana@acme.example").id;
    let world =
        world.with_acts([PlainAct::RemoveUser(profile("ana@acme.example")), invite("ana@acme.example")]);
    assert_ne!(world.user("ana@acme.example").id, first);
}

#[test]
fn identities_from_elsewhere_are_not_given_again() {
    let (mut organization, facts) =
        seatwise::sandbox::Seed::default().found_organization("acme", &Organization::default());
    let id = |text: &str| Some(seatwise::model::LiveId::new(text).unwrap());
    for (pinned, next) in [("u-2", "u-3"), ("u-99999999999999999999", "u-2"), ("00u1abc", "u-2")] {
        organization.users_mut().next().unwrap().id = id(pinned);
        let world = SandboxOrganization::from_organization(&organization, &facts)
            .with_acts([invite("ana@acme.example")]);
        assert_eq!(world.user("ana@acme.example").id, id(next), "{pinned}");
    }
}

#[test]
fn unknown_product_is_sold_and_learnt_later() {
    use seatwise::model::{LicenceKind, Product};
    let world = SandboxOrganization::new().with_acts([
        invite("ana@acme.example"),
        PlainAct::AssignLicence { user: email("ana@acme.example"), product: product("n") },
    ]);
    let known = |licence, price: Option<&str>| Product {
        number: Some(7),
        feature: None,
        name: "N".into(),
        licence,
        list_price: price.map(|price| price.parse().unwrap()),
    };
    assert_eq!(world.snapshot().facts.products["n"].licence, LicenceKind::Named);
    world.store.learn(&[(product("n"), known(LicenceKind::Named, None))].into()).unwrap();
    assert_eq!(world.snapshot().facts.products["n"], known(LicenceKind::Named, None));
    // Known facts of a product stay; unknown ones are added.
    world
        .store
        .learn(
            &[(product("n"), Product { number: Some(8), ..known(LicenceKind::Pooled, Some("5 EUR")) })]
                .into(),
        )
        .unwrap();
    assert_eq!(world.snapshot().facts.products["n"], known(LicenceKind::Named, Some("5 EUR")));
    let audited = world.store.audit_log(10).unwrap().len();
    world.store.learn(&[(product("n"), known(LicenceKind::Named, Some("5 EUR")))].into()).unwrap();
    assert_eq!(world.store.audit_log(10).unwrap().len(), audited, "learning what is known is no write");
}

#[test]
fn step_is_stopped_by_another_object_under_its_name() {
    use seatwise::model::LiveId;
    use seatwise::plan::{Identity, Step};
    let world = SandboxOrganization::new().with_acts([invite("ana@acme.example")]);
    let with = |act, id: &str| Step {
        identities: vec![Identity::User(email("ana@acme.example"), LiveId::new(id).unwrap())],
        ..step(act)
    };
    let grant = super::grant("ana@acme.example", "download");
    let own = world.user("ana@acme.example").id.unwrap();
    let other = world.store.carry_out(&with(grant.clone(), "u-99"), "a");
    assert!(matches!(other, Err(WriteError::Changed(what)) if what.contains("another one now")));
    assert!(matches!(world.store.carry_out(&with(grant, own.as_str()), "b"), Ok(Receipt::Done { .. })));

    let rename = PlainAct::UpdateUser {
        before: profile("ana@acme.example"),
        after: profile("ana.silva@acme.example"),
    };
    let rename = with(rename, own.as_str());
    assert!(matches!(world.store.carry_out(&rename, "c"), Ok(Receipt::Done { .. })));
    assert!(
        matches!(world.store.carry_out(&rename, "d"), Ok(Receipt::AlreadySo)),
        "the rename is done, under another key"
    );
}
