//! Decodes lists of grants: each is a bare name, or a mapping with dates and a reason.

use super::super::problem::{Problem, ProblemCode};
use super::super::yaml::{YamlChildren, YamlNodeRef, YamlShape};
use super::super::{Grant, GrantStanding, GrantTerms};
use super::{PolicyDecoder, fields};
use crate::model::{BundleName, Email, FlatMap, GroupName, NameError, ProductId, RoleId};

/// A kind of name that can be granted.
pub(super) trait Grantable: Ord + Sized {
    /// The key that holds the name in a mapping.
    const KEY: &'static str;

    /// Parses `word`. A kind of name that is repeated often is parsed once for each file.
    fn parse<'a>(decoder: &mut PolicyDecoder<'a>, word: &'a str) -> Result<Self, NameError>;
}

macro_rules! grantable {
    ($($kind:ident $key:literal $seen:ident;)*) => {$(
        impl Grantable for $kind {
            const KEY: &'static str = $key;

            fn parse<'a>(decoder: &mut PolicyDecoder<'a>, word: &'a str) -> Result<Self, NameError> {
                let names = decoder.names;
                decoder.$seen.entry(word).or_insert_with(|| Self::parse(word, names)).clone()
            }
        }
    )*};
}

grantable! {
    RoleId "role" roles;
    GroupName "group" groups;
    ProductId "product" products;
}

impl Grantable for Email {
    const KEY: &'static str = "user";

    fn parse<'a>(_: &mut PolicyDecoder<'a>, word: &'a str) -> Result<Self, NameError> {
        // An address is looked up once and dropped, so there is nothing to share.
        Self::new(word)
    }
}

impl Grantable for BundleName {
    const KEY: &'static str = "bundle";

    fn parse<'a>(decoder: &mut PolicyDecoder<'a>, word: &'a str) -> Result<Self, NameError> {
        Self::parse(word, decoder.names)
    }
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes a list of grants by name. A name that occurs several times holds where one of its grants
    /// holds.
    pub(super) fn grants<K: Grantable>(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
    ) -> Option<FlatMap<K, Grant>> {
        let items = self.items(view, what)?;
        Some(merge_grants(self.each_grant(items, what)))
    }

    /// Decodes the grants of a list in their order, including repeated names.
    pub(super) fn each_grant<K: Grantable>(
        &mut self,
        items: YamlChildren<'a>,
        what: &str,
    ) -> Vec<(K, Grant)> {
        let mut grants = Vec::with_capacity(items.count());
        grants.extend(items.filter_map(|item| self.grant(item, what)));
        grants
    }

    fn grant<K: Grantable>(&mut self, item: YamlNodeRef<'a>, what: &str) -> Option<(K, Grant)> {
        match item.shape() {
            YamlShape::Scalar(word, _) => Some((
                self.parse_name(item, word)?,
                Grant { place: self.place(item), standing: GrantStanding::Holds, terms: None },
            )),
            YamlShape::Mapping(_) => self.dated_grant(item, what),
            YamlShape::Null | YamlShape::Sequence(_) | YamlShape::Broken => {
                self.report_wrong_type(
                    item,
                    &format!("an entry of {what}"),
                    &format!("a name, or a mapping with `{}`", K::KEY),
                );
                None
            }
        }
    }

    /// Decodes a single name of the kind `K`.
    pub(super) fn name<K: Grantable>(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<K> {
        let (word, _) = self.scalar(view, what, "a name")?;
        self.parse_name(view, word)
    }

    fn parse_name<K: Grantable>(&mut self, view: YamlNodeRef<'a>, word: &'a str) -> Option<K> {
        K::parse(self, word).map_err(|error| self.report_bad_name(view, word, error)).ok()
    }

    fn dated_grant<K: Grantable>(&mut self, item: YamlNodeRef<'a>, what: &str) -> Option<(K, Grant)> {
        let mut named = None;
        let mut terms = GrantTerms::default();
        let mut until = None;
        let mut fields = self.fields(item, what);
        while let Some(field) = fields.next(self) {
            match field.name {
                "from" => terms.from = self.date(field.value, "`from`"),
                "until" => {
                    terms.until = self.date(field.value, "`until`");
                    until = Some(field.value);
                }
                "reason" => terms.reason = self.text(field.value, "`reason`"),
                key if key == K::KEY => named = Some(field.value),
                _ => {
                    let known: Vec<&str> =
                        std::iter::once(K::KEY).chain(fields::TERMS.iter().copied()).collect();
                    self.report_unknown_field(field, &known);
                }
            }
        }
        if let (Some(from), Some(last), Some(until)) = (terms.from, terms.until, until)
            && last < from
        {
            self.report_problem(
                ProblemCode::DatesReversed,
                until,
                format!("`until: {last}` is before `from: {from}`"),
                "exchange them, or remove the entry",
            );
        }
        let Some(named) = named else {
            let place = self.place(item);
            self.report(
                Problem::new(ProblemCode::EmptyGrant, place, format!("an entry of {what} names nothing"))
                    .help(format!("add `{}: …`", K::KEY)),
            );
            return None;
        };
        let grant = Grant {
            place: self.place(named),
            standing: terms.standing(self.as_of),
            terms: Some(Box::new(terms)),
        };
        Some((self.name(named, what)?, grant))
    }
}

/// Keeps one grant for each name: the first that holds, else the first.
pub(crate) fn merge_grants<K: Ord>(mut grants: Vec<(K, Grant)>) -> FlatMap<K, Grant> {
    if !grants.is_sorted_by(|a, b| a.0 < b.0) {
        grants.sort_by(|a, b| a.0.cmp(&b.0));
        grants.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same && later.1.holds() && !first.1.holds() {
                std::mem::swap(&mut later.1, &mut first.1);
            }
            same
        });
    }
    FlatMap::from_sorted(grants)
}
