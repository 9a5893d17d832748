//! A made-up engineering firm of any size. The same seed gives the same firm, and every invariant holds.

mod dice;
mod firm_lists;
mod habits;
mod past;
mod usage;
mod work_calendar;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

pub use dice::Dice;
pub use past::generate_past;
pub use usage::{GenerationWindow, generate_usage};

use super::seed::number_identities;
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, Contract, CountryCode, Email, FlatMap, FlatSet, Group,
    GroupFacts, GroupKind, GroupName, Interner, Licence, LicenceKind, Money, Organization, OrganizationFacts,
    OwnedLicences, PastTerms, Product, ProductId, Profile, RoleId, Text, User, UserException, UserState,
};
use firm_lists::{DISCIPLINES, FirmCountry, GOODS, LANDS, PROJECTS};

/// The moment the generated firm is read at: 2026-11-02, 08:00 UTC. Licences are assigned before it, and
/// checkouts end after it.
pub const READ_AT: Timestamp = Timestamp::constant(1_793_606_400, 0);

/// Makes a firm of `users` people. The first one is the Account Administrator.
pub fn generate_firm(users: usize, seed: u64) -> (Organization, OrganizationFacts) {
    let mut firm = Firm::new(users, seed);
    let mut organization = Organization { groups: firm.groups(), ..Organization::default() };
    organization.users = (0..users)
        .map(|index| firm.user(index))
        .map(|user| (user.profile.email.clone(), user.into()))
        .collect();
    firm.add_settings(&mut organization);
    number_identities(&mut organization);
    let facts = firm.facts(&organization);
    (organization, facts)
}

/// A firm while it is generated: the dice, the names, and the lists to choose from.
struct Firm {
    dice: Dice,
    names: Interner,
    size: usize,
    countries: Vec<CountryCode>,
    products: Vec<ProductId>,
    allocation: Vec<GroupName>,
    disciplines: Vec<GroupName>,
    projects: Vec<GroupName>,
    /// The number of people with a name so far: the second Ana Silva is `ana.silva2`.
    namesakes: FxHashMap<(Text, Text), u32>,
}

impl Firm {
    fn new(size: usize, seed: u64) -> Self {
        let names = Interner::default();
        let group = |name: String| GroupName::parse(&name, &names).expect("words and numbers are a name");
        let allocation =
            (0..1 + size.min(30_000) / 60).map(|at| group(format!("cost-centre-{}", 1000 + at))).collect();
        let words: Vec<&str> = PROJECTS.split(", ").collect();
        let projects = 0..1 + size.min(60_000) / 40;
        let projects = projects
            .map(|at| group(format!("{}-{}", words[at % words.len()], 1 + at / words.len())))
            .collect();
        let everywhere: Vec<&str> = DISCIPLINES.split(", ").collect();
        let in_countries = LANDS.iter().filter(|_| size >= 500).flat_map(|land| {
            everywhere.iter().take(4).map(|discipline| format!("{discipline}-{}", land.code.to_lowercase()))
        });
        let disciplines =
            everywhere.iter().map(|name| (*name).to_owned()).chain(in_countries).map(group).collect();
        let products = GOODS
            .iter()
            .map(|(id, ..)| ProductId::parse(id, &names).expect("the id of a product is a name"))
            .collect();
        let countries =
            LANDS.iter().map(|land| CountryCode::new(land.code).expect("the code is on the list")).collect();
        Self {
            dice: Dice::new(seed),
            size,
            countries,
            products,
            allocation,
            disciplines,
            projects,
            namesakes: FxHashMap::default(),
            names,
        }
    }

    fn groups(&mut self) -> BTreeMap<GroupName, Group> {
        let mut groups = BTreeMap::new();
        let mut add = |name: &GroupName, kind, country, description: Text, products| {
            let facts = GroupFacts { name: name.clone(), kind, country, description };
            groups.insert(name.clone(), Group { id: None, facts, products });
        };
        for name in &self.allocation {
            let description = format!("Usage of {}", name.as_str().replace('-', " "));
            add(name, GroupKind::Allocation, None, description.into(), FlatSet::new());
        }
        for name in &self.projects {
            add(name, GroupKind::Other, None, Text::default(), FlatSet::new());
        }
        for city in LANDS.iter().flat_map(|land| land.cities.split(", ")) {
            let (name, description) = (office_group(city, &self.names), format!("Office in {city}"));
            add(&name, GroupKind::Other, None, description.into(), FlatSet::new());
        }
        for (name, at) in self.disciplines.iter().zip(0_usize..) {
            // The ten groups for everywhere come first, then four groups for each country.
            let country = at.checked_sub(DISCIPLINES.split(", ").count()).map(|at| self.countries[at / 4]);
            let count = if self.dice.chance(30) { 0 } else { 3 + self.dice.number_below(6) };
            let products = (0..count)
                .map(|_| self.products[self.dice.skewed_index(self.products.len())].clone())
                .collect();
            add(name, GroupKind::Entitlement, country, Text::default(), products);
        }
        groups
    }

