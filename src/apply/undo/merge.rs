//! Undoes the steps of a run on an organization in memory, one at a time, from the last to the first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::identities::{KeyRenames, LiveKeys, RunIdentities, relabel_objects, renames_since_run};
use super::restore::{RestoreResult, restore_entry, restore_field, restore_value};
use super::unrestored::{UnrestoredReason, UnrestoredStep};
use super::{CarriedOutStep, StepExtent, UndoTarget};
use crate::change::{Change, Edit};
use crate::model::{
    Contact, Desired, Email, FlatSet, Group, GroupFacts, GroupKind, GroupName, Licence, Live, LiveId,
    MOST_CONTACTS, MergeSide, Organization, OrganizationFacts, ProductId, Profile, RoleId, User,
    UserException, UserState,
};
use crate::object::profile::{FieldOwner, ProfileField};
use crate::plan::{Act, Step, StepNo};

/// An organization in which the steps of a run are undone. Objects are filed under the names that the next
/// step to undo calls them by.
pub(super) struct UndoMerge<'a> {
    before: &'a Organization,
    now: Organization,
    /// The identity that seatwise acts as, which may not end its own access.
    acting: Option<LiveId>,
    /// Whether names and addresses belong to an identity provider.
    federated: bool,
    /// The live keys of users who are filed under another key in `now`.
    users: LiveKeys<Email>,
    groups: LiveKeys<GroupName>,
    /// Users whom the run invited, and whom the undo removes.
    newcomers: BTreeSet<&'a Email>,
    /// Users whom the run removed, and whom the undo invites again.
    invited: BTreeSet<Email>,
    lost: BTreeSet<UnrestoredStep>,
}

impl<'a> UndoMerge<'a> {
    /// Files the objects of `live` under the names they had at the end of the run.
    pub(super) fn new(
        before: &'a Organization,
        live: &Organization,
        facts: &OrganizationFacts,
        did: &[CarriedOutStep<'a>],
    ) -> Self {
        let known = RunIdentities::follow_run(before, did);
        let users =
            renames_since_run(&known.users, live.users.iter().map(|(name, user)| (name, user.id.as_ref())));
        let groups = renames_since_run(
            &known.groups,
            live.groups.iter().map(|(name, group)| (name, group.id.as_ref())),
        );
        let ((user_keys, users), (group_keys, groups)) =
            (LiveKeys::from_renames(users), LiveKeys::from_renames(groups));
        let mut now = live.clone();
        relabel_objects(&mut now, &user_keys, &group_keys);
        let invited = |did: &CarriedOutStep<'a>| {
            if let Some(Change::User { edit: Edit::Create(profile), .. }) = did.step.act.change() {
                Some(&profile.email)
            } else {
                None
            }
        };
        let newcomers = did.iter().filter_map(invited).collect();
        let acting = facts.acting.as_ref().and_then(|email| live.users.get(email)?.id.clone());
        let (federated, invited, lost) = (facts.federated, BTreeSet::new(), BTreeSet::new());
        Self { before, now, acting, federated, users, groups, newcomers, invited, lost }
    }

    /// Undoes a step, and notes which of its effects stay.
    pub(super) fn undo(&mut self, did: &CarriedOutStep<'_>) {
        // Half a swap is a user in neither group.
        let taken_back = match (&did.step.act, did.extent) {
            (Act::SwapAllocation { user, from, to: _ }, StepExtent::Part) => self.join(user, from),
            (Act::Change(_) | Act::SetList { .. } | Act::SwapAllocation { .. }, _) => {
                self.take_back_act(did.step)
            }
        };
        taken_back.err().into_iter().for_each(|why| self.note_unrestored(did.step.no, why));
    }

    fn note_unrestored(&mut self, step: StepNo, why: UnrestoredReason) {
        self.lost.insert(UnrestoredStep { step, why });
    }

    fn take_back_act(&mut self, step: &Step) -> RestoreResult {
        match &step.act {
            Act::Change(change) => self.take_back_change(step.no, change),
            Act::SwapAllocation { user, from, to } => self.swap(user, from, to),
            Act::SetList { group, before, after } => self.restore_list(group, before, after),
        }
    }

