//! The firm's own rules: each object of their kind that their condition holds of is a finding.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::Audited;
use super::finding::{Finding, Found, Item};
use super::who::last_day;
use crate::change::Citation;
use crate::model::access::entitlement_country;
use crate::model::{Email, Group, GroupName, LicenceKind, ProductId, User, UserException};
use crate::policy::condition::{Fact, Field, Subject, Undecided};
use crate::policy::settings::OwnRule;

/// What conditions can ask of the objects of an audit. What takes a look at everybody is counted when it is
/// first asked for.
pub(super) struct Objects<'a, 'p> {
    audited: &'a Audited<'p>,
    members: OnceCell<BTreeMap<&'p GroupName, Vec<&'p Email>>>,
    held: OnceCell<BTreeMap<&'p ProductId, Held>>,
}

/// How many people a product has.
#[derive(Default, Clone, Copy)]
struct Held {
    users: i64,
    assigned: i64,
    licences: i64,
}

impl<'a, 'p> Objects<'a, 'p> {
    pub(super) fn new(audited: &'a Audited<'p>) -> Self {
        Self { audited, members: OnceCell::new(), held: OnceCell::new() }
    }

    /// What `rule` finds; a rule over findings looks at `findings`.
    pub(super) fn found(&self, rule: &OwnRule, findings: &[Finding<'_>]) -> Vec<Found> {
        let picture = self.audited.picture;
        let organization = picture.organization;
        let judge = Judge { rule, at: picture.policy.sources.cite(rule.place) };
        match rule.when.subject() {
            Subject::User => {
                let of = |(email, user): (&Email, _)| {
                    judge.judge(Item::User(email.clone()), self.audited.user_line(email), |field| {
                        self.user(email, user, field)
                    })
                };
                organization.users.iter().filter_map(|(email, user)| of((email, user))).collect()
            }
            Subject::Group => {
                let of = |name: &GroupName, group| {
                    judge.judge(Item::Group(name.clone()), self.audited.group_line(name), |field| {
                        self.group(name, group, field)
                    })
                };
                organization.groups.iter().filter_map(|(name, group)| of(name, group)).collect()
            }
            Subject::Product => {
                let of = |id: &ProductId| {
                    judge.judge(Item::Product(id.clone()), None, |field| self.product(id, field))
                };
                self.audited.products().filter_map(of).collect()
            }
            Subject::Finding => {
                let of = |finding: &Finding<'_>| {
                    judge.judge(finding.item.clone(), finding.at.clone(), |field| of_finding(finding, field))
                };
                findings.iter().filter_map(of).collect()
            }
        }
    }

    fn user(&self, email: &Email, user: &User, field: &Field) -> Fact {
        let picture = self.audited.picture;
        let profile = &user.profile;
        let excepted = |wanted| {
            let excepted = user.exceptions.iter().filter(move |(_, exception)| **exception == wanted);
            texts(excepted.map(|(product, _)| product.as_str()))
        };
        match field.name {
            "email" => text(email.as_str()),
            "first_name" => text(&profile.first_name),
            "last_name" => text(&profile.last_name),
            "state" => text(user.state.as_str()),
            "country" => text(profile.country.as_str()),
            "entitlement_country" => text(entitlement_country(user, &picture.facts.contracts).as_str()),
            "roles" => texts(user.roles.keys().map(|role| role.as_str())),
            "groups" => texts(user.groups.keys().map(GroupName::as_str)),
            "products" => texts(self.audited.usable(user).map(ProductId::as_str)),
            "assigned" => excepted(UserException::Allow),
            "denied" => excepted(UserException::Deny),
            "licences" => texts(user.licences.keys().map(ProductId::as_str)),
            "checkouts" => texts(user.checkouts.keys().map(|checkout| checkout.product.as_str())),
            "declared" => Fact::Flag(picture.policy.users.get(email).is_some()),
            "outside" => Fact::Flag(self.audited.is_outside(email)),
            "until" => text(&last_day(picture, email).map(|day| day.to_string()).unwrap_or_default()),
            "last_used" => {
                text(&self.audited.last_used(email).map(|day| day.to_string()).unwrap_or_default())
            }
            _ => field.kind.nothing(),
        }
    }

