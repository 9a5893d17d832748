//! Assembles the organization from the lists: rows about users are joined by identity, and a list that does
//! not fit the others is marked unread.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::lists::{ListOutcome, OrganizationLists};
use crate::model::{
    Date, Email, FlatSet, Group, GroupName, Interner, LiveId, Money, NameError, Product, ProductId, Section,
    Snapshot, Text, UnreadReason, User,
};
use crate::wire::{ContractWithPast, OrganizationRecord, PerUserRow, RestrictionKey};

/// A section, or a lower-case fragment that says why it is unread.
type SectionResult<T> = Result<T, Text>;

impl OrganizationLists {
    /// Assembles a snapshot from the lists that fit together; the others are marked unread. Fails where the
    /// acting identity is no e-mail address.
    pub(super) fn assemble(
        self,
        about: &OrganizationRecord<'_>,
        names: &Interner,
    ) -> Result<Snapshot, NameError> {
        let organization = (!about.name.is_empty()).then(|| names.text(&about.name));
        let mut snapshot = Snapshot { organization, ..Snapshot::default() };
        snapshot.facts.federated = about.federated;
        snapshot.facts.acting =
            about.acting.as_deref().map(|acting| Email::parse(acting, names)).transpose()?;
        let mut builder = HttpSnapshotBuilder { snapshot, people: UsersByIdentity::default() };
        let people = self.users.rows().and_then(UsersByIdentity::new);
        builder.people = builder.accept_section(Section::Users, people);
        let groups = self.groups.rows().and_then(groups_by_name);
        builder.snapshot.live.0.groups = builder.accept_section(Section::Groups, groups);
        builder.add_memberships(self.memberships);
        builder.give_to_users(Section::Roles, self.roles, |user, roles| user.roles = roles);
        builder.give_to_users(Section::Assignments, self.assignments, |user, pair| {
            (user.exceptions, user.licences) = pair
        });
        builder
            .give_to_users(Section::Checkouts, self.checkouts, |user, checkouts| user.checkouts = checkouts);
        builder.add_restrictions(self.restrictions);
        let alerts = self.alerts.rows().and_then(|rows| unique_rows(rows, "an alert"));
        builder.snapshot.live.0.alerts = builder.accept_section(Section::Alerts, alerts);
        let contacts = self.contacts.rows().and_then(|rows| {
            unique_rows(rows.into_iter().map(|contact| (contact, ())).collect(), "a contact")
        });
        builder.snapshot.live.0.contacts =
            builder.accept_section(Section::Contacts, contacts).into_keys().collect();
        let contracts = self.contracts.rows().and_then(|contracts| {
            Ok((contracts, self.products.rows().and_then(|rows| unique_rows(rows, "a product"))?))
        });
        let (contracts, products) = builder.accept_section(Section::Contracts, contracts);
        builder.add_contracts(contracts, products);
        Ok(builder.finish())
    }
}

/// Users with an index by identity.
#[derive(Default)]
struct UsersByIdentity {
    users: Vec<User>,
    index: FxHashMap<LiveId, usize>,
}

impl UsersByIdentity {
    fn new(users: Vec<User>) -> SectionResult<Self> {
        let mut index = FxHashMap::with_capacity_and_hasher(users.len(), Default::default());
        for (at, user) in users.iter().enumerate() {
            let id = user.id.clone().ok_or("a user has no identity")?;
            if index.insert(id, at).is_some() {
                return Err(format!("{} came twice", user.profile.email).into());
            }
        }
        Ok(Self { users, index })
    }

    fn find(&mut self, id: &LiveId) -> Option<&mut User> {
        self.users.get_mut(*self.index.get(id)?)
    }
}

/// Collects the sections of a snapshot.
struct HttpSnapshotBuilder {
    snapshot: Snapshot,
    people: UsersByIdentity,
}

impl HttpSnapshotBuilder {
    /// Returns the value of a section, or an empty value after marking the section unread.
    fn accept_section<T: Default>(&mut self, section: Section, judged: SectionResult<T>) -> T {
        judged.unwrap_or_else(|why| {
            self.snapshot.unread.insert(section, UnreadReason::Failed(why));
            T::default()
        })
    }

    /// Fails where one of the sections that another section needs is unread.
    fn require_sections(&self, needed: &[Section]) -> SectionResult<()> {
        match needed.iter().find(|section| self.snapshot.unread.contains_key(section)) {
            Some(missing) => Err(format!("it needs {}, which failed", missing.as_str()).into()),
            None => Ok(()),
        }
    }

