//! Generated policies whose grants come from several places with dates, and what they mean: a slow expansion
//! of each grant into all the lines that make it, which are asked day by day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use seatwise::load::load_texts;
use seatwise::model::{Date, Interner, Live, Organization, Snapshot};
use seatwise::policy::scope::{ScopeOutcome, scope_policy};
use seatwise::policy::{Moment, Policy};

use crate::dice::TestDice;

/// The day on which the policies are made; nearly all of their dates are near it.
pub(super) const TODAY: &str = "2026-12-01";

pub(super) const SETTINGS: &str = "version: 1\norganization: acme\nconnector: {kind: sandbox, path: \
    .seatwise/acme.db}\nmanage: {users: exact, groups: exact, memberships: exact, roles: exact, assignments: \
    exact}\n";

pub(super) const PEOPLE: [&str; 2] = ["a@x.example", "b@x.example"];
pub(super) const GROUPS: [&str; 4] = ["g0", "g1", "g2", "g3"];
const BUNDLES: [&str; 2] = ["drafter", "designer"];

/// What the texts of a generated policy are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyTemper {
    /// No two lines can contradict each other.
    Tame,
    /// Roles need roles, groups exclude groups, products are denied, or allowed to nobody.
    Contradictory,
}

/// A line that grants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GrantLine {
    pub(super) line: u32,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
}

impl GrantLine {
    pub(super) fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// Lists of named grants by their key: `groups`, `products`, `roles`, `deny`, `bundles`, `members`.
type GrantLists = BTreeMap<&'static str, Vec<(&'static str, GrantLine)>>;

pub(super) struct DatedPolicy {
    pub(super) text: String,
    pub(super) temper: PolicyTemper,
    line: u32,
    pub(super) ends: BTreeMap<&'static str, Date>,
    people: BTreeMap<&'static str, GrantLists>,
    defaults: GrantLists,
    bundles: BTreeMap<&'static str, GrantLists>,
    groups: BTreeMap<&'static str, GrantLists>,
    pub(super) includes: BTreeMap<&'static str, Vec<&'static str>>,
    pub(super) allocation: BTreeSet<&'static str>,
    pub(super) closed: Option<&'static str>,
}

pub(super) fn today() -> Date {
    TODAY.parse().unwrap()
}

impl DatedPolicy {
    pub(super) fn new(seed: u64, temper: PolicyTemper) -> Self {
        let dice = &mut TestDice::new(seed);
        let mut policy = Self {
            text: String::new(),
            temper,
            line: 0,
            ends: BTreeMap::new(),
            people: BTreeMap::new(),
            defaults: GrantLists::new(),
            bundles: BTreeMap::new(),
            groups: BTreeMap::new(),
            includes: BTreeMap::new(),
            allocation: BTreeSet::new(),
            closed: None,
        };
        policy.write("products: {p: {number: 1}, q: {number: 2}}");
        policy.write("roles: {viewer: {name: Viewer}, drawer: {name: Drawer}}");
        if temper == PolicyTemper::Contradictory && dice.chance(25) {
            policy.write("restrictions: [{product: q, allow: nobody}]");
            policy.closed = Some("q");
        }
        policy.write("bundles:");
        for bundle in BUNDLES {
            policy.write(&format!("  {bundle}:"));
            let lists = policy.write_lists(dice, 1, 60, &["groups", "products", "roles"]);
            if lists.is_empty() {
                policy.write("    roles: []");
            }
            policy.bundles.insert(bundle, lists);
        }
        policy.write_groups(dice);
        policy.write("defaults:");
        policy.write("  country: PT");
        policy.defaults = policy.write_lists(dice, 0, 15, &["groups", "products", "roles", "bundles"]);
        policy.write("users:");
        for person in PEOPLE {
            policy.write(&format!("  {person}:"));
            policy.write("    first_name: A");
            policy.write("    last_name: B");
            if dice.chance(20) {
                let end = some_day(dice, 0);
                policy.ends.insert(person, end);
                policy.write(&format!("    until: {end}"));
            }
            let mut keys = vec!["groups", "products", "roles", "bundles"];
            if temper == PolicyTemper::Contradictory {
                keys.push("deny");
            }
            let lists = policy.write_lists(dice, 1, 60, &keys);
            policy.people.insert(person, lists);
        }
        policy
    }

