//! What to do about excess: of what can be done, what each comes to in money and whom it touches.
//!
//! The past is the judge: the periods that are over are counted again as if what is advised had been done
//! already, against what is owned and what it costs today. What can be done: leave it, close the product to
//! all who are not selected, take it from those who stand in the way of the fewest, or buy licences.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::access::{AccessRule, decide_access, entitlement_country, is_present};
use crate::model::{CountryCode, Date, Email, Money, Organization, OwnedLicences, ProductId, Text};
use crate::usage::money::charge::{Charge, assess_use};
use crate::usage::people::without_users::PoolStays;
use crate::usage::rows::use_row::{Pool, PoolPlace};
use crate::usage::{LicenceTerms, Period, Tally, UsageCounts, UsageSettings, ValueHistory};

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
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
pub struct RemedyOutcome {
    /// What is done.
    pub act: Remedy,
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
pub struct JudgedPeriod {
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
    pub judged: Vec<JudgedPeriod>,
    /// What can be done, to leave it first.
    pub choices: Vec<RemedyOutcome>,
    /// The place of the cheapest among them; of equals the one that touches fewer people. `None` where no
    /// price is known.
    pub cheapest: Option<usize>,
}

/// What is known, and looked at.
#[derive(Debug, Clone, Copy)]
pub struct Adviser<'a> {
    /// The organization as it is.
    pub live: &'a Organization,
    /// Contracts and prices.
    pub terms: LicenceTerms<'a>,
    /// How use is counted.
    pub settings: &'a UsageSettings,
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

impl Adviser<'_> {
    /// The pools of which there was more than is owned in a period that has passed, or in the running one
    /// where none has: each with the periods it is judged by.
    pub fn exceeded_pools(&self, counted: &UsageCounts) -> Vec<Pool> {
        let pools: BTreeSet<&Pool> = counted.tallies.keys().map(|(pool, _)| pool).collect();
        let is_exceeded =
            |pool: &&Pool| self.judge_periods(pool, counted).iter().any(|judged| judged.excess > 0);
        pools.into_iter().filter(is_exceeded).cloned().collect()
    }

    /// What can be done about `pool`, whose use was counted and is known in `stays`.
    pub fn advice(&self, pool: &Pool, counted: &UsageCounts, stays: &PoolStays) -> Advice {
        let judged = self.judge_periods(pool, counted);
        let owned = self.owned_licences(pool);
        let most = judged.iter().map(|judged| judged.excess).max().unwrap_or(0);
        let days = stays.days_by_person(self.settings);
        let without =
            |people: BTreeSet<Email>, act| self.outcome_without(pool, &judged, stays, people, act, &days);
        let mut choices = vec![self.outcome_of_buying(pool, counted, &judged, 0)];
        let released = self.releasable_people(pool, &judged, stays, &days);
        let restricted = self.restrictable_people(pool);
        for (people, act) in [(released, Remedy::Release), (restricted, Remedy::Restrict)] {
            let choice = without(people, act);
            // Nobody loses a product for nothing.
            choices.extend(
                (choice.excess < choices[0].excess || cost_amount(&choice) < cost_amount(&choices[0]))
                    .then_some(choice),
            );
        }
        let bought = (1..=most).map(|licences| self.outcome_of_buying(pool, counted, &judged, licences));
        // The first of equals: no licence is bought that brings nothing.
        choices.extend(
            bought.reduce(|best, next| if cost_amount(&next) < cost_amount(&best) { next } else { best }),
        );
        let cheapest = cheapest_index(&choices);
        Advice { pool: pool.clone(), owned, judged, choices, cheapest }
    }

    /// After so many periods with excess a licence that is bought has paid for itself; `None` where a
    /// period's charge is nothing.
    pub fn break_even_periods(&self) -> Option<u32> {
        let a_period = self.settings.term_share.fraction().checked_mul(self.settings.discount.rest())?;
        let periods = Decimal::ONE.checked_div(a_period)?;
        periods.ceil().try_into().ok()
    }

    fn owned_licences(&self, pool: &Pool) -> u32 {
        self.terms.owned_licences(pool).unwrap_or_default().covered_licences_on(self.today)
    }

    fn owned_with_more(&self, pool: &Pool, more: u32) -> ValueHistory<OwnedLicences> {
        ValueHistory::constant(OwnedLicences::Quantity(self.owned_licences(pool).saturating_add(more)))
    }

    fn judge_periods(&self, pool: &Pool, counted: &UsageCounts) -> Vec<JudgedPeriod> {
        let running = Period::from_day(self.settings.period, self.today);
        let known: BTreeSet<Period> = counted.tallies.keys().map(|(_, period)| *period).collect();
        let past: Vec<Period> = known.iter().copied().filter(|period| *period < running).collect();
        let periods = if past.is_empty() { vec![running] } else { past };
        let of = |period: Period| {
            let tally = counted.tallies.get(&(pool.clone(), period));
            let machines = |tally: &Tally| tally.peak().map_or(0, |peak| peak.machines);
            let excess = |tally: &Tally| {
                tally.excess(&self.owned_with_more(pool, 0)).map_or(0, |excess| excess.machines)
            };
            JudgedPeriod { period, peak: tally.map_or(0, machines), excess: tally.map_or(0, excess) }
        };
        periods.into_iter().map(of).collect()
    }

