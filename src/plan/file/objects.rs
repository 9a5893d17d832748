//! Wire types of the objects that steps and differences carry.

use super::mirror::mirror;
use super::word::Word;
use crate::model::{self, CountryCode, Date, Email, GroupName, LiveId, Money, ProductId, Text, Timestamp};
use crate::{plan, policy};

mirror!(enum UserState of model::UserState { Active, Invited, Locked, Pending });
mirror!(enum GroupKind of model::GroupKind { Allocation, Entitlement, Other });
mirror!(enum Exception of model::UserException { Allow, Deny });
mirror!(enum Setting of model::AccessSetting { Everyone, Nobody });
mirror!(enum LicenceKind of model::LicenceKind { Named, Pooled });
mirror!(
    enum Section of model::Section {
        Alerts, Assignments, Checkouts, Contacts, Contracts, Groups, Memberships, Restrictions, Roles, Users,
    }
);

mirror!(
    /// The single-valued facts about a person.
    struct Profile<'a> of model::Profile {
        country: Word<'a, CountryCode>,
        email: Word<'a, Email>,
        entitlement_country: Option<Word<'a, CountryCode>>,
        first_name: Word<'a, Text>,
        last_name: Word<'a, Text>,
    }
);

mirror!(
    /// The single-valued facts about a group.
    struct GroupFacts<'a> of model::GroupFacts {
        country: Option<Word<'a, CountryCode>>,
        description: Word<'a, Text>,
        kind: GroupKind,
        name: Word<'a, GroupName>,
    }
);

mirror!(
    /// A licence taken offline on one machine.
    struct Checkout<'a> of model::Checkout {
        expires: Word<'a, Timestamp>,
        machine: Word<'a, Text>,
        product: Word<'a, ProductId>,
    }
);

mirror!(
    /// An alert: it counts users and never blocks.
    struct Alert<'a> of model::Alert {
        above: u32,
        sign_in_required: bool,
    }
);

mirror!(
    /// Where a restriction or a contact applies.
    enum Area<'a> of model::Area {
        units { Everywhere }
        newtypes { Country(Word<'a, CountryCode>) }
        structs {}
    }
);

mirror!(
    /// A fulfilment contact.
    struct Contact<'a> of model::Contact {
        area: Area<'a>,
        email: Word<'a, Email>,
    }
);

mirror!(
    /// A product of the catalogue.
    struct Product<'a> of model::Product {
        feature: Option<Word<'a, Text>>,
        licence: LicenceKind,
        list_price: Option<Word<'a, Money>>,
        name: Word<'a, Text>,
        number: Option<u32>,
    }
);

mirror!(
    /// A name and the identity it must resolve to.
    enum Identity<'a> of plan::Identity {
        units {}
        newtypes {}
        structs {}
        pairs { User(Word<'a, Email>, Word<'a, LiveId>), Group(Word<'a, GroupName>, Word<'a, LiveId>) }
    }
);

mirror!(
    /// A line of the policy.
    struct Citation<'a> of policy::Citation {
        file: Word<'a, Text>,
        line: u32,
    }
);

mirror!(
    /// Why a step is there.
    enum Why<'a> of plan::Why {
        units { Undo }
        newtypes {}
        structs {
            Declared { at: Citation<'a>, reason: Option<Word<'a, Text>>, until: Option<Word<'a, Date>> },
            Ended { at: Citation<'a>, on: Word<'a, Date> },
            NotYet { at: Citation<'a>, from: Word<'a, Date> },
            Removed { at: Citation<'a> },
            NotDeclared { at: Citation<'a> },
            Follows { at: Citation<'a> },
        }
    }
);
