//! A builder of plans for tests, without the planner.

use std::collections::BTreeMap;

use seatwise::change::{LeftAlone, Withheld};
use seatwise::model::{
    Alert, Area, Checkout, Contact, CountryCode, Date, Email, FlatSet, GroupFacts, GroupKind, GroupName,
    LicenceKind, Product, ProductId, Profile, RoleId, Text,
};
use seatwise::plan::impact::NotUndoableCounts;
use seatwise::plan::{Identity, Impact, Phase, Plan, ReadCounts, Step, StepNo, StepReason, Verdict};
use seatwise::policy::Citation;

use crate::plain_act::PlainAct;

pub fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

pub fn group(text: &str) -> GroupName {
    GroupName::new(text).unwrap()
}

pub fn role(text: &str) -> RoleId {
    RoleId::new(text).unwrap()
}

pub fn product(text: &str) -> ProductId {
    ProductId::new(text).unwrap()
}

pub fn country(text: &str) -> CountryCode {
    CountryCode::new(text).unwrap()
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn citation(place: &str) -> Citation {
    let (file, line) = place.rsplit_once(':').unwrap();
    Citation { file: file.into(), line: line.parse().unwrap() }
}

pub fn declared_why(place: &str) -> StepReason {
    StepReason::Declared { at: citation(place), until: None, reason: None }
}

pub fn not_declared_why(place: &str) -> StepReason {
    StepReason::NotDeclared { at: citation(place) }
}

pub fn profile(address: &str, name: &str, of: &str) -> Profile {
    let (first, last) = name.split_once(' ').unwrap();
    Profile {
        email: email(address),
        first_name: first.into(),
        last_name: last.into(),
        country: country(of),
        entitlement_country: None,
    }
}

pub fn facts(name: &str, kind: GroupKind, description: &str) -> GroupFacts {
    GroupFacts { name: group(name), kind, country: None, description: description.into() }
}

pub fn list(products: &[&str]) -> FlatSet<ProductId> {
    products.iter().map(|id| product(id)).collect()
}

pub fn contact(address: &str) -> Contact {
    Contact { email: email(address), area: Area::Everywhere }
}

pub fn alert(above: u32) -> Alert {
    Alert { above, sign_in_required: true }
}

pub fn checkout(id: &str, machine: &str) -> Checkout {
    Checkout {
        product: product(id),
        machine: machine.into(),
        expires: "2027-01-31T17:00:00Z".parse().unwrap(),
    }
}

pub fn catalogue_entry(id: &str, number: u32, name: &str, licence: LicenceKind) -> (ProductId, Product) {
    (
        product(id),
        Product { number: Some(number), feature: None, name: name.into(), licence, list_price: None },
    )
}

/// A plan without steps.
pub fn empty_plan() -> Plan {
    Plan {
        organization: "acme-engineering".into(),
        policy: Text::from("5f0c"),
        as_of: date("2026-11-24"),
        created: "2026-11-24T09:12:30Z".parse().unwrap(),
        read: ReadCounts { users: 1204, products: 37, requests: 4 },
        steps: Vec::new(),
        withheld: Vec::new(),
        readdressed: Vec::new(),
        joined_products: Vec::new(),
        not_compared: Vec::new(),
        no_place: Vec::new(),
        left_alone: LeftAlone::default(),
        impact: Impact::default(),
        verdict: Verdict::default(),
        guards: seatwise::policy::settings::Guards::default(),
        approvals: Vec::new(),
        catalogue: BTreeMap::new(),
        conflicts: Vec::new(),
    }
}

/// Builds a plan step by step; each step needs the one before it.
pub struct PlanBuilder(pub Plan);

impl PlanBuilder {
    pub fn new() -> Self {
        Self(empty_plan())
    }

    pub fn step(self, act: PlainAct, why: StepReason) -> Self {
        self.step_of(act, vec![why], Vec::new())
    }

    pub fn step_of(mut self, act: PlainAct, why: Vec<StepReason>, identities: Vec<Identity>) -> Self {
        let no = StepNo(u32::try_from(self.0.steps.len()).unwrap() + 1);
        let needs = if no.0 > 1 { vec![StepNo(no.0 - 1)] } else { Vec::new() };
        self.0.steps.push(Step { no, phase: Phase::ALL[0], act: act.into(), identities, needs, why });
        self.0.impact.requests = no.0;
        self.0.impact.seconds = Some(f64::from(no.0) / 5.0);
        self
    }

    pub fn withhold(
        mut self,
        what: seatwise::change::WithheldSubject,
        reason: seatwise::change::WithheldReason,
    ) -> Self {
        self.0.withheld.push(Withheld { what, reason });
        self
    }

    pub fn with_not_undoable(mut self, what: NotUndoableCounts) -> Self {
        self.0.impact.not_undoable = what;
        self
    }
}
