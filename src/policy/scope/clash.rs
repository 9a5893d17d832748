//! Declarations that cannot be met in the organization that was read.

use super::CatalogueClash;
use crate::model::{Email, GroupName, ProductId, Text};
use crate::policy::PolicyPlace;
use crate::policy::problem::{Problem, ProblemCode};

/// A declaration that cannot be met in the organization that was read: a problem that only planning can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub place: PolicyPlace,
    pub kind: ClashKind,
}

/// Why a declaration cannot be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClashKind {
    /// A user who must be invited lacks these fields.
    Incomplete(Text, Vec<&'static str>),
    /// The name belongs to an object with another identity than the one pinned or renamed.
    NameTaken(Text),
    /// No object has the pinned identity.
    UnknownId(Text),
    /// Two declared objects are one live object.
    SameObject(Text),
    /// Whether the object of that name has been renamed already cannot be told.
    UndecidedRename(Text),
    /// `guard.protect` names the former address.
    ProtectedRename(Text),
    /// No live object has the former name; the second one may have been meant, and is to be removed.
    UnmatchedFormerly(Text, Text),
    /// The object with the pinned identity has a name that `ignore` leaves alone.
    Ignored(Text),
    /// Neither the policy's catalogue nor the organization's has the product.
    UnknownProduct(ProductId),
    /// The person would be in more than one allocation group, one of them not by this policy.
    TwoAllocations(Email, Vec<GroupName>),
    /// Declared and undeclared contacts together are more than ten.
    TooManyContacts(usize),
    /// The policy's catalogue contradicts the organization's.
    Catalogue(CatalogueClash),
}

/// The kind of a problem, what it says, and the way out.
pub(super) type ClashWords = (ProblemCode, String, String);

fn clash_words(code: ProblemCode, message: String, help: &str) -> ClashWords {
    (code, message, help.to_owned())
}

impl Clash {
    /// Returns the clash as a problem, to be shown beside the problems of the text.
    pub fn problem(&self) -> Problem {
        let (code, message, help) = self.kind.words();
        Problem::new(code, self.place, message).help(&help)
    }
}

impl ClashKind {
    fn words(&self) -> ClashWords {
        match self {
            Self::Incomplete(user, missing) => clash_words(
                ProblemCode::IncompleteUser,
                format!(
                    "`{user}` is not in the organization and must be invited, which needs {}",
                    missing.join(", ")
                ),
                "say it here, in `defaults`, or name the address the person has now in `formerly`",
            ),
            Self::NameTaken(_)
            | Self::UnknownId(_)
            | Self::SameObject(_)
            | Self::UndecidedRename(_)
            | Self::ProtectedRename(_)
            | Self::UnmatchedFormerly(..) => self.identity_words(),
            Self::Ignored(name) => clash_words(
                ProblemCode::DeclaredAndIgnored,
                format!("this is `{name}` of the organization, which an `ignore` entry leaves alone"),
                "take the declaration away, or narrow the entry",
            ),
            Self::UnknownProduct(product) => clash_words(
                ProblemCode::UnknownProduct,
                format!("unknown product `{product}`: neither the policy nor the organization has it"),
                "declare it under `products`",
            ),
            Self::TwoAllocations(user, groups) => {
                let named: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
                let named = named.join(" and ");
                clash_words(
                    ProblemCode::SeveralAllocationGroups,
                    format!(
                        "`{user}` would be in the allocation groups {named}, and one is all that a person \
                            can be in"
                    ),
                    "declare the groups that are not declared yet, or take the person out of all but one",
                )
            }
            Self::Catalogue(clash) => clash.words(),
            Self::TooManyContacts(count) => clash_words(
                ProblemCode::TooManyContacts,
                format!(
                    "{count} contacts with those that are there and not declared, and an account may have 10"
                ),
                "declare fewer, or manage `contacts` as `exact`",
            ),
        }
    }

    /// The words of a clash about who is who.
    fn identity_words(&self) -> ClashWords {
        match self {
            Self::NameTaken(name) => clash_words(
                ProblemCode::NameTaken,
                format!("the organization has another `{name}`, with another identity"),
                "correct `id` or `formerly`, or rename the other one first",
            ),
            Self::UnknownId(id) => clash_words(
                ProblemCode::UnknownId,
                format!("nothing in the organization has the identity `{id}`"),
                "correct `id`, or leave it out to match by name",
            ),
            Self::SameObject(name) => clash_words(
                ProblemCode::SameObject,
                format!("`{name}` of the organization is declared here under another name, and once more"),
                "declare it once: remove the other entry, or this one's `id` or `formerly`; where another \
                    one takes the old name, apply the rename first, and declare that one after it",
            ),
            Self::UndecidedRename(name) => clash_words(
                ProblemCode::UndecidedRename,
                format!("whether `{name}` has been renamed already cannot be told"),
                "pin the objects by `id`, which `seatwise what` shows; where the rename is done, take \
                    `formerly` away",
            ),
            Self::ProtectedRename(name) => clash_words(
                ProblemCode::ProtectedRename,
                format!("`{name}` is protected, and would become another address"),
                "take the address off `guard.protect` first, or put the new one in its place",
            ),
            Self::UnmatchedFormerly(formerly, meant) => clash_words(
                ProblemCode::UnmatchedFormerly,
                format!("`formerly: {formerly}` matches nothing, and `{meant}` would be removed"),
                "did you mean that one? Correct `formerly`, or take it away where this is somebody else",
            ),
            Self::Incomplete(..)
            | Self::Ignored(_)
            | Self::UnknownProduct(_)
            | Self::TwoAllocations(..)
            | Self::TooManyContacts(_)
            | Self::Catalogue(_) => self.words(),
        }
    }
}
