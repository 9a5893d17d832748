//! What the facts of an access decision are called.

use super::super::words::{Words, place, why};
use crate::audit::why::{CountryBy, Fact, Line, Link, List};
use crate::model::{AccessSetting, Area, UserException};

/// One fact.
pub fn fact(fact: &Fact) -> Words {
    match fact {
        Fact::NamedLicence { assigned: Some(since) } => {
            Words::new(format!("named licence since {}", since.strftime("%Y-%m-%d")))
        }
        Fact::NamedLicence { assigned: None } => Words::new("named licence"),
        Fact::Exception(UserException::Allow) => Words::new("allowed by name"),
        Fact::Exception(UserException::Deny) => Words::new("denied by name"),
        Fact::List { group, list } => {
            let words = Words::new("the list of ").name(group);
            match list {
                List::Names => words.say(" names it"),
                List::LeavesOut => words.say(" names only others"),
                List::Empty => words.say(" is empty"),
                List::For(country) => words.say(format!(" is for {country} only")),
            }
        }
        Fact::Setting { area, setting } => {
            Words::new(format!("the product is {}{}", setting_words(*setting), area_words(*area)))
        }
        Fact::Default { setting, stated: true } => {
            Words::new(format!("by default products are {}", setting_words(*setting)))
        }
        Fact::Default { setting, stated: false } => {
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
pub fn country_by(by: CountryBy) -> &'static str {
    match by {
        CountryBy::Attribute => "set for this person",
        CountryBy::Profile => "of the profile, which has a contract",
        CountryBy::LargestContract => "of the largest contract, as the profile's country has none",
        CountryBy::NoContract => "of the profile, as there is no contract at all",
    }
}

/// The lines of a chain, each with what it says; that there is none is said too.
pub fn lines(chain: &[Line]) -> String {
    let lines: Vec<_> = chain.iter().map(line).collect();
    if lines.is_empty() { "not in the policy".to_owned() } else { lines.join(", ") }
}

fn line(line: &Line) -> String {
    let says = match &line.link {
        Link::Fact => Words::default(),
        Link::Member(group) => Words::new("member of ").name(group).say(": "),
        Link::Includes { inner: _, outer } => Words::new("included in ").name(outer).say(": "),
        Link::Listed(_) => Words::new("list: "),
    };
    let more = why(&line.why).plain();
    let more = if more.is_empty() { more } else { format!(" {more}") };
    format!("{}{}{more}", says.plain(), place(&line.why).unwrap_or_default())
}
