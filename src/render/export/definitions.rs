//! Exports `products.yaml`, `roles.yaml`, and `groups.yaml` or `groups/*.yaml`.

use std::collections::BTreeMap;

use super::{ExportContents, ExportFolder, IdentityPins, header};
use crate::model::{Group, GroupKind, GroupName, Money, Product, ProductId};
use crate::policy::{Relation, is_declarable_line, is_declarable_text};
use crate::render::yaml;

/// The most groups in one file.
const GROUPS_A_FILE: usize = 200;
/// The fewest groups with the same leading name part that get a file of their own.
const LEAST_FAMILY: usize = 8;

/// Writes the catalogue of products.
///
/// An entry needs the organization's product number. A product without a number is known to the organization
/// and needs no entry.
pub(super) fn products(exported: &ExportContents<'_>) -> Option<String> {
    let catalogue = exported.catalogue();
    let known = &exported.snapshot.facts.products;
    let entry = |id: &&ProductId| match known.get(*id).and_then(|product| Some((product, product.number?))) {
        Some((product, number)) => {
            format!("  {}: {}\n", yaml::scalar(id.as_str()), fields(id, product, number))
        }
        None => yaml::comment(
            2,
            &format!("{id}: the organization gives no number for it, so it stands in no catalogue"),
        ),
    };
    let entries: String = catalogue.iter().map(entry).collect();
    let key = if entries.lines().all(|line| line.trim_start().starts_with('#')) {
        "products: {}"
    } else {
        "products:"
    };
    let text =
        "The catalogue: names for what the organization calls by number. It creates and deletes nothing.";
    (!entries.is_empty()).then(|| format!("{}\n{key}\n{entries}", header(0, text)))
}