    fn group(&self, name: &GroupName, group: &Group, field: &Field) -> Fact {
        match field.name {
            "name" => text(name.as_str()),
            "kind" => text(group.facts.kind.as_str()),
            "country" => text(group.facts.country.as_ref().map_or("", |country| country.as_str())),
            "description" => text(&group.facts.description),
            "products" => texts(group.products.keys().map(ProductId::as_str)),
            "members" => texts(self.members().get(name).into_iter().flatten().map(|email| email.as_str())),
            "declared" => Fact::Flag(self.audited.picture.policy.groups.contains_key(name)),
            _ => field.kind.nothing(),
        }
    }

    fn product(&self, id: &ProductId, field: &Field) -> Fact {
        let facts = self.audited.picture.facts;
        let held = || self.held().get(id).copied().unwrap_or_default();
        let known = facts.products.get(id);
        match field.name {
            "id" => text(id.as_str()),
            "name" => text(known.map_or("", |product| &*product.name)),
            "licence" => text(known.map_or("", |product| match product.licence {
                LicenceKind::Pooled => "pooled",
                LicenceKind::Named => "named",
            })),
            "owned" => Fact::Number(facts.owned_licences(id).unwrap_or(0).into()),
            "users" => Fact::Number(held().users),
            "assigned" => Fact::Number(held().assigned),
            "licences" => Fact::Number(held().licences),
            _ => field.kind.nothing(),
        }
    }

    fn members(&self) -> &BTreeMap<&'p GroupName, Vec<&'p Email>> {
        self.members.get_or_init(|| {
            let mut members: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for (email, user) in &self.audited.picture.organization.users {
                user.groups.keys().for_each(|group| members.entry(group).or_default().push(email));
            }
            members
        })
    }

    fn held(&self) -> &BTreeMap<&'p ProductId, Held> {
        self.held.get_or_init(|| {
            let mut held: BTreeMap<_, Held> = BTreeMap::new();
            for user in self.audited.picture.organization.users.values() {
                self.audited.usable(user).for_each(|product| held.entry(product).or_default().users += 1);
                user.licences.keys().for_each(|product| held.entry(product).or_default().licences += 1);
                let assigned =
                    user.exceptions.iter().filter(|(_, exception)| **exception == UserException::Allow);
                assigned.for_each(|(product, _)| held.entry(product).or_default().assigned += 1);
            }
            held
        })
    }
}

/// A rule on its way through the objects.
struct Judge<'r> {
    rule: &'r OwnRule,
    at: Citation,
}

impl Judge<'_> {
    /// What the rule says of one object: nothing, that it is one, or why it cannot tell. A rule that cannot
    /// tell is not silent.
    fn judge(&self, item: Item, at: Option<Citation>, of: impl Fn(&'static Field) -> Fact) -> Option<Found> {
        let message = match self.rule.when.holds(of) {
            Ok(false) => return None,
            Ok(true) => format!("{item}: {}", self.rule.title),
            Err(Undecided(why)) => format!("{item}: the rule comes to no answer: {why}"),
        };
        Some(Found::new(item, message).at(at.or_else(|| Some(self.at.clone()))))
    }
}

fn of_finding(finding: &Finding<'_>, field: &Field) -> Fact {
    match field.name {
        "rule" => text(finding.rule.id),
        "severity" => text(finding.rule.severity.as_str()),
        "item" => text(&finding.item.to_string()),
        "message" => text(&finding.message),
        "file" => text(finding.at.as_ref().map_or("", |at| &*at.file)),
        _ => field.kind.nothing(),
    }
}

fn text(text: &str) -> Fact {
    Fact::Text(text.to_owned())
}

fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Fact {
    Fact::Texts(texts.map(str::to_owned).collect())
}
