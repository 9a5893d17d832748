//! The parameters of a SCIM search (RFC 7644, section 3.4.2), from a query or a body.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::scim::ResourceSearch;
use crate::wire::scim::filter::AttributeResolver;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{self, JsonObject, ScimRefusal, ScimType};
use crate::wire::{DEFAULT_ROWS, MOST_ROWS};

/// The parameters of a search as the client wrote them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SearchParameters {
    pub(super) filter: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    pub(super) attributes: Option<String>,
    excluded_attributes: Option<String>,
}

/// The parameters of a query, or why they cannot be read.
pub(super) type SearchQueryResult = Result<Query<SearchParameters>, QueryRejection>;

/// Returns the parameters of a query.
pub(super) fn parse_search_query(query: SearchQueryResult) -> Result<SearchParameters, ScimRefusal> {
    Ok(query.map_err(|error| ScimRefusal::new(ScimType::InvalidValue, error.body_text()))?.0)
}

impl SearchParameters {
    /// Returns the parameters of a search whose body is a `SearchRequest` (RFC 7644, section 3.4.3).
    pub(super) fn from_body(body: &JsonObject) -> Self {
        let list = |name: &str| {
            let names = scim::get_member(body, name).and_then(Value::as_array)?;
            Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        };
        let word = |name: &str| match scim::get_member(body, name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Some(other.to_string())
            }
        };
        Self {
            filter: word("filter"),
            start_index: word("startIndex"),
            count: word("count"),
            attributes: list("attributes"),
            excluded_attributes: list("excludedAttributes"),
        }
    }

    /// Returns the attributes that the client asks for.
    pub(super) fn projection(&self) -> Projection {
        Projection::new(self.attributes.as_deref(), self.excluded_attributes.as_deref())
    }

    /// Returns the search. Numbers below the least are read as the least, and a page has at most
    /// [`MOST_ROWS`] resources (RFC 7644, section 3.4.2.4).
    pub(super) fn search(self, names: AttributeResolver) -> Result<ResourceSearch, ScimRefusal> {
        let number = |text: Option<&str>, name: &str, unsaid: i64| {
            let refused = || ScimRefusal::new(ScimType::InvalidValue, format!("{name} is a number"));
            text.map_or(Ok(unsaid), |text| text.trim().parse::<i64>().map_err(|_| refused()))
        };
        let start = number(self.start_index.as_deref(), "startIndex", 1)?.clamp(1, i64::from(u32::MAX));
        let count = number(self.count.as_deref(), "count", DEFAULT_ROWS.into())?.clamp(0, MOST_ROWS.into());
        let filter = self.filter.as_deref().map(|text| names.parse(text)).transpose()?;
        let sized = |number: i64| usize::try_from(number).expect("it was made one that fits");
        Ok(ResourceSearch { filter, start: sized(start), count: sized(count), told: self.projection() })
    }
}
