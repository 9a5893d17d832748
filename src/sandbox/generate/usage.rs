//! Usage data of a generated firm: who used which product on which machine, session by session. The same seed
//! gives the same data.
//!
//! People begin and end their working days in the local time of their country, go to lunch, are away on
//! holidays and on leave, and stay late in weeks with a hand-over of a project. The firm grows a little.

use jiff::civil::Date;
use jiff::{SignedDuration, Span as Time};

use super::dice::Dice;
use super::habits::{ProductWeights, WorkHabits, WorkTool, to_signed};
use crate::model::{Organization, OrganizationFacts, Text, Timestamp, User};
use crate::usage::{
    ReportedUse, TimeOfUse, TimeSpan, UsageSource, UsageType, days_between, midnight, utc_day,
};

/// The time that use is generated for: whole days from `first` on, and all use that has ended by `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerationWindow {
    /// The first day (UTC).
    pub first: Date,
    /// The end of the data: a session that ends later is left out.
    pub until: Timestamp,
}

/// Generates the use of the products that the people of `organization` may start, in order of its beginning.
pub fn generate_usage(
    organization: &Organization,
    facts: &OrganizationFacts,
    stretch: GenerationWindow,
    seed: u64,
) -> Vec<ReportedUse> {
    let last = utc_day(stretch.until);
    let (goods, mut all) = (ProductWeights::new(organization, facts), Vec::new());
    for (number, user) in organization.users.values().enumerate() {
        let dice = Dice::new(mix_seed(seed, user.profile.email.as_str()));
        let habits = WorkHabits::new(&goods, user, number, dice, (stretch.first, last));
        let Some(habits) = habits else { continue };
        let mut year = WorkYear { facts, habits, stretch, last, seed, all: &mut all };
        year.generate_days();
        year.generate_checkouts(user);
    }
    all.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    all
}

fn sort_key(one: &ReportedUse) -> (Timestamp, &str, &UsageSource) {
    (one.used.start(), &one.machine, &one.source)
}

/// Returns a seed for each name, so that a person's use does not depend on the other people.
fn mix_seed(seed: u64, name: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(name.as_bytes());
    let digest = hasher.finalize();
    u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("eight bytes of thirty-two"))
}

/// Generates the use of one person.
struct WorkYear<'a> {
    facts: &'a OrganizationFacts,
    habits: WorkHabits,
    stretch: GenerationWindow,
    last: Date,
    seed: u64,
    all: &'a mut Vec<ReportedUse>,
}

/// A part of a day, in minutes of local time.
type DayPart = (i64, i64);

