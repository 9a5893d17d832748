//! Decides which differences a policy may change: the one place for exceptions.
//!
//! Scope turns a policy and one read of the organization into two organizations that can be compared without
//! a special case. What is not managed has its live value on the desired side; what is deliberately held back
//! is listed as withheld, with its reason.
//!
//! Users and groups are matched by pinned identity, then by former name, then by name. A renamed live object
//! is filed under its new name and keeps the old one as a value, so that a rename is a change of a value and
//! not a removal with an invitation.

mod catalogue_clash;
mod catalogues;
mod clash;
mod conflicts;
mod groups;
mod held_addresses;
mod idle_entries;
mod last_run;
mod live_renames;
mod managed_sections;
mod rename_claims;
mod settings;
mod unsupported_fields;
mod user_edges;
mod users;

use std::collections::{BTreeMap, BTreeSet};

pub use catalogue_clash::{CatalogueClash, ProductKey};
pub use catalogues::join_catalogues;
use catalogues::leave_unmatched_products;
pub use clash::{Clash, ClashKind};
pub use last_run::LastRunScope;
pub use managed_sections::{failed_sections, managed_sections};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{ManageMode, Moment, Policy, Relation};
use crate::change::{Change, LeftAlone, Withheld, WithheldReason, WithheldSubject};
use crate::model::{
    Desired, DirectoryField, GroupKind, GroupName, Live, Organization, OrganizationFacts, Section, Snapshot,
    UnreadReason,
};

/// The two sides, ready for [`diff`](crate::diff::diff()), and what was taken out of the comparison.
#[derive(Debug, Clone)]
pub struct ScopeOutcome {
    /// The live side, with renamed objects under their new names.
    pub live: Live,
    pub desired: Desired,
    /// Contracts, and the products of both the organization's and the policy's catalogue.
    pub facts: OrganizationFacts,
    pub withheld: Vec<Withheld>,
    /// Sections that the policy manages and that were not read although the organization has them.
    pub not_compared: Vec<Section>,
    /// Sections that the policy manages and that the organization's service has no place for.
    pub no_place: Vec<Section>,
    /// What is ignored or not declared, and so was not compared.
    pub left_alone: LeftAlone,
    /// `exact` relations without an entry in the policy while the organization has entries: the plan is
    /// refused, and the entries are left as they are.
    pub empty: Vec<Relation>,
    /// Declarations that cannot be met in this organization.
    pub clashes: Vec<Clash>,
}

/// Makes the live and the desired side that `diff` compares: the second is what `policy` may make of the
/// first. From then on the policy calls products as the organization does.
pub fn scope_policy(policy: &mut Policy, snapshot: Snapshot, moment: Moment) -> ScopeOutcome {
    let Snapshot { live: Live(live), facts, mut unread, no_place, organization: _, requests: _ } = snapshot;
    let mut clashes = join_catalogues(policy, &facts);
    let policy = &*policy;
    leave_unmatched_products(policy, &live, &mut unread);
    let facts = facts.with_catalogue(&policy.catalogue);
    let unknown = policy.unknown_products.iter().filter(|(product, _)| !facts.products.contains_key(product));
    clashes.extend(
        unknown.map(|(product, place)| Clash {
            place: *place,
            kind: ClashKind::UnknownProduct(product.clone()),
        }),
    );
    let mut scope = Scope {
        policy,
        moment,
        unread,
        no_place,
        facts,
        live,
        fates: FxHashMap::default(),
        empty: Vec::new(),
        withheld: Vec::new(),
        left_alone: LeftAlone::default(),
        clashes,
    };
    scope.withhold_unread();
    scope.empty = scope.empty_relations();
    let unmatched = scope.rename_live_objects();
    scope.take_declared_group_kinds();
    let mut desired = Organization { groups: scope.groups(), ..Organization::default() };
    desired.users = scope.users();
    scope.withhold_held_addresses(&mut desired);
    scope.report_unmatched_former_names(unmatched, &desired);
    scope.check_allocation(&desired);
    scope.fill_desired_settings(&mut desired);
    scope.note_idle_entries();
    let (not_compared, no_place) = (scope.sections_not_compared(), scope.sections_without_place());
    let Scope { live, facts, empty, withheld, left_alone, clashes, .. } = scope;
    ScopeOutcome {
        live: Live(live),
        desired: Desired(desired),
        facts,
        withheld,
        not_compared,
        no_place,
        left_alone,
        empty,
        clashes,
    }
}

/// What [`scope_policy`] has read, and what it has decided so far.
struct Scope<'a> {
    policy: &'a Policy,
    moment: Moment,
    unread: BTreeMap<Section, UnreadReason>,
    no_place: BTreeSet<DirectoryField>,
    facts: OrganizationFacts,
    live: Organization,
    fates: FxHashMap<GroupName, GroupFate>,
    empty: Vec<Relation>,
    withheld: Vec<Withheld>,
    left_alone: LeftAlone,
    clashes: Vec<Clash>,
}

