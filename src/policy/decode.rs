//! Decodes a file's tree into what the file declares, and reports every problem found on the way.
//!
//! Decoding does not stop at the first problem: a value that cannot be read is left out, and what it would
//! have declared still counts as declared.

mod access;
mod audit;
pub(crate) mod fields;
mod grants;
mod guards;
mod people;
mod rules;
mod scalars;
mod settings;
mod usage;

pub(crate) use grants::merge_grants;

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::PolicyPlace;
use super::document::{GrantedNames, PolicyDocument};
use super::problem::{Problem, ProblemCode};
use super::settings::{Relation, Settings};
use super::suggest::nearest_name;
use super::yaml::{ScalarQuoting, YamlBudget, YamlChildren, YamlNodeRef, YamlShape, YamlTree};
use crate::model::{Date, GroupName, Interner, NameError, ProductId, RoleId, Text};

/// Decodes a policy document. Dated grants are judged on the day `as_of`.
pub fn decode_document<'a>(
    tree: &'a YamlTree<'a>,
    file: u16,
    as_of: Date,
    names: &'a Interner,
) -> (PolicyDocument, Vec<Problem>) {
    let mut decoder = PolicyDecoder::new(file, as_of, names);
    let mut document = PolicyDocument::default();
    decoder.read_document(tree.root(), &mut document);
    let PolicyDecoder { obscured, lost, groups, roles, products, problems, .. } = decoder;
    document.obscured = obscured;
    document.lost = lost;
    document.named = GrantedNames {
        groups: known_names(groups),
        roles: known_names(roles),
        products: known_names(products),
    };
    (document, problems)
}

fn known_names<K>(seen: ParsedNames<'_, K>) -> Vec<K> {
    seen.into_values().flatten().collect()
}

/// Decodes `seatwise.yaml`; `None` where there are problems.
pub fn decode_settings<'a>(
    tree: &'a YamlTree<'a>,
    file: u16,
    as_of: Date,
    names: &'a Interner,
) -> (Option<Settings>, Vec<Problem>) {
    let mut decoder = PolicyDecoder::new(file, as_of, names);
    let settings = decoder.settings(tree.root());
    let settings = settings.filter(|_| decoder.problems.is_empty());
    (settings, decoder.problems)
}

/// Decodes one file, and collects its problems and the names that it uses.
struct PolicyDecoder<'a> {
    file: u16,
    as_of: Date,
    names: &'a Interner,
    problems: Vec<Problem>,
    obscured: bool,
    lost: Vec<Text>,
    groups: ParsedNames<'a, GroupName>,
    roles: ParsedNames<'a, RoleId>,
    products: ParsedNames<'a, ProductId>,
    texts: FxHashMap<&'a str, Text>,
}

/// Names of one kind that were parsed in this file already. Most names are repeated often, so each is parsed
/// once and shared.
type ParsedNames<'a, K> = FxHashMap<&'a str, Result<K, NameError>>;

/// One key of a mapping with its value.
#[derive(Clone, Copy)]
struct MappingField<'a> {
    name: &'a str,
    key: YamlNodeRef<'a>,
    value: YamlNodeRef<'a>,
}

impl<'a> PolicyDecoder<'a> {
    fn new(file: u16, as_of: Date, names: &'a Interner) -> Self {
        Self {
            file,
            as_of,
            names,
            problems: Vec::new(),
            obscured: false,
            lost: Vec::new(),
            groups: ParsedNames::default(),
            roles: ParsedNames::default(),
            products: ParsedNames::default(),
            texts: FxHashMap::default(),
        }
    }

    fn place(&self, view: YamlNodeRef<'a>) -> PolicyPlace {
        let (start, len) = view.span();
        PolicyPlace { file: self.file, start, len: u16::try_from(len).unwrap_or(u16::MAX) }
    }

