//! What to do about excess: of what can be done, what each comes to in money and whom it touches.
//!
//! The past is the judge: the periods that are over are counted again as if what is advised had been done
//! already, against what is owned and what it costs today. What can be done: leave it, close the product to
//! all who are not selected, take it from those who stand in the way of the fewest, or buy licences.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::charge::{Charge, assess};
use super::crowd::Stays;
use super::row::{Place, Pool};
use super::{Counted, History, Period, Settings, Tally, Terms};
use crate::model::access::{Rule, decide, entitlement_country, is_present};
use crate::model::{CountryCode, Date, Email, Money, Organization, Owned, ProductId, Text};

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing, and to pay what comes.
    Leave,
    /// The product is taken from these people, who were there when too many were.
    Release,
    /// The product is closed to all who are not selected: nobody uses it by accident.
    Restrict,
    /// So many licences are bought.
    Buy(u32),
}

/// One of them, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is done.
    pub act: Act,
    /// Who loses the product, with the days of use that are known of each.
    pub people: BTreeMap<Email, u32>,
    /// The most machines above what is owned in any period.
    pub excess: u32,
    /// What it costs once.
    pub once: Option<Money>,
    /// What it costs once, and all the charges that still come over the time that is looked at; `None` where
    /// no price is known.
    pub cost: Option<Money>,
}

/// One period that has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Which one.
    pub period: Period,
    /// The most machines at once.
    pub peak: u32,
    /// The most above what is owned today.
    pub excess: u32,
}

/// What can be done about one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Whose machines.
    pub pool: Pool,
    /// Licences owned today.
    pub owned: u32,
    /// The periods that it is judged by, in order.
    pub judged: Vec<Judged>,
    /// What can be done, to leave it first.
    pub choices: Vec<Choice>,
    /// The place of the cheapest among them; of equals the one that touches fewer people. `None` where no
    /// price is known.
    pub cheapest: Option<usize>,
}

/// What is known, and looked at.
#[derive(Debug, Clone, Copy)]
pub struct Outlay<'a> {
    /// The organization as it is.
    pub live: &'a Organization,
    /// Contracts and prices.
    pub terms: Terms<'a>,
    /// How use is counted.
    pub settings: &'a Settings,
    /// Whom the policy declares, so that an edit of it can take something from them.
    pub declared: &'a BTreeSet<Email>,
    /// Today.
    pub today: Date,
    /// So many periods are looked at.
    pub periods: u32,
}

/// The most people from whom a product is taken; an organization that must take it from more has another
/// question.
const MOST_RELEASED: usize = 200;

