//! A year of work: who used what on which machine, session by session. The same seed gives the same one.
//!
//! People begin and end their days in the time of their country, go to lunch, are away on holidays and on
//! leave, and stay late in weeks in which something is handed over. The firm grows a little.

use jiff::civil::Date;
use jiff::{SignedDuration, Span as Time};

use super::dice::Dice;
use super::habits::{Goods, Habits, Tool, number_of};
use crate::model::{Organization, OrganizationFacts, Text, Timestamp, User};
use crate::usage::{ReportedUse, TimeOfUse, TimeSpan, UsageSource, UsageType, midnight};

/// The time that use is generated for: whole days from `first` on, and what was over at `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first day (UTC).
    pub first: Date,
    /// Nothing is known after it.
    pub until: Timestamp,
}

/// The use that the people of `organization` make of what they may start, in order of its beginning.
pub fn usage(
    organization: &Organization,
    facts: &OrganizationFacts,
    stretch: Stretch,
    seed: u64,
) -> Vec<ReportedUse> {
    let last = jiff::tz::Offset::UTC.to_datetime(stretch.until).date();
    let (goods, mut all) = (Goods::new(organization, facts), Vec::new());
    for (number, user) in organization.users.values().enumerate() {
        let dice = Dice::new(mixed(seed, user.profile.email.as_str()));
        let habits = Habits::new(&goods, user, number, dice, (stretch.first, last));
        let Some(habits) = habits else { continue };
        let mut year = Year { facts, habits, stretch, last, seed, all: &mut all };
        year.days();
        year.checkouts(user);
    }
    all.sort_by(|one, other| key(one).cmp(&key(other)));
    all
}

fn key(one: &ReportedUse) -> (Timestamp, &str, &UsageSource) {
    (begin(&one.used), &one.machine, &one.source)
}

fn begin(used: &TimeOfUse) -> Timestamp {
    match used {
        TimeOfUse::Session(span) | TimeOfUse::Checkout(span) | TimeOfUse::Returned(span) => span.start(),
        TimeOfUse::Trimmed { first, .. } => *first,
    }
}

/// A seed for each name.
fn mixed(seed: u64, name: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(name.as_bytes());
    let digest = hasher.finalize();
    u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("eight bytes of thirty-two"))
}

/// One person's time.
struct Year<'a> {
    facts: &'a OrganizationFacts,
    habits: Habits,
    stretch: Stretch,
    last: Date,
    seed: u64,
    all: &'a mut Vec<ReportedUse>,
}

/// A part of a day, in minutes of local time.
type Part = (i64, i64);

