//! From a file's tree to what it declares, with every problem found on the way.
//!
//! Nothing stops at the first problem: what cannot be read is left out, and what it would have declared still counts as declared.

mod access;
pub(crate) mod fields;
mod grants;
mod people;
mod scalars;
mod settings;

pub(crate) use grants::merged;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Place;
use super::document::Document;
use super::problem::{Code, Problem};
use super::settings::{Relation, Settings};
use super::suggest::near;
use super::yaml::{Budget, Children, Shape, Tree, View};
use crate::model::{Date, GroupName, Interner, NameError, ProductId, RoleId, Text};

/// Decodes a policy document.
pub fn document<'a>(tree: &'a Tree<'a>, file: u16, as_of: Date, names: &'a Interner) -> (Document, Vec<Problem>) {
    let mut decoder = Decoder::new(file, as_of, names);
    let mut document = Document::default();
    decoder.document(tree.root(), &mut document);
    document.obscured = decoder.obscured;
    (document, decoder.problems)
}

/// Decodes `seatwise.yaml`; `None` where there are problems.
pub fn settings<'a>(tree: &'a Tree<'a>, file: u16, as_of: Date, names: &'a Interner) -> (Option<Settings>, Vec<Problem>) {
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
    groups: Seen<'a, GroupName>,
    roles: Seen<'a, RoleId>,
    products: Seen<'a, ProductId>,
    texts: FxHashMap<&'a str, Text>,
}

/// Names of one kind that this file has said already: most are said often, and parsing and sharing them once is enough.
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
                return self.problem(Code::NullValue, view, message, "write `[]` or `{}` for none, or leave the key out to say nothing");
            }
            Shape::Scalar(..) => "a single value",
            Shape::Sequence(_) => "a list",
            Shape::Mapping(_) => "a mapping",
        };
        let place = self.place(view);
        self.report(Problem::new(Code::WrongType, place, format!("{what} must be {wanted}, not {found}")));
    }

    /// The fields of a mapping of known fields.
    fn fields(&mut self, view: View<'a>, what: &str) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let children = self.mapping(view, what);
        if let Some(children) = children {
            self.judge_keys(children);
        }
        children.into_iter().flat_map(Children::pairs).filter_map(field)
    }

    /// The entries of a mapping by name, each name once.
    fn entries(&mut self, view: View<'a>, what: &str) -> Vec<Field<'a>> {
        let Some(children) = self.mapping(view, what) else {
            self.obscured |= !matches!(view.shape(), Shape::Null);
            return Vec::new();
        };
        self.judge_keys(children);
        let mut seen = FxHashSet::default();
        children.pairs().filter_map(field).filter(|field| seen.insert(field.name)).collect()
    }

    fn mapping(&mut self, view: View<'a>, what: &str) -> Option<Children<'a>> {
        match view.shape() {
            Shape::Mapping(children) => Some(children),
            Shape::Scalar(..) | Shape::Null | Shape::Sequence(_) | Shape::Broken => {
                self.expected(view, what, "a mapping");
                None
            }
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

    fn judge_keys(&mut self, children: Children<'a>) {
        let mut few: [(&str, Option<View<'a>>); 16] = [("", None); 16];
        let mut many: FxHashMap<&str, View<'a>> = FxHashMap::default();
        for (index, (key, value)) in children.pairs().enumerate() {
            let Some(Field { name, .. }) = field((key, value)) else {
                self.bad_key(key);
                continue;
            };
            // A person has a handful of keys, a file thousands of people.
            let first = match few.get_mut(index) {
                Some(slot) => {
                    *slot = (name, Some(key));
                    few[..index].iter().find(|(known, _)| *known == name).and_then(|(_, first)| *first)
                }
                None => few.iter().find(|(known, _)| *known == name).and_then(|(_, first)| *first).or_else(|| many.insert(name, key)),
            };
            if let Some(first) = first {
                let problem = Problem::new(Code::DuplicateKey, self.place(key), format!("`{name}` stands twice in this mapping"));
                let problem = problem.also(self.place(first), "first here");
                self.report(problem);
            }
        }
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
            Shape::Null | Shape::Sequence(_) | Shape::Mapping(_) | Shape::Broken => self.expected(key, "a key", "a name"),
        }
    }

    fn unknown_field(&mut self, field: Field<'a>, known: &[&str]) {
        let name = field.name;
        let problem = Problem::new(Code::UnknownField, self.place(field.key), format!("unknown field `{name}`"));
        let problem = match near(name, known.iter().copied()) {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help(format!("the fields here are {}", listed(known))),
        };
        self.report(problem);
    }

    fn missing(&mut self, view: View<'a>, what: &str, field: &str) {
        self.problem(Code::MissingField, view, format!("{what} needs `{field}`"), &format!("add `{field}: …`"));
    }

    fn document(&mut self, root: View<'a>, document: &mut Document) {
        for field in self.fields(root, "a policy document") {
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

fn field<'a>((key, value): (View<'a>, View<'a>)) -> Option<Field<'a>> {
    match key.shape() {
        Shape::Scalar("<<", super::yaml::Quoting::Plain) => None,
        Shape::Scalar(name, _) => Some(Field { name, key, value }),
        Shape::Null | Shape::Sequence(_) | Shape::Mapping(_) | Shape::Broken => None,
    }
}

/// `a`, `b`, `c`, as a sentence has them.
fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
