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

impl ProductNames {
    /// Names a product where a sentence first has its id as a word.
    pub(super) fn spell_out(&self, sentence: &str, id: &ProductId) -> String {
        let end_of = |word: &str| word.strip_prefix(id.as_str()).map(str::to_owned);
        let is_end = |end: &String| end.chars().all(|c| c.is_ascii_punctuation() && c != '-');
        let mut words: Vec<String> = sentence.split(' ').map(str::to_owned).collect();
        let found = words.iter_mut().find_map(|word| Some((end_of(word).filter(is_end)?, word)));
        if let Some((end, word)) = found {
            *word = self.words(id.as_str()) + &end;
        }
        words.join(" ")
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
