//! From a file's tree to what it declares, with every problem found on the way.
//!
//! Nothing stops at the first problem: what cannot be read is left out, and what it would have declared still
//! counts as declared.

mod access;
mod audit;
pub(crate) mod fields;
mod grants;
mod people;
mod rules;
mod scalars;
mod settings;
mod usage;

pub(crate) use grants::merged;

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::Place;
use super::document::{Document, Named};
use super::problem::{Code, Problem};
use super::settings::{Relation, Settings};
use super::suggest::near;
use super::yaml::{Budget, Children, Quoting, Shape, Tree, View};
use crate::model::{Date, GroupName, Interner, NameError, ProductId, RoleId, Text};

/// Decodes a policy document.
pub fn document<'a>(
    tree: &'a Tree<'a>,
    file: u16,
    as_of: Date,
    names: &'a Interner,
) -> (Document, Vec<Problem>) {
    let mut decoder = Decoder::new(file, as_of, names);
    let mut document = Document::default();
    decoder.document(tree.root(), &mut document);
    let Decoder { obscured, lost, groups, roles, products, problems, .. } = decoder;
    document.obscured = obscured;
    document.lost = lost;
    document.named = Named { groups: known(groups), roles: known(roles), products: known(products) };
    (document, problems)
}

fn known<K>(seen: Seen<'_, K>) -> Vec<K> {
    seen.into_values().flatten().collect()
}

/// Decodes `seatwise.yaml`; `None` where there are problems.
pub fn settings<'a>(
    tree: &'a Tree<'a>,
    file: u16,
    as_of: Date,
    names: &'a Interner,
) -> (Option<Settings>, Vec<Problem>) {
    let mut decoder = Decoder::new(file, as_of, names);
    let settings = decoder.settings(tree.root());
    let settings = settings.filter(|_| decoder.problems.is_empty());
    (settings, decoder.problems)
}

struct Decoder<'a> {
    file: u16,
    as_of: Date,
    names: &'a Interner,
    problems: Vec<Problem>,
    obscured: bool,
    lost: Vec<Text>,
    groups: Seen<'a, GroupName>,
    roles: Seen<'a, RoleId>,
    products: Seen<'a, ProductId>,
    texts: FxHashMap<&'a str, Text>,
}

/// Names of one kind that this file has said already: most are said often, and parsing and sharing them once
/// is enough.
type Seen<'a, K> = FxHashMap<&'a str, Result<K, NameError>>;

/// One key of a mapping with its value.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a str,
    key: View<'a>,
    value: View<'a>,
}

impl<'a> Decoder<'a> {
    fn new(file: u16, as_of: Date, names: &'a Interner) -> Self {
        Self {
            file,
            as_of,
            names,
            problems: Vec::new(),
            obscured: false,
            lost: Vec::new(),
            groups: Seen::default(),
            roles: Seen::default(),
            products: Seen::default(),
            texts: FxHashMap::default(),
        }
    }

    fn place(&self, view: View<'a>) -> Place {
        let (start, len) = view.span();
        Place { file: self.file, start, len: u16::try_from(len).unwrap_or(u16::MAX) }
    }

