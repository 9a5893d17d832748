//! What a change that failed did all the same: services carry out a part of what they refuse, and ignore a
//! part of what they accept, so the resource is read back.

use super::resource::{FetchedResource, ScimResource};
use super::resource_op::ResourceOp;
use super::step_writer::StepWriter;
use crate::connector::WriteError;
use crate::wire::scim::JsonObject;

impl StepWriter<'_> {
    /// Describes a change that the service refused for the reason `why`, after a look at what it did.
    pub(super) async fn failed_edit<T: ScimResource>(
        &self,
        before: &FetchedResource<T>,
        ops: &[ResourceOp],
        why: &str,
    ) -> WriteError {
        match self.changed_attributes(before, ops).await {
            Some(done) => WriteError::InPart(format!("{why}; {done} changed all the same").into()),
            None => WriteError::Refused(why.into()),
        }
    }

    /// Describes a change that the service accepted and did not carry out, or not wholly.
    pub(super) async fn ignored_edit<T: ScimResource>(
        &self,
        before: &FetchedResource<T>,
        ops: &[ResourceOp],
    ) -> WriteError {
        let done = self.changed_attributes(before, ops).await;
        let done_names: Vec<&str> = done.iter().flat_map(|done| done.split(", ")).collect();
        let ignored =
            ops.iter().map(ResourceOp::attribute).filter(|name| !done_names.contains(&name.as_str()));
        let ignored = ignored.collect::<Vec<_>>().join(", ");
        let what = match ignored.is_empty() {
            true => "the service accepted it, and did not do all of it".to_owned(),
            false => format!("the service accepted it, and shows {ignored} as before"),
        };
        match done {
            Some(done) => WriteError::InPart(format!("{what}; {done} changed all the same").into()),
            None => WriteError::Refused(what.into()),
        }
    }

    /// Returns the attributes that changed although the change failed; `None` where none did, or where that
    /// is not known. A change of one attribute is one that the service made wholly or not.
    async fn changed_attributes<T: ScimResource>(
        &self,
        before: &FetchedResource<T>,
        ops: &[ResourceOp],
    ) -> Option<String> {
        if ops.len() < 2 {
            return None;
        }
        let after = self.get::<T>(before.thing.id()).await.ok()??;
        let (before, after) = (shown_values(&before.raw), shown_values(&after.raw));
        let is_done = |op: &&ResourceOp| !op.is_in_effect(&before) && op.is_in_effect(&after);
        let done: Vec<String> = ops.iter().filter(is_done).map(ResourceOp::attribute).collect();
        match done.is_empty() {
            false => Some(done.join(", ")),
            true => (before != after).then(|| "something else of it".to_owned()),
        }
    }
}

/// The attributes of a resource without those that say when it was changed.
fn shown_values(raw: &JsonObject) -> JsonObject {
    let shown = raw.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("meta"));
    shown.map(|(name, value)| (name.clone(), value.clone())).collect()
}
