//! Turns the lines of a snapshot's file back into the model.

use std::collections::BTreeMap;

use super::super::error::SnapshotError;
use super::{
    SnapshotAlertRecord, SnapshotContractRecord, SnapshotGroupRecord, SnapshotHeadRecord,
    SnapshotProductRecord, SnapshotText, SnapshotUserRecord,
};
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, Contract, CountryCode, Email, FlatSet, Group, GroupFacts,
    GroupKind, GroupName, Interner, Licence, LicenceKind, Live, LiveId, NameError, Organization,
    OrganizationFacts, OwnedLicences, PastTerms, Product, ProductId, Profile, RoleId, Section, Snapshot,
    Text, Timestamp, UnreadReason, User, UserException, UserState,
};

/// Turns lines back into the model, sharing names through an interner.
pub(in crate::apply::snapshot) struct SnapshotReader<'n>(pub(in crate::apply::snapshot) &'n Interner);

type SnapshotResult<T> = Result<T, SnapshotError>;

fn check_name<T>(text: &str, made: Result<T, NameError>) -> SnapshotResult<T> {
    made.map_err(|source| SnapshotError::Name { text: text.into(), source })
}

fn parse_word<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> SnapshotResult<T> {
    all.iter()
        .copied()
        .find(|candidate| word(*candidate) == text)
        .ok_or_else(|| SnapshotError::Word(text.into()))
}

fn parse_country(text: &str) -> SnapshotResult<CountryCode> {
    check_name(text, CountryCode::parse_reported(text))
}

fn parse_setting(text: &str) -> SnapshotResult<AccessSetting> {
    parse_word(text, &[AccessSetting::Everyone, AccessSetting::Nobody], AccessSetting::as_str)
}

fn read_area(text: Option<&SnapshotText<'_>>) -> SnapshotResult<Area> {
    text.map_or(Ok(Area::Everywhere), |text| parse_country(text).map(Area::Country))
}

fn parse_value<T: std::str::FromStr>(text: &str) -> SnapshotResult<T> {
    text.parse().map_err(|_| SnapshotError::Word(text.into()))
}

