//! The audit log's record of an act: one flat JSON object, so that the log can be read without this program.

use serde_json::{Value, json};

use super::write_transaction::{area_code, contact_words};
use crate::change::{Change, Edit};
use crate::model::{Alert, Checkout, FlatSet, GroupFacts, ProductId, Profile, UserException, UserState};
use crate::object::profile::ProfileField;
use crate::plan::Act;
use crate::usage::Period;

/// Returns the act as a JSON object; its field `act` names the kind of act.
pub(in crate::sandbox) fn record_act(act: &Act) -> Value {
    match act {
        Act::Change(change) => record_change(change),
        Act::SwapAllocation { user, from, to } => {
            json!({"act": "swap allocation", "user": user.as_str(), "from": from.as_str(), "to": to.as_str()})
        }
        Act::SetList { group, before, after } => json!({
            "act": "set list", "group": group.as_str(),
            "before": list_value(before), "after": list_value(after),
        }),
    }
}

fn record_change(change: &Change) -> Value {
    match change {
        Change::User { user, edit } => {
            let verbs = ["invite", "update user", "remove user"];
            record_object(verbs, ("user", user.as_str()), edit, profile_value)
        }
        Change::State { user, before, after } => record_state(user.as_str(), *before, *after),
        Change::Group { group, edit } => {
            let verbs = ["create group", "update group", "delete group"];
            record_object(verbs, ("group", group.as_str()), edit, facts_value)
        }
        Change::Membership { group, user, edit } => {
            let act = if edit.after().is_some() { "join" } else { "leave" };
            json!({"act": act, "user": user.as_str(), "group": group.as_str()})
        }
        Change::Role { user, role, edit } => {
            let act = if edit.after().is_some() { "grant role" } else { "revoke role" };
            json!({"act": act, "user": user.as_str(), "role": role.as_str()})
        }
        Change::Exception { user, product, edit } => {
            let names = json!({"act": "set exception", "user": user.as_str(), "product": product.as_str()});
            record_setting(names, edit, |exception| exception_word(*exception).into())
        }
        Change::Licence { user, product, edit } => {
            let act = if edit.after().is_some() { "assign licence" } else { "release licence" };
            user_product_record(act, user.as_str(), product.as_str())
        }
        Change::Checkout { user, checkout } => checkout_record("end checkout", user.as_str(), checkout),
        Change::Listing { group, product, edit } => {
            let act = if edit.after().is_some() { "list product" } else { "unlist product" };
            json!({"act": act, "group": group.as_str(), "product": product.as_str()})
        }
        Change::Default { country, edit } => {
            let names = json!({"act": "set default", "country": country.as_str()});
            record_setting(names, edit, |setting| setting.as_str().into())
        }
        Change::Restriction { product, area, edit } => {
            let country = area_code(area);
            let names = json!({"act": "set restriction", "product": product.as_str(), "country": country});
            record_setting(names, edit, |setting| setting.as_str().into())
        }
        Change::Alert { product, country, edit } => {
            let names = json!({"act": "set alert", "product": product.as_str(), "country": country.as_str()});
            record_setting(names, edit, alert_value)
        }
        Change::Contact { edit } => match edit {
            Edit::Create(contact) => json!({"act": "add contact", "contact": contact_words(contact)}),
            Edit::Update { before, after } => json!({
                "act": "replace contact", "from": contact_words(before), "to": contact_words(after),
            }),
            Edit::Delete(contact) => json!({"act": "remove contact", "contact": contact_words(contact)}),
        },
    }
}

fn record_state(user: &str, before: UserState, after: UserState) -> Value {
    match (before, after) {
        (_, UserState::Locked) => json!({"act": "lock", "user": user, "before": before.as_str()}),
        (UserState::Pending, _) => json!({"act": "approve", "user": user}),
        (UserState::Invited | UserState::Active | UserState::Locked, _) => {
            json!({"act": "unlock", "user": user})
        }
    }
}

/// Returns the record of a licence checkout, an act that no plan contains.
pub(in crate::sandbox) fn record_check_out(user: &str, checkout: &Checkout) -> Value {
    checkout_record("check out", user, checkout)
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

/// Records what becomes of an object, a `user` or a `group`; `verbs` are those for creating, updating and
/// deleting it.
fn record_object<T>(
    verbs: [&str; 3],
    (noun, name): (&str, &str),
    edit: &Edit<T>,
    value: fn(&T) -> Value,
) -> Value {
    let [create, update, delete] = verbs;
    let act = match edit {
        Edit::Create(_) => create,
        Edit::Update { .. } => update,
        Edit::Delete(_) => delete,
    };
    let mut record = json!({"act": act, noun: name});
    for (side, known) in [("before", edit.before()), ("after", edit.after())] {
        if let Some(known) = known {
            record[side] = value(known);
        }
    }
    record
}

/// Adds the value of a setting before and after to `record`; one that is not set is `null`.
fn record_setting<T>(mut record: Value, edit: &Edit<T>, value: fn(&T) -> Value) -> Value {
    record["before"] = edit.before().map(value).into();
    record["after"] = edit.after().map(value).into();
    record
}

fn checkout_record(act: &str, user: &str, checkout: &Checkout) -> Value {
    let Checkout { product, machine, expires } = checkout;
    user_product_record(act, user, &format!("{product} on {machine} until {expires}"))
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

fn alert_value(alert: &Alert) -> Value {
    json!({"above": alert.above, "sign_in_required": alert.sign_in_required})
}

fn exception_word(exception: UserException) -> &'static str {
    match exception {
        UserException::Allow => "allow",
        UserException::Deny => "deny",
    }
}
