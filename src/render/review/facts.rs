//! Collects the facts about a person for an access review.

use std::collections::{BTreeMap, BTreeSet};

use super::super::clean::clean_text;
use super::super::line_history::BlamedLine;
use super::super::words;
use super::ReviewEvidence;
use crate::audit::access_review::{AccessReason, HeldObject, ReviewedPerson};
use crate::audit::explanation::ChainLine;
use crate::change::{Citation, StepReason};
use crate::model::{Area, CountryCode, Date, GroupName, ProductId, Timestamp, UserException, word_enum};

/// A fact about a person.
#[derive(Debug, Clone)]
pub(super) struct ReviewFact<'a> {
    pub(super) kind: ReviewFactKind,
    /// The role, group, product or country; empty for a fact about the person as a whole.
    pub(super) item: String,
    /// The products that the fact opens, as an index into the review's sets; `None` where the fact is about
    /// one thing.
    pub(super) products: Option<usize>,
    /// The reason, in the policy's words and seatwise's.
    pub(super) reason: String,
    /// The policy lines that cause the fact: `users/lisbon.yaml:14, groups/disciplines.yaml:20-24`.
    pub(super) places: String,
    pub(super) since: FactSince<'a>,
    /// The last day on which the fact holds.
    pub(super) until: Option<Date>,
    /// The last day of use; for a person, the last day on which the person used any product.
    pub(super) used: Option<Date>,
}

word_enum! {
    /// The subject of a fact; its word is the same in every format.
    pub(super) enum ReviewFactKind {
        Person = "person",
        Role = "role",
        Membership = "membership",
        Licence = "named licence",
        Assignment = "assignment",
        Deny = "deny",
        Checkout = "checkout",
        GroupList = "group list",
        ProductSetting = "product setting",
        CountryDefault = "country default",
    }
}

/// The time since which a fact holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FactSince<'a> {
    /// The commit that last set the newest of the fact's lines.
    Commit(&'a BlamedLine),
    /// The organization reports the time.
    Assigned(Timestamp),
    /// At least one of the fact's lines is not committed yet.
    NotCommitted,
    /// Git does not tell who set the lines: why.
    NotTold(&'static str),
    /// The policy does not state the fact, or is not in a repository.
    Unknown,
}

impl FactSince<'_> {
    /// Returns the day, or words for why there is none.
    pub(super) fn day(&self) -> String {
        match self {
            Self::Commit(blamed) => blamed.time.strftime("%Y-%m-%d").to_string(),
            Self::Assigned(time) => time.strftime("%Y-%m-%d").to_string(),
            Self::NotCommitted => "not committed".to_owned(),
            Self::NotTold(why) => format!("not known: {why}"),
            Self::Unknown => String::new(),
        }
    }

    /// Returns the commit that last set the fact.
    pub(super) fn commit(&self) -> Option<&BlamedLine> {
        match self {
            Self::Commit(blamed) => Some(blamed),
            Self::Assigned(_) | Self::NotCommitted | Self::NotTold(_) | Self::Unknown => None,
        }
    }
}

