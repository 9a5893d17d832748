//! Something wrong in the policy text: what, where, and what to do about it.
//!
//! The pure modules report problems at a [`PolicyPlace`], in bytes. The loader, which can read the texts
//! again, turns each place into a [`ProblemLocation`] that a person reads. [`ProblemCode`] is the one table
//! of all kinds of problems.

use super::PolicyPlace;
use crate::model::Text;

/// How many problems are shown with their lines; the others are only cited.
pub const DRAWN: usize = 50;

/// One thing wrong in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<P = PolicyPlace> {
    pub code: ProblemCode,
    /// The text to underline.
    pub place: P,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Related places, each with a short note on how they are related.
    pub also: Vec<(P, &'static str)>,
}

impl Problem {
    /// Makes a problem without help.
    pub fn new(code: ProblemCode, place: PolicyPlace, message: impl Into<String>) -> Self {
        Self { code, place, message: message.into(), help: None, also: Vec::new() }
    }

    /// Sets the message.
    #[must_use]
    pub fn says(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds what to do about the problem.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the nearest known name as help, if there is one.
    #[must_use]
    pub fn did_you_mean(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// Adds a related place, with a short note on how it is related.
    #[must_use]
    pub fn with_other_place(mut self, place: PolicyPlace, how: &'static str) -> Self {
        self.also.push((place, how));
        self
    }
}

/// A place in the policy, as people and machines cite it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProblemLocation {
    /// Path below the policy's folder.
    pub file: Text,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// Characters underlined, all of them on that line.
    pub length: u32,
    /// The surrounding lines; `None` where the problem is only cited.
    pub excerpt: Option<Excerpt>,
}

/// A few lines of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// The number of the first line, 1-based.
    pub first_line: u32,
    pub text: String,
    /// Offset in `text` of the first byte to underline.
    pub start: usize,
    /// Number of bytes to underline.
    pub len: usize,
}

