//! The data of an access review: every person with everything they have, why they have it, and the policy
//! lines that grant it.
//!
//! Most people have most products by the same lists and settings, so products are kept in shared sets: a
//! review of thousands of people and hundreds of products stays as small as what is particular to each
//! person.

mod review_builder;

use std::collections::BTreeSet;

use super::OrganizationView;
use super::explanation::ChainLine;
use crate::change::Citation;
use crate::model::access::AccessRule;
use crate::model::{
    AccessSetting, Area, Checkout, CountryCode, Date, Email, GroupName, ProductId, RoleId, Timestamp, User,
    UserException, word_enum,
};
use crate::policy::Moment;
use crate::policy::settings::HeldReview;
use crate::usage::{LastUses, UserName};

pub use review_builder::access_review;

/// Everything that a reviewer looks at.
#[derive(Debug, Clone)]
pub struct AccessReview<'a> {
    /// The side under review, and the policy whose lines are cited.
    pub picture: OrganizationView<'a>,
    /// The day and time that the review is as of.
    pub moment: Moment,
    /// The last use of products; `None` where no use was read.
    pub uses: Option<&'a LastUses>,
    /// Everybody, in order of addresses.
    pub people: Vec<ReviewedPerson<'a>>,
    /// Sets of products, each once; [`ProductSetAccess::products`] is an index into them.
    pub sets: Vec<Vec<&'a ProductId>>,
    /// Addresses of fulfilment contacts that belong to no user of the organization.
    pub strangers: Vec<&'a Email>,
    /// The products on the lists of groups, in order.
    pub lists: Vec<ListedProduct<'a>>,
    /// The countries of these people, with what they open.
    pub countries: Vec<ReviewedCountry>,
    /// The settings of products.
    pub settings: Vec<StatedSetting<'a>>,
}

/// A product on a group's list.
#[derive(Debug, Clone)]
pub struct ListedProduct<'a> {
    pub group: &'a GroupName,
    pub product: &'a ProductId,
    /// The policy line that lists the product.
    pub at: Option<Citation>,
}

/// The setting of a product.
#[derive(Debug, Clone)]
pub struct StatedSetting<'a> {
    pub product: &'a ProductId,
    pub area: Area,
    pub setting: AccessSetting,
    /// The policy line that states the setting.
    pub at: Option<Citation>,
}

/// One person under review.
#[derive(Debug, Clone)]
pub struct ReviewedPerson<'a> {
    /// The address that is the person's key.
    pub email: &'a Email,
    pub user: &'a User,
    pub standing: PersonStanding,
    /// The policy line that declares the person.
    pub at: Option<Citation>,
    /// The last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The entitlement country, whose settings apply.
    pub country: CountryCode,
    /// Roles, groups, products by name and checkouts.
    pub holdings: Vec<NamedHolding<'a>>,
    /// Products that the person can start without having them by name.
    pub access: Vec<ProductSetAccess<'a>>,
    /// The number of all products that the person can start.
    pub usable: usize,
    /// The last day on which the person used any product; `None` also where no use is known.
    pub last_used: Option<Date>,
    /// The last review that covered the person.
    pub reviewed: Option<&'a HeldReview>,
}

word_enum! {
    /// The standing of a person in the policy.
    pub enum PersonStanding {
        /// The policy declares the person.
        Declared = "declared",
        /// The policy removes the person.
        Leaving = "declared as removed or ended",
        /// `manage.ignore` leaves the person alone.
        Ignored = "ignored",
        /// The policy does not name the person.
        Undeclared = "not in the policy",
    }
}

/// A role, group or product that a person has by name.
#[derive(Debug, Clone)]
pub struct NamedHolding<'a> {
    pub held: HeldObject<'a>,
    /// The policy lines that grant it; empty where the policy does not.
    pub lines: Vec<ChainLine>,
}

/// An object that a person can have by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldObject<'a> {
    Role(&'a RoleId),
    /// A membership of this group.
    Group(&'a GroupName),
    /// A named licence, and the time of its assignment, where known.
    Licence(&'a ProductId, Option<Timestamp>),
    /// A product allowed or denied to the person.
    Exception(&'a ProductId, UserException),
    /// A licence taken offline.
    Checkout(&'a Checkout),
}

/// Products that a person can start for one reason.
#[derive(Debug, Clone)]
pub struct ProductSetAccess<'a> {
    pub because: AccessReason<'a>,
    /// The index of the set in [`AccessReview::sets`].
    pub products: usize,
    /// The policy lines that make the person a member of the group; empty for a reason that holds for
    /// everybody.
    pub lines: Vec<ChainLine>,
}

/// Why a person can start products without having them by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessReason<'a> {
    /// The products are on the list of a group.
    List(&'a GroupName),
    /// The products' settings are open in the country.
    Setting(CountryCode),
    /// The default of the country is open.
    Default(CountryCode),
}

/// The default of a country, and the number of its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedCountry {
    pub country: CountryCode,
    pub default: AccessSetting,
    /// The policy line that states the default.
    pub at: Option<Citation>,
    /// The number of people with this entitlement country.
    pub people: usize,
}

impl AccessReason<'_> {
    /// Returns the rule of effective access behind the reason.
    pub fn rule(&self) -> AccessRule {
        match self {
            Self::List(_) => AccessRule::Groups,
            Self::Setting(_) => AccessRule::Product,
            Self::Default(_) => AccessRule::Default,
        }
    }
}

impl AccessReview<'_> {
    /// Returns the last day on which `user` used what is held: a named licence by use under it, an exception
    /// or a checkout by any use.
    pub fn last_use_day(&self, user: &Email, held: HeldObject<'_>) -> Option<Date> {
        let days = |product| self.uses?.last_days(&UserName::Email(user.clone()), product);
        match held {
            HeldObject::Licence(product, _) => days(product)?.licensed,
            HeldObject::Exception(product, _) => days(product)?.last_day(),
            HeldObject::Checkout(checkout) => days(&checkout.product)?.last_day(),
            HeldObject::Role(_) | HeldObject::Group(_) => None,
        }
    }

    /// Returns all policy lines that the review cites.
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
