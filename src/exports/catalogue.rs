//! Finds the product that a row of usage is about.

use std::collections::BTreeMap;

use crate::model::{COUNTRIES, CountryCode, Product, ProductId};

/// The known products, indexed by the ways in which exports name them.
#[derive(Debug, Default)]
pub struct ProductCatalogue {
    /// By number: feature string (in lower case) and id, in order of ids.
    numbers: BTreeMap<u32, Vec<(Option<String>, ProductId)>>,
    /// By id and by name, in lower case.
    names: BTreeMap<String, ProductId>,
}

impl ProductCatalogue {
    /// Indexes `products`. An id takes precedence over a name, and of products with one name the first id
    /// wins.
    pub fn new(products: &BTreeMap<ProductId, Product>) -> Self {
        let mut catalogue = Self::default();
        for (id, product) in products {
            if let Some(number) = product.number {
                catalogue
                    .numbers
                    .entry(number)
                    .or_default()
                    .push((product.feature.as_deref().map(str::to_lowercase), id.clone()));
            }
            catalogue.names.insert(id.as_str().to_lowercase(), id.clone());
        }
        for (id, product) in products {
            catalogue.names.entry(product.name.to_lowercase()).or_insert_with(|| id.clone());
        }
        catalogue
    }

    /// Returns the product that a row calls `name`, by number, id or name, with the row's feature string. An
    /// unknown product gets `name` as its id, with `-` for each `/`; `None` where that cannot be an id.
    pub(super) fn find(&self, name: &str, feature: Option<&str>) -> Option<ProductId> {
        let by_number = || self.product_by_number(number_in_name(name)?, feature);
        let by_name = || self.names.get(&name.to_lowercase()).cloned();
        by_number().or_else(by_name).or_else(|| ProductId::new(&name.replace('/', "-")).ok())
    }

    /// Returns the product that a row with the number of `product` and no feature string is taken for.
    pub(super) fn product_without_feature(&self, product: &ProductId) -> ProductId {
        let of_number =
            |products: &Vec<(Option<String>, ProductId)>| products.iter().any(|(_, id)| id == product);
        let number = self.numbers.iter().find(|(_, products)| of_number(products)).map(|(number, _)| *number);
        number.and_then(|number| self.product_by_number(number, None)).unwrap_or_else(|| product.clone())
    }

    /// Products that differ only in the feature string share one number.
    fn product_by_number(&self, number: u32, feature: Option<&str>) -> Option<ProductId> {
        let products = self.numbers.get(&number)?;
        let feature = feature.map(str::to_lowercase);
        let of = |feature: Option<&str>| products.iter().find(|(known, _)| known.as_deref() == feature);
        of(feature.as_deref()).or_else(|| of(None)).or_else(|| products.first()).map(|(_, id)| id.clone())
    }
}

/// Returns the number in `2502`, `OpenRoads Designer (2502)` and `2502 - OpenRoads Designer`.
fn number_in_name(name: &str) -> Option<u32> {
    let behind = name.strip_suffix(')').and_then(|name| name.rsplit_once('(')).map(|(_, number)| number);
    let before = name.split_once(" - ").map(|(number, _)| number);
    [Some(name), behind, before].into_iter().flatten().find_map(|text| text.trim().parse().ok())
}

/// Returns the country that an export calls `name`, by its code or its English name.
pub(super) fn country_by_name(name: &str) -> Option<CountryCode> {
    let upper = name.to_uppercase();
    let known = COUNTRIES.iter().find(|(_, known)| known.to_uppercase() == upper).map(|(code, _)| *code);
    let other = OTHER_NAMES.iter().find(|(known, _)| *known == upper).map(|(_, code)| *code);
    CountryCode::new(known.or(other).unwrap_or(&upper)).ok()
}

/// Common names that are not those of ISO 3166-1.
const OTHER_NAMES: [(&str, &str); 10] = [
    ("UK", "GB"),
    ("GREAT BRITAIN", "GB"),
    ("USA", "US"),
    ("CZECH REPUBLIC", "CZ"),
    ("KOREA, SOUTH", "KR"),
    ("SOUTH KOREA", "KR"),
    ("RUSSIA", "RU"),
    ("TAIWAN", "TW"),
    ("TURKEY", "TR"),
    ("VIETNAM", "VN"),
];
