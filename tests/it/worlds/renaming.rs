//! Generated organizations in which people and groups take each other's names: chains, rings, swaps, and names
//! that are left and taken by newcomers; by pinned identity and by former name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use seatwise::model::{
    CountryCode, Email, Group, GroupFacts, GroupKind, GroupName, LiveId, Organization, OrganizationFacts,
    Profile, RoleId, User, UserState,
};

use super::World;
use crate::dice::TestDice;

/// A world, and who has which name once its policy is applied.
pub(crate) struct RenamingFirm {
    pub(crate) world: World,
    /// The addresses of the people who stay, by identity.
    pub(crate) users: BTreeMap<LiveId, Email>,
    /// The names of the groups that stay, by identity.
    pub(crate) groups: BTreeMap<LiveId, GroupName>,
    pub(crate) newcomers: BTreeSet<Email>,
    pub(crate) new_groups: BTreeSet<GroupName>,
    /// Whether former names alone tell everything: nobody who exchanges names by them has new names besides.
    pub(crate) is_decidable: bool,
}

const FIRST_NAMES: [&str; 5] = ["Ana", "Bo", "Cem", "Dora", "Emil"];
const LAST_NAMES: [&str; 5] = ["Reis", "Silva", "Tan", "Ueno", "Vik"];

/// What becomes of the name of one object.
#[derive(Clone)]
struct NamePlan {
    old: String,
    /// `None` for one that is to go.
    new: Option<String>,
    /// The object exchanges its name with others.
    in_ring: bool,
    pinned: bool,
}

impl RenamingFirm {
    /// Generates the world of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = TestDice::new(seed ^ 0x5ea7);
        let mut writer = RenamingWriter {
            dice: &mut dice,
            live: Organization::default(),
            documents: String::from("defaults: {country: PT}\n"),
            is_decidable: true,
            has_taken_boss: false,
        };
        let groups = writer.groups();
        let users = writer.users(&groups);
        let RenamingWriter { dice, live, documents, is_decidable, has_taken_boss: _ } = writer;
        let floor = 1 + dice.number_below(2);
        let settings = format!(
            "version: 1\norganization: firm\nconnector: {{kind: sandbox, path: .seatwise/firm.db}}\nmanage: \
                {{users: exact, groups: exact, memberships: exact, roles: exact}}\n{}  administrators: \
                {{at_least: {floor}}}\n",
            super::policy::GUARD
        );
        let files = vec![("seatwise.yaml".to_owned(), settings), ("people.yaml".to_owned(), documents)];
        let facts = OrganizationFacts::default();
        let world = World { seed, files, live, facts, features: BTreeSet::new() };
        let (users, newcomers) = users;
        let (groups, new_groups) = groups;
        let groups = groups.into_iter().filter_map(|(id, name)| Some((id, GroupName::new(&name?).unwrap())));
        Self {
            world,
            users,
            groups: groups.collect(),
            newcomers,
            new_groups: new_groups.iter().map(|name| GroupName::new(name).unwrap()).collect(),
            is_decidable,
        }
    }
}

type GroupNames = (BTreeMap<LiveId, Option<String>>, BTreeSet<String>);

struct RenamingWriter<'d> {
    dice: &'d mut TestDice,
    live: Organization,
    documents: String,
    is_decidable: bool,
    /// Whether somebody's former address is that of somebody who stays.
    has_taken_boss: bool,
}