/// Collects the facts of one person after another; facts that people share are put into words once.
pub(super) struct FactCollector<'a> {
    evidence: &'a ReviewEvidence<'a>,
    /// The policy lines that put a product on a group's list.
    listed: BTreeMap<(&'a GroupName, &'a ProductId), &'a Citation>,
    settings: BTreeMap<(&'a ProductId, Area), &'a Citation>,
    defaults: BTreeMap<CountryCode, &'a Citation>,
    /// The policy lines that open a set of products for one reason.
    shared: BTreeMap<(AccessReason<'a>, usize), BTreeSet<&'a Citation>>,
}

impl<'a> FactCollector<'a> {
    /// Indexes the policy lines that the facts cite.
    pub(super) fn new(evidence: &'a ReviewEvidence<'a>) -> Self {
        let review = evidence.review;
        let listed = review.lists.iter().map(|listed| ((listed.group, listed.product), &listed.at));
        let settings = review.settings.iter().map(|stated| ((stated.product, stated.area), &stated.at));
        let defaults = review.countries.iter().map(|country| (country.country, &country.at));
        Self {
            evidence,
            listed: listed.filter_map(|(key, at)| Some((key, at.as_ref()?))).collect(),
            settings: settings.filter_map(|(key, at)| Some((key, at.as_ref()?))).collect(),
            defaults: defaults.filter_map(|(key, at)| Some((key, at.as_ref()?))).collect(),
            shared: BTreeMap::new(),
        }
    }

    /// Returns all facts about the person: the person as such, what the person has by name, and what the
    /// person can start.
    pub(super) fn facts(&mut self, person: &'a ReviewedPerson<'a>) -> Vec<ReviewFact<'a>> {
        let mut facts = vec![self.person_fact(person)];
        facts.extend(
            person.holdings.iter().map(|holding| self.holding_fact(person, holding.held, &holding.lines)),
        );
        for access in &person.access {
            let (kind, item) = match access.because {
                AccessReason::List(group) => {
                    (ReviewFactKind::GroupList, clean_text(group.as_str()).into_owned())
                }
                AccessReason::Setting(country) => (ReviewFactKind::ProductSetting, country.to_string()),
                AccessReason::Default(country) => (ReviewFactKind::CountryDefault, country.to_string()),
            };
            let mut cited = self.shared_citations(access.because, access.products).clone();
            cited.extend(access.lines.iter().filter_map(|line| line.why.citation()));
            let because = match access.because {
                AccessReason::List(_) => String::new(),
                AccessReason::Setting(_) => "open to everyone".to_owned(),
                AccessReason::Default(country) if self.defaults.contains_key(&country) => {
                    "by default open to everyone".to_owned()
                }
                AccessReason::Default(_) => "nothing said, so open to everyone".to_owned(),
            };
            facts.push(ReviewFact {
                kind,
                item,
                products: Some(access.products),
                reason: if because.is_empty() { reasons(&access.lines) } else { because },
                places: places(&cited),
                since: self.fact_since(&cited),
                until: chain_end(&access.lines),
                used: None,
            });
        }
        facts
    }

    fn person_fact(&self, person: &'a ReviewedPerson<'a>) -> ReviewFact<'a> {
        let cited: BTreeSet<_> = person.at.iter().collect();
        ReviewFact {
            kind: ReviewFactKind::Person,
            item: String::new(),
            products: None,
            reason: person.standing.as_str().to_owned(),
            places: places(&cited),
            since: self.fact_since(&cited),
            until: person.until,
            used: person.last_used,
        }
    }

    fn holding_fact(
        &self,
        person: &ReviewedPerson<'_>,
        held: HeldObject<'a>,
        lines: &'a [ChainLine],
    ) -> ReviewFact<'a> {
        let cited: BTreeSet<&Citation> = lines.iter().filter_map(|line| line.why.citation()).collect();
        let name = |name: &str| clean_text(name).into_owned();
        let (kind, item) = match held {
            HeldObject::Role(role) => (ReviewFactKind::Role, words::role_words(role).plain_text()),
            HeldObject::Group(group) => (ReviewFactKind::Membership, name(group.as_str())),
            HeldObject::Licence(product, _) => (ReviewFactKind::Licence, name(product.as_str())),
            HeldObject::Exception(product, UserException::Allow) => {
                (ReviewFactKind::Assignment, name(product.as_str()))
            }
            HeldObject::Exception(product, UserException::Deny) => {
                (ReviewFactKind::Deny, name(product.as_str()))
            }
            HeldObject::Checkout(checkout) => (ReviewFactKind::Checkout, name(checkout.product.as_str())),
        };
        let mut fact = ReviewFact {
            kind,
            item,
            products: None,
            reason: reasons(lines),
            places: places(&cited),
            since: self.fact_since(&cited),
            until: chain_end(lines),
            used: self.evidence.review.last_use_day(person.email, held),
        };
        match held {
            HeldObject::Licence(_, assigned) => fact.since = assigned.map_or(fact.since, FactSince::Assigned),
            HeldObject::Checkout(checkout) => {
                fact.reason =
                    format!("on {} until {}", clean_text(&checkout.machine), words::minute(checkout.expires));
            }
            HeldObject::Role(_) | HeldObject::Group(_) | HeldObject::Exception(..) => {}
        }
        fact
    }

    /// Returns the policy lines that open a set of products to everyone who has the set for that reason.
    fn shared_citations(&mut self, because: AccessReason<'a>, products: usize) -> &BTreeSet<&'a Citation> {
        let (listed, settings, defaults) = (&self.listed, &self.settings, &self.defaults);
        let set = &self.evidence.review.sets[products];
        self.shared.entry((because, products)).or_insert_with(|| match because {
            AccessReason::List(group) => {
                set.iter().filter_map(|product| listed.get(&(group, *product)).copied()).collect()
            }
            AccessReason::Setting(country) => {
                // The setting for a country wins over the setting for everywhere.
                let of = |product: &&'a ProductId| {
                    let areas = [Area::Country(country), Area::Everywhere].into_iter();
                    areas.filter_map(|area| settings.get(&(*product, area)).copied()).next()
                };
                set.iter().filter_map(of).collect()
            }
            AccessReason::Default(country) => defaults.get(&country).copied().into_iter().collect(),
        })
    }

    fn fact_since(&self, cited: &BTreeSet<&Citation>) -> FactSince<'a> {
        let Some(history) = self.evidence.history.as_ref().filter(|_| !cited.is_empty()) else {
            return FactSince::Unknown;
        };
        let newest = cited.iter().filter_map(|at| history.blamed.get(*at)).max_by_key(|blamed| blamed.time);
        let cut = cited.iter().filter_map(|at| history.cut.get(*at)).max();
        let is_known = |at: &&Citation| history.blamed.contains_key(*at) || history.cut.contains_key(*at);
        match newest {
            _ if history.refusal.is_some() => FactSince::NotTold("Git did not say"),
            _ if !cited.iter().all(is_known) => FactSince::NotCommitted,
            // What is older than the beginning of a shallow clone is older than that commit.
            Some(newest) if cut.is_none_or(|begins| newest.time > *begins) => FactSince::Commit(newest),
            Some(_) | None => FactSince::NotTold("a shallow clone"),
        }
    }
}

