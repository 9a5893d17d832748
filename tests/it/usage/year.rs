//! A year of a firm of 500 people: the slow counter, which looks at every second, recomputes the invoices of
//! four closed quarters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use seatwise::model::{Date, Interner, Money, Organization, OrganizationFacts, OwnedLicences, Timestamp};
use seatwise::sandbox::{SandboxStore, StoreOptions};
use seatwise::usage::{
    Billing, Forecast, LicenceTerms, Pool, PoolPlace, ReportedUse, TimeOfUse, UsageSettings,
};

use super::count::slow_counter::{CountingCase, SlowLicence, SlowRow, SlowRowKind};

const NOW: &str = "2026-11-24T09:12:00Z";
const QUARTERS: [&str; 4] = ["2025Q4", "2026Q1", "2026Q2", "2026Q3"];

/// Product, feature, country, period, excess and amount: the facts about an overage that both reports and
/// invoices give.
type OverageRows = BTreeSet<(String, String, String, String, String, String)>;

fn command_output(line: &str, here: &Path) -> String {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("seatwise"));
    command
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", NOW)
        .current_dir(here)
        .args(line.split(' '));
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The rows of a report, each keyed by the names of the columns.
fn csv_rows(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|row| head.iter().map(str::to_owned).zip(row.unwrap().iter().map(str::to_owned)).collect())
        .collect()
}

struct FirmYear {
    organization: Organization,
    facts: OrganizationFacts,
    uses: Vec<ReportedUse>,
    billing: Billing,
    peaks: OverageRows,
    overages: Vec<BTreeMap<String, String>>,
}

fn generate_year() -> FirmYear {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(
        here.path().join("seatwise.yaml"),
        "version: 1\norganization: firm\nconnector: {kind: sandbox, path: firm.db}\n",
    )
    .unwrap();
    for line in ["sandbox init --users 500", "sandbox generate-usage", "usage collect --live"] {
        command_output(line, here.path());
    }
    let text = |row: &BTreeMap<String, String>, names: [&str; 6]| names.map(|name| row[name].clone()).into();
    let peaks = csv_rows(&command_output("usage peaks --format csv --to 2026-09-30", here.path()));
    let peaks = peaks.iter().filter(|row| !row["charge"].is_empty());
    let peaks =
        peaks.map(|row| text(row, ["product", "feature", "place", "period", "excess", "charge"])).collect();
    let overages = csv_rows(&command_output("billing overages --format csv", here.path()));
    let store =
        SandboxStore::open(&here.path().join("firm.db"), StoreOptions::new(NOW.parse().unwrap())).unwrap();
    let names = Interner::default();
    let snapshot = store.fetch(&names).unwrap();
    let (uses, billing) = (store.usage(&names).unwrap(), store.billing(&names).unwrap());
    FirmYear { organization: snapshot.live.0, facts: snapshot.facts, uses, billing, peaks, overages }
}