impl WorkYear<'_> {
    fn generate_days(&mut self) {
        let tools = std::mem::take(&mut self.habits.tools);
        let (first, last) = (self.habits.since.max(self.stretch.first), self.last);
        for day in first.series(Time::new().days(1)).take_while(|day| *day <= last) {
            let at_work = self.habits.calendar.percent_at_work(day);
            // The dice are thrown before the leave is checked, so that a day takes the same throw with and
            // without leave.
            if self.habits.dice.chance(at_work) && !self.habits.is_on_leave(day) {
                tools.iter().for_each(|tool| self.use_tool(day, tool));
            }
        }
        self.habits.tools = tools;
    }

    /// Generates the sessions with one product on one day.
    fn use_tool(&mut self, day: Date, tool: &WorkTool) {
        let push = if is_pushed(self.seed, &tool.source, day) { 20 } else { 0 };
        if !self.habits.dice.chance((tool.percent * self.growth(day) / 100 + push).min(98)) {
            return;
        }
        let dice = &mut self.habits.dice;
        let begin = self.habits.morning + to_signed(dice.number_below(50)) - 25;
        let lunch = 705 + to_signed(dice.number_below(60));
        let back = lunch + 25 + to_signed(dice.number_below(40));
        let end = (begin + self.habits.length + to_signed(dice.number_below(100)) - 40 + 2 * to_signed(push))
            .max(back + 30);
        let (is_whole, is_morning) = (tool.is_main && dice.chance(80), dice.chance(55));
        if is_whole || is_morning {
            self.add_day_part(day, tool, (begin, lunch.max(begin + 20)));
        }
        if is_whole || !is_morning {
            self.add_day_part(day, tool, (back, end));
        }
    }

    /// Returns the amount of work on a day in percent, which grows from 90 to 100 over the window.
    fn growth(&self, day: Date) -> u64 {
        let days = |to: Date| u64::try_from(days_between(self.stretch.first, to)).unwrap_or(0);
        90 + 10 * days(day) / days(self.last).max(1)
    }

    /// Adds a morning or an afternoon, in one piece or with a pause. A product that is not the main one takes
    /// an hour or two of it.
    fn add_day_part(&mut self, day: Date, tool: &WorkTool, (from, to): DayPart) {
        let dice = &mut self.habits.dice;
        let (mut from, mut to) = (from + to_signed(dice.number_below(25)), to);
        if !tool.is_main {
            let length = 15 + to_signed(dice.number_below(120));
            from += to_signed(dice.number_below(u64::try_from(to - from - 10).unwrap_or(0).max(1)));
            to = to.min(from + length);
        }
        if dice.chance(4) {
            // The product was opened by mistake.
            let length = 1 + to_signed(dice.number_below(8));
            return self.add_session(day, tool, (from, from + length));
        }
        if dice.chance(1) && tool.is_main {
            // A calculation runs through the night.
            return self.add_session(day, tool, (from, from + 16 * 60));
        }
        if dice.chance(30) && to - from > 60 {
            let pause = from + 30 + to_signed(dice.number_below(u64::try_from(to - from - 40).unwrap_or(1)));
            let length = 3 + to_signed(dice.number_below(20));
            self.add_session(day, tool, (from, pause));
            return self.add_session(day, tool, ((pause + length).min(to), to));
        }
        self.add_session(day, tool, (from, to));
    }

    fn add_session(&mut self, day: Date, tool: &WorkTool, (from, to): DayPart) {
        let ahead = self.habits.calendar.minutes_ahead(day);
        let dice = &mut self.habits.dice;
        let mut at = |minutes: i64| {
            let seconds = 60 * (minutes - ahead) + to_signed(dice.number_below(60));
            midnight(day).saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
        };
        let (from, to) = (at(from), at(to));
        let on_the_road = dice.chance(8);
        let machine =
            self.habits.laptop.as_ref().filter(|_| on_the_road).unwrap_or(&self.habits.workstation).clone();
        let is_known = midnight(self.stretch.first).max(tool.since) <= from && to <= self.stretch.until;
        if let Some(span) = TimeSpan::new(from, to).filter(|_| is_known) {
            self.add_use(&tool.source, machine, TimeOfUse::Session(span));
        }
    }

    fn add_use(&mut self, source: &UsageSource, machine: Text, used: TimeOfUse) {
        let user = Some(self.habits.name.clone());
        self.all.push(ReportedUse { source: source.clone(), machine, user, used });
    }

    /// Adds the person's current checkouts, and some that were returned or have expired.
    fn generate_checkouts(&mut self, user: &User) {
        for checkout in user.checkouts.keys() {
            let hours = 24 * (20 + to_signed(self.habits.dice.number_below(100)));
            let from = checkout.expires.saturating_sub(SignedDuration::from_hours(hours));
            let from = from.unwrap_or(Timestamp::MIN).clamp(midnight(self.stretch.first), self.stretch.until);
            let feature = self.facts.products.get(&checkout.product).and_then(|known| known.feature.clone());
            let source = self.habits.tools.first().map(|tool| UsageSource {
                product: checkout.product.clone(),
                feature,
                usage_type: UsageType::production(),
                ..tool.source.clone()
            });
            if let Some((source, span)) = source.zip(TimeSpan::new(from, checkout.expires)) {
                self.add_use(&source, checkout.machine.clone(), TimeOfUse::Checkout(span));
            }
        }
        let Some(laptop) = self.habits.laptop.clone() else { return };
        let Some(source) = self.habits.tools.iter().find(|tool| tool.is_main).map(|tool| tool.source.clone())
        else {
            return;
        };
        for _ in 0..self.habits.dice.number_below(4) {
            if let Some(used) = self.site_checkout() {
                self.add_use(&source, laptop.clone(), used);
            }
        }
    }

    /// Draws a checkout for a few days on a site without a network.
    fn site_checkout(&mut self) -> Option<TimeOfUse> {
        let dice = &mut self.habits.dice;
        let from = midnight(self.habits.since.max(self.stretch.first));
        let seconds = u64::try_from(self.stretch.until.duration_since(from).as_secs()).ok()?.max(1);
        let out =
            from.saturating_add(SignedDuration::from_secs(to_signed(dice.number_below(seconds)))).ok()?;
        let after = |hours| out.saturating_add(SignedDuration::from_hours(hours)).ok();
        let expires = after(24 * (3 + to_signed(dice.number_below(12))))?;
        let back = after(24 + to_signed(dice.number_below(60)))?;
        let is_returned = dice.chance(60) && back <= self.stretch.until;
        if is_returned {
            TimeSpan::new(out, back).map(TimeOfUse::Returned)
        } else {
            TimeSpan::new(out, expires).map(TimeOfUse::Checkout)
        }
    }
}

/// Whether a project that uses the product in the country is handed over in the week of `day`. There are two
/// such weeks in a quarter at most.
fn is_pushed(seed: u64, source: &UsageSource, day: Date) -> bool {
    let (quarter, week) = ((day.month() - 1) / 3, (i64::from(day.day_of_year()) - 1) % 91 / 7);
    let country = source.country.map_or_else(String::new, |country| country.to_string());
    let mut dice =
        Dice::new(mix_seed(seed, &format!("{} {country} {} {quarter}", source.product, day.year())));
    (0..2).any(|_| to_signed(dice.number_below(13)) == week)
}