impl Outlay<'_> {
    /// The pools of which there was more than is owned in a period that has passed, or in the running one
    /// where none has: each with the periods it is judged by.
    pub fn exceeded(&self, counted: &Counted) -> Vec<Pool> {
        let pools: BTreeSet<&Pool> = counted.tallies.keys().map(|(pool, _)| pool).collect();
        let is_exceeded = |pool: &&Pool| self.judged(pool, counted).iter().any(|judged| judged.excess > 0);
        pools.into_iter().filter(is_exceeded).cloned().collect()
    }

    /// What can be done about `pool`, whose use was counted and is known in `stays`.
    pub fn advice(&self, pool: &Pool, counted: &Counted, stays: &Stays) -> Advice {
        let judged = self.judged(pool, counted);
        let owned = self.owned(pool);
        let most = judged.iter().map(|judged| judged.excess).max().unwrap_or(0);
        let days = stays.days(self.settings);
        let without = |people: BTreeSet<Email>, act| self.without(pool, &judged, stays, people, act, &days);
        let mut choices = vec![self.bought(pool, counted, &judged, 0)];
        let released = self.releasable(pool, &judged, stays, &days);
        let restricted = self.restrictable(pool);
        for (people, act) in [(released, Act::Release), (restricted, Act::Restrict)] {
            let choice = without(people, act);
            // Nobody loses a product for nothing.
            choices.extend(
                (choice.excess < choices[0].excess || amount(&choice) < amount(&choices[0]))
                    .then_some(choice),
            );
        }
        let bought = (1..=most).map(|licences| self.bought(pool, counted, &judged, licences));
        // The first of equals: no licence is bought that brings nothing.
        choices.extend(bought.reduce(|best, next| if amount(&next) < amount(&best) { next } else { best }));
        let cheapest = cheapest(&choices);
        Advice { pool: pool.clone(), owned, judged, choices, cheapest }
    }

    /// After so many periods with excess a licence that is bought has paid for itself; `None` where a
    /// period's charge is nothing.
    pub fn break_even(&self) -> Option<u32> {
        let a_period = self.settings.term_share.fraction().checked_mul(self.settings.discount.rest())?;
        let periods = Decimal::ONE.checked_div(a_period)?;
        periods.ceil().try_into().ok()
    }

    fn owned(&self, pool: &Pool) -> u32 {
        self.terms.owned(pool).unwrap_or_default().covered_on(self.today)
    }

    fn held(&self, pool: &Pool, more: u32) -> History<Owned> {
        History::always(Owned::Quantity(self.owned(pool).saturating_add(more)))
    }

    fn judged(&self, pool: &Pool, counted: &Counted) -> Vec<Judged> {
        let running = Period::of(self.settings.period, self.today);
        let known: BTreeSet<Period> = counted.tallies.keys().map(|(_, period)| *period).collect();
        let past: Vec<Period> = known.iter().copied().filter(|period| *period < running).collect();
        let periods = if past.is_empty() { vec![running] } else { past };
        let of = |period: Period| {
            let tally = counted.tallies.get(&(pool.clone(), period));
            let machines = |tally: &Tally| tally.peak().map_or(0, |peak| peak.machines);
            let excess =
                |tally: &Tally| tally.excess(&self.held(pool, 0)).map_or(0, |excess| excess.machines);
            Judged { period, peak: tally.map_or(0, machines), excess: tally.map_or(0, excess) }
        };
        periods.into_iter().map(of).collect()
    }

    /// What comes of so many licences more.
    fn bought(&self, pool: &Pool, counted: &Counted, judged: &[Judged], licences: u32) -> Choice {
        let tallies = judged.iter().filter_map(|judged| counted.tallies.get(&(pool.clone(), judged.period)));
        let (excess, charges) = self.come_to(pool, tallies.cloned(), licences);
        let act = if licences == 0 { Act::Leave } else { Act::Buy(licences) };
        self.choice(pool, act, BTreeMap::new(), excess, charges, judged.len())
    }

    /// What comes of it that these people do not use the product.
    fn without(
        &self,
        pool: &Pool,
        judged: &[Judged],
        stays: &Stays,
        people: BTreeSet<Email>,
        act: Act,
        days: &BTreeMap<&Email, u32>,
    ) -> Choice {
        let tallies = judged
            .iter()
            .map(|judged| stays.tally(judged.period, self.settings, |email| people.contains(email)));
        let (excess, charges) = self.come_to(pool, tallies, 0);
        let people =
            people.into_iter().map(|email| (email.clone(), days.get(&email).copied().unwrap_or(0))).collect();
        self.choice(pool, act, people, excess, charges, judged.len())
    }

    /// The most excess, and the charges; `None` where no price is known.
    fn come_to(
        &self,
        pool: &Pool,
        tallies: impl Iterator<Item = Tally>,
        licences: u32,
    ) -> (u32, Option<Decimal>) {
        let (held, prices) = (self.held(pool, licences), self.today_always(&pool.product));
        tallies.fold((0, Some(Decimal::ZERO)), |(most, sum), tally| {
            let found = assess(&tally, &held, &prices, self.settings);
            let charge = match found.charge {
                Charge::Nothing | Charge::Forgiven => Some(Decimal::ZERO),
                Charge::Due(money) => Some(money.amount),
                Charge::PriceUnknown | Charge::TooLarge => None,
            };
            let excess = found.excess.map_or(0, |excess| excess.machines);
            (most.max(excess), sum.zip(charge).and_then(|(sum, charge)| sum.checked_add(charge)))
        })
    }

    /// The list price of today, whenever.
    fn today_always(&self, product: &ProductId) -> History<Money> {
        self.terms.prices(product).on(self.today).cloned().map_or_else(History::default, History::always)
    }

    fn choice(
        &self,
        pool: &Pool,
        act: Act,
        people: BTreeMap<Email, u32>,
        excess: u32,
        charges: Option<Decimal>,
        judged: usize,
    ) -> Choice {
        let price = self.today_always(&pool.product).on(self.today).cloned();
        let licences = match act {
            Act::Leave | Act::Release | Act::Restrict => 0,
            Act::Buy(licences) => licences,
        };
        let money = |amount: Decimal, currency: &Text| Money { amount, currency: currency.clone() }.rounded();
        let once = price.as_ref().and_then(|price| price.amount.checked_mul(licences.into()));
        let later =
            charges.and_then(|sum| sum.checked_mul(self.periods.into())?.checked_div(Decimal::from(judged)));
        let currency = price.as_ref().map(|price| &price.currency);
        let cost = once.zip(later).and_then(|(once, later)| once.checked_add(later)).zip(currency);
        Choice {
            act,
            people,
            excess,
            once: once.zip(currency).map(|(once, currency)| money(once, currency)),
            cost: cost.map(|(cost, currency)| money(cost, currency)),
        }
    }

    /// Those who have the product because everybody in the country has, and nobody has said so of them.
    fn restrictable(&self, pool: &Pool) -> BTreeSet<Email> {
        let Place::Country(country) = pool.place else { return BTreeSet::new() };
        let users = self.live.users.iter().filter(|(_, user)| is_present(user) && self.is_in(country, user));
        let by_setting = users.filter(|(_, user)| {
            let decision = decide(self.live, self.terms.0, user, &pool.product);
            match decision.by {
                Rule::Product | Rule::Default => decision.allowed,
                Rule::NamedLicence | Rule::Exception | Rule::Groups => false,
            }
        });
        by_setting.map(|(email, _)| email.clone()).collect()
    }

    fn is_in(&self, country: CountryCode, user: &crate::model::User) -> bool {
        entitlement_country(user, &self.terms.0.contracts) == country
    }

    /// Of those who were there when too many were, the ones who used the product on the fewest days: as many
    /// as it takes.
    fn releasable(
        &self,
        pool: &Pool,
        judged: &[Judged],
        stays: &Stays,
        days: &BTreeMap<&Email, u32>,
    ) -> BTreeSet<Email> {
        let (held, mut released) = (self.held(pool, 0), BTreeSet::new());
        for period in judged.iter().map(|judged| judged.period) {
            while released.len() < MOST_RELEASED {
                let tally = stays.tally(period, self.settings, |email| released.contains(email));
                let Some(excess) = tally.excess(&held) else { break };
                let there = stays.present(excess.at, self.settings);
                let next =
                    there.filter(|email| !released.contains(*email) && self.can_lose(email, &pool.product));
                let Some(next) = next.min_by_key(|email| (days.get(*email).copied(), *email)).cloned() else {
                    break;
                };
                released.insert(next);
            }
        }
        released
    }

    /// Whether a line of the policy can take the product from this person: a named licence is stronger than
    /// any.
    fn can_lose(&self, email: &Email, product: &ProductId) -> bool {
        self.declared.contains(email)
            && self.live.users.get(email).is_some_and(|user| !user.licences.has(product))
    }
}

fn amount(choice: &Choice) -> Option<Decimal> {
    choice.cost.as_ref().map(|cost| cost.amount)
}

fn cheapest(choices: &[Choice]) -> Option<usize> {
    let priced = choices
        .iter()
        .enumerate()
        .filter_map(|(at, choice)| Some((amount(choice)?, choice.people.len(), at)));
    priced.min().map(|(.., at)| at)
}
