//! Applies policies over SCIM and plans them again: no step is left.

use std::collections::BTreeSet;
use std::path::Path;

use seatwise::change::{Change, WithheldReason, WithheldSubject};
use seatwise::model::{Organization, Section, UnreadReason};
use seatwise::object::profile::ProfileField;
use seatwise::sandbox::seed::SEED_FILE;
use seatwise::sandbox::{SandboxStore, Seed, read_seed};
use seatwise::wire::TokenScope;

use super::*;
use crate::folders::{policy, repository_path};
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks, opening};

pub(super) const PROFILES: [&str; 2] = ["/scim/v2", "/scim/bentley"];

/// Serves the organization that the policy in `folder` begins with.
async fn serve_beginning(folder: &Path, policy: &Policy) -> ServedSandbox {
    let seed = folder.join(SEED_FILE);
    let seed = if seed.is_file() { read_seed(&seed).unwrap() } else { Seed::default() };
    let (organization, facts) =
        seed.found_organization(&policy.settings.organization, &Organization::default());
    let store =
        SandboxStore::in_memory(&policy.settings.organization, &organization, &facts, opening()).unwrap();
    ServedSandbox::with_quirks(store, ServiceQuirks::default()).await
}

fn example() -> Policy {
    policy(&repository_path("examples/acme-engineering"), moment(NOW), &Interner::default())
}

impl ServedSandbox {
    /// A connector to the SCIM service of this profile.
    pub(super) fn scim_connector(&self, profile: &str) -> ScimConnector {
        connect_scim(&format!("{}{profile}", self.url), &self.token(&TokenScope::ALL))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn example_applies_over_both_profiles_and_then_has_nothing_to_do() {
    let folder = repository_path("examples/acme-engineering");
    for profile in PROFILES {
        let policy = policy(&folder, moment(NOW), &Interner::default());
        let served = serve_beginning(&folder, &policy).await;
        let steps = apply_policy(&served.scim_connector(profile), &policy).await;
        #[expect(clippy::print_stdout, reason = "how much was done belongs to what was shown")]
        let () = println!("acme-engineering: {steps} steps over {profile}, then nothing to do");
        assert!(steps > 100, "{profile}: {steps}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_of_a_real_shape_applies_over_both_profiles_and_then_has_nothing_to_do() {
    let folder = repository_path("../shared/data/real-org/2026");
    if !folder.is_dir() {
        #[expect(clippy::print_stdout, reason = "whoever looks should see that nothing was looked at")]
        let () = println!("no real-shape data at {}: nothing was applied", folder.display());
        return;
    }
    for profile in PROFILES {
        let policy = policy(&folder, moment(NOW), &Interner::default());
        let served = serve_beginning(&folder, &policy).await;
        let began = std::time::Instant::now();
        let steps = apply_policy(&served.scim_connector(profile), &policy).await;
        #[expect(clippy::print_stdout, reason = "how much was done belongs to what was shown")]
        let () = println!(
            "real shape: {steps} steps over {profile} in {:.1?}, then nothing to do",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn every_field_of_a_profile_has_a_place_in_the_standard_profile() {
    let served = serve_beginning(&repository_path("examples/acme-engineering"), &example()).await;
    let no_place = read_live(&served.scim_connector("/scim/v2")).await.no_place;
    for field in ProfileField::ALL {
        let has = field.place().is_none_or(|place| !no_place.contains(&place));
        assert!(has, "wire/scim/attributes: {}", field.name());
    }
}

#[tokio::test]
async fn what_scim_has_no_place_for_is_withheld_with_the_reason() {
    let policy = example();
    let served = serve_beginning(&repository_path("examples/acme-engineering"), &policy).await;
    let withheld =
        async |profile: &str| make_plan(&policy, read_live(&served.scim_connector(profile)).await).withheld;
    let sections = |withheld: &[seatwise::change::Withheld]| -> BTreeSet<Section> {
        withheld
            .iter()
            .filter_map(
                |held| if let WithheldSubject::Section(section) = held.what { Some(section) } else { None },
            )
            .collect()
    };
    let never =
        [Section::Restrictions, Section::Alerts, Section::Contacts, Section::Contracts, Section::Checkouts];
    let (standard, bentley) = (withheld("/scim/v2").await, withheld("/scim/bentley").await);
    assert_eq!(sections(&standard), never.into());
    assert_eq!(sections(&bentley), never.into_iter().chain([Section::Roles, Section::Assignments]).collect());
    let changes = |withheld: &[seatwise::change::Withheld], is_meant: fn(&Change) -> bool| {
        let no_place =
            withheld.iter().filter(|held| held.reason == WithheldReason::Unread(UnreadReason::Unsupported));
        no_place
            .filter(|held| matches!(&held.what, WithheldSubject::Change(change) if is_meant(change)))
            .count()
    };
    assert!(changes(&standard, |change| matches!(change, Change::Listing { .. })) > 0, "lists of groups");
    assert_eq!(changes(&standard, |change| matches!(change, Change::Group { .. } | Change::User { .. })), 0);
    assert!(changes(&bentley, |change| matches!(change, Change::Group { .. })) > 0, "kinds of groups");
    assert!(changes(&bentley, |change| matches!(change, Change::User { .. })) > 0, "entitlement countries");
    let removed = bentley.iter().find(|held| {
        matches!(
            &held.what,
            WithheldSubject::Change(Change::User { edit: seatwise::change::Edit::Delete(_), .. })
        )
    });
    assert_eq!(
        removed.unwrap().reason,
        WithheldReason::DependsOnUnread(Section::Roles),
        "who may be an administrator is only removed by name"
    );
}
