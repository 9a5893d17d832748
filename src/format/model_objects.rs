//! Records of the model's objects, as files and wires contain them.

use super::mirror::{InvalidValue, Mirror, mirror};
use super::scalar_text::ScalarText;
use crate::model::{self, Area, CountryCode, Email, GroupName, Interner, Money, ProductId, Text, Timestamp};

mirror!(
    #[schemars(rename = "UserState")]
    enum UserStateRecord of model::UserState { Active, Invited, Locked, Pending }
);
mirror!(
    #[schemars(rename = "GroupKind")]
    enum GroupKindRecord of model::GroupKind { Allocation, Entitlement, Other }
);
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

/// A country, or none for everywhere: how rows and snapshots write an area.
pub(crate) type AreaText<'a> = Option<ScalarText<'a, CountryCode>>;

/// Writes an area as a country or none.
pub(crate) fn area_text(area: &Area) -> AreaText<'_> {
    match area {
        Area::Everywhere => None,
        Area::Country(country) => Some(Mirror::write(country)),
    }
}

/// Reads an area that is a country or none.
pub(crate) fn read_area(country: AreaText<'_>, names: &Interner) -> Result<Area, InvalidValue> {
    Ok(country.read(names)?.map_or(Area::Everywhere, Area::Country))
}
