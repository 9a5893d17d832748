//! Core values that files and wires write as one string: names, days, times, amounts.

use std::borrow::Cow;
use std::marker::PhantomData;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::mirror::{InvalidValue, Mirror};
use crate::model::{
    AccessSetting, CountryCode, Date, Email, GroupKind, GroupName, Interner, LicenceKind, LiveId, Money,
    NameError, ProductId, RoleId, Section, Text, Timestamp, UserState,
};
use crate::usage::Period;

/// A core type that is written as one string.
pub(crate) trait Scalar: Sized {
    /// The kind of value, with its article, for messages: "`x` is not *an e-mail address*".
    const KIND: &'static str;
    /// Why a text is not a value, where the values are names.
    const ERROR: Option<NameError> = None;
    /// Returns the canonical spelling.
    fn show(&self) -> Cow<'_, str>;
    /// Parses a value; `None` where the text is not one.
    fn parse(text: &str, names: &Interner) -> Option<Self>;
}

/// A string that stands for an `N`. The string is parsed only when the record is read into the model.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScalarText<'a, N>(Cow<'a, str>, PhantomData<N>);

impl<'a, N> ScalarText<'a, N> {
    /// Wraps a string that is known to be the canonical spelling of an `N`.
    pub(crate) fn from_spelling(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into(), PhantomData)
    }

    /// Whether the string is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N> Default for ScalarText<'_, N> {
    fn default() -> Self {
        Self::from_spelling("")
    }
}

impl<'a, N: Scalar + 'a> Mirror<'a> for ScalarText<'a, N> {
    type Core = N;

    fn write(core: &'a N) -> Self {
        Self(core.show(), PhantomData)
    }

    fn read(self, names: &Interner) -> Result<N, InvalidValue> {
        let parsed = N::parse(&self.0, names);
        parsed.ok_or_else(|| InvalidValue { kind: N::KIND, text: self.0.into_owned(), source: N::ERROR })
    }
}

impl<N> Serialize for ScalarText<'_, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a, N> Deserialize<'de> for ScalarText<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BorrowedStrVisitor;
        impl<'de> serde::de::Visitor<'de> for BorrowedStrVisitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(BorrowedStrVisitor).map(|text| Self(text, PhantomData))
    }
}

impl<N> JsonSchema for ScalarText<'_, N> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

macro_rules! names {
    ($($name:ident $kind:literal, $error:ident;)*) => {$(
        impl Scalar for $name {
            const KIND: &'static str = $kind;
            const ERROR: Option<NameError> = Some(NameError::$error);

            fn show(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }

            fn parse(text: &str, names: &Interner) -> Option<Self> {
                $name::parse(text, names).ok()
            }
        }
    )*};
}
names! {
    Email "an e-mail address", Email;
    GroupName "a group's name", Name;
    RoleId "a role's id", Name;
    ProductId "a product's id", Name;
    LiveId "an identity", Name;
}

impl Scalar for CountryCode {
    const KIND: &'static str = "a country code";
    const ERROR: Option<NameError> = Some(NameError::Country);

    fn show(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }

    fn parse(text: &str, _: &Interner) -> Option<Self> {
        Self::parse_reported(text).ok()
    }
}

macro_rules! words {
    ($($name:ident $kind:literal;)*) => {$(
        impl Scalar for $name {
            const KIND: &'static str = $kind;

            fn show(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }

            fn parse(text: &str, _: &Interner) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == text)
            }
        }
    )*};
}
words! {
    UserState "a state";
    GroupKind "a kind of group";
    LicenceKind "a kind of licence";
    AccessSetting "a setting";
    Section "a section";
}

macro_rules! shown {
    ($($name:ident $kind:literal $show:expr, $parse:expr;)*) => {$(
        impl Scalar for $name {
            const KIND: &'static str = $kind;

            fn show(&self) -> Cow<'_, str> {
                let show: fn(&Self) -> String = $show;
                Cow::Owned(show(self))
            }

            fn parse(text: &str, _: &Interner) -> Option<Self> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text)
            }
        }
    )*};
}
shown! {
    Date "a date" ToString::to_string, |text| text.parse().ok();
    Timestamp "a time" ToString::to_string, |text| text.parse().ok();
    Money "an amount with a currency" ToString::to_string, |text| text.parse().ok();
    Period "a period" ToString::to_string, Period::parse;
    Decimal "an amount" ToString::to_string, |text| text.parse().ok();
}

impl Scalar for Text {
    const KIND: &'static str = "a text";

    fn show(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }

    fn parse(text: &str, names: &Interner) -> Option<Self> {
        Some(names.text(text))
    }
}
