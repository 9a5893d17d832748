//! The way to one organization, whichever connector it takes.

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

/// The way to an organization.
#[derive(Debug)]
pub enum Connection {
    /// The embedded organization.
    Sandbox(Box<SandboxConnector>),
    /// The organization API.
    Http(Box<HttpConnector>),
    /// A SCIM 2.0 service.
    Scim(Box<ScimConnector>),
}

/// The organization could not be told what the products are.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The embedded organization's file.
    #[error(transparent)]
    Sandbox(#[from] SandboxStoreError),
    /// A service.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Connection {
    /// Tells the organization what the products are that a policy names, before a run writes them.
    pub async fn learn(&self, catalogue: &BTreeMap<ProductId, Product>) -> Result<(), LearnError> {
        match self {
            Self::Sandbox(sandbox) => Ok(sandbox.learn(catalogue)?),
            Self::Http(http) => Ok(http.learn(catalogue).await?),
            // SCIM knows products by the names that they are assigned under, and nothing else of them.
            Self::Scim(_) => Ok(()),
        }
    }

    /// What was billed and paid.
    pub async fn billing(&self, names: &Interner) -> Result<Billing, FetchError> {
        match self {
            Self::Sandbox(sandbox) => {
                sandbox.billing(names).map_err(|error| FetchError::Sandbox(error.into()))
            }
            Self::Http(http) => http.billing(names).await,
            Self::Scim(_) => Err(FetchError::Lacking("invoices")),
        }
    }

    /// What was used.
    pub async fn usage(&self, names: &Interner) -> Result<Vec<ReportedUse>, FetchError> {
        match self {
            Self::Sandbox(sandbox) => sandbox.usage(names).map_err(|error| FetchError::Sandbox(error.into())),
            Self::Http(http) => http.usage(names).await,
            Self::Scim(_) => Err(FetchError::Lacking("use")),
        }
    }
}

impl OrgRead for Connection {
    async fn fetch(&self, names: &Interner) -> Result<Snapshot, FetchError> {
        match self {
            Self::Sandbox(sandbox) => sandbox.fetch(names).await,
            Self::Http(http) => http.fetch(names).await,
            Self::Scim(scim) => scim.fetch(names).await,
        }
    }
}

impl OrgWrite for Connection {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        match self {
            Self::Sandbox(sandbox) => sandbox.carry_out(step, key).await,
            Self::Http(http) => http.carry_out(step, key).await,
            Self::Scim(scim) => scim.carry_out(step, key).await,
        }
    }

    fn requests_per_write(&self) -> u32 {
        match self {
            Self::Sandbox(sandbox) => sandbox.requests_per_write(),
            Self::Http(http) => http.requests_per_write(),
            Self::Scim(scim) => scim.requests_per_write(),
        }
    }

    fn pace(&self) -> Pace {
        match self {
            Self::Sandbox(sandbox) => sandbox.pace(),
            Self::Http(http) => http.pace(),
            Self::Scim(scim) => scim.pace(),
        }
    }
}
