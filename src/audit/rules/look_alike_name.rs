//! Finds names that are not what they look like: with letters of another script, with characters that nobody
//! sees, or so like another that one is taken for the other.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::hidden_characters::has_hidden;
use crate::model::look_alikes::{
    OutlineDrawer, is_spaced_ascii, mixed_word, posing_word, spell_beyond_ascii,
};
use crate::model::{Email, GroupName, ProductId, Section, compose_text};

pub(super) const RULE: AuditRule = AuditRule {
    id: "look-alike-name",
    severity: Severity::Warning,
    title: "a name that is not what it looks like",
    why: "Whoever reads a plan takes it for another name, and approves what was not meant.",
    fix: "Find out who named it so: correct a slip, and lock an account that nobody knows.",
    reads: &[Section::Users],
    find: RuleSearch::Organization(find_look_alikes),
};

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NameBearer<'a> {
    User(&'a Email),
    Group(&'a GroupName),
    Product(&'a ProductId),
}

/// Names that stand beside each other in lists, each with who has it.
type NamesOfOneList<'a> = Vec<(Cow<'a, str>, NameBearer<'a>)>;

fn find_look_alikes(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut drawer = OutlineDrawer::default();
    let mut found = Vec::new();
    for names in name_lists(audited) {
        let odd: Vec<usize> = (0..names.len()).filter(|at| !is_spaced_ascii(&names[*at].0)).collect();
        // Where every name is of ASCII, none is taken for another.
        let twins = if odd.is_empty() { Twins::default() } else { Twins::new(&names, &odd, &mut drawer) };
        found.extend(odd.into_iter().filter_map(|at| {
            let (name, bearer) = &names[at];
            let wrong = wrong_with(name, twins.twin(at).map(|twin| &*names[twin].0))?;
            Some((*bearer, wrong))
        }));
    }
    let found: BTreeSet<_> = found.into_iter().collect();
    found.into_iter().map(|(bearer, wrong)| hit(audited, bearer, wrong)).collect()
}

/// The names of each kind: addresses, names of people, groups, products by their ids and by their titles.
fn name_lists<'a>(audited: &AuditInput<'a>) -> [NamesOfOneList<'a>; 5] {
    let organization = audited.picture.organization;
    let products = || audited.picture.facts.products.iter();
    let addresses = audited.users().map(|(email, _)| (email.as_str().into(), NameBearer::User(email)));
    let people = audited.users().map(|(email, user)| {
        let name = format!("{} {}", user.profile.first_name, user.profile.last_name).trim().to_owned();
        (name.into(), NameBearer::User(email))
    });
    let groups = organization.groups.keys().map(|name| (name.as_str().into(), NameBearer::Group(name)));
    let ids = products().map(|(id, _)| (id.as_str().into(), NameBearer::Product(id)));
    let titles = products().map(|(id, product)| ((&*product.name).into(), NameBearer::Product(id)));
    [addresses.collect(), people.collect(), groups.collect(), ids.collect(), titles.collect()]
}

/// For names that look like others of their list: which one.
#[derive(Debug, Default)]
struct Twins(FxHashMap<usize, usize>);

impl Twins {
    /// Finds, for each of the `odd` names, another one of the same outline.
    fn new(names: &NamesOfOneList<'_>, odd: &[usize], drawer: &mut OutlineDrawer) -> Self {
        let mut by_outline: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for at in odd {
            by_outline.entry(drawer.outline(&names[*at].0)).or_default().push(*at);
        }
        let is_odd: BTreeSet<usize> = odd.iter().copied().collect();
        for (at, (name, _)) in names.iter().enumerate().filter(|(at, _)| !is_odd.contains(at)) {
            if let Some(alike) = by_outline.get_mut(&drawer.outline(name)) {
                alike.insert(0, at);
            }
        }
        let mut twins = FxHashMap::default();
        for alike in by_outline.values().filter(|alike| alike.len() > 1) {
            for at in alike {
                let differs = |other: &&usize| compose_text(&names[**other].0) != compose_text(&names[*at].0);
                twins.extend(alike.iter().find(differs).map(|other| (*at, *other)));
            }
        }
        Self(twins)
    }

    fn twin(&self, at: usize) -> Option<usize> {
        self.0.get(&at).copied()
    }
}

/// Says what is wrong with a name that is not of ASCII alone, by its code points; `None` where nothing is.
fn wrong_with(name: &str, twin: Option<&str>) -> Option<String> {
    let spelled = spell_beyond_ascii(name);
    if has_hidden(name) {
        Some(format!("`{spelled}` has characters that nobody sees"))
    } else if let Some(word) = mixed_word(name) {
        let word = spell_beyond_ascii(word);
        Some(format!("`{spelled}` has letters of another script among Latin ones: `{word}`"))
    } else if let Some(word) = posing_word(name).filter(|_| name.contains('@')) {
        let word = spell_beyond_ascii(word);
        Some(format!("`{spelled}` looks Latin, and `{word}` is not"))
    } else {
        let twin = spell_beyond_ascii(twin?);
        Some(format!("`{spelled}` looks like `{twin}`"))
    }
}

fn hit(audited: &AuditInput<'_>, bearer: NameBearer<'_>, wrong: String) -> RuleHit {
    match bearer {
        NameBearer::User(email) => RuleHit::of_user(email, wrong).with_citation(audited.user_line(email)),
        NameBearer::Group(group) => RuleHit::of_group(group, wrong).with_citation(audited.group_line(group)),
        NameBearer::Product(product) => RuleHit::of_product(product, wrong),
    }
}
