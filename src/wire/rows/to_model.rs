//! The conversion of rows to the model.

use std::collections::BTreeMap;

use super::{
    AlertRow, AssignmentRow, CheckedOutLicence, CheckoutRow, ContactRow, ContractRow, GroupRow, ListRow,
    MembershipRow, NamedLicence, ProductRow, RestrictionRow, RoleRow, UserRow,
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

impl<'a> ListRow<'a> for UserRow<'a> {
    type Core = User;
    const LIST: ApiList = ApiList::Users;

    fn read(self, names: &Interner) -> Result<User, InvalidValue> {
        let profile = map_profile!(Self self, |field| field.read(names)? => Profile {});
        Ok(User { id: Some(self.id.read(names)?), ..User::new(profile, self.state.read(names)?) })
    }
}

impl<'a> ListRow<'a> for GroupRow<'a> {
    type Core = Group;
    const LIST: ApiList = ApiList::Groups;

    fn read(self, names: &Interner) -> Result<Group, InvalidValue> {
        let facts = read_fields!(self, names => model::GroupFacts { name, kind, country, description });
        Ok(Group { id: Some(self.id.read(names)?), facts, products: read_set(self.products, names)? })
    }
}

impl<'a> ListRow<'a> for MembershipRow<'a> {
    type Core = PerUserRow<FlatSet<GroupName>>;
    const LIST: ApiList = ApiList::Memberships;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        Ok((self.user.read(names)?, read_set(self.groups, names)?))
    }
}

impl<'a> ListRow<'a> for RoleRow<'a> {
    type Core = PerUserRow<FlatSet<RoleId>>;
    const LIST: ApiList = ApiList::Roles;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        Ok((self.user.read(names)?, read_set(self.roles, names)?))
    }
}

impl<'a> ListRow<'a> for AssignmentRow<'a> {
    type Core = PerUserRow<(FlatMap<ProductId, UserException>, FlatMap<ProductId, Licence>)>;
    const LIST: ApiList = ApiList::Assignments;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let allowed =
            self.allowed.into_iter().map(|product| Ok((product.read(names)?, UserException::Allow)));
        let denied = self.denied.into_iter().map(|product| Ok((product.read(names)?, UserException::Deny)));
        let read_licence = |licence: NamedLicence<'_>| {
            Ok((licence.product.read(names)?, Licence { assigned: Some(licence.assigned.read(names)?) }))
        };
        let licences = self.licences.into_iter().map(read_licence);
        Ok((
            self.user.read(names)?,
            (allowed.chain(denied).collect::<Result<_, _>>()?, licences.collect::<Result<_, _>>()?),
        ))
    }
}

impl<'a> ListRow<'a> for CheckoutRow<'a> {
    type Core = PerUserRow<FlatSet<model::Checkout>>;
    const LIST: ApiList = ApiList::Checkouts;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let checkout = |one: CheckedOutLicence<'_>| {
            Ok(read_fields!(one, names => model::Checkout { product, machine, expires }))
        };
        Ok((self.user.read(names)?, self.checkouts.into_iter().map(checkout).collect::<Result<_, _>>()?))
    }
}

impl<'a> ListRow<'a> for RestrictionRow<'a> {
    type Core = (RestrictionKey, model::AccessSetting);
    const LIST: ApiList = ApiList::Restrictions;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let area = read_area(self.country, names)?;
        let rule = match (self.product, area) {
            (Some(product), area) => RestrictionKey::Product(product.read(names)?, area),
            (None, Area::Country(country)) => RestrictionKey::Default(country),
            (None, Area::Everywhere) => {
                return Err(InvalidValue::new("a restriction with a product or a country", "neither"));
            }
        };
        Ok((rule, self.setting.read(names)?))
    }
}

impl<'a> ListRow<'a> for AlertRow<'a> {
    type Core = ((ProductId, CountryCode), model::Alert);
    const LIST: ApiList = ApiList::Alerts;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let alert = model::Alert { above: self.above, sign_in_required: self.sign_in_required };
        Ok(((self.product.read(names)?, self.country.read(names)?), alert))
    }
}

impl<'a> ListRow<'a> for ContactRow<'a> {
    type Core = Contact;
    const LIST: ApiList = ApiList::Contacts;

    fn read(self, names: &Interner) -> Result<Contact, InvalidValue> {
        Ok(Contact { email: self.email.read(names)?, area: read_area(self.country, names)? })
    }
}

impl<'a> ListRow<'a> for ContractRow<'a> {
    type Core = ContractWithPast;
    const LIST: ApiList = ApiList::Contracts;

    fn read(self, names: &Interner) -> Result<ContractWithPast, InvalidValue> {
        let paid_for =
            |quantity: Option<u32>| quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity);
        let owned = self.owned.into_iter().map(|one| Ok((one.product.read(names)?, paid_for(one.quantity))));
        let mut past = BTreeMap::<ProductId, BTreeMap<Date, OwnedLicences>>::new();
        for one in self.past {
            past.entry(one.product.read(names)?)
                .or_default()
                .insert(one.since.read(names)?, paid_for(one.quantity));
        }
        let owned = owned.collect::<Result<_, _>>()?;
        let contract = read_fields!(self, names => Contract { name, kind, country, revenue, expires; owned });
        Ok((contract, past))
    }
}

impl<'a> ListRow<'a> for ProductRow<'a> {
    /// A product with its list prices of other times, each by the first day on which it applied.
    type Core = (ProductId, (Product, BTreeMap<Date, Money>));
    const LIST: ApiList = ApiList::Products;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let product = read_fields!(self, names => Product { number, feature, name, licence, list_price });
        let past = self.past.into_iter().map(|one| Ok((one.since.read(names)?, one.list_price.read(names)?)));
        Ok((self.id.read(names)?, (product, past.collect::<Result<_, _>>()?)))
    }
}
