//! A policy read from one state to the next is the policy read whole.

use std::collections::BTreeMap;
use std::convert::Infallible;

use seatwise::load::{Shelf, load_texts};
use seatwise::model::{Date, Desired, Interner};
use seatwise::policy::Policy;
use seatwise::policy::scope::scope;

use crate::laws::{number, on_worlds};
use crate::worlds::{World, day, moment};

/// What the policy makes of the world on `as_of`, or that it has problems.
fn desired(policy: Option<Policy>, world: &World, as_of: Date) -> Option<Desired> {
    let moment = seatwise::policy::Moment { as_of, ..moment() };
    policy.map(|policy| scope(&policy, world.snapshot(), moment).desired)
}

#[test]
fn shelf_gives_each_state_as_it_is_read_whole() {
    on_worlds(number("SEATWISE_WORLDS", 200), |world| {
        let names = Interner::default();
        let mut shelf = Shelf::new(&names);
        let read = std::cell::Cell::new(0);
        let documents: Vec<&(String, String)> = world.files.iter().filter(|(path, _)| path != "seatwise.yaml").collect();
        let without = |absent: usize| world.files.iter().filter(move |(path, _)| documents.get(absent).is_none_or(|(gone, _)| gone != path));
        // All files on three days, back again; then without one file, and with it again.
        let states =
            [(usize::MAX, "2026-12-01"), (usize::MAX, "2026-06-01"), (usize::MAX, "2028-01-01"), (0, "2028-01-01"), (usize::MAX, "2026-12-01")];
        for (absent, on) in states {
            let files: Vec<&(String, String)> = without.clone()(absent).collect();
            let whole: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
            let whole = load_texts(&whole, day(on), &Interner::default());
            // The text itself serves as the name of the content.
            let tree: BTreeMap<String, String> = files.iter().map(|(path, text)| (path.clone(), text.clone())).collect();
            let count = |content: &str| {
                read.set(read.get() + 1);
                Ok::<_, Infallible>(content.as_bytes().to_vec())
            };
            let kept = shelf.policy(&tree, day(on), count).unwrap();
            assert_eq!(kept.as_ref().err().copied().unwrap_or(0), whole.problems.len(), "seed {}: {on}", world.seed);
            assert_eq!(desired(kept.ok(), world, day(on)), desired(whole.policy, world, day(on)), "seed {}: {on}", world.seed);
        }
        let most = world.files.len() + 1;
        assert!(read.get() <= most, "seed {}: only what changed is read", world.seed);
    });
}
