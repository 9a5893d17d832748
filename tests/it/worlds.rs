//! Generated organizations, each with a policy: the laws of [`law`] run on them.
//!
//! A world is made from a seed alone. Its policy is text, so that the laws hold for the policy language and
//! not for a model of the language. Its live organization has the same people as the policy, with things left
//! out, added and changed. [`FEATURES`] names what the generator can bring in; a test asserts that every
//! feature comes up.

pub(crate) mod law;
mod live;
mod policy;
pub(crate) mod renaming;

use std::collections::BTreeSet;

use seatwise::model::{Date, Organization, OrganizationFacts, Timestamp};
use seatwise::policy::Moment;

use crate::dice::TestDice;

/// A live organization and a policy for it.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) live: Organization,
    pub(crate) facts: OrganizationFacts,
    pub(crate) features: BTreeSet<&'static str>,
}

/// Everything that the generator can bring in; a world has some of these features.
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

/// The day and time at which every world is planned.
pub(crate) fn moment() -> Moment {
    Moment { as_of: day("2026-12-01"), now: time("2026-12-01T08:00:00Z") }
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

impl World {
    /// Generates the world of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = TestDice::new(seed);
        let mut features = BTreeSet::new();
        let (live, facts) = live::organization(&mut dice, &mut features);
        let files = policy::policy_files(&mut dice, &live, &facts, &mut features);
        Self { seed, files, live, facts, features }
    }
}

pub(crate) const COUNTRIES: [&str; 5] = ["DE", "FR", "NO", "PT", "US"];

pub(crate) const PRODUCTS: [&str; 8] = ["bridge", "cad", "drain", "geo", "plant", "rail", "road", "staad"];

/// The products of [`PRODUCTS`] that are licensed by name.
pub(crate) const NAMED: [&str; 2] = ["plant", "staad"];

pub(crate) const ROLES: [&str; 6] =
    ["beta", "bim-viewer", "co-administrator", "download", "download-sdk", "group-administrator"];

pub(crate) const OWNER: &str = "owner@firm.example";
