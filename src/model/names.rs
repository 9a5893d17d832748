//! Names as types: each kind of name is a newtype, parsed once, compared in one way.
//!
//! A name is a shared string; an [`Interner`] lets one allocation serve every place that uses the name.
//! Nothing here knows whether a name refers to anything.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::compose_text;

/// A text of the organization: a first name, a description, a reason.
pub type Text = Arc<str>;

/// Why a text is not a name of the kind asked for; a lower-case fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not an e-mail address.
    #[error("not an e-mail address")]
    Email,
    /// Not two letters of ISO 3166-1 alpha-2.
    #[error("not a country code of ISO 3166-1 alpha-2")]
    Country,
    /// Empty, longer than 200 characters, with a control character, a slash, or white space at an end.
    #[error("not a name: 1 to 200 characters, no control characters, no `/`, no white space at either end")]
    Name,
}

const SHARDS: usize = 32;

/// Keeps one allocation for each text, whoever uses it first; shared by the loader's threads and the
/// connector.
///
/// No result shows which allocation serves a text, so sharing leaves the core pure.
#[derive(Debug, Default)]
pub struct Interner {
    shards: [Mutex<FxHashSet<Text>>; SHARDS],
}

impl Interner {
    /// Returns the one shared copy of `text`.
    pub fn text(&self, text: &str) -> Text {
        let hash = FxBuildHasher.hash_one(text);
        let shard = (hash >> 59) as usize % SHARDS;
        let mut known = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(text) {
            return Arc::clone(found);
        }
        let made: Text = Arc::from(text);
        known.insert(Arc::clone(&made));
        made
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $kind:ident, $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $kind(Text);

        impl PartialOrd for $kind {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $kind {
            /// Orders by text. Where both share one allocation, as the two sides of a merge mostly do, the
            /// text is not read.
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
            }
        }

        impl $kind {
            /// Parses `text`, sharing its allocation through `names`.
            pub fn parse(text: &str, names: &Interner) -> Result<Self, NameError> {
                let check: fn(&str) -> Result<Cow<'_, str>, NameError> = $check;
                check(text).map(|canonical| Self(names.text(&canonical)))
            }

            /// Parses `text` into an allocation of its own.
            pub fn new(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> Result<Cow<'_, str>, NameError> = $check;
                check(text).map(|canonical| Self(Text::from(&*canonical)))
            }

            /// The name as it is compared and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl std::borrow::Borrow<str> for $kind {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// A user's e-mail address: the key of a user. The organization compares addresses without case, so the
    /// one spelling is lower case.
    Email, check_email;
    /// A group's name, compared as written but for how its letters are composed.
    GroupName, check_name;
    /// A role's id: one of the portal's own, or a custom enterprise role.
    RoleId, check_name;
    /// A product's id in the policy's catalogue; the organization's own number and feature string are on
    /// [`crate::model::Product`].
    ProductId, check_name;
    /// A bundle's name: a job in one word. The bundle stands for what it grants and never reaches the
    /// organization.
    BundleName, check_name;
    /// The organization's id of an object. It is opaque: used to match the two sides, never shown as a name.
    LiveId, check_opaque;
}

fn check_email(text: &str) -> Result<Cow<'_, str>, NameError> {
    if is_common(text) {
        return Ok(Cow::Borrowed(text));
    }
    if text.len() > 254 || !email_address::EmailAddress::is_valid(text) || text.contains(['<', '"', '/']) {
        return Err(NameError::Email);
    }
    let canonical = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let lower = || compose_text(&text.to_lowercase()).into_owned();
    Ok(if canonical { Cow::Borrowed(text) } else { Cow::Owned(lower()) })
}

/// Whether `text` is of the most common form of addresses: lower-case letters and digits with single `.`, `-`
/// or `_` between them.
fn is_common(text: &str) -> bool {
    let (mut at, mut dotted, mut between) = (None, false, true);
    for (index, byte) in text.bytes().enumerate() {
        let is_mark = match byte {
            b'a'..=b'z' | b'0'..=b'9' => false,
            b'_' if at.is_none() => true,
            b'-' => true,
            b'.' => {
                dotted |= at.is_some();
                true
            }
            b'@' if at.is_none() => {
                at = Some(index);
                true
            }
            _ => return false,
        };
        if is_mark && between {
            return false;
        }
        between = is_mark;
    }
    // In a domain this short no label is too long.
    !between && dotted && at.is_some_and(|at| at <= 64 && text.len() - at <= 64)
}

// A name is one name however its letters are composed: macOS writes them in another form than most systems.
fn check_name(text: &str) -> Result<Cow<'_, str>, NameError> {
    check_opaque(text)?;
    Ok(compose_text(text))
}