    fn report(&mut self, problem: Problem) {
        match self.problems.len().cmp(&YamlBudget::POLICY.problems) {
            std::cmp::Ordering::Less => self.problems.push(problem),
            std::cmp::Ordering::Equal => {
                let message = "more problems than are listed; these are the first";
                self.problems.push(Problem::new(ProblemCode::TooManyProblems, problem.place, message));
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    fn report_problem(
        &mut self,
        code: ProblemCode,
        view: YamlNodeRef<'a>,
        message: impl Into<String>,
        help: &str,
    ) {
        let problem = Problem::new(code, self.place(view), message).help(help);
        self.report(problem);
    }

    /// Reports that the value of `what` is not of the `wanted` kind.
    fn report_wrong_type(&mut self, view: YamlNodeRef<'a>, what: &str, wanted: &str) {
        let found = match view.shape() {
            YamlShape::Broken => return,
            YamlShape::Null => {
                let message = format!("{what} is null, which says neither \"none\" nor \"leave alone\"");
                return self.report_problem(
                    ProblemCode::NullValue,
                    view,
                    message,
                    "write `[]` or `{}` for none, or leave the key out to say nothing",
                );
            }
            YamlShape::Scalar(..) => "a single value",
            YamlShape::Sequence(_) => "a list",
            YamlShape::Mapping(_) => "a mapping",
        };
        let place = self.place(view);
        self.report(Problem::new(
            ProblemCode::WrongType,
            place,
            format!("{what} must be {wanted}, not {found}"),
        ));
    }

    /// Returns the fields of a mapping, each once. Problems with its keys are reported on the way.
    fn fields(&mut self, view: YamlNodeRef<'a>, what: &str) -> MappingFields<'a> {
        let children = match view.shape() {
            YamlShape::Mapping(children) => children,
            YamlShape::Scalar(..) | YamlShape::Null | YamlShape::Sequence(_) | YamlShape::Broken => {
                self.report_wrong_type(view, what, "a mapping");
                YamlChildren::empty(view)
            }
        };
        MappingFields {
            all: children,
            children,
            in_order: true,
            last: None,
            few: [None; FEW],
            count: 0,
            many: FxHashMap::default(),
        }
    }

    /// Returns the entries of a mapping whose keys declare something. Where the value is not a mapping, each
    /// of its words may be meant as a name, and is noted.
    fn entries(&mut self, view: YamlNodeRef<'a>, what: &str) -> MappingFields<'a> {
        match view.shape() {
            YamlShape::Mapping(_) | YamlShape::Null => {}
            YamlShape::Broken => self.obscured = true,
            YamlShape::Scalar(..) | YamlShape::Sequence(_) => self.note_lost_names(view),
        }
        self.fields(view, what)
    }

    /// Notes every word in `view` as a name that it may have been meant to declare.
    fn note_lost_names(&mut self, view: YamlNodeRef<'a>) {
        match view.shape() {
            YamlShape::Scalar(word, _) => self.lost.push(word.into()),
            // Depth is bounded by the tree's budget.
            YamlShape::Sequence(children) | YamlShape::Mapping(children) => {
                children.for_each(|child| self.note_lost_names(child))
            }
            YamlShape::Null | YamlShape::Broken => {}
        }
    }

    /// Returns the items of a list; reports anything else.
    fn items(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<YamlChildren<'a>> {
        match view.shape() {
            YamlShape::Sequence(children) => Some(children),
            YamlShape::Scalar(..) | YamlShape::Null | YamlShape::Mapping(_) | YamlShape::Broken => {
                self.report_wrong_type(view, what, "a list");
                None
            }
        }
    }

    fn report_duplicate_key(&mut self, name: &str, key: YamlNodeRef<'a>, first: YamlNodeRef<'a>) {
        let problem = Problem::new(
            ProblemCode::DuplicateKey,
            self.place(key),
            format!("`{name}` stands twice in this mapping"),
        );
        let problem = problem.with_other_place(self.place(first), "first here");
        self.report(problem);
    }

    fn report_bad_key(&mut self, key: YamlNodeRef<'a>) {
        self.obscured = true;
        match key.shape() {
            YamlShape::Scalar(..) => self.report_problem(
                ProblemCode::MergeKey,
                key,
                "merge keys are not part of the policy language",
                "use a bundle or `defaults`, or write the keys out",
            ),
            YamlShape::Null | YamlShape::Sequence(_) | YamlShape::Mapping(_) | YamlShape::Broken => {
                self.report_wrong_type(key, "a key", "a name")
            }
        }
    }

    fn report_unknown_field(&mut self, field: MappingField<'a>, known: &[&str]) {
        let name = field.name;
        let problem =
            Problem::new(ProblemCode::UnknownField, self.place(field.key), format!("unknown field `{name}`"));
        let problem = match nearest_name(name, known.iter().copied()) {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help(format!("the fields here are {}", quoted_list(known))),
        };
        self.report(problem);
    }

    /// Reports the required fields of `what` that are absent; `fields` has each name and whether it is
    /// present.
    fn report_missing_fields(&mut self, view: YamlNodeRef<'a>, what: &str, fields: &[(&str, bool)]) {
        let missing: Vec<&str> =
            fields.iter().filter(|(_, is_there)| !is_there).map(|(field, _)| *field).collect();
        if !missing.is_empty() {
            let help = missing.iter().map(|field| format!("`{field}: …`")).collect::<Vec<_>>().join(", ");
            self.report_problem(
                ProblemCode::MissingField,
                view,
                format!("{what} needs {}", quoted_list(&missing)),
                &format!("add {help}"),
            );
        }
    }

    fn read_document(&mut self, root: YamlNodeRef<'a>, document: &mut PolicyDocument) {
        let mut fields = self.fields(root, "a policy document");
        while let Some(field) = fields.next(self) {
            match field.name {
                "defaults" => document.defaults = Some(Box::new(self.defaults(field))),
                "users" => {
                    document.spelled_out.insert(Relation::Users);
                    self.decode_users(field.value, document);
                }
                "groups" => {
                    document.spelled_out.insert(Relation::Groups);
                    self.decode_groups(field.value, document);
                }
                "products" => self.decode_catalogue(field.value, document),
                "roles" => self.decode_custom_roles(field.value, document),
                "bundles" => self.decode_bundles(field.value, document),
                "restrictions" => {
                    document.spelled_out.insert(Relation::Restrictions);
                    self.decode_restrictions(field.value, document);
                }
                "alerts" => {
                    document.spelled_out.insert(Relation::Alerts);
                    self.decode_alerts(field.value, document);
                }
                "contacts" => {
                    document.spelled_out.insert(Relation::Contacts);
                    self.decode_contacts(field, document);
                }
                _ => {
                    self.obscured = true;
                    self.report_unknown_field(field, fields::DOCUMENT);
                }
            }
        }
    }
}

/// Up to this many keys of an unsorted mapping are searched one by one, and more by their hash: a person has
/// a handful of fields, a file thousands of people.
const FEW: usize = 8;

/// Walks the fields of a mapping and finds the keys that are repeated.
struct MappingFields<'a> {
    all: YamlChildren<'a>,
    children: YamlChildren<'a>,
    /// Whether the keys so far are sorted: then a comparison with the last key tells whether the next one is
    /// new.
    in_order: bool,
    last: Option<&'a str>,
    few: [Option<(&'a str, YamlNodeRef<'a>)>; FEW],
    count: usize,
    many: FxHashMap<&'a str, YamlNodeRef<'a>>,
}

impl<'a> MappingFields<'a> {
    fn next(&mut self, decoder: &mut PolicyDecoder<'a>) -> Option<MappingField<'a>> {
        loop {
            // The parser sends a value for every key.
            let (key, value) = (self.children.next()?, self.children.next()?);
            let YamlShape::Scalar(name, quoting) = key.shape() else {
                decoder.report_bad_key(key);
                continue;
            };
            if name == "<<" && quoting == ScalarQuoting::Plain {
                decoder.report_bad_key(key);
            } else if let Some(first) = self.earlier_key(name, key) {
                decoder.report_duplicate_key(name, key, first);
            } else {
                return Some(MappingField { name, key, value });
            }
        }
    }

    /// Returns the earlier key with this name, if there is one; else remembers this key.
    fn earlier_key(&mut self, name: &'a str, key: YamlNodeRef<'a>) -> Option<YamlNodeRef<'a>> {
        if self.in_order && self.last < Some(name) {
            self.last = Some(name);
            return None;
        }
        if std::mem::take(&mut self.in_order) {
            let earlier = self.all.step_by(2).take_while(|earlier| !earlier.is_same_node(key));
            for earlier in earlier {
                if let YamlShape::Scalar(name, _) = earlier.shape() {
                    self.remember(name, earlier);
                }
            }
        }
        self.remember(name, key)
    }

    fn remember(&mut self, name: &'a str, key: YamlNodeRef<'a>) -> Option<YamlNodeRef<'a>> {
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

    /// Returns the number of fields that are still to come.
    fn remaining_count(&self) -> usize {
        self.children.count() / 2
    }
}

/// Returns the words in backquotes, separated by commas.
fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
