//! Edits that seatwise itself makes to policy documents. Not a byte changes outside the edited place.
//!
//! An edit replaces a range of the text, located by the places of the parsed tree. The edited text is
//! returned only where parsing it again gives a well-formed document with the requested change. Whether the
//! whole policy then means what was intended is for the loader to check.

use super::yaml::{YamlBudget, YamlNodeBuffer, YamlNodeRef, YamlShape, parse_yaml};
use crate::model::{CountryCode, Email, ProductId};

/// A change that seatwise writes into a policy document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amendment {
    /// Closes a product in a country to everyone but selected users.
    Restrict(ProductId, CountryCode),
    /// Stops granting a product to a person by name.
    Revoke(Email, ProductId),
    /// Denies a product to a person by name.
    Deny(Email, ProductId),
}

/// A byte range of the text, and the text that replaces it.
#[derive(Debug)]
struct TextReplacement {
    from: usize,
    to: usize,
    text: String,
}

/// Returns `text`, which is one file of a policy, with `amendment` applied; `None` where the file has no
/// place for the amendment that can be edited safely.
pub fn amend_document(text: &str, amendment: &Amendment) -> Option<String> {
    let mut room = YamlNodeBuffer::default();
    let (tree, problems) = parse_yaml(text, 0, &YamlBudget::POLICY, &mut room);
    let root = tree.as_ref().filter(|_| problems.is_empty())?.root();
    let TextReplacement { from, to, text: new } = match amendment {
        Amendment::Restrict(product, country) => restrict_product(text, root, product, *country)?,
        Amendment::Revoke(user, product) => {
            revoke_product(text, value_of_key(user_of(root, user)?, "products")?, product)?
        }
        Amendment::Deny(user, product) => deny_product(text, user_of(root, user)?, product)?,
    };
    let amended = [&text[..from], &new, &text[to..]].concat();
    has_amendment(&amended, amendment).then_some(amended)
}

/// Whether `text` is well-formed and contains `amendment`.
fn has_amendment(text: &str, amendment: &Amendment) -> bool {
    let mut room = YamlNodeBuffer::default();
    let (tree, problems) = parse_yaml(text, 0, &YamlBudget::POLICY, &mut room);
    let Some(root) = tree.as_ref().filter(|_| problems.is_empty()).map(super::yaml::YamlTree::root) else {
        return false;
    };
    match amendment {
        Amendment::Restrict(product, country) => {
            let entry = value_of_key(root, "restrictions")
                .and_then(|list| find_restriction(list, product, Some(*country)));
            entry
                .and_then(|entry| value_of_key(entry, "allow"))
                .is_some_and(|allow| is_word(allow, "selected"))
        }
        Amendment::Revoke(user, product) => user_of(root, user)
            .and_then(|user| value_of_key(user, "products"))
            .is_some_and(|list| find_item(list, product).is_none()),
        Amendment::Deny(user, product) => user_of(root, user)
            .and_then(|user| value_of_key(user, "deny"))
            .is_some_and(|list| find_item(list, product).is_some()),
    }
}

fn restrict_product(
    text: &str,
    root: YamlNodeRef<'_>,
    product: &ProductId,
    country: CountryCode,
) -> Option<TextReplacement> {
    let entry =
        format!("{{product: {}, country: {country}, allow: selected}}", name_as_yaml(product.as_str()));
    let Some(list) = value_of_key(root, "restrictions") else {
        // At the end of the file, where nothing follows that could belong to the new key.
        let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
        let new = format!("{gap}restrictions:\n  - {entry}\n");
        return Some(TextReplacement { from: text.len(), to: text.len(), text: match_line_ends(text, &new) });
    };
    match find_restriction(list, product, Some(country)) {
        Some(there) => {
            let (from, to) = text_range(value_of_key(there, "allow")?);
            Some(TextReplacement { from, to, text: "selected".to_owned() })
        }
        None => append_item(text, list, &entry),
    }
}

fn deny_product(text: &str, user: YamlNodeRef<'_>, product: &ProductId) -> Option<TextReplacement> {
    let product = name_as_yaml(product.as_str());
    match value_of_key(user, "deny") {
        Some(list) => append_item(text, list, &product),
        None => append_key(text, user, &format!("deny: [{product}]")),
    }
}

/// Removes the item from a list, together with its whole line where the item has a line of its own.
fn revoke_product(text: &str, list: YamlNodeRef<'_>, product: &ProductId) -> Option<TextReplacement> {
    let YamlShape::Sequence(items) = list.shape() else { return None };
    let items: Vec<YamlNodeRef<'_>> = items.collect();
    let at = items.iter().position(|item| is_grant_of(*item, product))?;
    let ((from, to), is_only) = (text_range(items[at]), items.len() == 1);
    let cut = |from, to, text: &str| Some(TextReplacement { from, to, text: text.to_owned() });
    if list.is_block() {
        let (dash, line_end) = (text[..from].rfind('-')?, to + text[to..].find('\n')?);
        let line = text[..dash].rfind('\n')? + 1;
        let colon = text[..dash].trim_end().len();
        // An emptied list stays as `[]`: it still declares all that is granted by name, which is nothing.
        return if is_only { cut(colon, to, " []") } else { cut(line, line_end + 1, "") };
    }
    match (items.get(at + 1), at.checked_sub(1).map(|before| items[before])) {
        (Some(next), _) => cut(from, text_range(*next).0, ""),
        (None, Some(before)) => cut(text_range(before).1, to, ""),
        (None, None) => cut(from, to, ""),
    }
}

