//! The policy side of a world: a folder of texts that declares most of the live people, and some newcomers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use seatwise::model::{
    AccessSetting, Area, Group, GroupKind, Organization, OrganizationFacts, RoleId, User, UserException,
    UserState,
};

use super::{COUNTRIES, NAMED, OWNER, PRODUCTS, ROLES};
use crate::dice::TestDice;

type WorldFeatures = BTreeSet<&'static str>;

pub(super) fn policy_files(
    dice: &mut TestDice,
    live: &Organization,
    facts: &OrganizationFacts,
    features: &mut WorldFeatures,
) -> Vec<(String, String)> {
    let mut writer = PolicyWriter {
        dice,
        live,
        features,
        groups: BTreeMap::new(),
        members: BTreeMap::new(),
        used: BTreeSet::new(),
        renamed: BTreeMap::new(),
    };
    writer.choose_groups();
    let users = writer.users();
    let groups = writer.group_documents();
    let rest = writer.other_documents(facts);
    let settings = writer.settings(&format!("{users:?}{groups}"));
    let mut files = vec![
        ("seatwise.yaml".to_owned(), settings),
        ("groups.yaml".to_owned(), groups),
        ("rest.yaml".to_owned(), rest),
    ];
    files.extend(users);
    files
}

/// A group as the policy declares it.
struct PolicyGroup {
    kind: GroupKind,
    /// The name in the policy; a renamed group has another one in the live organization.
    name: String,
    includes: Vec<String>,
    members_key: bool,
}

struct PolicyWriter<'a> {
    dice: &'a mut TestDice,
    live: &'a Organization,
    features: &'a mut WorldFeatures,
    /// Declared groups that are present, by live name; a new group by its own name.
    groups: BTreeMap<String, PolicyGroup>,
    /// Members that stand on the group and not on the user, by group name.
    members: BTreeMap<String, Vec<String>>,
    /// Products that an assignment, a denial or a list names.
    used: BTreeSet<String>,
    /// New addresses of renamed users, by the old address.
    renamed: BTreeMap<String, String>,
}

