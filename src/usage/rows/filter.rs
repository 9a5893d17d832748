//! Chooses the rows that a report is about.

use std::collections::BTreeSet;

use crate::model::{CountryCode, ProductId};
use crate::usage::{NameRegister, UseRow, UserId};

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
