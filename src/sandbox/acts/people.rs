//! Acts on users: invite, approve, lock, unlock, update, remove.

use rusqlite::params;

use super::write_transaction::{
    ActOutcome, ActResult, StoredUser, WriteTransaction, stop_changed, stop_refused,
};
use crate::model::{Email, LiveId, Profile, RoleId, UserState};
use crate::object::profile::{FieldOwner, ProfileField};
use crate::sandbox::store::schema::ColumnCode;
use crate::sandbox::store::user_columns;

/// The rules that protect administrators.
impl WriteTransaction<'_> {
    /// Refuses to touch an Account Administrator.
    pub(super) fn spare_account_administrator(&self, user: i64, email: &Email) -> ActResult<()> {
        if self.has_role(user, RoleId::ACCOUNT_ADMINISTRATOR)? {
            return stop_refused(format!("{email} is an account administrator, who is read-only"));
        }
        Ok(())
    }

    /// Refuses to end the acting identity's own access.
    pub(super) fn spare_self(&self, email: &Email) -> ActResult<()> {
        if self.acting_address()?.as_deref() == Some(email.as_str()) {
            return stop_refused(format!("{email} is the acting identity, which cannot end its own access"));
        }
        Ok(())
    }

    /// Refuses to take away the organization's last active administrator.
    pub(super) fn keep_an_administrator(&self, user: i64, email: &Email) -> ActResult<()> {
        let administrators = "FROM users JOIN grants ON user_id = users.id JOIN roles ON roles.id = role_id
            WHERE state = ?1 AND roles.name IN ('account-administrator', 'co-administrator') AND";
        let is_one = self.has_row(
            &format!("SELECT 1 {administrators} users.id = ?2"),
            params![ColumnCode(UserState::Active), user],
        )?;
        if is_one
            && !self.has_row(
                &format!("SELECT 1 {administrators} users.id <> ?2"),
                params![ColumnCode(UserState::Active), user],
            )?
        {
            return stop_refused(format!("{email} is the last active administrator"));
        }
        Ok(())
    }
}

