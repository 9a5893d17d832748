//! Restores single values of an organization: a value that is still as the run left it becomes what it was
//! before the run.

use std::collections::BTreeMap;

use super::unrestored::UnrestoredReason;

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

/// Restores a name or address, unless names and addresses belong to an identity provider (`ours` is `false`).
pub(super) fn restore_name<T: PartialEq + Clone>(
    ours: bool,
    now: &mut T,
    before: &T,
    after: &T,
) -> RestoreResult {
    if ours || before == after { restore_value(now, before, after) } else { Err(UnrestoredReason::Federated) }
}

/// Restores one entry of a map, if the entry is still as the run left it.
pub(super) fn restore_entry<K: Ord + Clone, V: PartialEq + Clone>(
    map: &mut BTreeMap<K, V>,
    key: &K,
    before: Option<&V>,
    after: Option<&V>,
) -> RestoreResult {
    let mut now = map.get(key).cloned();
    restore_value(&mut now, &before.cloned(), &after.cloned())?;
    match now {
        Some(value) => drop(map.insert(key.clone(), value)),
        None => drop(map.remove(key)),
    }
    Ok(())
}
