//! What made one person's access to one product change.

use super::AccessCause;
use crate::model::access::{default_of, list_counts, setting_of};
use crate::model::{CountryCode, Email, Group, GroupName, Organization, ProductId, User};

/// A person on one side, with the lists that count for them there.
pub(super) struct PersonOnSide<'a> {
    organization: &'a Organization,
    user: &'a User,
    country: CountryCode,
    lists: Vec<(&'a GroupName, &'a Group)>,
}

impl<'a> PersonOnSide<'a> {
    pub(super) fn new(organization: &'a Organization, user: &'a User, country: CountryCode) -> Self {
        let groups = user.groups.keys().filter_map(|name| Some((name, organization.groups.get(name)?)));
        Self {
            organization,
            user,
            country,
            lists: groups.filter(|(_, group)| list_counts(group, country)).collect(),
        }
    }

    /// Why this side may start `product` and `closed`, the same person on the other side, may not: the
    /// strongest rule that differs. `desired` is the later of the two sides' organizations.
    pub(super) fn cause(
        &self,
        closed: &Self,
        desired: &Organization,
        email: &Email,
        product: &ProductId,
    ) -> AccessCause {
        let (mine, theirs) = (self.user, closed.user);
        let differs = mine.exceptions.get(product) != theirs.exceptions.get(product)
            || mine.licences.has(product) != theirs.licences.has(product);
        if differs {
            return AccessCause::Assignment(email.clone(), product.clone());
        }
        if self.country != closed.country {
            return AccessCause::User(email.clone());
        }
        let opening = self.lists.iter().find(|(_, group)| group.products.has(product)).map(|(name, _)| *name);
        // Without lists on this side, any list on the other one is what closes.
        let closing = closed.lists.first().map(|(name, _)| *name).filter(|_| self.lists.is_empty());
        match opening.or(closing) {
            Some(group) => {
                let member_of_both = mine.groups.has(group) && theirs.groups.has(group);
                let goes = !desired.groups.contains_key(group);
                if member_of_both || goes {
                    AccessCause::Group(group.clone())
                } else {
                    AccessCause::Membership(group.clone(), email.clone())
                }
            }
            None => self.setting_cause(closed, product),
        }
    }

    fn setting_cause(&self, closed: &Self, product: &ProductId) -> AccessCause {
        let stated = |person: &Self| setting_of(person.organization, product, self.country);
        let differs = |area| {
            let key = (product.clone(), area);
            self.organization.restrictions.get(&key) != closed.organization.restrictions.get(&key)
        };
        let stated = [stated(closed), stated(self)].into_iter().flatten().map(|(area, _)| area);
        match stated.into_iter().find(|area| differs(*area)) {
            Some(area) => AccessCause::from_setting(product, area),
            None => {
                debug_assert_ne!(
                    default_of(self.organization, self.country),
                    default_of(closed.organization, self.country)
                );
                AccessCause::Default(self.country)
            }
        }
    }
}