macro_rules! codes {
    ($($variant:ident $code:literal $summary:literal;)*) => {
        /// The kinds of problems. Their names are stable: machines and people look them up.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $(#[doc = $summary] $variant,)*
        }

        impl ProblemCode {
            /// All kinds, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What this kind is about, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    // The folder.
    SymbolicLink "symbolic-link" "A symbolic link stands where a document or a folder should.";
    NotAFile "not-a-file" "A FIFO, socket or device stands where a document should.";
    UnreadableFile "unreadable-file" "A file or folder cannot be read.";
    FileName "file-name" "A file name is not UTF-8.";
    TooManyFiles "too-many-files" "The folder holds more documents than a policy may.";
    FolderTooDeep "folder-too-deep" "Folders are nested more deeply than a policy's may be.";
    FileTooLarge "file-too-large" "A file is larger than a document may be.";
    PolicyTooLarge "policy-too-large" "All files together are larger than a policy may be.";
    SecondSettings "second-settings" "A second settings file stands below the policy's folder.";
    // The text.
    NotUtf8 "not-utf8" "A file is not UTF-8.";
    Utf16 "utf-16" "A file is UTF-16.";
    NulCharacter "nul-character" "A file holds a NUL character.";
    EmptyFile "empty-file" "A file declares nothing.";
    Syntax "syntax" "A file is not YAML 1.2.";
    TabIndentation "tab-indentation" "A line is indented with a tab.";
    SeveralDocuments "several-documents" "A file holds more than one YAML document.";
    Directive "yaml-directive" "A file has a YAML directive.";
    Tag "yaml-tag" "A value has a YAML tag.";
    MergeKey "merge-key" "A mapping has a merge key.";
    UnknownAnchor "unknown-anchor" "An alias names an anchor that does not stand before it.";
    AliasInItself "alias-in-itself" "An alias stands inside the value it names.";
    AliasExpansion "alias-expansion" "Aliases stand for more than a file may hold.";
    TooDeep "too-deep" "Values are nested more deeply than in any policy.";
    TooManyNodes "too-many-nodes" "A file holds more values than a document may.";
    ScalarTooLong "scalar-too-long" "A single text is longer than any in a policy.";
    TooManyProblems "too-many-problems" "A file has more problems than are listed.";
    // The form.
    DuplicateKey "duplicate-key" "A mapping has the same key twice.";
    UnknownField "unknown-field" "There is no such field here.";
    SecretInPolicy "secret-in-policy" "Credentials, commands and addresses do not belong in a policy.";
    MissingField "missing-field" "A field that is needed is not there.";
    WrongType "wrong-type" "A value is of the wrong type.";
    NullValue "null-value" "A value is null.";
    UnknownWord "unknown-word" "A value is none of the words that can stand here.";
    UnknownMode "unknown-mode" "A mode is none of `exact`, `declared`, `observe`.";
    UnknownRelation "unknown-relation" "There is no such relation.";
    UnknownGuard "unknown-guard" "An approval names no guard that can be approved.";
    UnknownConnector "unknown-connector" "There is no such connector.";
    BadVersion "bad-version" "The version of the language is not 1.";
    BadEmail "bad-email" "A text is no e-mail address.";
    BadName "bad-name" "A text is no name.";
    BadCountry "bad-country" "A text is no country code.";
    BadDate "bad-date" "A text is no date.";
    BadMoney "bad-money" "A text is no amount with a currency.";
    BadNumber "bad-number" "A number is out of its range.";
    BadShare "bad-share" "A text is no share in percent.";
    BadKeepTime "bad-keep-time" "A text is no time for which something is kept.";
    EmptyLimit "empty-limit" "A limit limits nothing.";
    EmptyGrant "empty-grant" "A grant does not say what it grants.";
    EmptyItems "empty-items" "A list that must name something is empty.";
    DatesReversed "dates-reversed" "A grant ends before it begins.";
    BadGlob "bad-glob" "A pattern of `ignore` is no glob.";
    BadCondition "bad-condition" "The condition of an audit rule cannot be read, or asks what it may not.";
    UntestedRule "untested-rule" "An audit rule has no test that it finds, or none that it leaves alone.";
    FailedTest "failed-test" "A test of an audit rule comes out otherwise than it says.";
    CostlyRule "costly-rule" "An audit rule takes more work than all rules together may.";
    DuplicateRule "duplicate-rule" "Two audit rules have the same id.";
    ConnectorPath "connector-path" "A path leads to where a policy may have nothing written.";
    // The meaning.
    DeclaredTwice "declared-twice" "The same thing is declared at two places.";
    DeclaredAndIgnored "declared-and-ignored" "What is declared is left alone by an `ignore` entry.";
    UnknownUser "unknown-user" "A user is named that is not declared.";
    UnknownGroup "unknown-group" "A group is named that is not declared.";
    UnknownRole "unknown-role" "A role is named that is neither the portal's nor declared.";
    UnknownProduct "unknown-product" "A product is named that is not in the catalogue.";
    UnknownBundle "unknown-bundle" "A bundle is named that is not declared.";
    RemovedUser "removed-user" "Something is granted to a user who is to be removed.";
    RemovedGroup "removed-group" "A group is named that is to be removed.";
    ProtectedAndRemoved "protected-and-removed" "A protected user is to be removed.";
    TooManyMemberships "too-many-memberships" "Includes stand for more memberships than a policy may hold.";
    IncludeCycle "include-cycle" "A group includes itself.";
    AllowedAndDenied "allowed-and-denied" "A product is both allowed and denied to a user.";
    NeedsDownload "needs-download" "A role needs `download`, which the user does not have.";
    SeveralAllocationGroups "several-allocation-groups" "A user is in more than one allocation group.";
    ListWithoutEntitlement "list-without-entitlement" "A group that is no entitlement group has products.";
    NobodyWithGrants "nobody-with-grants" "A product is allowed to nobody while somebody is granted it.";
    AccountAdministrator "account-administrator" "Account Administrators are read-only.";
    PortalRole "portal-role" "A custom role has the id of one of the portal's own.";
    DuplicateRestriction "duplicate-restriction" "Two restrictions are for the same product and country.";
    DuplicateDefault "duplicate-default" "A country has two defaults.";
    DuplicateAlert "duplicate-alert" "Two alerts are for the same product and country.";
    DuplicateContact "duplicate-contact" "A contact stands twice.";
    TooManyContacts "too-many-contacts" "There are more contacts than an account may have.";
    NoContact "no-contact" "There is no contact, and an account needs one.";
    DuplicateNumber "duplicate-number" "Two products have the same number and feature string.";
    DuplicateId "duplicate-id" "Two objects are pinned to the same identity.";
    DuplicateFormerly "duplicate-formerly" "Two objects were formerly the same one.";
    FormerlyDeclared "formerly-declared" "`formerly` names an object that is declared as it was before.";
    // The organization: what only planning can find.
    IncompleteUser "incomplete-user" "A user who must be invited lacks a field.";
    NameTaken "name-taken" "A name belongs to an object with another identity.";
    UnknownId "unknown-id" "No object has the pinned identity.";
    ProductMismatch "product-mismatch" "The policy and the organization mean two products by one name, or one
        product by two.";
    SameObject "same-object" "Two declared objects are one object of the organization.";
    UndecidedRename "undecided-rename" "Names alone do not tell whether a rename is done.";
    ProtectedRename "protected-rename" "A protected address would become another one.";
    UnmatchedFormerly "unmatched-formerly" "`formerly` matches nothing, and somebody alike would be removed.";
}