    fn write_groups(&mut self, dice: &mut TestDice) {
        self.write("groups:");
        for (at, group) in GROUPS.into_iter().enumerate() {
            self.write(&format!("  {group}:"));
            let allocates = self.temper == PolicyTemper::Contradictory && at % 2 == 0 && dice.chance(60);
            if allocates {
                self.allocation.insert(group);
            }
            self.write(&format!("    kind: {}", if allocates { "allocation" } else { "entitlement" }));
            let inner: Vec<_> = GROUPS[at + 1..].iter().copied().filter(|_| dice.chance(35)).collect();
            if !inner.is_empty() {
                self.write(&format!("    includes: [{}]", inner.join(", ")));
            }
            self.includes.insert(group, inner);
            let keys: &[&'static str] = if allocates { &["members"] } else { &["members", "products"] };
            let lists = self.write_lists(dice, 1, 40, keys);
            self.groups.insert(group, lists);
        }
    }

    fn write(&mut self, line: &str) {
        self.text += line;
        self.text.push('\n');
        self.line += 1;
    }

    /// Writes some of the lists, each entry on a line of its own.
    fn write_lists(
        &mut self,
        dice: &mut TestDice,
        depth: usize,
        share: usize,
        keys: &[&'static str],
    ) -> GrantLists {
        let roles: &[&'static str] = match self.temper {
            PolicyTemper::Tame => &["viewer", "drawer"],
            PolicyTemper::Contradictory => &["download", "download", "beta"],
        };
        let indent = "  ".repeat(depth + 1);
        let mut lists = GrantLists::new();
        for key in keys.iter().filter(|_| dice.chance(share)).collect::<Vec<_>>() {
            let (names, word): (&[&'static str], _) = match *key {
                "groups" => (&GROUPS, "group"),
                "products" | "deny" => (&["p", "q"], "product"),
                "roles" => (roles, "role"),
                "bundles" => (&BUNDLES, "bundle"),
                _ => (&PEOPLE, "user"),
            };
            self.write(&format!("{indent}{key}:"));
            let mut entries = Vec::new();
            for _ in 0..=dice.number_below(3) {
                let name = dice.pick(names);
                let from = dice.chance(45).then(|| some_day(dice, -6));
                let until = dice.chance(65).then(|| {
                    let length = i64::try_from(dice.number_below(9)).unwrap();
                    from.map_or_else(|| some_day(dice, 0), |from| from.saturating_add(length.days()))
                });
                let day = |key, day: Option<Date>| day.map_or(String::new(), |day| format!(", {key}: {day}"));
                let (begins, ends) = (day("from", from), day("until", until));
                self.write(&format!("{indent}  - {{{word}: {name}{begins}{ends}}}"));
                entries.push((name, GrantLine { line: self.line, from, until }));
            }
            lists.insert(*key, entries);
        }
        lists
    }

    /// The first and the day after the last day of every grant and stay.
    pub(super) fn turning_days(&self) -> BTreeSet<Date> {
        let lists = self.people.values().chain(self.bundles.values()).chain(self.groups.values());
        let grants = lists.chain([&self.defaults]).flat_map(|lists| lists.values().flatten());
        let mut days: BTreeSet<Date> = self.ends.values().map(|end| end.tomorrow().unwrap()).collect();
        for (_, GrantLine { from, until, .. }) in grants {
            days.extend(*from);
            days.extend(until.map(|until| until.tomorrow().unwrap()));
        }
        days
    }

    /// Every line that grants `name` of the list `key` to `person` by itself: without includes.
    pub(super) fn direct_lines(&self, person: &str, key: &str, name: &str) -> Vec<GrantLine> {
        let own = [&self.people[person], &self.defaults];
        let named = |lists: &GrantLists, key: &str, name: &str| -> Vec<GrantLine> {
            let list = lists.get(key).into_iter().flatten();
            list.filter(|(of, _)| *of == name).map(|(_, line)| *line).collect()
        };
        let mut lines: Vec<_> = own.iter().flat_map(|lists| named(lists, key, name)).collect();
        for (bundle, inside) in &self.bundles {
            for outer in own.iter().flat_map(|lists| named(lists, "bundles", bundle)) {
                for inner in named(inside, key, name) {
                    lines.push(GrantLine {
                        line: outer.line,
                        from: outer.from.max(inner.from),
                        until: outer.until.into_iter().chain(inner.until).min(),
                    });
                }
            }
        }
        if key == "groups" {
            lines.extend(named(&self.groups[name], "members", person));
        }
        lines.retain(|line| line.from.is_none() || line.until.is_none() || line.from <= line.until);
        lines
    }

    /// Every line that grants `name` of the list `key` to `person`.
    pub(super) fn lines(&self, person: &str, key: &str, name: &str) -> Vec<GrantLine> {
        if key != "groups" {
            return self.direct_lines(person, key, name);
        }
        let inside = GROUPS.iter().filter(|inner| **inner == name || self.is_inside(inner, name));
        inside.flat_map(|group| self.direct_lines(person, key, group)).collect()
    }

    fn is_inside(&self, inner: &str, outer: &str) -> bool {
        self.includes[outer].iter().any(|named| *named == inner || self.is_inside(inner, named))
    }

    /// Every line that puts `product` on the list of `group`.
    pub(super) fn list_lines(&self, group: &str, product: &str) -> Vec<GrantLine> {
        let list = self.groups[group].get("products").into_iter().flatten();
        list.filter(|(named, _)| *named == product).map(|(_, line)| *line).collect()
    }

    pub(super) fn has(&self, person: &str, key: &str, name: &str, day: Date) -> bool {
        self.is_there(person, day) && self.lines(person, key, name).iter().any(|line| line.holds(day))
    }

    pub(super) fn is_there(&self, person: &str, day: Date) -> bool {
        self.ends.get(person).is_none_or(|end| day <= *end)
    }

    /// Reads the policy as it is on `day`; `None` where it has problems that no date makes.
    pub(super) fn load(&self, day: Date) -> Option<Policy> {
        let files = [("seatwise.yaml", SETTINGS.as_bytes()), ("p.yaml", self.text.as_bytes())];
        load_texts(&files, day, &Interner::default()).policy
    }
}

/// Most days are within two weeks of [`TODAY`], some far ahead.
fn some_day(dice: &mut TestDice, least: i64) -> Date {
    let days = if dice.chance(90) { dice.number_below(14) } else { dice.number_below(700) };
    today().saturating_add((least + i64::try_from(days).unwrap()).days())
}

pub(super) fn scope_on(policy: &Policy, live: Organization, day: Date) -> (ScopeOutcome, Moment) {
    let now = format!("{day}T08:00:00Z").parse().unwrap();
    let moment = Moment { as_of: day, now };
    (scope_policy(&mut policy.clone(), Snapshot { live: Live(live), ..Snapshot::default() }, moment), moment)
}

/// Runs `law` on policies with the seeds from `SEATWISE_SEED` on. The policies come with a failure.
pub(super) fn for_each_policy(otherwise: u64, temper: PolicyTemper, law: impl Fn(&DatedPolicy) + Sync) {
    use crate::worlds::law::number_from_env;
    use rayon::prelude::*;
    let first = number_from_env("SEATWISE_SEED", 1);
    let count = number_from_env("SEATWISE_WORLDS", otherwise);
    (first..first + count).into_par_iter().for_each(|seed| {
        let policy = DatedPolicy::new(seed, temper);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| law(&policy)));
        if let Err(panic) = outcome {
            let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            let numbered = policy.text.lines().zip(1..).map(|(line, at)| format!("{at:3} {line}\n"));
            panic!("seed {seed}: {said}\n{}", numbered.collect::<String>());
        }
    });
}