/// Leaks a name: the names of a test live as long as the test.
fn leak_name(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

fn slow_row(one: &ReportedUse, names: &mut BTreeMap<String, &'static str>) -> SlowRow {
    let mut name = |text: &str| *names.entry(text.to_owned()).or_insert_with(|| leak_name(text));
    let (kind, span) = match one.used {
        TimeOfUse::Session(span) => (SlowRowKind::Session, span),
        TimeOfUse::Checkout(span) | TimeOfUse::Returned(span) => (SlowRowKind::Checkout, span),
        TimeOfUse::Trimmed { .. } => panic!("the organization knows its times"),
    };
    assert_eq!([span.start(), span.end()].map(Timestamp::subsec_nanosecond), [0, 0]);
    let (machine, user) = (name(&one.machine), one.user.as_deref().map(&mut name));
    SlowRow {
        source: one.source.clone(),
        machine,
        user,
        kind,
        from: span.start().as_second(),
        to: span.end().as_second(),
    }
}

fn cents(money: &Money) -> u32 {
    assert_eq!(&*money.currency, "EUR");
    (money.amount * rust_decimal::Decimal::ONE_HUNDRED)
        .to_string()
        .split('.')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

impl FirmYear {
    /// The licences owned in a pool, by day, summed without the code under test: each country has one
    /// contract at most.
    fn owned(&self, pool: &Pool) -> Vec<(Date, OwnedLicences)> {
        let PoolPlace::Country(country) = pool.place else { panic!("{pool:?}") };
        let contracts: Vec<_> =
            self.facts.contracts.iter().filter(|contract| contract.country == country).collect();
        assert!(
            contracts.len() <= 1
                && contracts.iter().all(|contract| contract.expires.is_none_or(|end| end.year() > 2026))
        );
        let Some(contract) = contracts.first().filter(|_| !self.facts.is_named(&pool.product)) else {
            return Vec::new();
        };
        match self.facts.past.owned.get(&(contract.name.clone(), pool.product.clone())) {
            Some(past) => past.iter().map(|(day, owned)| (*day, *owned)).collect(),
            None => contract
                .owned
                .get(&pool.product)
                .map(|owned| ("2000-01-01".parse().unwrap(), *owned))
                .into_iter()
                .collect(),
        }
    }

    fn prices(&self, pool: &Pool) -> Vec<(Date, u32)> {
        match self.facts.past.prices.get(&pool.product) {
            Some(past) => past.iter().map(|(day, price)| (*day, cents(price))).collect(),
            None => vec![(
                "2000-01-01".parse().unwrap(),
                cents(self.facts.products[&pool.product].list_price.as_ref().unwrap()),
            )],
        }
    }

    /// The named licences of the pool's product, one for each holder.
    fn named_licences(&self, pool: &Pool) -> Vec<SlowLicence> {
        let holders = self.organization.users.iter().filter_map(|(email, user)| {
            let licence = user.licences.get(&pool.product)?;
            let from = licence.assigned.unwrap().as_second();
            Some(SlowLicence {
                user: leak_name(email.as_str()),
                product: leak_name(pool.product.as_str()),
                from,
                to: i64::MAX,
            })
        });
        holders.collect()
    }

    /// The charges of the closed quarters, counted second by second.
    fn slow_charges(&self) -> OverageRows {
        let running = "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let (mut names, mut pools) = (BTreeMap::new(), BTreeMap::<Pool, Vec<SlowRow>>::new());
        for one in &self.uses {
            let place = PoolPlace::Country(one.source.country.unwrap());
            let pool =
                Pool { product: one.source.product.clone(), feature: one.source.feature.clone(), place };
            pools.entry(pool).or_default().push(slow_row(one, &mut names));
        }
        let charged = pools.into_par_iter().flat_map_iter(|(pool, mut lines)| {
            lines.retain(|line| line.from < running);
            let case = CountingCase {
                settings: UsageSettings::default(),
                lines,
                held: self.named_licences(&pool),
                window: (i64::MIN, running),
                owned: self.owned(&pool),
                prices: self.prices(&pool),
                discount: 0,
            };
            let found = case.answer().pools.into_iter().filter(|(_, found)| found.charge != "nothing");
            let charged = found.map(|((pool, period), found)| {
                let (_, above, _, _) = found.excess.unwrap();
                let PoolPlace::Country(country) = pool.place else { panic!("{pool:?}") };
                let amount = found.charge.strip_suffix(" EUR").unwrap().to_owned();
                let (product, feature) =
                    (pool.product.to_string(), pool.feature.unwrap_or_default().to_string());
                (product, feature, country.to_string(), period, above.to_string(), amount)
            });
            charged.collect::<Vec<_>>()
        });
        charged.collect()
    }
}

#[test]
fn four_quarters_of_500_people_are_invoiced_as_the_slow_counter_and_every_report_have_them() {
    let year = generate_year();
    let billed: OverageRows = year
        .billing
        .invoices
        .iter()
        .flat_map(|invoice| {
            invoice.lines.iter().map(|line| {
                let feature = line.pool.feature.as_deref().unwrap_or_default().to_owned();
                let (product, country, amount) = (
                    line.pool.product.to_string(),
                    invoice.country.to_string(),
                    line.amount.amount.to_string(),
                );
                (product, feature, country, invoice.period.to_string(), line.excess.to_string(), amount)
            })
        })
        .collect();
    let quarters: BTreeSet<&str> = billed.iter().map(|(_, _, _, period, _, _)| period.as_str()).collect();
    assert_eq!(quarters, QUARTERS.into(), "closed and invoiced");
    assert!(billed.len() > 100, "{}", billed.len());
    assert_eq!(year.slow_charges(), billed, "the slow counter on the left, the invoices on the right");
    assert_eq!(year.peaks, billed, "`usage peaks` on the left, the invoices on the right");
    assert!(
        year.overages.iter().all(|row| row["checked"] == "agrees" && row["billed"] == row["ours"]),
        "{:?}",
        year.overages
    );
    assert_eq!(year.overages.len(), billed.len());
    year.check_that_it_says_something(&billed);
    year.check_totals();
    year.check_forecast();
}

impl FirmYear {
    /// Checks that the year is a useful test: prices and owned licences change within closed quarters that
    /// have an excess.
    fn check_that_it_says_something(&self, billed: &OverageRows) {
        let within = |day: &Date, period: &str| {
            let period = seatwise::usage::Period::parse(period).unwrap();
            period.first_day() < *day && period.contains(*day)
        };
        let prices_change = billed.iter().any(|(product, _, _, period, _, _)| {
            let past = self.facts.past.prices.iter().find(|(id, _)| id.as_str() == product);
            past.is_some_and(|(_, prices)| prices.keys().any(|day| within(day, period)))
        });
        assert!(prices_change, "a list price changes in the middle of a period in which it is charged");
        let owned_changes = self.facts.past.owned.iter().any(|((contract, id), owned)| {
            let country = self
                .facts
                .contracts
                .iter()
                .find(|known| known.name == *contract)
                .unwrap()
                .country
                .to_string();
            let of = billed
                .iter()
                .filter(|(product, _, place, _, _, _)| product == id.as_str() && *place == country);
            of.into_iter().any(|(_, _, _, period, _, _)| owned.keys().any(|day| within(day, period)))
        });
        assert!(owned_changes, "what is owned changes in the middle of a period that has an excess");
    }

    fn check_totals(&self) {
        for invoice in &self.billing.invoices {
            let sum: rust_decimal::Decimal = invoice.lines.iter().map(|line| line.amount.amount).sum();
            assert_eq!((sum, &*invoice.total.currency), (invoice.total.amount, "EUR"), "{}", invoice.number);
            let paid: Vec<_> =
                self.billing.payments.iter().filter(|payment| payment.invoice == invoice.number).collect();
            assert!(
                paid.len() <= 1
                    && paid
                        .iter()
                        .all(|payment| payment.amount == invoice.total && payment.day > invoice.issued)
            );
        }
        assert!(!self.billing.payments.is_empty());
    }

    /// Checks that forecasts of past quarters are nearer to the outcome than the peak of the quarter before,
    /// and that their intervals cover the outcome as often as stated.
    fn check_forecast(&self) {
        let settings = UsageSettings::default();
        let (assigned, mut register) =
            (seatwise::usage::LicenceAssignments::default(), seatwise::usage::NameRegister::default());
        let mut counter = seatwise::usage::UsageCounter::new(
            &settings,
            &assigned,
            seatwise::usage::TimeSpan::new(Timestamp::MIN, NOW.parse().unwrap()).unwrap(),
        );
        for one in &self.uses {
            let row = one.row(&mut register);
            counter.add(&register, &row);
        }
        let counted = counter.finish(&register);
        let forecast = Forecast::new(
            &counted,
            Some(LicenceTerms(&self.facts)),
            &settings,
            "2026-11-24".parse().unwrap(),
        );
        let test = forecast.backtest.unwrap();
        assert!(test.error < test.naive_error && test.forecasts > 250, "{test:?}");
        let covered = 100 * test.covered / test.forecasts;
        assert!((70..=97).contains(&covered), "an 80 % interval: {test:?}");
    }
}
