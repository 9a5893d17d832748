//! The audit log's record of an act: one flat JSON object, so that the log can be read without this program.

use serde_json::{Value, json};

use super::write_transaction::{area_code, contact_words};
use crate::model::{
    AccessSetting, Alert, Area, Checkout, CountryCode, Email, FlatSet, GroupFacts, GroupName, ProductId,
    Profile, UserException,
};
use crate::object::profile::ProfileField;
use crate::plan::Act;
use crate::usage::Period;

/// Returns the act as a JSON object; its field `act` names the kind of act.
pub(in crate::sandbox) fn record_act(act: &Act) -> Value {
    match act {
        Act::EndCheckout { user, checkout } => {
            user_product_record("end checkout", user.as_str(), &checkout_words(checkout))
        }
        Act::CreateGroup(facts) => {
            json!({"act": "create group", "group": facts.name.as_str(), "after": facts_value(facts)})
        }
        Act::Invite(profile) => {
            json!({"act": "invite", "user": profile.email.as_str(), "after": profile_value(profile)})
        }
        Act::Approve(user) => json!({"act": "approve", "user": user.as_str()}),
        Act::Unlock(user) => json!({"act": "unlock", "user": user.as_str()}),
        Act::Lock { user, before } => {
            json!({"act": "lock", "user": user.as_str(), "before": before.as_str()})
        }
        Act::UpdateUser { before, after } => record_user_update(before, after),
        Act::UpdateGroup { before, after } => record_group_update(before, after),
        Act::Join { user, group } => json!({"act": "join", "user": user.as_str(), "group": group.as_str()}),
        Act::Leave { user, group } => json!({"act": "leave", "user": user.as_str(), "group": group.as_str()}),
        Act::SwapAllocation { user, from, to } => {
            json!({"act": "swap allocation", "user": user.as_str(), "from": from.as_str(), "to": to.as_str()})
        }
        Act::GrantRole { user, role } => {
            json!({"act": "grant role", "user": user.as_str(), "role": role.as_str()})
        }
        Act::RevokeRole { user, role } => {
            json!({"act": "revoke role", "user": user.as_str(), "role": role.as_str()})
        }
        Act::SetException { user, product, before, after } => {
            record_exception(user, product, *before, *after)
        }
        Act::AssignLicence { user, product } => {
            user_product_record("assign licence", user.as_str(), product.as_str())
        }
        Act::ReleaseLicence { user, product } => {
            user_product_record("release licence", user.as_str(), product.as_str())
        }
        Act::SetList { group, before, after } => record_list(group, before, after),
        Act::SetDefault { country, before, after } => record_default(*country, *before, *after),
        Act::SetRestriction { product, area, before, after } => {
            record_restriction(product, area, *before, *after)
        }
        Act::SetAlert { product, country, before, after } => record_alert(product, *country, *before, *after),
        Act::AddContact(contact) => json!({"act": "add contact", "contact": contact_words(contact)}),
        Act::RemoveContact(contact) => json!({"act": "remove contact", "contact": contact_words(contact)}),
        Act::ReplaceContact { from, to } => {
            json!({"act": "replace contact", "from": contact_words(from), "to": contact_words(to)})
        }
        Act::RemoveUser(profile) => {
            json!({"act": "remove user", "user": profile.email.as_str(), "before": profile_value(profile)})
        }
        Act::DeleteGroup(facts) => {
            json!({"act": "delete group", "group": facts.name.as_str(), "before": facts_value(facts)})
        }
    }
}

/// Returns the record of a licence checkout, an act that no plan contains.
pub(in crate::sandbox) fn record_check_out(user: &str, checkout: &Checkout) -> Value {
    user_product_record("check out", user, &checkout_words(checkout))
}

/// Returns the record of issued invoices, an act that no plan contains.
pub(in crate::sandbox) fn record_invoices(periods: &[Period]) -> Value {
    let periods: Vec<String> = periods.iter().map(ToString::to_string).collect();
    json!({"act": "issue invoices", "periods": periods.join(" ")})
}

/// Returns the record of a payment, an act that no plan contains.
pub(in crate::sandbox) fn record_payment(invoice: &str) -> Value {
    json!({"act": "note payment", "invoice": invoice})
}

fn user_product_record(act: &str, user: &str, product: &str) -> Value {
    json!({"act": act, "user": user, "product": product})
}

fn record_user_update(before: &Profile, after: &Profile) -> Value {
    json!({
        "act": "update user", "user": before.email.as_str(),
        "before": profile_value(before), "after": profile_value(after),
    })
}

fn record_group_update(before: &GroupFacts, after: &GroupFacts) -> Value {
    json!({
        "act": "update group", "group": before.name.as_str(),
        "before": facts_value(before), "after": facts_value(after),
    })
}

fn record_exception(
    user: &Email,
    product: &ProductId,
    before: Option<UserException>,
    after: Option<UserException>,
) -> Value {
    json!({
        "act": "set exception", "user": user.as_str(), "product": product.as_str(),
        "before": before.map(exception_word), "after": after.map(exception_word),
    })
}

fn record_list(group: &GroupName, before: &FlatSet<ProductId>, after: &FlatSet<ProductId>) -> Value {
    json!({
        "act": "set list", "group": group.as_str(),
        "before": list_value(before), "after": list_value(after),
    })
}

fn record_default(
    country: CountryCode,
    before: Option<AccessSetting>,
    after: Option<AccessSetting>,
) -> Value {
    json!({
        "act": "set default", "country": country.as_str(),
        "before": before.map(AccessSetting::as_str), "after": after.map(AccessSetting::as_str),
    })
}

fn record_restriction(
    product: &ProductId,
    area: &Area,
    before: Option<AccessSetting>,
    after: Option<AccessSetting>,
) -> Value {
    json!({
        "act": "set restriction", "product": product.as_str(), "country": area_code(area),
        "before": before.map(AccessSetting::as_str), "after": after.map(AccessSetting::as_str),
    })
}

fn record_alert(
    product: &ProductId,
    country: CountryCode,
    before: Option<Alert>,
    after: Option<Alert>,
) -> Value {
    json!({
        "act": "set alert", "product": product.as_str(), "country": country.as_str(),
        "before": before.map(alert_value), "after": after.map(alert_value),
    })
}

fn checkout_words(checkout: &Checkout) -> String {
    format!("{} on {} until {}", checkout.product, checkout.machine, checkout.expires)
}

fn profile_value(profile: &Profile) -> Value {
    ProfileField::ALL.into_iter().map(|field| (field.name(), field.text(profile))).collect()
}

fn facts_value(facts: &GroupFacts) -> Value {
    let GroupFacts { name, kind, country, description } = facts;
    json!({
        "name": name.as_str(), "kind": kind.as_str(),
        "country": country.as_ref().map(|country| country.as_str()), "description": &**description,
    })
}

fn list_value(list: &FlatSet<ProductId>) -> Vec<&str> {
    list.keys().map(ProductId::as_str).collect()
}

fn alert_value(alert: Alert) -> Value {
    json!({"above": alert.above, "sign_in_required": alert.sign_in_required})
}

fn exception_word(exception: UserException) -> &'static str {
    match exception {
        UserException::Allow => "allow",
        UserException::Deny => "deny",
    }
}