impl WriteTransaction<'_> {
    /// Invites a person: creates the user with a new identity and adds a row to the outbox.
    pub(super) fn invite(&self, profile: &Profile) -> ActResult {
        if let Some(user) = self.find_user(&profile.email)? {
            // A user who was invited and then locked was still invited, so the state does not matter here.
            if user.profile == *profile {
                return Ok(ActOutcome::AlreadySo);
            }
            return stop_changed(format!(
                "{} belongs to a user who is {}",
                profile.email,
                user.state.as_str()
            ));
        }
        let live = self.add_user(profile, UserState::Invited)?;
        let row = params![self.now.as_microsecond(), live.as_str(), profile.email.as_str(), self.key];
        self.insert("outbox", "at, live, email, key", row)?;
        Ok(ActOutcome::Created(live))
    }

    fn add_user(&self, profile: &Profile, state: UserState) -> ActResult<LiveId> {
        let live = self.next_identity("users", 'u')?;
        let mut insertion = self.conn.prepare_cached(&user_columns::insertion())?;
        user_columns::insert_user(&mut insertion, (None, live.as_str()), profile, state)?;
        Ok(live)
    }

    /// Returns an identity that no object of the table has or ever had.
    pub(super) fn next_identity(&self, table: &str, letter: char) -> ActResult<LiveId> {
        let used: Option<i64> =
            self.first_row("SELECT seq FROM sqlite_sequence WHERE name = ?", [table], |row| row.get(0))?;
        let live = format!("{letter}-{}", used.unwrap_or(0) + 1);
        Ok(LiveId::new(&live).expect("a letter and a number are a name"))
    }

    /// Moves a user from one state to another.
    pub(super) fn set_state(&self, email: &Email, before: UserState, after: UserState) -> ActResult {
        let user = self.known_user(email)?;
        if user.state == after {
            return Ok(ActOutcome::AlreadySo);
        }
        if user.state != before {
            return stop_changed(format!("{email} is {} now", user.state.as_str()));
        }
        self.spare_account_administrator(user.id, email)?;
        if after == UserState::Locked {
            self.spare_self(email)?;
            self.keep_an_administrator(user.id, email)?;
        }
        self.run(
            "UPDATE users SET state = ?, version = version + 1 WHERE id = ?",
            params![ColumnCode(after), user.id],
        )?;
        Ok(ActOutcome::Done)
    }

    fn known_user(&self, email: &Email) -> ActResult<StoredUser> {
        self.find_user(email)?.map_or_else(|| stop_changed(format!("user {email} is not there")), Ok)
    }

    /// Changes a user's profile.
    pub(super) fn update_user(
        &self,
        before: &Profile,
        after: &Profile,
        identity: Option<&LiveId>,
    ) -> ActResult {
        // The user with the old address, or the one with the new address if the rename is done already.
        let found = match self.find_user(&before.email)? {
            None => self.find_user(&after.email)?.filter(|user| identity == Some(&user.live)),
            found @ Some(_) => found,
        };
        let Some(user) = found else {
            return stop_changed(format!("user {} is not there", before.email));
        };
        if user.profile == *after {
            return Ok(ActOutcome::AlreadySo);
        }
        if let Some(field) = ProfileField::first_difference(&user.profile, before) {
            return stop_changed(format!("the {} of {} has changed", field.noun(), user.profile.email));
        }
        self.spare_account_administrator(user.id, &before.email)?;
        self.check_names(before, after)?;
        user_columns::update_profile(self.conn, user.id, after)?;
        self.run(
            "UPDATE meta SET value = ? WHERE key = 'acting' AND value = ?",
            [after.email.as_str(), before.email.as_str()],
        )?;
        Ok(ActOutcome::Done)
    }

    fn check_names(&self, before: &Profile, after: &Profile) -> ActResult<()> {
        let renames = before.email != after.email;
        if renames && self.has_row("SELECT 1 FROM users WHERE email = ?", [after.email.as_str()])? {
            return stop_refused(format!("{} is the address of another user", after.email));
        }
        let mut names = ProfileField::owned_by(FieldOwner::IdentityProvider);
        let renamed = names.any(|field| field.differs(before, after));
        if renamed && self.is_federated()? {
            return stop_refused(format!(
                "the identity provider owns the name and address of {}",
                before.email
            ));
        }
        Ok(())
    }

    /// Removes a user from the organization. Refused while the user still has roles, groups, exceptions,
    /// named licences or checkouts.
    pub(super) fn remove_user(&self, before: &Profile) -> ActResult {
        let Some(user) = self.find_user(&before.email)? else {
            return Ok(ActOutcome::AlreadySo);
        };
        let email = &before.email;
        if let Some(field) = ProfileField::first_difference(&user.profile, before) {
            return stop_changed(format!("the {} of {email} has changed", field.noun()));
        }
        self.spare_account_administrator(user.id, email)?;
        self.spare_self(email)?;
        let left = self.remaining_holdings(user.id)?;
        if !left.is_empty() {
            return stop_refused(format!("{email} still has {}", left.join(", ")));
        }
        self.run("DELETE FROM users WHERE id = ?", [user.id])?;
        Ok(ActOutcome::Done)
    }

    fn remaining_holdings(&self, user: i64) -> ActResult<Vec<String>> {
        let tables = ["grants", "memberships", "exceptions", "licences", "checkouts"];
        let words = ["roles", "groups", "exceptions", "named licences", "checkouts"];
        let mut left = Vec::new();
        for (table, words) in tables.into_iter().zip(words) {
            let count = self.count(&format!("SELECT count(*) FROM {table} WHERE user_id = ?"), [user])?;
            if count > 0 {
                left.push(format!("{words} ({count})"));
            }
        }
        Ok(left)
    }
}
