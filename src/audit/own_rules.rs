//! Runs the firm's own rules: each object that satisfies a rule's condition is a finding.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::AuditInput;
use super::finding::{Finding, FindingSubject, RuleHit};
use super::holders::last_day;
use super::rules::ACCESS_SECTIONS;
use crate::change::Citation;
use crate::model::access::entitlement_country;
use crate::model::{Email, Group, GroupName, ProductId, Section, User, UserException};
use crate::object::profile::ProfileField;
use crate::policy::condition::{
    ConditionField, ConditionSubject, ConditionValue, StepBudget, TooManySteps, UndecidedCondition,
};
use crate::policy::settings::OwnRule;

/// The objects of an audit, and the facts that conditions can ask of them. Facts that take a pass over
/// everybody are computed when first asked for.
pub(super) struct ConditionObjects<'a, 'p> {
    audited: &'a AuditInput<'p>,
    members: OnceCell<BTreeMap<&'p GroupName, Vec<&'p Email>>>,
    held: OnceCell<BTreeMap<&'p ProductId, ProductHolderCounts>>,
}

/// One object that a rule examines.
#[derive(Clone, Copy)]
enum AuditedObject<'o> {
    User(&'o Email, &'o User),
    Group(&'o GroupName, &'o Group),
    Product(&'o ProductId),
    Finding(&'o Finding<'o>),
}

/// The number of people who can start a product, have it assigned, and hold a named licence.
#[derive(Default, Clone, Copy)]
struct ProductHolderCounts {
    users: i64,
    assigned: i64,
    licences: i64,
}

/// Returns the sections that a rule looks at, by the fields that its condition names.
pub(super) fn read_sections(rule: &OwnRule) -> BTreeSet<Section> {
    use Section::{Assignments, Checkouts, Contracts, Groups, Memberships, Roles, Users};
    let subject = rule.when.subject();
    let object: &[Section] = match subject {
        ConditionSubject::User => &[Users],
        ConditionSubject::Group => &[Groups],
        ConditionSubject::Product | ConditionSubject::Finding => &[],
    };
    let of_field = |field: &&ConditionField| -> &[Section] {
        match (subject, field.name) {
            (ConditionSubject::User, "roles") => &[Roles],
            (ConditionSubject::User, "groups") => &[Memberships],
            (ConditionSubject::User, "products") => &ACCESS_SECTIONS,
            (ConditionSubject::User, "assigned" | "denied" | "licences") => &[Assignments],
            (ConditionSubject::User, "checkouts") => &[Checkouts],
            (ConditionSubject::Group, "members") => &[Users, Memberships],
            (ConditionSubject::Product, "users") => &ACCESS_SECTIONS,
            (ConditionSubject::Product, "assigned" | "licences") => &[Users, Assignments],
            (ConditionSubject::Product, "owned") => &[Contracts],
            (
                ConditionSubject::User
                | ConditionSubject::Group
                | ConditionSubject::Product
                | ConditionSubject::Finding,
                _,
            ) => &[],
        }
    };
    let fields = rule.when.fields().flat_map(|field| of_field(&field).to_vec());
    object.iter().copied().chain(fields).collect()
}

impl<'a, 'p> ConditionObjects<'a, 'p> {
    /// Prepares the objects of `audited`.
    pub(super) fn new(audited: &'a AuditInput<'p>) -> Self {
        Self { audited, members: OnceCell::new(), held: OnceCell::new() }
    }

