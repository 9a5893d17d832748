//! Advice on what to do about excess: what each remedy costs and which people it affects.
//!
//! Remedies are judged by the past: the periods that are over are counted again as if the remedy had been in
//! force, against what is owned and what it costs today. The remedies are to leave the excess, to restrict
//! the product to selected users, to release it from the people who used it on the fewest days, and to buy
//! licences.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::access::{AccessRule, decide_access, entitlement_country, is_present};
use crate::model::{CountryCode, Date, Email, Money, Organization, OwnedLicences, ProductId, Text};
use crate::usage::money::charge::{Charge, assess_use};
use crate::usage::people::without_users::PoolStays;
use crate::usage::rows::use_row::{Pool, PoolPlace};
use crate::usage::{LicenceTerms, Period, Tally, UsageCounts, UsageSettings, ValueHistory};

/// A remedy for excess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing is done, and the excess is paid.
    Leave,
    /// The product is taken from people who were there when there was excess.
    Release,
    /// The product is restricted to selected users, so that nobody uses it by accident.
    Restrict,
    /// This many licences are bought.
    Buy(u32),
}

impl Remedy {
    /// Whether the remedy is carried out by an edit of the policy.
    pub fn is_policy_edit(&self) -> bool {
        match self {
            Self::Release | Self::Restrict => true,
            Self::Leave | Self::Buy(_) => false,
        }
    }

    /// Returns the number of licences to buy.
    pub fn licences(&self) -> Option<u32> {
        match self {
            Self::Leave | Self::Release | Self::Restrict => None,
            Self::Buy(licences) => Some(*licences),
        }
    }
}

/// A remedy and its results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyOutcome {
    pub act: Remedy,
    /// The people who lose the product, each with the known number of days of use.
    pub people: BTreeMap<Email, u32>,
    /// The most machines above owned in any of the judged periods.
    pub excess: u32,
    /// What the remedy costs once; `None` where no price is known.
    pub once: Option<Money>,
    /// What the remedy costs once, plus all charges still due over the next [`Adviser::periods`]; `None`
    /// where no price is known.
    pub cost: Option<Money>,
}

/// A period that remedies are judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedPeriod {
    pub period: Period,
    pub peak: u32,
    /// The most machines above what is owned today.
    pub excess: u32,
}

/// The remedies for the excess of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    pub pool: Pool,
    pub owned: u32,
    /// In order.
    pub judged: Vec<JudgedPeriod>,
    /// The outcome of each remedy, [`Remedy::Leave`] first.
    pub choices: Vec<RemedyOutcome>,
    /// The index of the cheapest outcome in `choices`; of equals, the one that affects fewer people. `None`
    /// where no price is known.
    pub cheapest: Option<usize>,
}

/// What advice is based on.
#[derive(Debug, Clone, Copy)]
pub struct Adviser<'a> {
    pub live: &'a Organization,
    pub terms: LicenceTerms<'a>,
    pub settings: &'a UsageSettings,
    /// The people whom the policy declares: an edit of the policy can take something only from them.
    pub declared: &'a BTreeSet<Email>,
    pub today: Date,
    /// The number of periods to come over which costs are added up.
    pub periods: u32,
}

/// The most people that [`Remedy::Release`] takes a product from; an organization that would need more has a
/// different problem.
const MOST_RELEASED: usize = 200;

