//! Restores single values of an organization: a value that is still as the run left it becomes what it was
//! before the run.

use std::collections::BTreeMap;

use super::unrestored::UnrestoredReason;
use crate::change::Edit;
use crate::model::Profile;
use crate::object::profile::ProfileField;

/// Whether something could be restored.
pub(super) type RestoreResult = Result<(), UnrestoredReason>;

/// Restores one value, if the value is still as the run left it.
pub(super) fn restore_value<T: PartialEq + Clone>(now: &mut T, before: &T, after: &T) -> RestoreResult {
    if before != after && now != before {
        if now != after {
            return Err(UnrestoredReason::ChangedSince);
        }
        *now = before.clone();
    }
    Ok(())
}

/// Restores one field of a profile, if the field is still as the run left it.
pub(super) fn restore_field(
    field: ProfileField,
    now: &mut Profile,
    before: &Profile,
    after: &Profile,
) -> RestoreResult {
    if field.differs(before, after) && field.differs(now, before) {
        if field.differs(now, after) {
            return Err(UnrestoredReason::ChangedSince);
        }
        field.copy(before, now);
    }
    Ok(())
}

/// Restores one entry of a map, if the entry is still as the run left it.
pub(super) fn restore_entry<K: Ord + Clone, V: PartialEq + Clone>(
    map: &mut BTreeMap<K, V>,
    key: &K,
    edit: &Edit<V>,
) -> RestoreResult {
    let mut now = map.get(key).cloned();
    restore_value(&mut now, &edit.before().cloned(), &edit.after().cloned())?;
    match now {
        Some(value) => drop(map.insert(key.clone(), value)),
        None => drop(map.remove(key)),
    }
    Ok(())
}
