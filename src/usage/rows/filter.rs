//! Chooses what a report is about, by the names of products, countries and people.

use std::collections::BTreeSet;

use crate::model::{CountryCode, ProductId};
use crate::usage::rows::use_row::{Pool, PoolPlace, UseRow, UserId};
use crate::usage::{NameRegister, Pooling, UserName};

/// The names that a report is about; the default is everything.
#[derive(Debug, Clone, Default)]
pub struct NameFilter {
    /// These products; all products where empty.
    pub products: BTreeSet<ProductId>,
    /// These countries; all countries where empty.
    pub countries: BTreeSet<CountryCode>,
    /// These people; anybody where `None`.
    pub users: Option<BTreeSet<UserName>>,
}

impl NameFilter {
    /// Whether the product is asked for.
    pub fn has_product(&self, product: &ProductId) -> bool {
        self.products.is_empty() || self.products.contains(product)
    }

    /// Whether the country is asked for; an unknown one is only where all are.
    pub fn has_country(&self, country: Option<CountryCode>) -> bool {
        self.countries.is_empty() || country.is_some_and(|country| self.countries.contains(&country))
    }

    /// Whether the person is asked for.
    pub fn has_user(&self, user: &UserName) -> bool {
        self.users.as_ref().is_none_or(|users| users.contains(user))
    }

    /// Whether the pool is of a product and a country that are asked for.
    pub fn has_pool(&self, pool: &Pool) -> bool {
        let country = match &pool.place {
            PoolPlace::Country(country) => Some(*country),
            PoolPlace::Site(_) | PoolPlace::Unknown => None,
        };
        self.has_product(&pool.product) && self.has_country(country)
    }

    /// Whether the name of a pool does not say if it has what is asked for, so that its rows must.
    pub fn asks_for_rows(&self, pooling: Pooling) -> bool {
        let has_country = match pooling {
            Pooling::Country => true,
            Pooling::Site => self.countries.is_empty(),
        };
        self.users.is_some() || !has_country
    }

    /// Returns the filter of rows whose names have their numbers in `register`.
    pub fn row_filter(&self, register: &NameRegister) -> RowFilter {
        let numbers = |users: &BTreeSet<UserName>| {
            register.users().filter(|(_, name)| users.contains(*name)).map(|(user, _)| user).collect()
        };
        RowFilter {
            products: self.products.clone(),
            countries: self.countries.clone(),
            users: self.users.as_ref().map(numbers),
        }
    }
}

/// A choice of rows; the default keeps all.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// Keeps rows of these products; of all products where empty.
    pub products: BTreeSet<ProductId>,
    /// Keeps rows of these countries; of all countries where empty.
    pub countries: BTreeSet<CountryCode>,
    /// Keeps rows of these people; of anybody where `None`.
    pub users: Option<BTreeSet<UserId>>,
}

impl RowFilter {
    /// Whether every row is kept.
    pub fn is_all(&self) -> bool {
        self.products.is_empty() && self.countries.is_empty() && self.users.is_none()
    }

    /// Whether `row` is kept.
    pub fn keeps(&self, register: &NameRegister, row: &UseRow) -> bool {
        let source = register.source_of(row.source);
        let of_product = self.products.is_empty() || self.products.contains(&source.product);
        let of_country = self.countries.is_empty()
            || source.country.is_some_and(|country| self.countries.contains(&country));
        let by_user =
            || self.users.as_ref().is_none_or(|users| row.user.is_some_and(|user| users.contains(&user)));
        of_product && of_country && by_user()
    }
}