impl Adviser<'_> {
    /// Returns the pools that exceeded what is owned in a period that has passed, or in the running period
    /// where none has passed.
    pub fn exceeded_pools(&self, counted: &UsageCounts) -> Vec<Pool> {
        let pools: BTreeSet<&Pool> = counted.tallies.keys().map(|(pool, _)| pool).collect();
        let is_exceeded =
            |pool: &&Pool| self.judge_periods(pool, counted).iter().any(|judged| judged.excess > 0);
        pools.into_iter().filter(is_exceeded).cloned().collect()
    }

    /// Returns the remedies for `pool`; `counted` and `stays` are its use in the judged periods.
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
            // Nobody loses a product without any gain in excess or cost.
            choices.extend(
                (choice.excess < choices[0].excess || cost_amount(&choice) < cost_amount(&choices[0]))
                    .then_some(choice),
            );
        }
        let bought = (1..=most).map(|licences| self.outcome_of_buying(pool, counted, &judged, licences));
        // Of equals the first is taken, so that no licence is bought without a gain.
        choices.extend(
            bought.reduce(|best, next| if cost_amount(&next) < cost_amount(&best) { next } else { best }),
        );
        let cheapest = cheapest_index(&choices);
        Advice { pool: pool.clone(), owned, judged, choices, cheapest }
    }

    /// Returns the number of periods with excess after which a bought licence has paid for itself; `None`
    /// where a period's charge is zero.
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
            let excess = |tally: &Tally| {
                tally.excess(&self.owned_with_more(pool, 0)).map_or(0, |excess| excess.machines)
            };
            JudgedPeriod {
                period,
                peak: tally.map_or(0, Tally::peak_machines),
                excess: tally.map_or(0, excess),
            }
        };
        periods.into_iter().map(of).collect()
    }

    /// Returns the outcome of buying `licences` more licences; buying none is [`Remedy::Leave`].
    fn outcome_of_buying(
        &self,
        pool: &Pool,
        counted: &UsageCounts,
        judged: &[JudgedPeriod],
        licences: u32,
    ) -> RemedyOutcome {
        let tallies = judged.iter().filter_map(|judged| counted.tallies.get(&(pool.clone(), judged.period)));
        let act = if licences == 0 { Remedy::Leave } else { Remedy::Buy(licences) };
        self.remedy_outcome(pool, act, BTreeMap::new(), tallies.cloned(), judged.len())
    }

    /// Returns the outcome if `people` do not use the product.
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
        let days_of = |email: &Email| (email.clone(), days.get(email).copied().unwrap_or(0));
        self.remedy_outcome(pool, act, people.iter().map(days_of).collect(), tallies, judged.len())
    }

    /// Returns the most excess, and the sum of the charges; `None` where no price is known.
    fn excess_and_charges(
        &self,
        pool: &Pool,
        tallies: impl Iterator<Item = Tally>,
        licences: u32,
    ) -> (u32, Option<Decimal>) {
        let prices = self.price(&pool.product).map_or_else(ValueHistory::default, ValueHistory::constant);
        let held = self.owned_with_more(pool, licences);
        tallies.fold((0, Some(Decimal::ZERO)), |(most, sum), tally| {
            let found = assess_use(&tally, &held, &prices, self.settings);
            let excess = found.excess_machines();
            let charge = match found.charge {
                Charge::Nothing | Charge::Forgiven => Some(Decimal::ZERO),
                Charge::Due(money) => Some(money.amount),
                Charge::PriceUnknown | Charge::TooLarge => None,
            };
            (most.max(excess), sum.zip(charge).and_then(|(sum, charge)| sum.checked_add(charge)))
        })
    }

    /// Returns today's list price.
    fn price(&self, product: &ProductId) -> Option<Money> {
        self.terms.prices(product).value_on(self.today).cloned()
    }

    fn remedy_outcome(
        &self,
        pool: &Pool,
        act: Remedy,
        people: BTreeMap<Email, u32>,
        tallies: impl Iterator<Item = Tally>,
        judged: usize,
    ) -> RemedyOutcome {
        let price = self.price(&pool.product);
        let licences = act.licences().unwrap_or(0);
        let (excess, charges) = self.excess_and_charges(pool, tallies, licences);
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

    /// Returns the people who can start the product because a setting opens it to everyone in the country,
    /// and not because of a licence, an exception or a group.
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

    /// Returns the people to take the product from: of those who were there when there was excess, the ones
    /// who used the product on the fewest days, as many as it takes to end the excess.
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

    /// Whether an edit of the policy can take the product from this person. A named licence overrides every
    /// line of the policy.
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
