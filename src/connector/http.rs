//! The connector to the organization API: lists are read in parallel, and each step is one write.
//!
//! A write whose answer was lost is sent again under its idempotency key, and the service answers as it did
//! the first time, so nothing is done twice. Lists are believed only where their pages belong together.

mod assemble;
mod lists;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use lists::{BillingLists, OrganizationLists, UsageLists};

use super::transport::{HttpAnswer, RequestFailure, ServiceDialect, ServiceError, ServiceTarget, Transport};
use super::{FetchError, OrgRead, OrgWrite, Pace, Receipt, WriteError};
use crate::model::{Interner, LiveId, Product, ProductId, Snapshot};
use crate::plan::Step;
use crate::usage::{Billing, ReportedUse};
use crate::wire::{
    self, CatalogueRecord, ChangeRequest, OrganizationRecord, ProblemKind, ProductRow, TokenScope,
};

/// The connection to an organization API.
#[derive(Debug)]
pub struct HttpConnector {
    transport: Transport,
    concurrency: usize,
    /// The newest revision that any answer has named; an answer with an older revision is stale.
    newest: AtomicU64,
}

/// The purpose of a connection. Tokens are requested for no more than this purpose needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionPurpose {
    /// Reading only.
    Read,
    /// Reading and writing.
    Write,
}

impl ConnectionPurpose {
    /// Returns the scopes that a token is requested with.
    pub(super) fn scopes(self) -> &'static [TokenScope] {
        match self {
            Self::Read => &[TokenScope::Read],
            Self::Write => &[TokenScope::Read, TokenScope::Write],
        }
    }
}

/// The most products that are sent in one request.
const LEARNT_AT_ONCE: usize = 1000;

impl HttpConnector {
    /// Connects to the organization at `target`. Nothing is sent yet.
    pub fn new(target: ServiceTarget, purpose: ConnectionPurpose) -> Result<Self, ServiceError> {
        let concurrency = target.concurrency.max(1);
        Ok(Self {
            transport: Transport::new(target, purpose.scopes(), ServiceDialect::Api)?,
            concurrency,
            newest: AtomicU64::new(0),
        })
    }

    /// Sends the service the products that a policy names. A service with a catalogue of its own need not
    /// support this, so 404, 405 and 501 are no errors.
    pub async fn learn(&self, catalogue: &BTreeMap<ProductId, Product>) -> Result<(), ServiceError> {
        let products: Vec<_> = catalogue.iter().collect();
        for chunk in products.chunks(LEARNT_AT_ONCE) {
            let catalogue = CatalogueRecord {
                products: chunk.iter().map(|(id, product)| ProductRow::from_product(id, product)).collect(),
            };
            let body = serde_json::to_vec(&catalogue).expect("a catalogue is JSON");
            match self.transport.post("/v1/products", HeaderMap::new(), &body).await {
                Ok(_) | Err(RequestFailure::Said { status: 404 | 405 | 501, .. }) => {}
                Err(failure) => return Err(self.transport.service_error(failure)),
            }
        }
        Ok(())
    }

    /// Reads what was billed and paid, as far as the service reports it.
    pub async fn billing(&self, names: &Interner) -> Result<Billing, FetchError> {
        let BillingLists { invoices, overages, payments } =
            BillingLists::read_until_settled(self, names).await;
        let billing = invoices
            .rows()
            .and_then(|invoices| wire::assemble_billing(invoices, overages.rows()?, payments.rows()?));
        billing.map_err(|why| self.fetch_error(RequestFailure::Foreign(why)))
    }

    /// Reads what was used, as far as the service reports it.
    pub async fn usage(&self, names: &Interner) -> Result<Vec<ReportedUse>, FetchError> {
        let usage = UsageLists::read_until_settled(self, names).await.usage.rows();
        usage.map_err(|why| self.fetch_error(RequestFailure::Foreign(why)))
    }

    fn fetch_error(&self, failure: RequestFailure) -> FetchError {
        FetchError::Service(self.transport.service_error(failure))
    }

    fn newest_revision(&self) -> u64 {
        self.newest.load(Ordering::Acquire)
    }

    fn note_revision(&self, revision: u64) {
        self.newest.fetch_max(revision, Ordering::AcqRel);
    }

    fn receipt(&self, answer: &HttpAnswer) -> Result<Receipt, WriteError> {
        let unclear = || WriteError::InDoubt("the answer is no receipt".into());
        let receipt: wire::ReceiptRecord = serde_json::from_slice(&answer.body).map_err(|_| unclear())?;
        self.note_revision(receipt.revision);
        let created = receipt.created.as_deref().map(LiveId::new).transpose().map_err(|_| unclear())?;
        Ok(if receipt.done { Receipt::Done { created } } else { Receipt::AlreadySo })
    }
}

/// Turns a failure into a write error, by whether the write can have been carried out.
fn write_error(failure: RequestFailure) -> WriteError {
    match failure {
        // No request was accepted, so nothing was done; with a valid token the same step can be sent again.
        RequestFailure::NotSent(why)
        | RequestFailure::Untrusted(why)
        | RequestFailure::NoToken(why)
        | RequestFailure::TokenLater(why) => WriteError::Transient(why),
        RequestFailure::Lost(why) | RequestFailure::Foreign(why) => WriteError::InDoubt(why),
        RequestFailure::Said { status: 409 | 412, why, .. } => WriteError::Changed(why),
        RequestFailure::Said { status: 401 | 429, why, .. } => WriteError::Transient(why),
        RequestFailure::Said { status: 503, kind: Some(kind), why } if kind == ProblemKind::Busy.uri() => {
            WriteError::Transient(why)
        }
        RequestFailure::Said { status: 408 | 500..=599, why, .. } => WriteError::InDoubt(why),
        RequestFailure::Said { why, .. } => WriteError::Refused(why),
    }
}

impl OrgRead for HttpConnector {
    async fn fetch(&self, names: &Interner) -> Result<Snapshot, FetchError> {
        let before = self.transport.requests();
        let about = self.transport.get("/v1/organization", &[]).await;
        let about = about.map_err(|failure| self.fetch_error(failure))?;
        let unreadable = |why: &str| self.fetch_error(RequestFailure::foreign_answer(why));
        let about: OrganizationRecord<'_> = serde_json::from_slice(&about.body)
            .map_err(|_| unreadable("something else than the organization"))?;
        self.note_revision(about.revision);
        let lists = OrganizationLists::read_until_settled(self, names).await;
        let mut snapshot =
            lists.assemble(&about, names).map_err(|_| unreadable("an acting identity that is no address"))?;
        snapshot.requests = self.transport.requests() - before;
        Ok(snapshot)
    }
}

impl OrgWrite for HttpConnector {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let body = serde_json::to_vec(&ChangeRequest::from_step(step)).expect("a change is JSON");
        let key = HeaderValue::from_str(key)
            .map_err(|_| WriteError::Refused("the key of the step is no header".into()))?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static("idempotency-key"), key)]);
        match self.transport.post("/v1/changes", headers, &body).await {
            Ok(answer) => self.receipt(&answer),
            Err(failure) => Err(write_error(failure)),
        }
    }

    fn pace(&self) -> Pace {
        Pace { concurrency: self.concurrency, per_second: self.transport.per_second() }
    }
}
