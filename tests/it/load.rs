//! Valid policies, loaded whole.

mod files;
mod history_cache;

use seatwise::load;
use seatwise::model::{Date, Interner};
use seatwise::policy::Policy;

/// The day on which the tests' policies are read.
pub(crate) fn day() -> Date {
    "2026-12-01".parse().unwrap()
}

/// The time limit for a hostile input: generous for a debug build on a busy machine, where a loader without
/// bounds would take minutes.
pub(crate) const QUICK: std::time::Duration = std::time::Duration::from_secs(20);

/// Reads a policy without problems.
pub(crate) fn policy(files: &[(&str, &str)]) -> Policy {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert_eq!(loaded.problems, []);
    loaded.policy.unwrap()
}

pub(crate) const SETTINGS: (&str, &str) = (
    "seatwise.yaml",
    "version: 1\norganization: acme\nconnector: {kind: sandbox, path: .seatwise/acme.db}\n",
);

#[test]
fn smallest_policy_has_settings_and_one_user() {
    let policy =
        policy(&[SETTINGS, ("users.yaml", "users:\n  Ana@Acme.example: {first_name: Ana, country: NO}\n")]);
    let user = policy.users.get("ana@acme.example").unwrap();
    assert_eq!(user.first_name.as_deref(), Some("Ana"));
    assert_eq!(user.country.unwrap().as_str(), "NO");
    assert!(user.roles.is_none() && !user.groups_spelled_out);
}

/// A policy with every field of the policy language.
const EVERYTHING: [(&str, &str); 2] = [
    (
        "seatwise.yaml",
        "version: 1
organization: acme
organization_id: Acme Engineering
connector: {kind: sandbox, path: .seatwise/acme.db}
manage:
  users: exact
  groups: exact
  memberships: exact
  roles: exact
  assignments: exact
  restrictions: declared
  alerts: observe
  contacts: observe
  ignore: [{users: '*@partner.example'}, {groups: legacy-*}]
guard:
  removals:
    users: {count: 10, share: 2%, floor: 3}
    groups: off
    memberships: {share: 10%}
    roles: {count: 5}
    assignments: {share: 10%}
    allow_lists: {share: 10%}
  one_group: {share: 50%, floor: 4}
  loses_access: {count: 50, share: 5%}
  gains_access: {count: 100, share: 10%}
  administrators: {at_least: 2}
  protect: [ceo@acme.example]
  licences: refuse
  account_locks: {count: 5}
  exposure: {adds_at_most: 900 EUR, at_most: 5000 EUR}
approvals:
  - {guard: users, items: [old@acme.example], reason: left, until: 2026-12-15}
keep: {runs: 200d}
audit:
  inside: [acme.example]
  separation: [[co-administrator, license-manager]]
  ending_days: 14
  unused_days: 60
  reviews: [{users: '*', on: 2026-09-30, by: Ana}]
  ignore: [{rule: same-name, item: ana@acme.example, reason: known, until: 2026-12-15}]
  rules:
    - id: guest-with-role
      over: users
      when: user.outside && size(user.roles) > 0
      severity: error
      title: a role held by somebody from outside
      why: They come and go.
      fix: Take it away.
      tests:
        - {given: {outside: true, roles: [viewer]}, finds: true}
        - {given: {outside: true}, finds: false}
usage:
  interval: 10m
  pool: country
  first_interval: drop
  boundary_start: drop
  short_use: count
  usage_types: [production]
  period: quarter
  term_share: 16%
  discount: 0%
  forgive: 0
  contract: select
  price_book: standard
  store: .seatwise/usage
  columns: \
      {product: a, feature: b, country: c, site: d, usage_type: e, machine: f, email: g, user: h, date: i, first: j, last: k, start: l, end: m,
    duration: n, checked_out: o, checked_in: p, expires: q, activation_key: r, server_type: s}
",
    ),
    (
        "all.yml",
        "defaults:
  country: PT
  entitlement_country: PT
  until: 2030-01-01
  roles: [download]
  groups: [lisbon]
  products: [microstation]
  deny: [staad-pro]
  bundles: [cad]
users:
  ana@acme.example:
    id: '4711'
    formerly: anna@acme.example
    first_name: Ana
    last_name: Silva
    country: NO
    entitlement_country: DE
    state: locked
    roles: [{role: viewer, from: 2026-01-01, until: 2027-01-01, reason: project}]
    groups: [{group: bridges, from: 2026-01-01}]
    products: [{product: microstation, until: 2027-01-01}]
    deny: [{product: staad-pro, reason: none left}]
    bundles: [{bundle: cad, until: 2027-01-01}]
    until: 2028-01-01
groups:
  lisbon: {kind: allocation}
  bridges:
    id: g-1
    formerly: bridge
    kind: entitlement
    country: DE
    description: Bridge designers
    includes: [porto]
    members: [{user: ana@acme.example, until: 2027-01-01}]
    products: [microstation]
  porto: {}
  old: {state: removed}
products:
  microstation: {number: 1017, feature: adv, name: MicroStation, licence: pooled, list_price: 6000 EUR}
  staad-pro: {number: 2345, licence: named}
roles:
  viewer: {name: Viewer}
bundles:
  cad: {roles: [download], products: [microstation], groups: [bridges]}
restrictions:
  - {country: DE, default: everyone}
  - {product: staad-pro, country: US, allow: selected}
alerts:
  - {product: microstation, country: DE, above: 10, sign_in_required: true}
contacts:
  - {email: finance@acme.example, country: global}
",
    ),
];

#[test]
fn every_field_of_the_schemas_is_read() {
    let policy = policy(&EVERYTHING);
    assert_eq!(policy.users.get("ana@acme.example").unwrap().until, Some("2028-01-01".parse().unwrap()));
    for (kind, schema) in
        seatwise::policy::schema::schemas(seatwise::policy::schema::SchemaDraft::Draft202012)
    {
        let text = if kind == "settings" { EVERYTHING[0].1 } else { EVERYTHING[1].1 };
        let words: std::collections::BTreeSet<&str> =
            text.split(['\n', ' ', '{', ',', '[']).filter_map(|word| word.strip_suffix(':')).collect();
        let definitions = schema["$defs"].as_object().unwrap().values().chain([&schema]);
        for field in definitions
            .filter_map(|definition| definition["properties"].as_object())
            .flat_map(serde_json::Map::keys)
        {
            assert!(words.contains(field.as_str()), "`{field}` of {kind} is not in the test's policy");
        }
    }
}
