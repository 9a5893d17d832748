//! Acts on people: invite, let in, lock, change, remove.

use rusqlite::params;

use super::schema::Code;
use super::write::{Deed, Stop, UserRow, Write, changed, refused};
use crate::model::{Email, LiveId, Profile, RoleId, UserState};

/// Who may act on whom: the rules about administrators.
impl Write<'_> {
    /// Refuses to touch an Account Administrator.
    pub(super) fn spare_account_administrator(&self, user: i64, email: &Email) -> Result<(), Stop> {
        if self.holds(user, RoleId::ACCOUNT_ADMINISTRATOR)? {
            return refused(format!("{email} is an account administrator, who is read-only"));
        }
        Ok(())
    }

    /// Refuses to take the acting identity's own access.
    pub(super) fn spare_self(&self, email: &Email) -> Result<(), Stop> {
        if self.acting()?.as_deref() == Some(email.as_str()) {
            return refused(format!("{email} is the acting identity, which cannot end its own access"));
        }
        Ok(())
    }

    /// Refuses to take away the last active administrator.
    pub(super) fn keep_an_administrator(&self, user: i64, email: &Email) -> Result<(), Stop> {
        let administrators = "FROM users JOIN grants ON user_id = users.id JOIN roles ON roles.id = role_id
            WHERE state = ?1 AND roles.name IN ('account-administrator', 'co-administrator') AND";
        let is_one = self.any(
            &format!("SELECT 1 {administrators} users.id = ?2"),
            params![Code(UserState::Active), user],
        )?;
        if is_one
            && !self.any(
                &format!("SELECT 1 {administrators} users.id <> ?2"),
                params![Code(UserState::Active), user],
            )?
        {
            return refused(format!("{email} is the last active administrator"));
        }
        Ok(())
    }
}