    /// What comes of so many licences more.
    fn outcome_of_buying(
        &self,
        pool: &Pool,
        counted: &UsageCounts,
        judged: &[JudgedPeriod],
        licences: u32,
    ) -> RemedyOutcome {
        let tallies = judged.iter().filter_map(|judged| counted.tallies.get(&(pool.clone(), judged.period)));
        let (excess, charges) = self.excess_and_charges(pool, tallies.cloned(), licences);
        let act = if licences == 0 { Remedy::Leave } else { Remedy::Buy(licences) };
        self.remedy_outcome(pool, act, BTreeMap::new(), excess, charges, judged.len())
    }

    /// What comes of it that these people do not use the product.
    fn outcome_without(
        &self,
        pool: &Pool,
        judged: &[JudgedPeriod],
        stays: &PoolStays,
        people: BTreeSet<Email>,
        act: Remedy,
        days: &BTreeMap<&Email, u32>,
    ) -> RemedyOutcome {
        let tallies = judged
            .iter()
            .map(|judged| stays.tally_without(judged.period, self.settings, |email| people.contains(email)));
        let (excess, charges) = self.excess_and_charges(pool, tallies, 0);
        let people =
            people.into_iter().map(|email| (email.clone(), days.get(&email).copied().unwrap_or(0))).collect();
        self.remedy_outcome(pool, act, people, excess, charges, judged.len())
    }

    /// The most excess, and the charges; `None` where no price is known.
    fn excess_and_charges(
        &self,
        pool: &Pool,
        tallies: impl Iterator<Item = Tally>,
        licences: u32,
    ) -> (u32, Option<Decimal>) {
        let (held, prices) = (self.owned_with_more(pool, licences), self.constant_price(&pool.product));
        tallies.fold((0, Some(Decimal::ZERO)), |(most, sum), tally| {
            let found = assess_use(&tally, &held, &prices, self.settings);
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
    fn constant_price(&self, product: &ProductId) -> ValueHistory<Money> {
        self.terms
            .prices(product)
            .value_on(self.today)
            .cloned()
            .map_or_else(ValueHistory::default, ValueHistory::constant)
    }

    fn remedy_outcome(
        &self,
        pool: &Pool,
        act: Remedy,
        people: BTreeMap<Email, u32>,
        excess: u32,
        charges: Option<Decimal>,
        judged: usize,
    ) -> RemedyOutcome {
        let price = self.constant_price(&pool.product).value_on(self.today).cloned();
        let licences = match act {
            Remedy::Leave | Remedy::Release | Remedy::Restrict => 0,
            Remedy::Buy(licences) => licences,
        };
        let money = |amount: Decimal, currency: &Text| Money { amount, currency: currency.clone() }.round();
        let once = price.as_ref().and_then(|price| price.amount.checked_mul(licences.into()));
        let later =
            charges.and_then(|sum| sum.checked_mul(self.periods.into())?.checked_div(Decimal::from(judged)));
        let currency = price.as_ref().map(|price| &price.currency);
        let cost = once.zip(later).and_then(|(once, later)| once.checked_add(later)).zip(currency);
        RemedyOutcome {
            act,
            people,
            excess,
            once: once.zip(currency).map(|(once, currency)| money(once, currency)),
            cost: cost.map(|(cost, currency)| money(cost, currency)),
        }
    }

    /// Those who have the product because everybody in the country has, and nobody has said so of them.
    fn restrictable_people(&self, pool: &Pool) -> BTreeSet<Email> {
        let PoolPlace::Country(country) = pool.place else { return BTreeSet::new() };
        let users = self.live.users.iter().filter(|(_, user)| is_present(user) && self.is_in(country, user));
        let by_setting = users.filter(|(_, user)| {
            let decision = decide_access(self.live, self.terms.0, user, &pool.product);
            match decision.by {
                AccessRule::Product | AccessRule::Default => decision.allowed,
                AccessRule::NamedLicence | AccessRule::Exception | AccessRule::Groups => false,
            }
        });
        by_setting.map(|(email, _)| email.clone()).collect()
    }

    fn is_in(&self, country: CountryCode, user: &crate::model::User) -> bool {
        entitlement_country(user, &self.terms.0.contracts) == country
    }

    /// Of those who were there when too many were, the ones who used the product on the fewest days: as many
    /// as it takes.
    fn releasable_people(
        &self,
        pool: &Pool,
        judged: &[JudgedPeriod],
        stays: &PoolStays,
        days: &BTreeMap<&Email, u32>,
    ) -> BTreeSet<Email> {
        let (held, mut released) = (self.owned_with_more(pool, 0), BTreeSet::new());
        for period in judged.iter().map(|judged| judged.period) {
            while released.len() < MOST_RELEASED {
                let tally = stays.tally_without(period, self.settings, |email| released.contains(email));
                let Some(excess) = tally.excess(&held) else { break };
                let there = stays.present_people(excess.at, self.settings);
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

fn cost_amount(choice: &RemedyOutcome) -> Option<Decimal> {
    choice.cost.as_ref().map(|cost| cost.amount)
}

fn cheapest_index(choices: &[RemedyOutcome]) -> Option<usize> {
    let priced = choices
        .iter()
        .enumerate()
        .filter_map(|(at, choice)| Some((cost_amount(choice)?, choice.people.len(), at)));
    priced.min().map(|(.., at)| at)
}
