//! Exports a live organization as a policy folder: grouped, readable files whose plan is empty when they are
//! read back.
//!
//! Memberships stand with the user, in `groups`, so that a user who joins or leaves is one change in one
//! file. Where the policy language cannot express something, a comment takes its place; nothing is left out
//! silently.

mod area_lists;
mod definitions;
mod settings;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use super::yaml;
use crate::model::{
    Email, GroupName, LiveId, Organization, ProductId, RoleId, Section, Snapshot, User, UserState,
};
use crate::policy::Relation;
use crate::policy::settings::Connector;

/// The files of a policy folder: path relative to the folder, with `/`, and text.
pub type ExportFolder = BTreeMap<String, String>;

/// The people and groups that an exported policy pins by `id`, so that a changed name of theirs is a rename.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IdentityPins {
    /// Nobody: everybody is known by name.
    #[default]
    Absent,
    /// Those that a policy pins already.
    Of(BTreeSet<LiveId>),
    /// All that have an identity.
    All,
}

impl IdentityPins {
    /// Returns the line that pins an object, indented by four.
    fn line(&self, id: Option<&LiveId>) -> Option<String> {
        let id = id.filter(|id| match self {
            Self::Absent => false,
            Self::Of(pinned) => pinned.contains(*id),
            Self::All => true,
        })?;
        Some(format!("    id: {}\n", yaml::scalar(id.as_str())))
    }
}

/// Exports `snapshot` as the policy folder of `organization`, which seatwise reaches by `connector`, and pins
/// nobody.
pub fn export_policy(snapshot: &Snapshot, organization: &str, connector: &Connector) -> ExportFolder {
    export_pinned_policy(snapshot, organization, connector, &IdentityPins::Absent)
}

/// Exports `snapshot` like [`export_policy`], and pins people and groups by `id`.
pub fn export_pinned_policy(
    snapshot: &Snapshot,
    organization: &str,
    connector: &Connector,
    pins: &IdentityPins,
) -> ExportFolder {
    let exported = ExportContents::from_snapshot(snapshot, pins);
    let mut folder = ExportFolder::new();
    folder.insert("seatwise.yaml".to_owned(), settings::settings(&exported, organization, connector));
    for (path, text) in [
        ("products.yaml", definitions::products(&exported)),
        ("roles.yaml", definitions::roles(&exported)),
        ("restrictions.yaml", area_lists::restrictions(&exported)),
        ("alerts.yaml", area_lists::alerts(&exported)),
        ("contacts.yaml", area_lists::contacts(&exported)),
    ] {
        folder.extend(text.map(|text| (path.to_owned(), text)));
    }
    folder.extend(users::users(&exported));
    folder.extend(definitions::groups(&exported));
    folder
}

/// The parts of a snapshot that go into the policy.
struct ExportContents<'s> {
    snapshot: &'s Snapshot,
    pins: &'s IdentityPins,
    /// Users that the policy can declare.
    users: BTreeMap<&'s Email, &'s User>,
    /// Account Administrators, which are read-only to seatwise.
    account_administrators: Vec<&'s Email>,
    /// Users who asked to join.
    pending: Vec<&'s Email>,
    /// Products named by an assignment, a named licence or a list of the policy.
    named: BTreeSet<&'s ProductId>,
    /// Roles that the portal does not define itself.
    custom_roles: BTreeSet<&'s RoleId>,
}

impl<'s> ExportContents<'s> {
    fn from_snapshot(snapshot: &'s Snapshot, pins: &'s IdentityPins) -> Self {
        let organization = &snapshot.live.0;
        let mut users = BTreeMap::new();
        let (mut account_administrators, mut pending) = (Vec::new(), Vec::new());
        for (email, user) in &organization.users {
            if user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR) {
                account_administrators.push(email);
            } else if user.state == UserState::Pending {
                pending.push(email);
            } else {
                users.insert(email, &**user);
            }
        }
        let custom = |role: &&RoleId| RoleId::PORTAL.iter().all(|(id, _)| !role.is(id));
        let custom_roles = users.values().flat_map(|user| user.roles.keys()).filter(custom).collect();
        let named = BTreeSet::new();
        let mut exported =
            Self { snapshot, pins, users, account_administrators, pending, named, custom_roles };
        let lists = organization.groups.values().flat_map(|group| group.products.keys());
        exported.named =
            exported.users.values().flat_map(|user| exported.products_of(user)).chain(lists).collect();
        exported
    }

    fn organization(&self) -> &'s Organization {
        &self.snapshot.live.0
    }

    /// Returns the products under a user's `products`.
    ///
    /// A product is there where it is allowed by name or, if the product is licensed by name, where the user
    /// has a named licence.
    fn products_of(&self, user: &'s User) -> BTreeSet<&'s ProductId> {
        let facts = &self.snapshot.facts;
        let allowed = user
            .exceptions
            .iter()
            .filter(|(product, exception)| users::is_allow(**exception) && !facts.is_named(product));
        let licensed = user.licences.keys().filter(|product| facts.is_named(product));
        allowed.map(|(product, _)| product).chain(licensed).collect()
    }

    /// Returns every product that the policy names or that the organization has.
    fn catalogue(&self) -> BTreeSet<&'s ProductId> {
        let organization = self.organization();
        let denied = self.users.values().flat_map(|user| user.exceptions.keys());
        let restricted = organization.restrictions.keys().map(|(product, _)| product);
        let alerted = organization.alerts.keys().map(|(product, _)| product);
        self.snapshot
            .facts
            .products
            .keys()
            .chain(self.named.iter().copied())
            .chain(denied)
            .chain(restricted)
            .chain(alerted)
            .collect()
    }

    /// Returns whether every section that a relation consists of was read.
    fn is_read(&self, relation: Relation) -> bool {
        let section = match relation {
            Relation::Users => Section::Users,
            Relation::Groups => Section::Groups,
            Relation::Memberships => Section::Memberships,
            Relation::Roles => Section::Roles,
            Relation::Assignments => Section::Assignments,
            Relation::Restrictions => Section::Restrictions,
            Relation::Alerts => Section::Alerts,
            Relation::Contacts => Section::Contacts,
        };
        !self.snapshot.unread.contains_key(&section)
    }

    fn knows_group(&self, group: &GroupName) -> bool {
        self.organization().groups.contains_key(group)
    }
}

/// Compares two folders as a unified diff over all files; empty where the folders are the same.
pub fn unified_diff(existing: &ExportFolder, new: &ExportFolder) -> String {
    let paths: BTreeSet<&String> = existing.keys().chain(new.keys()).collect();
    let mut out = String::new();
    for path in paths {
        let (before, after) = (existing.get(path), new.get(path));
        if before == after {
            continue;
        }
        let name = |side: Option<&String>, prefix: &str| {
            side.map_or_else(|| "/dev/null".to_owned(), |_| format!("{prefix}/{path}"))
        };
        let (old, new) = (before.map_or("", String::as_str), after.map_or("", String::as_str));
        let diff = TextDiff::from_lines(old, new);
        out += &format!(
            "{}",
            diff.unified_diff().context_radius(3).header(&name(before, "a"), &name(after, "b"))
        );
    }
    out
}

/// Returns the line `# yaml-language-server: …`, with which an editor completes and validates the file.
fn schema_line(depth: usize, kind: &str) -> String {
    format!("# yaml-language-server: $schema={}schema/{kind}.schema.json\n", "../".repeat(depth))
}

/// Returns the schema line and a header comment.
fn header(depth: usize, text: &str) -> String {
    schema_line(depth, "policy") + &yaml::comment(0, text)
}
