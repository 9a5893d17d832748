//! The evidence of an access review: every person with everything that is theirs, why, and which lines say
//! so.
//!
//! Most people have most products by the same lists and settings, so products are told in sets that are
//! shared: a review of thousands of people and hundreds of products stays as large as what is particular
//! about each.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::OrganizationView;
use super::explanation::{
    AccessFact, ChainLine, default_line, explain_access, membership_lines, setting_line,
};
use super::holders::{last_day, role_lines};
use super::user_holdings::known_products;
use crate::change::Citation;
use crate::model::access::{AccessRule, EffectiveAccess, ProductSet, default_of, is_present, setting_of};
use crate::model::{
    AccessSetting, Area, Checkout, CountryCode, Date, Email, GroupName, ProductId, RoleId, Timestamp, User,
    UserException,
};
use crate::policy::settings::{HeldReview, IgnoreTarget};
use crate::policy::{Moment, Presence};
use crate::usage::{LastUses, UserName};

/// Everything that a reviewer looks at.
#[derive(Debug, Clone)]
pub struct AccessReview<'a> {
    /// The side that is reviewed, and the policy whose lines are cited.
    pub picture: OrganizationView<'a>,
    /// The day it is as of, and the time.
    pub moment: Moment,
    /// What was used, and when last; `None` where nobody said.
    pub uses: Option<&'a LastUses>,
    /// Everybody, in the order of addresses.
    pub people: Vec<ReviewedPerson<'a>>,
    /// Sets of products, told once for all who have them.
    pub sets: Vec<Vec<&'a ProductId>>,
    /// Addresses that get mail of the organization, and are nobody's in it.
    pub strangers: Vec<&'a Email>,
    /// The products on the lists of groups, in order.
    pub lists: Vec<ListedProduct<'a>>,
    /// What the countries of these people open.
    pub countries: Vec<ReviewedCountry>,
    /// Settings of products, with the lines that make them so.
    pub settings: Vec<StatedSetting<'a>>,
}

/// A product on a group's list.
#[derive(Debug, Clone)]
pub struct ListedProduct<'a> {
    /// Whose list.
    pub group: &'a GroupName,
    /// Which product.
    pub product: &'a ProductId,
    /// The line that puts it there.
    pub at: Option<Citation>,
}

/// A product's own setting.
#[derive(Debug, Clone)]
pub struct StatedSetting<'a> {
    /// Which product.
    pub product: &'a ProductId,
    /// Where.
    pub area: Area,
    /// What is set.
    pub setting: AccessSetting,
    /// The line that says so.
    pub at: Option<Citation>,
}

/// One person.
#[derive(Debug, Clone)]
pub struct ReviewedPerson<'a> {
    /// The address they are known by.
    pub email: &'a Email,
    /// All that is theirs.
    pub user: &'a User,
    /// What the policy has to do with them.
    pub standing: PersonStanding,
    /// The line that declares them.
    pub at: Option<Citation>,
    /// Their last day, where the policy has one.
    pub until: Option<Date>,
    /// Whose settings apply.
    pub country: CountryCode,
    /// Roles, groups, products by name and checkouts.
    pub holdings: Vec<NamedHolding<'a>>,
    /// Products they can start that nobody gave them by name.
    pub access: Vec<ProductSetAccess<'a>>,
    /// How many products they can start in all.
    pub usable: usize,
    /// The last day on which they used any product; `None` as well where no use is known.
    pub last_used: Option<Date>,
    /// When somebody last looked at what they have.
    pub reviewed: Option<&'a HeldReview>,
}

/// What the policy has to do with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonStanding {
    /// It declares them.
    Declared,
    /// It says that they go.
    Leaving,
    /// `manage.ignore` leaves them alone.
    Ignored,
    /// It does not know them.
    Undeclared,
}

/// Something that a person has by name.
#[derive(Debug, Clone)]
pub struct NamedHolding<'a> {
    /// What.
    pub held: HeldObject<'a>,
    /// The lines that give it; none where the policy does not.
    pub lines: Vec<ChainLine>,
}