// `/` separates the parts of an approval's item (`group/user`), so no name may contain one.
fn check_opaque(text: &str) -> Result<Cow<'_, str>, NameError> {
    let ends_clean = !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace);
    let sized = !text.is_empty() && (text.len() <= 200 || text.chars().count() <= 200);
    if sized && ends_clean && !text.chars().any(|c| c.is_control() || c == '/') {
        Ok(Cow::Borrowed(text))
    } else {
        Err(NameError::Name)
    }
}

impl RoleId {
    /// Account Administrator: given by the contract, and read-only to seatwise.
    pub const ACCOUNT_ADMINISTRATOR: &'static str = "account-administrator";
    /// Co-Administrator: the role that the administrator floor counts.
    pub const CO_ADMINISTRATOR: &'static str = "co-administrator";
    /// Product Delivery Administrator, "Download": [`Self::NEED_DOWNLOAD`] build on it.
    pub const DOWNLOAD: &'static str = "download";
    /// The roles that need `download` first.
    pub const NEED_DOWNLOAD: [&'static str; 2] = ["beta", "download-sdk"];
    /// The portal's own roles with the portal's names (product documentation, "User roles").
    pub const PORTAL: [(&'static str, &'static str); 8] = [
        ("account-administrator", "Account Administrator"),
        ("beta", "Beta Software Invite"),
        ("co-administrator", "Co-Administrator"),
        ("download", "Product Delivery Administrator"),
        ("download-sdk", "Download SDKs and APIs"),
        ("group-administrator", "Group Administrator"),
        ("license-manager", "License Manager"),
        ("services-administrator", "CONNECT Services Administrator"),
    ];

    /// Whether this is the role with the given id.
    pub fn is(&self, id: &str) -> bool {
        &*self.0 == id
    }

    /// Whether the role can only be held together with `download`.
    pub fn needs_download(&self) -> bool {
        Self::NEED_DOWNLOAD.contains(&self.as_str())
    }
}

/// A country: ISO 3166-1 alpha-2, upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Parses a code on the list of ISO 3166-1; lower case is refused, as the portal refuses it.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let bytes: [u8; 2] = text.as_bytes().try_into().map_err(|_| NameError::Country)?;
        let code = Self(bytes);
        super::countries::COUNTRIES
            .binary_search_by(|(known, _)| known.as_bytes().cmp(&bytes))
            .map(|_| code)
            .map_err(|_| NameError::Country)
    }

    /// The code where an organization reports no country; no policy can ask for it. CLDR uses `ZZ` for an
    /// unknown region, and ISO 3166-1 leaves it to users.
    pub const UNKNOWN: Self = Self(*b"ZZ");

    /// Parses a code as an organization reports it: a code on the list, or [`CountryCode::UNKNOWN`].
    pub fn parse_reported(text: &str) -> Result<Self, NameError> {
        if text == Self::UNKNOWN.as_str() { Ok(Self::UNKNOWN) } else { Self::new(text) }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        // The code is only ever built from ASCII.
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_addresses_are_addresses() {
        let parts = ["a", "ana.silva", "a-b_c", "x1", "a..b", ".a", "a.", "-a", "a_", "", "A", "é"];
        let domains = [
            "acme.example",
            "a.b.c",
            "acme",
            "a-b.de",
            "a_b.de",
            "-a.de",
            "1.2",
            "a..b",
            "a.",
            ".a",
            "b@c.de",
        ];
        let mut common = 0;
        for text in
            parts.iter().flat_map(|local| domains.iter().map(move |domain| format!("{local}@{domain}")))
        {
            if is_common(&text) {
                common += 1;
                assert!(email_address::EmailAddress::is_valid(&text), "{text}");
            }
        }
        assert_eq!(common, 16);
    }
}
