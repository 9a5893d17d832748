//! The toolkit of saved and sent formats: tables of record types, each tied to the core type that it mirrors.
//!
//! A table is matched exhaustively against its core type in both directions, so a new field or variant there
//! does not compile until somebody decides its name here. The fields of plans are in alphabetical order,
//! which makes the JSON canonical.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::Edit;
use crate::model::{Date, FlatSet, Interner, NameError, Timestamp};

/// A text in a file or an answer that is not a valid value of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}")]
pub(crate) struct InvalidValue {
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    /// Why the text is not a name, if it was to be one.
    pub(crate) source: Option<NameError>,
}

impl InvalidValue {
    /// A text that is not of a kind of values that are no names.
    pub(crate) fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), source: None }
    }
}

/// A record type and the core type that it mirrors. Writing borrows and cannot fail; reading parses every
/// name again.
pub(crate) trait Mirror<'a>: Sized {
    /// The core type that the record mirrors.
    type Core: 'a;
    /// Converts a core value into its record.
    fn write(core: &'a Self::Core) -> Self;
    /// Converts a record back into its core value, sharing allocations through `names`.
    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue>;
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl<'a> Mirror<'a> for $kind {
            type Core = $kind;

            fn write(core: &'a $kind) -> Self {
                *core
            }

            fn read(self, _: &Interner) -> Result<$kind, InvalidValue> {
                Ok(self)
            }
        }
    )*};
}
plain!(u32, usize, bool, (), Date, Timestamp);

impl<'a, W: Mirror<'a>> Mirror<'a> for Option<W> {
    type Core = Option<W::Core>;

    fn write(core: &'a Self::Core) -> Self {
        core.as_ref().map(W::write)
    }

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        self.map(|wire| wire.read(names)).transpose()
    }
}

impl<'a, W: Mirror<'a>> Mirror<'a> for Vec<W> {
    type Core = Vec<W::Core>;

    fn write(core: &'a Self::Core) -> Self {
        core.iter().map(W::write).collect()
    }

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        self.into_iter().map(|wire| wire.read(names)).collect()
    }
}

impl<'a, K: Mirror<'a> + Ord, V: Mirror<'a>> Mirror<'a> for BTreeMap<K, V>
where
    K::Core: Ord,
{
    type Core = BTreeMap<K::Core, V::Core>;

    fn write(core: &'a Self::Core) -> Self {
        core.iter().map(|(key, value)| (K::write(key), V::write(value))).collect()
    }

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        self.into_iter().map(|(key, value)| Ok((key.read(names)?, value.read(names)?))).collect()
    }
}

/// A map whose keys are no strings: an array of pairs.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Pairs")]
pub(crate) struct PairsRecord<K, V>(Vec<(K, V)>);

impl<'a, K: Mirror<'a>, V: Mirror<'a>> Mirror<'a> for PairsRecord<K, V>
where
    K::Core: Ord,
{
    type Core = BTreeMap<K::Core, V::Core>;

    fn write(core: &'a Self::Core) -> Self {
        Self(core.iter().map(|(key, value)| (K::write(key), V::write(value))).collect())
    }

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        self.0.into_iter().map(|(key, value)| Ok((key.read(names)?, value.read(names)?))).collect()
    }
}

macro_rules! arrays {
    ($($(#[$meta:meta])* struct $name:ident of $core:ty, $items:ident;)*) => {$(
        #[derive(Default, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(transparent)]
        pub(crate) struct $name<W>(Vec<W>);

        impl<'a, W: Mirror<'a>> Mirror<'a> for $name<W>
        where
            W::Core: Ord,
        {
            type Core = $core;

            fn write(core: &'a Self::Core) -> Self {
                Self(core.$items().map(W::write).collect())
            }

            fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
                self.0.into_iter().map(|wire| wire.read(names)).collect()
            }
        }
    )*};
}
arrays! {
    /// A set: an array in order.
    #[schemars(rename = "Flat")]
    struct FlatSetRecord of FlatSet<W::Core>, keys;
    /// A list that many share.
    #[schemars(rename = "Shared")]
    struct SharedListRecord of std::sync::Arc<[W::Core]>, iter;
    /// A larger set: an array in order.
    #[schemars(rename = "Tree")]
    struct TreeSetRecord of BTreeSet<W::Core>, iter;
}

impl<W> FlatSetRecord<W> {
    /// Whether the array is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What happens to one value.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "EditOf")]
pub(crate) enum EditRecord<W> {
    Create(W),
    Update { after: W, before: W },
    Delete(W),
}

impl<'a, W: Mirror<'a>> Mirror<'a> for EditRecord<W> {
    type Core = Edit<W::Core>;

    fn write(core: &'a Self::Core) -> Self {
        match core {
            Edit::Create(after) => Self::Create(W::write(after)),
            Edit::Update { before, after } => {
                Self::Update { after: W::write(after), before: W::write(before) }
            }
            Edit::Delete(before) => Self::Delete(W::write(before)),
        }
    }

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        Ok(match self {
            Self::Create(after) => Edit::Create(after.read(names)?),
            Self::Update { after, before } => {
                Edit::Update { before: before.read(names)?, after: after.read(names)? }
            }
            Self::Delete(before) => Edit::Delete(before.read(names)?),
        })
    }
}

