//! Acts on what a person holds: roles, exceptions, named licences, checkouts.

use rusqlite::params;

use super::schema::Code;
use super::write::{Deed, Stop, Write, changed, refused};
use crate::model::licences::{LONGEST_CHECKOUT_DAYS, unlock_time};
use crate::model::{Checkout, Email, LicenceKind, ProductId, RoleId, Timestamp, UserException};

impl Write<'_> {
    /// Grants a role.
    pub(super) fn grant_role(&self, email: &Email, role: &RoleId) -> Result<Deed, Stop> {
        let user = self.user(email)?;
        if self.holds(user, role.as_str())? {
            return Ok(Deed::AlreadySo);
        }
        if role.is(RoleId::ACCOUNT_ADMINISTRATOR) {
            return refused("the role account-administrator follows the contract and is never granted");
        }
        if role.needs_download() && !self.holds(user, RoleId::DOWNLOAD)? {
            return refused(format!(
                "role {role} needs role {}, which {email} does not hold",
                RoleId::DOWNLOAD
            ));
        }
        self.run("INSERT INTO grants (user_id, role_id) VALUES (?, ?)", [user, self.role(role)?])?;
        self.touch_user(user)?;
        Ok(Deed::Done)
    }

    /// Revokes a role.
    pub(super) fn revoke_role(&self, email: &Email, role: &RoleId) -> Result<Deed, Stop> {
        let user = self.user(email)?;
        if !self.holds(user, role.as_str())? {
            return Ok(Deed::AlreadySo);
        }
        self.check_revoke(user, email, role)?;
        self.run("DELETE FROM grants WHERE user_id = ? AND role_id = ?", [user, self.role(role)?])?;
        self.touch_user(user)?;
        Ok(Deed::Done)
    }

    fn check_revoke(&self, user: i64, email: &Email, role: &RoleId) -> Result<(), Stop> {
        if role.is(RoleId::ACCOUNT_ADMINISTRATOR) {
            return refused("the role account-administrator follows the contract and is never revoked");
        }
        if role.is(RoleId::CO_ADMINISTRATOR) {
            self.spare_self(email)?;
            self.keep_an_administrator(user, email)?;
        }
        if role.is(RoleId::DOWNLOAD) {
            for needing in RoleId::NEED_DOWNLOAD {
                if self.holds(user, needing)? {
                    return refused(format!("role {role} is needed by role {needing}, which {email} holds"));
                }
            }
        }
        Ok(())
    }

    /// Allows or denies a product by name, or neither.
    pub(super) fn set_exception(
        &self,
        email: &Email,
        product: &ProductId,
        before: Option<UserException>,
        after: Option<UserException>,
    ) -> Result<Deed, Stop> {
        let (user, key) = (self.user(email)?, self.product(product)?);
        let sql = "SELECT exception FROM exceptions WHERE user_id = ? AND product_id = ?";
        let live = self.one(sql, [user, key], |row| Ok(row.get::<_, Code<UserException>>(0)?.0))?;
        if live == after {
            return Ok(Deed::AlreadySo);
        }
        if live != before {
            return changed(format!("{product} is {} for {email} now", words(live)));
        }
        match after {
            Some(exception) => {
                let sql =
                    "INSERT OR REPLACE INTO exceptions (user_id, product_id, exception) VALUES (?, ?, ?)";
                self.run(sql, params![user, key, Code(exception)])?;
            }
            None => {
                self.run("DELETE FROM exceptions WHERE user_id = ? AND product_id = ?", [user, key])?;
            }
        }
        self.touch_user(user)?;
        Ok(Deed::Done)
    }

    /// Assigns a named licence from now on.
    pub(super) fn assign_licence(&self, email: &Email, product: &ProductId) -> Result<Deed, Stop> {
        let (user, key) = (self.user(email)?, self.product(product)?);
        if self.any("SELECT 1 FROM licences WHERE user_id = ? AND product_id = ?", [user, key])? {
            return Ok(Deed::AlreadySo);
        }
        self.check_named(key, product)?;
        self.check_free(email, key, product)?;
        self.run(
            "DELETE FROM locked_licences WHERE product_id = ? AND email = ?",
            params![key, email.as_str()],
        )?;
        self.run(
            "INSERT INTO licences (user_id, product_id, assigned_at) VALUES (?, ?, ?)",
            [user, key, self.now.as_microsecond()],
        )?;
        self.touch_user(user)?;
        Ok(Deed::Done)
    }

    /// Refuses a product that is licensed by pool. A product never heard of turns out to be licensed by name.
    fn check_named(&self, key: i64, product: &ProductId) -> Result<(), Stop> {
        self.run(
            "UPDATE products SET licence = ? WHERE id = ? AND known = 0",
            params![Code(LicenceKind::Named), key],
        )?;
        let named = self.any(
            "SELECT 1 FROM products WHERE id = ? AND licence = ?",
            params![key, Code(LicenceKind::Named)],
        )?;
        if named {
            Ok(())
        } else {
            refused(format!("{product} is licensed by pool, so it cannot be assigned as a named licence"))
        }
    }

    /// Refuses to move a locked licence: one that was released while it was locked is not free before it
    /// unlocks, but to whom it belonged.
    ///
    /// Beyond what is owned more is sold at any time; that is for the guards to judge.
    fn check_free(&self, email: &Email, key: i64, product: &ProductId) -> Result<(), Stop> {
        self.run(
            "DELETE FROM locked_licences WHERE product_id = ? AND until <= ?",
            [key, self.now.as_microsecond()],
        )?;
        let sql = "SELECT count(*), min(until) FROM locked_licences WHERE product_id = ?";
        let (locked, until): (u32, Option<i64>) =
            self.conn.prepare_cached(sql)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some(until) = until else {
            return Ok(());
        };
        if self.any(
            "SELECT 1 FROM locked_licences WHERE product_id = ? AND email = ?",
            params![key, email.as_str()],
        )? {
            return Ok(());
        }
        let held = self.count("SELECT count(*) FROM licences WHERE product_id = ?", [key])?;
        let sql = "SELECT total(quantity), count(*), count(quantity) FROM owned WHERE product_id = ?";
        let (owned, contracts, limited): (f64, u32, u32) = self
            .conn
            .prepare_cached(sql)?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let is_known = contracts > 0 && contracts == limited;
        if !is_known || f64::from(held) + f64::from(locked) < owned {
            return Ok(());
        }
        let until = Timestamp::from_microsecond(until).map_err(super::schema::damage)?;
        refused(format!(
            "no licence of {product} is free to move: one that was released is locked until {until}"
        ))
    }

    /// Releases a named licence. A locked one stays locked, in nobody's hands.
    pub(super) fn release_licence(&self, email: &Email, product: &ProductId) -> Result<Deed, Stop> {
        let (user, key) = (self.user(email)?, self.product(product)?);
        let sql = "SELECT assigned_at FROM licences WHERE user_id = ? AND product_id = ?";
        let Some(assigned) = self.one(sql, [user, key], |row| row.get(0))? else {
            return Ok(Deed::AlreadySo);
        };
        let assigned = Timestamp::from_microsecond(assigned).map_err(super::schema::damage)?;
        if let Some(until) = unlock_time(assigned, self.now) {
            let sql = "INSERT OR REPLACE INTO locked_licences (product_id, email, until) VALUES (?, ?, ?)";
            self.run(sql, params![key, email.as_str(), until.as_microsecond()])?;
        }
        self.run("DELETE FROM licences WHERE user_id = ? AND product_id = ?", [user, key])?;
        self.touch_user(user)?;
        Ok(Deed::Done)
    }

    /// Ends a checkout.
    pub(super) fn end_checkout(&self, email: &Email, checkout: &Checkout) -> Result<Deed, Stop> {
        let (user, key) = (self.user(email)?, self.product(&checkout.product)?);
        let sql =
            "DELETE FROM checkouts WHERE user_id = ? AND product_id = ? AND machine = ? AND expires = ?";
        if self.run(sql, params![user, key, checkout.machine, checkout.expires.as_microsecond()])? > 0 {
            self.touch_user(user)?;
            return Ok(Deed::Done);
        }
        let sql = "SELECT 1 FROM checkouts WHERE user_id = ? AND product_id = ? AND machine = ?";
        if self.any(sql, params![user, key, checkout.machine])? {
            return changed(format!(
                "the checkout of {} on {} by {email} ends at another time now",
                checkout.product, checkout.machine
            ));
        }
        Ok(Deed::AlreadySo)
    }

    /// Checks a licence out for use offline.
    pub(super) fn check_out(&self, email: &Email, checkout: &Checkout) -> Result<Deed, Stop> {
        let (user, key) = (self.user(email)?, self.product(&checkout.product)?);
        if too_long(checkout, self.now) {
            return refused(format!("a checkout lasts at most {LONGEST_CHECKOUT_DAYS} days"));
        }
        let sql =
            "INSERT OR IGNORE INTO checkouts (user_id, product_id, machine, expires) VALUES (?, ?, ?, ?)";
        if self.run(sql, params![user, key, checkout.machine, checkout.expires.as_microsecond()])? == 0 {
            return Ok(Deed::AlreadySo);
        }
        self.touch_user(user)?;
        Ok(Deed::Done)
    }
}

/// Whether a checkout that begins at `now` lasts longer than one may.
pub(super) fn too_long(checkout: &Checkout, now: Timestamp) -> bool {
    checkout.expires.duration_since(now) > jiff::SignedDuration::from_hours(24 * LONGEST_CHECKOUT_DAYS)
}

fn words(exception: Option<UserException>) -> &'static str {
    match exception {
        None => "neither allowed nor denied",
        Some(UserException::Allow) => "allowed",
        Some(UserException::Deny) => "denied",
    }
}