impl RenamingWriter<'_> {
    /// Deals out who takes whose name. `fresh` makes a name that nobody has.
    fn deal(&mut self, names: Vec<String>, fresh: impl Fn(&str) -> String) -> Vec<NamePlan> {
        let mut open = names;
        self.dice.shuffle(&mut open);
        let mut plans = Vec::new();
        while !open.is_empty() {
            let length = (1 + self.dice.number_below(4)).min(open.len());
            let part: Vec<String> = open.drain(..length).collect();
            let (in_ring, stays, goes) =
                (length > 1 && self.dice.chance(50), self.dice.chance(25), self.dice.chance(10));
            let all_pinned = self.dice.chance(30);
            let none_pinned = self.dice.chance(50);
            for (at, old) in part.iter().enumerate() {
                let next = part.get(at + 1).cloned();
                let new = match next {
                    _ if stays => Some(old.clone()),
                    _ if goes => None,
                    Some(next) => Some(next),
                    None if in_ring => Some(part[0].clone()),
                    None => Some(fresh(old)),
                };
                let pinned = all_pinned || !none_pinned && self.dice.chance(50);
                plans.push(NamePlan { old: old.clone(), new, in_ring: in_ring && !stays && !goes, pinned });
            }
        }
        plans
    }

    /// The `id` or `formerly` of an object that is renamed, or that stays. One that stays may have a former
    /// name of a rename that is done.
    fn marker(&mut self, plan: &NamePlan, id: &str, finished: &[String]) -> String {
        let is_renamed = plan.new.as_ref().is_some_and(|new| *new != plan.old);
        if plan.pinned && (is_renamed || self.dice.chance(50)) {
            let formerly = format!(", formerly: '{}'", plan.old);
            return format!("id: {id}{}", if is_renamed && self.dice.chance(30) { &formerly } else { "" });
        }
        match finished {
            _ if is_renamed => format!("formerly: '{}'", plan.old),
            [] => String::new(),
            [name, ..] => format!("formerly: '{name}'"),
        }
    }

    fn groups(&mut self) -> GroupNames {
        let count = 1 + self.dice.number_below(5);
        let plans = self.deal((0..count).map(|at| format!("g{at}")).collect(), |old| format!("{old}-new"));
        let (mut names, mut created) = (BTreeMap::new(), BTreeSet::new());
        self.documents += "groups:\n";
        for plan in &plans {
            let id = format!("g-{}", plan.old);
            let name = GroupName::new(&plan.old).unwrap();
            let facts = GroupFacts {
                name: name.clone(),
                kind: GroupKind::Other,
                country: None,
                description: format!("What {} is for", plan.old).into(),
            };
            let live_id = LiveId::new(&id).unwrap();
            names.insert(live_id.clone(), plan.new.clone());
            let group = Group { id: Some(live_id), facts, products: Default::default() };
            self.live.groups.insert(name, group);
            if let Some(new) = &plan.new {
                let marker = self.marker(plan, &id, &[]);
                let comma = if marker.is_empty() { "" } else { ", " };
                writeln!(
                    self.documents,
                    "  {new}: {{{marker}{comma}kind: other, description: What {} is for}}",
                    plan.old
                )
                .unwrap();
            }
        }
        for name in self.left_names(&plans) {
            writeln!(self.documents, "  {name}: {{kind: other, description: The new one}}").unwrap();
            created.insert(name);
        }
        if plans.iter().all(|plan| plan.new.is_none()) {
            self.documents += "  other: {kind: other}\n";
            created.insert("other".to_owned());
        }
        (names, created)
    }

    /// Some of the names that are left and not taken by a rename, and of those that nobody has.
    fn left_names(&mut self, plans: &[NamePlan]) -> Vec<String> {
        let taken: BTreeSet<&String> = plans.iter().filter_map(|plan| plan.new.as_ref()).collect();
        let left = plans.iter().filter(|plan| plan.new.is_some()).map(|plan| &plan.old);
        let left: Vec<String> = left.filter(|old| !taken.contains(old)).cloned().collect();
        left.into_iter().filter(|_| self.dice.chance(50)).collect()
    }

    fn users(&mut self, groups: &GroupNames) -> (BTreeMap<LiveId, Email>, BTreeSet<Email>) {
        let count = 3 + self.dice.number_below(8);
        let addresses = (0..count).map(|at| format!("p{at}@firm.example")).collect();
        let plans = self.deal(addresses, |old| {
            let local = old.split('@').next().unwrap_or_default();
            format!("{local}.new@elsewhere.example")
        });
        let mut full_names: Vec<(String, String)> = FIRST_NAMES
            .iter()
            .flat_map(|first| LAST_NAMES.iter().map(move |last| (first.to_string(), last.to_string())))
            .collect();
        self.dice.shuffle(&mut full_names);
        let (mut staying, mut newcomers) = (BTreeMap::new(), BTreeSet::new());
        self.documents += "users:\n  boss@firm.example: {first_name: The, last_name: Boss, roles: \
                           [co-administrator]}\n";
        self.add_live_user("boss@firm.example", ("The", "Boss"), true, &[]);
        staying.insert(LiveId::new("u-boss").unwrap(), Email::new("boss@firm.example").unwrap());
        for plan in &plans {
            let name = full_names.pop().expect("enough names");
            let (id, address) = self.add_person(plan, name, groups);
            staying.extend(address.map(|address| (id, address)));
        }
        for name in self.left_names(&plans) {
            let (first, last) = full_names.pop().expect("enough names");
            writeln!(
                self.documents,
                "  {name}: {{first_name: {first}, last_name: {last}, groups: [], roles: []}}"
            )
            .unwrap();
            newcomers.insert(Email::new(&name).unwrap());
        }
        (staying, newcomers)
    }

    /// Adds a person to the organization and, unless they go, to the policy. Returns their identity, and the
    /// address that they are to have.
    fn add_person(
        &mut self,
        plan: &NamePlan,
        name: (String, String),
        groups: &GroupNames,
    ) -> (LiveId, Option<Email>) {
        let (first, last) = name;
        let is_administrator = self.dice.chance(30);
        let member: Vec<GroupName> =
            self.live.groups.keys().filter(|_| self.dice.chance(30)).cloned().collect();
        let id = self.add_live_user(&plan.old, (&first, &last), is_administrator, &member);
        let Some(new) = &plan.new else { return (id, None) };
        let last = if self.dice.chance(20) {
            self.is_decidable &= !plan.in_ring || plan.pinned;
            format!("{last}-Neu")
        } else {
            last
        };
        let stays_finished = self.dice.chance(20);
        // One address that was left once has another owner by now, the others are free.
        let finished = if self.has_taken_boss || !stays_finished {
            format!("once.{}", plan.old)
        } else {
            "boss@firm.example".to_owned()
        };
        self.has_taken_boss |= stays_finished;
        let finished = stays_finished.then_some(finished);
        let marker = self.marker(plan, id.as_str(), finished.as_slice());
        let kept: Vec<&String> = member
            .iter()
            .filter(|_| self.dice.chance(80))
            .filter_map(|group| groups.0[self.live.groups[group].id.as_ref().unwrap()].as_ref())
            .collect();
        let comma = if marker.is_empty() { "" } else { ", " };
        let roles = if is_administrator && self.dice.chance(80) { "co-administrator" } else { "" };
        writeln!(
            self.documents,
            "  {new}: {{{marker}{comma}first_name: {first}, last_name: {last}, groups: {kept:?}, roles: \
                [{roles}]}}"
        )
        .unwrap();
        (id, Some(Email::new(new).unwrap()))
    }

    fn add_live_user(
        &mut self,
        address: &str,
        (first, last): (&str, &str),
        is_administrator: bool,
        groups: &[GroupName],
    ) -> LiveId {
        let email = Email::new(address).unwrap();
        let id = LiveId::new(&format!("u-{}", address.split('@').next().unwrap_or_default())).unwrap();
        let profile = Profile {
            first_name: first.into(),
            last_name: last.into(),
            country: CountryCode::new("PT").unwrap(),
            ..Profile::new(email.clone())
        };
        let roles = is_administrator.then(|| RoleId::new(RoleId::CO_ADMINISTRATOR).unwrap());
        let user = User {
            id: Some(id.clone()),
            roles: roles.into_iter().collect(),
            groups: groups.iter().cloned().collect(),
            ..User::new(profile, UserState::Active)
        };
        self.live.users.insert(email, user.into());
        id
    }
}
