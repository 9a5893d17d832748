//! A policy read from one state to the next by the history cache equals the policy read whole.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatwise::audit::OrganizationView;
use seatwise::audit::holding_shifts::{holding_shifts, holding_shifts_of};
use seatwise::load::{PolicyFileTree, PolicyHistoryCache, TouchedUsers, load_texts};
use seatwise::model::{Date, Desired, Interner};
use seatwise::policy::Policy;
use seatwise::policy::scope::{ScopeOutcome, scope_policy};

use crate::worlds::law::{for_each_world, number_from_env};
use crate::worlds::{World, day, moment};

/// The desired organization for the world on `as_of`, or `None` where the policy has problems.
fn desired(policy: Option<Policy>, world: &World, as_of: Date) -> Option<Desired> {
    let moment = seatwise::policy::Moment { as_of, ..moment() };
    policy.map(|mut policy| scope_policy(&mut policy, world.snapshot(), moment).desired)
}

#[test]
fn shelf_gives_each_state_as_it_is_read_whole() {
    for_each_world(number_from_env("SEATWISE_WORLDS", 200), |world| {
        let names = Interner::default();
        let mut shelf = PolicyHistoryCache::new(&names);
        let read = std::cell::Cell::new(0);
        let documents: Vec<&(String, String)> =
            world.files.iter().filter(|(path, _)| path != "seatwise.yaml").collect();
        let without = |absent: usize| {
            world
                .files
                .iter()
                .filter(move |(path, _)| documents.get(absent).is_none_or(|(gone, _)| gone != path))
        };
        // All files on three days; then without one file; then with all files on the first day again.
        let states = [
            (usize::MAX, "2026-12-01"),
            (usize::MAX, "2026-06-01"),
            (usize::MAX, "2028-01-01"),
            (0, "2028-01-01"),
            (usize::MAX, "2026-12-01"),
        ];
        for (absent, on) in states {
            let files: Vec<&(String, String)> = without.clone()(absent).collect();
            let whole: Vec<(&str, &[u8])> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
            let whole = load_texts(&whole, day(on), &Interner::default());
            // The text itself serves as the identifier of the content.
            let tree: BTreeMap<String, String> =
                files.iter().map(|(path, text)| (path.clone(), text.clone())).collect();
            let count = |content: &str| {
                read.set(read.get() + 1);
                Ok::<_, Infallible>(content.as_bytes().to_vec())
            };
            let kept = shelf.policy(&tree, day(on), count).unwrap();
            assert_eq!(
                kept.as_ref().err().copied().unwrap_or(0),
                whole.problems.len(),
                "seed {}: {on}",
                world.seed
            );
            assert_eq!(
                desired(kept.ok(), world, day(on)),
                desired(whole.policy, world, day(on)),
                "seed {}: {on}",
                world.seed
            );
        }
        let most = world.files.len() + 1;
        assert!(read.get() <= most, "seed {}: only what changed is read", world.seed);
    });
}

/// Scopes a policy without a live organization, as [`history`](seatwise::audit::holding_shifts) does for both
/// of its sides.
fn scope_without_live(policy: &Policy, world: &World) -> ScopeOutcome {
    let snapshot =
        seatwise::model::Snapshot { facts: world.snapshot().facts, ..seatwise::model::Snapshot::default() };
    scope_policy(&mut policy.clone(), snapshot, moment())
}

#[test]
fn people_who_may_be_touched_are_all_that_is_different() {
    let (known, moved) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for_each_world(number_from_env("SEATWISE_WORLDS", 300), |world| {
        let names = Interner::default();
        let mut shelf = PolicyHistoryCache::new(&names);
        let all: PolicyFileTree = world.files.iter().cloned().collect();
        let read = |content: &str| Ok::<_, Infallible>(content.as_bytes().to_vec());
        let whole = |tree: &PolicyFileTree| {
            let files: Vec<(&str, &[u8])> =
                tree.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
            load_texts(&files, moment().as_of, &Interner::default()).policy
        };
        let Ok(before) = shelf.policy(&all, moment().as_of, read).unwrap() else { return };
        let (mut tree, mut before) = (all.clone(), before);
        // Each file loses its last user, if the file ends with one, and then gets the user back.
        for path in all.keys().filter(|path| *path != "seatwise.yaml") {
            let shorter = all[path].rsplit_once("\n  ").map(|(shorter, _)| format!("{shorter}\n"));
            for text in shorter.into_iter().chain([all[path].clone()]) {
                tree.insert(path.clone(), text);
                let touched = shelf.read_touched_users(&tree, moment().as_of, read).unwrap();
                let Some(after) = whole(&tree) else {
                    assert!(touched.is_none(), "seed {}: {path} has problems", world.seed);
                    tree.insert(path.clone(), all[path].clone());
                    break;
                };
                if let Some(TouchedUsers { people, policy }) = touched {
                    known.fetch_add(1, Ordering::Relaxed);
                    let (was, some, is) = (
                        scope_without_live(&before, world),
                        scope_without_live(&policy, world),
                        scope_without_live(&after, world),
                    );
                    let by_all = holding_shifts(
                        OrganizationView::from_desired(&was, &before),
                        OrganizationView::from_desired(&is, &after),
                    );
                    let by_some = holding_shifts_of(
                        &people,
                        OrganizationView::from_desired(&was, &before),
                        OrganizationView::from_desired(&some, &policy),
                    );
                    moved.fetch_add(by_all.people().count(), Ordering::Relaxed);
                    assert_eq!(by_some, by_all, "seed {}: {path}", world.seed);
                    let Desired(mut patched) = was.desired;
                    patched.users.retain(|email, _| !people.contains(email));
                    patched.users.extend(some.desired.0.users);
                    assert_eq!(Desired(patched), is.desired, "seed {}: {path}", world.seed);
                } else {
                    assert!(shelf.policy(&tree, moment().as_of, read).unwrap().is_ok());
                }
                before = after;
            }
        }
    });
    let (known, moved) = (known.into_inner(), moved.into_inner());
    assert!(
        known > 100 && moved > 50,
        "{known} states were reached by way of a few people, with {moved} shifts"
    );
}
