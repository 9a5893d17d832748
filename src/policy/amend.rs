//! Edits that seatwise itself makes of policy documents: byte for byte nothing changes outside the edited
//! place.
//!
//! An edit is cut and set in by the places of the parsed tree. It is only given out where the text, read
//! again, has what was asked for and is well-formed; whether the whole policy then says what is meant is for
//! the loader to see.

use super::yaml::{Budget, Room, Shape, View, parse};
use crate::model::{CountryCode, Email, ProductId};

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amendment {
    /// A product is closed in a country to all but those who are selected.
    Restrict(ProductId, CountryCode),
    /// A product is no longer granted to a person by name.
    Revoke(Email, ProductId),
    /// A product is denied to a person by name.
    Deny(Email, ProductId),
}

/// A stretch of the text that gives way to another one.
#[derive(Debug)]
struct Cut {
    from: usize,
    to: usize,
    text: String,
}

/// `text`, which is one file of a policy, amended; `None` where it has no place for it that can be edited
/// safely.
pub fn amend(text: &str, amendment: &Amendment) -> Option<String> {
    let mut room = Room::default();
    let (tree, problems) = parse(text, 0, &Budget::POLICY, &mut room);
    let root = tree.as_ref().filter(|_| problems.is_empty())?.root();
    let Cut { from, to, text: new } = match amendment {
        Amendment::Restrict(product, country) => restrict(text, root, product, *country)?,
        Amendment::Revoke(user, product) => revoke(text, value(user_of(root, user)?, "products")?, product)?,
        Amendment::Deny(user, product) => deny(text, user_of(root, user)?, product)?,
    };
    let amended = [&text[..from], &new, &text[to..]].concat();
    holds(&amended, amendment).then_some(amended)
}

/// Whether the text has what was asked for.
fn holds(text: &str, amendment: &Amendment) -> bool {
    let mut room = Room::default();
    let (tree, problems) = parse(text, 0, &Budget::POLICY, &mut room);
    let Some(root) = tree.as_ref().filter(|_| problems.is_empty()).map(super::yaml::Tree::root) else {
        return false;
    };
    match amendment {
        Amendment::Restrict(product, country) => {
            let entry =
                value(root, "restrictions").and_then(|list| restriction(list, product, Some(*country)));
            entry.and_then(|entry| value(entry, "allow")).is_some_and(|allow| is_word(allow, "selected"))
        }
        Amendment::Revoke(user, product) => user_of(root, user)
            .and_then(|user| value(user, "products"))
            .is_some_and(|list| item(list, product).is_none()),
        Amendment::Deny(user, product) => user_of(root, user)
            .and_then(|user| value(user, "deny"))
            .is_some_and(|list| item(list, product).is_some()),
    }
}

fn restrict(text: &str, root: View<'_>, product: &ProductId, country: CountryCode) -> Option<Cut> {
    let entry = format!("{{product: {}, country: {country}, allow: selected}}", word(product.as_str()));
    let Some(list) = value(root, "restrictions") else {
        // At the end, where nothing follows that it could be taken for a part of.
        let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
        let new = format!("{gap}restrictions:\n  - {entry}\n");
        return Some(Cut { from: text.len(), to: text.len(), text: ended_as(text, &new) });
    };
    match restriction(list, product, Some(country)) {
        Some(there) => {
            let (from, to) = ends(value(there, "allow")?);
            Some(Cut { from, to, text: "selected".to_owned() })
        }
        None => put(text, list, &entry),
    }
}

fn deny(text: &str, user: View<'_>, product: &ProductId) -> Option<Cut> {
    let product = word(product.as_str());
    match value(user, "deny") {
        Some(list) => put(text, list, &product),
        None => put_key(text, user, &format!("deny: [{product}]")),
    }
}

/// Takes the item out of a list, with what belongs to its line where it has one of its own.
fn revoke(text: &str, list: View<'_>, product: &ProductId) -> Option<Cut> {
    let Shape::Sequence(items) = list.shape() else { return None };
    let items: Vec<View<'_>> = items.collect();
    let at = items.iter().position(|one| names(*one, product))?;
    let ((from, to), is_only) = (ends(items[at]), items.len() == 1);
    let cut = |from, to, text: &str| Some(Cut { from, to, text: text.to_owned() });
    if list.is_block() {
        let (dash, line_end) = (text[..from].rfind('-')?, to + text[to..].find('\n')?);
        let line = text[..dash].rfind('\n')? + 1;
        let colon = text[..dash].trim_end().len();
        // An empty list is still the whole truth of what is granted by name.
        return if is_only { cut(colon, to, " []") } else { cut(line, line_end + 1, "") };
    }
    match (items.get(at + 1), at.checked_sub(1).map(|before| items[before])) {
        (Some(next), _) => cut(from, ends(*next).0, ""),
        (None, Some(before)) => cut(ends(before).1, to, ""),
        (None, None) => cut(from, to, ""),
    }
}