/// Defines a record type and its [`Mirror`]: `mirror!(struct Record of Core { field: RecordType, … })`. Enums
/// are written alike, with their variants in lists by shape.
macro_rules! mirror {
    ($(#[$meta:meta])* struct $wire:ident<'a> of $core:path {
        $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)?
    }) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        $(#[$meta])*
        #[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
        pub(crate) struct $wire<'a> {
            $($(#[$field_meta])* pub(crate) $field: $kind,)*
            #[serde(skip)]
            #[schemars(skip)]
            lifetime: std::marker::PhantomData<&'a ()>,
        }

        impl<'a> $crate::format::mirror::Mirror<'a> for $wire<'a> {
            type Core = $core;

            fn write(core: &'a $core) -> Self {
                type Core = $core;
                let Core { $($field),* } = core;
                Self {
                    $($field: $crate::format::mirror::Mirror::write($field),)*
                    lifetime: std::marker::PhantomData,
                }
            }

            fn read(self, names: &crate::model::Interner) ->
                Result<$core, $crate::format::mirror::InvalidValue>
            {
                type Core = $core;
                Ok(Core { $($field: $crate::format::mirror::Mirror::read(self.$field, names)?),* })
            }
        }
    };
    ($(#[$meta:meta])* enum $wire:ident of $core:path {
        $($(#[$unit_meta:meta])* $unit:ident),* $(,)?
    }) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $wire {
            $($(#[$unit_meta])* $unit,)*
        }

        impl<'a> $crate::format::mirror::Mirror<'a> for $wire {
            type Core = $core;

            fn write(core: &'a $core) -> Self {
                type Core = $core;
                match core {
                    $(Core::$unit => Self::$unit,)*
                }
            }

            fn read(self, _: &crate::model::Interner) -> Result<$core, $crate::format::mirror::InvalidValue> {
                type Core = $core;
                Ok(match self {
                    $(Self::$unit => Core::$unit,)*
                })
            }
        }
    };
    ($(#[$meta:meta])* enum $wire:ident<'a> of $core:path {
        units { $($unit:ident),* $(,)? }
        newtypes { $($new:ident($inner:ty)),* $(,)? }
        structs { $($variant:ident { $($field:ident: $kind:ty),* $(,)? }),* $(,)? }
        $(pairs { $($pair:ident($left:ty, $right:ty)),* $(,)? })?
    }) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "snake_case", deny_unknown_fields, bound(deserialize = "'de: 'a"))]
        // A record lives only while one file is read or written; boxing each would cost more than it saves.
        #[allow(clippy::large_enum_variant)]
        pub(crate) enum $wire<'a> {
            $($unit,)*
            $($new($inner),)*
            $($variant { $($field: $kind),* },)*
            $($($pair($left, $right),)*)?
            /// Never built: keeps the lifetime where no variant borrows.
            #[allow(dead_code)]
            #[serde(skip)]
            #[schemars(skip)]
            Lifetime(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
        }

        impl<'a> $crate::format::mirror::Mirror<'a> for $wire<'a> {
            type Core = $core;

            fn write(core: &'a $core) -> Self {
                type Core = $core;
                match core {
                    $(Core::$unit => Self::$unit,)*
                    $(Core::$new(inner) => Self::$new($crate::format::mirror::Mirror::write(inner)),)*
                    $(Core::$variant { $($field),* } => Self::$variant {
                        $($field: $crate::format::mirror::Mirror::write($field)),* },)*
                    $($(Core::$pair(left, right) => Self::$pair(
                        $crate::format::mirror::Mirror::write(left),
                        $crate::format::mirror::Mirror::write(right),
                    ),)*)?
                }
            }

            fn read(self, names: &crate::model::Interner) ->
                Result<$core, $crate::format::mirror::InvalidValue>
            {
                type Core = $core;
                let _ = names;
                Ok(match self {
                    $(Self::$unit => Core::$unit,)*
                    $(Self::$new(inner) => Core::$new(
                        $crate::format::mirror::Mirror::read(inner, names)?
                    ),)*
                    $(Self::$variant { $($field),* } => Core::$variant {
                        $($field: $crate::format::mirror::Mirror::read($field, names)?),* },)*
                    $($(Self::$pair(left, right) => Core::$pair(
                        $crate::format::mirror::Mirror::read(left, names)?,
                        $crate::format::mirror::Mirror::read(right, names)?,
                    ),)*)?
                    Self::Lifetime(never, _) => match never {},
                })
            }
        }
    };
}
pub(crate) use mirror;

/// Reads the fields of a record that are called as those of a core type: `read_fields!(self, names => Core {
/// name, country; members: Vec::new() })`.
macro_rules! read_fields {
    ($record:expr, $names:expr => $core:path { $($field:ident),* $(; $($more:tt)*)? }) => {{
        type Core = $core;
        Core {
            $($field: $crate::format::mirror::Mirror::read($record.$field, $names)?,)*
            $($($more)*)?
        }
    }};
}
pub(crate) use read_fields;