    fn user(&mut self, index: usize) -> User {
        let at = self.dice.skewed_index(LANDS.len());
        let land = &LANDS[at];
        let profile = self.profile(land, self.countries[at]);
        let (exceptions, licences) = self.assignments();
        User {
            id: None,
            state: self.state(index),
            roles: self.roles(index),
            groups: self.memberships(land),
            exceptions,
            licences,
            checkouts: self.checkouts(),
            profile,
        }
    }

    fn profile(&mut self, land: &FirmCountry, country: CountryCode) -> Profile {
        let first_name = self.names.text(self.dice.pick_word(land.first));
        let last_name = self.names.text(self.dice.pick_word(land.last));
        let namesakes = self.namesakes.entry((first_name.clone(), last_name.clone())).or_insert(0);
        *namesakes += 1;
        let number = if *namesakes == 1 { String::new() } else { namesakes.to_string() };
        let address = format!("{}.{}{number}@firm.example", ascii_name(&first_name), ascii_name(&last_name));
        let email =
            Email::parse(&address, &self.names).expect("letters, digits, dots and hyphens are an address");
        let mut profile = Profile { first_name, last_name, country, ..Profile::new(email) };
        profile.entitlement_country = self.dice.chance(3).then(|| *self.dice.pick(&self.countries));
        profile
    }

    /// The first four users are the administrators, so they are active.
    fn state(&mut self, index: usize) -> UserState {
        if index < 4 {
            return UserState::Active;
        }
        match self.dice.number_below(200) {
            0 => UserState::Pending,
            1..4 => UserState::Invited,
            4..8 => UserState::Locked,
            _ => UserState::Active,
        }
    }

    fn roles(&mut self, index: usize) -> FlatSet<RoleId> {
        let mut roles = FlatSet::new();
        let mut add =
            |id: &str| roles.add(RoleId::parse(id, &self.names).expect("the portal's role is a name"));
        match index {
            0 => add(RoleId::ACCOUNT_ADMINISTRATOR),
            1..4 => add(RoleId::CO_ADMINISTRATOR),
            _ if index.is_multiple_of(1500) => add(RoleId::CO_ADMINISTRATOR),
            _ => false,
        };
        if self.dice.chance(20) {
            add(RoleId::DOWNLOAD);
            for needing in RoleId::NEED_DOWNLOAD {
                if self.dice.chance(10) {
                    add(needing);
                }
            }
        }
        for (id, percent) in [
            ("group-administrator", 2),
            ("services-administrator", 1),
            ("license-manager", 1),
            ("bim-viewer", 15),
        ] {
            if self.dice.chance(percent) {
                add(id);
            }
        }
        roles
    }

    fn memberships(&mut self, land: &FirmCountry) -> FlatSet<GroupName> {
        let mut groups = vec![office_group(self.dice.pick_word(land.cities), &self.names)];
        if self.dice.chance(90) {
            groups.push(self.allocation[self.dice.skewed_index(self.allocation.len())].clone());
        }
        for _ in 0..self.dice.number_below(4) {
            groups.push(self.projects[self.dice.skewed_index(self.projects.len())].clone());
        }
        if self.dice.chance(60) {
            groups.push(self.disciplines[self.dice.skewed_index(self.disciplines.len())].clone());
        }
        groups.into_iter().collect()
    }

    fn assignments(&mut self) -> (FlatMap<ProductId, UserException>, FlatMap<ProductId, Licence>) {
        let (mut exceptions, mut licences) = (FlatMap::new(), FlatMap::new());
        let named = GOODS
            .iter()
            .position(|(_, _, _, kind, _)| *kind == LicenceKind::Named)
            .expect("some goods are licensed by name");
        for _ in 0..self.dice.number_below(3) {
            let exception = if self.dice.chance(85) { UserException::Allow } else { UserException::Deny };
            exceptions.insert(self.products[self.dice.skewed_index(named)].clone(), exception);
        }
        if self.dice.chance(12) {
            let product = self.products[named + self.dice.skewed_index(GOODS.len() - named)].clone();
            let assigned = READ_AT - SignedDuration::from_hours(1 + self.dice.number_below(24 * 120) as i64);
            licences.insert(product, Licence { assigned: Some(assigned) });
        }
        (exceptions, licences)
    }

    fn checkouts(&mut self) -> FlatSet<Checkout> {
        let count = if self.dice.chance(2) { 1 + self.dice.number_below(2) } else { 0 };
        let one = |_| Checkout {
            product: self.products[self.dice.skewed_index(8)].clone(),
            machine: self.names.text(&format!("WS-{:05}", self.dice.number_below(100_000))),
            expires: READ_AT + SignedDuration::from_hours(24 * (1 + self.dice.number_below(180)) as i64),
        };
        (0..count).map(one).collect()
    }

