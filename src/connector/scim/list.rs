//! Reading a list page by page, and believing it only where the pages belong together.
//!
//! Pages are counted by rows, so they shift when somebody comes or goes meanwhile; services also repeat the
//! first rows for ever, cap or refuse the size of a page, and miscount. The next page begins after the rows
//! that came, whatever was asked for; it is read on past the total until nothing new comes; and a list that
//! is not as long as its total is not believed.

use futures_util::StreamExt;
use reqwest::Url;
use rustc_hash::FxHashSet;
use serde_json::Value;

use super::Scim;
use super::resource::{Thing, identity};
use super::service::Service;
use crate::connector::transport::{Answer, Failure};
use crate::model::{Interner, Text};
use crate::wire::scim::{Object, Resource, get};

/// How often a list is read until it holds together.
const ROUNDS: usize = 3;
/// More pages than any organization has.
const MOST_PAGES: usize = 100_000;
/// So many rows beyond the total, and the list has no end.
const BEYOND: usize = 1_000;
/// Pages that are asked for at the same time.
const AHEAD: usize = 4;
/// The sizes of pages that are asked for, until one is granted; none at all leaves it to the service.
const SIZES: [Option<usize>; 4] = [Some(1000), Some(100), Some(20), None];

/// Why a list is not whole.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The service could not be read.
    Failed(Failure),
    /// What came is not to be believed.
    Doubtful(Text),
    /// What came did not hold together, which may pass.
    Moved(Text),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A page, taken apart.
pub(super) struct Page {
    pub(super) rows: Vec<Value>,
    total: usize,
}

impl Page {
    /// Reads a page.
    pub(super) fn of(answer: &Answer) -> Result<Self, Text> {
        let page: Object =
            serde_json::from_slice(&answer.body).map_err(|_| Text::from("a page is not of its form"))?;
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let total = get(&page, "totalResults")
            .and_then(number)
            .ok_or("a page does not say how many rows there are in all")?;
        let rows = match page.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Resources")) {
            Some((_, Value::Array(rows))) => rows,
            Some((_, Value::Null)) | None => Vec::new(),
            Some(_) => return Err("a page has no list of rows".into()),
        };
        Ok(Self { rows, total: usize::try_from(total).unwrap_or(usize::MAX) })
    }
}

impl Scim {
    /// All rows of a list, as `each` makes them of resources.
    pub(super) async fn list<T: Thing, R: Send>(
        &self,
        service: &Service,
        names: &Interner,
        each: &(dyn Fn(Object, T) -> R + Sync),
    ) -> Result<Vec<R>, Stopped> {
        let Some(url) = service.list(T::RESOURCE) else {
            return Err(Stopped::Doubtful("the service has no such list".into()));
        };
        let mut last = Text::default();
        for _ in 0..ROUNDS {
            let mut reading =
                Reading { service, names, each, known: FxHashSet::default(), rows: Vec::new(), total: None };
            match self.pages(url, &mut reading).await {
                Err(Stopped::Moved(why)) => last = why,
                Err(stopped) => return Err(stopped),
                Ok(()) => return Ok(reading.rows),
            }
        }
        Err(Stopped::Doubtful(last))
    }

    async fn pages<T: Thing, R: Send>(
        &self,
        url: &Url,
        reading: &mut Reading<'_, T, R>,
    ) -> Result<(), Stopped> {
        let (page, size) = self.first_page(url, T::RESOURCE, reading.service).await?;
        self.read_ahead(url, size, page.rows.len(), page.total, reading, page).await?;
        for _ in 0..MOST_PAGES {
            let query = query(reading.service, T::RESOURCE, reading.rows.len() + 1, size);
            let page = self.page(with(url, &query)).await?;
            if reading.take(page)? == 0 {
                return reading.is_whole();
            }
        }
        Err(Stopped::Doubtful("its pages have no end".into()))
    }

    async fn page(&self, url: Url) -> Result<Page, Stopped> {
        Page::of(&self.transport.get_at(&url).await?).map_err(Stopped::Doubtful)
    }

