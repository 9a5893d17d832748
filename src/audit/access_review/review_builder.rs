//! Builds an access review from one side of an organization.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{
    AccessReason, AccessReview, HeldObject, ListedProduct, NamedHolding, PersonStanding, ProductSetAccess,
    ReviewedCountry, ReviewedPerson, StatedSetting,
};
use crate::audit::OrganizationView;
use crate::audit::explanation::{
    AccessFact, ChainLine, default_line, explain_access, membership_lines, setting_line,
};
use crate::audit::holders::{last_day, role_lines};
use crate::audit::user_holdings::known_products;
use crate::model::access::{EffectiveAccess, ProductSet, default_of, is_present, setting_of};
use crate::model::{CountryCode, Email, GroupName, ProductId, User};
use crate::policy::settings::{HeldReview, IgnoreTarget};
use crate::policy::{Moment, Presence};
use crate::usage::{LastUses, UserName};

/// Collects the review of the side `picture`.
pub fn access_review<'a>(
    picture: OrganizationView<'a>,
    moment: Moment,
    uses: Option<&'a LastUses>,
) -> AccessReview<'a> {
    let products: Vec<_> = known_products(picture).into_iter().collect();
    let mut builder = ReviewBuilder {
        picture,
        moment,
        uses,
        reach: EffectiveAccess::new(picture.organization, picture.facts, &products),
        products: &products,
        sets: ProductSets::default(),
        open: BTreeMap::new(),
    };
    let people: Vec<_> =
        picture.organization.users.iter().map(|(email, user)| builder.review_person(email, user)).collect();
    let countries = reviewed_countries(picture, &people);
    let sets = builder.sets.product_ids(&products);
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
    let countries = counted.into_iter().map(|(country, people)| ReviewedCountry {
        country,
        default: default_of(picture.organization, country),
        at: default_line(picture, country),
        people,
    });
    countries.collect()
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

/// Builds the review person by person, remembering what people share.
struct ReviewBuilder<'a, 'p> {
    picture: OrganizationView<'a>,
    moment: Moment,
    uses: Option<&'a LastUses>,
    products: &'p [&'a ProductId],
    reach: EffectiveAccess<'a>,
    sets: ProductSets,
    open: BTreeMap<CountryCode, OpenProducts>,
}

/// The open products of a country: by the products' own settings, and by the default.
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
        let roles = user.roles.keys();
        let roles = roles.map(|role| (HeldObject::Role(role), role_lines(self.picture, email, role)));
        let groups = user.groups.keys();
        let groups =
            groups.map(|group| (HeldObject::Group(group), membership_lines(self.picture, email, group)));
        let licences = user.licences.iter().map(|(product, licence)| {
            let lines = self.lines_of(email, product, |fact| matches!(fact, AccessFact::NamedLicence { .. }));
            (HeldObject::Licence(product, licence.assigned), lines)
        });
        let exceptions = user.exceptions.iter().map(|(product, exception)| {
            let lines = self.lines_of(email, product, |fact| matches!(fact, AccessFact::Exception(_)));
            (HeldObject::Exception(product, *exception), lines)
        });
        let checkouts = user.checkouts.keys().map(|checkout| (HeldObject::Checkout(checkout), Vec::new()));
        let all = roles.chain(groups).chain(licences).chain(exceptions).chain(checkouts);
        all.map(|(held, lines)| NamedHolding { held, lines }).collect()
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

    /// Returns the products for which a licence or an exception decides.
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

/// Distinct sets of products, numbered in order of first use.
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