impl PolicyWriter<'_> {
    fn note_feature(&mut self, name: &'static str) {
        self.features.insert(name);
    }

    fn choose_groups(&mut self) {
        let names: Vec<String> = self.live.groups.keys().map(ToString::to_string).collect();
        for name in names {
            if !self.dice.chance(80) {
                continue;
            }
            let before = self.live.groups[name.as_str()].facts.kind;
            let kind = if self.dice.chance(20) {
                self.dice.pick(&[GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other])
            } else {
                before
            };
            let new_name = if self.dice.chance(12) { format!("{name}-new") } else { name.clone() };
            let members_key = self.dice.chance(40);
            self.groups.insert(name, PolicyGroup { kind, name: new_name, includes: Vec::new(), members_key });
        }
        for index in 0..self.dice.number_below(3) {
            let kind = self.dice.pick(&[GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other]);
            let name = format!("h{index}");
            self.groups
                .insert(name.clone(), PolicyGroup { kind, name, includes: Vec::new(), members_key: true });
        }
        let keys: Vec<String> = self.groups.keys().cloned().collect();
        for (at, key) in keys.iter().enumerate() {
            // A group includes later groups only, so that there is no cycle. An allocation group includes
            // none, since its members could then be in two allocation groups.
            let later: Vec<String> = keys[at + 1..].iter().map(|key| self.groups[key].name.clone()).collect();
            if !later.is_empty() && self.groups[key].kind != GroupKind::Allocation && self.dice.chance(20) {
                self.features.insert("includes");
                let child = self.dice.pick(&later);
                self.groups.get_mut(key).expect("a declared group").includes.push(child);
            }
        }
    }

    fn users(&mut self) -> Vec<(String, String)> {
        let mut blocks = Vec::new();
        let live: Vec<&User> = self.live.users.values().map(|user| &**user).collect();
        for user in live {
            let name = user.profile.email.to_string();
            let declared = if name == OWNER { self.dice.chance(15) } else { self.dice.chance(80) };
            if declared {
                blocks.push(self.known_user(user, &name));
            }
        }
        for index in 0..self.dice.number_below(4) {
            self.note_feature("newcomer");
            let block = self.newcomer(&format!("n{index}@firm.example"));
            blocks.push(block);
        }
        if self.dice.chance(15) {
            self.note_feature("alias");
            let anchor = full_user("a0@firm.example", "    roles: &kit [download]\n");
            blocks.push(anchor + &full_user("a1@firm.example", "    roles: *kit\n"));
        }
        let half = blocks.len() / 2;
        let second = blocks.split_off(half);
        let defaults = self.defaults();
        let text = |head: &str, blocks: &[String]| {
            if blocks.is_empty() {
                format!("{head}users: {{}}\n")
            } else {
                format!("{head}users:\n{}", blocks.concat())
            }
        };
        vec![
            ("users/a.yaml".to_owned(), text(&defaults, &blocks)),
            ("users/b.yaml".to_owned(), text("", &second)),
        ]
    }

    /// Defaults that clash with nobody: a country, and a group that is no allocation group.
    fn defaults(&mut self) -> String {
        if !self.dice.chance(30) {
            return String::new();
        }
        self.note_feature("defaults of a document");
        let other: Vec<String> = self
            .groups
            .values()
            .filter(|group| group.kind == GroupKind::Other)
            .map(|group| group.name.clone())
            .collect();
        let groups = if other.is_empty() {
            String::new()
        } else {
            format!("  groups: [{}]\n", self.dice.pick(&other))
        };
        format!("defaults:\n  country: {}\n{groups}\n", self.dice.pick(&COUNTRIES))
    }

    fn known_user(&mut self, user: &User, name: &str) -> String {
        match self.dice.number_below(100) {
            0..6 => {
                self.note_feature("user removed by state");
                return format!("  {name}: {{state: removed}}\n");
            }
            6..11 => {
                self.note_feature("user removed by date");
                return format!("  {name}: {{until: 2026-11-30}}\n");
            }
            11..19 if name != OWNER => return self.renamed_user(user, name),
            _ => {}
        }
        let mut block = format!("  {name}:\n");
        if self.dice.chance(10) {
            self.note_feature("pinned identity");
            writeln!(block, "    id: {}", user.id.as_ref().expect("live users have an identity").as_str())
                .expect("to a string");
        }
        self.write_fields(&mut block, user, name);
        if block.ends_with(":\n") { format!("  {name}: {{}}\n") } else { block }
    }

    fn renamed_user(&mut self, user: &User, name: &str) -> String {
        self.note_feature("user renamed");
        let new = name.replace("@firm", "@new-firm");
        self.renamed.insert(name.to_owned(), new.clone());
        let pin = if self.dice.chance(50) {
            format!("id: {}", user.id.as_ref().expect("an identity").as_str())
        } else {
            format!("formerly: {name}")
        };
        let mut block = format!("  {new}:\n    {pin}\n");
        self.write_fields(&mut block, user, &new);
        block
    }

    fn write_fields(&mut self, block: &mut String, user: &User, name: &str) {
        if self.dice.chance(50) {
            writeln!(block, "    last_name: {}", self.dice.pick(&["No", "'Null'", "Silva", "\"d'Arcy\""]))
                .expect("to a string");
        }
        if self.dice.chance(20) {
            writeln!(block, "    country: {}", self.dice.pick(&COUNTRIES)).expect("to a string");
        }
        if self.dice.chance(15) {
            self.note_feature("entitlement country");
            let country = if self.dice.chance(30) { "none" } else { self.dice.pick(&COUNTRIES) };
            writeln!(block, "    entitlement_country: {country}").expect("to a string");
        }
        match self.dice.number_below(10) {
            0 => {
                self.note_feature("demanded locked");
                block.push_str("    state: locked\n");
            }
            1 => {
                self.note_feature("demanded active");
                block.push_str("    state: active\n");
            }
            _ => {}
        }
        let bundled = self.dice.chance(15);
        if bundled {
            self.note_feature("bundle");
            block.push_str("    bundles: [kit]\n");
        }
        let held: Vec<String> = user
            .roles
            .keys()
            .filter(|role| !role.is(RoleId::ACCOUNT_ADMINISTRATOR))
            .map(ToString::to_string)
            .collect();
        self.write_roles(block, &held);
        let groups: Vec<String> = user.groups.keys().map(ToString::to_string).collect();
        self.write_memberships(block, name, &groups);
        let allowed = user
            .exceptions
            .iter()
            .filter(|(_, exception)| **exception == UserException::Allow)
            .map(|(product, _)| product.to_string());
        let allowed: Vec<String> = allowed.chain(user.licences.keys().map(ToString::to_string)).collect();
        self.write_products(block, &allowed, bundled);
    }

    fn newcomer(&mut self, name: &str) -> String {
        let mut lists = String::new();
        self.write_roles(&mut lists, &[]);
        self.write_memberships(&mut lists, name, &[]);
        self.write_products(&mut lists, &[], false);
        full_user(name, &lists)
    }

    /// Chooses from `all`: an item that is held stays three times in four, another item comes now and then.
    fn mutate(&mut self, held: &[String], all: &[String]) -> Vec<String> {
        let chosen = all
            .iter()
            .filter(|item| if held.contains(item) { self.dice.chance(75) } else { self.dice.chance(15) });
        chosen.cloned().collect()
    }

    fn write_roles(&mut self, block: &mut String, held: &[String]) {
        if !self.dice.chance(75) {
            return;
        }
        let all: Vec<String> = ROLES.iter().map(ToString::to_string).collect();
        let mut roles = self.mutate(held, &all);
        if roles.iter().any(|role| RoleId::NEED_DOWNLOAD.contains(&role.as_str()))
            && !roles.iter().any(|role| role == "download")
        {
            roles.push("download".to_owned());
        }
        if roles.iter().any(|role| role == "bim-viewer") {
            self.note_feature("custom role");
        }
        let roles: Vec<String> = roles
            .into_iter()
            .map(|role| if role == "bim-viewer" { self.dated_grant("role", &role) } else { role })
            .collect();
        writeln!(block, "    roles: [{}]", roles.join(", ")).expect("to a string");
    }

    fn write_memberships(&mut self, block: &mut String, name: &str, held: &[String]) {
        let spelled_out = self.dice.chance(80);
        let mut own = Vec::new();
        let mut allocated = false;
        let keys: Vec<String> = self.groups.keys().cloned().collect();
        for key in keys {
            let wanted = if held.contains(&key) { self.dice.chance(75) } else { self.dice.chance(15) };
            let PolicyGroup { kind, name: group, members_key, .. } = &self.groups[&key];
            let (kind, group, members_key) = (*kind, group.clone(), *members_key);
            if !wanted || (kind == GroupKind::Allocation && allocated) {
                continue;
            }
            allocated |= kind == GroupKind::Allocation;
            if kind == GroupKind::Allocation && !held.contains(&key) {
                self.note_feature("allocation move");
            }
            if members_key && self.dice.chance(60) {
                self.note_feature("members on the group");
                self.members.entry(group).or_default().push(name.to_owned());
            } else if spelled_out {
                own.push(self.dated_grant("group", &group));
            }
        }
        if spelled_out {
            writeln!(block, "    groups: [{}]", own.join(", ")).expect("to a string");
        }
    }

    fn write_products(&mut self, block: &mut String, held: &[String], bundled: bool) {
        let all: Vec<String> = PRODUCTS.iter().map(ToString::to_string).collect();
        let mut chosen = Vec::new();
        if self.dice.chance(75) {
            chosen = self.mutate(held, &all);
            self.used.extend(chosen.iter().cloned());
            let grants: Vec<String> =
                chosen.iter().map(|product| self.dated_grant("product", product)).collect();
            writeln!(block, "    products: [{}]", grants.join(", ")).expect("to a string");
        }
        if self.dice.chance(25) {
            let deny: Vec<String> = all
                .iter()
                .filter(|product| !chosen.contains(product) && !NAMED.contains(&product.as_str()))
                .cloned()
                .collect();
            let deny: Vec<String> = deny
                .into_iter()
                .filter(|product| self.dice.chance(20) && !(bundled && product == "cad"))
                .collect();
            if !deny.is_empty() {
                self.note_feature("deny");
                self.used.extend(deny.iter().cloned());
            }
            writeln!(block, "    deny: [{}]", deny.join(", ")).expect("to a string");
        }
    }

    /// A grant, now and then with dates: ended, in force, or not begun.
    fn dated_grant(&mut self, key: &str, name: &str) -> String {
        match self.dice.number_below(20) {
            0 => {
                self.note_feature("dated grant ended");
                format!("{{{key}: {name}, until: 2026-11-30}}")
            }
            1 => {
                self.note_feature("dated grant holds");
                format!("{{{key}: {name}, from: 2026-11-01, until: 2027-03-31, reason: \"Porto bridge\"}}")
            }
            2 => {
                self.note_feature("dated grant not begun");
                format!("{{{key}: {name}, from: 2027-01-01}}")
            }
            _ => name.to_owned(),
        }
    }

    fn group_documents(&mut self) -> String {
        let mut blocks = String::new();
        let live: Vec<(String, &Group)> =
            self.live.groups.iter().map(|(name, group)| (name.to_string(), group)).collect();
        for (name, _) in &live {
            if !self.groups.contains_key(name) && self.dice.chance(40) {
                self.note_feature("group deleted");
                writeln!(blocks, "  {name}: {{state: removed}}").expect("to a string");
            }
        }
        for (key, declared) in std::mem::take(&mut self.groups) {
            let before = self.live.groups.get(key.as_str());
            self.write_group(&mut blocks, &key, &declared, before);
            self.groups.insert(key, declared);
        }
        if blocks.is_empty() { "groups: {}\n".to_owned() } else { format!("groups:\n{blocks}") }
    }

    fn write_group(&mut self, block: &mut String, key: &str, declared: &PolicyGroup, before: Option<&Group>) {
        let PolicyGroup { kind, name, includes, members_key } = declared;
        writeln!(block, "  {name}:").expect("to a string");
        if name != key {
            self.note_feature("group renamed");
            match before.and_then(|group| group.id.as_ref()).filter(|_| self.dice.chance(50)) {
                Some(id) => writeln!(block, "    id: {}", id.as_str()).expect("to a string"),
                None => writeln!(block, "    formerly: {key}").expect("to a string"),
            }
        }
        if before.is_some_and(|group| group.facts.kind != *kind) {
            self.note_feature("group reclassified");
        }
        writeln!(block, "    kind: {}", kind.as_str()).expect("to a string");
        if self.dice.chance(15) {
            let country = if self.dice.chance(30) { "none" } else { self.dice.pick(&COUNTRIES) };
            writeln!(block, "    country: {country}").expect("to a string");
        }
        if self.dice.chance(30) {
            self.note_feature("description");
            writeln!(
                block,
                "    description: {}",
                self.dice.pick(&["Bridge designers of the south", "\"\"", "On leave"])
            )
            .expect("to a string");
        }
        if !includes.is_empty() {
            writeln!(block, "    includes: [{}]", includes.join(", ")).expect("to a string");
        }
        let members = self.members.remove(name).unwrap_or_default();
        if *members_key {
            writeln!(block, "    members: [{}]", members.join(", ")).expect("to a string");
        }
        self.write_list(block, *kind, before);
    }

    fn write_list(&mut self, block: &mut String, kind: GroupKind, before: Option<&Group>) {
        if kind != GroupKind::Entitlement || !self.dice.chance(85) {
            return;
        }
        let held: Vec<String> =
            before.into_iter().flat_map(|group| group.products.keys()).map(ToString::to_string).collect();
        let all: Vec<String> = PRODUCTS.iter().map(ToString::to_string).collect();
        let products = if self.dice.chance(10) { Vec::new() } else { self.mutate(&held, &all) };
        if held.is_empty() && !products.is_empty() {
            self.note_feature("first product on a list");
        }
        if !held.is_empty() && products.is_empty() {
            self.note_feature("list emptied");
        }
        self.used.extend(products.iter().cloned());
        let products: Vec<String> =
            products.iter().map(|product| self.dated_grant("product", product)).collect();
        writeln!(block, "    products: [{}]", products.join(", ")).expect("to a string");
    }

    fn other_documents(&mut self, facts: &OrganizationFacts) -> String {
        let mut text = String::from("products:\n");
        for (id, product) in &facts.products {
            writeln!(
                text,
                "  {id}: {{number: {}, name: {}, licence: {}}}",
                product.number.expect("a number"),
                product.name,
                product.licence.as_str()
            )
            .expect("to a string");
        }
        let groups: Vec<&str> = self
            .groups
            .values()
            .filter(|group| group.kind != GroupKind::Allocation)
            .map(|group| group.name.as_str())
            .take(1)
            .collect();
        self.used.insert("cad".to_owned());
        writeln!(text, "roles:\n  bim-viewer: {{name: BIM Viewer}}").expect("to a string");
        writeln!(
            text,
            "bundles:\n  kit: {{roles: [download], products: [cad], groups: [{}]}}",
            groups.join(", ")
        )
        .expect("to a string");
        self.write_restrictions(&mut text);
        self.write_alerts(&mut text);
        self.write_contacts(&mut text);
        text
    }

    fn write_restrictions(&mut self, text: &mut String) {
        let mut entries = Vec::new();
        for code in COUNTRIES {
            if self.dice.chance(15) {
                entries.push(format!(
                    "{{country: {code}, default: {}}}",
                    self.dice.pick(&["everyone", "nobody"])
                ));
            }
        }
        for product in PRODUCTS {
            let live = self.live.restrictions.iter().filter(|((id, _), _)| id.as_str() == product);
            for ((_, area), setting) in live {
                if self.dice.chance(60) {
                    let allow = if *setting == AccessSetting::Everyone { "everyone" } else { "selected" };
                    entries.push(restriction(product, *area, allow));
                }
            }
            let stated = self
                .live
                .restrictions
                .keys()
                .any(|(id, area)| id.as_str() == product && *area == Area::Everywhere);
            if !stated && self.dice.chance(20) {
                let unused = !self.used.contains(product);
                let allow = if unused { "nobody" } else { self.dice.pick(&["everyone", "selected"]) };
                entries.push(restriction(product, Area::Everywhere, allow));
            }
        }
        writeln!(text, "restrictions: [{}]", entries.join(", ")).expect("to a string");
    }

    fn write_alerts(&mut self, text: &mut String) {
        let mut entries = Vec::new();
        for ((product, country), alert) in &self.live.alerts {
            if self.dice.chance(70) {
                let above = if self.dice.chance(30) { alert.above + 1 } else { alert.above };
                entries.push(format!(
                    "{{product: {product}, country: {country}, above: {above}, sign_in_required: {}}}",
                    alert.sign_in_required
                ));
            }
        }
        writeln!(text, "alerts: [{}]", entries.join(", ")).expect("to a string");
    }

    fn write_contacts(&mut self, text: &mut String) {
        let mut entries: Vec<String> = Vec::new();
        for contact in &self.live.contacts {
            if self.dice.chance(70) {
                let area = match contact.area {
                    Area::Everywhere => "global".to_owned(),
                    Area::Country(country) => country.to_string(),
                };
                entries.push(format!("{{email: {}, country: {area}}}", contact.email));
            }
        }
        if entries.is_empty() || (entries.len() < 9 && self.dice.chance(30)) {
            entries.push("{email: new-bills@firm.example, country: global}".to_owned());
        }
        writeln!(text, "contacts: [{}]", entries.join(", ")).expect("to a string");
    }

    fn settings(&mut self, declared: &str) -> String {
        let mut text = String::from(
            "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\nmanage:\n",
        );
        for relation in
            ["users", "groups", "memberships", "roles", "assignments", "restrictions", "alerts", "contacts"]
        {
            let (mode, feature) = match self.dice.number_below(10) {
                0..6 => ("exact", "exact mode"),
                6..9 => ("declared", "declared mode"),
                _ => ("observe", "observe mode"),
            };
            self.note_feature(feature);
            writeln!(text, "  {relation}: {mode}").expect("to a string");
        }
        if self.dice.chance(20) {
            // What is declared must not be ignored.
            let users = self.live.users.keys().map(|email| ("users", email.to_string()));
            let groups = self.live.groups.keys().map(|name| ("groups", name.to_string()));
            let free: Vec<_> = users.chain(groups).filter(|(_, name)| !declared.contains(name)).collect();
            if !free.is_empty() {
                self.note_feature("ignore");
                let (what, name) = self.dice.pick(&free);
                writeln!(text, "  ignore:\n    - {what}: \"{name}\"").expect("to a string");
            }
        }
        text.push_str(GUARD);
        writeln!(text, "  administrators: {{at_least: {}}}", 1 + self.dice.number_below(2))
            .expect("to a string");
        let leaver = self.live.users.values().find(|user| {
            user.state == UserState::Active && !user.licences.is_empty() && !user.groups.is_empty()
        });
        if let Some(leaver) = leaver.filter(|_| self.dice.chance(30)) {
            self.note_feature("approval");
            writeln!(
                text,
                "approvals:\n  - {{guard: users, items: [{}], reason: left, until: 2027-01-01}}",
                leaver.profile.email
            )
            .expect("to a string");
        }
        text
    }
}

pub(super) const GUARD: &str = "guard:
  removals: {users: off, groups: off, memberships: off, roles: off, assignments: off, allow_lists: off}
  one_group: off
  loses_access: off
  gains_access: off
  account_locks: off
  licences: off
";

fn restriction(product: &str, area: Area, allow: &str) -> String {
    match area {
        Area::Everywhere => format!("{{product: {product}, allow: {allow}}}"),
        Area::Country(country) => format!("{{product: {product}, country: {country}, allow: {allow}}}"),
    }
}

fn full_user(name: &str, lists: &str) -> String {
    format!("  {name}:\n    first_name: Ana\n    last_name: Silva\n    country: PT\n{lists}")
}