/// Returns the reasons that the policy states beside its lines: “Porto bridge”.
fn reasons(lines: &[ChainLine]) -> String {
    let said: BTreeSet<String> = lines.iter().filter_map(|line| reason_text(&line.why)).collect();
    said.into_iter().collect::<Vec<_>>().join("; ")
}

fn reason_text(why: &StepReason) -> Option<String> {
    match why {
        StepReason::Declared { reason, .. } => reason.as_ref().map(|reason| clean_text(reason).into_owned()),
        StepReason::Ended { .. }
        | StepReason::NotYet { .. }
        | StepReason::Removed { .. }
        | StepReason::NotDeclared { .. }
        | StepReason::Follows { .. }
        | StepReason::Undo => Some(words::why_words(why).plain_text()),
    }
}

/// Returns the last day of a chain, which holds as long as all of its lines hold.
fn chain_end(lines: &[ChainLine]) -> Option<Date> {
    lines.iter().filter_map(|line| words::stated_terms(&line.why).0).min()
}

/// Cites lines; consecutive lines of a file are written as a range.
fn places(cited: &BTreeSet<&Citation>) -> String {
    let mut ranges: Vec<(&str, u32, u32)> = Vec::new();
    for at in cited {
        match ranges.last_mut() {
            Some((file, _, last)) if *file == &*at.file && *last + 1 == at.line => *last = at.line,
            _ => ranges.push((&at.file, at.line, at.line)),
        }
    }
    let citations = ranges.into_iter().map(|(file, first, last)| {
        if first == last {
            format!("{}:{first}", clean_text(file))
        } else {
            format!("{}:{first}-{last}", clean_text(file))
        }
    });
    citations.collect::<Vec<_>>().join(", ")
}
