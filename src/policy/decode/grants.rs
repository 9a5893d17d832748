//! Decodes lists of grants: each is a bare name, or a mapping with dates and a reason.

use super::super::problem::{Problem, ProblemCode};
use super::super::yaml::{YamlChildren, YamlNodeRef, YamlShape};
use super::super::{Grant, GrantStanding, GrantTerms};
use super::values::{DateSchema, EmailSchema, NameSchema, TextLineSchema};
use super::{KnownField, MappingField, ParsedNames, PolicyDecoder};
use crate::model::{BundleName, Date, Email, FlatMap, GroupName, Interner, NameError, ProductId, RoleId};

/// A kind of name that can be granted.
pub(super) trait Grantable: Ord + Sized {
    /// The key that holds the name in a mapping.
    const KEY: &'static str;

    /// Parses `word`. A kind of name that is repeated often is parsed once for each file.
    fn parse<'a>(decoder: &mut PolicyDecoder<'a>, word: &'a str) -> Result<Self, NameError>;

    /// Decodes one field of a mapping with dates and a reason.
    fn read_field<'a>(decoder: &mut PolicyDecoder<'a>, field: MappingField<'a>, draft: &mut GrantDraft<'a>);
}

/// The fields of a dated grant that are decoded so far.
#[derive(Default)]
pub(super) struct GrantDraft<'a> {
    named: Option<YamlNodeRef<'a>>,
    terms: GrantTerms,
    until: Option<YamlNodeRef<'a>>,
}

/// States what can be granted, and the mapping with dates and a reason that each has in common.
macro_rules! grants {
    ($(
        $(#[$doc:meta])*
        $grant:ident $title:literal { $bare:literal, $with_dates:literal }
        $dated:ident $dated_title:literal, fn $read:ident {
            $(#[$key_doc:meta])*
            $key:ident: $name:ident
        } for $granted:ty, |$decoder:ident, $word:ident| $parse:expr;
    )+) => {$(
        one_of! {
            $(#[$doc])*
            $grant $title { $bare Bare($name), $with_dates Dated($dated), }
        }

        mapping! {
            /// Holds from `from` to `until`, both days included.
            $dated $dated_title, fn $read(self, field, draft: &mut GrantDraft<'a>) {
                $(#[$key_doc])*
                required $key: $name => draft.named = Some(field.value),
                /// The first day on which it holds (UTC). Before it, it is as if the entry were not there.
                optional from: DateSchema => draft.terms.from = self.date(field.value, field.what),
                /// The last day on which it holds (UTC). After it, it is as if the entry were not there.
                optional until: DateSchema => {
                    draft.terms.until = self.date(field.value, field.what);
                    draft.until = Some(field.value);
                },
                /// Why it is granted; shown in plans.
                optional reason: TextLineSchema => draft.terms.reason = self.text(field.value, field.what),
            }
        }

        impl Grantable for $granted {
            const KEY: &'static str = stringify!($key);

            fn parse<'a>($decoder: &mut PolicyDecoder<'a>, $word: &'a str) -> Result<Self, NameError> {
                $parse
            }

            fn read_field<'a>(
                decoder: &mut PolicyDecoder<'a>, field: MappingField<'a>, draft: &mut GrantDraft<'a>
            ) {
                decoder.$read(field, draft);
            }
        }
    )+};
}

grants! {
    /// A role: a bare id, or a mapping with dates and a reason.
    RoleGrant "RoleGrant" { "Role", "Role with dates or a reason" }
    DatedRole "DatedRole", fn dated_role_field {
        /// The role: one of the portal's own, such as `co-administrator`, or a custom one from `roles`.
        role: NameSchema
    } for RoleId, |decoder, word| parse_once(&mut decoder.roles, word, decoder.names, Self::parse);
    /// A group: a bare name, or a mapping with dates and a reason.
    GroupGrant "GroupGrant" { "Group", "Group with dates or a reason" }
    DatedGroup "DatedGroup", fn dated_group_field {
        /// The group, declared under `groups`.
        group: NameSchema
    } for GroupName, |decoder, word| parse_once(&mut decoder.groups, word, decoder.names, Self::parse);
    /// A product: a bare id, or a mapping with dates and a reason.
    ProductGrant "ProductGrant" { "Product", "Product with dates or a reason" }
    DatedProduct "DatedProduct", fn dated_product_field {
        /// The product, by its id in `products`.
        product: NameSchema
    } for ProductId, |decoder, word| parse_once(&mut decoder.products, word, decoder.names, Self::parse);
    /// A user: a bare address, or a mapping with dates and a reason.
    UserGrant "UserGrant" { "User", "User with dates or a reason" }
    DatedUser "DatedUser", fn dated_user_field {
        /// The user's address, declared under `users`.
        user: EmailSchema
    // An address is looked up once and dropped, so there is nothing to share.
    } for Email, |_decoder, word| Self::new(word);
    /// A bundle: a bare name, or a mapping with dates and a reason.
    BundleGrant "BundleGrant" { "Bundle", "Bundle with dates or a reason" }
    DatedBundle "DatedBundle", fn dated_bundle_field {
        /// The bundle, declared under `bundles`.
        bundle: NameSchema
    } for BundleName, |decoder, word| Self::parse(word, decoder.names);
}

fn parse_once<'a, K: Clone>(
    seen: &mut ParsedNames<'a, K>,
    word: &'a str,
    names: &Interner,
    parse: fn(&str, &Interner) -> Result<K, NameError>,
) -> Result<K, NameError> {
    seen.entry(word).or_insert_with(|| parse(word, names)).clone()
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes a list of grants by name. A name that occurs several times holds on each day on which one of
    /// its grants holds.
    pub(super) fn grants<K: Grantable>(&mut self, field: KnownField<'a>) -> Option<FlatMap<K, Grant>> {
        let items = self.items(field.value, field.what)?;
        Some(merge_grants(self.each_grant(items, field.what), self.as_of))
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
        let mut draft = GrantDraft::default();
        self.each_field(item, what, |decoder, field| K::read_field(decoder, field, &mut draft));
        let GrantDraft { named, terms, until } = draft;
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

/// Makes one grant for each name, which holds on each day on which one of the grants does, and judges it on
/// the day `as_of`.
pub(crate) fn merge_grants<K: Ord>(mut grants: Vec<(K, Grant)>, as_of: Date) -> FlatMap<K, Grant> {
    if !grants.is_sorted_by(|a, b| a.0 < b.0) {
        grants.sort_by(|a, b| a.0.cmp(&b.0));
        grants.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1.join(&later.1);
            }
            same
        });
        let joined = |grant: &Grant| grant.terms.as_ref().is_some_and(|terms| !terms.sources.is_empty());
        grants.iter_mut().map(|(_, grant)| grant).filter(|grant| joined(grant)).for_each(|g| g.judge(as_of));
    }
    FlatMap::from_sorted(grants)
}
