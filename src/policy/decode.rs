//! Decodes a file's tree into what the file declares, and reports every problem found on the way.
//!
//! Decoding does not stop at the first problem: a value that cannot be read is left out, and what it would
//! have declared still counts as declared.

#[macro_use]
mod mapping;

mod access;
mod audit;
mod fields;
mod grants;
mod guards;
mod keep;
mod people;
mod rules;
mod scalars;
mod settings;
mod usage;
mod values;

pub(crate) use grants::merge_grants;
pub(crate) use settings::SettingsSchema;

use std::collections::BTreeMap;

use access::{AlertSchema, ContactSchema, ProductSchema, RestrictionSchema, RoleSchema};
use fields::{KnownField, MappingField, MappingFields};
use people::{BundleSchema, DefaultsSchema, GroupSchema, UserSchema};
use rustc_hash::FxHashMap;

use super::PolicyPlace;
use super::document::{GrantedNames, PolicyDocument};
use super::problem::{Problem, ProblemCode};
use super::settings::{Relation, Settings};
use super::suggest::nearest_name;
use super::yaml::{YamlBudget, YamlChildren, YamlNodeRef, YamlShape, YamlTree};
use crate::model::{BundleName, Date, GroupName, Interner, NameError, ProductId, RoleId, Text};

/// Decodes a policy document. Dated grants are judged on the day `as_of`.
pub fn decode_document<'a>(
    tree: &'a YamlTree<'a>,
    file: u16,
    as_of: Date,
    names: &'a Interner,
) -> (PolicyDocument, Vec<Problem>) {
    let mut decoder = PolicyDecoder::new(file, as_of, names);
    let mut document = PolicyDocument::default();
    decoder.each_field(tree.root(), "a policy document", |decoder, field| {
        decoder.document_field(field, &mut document)
    });
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

mapping! {
    /// A document of a seatwise policy: people, groups, products and access, in any file below the folder
    /// with `seatwise.yaml`.\
    /// All documents are read as one policy; each thing stands once.
    #[schemars(title = "seatwise policy document")]
    PolicyDocumentSchema "Document", fn document_field(self, field, document: &mut PolicyDocument) {
        /// For the users of this document only: lists are added to the user's own, single values are used
        /// where the user has none.
        optional defaults: DefaultsSchema => document.defaults = Some(Box::new(self.defaults(field))),
        /// People, by e-mail address.
        #[schemars(extend("propertyNames" = { "pattern": "^[^@\\s/]+@[^@\\s/]+$" }))]
        optional users: BTreeMap<String, UserSchema> => {
            document.spelled_out.insert(Relation::Users);
            self.decode_users(field, document);
        },
        /// Groups, by name.
        optional groups: BTreeMap<String, GroupSchema> => {
            document.spelled_out.insert(Relation::Groups);
            document.groups =
                self.named_entries(field, GroupName::parse, |decoder, entry| decoder.group(entry, document));
        },
        /// The catalogue: short names for what the organization calls by number. Metadata: a plan never
        /// creates or deletes a product.
        optional products: BTreeMap<String, ProductSchema> => {
            let products = self.named_entries(field, ProductId::parse, Self::product).into_iter();
            document.products = products.map(|(id, (product, entry))| (id, product, entry)).collect();
        },
        /// Custom enterprise roles, by id. The portal's own roles need no entry.
        optional roles: BTreeMap<String, RoleSchema> => {
            let roles = self.named_entries(field, RoleId::parse, Self::custom_role).into_iter();
            document.roles = roles.map(|(id, (name, place))| (id, name, place)).collect();
        },
        /// Jobs in one word: roles, products and groups that are granted together.
        optional bundles: BTreeMap<String, BundleSchema> => {
            document.bundles = self.named_entries(field, BundleName::parse, Self::bundle);
        },
        /// Who may use a product in a country, and what a country's default is.
        optional restrictions: Vec<RestrictionSchema> => {
            document.spelled_out.insert(Relation::Restrictions);
            for item in self.items(field.value, field.what).into_iter().flatten() {
                self.decode_restriction(item, document);
            }
        },
        /// Alerts: tell when more than so many users have a product open. They never block anybody.
        optional alerts: Vec<AlertSchema> => {
            document.spelled_out.insert(Relation::Alerts);
            document.alerts = self.list(field, Self::alert);
        },
        /// Fulfilment contacts, 1 to 10: they get renewals and invoices.
        optional contacts: Vec<ContactSchema> => {
            document.spelled_out.insert(Relation::Contacts);
            document.contacts = self.list(field, Self::contact);
            document.contacts_key = match field.value.shape() {
                YamlShape::Sequence(items) => Some((self.place(field.field.key), items.count())),
                YamlShape::Scalar(..) | YamlShape::Null | YamlShape::Mapping(_) | YamlShape::Broken => None,
            };
        },
        _ => {
            self.obscured = true;
            self.report_unknown_field(field, PolicyDocumentSchema::FIELDS)
        },
    }
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
        MappingFields::new(children)
    }

    /// Lets `read` see each field of a mapping.
    fn each_field(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
        mut read: impl FnMut(&mut Self, MappingField<'a>),
    ) {
        let mut fields = self.fields(view, what);
        while let Some(field) = fields.next(self) {
            read(self, field);
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

    /// Decodes the entries of a mapping by name, without those that have no valid name.
    fn named_entries<K, T>(
        &mut self,
        field: KnownField<'a>,
        parse: fn(&str, &Interner) -> Result<K, NameError>,
        mut read: impl FnMut(&mut Self, MappingField<'a>) -> T,
    ) -> Vec<(K, T)> {
        let mut named = Vec::new();
        let mut entries = self.entries(field.value, field.what);
        while let Some(entry) = entries.next(self) {
            let declared = read(self, entry);
            match parse(entry.name, self.names) {
                Ok(name) => named.push((name, declared)),
                Err(error) => self.report_bad_name(entry.key, entry.name, error),
            }
        }
        named
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

    /// Decodes the items of a list, without those that cannot be read.
    fn list<T, L: FromIterator<T>>(
        &mut self,
        field: KnownField<'a>,
        mut read: impl FnMut(&mut Self, YamlNodeRef<'a>) -> Option<T>,
    ) -> L {
        let items = self.items(field.value, field.what).into_iter().flatten();
        items.filter_map(|item| read(self, item)).collect()
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
        let message = format!("unknown field `{}`", field.name);
        let problem = Problem::new(ProblemCode::UnknownField, self.place(field.key), message);
        self.report_none_of(
            problem,
            field.name,
            known,
            format!("the fields here are {}", quoted_list(known)),
        );
    }

    /// Reports that `name` is none of the `known`, with the nearest of them, or with `help` where none is
    /// near.
    fn report_none_of(&mut self, problem: Problem, name: &str, known: &[&str], help: String) {
        self.report(match nearest_name(name, known.iter().copied()) {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help(help),
        });
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
}

/// Returns the words in backquotes, separated by commas.
fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Replaces `into` where a value was read. Where none was read, the problem is reported already and the
/// default stays.
fn replace_if_some<T>(into: &mut T, read: Option<T>) {
    if let Some(value) = read {
        *into = value;
    }
}
