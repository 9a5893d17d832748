//! Advice about excess, based on the periods that have passed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use seatwise::model::Contract;
use seatwise::model::Email;
use seatwise::model::LicenceKind;
use seatwise::model::Organization;
use seatwise::model::OrganizationFacts;
use seatwise::model::OwnedLicences;
use seatwise::model::Product;
use seatwise::model::Profile;
use seatwise::model::User;
use seatwise::model::UserState;
use seatwise::usage::Advice;
use seatwise::usage::Adviser;
use seatwise::usage::LicenceTerms;
use seatwise::usage::PeriodKind;
use seatwise::usage::PoolStays;
use seatwise::usage::Remedy;
use seatwise::usage::RemedyOutcome;
use seatwise::usage::Share;
use seatwise::usage::UsageWithoutUsers;

use crate::usage::*;
use seatwise::usage::StartMethod;
use seatwise::usage::UsageSettings;
use seatwise::usage::UsageSource;

const PEOPLE: [&str; 4] = ["ana@x.example", "bo@x.example", "cy@x.example", "di@x.example"];

/// An organization in Germany that owns one licence of `p` at 1000 EUR; all its people may use `p`.
struct AdviceFirm {
    live: Organization,
    facts: OrganizationFacts,
    declared: BTreeSet<Email>,
}

impl AdviceFirm {
    fn new() -> Self {
        let user = |email: &str| {
            let email = Email::new(email).unwrap();
            let profile = Profile {
                email: email.clone(),
                first_name: "U".into(),
                last_name: "X".into(),
                country: country("DE"),
                entitlement_country: None,
            };
            (email, User::new(profile, UserState::Active).into())
        };
        let live = Organization { users: PEOPLE.into_iter().map(user).collect(), ..Organization::default() };
        let owned = BTreeMap::from([(product("p"), OwnedLicences::Quantity(1))]);
        let contract = Contract {
            name: "c".into(),
            kind: "select".into(),
            country: country("DE"),
            revenue: 1.into(),
            expires: None,
            owned,
        };
        let known = Product {
            number: Some(1),
            feature: None,
            name: "P".into(),
            licence: LicenceKind::Pooled,
            list_price: Some("1000 EUR".parse().unwrap()),
        };
        let facts = OrganizationFacts {
            contracts: vec![contract],
            products: BTreeMap::from([(product("p"), known)]),
            ..OrganizationFacts::default()
        };
        Self { declared: live.users.keys().cloned().collect(), live, facts }
    }

    /// The advice about the only pool, made in 2027 from ten quarters.
    fn advice(&self, meter: &Meter) -> Option<Advice> {
        let outlay = Adviser {
            live: &self.live,
            terms: LicenceTerms(&self.facts),
            settings: &meter.settings,
            declared: &self.declared,
            today: day("2027-01-20"),
            periods: 10,
        };
        let counted = meter.count();
        let pools = outlay.exceeded_pools(&counted);
        let pool = pools.first()?;
        let mut crowd =
            UsageWithoutUsers::new(&meter.settings, &meter.assigned, meter.window, &meter.register, &pools);
        meter.rows.iter().for_each(|row| crowd.add(row));
        let stays: PoolStays = crowd.finish().remove(pool).unwrap();
        Some(outlay.advice(pool, &counted, &stays))
    }
}

/// Adds a number of machines at once in the morning of the second day of a month, each with the next person.
fn add_morning(meter: Meter, month: &str, machines: usize) -> Meter {
    (0..machines).fold(meter, |meter, at| {
        meter.session_of(
            PEOPLE[at],
            &format!("M{at}"),
            &format!("{month}-02 09:01"),
            &format!("{month}-02 09:25"),
        )
    })
}

fn choice(advice: &Advice, act: Remedy) -> Option<&RemedyOutcome> {
    advice.choices.iter().find(|choice| choice.act == act)
}

fn cost(advice: &Advice, act: Remedy) -> String {
    choice(advice, act).unwrap().cost.as_ref().unwrap().to_string()
}

#[test]
fn licence_is_bought_as_far_as_its_share_of_past_excess_pays_for_it() {
    let firm = AdviceFirm::new();
    // The excess is one machine in three of four quarters, and two machines in the other.
    let meter = [("2026-02", 2), ("2026-05", 2), ("2026-08", 3), ("2026-11", 2)]
        .into_iter()
        .fold(Meter::new(), |meter, (month, machines)| add_morning(meter, month, machines));
    let advice = firm.advice(&meter).unwrap();
    assert_eq!(
        advice.judged.iter().map(|judged| (judged.period.to_string(), judged.excess)).collect::<Vec<_>>(),
        [
            ("2026Q1".to_owned(), 1),
            ("2026Q2".to_owned(), 1),
            ("2026Q3".to_owned(), 2),
            ("2026Q4".to_owned(), 1)
        ]
    );
    // An excess of five machines in four quarters at 160 EUR costs 200 EUR a quarter. One more licence leaves
    // one machine in four quarters: 40 EUR a quarter. A second licence would cost 1000 EUR and save 400.
    assert_eq!(cost(&advice, Remedy::Leave), "2000.00 EUR");
    assert_eq!(cost(&advice, Remedy::Buy(1)), "1400.00 EUR");
    assert_eq!(choice(&advice, Remedy::Buy(2)), None);
    assert_eq!(choice(&advice, Remedy::Buy(1)).unwrap().excess, 1);
}

