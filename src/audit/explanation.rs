//! Explains why a person can or cannot start a product: every rule with a say, strongest first, each with the
//! policy lines behind it.

use super::OrganizationView;
use crate::change::{Citation, StepReason};
use crate::model::access::{
    AccessDecision, AccessRule, decide_access, default_of, entitlement_country, is_present, list_counts,
};
use crate::model::{
    AccessSetting, Area, CountryCode, Email, Group, GroupName, ProductId, Timestamp, User, UserException,
};
use crate::policy::DeclaredUser;

/// Why a person can or cannot start a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessExplanation {
    /// The decision of the rules.
    pub decision: AccessDecision,
    /// Whether the person is in the organization at all: a person who only asked to join can start nothing,
    /// whatever the rules say.
    pub present: bool,
    /// The entitlement country, whose settings apply.
    pub country: CountryCode,
    pub country_by: CountryOrigin,
    /// The statements of all rules, strongest first; statements after the deciding one would decide without
    /// it.
    pub said: Vec<RuleStatement>,
}

/// Why a country is somebody's entitlement country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountryOrigin {
    /// The person's own attribute.
    Attribute,
    /// The profile's country, as there is a contract for it.
    Profile,
    /// The country of the contract with the largest revenue, as there is no contract for the profile's
    /// country.
    LargestContract,
    /// The profile's country, as there is no contract at all.
    NoContract,
}

/// One fact, and what its rule says of the product because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleStatement {
    pub rule: AccessRule,
    pub fact: AccessFact,
    /// Whether the rule allows the product; `None` where this fact has no say.
    pub allows: Option<bool>,
    /// The policy lines behind the fact, in the order of the chain; empty where the policy does not say it.
    pub lines: Vec<ChainLine>,
}

/// A fact that a rule of access is based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessFact {
    /// The user holds a named licence of the product.
    NamedLicence {
        /// `None` where the time is not known.
        assigned: Option<Timestamp>,
    },
    /// The product is allowed or denied to the user by name.
    Exception(UserException),
    /// The user is in an entitlement group.
    List { group: GroupName, list: ListEffect },
    /// The product has a setting.
    Setting { area: Area, setting: AccessSetting },
    /// The country has a default.
    Default {
        setting: AccessSetting,
        /// Whether somebody has set the default; if not, it is the portal's `everyone`.
        stated: bool,
    },
}

/// The effect of a group's list for a member and a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEffect {
    /// The list names the product.
    Names,
    /// The list names other products, and so denies this one.
    LeavesOut,
    /// The list is empty and does not count.
    Empty,
    /// The list counts only for members of that other country.
    For(CountryCode),
}

/// One policy line in the chain of lines behind a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLine {
    pub link: ChainLink,
    /// The citation of the line, with its dates and reason.
    pub why: StepReason,
}

/// What a policy line in a chain says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainLink {
    /// The line states the fact itself.
    Fact,
    /// The line makes the user a member of this group.
    Member(GroupName),
    /// The line makes the members of the inner group members of the outer one.
    Includes {
        /// The group that is included.
        inner: GroupName,
        /// The group that includes it.
        outer: GroupName,
    },
    /// The line puts the product on the list of this group.
    Listed(GroupName),
}

/// Explains whether the user `email` can start `product`; `None` where there is no such user.
pub fn explain_access(
    picture: OrganizationView<'_>,
    email: &Email,
    product: &ProductId,
) -> Option<AccessExplanation> {
    let user = picture.organization.users.get(email)?;
    let question = AccessQuestion {
        picture,
        email,
        user,
        product,
        country: entitlement_country(user, &picture.facts.contracts),
    };
    let said = [question.named_licence_statement(), question.exception_statement()]
        .into_iter()
        .flatten()
        .chain(question.list_statements())
        .chain(question.setting_statements())
        .chain([question.default_statement()]);
    Some(AccessExplanation {
        decision: decide_access(picture.organization, picture.facts, user, product),
        present: is_present(user),
        country: question.country,
        country_by: question.country_origin(),
        said: said.collect(),
    })
}

impl AccessExplanation {
    /// Whether the person can in fact start the product.
    pub fn can_start(&self) -> bool {
        self.present && self.decision.allowed
    }