/// Adds an item to a list, as its last.
fn put(text: &str, list: View<'_>, item: &str) -> Option<Cut> {
    let Shape::Sequence(items) = list.shape() else { return None };
    let items: Vec<View<'_>> = items.collect();
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        let inside = ends(list).0 + 1;
        return (!list.is_block()).then(|| Cut { from: inside, to: inside, text: item.to_owned() });
    };
    let end = ends(*last).1;
    if !list.is_block() {
        return Some(Cut { from: end, to: end, text: format!(", {item}") });
    }
    let dash = text[..ends(*first).0].rfind('-')?;
    Some(new_line(text, end, column(text, dash)?, &format!("- {item}")))
}

/// Adds a key to a mapping, as its last.
fn put_key(text: &str, mapping: View<'_>, entry: &str) -> Option<Cut> {
    let Shape::Mapping(nodes) = mapping.shape() else { return None };
    let nodes: Vec<View<'_>> = nodes.collect();
    let (first, last) = (nodes.first()?, nodes.last()?);
    let end = ends(*last).1;
    if !mapping.is_block() {
        return Some(Cut { from: end, to: end, text: format!(", {entry}") });
    }
    Some(new_line(text, end, column(text, ends(*first).0)?, entry))
}

/// A line after the one that `end` lies in, as far in as `indent`.
fn new_line(text: &str, end: usize, indent: usize, words: &str) -> Cut {
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let line_end = if text[..line_end].ends_with('\r') { line_end - 1 } else { line_end };
    Cut { from: line_end, to: line_end, text: ended_as(text, &format!("\n{}{words}", " ".repeat(indent))) }
}

/// `new` with the line ends of `text`.
fn ended_as(text: &str, new: &str) -> String {
    if text.contains("\r\n") { new.replace('\n', "\r\n") } else { new.to_owned() }
}

/// How far in `at` is; `None` where something else than white space stands before it.
fn column(text: &str, at: usize) -> Option<usize> {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].bytes().all(|byte| byte == b' ').then_some(at - line)
}

fn user_of<'a>(root: View<'a>, email: &Email) -> Option<View<'a>> {
    let Shape::Mapping(users) = value(root, "users")?.shape() else { return None };
    pairs(users).find_map(|(key, entry)| match key.shape() {
        Shape::Scalar(name, _) if Email::new(name).is_ok_and(|name| name == *email) => own(entry),
        Shape::Scalar(..) | Shape::Null | Shape::Sequence(_) | Shape::Mapping(_) | Shape::Broken => None,
    })
}

/// What stands under a key, where it stands there and not elsewhere.
fn value<'a>(mapping: View<'a>, key: &str) -> Option<View<'a>> {
    let Shape::Mapping(nodes) = mapping.shape() else { return None };
    pairs(nodes).find_map(|(name, entry)| is_word(name, key).then(|| own(entry))?)
}

/// What an alias stands for is not to be edited: others stand for it as well.
fn own(view: View<'_>) -> Option<View<'_>> {
    (!view.is_alias()).then_some(view)
}

fn pairs<'a>(nodes: impl Iterator<Item = View<'a>>) -> impl Iterator<Item = (View<'a>, View<'a>)> {
    let mut nodes = nodes;
    std::iter::from_fn(move || Some((nodes.next()?, nodes.next()?)))
}

fn restriction<'a>(list: View<'a>, product: &ProductId, country: Option<CountryCode>) -> Option<View<'a>> {
    let Shape::Sequence(mut entries) = list.shape() else { return None };
    entries.find(|entry| {
        let of_product = value(*entry, "product").is_some_and(|name| is_word(name, product.as_str()));
        of_product
            && country.is_some_and(|country| {
                value(*entry, "country").is_some_and(|name| is_word(name, country.as_str()))
            })
    })
}

fn item<'a>(list: View<'a>, product: &ProductId) -> Option<View<'a>> {
    let Shape::Sequence(mut items) = list.shape() else { return None };
    items.find(|item| names(*item, product))
}

/// Whether a grant is of `product`: its bare name, or a mapping that has it.
fn names(grant: View<'_>, product: &ProductId) -> bool {
    is_word(grant, product.as_str())
        || value(grant, "product").is_some_and(|name| is_word(name, product.as_str()))
}

fn is_word(view: View<'_>, word: &str) -> bool {
    match view.shape() {
        Shape::Scalar(found, _) => found == word,
        Shape::Null | Shape::Sequence(_) | Shape::Mapping(_) | Shape::Broken => false,
    }
}

/// Where the text of a node begins and ends.
fn ends(view: View<'_>) -> (usize, usize) {
    let (from, to) = view.extent();
    (from as usize, to as usize)
}

/// A name as YAML: plain where nothing can be taken for anything else.
fn word(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && !matches!(name.to_ascii_lowercase().as_str(), "null" | "true" | "false");
    if is_plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
