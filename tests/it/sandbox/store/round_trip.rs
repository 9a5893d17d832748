//! An organization that is written to a store is read back the same.

use seatwise::model::{Interner, Organization, OrganizationFacts, Timestamp};
use seatwise::sandbox::{SandboxStore, generate_firm};

use crate::sandbox::{SandboxOrganization, now, opening};

/// The times of assignment, which the equality of organizations leaves out.
fn assignment_times(organization: &Organization) -> Vec<Option<Timestamp>> {
    organization
        .users
        .values()
        .flat_map(|user| user.licences.iter().map(|(_, licence)| licence.assigned))
        .collect()
}

#[test]
fn generated_organizations_come_back_as_they_were_written() {
    for seed in 0..40 {
        let (organization, facts) = generate_firm(seed as usize * 7, seed);
        let snapshot = SandboxOrganization::from_organization(&organization, &facts).snapshot();
        assert_eq!(snapshot.live.0, organization, "seed {seed}");
        assert_eq!(snapshot.facts, facts, "seed {seed}");
        assert_eq!(assignment_times(&snapshot.live.0), assignment_times(&organization), "seed {seed}");
        assert_eq!((snapshot.requests, snapshot.unread.len()), (10, 0));
    }
}

#[test]
fn file_says_the_same_to_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/down/acme.db");
    let (organization, facts) = generate_firm(300, 7);
    drop(SandboxStore::create(&path, "acme", &organization, &facts, opening()).unwrap());
    let snapshot = SandboxStore::open(&path, opening()).unwrap().fetch(&Interner::default()).unwrap();
    assert_eq!((snapshot.live.0, snapshot.facts), (organization, facts));
}

#[test]
fn empty_organization_comes_back_empty() {
    let snapshot =
        SandboxOrganization::from_organization(&Organization::default(), &OrganizationFacts::default())
            .snapshot();
    assert_eq!((snapshot.live.0, snapshot.facts), (Organization::default(), OrganizationFacts::default()));
}

#[test]
fn licence_without_a_time_is_assigned_when_it_is_written() {
    let (mut organization, facts) = generate_firm(200, 1);
    let user = organization.users_mut().find(|user| !user.licences.is_empty()).unwrap();
    let product = user.licences.keys().next().unwrap().clone();
    user.licences.insert(product.clone(), seatwise::model::Licence { assigned: None });
    let address = user.profile.email.to_string();
    let read = SandboxOrganization::from_organization(&organization, &facts).user(&address);
    assert_eq!(read.licences.get(&product).unwrap().assigned, Some(now()));
}

#[test]
fn identities_that_are_pinned_stay_and_the_others_keep_clear_of_them() {
    let (mut organization, facts) = generate_firm(5, 1);
    let pinned = seatwise::model::LiveId::new("u-1").unwrap();
    organization.users_mut().for_each(|user| user.id = None);
    organization.users_mut().last().unwrap().id = Some(pinned.clone());
    let live = SandboxOrganization::from_organization(&organization, &facts).organization();
    let ids: Vec<_> = live.users.values().map(|user| user.id.as_ref().unwrap().as_str()).collect();
    assert_eq!(ids, ["u-2", "u-3", "u-4", "u-5", "u-1"]);

    organization.users_mut().next().unwrap().id = Some(pinned);
    let twice = SandboxStore::in_memory("acme", &organization, &facts, opening());
    assert!(matches!(twice,
            Err(seatwise::sandbox::SandboxStoreError::Refused(why)) if &*why == "identity u-1 is there \
                twice"));
}