    /// Gives each user the row about that user. A row about an unknown user, or a second row about the same
    /// user, makes the whole section unread.
    fn give_to_users<T: Default>(
        &mut self,
        section: Section,
        heard: ListOutcome<PerUserRow<T>>,
        give: impl Fn(&mut User, T),
    ) {
        let given = self.require_sections(&[Section::Users]).and_then(|()| {
            let mut seen = rustc_hash::FxHashSet::default();
            for (id, theirs) in heard.rows()? {
                let user = self
                    .people
                    .find(&id)
                    .ok_or_else(|| Text::from(format!("a row is about {}, who is no user", id.as_str())))?;
                give(user, theirs);
                if let Some(twice) = seen.replace(id) {
                    return Err(format!("{} came twice", twice.as_str()).into());
                }
            }
            Ok(())
        });
        if let Err(why) = given {
            self.people.users.iter_mut().for_each(|user| give(user, T::default()));
            self.snapshot.unread.insert(section, UnreadReason::Failed(why));
        }
    }

    fn add_memberships(&mut self, heard: ListOutcome<PerUserRow<FlatSet<GroupName>>>) {
        let known = &self.snapshot.live.0.groups;
        let dangling = |rows: &[PerUserRow<FlatSet<GroupName>>]| {
            let mut names = rows.iter().flat_map(|(_, groups)| groups.keys());
            names
                .find(|name| !known.contains_key(*name))
                .map(|name| Text::from(format!("somebody is in {name}, which is no group")))
        };
        let heard = match (self.require_sections(&[Section::Users, Section::Groups]), heard) {
            (Err(why), _) => ListOutcome::Failed(why),
            (Ok(()), ListOutcome::Whole(rows, revision)) => {
                dangling(&rows).map_or(ListOutcome::Whole(rows, revision), ListOutcome::Failed)
            }
            (Ok(()), other @ (ListOutcome::Nothing | ListOutcome::Moved | ListOutcome::Failed(_))) => other,
        };
        self.give_to_users(Section::Memberships, heard, |user, groups| user.groups = groups);
    }

    /// Adds the contracts and products as they are today, and the quantities and prices of the past.
    fn add_contracts(
        &mut self,
        contracts: Vec<ContractWithPast>,
        products: BTreeMap<ProductId, (Product, BTreeMap<Date, Money>)>,
    ) {
        let facts = &mut self.snapshot.facts;
        for (contract, past) in contracts {
            let of_contract =
                past.into_iter().map(|(product, owned)| ((contract.name.clone(), product), owned));
            facts.past.owned.extend(of_contract);
            facts.contracts.push(contract);
        }
        for (id, (product, prices)) in products {
            if !prices.is_empty() {
                facts.past.prices.insert(id.clone(), prices);
            }
            facts.products.insert(id, product);
        }
    }

    fn add_restrictions(&mut self, heard: ListOutcome<(RestrictionKey, crate::model::AccessSetting)>) {
        let judged = heard.rows().and_then(|rows| {
            let (mut defaults, mut restrictions) = (BTreeMap::new(), BTreeMap::new());
            for (rule, setting) in rows {
                let twice = match rule {
                    RestrictionKey::Default(country) => defaults.insert(country, setting).is_some(),
                    RestrictionKey::Product(product, area) => {
                        restrictions.insert((product, area), setting).is_some()
                    }
                };
                if twice {
                    return Err("a restriction came twice".into());
                }
            }
            Ok((defaults, restrictions))
        });
        (self.snapshot.live.0.defaults, self.snapshot.live.0.restrictions) =
            self.accept_section(Section::Restrictions, judged);
    }

    fn finish(mut self) -> Snapshot {
        let users = std::mem::take(&mut self.people.users);
        let count = users.len();
        let by_email: BTreeMap<_, _> =
            users.into_iter().map(|user| (user.profile.email.clone(), Arc::new(user))).collect();
        if by_email.len() == count {
            self.snapshot.live.0.users = by_email;
        } else {
            let two: Text = "two users have one address".into();
            for section in [
                Section::Users,
                Section::Memberships,
                Section::Roles,
                Section::Assignments,
                Section::Checkouts,
            ] {
                self.snapshot.unread.entry(section).or_insert_with(|| UnreadReason::Failed(two.clone()));
            }
        }
        self.snapshot
    }
}

fn groups_by_name(groups: Vec<Group>) -> SectionResult<BTreeMap<GroupName, Group>> {
    unique_rows(groups.into_iter().map(|group| (group.facts.name.clone(), group)).collect(), "a group")
}

fn unique_rows<K: Ord, V>(rows: Vec<(K, V)>, what: &str) -> SectionResult<BTreeMap<K, V>> {
    let count = rows.len();
    let once: BTreeMap<K, V> = rows.into_iter().collect();
    if once.len() == count { Ok(once) } else { Err(format!("{what} came twice").into()) }
}
