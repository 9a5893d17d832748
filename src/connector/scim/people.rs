//! Steps about people.

use super::person::{self, Person};
use super::resource::{Found, Thing};
use super::send::{Edit, Posted, Verdict, Writing};
use crate::connector::{Receipt, WriteError};
use crate::model::{Email, LiveId, ProductId, Profile, RoleId, Text, UserException, UserState};
use crate::wire::scim::Resource;

/// Whether something is so, is to become so, or has become something else.
fn edge(is: bool, wanted: bool) -> Verdict {
    if is == wanted { Verdict::Already } else { Verdict::Go }
}

impl Writing<'_> {
    /// Invites a person. One whom the service kept when they were removed, switched off, is switched on
    /// again.
    pub(super) async fn invite(&self, profile: &Profile) -> Result<Receipt, WriteError> {
        let name = profile.email.as_str();
        let turn = self.scim.memory.turn(Resource::User, name);
        let _turn = turn.lock().await;
        if let Some(found) = self.before_creation::<Person>(name).await? {
            return self.invited(profile, &found).await;
        }
        match self.post::<Person>(name, person::created(profile, &self.service.schemas)).await? {
            Posted::Created(id) => Ok(Receipt::Done { created: Some(id) }),
            Posted::Taken(why) => match self.only(self.scim.scan::<Person>(self.service, name).await?)? {
                Some(found) => self.invited(profile, &found).await,
                None => Err(WriteError::Refused(format!("{why}; whom it belongs to is not shown").into())),
            },
        }
    }

    /// What becomes of an invitation where the address belongs to somebody.
    async fn invited(&self, profile: &Profile, found: &Found<Person>) -> Result<Receipt, WriteError> {
        let (user, id) = (&found.thing.user, found.thing.id());
        let was_sent = self.scim.memory.doubts(self.key);
        if user.state == UserState::Locked && !was_sent {
            let judge = |person: &Person| {
                edge(person.user.state != UserState::Locked && person.user.profile == *profile, true)
            };
            let ops = |found: &Found<Person>| {
                let mut ops = vec![found.lock_op(&self.service.schemas, false)];
                ops.extend(found.profile_ops(&found.thing.user.profile, profile));
                ops
            };
            self.edit(profile.email.as_str(), id, Edit { judge: &judge, ops: &ops }).await?;
            return Ok(Receipt::Done { created: Some(id.clone()) });
        }
        if user.profile == *profile || was_sent {
            self.scim.memory.is_called(Resource::User, profile.email.as_str(), id);
            return Ok(self.already(Some(id)));
        }
        Err(WriteError::Changed(
            format!("{} belongs to a user who is {}", profile.email, user.state.as_str()).into(),
        ))
    }

    /// Locks a person who was in the state `before`; without one, unlocks them. Of states, SCIM has these
    /// two.
    pub(super) async fn lock(&self, email: &Email, before: Option<UserState>) -> Result<Receipt, WriteError> {
        let wanted = before.is_some();
        let judge = |person: &Person| edge(person.user.state == UserState::Locked, wanted);
        let ops = |found: &Found<Person>| vec![found.lock_op(&self.service.schemas, wanted)];
        self.edit_person(email, Edit { judge: &judge, ops: &ops }).await
    }

    async fn edit_person(&self, email: &Email, edit: Edit<'_, Person>) -> Result<Receipt, WriteError> {
        let turn = self.scim.memory.turn(Resource::User, email.as_str());
        let _turn = turn.lock().await;
        let id = self.identity_of::<Person>(email.as_str()).await?;
        self.edit(email.as_str(), &id, edit).await
    }

    /// Gives a person another profile.
    pub(super) async fn update_user(&self, before: &Profile, after: &Profile) -> Result<Receipt, WriteError> {
        let turn = self.scim.memory.turn(Resource::User, before.email.as_str());
        let _turn = turn.lock().await;
        let id = self.identity_of::<Person>(before.email.as_str()).await?;
        let judge = |person: &Person| judged(&person.user.profile, before, after);
        let ops = |found: &Found<Person>| found.profile_ops(&found.thing.user.profile, after);
        let name = self.current::<Person>(&id, before.email.as_str(), after.email.as_str()).await?;
        let receipt = self.edit(name, &id, Edit { judge: &judge, ops: &ops }).await?;
        self.scim.memory.is_called(Resource::User, after.email.as_str(), &id);
        Ok(receipt)
    }

    /// Under which of two names the thing is found: it may have been renamed already.
    pub(super) async fn current<'n, T: Thing>(
        &self,
        id: &LiveId,
        before: &'n str,
        after: &'n str,
    ) -> Result<&'n str, WriteError> {
        if before == after {
            return Ok(before);
        }
        let found = self.get::<T>(id).await?;
        Ok(if found.is_some_and(|found| found.thing.name() == after) { after } else { before })
    }

    /// Grants a role.
    pub(super) async fn grant_role(&self, email: &Email, role: &RoleId) -> Result<Receipt, WriteError> {
        let judge = |person: &Person| edge(person.user.roles.has(role), true);
        self.edit_person(email, Edit { judge: &judge, ops: &|_| vec![Found::grant(role)] }).await
    }

    /// Revokes a role.
    pub(super) async fn revoke_role(&self, email: &Email, role: &RoleId) -> Result<Receipt, WriteError> {
        let judge = |person: &Person| edge(person.user.roles.has(role), false);
        self.edit_person(email, Edit { judge: &judge, ops: &|_| vec![Found::revoke(role)] }).await
    }

    /// Allows or denies a product, or neither.
    pub(super) async fn set_exception(
        &self,
        email: &Email,
        product: &ProductId,
        before: Option<UserException>,
        after: Option<UserException>,
    ) -> Result<Receipt, WriteError> {
        let judge = |person: &Person| match person.user.exceptions.get(product).copied() {
            live if live == after => Verdict::Already,
            // Between the two, where the first half of it was done.
            live if live == before || live.is_none() => Verdict::Go,
            _ => Verdict::Changed(format!("whether {email} is allowed {product} has changed").into()),
        };
        let ops = |found: &Found<Person>| {
            found.except(product, found.thing.user.exceptions.get(product).copied(), after)
        };
        self.edit_person(email, Edit { judge: &judge, ops: &ops }).await
    }

    /// Assigns a named licence.
    pub(super) async fn assign_licence(
        &self,
        email: &Email,
        product: &ProductId,
    ) -> Result<Receipt, WriteError> {
        let judge = |person: &Person| edge(person.user.licences.has(product), true);
        self.edit_person(email, Edit { judge: &judge, ops: &|_| vec![Found::assign(product)] }).await
    }

    /// Releases one.
    pub(super) async fn release_licence(
        &self,
        email: &Email,
        product: &ProductId,
    ) -> Result<Receipt, WriteError> {
        let judge = |person: &Person| edge(person.user.licences.has(product), false);
        self.edit_person(email, Edit { judge: &judge, ops: &|_| vec![Found::release(product)] }).await
    }

    /// Removes a person who has nothing any longer.
    pub(super) async fn remove_user(&self, before: &Profile) -> Result<Receipt, WriteError> {
        let email = &before.email;
        let turn = self.scim.memory.turn(Resource::User, email.as_str());
        let _turn = turn.lock().await;
        let id = match self.identity_of::<Person>(email.as_str()).await {
            Err(WriteError::Changed(_)) => return Ok(self.already(None)),
            id => id?,
        };
        let Some(found) = self.get::<Person>(&id).await? else { return Ok(self.already(None)) };
        may_go(&found.thing, before)?;
        match self.delete::<Person>(&id).await? {
            None => {
                self.scim.memory.is_gone(Resource::User, email.as_str());
                Ok(Receipt::Done { created: None })
            }
            Some(left) => Err(WriteError::Refused(kept(&left.thing))),
        }
    }
}

