//! Says what could not be compared: what was not read is neither equal nor different.

use std::collections::BTreeMap;

use super::words::{self, MarkedText};
use crate::change::{Withheld, WithheldReason, WithheldSubject};
use crate::model::{Section, UnreadReason};
use crate::plan::Plan;
use crate::policy::scope::ScopeOutcome;

/// The sections of which nothing is known, with the list that says why each was not read.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonGaps<'a> {
    not_compared: &'a [Section],
    no_place: &'a [Section],
    withheld: &'a [Withheld],
}

impl<'a> ComparisonGaps<'a> {
    /// Takes the gaps of a plan.
    pub fn from_plan(plan: &'a Plan) -> Self {
        let Plan { not_compared, no_place, withheld, .. } = plan;
        Self { not_compared, no_place, withheld }
    }

    /// Takes the gaps of a comparison.
    pub fn from_scope(scoped: &'a ScopeOutcome) -> Self {
        let ScopeOutcome { not_compared, no_place, withheld, .. } = scoped;
        Self { not_compared, no_place, withheld }
    }

    /// Whether everything was compared that the organization's service has.
    pub fn is_empty(&self) -> bool {
        self.not_compared.is_empty()
    }

    /// Returns the sections that could not be compared, each with its reason: `memberships (100 of 130
    /// came)`; `None` where there are none.
    pub fn reasons(&self) -> Option<MarkedText> {
        let texts = self.not_compared.iter().map(|section| {
            let why = self.withheld.iter().find_map(|withheld| match (&withheld.what, &withheld.reason) {
                (WithheldSubject::Section(of), WithheldReason::Unread(why)) if of == section => Some(why),
                _ => None,
            });
            let name = MarkedText::new(section.as_str());
            match why {
                Some(why) => name.say(" (").append(words::unread_words(why)).say(")"),
                None => name,
            }
        });
        texts.reduce(|list, next| list.say(", ").append(next))
    }

    /// Returns the names of the sections that could not be compared: `users, memberships`.
    pub fn sections(&self) -> String {
        section_list(self.not_compared)
    }

    /// Returns the names of the sections that the service has no place for; `None` where there are none.
    pub fn places(&self) -> Option<String> {
        (!self.no_place.is_empty()).then(|| section_list(self.no_place))
    }
}

/// Returns the sections with the reasons why they were not read: `users (31 of 32 came), roles (…)`; `None`
/// where there are none.
pub fn unread_reasons(unread: &BTreeMap<Section, UnreadReason>) -> Option<String> {
    let text = |(section, why): (&Section, &UnreadReason)| {
        format!("{} ({})", section.as_str(), words::unread_words(why).plain_text())
    };
    let texts: Vec<String> = unread.iter().map(text).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Whether the plan leaves something as it is because the policy contradicts itself on its day.
pub fn withholds_contradictions(plan: &Plan) -> bool {
    plan.withheld.iter().any(|withheld| withheld.reason.is_contradiction())
}

fn section_list(sections: &[Section]) -> String {
    sections.iter().map(|section| section.as_str()).collect::<Vec<_>>().join(", ")
}
