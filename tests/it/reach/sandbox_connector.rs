//! The embedded organization as a connector: keys, the outbox, the founding, faults, reads while others
//! write.

use seatwise::connector::{Receipt, WriteError};
use seatwise::model::{Interner, Section, UnreadReason};
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::faults::{FaultChance, ReadFault, WriteFault};
use seatwise::sandbox::{Faults, SandboxStore, Seed, generate_firm};

use crate::plain_act::PlainAct;
use crate::sandbox::{SandboxOrganization, create, email, grant, invite, opening, profile, role, step};

const ANA: &str = "ana@acme.example";

fn sandbox(faults: Faults) -> SandboxConnector {
    let (organization, facts) = Seed::default().found_organization("acme", &Default::default());
    SandboxConnector::from_store(SandboxStore::in_memory("acme", &organization, &facts, opening()).unwrap())
        .with_faults(faults)
}

fn is_there(sandbox: &SandboxConnector, address: &str) -> bool {
    sandbox.read(&Interner::default()).unwrap().live.0.users.contains_key(address)
}

#[test]
fn repeated_key_answers_as_before_and_does_nothing_twice() {
    let world = SandboxOrganization::new();
    let first = world.store.carry_out(&step(invite(ANA)), "run/1").unwrap();
    assert_eq!(world.store.carry_out(&step(invite(ANA)), "run/1").unwrap(), first);
    assert!(matches!(&first, Receipt::Done { created: Some(id) } if *id == world.user(ANA).id.unwrap()));
    // The answer stays the same even after another act has undone the step.
    world.carry_out(PlainAct::RemoveUser(profile(ANA))).unwrap();
    assert_eq!(world.store.carry_out(&step(invite(ANA)), "run/1").unwrap(), first);
    assert!(!world.organization().users.contains_key(ANA));
    assert_eq!(world.store.outbox().unwrap().len(), 1);
}

#[test]
fn key_of_one_step_is_refused_for_another() {
    let world = SandboxOrganization::new();
    world.store.carry_out(&step(invite(ANA)), "run/1").unwrap();
    let other = world.store.carry_out(&step(invite("bo@acme.example")), "run/1");
    assert!(matches!(other, Err(WriteError::Refused(why)) if why.contains("used for another step")));
    assert_eq!(world.organization().users.len(), 2);
}

#[test]
fn refused_step_may_be_tried_again_under_its_key() {
    let world = SandboxOrganization::new();
    let step = step(grant(ANA, "download"));
    assert!(matches!(world.store.carry_out(&step, "run/1"), Err(WriteError::Changed(_))));
    world.carry_out(invite(ANA)).unwrap();
    assert!(matches!(world.store.carry_out(&step, "run/1"), Ok(Receipt::Done { .. })));
}

#[test]
fn invitation_is_sent_once_however_often_it_is_asked_for() {
    let world = SandboxOrganization::new();
    for key in ["a", "a", "b", "c", "b"] {
        world.store.carry_out(&step(invite(ANA)), key).unwrap();
    }
    let outbox = world.store.outbox().unwrap();
    assert_eq!(outbox.len(), 1);
    assert_eq!((outbox[0].email.as_str(), &*outbox[0].key), (ANA, "a"));
    assert_eq!(Some(&outbox[0].user), world.user(ANA).id.as_ref());
}

#[test]
fn organization_that_is_not_there_reads_empty_and_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".seatwise/acme.db");
    let sandbox = SandboxConnector::new(&path, "acme", Seed::default(), opening());
    let snapshot = sandbox.read(&Interner::default()).unwrap();
    assert!(snapshot.live.0.users.is_empty() && snapshot.unread.is_empty() && snapshot.requests == 10);
    assert_eq!(snapshot.facts.acting, None);
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn first_write_founds_the_organization_with_its_account_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".seatwise/acme.db");
    let sandbox = SandboxConnector::new(&path, "Acme Engineering", Seed::default(), opening());
    sandbox.write(&step(invite(ANA)), "run/1").unwrap();
    let snapshot = sandbox.read(&Interner::default()).unwrap();
    let administrator = "account.administrator@acme-engineering.example";
    let users = snapshot.live.0.users;
    assert_eq!(users.keys().map(|email| email.as_str()).collect::<Vec<_>>(), [administrator, ANA]);
    assert!(users[administrator].roles.has("account-administrator"));
    assert_eq!(snapshot.facts.acting, Some(email(administrator)));
    let summary = sandbox.store().unwrap().unwrap().summary().unwrap();
    assert_eq!(&*summary.organization, "Acme Engineering");
    assert!(summary.counts.contains(&("users", 2)) && summary.counts.contains(&("invitations", 1)));
}

