//! Schema types of grants: a bare name, or a mapping with dates and a reason.

use schemars::JsonSchema;

use super::values::{DateSchema, EmailSchema, NameSchema, TextLineSchema};

macro_rules! grants {
    ($($(#[$doc:meta])* $grant:ident $dated:ident $bare:literal $with_dates:literal {
        $(#[$key_doc:meta])* $key:ident: $name:ident })*) => {$(
        $(#[$doc])*
        #[derive(JsonSchema)]
        #[schemars(untagged)]
        pub(super) enum $grant {
            #[schemars(title = $bare)]
            Bare($name),
            #[schemars(title = $with_dates)]
            Dated($dated),
        }

        /// Holds from `from` to `until`, both days included.
        #[derive(JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub(super) struct $dated {
            $(#[$key_doc])*
            $key: $name,
            /// The first day on which it holds (UTC). Before it, it is as if the entry were not there.
            from: Option<DateSchema>,
            /// The last day on which it holds (UTC). After it, it is as if the entry were not there.
            until: Option<DateSchema>,
            /// Why it is granted; shown in plans.
            reason: Option<TextLineSchema>,
        }
    )*};
}

grants! {
    /// A role: a bare id, or a mapping with dates and a reason.
    RoleGrant DatedRole "Role" "Role with dates or a reason" {
        /// The role: one of the portal's own, such as `co-administrator`, or a custom one from `roles`.
        role: NameSchema
    }
    /// A group: a bare name, or a mapping with dates and a reason.
    GroupGrant DatedGroup "Group" "Group with dates or a reason" {
        /// The group, declared under `groups`.
        group: NameSchema
    }
    /// A product: a bare id, or a mapping with dates and a reason.
    ProductGrant DatedProduct "Product" "Product with dates or a reason" {
        /// The product, by its id in `products`.
        product: NameSchema
    }
    /// A user: a bare address, or a mapping with dates and a reason.
    UserGrant DatedUser "User" "User with dates or a reason" {
        /// The user's address, declared under `users`.
        user: EmailSchema
    }
    /// A bundle: a bare name, or a mapping with dates and a reason.
    BundleGrant DatedBundle "Bundle" "Bundle with dates or a reason" {
        /// The bundle, declared under `bundles`.
        bundle: NameSchema
    }
}
