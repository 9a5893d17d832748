//! What one person does all year: where they work, on which machines, with what.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::dice::Dice;
use super::work_calendar::WorkCalendar;
use crate::model::access::{decide_access, entitlement_country, is_present};
use crate::model::{
    CountryCode, Organization, OrganizationFacts, OwnedLicences, ProductId, Text, Timestamp, User,
};
use crate::usage::{StartMethod, UsageSource, UsageType};

/// Everything about one person that does not change from day to day.
pub(super) struct WorkHabits {
    pub(super) dice: Dice,
    pub(super) calendar: WorkCalendar,
    /// As usage data has the person.
    pub(super) name: Text,
    pub(super) workstation: Text,
    /// For those who have one.
    pub(super) laptop: Option<Text>,
    pub(super) tools: Vec<WorkTool>,
    /// Nothing before: when they came.
    pub(super) since: Date,
    /// Days away, each from one on, for so many days.
    pub(super) leave: Vec<(Date, i64)>,
    /// When their day begins, in minutes of local time.
    pub(super) morning: i64,
    /// How long it is, in minutes.
    pub(super) length: i64,
}

/// A product somebody works with.
pub(super) struct WorkTool {
    pub(super) source: UsageSource,
    /// On so many of a hundred days.
    pub(super) percent: u64,
    /// A whole day's work, and not an hour of it.
    pub(super) is_main: bool,
    /// Not before: use under a named licence begins with it.
    pub(super) since: Timestamp,
}

/// What each product is owned of, to be drawn by weight: people use what there is.
pub(super) struct ProductWeights<'a> {
    organization: &'a Organization,
    facts: &'a OrganizationFacts,
    everywhere: BTreeMap<&'a ProductId, u64>,
    in_country: BTreeMap<(CountryCode, &'a ProductId), u64>,
}

impl<'a> ProductWeights<'a> {
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

    /// The pooled products that `user` may start, each with its weight in `country`.
    fn startable_products(&self, user: &User, country: CountryCode) -> Vec<(&'a ProductId, u64)> {
        let pooled = self.facts.products.keys().filter(|product| !self.facts.is_named(product));
        let may =
            pooled.filter(|product| decide_access(self.organization, self.facts, user, product).allowed);
        let weight = |product: &'a ProductId| {
            let here = self.in_country.get(&(country, product)).copied().unwrap_or(0);
            // Squared: what a firm has much of is what its people work with.
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
    /// The habits of `user`, the person with this number; `None` of one who uses nothing.
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
        // Two people at one desk, now and then: a hand-over within an interval is one use.
        let desk = if dice.chance(3) { number.saturating_sub(1) } else { number };
        let laptop = dice.chance(15).then(|| format!("NB-{number:05}").into());
        let days = u64::try_from(until.duration_since(first).as_hours() / 24).unwrap_or(0);
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

    pub(super) fn is_on_leave(&self, day: Date) -> bool {
        self.leave
            .iter()
            .any(|(from, days)| *from <= day && day < from.saturating_add(Span::new().days(*days)))
    }
}

/// Where privacy law is read strictly, some people are an opaque id in usage data.
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

/// The place of one, the heavier the likelier.
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

/// Two weeks around August and some single ones, every year.
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

fn days_after(day: Date, days: u64) -> Date {
    day.saturating_add(Span::new().days(to_signed(days)))
}

pub(super) fn to_signed(small: u64) -> i64 {
    i64::try_from(small).expect("of a few digits")
}
