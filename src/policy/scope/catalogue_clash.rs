//! How the catalogues of a policy and of an organization contradict each other.

use std::fmt;

use crate::model::{LicenceKind, Product, ProductId, Text, compose_text};
use crate::policy::problem::ProblemCode;

/// What a product is, whatever it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductKey {
    pub number: u32,
    pub feature: Option<Text>,
}

impl ProductKey {
    pub(super) fn new(product: &Product) -> Option<Self> {
        let feature = product.feature.as_deref().map(|feature| compose_text(feature.trim()).as_ref().into());
        Some(Self { number: product.number?, feature })
    }

    /// Whether both can be one product: a feature string that one of them does not say may be the other's.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        self.number == other.number
            && (self.feature == other.feature || self.feature.is_none() || other.feature.is_none())
    }
}

impl fmt::Display for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "product {}", self.number)?;
        self.feature.as_ref().map_or(Ok(()), |feature| write!(f, " with the feature `{feature}`"))
    }
}

/// How two catalogues contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogueClash {
    /// The name is one product in the policy and another one in the organization, which may call the policy's
    /// product by the other name.
    OtherProduct { name: ProductId, here: ProductKey, there: ProductKey, called: Option<ProductId> },
    /// The product, with both names, is licensed in two ways.
    OtherLicence { policy: ProductId, organization: ProductId, here: LicenceKind, there: LicenceKind },
    /// The organization has several names for the product, and the policy none of them.
    SeveralNames { policy: ProductId, key: ProductKey, names: Vec<ProductId> },
    /// The policy uses the organization's name for the product beside its own.
    TwoNames { policy: ProductId, organization: ProductId, key: ProductKey },
}

impl CatalogueClash {
    /// Returns the clash as a problem, in words.
    pub(super) fn words(&self) -> (ProblemCode, String, String) {
        let problem = |message: String, help: String| (ProblemCode::ProductMismatch, message, help);
        match self {
            Self::OtherProduct { name, here, there, called } => problem(
                format!("`{name}` is {here} in this policy, and {there} in the organization"),
                match called {
                    Some(called) => format!("call {here} `{called}`, as the organization does"),
                    None => "correct the number, or give the product another name".to_owned(),
                },
            ),
            Self::OtherLicence { policy, organization, here, there } => {
                let called =
                    if policy == organization { String::new() } else { format!(", as `{organization}`") };
                problem(
                    format!(
                        "`{policy}` is licensed `{}` in this policy, and `{}` in the organization{called}",
                        here.as_str(),
                        there.as_str()
                    ),
                    "correct `licence`, or leave it out".to_owned(),
                )
            }
            Self::SeveralNames { policy, key, names } => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                problem(
                    format!("`{policy}` is {key}, which the organization calls {}", names.join(" and ")),
                    "call it here by the one of these names that is meant".to_owned(),
                )
            }
            Self::TwoNames { policy, organization, key } => problem(
                format!("`{organization}` is {key} in the organization, and `{policy}` is it in this policy"),
                format!("write `{policy}` here too, or call it `{organization}` under `products`"),
            ),
        }
    }
}
