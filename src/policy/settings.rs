//! The settings in `seatwise.yaml`: modes, what to ignore, guards, approvals, audit and usage.

use std::collections::{BTreeMap, BTreeSet};

use super::PolicyPlace;
use super::condition::Condition;
use crate::model::{Date, Email, Money, RoleId, Text, word_enum};
use crate::usage;

/// The settings of a policy.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organization's name; connection settings are keyed by it.
    pub organization: Text,
    /// The name or identity that the organization itself must say; by default the organization's name.
    pub organization_id: Option<Text>,
    /// How the live organization is reached.
    pub connector: Connector,
    /// The modes that the policy states; a relation without one is `declared`.
    pub manage: BTreeMap<Relation, ManageMode>,
    /// Place of each relation's mode, for citing.
    pub manage_places: BTreeMap<Relation, PolicyPlace>,
    /// Users and groups that are neither added, changed nor removed.
    pub ignore: Vec<IgnoreEntry>,
    /// Limits on plans.
    pub guards: Guards,
    /// Exemptions from guards.
    pub approvals: Vec<Approval>,
    /// What the audit needs to know of the firm.
    pub audit: AuditSettings,
    /// How use is counted and charged.
    pub usage: usage::UsageSettings,
    /// How long what seatwise keeps of its own is kept.
    pub keep: KeepTimes,
}

/// How long what seatwise keeps of its own is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepTimes {
    /// Files of runs that began this number of days ago, or earlier, are removed by `runs prune`.
    pub run_days: u32,
}

impl Default for KeepTimes {
    fn default() -> Self {
        // A year, and the month in which it is looked at.
        Self { run_days: 400 }
    }
}

/// What the audit needs to know of the firm.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// Domains of the firm's own people, in lower case; empty where none is named.
    pub inside: BTreeSet<Text>,
    /// Pairs of roles that one person must not have together.
    pub separation: Vec<(RoleId, RoleId)>,
    /// Grants that end within this number of days are reported.
    pub ending_days: u32,
    /// Named licences that were not used for this number of days are reported.
    pub unused_days: u32,
    pub accepted: Vec<AcceptedFinding>,
    pub reviews: Vec<HeldReview>,
    pub rules: Vec<OwnRule>,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            inside: BTreeSet::new(),
            separation: Vec::new(),
            ending_days: 30,
            unused_days: 90,
            accepted: Vec::new(),
            reviews: Vec::new(),
            rules: Vec::new(),
        }
    }
}

/// One entry of `audit.ignore`.
#[derive(Debug, Clone)]
pub struct AcceptedFinding {
    /// The rule's id.
    pub rule: Text,
    /// The item of the one finding; `None` accepts all findings of the rule.
    pub item: Option<Text>,
    pub reason: Text,
    /// The last day on which the finding is accepted, in UTC.
    pub until: Date,
    pub place: PolicyPlace,
}

/// One entry of `audit.rules`: a rule of the firm's own. Its tests passed when the policy was read.
#[derive(Debug, Clone)]
pub struct OwnRule {
    /// The id, with the prefix `custom/`.
    pub id: Text,
    pub severity: Severity,
    /// What the rule looks for, as a noun phrase.
    pub title: Text,
    /// Why a finding matters; empty where the policy does not say.
    pub why: Text,
    /// What to do about a finding; empty where the policy does not say.
    pub fix: Text,
    /// Holds for each object that is a finding.
    pub when: Condition,
    pub place: PolicyPlace,
}

word_enum! {
    /// How bad a finding is.
    pub enum Severity {
        /// Worth knowing when tidying up.
        Note = "note",
        /// Likely to cost money or time, or to surprise somebody.
        Warning = "warning",
        /// Costs money now, or lets somebody do what they should not.
        Error = "error",
    }
}

/// One entry of `audit.reviews`: somebody has reviewed the access of these people.
#[derive(Debug, Clone)]
pub struct HeldReview {
    /// The people whose access was reviewed.
    pub users: NamePattern,
    /// The day, in UTC.
    pub on: Date,
    /// The reviewer.
    pub by: Text,
}

impl Settings {
    /// Returns the mode of `relation`; `declared` where the policy states none.
    pub fn mode(&self, relation: Relation) -> ManageMode {
        self.manage.get(&relation).copied().unwrap_or(ManageMode::Declared)
    }

