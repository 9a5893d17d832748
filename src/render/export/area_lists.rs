//! Exports `restrictions.yaml`, `alerts.yaml` and `contacts.yaml`.

use super::{ExportContents, header};
use crate::model::{AccessSetting, Area, Contact, ProductId};
use crate::policy::Relation;
use crate::render::yaml;

/// Writes the defaults of countries and the settings of products.
pub(super) fn restrictions(exported: &ExportContents<'_>) -> Option<String> {
    let organization = exported.organization();
    let defaults = organization.defaults.iter().map(|(country, setting)| {
        format!("  - {{country: {}, default: {}}}\n", yaml::scalar(country.as_str()), setting.as_str())
    });
    let settings = organization.restrictions.iter().map(|((product, area), setting)| {
        let allow = allow_word(exported, product, *setting);
        format!(
            "  - {{product: {}{}, allow: {allow}}}\n",
            yaml::scalar(product.as_str()),
            country_field(*area)
        )
    });
    let entries: String = defaults.chain(settings).collect();
    let text = "Who may start a product where no assignment and no group list says otherwise.\n\
                everyone | selected (only by an assignment or a group list) | nobody. The entry for a \
                country wins over the one without.";
    list_file(exported.is_read(Relation::Restrictions), "restrictions", text, &entries)
}

/// Returns the policy's word for a setting.
///
/// `selected` and `nobody` are the same live setting: the word is `selected` where somebody may start the
/// product.
fn allow_word(exported: &ExportContents<'_>, product: &ProductId, setting: AccessSetting) -> &'static str {
    match setting {
        AccessSetting::Everyone => "everyone",
        AccessSetting::Nobody if exported.named.contains(product) => "selected",
        AccessSetting::Nobody => "nobody",
    }
}

fn country_field(area: Area) -> String {
    match area {
        Area::Everywhere => String::new(),
        Area::Country(country) => format!(", country: {}", yaml::scalar(country.as_str())),
    }
}

/// Writes the alert thresholds.
pub(super) fn alerts(exported: &ExportContents<'_>) -> Option<String> {
    let alerts = exported.organization().alerts.iter();
    let entries: String = alerts
        .map(|((product, country), alert)| {
            let (product, country) = (yaml::scalar(product.as_str()), yaml::scalar(country.as_str()));
            format!(
                "  - {{product: {product}, country: {country}, above: {}, sign_in_required: {}}}\n",
                alert.above, alert.sign_in_required
            )
        })
        .collect();
    let text = "Alerts count users and tell; they never block anybody, and the invoice counts machines.";
    list_file(exported.is_read(Relation::Alerts), "alerts", text, &entries)
}

/// Writes the fulfilment contacts.
pub(super) fn contacts(exported: &ExportContents<'_>) -> Option<String> {
    let country = |area: Area| match area {
        Area::Everywhere => "global".to_owned(),
        Area::Country(country) => yaml::scalar(country.as_str()).into_owned(),
    };
    let entry = |contact: &Contact| {
        let (email, country) = (yaml::scalar(contact.email.as_str()), country(contact.area));
        format!("  - {{email: {email}, country: {country}}}\n")
    };
    let entries: String = exported.organization().contacts.iter().map(entry).collect();
    // An empty list of contacts is a problem of the policy: an account has at least one contact.
    let is_written = exported.is_read(Relation::Contacts) && !entries.is_empty();
    let text = "Fulfilment contacts get renewals and invoices: 1 to 10 of them.";
    list_file(is_written, "contacts", text, &entries)
}

/// Writes a file with one list; `None` where the section was not read. An empty list is written as such.
fn list_file(is_read: bool, key: &str, text: &str, entries: &str) -> Option<String> {
    let list = if entries.is_empty() { format!("{key}: []\n") } else { format!("{key}:\n{entries}") };
    is_read.then(|| format!("{}\n{list}", header(0, text)))
}