/// What happens to a group, as far as its memberships are concerned. A group without a fate is unmanaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupFate {
    /// The group is declared and will exist: its memberships are managed.
    Stays,
    /// The group will be deleted, and its memberships with it.
    Goes,
}

impl Scope<'_> {
    /// Returns the mode of `relation`; `None` where the relation must be left as it is.
    fn mode(&self, relation: Relation) -> Option<ManageMode> {
        let blind = needed_sections(relation).iter().any(|section| self.unread.contains_key(section));
        (!blind && !self.empty.contains(&relation)).then(|| self.policy.settings.mode(relation))
    }

    fn withhold(&mut self, change: Change, reason: WithheldReason) {
        self.withheld.push(Withheld { what: WithheldSubject::Change(change), reason });
    }

    fn withhold_all(&mut self, changes: Vec<Change>, reason: &WithheldReason) {
        self.withheld.extend(
            changes
                .into_iter()
                .map(|change| Withheld { what: WithheldSubject::Change(change), reason: reason.clone() }),
        );
    }

    /// Withholds the sections that were not read. Unread is not empty, so nothing in them is created on a
    /// guess either.
    fn withhold_unread(&mut self) {
        for (section, why) in &self.unread {
            self.withheld.push(Withheld {
                what: WithheldSubject::Section(*section),
                reason: WithheldReason::Unread(why.clone()),
            });
        }
    }

    /// Returns the relations that are `exact` without one entry in the whole policy, while the organization
    /// has managed entries: a typo must not wipe an organization. Edges are not among them: they have no key
    /// of their own, and the guards on removals protect them.
    fn empty_relations(&self) -> Vec<Relation> {
        let policy = self.policy;
        let live = |relation| match relation {
            Relation::Users => self
                .live
                .users
                .iter()
                .any(|(email, user)| !self.ignores_user(email) && !is_account_administrator(user)),
            Relation::Groups => self.live.groups.keys().any(|name| !self.ignores_group(name)),
            Relation::Restrictions => !self.live.restrictions.is_empty() || !self.live.defaults.is_empty(),
            Relation::Alerts => !self.live.alerts.is_empty(),
            Relation::Contacts => !self.live.contacts.is_empty(),
            Relation::Memberships | Relation::Roles | Relation::Assignments => false,
        };
        let is_empty = |relation| match relation {
            Relation::Users => policy.users.is_empty(),
            Relation::Groups => policy.groups.is_empty(),
            Relation::Restrictions => policy.restrictions.is_empty() && policy.defaults.is_empty(),
            Relation::Alerts => policy.alerts.is_empty(),
            Relation::Contacts => policy.contacts.is_empty(),
            Relation::Memberships | Relation::Roles | Relation::Assignments => false,
        };
        let refused = |relation: &Relation| {
            self.mode(*relation) == Some(ManageMode::Exact)
                && is_empty(*relation)
                && !policy.spelled_out.contains(relation)
                && live(*relation)
        };
        Relation::ALL.into_iter().filter(refused).collect()
    }

    /// Reports people who would be in two allocation groups. What the policy declares and what it leaves
    /// alone can together lead to that.
    fn check_allocation(&mut self, desired: &Organization) {
        let allocation = desired
            .groups
            .iter()
            .filter(|(_, group)| group.facts.kind == GroupKind::Allocation)
            .map(|(name, _)| name);
        let allocation: FxHashSet<&GroupName> = allocation.collect();
        for (email, user) in &desired.users {
            let groups = user.groups.keys().filter(|name| allocation.contains(name));
            if groups.clone().nth(1).is_some() {
                let groups: Vec<GroupName> = groups.cloned().collect();
                let of_user = self.policy.users.get(email).map(|declared| declared.place);
                let of_group = groups
                    .iter()
                    .find_map(|name| self.policy.groups.get(name))
                    .map(|declared| declared.place);
                let place = of_user.or(of_group);
                self.clashes.extend(
                    place
                        .map(|place| Clash { place, kind: ClashKind::TwoAllocations(email.clone(), groups) }),
                );
            }
        }
    }
}

/// Returns the sections that must be read to compare a relation.
fn needed_sections(relation: Relation) -> &'static [Section] {
    match relation {
        Relation::Users => &[Section::Users],
        Relation::Groups => &[Section::Groups],
        Relation::Memberships => &[Section::Users, Section::Groups, Section::Memberships],
        Relation::Roles => &[Section::Users, Section::Roles],
        Relation::Assignments => &[Section::Users, Section::Assignments],
        Relation::Restrictions => &[Section::Restrictions],
        Relation::Alerts => &[Section::Alerts],
        Relation::Contacts => &[Section::Contacts],
    }
}

fn is_account_administrator(user: &crate::model::User) -> bool {
    user.roles.has(crate::model::RoleId::ACCOUNT_ADMINISTRATOR)
}
