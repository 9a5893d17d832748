//! Determines the cause of a change in one user's access to one product.

use super::AccessCause;
use crate::model::access::{default_of, list_counts, setting_of};
use crate::model::{CountryCode, Email, Group, GroupName, Organization, ProductId, User};

/// A user on one side, with the groups whose lists count for the user on that side.
pub(super) struct PersonOnSide<'a> {
    organization: &'a Organization,
    user: &'a User,
    country: CountryCode,
    lists: Vec<(&'a GroupName, &'a Group)>,
}

impl<'a> PersonOnSide<'a> {
    /// Looks up the groups whose lists count for `user` in `country`.
    pub(super) fn new(organization: &'a Organization, user: &'a User, country: CountryCode) -> Self {
        let groups = user.groups.keys().filter_map(|name| Some((name, organization.groups.get(name)?)));
        Self {
            organization,
            user,
            country,
            lists: groups.filter(|(_, group)| list_counts(group, country)).collect(),
        }
    }

    /// The reason why the user may start `product` on this side and not on `closed`, the same user's other
    /// side: the strongest rule that differs. `desired` is the organization after the plan.
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
        // If no list counts on this side, any list that counts on the other side closes the product.
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
