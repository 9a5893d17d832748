//! Steps about groups and who is in them.

use super::person::Person;
use super::resource::{Found, Thing};
use super::schema::Path;
use super::send::{Edit, Posted, Verdict, Writing};
use super::team::{self, Team};
use crate::connector::{Receipt, WriteError};
use crate::model::{Email, GroupFacts, GroupName, LiveId, Text};
use crate::wire::scim::Resource;

/// Who joins or leaves.
struct Joining<'j> {
    email: &'j Email,
    id: LiveId,
}

impl Joining<'_> {
    fn is_in(&self, team: &Team) -> bool {
        team.has(self.id.as_str(), &[self.email.as_str()])
    }
}

/// Whether somebody shall be in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    In,
    Out,
}

impl Writing<'_> {
    /// Creates a group.
    pub(super) async fn create_group(&self, facts: &GroupFacts) -> Result<Receipt, WriteError> {
        let facts = &team::held(facts, &self.service.schemas);
        let name = facts.name.as_str();
        let turn = self.scim.memory.turn(Resource::Group, name);
        let _turn = turn.lock().await;
        if let Some(found) = self.before_creation::<Team>(name).await? {
            return self.created_group(facts, &found);
        }
        match self.post::<Team>(name, team::created(facts, &self.service.schemas)).await? {
            Posted::Created(id) => Ok(Receipt::Done { created: Some(id) }),
            Posted::Taken(why) => match self.only(self.scim.scan::<Team>(self.service, name).await?)? {
                Some(found) => self.created_group(facts, &found),
                None => {
                    Err(WriteError::Refused(format!("{why}; which group it belongs to is not shown").into()))
                }
            },
        }
    }

    fn created_group(&self, facts: &GroupFacts, found: &Found<Team>) -> Result<Receipt, WriteError> {
        let id = found.thing.id();
        if found.thing.group.facts != *facts && !self.scim.memory.doubts(self.key) {
            return Err(WriteError::Changed(format!("there is another group {}", facts.name).into()));
        }
        self.scim.memory.is_called(Resource::Group, facts.name.as_str(), id);
        Ok(self.already(Some(id)))
    }

    /// Gives a group other facts.
    pub(super) async fn update_group(
        &self,
        before: &GroupFacts,
        after: &GroupFacts,
    ) -> Result<Receipt, WriteError> {
        let (before, after) =
            (&team::held(before, &self.service.schemas), &team::held(after, &self.service.schemas));
        let turn = self.scim.memory.turn(Resource::Group, before.name.as_str());
        let _turn = turn.lock().await;
        let id = self.identity_of::<Team>(before.name.as_str()).await?;
        let judge = |team: &Team| judged(&team.group.facts, before, after);
        let ops = |found: &Found<Team>| team::ops(&found.thing.group.facts, after, &self.service.schemas);
        let name = self.current::<Team>(&id, before.name.as_str(), after.name.as_str()).await?;
        let receipt = self.edit(name, &id, Edit { judge: &judge, ops: &ops }).await?;
        self.scim.memory.is_called(Resource::Group, after.name.as_str(), &id);
        Ok(receipt)
    }

    /// Deletes a group that nobody is in.
    pub(super) async fn delete_group(&self, before: &GroupFacts) -> Result<Receipt, WriteError> {
        let before = &team::held(before, &self.service.schemas);
        let name = before.name.as_str();
        let turn = self.scim.memory.turn(Resource::Group, name);
        let _turn = turn.lock().await;
        let id = match self.identity_of::<Team>(name).await {
            Err(WriteError::Changed(_)) => return Ok(self.already(None)),
            id => id?,
        };
        let Some(found) = self.get::<Team>(&id).await? else { return Ok(self.already(None)) };
        if let Verdict::Changed(how) = judged(&found.thing.group.facts, before, before) {
            return Err(WriteError::Changed(how));
        }
        match self.delete::<Team>(&id).await? {
            None => {
                self.scim.memory.is_gone(Resource::Group, name);
                Ok(Receipt::Done { created: None })
            }
            Some(_) => Err(WriteError::Refused(
                format!("the service says to have deleted {name}, and still shows it").into(),
            )),
        }
    }

    /// Adds a member.
    pub(super) async fn join(&self, user: &Email, group: &GroupName) -> Result<Receipt, WriteError> {
        self.member(user, group, Wanted::In).await
    }

    /// Takes a member out.
    pub(super) async fn leave(&self, user: &Email, group: &GroupName) -> Result<Receipt, WriteError> {
        self.member(user, group, Wanted::Out).await
    }

    /// Moves a member. SCIM has no way to do that at once: out of the one, then into the other; nobody loses
    /// access by being in neither.
    pub(super) async fn swap(
        &self,
        user: &Email,
        from: &GroupName,
        to: &GroupName,
    ) -> Result<Receipt, WriteError> {
        let left = self.leave(user, from).await?;
        let joined = self.join(user, to).await.map_err(|error| match error {
            WriteError::Refused(why) => {
                WriteError::Refused(format!("{user} has left {from}, and could not join {to}: {why}").into())
            }
            other => other,
        })?;
        Ok(if left == Receipt::AlreadySo { joined } else { left })
    }

    async fn member(&self, email: &Email, group: &GroupName, wanted: Wanted) -> Result<Receipt, WriteError> {
        let joining = Joining { email, id: self.identity_of::<Person>(email.as_str()).await? };
        let id = self.identity_of::<Team>(group.as_str()).await?;
        let turn = self.scim.memory.turn(Resource::Group, group.as_str());
        let _turn = turn.lock().await;
        if self.scim.memory.hides_members() {
            return Err(WriteError::Refused(hidden(group)));
        }
        let judge = |team: &Team| {
            if joining.is_in(team) == (wanted == Wanted::In) { Verdict::Already } else { Verdict::Go }
        };
        let ops = |found: &Found<Team>| match wanted {
            Wanted::In => vec![Found::add(joining.id.as_str(), self.address(&joining.id))],
            Wanted::Out => found.take(joining.id.as_str(), &[email.as_str()]),
        };
        let member = self.edit(group.as_str(), &id, Edit { judge: &judge, ops: &ops }).await;
        match member {
            Err(WriteError::Refused(why)) if wanted == Wanted::In => {
                Err(WriteError::Refused(self.unseen(&id, group, why).await))
            }
            other => other,
        }
    }

    /// The address of a member, where the service insists on one.
    fn address(&self, id: &LiveId) -> Option<String> {
        let wanted = self.service.schemas.requires(Resource::Group, Path::part("members", "$ref"));
        let mut url = self.service.place(Resource::User, id.as_str()).filter(|_| wanted)?;
        url.set_query(None);
        Some(url.into())
    }

    /// Why a member who was accepted is not seen: some services never show members.
    async fn unseen(&self, id: &LiveId, group: &GroupName, why: Text) -> Text {
        let accepted = why.starts_with("the service accepted it");
        let shows_none = match self.get::<Team>(id).await {
            Ok(Some(found)) => found.thing.members.is_empty(),
            Ok(None) | Err(_) => false,
        };
        if accepted && shows_none {
            self.scim.memory.hide_members();
            return hidden(group);
        }
        why
    }
}

fn hidden(group: &GroupName) -> Text {
    format!("the service accepts members and shows none: who is in {group} cannot be known").into()
}

/// Facts, each of which is the one before or the one after the step.
fn judged(live: &GroupFacts, before: &GroupFacts, after: &GroupFacts) -> Verdict {
    let GroupFacts { name, kind, country, description } = live;
    let fields = [
        ("name", *name == before.name || *name == after.name),
        ("kind", [before.kind, after.kind].contains(kind)),
        ("country", [before.country, after.country].contains(country)),
        ("description", *description == before.description || *description == after.description),
    ];
    match fields.into_iter().find(|(_, known)| !known) {
        Some((field, _)) => Verdict::Changed(format!("the {field} of {name} has changed").into()),
        None if live == after => Verdict::Already,
        None => Verdict::Go,
    }
}
