//! The form in which the policy language is stated. Each mapping is one table of its fields: for each its
//! name, its type in the schema, its documentation, and what the decoder does with it. From the table come
//! the JSON Schema, the reference page that is made of it, the names that messages list, and the decoder's
//! dispatch.
//!
//! The types made here are there for the schema alone: the decoder's values are those of the policy.

/// States a mapping: its documentation, the type of its schema and the name that is published, then a `fn`
/// head for the decoder, then its fields.
///
/// Without a result the function does with one field what the table says, in terms of the decoder, the
/// [`KnownField`](super::KnownField) and the state in the head; a last line `_ => …` says what is done with
/// any other field, where that is more than to report it. With a result the function reads a whole mapping:
/// each line is the field's value, and what follows the table is made of the values. Where a problem was
/// found or a `required` field is absent, nothing is made. Without a head, the mapping is read by another's
/// table.
macro_rules! mapping {
    (
        $(#[$meta:meta])*
        $schema:ident $title:literal, fn $read:ident($self:ident, $field:ident $(, $state:ident: $held:ty)*) {
            $($(#[$doc:meta])* $need:ident $name:ident: $type:ty => $act:expr,)+
            $(_ => $other:expr,)?
        }
    ) => {
        mapping! { $(#[$meta])* $schema $title { $($(#[$doc])* $need $name: $type,)+ } }

        impl<'a> crate::policy::decode::PolicyDecoder<'a> {
            fn $read(&mut $self, $field: crate::policy::decode::MappingField<'a> $(, $state: $held)*) {
                match $field.name {
                    $(stringify!($name) => {
                        let $field = $field.known_as(concat!("`", stringify!($name), "`"));
                        $act
                    })+
                    _ => mapping!(@other $self $field $schema $($other)?),
                }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $schema:ident $title:literal,
        fn $read:ident($self:ident, $view:ident, $field:ident) -> $made:ty, $what:literal {
            $($(#[$doc:meta])* $need:ident $name:ident: $type:ty => $value:expr,)+
        } => $make:expr
    ) => {
        mapping! { $(#[$meta])* $schema $title { $($(#[$doc])* $need $name: $type,)+ } }

        impl<'a> crate::policy::decode::PolicyDecoder<'a> {
            pub(super) fn $read(&mut $self, $view: crate::policy::yaml::YamlNodeRef<'a>) -> Option<$made> {
                let problems = $self.problems.len();
                $(let mut $name = None;)+
                let mut fields = $self.fields($view, $what);
                while let Some($field) = fields.next($self) {
                    match $field.name {
                        $(stringify!($name) => {
                            let $field = $field.known_as(concat!("`", stringify!($name), "`"));
                            $name = $value;
                        })+
                        _ => mapping!(@other $self $field $schema),
                    }
                }
                if $self.problems.len() > problems {
                    return None;
                }
                let needed = [$((stringify!($name), mapping!(@is_there $need $name)),)+];
                let ($(mapping!(@bound $need $name),)+) = ($($name,)+) else {
                    $self.report_missing_fields($view, $what, &needed);
                    return None;
                };
                Some($make)
            }
        }
    };
    (
        $(#[$meta:meta])*
        $schema:ident $title:literal { $($(#[$doc:meta])* $need:ident $name:ident: $type:ty,)+ }
    ) => {
        #[derive(schemars::JsonSchema)]
        #[schemars(deny_unknown_fields, rename = $title)]
        $(#[$meta])*
        #[expect(dead_code, reason = "the type is there for the schema made of it")]
        pub(crate) struct $schema {
            $($(#[$doc])* $name: mapping!(@type $need $type),)+
        }

        impl $schema {
            /// The names of the fields, in the order of the documentation.
            const FIELDS: &[&str] = &[$(stringify!($name)),+];
        }
    };
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@is_there required $name:ident) => { $name.is_some() };
    (@is_there optional $name:ident) => { true };
    (@bound required $name:ident) => { Some($name) };
    (@bound optional $name:ident) => { $name };
    (@other $self:ident $field:ident $schema:ident) => {
        $self.report_unknown_field($field, $schema::FIELDS)
    };
    (@other $self:ident $field:ident $schema:ident $other:expr) => { $other };
}

/// States the words that a field can be, each once: for the schema, and in `WORDS` for the decoder, in the
/// order of messages. The variants are those of the type that the words stand for; a word left out does not
/// compile.
macro_rules! words {
    ($(
        $(#[$meta:meta])*
        $schema:ident $title:literal of $meant:ident { $($(#[$doc:meta])* $word:literal $variant:ident,)+ }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, schemars::JsonSchema)]
        #[schemars(rename = $title)]
        #[allow(dead_code, reason = "some are there for the schema made of them")]
        pub(crate) enum $schema {
            $($(#[$doc])* #[schemars(rename = $word)] $variant,)+
        }

        impl $schema {
            const WORDS: &[(&str, $meant)] = &[$(($word, $meant::$variant)),+];
        }

        const _: fn($meant) = |meant| match meant { $($meant::$variant)|+ => {} };
    )+};
}

/// States a value that has one of several forms, each with its title in the schema.
macro_rules! one_of {
    ($(
        $(#[$meta:meta])*
        $schema:ident $title:literal { $($form_title:literal $form:ident($type:ty),)+ }
    )+) => {$(
        $(#[$meta])*
        #[derive(schemars::JsonSchema)]
        #[schemars(untagged, rename = $title)]
        #[expect(dead_code, reason = "the type is there for the schema made of it")]
        pub(crate) enum $schema {
            $(#[schemars(title = $form_title)] $form($type),)+
        }
    )+};
}
