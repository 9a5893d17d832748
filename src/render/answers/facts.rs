//! What the facts of an access decision are called.

use super::super::words::{Words, place, why};
use crate::audit::why::{AccessFact, ChainLine, ChainLink, CountryOrigin, ListEffect};
use crate::model::{AccessSetting, Area, UserException};

/// One fact.
pub fn fact(fact: &AccessFact) -> Words {
    match fact {
        AccessFact::NamedLicence { assigned: Some(since) } => {
            Words::new(format!("named licence since {}", since.strftime("%Y-%m-%d")))
        }
        AccessFact::NamedLicence { assigned: None } => Words::new("named licence"),
        AccessFact::Exception(UserException::Allow) => Words::new("allowed by name"),
        AccessFact::Exception(UserException::Deny) => Words::new("denied by name"),
        AccessFact::List { group, list } => {
            let words = Words::new("the list of ").name(group);
            match list {
                ListEffect::Names => words.say(" names it"),
                ListEffect::LeavesOut => words.say(" names only others"),
                ListEffect::Empty => words.say(" is empty"),
                ListEffect::For(country) => words.say(format!(" is for {country} only")),
            }
        }
        AccessFact::Setting { area, setting } => {
            Words::new(format!("the product is {}{}", setting_words(*setting), area_words(*area)))
        }
        AccessFact::Default { setting, stated: true } => {
            Words::new(format!("by default products are {}", setting_words(*setting)))
        }
        AccessFact::Default { setting, stated: false } => {
            Words::new(format!("nothing said, so {}", setting_words(*setting)))
        }
    }
}

fn setting_words(setting: AccessSetting) -> &'static str {
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

/// Why a country is somebody's entitlement country.
pub fn country_by(by: CountryOrigin) -> &'static str {
    match by {
        CountryOrigin::Attribute => "set for this person",
        CountryOrigin::Profile => "of the profile, which has a contract",
        CountryOrigin::LargestContract => "of the largest contract, as the profile's country has none",
        CountryOrigin::NoContract => "of the profile, as there is no contract at all",
    }
}

/// The lines of a chain, each with what it says; that there is none is said too.
pub fn lines(chain: &[ChainLine]) -> String {
    let lines: Vec<_> = chain.iter().map(line).collect();
    if lines.is_empty() { "not in the policy".to_owned() } else { lines.join(", ") }
}

fn line(line: &ChainLine) -> String {
    let says = match &line.link {
        ChainLink::Fact => Words::default(),
        ChainLink::Member(group) => Words::new("member of ").name(group).say(": "),
        ChainLink::Includes { inner: _, outer } => Words::new("included in ").name(outer).say(": "),
        ChainLink::Listed(_) => Words::new("list: "),
    };
    let more = why(&line.why).plain();
    let more = if more.is_empty() { more } else { format!(" {more}") };
    format!("{}{}{more}", says.plain(), place(&line.why).unwrap_or_default())
}