    fn add_settings(&mut self, organization: &mut Organization) {
        let closed = self.countries[2];
        organization.defaults.insert(closed, AccessSetting::Nobody);
        for product in self.products[6..12].iter().step_by(2) {
            let country = Area::Country(*self.dice.pick(&self.countries));
            organization.restrictions.insert((product.clone(), Area::Everywhere), AccessSetting::Nobody);
            organization.restrictions.insert((product.clone(), country), AccessSetting::Everyone);
        }
        for product in &self.products[..8] {
            let above = 1 + self.dice.number_below(1 + self.size as u64 / 20) as u32;
            let alert = Alert { above, sign_in_required: self.dice.chance(50) };
            organization.alerts.insert((product.clone(), *self.dice.pick(&self.countries)), alert);
        }
        let contact = |name: &str, area| Contact {
            email: Email::new(&format!("{name}@firm.example")).expect("a word is an address"),
            area,
        };
        organization.contacts.insert(contact("finance", Area::Everywhere));
        organization.contacts.insert(contact("licences", Area::Country(self.countries[0])));
    }

    fn facts(&mut self, organization: &Organization) -> OrganizationFacts {
        let mut contracts: Vec<_> = LANDS
            .iter()
            .zip(&self.countries)
            .filter_map(|(land, country)| country_contract(land, *country))
            .collect();
        let count = contracts.len();
        let held = crate::model::licences::named_licence_counts(organization);
        for (product, (_, _, _, kind, _)) in self.products.iter().zip(&GOODS) {
            match kind {
                LicenceKind::Pooled => {
                    for contract in &mut contracts {
                        if self.dice.chance(60) {
                            contract.owned.insert(product.clone(), draw_quantity(&mut self.dice, self.size));
                        }
                    }
                }
                // The firm owns a named licence for every user who has one, and a few more.
                LicenceKind::Named => {
                    let held = held.get(product).copied().unwrap_or(0);
                    let contract = &mut contracts[self.dice.number_below(count as u64) as usize];
                    contract.owned.insert(product.clone(), OwnedLicences::Quantity(held + 2 + held / 20));
                }
            }
        }
        let acting = organization.users.values().find(|user| user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR));
        let acting = acting.map(|user| user.profile.email.clone());
        OrganizationFacts {
            products: self.catalogue(),
            contracts,
            federated: false,
            acting,
            past: PastTerms::default(),
        }
    }

    fn catalogue(&self) -> BTreeMap<ProductId, Product> {
        let euro: Text = "EUR".into();
        let product = |(at, (_, name, feature, licence, price)): (usize, &firm_lists::FirmProduct)| Product {
            number: u32::try_from(1001 + 37 * at).ok(),
            feature: feature.map(Text::from),
            name: (*name).into(),
            licence: *licence,
            list_price: Some(Money { amount: Decimal::from(*price), currency: euro.clone() }),
        };
        self.products.iter().cloned().zip(GOODS.iter().enumerate().map(product)).collect()
    }
}

fn draw_quantity(dice: &mut Dice, size: usize) -> OwnedLicences {
    if dice.chance(4) {
        OwnedLicences::Unlimited
    } else {
        OwnedLicences::Quantity(1 + dice.number_below(2 + size as u64 / 30) as u32)
    }
}

fn country_contract(land: &FirmCountry, country: CountryCode) -> Option<Contract> {
    let kind = land.contract?;
    let place = LANDS.iter().position(|other| other.code == land.code).expect("the country is one of them");
    Some(Contract {
        name: format!("{}-{}", 70_001 + place, land.code).into(),
        kind: kind.into(),
        country,
        revenue: Decimal::from(2_000_000 / (place + 1)),
        expires: Some(crate::model::Date::constant(2027, 1 + place as i8, 28)),
        owned: BTreeMap::new(),
    })
}

fn office_group(city: &str, names: &Interner) -> GroupName {
    GroupName::parse(&format!("office-{city}"), names).expect("a city is a name")
}

/// Returns a name as the ASCII letters, digits and hyphens of an address.
fn ascii_name(name: &str) -> String {
    let letter = |c: char| match c {
        'ä' | 'á' | 'ã' | 'å' | 'ą' | 'Å' => 'a',
        'é' | 'è' | 'ê' | 'É' | 'ë' => 'e',
        'í' | 'ì' | 'ï' => 'i',
        'ö' | 'ó' | 'ø' | 'Ø' | 'õ' => 'o',
        'ü' | 'ú' => 'u',
        'ß' | 'ś' => 's',
        'ç' | 'ć' => 'c',
        'ñ' | 'ń' => 'n',
        'ł' | 'Ł' => 'l',
        'ź' | 'ż' => 'z',
        ' ' => '-',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(letter).filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}
