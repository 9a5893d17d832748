//! Finds resources by name. A service may ignore or refuse a filter, or compare case where it should not, so
//! the answer is checked.

use super::ScimConnector;
use super::list::{ScimListError, ScimPage};
use super::resource::{FetchedResource, ScimResource};
use super::service::ScimService;
use crate::connector::WriteError;
use crate::connector::transport::RequestFailure;
use crate::connector::transport::with_query;
use crate::model::Text;
use crate::wire::scim::ResourceKind;

/// The number of tries of a lookup; after that, the step that needs the lookup is tried again as a whole.
pub(super) const TRIES: u32 = 3;

/// The outcome of a filtered read.
enum FilterOutcome<T> {
    /// The service applied the filter.
    These(Vec<FetchedResource<T>>),
    /// The service did not apply the filter.
    Useless,
}

impl ScimConnector {
    /// Finds all resources of that name: none, one, or several where the service allows duplicates.
    pub(super) async fn find<T: ScimResource>(
        &self,
        service: &ScimService,
        name: &str,
    ) -> Result<Vec<FetchedResource<T>>, WriteError> {
        match self.find_by_filter(service, name).await? {
            FilterOutcome::These(found) => Ok(found),
            FilterOutcome::Useless => self.scan(service, name).await,
        }
    }

    /// Finds all resources of that name by reading the whole list.
    pub(super) async fn scan<T: ScimResource>(
        &self,
        service: &ScimService,
        name: &str,
    ) -> Result<Vec<FetchedResource<T>>, WriteError> {
        let all = self
            .read_list(service, &self.names, &|raw, thing: T| {
                (thing.name() == name).then_some(FetchedResource { thing, raw })
            })
            .await;
        match all {
            Ok(all) => Ok(all.into_iter().flatten().collect()),
            Err(ScimListError::Failed(failure)) => Err(read_error(failure)),
            Err(ScimListError::Doubtful(why) | ScimListError::Moved(why)) => Err(WriteError::Transient(why)),
        }
    }

    async fn find_by_filter<T: ScimResource>(
        &self,
        service: &ScimService,
        name: &str,
    ) -> Result<FilterOutcome<T>, WriteError> {
        let Some(list) = service.list_url(T::RESOURCE) else {
            return Err(WriteError::Refused("the service has no such list".into()));
        };
        let attribute = match T::RESOURCE {
            ResourceKind::User => "userName",
            ResourceKind::Group => "displayName",
        };
        let filter = ("filter", format!("{attribute} eq {}", serde_json::Value::from(name)));
        let url = with_query(
            list,
            &service.attributes_parameter(T::RESOURCE).into_iter().chain([filter]).collect::<Vec<_>>(),
        );
        let rows = match self.transport.get_with_tries(&url, TRIES).await {
            Ok(answer) => ScimPage::parse(&answer).map(|page| page.rows),
            Err(RequestFailure::Said { status: 400 | 403..=405 | 413 | 414 | 422 | 501, why, .. }) => {
                Err(why)
            }
            Err(failure) => return Err(read_error(failure)),
        };
        Ok(rows.and_then(|rows| self.judge_rows(service, rows, name)).unwrap_or(FilterOutcome::Useless))
    }

    /// Checks whether the rows are those that were asked for: services that ignore a filter answer with all
    /// resources.
    fn judge_rows<T: ScimResource>(
        &self,
        service: &ScimService,
        rows: Vec<serde_json::Value>,
        name: &str,
    ) -> Result<FilterOutcome<T>, Text> {
        let mut found = Vec::new();
        for row in rows {
            let serde_json::Value::Object(raw) = row else { return Ok(FilterOutcome::Useless) };
            let resource = FetchedResource::<T>::parse(raw, &service.schemas, &self.names)?;
            if resource.thing.name() == name {
                found.push(resource);
            } else if resource.thing.name().to_lowercase() != name.to_lowercase() {
                return Ok(FilterOutcome::Useless);
            }
        }
        Ok(FilterOutcome::These(found))
    }
}

/// Turns the failure of a read that a step needs into a write error. Nothing was written.
pub(super) fn read_error(failure: RequestFailure) -> WriteError {
    match failure {
        RequestFailure::Said { status: 400 | 402..=407 | 409..=424 | 501, why, .. } => {
            WriteError::Refused(why)
        }
        RequestFailure::Said { why, .. } | RequestFailure::NoToken(why) | RequestFailure::TokenLater(why) => {
            WriteError::Transient(why)
        }
        RequestFailure::NotSent(why)
        | RequestFailure::Untrusted(why)
        | RequestFailure::Lost(why)
        | RequestFailure::Foreign(why) => WriteError::Transient(why),
    }
}
