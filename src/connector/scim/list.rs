//! Reads a list page by page, and believes the list only where its pages belong together.
//!
//! Pages are numbered by row, so they shift when users or groups come or go while the list is read. Services
//! also repeat the first rows endlessly, limit or refuse the page size, and report wrong totals. Therefore
//! the next page starts after the rows that have arrived, whatever size was requested; reading continues past
//! the total until no new row arrives; and a list whose length differs from its total is not believed.

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

/// The most times a list is read until its pages belong together.
const ROUNDS: usize = 3;
/// More pages than the list of any organization has.
const MOST_PAGES: usize = 100_000;
/// A list with this many rows more than its total has no end.
const BEYOND: usize = 1_000;
/// The number of pages that are requested at the same time.
const AHEAD: usize = 4;
/// The page sizes that are requested, one after the other until the service accepts one; `None` leaves the
/// size to the service.
const SIZES: [Option<usize>; 4] = [Some(1000), Some(100), Some(20), None];

/// The reason why a list is not complete; the texts are lower-case fragments.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScimListError {
    /// The service could not be read.
    #[error(transparent)]
    Failed(#[from] RequestFailure),
    /// The answer cannot be believed.
    #[error("{0}")]
    Doubtful(Text),
    /// The pages do not belong together, which a new try may cure.
    #[error("{0}")]
    Moved(Text),
}

/// The rows and the total of a page.
pub(super) struct ScimPage {
    pub(super) rows: Vec<Value>,
    total: usize,
}

impl ScimPage {
    /// Parses a page; the error is a lower-case fragment.
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
    /// Reads all rows of a list. `each` turns a resource, and the value read from it, into a row of the
    /// result.
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
            let mut reader = ScimListReader {
                service,
                names,
                each,
                known: FxHashSet::default(),
                rows: Vec::new(),
                total: None,
            };
            match self.read_pages(url, &mut reader).await {
                Err(ScimListError::Moved(why)) => last = why,
                Err(stopped) => return Err(stopped),
                Ok(()) => return Ok(reader.rows),
            }
        }
        Err(ScimListError::Doubtful(last))
    }

    async fn read_pages<T: ScimResource, R: Send>(
        &self,
        url: &Url,
        reader: &mut ScimListReader<'_, T, R>,
    ) -> Result<(), ScimListError> {
        let (page, size) = self.first_page(url, T::RESOURCE, reader.service).await?;
        self.read_ahead(url, size, page.rows.len(), page.total, reader, page).await?;
        for _ in 0..MOST_PAGES {
            let query = page_query(reader.service, T::RESOURCE, reader.rows.len() + 1, size);
            let page = self.read_page(with_query(url, &query)).await?;
            if reader.take_page(page)? == 0 {
                return reader.check_length();
            }
        }
        Err(ScimListError::Doubtful("its pages have no end".into()))
    }

    async fn read_page(&self, url: Url) -> Result<ScimPage, ScimListError> {
        ScimPage::parse(&self.transport.get_url(&url).await?).map_err(ScimListError::Doubtful)
    }

    /// Reads the pages that should follow the first one, several at a time, for as long as each has the
    /// expected number of rows.
    async fn read_ahead<T: ScimResource, R: Send>(
        &self,
        url: &Url,
        size: Option<usize>,
        length: usize,
        total: usize,
        reader: &mut ScimListReader<'_, T, R>,
        first: ScimPage,
    ) -> Result<(), ScimListError> {
        reader.take_page(first)?;
        if length == 0 {
            return Ok(());
        }
        let starts = (1..total.div_ceil(length).min(MOST_PAGES)).map(|page| page * length + 1);
        let urls: Vec<Url> = starts
            .map(|start| with_query(url, &page_query(reader.service, T::RESOURCE, start, size)))
            .collect();
        let mut pages = futures_util::stream::iter(urls).map(|url| self.read_page(url)).buffered(AHEAD);
        while let Some(page) = pages.next().await {
            let (page, expected) = (page?, length.min(total - reader.rows.len().min(total)));
            let is_as_expected = page.rows.len() == expected;
            reader.take_page(page)?;
            if !is_as_expected {
                break;
            }
        }
        Ok(())
    }

    /// Reads the first page in the largest size that the service accepts; some services refuse a size, or
    /// fail at it.
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
            // A service that fails at a page size fails again, so only the request without a size is retried
            // until the deadline.
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

/// The state of a list that is being read.
struct ScimListReader<'a, T, R> {
    service: &'a ScimService,
    names: &'a Interner,
    each: &'a (dyn Fn(JsonObject, T) -> R + Sync),
    known: FxHashSet<Box<str>>,
    rows: Vec<R>,
    total: Option<usize>,
}

impl<T: ScimResource, R> ScimListReader<'_, T, R> {
    /// Adds a page and returns how many of its rows are new. After the last page, services send no rows or
    /// the first rows again.
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