    fn report(&mut self, problem: Problem) {
        match self.problems.len().cmp(&Budget::POLICY.problems) {
            std::cmp::Ordering::Less => self.problems.push(problem),
            std::cmp::Ordering::Equal => {
                let message = "more problems than are listed; these are the first";
                self.problems.push(Problem::new(Code::TooManyProblems, problem.place, message));
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    fn problem(&mut self, code: Code, view: View<'a>, message: impl Into<String>, help: &str) {
        let problem = Problem::new(code, self.place(view), message).help(help);
        self.report(problem);
    }

    /// The value of `what` is not of the kind that is `wanted`.
    fn expected(&mut self, view: View<'a>, what: &str, wanted: &str) {
        let found = match view.shape() {
            Shape::Broken => return,
            Shape::Null => {
                let message = format!("{what} is null, which says neither \"none\" nor \"leave alone\"");
                return self.problem(
                    Code::NullValue,
                    view,
                    message,
                    "write `[]` or `{}` for none, or leave the key out to say nothing",
                );
            }
            Shape::Scalar(..) => "a single value",
            Shape::Sequence(_) => "a list",
            Shape::Mapping(_) => "a mapping",
        };
        let place = self.place(view);
        self.report(Problem::new(Code::WrongType, place, format!("{what} must be {wanted}, not {found}")));
    }

    /// The fields of a mapping, each once; what is wrong with its keys is reported on the way.
    fn fields(&mut self, view: View<'a>, what: &str) -> Fields<'a> {
        let children = match view.shape() {
            Shape::Mapping(children) => children,
            Shape::Scalar(..) | Shape::Null | Shape::Sequence(_) | Shape::Broken => {
                self.expected(view, what, "a mapping");
                Children::none(view)
            }
        };
        Fields {
            all: children,
            children,
            in_order: true,
            last: None,
            few: [None; FEW],
            count: 0,
            many: FxHashMap::default(),
        }
    }

    /// The entries of a mapping whose keys declare something: in what is no mapping, every word may be meant
    /// as a name.
    fn entries(&mut self, view: View<'a>, what: &str) -> Fields<'a> {
        match view.shape() {
            Shape::Mapping(_) | Shape::Null => {}
            Shape::Broken => self.obscured = true,
            Shape::Scalar(..) | Shape::Sequence(_) => self.lose(view),
        }
        self.fields(view, what)
    }

    /// Keeps every word in `view` as a name that it may have been meant to declare.
    fn lose(&mut self, view: View<'a>) {
        match view.shape() {
            Shape::Scalar(word, _) => self.lost.push(word.into()),
            // Depth is bounded by the tree's budget.
            Shape::Sequence(children) | Shape::Mapping(children) => {
                children.for_each(|child| self.lose(child))
            }
            Shape::Null | Shape::Broken => {}
        }
    }

    /// The items of a list.
    fn items(&mut self, view: View<'a>, what: &str) -> Option<Children<'a>> {
        match view.shape() {
            Shape::Sequence(children) => Some(children),
            Shape::Scalar(..) | Shape::Null | Shape::Mapping(_) | Shape::Broken => {
                self.expected(view, what, "a list");
                None
            }
        }
    }

    fn duplicate(&mut self, name: &str, key: View<'a>, first: View<'a>) {
        let problem = Problem::new(
            Code::DuplicateKey,
            self.place(key),
            format!("`{name}` stands twice in this mapping"),
        );
        let problem = problem.also(self.place(first), "first here");
        self.report(problem);
    }

    fn bad_key(&mut self, key: View<'a>) {
        self.obscured = true;
        match key.shape() {
            Shape::Scalar(..) => self.problem(
                Code::MergeKey,
                key,
                "merge keys are not part of the policy language",
                "use a bundle or `defaults`, or write the keys out",
            ),
            Shape::Null | Shape::Sequence(_) | Shape::Mapping(_) | Shape::Broken => {
                self.expected(key, "a key", "a name")
            }
        }
    }

    fn unknown_field(&mut self, field: Field<'a>, known: &[&str]) {
        let name = field.name;
        let problem =
            Problem::new(Code::UnknownField, self.place(field.key), format!("unknown field `{name}`"));
        let problem = match near(name, known.iter().copied()) {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help(format!("the fields here are {}", listed(known))),
        };
        self.report(problem);
    }

    /// Reports the fields of `what` that are needed and not there.
    fn needs(&mut self, view: View<'a>, what: &str, fields: &[(&str, bool)]) {
        let missing: Vec<&str> =
            fields.iter().filter(|(_, is_there)| !is_there).map(|(field, _)| *field).collect();
        if !missing.is_empty() {
            let help = missing.iter().map(|field| format!("`{field}: …`")).collect::<Vec<_>>().join(", ");
            self.problem(
                Code::MissingField,
                view,
                format!("{what} needs {}", listed(&missing)),
                &format!("add {help}"),
            );
        }
    }

    fn document(&mut self, root: View<'a>, document: &mut Document) {
        let mut fields = self.fields(root, "a policy document");
        while let Some(field) = fields.next(self) {
            match field.name {
                "defaults" => document.defaults = Some(Box::new(self.defaults(field))),
                "users" => {
                    document.spelled_out.insert(Relation::Users);
                    self.users(field.value, document);
                }
                "groups" => {
                    document.spelled_out.insert(Relation::Groups);
                    self.groups(field.value, document);
                }
                "products" => self.catalogue(field.value, document),
                "roles" => self.custom_roles(field.value, document),
                "bundles" => self.bundles(field.value, document),
                "restrictions" => {
                    document.spelled_out.insert(Relation::Restrictions);
                    self.restrictions(field.value, document);
                }
                "alerts" => {
                    document.spelled_out.insert(Relation::Alerts);
                    self.alerts(field.value, document);
                }
                "contacts" => {
                    document.spelled_out.insert(Relation::Contacts);
                    self.contacts(field, document);
                }
                _ => {
                    self.obscured = true;
                    self.unknown_field(field, fields::DOCUMENT);
                }
            }
        }
    }
}

/// So many keys of a mapping without order are looked through one by one: a person has a handful of fields, a
/// file thousands of people.
const FEW: usize = 8;

/// A walk over the fields of a mapping.
struct Fields<'a> {
    all: Children<'a>,
    children: Children<'a>,
    /// Whether keys stand in order so far: then the last one is enough to tell whether the next is new.
    in_order: bool,
    last: Option<&'a str>,
    few: [Option<(&'a str, View<'a>)>; FEW],
    count: usize,
    many: FxHashMap<&'a str, View<'a>>,
}

impl<'a> Fields<'a> {
    fn next(&mut self, decoder: &mut Decoder<'a>) -> Option<Field<'a>> {
        loop {
            // The parser sends a value for every key.
            let (key, value) = (self.children.next()?, self.children.next()?);
            let Shape::Scalar(name, quoting) = key.shape() else {
                decoder.bad_key(key);
                continue;
            };
            if name == "<<" && quoting == Quoting::Plain {
                decoder.bad_key(key);
            } else if let Some(first) = self.first(name, key) {
                decoder.duplicate(name, key, first);
            } else {
                return Some(Field { name, key, value });
            }
        }
    }

    /// Where this key stands already.
    fn first(&mut self, name: &'a str, key: View<'a>) -> Option<View<'a>> {
        if self.in_order && self.last < Some(name) {
            self.last = Some(name);
            return None;
        }
        if std::mem::take(&mut self.in_order) {
            let earlier = self.all.step_by(2).take_while(|earlier| !earlier.is(key));
            for earlier in earlier {
                if let Shape::Scalar(name, _) = earlier.shape() {
                    self.remember(name, earlier);
                }
            }
        }
        self.remember(name, key)
    }

    fn remember(&mut self, name: &'a str, key: View<'a>) -> Option<View<'a>> {
        let known = self.few[..self.count.min(FEW)].iter().flatten().find(|(known, _)| *known == name);
        if let Some((_, first)) = known {
            return Some(*first);
        }
        match self.few.get_mut(self.count) {
            Some(slot) => *slot = Some((name, key)),
            None => match self.many.entry(name) {
                Entry::Occupied(first) => return Some(*first.get()),
                Entry::Vacant(slot) => {
                    slot.insert(key);
                }
            },
        }
        self.count += 1;
        None
    }

    /// How many fields are still to come.
    fn remaining(&self) -> usize {
        self.children.count() / 2
    }
}

/// `a`, `b`, `c`, as a sentence has them.
fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
