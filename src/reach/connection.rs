//! The connection to one organization, through any connector.

use std::collections::BTreeMap;

use super::sandbox_connector::SandboxConnector;
use crate::connector::http::HttpConnector;
use crate::connector::scim::ScimConnector;
use crate::connector::transport::ServiceError;
use crate::connector::{FetchError, OrgRead, OrgWrite, Pace, Receipt, WriteError};
use crate::model::{Interner, Product, ProductId, Snapshot};
use crate::plan::Step;
use crate::sandbox::SandboxStoreError;
use crate::usage::{Billing, ReportedUse};

/// The connection to an organization.
#[derive(Debug)]
pub enum Connection {
    /// The embedded organization.
    Sandbox(Box<SandboxConnector>),
    /// The organization API.
    Http(Box<HttpConnector>),
    /// A SCIM 2.0 service.
    Scim(Box<ScimConnector>),
}

/// The organization could not store the catalogue of products.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The file of the embedded organization failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxStoreError),
    /// A service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Connection {
    /// Sends the organization the catalogue of the products that a policy names, before a run writes them.
    pub async fn learn(&self, catalogue: &BTreeMap<ProductId, Product>) -> Result<(), LearnError> {
        match self {
            Self::Sandbox(sandbox) => Ok(sandbox.learn(catalogue)?),
            Self::Http(http) => Ok(http.learn(catalogue).await?),
            // SCIM knows of a product only the name that it is assigned under.
            Self::Scim(_) => Ok(()),
        }
    }

    /// Reads the invoices and payments. SCIM has none, which is an error.
    pub async fn billing(&self, names: &Interner) -> Result<Billing, FetchError> {
        match self {
            Self::Sandbox(sandbox) => {
                sandbox.billing(names).map_err(|error| FetchError::Sandbox(error.into()))
            }
            Self::Http(http) => http.billing(names).await,
            Self::Scim(_) => Err(FetchError::Lacking("invoices")),
        }
    }

    /// Reads the usage that the organization reports. SCIM has none, which is an error.
    pub async fn usage(&self, names: &Interner) -> Result<Vec<ReportedUse>, FetchError> {
        match self {
            Self::Sandbox(sandbox) => sandbox.usage(names).map_err(|error| FetchError::Sandbox(error.into())),
            Self::Http(http) => http.usage(names).await,
            Self::Scim(_) => Err(FetchError::Lacking("use")),
        }
    }
}

/// Does the same with any connector.
macro_rules! with_connector {
    ($connection:ident, $connector:ident => $act:expr) => {
        match $connection {
            Connection::Sandbox($connector) => $act,
            Connection::Http($connector) => $act,
            Connection::Scim($connector) => $act,
        }
    };
}

impl OrgRead for Connection {
    async fn fetch(&self, names: &Interner) -> Result<Snapshot, FetchError> {
        with_connector!(self, connector => connector.fetch(names).await)
    }
}

impl OrgWrite for Connection {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        with_connector!(self, connector => connector.carry_out(step, key).await)
    }

    fn requests_per_write(&self) -> u32 {
        with_connector!(self, connector => connector.requests_per_write())
    }

    fn pace(&self) -> Pace {
        with_connector!(self, connector => connector.pace())
    }
}
