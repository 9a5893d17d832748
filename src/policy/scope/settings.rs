//! Decides what happens to country defaults, restrictions, alerts and contacts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Clash, ClashKind, Scope};
use crate::change::{Change, Edit, WithheldReason};
use crate::diff::edits;
use crate::model::{AccessSetting, Contact, MOST_CONTACTS, Organization};
use crate::policy::{ManageMode, Relation};

impl Scope<'_> {
    /// Fills in the country defaults, restrictions, alerts and contacts of `desired`.
    pub(super) fn fill_desired_settings(&mut self, desired: &mut Organization) {
        let policy = self.policy;
        // A default of `everyone` means the same as none.
        self.live.defaults.retain(|_, setting| *setting == AccessSetting::Nobody);
        let live = std::mem::take(&mut self.live);
        let mode = self.mode(Relation::Restrictions);
        let defaults = policy.defaults.iter().map(|(country, declared)| {
            (*country, (declared.value == AccessSetting::Nobody).then_some(AccessSetting::Nobody))
        });
        desired.defaults = self.desired_entries(mode, &live.defaults, defaults, |country, edit| {
            Change::Default { country: *country, edit }
        });
        let restrictions =
            policy.restrictions.iter().map(|(key, declared)| (key.clone(), Some(declared.value.setting())));
        desired.restrictions =
            self.desired_entries(mode, &live.restrictions, restrictions, |(product, area), edit| {
                Change::Restriction { product: product.clone(), area: *area, edit }
            });
        let mode = self.mode(Relation::Alerts);
        let alerts = policy.alerts.iter().map(|(key, declared)| (key.clone(), Some(declared.value)));
        desired.alerts = self.desired_entries(mode, &live.alerts, alerts, |(product, country), edit| {
            Change::Alert { product: product.clone(), country: *country, edit }
        });
        desired.contacts = self.contacts(&live.contacts);
        self.live = live;
    }

    /// Returns the desired entries of a relation without edges. A declared `None` means that there is to be
    /// no entry.
    fn desired_entries<K: Ord + Clone, V: Copy + PartialEq>(
        &mut self,
        mode: Option<ManageMode>,
        live: &BTreeMap<K, V>,
        declared: impl Iterator<Item = (K, Option<V>)>,
        change: impl Fn(&K, Edit<V>) -> Change,
    ) -> BTreeMap<K, V> {
        let Some(mode) = mode else { return live.clone() };
        let mut wanted = match mode {
            ManageMode::Exact | ManageMode::Observe => BTreeMap::new(),
            ManageMode::Declared => live.clone(),
        };
        for (key, value) in declared {
            match value {
                Some(value) => wanted.insert(key, value),
                None => wanted.remove(&key),
            };
        }
        if mode == ManageMode::Observe {
            let differences =
                edits(live.iter(), wanted.iter()).map(|(key, edit)| change(key, edit)).collect();
            self.withhold_all(differences, &WithheldReason::Observed);
            return live.clone();
        }
        wanted
    }

    fn contacts(&mut self, live: &BTreeSet<Contact>) -> BTreeSet<Contact> {
        let declared = &self.policy.contacts;
        let mut wanted: BTreeSet<_> = declared.keys().cloned().collect();
        match self.mode(Relation::Contacts) {
            None => return live.clone(),
            Some(ManageMode::Exact) => {}
            Some(ManageMode::Declared) => wanted.extend(live.iter().cloned()),
            Some(ManageMode::Observe) => {
                self.withhold_contacts(live, &wanted, &WithheldReason::Observed);
                return live.clone();
            }
        }
        if wanted.len() > MOST_CONTACTS {
            let place = declared.values().next().copied();
            self.clashes
                .extend(place.map(|place| Clash { place, kind: ClashKind::TooManyContacts(wanted.len()) }));
            return live.clone();
        }
        if wanted.is_empty()
            && let Some(last) = live.first()
        {
            // An account has at least one contact: the first by address stays.
            wanted.insert(last.clone());
            self.withhold(Change::Contact { edit: Edit::Delete(last.clone()) }, WithheldReason::LastContact);
        }
        wanted
    }

    fn withhold_contacts(
        &mut self,
        live: &BTreeSet<Contact>,
        wanted: &BTreeSet<Contact>,
        reason: &WithheldReason,
    ) {
        let gone = live.difference(wanted).map(|contact| Edit::Delete(contact.clone()));
        let new = wanted.difference(live).map(|contact| Edit::Create(contact.clone()));
        let changes = gone.chain(new).map(|edit| Change::Contact { edit }).collect();
        self.withhold_all(changes, reason);
    }
}