    /// Returns the hits of `rule`; a rule over findings examines `findings`.
    ///
    /// # Errors
    ///
    /// Where the rule takes more work than `budget` has left, returns how much before any is done.
    pub(super) fn rule_hits(
        &self,
        rule: &OwnRule,
        findings: &[Finding<'_>],
        budget: &mut StepBudget,
    ) -> Result<Vec<RuleHit>, TooManySteps> {
        let objects = self.objects(rule.when.subject(), findings);
        let steps = objects.iter().map(|object| rule.when.steps(|field| self.fact(*object, field).size()));
        budget.charge(steps.fold(0, u64::saturating_add))?;
        Ok(objects.iter().filter_map(|object| self.judge(rule, *object)).collect())
    }

    fn objects<'o>(&self, subject: ConditionSubject, findings: &'o [Finding<'_>]) -> Vec<AuditedObject<'o>>
    where
        'a: 'o,
    {
        let organization = self.audited.picture.organization;
        match subject {
            ConditionSubject::User => {
                organization.users.iter().map(|(email, user)| AuditedObject::User(email, user)).collect()
            }
            ConditionSubject::Group => {
                organization.groups.iter().map(|(name, group)| AuditedObject::Group(name, group)).collect()
            }
            ConditionSubject::Product => self.audited.products().map(AuditedObject::Product).collect(),
            ConditionSubject::Finding => findings.iter().map(AuditedObject::Finding).collect(),
        }
    }

    /// Applies the rule to one object. A condition that cannot be decided gives a hit too, so that the rule
    /// is not silent.
    fn judge(&self, rule: &OwnRule, object: AuditedObject<'_>) -> Option<RuleHit> {
        let outcome = rule.when.holds(|field| self.fact(object, field));
        if outcome == Ok(false) {
            return None;
        }
        let (item, at) = match object {
            AuditedObject::User(email, _) => {
                (FindingSubject::User(email.clone()), self.audited.user_line(email))
            }
            AuditedObject::Group(name, _) => {
                (FindingSubject::Group(name.clone()), self.audited.group_line(name))
            }
            AuditedObject::Product(id) => (FindingSubject::Product(id.clone()), None),
            AuditedObject::Finding(finding) => (finding.item.clone(), finding.at.clone()),
        };
        let message = match outcome {
            Ok(_) => format!("{item}: {}", rule.title),
            Err(UndecidedCondition(why)) => format!("{item}: the rule comes to no answer: {why}"),
        };
        Some(RuleHit::new(item, message).with_citation(Some(at.unwrap_or_else(|| self.rule_line(rule)))))
    }

    /// Returns the policy's line of a rule.
    pub(super) fn rule_line(&self, rule: &OwnRule) -> Citation {
        self.audited.picture.policy.sources.cite(rule.place)
    }

    fn fact(&self, object: AuditedObject<'_>, field: &ConditionField) -> ConditionValue {
        match object {
            AuditedObject::User(email, user) => self.user_fact(email, user, field),
            AuditedObject::Group(name, group) => self.group_fact(name, group, field),
            AuditedObject::Product(id) => self.product_fact(id, field),
            AuditedObject::Finding(finding) => finding_fact(finding, field),
        }
    }

    fn user_fact(&self, email: &Email, user: &User, field: &ConditionField) -> ConditionValue {
        let picture = self.audited.picture;
        let excepted = |wanted| {
            let excepted = user.exceptions.iter().filter(move |(_, exception)| **exception == wanted);
            texts_fact(excepted.map(|(product, _)| self.own_name(product)))
        };
        match field.name {
            "email" => text_fact(email.as_str()),
            "state" => text_fact(user.state.as_str()),
            "entitlement_country" => text_fact(entitlement_country(user, &picture.facts.contracts).as_str()),
            "roles" => texts_fact(user.roles.keys().map(|role| role.as_str())),
            "groups" => texts_fact(user.groups.keys().map(GroupName::as_str)),
            "products" => {
                texts_fact(self.audited.usable_products(user).map(|product| self.own_name(product)))
            }
            "assigned" => excepted(UserException::Allow),
            "denied" => excepted(UserException::Deny),
            "licences" => texts_fact(user.licences.keys().map(|product| self.own_name(product))),
            "checkouts" => texts_fact(user.checkouts.keys().map(|checkout| self.own_name(&checkout.product))),
            "declared" => ConditionValue::Flag(picture.policy.users.get(email).is_some()),
            "outside" => ConditionValue::Flag(self.audited.is_outside(email)),
            "until" => text_fact(&last_day(picture, email).map(|day| day.to_string()).unwrap_or_default()),
            "last_used" => {
                text_fact(&self.audited.last_use_day(email).map(|day| day.to_string()).unwrap_or_default())
            }
            name => ProfileField::ALL
                .into_iter()
                .find(|field| field.name() == name)
                .and_then(|field| field.text(&user.profile))
                .map_or_else(|| field.kind.empty_value(), text_fact),
        }
    }

    fn group_fact(&self, name: &GroupName, group: &Group, field: &ConditionField) -> ConditionValue {
        match field.name {
            "name" => text_fact(name.as_str()),
            "kind" => text_fact(group.facts.kind.as_str()),
            "country" => text_fact(group.facts.country.as_ref().map_or("", |country| country.as_str())),
            "description" => text_fact(&group.facts.description),
            "products" => texts_fact(group.products.keys().map(|product| self.own_name(product))),
            "members" => {
                texts_fact(self.members().get(name).into_iter().flatten().map(|email| email.as_str()))
            }
            "declared" => ConditionValue::Flag(self.audited.picture.policy.groups.contains_key(name)),
            _ => field.kind.empty_value(),
        }
    }

    fn product_fact(&self, id: &ProductId, field: &ConditionField) -> ConditionValue {
        let facts = self.audited.picture.facts;
        let held = || self.holder_counts().get(id).copied().unwrap_or_default();
        let known = facts.products.get(id);
        match field.name {
            "id" => text_fact(self.own_name(id)),
            "name" => text_fact(known.map_or("", |product| &*product.name)),
            "licence" => text_fact(known.map_or("", |product| product.licence.as_str())),
            "owned" => ConditionValue::Number(facts.owned_licences(id).unwrap_or(0).into()),
            "users" => ConditionValue::Number(held().users),
            "assigned" => ConditionValue::Number(held().assigned),
            "licences" => ConditionValue::Number(held().licences),
            _ => field.kind.empty_value(),
        }
    }

    /// Returns the product's name in the policy's files, in which the rules are written too.
    fn own_name<'n>(&self, product: &'n ProductId) -> &'n str
    where
        'p: 'n,
    {
        self.audited.picture.policy.own_name_of_product(product).as_str()
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

    fn holder_counts(&self) -> &BTreeMap<&'p ProductId, ProductHolderCounts> {
        self.held.get_or_init(|| {
            let mut held: BTreeMap<_, ProductHolderCounts> = BTreeMap::new();
            for user in self.audited.picture.organization.users.values() {
                self.audited
                    .usable_products(user)
                    .for_each(|product| held.entry(product).or_default().users += 1);
                user.licences.keys().for_each(|product| held.entry(product).or_default().licences += 1);
                let assigned =
                    user.exceptions.iter().filter(|(_, exception)| **exception == UserException::Allow);
                assigned.for_each(|(product, _)| held.entry(product).or_default().assigned += 1);
            }
            held
        })
    }
}

fn finding_fact(finding: &Finding<'_>, field: &ConditionField) -> ConditionValue {
    match field.name {
        "rule" => text_fact(finding.rule.id),
        "severity" => text_fact(finding.rule.severity.as_str()),
        "item" => text_fact(&finding.item.to_string()),
        "message" => text_fact(&finding.message),
        "file" => text_fact(finding.at.as_ref().map_or("", |at| &*at.file)),
        _ => field.kind.empty_value(),
    }
}

fn text_fact(text: &str) -> ConditionValue {
    ConditionValue::Text(text.to_owned())
}

fn texts_fact<'t>(texts: impl Iterator<Item = &'t str>) -> ConditionValue {
    ConditionValue::Texts(texts.map(str::to_owned).collect())
}
