//! Judges reads before they are believed: a list that has shrunk beyond reason counts as unread. Pure.
//!
//! Services lose pages, ignore filters and answer while they are half down. The size of each list after the
//! last run is known; when more than a fifth of a list has disappeared since then, a person has to confirm
//! the loss.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Organization, Section, Snapshot, Text, UnreadReason, clear_section};

/// A list may lose a fifth of its entries without confirmation.
const MOST_LOST_PERCENT: usize = 20;
/// Small lists vary: the loss of fewer entries than this never makes a list doubtful.
const LEAST_LOST: usize = 5;

/// The number of entries of each section. Sections whose size says nothing are left out.
pub type SectionSizes = BTreeMap<Section, usize>;

/// Counts the entries of each section of `organization`.
pub fn section_sizes(organization: &Organization) -> SectionSizes {
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = organization;
    let edges = |of: fn(&crate::model::User) -> usize| users.values().map(|user| of(user)).sum();
    BTreeMap::from([
        (Section::Users, users.len()),
        (Section::Groups, groups.len()),
        (Section::Memberships, edges(|user| user.groups.len())),
        (Section::Roles, edges(|user| user.roles.len())),
        (Section::Assignments, edges(|user| user.exceptions.len() + user.licences.len())),
        (Section::Restrictions, defaults.len() + restrictions.len()),
        (Section::Alerts, alerts.len()),
        (Section::Contacts, contacts.len()),
    ])
}

/// Removes from `snapshot` the sections that have shrunk beyond reason compared with the sizes in `before`,
/// except for the `accepted` sections, and marks the removed sections as unread.
///
/// `since` names the run that `before` was recorded after: `run 20261124T091207Z-7f3c91`.
pub fn drop_shrunk_sections(
    snapshot: &mut Snapshot,
    before: &SectionSizes,
    since: &str,
    accepted: &BTreeSet<Section>,
) {
    let now = section_sizes(&snapshot.live.0);
    for (section, before) in before {
        let now = now.get(section).copied().unwrap_or(0);
        if !snapshot.unread.contains_key(section) && !accepted.contains(section) && is_doubtful(*before, now)
        {
            let doubt = shrink_reason(*section, *before, now, since);
            clear_section(*section, &mut snapshot.live.0);
            snapshot.unread.insert(*section, UnreadReason::Failed(doubt));
        }
    }
}

fn is_doubtful(before: usize, now: usize) -> bool {
    let lost = before.saturating_sub(now);
    lost >= LEAST_LOST && lost * 100 > before * MOST_LOST_PERCENT
}

fn shrink_reason(section: Section, before: usize, now: usize, since: &str) -> Text {
    let percent = (before - now) * 100 / before;
    let name = section.as_str();
    format!(
        "{percent} % smaller than after {since} ({before} → {now}): `--accept-shrink {name}` when that \
        is right"
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Live;
    use crate::sandbox::generate_firm;

    fn firm() -> Snapshot {
        let (organization, facts) = generate_firm(50, 1);
        Snapshot { live: Live(organization), facts, ..Snapshot::default() }
    }

    #[test]
    fn list_that_lost_more_than_a_fifth_counts_as_unread() {
        let mut snapshot = firm();
        let before = section_sizes(&snapshot.live.0);
        let keep: BTreeSet<_> = snapshot.live.0.users.keys().take(39).cloned().collect();
        snapshot.live.0.users.retain(|email, _| keep.contains(email));
        drop_shrunk_sections(&mut snapshot, &before, "run r", &BTreeSet::new());
        let why = UnreadReason::Failed(
            "22 % smaller than after run r (50 → 39): `--accept-shrink users` when that is right".into(),
        );
        assert_eq!(snapshot.unread.get(&Section::Users), Some(&why));
        assert!(snapshot.live.0.users.is_empty(), "what is not believed is not kept");
        assert!(!snapshot.unread.contains_key(&Section::Groups), "the others are judged by themselves");
    }

    #[test]
    fn list_that_lost_a_fifth_and_one_that_is_accepted_are_believed() {
        let mut snapshot = firm();
        let before = section_sizes(&snapshot.live.0);
        let keep: BTreeSet<_> = snapshot.live.0.users.keys().take(40).cloned().collect();
        snapshot.live.0.users.retain(|email, _| keep.contains(email));
        snapshot.live.0.groups.clear();
        drop_shrunk_sections(
            &mut snapshot,
            &before,
            "run r",
            &[Section::Groups, Section::Memberships, Section::Roles, Section::Assignments].into(),
        );
        assert_eq!(snapshot.unread, BTreeMap::new());
        assert_eq!(snapshot.live.0.users.len(), 40);
    }

    #[test]
    fn four_entries_of_a_small_list_may_go() {
        assert!(!is_doubtful(4, 0));
        assert!(is_doubtful(5, 0));
    }
}
