//! Where a resource has the fields of a person's profile.

use serde_json::{Value, json};

use super::{JsonObject, SEATWISE_USER, get_member, member_key};
use crate::object::profile::ProfileField;

/// The place of a value in a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttributePath {
    /// The URN of the extension; `None` for the core.
    pub(crate) urn: Option<&'static str>,
    pub(crate) name: &'static str,
    /// The part of the attribute; `None` for the whole attribute.
    pub(crate) part: Option<&'static str>,
}

impl AttributePath {
    /// The path of an attribute of the core.
    pub(crate) const fn core(name: &'static str) -> Self {
        Self { urn: None, name, part: None }
    }

    /// The path of a part of an attribute of the core.
    pub(crate) const fn part(name: &'static str, part: &'static str) -> Self {
        Self { urn: None, name, part: Some(part) }
    }

    /// The path of an attribute of an extension.
    pub(crate) const fn extension(urn: &'static str, name: &'static str) -> Self {
        Self { urn: Some(urn), name, part: None }
    }

    fn steps(self) -> impl Iterator<Item = &'static str> {
        self.urn.into_iter().chain([self.name]).chain(self.part)
    }

    /// Returns the text at the path; `None` where there is none.
    pub(crate) fn text(self, resource: &JsonObject) -> Option<&str> {
        let mut steps = self.steps();
        let first = get_member(resource, steps.next()?)?;
        steps.try_fold(first, |value, step| get_member(value.as_object()?, step))?.as_str()
    }

    /// Sets the value at the path, or removes it.
    pub(crate) fn set_value(self, resource: &mut JsonObject, value: Option<Value>) {
        let Self { urn, name, part } = self;
        let within = [urn, part.map(|_| name)].into_iter().flatten().try_fold(resource, |object, step| {
            let step = member_key(object, step).unwrap_or(step).to_owned();
            object.entry(step).or_insert_with(|| json!({})).as_object_mut()
        });
        let last = part.unwrap_or(name);
        let Some(within) = within else { return };
        let last = member_key(within, last).unwrap_or(last).to_owned();
        match value {
            Some(value) => drop(within.insert(last, value)),
            None => drop(within.remove(&last)),
        }
    }
}

impl std::fmt::Display for AttributePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.urn.iter().try_for_each(|urn| write!(f, "{urn}:"))?;
        f.write_str(self.name)?;
        self.part.iter().try_for_each(|part| write!(f, ".{part}"))
    }
}

/// The attribute that has a field of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonAttribute {
    /// The name to sign in by, or one of the e-mail addresses.
    SignInName,
    /// The country of the work address, or of another address.
    WorkCountry,
    /// A text at this path.
    Text(AttributePath),
}

impl PersonAttribute {
    /// Returns the attribute that has the field.
    pub(crate) const fn from_field(field: ProfileField) -> Self {
        match field {
            ProfileField::Email => Self::SignInName,
            ProfileField::FirstName => Self::Text(AttributePath::part("name", "givenName")),
            ProfileField::LastName => Self::Text(AttributePath::part("name", "familyName")),
            ProfileField::Country => Self::WorkCountry,
            ProfileField::EntitlementCountry => {
                Self::Text(AttributePath::extension(SEATWISE_USER, "entitlementCountry"))
            }
        }
    }

    /// Returns the path of the attribute.
    pub(crate) const fn path(self) -> AttributePath {
        match self {
            Self::SignInName => AttributePath::core("userName"),
            Self::WorkCountry => AttributePath::part("addresses", "country"),
            Self::Text(path) => path,
        }
    }

    /// Returns the fields that are texts, with their paths.
    pub(crate) fn texts() -> impl Iterator<Item = (ProfileField, AttributePath)> {
        ProfileField::ALL.into_iter().filter_map(|field| match Self::from_field(field) {
            Self::SignInName | Self::WorkCountry => None,
            Self::Text(path) => Some((field, path)),
        })
    }
}