#[test]
fn licence_breaks_even_after_seven_quarters_at_sixteen_percent() {
    let firm = AdviceFirm::new();
    let after = |settings: &UsageSettings| {
        let (terms, today) = (LicenceTerms(&firm.facts), day("2027-01-20"));
        Adviser { live: &firm.live, terms, settings, declared: &firm.declared, today, periods: 10 }
            .break_even_periods()
    };
    assert_eq!(after(&UsageSettings::default()), Some(7));
    assert_eq!(
        after(&UsageSettings {
            discount: Share::from_percent(50.into()).unwrap(),
            ..UsageSettings::default()
        }),
        Some(13)
    );
    assert_eq!(
        after(&UsageSettings {
            discount: Share::from_percent(100.into()).unwrap(),
            ..UsageSettings::default()
        }),
        None,
        "a charge of nothing pays for nothing"
    );
}

#[test]
fn product_is_released_by_those_who_were_there_and_used_it_least() {
    let firm = AdviceFirm::new();
    // Ana works on two more days; Di works when a licence is free.
    let meter = add_morning(Meter::new(), "2026-11", 3)
        .session_of(PEOPLE[0], "M0", "2026-11-05 09:01", "2026-11-05 09:25")
        .session_of(PEOPLE[1], "M1", "2026-11-06 09:01", "2026-11-06 09:25")
        .session_of(PEOPLE[3], "M3", "2026-11-07 09:01", "2026-11-07 09:25")
        .session_of(PEOPLE[0], "M0", "2026-11-08 09:01", "2026-11-08 09:25");
    let advice = firm.advice(&meter).unwrap();
    let released = choice(&advice, Remedy::Release).unwrap();
    let people: Vec<(&str, u32)> =
        released.people.iter().map(|(email, days)| (email.as_str(), *days)).collect();
    assert_eq!(people, [("bo@x.example", 2), ("cy@x.example", 1)]);
    assert_eq!((released.excess, cost(&advice, Remedy::Release)), (0, "0.00 EUR".to_owned()));
    assert_eq!(
        advice.choices[advice.cheapest.unwrap()].act,
        Remedy::Release,
        "of two that cost nothing it touches fewer"
    );
    // seatwise cannot edit people whom the policy does not declare.
    let firm = AdviceFirm { declared: BTreeSet::from([Email::new(PEOPLE[0]).unwrap()]), ..firm };
    let advice = firm.advice(&meter).unwrap();
    assert_eq!(
        choice(&advice, Remedy::Release).unwrap().people.keys().map(Email::as_str).collect::<Vec<_>>(),
        ["ana@x.example"]
    );
    assert_eq!(choice(&advice, Remedy::Release).unwrap().excess, 1);
}

#[test]
fn restriction_binds_neither_old_keys_nor_people_without_a_name() {
    let firm = AdviceFirm::new();
    let keyed = UsageSource { through: StartMethod::ActivationKey, ..source() };
    let at = |user: Option<&str>, machine: &str, source: &UsageSource, meter: Meter| {
        meter.row(machine, user, source, session("2026-11-02 09:01", "2026-11-02 09:25"))
    };
    let hidden = at(
        None,
        "M1",
        &source(),
        at(Some("7f3c"), "M2", &source(), at(Some(PEOPLE[0]), "M3", &keyed, Meter::new())),
    );
    let advice = firm.advice(&hidden).unwrap();
    assert_eq!(advice.judged[0].excess, 2);
    assert_eq!(choice(&advice, Remedy::Restrict), None, "it would change nothing");
    assert_eq!(choice(&advice, Remedy::Release), None);
    let open = at(Some(PEOPLE[1]), "M4", &source(), hidden);
    let advice = firm.advice(&open).unwrap();
    let restricted = choice(&advice, Remedy::Restrict).unwrap();
    assert_eq!((restricted.excess, restricted.people.len()), (2, 4));
}

#[test]
fn running_period_is_judged_only_where_none_has_passed() {
    let firm = AdviceFirm::new();
    let running = add_morning(Meter::new(), "2027-01", 2);
    assert_eq!(
        firm.advice(&running)
            .unwrap()
            .judged
            .iter()
            .map(|judged| judged.period.to_string())
            .collect::<Vec<_>>(),
        ["2027Q1"]
    );
    let with_past = add_morning(running, "2026-11", 3);
    assert_eq!(
        firm.advice(&with_past)
            .unwrap()
            .judged
            .iter()
            .map(|judged| judged.period.to_string())
            .collect::<Vec<_>>(),
        ["2026Q4"]
    );
    let months =
        add_morning(Meter::with_settings(|settings| settings.period = PeriodKind::Month), "2026-11", 2);
    assert_eq!(firm.advice(&months).unwrap().judged[0].period.to_string(), "2026-11");
}

#[test]
fn without_excess_nothing_is_advised_and_without_a_price_nothing_is_called_cheapest() {
    let mut firm = AdviceFirm::new();
    assert_eq!(firm.advice(&add_morning(Meter::new(), "2026-11", 1)), None);
    firm.facts.products.get_mut(&product("p")).unwrap().list_price = None;
    let advice = firm.advice(&add_morning(Meter::new(), "2026-11", 3)).unwrap();
    assert_eq!((advice.cheapest, choice(&advice, Remedy::Leave).unwrap().cost.clone()), (None, None));
    assert_eq!(choice(&advice, Remedy::Release).unwrap().people.len(), 2);
}