/// A profile, each value of which is the one before or the one after the step: a service may have done half
/// of it.
fn judged(live: &Profile, before: &Profile, after: &Profile) -> Verdict {
    let Profile { email, first_name, last_name, country, entitlement_country } = live;
    let fields = [
        ("address", *email == before.email || *email == after.email),
        ("first name", *first_name == before.first_name || *first_name == after.first_name),
        ("last name", *last_name == before.last_name || *last_name == after.last_name),
        ("country", *country == before.country || *country == after.country),
        (
            "entitlement country",
            [before.entitlement_country, after.entitlement_country].contains(entitlement_country),
        ),
    ];
    match fields.into_iter().find(|(_, known)| !known) {
        Some((field, _)) => Verdict::Changed(format!("the {field} of {email} has changed").into()),
        None => edge(live == after, true),
    }
}

fn may_go(person: &Person, before: &Profile) -> Result<(), WriteError> {
    let user = &person.user;
    if let Verdict::Changed(how) = judged(&user.profile, before, before) {
        return Err(WriteError::Changed(how));
    }
    let left = [
        (user.roles.len(), "roles"),
        (user.exceptions.len() + user.licences.len(), "assignments"),
        (usize::from(person.shows.groups), "groups"),
    ];
    let left: Vec<&str> = left.into_iter().filter(|(count, _)| *count > 0).map(|(_, what)| what).collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(WriteError::Refused(format!("{} still has {}", before.email, left.join(", ")).into()))
    }
}

/// Why somebody who was removed is still there.
fn kept(person: &Person) -> Text {
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
