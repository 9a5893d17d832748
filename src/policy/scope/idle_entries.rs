//! Finds entries of the settings that have no effect.

use super::Scope;
use crate::model::{RoleId, Section, Text};
use crate::policy::settings::{Guard, IgnoreTarget, RemovalRelation};
use crate::policy::{nearest_name, passed_over_words};

impl Scope<'_> {
    /// Notes entries that have no effect: `ignore` entries that match nothing, approvals that have ended, and
    /// items of approvals that name nothing on either side.
    pub(super) fn note_idle_entries(&mut self) {
        let policy = self.policy;
        let users = self.live.users.keys().chain(policy.users.keys());
        let groups = self.live.groups.keys().chain(policy.groups.keys());
        // Nothing can be said of people or groups that were not read.
        let is_read = |section| !self.unread.contains_key(&section);
        let idle = policy.settings.ignore.iter().filter(|entry| {
            let glob = &entry.pattern.glob;
            match entry.what {
                IgnoreTarget::Users => {
                    is_read(Section::Users) && !users.clone().any(|email| glob.is_match(email.as_str()))
                }
                IgnoreTarget::Groups => {
                    is_read(Section::Groups) && !groups.clone().any(|name| glob.is_match(name.as_str()))
                }
            }
        });
        let idle =
            idle.map(|entry| Text::from(format!("ignore entry `{}` matches nothing", entry.pattern.text)));
        let mut idle: Vec<Text> = idle.collect();
        let is_known =
            ![Section::Users, Section::Groups].iter().any(|section| self.unread.contains_key(section));
        for approval in &policy.settings.approvals {
            let guard = approval.guard.as_str();
            if approval.until < self.moment.as_of {
                idle.push(format!("the approval for `{guard}` ended on {}", approval.until).into());
                continue;
            }
            // Nothing can be said of names while the people or the groups are not known.
            let items = approval.items.iter().filter(|_| is_known);
            for item in items.filter(|item| !self.is_approvable(approval.guard, item)) {
                let nearest = self.nearest_item(approval.guard, item);
                let nearest = nearest.map(|nearest| format!("; did you mean `{nearest}`?"));
                let nearest = nearest.unwrap_or_default();
                let said = format!("`{item}` of the approval for `{guard}` matches nothing{nearest}");
                idle.push(said.into());
            }
        }
        idle.extend(policy.passed_over.iter().map(|path| passed_over_words(path).into()));
        self.left_alone.idle.extend(idle);
    }

    /// Whether an item of an approval names something on either side that the guard can be about.
    fn is_approvable(&self, guard: Guard, item: &str) -> bool {
        match guard {
            Guard::Removals(RemovalRelation::Users) | Guard::AccountLocks => self.is_user(item),
            Guard::Removals(RemovalRelation::Groups) => {
                self.is_group(item) || item.strip_prefix("group ").is_some_and(|name| self.is_group(name))
            }
            Guard::AddedExposure | Guard::Exposure => self.is_product(item),
            Guard::Removals(
                RemovalRelation::Memberships
                | RemovalRelation::Roles
                | RemovalRelation::Assignments
                | RemovalRelation::AllowLists,
            )
            | Guard::OneGroup
            | Guard::LosesAccess
            | Guard::GainsAccess
            | Guard::Administrators
            | Guard::InvitedAdministrators
            | Guard::Licences
            | Guard::EmptyRelation(_) => self.is_cause(item),
        }
    }

    /// Whether the text names a cause: an object by itself, an object after its kind, or two objects.
    fn is_cause(&self, item: &str) -> bool {
        if self.is_user(item) || self.is_group(item) {
            return true;
        }
        let after_kind =
            item.split_once(' ').is_some_and(|(kind, name)| match kind.to_lowercase().as_str() {
                "group" => self.is_group(name),
                "product" => self.is_product(name),
                "restriction" => name.rsplit_once(' ').is_some_and(|(product, _)| self.is_product(product)),
                "default" => true,
                _ => false,
            });
        let is_pair = |at: usize| {
            let (whose, what) = (&item[..at], &item[at + 1..]);
            (self.is_user(whose) || self.is_group(whose))
                && (self.is_user(what) || self.is_product(what) || self.is_role(what))
        };
        after_kind || item.match_indices('/').any(|(at, _)| is_pair(at))
    }

    fn is_user(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let is_known = self.live.users.contains_key(name.as_str()) || self.policy.users.has(name.as_str());
        // Somebody who is renamed is filed under the new address.
        is_known || self.live.users.values().any(|user| user.profile.email.as_str() == name)
    }

    fn is_group(&self, name: &str) -> bool {
        let mut known = self.live.groups.keys().chain(self.policy.groups.keys());
        known.any(|group| is_same(group.as_str(), name))
    }

    fn is_product(&self, name: &str) -> bool {
        self.facts.products.keys().any(|product| is_same(product.as_str(), name))
    }

    fn is_role(&self, name: &str) -> bool {
        let held = self.live.users.values().flat_map(|user| user.roles.keys());
        let known = self.policy.roles.keys().chain(held).map(RoleId::as_str);
        RoleId::PORTAL.iter().map(|(id, _)| *id).chain(known).any(|role| is_same(role, name))
    }

    /// The known name that is most similar to an item, of what the guard can be about.
    fn nearest_item(&self, guard: Guard, item: &str) -> Option<String> {
        let users = self.live.users.keys().chain(self.policy.users.keys()).map(|email| email.as_str());
        let groups = self.live.groups.keys().chain(self.policy.groups.keys()).map(|group| group.as_str());
        let products = self.facts.products.keys().map(|product| product.as_str());
        let whose = || users.clone().chain(groups.clone());
        if let Some((left, right)) = item.split_once('/') {
            let roles = self.policy.roles.keys().map(RoleId::as_str);
            let roles = RoleId::PORTAL.iter().map(|(id, _)| *id).chain(roles);
            let what = users.clone().chain(products).chain(roles);
            return Some(format!("{}/{}", nearest_name(left, whose())?, nearest_name(right, what)?));
        }
        if guard == Guard::Removals(RemovalRelation::Users) || guard == Guard::AccountLocks {
            return nearest_name(item, users).map(str::to_owned);
        }
        if guard == Guard::Removals(RemovalRelation::Groups) {
            return nearest_name(item, groups).map(str::to_owned);
        }
        match item.split_once(' ') {
            Some(("group", name)) => Some(format!("group {}", nearest_name(name, groups)?)),
            Some(("product", name)) => Some(format!("product {}", nearest_name(name, products)?)),
            _ => nearest_name(item, whose().chain(products)).map(str::to_owned),
        }
    }
}

/// Compares names without case.
fn is_same(known: &str, name: &str) -> bool {
    known == name || known.to_lowercase() == name.to_lowercase()
}
