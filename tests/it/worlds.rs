//! Generated organizations with a policy for each: what the laws run on.
//!
//! A world is made from a seed alone. Its policy is text, so that the laws hold for the language and not for
//! a model of it; its live organization is made from the same people with things left out, added and changed.
//! [`FEATURES`] names what the generator can bring in; the laws' test asserts that every one of them came up.

mod live;
mod policy;

use std::collections::BTreeSet;

use seatwise::model::{Date, Organization, OrganizationFacts, Timestamp};
use seatwise::policy::Moment;

/// A live organization and a policy for it.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) live: Organization,
    pub(crate) facts: OrganizationFacts,
    pub(crate) features: BTreeSet<&'static str>,
}

/// Everything that the generator can bring in; a world has some of it.
pub(crate) const FEATURES: [&str; 47] = [
    "account administrator",
    "acting identity",
    "alert",
    "alias",
    "allocation move",
    "approval",
    "bundle",
    "checkout",
    "closed default",
    "contact",
    "contract",
    "country-bound group",
    "custom role",
    "dated grant ended",
    "dated grant holds",
    "dated grant not begun",
    "declared mode",
    "defaults of a document",
    "demanded active",
    "demanded locked",
    "deny",
    "description",
    "entitlement country",
    "exact mode",
    "federated",
    "first product on a list",
    "group deleted",
    "group reclassified",
    "group renamed",
    "ignore",
    "includes",
    "invited user",
    "list emptied",
    "locked licence",
    "locked user",
    "members on the group",
    "named licence",
    "newcomer",
    "observe mode",
    "pending user",
    "pinned identity",
    "restriction everywhere",
    "restriction in a country",
    "user renamed",
    "user removed by date",
    "user removed by state",
    "unlimited but not owned",
];

/// The day and time of all worlds.
pub(crate) fn moment() -> Moment {
    Moment { as_of: day("2026-12-01"), now: time("2026-12-01T08:00:00Z") }
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// SplitMix64: small, fast, the same everywhere.
pub(crate) struct WorldDice(u64);

impl WorldDice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn number_below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    /// True in `percent` of a hundred throws.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.number_below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.number_below(items.len())].clone()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.number_below(at + 1));
        }
    }
}

impl World {
    /// The world of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = WorldDice::new(seed);
        let mut features = BTreeSet::new();
        let (live, facts) = live::organization(&mut dice, &mut features);
        let files = policy::policy_files(&mut dice, &live, &facts, &mut features);
        Self { seed, files, live, facts, features }
    }
}

pub(crate) const COUNTRIES: [&str; 5] = ["DE", "FR", "NO", "PT", "US"];
pub(crate) const PRODUCTS: [&str; 8] = ["bridge", "cad", "drain", "geo", "plant", "rail", "road", "staad"];
/// The products that are licensed by name.
pub(crate) const NAMED: [&str; 2] = ["plant", "staad"];
pub(crate) const ROLES: [&str; 6] =
    ["beta", "bim-viewer", "co-administrator", "download", "download-sdk", "group-administrator"];
pub(crate) const OWNER: &str = "owner@firm.example";