impl Year<'_> {
    fn days(&mut self) {
        let tools = std::mem::take(&mut self.habits.tools);
        let (first, last) = (self.habits.since.max(self.stretch.first), self.last);
        for day in first.series(Time::new().days(1)).take_while(|day| *day <= last) {
            let at_work = self.habits.calendar.at_work(day);
            // Every day takes the same number of throws, whoever is away.
            if self.habits.dice.chance(at_work) && !self.habits.is_on_leave(day) {
                tools.iter().for_each(|tool| self.work(day, tool));
            }
        }
        self.habits.tools = tools;
    }

    /// What is done with one product on one day.
    fn work(&mut self, day: Date, tool: &Tool) {
        let push = if is_pushed(self.seed, &tool.source, day) { 20 } else { 0 };
        if !self.habits.dice.chance((tool.percent * self.growth(day) / 100 + push).min(98)) {
            return;
        }
        let dice = &mut self.habits.dice;
        let begin = self.habits.morning + number_of(dice.below(50)) - 25;
        let lunch = 705 + number_of(dice.below(60));
        let back = lunch + 25 + number_of(dice.below(40));
        let end = (begin + self.habits.length + number_of(dice.below(100)) - 40 + 2 * number_of(push))
            .max(back + 30);
        let (is_whole, is_morning) = (tool.is_main && dice.chance(80), dice.chance(55));
        if is_whole || is_morning {
            self.part(day, tool, (begin, lunch.max(begin + 20)));
        }
        if is_whole || !is_morning {
            self.part(day, tool, (back, end));
        }
    }

    /// Percent: people and work become more.
    fn growth(&self, day: Date) -> u64 {
        let days = |from: Date, to: Date| u64::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(0);
        90 + 10 * days(self.stretch.first, day) / days(self.stretch.first, self.last).max(1)
    }

    /// A morning or an afternoon: in one piece or with a pause; an hour or two of it with what is not the
    /// main work.
    fn part(&mut self, day: Date, tool: &Tool, (from, to): Part) {
        let dice = &mut self.habits.dice;
        let (mut from, mut to) = (from + number_of(dice.below(25)), to);
        if !tool.is_main {
            let length = 15 + number_of(dice.below(120));
            from += number_of(dice.below(u64::try_from(to - from - 10).unwrap_or(0).max(1)));
            to = to.min(from + length);
        }
        if dice.chance(4) {
            // Opened by mistake.
            let length = 1 + number_of(dice.below(8));
            return self.session(day, tool, (from, from + length));
        }
        if dice.chance(1) && tool.is_main {
            // A calculation that runs through the night.
            return self.session(day, tool, (from, from + 16 * 60));
        }
        if dice.chance(30) && to - from > 60 {
            let pause = from + 30 + number_of(dice.below(u64::try_from(to - from - 40).unwrap_or(1)));
            let length = 3 + number_of(dice.below(20));
            self.session(day, tool, (from, pause));
            return self.session(day, tool, ((pause + length).min(to), to));
        }
        self.session(day, tool, (from, to));
    }

    fn session(&mut self, day: Date, tool: &Tool, (from, to): Part) {
        let ahead = self.habits.calendar.ahead(day);
        let dice = &mut self.habits.dice;
        let mut at = |minutes: i64| {
            let seconds = 60 * (minutes - ahead) + number_of(dice.below(60));
            midnight(day).saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
        };
        let (from, to) = (at(from), at(to));
        let on_the_road = dice.chance(8);
        let machine =
            self.habits.laptop.as_ref().filter(|_| on_the_road).unwrap_or(&self.habits.workstation).clone();
        let is_known = midnight(self.stretch.first).max(tool.since) <= from && to <= self.stretch.until;
        if let Some(span) = TimeSpan::new(from, to).filter(|_| is_known) {
            self.put(&tool.source, machine, TimeOfUse::Session(span));
        }
    }

    fn put(&mut self, source: &UsageSource, machine: Text, used: TimeOfUse) {
        self.all.push(ReportedUse {
            source: source.clone(),
            machine,
            user: Some(self.habits.name.clone()),
            used,
        });
    }

    /// Those that the organization has of the person, and some that were given back or have expired.
    fn checkouts(&mut self, user: &User) {
        for checkout in user.checkouts.keys() {
            let from = checkout.expires.saturating_sub(SignedDuration::from_hours(
                24 * (20 + number_of(self.habits.dice.below(100))),
            ));
            let from = from.unwrap_or(Timestamp::MIN).clamp(midnight(self.stretch.first), self.stretch.until);
            let feature = self.facts.products.get(&checkout.product).and_then(|known| known.feature.clone());
            let source = self.habits.tools.first().map(|tool| UsageSource {
                product: checkout.product.clone(),
                feature,
                usage_type: UsageType::production(),
                ..tool.source.clone()
            });
            if let Some((source, span)) = source.zip(TimeSpan::new(from, checkout.expires)) {
                self.put(&source, checkout.machine.clone(), TimeOfUse::Checkout(span));
            }
        }
        let Some(laptop) = self.habits.laptop.clone() else { return };
        let Some(source) = self.habits.tools.iter().find(|tool| tool.is_main).map(|tool| tool.source.clone())
        else {
            return;
        };
        for _ in 0..self.habits.dice.below(4) {
            if let Some(used) = self.checkout() {
                self.put(&source, laptop.clone(), used);
            }
        }
    }

    /// A few days on a site without a network, some time.
    fn checkout(&mut self) -> Option<TimeOfUse> {
        let dice = &mut self.habits.dice;
        let from = midnight(self.habits.since.max(self.stretch.first));
        let seconds = u64::try_from(self.stretch.until.duration_since(from).as_secs()).ok()?.max(1);
        let out = from.saturating_add(SignedDuration::from_secs(number_of(dice.below(seconds)))).ok()?;
        let expires =
            out.saturating_add(SignedDuration::from_hours(24 * (3 + number_of(dice.below(12))))).ok()?;
        let back = out.saturating_add(SignedDuration::from_hours(24 + number_of(dice.below(60)))).ok()?;
        let is_returned = dice.chance(60) && back <= self.stretch.until;
        if is_returned {
            TimeSpan::new(out, back).map(TimeOfUse::Returned)
        } else {
            TimeSpan::new(out, expires).map(TimeOfUse::Checkout)
        }
    }
}

/// Whether something is handed over in this week that is made with the product in the country: two weeks of a
/// quarter.
fn is_pushed(seed: u64, source: &UsageSource, day: Date) -> bool {
    let (quarter, week) = ((day.month() - 1) / 3, (i64::from(day.day_of_year()) - 1) % 91 / 7);
    let country = source.country.map_or_else(String::new, |country| country.to_string());
    let mut dice = Dice::new(mixed(seed, &format!("{} {country} {} {quarter}", source.product, day.year())));
    (0..2).any(|_| number_of(dice.below(13)) == week)
}
