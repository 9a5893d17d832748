//! Looking things up by name. A filter may be ignored, refused, or mind the case that it should not: what
//! comes is looked at.

use super::Scim;
use super::list::{Page, Stopped, with};
use super::resource::{Found, Thing};
use super::send::unread;
use super::service::Service;
use crate::connector::WriteError;
use crate::connector::transport::Failure;
use crate::model::Text;
use crate::wire::scim::Resource;

/// How often a look-up is tried before the step that needs it is.
pub(super) const TRIES: u32 = 3;

/// What a filter is good for.
enum Filtered<T> {
    /// It was obeyed.
    These(Vec<Found<T>>),
    /// It was not.
    Useless,
}

impl Scim {
    /// All things of that name: none, one, or, where the service does not mind, several.
    pub(super) async fn find<T: Thing>(
        &self,
        service: &Service,
        name: &str,
    ) -> Result<Vec<Found<T>>, WriteError> {
        match self.filtered(service, name).await? {
            Filtered::These(found) => Ok(found),
            Filtered::Useless => self.scan(service, name).await,
        }
    }

    /// The same by reading all there are.
    pub(super) async fn scan<T: Thing>(
        &self,
        service: &Service,
        name: &str,
    ) -> Result<Vec<Found<T>>, WriteError> {
        let all = self
            .list(service, &self.names, &|raw, thing: T| {
                (thing.name() == name).then_some(Found { thing, raw })
            })
            .await;
        match all {
            Ok(all) => Ok(all.into_iter().flatten().collect()),
            Err(Stopped::Failed(failure)) => Err(unread(failure)),
            Err(Stopped::Doubtful(why) | Stopped::Moved(why)) => Err(WriteError::Transient(why)),
        }
    }

    async fn filtered<T: Thing>(&self, service: &Service, name: &str) -> Result<Filtered<T>, WriteError> {
        let Some(list) = service.list(T::RESOURCE) else {
            return Err(WriteError::Refused("the service has no such list".into()));
        };
        let attribute = match T::RESOURCE {
            Resource::User => "userName",
            Resource::Group => "displayName",
        };
        let filter = ("filter", format!("{attribute} eq {}", serde_json::Value::from(name)));
        let url = with(list, &service.told(T::RESOURCE).into_iter().chain([filter]).collect::<Vec<_>>());
        let rows = match self.transport.get_within(&url, TRIES).await {
            Ok(answer) => Page::of(&answer).map(|page| page.rows),
            Err(Failure::Said { status: 400 | 403..=405 | 413 | 414 | 422 | 501, why, .. }) => Err(why),
            Err(failure) => return Err(unread(failure)),
        };
        Ok(rows.and_then(|rows| self.judged(service, rows, name)).unwrap_or(Filtered::Useless))
    }

    /// Whether the rows are those that were asked for: services that ignore a filter answer with everybody.
    fn judged<T: Thing>(
        &self,
        service: &Service,
        rows: Vec<serde_json::Value>,
        name: &str,
    ) -> Result<Filtered<T>, Text> {
        let mut found = Vec::new();
        for row in rows {
            let serde_json::Value::Object(raw) = row else { return Ok(Filtered::Useless) };
            let one = Found::<T>::of(raw, &service.schemas, &self.names)?;
            if one.thing.name() == name {
                found.push(one);
            } else if one.thing.name().to_lowercase() != name.to_lowercase() {
                return Ok(Filtered::Useless);
            }
        }
        Ok(Filtered::These(found))
    }
}
