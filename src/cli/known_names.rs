//! Resolves words of the command line: the names of products, people, groups, roles and countries that are
//! known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::CliError;
use super::question::{OrganizationSides, likely_name};
use super::shell::shell_word;
use crate::audit::OrganizationView;
use crate::audit::user_holdings::known_products;
use crate::model::{COUNTRIES, CountryCode, Email, GroupName, ProductId, RoleId, User, compose_text};
use crate::policy::nearest_name;

/// All names of one kind, with the words that stand for them. Case never matters.
pub(super) struct KnownNames<N> {
    kind: &'static str,
    /// The further words for each name, beside the name itself.
    words: BTreeMap<N, BTreeSet<String>>,
}

impl<N: Ord + Clone + Display> KnownNames<N> {
    fn new(kind: &'static str, names: impl IntoIterator<Item = N>) -> Self {
        Self { kind, words: names.into_iter().map(|name| (name, BTreeSet::new())).collect() }
    }

    fn add_words(&mut self, words: impl IntoIterator<Item = (N, String)>) {
        for (name, word) in words {
            self.words.entry(name).or_default().insert(word);
        }
    }

    /// Returns the one name that `word` stands for. Several are an error that lists them.
    pub(super) fn require_one(&self, word: &str) -> Result<N, CliError> {
        let found = self.names_for(word);
        match found.as_slice() {
            [] => Err(self.unknown_error(word)),
            [name] => Ok((*name).clone()),
            several => {
                let listed: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
                Err(CliError::Usage(format!("`{word}` may be any of {}: say which", listed.join(", "))))
            }
        }
    }

    /// Returns the one name that `word` stands for, if there is exactly one.
    pub(super) fn find_one(&self, word: &str) -> Option<N> {
        self.require_one(word).ok()
    }

    /// Returns all names that the words and globs stand for. One that stands for nothing is an error.
    pub(super) fn select(&self, words: &[String]) -> Result<BTreeSet<N>, CliError> {
        self.select_each(words, |word| Ok(self.names_for(word).into_iter().cloned().collect()))
    }

    /// Returns the names as [`Self::select`] does, but a word that is no glob must stand for one alone.
    pub(super) fn select_unique(&self, words: &[String]) -> Result<BTreeSet<N>, CliError> {
        self.select_each(words, |word| Ok([self.require_one(word)?].into()))
    }

    fn select_each(
        &self,
        words: &[String],
        named: impl Fn(&str) -> Result<BTreeSet<N>, CliError>,
    ) -> Result<BTreeSet<N>, CliError> {
        let mut all = BTreeSet::new();
        for word in words {
            // A name may have the signs of a glob in it.
            let is_glob = word.contains(['*', '?', '[', '{']) && self.names_for(word).is_empty();
            let found = if is_glob { self.names_like(word)? } else { named(word)? };
            if found.is_empty() {
                return Err(self.unknown_error(word));
            }
            all.extend(found);
        }
        Ok(all)
    }

    /// Returns the name that is `word`, or else the names that are it but for case, or else those that it
    /// stands for.
    fn names_for(&self, word: &str) -> Vec<&N> {
        let (word, folded) = (compose_text(word), fold_word(word));
        let is_meant = |word: &str| fold_word(word) == folded;
        let names: Vec<&N> = self.words.keys().filter(|name| is_meant(&name.to_string())).collect();
        // Groups and opaque ids may differ in case alone.
        if let Some(name) = names.iter().find(|name| name.to_string() == word) {
            return vec![*name];
        }
        if !names.is_empty() {
            return names;
        }
        let called = self.words.iter().filter(|(_, words)| words.iter().any(|word| is_meant(word)));
        called.map(|(name, _)| name).collect()
    }

    fn names_like(&self, glob: &str) -> Result<BTreeSet<N>, CliError> {
        let pattern = globset::Glob::new(&fold_word(glob))
            .map_err(|error| CliError::Usage(format!("`{glob}` is no glob: {}", error.kind())))?
            .compile_matcher();
        let is_like = |word: &str| pattern.is_match(fold_word(word));
        let names = self.words.iter();
        let names = names
            .filter(|(name, words)| is_like(&name.to_string()) || words.iter().any(|word| is_like(word)));
        Ok(names.map(|(name, _)| name.clone()).collect())
    }

    fn unknown_error(&self, word: &str) -> CliError {
        let names: Vec<String> = self.words.keys().map(N::to_string).collect();
        let words = self.words.values().flatten().map(String::as_str);
        // A name is preferred, because it can be typed without quotes.
        let names = || names.iter().map(String::as_str);
        let near = nearest_name(word, names()).or_else(|| likely_name(word, names().chain(words)));
        CliError::Unknown { kind: self.kind, name: word.to_owned(), near: near.map(ToOwned::to_owned) }
    }
}

/// The form in which words are compared: in lower case, and with composed letters, as a shell of macOS
/// completes names in another form than most people type.
fn fold_word(word: &str) -> String {
    compose_text(word).to_lowercase()
}

/// Both sides of the organization, whose names the command line may use.
#[derive(Clone, Copy)]
pub(super) struct NamedOrganization<'a> {
    pub(super) live: OrganizationView<'a>,
    pub(super) desired: OrganizationView<'a>,
}

impl<'a> NamedOrganization<'a> {
    /// Returns both sides.
    pub(super) fn from_sides(sides: &'a OrganizationSides) -> Self {
        let (live, desired) = sides.pictures();
        Self { live, desired }
    }