    /// Whether an entry of `manage.ignore` leaves the object alone; `name` is an address in lower case, or a
    /// group's name.
    pub fn ignores(&self, what: IgnoreTarget, name: &str) -> bool {
        self.ignore.iter().any(|entry| entry.what == what && entry.pattern.glob.is_match(name))
    }
}

/// How the live organization is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connector {
    /// The embedded organization in one file; the path is below the policy's folder.
    Sandbox {
        /// Relative, with `/`, without `..`.
        path: Text,
    },
    /// The organization API. Its address and credentials do not belong in a policy.
    Http,
    /// A SCIM 2.0 service. Its address and credentials do not belong in a policy.
    Scim,
}

word_enum! {
    /// A relation that `manage` has a mode for.
    pub enum Relation {
        /// People, their profile and state.
        Users = "users",
        /// Groups, their facts and lists.
        Groups = "groups",
        /// Who is in which group.
        Memberships = "memberships",
        /// Who has which role.
        Roles = "roles",
        /// Exceptions (`products`, `deny`) and named licences.
        Assignments = "assignments",
        /// Country defaults and product settings.
        Restrictions = "restrictions",
        /// Alert thresholds.
        Alerts = "alerts",
        /// Fulfilment contacts.
        Contacts = "contacts",
    }
}

/// How much of a relation the policy governs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManageMode {
    /// The policy is the whole truth.
    Exact,
    /// What is not declared is left alone.
    Declared,
    /// Differences are shown as withheld, never written.
    Observe,
}

/// One entry of `manage.ignore`: a glob over addresses or group names.
#[derive(Debug, Clone)]
pub struct IgnoreEntry {
    pub what: IgnoreTarget,
    pub pattern: NamePattern,
}

/// A glob over names.
#[derive(Debug, Clone)]
pub struct NamePattern {
    /// As written.
    pub text: Text,
    /// Compiled; addresses are matched in lower case.
    pub glob: globset::GlobMatcher,
    pub place: PolicyPlace,
}

/// What an `ignore` pattern is matched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IgnoreTarget {
    /// Addresses.
    Users,
    /// Group names.
    Groups,
}

/// The limits of `guard`, defaults filled in. `None` is `off`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guards {
    /// How much of each relation a plan may remove.
    pub removals: BTreeMap<RemovalRelation, Option<GuardLimit>>,
    /// Members that one group may lose.
    pub one_group: Option<GuardLimit>,
    /// People who may lose effective access to any product.
    pub loses_access: Option<GuardLimit>,
    /// People already in the organization who may gain effective access.
    pub gains_access: Option<GuardLimit>,
    /// Active Co-Administrators that every prefix of a plan keeps.
    pub administrators: Option<u32>,
    /// Users who survive the deletion of their own block.
    pub protect: BTreeSet<Email>,
    /// Named assignments beyond what is owned.
    pub licences: LicenceGuardAction,
    /// People whose account a plan may lock.
    pub account_locks: Option<GuardLimit>,
    /// What a plan may add to the projected overage.
    pub added_exposure: Option<Money>,
    /// What the projected overage may come to.
    pub exposure: Option<Money>,
}

word_enum! {
    /// A relation that `guard.removals` limits.
    pub enum RemovalRelation {
        Users = "users",
        Groups = "groups",
        /// Memberships, with includes flattened.
        Memberships = "memberships",
        /// Roles held, each role by itself.
        Roles = "roles",
        /// Exceptions and named licences.
        Assignments = "assignments",
        /// Products on group lists.
        AllowLists = "allow_lists",
    }
}

/// A limit of `max(floor, min(count, share of the number before, rounded down))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardLimit {
    /// A number that is always allowed.
    pub floor: u32,
    /// A fixed number.
    pub count: Option<u32>,
    /// A share of the number before the plan, in hundredths of a percent.
    pub share: Option<u32>,
}

impl GuardLimit {
    /// The floor where the policy states none: small organizations stay workable.
    pub const FLOOR: u32 = 3;
    /// The most that the floor lets pass of the few who hold the role `co-administrator`.
    pub const CO_ADMINISTRATOR_FLOOR: u32 = 2;

    /// The limit for the holders of the role with the id `role`.
    pub fn role_limit(self, role: &str) -> Self {
        let most = if role == RoleId::CO_ADMINISTRATOR { Self::CO_ADMINISTRATOR_FLOOR } else { u32::MAX };
        Self { floor: self.floor.min(most), ..self }
    }