impl Write<'_> {
    /// Invites a person: an identity, a row of the outbox.
    pub(super) fn invite(&self, profile: &Profile) -> Result<Deed, Stop> {
        if let Some(user) = self.find_user(&profile.email)? {
            // Somebody who has been locked since was invited all the same.
            if user.profile == *profile {
                return Ok(Deed::AlreadySo);
            }
            return changed(format!("{} belongs to a user who is {}", profile.email, user.state.as_str()));
        }
        let live = self.add_user(profile, UserState::Invited)?;
        let sql = "INSERT INTO outbox (at, live, email, key) VALUES (?, ?, ?, ?)";
        self.run(sql, params![self.now.as_microsecond(), live.as_str(), profile.email.as_str(), self.key])?;
        Ok(Deed::Created(live))
    }

    fn add_user(&self, profile: &Profile, state: UserState) -> Result<LiveId, Stop> {
        let live = self.next_identity("users", 'u')?;
        let sql = "INSERT INTO users (live, email, first_name, last_name, country, entitlement_country, \
            state) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let Profile { email, first_name, last_name, country, entitlement_country } = profile;
        let entitlement = entitlement_country.as_ref().map(|country| country.as_str());
        self.run(
            sql,
            params![
                live.as_str(),
                email.as_str(),
                first_name,
                last_name,
                country.as_str(),
                entitlement,
                Code(state)
            ],
        )?;
        Ok(live)
    }

    /// An identity that no object of the table has or ever had.
    pub(super) fn next_identity(&self, table: &str, letter: char) -> Result<LiveId, Stop> {
        let used: Option<i64> =
            self.one("SELECT seq FROM sqlite_sequence WHERE name = ?", [table], |row| row.get(0))?;
        let live = format!("{letter}-{}", used.unwrap_or(0) + 1);
        Ok(LiveId::new(&live).expect("a letter and a number are a name"))
    }

    /// Moves a user from one state to another.
    pub(super) fn set_state(&self, email: &Email, before: UserState, after: UserState) -> Result<Deed, Stop> {
        let user = self.known_user(email)?;
        if user.state == after {
            return Ok(Deed::AlreadySo);
        }
        if user.state != before {
            return changed(format!("{email} is {} now", user.state.as_str()));
        }
        self.spare_account_administrator(user.id, email)?;
        if after == UserState::Locked {
            self.spare_self(email)?;
            self.keep_an_administrator(user.id, email)?;
        }
        self.run(
            "UPDATE users SET state = ?, version = version + 1 WHERE id = ?",
            params![Code(after), user.id],
        )?;
        Ok(Deed::Done)
    }

    fn known_user(&self, email: &Email) -> Result<UserRow, Stop> {
        self.find_user(email)?.map_or_else(|| changed(format!("user {email} is not there")), Ok)
    }

    /// Gives a person another profile.
    pub(super) fn update_user(
        &self,
        before: &Profile,
        after: &Profile,
        identity: Option<&LiveId>,
    ) -> Result<Deed, Stop> {
        let Some(user) = self.renamed_user(before, after, identity)? else {
            return changed(format!("user {} is not there", before.email));
        };
        if user.profile == *after {
            return Ok(Deed::AlreadySo);
        }
        if let Some(what) = difference(&user.profile, before) {
            return changed(format!("the {what} of {} has changed", user.profile.email));
        }
        self.spare_account_administrator(user.id, &before.email)?;
        self.check_names(before, after)?;
        let sql = "UPDATE users SET email = ?, first_name = ?, last_name = ?, country = ?, \
            entitlement_country = ?, version = version + 1 WHERE id = ?";
        let Profile { email, first_name, last_name, country, entitlement_country } = after;
        let entitlement = entitlement_country.as_ref().map(|country| country.as_str());
        self.run(
            sql,
            params![email.as_str(), first_name, last_name, country.as_str(), entitlement, user.id],
        )?;
        self.run(
            "UPDATE meta SET value = ? WHERE key = 'acting' AND value = ?",
            [email.as_str(), before.email.as_str()],
        )?;
        Ok(Deed::Done)
    }

    /// The user under the old address, or under the new one where the rename is done.
    fn renamed_user(
        &self,
        before: &Profile,
        after: &Profile,
        identity: Option<&LiveId>,
    ) -> Result<Option<UserRow>, Stop> {
        match self.find_user(&before.email)? {
            Some(user) => Ok(Some(user)),
            None => Ok(self.find_user(&after.email)?.filter(|user| identity == Some(&user.live))),
        }
    }

    fn check_names(&self, before: &Profile, after: &Profile) -> Result<(), Stop> {
        let renames = before.email != after.email;
        if renames && self.any("SELECT 1 FROM users WHERE email = ?", [after.email.as_str()])? {
            return refused(format!("{} is the address of another user", after.email));
        }
        let renamed = renames || before.first_name != after.first_name || before.last_name != after.last_name;
        if renamed && self.federated()? {
            return refused(format!("the identity provider owns the name and address of {}", before.email));
        }
        Ok(())
    }

    /// Ends a person's association; what they had must have gone before.
    pub(super) fn remove_user(&self, before: &Profile) -> Result<Deed, Stop> {
        let Some(user) = self.find_user(&before.email)? else {
            return Ok(Deed::AlreadySo);
        };
        let email = &before.email;
        if let Some(what) = difference(&user.profile, before) {
            return changed(format!("the {what} of {email} has changed"));
        }
        self.spare_account_administrator(user.id, email)?;
        self.spare_self(email)?;
        let left = self.left_of(user.id)?;
        if !left.is_empty() {
            return refused(format!("{email} still has {}", left.join(", ")));
        }
        self.run("DELETE FROM users WHERE id = ?", [user.id])?;
        Ok(Deed::Done)
    }

    fn left_of(&self, user: i64) -> Result<Vec<String>, Stop> {
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

/// The first field in which two profiles differ.
fn difference(live: &Profile, before: &Profile) -> Option<&'static str> {
    let Profile { email, first_name, last_name, country, entitlement_country } = before;
    let fields = [
        ("address", live.email == *email),
        ("first name", live.first_name == *first_name),
        ("last name", live.last_name == *last_name),
        ("country", live.country == *country),
        ("entitlement country", live.entitlement_country == *entitlement_country),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(field, _)| field)
}
