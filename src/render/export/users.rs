//! Exports `users/<country>.yaml`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{ExportContents, ExportFolder, header};
use crate::model::{COUNTRIES, CountryCode, Email, User, UserException, UserState};
use crate::object::profile::ProfileField;
use crate::policy::{Relation, is_declarable_line};
use crate::render::yaml;

/// Writes one file for each country; the country is the default of the file's users.
pub(super) fn users(exported: &ExportContents<'_>) -> ExportFolder {
    if exported.users.is_empty() {
        let text = format!("{}\nusers: {{}}\n", header(0, "Nobody in the organization can be declared."));
        return exported
            .is_read(Relation::Users)
            .then(|| ("users.yaml".to_owned(), text))
            .into_iter()
            .collect();
    }
    let mut countries: BTreeMap<CountryCode, Vec<(&Email, &User)>> = BTreeMap::new();
    for (email, user) in &exported.users {
        countries.entry(user.profile.country).or_default().push((email, user));
    }
    countries.into_iter().map(|(country, users)| (path(country), file(exported, country, &users))).collect()
}

fn path(country: CountryCode) -> String {
    if country == CountryCode::UNKNOWN {
        "users/unknown.yaml".to_owned()
    } else {
        format!("users/{}.yaml", country.as_str().to_lowercase())
    }
}

fn name_of(country: CountryCode) -> &'static str {
    COUNTRIES.iter().find(|(code, _)| *code == country.as_str()).map_or("this country", |(_, name)| name)
}

fn file(exported: &ExportContents<'_>, country: CountryCode, users: &[(&Email, &User)]) -> String {
    let land = if country == CountryCode::UNKNOWN { "no country that is known" } else { name_of(country) };
    let mut out = header(
        1,
        &format!("People in {land}: their roles, groups and products. A user's memberships stand here."),
    );
    // Writing to a string cannot fail.
    // A country that the organization does not report is left out, so that the policy leaves the country
    // unchanged.
    let defaults = if country == CountryCode::UNKNOWN {
        String::new()
    } else {
        format!("\ndefaults: {{country: {}}}\n", yaml::scalar(country.as_str()))
    };
    let _ = write!(out, "{defaults}\nusers:\n");
    for (email, user) in users {
        out += &entry(exported, email, user);
    }
    out
}

fn entry(exported: &ExportContents<'_>, email: &Email, user: &User) -> String {
    let products = exported.products_of(user);
    let mut fields = exported.pins.line(user.id.as_ref()).unwrap_or_default();
    // The address is the user's key, and the country the default of the file.
    let own = [ProfileField::Email, ProfileField::Country];
    for field in ProfileField::ALL.into_iter().filter(|field| !own.contains(field)) {
        // A value that the organization does not have is left out, so that the policy leaves it unchanged.
        if let Some(text) = field.text(&user.profile).filter(|text| !text.is_empty()) {
            fields += &if is_declarable_line(text) {
                format!("    {}: {}\n", field.name(), yaml::scalar(text))
            } else {
                yaml::comment(4, &format!("{}: no text of one line, and left out", field.name()))
            };
        }
    }
    if user.state == UserState::Locked {
        fields += "    state: locked\n";
    }
    let groups = user.groups.keys().filter(|group| exported.knows_group(group)).map(|group| group.as_str());
    let denied = user
        .exceptions
        .iter()
        .filter(|(product, exception)| !is_allow(**exception) && !products.contains(product));
    fields += &filled_list("roles", user.roles.keys().map(|role| role.as_str()).collect());
    fields += &filled_list("groups", groups.collect());
    fields += &filled_list("products", products.iter().map(|product| product.as_str()).collect());
    fields += &filled_list("deny", denied.map(|(product, _)| product.as_str()).collect());
    fields += &unsayable_comments(exported, user);
    let key = yaml::scalar(email.as_str());
    if fields.lines().all(|line| line.trim_start().starts_with('#')) {
        format!("  {key}: {{}}\n{fields}")
    } else {
        format!("  {key}:\n{fields}")
    }
}

fn filled_list(key: &str, items: Vec<&str>) -> String {
    if items.is_empty() { String::new() } else { yaml::list(4, key, items) }
}

/// Describes in comments what the user has and no policy can express.
fn unsayable_comments(exported: &ExportContents<'_>, user: &User) -> String {
    let facts = &exported.snapshot.facts;
    let mut out = String::new();
    let mut say = |text: String| out += &yaml::comment(4, &text);
    for (product, exception) in user.exceptions.iter() {
        if is_allow(*exception) && facts.is_named(product) {
            say(format!(
                "{product} is licensed by name, and also allowed by an exception: not expressible, left out"
            ));
        }
        if !is_allow(*exception) && user.licences.has(product) {
            say(format!(
                "{product} is licensed by name, and also denied (without effect): not expressible, left out"
            ));
        }
    }
    for product in user.licences.keys().filter(|product| !facts.is_named(product)) {
        say(format!(
            "a named licence of {product}, which is not licensed by name: not expressible, left out"
        ));
    }
    out
}

/// Returns whether the exception allows the product.
pub(super) fn is_allow(exception: UserException) -> bool {
    match exception {
        UserException::Allow => true,
        UserException::Deny => false,
    }
}
