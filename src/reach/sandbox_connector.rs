//! The sandbox as a connector: without a server, in one file, which the first write creates. The connector
//! adds nothing to it but faults for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connector::{FetchError, OrgRead, OrgWrite, Pace, Receipt, WriteError};
use crate::model::{Interner, Live, Organization, Product, ProductId, Section, Snapshot, Text, UnreadReason};
use crate::plan::Step;
use crate::sandbox::faults::{ReadFault, WriteFault};
use crate::sandbox::{Faults, SandboxStore, SandboxStoreError, Seed, StoreOptions};
use crate::usage::{Billing, ReportedUse};

/// The connector of an embedded organization.
#[derive(Debug)]
pub struct SandboxConnector {
    place: SandboxOrigin,
    faults: Faults,
    state: Mutex<SandboxCallState>,
}

/// Where the organization is stored, and what it is created from where it does not exist yet.
#[derive(Debug)]
struct SandboxOrigin {
    path: PathBuf,
    organization: Text,
    seed: Seed,
    opening: StoreOptions,
}

/// The open store, and the number of calls so far, which decides the faults.
#[derive(Debug, Default)]
struct SandboxCallState {
    store: Option<Arc<SandboxStore>>,
    reads: u32,
    writes: u32,
    /// The snapshot of the last read, kept only where a fault makes a later read stale.
    last: Option<Snapshot>,
}

impl SandboxConnector {
    /// Returns the connector of the organization in the file at `path`. Nothing is opened or created yet.
    pub fn new(path: &Path, organization: &str, seed: Seed, opening: StoreOptions) -> Self {
        let place =
            SandboxOrigin { path: path.to_path_buf(), organization: organization.into(), seed, opening };
        Self { place, faults: Faults::default(), state: Mutex::default() }
    }

    /// Returns the connector of the organization in an open store.
    pub fn from_store(store: SandboxStore) -> Self {
        let place = SandboxOrigin {
            path: PathBuf::new(),
            organization: Text::default(),
            seed: Seed::default(),
            opening: store.options(),
        };
        let state = SandboxCallState { store: Some(Arc::new(store)), ..SandboxCallState::default() };
        Self { place, faults: Faults::default(), state: Mutex::new(state) }
    }

