//! Why a change is made: the line that asks for it, or the one that should name what goes.

use super::{Citation, DeclaredUser, Grant, Place, Policy, Presence, Relation, Standing};
use crate::change::{Change, Edit, StepReason};
use crate::model::{Email, GroupName, ProductId, RoleId, Text};

impl Policy {
    /// The reason for `change`, which scope and diff derived from this policy.
    pub fn why(&self, change: &Change) -> StepReason {
        match change {
            Change::User { user, .. } | Change::State { user, .. } => self.of_user(user),
            Change::Checkout { user, .. } => self.follows_user(user),
            Change::Group { group, .. } => self.of_group(group),
            Change::Membership { group, user, edit } => self.of_membership(group, user, edit),
            Change::Role { user, role, edit } => self.of_edge(user, edit.after().is_some(), |declared| {
                declared.roles.as_ref()?.get::<RoleId>(role)
            }),
            Change::Exception { user, product, edit } => {
                self.of_edge(user, edit.after().is_some(), |declared| {
                    assignment(
                        declared,
                        product,
                        matches!(edit.after(), Some(crate::model::UserException::Deny)),
                    )
                })
            }
            Change::Licence { user, product, edit } => {
                self.of_edge(user, edit.after().is_some(), |declared| assignment(declared, product, false))
            }
            Change::Listing { group, product, edit } => self.of_listing(group, product, edit),
            Change::Default { country, .. } => self
                .of_entry(Relation::Restrictions, self.defaults.get(country).map(|declared| declared.place)),
            Change::Restriction { product, area, .. } => self.of_entry(
                Relation::Restrictions,
                self.restrictions.get(&(product.clone(), *area)).map(|declared| declared.place),
            ),
            Change::Alert { product, country, .. } => self.of_entry(
                Relation::Alerts,
                self.alerts.get(&(product.clone(), *country)).map(|declared| declared.place),
            ),
            Change::Contact { edit } => self.of_entry(
                Relation::Contacts,
                edit.after().and_then(|contact| self.contacts.get(contact)).copied(),
            ),
        }
    }

    fn cite(&self, place: Place) -> Citation {
        self.sources.cite(place)
    }

    /// The line of `manage` that makes the policy the whole truth for `relation`.
    fn not_declared(&self, relation: Relation) -> StepReason {
        let place = self.settings.manage_places.get(&relation);
        let at = place.map_or_else(
            || Citation { file: Text::from("seatwise.yaml"), line: 1 },
            |place| self.cite(*place),
        );
        StepReason::NotDeclared { at }
    }

    fn of_entry(&self, relation: Relation, place: Option<Place>) -> StepReason {
        place.map_or_else(
            || self.not_declared(relation),
            |place| StepReason::Declared { at: self.cite(place), until: None, reason: None },
        )
    }

    fn of_user(&self, user: &Email) -> StepReason {
        match self.users.get(user) {
            None => self.not_declared(Relation::Users),
            Some(declared) => match declared.presence {
                Presence::Present => StepReason::Declared {
                    at: self.cite(declared.place),
                    until: declared.until,
                    reason: None,
                },
                Presence::Removed(place) => StepReason::Removed { at: self.cite(place) },
                Presence::Ended(on, place) => StepReason::Ended { at: self.cite(place), on },
            },
        }
    }

    fn follows_user(&self, user: &Email) -> StepReason {
        match self.of_user(user) {
            StepReason::Declared { at, .. }
            | StepReason::Removed { at }
            | StepReason::Ended { at, .. }
            | StepReason::NotDeclared { at } => StepReason::Follows { at },
            why @ (StepReason::NotYet { .. } | StepReason::Follows { .. } | StepReason::Undo) => why,
        }
    }

    fn of_group(&self, group: &GroupName) -> StepReason {
        match self.groups.get(group) {
            None => self.not_declared(Relation::Groups),
            Some(declared) => match declared.presence {
                Presence::Present => {
                    StepReason::Declared { at: self.cite(declared.place), until: None, reason: None }
                }
                Presence::Removed(place) | Presence::Ended(_, place) => {
                    StepReason::Removed { at: self.cite(place) }
                }
            },
        }
    }

    fn goes(&self, user: &Email) -> bool {
        self.users.get(user).is_none_or(|declared| declared.presence != Presence::Present)
    }

    fn of_membership(&self, group: &GroupName, user: &Email, edit: &Edit<()>) -> StepReason {
        let group_goes = self.groups.get(group).is_none_or(|declared| declared.presence != Presence::Present);
        if edit.after().is_none() && !self.goes(user) && group_goes {
            return match self.of_group(group) {
                StepReason::Removed { at } | StepReason::NotDeclared { at } => StepReason::Follows { at },
                why => why,
            };
        }
        self.of_edge(user, edit.after().is_some(), |declared| declared.groups.get::<GroupName>(group))
    }

    fn of_listing(&self, group: &GroupName, product: &ProductId, edit: &Edit<()>) -> StepReason {
        let Some(declared) = self.groups.get(group).filter(|declared| declared.presence == Presence::Present)
        else {
            return match self.of_group(group) {
                StepReason::Removed { at } | StepReason::NotDeclared { at } => StepReason::Follows { at },
                why => why,
            };
        };
        let grant = declared.products.as_ref().and_then(|products| products.get::<ProductId>(product));
        self.of_grant(grant, edit.after().is_some(), declared.place)
    }

    fn of_edge<'a>(
        &'a self,
        user: &Email,
        granted: bool,
        grant: impl FnOnce(&'a DeclaredUser) -> Option<&'a Grant>,
    ) -> StepReason {
        match self.users.get(user) {
            Some(declared) if !self.goes(user) => self.of_grant(grant(declared), granted, declared.place),
            _ => self.follows_user(user),
        }
    }

    /// The line of a grant, with its dates and reason.
    pub fn why_granted(&self, grant: &Grant) -> StepReason {
        self.of_grant(Some(grant), true, grant.place)
    }

    fn of_grant(&self, grant: Option<&Grant>, granted: bool, object: Place) -> StepReason {
        let Some(grant) = grant else { return StepReason::NotDeclared { at: self.cite(object) } };
        let at = self.cite(grant.place);
        let terms = grant.terms.as_deref();
        let (from, until) = (terms.and_then(|terms| terms.from), terms.and_then(|terms| terms.until));
        match (grant.standing, from, until) {
            (Standing::Ended, _, Some(on)) if !granted => StepReason::Ended { at, on },
            (Standing::NotYet, Some(from), _) if !granted => StepReason::NotYet { at, from },
            (Standing::Holds | Standing::Ended | Standing::NotYet, _, until) => {
                StepReason::Declared { at, until, reason: terms.and_then(|terms| terms.reason.clone()) }
            }
        }
    }
}

fn assignment<'a>(declared: &'a DeclaredUser, product: &ProductId, denied: bool) -> Option<&'a Grant> {
    let (first, second) =
        if denied { (&declared.deny, &declared.products) } else { (&declared.products, &declared.deny) };
    [first, second].into_iter().find_map(|grants| grants.as_ref()?.get::<ProductId>(product))
}
