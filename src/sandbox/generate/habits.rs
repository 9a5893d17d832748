//! A person's working habits: place of work, machines, products, days off.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::dice::Dice;
use super::work_calendar::WorkCalendar;
use crate::model::access::{decide_access, entitlement_country, is_present};
use crate::model::{
    CountryCode, Organization, OrganizationFacts, OwnedLicences, ProductId, Text, Timestamp, User,
};
use crate::usage::{StartMethod, UsageSource, UsageType, days_between};

/// Everything about one person's work that does not change from day to day.
pub(super) struct WorkHabits {
    pub(super) dice: Dice,
    pub(super) calendar: WorkCalendar,
    /// The person's name in usage data: an address or an opaque id.
    pub(super) name: Text,
    pub(super) workstation: Text,
    /// `None` where the person has no laptop.
    pub(super) laptop: Option<Text>,
    pub(super) tools: Vec<WorkTool>,
    /// The person's first day; there is no use before it.
    pub(super) since: Date,
    /// The person's leave: the first day of each absence, and its number of days.
    pub(super) leave: Vec<(Date, i64)>,
    /// The beginning of the working day, in minutes of local time.
    pub(super) morning: i64,
    /// The length of the working day, in minutes.
    pub(super) length: i64,
}

/// A product that a person works with.
pub(super) struct WorkTool {
    pub(super) source: UsageSource,
    /// The number of days in a hundred on which the person uses the product.
    pub(super) percent: u64,
    /// Whether the product is used all day rather than for an hour or two.
    pub(super) is_main: bool,
    /// The earliest possible use: use under a named licence begins with its assignment.
    pub(super) since: Timestamp,
}

/// The owned quantity of each product as a weight for random choice: people use what the firm owns.
pub(super) struct ProductWeights<'a> {
    organization: &'a Organization,
    facts: &'a OrganizationFacts,
    everywhere: BTreeMap<&'a ProductId, u64>,
    in_country: BTreeMap<(CountryCode, &'a ProductId), u64>,
}

impl<'a> ProductWeights<'a> {
    /// Returns the weights of the products that the contracts of `facts` own.
    pub(super) fn new(organization: &'a Organization, facts: &'a OrganizationFacts) -> Self {
        let (mut everywhere, mut in_country) = (BTreeMap::new(), BTreeMap::new());
        for contract in &facts.contracts {
            for (product, owned) in &contract.owned {
                let quantity = match owned {
                    OwnedLicences::Quantity(quantity) => u64::from(*quantity),
                    OwnedLicences::Unlimited => 2,
                };
                *everywhere.entry(product).or_insert(0) += quantity;
                *in_country.entry((contract.country, product)).or_insert(0) += quantity;
            }
        }
        Self { organization, facts, everywhere, in_country }
    }

    /// Returns the pooled products that `user` may start, each with its weight in `country`.
    fn startable_products(&self, user: &User, country: CountryCode) -> Vec<(&'a ProductId, u64)> {
        let pooled = self.facts.products.keys().filter(|product| !self.facts.is_named(product));
        let may =
            pooled.filter(|product| decide_access(self.organization, self.facts, user, product).allowed);
        let weight = |product: &'a ProductId| {
            let here = self.in_country.get(&(country, product)).copied().unwrap_or(0);
            // The quantity is squared, because people mostly work with what the firm owns most of.
            1 + 8 * here.saturating_mul(here) + self.everywhere.get(product).copied().unwrap_or(0)
        };
        may.map(|product| (product, weight(product))).collect()
    }

    fn source(
        &self,
        product: &ProductId,
        country: CountryCode,
        usage_type: UsageType,
        through: StartMethod,
    ) -> UsageSource {
        let feature = self.facts.products.get(product).and_then(|known| known.feature.clone());
        UsageSource {
            product: product.clone(),
            feature,
            country: Some(country),
            site: None,
            usage_type,
            through,
        }
    }
}

