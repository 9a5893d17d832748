//! Users as SCIM resources, and the acts that a write of one takes.

mod attributes;
mod entitlements;
mod person_resource;
mod requested_person;

use std::collections::BTreeSet;

use super::{ResourceTransaction, ResourceWriteResult, query_rows};
use crate::change::{Change, Edit};
use crate::model::{Checkout, GroupName, LiveId, ProductId, RoleId, UserState};
use crate::sandbox::acts::write_transaction::text_column;
use crate::sandbox::store::ledger::time_column;
use crate::sandbox::store::schema::damage_error;
use crate::wire::scim::patch::take_attributes;
use crate::wire::scim::{JsonObject, ScimRefusal, ScimType};
use entitlements::{Entitlements, entitlement_changes};
use person_resource::PersonResource;
use requested_person::RequestedPerson;

pub(super) use person_resource::{find_person, for_each_person, identity_by_name};

impl ResourceTransaction<'_> {
    /// Invites the user that the body of a request describes. Returns the user's identity.
    pub(super) fn create_person(&self, body: &JsonObject) -> ResourceWriteResult<LiveId> {
        let wanted =
            RequestedPerson::from_body(self.place, take_attributes(self.place.names(), body)?, None)?;
        self.check_names(&wanted, None)?;
        let (user, edit) = (wanted.profile.email.clone(), Edit::Create(wanted.profile.clone()));
        let live = self.make_change(Change::User { user, edit }, None)?;
        let live =
            live.ok_or_else(|| ScimRefusal::new(ScimType::Uniqueness, "there is such a user already"))?;
        self.keep_attributes(&live, wanted.user_name.as_deref(), &wanted.kept)?;
        self.settle(&live, UserState::Invited, &wanted, Default::default())?;
        Ok(live)
    }

    /// Refuses a name or an address that belongs to another user.
    fn check_names(&self, wanted: &RequestedPerson, own: Option<&LiveId>) -> ResourceWriteResult<()> {
        let names = [Some(wanted.profile.email.as_str()), wanted.user_name.as_deref()];
        for name in names.into_iter().flatten() {
            let taken = identity_by_name(self.write.conn, name)?;
            if taken.is_some_and(|taken| own.is_none_or(|own| own.as_str() != taken)) {
                return Err(ScimRefusal::new(
                    ScimType::Uniqueness,
                    format!("{name} belongs to another user"),
                )
                .into());
            }
        }
        Ok(())
    }

    /// Changes a user to what `body` makes of the current resource.
    pub(super) fn replace_person(
        &self,
        live: &LiveId,
        version: Option<u32>,
        body: impl FnOnce(&JsonObject) -> ResourceWriteResult<JsonObject>,
    ) -> ResourceWriteResult<()> {
        let before = find_person(self.write.conn, live.as_str())?
            .ok_or_else(|| self.place.not_found(live.as_str()))?;
        self.check_version(live, before.version, version)?;
        let body = body(&before.resource(self.place))?;
        let wanted = RequestedPerson::from_body(
            self.place,
            take_attributes(self.place.names(), &body)?,
            Some(&before),
        )?;
        self.check_names(&wanted, Some(live))?;
        if wanted.profile != before.profile {
            let edit = Edit::Update { before: before.profile.clone(), after: wanted.profile.clone() };
            self.make_change(Change::User { user: before.profile.email.clone(), edit }, Some(live))?;
        }
        self.settle(live, before.state, &wanted, before.roles_and_entitlements())?;
        if self.keep_attributes(live, wanted.user_name.as_deref(), &wanted.kept)?
            && wanted.profile == before.profile
        {
            self.write.touch_user(before.id)?;
            self.audit_attributes(live)?;
        }
        Ok(())
    }

    /// Performs the acts for state, roles and entitlements, in the order that the invariants require.
    fn settle(
        &self,
        live: &LiveId,
        state: UserState,
        wanted: &RequestedPerson,
        (roles, entitlements): (BTreeSet<RoleId>, Entitlements),
    ) -> ResourceWriteResult<()> {
        let user = &wanted.profile.email;
        let mut changes = Vec::new();
        let after = match (state, wanted.locked) {
            (UserState::Locked, false) => Some(UserState::Active),
            (UserState::Pending | UserState::Invited | UserState::Active, true) => Some(UserState::Locked),
            (UserState::Pending | UserState::Invited | UserState::Active, false)
            | (UserState::Locked, true) => None,
        };
        changes.extend(after.map(|after| Change::State { user: user.clone(), before: state, after }));
        let is_download = |role: &&RoleId| role.is(RoleId::DOWNLOAD);
        // The role `download` is granted before the roles that need it, and revoked after them.
        let (first, then): (Vec<&RoleId>, Vec<&RoleId>) =
            wanted.roles.difference(&roles).partition(is_download);
        let (last, before): (Vec<&RoleId>, Vec<&RoleId>) =
            roles.difference(&wanted.roles).partition(is_download);
        let granted = first.into_iter().chain(then).map(|role| (role, Edit::Create(())));
        let revoked = before.into_iter().chain(last).map(|role| (role, Edit::Delete(())));
        changes.extend(granted.chain(revoked).map(|(role, edit)| Change::Role {
            user: user.clone(),
            role: role.clone(),
            edit,
        }));
        changes.extend(entitlement_changes(user, &entitlements, &wanted.entitlements));
        changes.into_iter().try_for_each(|change| self.make_change(change, Some(live)).map(drop))
    }

    /// Ends everything that a user has, and then removes the user.
    pub(super) fn delete_person(&self, live: &LiveId, version: Option<u32>) -> ResourceWriteResult<()> {
        let person = find_person(self.write.conn, live.as_str())?
            .ok_or_else(|| self.place.not_found(live.as_str()))?;
        self.check_version(live, person.version, version)?;
        self.end_checkouts(&person)?;
        let (roles, entitlements) = person.roles_and_entitlements();
        let bare = RequestedPerson {
            profile: person.profile.clone(),
            locked: person.state == UserState::Locked,
            roles: BTreeSet::new(),
            entitlements: BTreeSet::new(),
            kept: JsonObject::new(),
            user_name: None,
        };
        self.settle(live, person.state, &bare, (roles, entitlements))?;
        for (_, group) in &person.groups {
            let group = GroupName::new(group).map_err(damage_error)?;
            let user = person.profile.email.clone();
            self.make_change(Change::Membership { user, group, edit: Edit::Delete(()) }, None)?;
        }
        let user = person.profile.email.clone();
        self.make_change(Change::User { user, edit: Edit::Delete(person.profile) }, Some(live))?;
        self.forget_attributes(live)
    }

    fn end_checkouts(&self, person: &PersonResource) -> ResourceWriteResult<()> {
        let sql = "SELECT name, machine, expires FROM checkouts JOIN products ON products.id = product_id \
            WHERE user_id = ?";
        let checkouts: Vec<_> = query_rows(self.write.conn, sql, person.id, |row| {
            let product = ProductId::new(text_column(row, 0)?).map_err(damage_error)?;
            Ok(Checkout { product, machine: text_column(row, 1)?.into(), expires: time_column(row, 2)? })
        })?;
        let user = &person.profile.email;
        checkouts.into_iter().try_for_each(|checkout| {
            self.make_change(Change::Checkout { user: user.clone(), checkout }, None).map(drop)
        })
    }
}
