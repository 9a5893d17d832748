//! The definitions in a source file: types and functions with their places, lengths and docs. Test modules
//! are left out.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A named item of a source file.
pub struct Definition {
    pub kind: DefinitionKind,
    pub name: String,
    /// The line of the name.
    pub line: usize,
    /// The number of lines from the name to the end of the item.
    pub lines: usize,
    pub visibility: DefinitionVisibility,
    /// Whether the item has a doc comment. Macros write the docs of the items that they generate.
    pub has_docs: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// A struct, enum, union, trait or alias; the types that an `impl` gives to a trait do not count.
    Type,
    /// A function or method; functions in an `impl` of a trait do not count, because the trait names them.
    Function,
    /// A constant, static or macro.
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DefinitionVisibility {
    /// `pub`, without a scope.
    Public,
    /// Any narrower visibility.
    Narrow,
}

/// All definitions of a file, in their order.
pub fn definitions_of(text: &str) -> Vec<Definition> {
    let mut collector = DefinitionCollector::default();
    collector.visit_file(&syn::parse_file(text).unwrap());
    collector.definitions
}

#[derive(Default)]
struct DefinitionCollector {
    definitions: Vec<Definition>,
}

fn is_test_module(module: &syn::ItemMod) -> bool {
    module.attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn visibility_of(visibility: &syn::Visibility) -> DefinitionVisibility {
    match visibility {
        syn::Visibility::Public(_) => DefinitionVisibility::Public,
        syn::Visibility::Restricted(_) | syn::Visibility::Inherited => DefinitionVisibility::Narrow,
    }
}

impl DefinitionCollector {
    fn add(
        &mut self,
        kind: DefinitionKind,
        name: &syn::Ident,
        item: &impl Spanned,
        visibility: DefinitionVisibility,
        attributes: &[syn::Attribute],
    ) {
        let line = name.span().start().line;
        self.definitions.push(Definition {
            kind,
            name: name.to_string(),
            line,
            lines: item.span().end().line + 1 - line,
            visibility,
            has_docs: attributes.iter().any(|attribute| attribute.path().is_ident("doc")),
        });
    }

    /// Adds the types that a macro generates: `struct Name` or `enum Name` among its tokens.
    fn add_types_in_tokens(&mut self, tokens: TokenStream) {
        let mut after_keyword = false;
        for token in tokens {
            match token {
                TokenTree::Ident(word) if after_keyword => {
                    self.add(DefinitionKind::Type, &word, &word, DefinitionVisibility::Narrow, &[]);
                    self.definitions.last_mut().expect("was just added").has_docs = true;
                    after_keyword = false;
                }
                TokenTree::Ident(word) => after_keyword = word == "struct" || word == "enum",
                TokenTree::Group(group) => {
                    self.add_types_in_tokens(group.stream());
                    after_keyword = false;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => after_keyword = false,
            }
        }
    }
}

impl<'ast> Visit<'ast> for DefinitionCollector {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test_module(module) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(DefinitionKind::Type, &item.ident, item, visibility_of(&item.vis), &item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(DefinitionKind::Type, &item.ident, item, visibility_of(&item.vis), &item.attrs);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.add(DefinitionKind::Type, &item.ident, item, visibility_of(&item.vis), &item.attrs);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(DefinitionKind::Type, &item.ident, item, visibility_of(&item.vis), &item.attrs);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(DefinitionKind::Type, &item.ident, item, visibility_of(&item.vis), &item.attrs);
        visit::visit_item_trait(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        // Every module that can name the trait can call its methods.
        self.add(DefinitionKind::Function, &item.sig.ident, item, DefinitionVisibility::Narrow, &item.attrs);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(DefinitionKind::Function, &item.sig.ident, item, visibility_of(&item.vis), &item.attrs);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let functions = item.items.iter().filter_map(|inner| match inner {
            syn::ImplItem::Fn(function) if item.trait_.is_none() => Some(function),
            _ => None,
        });
        for function in functions {
            let name = &function.sig.ident;
            let visibility = visibility_of(&function.vis);
            self.add(DefinitionKind::Function, name, function, visibility, &function.attrs);
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.add(DefinitionKind::Other, &item.ident, item, visibility_of(&item.vis), &item.attrs);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.add(DefinitionKind::Other, &item.ident, item, visibility_of(&item.vis), &item.attrs);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        match &item.ident {
            Some(name) => {
                self.add(DefinitionKind::Other, name, item, DefinitionVisibility::Narrow, &item.attrs);
            }
            None => self.add_types_in_tokens(item.mac.tokens.clone()),
        }
    }
}

#[test]
fn definitions_are_found_wherever_they_stand() {
    let text = r"
        /// Docs.
        pub struct Outer { field: u8 }
        impl Outer {
            fn method(&self) {
                enum Inner {}
            }
        }
        impl Iterator for Outer { type Item = u8; fn next(&mut self) -> Option<u8> { None } }
        mirror!(struct Made<'a> of core::Made { a: u8 });
        #[cfg(test)]
        mod tests { struct Hidden; }
    ";
    let found: Vec<(String, bool, usize)> = definitions_of(text)
        .into_iter()
        .map(|definition| (definition.name, definition.has_docs, definition.lines))
        .collect();
    let found: Vec<(&str, bool, usize)> =
        found.iter().map(|(name, has_docs, lines)| (name.as_str(), *has_docs, *lines)).collect();
    assert_eq!(found, [("Outer", true, 1), ("method", false, 3), ("Inner", false, 1), ("Made", true, 1)]);
}
