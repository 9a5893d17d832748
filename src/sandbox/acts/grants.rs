//! Acts on what a user has: roles, exceptions, named licences, checkouts.

use rusqlite::params;

use super::write_transaction::{ActOutcome, ActResult, WriteTransaction, stop_changed, stop_refused};
use crate::change::Edit;
use crate::model::licences::{LONGEST_CHECKOUT_DAYS, unlock_time};
use crate::model::{Checkout, Email, LicenceKind, ProductId, RoleId, Timestamp, UserException};
use crate::sandbox::store::ledger::time_column;
use crate::sandbox::store::schema::{ColumnCode, code_column, damage_error};

impl WriteTransaction<'_> {
    /// Grants a role.
    pub(super) fn grant_role(&self, email: &Email, role: &RoleId) -> ActResult {
        let user = self.user_key(email)?;
        if self.has_role(user, role.as_str())? {
            return Ok(ActOutcome::AlreadySo);
        }
        if role.is(RoleId::ACCOUNT_ADMINISTRATOR) {
            return stop_refused("the role account-administrator follows the contract and is never granted");
        }
        if role.needs_download() && !self.has_role(user, RoleId::DOWNLOAD)? {
            return stop_refused(format!(
                "role {role} needs role {}, which {email} does not hold",
                RoleId::DOWNLOAD
            ));
        }
        self.insert("grants", "user_id, role_id", [user, self.role_key(role)?])?;
        self.user_changed(user)
    }

    /// Revokes a role.
    pub(super) fn revoke_role(&self, email: &Email, role: &RoleId) -> ActResult {
        let user = self.user_key(email)?;
        if !self.has_role(user, role.as_str())? {
            return Ok(ActOutcome::AlreadySo);
        }
        self.check_revoke(user, email, role)?;
        self.run("DELETE FROM grants WHERE user_id = ? AND role_id = ?", [user, self.role_key(role)?])?;
        self.user_changed(user)
    }

    fn check_revoke(&self, user: i64, email: &Email, role: &RoleId) -> ActResult<()> {
        if role.is(RoleId::ACCOUNT_ADMINISTRATOR) {
            return stop_refused("the role account-administrator follows the contract and is never revoked");
        }
        if role.is(RoleId::CO_ADMINISTRATOR) {
            self.spare_self(email)?;
            self.keep_an_administrator(user, email)?;
        }
        if role.is(RoleId::DOWNLOAD) {
            for needing in RoleId::NEED_DOWNLOAD {
                if self.has_role(user, needing)? {
                    return stop_refused(format!(
                        "role {role} is needed by role {needing}, which {email} holds"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Sets or clears the user's exception for a product.
    pub(super) fn set_exception(
        &self,
        email: &Email,
        product: &ProductId,
        edit: &Edit<UserException>,
    ) -> ActResult {
        let (before, after) = (edit.before().copied(), edit.after().copied());
        let (user, key) = (self.user_key(email)?, self.product_key(product)?);
        let sql = "SELECT exception FROM exceptions WHERE user_id = ? AND product_id = ?";
        let live = self.first_row(sql, [user, key], |row| code_column(row, 0))?;
        if live == after {
            return Ok(ActOutcome::AlreadySo);
        }
        if live != before {
            return stop_changed(format!("{product} is {} for {email} now", exception_words(live)));
        }
        match after {
            Some(exception) => {
                let sql =
                    "INSERT OR REPLACE INTO exceptions (user_id, product_id, exception) VALUES (?, ?, ?)";
                self.run(sql, params![user, key, ColumnCode(exception)])?;
            }
            None => {
                self.run("DELETE FROM exceptions WHERE user_id = ? AND product_id = ?", [user, key])?;
            }
        }
        self.user_changed(user)
    }

    /// Assigns a named licence, starting now.
    pub(super) fn assign_licence(&self, email: &Email, product: &ProductId) -> ActResult {
        let (user, key) = (self.user_key(email)?, self.product_key(product)?);
        if self.has_row("SELECT 1 FROM licences WHERE user_id = ? AND product_id = ?", [user, key])? {
            return Ok(ActOutcome::AlreadySo);
        }
        self.check_named(key, product)?;
        self.check_free(email, key, product)?;
        self.run(
            "DELETE FROM locked_licences WHERE product_id = ? AND email = ?",
            params![key, email.as_str()],
        )?;
        self.insert("licences", "user_id, product_id, assigned_at", [user, key, self.now.as_microsecond()])?;
        self.user_changed(user)
    }

    /// Refuses a product that is licensed by pool. A product that the catalogue does not know becomes a
    /// product licensed by name.
    fn check_named(&self, key: i64, product: &ProductId) -> ActResult<()> {
        self.run(
            "UPDATE products SET licence = ? WHERE id = ? AND known = 0",
            params![ColumnCode(LicenceKind::Named), key],
        )?;
        let named = self.has_row(
            "SELECT 1 FROM products WHERE id = ? AND licence = ?",
            params![key, ColumnCode(LicenceKind::Named)],
        )?;
        if named {
            Ok(())
        } else {
            stop_refused(format!(
                "{product} is licensed by pool, so it cannot be assigned as a named licence"
            ))
        }
    }

    /// Refuses to move a locked licence. A licence that was released while it was locked stays reserved for
    /// its former user until it unlocks.
    ///
    /// An assignment above the owned quantity is no reason to refuse: Bentley sells more licences at any
    /// time, and the guards of the plan judge the excess.
    fn check_free(&self, email: &Email, key: i64, product: &ProductId) -> ActResult<()> {
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
        if self.has_row(
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
        let until = Timestamp::from_microsecond(until).map_err(damage_error)?;
        stop_refused(format!(
            "no licence of {product} is free to move: one that was released is locked until {until}"
        ))
    }

    /// Releases a named licence. A licence that is still locked stays locked, without a user.
    pub(super) fn release_licence(&self, email: &Email, product: &ProductId) -> ActResult {
        let (user, key) = (self.user_key(email)?, self.product_key(product)?);
        let sql = "SELECT assigned_at FROM licences WHERE user_id = ? AND product_id = ?";
        let Some(assigned) = self.first_row(sql, [user, key], |row| time_column(row, 0))? else {
            return Ok(ActOutcome::AlreadySo);
        };
        if let Some(until) = unlock_time(assigned, self.now) {
            let sql = "INSERT OR REPLACE INTO locked_licences (product_id, email, until) VALUES (?, ?, ?)";
            self.run(sql, params![key, email.as_str(), until.as_microsecond()])?;
        }
        self.run("DELETE FROM licences WHERE user_id = ? AND product_id = ?", [user, key])?;
        self.user_changed(user)
    }

    /// Ends a checkout.
    pub(super) fn end_checkout(&self, email: &Email, checkout: &Checkout) -> ActResult {
        let (user, key) = (self.user_key(email)?, self.product_key(&checkout.product)?);
        let sql =
            "DELETE FROM checkouts WHERE user_id = ? AND product_id = ? AND machine = ? AND expires = ?";
        if self.run(sql, params![user, key, checkout.machine, checkout.expires.as_microsecond()])? > 0 {
            return self.user_changed(user);
        }
        let sql = "SELECT 1 FROM checkouts WHERE user_id = ? AND product_id = ? AND machine = ?";
        if self.has_row(sql, params![user, key, checkout.machine])? {
            return stop_changed(format!(
                "the checkout of {} on {} by {email} ends at another time now",
                checkout.product, checkout.machine
            ));
        }
        Ok(ActOutcome::AlreadySo)
    }

    /// Checks a licence out for use offline.
    pub(in crate::sandbox) fn check_out(&self, email: &Email, checkout: &Checkout) -> ActResult {
        let (user, key) = (self.user_key(email)?, self.product_key(&checkout.product)?);
        if is_too_long(checkout, self.now) {
            return stop_refused(format!("a checkout lasts at most {LONGEST_CHECKOUT_DAYS} days"));
        }
        let sql =
            "INSERT OR IGNORE INTO checkouts (user_id, product_id, machine, expires) VALUES (?, ?, ?, ?)";
        if self.run(sql, params![user, key, checkout.machine, checkout.expires.as_microsecond()])? == 0 {
            return Ok(ActOutcome::AlreadySo);
        }
        self.user_changed(user)
    }
}

/// Whether a checkout that begins at `now` lasts longer than [`LONGEST_CHECKOUT_DAYS`].
pub(in crate::sandbox) fn is_too_long(checkout: &Checkout, now: Timestamp) -> bool {
    checkout.expires.duration_since(now) > jiff::SignedDuration::from_hours(24 * LONGEST_CHECKOUT_DAYS)
}

fn exception_words(exception: Option<UserException>) -> &'static str {
    match exception {
        None => "neither allowed nor denied",
        Some(UserException::Allow) => "allowed",
        Some(UserException::Deny) => "denied",
    }
}