impl SnapshotReader<'_> {
    fn email(&self, text: &str) -> SnapshotResult<Email> {
        check_name(text, Email::parse(text, self.0))
    }

    fn product_id(&self, text: &str) -> SnapshotResult<ProductId> {
        check_name(text, ProductId::parse(text, self.0))
    }

    fn group_name(&self, text: &str) -> SnapshotResult<GroupName> {
        check_name(text, GroupName::parse(text, self.0))
    }

    fn live_id(&self, text: Option<&SnapshotText<'_>>) -> SnapshotResult<Option<LiveId>> {
        text.map(|text| check_name(text, LiveId::new(text))).transpose()
    }

    fn text(&self, text: &str) -> Text {
        self.0.text(text)
    }

    fn product_set(&self, list: &[SnapshotText<'_>]) -> SnapshotResult<FlatSet<ProductId>> {
        list.iter().map(|product| self.product_id(product)).collect()
    }

    /// The snapshot of a first line, with no users yet.
    pub(in crate::apply::snapshot) fn snapshot_without_users(
        &self,
        head: SnapshotHeadRecord<'_>,
    ) -> SnapshotResult<Snapshot> {
        let live = Organization {
            users: BTreeMap::new(),
            groups: head
                .groups
                .iter()
                .map(|(key, entry)| Ok((self.group_name(key)?, self.group(entry)?)))
                .collect::<SnapshotResult<_>>()?,
            defaults: head
                .defaults
                .iter()
                .map(|(key, value)| Ok((parse_country(key)?, parse_setting(value)?)))
                .collect::<SnapshotResult<_>>()?,
            restrictions: head
                .restrictions
                .iter()
                .map(|entry| self.restriction(entry))
                .collect::<SnapshotResult<_>>()?,
            alerts: head.alerts.iter().map(|entry| self.alert(entry)).collect::<SnapshotResult<_>>()?,
            contacts: head
                .contacts
                .iter()
                .map(|(email, at)| self.contact(email, at.as_ref()))
                .collect::<SnapshotResult<_>>()?,
        };
        let facts = OrganizationFacts {
            products: head
                .products
                .iter()
                .map(|(id, entry)| Ok((self.product_id(id)?, self.catalogue_product(entry)?)))
                .collect::<SnapshotResult<_>>()?,
            contracts: head
                .contracts
                .iter()
                .map(|entry| self.contract(entry))
                .collect::<SnapshotResult<_>>()?,
            federated: head.federated,
            acting: head.acting.map(|acting| self.email(&acting)).transpose()?,
            past: PastTerms::default(),
        };
        let unread = head
            .unread
            .iter()
            .map(|(section, why)| self.unread_section(section, why.as_ref()))
            .collect::<SnapshotResult<_>>()?;
        // Fields for which the service has no place were never planned, so an undo never restores them.
        Ok(Snapshot { live: Live(live), facts, unread, requests: head.requests, ..Snapshot::default() })
    }

    fn unread_section(
        &self,
        section: &str,
        why: Option<&SnapshotText<'_>>,
    ) -> SnapshotResult<(Section, UnreadReason)> {
        let why = why.map_or(UnreadReason::Unsupported, |why| UnreadReason::Failed(self.text(why)));
        Ok((parse_word(section, &Section::ALL, Section::as_str)?, why))
    }

    fn catalogue_product(&self, entry: &SnapshotProductRecord<'_>) -> SnapshotResult<Product> {
        Ok(Product {
            number: entry.number,
            feature: entry.feature.as_ref().map(|feature| self.text(feature)),
            name: self.text(&entry.name),
            licence: parse_word(
                &entry.licence,
                &[LicenceKind::Pooled, LicenceKind::Named],
                LicenceKind::as_str,
            )?,
            list_price: entry.list_price.as_deref().map(parse_value).transpose()?,
        })
    }

    fn contract(&self, entry: &SnapshotContractRecord<'_>) -> SnapshotResult<Contract> {
        let owned = entry.owned.iter().map(|(product, quantity)| {
            Ok((
                self.product_id(product)?,
                quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity),
            ))
        });
        Ok(Contract {
            name: self.text(&entry.name),
            kind: self.text(&entry.kind),
            country: parse_country(&entry.country)?,
            revenue: parse_value(&entry.revenue)?,
            expires: entry.expires,
            owned: owned.collect::<SnapshotResult<_>>()?,
        })
    }

    fn group(&self, entry: &SnapshotGroupRecord<'_>) -> SnapshotResult<Group> {
        let facts = GroupFacts {
            name: self.group_name(&entry.name)?,
            kind: parse_word(
                &entry.kind,
                &[GroupKind::Entitlement, GroupKind::Allocation, GroupKind::Other],
                GroupKind::as_str,
            )?,
            country: entry.country.as_deref().map(parse_country).transpose()?,
            description: self.text(&entry.description),
        };
        Ok(Group {
            id: self.live_id(entry.id.as_ref())?,
            facts,
            products: self.product_set(&entry.products)?,
        })
    }

    fn restriction(
        &self,
        (product, at, how): &(SnapshotText<'_>, Option<SnapshotText<'_>>, SnapshotText<'_>),
    ) -> SnapshotResult<((ProductId, Area), AccessSetting)> {
        Ok(((self.product_id(product)?, read_area(at.as_ref())?), parse_setting(how)?))
    }

    fn alert(&self, entry: &SnapshotAlertRecord<'_>) -> SnapshotResult<((ProductId, CountryCode), Alert)> {
        let alert = Alert { above: entry.above, sign_in_required: entry.sign_in_required };
        Ok(((self.product_id(&entry.product)?, parse_country(&entry.country)?), alert))
    }

    fn contact(&self, email: &str, at: Option<&SnapshotText<'_>>) -> SnapshotResult<Contact> {
        Ok(Contact { email: self.email(email)?, area: read_area(at)? })
    }

    /// The user of a later line, with the key that the user is filed under.
    pub(in crate::apply::snapshot) fn user(
        &self,
        line: SnapshotUserRecord<'_>,
    ) -> SnapshotResult<(Email, User)> {
        let profile = Profile {
            email: self.email(&line.email)?,
            first_name: self.text(&line.first_name),
            last_name: self.text(&line.last_name),
            country: parse_country(&line.country)?,
            entitlement_country: line.entitlement_country.as_deref().map(parse_country).transpose()?,
        };
        let exceptions_of = |list: &[SnapshotText<'_>], exception| {
            list.iter()
                .map(|product| Ok((self.product_id(product)?, exception)))
                .collect::<SnapshotResult<Vec<_>>>()
        };
        let exceptions = [
            exceptions_of(&line.allowed, UserException::Allow)?,
            exceptions_of(&line.denied, UserException::Deny)?,
        ];
        let checkout = |(product, machine, expires): &(SnapshotText<'_>, SnapshotText<'_>, Timestamp)| {
            Ok(Checkout {
                product: self.product_id(product)?,
                machine: self.text(machine),
                expires: *expires,
            })
        };
        let user = User {
            id: self.live_id(line.id.as_ref())?,
            profile,
            state: parse_word(
                &line.state,
                &[UserState::Pending, UserState::Invited, UserState::Active, UserState::Locked],
                UserState::as_str,
            )?,
            roles: line
                .roles
                .iter()
                .map(|role| check_name(role, RoleId::parse(role, self.0)))
                .collect::<SnapshotResult<_>>()?,
            groups: line.groups.iter().map(|group| self.group_name(group)).collect::<SnapshotResult<_>>()?,
            exceptions: exceptions.into_iter().flatten().collect(),
            licences: line
                .licences
                .iter()
                .map(|(id, assigned)| Ok((self.product_id(id)?, Licence { assigned: *assigned })))
                .collect::<SnapshotResult<_>>()?,
            checkouts: line.checkouts.iter().map(checkout).collect::<SnapshotResult<_>>()?,
        };
        Ok((self.email(&line.key)?, user))
    }
}