    /// Returns the connector with `faults` in its calls.
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    fn state(&self) -> MutexGuard<'_, SandboxCallState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the store; `None` where the organization does not exist yet.
    pub fn store(&self) -> Result<Option<Arc<SandboxStore>>, SandboxStoreError> {
        let mut state = self.state();
        if state.store.is_none() {
            state.store = match SandboxStore::open(&self.place.path, self.place.opening) {
                Ok(store) => Some(Arc::new(store)),
                Err(SandboxStoreError::Missing(_)) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(state.store.clone())
    }

    /// Opens the store, and creates an organization that does not exist yet.
    pub fn open_or_create(&self) -> Result<Arc<SandboxStore>, SandboxStoreError> {
        if let Some(store) = self.store()? {
            return Ok(store);
        }
        let mut state = self.state();
        if let Some(store) = &state.store {
            return Ok(Arc::clone(store));
        }
        let SandboxOrigin { path, organization, seed, opening } = &self.place;
        let (people, facts) = seed.found_organization(organization, &Organization::default());
        let store = Arc::new(SandboxStore::create(path, organization, &people, &facts, *opening)?);
        state.store = Some(Arc::clone(&store));
        Ok(store)
    }

    /// Stores the catalogue of the products that a policy names, before a run writes them. Creates an
    /// organization that does not exist yet.
    pub fn learn(&self, catalogue: &BTreeMap<ProductId, Product>) -> Result<(), SandboxStoreError> {
        self.open_or_create()?.learn(catalogue)
    }

    /// Bills what is due by now, and returns the invoices and payments; empty where the organization does not
    /// exist yet.
    pub fn billing(&self, names: &Interner) -> Result<Billing, SandboxStoreError> {
        let Some(store) = self.store()? else { return Ok(Billing::default()) };
        store.bill(store.options().now)?;
        store.billing(names)
    }

    /// Returns the usage in the store; empty where the organization does not exist yet.
    pub fn usage(&self, names: &Interner) -> Result<Vec<ReportedUse>, SandboxStoreError> {
        self.store()?.map_or_else(|| Ok(Vec::new()), |store| store.usage(names))
    }

    /// Reads the organization, and blocks the thread meanwhile.
    pub fn read(&self, names: &Interner) -> Result<Snapshot, SandboxStoreError> {
        let (fault, last) = {
            let mut state = self.state();
            state.reads += 1;
            (self.faults.reads.get(&state.reads).copied(), state.last.clone())
        };
        let snapshot = match (fault, last) {
            (Some(ReadFault::Fail), _) => return Err(SandboxStoreError::Locked(self.place.path.clone())),
            (Some(ReadFault::Stale), Some(last)) => last,
            (Some(ReadFault::Stale) | None, _) => self.fetch_without(names, &[], &[])?,
            (Some(ReadFault::Section(section)), _) => self.fetch_without(names, &[section], &[])?,
            (Some(ReadFault::Short(section)), _) => self.fetch_without(names, &[], &[section])?,
        };
        if self.faults.has_stale_read() {
            self.state().last = Some(snapshot.clone());
        }
        Ok(snapshot)
    }

    fn fetch_without(
        &self,
        names: &Interner,
        failed: &[Section],
        short: &[Section],
    ) -> Result<Snapshot, SandboxStoreError> {
        match self.store()? {
            Some(store) => store.fetch_spoilt(names, failed, short),
            None => Ok(self.preview(failed, short)),
        }
    }

    /// Returns the organization as it will be when it is created, but for its administrator.
    fn preview(&self, failed: &[Section], short: &[Section]) -> Snapshot {
        let requests = u32::try_from(Section::ALL.len()).expect("there are ten sections");
        let unread: BTreeMap<_, _> = failed
            .iter()
            .chain(short)
            .map(|section| (*section, UnreadReason::Failed("the read failed".into())))
            .collect();
        // With a fault, an organization that does not exist yet reads as empty: no test needs more detail.
        let (organization, facts) = if unread.is_empty() {
            self.place.seed.preview(&self.place.organization)
        } else {
            Default::default()
        };
        let name = (!self.place.organization.is_empty()).then(|| self.place.organization.clone());
        Snapshot {
            organization: name,
            live: Live(organization),
            facts,
            unread,
            requests,
            ..Snapshot::default()
        }
    }

    /// Carries out a step, and blocks the thread meanwhile.
    pub fn write(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let call = {
            let mut state = self.state();
            state.writes += 1;
            state.writes
        };
        let carry_out = || {
            let store = self.open_or_create().map_err(|error| WriteError::from(&error))?;
            store.carry_out(step, key)
        };
        match self.faults.write_fault(call) {
            None => carry_out(),
            Some(WriteFault::Refuse) => Err(WriteError::Refused("the organization does not want to".into())),
            Some(WriteFault::Busy) => Err(WriteError::Transient("the organization is busy".into())),
            Some(WriteFault::LostBefore) => {
                Err(WriteError::Transient("the connection broke before the step was sent".into()))
            }
            Some(WriteFault::LostAfter) => {
                carry_out().and_then(|_| Err(WriteError::InDoubt("the answer was lost".into())))
            }
            Some(WriteFault::LostUnsure) => Err(WriteError::InDoubt("the connection broke".into())),
        }
    }
}

impl OrgRead for SandboxConnector {
    async fn fetch(&self, names: &Interner) -> Result<Snapshot, FetchError> {
        self.read(names).map_err(|error| FetchError::Sandbox(error.into()))
    }
}

impl OrgWrite for SandboxConnector {
    async fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        // One write takes some microseconds and no network: handing it to another thread would cost more than
        // the write.
        self.write(step, key)
    }

    fn pace(&self) -> Pace {
        // Writes queue at the one database connection; with many in flight, the journal can sync them
        // together.
        Pace { concurrency: 64, per_second: None }
    }
}