    /// Returns the products of both sides and `further` ones, each also by its full name and its number.
    pub(super) fn products(&self, further: impl IntoIterator<Item = ProductId>) -> KnownNames<ProductId> {
        let of_sides = self.sides().into_iter().flat_map(known_products).cloned();
        let mut known = KnownNames::new("product", of_sides.chain(further));
        for side in self.sides() {
            let words = side.facts.products.iter().flat_map(|(id, product)| {
                let number = product.number.map(|number| number.to_string());
                [Some(product.name.to_string()), number].into_iter().flatten().map(|word| (id.clone(), word))
            });
            known.add_words(words.filter(|(_, word)| !word.is_empty()));
            let joined = side.policy.joined_products.iter();
            known.add_words(joined.map(|one| (one.organization.clone(), one.policy.to_string())));
        }
        known
    }

    /// Returns the people of both sides and `further` ones, each also by the first and the last name.
    pub(super) fn people<N: Ord + Clone + Display + From<Email>>(
        &self,
        further: impl IntoIterator<Item = N>,
    ) -> KnownNames<N> {
        let name = |email: &Email| N::from(email.clone());
        let mut known = KnownNames::new("user", self.users().map(|(email, _)| name(email)).chain(further));
        known.add_words(self.users().filter_map(|(email, user)| Some((name(email), full_name(user)?))));
        // Somebody who is to be renamed is filed under the new address.
        let renamed = self.users().filter(|(email, user)| **email != user.profile.email);
        known.add_words(renamed.map(|(email, user)| (name(email), user.profile.email.to_string())));
        known
    }

    /// Returns the groups of both sides.
    pub(super) fn groups(&self) -> KnownNames<GroupName> {
        let groups = self.sides().into_iter().flat_map(|side| side.organization.groups.keys());
        KnownNames::new("group", groups.cloned())
    }

    /// Returns the roles that somebody has on either side, those of the policy, and the portal's own, each of
    /// these also by the portal's name.
    pub(super) fn roles(&self) -> KnownNames<RoleId> {
        let roles = self.users().flat_map(|(_, user)| user.roles.keys());
        let mut known = KnownNames::new("role", roles.chain(self.desired.policy.roles.keys()).cloned());
        let portal = RoleId::PORTAL.iter().filter_map(|(id, name)| Some((RoleId::new(id).ok()?, *name)));
        known.add_words(portal.map(|(id, name)| (id, name.to_owned())));
        known
    }

    /// Returns all countries, each also by its English name.
    pub(super) fn countries() -> KnownNames<CountryCode> {
        let countries =
            COUNTRIES.iter().filter_map(|(code, name)| Some((CountryCode::new(code).ok()?, *name)));
        let mut known = KnownNames::new("country", []);
        known.add_words(countries.map(|(code, name)| (code, name.to_owned())));
        known
    }

    /// Returns the product that `word` stands for.
    pub(super) fn require_product(&self, word: &str) -> Result<ProductId, CliError> {
        self.products([]).require_one(word).map_err(|error| self.other_kind_error(word, error))
    }

    /// Returns the person that `word` stands for.
    pub(super) fn require_person(&self, word: &str) -> Result<Email, CliError> {
        // The address may be declared for a newcomer by now, while its owner still has it.
        let mut live = self.live.organization.users.iter();
        if let Some((email, _)) =
            live.find(|(email, user)| **email != user.profile.email && user.profile.email.as_str() == word)
        {
            return Ok(email.clone());
        }
        self.people([]).require_one(word).map_err(|error| self.other_kind_error(word, error))
    }

    /// Returns the group that `word` stands for.
    pub(super) fn require_group(&self, word: &str) -> Result<GroupName, CliError> {
        self.groups().require_one(word).map_err(|error| self.other_kind_error(word, error))
    }

    /// Returns the role that `word` stands for.
    pub(super) fn require_role(&self, word: &str) -> Result<RoleId, CliError> {
        self.roles().require_one(word).map_err(|error| self.other_kind_error(word, error))
    }

    /// Returns the error that gives the command for what `word` stands for, where that is of another kind
    /// than the one asked for.
    fn other_kind_error(&self, word: &str, error: CliError) -> CliError {
        let questions = [
            self.products([]).find_one(word).map(|id| ("product", "who can use", id.to_string())),
            self.people::<Email>([]).find_one(word).map(|email| ("person", "what", email.to_string())),
            self.groups().find_one(word).map(|group| ("group", "who is in", group.to_string())),
            self.roles().find_one(word).map(|role| ("role", "who has", role.to_string())),
        ];
        let is_unknown = matches!(error, CliError::Unknown { .. });
        match questions.into_iter().flatten().next().filter(|_| is_unknown) {
            Some((kind, question, name)) => CliError::Usage(format!(
                "`{word}` is a {kind}: `seatwise {question} {}` tells of it",
                shell_word(&name)
            )),
            None => error,
        }
    }

    fn sides(&self) -> [OrganizationView<'a>; 2] {
        [self.live, self.desired]
    }

    fn users(&self) -> impl Iterator<Item = (&'a Email, &'a User)> {
        let users = self.sides().into_iter().flat_map(|side| &side.organization.users);
        users.map(|(email, user)| (email, &**user))
    }
}

/// Returns the first and the last name; `None` where either is unknown.
fn full_name(user: &User) -> Option<String> {
    let (first, last) = (&user.profile.first_name, &user.profile.last_name);
    (!first.is_empty() && !last.is_empty()).then(|| format!("{first} {last}"))
}
