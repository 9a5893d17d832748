//! Wire types of the objects that steps and differences carry.

use super::mirror::mirror;
use super::word::ScalarText;
use crate::model::{self, CountryCode, Date, Email, GroupName, LiveId, Money, ProductId, Text, Timestamp};
use crate::{plan, policy};

mirror!(#[schemars(rename = "UserState")] enum UserStateRecord of model::UserState { Active, Invited, Locked, Pending });
mirror!(#[schemars(rename = "GroupKind")] enum GroupKindRecord of model::GroupKind { Allocation, Entitlement, Other });
mirror!(#[schemars(rename = "Exception")] enum ExceptionRecord of model::UserException { Allow, Deny });
mirror!(#[schemars(rename = "Setting")] enum SettingRecord of model::AccessSetting { Everyone, Nobody });
mirror!(#[schemars(rename = "LicenceKind")] enum LicenceKindRecord of model::LicenceKind { Named, Pooled });
mirror!(
    #[schemars(rename = "Section")]
    enum SectionRecord of model::Section {
        Alerts, Assignments, Checkouts, Contacts, Contracts, Groups, Memberships, Restrictions, Roles, Users,
    }
);

mirror!(
    /// The single-valued facts about a person.
    #[schemars(rename = "Profile")]
    struct ProfileRecord<'a> of model::Profile {
        country: ScalarText<'a, CountryCode>,
        email: ScalarText<'a, Email>,
        entitlement_country: Option<ScalarText<'a, CountryCode>>,
        first_name: ScalarText<'a, Text>,
        last_name: ScalarText<'a, Text>,
    }
);

mirror!(
    /// The single-valued facts about a group.
    #[schemars(rename = "GroupFacts")]
    struct GroupFactsRecord<'a> of model::GroupFacts {
        country: Option<ScalarText<'a, CountryCode>>,
        description: ScalarText<'a, Text>,
        kind: GroupKindRecord,
        name: ScalarText<'a, GroupName>,
    }
);

mirror!(
    /// A licence taken offline on one machine.
    #[schemars(rename = "Checkout")]
    struct CheckoutRecord<'a> of model::Checkout {
        expires: ScalarText<'a, Timestamp>,
        machine: ScalarText<'a, Text>,
        product: ScalarText<'a, ProductId>,
    }
);

mirror!(
    /// An alert: it counts users and never blocks.
    #[schemars(rename = "Alert")]
    struct AlertRecord<'a> of model::Alert {
        above: u32,
        sign_in_required: bool,
    }
);

mirror!(
    /// Where a restriction or a contact applies.
    #[schemars(rename = "Area")]
    enum AreaRecord<'a> of model::Area {
        units { Everywhere }
        newtypes { Country(ScalarText<'a, CountryCode>) }
        structs {}
    }
);

mirror!(
    /// A fulfilment contact.
    #[schemars(rename = "Contact")]
    struct ContactRecord<'a> of model::Contact {
        area: AreaRecord<'a>,
        email: ScalarText<'a, Email>,
    }
);

mirror!(
    /// A product of the catalogue.
    #[schemars(rename = "Product")]
    struct ProductRecord<'a> of model::Product {
        feature: Option<ScalarText<'a, Text>>,
        licence: LicenceKindRecord,
        list_price: Option<ScalarText<'a, Money>>,
        name: ScalarText<'a, Text>,
        number: Option<u32>,
    }
);

mirror!(
    /// A name and the identity it must resolve to.
    #[schemars(rename = "Identity")]
    enum IdentityRecord<'a> of plan::Identity {
        units {}
        newtypes {}
        structs {}
        pairs { User(ScalarText<'a, Email>, ScalarText<'a, LiveId>), Group(ScalarText<'a, GroupName>, ScalarText<'a, LiveId>) }
    }
);

mirror!(
    /// A line of the policy.
    #[schemars(rename = "Citation")]
    struct CitationRecord<'a> of policy::Citation {
        file: ScalarText<'a, Text>,
        line: u32,
    }
);

mirror!(
    /// Why a step is there.
    #[schemars(rename = "Why")]
    enum StepReasonRecord<'a> of plan::StepReason {
        units { Undo }
        newtypes {}
        structs {
            Declared { at: CitationRecord<'a>, reason: Option<ScalarText<'a, Text>>, until: Option<ScalarText<'a, Date>> },
            Ended { at: CitationRecord<'a>, on: ScalarText<'a, Date> },
            NotYet { at: CitationRecord<'a>, from: ScalarText<'a, Date> },
            Removed { at: CitationRecord<'a> },
            NotDeclared { at: CitationRecord<'a> },
            Follows { at: CitationRecord<'a> },
        }
    }
);
