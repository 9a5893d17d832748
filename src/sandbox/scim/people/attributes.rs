//! Attributes of a SCIM user that the organization derives its address and country from.

use serde_json::{Value, json};

use crate::model::{CountryCode, Email};
use crate::wire::scim::{JsonObject, get_member};

/// Returns the objects of a list attribute.
pub(super) fn object_values<'o>(
    body: &'o JsonObject,
    name: &str,
) -> impl Iterator<Item = &'o JsonObject> + Clone {
    get_member(body, name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// Returns the text of an attribute, `None` where there is none.
pub(super) fn text_attribute<'o>(object: &'o JsonObject, name: &str) -> Option<&'o str> {
    get_member(object, name).and_then(Value::as_str)
}

/// Returns the address that the organization knows the user by: the `userName` if it is an address, or else
/// the first valid e-mail address. A user with neither gets an address at a domain that cannot exist (RFC
/// 2606).
pub(super) fn address_of(body: &JsonObject) -> Option<Email> {
    let name = text_attribute(body, "userName")?;
    let by_name = Email::new(name).ok();
    let by_mail =
        || object_values(body, "emails").find_map(|mail| Email::new(text_attribute(mail, "value")?).ok());
    by_name.or_else(by_mail).or_else(|| Email::new(&format!("{name}@scim.invalid")).ok())
}

/// Returns the country of the work address, or of another address if the work address has none.
pub(super) fn country_of(body: &JsonObject) -> CountryCode {
    let of = |address: &JsonObject| CountryCode::new(text_attribute(address, "country")?).ok();
    let is_work = |address: &&JsonObject| {
        text_attribute(address, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let addresses = object_values(body, "addresses");
    addresses
        .clone()
        .filter(is_work)
        .find_map(of)
        .or_else(|| addresses.clone().find_map(of))
        .unwrap_or(CountryCode::UNKNOWN)
}

/// Sets the country of the work address, or removes all countries if the country is unknown.
pub(super) fn set_country(body: &mut JsonObject, country: CountryCode) {
    let mut addresses: Vec<Value> =
        get_member(body, "addresses").and_then(Value::as_array).cloned().unwrap_or_default();
    for address in addresses.iter_mut().filter_map(Value::as_object_mut) {
        address.remove("country");
    }
    if country != CountryCode::UNKNOWN {
        let work = addresses.iter_mut().find(|address| address["type"] == "work");
        match work {
            Some(address) => address["country"] = country.as_str().into(),
            None => addresses.push(json!({"type": "work", "country": country.as_str()})),
        }
    }
    body.insert("addresses".into(), addresses.into());
}
