//! Evaluates filters (RFC 7644, section 3.4.2.2).

use std::cmp::Ordering;

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter, ValuePath};
use serde_json::Value;

use super::attributes::{self, AttributeKind, COMMON, ScimAttribute};
use super::{JsonObject, ResourceKind, ScimProfile, ScimRefusal, ScimType, get_member, is_unassigned};

/// Resolves attribute names of one kind of resource in one profile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttributeResolver {
    pub(crate) profile: ScimProfile,
    pub(crate) resource: ResourceKind,
}

/// The place that a path leads to: the core or an extension, the attribute, and a part of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttributePlace {
    /// The URN of the extension that contains the attribute; `None` for the core.
    pub(crate) extension: Option<&'static str>,
    pub(crate) attribute: &'static ScimAttribute,
    /// The part of the attribute; `None` for the whole attribute.
    pub(crate) part: Option<&'static ScimAttribute>,
}

impl AttributeResolver {
    /// Returns the place of the attribute that a path names, if there is one.
    pub(crate) fn resolve_path(self, path: &AttrPath) -> Option<AttributePlace> {
        let (core, extensions) = attributes::schemas(self.profile, self.resource);
        let (urn, attributes) = match path.uri.as_deref() {
            None => (None, core.attributes),
            Some(uri) if uri.eq_ignore_ascii_case(core.id) => (None, core.attributes),
            Some(uri) => {
                let extension = extensions.iter().find(|known| uri.eq_ignore_ascii_case(known.id))?;
                (Some(extension.id), extension.attributes)
            }
        };
        let attribute = attributes::find_attribute(attributes, &path.name)
            .or_else(|| attributes::find_attribute(COMMON, &path.name).filter(|_| urn.is_none()))?;
        let part = path
            .sub_attr
            .as_deref()
            .map(|name| attributes::find_attribute(attribute.parts(), name).ok_or(()))
            .transpose()
            .ok()?;
        Some(AttributePlace { extension: urn, attribute, part })
    }

    /// Parses a filter and checks that every name in it is known.
    pub(crate) fn parse(self, text: &str) -> Result<Filter, ScimRefusal> {
        let refused = |why: String| ScimRefusal::new(ScimType::InvalidFilter, why);
        let begins = || text.chars().take(80).collect::<String>();
        // The parser limits the number of terms and the depth of nesting.
        let filter: Filter = text
            .parse()
            .map_err(|_| refused(format!("the filter cannot be read, or is too large: {}", begins())))?;
        self.check(&filter).map_err(|path| refused(format!("there is no attribute {path} to filter by")))?;
        match self.profile {
            ScimProfile::Standard => Ok(filter),
            // Bentley's service supports one filter for each kind of resource.
            ScimProfile::Bentley if self.is_the_only_one(&filter) => Ok(filter),
            ScimProfile::Bentley => Err(refused(
                "the one filter is `userName eq` for users and `displayName eq` for groups".to_owned(),
            )),
        }
    }

    fn is_the_only_one(self, filter: &Filter) -> bool {
        let wanted = match self.resource {
            ResourceKind::User => "userName",
            ResourceKind::Group => "displayName",
        };
        as_equality(filter).is_some_and(|(path, _)| {
            path.uri.is_none() && path.sub_attr.is_none() && path.name.eq_ignore_ascii_case(wanted)
        })
    }

    fn check(self, filter: &Filter) -> Result<(), &AttrPath> {
        match filter {
            Filter::Attr(AttrExp::Present(path) | AttrExp::Comparison(path, ..)) => {
                self.resolve_path(path).map(drop).ok_or(path)
            }
            Filter::ValuePath(ValuePath { attr, filter }) => {
                let place = self.resolve_path(attr).ok_or(attr)?;
                check_parts(place.attribute.parts(), filter)
            }
            Filter::Not(inner) => self.check(inner),
            Filter::And(filters) | Filter::Or(filters) => {
                filters.iter().try_for_each(|filter| self.check(filter))
            }
        }
    }

    /// Whether a resource matches the filter.
    pub(crate) fn matches(self, filter: &Filter, resource: &JsonObject) -> bool {
        match filter {
            Filter::Attr(AttrExp::Present(path)) => {
                self.values(path, resource).iter().any(|(_, value)| !is_unassigned(value))
            }
            Filter::Attr(AttrExp::Comparison(path, op, wanted)) => {
                compare_all(&self.values(path, resource), op, wanted)
            }
            Filter::ValuePath(ValuePath { attr, filter }) => {
                let Some(place) = self.resolve_path(attr) else { return false };
                let values = place.find_value(resource).map(elements).unwrap_or_default();
                values.into_iter().any(|value| matches_within(place.attribute.parts(), filter, value))
            }
            Filter::Not(inner) => !self.matches(inner, resource),
            Filter::And(filters) => filters.iter().all(|filter| self.matches(filter, resource)),
            Filter::Or(filters) => filters.iter().any(|filter| self.matches(filter, resource)),
        }
    }

    fn values<'o>(
        self,
        path: &AttrPath,
        resource: &'o JsonObject,
    ) -> Vec<(&'static ScimAttribute, &'o Value)> {
        let Some(place) = self.resolve_path(path) else { return Vec::new() };
        let values = place.find_value(resource).map(elements).unwrap_or_default();
        // A complex attribute that is compared as a whole is compared by its `value`.
        let part = place.part.or_else(|| attributes::find_attribute(place.attribute.parts(), "value"));
        match part {
            None => values.into_iter().map(|value| (place.attribute, value)).collect(),
            Some(part) => values
                .into_iter()
                .filter_map(|value| Some((part, get_member(value.as_object()?, part.name)?)))
                .collect(),
        }
    }
}