fn fields(id: &ProductId, product: &Product, number: u32) -> String {
    let name = if is_declarable_line(&product.name) { &*product.name } else { id.as_str() };
    let fields = [
        Some(format!("number: {number}")),
        product.feature.as_deref().map(|feature| format!("feature: {}", yaml::scalar(feature))),
        Some(format!("name: {}", yaml::scalar(name))),
        Some(format!("licence: {}", product.licence.as_str())),
        product.list_price.as_ref().map(|price| format!("list_price: {}", amount(price))),
    ];
    format!("{{{}}}", fields.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Writes a price.
///
/// `6000 EUR` is a string to every YAML reader and reads better without quotes; a currency that is not a code
/// is quoted.
fn amount(price: &Money) -> String {
    let text = price.to_string();
    if price.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        text
    } else {
        yaml::scalar(&text).into_owned()
    }
}

/// Writes the custom roles.
pub(super) fn roles(exported: &ExportContents<'_>) -> Option<String> {
    let entries: String = exported
        .custom_roles
        .iter()
        .map(|role| yaml::scalar(role.as_str()))
        .map(|role| format!("  {role}: {{name: {role}}}\n"))
        .collect();
    (!entries.is_empty()).then(|| {
        format!(
            "{}\nroles:\n{entries}",
            header(0, "Custom roles of the organization; the portal's own need no entry.")
        )
    })
}

/// Groups with their names, in order.
type NamedGroups<'s> = Vec<(&'s GroupName, &'s Group)>;

/// Writes the groups to one file or, where the groups are many, to one file for each family of names.
pub(super) fn groups(exported: &ExportContents<'_>) -> ExportFolder {
    let groups: NamedGroups<'_> = exported.organization().groups.iter().collect();
    if groups.is_empty() {
        let text = format!("{}\ngroups: {{}}\n", header(0, "The organization has no groups."));
        return exported
            .is_read(Relation::Groups)
            .then(|| ("groups.yaml".to_owned(), text))
            .into_iter()
            .collect();
    }
    if groups.len() <= GROUPS_A_FILE {
        return [("groups.yaml".to_owned(), file(exported.pins, 0, "Groups", &groups))].into();
    }
    let mut folder = ExportFolder::new();
    split_groups(exported.pins, "", 1, groups, &mut folder);
    folder
}

/// Splits `groups`, whose names share the parts of `stem`, by one more part of their names.
fn split_groups(
    pins: &IdentityPins,
    stem: &str,
    parts: usize,
    groups: NamedGroups<'_>,
    folder: &mut ExportFolder,
) {
    let mut families: BTreeMap<String, NamedGroups<'_>> = BTreeMap::new();
    for (name, group) in groups {
        families.entry(family(name.as_str(), parts)).or_default().push((name, group));
    }
    let (large, small): (BTreeMap<_, _>, BTreeMap<_, _>) =
        families.into_iter().partition(|(family, groups)| groups.len() >= LEAST_FAMILY && family != stem);
    for (family, groups) in large {
        if groups.len() > GROUPS_A_FILE && parts < PARTS {
            split_groups(pins, &family, parts + 1, groups, folder);
        } else {
            put_groups(pins, &family, &format!("Groups named {family}…"), &groups, folder);
        }
    }
    let mut others: NamedGroups<'_> = small.into_values().flatten().collect();
    others.sort_by_key(|(name, _)| *name);
    let (path, title) = match stem {
        "" => (OTHERS.to_owned(), "Groups with various names".to_owned()),
        stem => (format!("{stem}-{OTHERS}"), format!("Other groups named {stem}…")),
    };
    put_groups(pins, &path, &title, &others, folder);
}

/// The file of the groups without a family.
const OTHERS: &str = "others";
/// The most leading parts by which names are split.
const PARTS: usize = 3;

/// Returns the leading parts of a name in a form that suits a file name.
fn family(name: &str, parts: usize) -> String {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.take(parts).collect::<Vec<_>>().join("-").chars().take(60).collect()
}

/// Writes `groups` to one file, or to several where one file would be too long.
fn put_groups(
    pins: &IdentityPins,
    path: &str,
    title: &str,
    groups: &[(&GroupName, &Group)],
    folder: &mut ExportFolder,
) {
    let number =
        |at: usize| if groups.len() <= GROUPS_A_FILE { String::new() } else { format!("-part{}", at + 1) };
    for (at, part) in groups.chunks(GROUPS_A_FILE).enumerate() {
        let text = file(pins, 1, title, part);
        let mut path = format!("groups/{path}{}.yaml", number(at));
        // A family can be named `others`, too.
        while folder.contains_key(&path) {
            path.insert_str("groups/".len(), "more-");
        }
        folder.insert(path, text);
    }
}

fn file(pins: &IdentityPins, depth: usize, title: &str, groups: &[(&GroupName, &Group)]) -> String {
    let entries: String = groups.iter().map(|(name, group)| entry(pins, name, group)).collect();
    let text = format!("{title}. Who is in a group stands with the users.");
    format!("{}\ngroups:\n{entries}", header(depth, &text))
}

fn entry(pins: &IdentityPins, name: &GroupName, group: &Group) -> String {
    let mut out = format!("  {}:\n", yaml::scalar(name.as_str()));
    out += &pins.line(group.id.as_ref()).unwrap_or_default();
    out += &format!("    kind: {}\n", group.facts.kind.as_str());
    if let Some(country) = group.facts.country {
        out += &format!("    country: {}\n", yaml::scalar(country.as_str()));
    }
    if !group.facts.description.is_empty() {
        // Line breaks of Windows and of others are the same to a policy.
        let text = group.facts.description.replace("\r\n", "\n").replace('\r', "\n");
        out += &if is_declarable_text(&text) {
            format!("    description: {}\n", yaml::scalar(&text))
        } else {
            yaml::comment(4, "the description has control characters, and is left out")
        };
    }
    let products = group.products.keys().map(|product| product.as_str());
    match (group.facts.kind, group.products.is_empty()) {
        (_, true) => {}
        (GroupKind::Entitlement, false) => out += &yaml::list(4, "products", products),
        (GroupKind::Allocation | GroupKind::Other, false) => {
            let listed = products.collect::<Vec<_>>().join(", ");
            out += &yaml::comment(
                4,
                &format!(
                    "a list on a group that is not for entitlement has no effect and is left out: {listed}"
                ),
            );
        }
    }
    out
}
