//! The fields of a person's profile.
//!
//! A new field is a line in the table below; most files, tables, messages and merges take it from there.

use crate::model::{CountryCode, DirectoryField, Email, Interner, NameError, Profile, Text};

/// A value that a field of a profile has.
trait ProfileValue: Sized {
    /// Whether somebody may have no value.
    const IS_OPTIONAL: bool = false;

    /// The text; `None` for an optional value that is not set.
    fn text(&self) -> Option<&str>;

    /// Parses a text. Without a text, the value is the one of somebody of whom nothing is known.
    fn parse(text: Option<&str>, names: &Interner) -> Result<Self, NameError>;
}

impl ProfileValue for Email {
    fn text(&self) -> Option<&str> {
        Some(self.as_str())
    }

    fn parse(text: Option<&str>, names: &Interner) -> Result<Self, NameError> {
        Self::parse(text.unwrap_or_default(), names)
    }
}

impl ProfileValue for Text {
    fn text(&self) -> Option<&str> {
        Some(self)
    }

    fn parse(text: Option<&str>, names: &Interner) -> Result<Self, NameError> {
        Ok(names.text(text.unwrap_or_default()))
    }
}

impl ProfileValue for CountryCode {
    fn text(&self) -> Option<&str> {
        Some(self.as_str())
    }

    fn parse(text: Option<&str>, _: &Interner) -> Result<Self, NameError> {
        text.map_or(Ok(Self::UNKNOWN), Self::parse_reported)
    }
}

impl ProfileValue for Option<CountryCode> {
    const IS_OPTIONAL: bool = true;

    fn text(&self) -> Option<&str> {
        self.as_ref().map(CountryCode::as_str)
    }

    fn parse(text: Option<&str>, _: &Interner) -> Result<Self, NameError> {
        text.map(CountryCode::new).transpose()
    }
}

/// Who changes a field in an organization with an identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldOwner {
    IdentityProvider,
    Organization,
}

macro_rules! profile_fields {
    ($($variant:ident $field:ident: $noun:literal, $owner:ident, $place:expr;)*) => {
        /// A field of a person's profile.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProfileField {
            $($variant,)*
        }

        impl ProfileField {
            /// All fields, in the order in which they are written and told.
            pub const ALL: [Self; [$($noun),*].len()] = [$(Self::$variant),*];

            /// Returns the name in policies, files and tables.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($field),)*
                }
            }

            /// Returns the noun in messages.
            pub fn noun(self) -> &'static str {
                match self {
                    $(Self::$variant => $noun,)*
                }
            }

            /// Returns who changes the field where there is an identity provider.
            pub fn owner(self) -> FieldOwner {
                match self {
                    $(Self::$variant => FieldOwner::$owner,)*
                }
            }

            /// Returns what a service may have no place for; `None` where every service has one.
            pub fn place(self) -> Option<DirectoryField> {
                match self {
                    $(Self::$variant => $place,)*
                }
            }

            /// Whether a profile may have no value of the field.
            pub fn is_optional(self) -> bool {
                match self {
                    $(Self::$variant => is_optional(|profile| &profile.$field),)*
                }
            }

            /// Returns the field's text; `None` where an optional field is not set.
            pub fn text(self, profile: &Profile) -> Option<&str> {
                match self {
                    $(Self::$variant => profile.$field.text(),)*
                }
            }

            /// Sets the field to what a text says.
            pub fn set(
                self,
                profile: &mut Profile,
                text: Option<&str>,
                names: &Interner,
            ) -> Result<(), NameError> {
                match self {
                    $(Self::$variant => profile.$field = ProfileValue::parse(text, names)?,)*
                }
                Ok(())
            }

            /// Copies the field into another profile.
            pub fn copy(self, from: &Profile, into: &mut Profile) {
                match self {
                    $(Self::$variant => into.$field.clone_from(&from.$field),)*
                }
            }
        }
    };
}

fn is_optional<V: ProfileValue>(_: fn(&Profile) -> &V) -> bool {
    V::IS_OPTIONAL
}

profile_fields! {
    Email email: "address", IdentityProvider, None;
    FirstName first_name: "first name", IdentityProvider, Some(DirectoryField::Names);
    LastName last_name: "last name", IdentityProvider, Some(DirectoryField::Names);
    Country country: "country", Organization, Some(DirectoryField::Country);
    EntitlementCountry entitlement_country: "entitlement country", Organization,
        Some(DirectoryField::EntitlementCountry);
}

impl ProfileField {
    /// Returns the fields that `owner` changes where there is an identity provider.
    pub fn owned_by(owner: FieldOwner) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |field| field.owner() == owner)
    }

    /// Whether the two profiles differ in the field.
    pub fn differs(self, one: &Profile, other: &Profile) -> bool {
        self.text(one) != self.text(other)
    }

    /// Returns the first field in which the two profiles differ.
    pub fn first_difference(one: &Profile, other: &Profile) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.differs(one, other))
    }
}

/// Builds a value with the fields of a profile: `build_profile!(|field| made => Record { more: fields })`.
macro_rules! build_profile {
    (|$field:ident| $made:expr => $into:ident { $($more:tt)* }) => {{
        use $crate::object::profile::ProfileField;
        $into {
            email: { let $field = ProfileField::Email; $made },
            first_name: { let $field = ProfileField::FirstName; $made },
            last_name: { let $field = ProfileField::LastName; $made },
            country: { let $field = ProfileField::Country; $made },
            entitlement_country: { let $field = ProfileField::EntitlementCountry; $made },
            $($more)*
        }
    }};
}
pub(crate) use build_profile;

/// Makes a profile of the text that `text` has for each field; `invalid` makes the error of a text that the
/// field cannot have.
pub fn parse_profile<'t, E>(
    names: &Interner,
    text: impl Fn(ProfileField) -> Result<Option<&'t str>, E>,
    invalid: impl Fn(NameError) -> E,
) -> Result<Profile, E> {
    Ok(build_profile!(|field| ProfileValue::parse(text(field)?, names).map_err(&invalid)? => Profile {}))
}

/// Builds a value with the fields of a profile from another one, by value or by reference:
/// `map_profile!(Record source, |field| made => Profile { more: fields })`. A record that lacks a field does
/// not compile.
macro_rules! map_profile {
    ($from:ident $source:expr, |$field:ident| $made:expr => $into:ident { $($more:tt)* }) => {{
        let $from { email, first_name, last_name, country, entitlement_country, .. } = $source;
        $into {
            email: { let $field = email; $made },
            first_name: { let $field = first_name; $made },
            last_name: { let $field = last_name; $made },
            country: { let $field = country; $made },
            entitlement_country: { let $field = entitlement_country; $made },
            $($more)*
        }
    }};
}
pub(crate) use map_profile;
