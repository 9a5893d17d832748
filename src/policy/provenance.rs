//! Why a change is made: the line of the policy that asks for it or, for a removal that no line asks for, the
//! line that would have to name what is removed.

use super::{Citation, DeclaredUser, Grant, GrantStanding, Policy, PolicyPlace, Presence, Relation};
use crate::change::{Change, DateConflict, Edit, StepReason};
use crate::model::{Email, GroupName, ProductId, RoleId, Text, UserException};

impl Policy {
    /// Returns the reason for `change`, which scope and diff derived from this policy.
    pub fn reason_for_change(&self, change: &Change) -> StepReason {
        match change {
            Change::User { user, .. } | Change::State { user, .. } => self.user_reason(user),
            Change::Checkout { user, .. } => self.follow_user_reason(user),
            Change::Group { group, .. } => self.group_reason(group),
            Change::Membership { group, user, edit } => self.membership_reason(group, user, edit),
            Change::Role { user, role, edit } => self.edge_reason(user, edit.after().is_some(), |declared| {
                declared.roles.as_ref()?.get::<RoleId>(role)
            }),
            Change::Exception { user, product, edit } => {
                self.edge_reason(user, edit.after().is_some(), |declared| {
                    assignment_grant(declared, product, *edit.latest() == UserException::Deny)
                })
            }
            Change::Licence { user, product, edit } => {
                self.edge_reason(user, edit.after().is_some(), |declared| {
                    assignment_grant(declared, product, false)
                })
            }
            Change::Listing { group, product, edit } => self.listing_reason(group, product, edit),
            Change::Default { country, .. } => self.entry_reason(
                Relation::Restrictions,
                self.defaults.get(country).map(|declared| declared.place),
            ),
            Change::Restriction { product, area, .. } => self.entry_reason(
                Relation::Restrictions,
                self.restrictions.get(&(product.clone(), *area)).map(|declared| declared.place),
            ),
            Change::Alert { product, country, .. } => self.entry_reason(
                Relation::Alerts,
                self.alerts.get(&(product.clone(), *country)).map(|declared| declared.place),
            ),
            Change::Contact { edit } => self.entry_reason(
                Relation::Contacts,
                edit.after().and_then(|contact| self.contacts.get(contact)).copied(),
            ),
        }
    }

    /// Returns what the dates of grants make impossible, with the lines.
    pub fn date_conflicts(&self) -> Vec<DateConflict> {
        let dated = self.conflicts.problems.iter().map(|dated| DateConflict {
            at: self.cite(dated.problem.place),
            day: dated.day,
            says: dated.problem.message.as_str().into(),
        });
        dated.collect()
    }

    fn cite(&self, place: PolicyPlace) -> Citation {
        self.sources.cite(place)
    }

    /// Cites the line of `manage` that makes the policy the whole truth for `relation`.
    fn undeclared_reason(&self, relation: Relation) -> StepReason {
        let place = self.settings.manage_places.get(&relation);
        let at = place.map_or_else(
            || Citation { file: Text::from("seatwise.yaml"), line: 1 },
            |place| self.cite(*place),
        );
        StepReason::NotDeclared { at }
    }

    fn entry_reason(&self, relation: Relation, place: Option<PolicyPlace>) -> StepReason {
        place.map_or_else(
            || self.undeclared_reason(relation),
            |place| StepReason::Declared { at: self.cite(place), until: None, reason: None },
        )
    }

    fn user_reason(&self, user: &Email) -> StepReason {
        match self.users.get(user) {
            None => self.undeclared_reason(Relation::Users),
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

    fn follow_user_reason(&self, user: &Email) -> StepReason {
        match self.user_reason(user) {
            StepReason::Declared { at, .. }
            | StepReason::Removed { at }
            | StepReason::Ended { at, .. }
            | StepReason::NotDeclared { at } => StepReason::Follows { at },
            why @ (StepReason::NotYet { .. } | StepReason::Follows { .. } | StepReason::Undo) => why,
        }
    }

    fn group_reason(&self, group: &GroupName) -> StepReason {
        match self.groups.get(group) {
            None => self.undeclared_reason(Relation::Groups),
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

    fn follow_group_reason(&self, group: &GroupName) -> StepReason {
        match self.group_reason(group) {
            StepReason::Removed { at } | StepReason::NotDeclared { at } => StepReason::Follows { at },
            why @ (StepReason::Declared { .. }
            | StepReason::Ended { .. }
            | StepReason::NotYet { .. }
            | StepReason::Follows { .. }
            | StepReason::Undo) => why,
        }
    }

    fn is_user_leaving(&self, user: &Email) -> bool {
        self.users.get(user).is_none_or(|declared| declared.presence != Presence::Present)
    }

    fn membership_reason(&self, group: &GroupName, user: &Email, edit: &Edit<()>) -> StepReason {
        let group_goes = self.groups.get(group).is_none_or(|declared| declared.presence != Presence::Present);
        if edit.after().is_none() && !self.is_user_leaving(user) && group_goes {
            return self.follow_group_reason(group);
        }
        self.edge_reason(user, edit.after().is_some(), |declared| declared.groups.get::<GroupName>(group))
    }

    fn listing_reason(&self, group: &GroupName, product: &ProductId, edit: &Edit<()>) -> StepReason {
        let Some(declared) = self.groups.get(group).filter(|declared| declared.presence == Presence::Present)
        else {
            return self.follow_group_reason(group);
        };
        let grant = declared.products.as_ref().and_then(|products| products.get::<ProductId>(product));
        self.grant_edit_reason(grant, edit.after().is_some(), declared.place)
    }

    fn edge_reason<'a>(
        &'a self,
        user: &Email,
        granted: bool,
        grant: impl FnOnce(&'a DeclaredUser) -> Option<&'a Grant>,
    ) -> StepReason {
        match self.users.get(user) {
            Some(declared) if !self.is_user_leaving(user) => {
                self.grant_edit_reason(grant(declared), granted, declared.place)
            }
            _ => self.follow_user_reason(user),
        }
    }

    /// Returns the line of a grant, with its last day and reason.
    pub fn reason_for_grant(&self, grant: &Grant) -> StepReason {
        self.grant_edit_reason(Some(grant), true, grant.place)
    }

    fn grant_edit_reason(&self, grant: Option<&Grant>, granted: bool, object: PolicyPlace) -> StepReason {
        let Some(grant) = grant else { return StepReason::NotDeclared { at: self.cite(object) } };
        let at = self.cite(grant.place);
        let terms = grant.terms.as_deref();
        let (from, until) = (terms.and_then(|terms| terms.from), terms.and_then(|terms| terms.until));
        match (grant.standing, from, until) {
            (GrantStanding::Ended, _, Some(on)) if !granted => StepReason::Ended { at, on },
            (GrantStanding::NotYet, Some(from), _) if !granted => StepReason::NotYet { at, from },
            (GrantStanding::Holds | GrantStanding::Ended | GrantStanding::NotYet, _, until) => {
                StepReason::Declared { at, until, reason: terms.and_then(|terms| terms.reason.clone()) }
            }
        }
    }
}

fn assignment_grant<'a>(declared: &'a DeclaredUser, product: &ProductId, denied: bool) -> Option<&'a Grant> {
    let (first, second) =
        if denied { (&declared.deny, &declared.products) } else { (&declared.products, &declared.deny) };
    [first, second].into_iter().find_map(|grants| grants.as_ref()?.get::<ProductId>(product))
}
