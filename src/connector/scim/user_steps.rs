//! Steps about users.

use super::resource::{FetchedResource, ScimResource};
use super::step_writer::{PostOutcome, ResourceEdit, StepReadiness, StepResult, StepWriter};
use super::user::{self, ScimUser};
use crate::change::Edit;
use crate::connector::{Receipt, WriteError};
use crate::model::{Email, LiveId, ProductId, Profile, RoleId, Text, UserException, UserState};
use crate::object::profile::ProfileField;
use crate::wire::scim::ResourceKind;

/// Judges a step that makes a yes-or-no state `wanted`, by whether the state already holds.
fn readiness_of(is: bool, wanted: bool) -> StepReadiness {
    if is == wanted { StepReadiness::Already } else { StepReadiness::Go }
}

impl StepWriter<'_> {
    /// Invites a person. A user whom the service kept locked after an earlier removal is unlocked instead.
    pub(super) async fn invite(&self, profile: &Profile) -> StepResult {
        let name = profile.email.as_str();
        let _turn = self.scim.memory.write_turn(ResourceKind::User, name).await;
        if let Some(found) = self.find_before_creation::<ScimUser>(name).await? {
            return self.settle_invitation(profile, &found).await;
        }
        match self.post::<ScimUser>(name, user::creation_body(profile, &self.service.schemas)).await? {
            PostOutcome::Created(id) => Ok(Receipt::Done { created: Some(id) }),
            PostOutcome::Taken(why) => match self
                .sole_match(self.scim.scan::<ScimUser>(self.service, name).await?)?
            {
                Some(found) => self.settle_invitation(profile, &found).await,
                None => Err(WriteError::Refused(format!("{why}; whom it belongs to is not shown").into())),
            },
        }
    }

    /// Settles an invitation whose address already belongs to a user.
    async fn settle_invitation(&self, profile: &Profile, found: &FetchedResource<ScimUser>) -> StepResult {
        let (user, id) = (&found.thing.user, found.thing.id());
        let was_sent = self.scim.memory.is_doubtful(self.key);
        if user.state == UserState::Locked && !was_sent {
            let judge = |person: &ScimUser| {
                readiness_of(person.user.state != UserState::Locked && person.user.profile == *profile, true)
            };
            let ops = |found: &FetchedResource<ScimUser>| {
                let mut ops = vec![found.lock_op(&self.service.schemas, false)];
                ops.extend(found.profile_ops(&found.thing.user.profile, profile));
                ops
            };
            self.edit(profile.email.as_str(), id, ResourceEdit { judge: &judge, ops: &ops }).await?;
            return Ok(Receipt::Done { created: Some(id.clone()) });
        }
        if user.profile == *profile || was_sent {
            self.scim.memory.remember_name(ResourceKind::User, profile.email.as_str(), id);
            return Ok(self.already_so_receipt(Some(id)));
        }
        Err(WriteError::Changed(
            format!("{} belongs to a user who is {}", profile.email, user.state.as_str()).into(),
        ))
    }

    /// Locks or unlocks a person: SCIM has only these two states.
    pub(super) async fn lock_or_unlock(&self, email: &Email, after: UserState) -> StepResult {
        let wanted = after == UserState::Locked;
        let judge = |person: &ScimUser| readiness_of(person.user.state == UserState::Locked, wanted);
        let ops = |found: &FetchedResource<ScimUser>| vec![found.lock_op(&self.service.schemas, wanted)];
        self.edit_user(email, ResourceEdit { judge: &judge, ops: &ops }).await
    }

    async fn edit_user(&self, email: &Email, edit: ResourceEdit<'_, ScimUser>) -> StepResult {
        let _turn = self.scim.memory.write_turn(ResourceKind::User, email.as_str()).await;
        let id = self.identity_of::<ScimUser>(email.as_str()).await?;
        self.edit(email.as_str(), &id, edit).await
    }

    /// Changes the profile of a person.
    pub(super) async fn update_user(&self, before: &Profile, after: &Profile) -> StepResult {
        let _turn = self.scim.memory.write_turn(ResourceKind::User, before.email.as_str()).await;
        let id = self.identity_of::<ScimUser>(before.email.as_str()).await?;
        let judge = |person: &ScimUser| judge_profile(&person.user.profile, before, after);
        let ops = |found: &FetchedResource<ScimUser>| found.profile_ops(&found.thing.user.profile, after);
        let name = self.current_name::<ScimUser>(&id, before.email.as_str(), after.email.as_str()).await?;
        let receipt = self.edit(name, &id, ResourceEdit { judge: &judge, ops: &ops }).await?;
        self.scim.memory.remember_name(ResourceKind::User, after.email.as_str(), &id);
        Ok(receipt)
    }

    /// Returns the one of two names that the resource has now, because an earlier try may have renamed it
    /// already.
    pub(super) async fn current_name<'n, T: ScimResource>(
        &self,
        id: &LiveId,
        before: &'n str,
        after: &'n str,
    ) -> StepResult<&'n str> {
        if before == after {
            return Ok(before);
        }
        let found = self.get::<T>(id).await?;
        Ok(if found.is_some_and(|found| found.thing.name() == after) { after } else { before })
    }

    /// Grants or revokes a role.
    pub(super) async fn edit_role(&self, email: &Email, role: &RoleId, edit: &Edit<()>) -> StepResult {
        let judge = |person: &ScimUser| readiness_of(person.user.roles.has(role), edit.after().is_some());
        let ops = |_: &FetchedResource<ScimUser>| vec![FetchedResource::role_op(role, edit)];
        self.edit_user(email, ResourceEdit { judge: &judge, ops: &ops }).await
    }

    /// Allows or denies a product by name, or removes the exception.
    pub(super) async fn set_exception(
        &self,
        email: &Email,
        product: &ProductId,
        edit: &Edit<UserException>,
    ) -> StepResult {
        let (before, after) = (edit.before().copied(), edit.after().copied());
        let judge = |person: &ScimUser| match person.user.exceptions.get(product).copied() {
            live if live == after => StepReadiness::Already,
            // Without any exception, the first half of the step was carried out earlier.
            live if live == before || live.is_none() => StepReadiness::Go,
            _ => StepReadiness::Changed(format!("whether {email} is allowed {product} has changed").into()),
        };
        let ops = |found: &FetchedResource<ScimUser>| {
            found.exception_ops(product, found.thing.user.exceptions.get(product).copied(), after)
        };
        self.edit_user(email, ResourceEdit { judge: &judge, ops: &ops }).await
    }

    /// Assigns or releases a named licence.
    pub(super) async fn edit_licence(
        &self,
        email: &Email,
        product: &ProductId,
        edit: &Edit<()>,
    ) -> StepResult {
        let judge =
            |person: &ScimUser| readiness_of(person.user.licences.has(product), edit.after().is_some());
        let ops = |_: &FetchedResource<ScimUser>| vec![FetchedResource::licence_op(product, edit)];
        self.edit_user(email, ResourceEdit { judge: &judge, ops: &ops }).await
    }

    /// Removes a person who has no roles, assignments or groups left.
    pub(super) async fn remove_user(&self, before: &Profile) -> StepResult {
        let email = &before.email;
        let _turn = self.scim.memory.write_turn(ResourceKind::User, email.as_str()).await;
        let id = match self.identity_of::<ScimUser>(email.as_str()).await {
            Err(WriteError::Changed(_)) => return Ok(self.already_so_receipt(None)),
            id => id?,
        };
        let Some(found) = self.get::<ScimUser>(&id).await? else { return Ok(self.already_so_receipt(None)) };
        check_removable(&found.thing, before)?;
        match self.delete::<ScimUser>(&id).await? {
            None => {
                self.scim.memory.forget_name(ResourceKind::User, email.as_str());
                Ok(Receipt::Done { created: None })
            }
            Some(left) => Err(WriteError::Refused(removal_failure(&left.thing))),
        }
    }
}