#[test]
fn preview_of_a_seed_has_the_identities_of_the_founding() {
    let seed = Seed { organization: generate_firm(40, 1).0, ..Seed::default() };
    let folder = tempfile::tempdir().unwrap();
    let sandbox = SandboxConnector::new(&folder.path().join("acme.db"), "acme", seed, opening());
    let before = sandbox.read(&Interner::default()).unwrap();
    sandbox.open_or_create().unwrap();
    let after = sandbox.read(&Interner::default()).unwrap();
    assert_eq!(before.live, after.live, "the seed has an account administrator of its own");
    assert_eq!(before.facts.products.len(), 0);
}

#[test]
fn each_write_fault_does_what_it_says() {
    for fault in WriteFault::ALL {
        let sandbox = sandbox(Faults::with_write_fault(2, fault));
        sandbox.write(&step(create("first", seatwise::model::GroupKind::Other)), "run/1").unwrap();
        let faulty = sandbox.write(&step(invite(ANA)), "run/2");
        let done = is_there(&sandbox, ANA);
        match fault {
            WriteFault::Refuse => assert!(matches!(faulty, Err(WriteError::Refused(_))) && !done),
            WriteFault::Busy | WriteFault::LostBefore => {
                assert!(matches!(faulty, Err(WriteError::Transient(_))) && !done)
            }
            WriteFault::LostAfter => assert!(matches!(faulty, Err(WriteError::InDoubt(_))) && done),
            WriteFault::LostUnsure => assert!(matches!(faulty, Err(WriteError::InDoubt(_))) && !done),
        }
        assert!(
            matches!(sandbox.write(&step(invite(ANA)), "run/2"), Ok(Receipt::Done { created: Some(_) })),
            "{fault:?}"
        );
        assert_eq!(sandbox.store().unwrap().unwrap().outbox().unwrap().len(), 1, "{fault:?}");
    }
}

#[test]
fn write_that_would_be_refused_is_refused_even_where_its_answer_gets_lost() {
    let sandbox = sandbox(Faults::with_write_fault(1, WriteFault::LostAfter));
    assert!(matches!(sandbox.write(&step(grant(ANA, "download")), "run/1"), Err(WriteError::Changed(_))));
}