    fn take_back_change(&mut self, step: StepNo, change: &Change) -> RestoreResult {
        match change {
            Change::User { user, edit } => match edit {
                Edit::Create(_) => self.uninvite_user(user),
                Edit::Update { before, after } => self.rename_user(step, before, after),
                Edit::Delete(profile) => self.invite_again(profile),
            },
            Change::State { user, before, after } => self.restore_state(user, *before, *after),
            Change::Group { group, edit } => match edit {
                Edit::Create(_) => self.delete_group(group),
                Edit::Update { before, after } => self.rename_group(step, before, after),
                Edit::Delete(facts) => self.recreate_group(facts),
            },
            Change::Membership { user, group, edit } => match edit.after() {
                Some(()) => self.leave(user, group),
                None => self.join(user, group),
            },
            Change::Role { user, role, edit } => match edit.after() {
                Some(()) => self.revoke(user, role),
                None => self.grant(user, role),
            },
            Change::Exception { user, product, edit } => self.restore_exception(user, product, edit),
            Change::Licence { user, product, edit } => match edit.after() {
                Some(()) => self.release_licence(user, product),
                None => self.assign_licence(user, product),
            },
            Change::Checkout { .. } => Err(UnrestoredReason::CheckoutEnded),
            Change::Listing { group, product, edit } => self.restore_listing(group, product, edit),
            Change::Default { country, edit } => restore_entry(&mut self.now.defaults, country, edit),
            Change::Restriction { product, area, edit } => {
                restore_entry(&mut self.now.restrictions, &(product.clone(), *area), edit)
            }
            Change::Alert { product, country, edit } => {
                restore_entry(&mut self.now.alerts, &(product.clone(), *country), edit)
            }
            Change::Contact { edit } => match edit {
                Edit::Create(contact) => self.drop_contact(contact),
                Edit::Update { before, after } => self.replace_contact(before, after),
                Edit::Delete(contact) => self.add_contact(contact),
            },
        }
    }