/// Compares the live profile with those before and after the step: each value must be one of the two, because
/// the service may have carried out half of the step.
fn judge_profile(live: &Profile, before: &Profile, after: &Profile) -> StepReadiness {
    let is_other = |field: &ProfileField| field.differs(live, before) && field.differs(live, after);
    match ProfileField::ALL.into_iter().find(is_other) {
        Some(field) => {
            StepReadiness::Changed(format!("the {} of {} has changed", field.noun(), live.email).into())
        }
        None => readiness_of(live == after, true),
    }
}

fn check_removable(person: &ScimUser, before: &Profile) -> StepResult<()> {
    let user = &person.user;
    if let StepReadiness::Changed(how) = judge_profile(&user.profile, before, before) {
        return Err(WriteError::Changed(how));
    }
    let left = [
        (user.roles.len(), "roles"),
        (user.exceptions.len() + user.licences.len(), "assignments"),
        (usize::from(person.shows.has("groups")), "groups"),
    ];
    let left: Vec<&str> = left.into_iter().filter(|(count, _)| *count > 0).map(|(_, what)| what).collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(WriteError::Refused(format!("{} still has {}", before.email, left.join(", ")).into()))
    }
}

/// Explains why a user who was removed is still shown.
fn removal_failure(person: &ScimUser) -> Text {
    let email = person.name();
    match person.user.state {
        UserState::Locked => format!(
            "the service keeps {email}, switched off, and says to have removed them: declare `state: locked`"
        )
        .into(),
        UserState::Pending | UserState::Invited | UserState::Active => {
            format!("the service says to have removed {email}, and still shows them").into()
        }
    }
}
