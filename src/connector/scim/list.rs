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

use super::ScimConnector;
use super::resource::{ScimResource, resource_identity};
use super::service::ScimService;
use crate::connector::transport::with_query;
use crate::connector::transport::{HttpAnswer, RequestFailure};
use crate::model::{Interner, Text};
use crate::wire::scim::{JsonObject, ResourceKind, get_member};

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
pub(super) enum ScimListError {
    /// The service could not be read.
    Failed(RequestFailure),
    /// What came is not to be believed.
    Doubtful(Text),
    /// What came did not hold together, which may pass.
    Moved(Text),
}

impl From<RequestFailure> for ScimListError {
    fn from(failure: RequestFailure) -> Self {
        Self::Failed(failure)
    }
}

/// A page, taken apart.
pub(super) struct ScimPage {
    pub(super) rows: Vec<Value>,
    total: usize,
}

impl ScimPage {
    /// Reads a page.
    pub(super) fn parse(answer: &HttpAnswer) -> Result<Self, Text> {
        let page: JsonObject =
            serde_json::from_slice(&answer.body).map_err(|_| Text::from("a page is not of its form"))?;
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let total = get_member(&page, "totalResults")
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

impl ScimConnector {
    /// All rows of a list, as `each` makes them of resources.
    pub(super) async fn read_list<T: ScimResource, R: Send>(
        &self,
        service: &ScimService,
        names: &Interner,
        each: &(dyn Fn(JsonObject, T) -> R + Sync),
    ) -> Result<Vec<R>, ScimListError> {
        let Some(url) = service.list_url(T::RESOURCE) else {
            return Err(ScimListError::Doubtful("the service has no such list".into()));
        };
        let mut last = Text::default();
        for _ in 0..ROUNDS {
            let mut reading = ScimListReader {
                service,
                names,
                each,
                known: FxHashSet::default(),
                rows: Vec::new(),
                total: None,
            };
            match self.read_pages(url, &mut reading).await {
                Err(ScimListError::Moved(why)) => last = why,
                Err(stopped) => return Err(stopped),
                Ok(()) => return Ok(reading.rows),
            }
        }
        Err(ScimListError::Doubtful(last))
    }

    async fn read_pages<T: ScimResource, R: Send>(
        &self,
        url: &Url,
        reading: &mut ScimListReader<'_, T, R>,
    ) -> Result<(), ScimListError> {
        let (page, size) = self.first_page(url, T::RESOURCE, reading.service).await?;
        self.read_ahead(url, size, page.rows.len(), page.total, reading, page).await?;
        for _ in 0..MOST_PAGES {
            let query = page_query(reading.service, T::RESOURCE, reading.rows.len() + 1, size);
            let page = self.read_page(with_query(url, &query)).await?;
            if reading.take_page(page)? == 0 {
                return reading.check_length();
            }
        }
        Err(ScimListError::Doubtful("its pages have no end".into()))
    }

    async fn read_page(&self, url: Url) -> Result<ScimPage, ScimListError> {
        ScimPage::parse(&self.transport.get_url(&url).await?).map_err(ScimListError::Doubtful)
    }

    /// Reads the pages that there should be after the first one, several at a time, for as long as they are
    /// as long as it was.
    async fn read_ahead<T: ScimResource, R: Send>(
        &self,
        url: &Url,
        size: Option<usize>,
        length: usize,
        total: usize,
        reading: &mut ScimListReader<'_, T, R>,
        first: ScimPage,
    ) -> Result<(), ScimListError> {
        reading.take_page(first)?;
        if length == 0 {
            return Ok(());
        }
        let starts = (1..total.div_ceil(length).min(MOST_PAGES)).map(|page| page * length + 1);
        let urls: Vec<Url> = starts
            .map(|start| with_query(url, &page_query(reading.service, T::RESOURCE, start, size)))
            .collect();
        let mut pages = futures_util::stream::iter(urls).map(|url| self.read_page(url)).buffered(AHEAD);
        while let Some(page) = pages.next().await {
            let (page, expected) = (page?, length.min(total - reading.rows.len().min(total)));
            let is_as_expected = page.rows.len() == expected;
            reading.take_page(page)?;
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
        resource: ResourceKind,
        service: &ScimService,
    ) -> Result<(ScimPage, Option<usize>), ScimListError> {
        let mut sizes = SIZES
            .into_iter()
            .filter(|size| size.is_none_or(|size| service.most.is_none_or(|most| size <= most)));
        loop {
            let size = sizes.next().unwrap_or(None);
            let at = with_query(url, &page_query(service, resource, 1, size));
            // A service that breaks at a size breaks again: only without one it is waited for.
            let asked = if size.is_some() {
                self.transport.get_with_tries(&at, 2).await
            } else {
                self.transport.get_url(&at).await
            };
            match asked {
                Err(RequestFailure::Said { status: 400 | 403 | 413 | 414 | 422 | 500..=599, .. })
                    if size.is_some() => {}
                Err(failure) => return Err(failure.into()),
                Ok(answer) => return Ok((ScimPage::parse(&answer).map_err(ScimListError::Doubtful)?, size)),
            }
        }
    }
}

/// A list under way.
struct ScimListReader<'a, T, R> {
    service: &'a ScimService,
    names: &'a Interner,
    each: &'a (dyn Fn(JsonObject, T) -> R + Sync),
    known: FxHashSet<Box<str>>,
    rows: Vec<R>,
    total: Option<usize>,
}

impl<T: ScimResource, R> ScimListReader<'_, T, R> {
    /// Takes a page; how many rows of it are new. After the last one come none, or the first ones again.
    fn take_page(&mut self, page: ScimPage) -> Result<usize, ScimListError> {
        let count = page.rows.len();
        let (before, total) = (self.rows.len(), *self.total.get_or_insert(page.total));
        for row in page.rows {
            let Value::Object(row) = row else {
                return Err(ScimListError::Doubtful("a row is no object".into()));
            };
            let id = resource_identity(&row, self.names).map_err(ScimListError::Doubtful)?;
            if self.known.insert(id.as_str().into()) {
                let thing =
                    T::read(&row, &self.service.schemas, self.names).map_err(ScimListError::Doubtful)?;
                self.rows.push((self.each)(row, thing));
            }
        }
        let new = self.rows.len() - before;
        if new > 0 && new < count {
            return Err(ScimListError::Moved(
                "its pages overlap: somebody came or went while it was read".into(),
            ));
        }
        if new > 0 && page.total != total {
            return Err(ScimListError::Moved(format!("its total was {total}, then {}", page.total).into()));
        }
        if self.rows.len() > total.saturating_add(BEYOND) {
            return Err(ScimListError::Doubtful(
                format!("it has no end: {} rows came, and its total is {total}", self.rows.len()).into(),
            ));
        }
        Ok(new)
    }

    fn check_length(&self) -> Result<(), ScimListError> {
        let (came, total) = (self.rows.len(), self.total.unwrap_or(0));
        if came == total {
            Ok(())
        } else {
            Err(ScimListError::Moved(format!("{came} rows came, and its total is {total}").into()))
        }
    }
}

fn page_query(
    service: &ScimService,
    resource: ResourceKind,
    start: usize,
    size: Option<usize>,
) -> Vec<(&'static str, String)> {
    let size = size.map(|size| ("count", size.to_string()));
    service
        .attributes_parameter(resource)
        .into_iter()
        .chain([("startIndex", start.to_string())])
        .chain(size)
        .collect()
}
