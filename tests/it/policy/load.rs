//! Good policies, whole.

use seatwise::load;
use seatwise::model::{Date, Interner};
use seatwise::policy::Policy;

/// The day on which the tests' policies are read.
pub(crate) fn day() -> Date {
    "2026-12-01".parse().unwrap()
}

/// Reads a policy without problems.
pub(crate) fn policy(files: &[(&str, &str)]) -> Policy {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert_eq!(loaded.problems, []);
    loaded.policy.unwrap()
}

pub(crate) const SETTINGS: (&str, &str) = ("seatwise.yaml", "version: 1\norganization: acme\nconnector: {kind: sandbox, path: .seatwise/acme.db}\n");

#[test]
fn smallest_policy_has_settings_and_one_user() {
    let policy = policy(&[SETTINGS, ("users.yaml", "users:\n  Ana@Acme.example: {first_name: Ana, country: NO}\n")]);
    let user = &policy.users["ana@acme.example"];
    assert_eq!(user.first_name.as_deref(), Some("Ana"));
    assert_eq!(user.country.unwrap().as_str(), "NO");
    assert!(user.roles.is_none() && !user.groups_spelled_out);
}
