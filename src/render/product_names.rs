//! The names of products, for people.

use std::collections::BTreeMap;

use super::clean::clean_text;
use crate::model::{Product, ProductId};

/// The name of each product whose name differs from its id.
#[derive(Debug, Clone, Default)]
pub struct ProductNames(BTreeMap<ProductId, String>);

impl ProductNames {
    /// Takes the names from a catalogue.
    pub fn new<'a>(catalogue: impl IntoIterator<Item = (&'a ProductId, &'a Product)>) -> Self {
        let named = catalogue.into_iter().filter(|(id, product)| is_telling(id, &product.name));
        Self(named.map(|(id, product)| (id.clone(), product.name.to_string())).collect())
    }

    /// Names a product: `OpenRoads Designer (openroads-designer)`, or its id where no other name is known.
    pub(super) fn words(&self, id: &str) -> String {
        let name = self.0.get(id);
        name.map_or_else(|| clean_text(id).into_owned(), |name| name_and_id(name, id))
    }
}

/// Names a product by its name with the id behind, or by its id alone where no other name is known.
pub(super) fn product_words(id: &ProductId, product: Option<&Product>) -> String {
    let name = product.map(|product| &*product.name).filter(|name| is_telling(id, name));
    name.map_or_else(|| clean_text(id.as_str()).into_owned(), |name| name_and_id(name, id.as_str()))
}

fn is_telling(id: &ProductId, name: &str) -> bool {
    !name.is_empty() && name != id.as_str()
}

fn name_and_id(name: &str, id: &str) -> String {
    format!("{} ({})", clean_text(name), clean_text(id))
}