impl AttributePlace {
    /// Returns the attribute's value in a resource.
    pub(crate) fn find_value<'o>(&self, resource: &'o JsonObject) -> Option<&'o Value> {
        let within = match self.extension {
            None => resource,
            Some(urn) => get_member(resource, urn)?.as_object()?,
        };
        get_member(within, self.attribute.name)
    }
}

/// Returns the path and the text of a filter that is one comparison for equality with a text; `None` for any
/// other filter.
pub(crate) fn as_equality(filter: &Filter) -> Option<(&AttrPath, &str)> {
    match filter {
        Filter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(text))) => Some((path, text)),
        Filter::Attr(_) | Filter::ValuePath(_) | Filter::Not(_) | Filter::And(_) | Filter::Or(_) => None,
    }
}

/// Checks that the names within a value path are parts of the attribute; the error is the unknown path.
pub(crate) fn check_parts<'f>(
    parts: &'static [ScimAttribute],
    filter: &'f ValFilter,
) -> Result<(), &'f AttrPath> {
    match filter {
        ValFilter::Attr(AttrExp::Present(path) | AttrExp::Comparison(path, ..)) => {
            attributes::find_attribute(parts, &path.name).map(drop).ok_or(path)
        }
        ValFilter::Not(inner) => check_parts(parts, inner),
        ValFilter::And(filters) | ValFilter::Or(filters) => {
            filters.iter().try_for_each(|filter| check_parts(parts, filter))
        }
    }
}

/// Whether one value of an attribute with these parts matches the filter of a value path.
pub(crate) fn matches_within(parts: &'static [ScimAttribute], filter: &ValFilter, value: &Value) -> bool {
    let part = |path: &AttrPath| {
        let attribute = attributes::find_attribute(parts, &path.name)?;
        Some((attribute, get_member(value.as_object()?, attribute.name)?))
    };
    match filter {
        ValFilter::Attr(AttrExp::Present(path)) => part(path).is_some_and(|(_, value)| !is_unassigned(value)),
        ValFilter::Attr(AttrExp::Comparison(path, op, wanted)) => {
            compare_all(part(path).as_slice(), op, wanted)
        }
        ValFilter::Not(inner) => !matches_within(parts, inner, value),
        ValFilter::And(filters) => filters.iter().all(|filter| matches_within(parts, filter, value)),
        ValFilter::Or(filters) => filters.iter().any(|filter| matches_within(parts, filter, value)),
    }
}

fn elements(value: &Value) -> Vec<&Value> {
    if let Value::Array(values) = value { values.iter().collect() } else { vec![value] }
}

/// Whether any of the values satisfies the comparison. A missing value is equal to null and unequal to
/// everything else.
fn compare_all(values: &[(&'static ScimAttribute, &Value)], op: &CompareOp, wanted: &CompValue) -> bool {
    let assigned: Vec<_> = values.iter().filter(|(_, value)| !value.is_null()).collect();
    match (op, wanted) {
        (CompareOp::Eq, CompValue::Null) => assigned.is_empty(),
        (CompareOp::Ne, CompValue::Null) => !assigned.is_empty(),
        (CompareOp::Ne, _) => {
            !assigned.iter().any(|(attribute, value)| compare_value(attribute, value, &CompareOp::Eq, wanted))
        }
        (_, _) => assigned.iter().any(|(attribute, value)| compare_value(attribute, value, op, wanted)),
    }
}

fn compare_value(attribute: &ScimAttribute, value: &Value, op: &CompareOp, wanted: &CompValue) -> bool {
    match (value, wanted) {
        (Value::Bool(value), CompValue::True) => *op == CompareOp::Eq && *value,
        (Value::Bool(value), CompValue::False) => *op == CompareOp::Eq && !*value,
        (Value::Number(value), CompValue::Number(wanted)) => {
            ordering_matches(value.as_f64().partial_cmp(&wanted.as_f64()), op)
        }
        (Value::String(value), CompValue::Str(wanted)) => compare_texts(attribute, value, op, wanted),
        _ => false,
    }
}

fn compare_texts(attribute: &ScimAttribute, value: &str, op: &CompareOp, wanted: &str) -> bool {
    if attribute.kind == AttributeKind::DateTime
        && let (Ok(value), Ok(wanted)) = (value.parse::<crate::model::Timestamp>(), wanted.parse())
    {
        return ordering_matches(Some(value.cmp(&wanted)), op);
    }
    let folded = |text: &str| if attribute.is_case_exact() { text.to_owned() } else { text.to_lowercase() };
    let (value, wanted) = (folded(value), folded(wanted));
    match op {
        CompareOp::Co => value.contains(&wanted),
        CompareOp::Sw => value.starts_with(&wanted),
        CompareOp::Ew => value.ends_with(&wanted),
        CompareOp::Eq | CompareOp::Ne | CompareOp::Gt | CompareOp::Lt | CompareOp::Ge | CompareOp::Le => {
            ordering_matches(Some(value.cmp(&wanted)), op)
        }
    }
}

fn ordering_matches(ordering: Option<Ordering>, op: &CompareOp) -> bool {
    let Some(ordering) = ordering else { return false };
    match op {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::Ne => ordering.is_ne(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Ge => ordering.is_ge(),
        CompareOp::Le => ordering.is_le(),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}
