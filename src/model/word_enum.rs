//! Enums whose values are words: of the policy language, of files, of wires, of reports.

/// Defines an enum by its values and their words, in order, with `ALL` and `as_str`.
macro_rules! word_enum {
    ($(#[$meta:meta])* $visible:vis enum $name:ident {
        $($(#[$value_meta:meta])* $value:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visible enum $name {
            $($(#[$value_meta])* $value,)*
        }

        #[allow(dead_code)]
        impl $name {
            /// All values, in order.
            $visible const ALL: [Self; [$(Self::$value),*].len()] = [$(Self::$value),*];

            /// The value's word.
            $visible const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)*
                }
            }
        }
    };
}
pub(crate) use word_enum;