    /// Returns the statements that decide. Several lists may name the product; where none does, all lists
    /// that count deny it.
    pub fn deciding_statements(&self) -> impl Iterator<Item = &RuleStatement> {
        let AccessDecision { allowed, by } = self.decision;
        let mut rule_has_spoken = false;
        self.said.iter().filter(move |said| said.rule == by && said.allows == Some(allowed)).filter(
            move |said| {
                // Of the settings only the first one counts: the one for the country.
                let first = !std::mem::replace(&mut rule_has_spoken, true);
                first || matches!(said.fact, AccessFact::List { .. })
            },
        )
    }
}

/// The question whether a user can start a product.
struct AccessQuestion<'a> {
    picture: OrganizationView<'a>,
    email: &'a Email,
    user: &'a User,
    product: &'a ProductId,
    country: CountryCode,
}

impl<'a> AccessQuestion<'a> {
    fn country_origin(&self) -> CountryOrigin {
        if self.user.profile.entitlement_country.is_some() {
            CountryOrigin::Attribute
        } else if self.picture.facts.contracts.is_empty() {
            CountryOrigin::NoContract
        } else if self.country == self.user.profile.country {
            CountryOrigin::Profile
        } else {
            CountryOrigin::LargestContract
        }
    }

    fn declared_user(&self) -> Option<&'a DeclaredUser> {
        self.picture.policy.users.get(self.email).map(|user| &**user)
    }

    fn named_licence_statement(&self) -> Option<RuleStatement> {
        let licence = self.user.licences.get(self.product)?;
        let lines = self.grant_lines(|declared| declared.products.as_ref()?.get(self.product.as_str()));
        Some(RuleStatement {
            rule: AccessRule::NamedLicence,
            fact: AccessFact::NamedLicence { assigned: licence.assigned },
            allows: Some(true),
            lines,
        })
    }

    fn exception_statement(&self) -> Option<RuleStatement> {
        let exception = *self.user.exceptions.get(self.product)?;
        let lines = self.grant_lines(|declared| match exception {
            UserException::Allow => declared.products.as_ref()?.get(self.product.as_str()),
            UserException::Deny => declared.deny.as_ref()?.get(self.product.as_str()),
        });
        Some(RuleStatement {
            rule: AccessRule::Exception,
            fact: AccessFact::Exception(exception),
            allows: Some(exception == UserException::Allow),
            lines,
        })
    }

    fn grant_lines(
        &self,
        grant: impl FnOnce(&'a DeclaredUser) -> Option<&'a crate::policy::Grant>,
    ) -> Vec<ChainLine> {
        let policy = self.picture.policy;
        let line = |grant| ChainLine { link: ChainLink::Fact, why: policy.reason_for_grant(grant) };
        self.declared_user().and_then(grant).map(line).into_iter().collect()
    }

    /// Returns a statement for each entitlement group of the user. Where one list names the product, the
    /// lists that leave it out have no say.
    fn list_statements(&self) -> Vec<RuleStatement> {
        let groups = self
            .user
            .groups
            .keys()
            .filter_map(|name| Some((name, self.picture.organization.groups.get(name)?)));
        let entitling = groups.filter(|(_, group)| group.facts.kind == crate::model::GroupKind::Entitlement);
        let lists: Vec<_> = entitling.map(|(name, group)| (name, self.list_effect(group))).collect();
        let named = lists.iter().any(|(_, list)| *list == ListEffect::Names);
        let said = lists.into_iter().map(|(name, list)| RuleStatement {
            rule: AccessRule::Groups,
            fact: AccessFact::List { group: name.clone(), list },
            allows: match list {
                ListEffect::Names => Some(true),
                ListEffect::LeavesOut if !named => Some(false),
                ListEffect::LeavesOut | ListEffect::Empty | ListEffect::For(_) => None,
            },
            lines: self.list_lines(name, list),
        });
        said.collect()
    }

    fn list_effect(&self, group: &Group) -> ListEffect {
        match group.facts.country {
            Some(country) if country != self.country => ListEffect::For(country),
            _ if !list_counts(group, self.country) => ListEffect::Empty,
            _ if group.products.has(self.product) => ListEffect::Names,
            _ => ListEffect::LeavesOut,
        }
    }

    fn list_lines(&self, name: &GroupName, list: ListEffect) -> Vec<ChainLine> {
        let policy = self.picture.policy;
        let mut lines = membership_lines(self.picture, self.email, name);
        let listed =
            policy.groups.get(name).and_then(|group| group.products.as_ref()?.get(self.product.as_str()));
        let listed = listed.filter(|_| list == ListEffect::Names);
        let link = ChainLink::Listed(name.clone());
        lines.extend(listed.map(|grant| ChainLine { link, why: policy.reason_for_grant(grant) }));
        lines
    }

    /// Returns a statement for each of the product's settings: first the one for the country, then the one
    /// for everywhere. Only the first one has a say.
    fn setting_statements(&self) -> Vec<RuleStatement> {
        let mut has_spoken = false;
        let areas = [Area::Country(self.country), Area::Everywhere].into_iter();
        let stated = areas.filter_map(|area| {
            let key = (self.product.clone(), area);
            Some((area, *self.picture.organization.restrictions.get(&key)?, setting_line(self.picture, &key)))
        });
        let said = stated.map(|(area, setting, line)| {
            let allows =
                (!std::mem::replace(&mut has_spoken, true)).then_some(setting == AccessSetting::Everyone);
            RuleStatement {
                rule: AccessRule::Product,
                fact: AccessFact::Setting { area, setting },
                allows,
                lines: fact_lines(line),
            }
        });
        said.collect()
    }

    fn default_statement(&self) -> RuleStatement {
        let setting = default_of(self.picture.organization, self.country);
        let stated = self.picture.organization.defaults.contains_key(&self.country);
        RuleStatement {
            rule: AccessRule::Default,
            fact: AccessFact::Default { setting, stated },
            allows: Some(setting == AccessSetting::Everyone),
            lines: fact_lines(default_line(self.picture, self.country)),
        }
    }
}

