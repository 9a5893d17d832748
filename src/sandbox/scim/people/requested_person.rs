//! The user that a client's request describes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::ResourceEndpoint;
use super::attributes::{address_of, country_of, object_values, text_attribute};
use super::entitlements::Entitlements;
use super::person_resource::{LICENCE, PersonResource};
use crate::model::{Email, Interner, ProductId, Profile, RoleId, UserException};
use crate::wire::scim::person::{AttributePath, PersonAttribute};
use crate::wire::scim::{self, BENTLEY_USER, JsonObject, ScimRefusal, ScimType, get_member};

/// The user that a client's request describes.
pub(super) struct RequestedPerson {
    pub(super) profile: Profile,
    pub(super) locked: bool,
    pub(super) roles: BTreeSet<RoleId>,
    pub(super) entitlements: Entitlements,
    /// Attributes that the organization has no place for.
    pub(super) kept: JsonObject,
    /// The `userName` in lower case; `None` where it is an address.
    pub(super) user_name: Option<String>,
}

fn invalid_value(why: impl Into<String>) -> ScimRefusal {
    ScimRefusal::new(ScimType::InvalidValue, why)
}

impl RequestedPerson {
    /// Reads the body of a request. Attributes that the profile lacks stay as they are in `before`.
    pub(super) fn from_body(
        place: &ResourceEndpoint,
        mut body: JsonObject,
        before: Option<&PersonResource>,
    ) -> Result<Self, ScimRefusal> {
        let user_name = text_attribute(&body, "userName").unwrap_or_default().trim().to_owned();
        let is_address = Email::new(&user_name).is_ok();
        if user_name.is_empty() || (place.profile == scim::ScimProfile::Bentley && !is_address) {
            return Err(invalid_value(format!("userName `{user_name}` is no e-mail address")));
        }
        let email = address_of(&body)
            .ok_or_else(|| invalid_value(format!("userName `{user_name}` cannot be the name of a user")))?;
        let profile = profile_of(place, &body, email, before)?;
        PersonAttribute::texts().filter_map(|(_, path)| path.urn).for_each(|urn| drop(body.remove(urn)));
        let soft = body.remove(BENTLEY_USER).and_then(|value| value.as_object().cloned()).unwrap_or_default();
        let locked = match place.profile {
            scim::ScimProfile::Standard => get_member(&body, "active") == Some(&Value::Bool(false)),
            scim::ScimProfile::Bentley => {
                text_attribute(&soft, "isSoftDeleted").is_some_and(|word| word.eq_ignore_ascii_case("true"))
            }
        };
        let (roles, entitlements) = match place.profile {
            scim::ScimProfile::Standard => (roles_of(&body)?, entitlements_of(&body)?),
            scim::ScimProfile::Bentley => {
                before.map(PersonResource::roles_and_entitlements).unwrap_or_default()
            }
        };
        for managed in ["roles", "entitlements", "name"] {
            body.remove(managed);
        }
        Ok(Self {
            profile,
            locked,
            roles,
            entitlements,
            kept: body,
            user_name: (!is_address).then(|| user_name.to_lowercase()),
        })
    }
}

fn profile_of(
    place: &ResourceEndpoint,
    body: &JsonObject,
    email: Email,
    before: Option<&PersonResource>,
) -> Result<Profile, ScimRefusal> {
    let before = before.map_or_else(|| Profile::new(email.clone()), |person| person.profile.clone());
    let mut profile = Profile { email, country: country_of(body), ..before };
    let has = |path: AttributePath| match place.profile {
        scim::ScimProfile::Standard => true,
        scim::ScimProfile::Bentley => path.urn.is_none(),
    };
    for (field, path) in PersonAttribute::texts().filter(|(_, path)| has(*path)) {
        let text = path.text(body);
        field.set(&mut profile, text, &Interner::default()).map_err(|_| {
            invalid_value(format!("{} `{}` is no country", path.name, text.unwrap_or_default()))
        })?;
    }
    Ok(profile)
}

fn roles_of(body: &JsonObject) -> Result<BTreeSet<RoleId>, ScimRefusal> {
    let role = |role: &JsonObject| {
        RoleId::new(text_attribute(role, "value").unwrap_or_default())
            .map_err(|error| invalid_value(format!("a role is no name: {error}")))
    };
    object_values(body, "roles").map(role).collect()
}

fn entitlements_of(body: &JsonObject) -> Result<Entitlements, ScimRefusal> {
    let one = |entitlement: &JsonObject| {
        let product = ProductId::new(text_attribute(entitlement, "value").unwrap_or_default())
            .map_err(|error| invalid_value(format!("a product is no name: {error}")))?;
        let kind = match text_attribute(entitlement, "type") {
            None | Some("allowed") => Some(UserException::Allow),
            Some("denied") => Some(UserException::Deny),
            Some(LICENCE) => None,
            Some(other) => {
                return Err(invalid_value(format!(
                    "the type of an entitlement is allowed, denied or licence, not {other}"
                )));
            }
        };
        Ok((product, kind))
    };
    object_values(body, "entitlements").map(one).collect()
}