impl WorkHabits {
    /// Returns the habits of `user`, the person with this number, between the days `first` and `until`.
    /// `None` means that the person uses nothing.
    pub(super) fn new(
        goods: &ProductWeights<'_>,
        user: &User,
        number: usize,
        mut dice: Dice,
        (first, until): (Date, Date),
    ) -> Option<Self> {
        let country = entitlement_country(user, &goods.facts.contracts);
        if !is_present(user) || dice.chance(10) {
            return None;
        }
        let tools = draw_tools(goods, user, country, &mut dice);
        if tools.is_empty() {
            return None;
        }
        // Now and then two people share a workstation, so that the data has hand-overs within an interval,
        // which count as one use.
        let desk = if dice.chance(3) { number.saturating_sub(1) } else { number };
        let laptop = dice.chance(15).then(|| format!("NB-{number:05}").into());
        let days = u64::try_from(days_between(first, until)).unwrap_or(0);
        let since = if dice.chance(12) { days_after(first, dice.number_below(days + 1)) } else { first };
        let leave = draw_leave(&mut dice, first, until);
        let (morning, length) =
            (450 + to_signed(dice.number_below(120)), 450 + to_signed(dice.number_below(90)));
        let workstation = format!("WS-{desk:05}").into();
        let name = usage_name(user, country, &mut dice);
        Some(Self {
            calendar: WorkCalendar::for_country(user.profile.country),
            name,
            workstation,
            laptop,
            tools,
            since,
            leave,
            morning,
            length,
            dice,
        })
    }

    /// Whether the person is on leave on `day`.
    pub(super) fn is_on_leave(&self, day: Date) -> bool {
        self.leave
            .iter()
            .any(|(from, days)| *from <= day && day < from.saturating_add(Span::new().days(*days)))
    }
}

/// Returns the user's name in usage data. In countries with strict privacy law, some people are an opaque id
/// there.
fn usage_name(user: &User, country: CountryCode, dice: &mut Dice) -> Text {
    let is_hidden = matches!(country.as_str(), "DE" | "AT" | "FR") && dice.chance(8);
    if is_hidden {
        format!("{:08x}-{:04x}", dice.number_below(1 << 32), dice.number_below(1 << 16)).into()
    } else {
        user.profile.email.as_str().into()
    }
}

fn draw_tools(
    goods: &ProductWeights<'_>,
    user: &User,
    country: CountryCode,
    dice: &mut Dice,
) -> Vec<WorkTool> {
    let through = if dice.chance(2) { StartMethod::ActivationKey } else { StartMethod::SignIn };
    let mut choice = goods.startable_products(user, country);
    let mut tools = Vec::new();
    for place in 0..1 + dice.number_below(3) {
        let Some(at) = draw_index(&choice, dice) else { break };
        let (product, _) = choice.swap_remove(at);
        let usage_type =
            if place == 2 && dice.chance(10) { UsageType::new("Trial") } else { UsageType::production() };
        let percent = match place {
            0 => 70 + dice.number_below(26),
            1 => 15 + dice.number_below(30),
            _ => 4 + dice.number_below(12),
        };
        let source = goods.source(product, country, usage_type, through);
        tools.push(WorkTool { source, percent, is_main: place == 0, since: Timestamp::MIN });
    }
    for (product, licence) in user.licences.iter() {
        let source = goods.source(product, country, UsageType::production(), StartMethod::SignIn);
        let since = licence.assigned.unwrap_or(Timestamp::MAX);
        tools.push(WorkTool { source, percent: 40 + dice.number_below(40), is_main: false, since });
    }
    tools
}

/// Draws an index with a probability in proportion to its weight. `None` where there is nothing to draw.
fn draw_index(choice: &[(&ProductId, u64)], dice: &mut Dice) -> Option<usize> {
    let all: u64 = choice.iter().map(|(_, weight)| weight).sum();
    let mut rest = (all > 0).then(|| dice.number_below(all))?;
    choice.iter().position(|(_, weight)| match rest.checked_sub(*weight) {
        Some(left) => {
            rest = left;
            false
        }
        None => true,
    })
}

/// Draws the leave of every year: 16 days that begin between late June and late August, and two or three
/// single weeks.
fn draw_leave(dice: &mut Dice, first: Date, until: Date) -> Vec<(Date, i64)> {
    let mut leave = Vec::new();
    let mut year = first.first_of_year();
    while year <= until {
        leave.push((days_after(year, 175 + dice.number_below(65)), 16));
        for _ in 0..2 + dice.number_below(2) {
            leave.push((days_after(year, dice.number_below(365)), 7));
        }
        year = year.saturating_add(Span::new().years(1));
    }
    leave
}

/// Returns the day that is `days` after `day`.
pub(super) fn days_after(day: Date, days: u64) -> Date {
    day.saturating_add(Span::new().days(to_signed(days)))
}

/// Converts a small number. Panics above the range of `i64`.
pub(super) fn to_signed(small: u64) -> i64 {
    i64::try_from(small).expect("of a few digits")
}
