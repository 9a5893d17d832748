//! The search for resources: a filter, and a page of the resources that it finds.

use rusqlite::Connection;
use scim_v2::filter::Filter;
use serde_json::Value;

use super::{ResourceEndpoint, groups, people, read_resource};
use crate::wire::scim::filter::as_equality;
use crate::wire::scim::projection::Projection;
use crate::wire::scim::{JsonObject, ResourceKind};

/// A search for resources.
#[derive(Debug)]
pub(in crate::sandbox) struct ResourceSearch {
    /// `None` finds all resources.
    pub(in crate::sandbox) filter: Option<Filter>,
    /// The number of the first resource on the page, from 1.
    pub(in crate::sandbox) start: usize,
    /// The greatest number of resources on the page.
    pub(in crate::sandbox) count: usize,
    /// The attributes that each resource shows.
    pub(in crate::sandbox) told: Projection,
}

/// A page of the resources that a search finds.
#[derive(Debug)]
pub(in crate::sandbox) struct SearchPage {
    /// The number of resources that the search finds on all pages.
    pub(in crate::sandbox) total: usize,
    pub(in crate::sandbox) resources: Vec<Value>,
}

/// Returns the page that a search asks for.
pub(super) fn search_resources(
    conn: &Connection,
    place: &ResourceEndpoint,
    search: &ResourceSearch,
) -> rusqlite::Result<SearchPage> {
    match &search.filter {
        None => page_of_all(conn, place, search),
        Some(filter) => match looked_up_identity(conn, place, filter)? {
            Some(one) => search_by_identity(conn, place, search, filter, one.as_deref()),
            None => search_by_filter(conn, place, search, filter),
        },
    }
}

fn page_of_all(
    conn: &Connection,
    place: &ResourceEndpoint,
    search: &ResourceSearch,
) -> rusqlite::Result<SearchPage> {
    let (offset, mut resources) = (search.start - 1, Vec::new());
    let table = match place.resource {
        ResourceKind::User => {
            people::for_each_person(conn, offset, search.count, |person| {
                resources.push(Value::Object(person.project(place, &search.told)));
                Ok(())
            })?;
            "users"
        }
        ResourceKind::Group => {
            groups::for_each_group(conn, offset, search.count, |group| {
                resources.push(Value::Object(group.project(conn, place, &search.told)?));
                Ok(())
            })?;
            "groups"
        }
    };
    let total = conn
        .prepare_cached(&format!("SELECT count(*) FROM {table}"))?
        .query_row([], |row| row.get::<_, u32>(0))?;
    Ok(SearchPage { total: total as usize, resources })
}

/// Returns the only identity that can match a filter by an indexed name, `Some(None)` where no resource has
/// that name. `None` means that the filter needs a search of all resources.
fn looked_up_identity(
    conn: &Connection,
    place: &ResourceEndpoint,
    filter: &Filter,
) -> rusqlite::Result<Option<Option<String>>> {
    let Some((path, text)) = as_equality(filter).filter(|(path, _)| path.sub_attr.is_none()) else {
        return Ok(None);
    };
    let name = path.name.to_ascii_lowercase();
    match (place.resource, name.as_str()) {
        (_, "id") => Ok(Some(Some(text.to_owned()))),
        (ResourceKind::User, "username") => people::identity_by_name(conn, text).map(Some),
        (ResourceKind::Group, "displayname") => groups::identity_by_name(conn, text).map(Some),
        (ResourceKind::User | ResourceKind::Group, _) => Ok(None),
    }
}

fn search_by_identity(
    conn: &Connection,
    place: &ResourceEndpoint,
    search: &ResourceSearch,
    filter: &Filter,
    live: Option<&str>,
) -> rusqlite::Result<SearchPage> {
    let found = live
        .map(|live| read_resource(conn, place, live, &Projection::default()))
        .transpose()?
        .flatten()
        .map(|at| at.body);
    // The name that a client stored still leads here after it was changed elsewhere, so the filter decides.
    let found = found.filter(|body| place.names().matches(filter, body));
    let total = usize::from(found.is_some());
    let on_page = found.filter(|_| search.start == 1 && search.count > 0).map(|mut body| {
        search.told.apply(&mut body);
        Value::Object(body)
    });
    Ok(SearchPage { total, resources: on_page.into_iter().collect() })
}

fn search_by_filter(
    conn: &Connection,
    place: &ResourceEndpoint,
    search: &ResourceSearch,
    filter: &Filter,
) -> rusqlite::Result<SearchPage> {
    let mut found = SearchPage { total: 0, resources: Vec::new() };
    let mut consider = |mut body: JsonObject| {
        if place.names().matches(filter, &body) {
            found.total += 1;
            if found.total >= search.start && found.resources.len() < search.count {
                search.told.apply(&mut body);
                found.resources.push(Value::Object(body));
            }
        }
    };
    let all = i64::MAX as usize;
    match place.resource {
        ResourceKind::User => people::for_each_person(conn, 0, all, |person| {
            consider(person.resource(place));
            Ok(())
        })?,
        ResourceKind::Group => groups::for_each_group(conn, 0, all, |group| {
            consider(group.full_resource(conn, place)?);
            Ok(())
        })?,
    }
    Ok(found)
}
