//! The conversion of rows to the model.

use std::collections::BTreeMap;

use super::{
    AlertRow, AssignmentRow, CheckedOutLicence, CheckoutRow, ContactRow, ContractRow, GroupRow,
    MembershipRow, NamedLicence, ProductRow, RestrictionRow, RoleRow, UserRow, list_rows,
};
use crate::format::mirror::{InvalidValue, Mirror, read_fields};
use crate::format::model_objects::read_area;
use crate::model::{
    self, Area, Contact, Contract, CountryCode, Date, FlatMap, FlatSet, Group, GroupName, Interner, Licence,
    LiveId, Money, OwnedLicences, Product, ProductId, Profile, RoleId, User, UserException,
};
use crate::object::profile::map_profile;
use crate::wire::ApiList;

/// A contract with the quantities it has paid for, for each product by the first day on which they applied.
pub(crate) type ContractWithPast = (Contract, BTreeMap<ProductId, BTreeMap<Date, OwnedLicences>>);

/// The subject of a row of the restrictions.
pub(crate) enum RestrictionKey {
    /// A country's default.
    Default(CountryCode),
    /// A product's setting in an area.
    Product(ProductId, Area),
}

/// A value that belongs to the user with this identity.
pub(crate) type PerUserRow<T> = (LiveId, T);

fn read_set<'a, W: Mirror<'a>>(words: Vec<W>, names: &Interner) -> Result<FlatSet<W::Core>, InvalidValue>
where
    W::Core: Ord,
{
    words.into_iter().map(|word| word.read(names)).collect()
}

list_rows! {
    UserRow of Users as User => |row, names| {
        let profile = map_profile!(UserRow row, |field| field.read(names)? => Profile {});
        User { id: Some(row.id.read(names)?), ..User::new(profile, row.state.read(names)?) }
    };
    GroupRow of Groups as Group => |row, names| {
        let facts = read_fields!(row, names => model::GroupFacts { name, kind, country, description });
        Group { id: Some(row.id.read(names)?), facts, products: read_set(row.products, names)? }
    };
    MembershipRow of Memberships as PerUserRow<FlatSet<GroupName>> => |row, names| {
        (row.user.read(names)?, read_set(row.groups, names)?)
    };
    RoleRow of Roles as PerUserRow<FlatSet<RoleId>> => |row, names| {
        (row.user.read(names)?, read_set(row.roles, names)?)
    };
    AssignmentRow of Assignments as
        PerUserRow<(FlatMap<ProductId, UserException>, FlatMap<ProductId, Licence>)> => |row, names| {
        let allowed = row.allowed.into_iter().map(|product| Ok((product.read(names)?, UserException::Allow)));
        let denied = row.denied.into_iter().map(|product| Ok((product.read(names)?, UserException::Deny)));
        let read_licence = |licence: NamedLicence<'_>| {
            Ok((licence.product.read(names)?, Licence { assigned: Some(licence.assigned.read(names)?) }))
        };
        let licences = row.licences.into_iter().map(read_licence);
        (
            row.user.read(names)?,
            (allowed.chain(denied).collect::<Result<_, _>>()?, licences.collect::<Result<_, _>>()?),
        )
    };
    CheckoutRow of Checkouts as PerUserRow<FlatSet<model::Checkout>> => |row, names| {
        let checkout = |one: CheckedOutLicence<'_>| {
            Ok(read_fields!(one, names => model::Checkout { product, machine, expires }))
        };
        (row.user.read(names)?, row.checkouts.into_iter().map(checkout).collect::<Result<_, _>>()?)
    };
    RestrictionRow of Restrictions as (RestrictionKey, model::AccessSetting) => |row, names| {
        let area = read_area(row.country, names)?;
        let rule = match (row.product, area) {
            (Some(product), area) => RestrictionKey::Product(product.read(names)?, area),
            (None, Area::Country(country)) => RestrictionKey::Default(country),
            (None, Area::Everywhere) => {
                return Err(InvalidValue::new("a restriction with a product or a country", "neither"));
            }
        };
        (rule, row.setting.read(names)?)
    };
    AlertRow of Alerts as ((ProductId, CountryCode), model::Alert) => |row, names| {
        let alert = model::Alert { above: row.above, sign_in_required: row.sign_in_required };
        ((row.product.read(names)?, row.country.read(names)?), alert)
    };
    ContactRow of Contacts as Contact => |row, names| {
        Contact { email: row.email.read(names)?, area: read_area(row.country, names)? }
    };
    ContractRow of Contracts as ContractWithPast => |row, names| {
        let paid_for =
            |quantity: Option<u32>| quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity);
        let owned = row.owned.into_iter().map(|one| Ok((one.product.read(names)?, paid_for(one.quantity))));
        let mut past = BTreeMap::<ProductId, BTreeMap<Date, OwnedLicences>>::new();
        for one in row.past {
            past.entry(one.product.read(names)?)
                .or_default()
                .insert(one.since.read(names)?, paid_for(one.quantity));
        }
        let owned = owned.collect::<Result<_, _>>()?;
        let contract = read_fields!(row, names => Contract { name, kind, country, revenue, expires; owned });
        (contract, past)
    };
    /// A product with its list prices of other times, each by the first day on which it applied.
    ProductRow of Products as (ProductId, (Product, BTreeMap<Date, Money>)) => |row, names| {
        let product = read_fields!(row, names => Product { number, feature, name, licence, list_price });
        let past = row.past.into_iter().map(|one| Ok((one.since.read(names)?, one.list_price.read(names)?)));
        (row.id.read(names)?, (product, past.collect::<Result<_, _>>()?))
    };
}