/// What can be had by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldObject<'a> {
    /// A role.
    Role(&'a RoleId),
    /// A membership.
    Group(&'a GroupName),
    /// A named licence, and since when.
    Licence(&'a ProductId, Option<Timestamp>),
    /// A product allowed or denied to the person.
    Exception(&'a ProductId, UserException),
    /// A licence taken offline.
    Checkout(&'a Checkout),
}

/// Products that a person can start for one reason.
#[derive(Debug, Clone)]
pub struct ProductSetAccess<'a> {
    /// Why.
    pub because: AccessReason<'a>,
    /// Which, by its place in [`AccessReview::sets`].
    pub products: usize,
    /// The lines that make the person one of those; none for what holds for everybody.
    pub lines: Vec<ChainLine>,
}

/// Why somebody can start products that they were not given by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessReason<'a> {
    /// They are on the list of a group.
    List(&'a GroupName),
    /// The products are open in their country.
    Setting(CountryCode),
    /// Their country's default is open.
    Default(CountryCode),
}

/// What a country opens to those of whom nothing nearer says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedCountry {
    /// Which.
    pub country: CountryCode,
    /// Its default.
    pub default: AccessSetting,
    /// The line that makes it so.
    pub at: Option<Citation>,
    /// How many people it is the entitlement country of.
    pub people: usize,
}

/// Gathers what there is to review on the side `picture`.
pub fn access_review<'a>(
    picture: OrganizationView<'a>,
    moment: Moment,
    uses: Option<&'a LastUses>,
) -> AccessReview<'a> {
    let products: Vec<_> = known_products(picture).into_iter().collect();
    let mut gatherer = ReviewBuilder {
        picture,
        moment,
        uses,
        reach: EffectiveAccess::new(picture.organization, picture.facts, &products),
        products: &products,
        sets: ProductSets::default(),
        open: BTreeMap::new(),
    };
    let people: Vec<_> =
        picture.organization.users.iter().map(|(email, user)| gatherer.review_person(email, user)).collect();
    let countries = reviewed_countries(picture, &people);
    let sets = gatherer.sets.product_ids(&products);
    let contacts: BTreeSet<_> = picture.organization.contacts.iter().map(|contact| &contact.email).collect();
    let strangers =
        contacts.into_iter().filter(|email| !picture.organization.users.contains_key(*email)).collect();
    AccessReview {
        picture,
        moment,
        uses,
        people,
        sets,
        strangers,
        lists: listed_products(picture),
        countries,
        settings: stated_settings(picture),
    }
}

fn reviewed_countries(picture: OrganizationView<'_>, people: &[ReviewedPerson<'_>]) -> Vec<ReviewedCountry> {
    let mut counted: BTreeMap<CountryCode, usize> = BTreeMap::new();
    people.iter().for_each(|person| *counted.entry(person.country).or_default() += 1);
    let told = counted.into_iter().map(|(country, people)| ReviewedCountry {
        country,
        default: default_of(picture.organization, country),
        at: default_line(picture, country),
        people,
    });
    told.collect()
}

