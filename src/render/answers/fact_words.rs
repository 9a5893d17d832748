//! Words for the facts of an access decision.

use super::super::words::{MarkedText, why_place, why_words};
use crate::audit::explanation::{AccessFact, ChainLine, ChainLink, CountryOrigin, ListEffect};
use crate::model::{AccessSetting, Area, UserException};

/// Describes a fact of an access decision.
pub fn fact_words(fact: &AccessFact) -> MarkedText {
    match fact {
        AccessFact::NamedLicence { assigned: Some(since) } => {
            MarkedText::new(format!("named licence since {}", since.strftime("%Y-%m-%d")))
        }
        AccessFact::NamedLicence { assigned: None } => MarkedText::new("named licence"),
        AccessFact::Exception(UserException::Allow) => MarkedText::new("allowed by name"),
        AccessFact::Exception(UserException::Deny) => MarkedText::new("denied by name"),
        AccessFact::List { group, list } => {
            let words = MarkedText::new("the list of ").name(group);
            match list {
                ListEffect::Names => words.say(" names it"),
                ListEffect::LeavesOut => words.say(" names only others"),
                ListEffect::Empty => words.say(" is empty"),
                ListEffect::For(country) => words.say(format!(" is for {country} only")),
            }
        }
        AccessFact::Setting { area, setting } => {
            MarkedText::new(format!("the product is {}{}", setting_words(*setting), area_words(*area)))
        }
        AccessFact::Default { setting, stated: true } => {
            MarkedText::new(format!("by default products are {}", setting_words(*setting)))
        }
        AccessFact::Default { setting, stated: false } => {
            MarkedText::new(format!("nothing said, so {}", setting_words(*setting)))
        }
    }
}

/// Describes whom a setting lets in.
pub fn setting_words(setting: AccessSetting) -> &'static str {
    match setting {
        AccessSetting::Everyone => "open to everyone",
        AccessSetting::Nobody => "closed",
    }
}

fn area_words(area: Area) -> String {
    match area {
        Area::Everywhere => " everywhere".to_owned(),
        Area::Country(country) => format!(" in {country}"),
    }
}

/// Explains why a country is a user's entitlement country.
pub fn country_reason(by: CountryOrigin) -> &'static str {
    match by {
        CountryOrigin::Attribute => "set for this person",
        CountryOrigin::Profile => "of the profile, which has a contract",
        CountryOrigin::LargestContract => "of the largest contract, as the profile's country has none",
        CountryOrigin::NoContract => "of the profile, as there is no contract at all",
    }
}

/// Lists the lines of a chain, each with its statement; an empty chain has words too.
pub fn chain_text(chain: &[ChainLine]) -> String {
    let lines: Vec<_> = chain.iter().map(chain_line_text).collect();
    if lines.is_empty() { "not in the policy".to_owned() } else { lines.join(", ") }
}

fn chain_line_text(line: &ChainLine) -> String {
    let says = match &line.link {
        ChainLink::Fact => MarkedText::default(),
        ChainLink::Member(group) => MarkedText::new("member of ").name(group).say(": "),
        ChainLink::Includes { inner: _, outer } => MarkedText::new("included in ").name(outer).say(": "),
        ChainLink::Listed(_) => MarkedText::new("list: "),
    };
    let more = why_words(&line.why).plain_text();
    let more = if more.is_empty() { more } else { format!(" {more}") };
    format!("{}{}{more}", says.plain_text(), why_place(&line.why).unwrap_or_default())
}