    /// The user called `name`, unless the user may not be changed: Account Administrators follow the
    /// contract.
    fn user(&mut self, name: &Email) -> Result<&mut User, UnrestoredReason> {
        if self.users.strangers.contains(name) {
            return Err(UnrestoredReason::Gone);
        }
        let user = self.now.user_mut(name).ok_or(UnrestoredReason::Gone)?;
        if user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR) {
            Err(UnrestoredReason::AccountAdministrator)
        } else {
            Ok(user)
        }
    }

    /// Like [`user`](Self::user), for a user who is about to lose access: refuses the acting identity.
    fn user_losing_access(&mut self, name: &Email) -> Result<&mut User, UnrestoredReason> {
        let acting = self.acting.clone();
        let user = self.user(name)?;
        if acting.is_some() && user.id == acting { Err(UnrestoredReason::ActingIdentity) } else { Ok(user) }
    }

    fn group(&mut self, name: &GroupName) -> Result<&mut Group, UnrestoredReason> {
        if self.groups.strangers.contains(name) {
            return Err(UnrestoredReason::Gone);
        }
        self.now.groups.get_mut(name).ok_or(UnrestoredReason::Gone)
    }

    fn delete_group(&mut self, name: &GroupName) -> RestoreResult {
        self.group(name)?;
        self.now.groups.remove(name);
        self.groups.in_use.insert(name.clone());
        // Users who have joined since the run lose the membership together with the group.
        for user in self.now.users.values_mut().filter(|user| user.groups.has(name)).map(Arc::make_mut) {
            user.groups.take(name);
        }
        Ok(())
    }

    fn recreate_group(&mut self, facts: &GroupFacts) -> RestoreResult {
        let again = || Group { id: None, facts: facts.clone(), products: FlatSet::new() };
        self.now.groups.entry(facts.name.clone()).or_insert_with(again);
        Ok(())
    }

    fn uninvite_user(&mut self, name: &Email) -> RestoreResult {
        if self.users.strangers.contains(name) {
            return Err(UnrestoredReason::InvitedAgain);
        }
        self.user_losing_access(name)?;
        self.now.users.remove(name);
        self.users.in_use.insert(name.clone());
        Err(UnrestoredReason::InvitationSent)
    }

    fn invite_again(&mut self, profile: &Profile) -> RestoreResult {
        // A user who asked to join and was turned down cannot be made to ask again.
        let was = self.before.users.get(&profile.email).map_or(UserState::Invited, |user| user.state);
        if was == UserState::Pending || self.now.users.contains_key(&profile.email) {
            return Err(UnrestoredReason::IdentityRemoved);
        }
        let state = if was == UserState::Locked { UserState::Locked } else { UserState::Invited };
        self.now.users.insert(profile.email.clone(), User::new(profile.clone(), state).into());
        self.invited.insert(profile.email.clone());
        Err(UnrestoredReason::IdentityRemoved)
    }

    fn restore_state(&mut self, name: &Email, before: UserState, after: UserState) -> RestoreResult {
        match (before, after) {
            (_, UserState::Locked) => self.unlock(name, before),
            (UserState::Pending, _) => Err(UnrestoredReason::ApprovalGiven),
            (UserState::Invited | UserState::Active | UserState::Locked, _) => {
                restore_value(&mut self.user_losing_access(name)?.state, &before, &after)
            }
        }
    }

    fn unlock(&mut self, name: &Email, before: UserState) -> RestoreResult {
        // Unlocking leads to `active`, but a user who is invited again has yet to accept the invitation.
        let invited = self.invited.contains(name);
        let back = if invited { UserState::Invited } else { UserState::Active };
        restore_value(&mut self.user(name)?.state, &back, &UserState::Locked)?;
        if before == UserState::Invited && !invited && !self.newcomers.contains(name) {
            Err(UnrestoredReason::InvitationEnded)
        } else {
            Ok(())
        }
    }

    fn rename_user(&mut self, step: StepNo, before: &Profile, after: &Profile) -> RestoreResult {
        let federated = self.federated;
        let restore = |field: ProfileField, now: &mut Profile| {
            if federated && field.owner() == FieldOwner::IdentityProvider && field.differs(before, after) {
                return Err(UnrestoredReason::Federated);
            }
            restore_field(field, now, before, after)
        };
        let profile = &mut self.user(&after.email)?.profile;
        // The address is the user's key, so it comes last.
        let others = ProfileField::ALL.into_iter().filter(|field| *field != ProfileField::Email);
        let stays: Vec<_> = others.filter_map(|field| restore(field, profile).err()).collect();
        stays.into_iter().for_each(|why| self.note_unrestored(step, why));
        if before.email == after.email {
            return Ok(());
        }
        if self.now.users.contains_key(&before.email) {
            // Earlier steps use an address for the user that now belongs to another user.
            self.users.strangers.insert(before.email.clone());
            return Err(UnrestoredReason::NameTaken);
        }
        let Some(mut user) = self.now.users.remove(&after.email) else { return Err(UnrestoredReason::Gone) };
        let restored = if self.users.is_in_use(&before.email, &after.email) {
            Err(UnrestoredReason::NameInUse)
        } else {
            restore(ProfileField::Email, &mut Arc::make_mut(&mut user).profile)
        };
        self.now.users.insert(before.email.clone(), user);
        self.users.move_key(&after.email, &before.email);
        restored
    }

    fn rename_group(&mut self, step: StepNo, before: &GroupFacts, after: &GroupFacts) -> RestoreResult {
        let facts = &mut self.group(&after.name)?.facts;
        let fields = [
            restore_value(&mut facts.kind, &before.kind, &after.kind),
            restore_value(&mut facts.country, &before.country, &after.country),
            restore_value(&mut facts.description, &before.description, &after.description),
        ];
        fields.into_iter().filter_map(RestoreResult::err).for_each(|why| self.note_unrestored(step, why));
        if before.name == after.name {
            return Ok(());
        }
        if self.now.groups.contains_key(&before.name) {
            self.groups.strangers.insert(before.name.clone());
            return Err(UnrestoredReason::NameTaken);
        }
        let restored = if self.groups.is_in_use(&before.name, &after.name) {
            Err(UnrestoredReason::NameInUse)
        } else {
            restore_value(&mut self.group(&after.name)?.facts.name, &before.name, &after.name)
        };
        relabel_objects(
            &mut self.now,
            &KeyRenames::new(),
            &[(after.name.clone(), before.name.clone())].into(),
        );
        self.groups.move_key(&after.name, &before.name);
        restored
    }

    /// Whether the user may join `group`: a user is in at most one allocation group.
    fn has_room(&self, user: &Email, group: &GroupName) -> bool {
        let allocates = |name: &GroupName| {
            self.now.groups.get(name).is_some_and(|group| group.facts.kind == GroupKind::Allocation)
        };
        let joined = self.now.users.get(user).into_iter().flat_map(|user| user.groups.keys());
        !allocates(group) || !joined.into_iter().any(|other| other != group && allocates(other))
    }

    fn join(&mut self, name: &Email, group: &GroupName) -> RestoreResult {
        self.group(group)?;
        if !self.has_room(name, group) {
            return Err(UnrestoredReason::ChangedSince);
        }
        self.user(name)?.groups.add(group.clone());
        Ok(())
    }

    fn leave(&mut self, name: &Email, group: &GroupName) -> RestoreResult {
        self.user(name)?.groups.take(group);
        Ok(())
    }

    fn swap(&mut self, name: &Email, from: &GroupName, to: &GroupName) -> RestoreResult {
        self.group(from)?;
        let groups = &mut self.user(name)?.groups;
        if groups.has(from) {
            return Ok(());
        }
        groups.take(to).ok_or(UnrestoredReason::ChangedSince)?;
        groups.add(from.clone());
        Ok(())
    }

    fn grant(&mut self, name: &Email, role: &RoleId) -> RestoreResult {
        self.user(name)?.roles.add(role.clone());
        Ok(())
    }

    fn revoke(&mut self, name: &Email, role: &RoleId) -> RestoreResult {
        let roles = &mut self.user_losing_access(name)?.roles;
        // Others have since granted a role that requires `download`.
        if role.is(RoleId::DOWNLOAD) && roles.keys().any(RoleId::needs_download) {
            return Err(UnrestoredReason::ChangedSince);
        }
        roles.take(role);
        Ok(())
    }

    fn restore_exception(
        &mut self,
        name: &Email,
        product: &ProductId,
        edit: &Edit<UserException>,
    ) -> RestoreResult {
        let exceptions = &mut self.user(name)?.exceptions;
        let mut now = exceptions.get(product).copied();
        restore_value(&mut now, &edit.before().copied(), &edit.after().copied())?;
        match now {
            Some(exception) => drop(exceptions.insert(product.clone(), exception)),
            None => drop(exceptions.take(product)),
        }
        Ok(())
    }

    fn assign_licence(&mut self, name: &Email, product: &ProductId) -> RestoreResult {
        self.user(name)?.licences.get_or_insert_with(product.clone(), || Licence { assigned: None });
        Ok(())
    }

    fn release_licence(&mut self, name: &Email, product: &ProductId) -> RestoreResult {
        let released = self.user(name)?.licences.take(product);
        released.map_or(Ok(()), |_| Err(UnrestoredReason::LockStarted))
    }

    /// Restores the list product by product, so that products that others have added since stay.
    fn restore_list(
        &mut self,
        group: &GroupName,
        before: &FlatSet<ProductId>,
        after: &FlatSet<ProductId>,
    ) -> RestoreResult {
        for (product, side) in before.merge(after) {
            match side {
                MergeSide::Left(()) => self.restore_listing(group, product, &Edit::Delete(()))?,
                MergeSide::Right(()) => self.restore_listing(group, product, &Edit::Create(()))?,
                MergeSide::Both((), ()) => {}
            }
        }
        Ok(())
    }

    fn restore_listing(&mut self, group: &GroupName, product: &ProductId, edit: &Edit<()>) -> RestoreResult {
        let list = &mut self.group(group)?.products;
        match edit.before() {
            Some(()) => _ = list.add(product.clone()),
            None => _ = list.take(product),
        }
        Ok(())
    }

    fn drop_contact(&mut self, contact: &Contact) -> RestoreResult {
        if self.now.contacts.len() == 1 && self.now.contacts.contains(contact) {
            return Err(UnrestoredReason::LastContact);
        }
        self.now.contacts.remove(contact);
        Ok(())
    }

    fn add_contact(&mut self, contact: &Contact) -> RestoreResult {
        if self.now.contacts.len() >= MOST_CONTACTS {
            return Err(UnrestoredReason::ChangedSince);
        }
        self.now.contacts.insert(contact.clone());
        Ok(())
    }

    fn replace_contact(&mut self, from: &Contact, to: &Contact) -> RestoreResult {
        if self.now.contacts.remove(to) {
            self.now.contacts.insert(from.clone());
        }
        Ok(())
    }

    /// Both sides of the undo plan, with objects filed under their final names on the desired side.
    pub(super) fn into_target(mut self, live: &Organization) -> UndoTarget {
        let users = renames_to_names(&self.now.users, |user| &user.profile.email);
        let groups = renames_to_names(&self.now.groups, |group| &group.facts.name);
        relabel_objects(&mut self.now, &users, &groups);
        let mut live = live.clone();
        relabel_objects(
            &mut live,
            &final_keys(&self.users.origins, &users),
            &final_keys(&self.groups.origins, &groups),
        );
        UndoTarget { live: Live(live), desired: Desired(self.now), lost: self.lost.into_iter().collect() }
    }
}

/// The renames that file every object under its own name.
fn renames_to_names<K: Ord + Clone, V>(objects: &BTreeMap<K, V>, name: fn(&V) -> &K) -> KeyRenames<K> {
    let named = objects.iter().map(|(key, object)| (key, name(object)));
    named.filter(|(key, name)| key != name).map(|(key, name)| (key.clone(), name.clone())).collect()
}

/// Composes the renames from the live keys to the current keys (the reverse of `origins`) with the `last`
/// renames from current to final keys.
fn final_keys<K: Ord + Clone>(origins: &KeyRenames<K>, last: &KeyRenames<K>) -> KeyRenames<K> {
    let moved = origins.iter().map(|(now, origin)| (origin.clone(), last.get(now).unwrap_or(now).clone()));
    moved.filter(|(origin, end)| origin != end).collect()
}