fn listed_products(picture: OrganizationView<'_>) -> Vec<ListedProduct<'_>> {
    let line = |group: &GroupName, product: &ProductId| {
        let grant = picture.policy.groups.get(group)?.products.as_ref()?.get(product.as_str())?;
        Some(picture.policy.sources.cite(grant.place))
    };
    let listed = picture
        .organization
        .groups
        .iter()
        .flat_map(|(name, group)| group.products.keys().map(move |product| (name, product)));
    listed.map(|(group, product)| ListedProduct { group, product, at: line(group, product) }).collect()
}

fn stated_settings(picture: OrganizationView<'_>) -> Vec<StatedSetting<'_>> {
    let stated = picture.organization.restrictions.iter();
    stated
        .map(|(key, setting)| StatedSetting {
            product: &key.0,
            area: key.1,
            setting: *setting,
            at: setting_line(picture, key),
        })
        .collect()
}

/// Goes from person to person.
struct ReviewBuilder<'a, 'p> {
    picture: OrganizationView<'a>,
    moment: Moment,
    uses: Option<&'a LastUses>,
    products: &'p [&'a ProductId],
    reach: EffectiveAccess<'a>,
    sets: ProductSets,
    open: BTreeMap<CountryCode, OpenProducts>,
}

/// What is open in a country: by the products' own settings, and by the default.
#[derive(Debug, Clone)]
struct OpenProducts {
    by_setting: ProductSet,
    by_default: ProductSet,
}

impl<'a> ReviewBuilder<'a, '_> {
    fn review_person(&mut self, email: &'a Email, user: &'a User) -> ReviewedPerson<'a> {
        let declared = self.picture.policy.users.get(email);
        let standing = match declared.map(|declared| declared.presence) {
            _ if self.picture.policy.settings.ignores(IgnoreTarget::Users, email.as_str()) => {
                PersonStanding::Ignored
            }
            Some(Presence::Present) => PersonStanding::Declared,
            Some(Presence::Ended(..) | Presence::Removed(_)) => PersonStanding::Leaving,
            None => PersonStanding::Undeclared,
        };
        let reached = self.reach.products_of(user);
        ReviewedPerson {
            email,
            user,
            standing,
            at: declared.map(|declared| self.picture.policy.sources.cite(declared.place)),
            until: last_day(self.picture, email),
            country: self.reach.country(user),
            holdings: self.holdings(email, user),
            access: if is_present(user) { self.product_access(email, user) } else { Vec::new() },
            usable: reached.difference(&self.reach.no_products()).count(),
            last_used: self.uses.and_then(|uses| uses.last_day_of(&UserName::Email(email.clone()))),
            reviewed: self.last_review(email),
        }
    }

    fn last_review(&self, email: &Email) -> Option<&'a HeldReview> {
        let held = self.picture.policy.settings.audit.reviews.iter();
        held.filter(|held| held.on <= self.moment.as_of && held.users.glob.is_match(email.as_str()))
            .max_by_key(|held| held.on)
    }

    fn holdings(&self, email: &'a Email, user: &'a User) -> Vec<NamedHolding<'a>> {
        let roles = user.roles.keys().map(|role| NamedHolding {
            held: HeldObject::Role(role),
            lines: role_lines(self.picture, email, role),
        });
        let groups = user.groups.keys().map(|group| NamedHolding {
            held: HeldObject::Group(group),
            lines: membership_lines(self.picture, email, group),
        });
        let licences = user.licences.iter().map(|(product, licence)| {
            let lines = self.lines_of(email, product, |fact| matches!(fact, AccessFact::NamedLicence { .. }));
            NamedHolding { held: HeldObject::Licence(product, licence.assigned), lines }
        });
        let exceptions = user.exceptions.iter().map(|(product, exception)| {
            let lines = self.lines_of(email, product, |fact| matches!(fact, AccessFact::Exception(_)));
            NamedHolding { held: HeldObject::Exception(product, *exception), lines }
        });
        let checkouts = user
            .checkouts
            .keys()
            .map(|checkout| NamedHolding { held: HeldObject::Checkout(checkout), lines: Vec::new() });
        roles.chain(groups).chain(licences).chain(exceptions).chain(checkouts).collect()
    }

    fn lines_of(
        &self,
        email: &Email,
        product: &ProductId,
        fact: impl Fn(&AccessFact) -> bool,
    ) -> Vec<ChainLine> {
        let said =
            explain_access(self.picture, email, product).into_iter().flat_map(|explanation| explanation.said);
        said.filter(|said| fact(&said.fact)).flat_map(|said| said.lines).collect()
    }

    fn product_access(&mut self, email: &Email, user: &'a User) -> Vec<ProductSetAccess<'a>> {
        let country = self.reach.country(user);
        let by_name = self.products_by_name(user);
        let lists = self.reach.lists_in(country, user.groups.keys());
        let listed: Vec<_> = lists.map(|(group, list)| (AccessReason::List(group), list.clone())).collect();
        let open = if listed.is_empty() {
            let OpenProducts { by_setting, by_default } = self.open_products(country).clone();
            vec![(AccessReason::Setting(country), by_setting), (AccessReason::Default(country), by_default)]
        } else {
            listed
        };
        let mut access = Vec::new();
        for (because, mut products) in open {
            products.remove(&by_name);
            if !products.is_empty() {
                let lines = match because {
                    AccessReason::List(group) => membership_lines(self.picture, email, group),
                    AccessReason::Setting(_) | AccessReason::Default(_) => Vec::new(),
                };
                access.push(ProductSetAccess { because, products: self.sets.intern(products), lines });
            }
        }
        access
    }

    /// The products that a licence or an exception decides over.
    fn products_by_name(&self, user: &User) -> ProductSet {
        let mut decided = self.reach.no_products();
        let named = user.licences.keys().chain(user.exceptions.keys());
        named
            .filter_map(|product| self.products.binary_search(&product).ok())
            .for_each(|at| decided.insert(at));
        decided
    }

    fn open_products(&mut self, country: CountryCode) -> &OpenProducts {
        let (picture, products, reach) = (self.picture, self.products, &self.reach);
        self.open.entry(country).or_insert_with(|| {
            let mut stated = reach.no_products();
            let has_setting =
                |product: &&ProductId| setting_of(picture.organization, product, country).is_some();
            products
                .iter()
                .enumerate()
                .filter(|(_, product)| has_setting(product))
                .for_each(|(at, _)| stated.insert(at));
            let (mut by_setting, mut by_default) =
                (reach.open_products(country).clone(), reach.open_products(country).clone());
            by_setting.intersect(&stated);
            by_default.remove(&stated);
            OpenProducts { by_setting, by_default }
        })
    }
}