fn fact_lines(line: Option<Citation>) -> Vec<ChainLine> {
    line.map(|at| ChainLine { link: ChainLink::Fact, why: plain_declaration(at) }).into_iter().collect()
}

/// Returns the policy line that states the product's setting as it is.
pub(super) fn setting_line(picture: OrganizationView<'_>, key: &(ProductId, Area)) -> Option<Citation> {
    let setting = picture.organization.restrictions.get(key)?;
    let declared =
        picture.policy.restrictions.get(key).filter(|declared| declared.value.setting() == *setting)?;
    Some(picture.policy.sources.cite(declared.place))
}

/// Returns the policy line that states the country's default as it is.
pub(super) fn default_line(picture: OrganizationView<'_>, country: CountryCode) -> Option<Citation> {
    let setting = picture.organization.defaults.get(&country)?;
    let declared = picture.policy.defaults.get(&country).filter(|declared| declared.value == *setting)?;
    Some(picture.policy.sources.cite(declared.place))
}

fn plain_declaration(at: Citation) -> StepReason {
    StepReason::Declared { at, until: None, reason: None }
}

/// Returns the lines that make `email` a member of `group`: the line that names the member, then the includes
/// from that group up to `group`.
pub fn membership_lines(picture: OrganizationView<'_>, email: &Email, group: &GroupName) -> Vec<ChainLine> {
    let policy = picture.policy;
    let declared = policy.users.get(email);
    let Some(grant) = declared.and_then(|declared| declared.groups.get(group)) else { return Vec::new() };
    let mut includes = Vec::new();
    let mut named = group;
    // The membership comes from an included group if that group has the user by the very same line, with the
    // same end. Includes never form a circle.
    let until = grant.terms.as_ref().and_then(|terms| terms.until);
    while let Some((inner, place)) =
        policy.groups.get(named).into_iter().flat_map(|group| &group.includes).find(|(inner, _)| {
            let same = declared.and_then(|declared| declared.groups.get(inner));
            same.is_some_and(|inner| inner.has_source(grant.place, until))
        })
    {
        let why = plain_declaration(policy.sources.cite(*place));
        let link = ChainLink::Includes { inner: inner.clone(), outer: named.clone() };
        includes.push(ChainLine { link, why });
        named = inner;
    }
    let member = ChainLine { link: ChainLink::Member(named.clone()), why: policy.reason_for_grant(grant) };
    std::iter::once(member).chain(includes.into_iter().rev()).collect()
}
