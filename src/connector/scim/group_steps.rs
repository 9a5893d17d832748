//! Steps about groups and their members.

use super::group::{self, ScimGroup};
use super::resource::{FetchedResource, ScimResource};
use super::step_writer::{PostOutcome, ResourceEdit, StepReadiness, StepResult, StepWriter};
use super::user::ScimUser;
use crate::connector::{Receipt, WriteError};
use crate::model::{Email, GroupFacts, GroupName, LiveId, Text};
use crate::wire::scim::ResourceKind;
use crate::wire::scim::person::AttributePath;

/// The user who joins or leaves a group.
struct MemberIdentity<'j> {
    email: &'j Email,
    id: LiveId,
}

impl MemberIdentity<'_> {
    fn is_in(&self, team: &ScimGroup) -> bool {
        team.has_member(self.id.as_str(), &[self.email.as_str()])
    }
}

/// Whether the user is to be in the group or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MembershipGoal {
    In,
    Out,
}

impl StepWriter<'_> {
    /// Creates a group. An existing group with the same facts, or one that a lost write of this step created,
    /// is accepted.
    pub(super) async fn create_group(&self, facts: &GroupFacts) -> StepResult {
        let facts = &group::supported_facts(facts, &self.service.schemas);
        let name = facts.name.as_str();
        let _turn = self.scim.memory.write_turn(ResourceKind::Group, name).await;
        if let Some(found) = self.find_before_creation::<ScimGroup>(name).await? {
            return self.settle_group_creation(facts, &found);
        }
        match self.post::<ScimGroup>(name, group::creation_body(facts, &self.service.schemas)).await? {
            PostOutcome::Created(id) => Ok(Receipt::Done { created: Some(id) }),
            PostOutcome::Taken(why) => {
                match self.sole_match(self.scim.scan::<ScimGroup>(self.service, name).await?)? {
                    Some(found) => self.settle_group_creation(facts, &found),
                    None => Err(WriteError::Refused(
                        format!("{why}; which group it belongs to is not shown").into(),
                    )),
                }
            }
        }
    }

    fn settle_group_creation(&self, facts: &GroupFacts, found: &FetchedResource<ScimGroup>) -> StepResult {
        let id = found.thing.id();
        if found.thing.group.facts != *facts && !self.scim.memory.is_doubtful(self.key) {
            return Err(WriteError::Changed(format!("there is another group {}", facts.name).into()));
        }
        self.scim.memory.remember_name(ResourceKind::Group, facts.name.as_str(), id);
        Ok(self.already_so_receipt(Some(id)))
    }

    /// Changes the facts of a group.
    pub(super) async fn update_group(&self, before: &GroupFacts, after: &GroupFacts) -> StepResult {
        let (before, after) = (
            &group::supported_facts(before, &self.service.schemas),
            &group::supported_facts(after, &self.service.schemas),
        );
        let _turn = self.scim.memory.write_turn(ResourceKind::Group, before.name.as_str()).await;
        let id = self.identity_of::<ScimGroup>(before.name.as_str()).await?;
        let judge = |team: &ScimGroup| judge_facts(&team.group.facts, before, after);
        let ops = |found: &FetchedResource<ScimGroup>| {
            group::group_ops(&found.thing.group.facts, after, &self.service.schemas)
        };
        let name = self.current_name::<ScimGroup>(&id, before.name.as_str(), after.name.as_str()).await?;
        let receipt = self.edit(name, &id, ResourceEdit { judge: &judge, ops: &ops }).await?;
        self.scim.memory.remember_name(ResourceKind::Group, after.name.as_str(), &id);
        Ok(receipt)
    }

    /// Deletes a group without members.
    pub(super) async fn delete_group(&self, before: &GroupFacts) -> StepResult {
        let before = &group::supported_facts(before, &self.service.schemas);
        let name = before.name.as_str();
        let _turn = self.scim.memory.write_turn(ResourceKind::Group, name).await;
        let id = match self.identity_of::<ScimGroup>(name).await {
            Err(WriteError::Changed(_)) => return Ok(self.already_so_receipt(None)),
            id => id?,
        };
        let Some(found) = self.get::<ScimGroup>(&id).await? else { return Ok(self.already_so_receipt(None)) };
        if let StepReadiness::Changed(how) = judge_facts(&found.thing.group.facts, before, before) {
            return Err(WriteError::Changed(how));
        }
        match self.delete::<ScimGroup>(&id).await? {
            None => {
                self.scim.memory.forget_name(ResourceKind::Group, name);
                Ok(Receipt::Done { created: None })
            }
            Some(_) => Err(WriteError::Refused(
                format!("the service says to have deleted {name}, and still shows it").into(),
            )),
        }
    }

    /// Adds a member.
    pub(super) async fn join(&self, user: &Email, group: &GroupName) -> StepResult {
        self.change_membership(user, group, MembershipGoal::In).await
    }

    /// Removes a member.
    pub(super) async fn leave(&self, user: &Email, group: &GroupName) -> StepResult {
        self.change_membership(user, group, MembershipGoal::Out).await
    }

    /// Moves a member from one group to another. SCIM cannot do this in one write, so the user first leaves
    /// the one group and then joins the other; being in neither for a moment costs nobody access.
    pub(super) async fn swap(&self, user: &Email, from: &GroupName, to: &GroupName) -> StepResult {
        let left = self.leave(user, from).await?;
        let joined = self.join(user, to).await.map_err(|error| match error {
            WriteError::Refused(why) | WriteError::InPart(why) | WriteError::Changed(why)
                if left != Receipt::AlreadySo =>
            {
                WriteError::InPart(format!("{user} has left {from}, and could not join {to}: {why}").into())
            }
            other @ (WriteError::Refused(_)
            | WriteError::InPart(_)
            | WriteError::Changed(_)
            | WriteError::Transient(_)
            | WriteError::Obstructed(_)
            | WriteError::InDoubt(_)) => other,
        })?;
        Ok(if left == Receipt::AlreadySo { joined } else { left })
    }

    async fn change_membership(
        &self,
        email: &Email,
        group: &GroupName,
        wanted: MembershipGoal,
    ) -> StepResult {
        let joining = MemberIdentity { email, id: self.identity_of::<ScimUser>(email.as_str()).await? };
        let id = self.identity_of::<ScimGroup>(group.as_str()).await?;
        let _turn = self.scim.memory.write_turn(ResourceKind::Group, group.as_str()).await;
        if self.scim.memory.hides_members() {
            return Err(WriteError::Refused(hidden_members_text(group)));
        }
        let judge = |team: &ScimGroup| {
            if joining.is_in(team) == (wanted == MembershipGoal::In) {
                StepReadiness::Already
            } else {
                StepReadiness::Go
            }
        };
        let ops = |found: &FetchedResource<ScimGroup>| match wanted {
            MembershipGoal::In => {
                vec![FetchedResource::add_member_op(joining.id.as_str(), self.member_address(&joining.id))]
            }
            MembershipGoal::Out => found.remove_member_ops(joining.id.as_str(), &[email.as_str()]),
        };
        let member = self.edit(group.as_str(), &id, ResourceEdit { judge: &judge, ops: &ops }).await;
        match member {
            Err(WriteError::Refused(why)) if wanted == MembershipGoal::In => {
                Err(WriteError::Refused(self.explain_unseen_member(&id, group, why).await))
            }
            other => other,
        }
    }

    /// Returns the address of a member, where the service requires one.
    fn member_address(&self, id: &LiveId) -> Option<String> {
        let wanted =
            self.service.schemas.requires(ResourceKind::Group, AttributePath::part("members", "$ref"));
        let mut url = self.service.resource_url(ResourceKind::User, id.as_str()).filter(|_| wanted)?;
        url.set_query(None);
        Some(url.into())
    }

    /// Explains why a member whom the service accepted is not shown: some services never show members.
    async fn explain_unseen_member(&self, id: &LiveId, group: &GroupName, why: Text) -> Text {
        let accepted = why.starts_with("the service accepted it");
        let shows_none = match self.get::<ScimGroup>(id).await {
            Ok(Some(found)) => found.thing.members.is_empty(),
            Ok(None) | Err(_) => false,
        };
        if accepted && shows_none {
            self.scim.memory.note_hidden_members();
            return hidden_members_text(group);
        }
        why
    }
}

fn hidden_members_text(group: &GroupName) -> Text {
    format!("the service accepts members and shows none: who is in {group} cannot be known").into()
}

/// Compares the live facts with those before and after the step: each value must be one of the two.
fn judge_facts(live: &GroupFacts, before: &GroupFacts, after: &GroupFacts) -> StepReadiness {
    let GroupFacts { name, kind, country, description } = live;
    let fields = [
        ("name", *name == before.name || *name == after.name),
        ("kind", [before.kind, after.kind].contains(kind)),
        ("country", [before.country, after.country].contains(country)),
        ("description", *description == before.description || *description == after.description),
    ];
    match fields.into_iter().find(|(_, known)| !known) {
        Some((field, _)) => StepReadiness::Changed(format!("the {field} of {name} has changed").into()),
        None if live == after => StepReadiness::Already,
        None => StepReadiness::Go,
    }
}