/// Sets of products, each once.
#[derive(Debug, Default)]
struct ProductSets {
    numbers: FxHashMap<ProductSet, usize>,
    sets: Vec<ProductSet>,
}

impl ProductSets {
    fn intern(&mut self, set: ProductSet) -> usize {
        *self.numbers.entry(set).or_insert_with_key(|set| {
            self.sets.push(set.clone());
            self.sets.len() - 1
        })
    }

    fn product_ids<'a>(&self, products: &[&'a ProductId]) -> Vec<Vec<&'a ProductId>> {
        let named = |set: &ProductSet| {
            products.iter().enumerate().filter(|(at, _)| set.has(*at)).map(|(_, product)| *product).collect()
        };
        self.sets.iter().map(named).collect()
    }
}

impl AccessReason<'_> {
    /// The rule of effective access that it is.
    pub fn rule(&self) -> AccessRule {
        match self {
            Self::List(_) => AccessRule::Groups,
            Self::Setting(_) => AccessRule::Product,
            Self::Default(_) => AccessRule::Default,
        }
    }
}

impl AccessReview<'_> {
    /// The last day on which `user` used what is held: a licence by use under it, an exception or a checkout
    /// by any.
    pub fn last_use_day(&self, user: &Email, held: HeldObject<'_>) -> Option<Date> {
        let days = |product| self.uses?.last_days(&UserName::Email(user.clone()), product);
        match held {
            HeldObject::Licence(product, _) => days(product)?.licensed,
            HeldObject::Exception(product, _) => days(product)?.last_day(),
            HeldObject::Checkout(checkout) => days(&checkout.product)?.last_day(),
            HeldObject::Role(_) | HeldObject::Group(_) => None,
        }
    }

    /// All lines of the policy that the review cites.
    pub fn cited_lines(&self) -> BTreeSet<&Citation> {
        let people = self.people.iter().flat_map(|person| {
            let lines = person
                .holdings
                .iter()
                .map(|holding| &holding.lines)
                .chain(person.access.iter().map(|access| &access.lines));
            person.at.iter().chain(lines.flatten().filter_map(|line| line.why.citation()))
        });
        let lists = self.lists.iter().filter_map(|listed| listed.at.as_ref());
        let settings = self.settings.iter().filter_map(|stated| stated.at.as_ref());
        people
            .chain(lists)
            .chain(settings)
            .chain(self.countries.iter().filter_map(|country| country.at.as_ref()))
            .collect()
    }
}
