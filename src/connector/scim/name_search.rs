//! Finds resources by name before a step writes to them.

use super::resource::{FetchedResource, ScimResource};
use super::step_writer::{LOOKS, StepResult, StepWriter};
use crate::connector::WriteError;
use crate::model::LiveId;
use crate::plan::Identity;
use crate::wire::scim::ResourceKind;

impl StepWriter<'_> {
    /// Returns the identity of the resource with that name: as it was read for the plan, as it was created in
    /// this run, or as a lookup finds it.
    pub(super) async fn identity_of<T: ScimResource>(&self, name: &str) -> StepResult<LiveId> {
        let planned = self.step.identities.iter().find_map(|identity| match (T::RESOURCE, identity) {
            (ResourceKind::User, Identity::User(email, id)) if email.as_str() == name => Some(id.clone()),
            (ResourceKind::Group, Identity::Group(group, id)) if group.as_str() == name => Some(id.clone()),
            (ResourceKind::User | ResourceKind::Group, Identity::User(..) | Identity::Group(..)) => None,
        });
        if let Some(id) = planned.or_else(|| self.scim.memory.created_id(T::RESOURCE, name)) {
            return Ok(id);
        }
        for look in 1..=LOOKS {
            if let Some(found) = self.sole_match(self.scim.find::<T>(self.service, name).await?)? {
                return Ok(found.thing.id().clone());
            }
            self.wait(look).await;
        }
        Err(WriteError::Changed(format!("{name} is not there").into()))
    }

    /// Returns the only resource that was found. Several are an error, because it is unknown which one is
    /// meant.
    pub(super) fn sole_match<T: ScimResource>(
        &self,
        mut found: Vec<FetchedResource<T>>,
    ) -> StepResult<Option<FetchedResource<T>>> {
        match found.len() {
            0 | 1 => Ok(found.pop()),
            many => Err(WriteError::Refused(
                format!("{many} are called {}, and which is meant cannot be said", found[0].thing.name())
                    .into(),
            )),
        }
    }

    /// Finds a resource with the name that is about to be created. Where the outcome of an earlier creation
    /// is in doubt, the lookup is repeated.
    pub(super) async fn find_before_creation<T: ScimResource>(
        &self,
        name: &str,
    ) -> StepResult<Option<FetchedResource<T>>> {
        let looks = if self.scim.memory.is_doubtful(self.key) { LOOKS } else { 1 };
        for look in 1..=looks {
            let mut found = self.scim.find::<T>(self.service, name).await?;
            found.retain(|found| !self.scim.memory.has_renamed(T::RESOURCE, found.thing.id(), name));
            if let Some(found) = self.sole_match(found)? {
                return Ok(Some(found));
            }
            if look < looks {
                self.wait(look).await;
            }
        }
        Ok(None)
    }
}