/// Adds an item at the end of a list.
fn append_item(text: &str, list: YamlNodeRef<'_>, item: &str) -> Option<TextReplacement> {
    let YamlShape::Sequence(items) = list.shape() else { return None };
    let items: Vec<YamlNodeRef<'_>> = items.collect();
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        let inside = text_range(list).0 + 1;
        return (!list.is_block()).then(|| TextReplacement {
            from: inside,
            to: inside,
            text: item.to_owned(),
        });
    };
    let end = text_range(*last).1;
    if !list.is_block() {
        return Some(TextReplacement { from: end, to: end, text: format!(", {item}") });
    }
    let dash = text[..text_range(*first).0].rfind('-')?;
    Some(insert_line_after(text, end, indent_of(text, dash)?, &format!("- {item}")))
}

/// Adds a key at the end of a mapping.
fn append_key(text: &str, mapping: YamlNodeRef<'_>, entry: &str) -> Option<TextReplacement> {
    let YamlShape::Mapping(nodes) = mapping.shape() else { return None };
    let nodes: Vec<YamlNodeRef<'_>> = nodes.collect();
    let (first, last) = (nodes.first()?, nodes.last()?);
    let end = text_range(*last).1;
    if !mapping.is_block() {
        return Some(TextReplacement { from: end, to: end, text: format!(", {entry}") });
    }
    Some(insert_line_after(text, end, indent_of(text, text_range(*first).0)?, entry))
}

/// Inserts a line after the one that contains byte `end`, indented by `indent` spaces.
fn insert_line_after(text: &str, end: usize, indent: usize, words: &str) -> TextReplacement {
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let line_end = if text[..line_end].ends_with('\r') { line_end - 1 } else { line_end };
    TextReplacement {
        from: line_end,
        to: line_end,
        text: match_line_ends(text, &format!("\n{}{words}", " ".repeat(indent))),
    }
}

/// Returns `new` with the line ends of `text`.
fn match_line_ends(text: &str, new: &str) -> String {
    if text.contains("\r\n") { new.replace('\n', "\r\n") } else { new.to_owned() }
}

/// Returns the column of byte `at`; `None` where anything but spaces precedes it on its line.
fn indent_of(text: &str, at: usize) -> Option<usize> {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].bytes().all(|byte| byte == b' ').then_some(at - line)
}

fn user_of<'a>(root: YamlNodeRef<'a>, email: &Email) -> Option<YamlNodeRef<'a>> {
    let YamlShape::Mapping(users) = value_of_key(root, "users")?.shape() else { return None };
    key_value_pairs(users).find_map(|(key, entry)| match key.shape() {
        YamlShape::Scalar(name, _) if Email::new(name).is_ok_and(|name| name == *email) => {
            editable_node(entry)
        }
        YamlShape::Scalar(..)
        | YamlShape::Null
        | YamlShape::Sequence(_)
        | YamlShape::Mapping(_)
        | YamlShape::Broken => None,
    })
}

/// Returns the value of a key; `None` where the value is an alias, whose text is elsewhere.
fn value_of_key<'a>(mapping: YamlNodeRef<'a>, key: &str) -> Option<YamlNodeRef<'a>> {
    let YamlShape::Mapping(nodes) = mapping.shape() else { return None };
    key_value_pairs(nodes).find_map(|(name, entry)| is_word(name, key).then(|| editable_node(entry))?)
}

/// Returns the node unless it is an alias: editing an alias's target would change every place that uses it.
fn editable_node(view: YamlNodeRef<'_>) -> Option<YamlNodeRef<'_>> {
    (!view.is_alias()).then_some(view)
}

fn key_value_pairs<'a>(
    nodes: impl Iterator<Item = YamlNodeRef<'a>>,
) -> impl Iterator<Item = (YamlNodeRef<'a>, YamlNodeRef<'a>)> {
    let mut nodes = nodes;
    std::iter::from_fn(move || Some((nodes.next()?, nodes.next()?)))
}

fn find_restriction<'a>(
    list: YamlNodeRef<'a>,
    product: &ProductId,
    country: Option<CountryCode>,
) -> Option<YamlNodeRef<'a>> {
    let YamlShape::Sequence(mut entries) = list.shape() else { return None };
    entries.find(|entry| {
        let of_product = value_of_key(*entry, "product").is_some_and(|name| is_word(name, product.as_str()));
        of_product
            && country.is_some_and(|country| {
                value_of_key(*entry, "country").is_some_and(|name| is_word(name, country.as_str()))
            })
    })
}

fn find_item<'a>(list: YamlNodeRef<'a>, product: &ProductId) -> Option<YamlNodeRef<'a>> {
    let YamlShape::Sequence(mut items) = list.shape() else { return None };
    items.find(|item| is_grant_of(*item, product))
}

/// Whether a grant is of `product`: the bare name, or a mapping that names the product.
fn is_grant_of(grant: YamlNodeRef<'_>, product: &ProductId) -> bool {
    is_word(grant, product.as_str())
        || value_of_key(grant, "product").is_some_and(|name| is_word(name, product.as_str()))
}

fn is_word(view: YamlNodeRef<'_>, word: &str) -> bool {
    match view.shape() {
        YamlShape::Scalar(found, _) => found == word,
        YamlShape::Null | YamlShape::Sequence(_) | YamlShape::Mapping(_) | YamlShape::Broken => false,
    }
}

/// Returns the byte offsets of the start and end of a node's text.
fn text_range(view: YamlNodeRef<'_>) -> (usize, usize) {
    let (from, to) = view.extent();
    (from as usize, to as usize)
}

/// Writes a name as YAML: plain where it cannot be mistaken for another kind of value, else in quotes.
fn name_as_yaml(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && !matches!(name.to_ascii_lowercase().as_str(), "null" | "true" | "false");
    if is_plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