    /// Returns how many of `before` a plan may remove or affect.
    pub fn allowed_count(&self, before: usize) -> usize {
        let share = self.share.map(|share| before.saturating_mul(share as usize) / 10_000);
        let count = self.count.map(|count| count as usize);
        let least = share.into_iter().chain(count).min().unwrap_or(usize::MAX);
        least.max(self.floor as usize)
    }
}

/// What the `licences` guard does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceGuardAction {
    /// Refuse the plan.
    Refuse,
    /// Warn in the plan.
    Warn,
    /// Do nothing.
    Off,
}

impl Default for Guards {
    fn default() -> Self {
        let limit = |count, percent: Option<u32>| {
            Some(GuardLimit { floor: GuardLimit::FLOOR, count, share: percent.map(|percent| percent * 100) })
        };
        let removals = [
            (RemovalRelation::Users, limit(Some(10), Some(2))),
            (RemovalRelation::Groups, limit(Some(10), Some(10))),
            (RemovalRelation::Memberships, limit(None, Some(10))),
            (RemovalRelation::Roles, limit(Some(5), Some(25))),
            (RemovalRelation::Assignments, limit(None, Some(10))),
            (RemovalRelation::AllowLists, limit(None, Some(10))),
        ];
        Self {
            removals: removals.into_iter().collect(),
            one_group: Some(GuardLimit { floor: 4, count: None, share: Some(5_000) }),
            loses_access: limit(Some(50), Some(5)),
            gains_access: limit(Some(100), Some(10)),
            administrators: Some(2),
            protect: BTreeSet::new(),
            licences: LicenceGuardAction::Refuse,
            account_locks: limit(Some(5), Some(2)),
            added_exposure: Some(Money { amount: 5000.into(), currency: "EUR".into() }),
            exposure: None,
        }
    }
}

/// A guard's name, as in `approvals` and refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// A relation's removals.
    Removals(RemovalRelation),
    /// Members that one group may lose.
    OneGroup,
    /// People who lose access.
    LosesAccess,
    /// People who gain access.
    GainsAccess,
    /// The administrator floor; no approval lifts it.
    Administrators,
    /// The administrator floor where nobody is an active Co-Administrator; no approved item lifts it.
    InvitedAdministrators,
    /// People whose account is locked.
    AccountLocks,
    /// What the plan adds to the projected overage; approvals name it as they name `Exposure`.
    AddedExposure,
    /// Named licences beyond what is owned.
    Licences,
    /// What the projected overage comes to.
    Exposure,
    /// An `exact` relation without one entry; no approval lifts it.
    EmptyRelation(Relation),
}

impl Guard {
    /// The guards that an approval can name.
    pub const APPROVABLE: [Self; 12] = [
        Self::Removals(RemovalRelation::Users),
        Self::Removals(RemovalRelation::Groups),
        Self::Removals(RemovalRelation::Memberships),
        Self::Removals(RemovalRelation::Roles),
        Self::Removals(RemovalRelation::Assignments),
        Self::Removals(RemovalRelation::AllowLists),
        Self::OneGroup,
        Self::LosesAccess,
        Self::GainsAccess,
        Self::AccountLocks,
        Self::Licences,
        Self::Exposure,
    ];

    /// The guard that approvals name to lift this one; the guard itself where none lifts it.
    pub fn approval_guard(self) -> Self {
        if self == Self::AddedExposure { Self::Exposure } else { self }
    }

    /// The guard's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Removals(removal) => removal.as_str(),
            Self::OneGroup => "one_group",
            Self::LosesAccess => "loses_access",
            Self::GainsAccess => "gains_access",
            Self::AccountLocks => "account_locks",
            Self::Administrators | Self::InvitedAdministrators => "administrators",
            Self::Licences => "licences",
            Self::AddedExposure | Self::Exposure => "exposure",
            Self::EmptyRelation(_) => "manage",
        }
    }
}

/// Exempts exactly these items from a guard, until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub guard: Guard,
    /// The causes that are exempt, as refusals name them.
    pub items: BTreeSet<Text>,
    pub reason: Text,
    /// Last day, in UTC.
    pub until: Date,
    pub place: PolicyPlace,
}

impl Approval {
    /// Whether an item names this person; case makes no difference.
    pub fn names_user(&self, email: &Email) -> bool {
        self.items.contains(email.as_str())
            || self.items.iter().any(|item| item.to_lowercase() == email.as_str())
    }
}
