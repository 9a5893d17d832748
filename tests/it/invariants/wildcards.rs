//! A new variant of one of our enums does not compile until somebody decides about it. The lint
//! `wildcard_enum_match_arm` ensures that for `match`; these tests cover what the lint does not see: a
//! `matches!` or `let` that picks several variants of an enum silently excludes every new one.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};

use super::{assert_none, sources};

/// Files that may pick several variants of an enum, each with the reason. A method of the enum with a `match`
/// of all variants is better.
const ALLOWED: [(&str, &str, &str); 0] = [];

/// A place in the code that picks several variants of an enum.
#[derive(Debug, PartialEq, Eq)]
struct VariantSelection {
    enum_name: String,
    variants: BTreeSet<String>,
    line: usize,
}

/// The names of the enums that `tokens` define, including the enums that macros define.
fn enum_names(tokens: TokenStream) -> BTreeSet<String> {
    let (mut names, mut after_keyword) = (BTreeSet::new(), false);
    for token in tokens {
        match token {
            TokenTree::Ident(word) if after_keyword => {
                names.insert(word.to_string());
                after_keyword = false;
            }
            TokenTree::Ident(word) => after_keyword = word == "enum",
            TokenTree::Group(group) => names.extend(enum_names(group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => after_keyword = false,
        }
    }
    names
}

/// The places in `tokens` that pick several variants of one of `enums`, including places inside other macros.
fn variant_selections(tokens: TokenStream, enums: &BTreeSet<String>) -> Vec<VariantSelection> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(variant_selections(group.stream(), enums)),
            TokenTree::Ident(word) => {
                let pattern = match word.to_string().as_str() {
                    "matches" => pattern_of_matches(&tokens[at + 1..]),
                    "let" => pattern_of_let(&tokens[at + 1..]),
                    _ => None,
                };
                let line = word.span().start().line;
                found.extend(pattern.into_iter().flat_map(|pattern| several_variants(&pattern, enums, line)));
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// The pattern of `matches!(value, pattern if guard)`, from the tokens after the name.
fn pattern_of_matches(tokens: &[TokenTree]) -> Option<syn::Pat> {
    let [TokenTree::Punct(sign), TokenTree::Group(arguments), ..] = tokens else { return None };
    let parse = |input: ParseStream<'_>| {
        input.parse::<syn::Expr>()?;
        input.parse::<syn::Token![,]>()?;
        let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<TokenStream>()?;
        Ok(pattern)
    };
    (sign.as_char() == '!').then(|| parse.parse2(arguments.stream()).expect("arguments of `matches!`"))
}

/// The pattern of `let pattern = value`, from the tokens after the `let`.
fn pattern_of_let(tokens: &[TokenTree]) -> Option<syn::Pat> {
    let is_sign =
        |token: &TokenTree, sign| matches!(token, TokenTree::Punct(found) if found.as_char() == sign);
    // The `=` of `..=` belongs to the pattern.
    let end = (0..tokens.len())
        .find(|at| is_sign(&tokens[*at], '=') && !(*at > 0 && is_sign(&tokens[at - 1], '.')))?;
    let parse = |input: ParseStream<'_>| {
        let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<TokenStream>()?;
        Ok(pattern)
    };
    // The tokens of a pattern in one of our macro definitions may not parse as a pattern yet.
    parse.parse2(tokens[..end].iter().cloned().collect()).ok()
}

/// The enums of which `pattern` names several variants.
fn several_variants(pattern: &syn::Pat, enums: &BTreeSet<String>, line: usize) -> Vec<VariantSelection> {
    let mut collector = VariantCollector { enums, variants: BTreeMap::new() };
    collector.visit_pat(pattern);
    let several = collector.variants.into_iter().filter(|(_, variants)| variants.len() > 1);
    several.map(|(enum_name, variants)| VariantSelection { enum_name, variants, line }).collect()
}

/// Collects the variants that a pattern names, by enum. The name `Self` counts as an enum of its own.
struct VariantCollector<'e> {
    enums: &'e BTreeSet<String>,
    variants: BTreeMap<String, BTreeSet<String>>,
}

impl<'ast> Visit<'ast> for VariantCollector<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut last = path.segments.iter().rev().map(|segment| segment.ident.to_string());
        if let (Some(variant), Some(enum_name)) = (last.next(), last.next())
            && (enum_name == "Self" || self.enums.contains(&enum_name))
            // Constants are written in capitals, but `E365` is a variant.
            && variant.contains(|letter: char| letter.is_lowercase() || letter.is_ascii_digit())
        {
            self.variants.entry(enum_name).or_default().insert(variant);
        }
        visit::visit_path(self, path);
    }
}

#[test]
fn several_variants_are_picked_by_exhaustive_methods() {
    let parse = |text: &str| text.parse::<TokenStream>().unwrap();
    let enums: BTreeSet<String> =
        sources().iter().flat_map(|source| enum_names(parse(&source.text))).collect();
    assert!(enums.contains("Act") && enums.contains("Change"), "{enums:?}");
    let (mut found, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources() {
        for selection in variant_selections(parse(&source.text), &enums) {
            let VariantSelection { enum_name, variants, line } = selection;
            let allowed =
                ALLOWED.iter().position(|(path, name, _)| *path == source.path && *name == enum_name);
            match allowed {
                Some(at) => drop(used.insert(at)),
                None => found.push(format!("{}:{line}: {variants:?} of {enum_name}", source.path)),
            }
        }
    }
    let idle = (0..ALLOWED.len()).filter(|at| !used.contains(at));
    found.extend(idle.map(|at| format!("nothing needs the entry {:?}", ALLOWED[at])));
    assert_none(found, "a method of the enum, with a `match` of all variants, says which are meant");
}

#[test]
fn selections_of_variants_are_found_wherever_they_stand() {
    let text = r#"
        enum Act { Join, Leave, Lock(u8) }
        make!(enum Made { One, Two });
        fn f(act: &Act, made: Option<Made>) -> bool {
            assert!(!matches!(act, Act::Join | Act::Lock(_)), "no");
            if let Some(crate::Made::One | crate::Made::Two) = made { return true; }
            let (1..=2, Self::One | Self::Two) = (1, made) else { return false };
            matches!(act, Act::Join) || matches!(act, Act::Lock(Act::MOST | Act::LEAST))
                || matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
                || matches!((act, made), (Act::Join, Some(Made::One)) if act == Act::Leave)
        }
    "#;
    let tokens: TokenStream = text.parse().unwrap();
    let enums = enum_names(tokens.clone());
    assert_eq!(enums, ["Act", "Made"].map(str::to_owned).into());
    let found = variant_selections(tokens, &enums);
    let found: Vec<(&str, usize, Vec<&str>)> = found
        .iter()
        .map(|found| (&*found.enum_name, found.line, found.variants.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        found,
        [("Act", 5, vec!["Join", "Lock"]), ("Made", 6, vec!["One", "Two"]), ("Self", 7, vec!["One", "Two"])]
    );
}