#[test]
fn chance_strikes_the_same_calls_for_the_same_seed() {
    let strikes = |seed| {
        (1..=1000)
            .map(|call| {
                Faults { chance: Some(FaultChance { per_mille: 100, seed }), ..Faults::default() }
                    .write_fault(call)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(strikes(1), strikes(1));
    assert_ne!(strikes(1), strikes(2));
    let count = strikes(1).into_iter().flatten().count();
    assert!((70..130).contains(&count), "{count}");
    for kind in WriteFault::ALL {
        assert!(strikes(1).contains(&Some(kind)), "{kind:?}");
    }
}

#[test]
fn section_that_fails_or_is_cut_short_is_unread_with_what_hangs_on_it() {
    let (organization, facts) = generate_firm(60, 1);
    for section in Section::ALL {
        for fault in [ReadFault::Section(section), ReadFault::Short(section)] {
            let store = SandboxStore::in_memory("acme", &organization, &facts, opening()).unwrap();
            let sandbox = SandboxConnector::from_store(store).with_faults(Faults::with_read_fault(1, fault));
            let snapshot = sandbox.read(&Interner::default()).unwrap();
            assert!(matches!(&snapshot.unread[&section], UnreadReason::Failed(_)), "{fault:?}");
            let live = &snapshot.live.0;
            let (whole, users) =
                (|other| !snapshot.unread.contains_key(&other), live.users.values().collect::<Vec<_>>());
            assert_eq!(live.users.is_empty(), !whole(Section::Users), "{fault:?}");
            assert_eq!(live.groups.is_empty(), !whole(Section::Groups), "{fault:?}");
            assert_eq!(
                users.iter().all(|user| user.groups.is_empty()),
                !whole(Section::Memberships),
                "{fault:?}"
            );
            assert_eq!(users.iter().all(|user| user.roles.is_empty()), !whole(Section::Roles), "{fault:?}");
            assert_eq!(
                users.iter().all(|user| user.exceptions.is_empty() && user.licences.is_empty()),
                !whole(Section::Assignments),
                "{fault:?}"
            );
            assert_eq!(
                users.iter().all(|user| user.checkouts.is_empty()),
                !whole(Section::Checkouts),
                "{fault:?}"
            );
            assert_eq!(
                live.restrictions.is_empty() && live.defaults.is_empty(),
                !whole(Section::Restrictions),
                "{fault:?}"
            );
            assert_eq!(live.alerts.is_empty(), !whole(Section::Alerts), "{fault:?}");
            assert_eq!(live.contacts.is_empty(), !whole(Section::Contacts), "{fault:?}");
            assert_eq!(snapshot.facts.contracts.is_empty(), !whole(Section::Contracts), "{fault:?}");
            let next = sandbox.read(&Interner::default()).unwrap();
            assert_eq!((next.live.0, next.unread.len()), (organization.clone(), 0));
        }
    }
}

#[test]
fn identity_provider_and_acting_identity_are_known_whatever_fails() {
    let mut seed = Seed::default();
    seed.facts.federated = true;
    for section in Section::ALL {
        let (organization, facts) = seed.found_organization("acme", &Default::default());
        let store = SandboxStore::in_memory("acme", &organization, &facts, opening()).unwrap();
        let snapshot = store.fetch_spoilt(&Interner::default(), &[section], &[]).unwrap();
        assert_eq!((snapshot.facts.federated, &snapshot.facts.acting), (true, &facts.acting), "{section:?}");
    }
}

#[test]
fn empty_section_that_is_cut_short_is_unread_too() {
    let sandbox = sandbox(Faults::with_read_fault(1, ReadFault::Short(Section::Alerts)));
    let snapshot = sandbox.read(&Interner::default()).unwrap();
    assert_eq!(snapshot.unread[&Section::Alerts], UnreadReason::Failed("0 of 1 rows came".into()));
}

#[test]
fn stale_read_is_the_one_before() {
    let sandbox = sandbox(Faults::with_read_fault(2, ReadFault::Stale));
    assert!(!is_there(&sandbox, ANA));
    sandbox.write(&step(invite(ANA)), "run/1").unwrap();
    assert!(!is_there(&sandbox, ANA));
    assert!(is_there(&sandbox, ANA));
}

#[test]
fn failed_read_is_an_error() {
    assert!(sandbox(Faults::with_read_fault(1, ReadFault::Fail)).read(&Interner::default()).is_err());
}

#[test]
fn read_shows_one_moment_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.db");
    let (organization, facts) = Seed::default().found_organization("acme", &Default::default());
    let store = SandboxStore::create(&path, "acme", &organization, &facts, opening()).unwrap();
    let store = &store;
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for n in 0..300 {
                // Each person is invited, granted and listed; a read that shows a later act must show the
                // earlier acts.
                let address = format!("p{n:03}@acme.example");
                let acts = [invite(&address), grant(&address, "download"), grant(&address, "beta")];
                for (at, act) in acts.into_iter().enumerate() {
                    store.carry_out(&step(act), &format!("run/{n}/{at}")).unwrap();
                }
            }
        });
        while !writer.is_finished() {
            let snapshot = store.fetch(&Interner::default()).unwrap();
            assert!(snapshot.unread.is_empty(), "{:?}", snapshot.unread);
            let people: Vec<_> = snapshot
                .live
                .0
                .users
                .values()
                .filter(|user| user.profile.email.as_str().starts_with('p'))
                .collect();
            let unfinished = people.iter().filter(|user| user.roles.len() < 2).count();
            assert!(unfinished <= 1, "{unfinished} of {} are half done", people.len());
            assert!(
                people
                    .iter()
                    .enumerate()
                    .all(|(n, user)| user.profile.email.as_str() == format!("p{n:03}@acme.example"))
            );
        }
    });
}

#[test]
fn writes_from_many_tasks_are_all_done_once() {
    let sandbox = sandbox(Faults::default());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for n in 0..100 {
                    sandbox.write(&step(invite(&format!("p{n}@acme.example"))), &format!("run/{n}")).unwrap();
                    let mine = PlainAct::GrantRole {
                        user: email(&format!("p{n}@acme.example")),
                        role: role(&format!("role-{thread}")),
                    };
                    sandbox.write(&step(mine), &format!("run/{thread}/{n}")).unwrap();
                }
            });
        }
    });
    let users = sandbox.read(&Interner::default()).unwrap().live.0.users;
    assert_eq!(users.len(), 101);
    assert!(
        users
            .values()
            .filter(|user| user.profile.email.as_str().starts_with('p'))
            .all(|user| user.roles.len() == 4)
    );
    assert_eq!(sandbox.store().unwrap().unwrap().outbox().unwrap().len(), 100);
}