    /// Reads the pages that there should be after the first one, several at a time, for as long as they are
    /// as long as it was.
    async fn read_ahead<T: Thing, R: Send>(
        &self,
        url: &Url,
        size: Option<usize>,
        length: usize,
        total: usize,
        reading: &mut Reading<'_, T, R>,
        first: Page,
    ) -> Result<(), Stopped> {
        reading.take(first)?;
        if length == 0 {
            return Ok(());
        }
        let starts = (1..total.div_ceil(length).min(MOST_PAGES)).map(|page| page * length + 1);
        let urls: Vec<Url> =
            starts.map(|start| with(url, &query(reading.service, T::RESOURCE, start, size))).collect();
        let mut pages = futures_util::stream::iter(urls).map(|url| self.page(url)).buffered(AHEAD);
        while let Some(page) = pages.next().await {
            let (page, expected) = (page?, length.min(total - reading.rows.len().min(total)));
            let is_as_expected = page.rows.len() == expected;
            reading.take(page)?;
            if !is_as_expected {
                break;
            }
        }
        Ok(())
    }

    /// The first page, of the largest size that the service grants; some refuse one, or break.
    async fn first_page(
        &self,
        url: &Url,
        resource: Resource,
        service: &Service,
    ) -> Result<(Page, Option<usize>), Stopped> {
        let mut sizes = SIZES
            .into_iter()
            .filter(|size| size.is_none_or(|size| service.most.is_none_or(|most| size <= most)));
        loop {
            let size = sizes.next().unwrap_or(None);
            let at = with(url, &query(service, resource, 1, size));
            // A service that breaks at a size breaks again: only without one it is waited for.
            let asked = if size.is_some() {
                self.transport.get_within(&at, 2).await
            } else {
                self.transport.get_at(&at).await
            };
            match asked {
                Err(Failure::Said { status: 400 | 403 | 413 | 414 | 422 | 500..=599, .. })
                    if size.is_some() => {}
                Err(failure) => return Err(failure.into()),
                Ok(answer) => return Ok((Page::of(&answer).map_err(Stopped::Doubtful)?, size)),
            }
        }
    }
}

/// A list under way.
struct Reading<'a, T, R> {
    service: &'a Service,
    names: &'a Interner,
    each: &'a (dyn Fn(Object, T) -> R + Sync),
    known: FxHashSet<Box<str>>,
    rows: Vec<R>,
    total: Option<usize>,
}

impl<T: Thing, R> Reading<'_, T, R> {
    /// Takes a page; how many rows of it are new. After the last one come none, or the first ones again.
    fn take(&mut self, page: Page) -> Result<usize, Stopped> {
        let count = page.rows.len();
        let (before, total) = (self.rows.len(), *self.total.get_or_insert(page.total));
        for row in page.rows {
            let Value::Object(row) = row else { return Err(Stopped::Doubtful("a row is no object".into())) };
            let id = identity(&row, self.names).map_err(Stopped::Doubtful)?;
            if self.known.insert(id.as_str().into()) {
                let thing = T::read(&row, &self.service.schemas, self.names).map_err(Stopped::Doubtful)?;
                self.rows.push((self.each)(row, thing));
            }
        }
        let new = self.rows.len() - before;
        if new > 0 && new < count {
            return Err(Stopped::Moved("its pages overlap: somebody came or went while it was read".into()));
        }
        if new > 0 && page.total != total {
            return Err(Stopped::Moved(format!("its total was {total}, then {}", page.total).into()));
        }
        if self.rows.len() > total.saturating_add(BEYOND) {
            return Err(Stopped::Doubtful(
                format!("it has no end: {} rows came, and its total is {total}", self.rows.len()).into(),
            ));
        }
        Ok(new)
    }

    fn is_whole(&self) -> Result<(), Stopped> {
        let (came, total) = (self.rows.len(), self.total.unwrap_or(0));
        if came == total {
            Ok(())
        } else {
            Err(Stopped::Moved(format!("{came} rows came, and its total is {total}").into()))
        }
    }
}

fn query(
    service: &Service,
    resource: Resource,
    start: usize,
    size: Option<usize>,
) -> Vec<(&'static str, String)> {
    let size = size.map(|size| ("count", size.to_string()));
    service.told(resource).into_iter().chain([("startIndex", start.to_string())]).chain(size).collect()
}

/// The address with these parameters.
pub(super) fn with(url: &Url, query: &[(&'static str, String)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(query);
    url
}
